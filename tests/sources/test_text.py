"""Tables in text: their form is found out or said, and each fault is one line."""

import bz2
import gzip
import io
import lzma
import tracemalloc

import numpy as np
import pytest

import fastnet
from fastnet.sources import text
from fastnet.sources.reading import Reading
from tests.helpers import needed
from tests.sources.helpers import read_text
from tests.tables.helpers import contents, listed

NAMES = ("age", "job", "note")
ROWS = [["39", "clerk", "a, b"], ["", "cook", 'say "so"'], ["5.5", "clerk", ""]]
WANTED = {name: ("text", [row[k] for row in ROWS]) for k, name in enumerate(NAMES)}


def write(tmp_path, data, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def read(tmp_path, data, name="t.csv", **options):
    return read_text(write(tmp_path, data, name), Reading(**options))


def csv(delimiter=",", end="\n", rows=ROWS, names=NAMES):
    quoted = [
        ['"' + field.replace('"', '""') + '"' for field in row] for row in [list(names), *rows]
    ]
    return end.join(delimiter.join(row) for row in quoted) + end


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_the_same_table_in_many_forms(tmp_path, delimiter, end, encoding):
    data = csv(delimiter, end).encode(encoding)
    data = b"\xfe\xff" * (encoding == "utf-16-be") + data
    table = read(tmp_path, data)
    assert contents(table) == WANTED and table.named
    assert table.places.tolist() == [2, 3, 4] and table.where(1) == "line 3"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.CSV.xz", "t.tsv.bz2", "t", "t.data"])
def test_packed_files(tmp_path, pack, name):
    path = write(tmp_path, pack(csv().encode()), name)
    (X, y), _ = fastnet.datasets.read(path, target="job")
    assert y.tolist() == ["clerk", "cook", "clerk"] and X.names == ("age", "note")
    path.write_bytes(pack(csv().encode() * 100)[:-12])
    with pytest.raises(ValueError, match=r"t.*: damaged (gzip|bz2|lzma) file: "):
        fastnet.datasets.read(path)


@pytest.mark.parametrize(
    "data",
    [
        b"\n# a note, with a comma\n" + csv().encode() + b"\n  \n# the end\n",
        b"sep=,\r\n" + csv(end="\r\n").encode(),
        csv().encode().rstrip(b"\n"),
        csv().encode().replace(b'","', b'", "').replace(b'"39"', b" 39 "),
        b'age,job,note\n39,clerk,"a, b"\n,cook,"say ""so"""\n5.5,clerk,""\n',
    ],
)
def test_what_stands_around(tmp_path, data):
    assert contents(read(tmp_path, data)) == WANTED


def test_a_quoted_field_may_hold_lines(tmp_path):
    table = read(tmp_path, 'a,b\n"1\r\n2",x\n\n3,"y\n"\n4,z\n')
    assert contents(table) == {
        "a": ("text", ["1\n2", "3", "4"]), "b": ("text", ["x", "y", "z"])
    }  # fmt: skip
    assert table.places.tolist() == [2, 5, 7]


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ("a;b\n1,5;x\n2,5;y\n", "ab"), ("1,5;2,5\n3,5;4,5\n", None),
        ("a,b\n1;2,x\n3;4;5,y\n", "ab"),
        ("a\tb\nx, y\t1\nz\t2\n", "ab"), ("a|b\n1|2\n", "ab"), ("a  b\n0.5   x\n 2 y \n", "ab"),
        ("0.5 1\n2\t 3\n", None), ("a\n1\n2\n", "a"), ("a b\nx y\nz w\n", ("a b",)),
        ("a,b,c\n1,2,3\n4,5,6\n", "abc"), ("text\nhello; you\nbye\n", ("text",)),
    ],
)  # fmt: skip
def test_the_delimiter_is_found_out(tmp_path, data, names):
    table = read(tmp_path, data)
    assert table.named == (names is not None)
    assert len(table) == 2 - (data == "a|b\n1|2\n")
    assert table.names == (tuple(names) if names else ("column 1", "column 2"))


def test_what_is_said_wins(tmp_path):
    assert read(tmp_path, "a;b,c\n1;2,3\n", delimiter=",").names == ("a;b", "c")
    assert not read(tmp_path, "a,b\nc,d\n", header=False).named
    assert read(tmp_path, "1,2\n3,4\n", header=True).names == ("1", "2")
    assert listed(read(tmp_path, "a,b\n-9,x\n1,none such\n", missing=("-9", "none such"))["a"]) == [
        None, "1",
    ]  # fmt: skip
    assert read(tmp_path, "a\n1,5\n2,5\n", decimal=",")["a"].decimal == ","


@pytest.mark.parametrize(
    ("data", "decimal"),
    [
        ("a;b\n1;2,5\n", ","), ("a;b\n1;2.5\n", "."), ("a;b\n1;1,234\n", "."), ("a;b\n1;2\n", "."),
        ("a;b\n1,234;2\n7,25;3\n", ","), ('a,b\n"1,5",2\n', ","), ("a;b\n2.5;x\n1;1,5\n", "."),
        ("a;b\nx;1,5\n1.5;y\n", ","), ("a\tb\n1.234,5\t2\n", "."),
    ],
)  # fmt: skip
def test_the_decimal_comma_is_found_out(tmp_path, data, decimal):
    assert {column.decimal for column in read(tmp_path, data).columns} == {decimal}


def test_a_decimal_comma_gives_the_numbers_of_a_point(tmp_path):
    (X, y), _ = fastnet.datasets.read(write(tmp_path, "1,5;2;0,25\n-0,5;1e3;4\n", "t.csv"))
    assert X.tolist() == [[1.5, 2], [-0.5, 1000]] and y.tolist() == [0.25, 4]


def test_windows_1252_is_read_with_a_warning(tmp_path):
    data = "name;größe\nMüller;1,5\nCañas;2,5\n"
    with pytest.warns(fastnet.LearningWarning, match="csv: not UTF-8, so it is read as Win"):
        table = read(tmp_path, data.encode("cp1252"))
    assert contents(table) == contents(read(tmp_path, data))
    with pytest.raises(ValueError, match=r"t\.csv: line 3: not text, wanted UTF-8"):
        read(tmp_path, "a,ü\nß,1\n".encode() + b"\xfc,2\n")
    with pytest.raises(ValueError, match=r"t\.csv: line 2: not text, wanted UTF-8 \(in Excel"):
        read(tmp_path, b"a,b\n\x81\xff,2\n")


# Headings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ("a,b\n1,2\n", "ab"), ("1,2\n3,4\n", None), ("age,job\nx,y\nz,y\n", ("age", "job")),
        ("p,x\np,y\ne,x\n", None), ("p,p\na,b\n", None), ("RI,Na,Type\n1.5,2,a\n1,3,b\n",
         ("RI", "Na", "Type")), ("25,clerk,no\n30,cook,yes\n28,clerk,no\n", None),
        (",a,b\n1,2,x\n2,3,y\n", ("Unnamed: 0", "a", "b")), ("a,b\nNA,\n1,x\n", "ab"),
        ("3+,x\n3+,y\n", None), ("a,b\n?,?\n?,?\n", "ab"), ("90%,80%\n1,2\n", None),
        ("# a,b\nx,y\n1,2\n", "xy"), ("#FF0000,x\n1,2\n", None),
    ],
)  # fmt: skip
def test_a_heading_is_told_by_the_columns_below(tmp_path, data, names):
    table = read(tmp_path, data)
    assert table.named == (names is not None)
    assert table.names == tuple(names or [f"column {k + 1}" for k in range(len(table.names))])


@pytest.mark.parametrize(
    "data",
    [
        "country,1990,1991\nA,1,2\nB,3,4\n",
        "id,2019,2020\n1,2,3\n2,5,6\n",
        "1,x\n2,3\n4,5\n",
        "0,1,2,kind\n5.5,1,2,a\n1,5,2,b\n",
        "1990,1991,1992\n0.5,1.5,2.5\n",
        ",0,1\n0,5.5,1\n",
    ],
)
def test_numbers_that_may_be_names_are_asked_for(tmp_path, data):
    with pytest.raises(ValueError, match=r"t\.csv: line 1: '.*' may be names or a sample, wanted"):
        read(tmp_path, data)
    rows = data.count("\n")
    assert len(read(tmp_path, data, header=True)) == rows - 1
    assert len(read(tmp_path, data, header=False)) == rows


def test_delimiters_at_the_ends_of_lines(tmp_path):
    table = read(tmp_path, "a,b,\n1,x,\n2,y, \n")
    assert contents(table) == {"a": ("text", ["1", "2"]), "b": ("text", ["x", "y"])}
    assert len(read(tmp_path, "5;2;\n3;4;\n").names) == 3  # without names it may be a gap
    with pytest.raises(ValueError, match=r"line 1002: a value in the last column, which is empty"):
        read(tmp_path, "a,b,\n" + "1,x,\n" * 1000 + "2,y,z\n")


def test_a_name_that_is_said_makes_a_heading(tmp_path):
    assert read(tmp_path, "0,1,2\n3,4,5\n", target="1").named
    assert read(tmp_path, "#id,x\na,b\nc,d\n", target="#id").names == ("#id", "x")
    assert read(tmp_path, "p,q\np,r\n", drop=("q",)).names == ("p",)


def test_lines_with_a_hash(tmp_path):
    words = read(tmp_path, "tag,n\n#love,1\n#hate,2\nplain,3\n# a note\n")
    assert listed(words["tag"]) == ["#love", "#hate", "plain"]
    assert len(read(tmp_path, "a,b\n1,2\n#3,4\n5,6\n")) == 2  # where numbers stand, a comment
    assert listed(read(tmp_path, "a,b\n1,2\n#N/A,4\n")["a"]) == ["1", "#N/A"]


# Faults -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("a,b,c\n1,2,3\n4,5\n", r"line 3: 2 fields, wanted 3 \(line 1 has 3\)"),
        ('# n\na,b\n"x\ny",2\n1,2,3\n', r"line 5: 3 fields, wanted 2 \(line 2 has 2\)"),
        ("a,b\n1\n", r"line 2: 1 field, wanted 2 \(line 1 has 2\)"),
        ("1,2\n\n3\n", r"line 3: 1 field, wanted 2 \(line 1 has 2\)"),
        ("a,b,a\n1,2,3\n", "line 1: two columns 'a', wanted each name once"),
        ("size,kind\ncm,-\n180,a\n175,b\n", "line 2: 'cm' in column 'size', above numbers, wanted"),
        ("", "no rows in it"), ("\n \n# x\n", "no rows in it"), ("a,b\n", "no rows in it but the"),
        ("\ufeff", "no rows in it"), ('a,b\n1,"2\n3,4\n', "line 2: a quoted field begins here and"),
        (b"a,b\n1,2\n3,\x004\n", "not text, but a byte of value 0 in line 3"),
        (b"PAR1\x15\x04", "not text, but Parquet"), (b"\x93NUMPY\1\0", "not text, but a NumPy"),
        (b"PK\3\4aaaa", "not text, but zip"), (b"\x89PNG\r\n\x1a\n\0\0", "not text"),
        (b"\xff\xfea\0,\0b", "line 1: not text, wanted UTF-16"),
        ("a,b\n" + "x" * 200_000 + ",2\n", "line 2: field larger than field limit"),
    ],
)  # fmt: skip
def test_each_fault_is_one_line_that_names_it(tmp_path, data, said):
    with pytest.raises(ValueError, match=rf"t\.csv: {said}") as error:
        read(tmp_path, data)
    assert "\n" not in str(error.value) and len(str(error.value)) < len(str(tmp_path)) + 250


@pytest.mark.parametrize(
    ("options", "said"),
    [({"delimiter": d}, "delimiter: .*, wanted one character") for d in (",,", "", '"', "§", "\n")]
    + [({"decimal": ";"}, "decimal: ';', wanted '.' or ','")],
)
def test_options_that_cannot_be(tmp_path, options, said):
    with pytest.raises(ValueError, match=said):
        read(tmp_path, "a,b\n1,2\n", **options)


def test_the_delimiter_of_tabs_may_be_written_out(tmp_path):
    assert read(tmp_path, "a b\tc\n1 2\t3\n", delimiter="\\t").names == ("a b", "c")
    assert read(tmp_path, "a b\tc\nx  y\tz\n", delimiter=" ").names == ("a", "b", "c")


@pytest.mark.parametrize("begin", ["", 'a,b\n1,"', "a,b\n1,"])
def test_a_line_without_end_takes_little_memory(tmp_path, begin):
    path = write(tmp_path, begin + "3 " * (1 << 24))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"t\.csv: line \d: .* within 4,194,304 bytes"):
            read_text(path, Reading())
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()


# Chunks and pipes -------------------------------------------------------------------------------


class Pipe(io.RawIOBase):
    """A pipe in which so many bytes arrive at a time."""

    def __init__(self, data, size):
        self.data, self.size = data, size

    def read1(self, size=-1):
        piece, self.data = self.data[: self.size], self.data[self.size :]
        return piece


LONG = csv(rows=[[str(k), f"w{k % 7}", f'"{k}\n,'] for k in range(500)])


@pytest.mark.parametrize("size", [3, 100, 1 << 20])
def test_a_pipe_gives_the_same_rows_in_whatever_pieces(tmp_path, size):
    for data in (LONG.encode(), LONG.replace("\n", "\r\n").encode("utf-16")):
        parts = list(text.stream_chunks(Pipe(data, size), Reading()))
        whole = read(tmp_path, data)
        assert [v for part in parts for v in listed(part["note"])] == listed(whole["note"])
        assert [p for part in parts for p in part.places] == whole.places.tolist()
        assert all(part.names == whole.names and part.first == k for part, k in
                   zip(parts, np.cumsum([0, *map(len, parts)]), strict=False))  # fmt: skip


def test_a_pipe_answers_each_row_at_once():
    """The rows of a piece come before the next piece is asked for."""
    pieces, asked = [b"a,b\n", b"1,x\n2,", b"y\n", b""], []

    class Slow:
        def read1(self, size):
            asked.append(size)
            return pieces[len(asked) - 1]

    rows = []
    for part in text.stream_chunks(Slow(), Reading()):
        rows.append((listed(part["a"]), len(asked)))
    assert rows == [(["1"], 2), (["2"], 3)]


def test_a_net_s_columns_tell_a_heading_in_a_pipe():
    data = b"1,2\n3,4\n"
    (part,) = text.stream_chunks(io.BytesIO(data), Reading(), known=("2", "1"))
    assert part.names == ("1", "2") and listed(part["1"]) == ["3"]
    (part,) = text.stream_chunks(io.BytesIO(data), Reading())
    assert not part.named and len(part) == 2


@pytest.mark.parametrize("rows", [1, 3, 499, 500, 10_000])
def test_chunks_of_so_many_rows(tmp_path, rows):
    path = write(tmp_path, LONG)
    parts, whole = list(text.tables(path, Reading(), rows)), read_text(path, Reading())
    assert [len(part) for part in parts[:-1]] == [rows] * (len(parts) - 1)
    assert [v for part in parts for v in listed(part["note"])] == listed(whole["note"])
    assert [part.where(0) for part in parts] == [whole.where(k) for k in range(0, 500, rows)]


@pytest.mark.parametrize("delimiter", [",", "\t", " "])
@pytest.mark.parametrize("names", [range(1, 31), [f"car{k}" for k in range(30)]])
def test_names_of_rows_as_r_writes_them(tmp_path, delimiter, names):
    """A heading of one field less than the rows, as of write.table."""
    rows = [[f'"{name}"', f"{k}.5", '"b c"'] for k, name in enumerate(names)]
    lines = [['"x"', '"w"'], *rows]
    table = read(tmp_path, "".join(delimiter.join(line) + "\n" for line in lines).encode())
    assert table.names == ("Unnamed: 0", "x", "w") and table.named and len(table) == 30
    assert contents(table)["x"][1] == [f"{k}.5" for k in range(30)]


def test_decimal_commas_between_commas_are_no_names_of_rows(tmp_path):
    with pytest.raises(ValueError, match=r"line 2: 3 fields, wanted 2 \(line 1 has 2\)"):
        read(tmp_path, b"x,y\n" + b"".join(b"%d,5,%d\n" % (k % 3, k) for k in range(30)))


def test_pyarrow_reads_memory_of_its_own(tmp_path, monkeypatch):
    """Its threads may free a buffer after Python has ended, which must not need Python."""
    csv = needed("pyarrow.csv")
    path, came, read_csv = tmp_path / "x.csv", [], csv.read_csv

    def read(data, *options):
        came.append(data)
        return read_csv(data, *options)

    monkeypatch.setattr(csv, "read_csv", read)
    path.write_text("a,b\nx,1\ny,2\n")
    read_text(path, Reading())
    assert came
    assert all(data.is_mutable for data in came)  # as the memory of bytes is not
