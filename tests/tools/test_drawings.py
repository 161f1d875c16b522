"""The pictures of docs/ are those of the scripts, and can be read on a phone."""

import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text

from tests.pictures import PICTURES, assert_kept
from tools.drawings import ink
from tools.drawings.__main__ import load, main

OF_PAGES = {"report.png", "replay.png", "page.png"}  # by tools/make_..._picture.py
ELSEWHERE = "gallery-", "tutorial-"  # compared by the tests that run that code
PHONE = 350  # pixels that a page of a phone has for a drawing

pytestmark = [pytest.mark.compiled, pytest.mark.heavy]


def parts(svg: str) -> tuple[list[str], list[float]]:
    """The text of an SVG between its fractions, and these; images in it are left out."""
    svg = re.sub(r'"data:image/[^"]*"', "", svg)
    fraction = r"-?\d+\.\d+"
    return re.split(fraction, svg), [float(number) for number in re.findall(fraction, svg)]


def test_the_scripts_make_the_pictures(tmp_path: Path) -> None:
    load()
    assert {path.name for path in PICTURES.iterdir()} == ink.DRAWINGS.keys() | OF_PAGES
    names = [name for name in sorted(ink.DRAWINGS) if not name.startswith(ELSEWHERE)]
    main(tmp_path, *names)
    for made in (tmp_path / name for name in names):
        if made.suffix == ".png":
            assert_kept(made, made.name)
            continue
        text = (PICTURES / made.name).read_text(encoding="utf-8")
        if f"Matplotlib v{mpl.__version__}," not in text:
            continue  # another version draws other bytes
        between, numbers = parts(made.read_text(encoding="utf-8"))
        assert between == parts(text)[0], made.name
        # NumPy's exp may differ in the last bit from CPU to CPU
        np.testing.assert_allclose(numbers, parts(text)[1], atol=0.01, err_msg=made.name)


def test_letters_of_drawings_are_large_enough_for_a_phone() -> None:
    load()
    for file, draw in ink.DRAWINGS.items():
        if file.endswith(".svg"):
            figure = draw()
            texts = [text for text in figure.findobj(Text) if text.get_text().strip()]
            assert texts, file
            width = 72 * figure.get_figwidth()
            small = [t.get_text() for t in texts if t.get_size() * min(PHONE / width, 1.33) < 9]
            assert not small, file
