"""Lines: CSV and JSON lines from a stream, in batches; errors that name the line."""

import io
import itertools
import os
import threading
import tracemalloc

import numpy as np
import pytest

from fastnet.datasets.lines import BLOCK, HEAD, Lines


def read(text, **options):
    """Rows and labels, and the lines that they were on."""
    data = text if isinstance(text, bytes) else text.encode()
    lines = Lines(io.BytesIO(data), **options)
    rows, labels = [], []
    for X, y in lines:
        assert len(X) == len(y) > 0
        rows += X.tolist()
        labels += y
    return rows, labels, [lines.line(k + 1) for k in range(len(rows))]


def fails(text, **options):
    """What is wrong, and how many rows were given out before."""
    data = text if isinstance(text, bytes) else text.encode()
    n = 0
    with pytest.raises(ValueError) as caught:
        for _, y in Lines(io.BytesIO(data), **options):
            n += len(y)
    return str(caught.value), n


ROWS = [[1.0, 2.5], [-3.0, 0.0]]
SAME = {
    "CSV": ("1,2.5,a\n-3,0,b\n", {}),
    "no last line break": ("1,2.5,a\n-3,0,b", {}),
    "other line breaks, empty lines, spaces": ("\r\n1, 2.5, a\r\n\r\n -3,0e5,b \r\n\n", {}),
    "names": ("length,width,kind\n1,2.5,a\n-3,0,b\n", {}),
    "UTF-8 with a mark": ("\ufeff1,2.5,a\n-3,0,b\n", {}),
    "quotes": ('"length","width","kind"\n1,"2.5","a"\n-3,0,b\n', {}),
    "the label first": ("a,1,2.5\nb,-3,0\n", {"label": "first"}),
    "the label first, names": ("kind,x,y\na,1,2.5\nb,-3,0\n", {"label": "first"}),
    "the label by name": ("x,kind,y\n1,a,2.5\n-3,b,0\n", {"label": "kind"}),
    "JSON objects": ('{"x": [1, 2.5], "y": "a"}\n{"y": "b", "x": [-3, 0]}\n', {}),
    "JSON lists": ('[1, 2.5, "a"]\n\n[-3, 0, "b"]', {}),
    "JSON, the label first": ('["a", 1, 2.5]\n["b", -3, 0]', {"label": "first"}),
    "both": ('{"x": [1, 2.5], "y": "a"}\n[-3, 0, "b"]', {"form": "jsonl"}),
}


@pytest.mark.parametrize("name", SAME)
def test_forms(name):
    text, options = SAME[name]
    rows, labels, numbers = read(text, **options)
    assert (rows, labels) == (ROWS, ["a", "b"])
    given = [k for k, line in enumerate(text.splitlines(), 1) if line.strip(" \ufeff")]
    assert numbers == given[-2:]


@pytest.mark.parametrize(
    ("labels", "options", "wanted"),
    [
        (["1", "-2"], {}, [1, -2]),
        (["1", "2.0"], {}, [1.0, 2.0]),
        (["1", "two"], {}, ["1", "two"]),
        (["1", "2"], {"words": True}, ["1", "2"]),
        (["1", "x"], {"words": False}, [1, "x"]),
        (['"a,b"', '"say ""c"""'], {}, ["a,b", 'say "c"']),
        (["1"] * HEAD + ["x", "2.5", "2"], {}, [1] * HEAD + ["x", "2.5", 2]),
        (["a"] + ["1"] * HEAD, {}, ["a"] + ["1"] * HEAD),
        (["0.5"] * HEAD + ["2"], {}, [0.5] * HEAD + [2.0]),
        (["7", "007"], {}, ["7", "007"]),
        (["7", "-.5e3", "1e2", "2."], {}, [7.0, -500.0, 100.0, 2.0]),
        (["1.5", "nan"], {}, ["1.5", "nan"]),
        (["7", "007", "x"], {}, ["7", "007", "x"]),
        (["1", "07", "1_0", "+7"], {"words": False}, [1, "07", "1_0", "+7"]),
        (["02134", "2134", "1_0"], {}, ["02134", "2134", "1_0"]),
        (["9" * 18, "-" + "9" * 18], {}, [10**18 - 1, 1 - 10**18]),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_labels_are(labels, options, wanted):
    _, found, _ = read("".join(f"7,{label}\n" for label in labels), **options)
    assert found == wanted and list(map(type, found)) == list(map(type, wanted))


def test_labels_of_json_are_what_they_are():
    _, labels, _ = read('[1, 2]\n{"x": [1], "y": "a"}\n{"x": [1], "y": [0.5, 1]}\n[1, true]\n')
    assert labels == [2, "a", [0.5, 1], True]


def test_pixels_are_bytes():
    for text in ("0,255,7\n12,1,8\n", "[0, 255, 7]\n[12, 1.0, 8]\n"):
        X, y = next(iter(Lines(io.BytesIO(text.encode()), pixels=True)))
        assert X.dtype == np.uint8 and X.tolist() == [[0, 255], [12, 1]] and y == [7, 8]


BAD = {
    "a feature too few": ("1,2,a\n3,b\n", 2, "1 feature, wanted 2"),
    "a return within": ("1,2,a\n3,4\r5,b\n", 2, "newline"),
    "a return within quotes": ('1,2,a\n3,"4\r5",b\n', 2, ""),
    "a field without end": ('1,2,a\n1,2,"' + "x" * 140_000 + '"\n', 2, "field limit"),
    "a comma within quotes": ('1,2,a\n"1,5",b\n', 2, "a comma within quotes"),
    "a feature too many": ("1,2,a\n1,2,3,b\n", 2, "3 features, wanted 2"),
    "a word": ("1,2,a\n\n1,x,b\n", 3, "'x'"),
    "nothing in a field": ("1,2,a\n1,,b\n", 2, "''"),
    "no label": ("1,2,a\n1,2,\n", 2, "numbers and a label"),
    "one field": ("1,2,a\n5\n", 2, "numbers and a label"),
    "one field, at once": ("5\n", 1, "numbers and a label"),
    "another form": ("1,2,a\n[1, 2]\n", 2, "'[1'"),
    "not UTF-8": (b"1,2,a\n1,2,\xff\n", 2, "utf-8"),
    "binary": (bytes(range(128, 256)), 1, "utf-8"),
    "half an object": ('{"x": [1], "y": 1}\n{"x": [1', 2, "wanted JSON"),
    "no label in JSON": ('{"x": [1], "y": 1}\n{"x": [1]}', 2, 'wanted {"x": [numbers]'),
    "no numbers in JSON": ('[1, 2]\n["1", 2]', 2, 'wanted {"x": [numbers]'),
    "null": ("[1, 2]\n[null, 2]", 2, 'wanted {"x": [numbers]'),
    "empty": ('[1, 2]\n{"x": [], "y": 2}', 2, 'wanted {"x": [numbers]'),
    "a number": ("[1, 2]\n3", 2, 'wanted {"x": [numbers]'),
    "a huge number": (f"[1, 2]\n[{'1' * 400}, 2]", 2, "too large"),
    "depth": ("[1, 2]\n" + "[" * 100_000, 2, ""),
    "rows of JSON": ("[1, 2]\n[1, 2, 3]", 2, "2 features, wanted 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_line_that_does_not_fit_is_named_after_those_before_it(name):
    text, number, said = BAD[name]
    message, given = fails(text)
    assert message.startswith(f"line {number}: ") and said in message
    assert given == (number > 1)


def test_a_bad_line_far_down():
    text = "1,2,0\n\n" * 3000 + "1,2\n" + "1,2,0\n" * 10
    assert fails(text) == ("line 6001: 1 feature, wanted 2", 3000)


@pytest.mark.parametrize("line", ["256,1", "2.5,1", "-1,1", "nan,1"])
def test_what_is_no_pixel(line):
    message, given = fails(f"0,1\n{line}\n", pixels=True)
    assert message == "line 2: pixels are whole numbers from 0 to 255, others came" and given == 1


def test_a_name_that_no_column_has():
    assert fails("a,b,c\n", label="d")[0] == "line 1: no column 'd', wanted one of a, b, c"
    assert "no column 'd'" in fails("[1, 2]\n", label="d")[0]
    assert "line 1: two columns 'a', wanted one of" in fails("a,b,a\n", label="a")[0]


def test_a_first_line_that_might_be_names_is_not_passed_over():
    assert fails("?,?,x\n1,2,y\n")[0].startswith("line 1: could not convert")
    assert fails("2019,2020,y\n1,x,y\n")[0].startswith("line 2: could not convert")


def test_a_line_without_end(monkeypatch):
    monkeypatch.setattr("fastnet.datasets.lines.LONGEST", 3 * BLOCK)
    assert "line 2: longer than" in fails("1,2\n" + "1" * (5 * BLOCK))[0]


def test_nothing():
    assert read("") == read("\n\n") == read("a,b\n") == ([], [], [])


def test_rows_are_given_out_as_they_come():
    """Nothing waits for more where it is known what labels are; a line that is cut does."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as file, os.fdopen(writer, "wb", buffering=0) as other:
        batches = iter(Lines(file, words=True))
        for text, rows in [
            (b"1,2,a\n", 1), (b"1,2,a\n3,4,b\n5,", 2), (b"6,c\n", 1), ("7,8,ä\n".encode()[:-2], 0),
        ]:  # fmt: skip
            other.write(text)
            if rows:
                assert len(next(batches)[1]) == rows
        threading.Timer(0.05, lambda: other.write("ä\n".encode()[1:])).start()
        assert next(batches)[1] == ["ä"]


def test_a_break_gives_out_what_is_held():
    class Broken(io.BytesIO):
        def read1(self, size=-1):
            block = super().read1(10)
            if not block:
                raise KeyboardInterrupt
            return block

    given = []
    with pytest.raises(KeyboardInterrupt):
        for _, y in Lines(Broken(b"1,2,a\n3,4,b\n5,6,")):
            given += y
    assert given == ["a", "b"]


@pytest.mark.parametrize("line", [b"0.5,1.5,2\n", b'{"x": [0.5, 1.5], "y": 2}\n'])
def test_memory_does_not_grow(line):
    class Endless(io.BytesIO):
        def read1(self, size=-1):
            return line * (size // len(line))

    batches = iter(Lines(Endless()))

    def peak(n):
        tracemalloc.reset_peak()
        given = sum(len(y) for _, y in itertools.islice(batches, n))
        return given, tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    peak(30)  # numbers of lines are kept for so many
    _, few = peak(3)
    given, many = peak(30)
    tracemalloc.stop()
    assert given > 50_000
    assert many < few + 100_000  # the rows alone would be ten times as much
