"""The encoding of a table as nodes of ONNX: raw columns become the inputs of the first layer.

It is `fastnet.tables.columns` once more, in float64 as there, so the inputs have the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...data.fields import spellings
from ...kernels.codes import CLIP, LIMIT
from ...tables.columns import NumberColumn, WordColumn, by_number
from .nodes import ML, PATTERNS_OPSET, Graph, check_text

# `data.fields.POINTED`, in the syntax of RE2, and of sizes that float64 can hold: the parser of
# onnxruntime fails at larger ones.
POINTED = r"[+-]?((\d{1,99}\.\d{0,99}|\.\d{1,99})([eE][+-]?\d{1,2})?|\d{1,99}[eE][+-]?\d{1,2})"
ABOUT = {
    "number": "a number; NaN is missing",
    "flag": "1 is true, 0 is false; NaN is missing",
    "time": "seconds since 1970 in UTC; NaN is missing",
    "clock": "seconds since midnight; NaN is missing",
    "word": "a word, without blanks around it; '' is missing",
}


def names_of(encoding: Any) -> list[str]:
    """Return the names of the inputs of a table's graph that are columns.

    Raises
    ------
    ValueError
        A name or a category is none that ONNX can hold.
    """
    used = [column for column in encoding.columns if column.inputs]
    names = [column.name for column in used]
    if "" in names and not _by_place(encoding):
        raise ValueError("encoding: a column with the name '', but an input in ONNX needs a name")
    check_text("encoding", names)
    for column in used:
        if isinstance(column, WordColumn):
            check_text(f"column {column.name!r}", column.index)
    return [] if _by_place(encoding) else names


def _by_place(encoding: Any) -> bool:
    """Tell whether the columns are one array: they have no names, and all have numbers."""
    words = any(isinstance(column, WordColumn) for column in encoding.columns)
    return not encoding.named and not words


def encoded(graph: Graph, encoding: Any, dtype: np.dtype) -> tuple[str, list[int]]:
    """Add the inputs of a table, and what encodes them.

    Returns
    -------
    str
        The name of the encoded rows.
    list of int
        The place in the encoding of each of their columns, which lie by kinds.
    """
    columns = [column for column in encoding.columns if column.inputs]
    numbers = [column for column in columns if isinstance(column, NumberColumn)]
    blocks: list[str] = []
    order: list[int] = []
    if numbers:
        rows = _inputs(graph, encoding, numbers)
        values = {k: c.value for k, c in enumerate(numbers) if c.value is not None}
        gaps = {k: c.gap for k, c in enumerate(numbers) if c.gap is not None}
        if values:
            own = graph.chosen(rows, [*values], len(numbers), "with_values")
            blocks.append(_scaled(graph, [numbers[k] for k in values], own, dtype))
        if gaps:
            own = graph.chosen(rows, [*gaps], len(numbers), "with_gaps")
            blocks.append(graph.cast(graph.node("IsNaN", [own], "missing"), dtype, "gaps"))
        order += [*values.values(), *gaps.values()]
    for k, column in enumerate(columns):
        if isinstance(column, WordColumn):
            blocks.append(_categories(graph, column, dtype, k))
            order += column.inputs
    return graph.joined(blocks, "encoded"), order


def _inputs(graph: Graph, encoding: Any, numbers: Sequence[NumberColumn]) -> str:
    """Return the columns of numbers side by side, of which each is an input, or all are one."""
    if not _by_place(encoding):
        about = [ABOUT["clock" if c.order == "clock" else c.kind] for c in numbers]
        own = [graph.input(c.name, np.float64, 1, a) for c, a in zip(numbers, about, strict=True)]
        return graph.joined(own, "numbers")
    width = len(encoding.columns)
    rows = graph.input("X", np.float64, width, "the columns by their places; NaN is missing")
    places = [k for k, column in enumerate(encoding.columns) if column.inputs]
    return graph.chosen(rows, places, width, "numbers")


def _scaled(graph: Graph, columns: Sequence[NumberColumn], rows: str, dtype: np.dtype) -> str:
    """Return numbers as `scaling.scaled` has them."""

    def of(operator: str, *inputs: str, name: str) -> str:
        return graph.node(operator, inputs, name)

    def number(x: float, name: str) -> str:
        return graph.constant(name, x, np.float64)

    centre = graph.constant("centre", [column.centre for column in columns], np.float64)
    # 0 says that all numbers were equal: they become 0
    scales = [column.scale or math.inf for column in columns]
    z = of("Sub", rows, centre, name="centred")
    z = of("Div", z, graph.constant("scale", scales, np.float64), name="in_scale")
    z = of("Where", of("IsNaN", z, name="none"), number(0, "zero"), z, name="filled")
    z = of("Clip", z, number(-CLIP, "least"), number(CLIP, "most"), name="clipped")
    q = of("Div", z, number(LIMIT, "limit"), name="of_limit")
    root = of("Add", of("Mul", q, q, name="squared"), number(1, "one"), name="above_one")
    z = of("Div", z, of("Sqrt", root, name="root"), name="scaled")
    return graph.cast(z, dtype, "values")


def _categories(graph: Graph, column: WordColumn, dtype: np.dtype, k: int) -> str:
    """Return an input for each category, and for a gap, of a column of words."""
    word = graph.input(column.name, str, 1, ABOUT["word"])
    gone = [] if column.gap is None else [w for w in spellings() if w not in column.index]
    keys = [*column.index, *gone]
    places = [*range(len(column.index)), *[len(column.index)] * len(gone)]
    code = graph.node("LabelEncoder", [word], f"code_{k}", domain=ML, keys_strings=keys,
                      values_int64s=places, default_int64=-1)  # fmt: skip
    own = graph.constant(f"codes_{k}", [[*range(len(column.inputs))]], np.int64)
    found = graph.node("Equal", [code, own], f"found_{k}")
    numbers = _numbers(column)
    if numbers:
        unknown = graph.node("Less", [code, graph.constant(f"none_{k}", 0, np.int64)], f"new_{k}")
        own = graph.constant(f"numbers_{k}", [numbers], np.float64)
        same = graph.node("Equal", [_pointed(graph, word, k), own], f"same_{k}")
        also = graph.node("And", [same, unknown], f"also_{k}")
        found = graph.node("Or", [found, also], f"either_{k}")
    return graph.cast(found, dtype, f"categories_{k}")


def _numbers(column: WordColumn) -> list[float]:
    """Return the number that each category is the word for, else NaN; none if there are none."""
    words = {word: x for x, word in by_number(column.index, "number").items() if math.isfinite(x)}
    gap = [] if column.gap is None else [math.nan]
    return [*(words.get(word, math.nan) for word in column.index), *gap] if words else []


def _pointed(graph: Graph, word: str, k: int) -> str:
    """Return the numbers of words with a point or an exponent, such as 1.0; NaN for others."""
    graph.opsets[""] = PATTERNS_OPSET
    pointed = graph.node("RegexFullMatch", [word], f"pointed_{k}", pattern=POINTED)
    other = graph.constant(f"no_number_{k}", np.array("NaN", object))
    return graph.cast(
        graph.node("Where", [pointed, word, other], f"read_{k}"), np.float64, f"number_{k}"
    )
