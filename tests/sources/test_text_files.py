"""Text files: samples with and without labels, as they stand; nothing else is taken for one."""

import gzip
import io
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from fastnet.sources.lines import Lines
from fastnet.sources.readers import read
from fastnet.sources.reading import Reading
from fastnet.tables import Table
from fastnet.tables.kinds import typed
from tests.sources import helpers

X = np.array([[0.5, -1.0, 1e-300], [3.0, 1 / 3, 255.0]])


def read_samples(path, **options):
    """The numbers in a file, NaN where one is missing; with names, gaps or words it is a table."""
    X = helpers.read_samples(path, **options)
    if isinstance(X, Table):
        X = np.stack([typed(column).values for column in X.columns], axis=1)
    return X


PIXELS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) * 10


def test_a_line_of_names_is_passed_over(tmp_path):
    text = "a,b,c\n" + "".join(",".join(map(repr, row)) + "\n" for row in X.tolist())
    assert np.array_equal(read_samples(csv(tmp_path, text)), X)


@pytest.mark.parametrize("line", ["1,2,3\n", "1,2,3"])
def test_one_line_is_one_sample(tmp_path, line):
    (tmp_path / "X.csv").write_text(line)
    assert read_samples(tmp_path / "X.csv").tolist() == [[1, 2, 3]]


def test_pixels_in_a_csv_are_those_of_the_images(tmp_path):
    np.savetxt(tmp_path / "X.csv", PIXELS.reshape(2, 12), delimiter=",", fmt="%d")
    got = read_samples(tmp_path / "X.csv", pixels=True)
    assert got.dtype == np.uint8 and np.array_equal(got, PIXELS.reshape(2, 12))


@pytest.mark.parametrize("value", ["256", "-1", "0.5", "nan", "inf"])
def test_what_is_no_pixel(tmp_path, value):
    (tmp_path / "X.csv").write_text(f"1,2,{value}\n")
    said = r"X\.csv: .*(line 1: pixels are whole numbers|, wanted numbers$)"
    with pytest.raises(ValueError, match=said):
        read_samples(tmp_path / "X.csv", pixels=True)


# Lines that are no sample, and lines that look as if they were none ------------------------------

ROWS = "0.5,-1\n2.5,1e3\n-4.5,0.25\n"
WANTED = [[0.5, -1], [2.5, 1e3], [-4.5, 0.25]]


def csv(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "X.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "before",
    [
        "", "a,b\n", '"a","b"\n', " length , width\n", "petal length,größe\n", "# a note\n",
        "\n\n", "#1,2\na,b\n", "x1,x2\n", ",b\n", '"",b\n', "1st,2nd\n",
    ],
)  # fmt: skip
def test_as_many_answers_as_samples(tmp_path, before, end, mark):
    for after in ("", "\n \n", "# the end"):
        text = mark + before + ROWS + after
        X = read_samples(csv(tmp_path, text.replace("\n", end)))
        assert X.tolist() == WANTED


@pytest.mark.parametrize(
    "text",
    [
        ROWS.strip(), ROWS.replace(",", " , "), '"0.5","-1"\n"2.5",1e3\n-4.5,"0.25"',
        "0.5,-1\n2.5,1e3\n\n-4.5,.25\n", "0.5;-1\n2.5;1e3\n-4.5;.25",
        "0.5\t-1\n2.5\t1e3\n-4.5\t.25",
        "0.5 -1\n2.5  1e3\n-4.5 .25", "0,5;-1\n2,5;1e3\n-4,5;0,25\n",
        "+.5,-1.\n25e-1,1E+3\n-4.5,0.25",
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(tmp_path, text):
    assert read_samples(csv(tmp_path, text)).tolist() == WANTED


MARKS = ["", " ", "?", "NA", "n/a", "nan", "NaN", "null", "None", ".", "-", "<NA>"]
MARKS += ["#N/A", "#DIV/0!"]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("heading", ["", "a,b\n"])
@pytest.mark.parametrize("row", [1, 2, 3])
@pytest.mark.parametrize("column", [1, 2])
def test_a_missing_value_is_a_gap(tmp_path, mark, heading, row, column):
    rows = [line.split(",") for line in ROWS.splitlines()]
    rows[row - 1][column - 1] = mark
    found = read_samples(csv(tmp_path, heading + "\n".join(map(",".join, rows))))
    wanted = np.array(WANTED)
    wanted[row - 1, column - 1] = np.nan
    assert np.array_equal(found, wanted, equal_nan=True)


def test_a_single_column(tmp_path):
    assert read_samples(csv(tmp_path, "x\n1\n2.5\n")).tolist() == [[1], [2.5]]
    assert read_samples(csv(tmp_path, "0\n1\n0\n")).tolist() == [[0], [1], [0]]
    assert read_samples(csv(tmp_path, "0\n")).tolist() == [[0]]
    for text in ("NA\n1\n2\n", "?\n1\n", "nan\n1\n"):
        found = read_samples(csv(tmp_path, text))
        assert np.isnan(found[0, 0]) and found[1, 0] == 1


@pytest.mark.parametrize("columns", [1, 2, 3, 12])
@pytest.mark.parametrize("index", [False, True])
@pytest.mark.parametrize("dtype", [float, int])
def test_what_pandas_writes_of_an_array(tmp_path, columns, index, dtype):
    """Names 0, 1, 2 ... look like a sample: that is an error, never one answer more."""
    rows = np.arange(10, 10 + 4 * columns).reshape(4, columns).astype(dtype)
    frame, path = pd.DataFrame(rows), tmp_path / "X.csv"
    frame.to_csv(path, index=index, header=False)
    assert len(read_samples(path)) == 4
    frame.to_csv(path, index=index)
    if dtype is int and columns < 3 and not index:
        assert read_samples(path).tolist() == [list(range(columns)), *rows.tolist()], "no telling"
        return
    for mark in (b"", b"\xef\xbb\xbf"):  # Excel's
        path.write_bytes(mark + path.read_bytes())
        with pytest.raises(ValueError, match=r"line 1: '.*' may be names or a sample"):
            read_samples(path)
    frame.columns = [f"c{k}" for k in range(columns)]
    frame.to_csv(path, index=index)
    assert read_samples(path)[:, int(index) :].tolist() == rows.tolist()


def test_samples_that_begin_with_0_and_1(tmp_path):
    assert read_samples(csv(tmp_path, "0,1\n1,0\n1,1\n")).tolist() == [[0, 1], [1, 0], [1, 1]]
    assert len(read_samples(csv(tmp_path, "0.0,1,2\n0.5,1,2\n"))) == 2
    assert len(read_samples(csv(tmp_path, "0,1\n0.5,1\n2,1\n"))) == 3
    assert len(read_samples(csv(tmp_path, "0,2\n0.5,1.5\n"))) == 2
    assert len(read_samples(csv(tmp_path, "0,1,2\n"))) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,2019,2020\n1,2,3\n", "line 1: 'id,2019,2020' may be names or a sample"),
        ("1,x\n2,3\n", "line 1: '1,x' may be names or a sample"),
        ("1,2\n\n3\n", r"line 3: 1 field, wanted 2 \(line 1 has 2\)"),
        ("1,2\n3,4,5\n", "line 2: 3 fields, wanted 2"),
        ("a,b,c\n1,2\n3,4\n", "line 2: 2 fields, wanted 3"),
        ('"a","b"\n"1",2,3\n', "line 2: 3 fields, wanted 2"),
        ("a,b\n", "no rows in it but the names"),
        ("# nothing\n\n", "no rows in it"),
        ("\ufeff", "no rows in it"),
        (b"1,2\n\x00,3\n", "not text, but a byte of value 0 in line 2"),
        ('1,"2\n3,4\n', "line 1: a quoted field begins here and does not end"),
        ("1" * 200_000 + "x,2\n", "line 1: field larger than field limit"),
    ],
)
def test_what_is_no_table_of_numbers(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as error:
        read_samples(csv(tmp_path, text))
    assert str(error.value).startswith(f"{tmp_path / 'X.csv'}: ")
    assert "\n" not in str(error.value) and len(str(error.value)) < len(str(tmp_path)) + 300


@pytest.mark.parametrize(
    "text",
    ['"1,234"\n800\n', "90%,80%\n1,2\n", "<0.5,$5\n1,2\n", "1D0,2d-1\n1,2\n", "1_000\n1\n",
     "\u22121\n2\n", "\u0661\n1\n", "1,inf\n", "1,2\n1e999,2\n"],
)  # fmt: skip
def test_odd_numbers_are_rows_not_names(tmp_path, text):
    """What such a column holds is decided by the whole of it; no row is lost."""
    found = helpers.read_samples(csv(tmp_path, text))
    assert len(found) == text.count("\n") and not getattr(found, "named", False)


def test_names_are_counted_with_pixels_too(tmp_path):
    path = csv(tmp_path, "a,b\n1,2\n")
    assert read_samples(path, pixels=True).tolist() == [[1, 2]]
    for text in ("a\n1,2\n", "a,b,c\n1,2\n", ",2\n1,2\n"):
        with pytest.raises(ValueError, match="line "):
            read_samples(csv(tmp_path, text), pixels=True)


@pytest.mark.heavy
def test_a_line_without_end_takes_little_memory(tmp_path):
    path = csv(tmp_path, "1,2\n" + "3," * (1 << 23))
    tracemalloc.start()
    try:
        with pytest.raises(
            ValueError, match=r"X\.csv: line 2: a line that does not end within 4,194,304 bytes"
        ):
            read_samples(path)
        assert tracemalloc.get_traced_memory()[1] < 80 << 20
    finally:
        tracemalloc.stop()
    assert read_samples(csv(tmp_path, "3," * 100_000 + "4")).shape == (1, 100_001)


# Samples with labels --------------------------------------------------------------------------

LABELLED = {
    "the last": ("0.5,-1,a\n2.5,1e3,b\n-4.5,0.25,a\n", {}),
    "names": ("length,width,kind\n0.5,-1,a\n2.5,1e3,b\n-4.5,0.25,a\n", {}),
    "comments": ("# a note\n\n0.5,-1,a\n# more, of it\n2.5,1e3,b\n-4.5,0.25,a", {}),
    "Excel": ("\ufeff0.5,-1,a\r\n2.5,1e3,b\r\n-4.5,0.25,a\r\n", {}),
    "an old Mac": ("0.5,-1,a\r2.5,1e3,b\r-4.5,0.25,a", {}),
    "quotes": ('"0.5",-1,"a"\n2.5,"1e3",b\n-4.5,0.25,a\n', {}),
    "the first": ("a,0.5,-1\nb,2.5,1e3\na,-4.5,0.25\n", {"label": "first"}),
    "a name": ("x,kind,y\n0.5,a,-1\n2.5,b,1e3\n-4.5,a,0.25\n", {"label": "kind"}),
}


@pytest.mark.parametrize("name", LABELLED)
def test_samples_and_labels(tmp_path, name):
    text, options = LABELLED[name]
    (X, y), test = read(csv(tmp_path, text), **options)
    if isinstance(X, Table):
        assert X.named == (name in ("names", "a name"))
        X = np.stack([typed(column).values for column in X.columns], axis=1)
    assert (X.tolist(), y.tolist(), test) == (WANTED, ["a", "b", "a"], (None, None))


@pytest.mark.parametrize(
    ("labels", "classes", "wanted"),
    [
        (["1", "-2", "1"], None, np.array([1, -2, 1])),
        (["1", "2.5", "1."], None, np.array([1, 2.5, 1])),
        (["1", "2", "1"], [], np.array([1.0, 2, 1])),
        (["1", "2", "1"], ["1", "2"], np.array(["1", "2", "1"])),
        (["NA", "ok", "NA"], ["ok", "NA"], np.array(["NA", "ok", "NA"])),
    ],
)
def test_labels_are_what_those_of_a_stream_are(tmp_path, labels, classes, wanted):
    text = "".join(f"{k},{k % 2},{label}\n" for k, label in enumerate(labels))
    (_, y), _ = read(csv(tmp_path, text), classes=classes)
    assert y.dtype == wanted.dtype and y.tolist() == wanted.tolist()
    lines = Lines(io.BytesIO(text.encode()), "csv", Reading(classes=classes))
    assert [label for _, some in lines for label in some] == wanted.tolist()


def test_labels_of_json(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"x": [1, 2], "y": true}\n\n{"y": false, "x": [3, 4]}\n')
    (X, y), _ = read(path)
    assert X.tolist() == [[1, 2], [3, 4]] and y.dtype == bool and y.tolist() == [True, False]
    path.write_text("[[0, 0.5], 1, 2]\n[[1, 0], 3, 4]\n")
    assert read(path, label="first")[0][1].tolist() == [[0, 0.5], [1, 0]]
    path.write_text("[1, 2, [0, 0.5]]\n[3, 4, [1]]\n")
    with pytest.raises(ValueError, match=r"t\.jsonl: .*rows of different lengths"):
        read(path)
    path.write_text("[1, 2]\n[NaN, 4]\n")
    with pytest.raises(ValueError, match=r"t\.jsonl: .*line 2: nan, wanted finite numbers"):
        read(path)


def test_pixels_with_labels(tmp_path):
    (X, y), _ = read(csv(tmp_path, "7,0,255\n3,1,2\n"), label="first", pixels=True)
    assert X.dtype == np.uint8 and X.tolist() == [[0, 255], [1, 2]] and y.tolist() == [7, 3]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("1,2,a\n1,b\n", {}, r"line 2: 2 fields, wanted 3 \(line 1 has 3\)"),
        ("1,9\n" + "2,7\n" * 3, {"classes": [7, 8]}, "line 1: 'column 2' is '9', wanted"),
        ("a,b\n", {}, "no rows in it but the names"),
        ("1,2\n", {"target": "k"}, "no column 'k', wanted one of column 1, column 2"),
        ("1,\n2,NA\n", {}, "target 'column 2': no values, wanted a target"),
        (b"PK\3\4 and more", {}, "not text, but zip"),
        (b"1,2,\x81\n", {}, "line 1: not text, wanted UTF-8"),
        ("0,1,2,kind\n5.5,1,2,a\n1,5,2,b\n", {}, "line 1: '0,1,2,kind' may be names or a sample"),
        ("kind,0,1\na,5.5,1\nb,2,1\n", {"label": "first"}, "'kind,0,1' may be names or a sample"),
        ("0,1,2\n3,4,1\n3,4,2\n", {}, "line 1: '0,1,2' may be names or a sample"),
    ],
)  # fmt: skip
def test_what_are_no_samples_with_labels(tmp_path, text, options, message):
    with pytest.raises(ValueError, match=message) as error:
        read(csv(tmp_path, text), **options)
    assert str(error.value).startswith(f"{tmp_path / 'X.csv'}: ") and "\n" not in str(error.value)


def test_first_samples_that_begin_with_0_and_1(tmp_path):
    for text in ("0,1,2,a\n3,4,5,b\n6,7,8,a\n", "0,1,2,0\n3,4,5,1\n", "0,1,0.5\n2,3,1.5\n",
                 "0,1,2,0.5\n3,4,5,1.5\n"):  # fmt: skip
        (X, _), _ = read(csv(tmp_path, text))
        assert X[0, :2].tolist() == [0, 1]
    (X, y), _ = read(csv(tmp_path, "0,1,2\n5,6,7\n5,6,8\n"), label="1")  # which says they are names
    assert X.names == ("0", "2") and len(X) == 2 and y.tolist() == [6, 6]


def test_lists_in_packed_files(tmp_path):
    text = b"".join(b"[%d, 0.5, 1]\n" % k for k in range(3)) + b"[4, 0.5, 0]\n"
    (tmp_path / "t.jsonl").write_bytes(text)
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(text))
    (X, y), _ = read(tmp_path / "t.jsonl.gz")
    (Z, z), _ = read(tmp_path / "t.jsonl")
    assert np.array_equal(X, Z) and y.tolist() == z.tolist() == [1, 1, 1, 0]
