"""Text files: samples with and without labels, as they stand; nothing else is taken for one."""

import gzip
import io
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from fastnet.data.lines import Lines
from fastnet.data.reading import Reading
from fastnet.tables.readers import read, read_samples

X = np.array([[0.5, -1.0, 1e-300], [3.0, 1 / 3, 255.0]])
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
    with pytest.raises(ValueError, match=r"X\.csv: .*line 1: pixels are whole numbers"):
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
        "\n\n", "#1,2\na,b\n", "x1,x2\n", "a,a\n", ",b\n", '"",b\n', "1st,2nd\n",
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
        "0.5,-1 # first\n2.5,1e3\n\n-4.5,.25\n", "+.5,-1.\n25e-1,1E+3\n-4.5,0.25",
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
def test_a_missing_value_is_an_error_with_its_place(tmp_path, mark, heading, row, column):
    rows = [line.split(",") for line in ROWS.splitlines()]
    rows[row - 1][column - 1] = mark
    path = csv(tmp_path, heading + "\n".join(map(",".join, rows)))
    line = row + bool(heading)
    with pytest.raises(ValueError, match=rf"X\.csv: .*line {line}, column {column}: .*a missing"):
        read_samples(path)


def test_a_single_column(tmp_path):
    assert read_samples(csv(tmp_path, "x\n1\n2.5\n")).tolist() == [[1], [2.5]]
    assert read_samples(csv(tmp_path, "0\n1\n0\n")).tolist() == [[0], [1], [0]]
    assert read_samples(csv(tmp_path, "0\n")).tolist() == [[0]]
    for text in ("NA\n1\n2\n", "?\n1\n", "nan\n1\n"):
        with pytest.raises(ValueError, match=r"line 1, column 1: '.*', a missing value"):
            read_samples(csv(tmp_path, text))


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
        with pytest.raises(ValueError, match=r"may be names or a sample|1, column 1: '', a miss"):
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
        ("0.5;1\n2;3\n", "line 1, column 1: '0.5;1', wanted commas between numbers"),
        ("a;b\n0.5;1\n", "line 2, column 1: '0.5;1', wanted commas"),
        ("0,5;1,5\n2,5;3,5\n", "line 1, column 2: '5;1', wanted commas .* and points"),
        ("a\tb\n0.5\t1\n", r"line 2, column 1: '0.5\\t1', wanted commas"),
        ("0.5 1\n2 3\n", "line 1, column 1: '0.5 1', wanted commas"),
        ("a b\n0.5  1\n", "line 2, column 1: '0.5  1', wanted commas"),
        ("id,2019,2020\n1,2,3\n", "line 1, column 1: 'id', wanted a finite number"),
        ("1,x\n2,3\n", "line 1, column 2: 'x', wanted a finite number"),
        ("a,b\n1,2\n3,1_0\n", "line 3, column 2: '1_0', wanted a finite number"),
        ("1,2\n\n3\n", "line 3: 1 column, wanted 2"),
        ("1,2\n3,4,5\n", "line 2: 3 columns, wanted 2"),
        ("a,b,c\n1,2\n3,4\n", "line 2: 2 columns, wanted 3"),
        ('"a","b"\n"1",2,3\n', "line 2: 3 columns, wanted 2"),
        ("1,2,\n3,4,\n", "line 1, column 3: '', a missing value"),
        ("a,b\n1,2\n,,\n", "line 3, column 1: '', a missing value"),
        ("1,inf\n", "line 1, column 2: 'inf', wanted a finite number"),
        ("inf,inf\n1,2\n", "line 1, column 1: 'inf', wanted a finite number"),
        ("1,2\n1e999,2\n", "line 2, column 1: '1e999', wanted a finite number"),
        ("?,b\n1,2\n", r"line 1, column 1: '\?', a missing value"),
        ("a,,c\n1,2,3\n", "line 1, column 1: 'a', wanted a finite number"),
        ("a,b\n", "no numbers in this file"),
        ("# nothing\n\n", "no numbers in this file"),
        ("\ufeff", "no numbers in this file"),
        (ROWS.encode("utf-16"), r"UTF-16: iconv .*\(in Excel: CSV UTF-8\)"),
        (b"\xfe\xff" + ROWS.encode("utf-16-be"), "not text in UTF-8, but UTF-16"),
        ("größe,b\n1,2\n".encode("cp1252"), r"wanted UTF-8 \(in Excel: CSV UTF-8\)"),
        ("\u22121\n2\n", "line 1, column 1: '\u22121', wanted a finite number"),
        ('"1,234"\n800\n', "line 1, column 1: '1,234', wanted a finite number"),
        ("90%,80%\n1,2\n", "line 1, column 1: '90%', wanted a finite number"),
        ("<0.5,$5\n1,2\n", "line 1, column 1: '<0.5', wanted a finite number"),
        ("1D0,2d-1\n1,2\n", "line 1, column 1: '1D0', wanted a finite number"),
        ("1_000\n1\n", "line 1, column 1: '1_000', wanted a finite number"),
        ("\u0661\n1\n", "line 1, column 1: '\u0661', wanted a finite number"),
        (b"1,2\n\x00,3\n", "line 2, column 1|NUL"),
        ('1,"2\n3,4\n', "X.csv"),
        ("1" * 200_000 + "x,2\n", "X.csv"),
    ],
)
def test_what_is_no_table_of_numbers(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as error:
        read_samples(csv(tmp_path, text))
    assert str(error.value).startswith(f"{tmp_path / 'X.csv'}: ")
    assert "\n" not in str(error.value) and len(str(error.value)) < len(str(tmp_path)) + 300


def test_names_are_counted_with_pixels_too(tmp_path):
    path = csv(tmp_path, "a,b\n1,2\n")
    assert read_samples(path, pixels=True).tolist() == [[1, 2]]
    for text in ("a\n1,2\n", "a,b,c\n1,2\n", ",2\n1,2\n"):
        with pytest.raises(ValueError, match="line "):
            read_samples(csv(tmp_path, text), pixels=True)


def test_a_line_without_end_takes_little_memory(tmp_path):
    path = csv(tmp_path, "1,2\n" + "3," * (1 << 23))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"X\.csv: .*line 2: longer than 4,194,304 bytes"):
            read_samples(path)
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
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
        ("1,2,a\n1,x,b\n", {}, "line 2, column 2: 'x', wanted a finite number"),
        ("a,1,2\nb,1,?\n", {"label": "first"}, r"line 2, column 3: '\?', a missing value"),
        ("x,k,y\n1,a,2\n1,b,inf\n", {"label": "k"}, "line 3, column 3: 'inf', wanted a finite"),
        ("x,k,y\n1,a,2\nnan,b,1\n", {"label": "k"}, "line 3, column 1: 'nan', a missing value"),
        ("1,2,a\n1,b\n", {}, "line 2: 1 feature, wanted 2"),
        ("1,2,a\n1,2,NA\n", {}, "line 2: label 'NA' is a missing value"),
        ("1,2,3\n1,2,3\n1,2,b\n", {}, "line 3: label 'b', but 2 of the first 3 are whole numbers"),
        ("a,b\n", {}, "no numbers and labels in this file"),
        ("1,2\n", {"label": "k"}, "line 1: no column 'k', wanted one of 1, 2"),
        ("1;2;a\n", {}, "wanted numbers and a label, with commas between"),
        (gzip.compress(b"1,2,a\n", mtime=0), {}, "not text in UTF-8, but gzip: zcat FILE"),
        (b"PK\3\4 and more", {}, "not text in UTF-8, but zip"),
        (b"1,2,\xff\n", {}, "line 1: not text, wanted UTF-8"),
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
    assert X.tolist() == [[5, 7], [5, 8]] and y.tolist() == [6, 6]
