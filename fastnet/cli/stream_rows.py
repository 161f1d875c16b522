"""The rows of a stream: numbers with labels, or the rows of tables, by what comes first."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from ..sources.csv_python import fields_of
from ..sources.decoding import LONGEST, MARK, text_blocks
from ..sources.heading import looks
from ..sources.json_text import is_flat
from ..sources.lines import BLOCK, Lines
from ..sources.parts import check_names, column_of, without
from ..sources.reading import Reading
from ..sources.sniff import sniffed
from ..sources.text import stream_chunks
from .reading import numbers_of

NAME = "standard input"  # in errors


class TableLines(Lines):
    """The rows of a stream of tables, with their answers: (table, answers), as they come.

    Parameters
    ----------
    file
        A file of bytes with `read1`.
    form
        "csv" or "jsonl".
    reading
        The options of reading.
    known
        The names of columns that a net knows.
    plain
        True for arrays of numbers in place of tables.
    net
        The net that is to go on with these, if there is one.
    """

    def __init__(
        self,
        file: Any,
        form: str,
        reading: Reading,
        known: Sequence[str] = (),
        plain: bool = False,
        net: Any = None,
    ) -> None:
        super().__init__(file, form, reading)
        self.reading, self.known, self.plain, self.net = reading, known, plain, net
        self.labels.text = True

    def _batches(self) -> Iterator[tuple[Any, list[Any]]]:
        """Yield tables, and their answers, which are still text."""
        target = None
        for table in stream_chunks(self.file, self.reading, self.known, NAME):
            if target is None:
                target = column_of(table.names, NAME, self.reading)
                if self.form == "csv":  # in JSON it may come later
                    check_names(self.reading.drop, table.names, NAME)
            column = table[target]
            words = [*column.words, ""]
            first = table.first + 1  # of a list of JSON, whose rows have no lines
            self.numbers.extend(
                range(first, first + len(table)) if table.places is None else table.places.tolist()
            )
            self.given += len(table)
            rows = without(table, NAME, self.reading, target)
            X = numbers_of(rows, self.net) if self.plain else rows
            yield X, [words[k] for k in column.codes]


class Begun:
    """A pipe whose beginning, `head`, was looked at."""

    def __init__(self, file: Any) -> None:
        self.file, self.head, self.ended = file, b"", False
        while not self.head.strip() and self.more():
            pass

    @property
    def form(self) -> str:
        """The form of the text, "csv" or "jsonl"."""
        start = self.head.removeprefix(MARK).lstrip()[:1]
        return "jsonl" if start in (b"{", b"[") else "csv"

    @property
    def is_listed(self) -> bool:
        """Tell whether the lines have lists of numbers in JSON: [1, 2] or {"x": [1, 2]}."""
        return self.form == "jsonl" and not is_flat(self.head)

    def more(self) -> bool:
        """Read more of the head, up to a whole line; tell whether there is more to look at."""
        before = len(self.head)
        while not self.ended and b"\n" not in self.head[before:] and len(self.head) <= LONGEST:
            block = self.file.read1(BLOCK)
            self.head += block
            self.ended = not block
        return len(self.head) > before

    def read1(self, size: int, /) -> bytes:
        """Return what comes next, at most `size` bytes."""
        if self.head:
            head, self.head = self.head[:size], self.head[size:]
            return head
        return bytes(self.file.read1(size))


def lines_of(file: Any, form: str | None, reading: Reading, encode: str | None, net: Any) -> Lines:
    """Return the rows of a stream.

    They are those of a table if the net has an encoding or `encode` asks for one, and without both
    if the first line has names, words or gaps, or is a flat object of JSON.
    """
    begun = Begun(file)
    form = form or begun.form
    known = () if net is None or net.encoding is None else net.encoding.names
    if net is not None:
        encode = "table" if known else "none"
    tells = "" if reading.pixels or form == "jsonl" else looked_at(begun, reading)
    table = tells == "table" or (form == "jsonl" and not reading.pixels and is_flat(begun.head))
    if encode == "table" or (encode is None and table):
        return TableLines(begun, form, reading, known)
    if table or tells == "plain":
        return TableLines(begun, form, reading, known, True, net)
    return Lines(begun, form, reading)


def looked_at(begun: Begun, reading: Reading) -> str:
    """Tell what the first line of CSV says.

    It is "table" if it has names, words or gaps, "plain" if it has numbers in a form that `Lines`
    does not read, else "".
    """
    found = None
    while found is None:
        try:
            head = b"".join(text_blocks(io.BytesIO(begun.head), live=True, name=NAME))
        except ValueError:  # it is no text, which `Lines` says
            return ""
        found = sniffed(head, reading, begun.ended, live=True)
        if found is None and not begun.more():
            return ""
    dialect, text, _ = found
    fields = fields_of(text.decode().splitlines()[:1], dialect.delimiter)[0]
    row = dict(zip(dialect.names, fields, strict=False))
    for name in (column_of(dialect.names, NAME, reading), *reading.drop):
        row.pop(name, None)
    if dialect.named or any(looks(field.strip()) != "number" for field in row.values()):
        return "table"
    said = reading.drop or reading.decimal or reading.missing or reading.header is not None
    return "plain" if said or dialect.delimiter != "," else ""
