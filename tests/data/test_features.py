"""Samples without labels: every format gives the same numbers, nothing else is taken for them."""

import gzip
import io
import random
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from fastnet.data.features import is_heading, read_features, split
from tests.datasets.helpers import idx_bytes

X = np.array([[0.5, -1.0, 1e-300], [3.0, 1 / 3, 255.0]])
PIXELS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) * 10


def written(path, header=""):
    if path.suffix == ".npz":
        np.savez(path, X=X)
    elif path.suffix == ".npy":
        np.save(path, X)
    else:
        path.write_text(header + "".join(",".join(map(repr, row)) + "\n" for row in X.tolist()))
    return path


@pytest.mark.parametrize("ending", ["npz", "npy", "csv"])
def test_numbers_come_back_exactly(tmp_path, ending):
    got = read_features(written(tmp_path / f"X.{ending}"))
    assert got.dtype == np.float64 and np.array_equal(got, X)


def test_a_line_of_names_is_passed_over(tmp_path):
    assert np.array_equal(read_features(written(tmp_path / "X.csv", "a,b,c\n")), X)


@pytest.mark.parametrize("line", ["1,2,3\n", "1,2,3"])
def test_one_line_is_one_sample(tmp_path, line):
    (tmp_path / "X.csv").write_text(line)
    assert read_features(tmp_path / "X.csv").tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_images_are_flattened(tmp_path, pack):
    (tmp_path / "images").write_bytes(pack(idx_bytes(PIXELS)))
    got = read_features(tmp_path / "images")
    assert got.dtype == np.uint8 and np.array_equal(got, PIXELS.reshape(2, 12))


def test_pixels_in_a_csv_are_those_of_the_images(tmp_path):
    np.savetxt(tmp_path / "X.csv", PIXELS.reshape(2, 12), delimiter=",", fmt="%d")
    got = read_features(tmp_path / "X.csv", pixels=True)
    assert got.dtype == np.uint8 and np.array_equal(got, PIXELS.reshape(2, 12))


@pytest.mark.parametrize("value", ["256", "-1", "0.5", "nan", "inf"])
def test_what_is_no_pixel(tmp_path, value):
    (tmp_path / "X.csv").write_text(f"1,2,{value}\n")
    with pytest.raises(ValueError, match=r"X\.csv: pixels are whole numbers from 0 to 255"):
        read_features(tmp_path / "X.csv", pixels=True)


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
        X = read_features(csv(tmp_path, text.replace("\n", end)))
        assert X.tolist() == WANTED


@pytest.mark.parametrize(
    "text",
    [
        ROWS.strip(), ROWS.replace(",", " , "), '"0.5","-1"\n"2.5",1e3\n-4.5,"0.25"',
        "0.5,-1 # first\n2.5,1e3\n\n-4.5,.25\n", "+.5,-1.\n25e-1,1E+3\n-4.5,0.25",
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(tmp_path, text):
    assert read_features(csv(tmp_path, text)).tolist() == WANTED


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
        read_features(path)


def test_a_single_column(tmp_path):
    assert read_features(csv(tmp_path, "x\n1\n2.5\n")).tolist() == [[1], [2.5]]
    assert read_features(csv(tmp_path, "0\n1\n0\n")).tolist() == [[0], [1], [0]]
    assert read_features(csv(tmp_path, "0\n")).tolist() == [[0]]
    for text in ("NA\n1\n2\n", "?\n1\n", "nan\n1\n"):
        with pytest.raises(ValueError, match=r"line 1, column 1: '.*', a missing value"):
            read_features(csv(tmp_path, text))


@pytest.mark.parametrize("columns", [1, 2, 3, 12])
@pytest.mark.parametrize("index", [False, True])
@pytest.mark.parametrize("dtype", [float, int])
def test_what_pandas_writes_of_an_array(tmp_path, columns, index, dtype):
    """Names 0, 1, 2 ... look like a sample: that is an error, never one answer more."""
    rows = np.arange(10, 10 + 4 * columns).reshape(4, columns).astype(dtype)
    frame, path = pd.DataFrame(rows), tmp_path / "X.csv"
    frame.to_csv(path, index=index, header=False)
    assert len(read_features(path)) == 4
    frame.to_csv(path, index=index)
    if dtype is int and columns < 3 and not index:
        assert read_features(path).tolist() == [list(range(columns)), *rows.tolist()], "no telling"
        return
    with pytest.raises(ValueError, match=r"may be names or a sample|line 1, column 1: '', a miss"):
        read_features(path)
    frame.columns = [f"c{k}" for k in range(columns)]
    frame.to_csv(path, index=index)
    assert read_features(path)[:, int(index) :].tolist() == rows.tolist()


def test_samples_that_begin_with_0_and_1(tmp_path):
    assert read_features(csv(tmp_path, "0,1\n1,0\n1,1\n")).tolist() == [[0, 1], [1, 0], [1, 1]]
    assert len(read_features(csv(tmp_path, "0.0,1,2\n0.5,1,2\n"))) == 2
    assert len(read_features(csv(tmp_path, "0,1\n0.5,1\n2,1\n"))) == 3
    assert len(read_features(csv(tmp_path, "0,2\n0.5,1.5\n"))) == 2
    assert len(read_features(csv(tmp_path, "0,1,2\n"))) == 1


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
        ("1,2\n\n3\n", "line 3: 1 columns, wanted 2"),
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
        (ROWS.encode("utf-16"), r"UTF-16 came, wanted UTF-8 \(in Excel: CSV UTF-8\)"),
        (b"\xfe\xff" + ROWS.encode("utf-16-be"), "UTF-16 came"),
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
        read_features(csv(tmp_path, text))
    assert str(error.value).startswith(f"{tmp_path / 'X.csv'}: ")
    assert "\n" not in str(error.value) and len(str(error.value)) < len(str(tmp_path)) + 300


def test_names_are_counted_with_pixels_too(tmp_path):
    path = csv(tmp_path, "a,b\n1,2\n")
    assert read_features(path, pixels=True).tolist() == [[1, 2]]
    for text in ("a\n1,2\n", "a,b,c\n1,2\n", ",2\n1,2\n"):
        with pytest.raises(ValueError, match="line "):
            read_features(csv(tmp_path, text), pixels=True)


# Damaged .npy files ----------------------------------------------------------------------------


def npy(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


WHOLE = npy(X)


@pytest.mark.parametrize(
    "contents",
    [
        b"", b"hello", b"\x93NUMPY", WHOLE[:40], WHOLE[:-1], WHOLE + b"\0",
        WHOLE.replace(b"(2, 3), }   ", b"(9, 9999), }"), WHOLE.replace(b"(2, 3)", b"(-2,3)"),
        WHOLE.replace(b"'<f8'", b"'<f)'"), WHOLE.replace(b"{'descr'", b"{'''scr'"),
        WHOLE.replace(b"False", b"((((("), WHOLE.replace(b"(2, 3)", b"(1e9,)"),
        WHOLE.replace(b"\x93NUMPY\x01", b"\x93NUMPY\x07"),
        npy(np.array([{}, []], object)),
        b"\x93NUMPY\x01\0" + (5000).to_bytes(2, "little") + b"(" * 5000,
        b"\x93NUMPY\x01\0" + (5000).to_bytes(2, "little") + b"-" * 5000,
        b"\x93NUMPY\x02\0" + (1 << 30).to_bytes(4, "little") + b"{'descr': '<f8'",
    ],
)  # fmt: skip
def test_a_npy_file_that_is_none(tmp_path, contents):
    path = tmp_path / "X.npy"
    path.write_bytes(contents)
    assert contents != WHOLE
    with pytest.raises(ValueError, match=r"X\.npy: not readable as \.npy: \S") as error:
        read_features(path)
    assert str(error.value).startswith(f"{path}: ") and str(error.value).isprintable()


@pytest.mark.heavy
def test_mutated_npy_files_are_refused_or_are_arrays(tmp_path):
    chance, path, refused = random.Random(0), tmp_path / "X.npy", 0
    for _ in range(3000):
        changed = bytearray(WHOLE)
        for _ in range(chance.choice([1, 1, 2, 8])):
            changed[chance.randrange(128)] = chance.choice([chance.randrange(256), *b"(){}[]',:9"])
        path.write_bytes(changed)
        try:
            assert isinstance(read_features(path), np.ndarray)
        except ValueError as error:
            assert str(error).startswith(f"{path}: ") and str(error).isprintable()
            refused += 1
    assert refused > 1500


def test_a_missing_npy_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"X\.npy"):
        read_features(tmp_path / "X.npy")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("a,b", True), ("a", True), (",a,b", True), ("Inc. (%),n/a rate", True), ("a b,c;d", True),
        ("1st,2nd", True), ("0x0,0x1", True), ("min,50%,max", True), ("5%,50%", False),
        ("1'000,1 0", False), ("($5)", False), ("1e", True),
        ("", False), (",", False), (",,", False), ("a,", False), ("a,,b", False),
        ("a,1", False), ("a,?", False), ("nan,a", False), ("NA", False), ("inf", False),
        ("-1e5", False), ("0.5 1", False), ("0.5;1", False), ("1\t2", False), (",1", False),
    ],
)  # fmt: skip
def test_headings(line, names):
    assert is_heading(split(line)) is names


def test_a_line_without_end_takes_little_memory(tmp_path):
    path = csv(tmp_path, "1,2\n" + "3," * (1 << 23))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"X\.csv: .*line 2: longer than 4,194,304 letters"):
            read_features(path)
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()
    assert read_features(csv(tmp_path, "3," * 100_000 + "4")).shape == (1, 100_001)


def test_no_images_and_no_pixels(tmp_path):
    for shape in ((0, 2, 3), (2, 0, 3)):
        (tmp_path / "images").write_bytes(idx_bytes(np.zeros(shape, np.uint8)))
        assert read_features(tmp_path / "images").shape == (shape[0], shape[1] * shape[2])
