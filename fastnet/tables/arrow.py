"""Tables from Arrow: PyArrow's tables, and files that PyArrow reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from .objects import seconds, words_of
from .table import Column, Numbers, Table, Words


def table_of(arrow: Any, name: str = "X", **more: Any) -> Table:
    """Return the table of a `pyarrow.Table`; `more` has other fields of the table.

    Raises
    ------
    TypeError
        A column is nested, or of a type that a table cannot hold.
    """
    names = tuple(arrow.column_names)
    columns = zip(names, arrow.columns, strict=True)
    return Table(names, tuple(column_of(c, f"{name}: column {n!r}") for n, c in columns), **more)


def column_of(column: Any, about: str) -> Column:
    """Return the column of a `pyarrow.ChunkedArray`."""
    import pyarrow as pa

    of, are = column.type, pa.types
    if are.is_dictionary(of):
        return _words(column, about, is_text=False)
    if are.is_binary(of) or are.is_large_binary(of):
        column, of = _as_text(column, about), pa.string()
    if are.is_string(of) or are.is_large_string(of) or str(of) == "string_view":
        return _words(column.dictionary_encode(), about, is_text=True)
    if are.is_boolean(of):
        return Numbers(_floats(column.cast(pa.uint8())), "flag")
    if are.is_null(of):
        return Numbers(np.full(len(column), np.nan))
    if are.is_decimal(of):  # by text, which rounds as Python does
        return Numbers(_floats(column.cast(pa.string())))
    if are.is_integer(of) or are.is_floating(of):
        return Numbers(_floats(column))
    if are.is_timestamp(of) or are.is_date(of):
        return Numbers(_seconds(column, "M8"), "time")
    if are.is_duration(of) or are.is_time(of):
        return Numbers(_seconds(column, "m8"))
    raise TypeError(f"{about}: type {of}, wanted numbers, words, truth values or times")


def _floats(column: Any) -> Any:
    """Return numbers as float64; nulls are NaN."""
    import pyarrow as pa

    values = column.cast(pa.float64(), safe=False)  # whole numbers beyond 2**53 are rounded
    return values_of(values, np.float64, np.nan)


def values_of(column: Any, dtype: Any, null: float) -> Any:
    """Return values of fixed width as an array. `to_numpy` and `fill_null` would import pandas."""
    import pyarrow as pa

    of = np.dtype(dtype)
    parts = [
        np.frombuffer(chunk.buffers()[1], of, len(chunk), of.itemsize * chunk.offset)
        for chunk in getattr(column, "chunks", [column]) if len(chunk)
    ]  # fmt: skip
    values = parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, of), *parts])
    if not column.null_count:
        return values
    gone = values_of(column.is_null().cast(pa.uint8()), np.uint8, 0)
    return np.where(gone, of.type(null), values)


def _seconds(column: Any, kind: str) -> Any:
    """Return times or spans as seconds."""
    import pyarrow as pa

    of = column.type
    unit = getattr(of, "unit", {pa.date32(): "D", pa.date64(): "ms"}.get(of))
    if of == pa.date32() or of == pa.time32(unit if unit in ("s", "ms") else "s"):
        column = column.cast(pa.int32())
    ticks = column.cast(pa.int64())
    gone = values_of(ticks.is_null().cast(pa.uint8()), np.uint8, 0) == 1
    times = values_of(ticks, np.int64, 0).astype(f"{kind}[{unit}]")
    return np.where(gone, np.nan, seconds(times))


def _as_text(column: Any, about: str) -> Any:
    """Return bytes as text, as old Parquet files have their words."""
    import pyarrow as pa

    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        raise TypeError(f"{about}: bytes that are no text, wanted numbers or words") from None


def _words(column: Any, about: str, is_text: bool) -> Words:
    """Return a column of a dictionary."""
    import pyarrow as pa
    import pyarrow.compute  # registers functions

    if pa.types.is_nested(column.type.value_type):
        raise TypeError(f"{about}: type {column.type}, wanted numbers, words or times")
    if not is_text and any(chunk.dictionary.null_count for chunk in column.chunks):
        column = column.cast(column.type.value_type).dictionary_encode()  # Arrow cannot unify nulls
    # the encoding of text gives all chunks one dictionary
    chunks = column.chunks if is_text else column.unify_dictionaries().chunks
    codes = [values_of(c.indices.cast(pa.int32()), np.int32, -1) for c in chunks]
    words = _listed(chunks[0].dictionary) if chunks else []
    return words_of(np.concatenate([np.zeros(0, np.int32), *codes]), words, is_text)


def _listed(words: Any) -> list[Any]:
    """Return the values of a dictionary: words, or others as NumPy has them."""
    import pyarrow as pa

    if pa.types.is_string(words.type) or pa.types.is_large_string(words.type):
        return list(words.to_pylist())
    return list(words.to_numpy(zero_copy_only=False).tolist())
