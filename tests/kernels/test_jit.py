"""What is kept on disk: never stale, and no need for it."""

import ast
import shutil
from pathlib import Path

import pytest

from fastnet.kernels.jit import code_digest, sources_digest, stripped
from tests.kernels.helpers import ROOT, output, python

pytestmark = pytest.mark.compiled

RUN = """
import numpy as np
from fastnet.kernels.entries import ENTRIES
from fastnet.model.network import Network

net = Network.initialise((3, 2), ["sigmoid"])
answer = net.predict_proba(np.ones((1, 3)))[0, 0]
print(answer, sum(sum(entry.stats.cache_hits.values()) for entry in ENTRIES))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder that holds a copy of the package."""
    shutil.copytree(
        ROOT / "fastnet", tmp_path / "fastnet", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


@pytest.mark.heavy
def test_an_edited_callee_is_not_served_from_the_cache(copy: Path) -> None:
    """maths.py is far below epoch.py, whose own source stays what it was."""

    def run() -> list[str]:
        return output(python("-c", RUN, home=copy, NUMBA_CACHE_DIR=str(copy / "cache")))[0].split()

    value, hits = run()
    assert hits == "0"
    assert run() == [value, "1"], "unchanged, it comes from the cache"
    with open(copy / "fastnet/kernels/maths.py", "a", encoding="utf-8") as file:
        file.write("\nexp = flush\n")
    edited, hits = run()
    assert hits == "0"
    assert edited != value


def test_code_that_checks_bounds_or_is_less_optimised_is_kept_apart() -> None:
    code = "from fastnet.kernels import jit; print(jit.sources_digest())"
    options = [{"NUMBA_BOUNDSCHECK": on, "NUMBA_OPT": level} for on in "01" for level in "13"]
    digests = [output(python("-c", code, **option))[0].strip() for option in options]
    assert len(set(digests)) == 4
    assert sources_digest() in digests


@pytest.mark.heavy
def test_a_cache_that_cannot_be_written_costs_one_warning(copy: Path) -> None:
    """No folder can be made: not beside the sources, nor at home, nor where the user says."""
    (copy / "fastnet/kernels/__pycache__").write_text("a file, where a folder is wanted")
    nowhere = "/dev/null/x"
    names = ("NUMBA_CACHE_DIR", "HOME", "XDG_CACHE_HOME", "LOCALAPPDATA")
    printed, warned = output(python("-c", RUN, home=copy, **dict.fromkeys(names, nowhere)))
    value, hits = printed.split()
    assert 0 < float(value) < 1
    assert hits == "0"
    assert warned.count("Warning") == 1
    assert "NUMBA_CACHE_DIR" in warned


SOURCES = sorted((ROOT / "fastnet" / "kernels").rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_what_is_left_of_a_source_is_all_that_runs(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    whole = ast.parse(source)
    for node in ast.walk(whole):
        documented = isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        if documented and ast.get_docstring(node) is not None:
            node.body[0].value.value = ""  # type: ignore[attr-defined]
    left = stripped(source)
    assert ast.dump(ast.parse(left)) == ast.dump(whole)
    assert "\n\n" not in left and len(left) < len(source)


def test_comments_and_blank_lines_change_no_digest(copy: Path) -> None:
    def digest() -> str:
        code = "from fastnet.kernels import jit; print(jit.code_digest())"
        return output(python("-c", code, home=copy))[0].strip()

    path = copy / "fastnet/kernels/losses.py"
    source = path.read_text(encoding="utf-8")
    assert digest() == code_digest() and len(code_digest()) == 16
    noted = source.replace("\n\n", '\n\n\n# a note, of "1"\n\n').replace('"""', '"""Well, ', 1)
    path.write_bytes(noted.replace(":\n", ":  # so\n").replace("\n", "\r\n").encode())
    assert digest() == code_digest()
    path.write_text(source.replace("0.5", "0.25"), encoding="utf-8")
    assert digest() != code_digest()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x = 1\n", "# why\n\nx = 1  # so\n", True),
        ('def f():\n    """This."""\n    g\n', 'def f():\n    """That\'s"""\n\n    g\n', True),
        ('x = "# 1"\n', 'x = "# 2"\n', False),
        ("x = '\\'# 1'\n", "x = '\\'# 2'\n", False),
        ('x = """\n# 1\n"""\n', 'x = """\n# 2\n"""\n', False),
        ('x = f("""a""")\n', 'x = f("""b""")\n', False),
        ("if x:\n    y = 1\n", "if x:\n    pass\ny = 1\n", False),
        ("x = 1\n", "x = 2\n", False),
    ],
)
def test_what_counts(one: str, other: str, same: bool) -> None:
    assert (stripped(one) == stripped(other)) is same
