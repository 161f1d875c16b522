"""Pictures that the code of a page makes: the page runs, and hands over what it has drawn."""

import contextlib
import doctest
import functools
import io
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from fastnet.datasets import named

from .ink import Missing

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial"


@functools.cache
def namespace(page: str) -> dict[str, Any]:
    """Run the Python blocks of a page of the tutorial in an empty folder; return its variables."""
    text = (TUTORIAL / f"{page}.md").read_text(encoding="utf-8")
    if 'load("mnist")' in text and named.find("mnist") is None:
        raise Missing("FASTNET_DATA does not have mnist")
    text = re.sub(r"(?ms)^<!-- [\w/]+\.py -->\n+^```python\n.*?^```$", "", text)  # quoted lines
    text = re.sub(r"(?m)^.*\.savefig\(.*\n", "", text)  # the first saving fixes the layout
    found: dict[str, Any] = {"__name__": "__main__"}
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        os.chdir(folder)
        try:
            for code in re.findall(r"(?ms)^```python\n(.*?)^```$", text):
                examples = doctest.DocTestParser().get_examples(code)
                for source in [example.source for example in examples] or [code]:
                    exec(compile(source, page, "single" if examples else "exec"), found)
        finally:
            os.chdir(home)
    return found
