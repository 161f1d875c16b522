"""Tables from what people have in memory: frames, lists of dicts, arrays with or without fields.

No package is imported for what does not come from it: pandas' frames are read by their own methods,
PyArrow's by PyArrow, and Polars' and all others through Narwhals.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence, ValuesView
from typing import Any

import numpy as np

from ..data.arrays import shown
from . import arrow, objects
from .table import Column, Numbers, Table, check_once

EXTRA = "pip install 'fastnet-sgd[tables]'"


def as_table(X: Any, name: str = "X") -> Table | None:
    """Return a table of X, or None if X is no table but an array, a list of rows or sparse.

    Parameters
    ----------
    X : object
        A `Table`; a frame of pandas, Polars, PyArrow or another library that Narwhals knows; a
        sequence of rows that have names (dicts, named tuples, data classes, rows of a frame); a
        dict of columns or of one row; or a NumPy array with named fields.
    name : str
        The name of X in errors.

    Raises
    ------
    TypeError
        A column holds what a table cannot hold, such as lists.
    ValueError
        Two columns have the same name, or columns have different lengths.
    ImportError
        A frame needs Narwhals or PyArrow, and it is not installed.
    """
    if isinstance(X, Table):
        return X
    if isinstance(X, np.ndarray) and X.dtype.names is not None:
        return _of_fields(X, name)
    rows = _listed(X)
    if rows is not None:
        return _of_rows(rows, name) if len(rows) and record(rows[0]) is not None else None
    if isinstance(X, Mapping):
        return _of_mapping(X, name)
    if hasattr(X, "_asdict"):  # one row, perhaps of a frame
        return _of_rows([X], name)
    if _is_from("pandas", X):
        return _of_pandas(X, name)
    if _is_from("pyarrow", X):
        return _of_arrow(X, name)
    marks = "columns", "__narwhals_dataframe__", "__narwhals_lazyframe__"
    return _of_frame(X, name) if any(hasattr(type(X), mark) for mark in marks) else None


def table_of(X: Any, name: str = "X") -> Table:
    """Return X as a table: see `as_table`. The columns of arrays and of rows go by place.

    They are called "0", "1", ... None, NaN and masked values are missing.

    Raises
    ------
    TypeError, ValueError, ImportError
        X is sparse, its shape is another, or it holds what a table cannot hold.
    """
    table = as_table(X, name)
    return _by_place(X, name) if table is None else table


def _listed(X: Any) -> Sequence[Any] | None:
    """Return the rows of a sequence, which perhaps have names; None if X is none."""
    if isinstance(X, str | bytes) or hasattr(X, "_asdict"):
        return None
    if isinstance(X, list | tuple):
        return X
    if isinstance(X, np.ndarray) or (_is_from("pandas", X) and X.ndim == 1):
        return X.tolist() if X.dtype == object and X.ndim == 1 else ()  # type: ignore[no-any-return]
    return list(X) if isinstance(X, Sequence | ValuesView) else None


def _is_from(package: str, X: Any) -> bool:
    """Tell whether the class of X, or one that it extends, is a package's."""
    return any(of.__module__.partition(".")[0] == package for of in type(X).__mro__)


def _checked(names: Iterable[str], columns: Iterable[Column], name: str, **more: Any) -> Table:
    """Return a table. Columns of one name, or of other lengths, are an error that says `name`."""
    names, columns = tuple(names), tuple(columns)
    check_once(names, f"{name}: ")
    for one, column in zip(names, columns, strict=True):
        if len(column) != len(columns[0]):
            came = f"{len(column)} values in column {one!r}, {len(columns[0])} in {names[0]!r}"
            raise ValueError(f"{name}: {came}, wanted columns of one length")
    return Table(names, columns, **more)


def record(row: Any) -> Mapping[Any, Any] | None:
    """Return a row by name as a mapping, or None if its values have no names."""
    if isinstance(row, Mapping):
        return row
    if hasattr(row, "_asdict"):  # a named tuple
        return dict(row._asdict())
    if isinstance(row, np.void) and row.dtype.names:
        return dict(zip(row.dtype.names, row.item(), strict=True))
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    if _is_from("pandas", row) and getattr(row, "ndim", 0) == 1 and hasattr(row, "iloc"):
        return dict(zip(row.index, row.tolist(), strict=True))
    return None


def _of_rows(rows: Sequence[Any], name: str) -> Table:
    """Return the table of rows that have names; what a row lacks is missing."""
    records = [record(row) for row in rows]
    if None in records:
        row = records.index(None)
        came = f"{type(rows[row]).__name__} {shown(rows[row])} in row {row}"
        raise TypeError(f"{name}: {came}, wanted a {type(rows[0]).__name__}, as the rows before")
    keys = list(dict.fromkeys(key for record in records for key in record or ()))
    if None in keys:  # of csv.DictReader
        row = next(row for row, record in enumerate(records) if record and None in record)
        raise ValueError(f"{name}: row {row} has more values than there are names")
    of = {key: [record.get(key) for record in records] for key in keys}  # type: ignore[union-attr]
    named = not of or not _are_places(of)  # empty dicts have no names yet
    return dataclasses.replace(_of_columns(of, name), named=named, loose=True, count=len(rows))


def _of_columns(columns: Mapping[Any, Any], name: str) -> Table:
    """Return the table of columns by name, which hold Python's values."""
    of = [objects.column_of(values, f"{name}: column {key!r}") for key, values in columns.items()]
    return _checked(_names(columns), of, name, named=not _are_places(columns))


def _of_mapping(X: Mapping[Any, Any], name: str) -> Table:
    """Return the table of a dict: of columns, or of the values of one row."""
    if not X:
        raise ValueError(f"{name}: an empty dict, wanted columns by name")
    if not any(_is_column(values) for values in X.values()):
        return _of_rows([X], name)
    for key, values in X.items():
        if not _is_column(values):
            raise ValueError(f"{name}: {shown(values)} in column {key!r}, wanted columns, or a row")
    of = [_values(values, f"{name}: column {key!r}") for key, values in X.items()]
    return _checked(_names(X), of, name, named=not _are_places(X))


def _is_column(values: Any) -> bool:
    """Tell whether values are those of a column, not one value."""
    return not isinstance(values, str | bytes | Mapping) and hasattr(values, "__len__")


def _values(values: Any, about: str) -> Column:
    """Return a column of a list, an array or a series."""
    if _is_from("pandas", values):
        return _pandas_column(values, about)
    if isinstance(values, list | tuple):
        return objects.column_of(values, about)
    mask = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    return _array_column(np.asarray(values), about, mask)


def _of_fields(X: Any, name: str) -> Table:
    """Return the table of an array with named fields."""
    fields, rows = X.dtype.names, np.atleast_1d(X)
    if rows.ndim != 1:
        raise ValueError(f"{name}: shape {X.shape} of rows with fields, wanted (samples,)")
    of = [_values(rows[field], f"{name}: column {field!r}") for field in fields]
    return _checked(fields, of, name)


def _by_place(X: Any, name: str) -> Table:
    """Return the table of an array (n, features), or of rows, whose columns have no names."""
    if hasattr(X, "tocsr"):
        raise TypeError(
            f"{name}: sparse rows, wanted a table (sparse rows are learned as they are)"
        )
    if not isinstance(X, np.ndarray):
        X = _objects(X, name)
    if X.ndim != 2 or 0 in X.shape:
        hint = " (one row: X[None, :])" if X.ndim == 1 else ""
        raise ValueError(f"{name}: shape {X.shape}, wanted (samples, features){hint}")
    of = [_values(values, f"{name}: column {k}") for k, values in enumerate(X.T)]
    return Table(tuple(map(str, range(len(of)))), tuple(of), named=False)


def _objects(rows: Any, name: str) -> Any:
    """Return rows of one length as an array of objects."""
    if isinstance(rows, str | bytes) or not hasattr(rows, "__len__"):
        raise TypeError(f"{name}: {type(rows).__name__}, wanted rows")
    rows = list(rows)
    lengths = {
        len(row) if hasattr(row, "__len__") and not isinstance(row, str | bytes) else -1
        for row in rows
    }
    if len(lengths) != 1 or -1 in lengths:
        hint = "values without rows (one row: [x])"
        came = hint if -1 in lengths else "rows of other lengths"
        raise ValueError(f"{name}: {came if rows else 'no rows'}, wanted rows of one length")
    array = np.empty((len(rows), *lengths), object)
    array[:] = [list(row) for row in rows]
    return array


def _array_column(values: Any, about: str, mask: Any = None) -> Column:
    """Return a column of a NumPy array; what is masked is missing."""
    kind = values.dtype.kind
    if values.ndim != 1 or kind in "cV":
        came = f"shape {values.shape}" if values.ndim != 1 else f"dtype {values.dtype}"
        raise TypeError(f"{about}: {came}, wanted one number, word, truth value or time a row")
    if kind in "OSU":
        listed = values.tolist()
        if mask is not None:
            listed = [None if gone else v for v, gone in zip(listed, mask, strict=True)]
        return objects.column_of(listed, about)
    numbers = objects.seconds(values) if kind in "mM" else values
    if mask is not None:
        numbers = np.where(mask, np.nan, numbers.astype(np.float64))
    return Numbers(numbers, "flag" if kind == "b" else "time" if kind == "M" else "number")


def _names(labels: Iterable[Any]) -> list[str]:
    """Return labels of columns as names; those of several levels are joined."""
    levels = (label if isinstance(label, tuple) else (label,) for label in labels)
    return ["_".join(str(level) for level in parts if level != "") for parts in levels]


def _are_places(labels: Iterable[Any]) -> bool:
    """Tell whether labels are the numbers that a frame without names gives its columns."""
    labels = list(labels)
    return not any(isinstance(one, str) for one in labels) and labels == list(range(len(labels)))


def _of_pandas(frame: Any, name: str) -> Table:
    """Return the table of a frame of pandas."""
    names = _names(frame.columns)
    series = [frame.iloc[:, k] for k in range(len(names))]
    of = [_pandas_column(s, f"{name}: column {n!r}") for n, s in zip(names, series, strict=True)]
    return _checked(names, of, name, named=not _are_places(frame.columns))


def _pandas_column(series: Any, about: str) -> Column:
    """Return a column of a series of pandas, by its dtype."""
    dtype = series.dtype
    of = type(dtype).__name__
    if of == "CategoricalDtype":
        categories = series.array if hasattr(series, "array") else series
        return objects.words_of(categories.codes, list(categories.categories), is_text=False)
    if of == "ArrowDtype":
        import pyarrow as pa

        return arrow.column_of(pa.chunked_array([pa.array(series)]), about)
    if of == "StringDtype":
        codes, words = series.factorize()
        return objects.words_of(codes, list(words), is_text=True)
    if of == "PeriodDtype":
        series = series.dt.to_timestamp()
    if of == "DatetimeTZDtype":
        series = series.dt.tz_convert(None)  # to UTC
    if dtype.kind in "biuf" and not isinstance(dtype, np.dtype):  # some may be NA
        numbers = series.to_numpy(np.float64, na_value=np.nan)
        return Numbers(numbers, "flag" if dtype.kind == "b" else "number")
    return _array_column(np.asarray(series), about)


def _of_arrow(X: Any, name: str) -> Table | None:
    """Return the table of a table or a batch of PyArrow; None for its arrays."""
    if not hasattr(X, "column_names"):
        return None
    import pyarrow as pa

    of = pa.Table.from_batches([X]) if isinstance(X, pa.RecordBatch) else X
    check_once(of.column_names, f"{name}: ")
    return arrow.table_of(of, name)


def _of_frame(X: Any, name: str) -> Table | None:
    """Return the table of a frame that Narwhals knows; None if it knows none."""
    try:
        import narwhals as nw
    except ImportError:
        came = f"a {type(X).__name__} of {type(X).__module__.partition('.')[0]}"
        raise ImportError(f"{name}: {came} needs Narwhals and PyArrow: {EXTRA}") from None
    frame = nw.from_native(X, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, nw.DataFrame):
        return None
    if frame.implementation.is_pandas_like():
        return _of_pandas(frame.to_pandas(), name)
    for column, of in frame.schema.items():
        if of in (nw.Int128, nw.UInt128):  # which Arrow lacks
            frame = frame.with_columns(nw.col(column).cast(nw.Float64))
        elif of == nw.Object:
            wanted = "wanted numbers, words, truth values or times"
            raise TypeError(f"{name}: column {column!r}: Python's objects, {wanted}")
    try:
        return _of_arrow(frame.to_arrow(), name)
    except ModuleNotFoundError:
        raise ImportError(f"{name}: this frame needs PyArrow: {EXTRA}") from None
