"""Tables in Parquet, Feather and Arrow files, whole or in chunks. PyArrow reads them."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

from ..files import blaming
from ..tables.arrow import table_of
from ..tables.frames import EXTRA
from ..tables.table import Table
from .parts import kept
from .reading import Path, Reading
from .words import regrouped

INDEX = re.compile(r"__index_level_\d+__")  # pandas' name of an index without one
SMALL = 1 << 16  # rows of a batch, where the file is read whole
ENDS = {"Parquet": b"PAR1", "Arrow": b"ARROW1"}  # the files end as they begin


def tables(path: Path, reading: Reading, rows: int | None, form: str) -> Iterator[Table]:
    """Yield the table of a file of this form, "Parquet" or "Arrow"; see `readers.Reader`."""
    try:
        import pyarrow as pa
    except ImportError:
        raise ImportError(f"{path}: a file of {form} needs PyArrow: {EXTRA}") from None
    said = f"not readable as {form}: {{}}"
    with contextlib.ExitStack() as files:
        with blaming(path, said):
            _check_end(path, ENDS[form])
            names, read = (_parquet if form == "Parquet" else _arrow)(path, files, rows or SMALL)
        columns = [name for name in kept(names, path, reading) if not INDEX.fullmatch(name)]
        batches, first = regrouped(read(columns), rows), 0
        while True:
            with blaming(path, said):
                some = list(itertools.islice(batches, 1))
            if not some:
                return
            table = pa.Table.from_batches(*some)
            try:
                yield table_of(table, os.fspath(path), first=first)
            except TypeError as error:
                raise ValueError(f"{error}; drop leaves a column out") from None
            first += table.num_rows


def _check_end(path: Path, mark: bytes) -> None:
    """Refuse a file that begins with a mark, but does not end with it."""
    with open(path, "rb") as file:
        if file.read(len(mark)) == mark:
            file.seek(max(len(mark), os.fstat(file.fileno()).st_size - len(mark)))
            if file.read() != mark:
                raise ValueError("the file is cut short")


Batches = Callable[[list[str]], Iterator[Any]]


def _parquet(path: Path, files: contextlib.ExitStack, rows: int) -> tuple[list[str], Batches]:
    """Open a Parquet file; return the names of its columns, and what yields batches of some."""
    import pyarrow.parquet as pq

    file = files.enter_context(pq.ParquetFile(path, memory_map=True, pre_buffer=False))
    return file.schema_arrow.names, lambda names: _with_schema(
        file.iter_batches(rows, columns=names), names, file.schema_arrow
    )


def _arrow(path: Path, files: contextlib.ExitStack, rows: int) -> tuple[list[str], Batches]:
    """Open a file or a stream of Arrow, which is Feather too; see `_parquet`."""
    import pyarrow as pa

    source = files.enter_context(pa.memory_map(os.fspath(path)))
    mark = source.read(len(ENDS["Arrow"]))
    source.seek(0)
    file = pa.ipc.open_file(source) if mark == ENDS["Arrow"] else pa.ipc.open_stream(source)
    whole = (
        (file.get_batch(k) for k in range(file.num_record_batches))
        if mark == ENDS["Arrow"]
        else iter(file)
    )
    return file.schema.names, lambda names: _with_schema(
        (batch.select(names) for batch in whole), names, file.schema
    )


def _with_schema(batches: Iterator[Any], names: list[str], schema: Any) -> Iterator[Any]:
    """Yield the batches, checked, since a damaged file may point anywhere; at least one."""
    import pyarrow as pa

    some = False
    for batch in batches:
        some = True
        batch.validate(full=True)
        yield batch
    if not some:
        yield pa.RecordBatch.from_pylist([], pa.schema([schema.field(name) for name in names]))
