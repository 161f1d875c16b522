"""Signatures, docstrings and docs/options.md are what the rows make of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import pytest

from fastnet.options import Options
from fastnet.rows import Values, option
from tools import make_options


@pytest.mark.parametrize("path", make_options.FUNCTIONS, ids=lambda path: path.name)
def test_functions_are_as_the_rows_have_them(path):
    source = path.read_text(encoding="utf-8")
    function, last, options = make_options.FUNCTIONS[path]
    made = make_options.rewritten(source, function, last, options.rows().values())
    assert made == source, "run python -m tools.make_options"


def test_the_page_is_as_the_rows_have_it():
    page = make_options.PAGE.read_text(encoding="utf-8")
    assert page == make_options.page(), "run python -m tools.make_options"
    for name in Options.rows():
        assert f"| [`{name}`](#{name}) | " in page and f"\n### `{name}`\n" in page
    assert all(len(line) <= 100 for line in page.splitlines() if not line.startswith("|"))


@dataclass(frozen=True, kw_only=True, eq=False)
class OneMore(Options):
    """An option that there is not yet."""

    gain: float = option(
        0.5, Values("number", "float", "a number >= 0", "number", (0,)), doc="""
        Gain of the first layer. """ + "It is a number like others. " * 8)  # fmt: skip


def test_a_row_is_all_that_an_option_wants():
    [path, _] = make_options.FUNCTIONS
    source = path.read_text(encoding="utf-8")
    made = make_options.rewritten(source, "train", "y", OneMore.rows().values())
    assert made != source and max(map(len, made.splitlines())) <= 100
    [train] = [
        node for node in ast.parse(made).body
        if isinstance(node, ast.FunctionDef) and node.name == "train"
    ]  # fmt: skip
    assert train.args.kwonlyargs[-1].arg == "gain"
    assert ast.unparse(train.args.kw_defaults[-1] or train) == "0.5"
    docstring = ast.get_docstring(train) or ""
    assert "\ngain : float\n    Gain of the first layer. It is" in docstring
    assert docstring.index("\ngain : float") < docstring.index("\nReturns\n")
    assert make_options.rewritten(made, "train", "y", Options.rows().values()) == source
    assert OneMore(gain=2).gain == 2 and OneMore.of({"gain": 1, "epochs": 3}).epochs == 3
