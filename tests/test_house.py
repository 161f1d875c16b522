"""The shape of the house: sizes, no hands in another's pockets, and what an addition touches."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_project import MODULES, PACKAGE, ROOT, tree

LINES = 330  # of a file or a class
CODE = 60  # lines of a function, its docstring aside
TESTS = 500  # lines of a file of tests
# Numba's cache and compiler have no other names.
NUMBAS = {f"fastnet.kernels.{name}" for name in ("cache", "compiler", "jit")}
EACH_MODULE = pytest.mark.parametrize("name", MODULES)


def length(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@EACH_MODULE
def test_files_classes_and_functions_are_short(name: str) -> None:
    assert length(MODULES[name]) <= LINES
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.ClassDef):
            assert node.end_lineno - node.lineno < LINES, node.name
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1:2] if ast.get_docstring(node) is not None else node.body[:1]
            code = node.end_lineno - first[0].lineno + 1 if first else 0
            assert code <= CODE, f"{node.name} has {code} lines of code"


def test_files_of_tests_are_short() -> None:
    long = {str(p.relative_to(ROOT)): length(p) for p in (ROOT / "tests").rglob("*.py")}
    assert {path: n for path, n in long.items() if n > TESTS} == {}


def defined(module: ast.Module) -> set[str]:
    """The names that a module defines, as attributes too."""
    names = {n.name for n in ast.walk(module) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    stores = [n for n in ast.walk(module) if isinstance(getattr(n, "ctx", None), ast.Store)]
    names |= {n.id for n in stores if isinstance(n, ast.Name)}
    return names | {
        n.attr for n in stores if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "self"
    }


@EACH_MODULE
def test_a_module_does_not_reach_into_another_s_underscore_names(name: str) -> None:
    if name in NUMBAS:
        return
    module = tree(name)
    own = defined(module) | {"_getframe", "_replace", "_asdict", "_fields"}  # Python's
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            private = node.attr.startswith("_") and not node.attr.endswith("__")
            assert not private or node.attr in own, f"line {node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.ImportFrom) and (node.level or "fastnet" in str(node.module)):
            for alias in node.names:
                assert not re.match(r"_[a-z]", alias.name), f"line {node.lineno}: {alias.name}"


# What an addition touches: a name that stands for each kind, and what CONTRIBUTING says of it.
ADDED = {
    "An activation": "leaky-relu",
    "A loss": "cross-entropy",
    "A schedule": "1/t",
    "A data source": ".npz",
    "A kind of column": "time",
}


def rows() -> Iterator[tuple[str, list[str]]]:
    """The rows of CONTRIBUTING's table of additions: what, and its files."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for what, files in re.findall(r"^\| (An? [\w ]+) \| (.*?) \|", text, re.MULTILINE):
        yield what, re.findall(r"`([\w/]+\.py)`", files)


@functools.cache
def words(name: str) -> set[str]:
    """The strings of a module, its docstrings aside."""
    module = tree(name)
    docs = {
        node.body[0].value
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and ast.get_docstring(node) is not None
        and isinstance(node.body[0], ast.Expr)
    }
    nodes = [n for n in ast.walk(module) if isinstance(n, ast.Constant) and n not in docs]
    return {node.value for node in nodes if isinstance(node.value, str)}


def test_contributing_names_files_that_are_there() -> None:
    table = dict(rows())
    assert ADDED.keys() <= table.keys()
    for what, files in table.items():
        missing = [file for file in files if "X" not in file and not (PACKAGE / file).exists()]
        assert not missing, f"{what}: {missing}"


@pytest.mark.parametrize("what", ADDED)
def test_an_addition_touches_no_other_files(what: str) -> None:
    """The name of one that is there stands where CONTRIBUTING says, and nowhere else."""
    files = dict(rows())[what]
    found = {
        path.relative_to(PACKAGE).as_posix()
        for name, path in MODULES.items()
        if ADDED[what] in words(name)
    }
    others = {"training/defaults.py", "formats/exporting.py"}  # which chooses, and has suffixes
    assert found - others <= {*files}
