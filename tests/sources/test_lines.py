"""Lines: CSV and JSON lines from a stream, in batches; errors that name the line."""

import gzip
import io
import itertools
import json
import math
import os
import re
import threading
import tracemalloc

import numpy as np
import pytest

from fastnet.data.text_labels import HEAD
from fastnet.sources.lines import LONGEST, Lines
from fastnet.sources.reading import Reading


def lines_of(file, form=None, **options):
    return Lines(file, form, Reading(**options))


def read(text, **options):
    """Rows and labels, and the lines that they were on."""
    data = text if isinstance(text, bytes) else text.encode()
    lines = lines_of(io.BytesIO(data), **options)
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
        for _, y in lines_of(io.BytesIO(data), **options):
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
    "the label first": ("a,1,2.5\nb,-3,0\n", {"target": "first"}),
    "the label first, names": ("kind,x,y\na,1,2.5\nb,-3,0\n", {"target": "first"}),
    "the label by name": ("x,kind,y\n1,a,2.5\n-3,b,0\n", {"target": "kind"}),
    "JSON objects": ('{"x": [1, 2.5], "y": "a"}\n{"y": "b", "x": [-3, 0]}\n', {}),
    "JSON lists": ('[1, 2.5, "a"]\n\n[-3, 0, "b"]', {}),
    "JSON, the label first": ('["a", 1, 2.5]\n["b", -3, 0]', {"target": "first"}),
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
        (["1", "2"], {"classes": ["1", "2"]}, ["1", "2"]),
        (["1", "x", "2.0"], {"classes": [1, 2]}, [1, "x", 2]),
        (["1", "2.5", "+4", "007"], {"classes": []}, [1.0, 2.5, 4.0, 7.0]),
        (["b", "a", "b"], {"classes": np.array(["a", "b"])}, ["b", "a", "b"]),
        (["2", "1.0", "x"], {"classes": np.array([1, 2])}, [2, 1, "x"]),
        (["1", "2"], {"classes": np.array([])}, [1.0, 2.0]),
        (['"a,b"', '"say ""c"""'], {}, ["a,b", 'say "c"']),
        (["1"] * HEAD + ["2.0", "2"], {}, [1] * HEAD + [2, 2]),
        (["1", "2.", "1.0"], {"classes": [1, 2]}, [1, 2, 1]),
        (["0", "1.0", "1", "2e0"] * 9 + ["0"], {}, [0, 1, 1, 2] * 9 + [0]),
        (["0", "1.0", "1", "0.5", "0.0"], {}, [0.0, 1.0, 1.0, 0.5, 0.0]),
        (["none", "None of these", "a.b"], {}, ["none", "None of these", "a.b"]),
        (["NA", "SE", "?"], {"classes": ["SE", "NA", "?"]}, ["NA", "SE", "?"]),
        (["0.5"] * HEAD + ["2"], {}, [0.5] * HEAD + [2.0]),
        (["7", "007"], {}, ["7", "007"]),
        (["7", "-.5e3", "1e2", "2."], {}, [7.0, -500.0, 100.0, 2.0]),
        (["7", "007", "x"], {}, ["7", "007", "x"]),
        (["1", "07", "1_0", "+7"], {"classes": [1]}, [1, "07", "1_0", "+7"]),
        (["02134", "2134", "1_0"], {}, ["02134", "2134", "1_0"]),
        (["9" * 18, "-" + "9" * 18], {}, [10**18 - 1, 1 - 10**18]),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_labels_are(labels, options, wanted):
    _, found, _ = read("".join(f"7,{label}\n" for label in labels), **options)
    assert found == wanted and list(map(type, found)) == list(map(type, wanted))


MISSING = ["NA", "N/A", "n/a", "nan", "NaN", "null", "NULL", "?", "-", ".", "#N/A", "<NA>",
           "#DIV/0!", "NIL", "None"]  # fmt: skip
KINDS = {  # labels, and how most of them are called
    "numbers": (["10.5", "12", "-3e1", ".25"], "numbers, taken for a regression"),
    "0 and 1": (["0", "1", "1.0"], "whole numbers, taken for classes"),
    "words": (["none", "nil", "c d"], "words, taken for classes"),
}


@pytest.mark.parametrize("place", [0, 1, 700, 999, 1000, 1100])
@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_label_is_named_wherever_it_is(kind, place):
    labels = (KINDS[kind][0] * HEAD)[:1200]
    for missing in MISSING if place == 700 else ["NA", "?"]:
        lines = [f"1,{label}" for label in labels]
        lines.insert(place, f"1,{missing}")
        said = f"line {place + 1}: label '{missing}' is a missing value, wanted a label; if it "
        assert fails("\n".join(lines)) == (f"{said}is a word, name it in classes", place)
        lines[place] = "1," + " " * 3
        assert fails("\n".join(lines))[0].startswith(f"line {place + 1}: no label, wanted numbers")
        options = {"classes": [*set(labels)] if kind == "words" else [0, 1], "form": "csv"}
        lines[place] = f'1,"{missing}"'
        assert fails("\n".join(lines), **options)[0].startswith(said)


@pytest.mark.parametrize("place", [0, 500, 1100])
@pytest.mark.parametrize(
    ("kind", "odd"),
    [("numbers", "high"), ("numbers", "1,5"), ("0 and 1", "0.5"), ("0 and 1", "one"),
     ("0 and 1", "-inf"), ("0 and 1", "01")],
)  # fmt: skip
def test_a_label_of_another_kind_than_most_is_named(kind, odd, place):
    lines = [f"1,{label}" for label in (KINDS[kind][0] * HEAD)[:1200]]
    lines.insert(place, f'1,"{odd}"')
    message, given = fails("\n".join(lines))
    assert message.startswith(f"line {place + 1}: label '{odd}', but ")
    assert f" of the first 1,000 are {KINDS[kind][1]}; classes says otherwise" in message
    assert given == place


def test_missing_labels_alone():
    assert fails("1,NA\n2,NA\n")[0].startswith("line 1: label 'NA' is a missing value")


def json_lines(labels):
    return "".join(json.dumps({"x": [1], "y": label}) + "\n" for label in labels)


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        (int, [2, 0, 1]), (int, [0, 1, 1.0, 2.0, 2]), (int, [1, 10**400]), (str, ["a", "none"]),
        (str, ["5", "7", "007"]), (float, [0.5, 1.0, -2]), (float, [1.0, 0.0, 1.0, 0]),
        (bool, [True, False]), (list, [[0.5, 1], [2, 3]]),
    ],
)  # fmt: skip
def test_labels_of_json_are_what_they_are(kind, labels):
    _, found, _ = read(json_lines(labels))
    assert found == labels and {*map(type, found)} == {kind}


MOST = [[0, 1], [0.5, 1.5], ["a", "b"], [True, False], [[1, 2], [0, 1]]]
FIT = [
    ([0, 1], 2), ([0, 1], 10**400), ([0.5, 1.5], 2), ([0.5, 1.5], 0.25), (["a", "b"], "c"),
    ([True, False], True),
]  # fmt: skip
ODD = ["c", 0.25, 2, True, {"a": 1}, None, math.nan, "NA", 10**400]


@pytest.mark.parametrize(
    ("most", "odd"), [(most, odd) for most in MOST for odd in ODD if (most, odd) not in FIT],
    ids=lambda value: str(value)[:9],
)
def test_one_odd_label_of_json_is_named(most, odd):
    labels = (most * HEAD)[:300]
    labels.insert(100, odd)
    message, given = fails(json_lines(labels))
    assert message.startswith("line 101: ") and given == 100
    missing = odd is None or odd == "NA" or odd != odd
    assert ("is a missing value" in message) == missing
    assert "of the first 301 are" in message or missing or "too large" in message


def test_numbers_of_json_where_they_are_said_to_be():
    assert read(json_lines([1, 2, 2.5]), classes=[])[1] == [1.0, 2.0, 2.5]
    assert read(json_lines([1, "a", 2.0]), classes=[1, 2])[1] == [1, "a", 2]


@pytest.mark.parametrize("label", ["x", True, [], ["1"], [None], [[1]], {"a": 1}])
@pytest.mark.parametrize("line", [1, 3])
def test_what_is_no_number_where_labels_are_said_to_be_numbers(label, line):
    """Words were taken for classes if the first label was one."""
    labels = [0.5, 1, [1, 2.5]]
    labels.insert(line - 1, label)
    message, given = fails(json_lines(labels), classes=[])
    assert message == (
        f"line {line}: label {label!r}, wanted a number or a row of them, as there are no classes"
    )
    assert given == line - 1
    if isinstance(label, str):
        message, given = fails(f"1,0.5\n1,{label}\n", classes=[])
        assert message.startswith("line 2: label 'x', wanted a number") and given == 1


def test_pixels_are_bytes():
    for text in ("0,255,7\n12,1,8\n", "[0, 255, 7]\n[12, 1.0, 8]\n"):
        X, y = next(iter(lines_of(io.BytesIO(text.encode()), pixels=True)))
        assert X.dtype == np.uint8 and X.tolist() == [[0, 255], [12, 1]] and y == [7, 8]


BAD = {
    "a feature too few": ("1,2,a\n3,b\n", 2, "1 feature, wanted 2"),
    "a return within": ("1,2,a\n3,4\r5,b\n", 2, "newline"),
    "a return within quotes": ('1,2,a\n3,"4\r5",b\n', 2, ""),
    "a field without end": ('1,2,a\n1,2,"' + "x" * 140_000 + '"\n', 2, "field limit"),
    "a comma within quotes": ('1,2,a\n"1,5",b\n', 2, "column 1: '1,5', wanted a finite number"),
    "a feature too many": ("1,2,a\n1,2,3,b\n", 2, "3 features, wanted 2"),
    "a word": ("1,2,a\n\n1,x,b\n", 3, "column 2: 'x', wanted a finite number"),
    "nothing in a field": ("1,2,a\n1,,b\n", 2, "column 2: '', a missing value"),
    "NaN": ("1,2,a\n1,NaN,b\n", 2, "column 2: 'NaN', a missing value"),
    "infinity": ("1,2,a\n-inf,2,b\n", 2, "column 1: '-inf', wanted a finite number"),
    "a label first": ("a,1,2\n", 1, "column 1: 'a', wanted a finite number; the option label"),
    "per cent": ("1,2,1\n1,90%,0\n", 2, "column 2: '90%', wanted a finite number"),
    "a word and a label": ("a,1,b\n", 1, "column 1: 'a', wanted a finite number"),
    "NaN in JSON": ("[1, 2]\n[NaN, 2]", 2, "nan, wanted finite numbers"),
    "no label": ("1,2,a\n1,2,\n", 2, "2: no label, wanted numbers and a label"),
    "one field": ("1,2,a\n5\n", 2, "2: '5', wanted numbers and a label"),
    "one field, at once": ("5\n", 1, "1: '5', wanted numbers and a label"),
    "semicolons": ("a;kind\n0.5;x\n", 1, "1: 'a;kind', wanted numbers and a label, with commas"),
    "a long line": ("1 2 3 " * 20 + "\n", 1, "'1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1...'"),
    "another form": ("1,2,a\n[1, 2]\n", 2, "'[1'"),
    "not UTF-8": (b"1,2,a\n1,2,\xff\n", 2, "wanted UTF-8"),
    "binary": (bytes(range(128, 256)), 1, "wanted UTF-8"),
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
    assert re.match(rf"line {number}[:,] ", message) and said in message
    assert given == (number > 1) and ("option label" in message) == ("option label" in said)


@pytest.mark.parametrize(
    ("row", "came"), [("3", "0 features"), ("3,4", "1 feature"), ('3,"4",5', "2 features")]
)
def test_a_row_too_short_for_the_column_of_the_label(row, came):
    text = f"a,b,c,kind\n1,2,3,x\n4,5,6,y\n{row}\n"
    assert fails(text, target="kind") == (f"line 4: {came}, wanted 3", 2)


def test_a_bad_line_far_down():
    text = "1,2,0\n\n" * 3000 + "1,2\n" + "1,2,0\n" * 10
    assert fails(text) == ("line 6001: 1 feature, wanted 2", 3000)


@pytest.mark.parametrize("line", ["256,1", "2.5,1", "-1,1", "nan,1"])
def test_what_is_no_pixel(line):
    message, given = fails(f"0,1\n{line}\n", pixels=True)
    assert message == "line 2: pixels are whole numbers from 0 to 255, others came" and given == 1


def test_a_name_that_no_column_has():
    assert fails("a,b,c\n", target="d")[0] == "line 1: no column 'd', wanted one of a, b, c"
    assert "no column 'd'" in fails("[1, 2]\n", target="d")[0]
    assert "line 1: two columns 'a', wanted one of" in fails("a,b,a\n", target="a")[0]


@pytest.mark.parametrize(
    ("names", "label"),
    [("x,kind,y", "kind"), ("#x,kind,y", "kind"), ("x,#kind,y", "#kind"), ("# x,kind,y", "kind")],
)
@pytest.mark.parametrize("before", ["", "# a note\n", "#\n\n# on the kind\n"])
def test_comments_among_labels_by_name(names, label, before):
    text = f"{before}{names}\n1,a,2\n# more, of it\n3,#b,4\n#5,c,6\n"
    rows, labels, _ = read(text, target=label)
    assert (rows, labels) == ([[1, 2], [3, 4]], ["a", "#b"])


@pytest.mark.parametrize("label", ["first", "kind", "#kind"])
def test_a_label_that_stands_first_may_begin_as_a_comment_does(label):
    names = "" if label == "first" else f"{label},x\n"
    rows, labels, _ = read(f"{names}#a,1\nb,2\n#c,3\n", target=label)
    assert (rows, labels) == ([[1], [2], [3]], ["#a", "b", "#c"])


def test_comments_that_are_long_or_many():
    text = "#" + "x" * 200_000 + "\n" + "# a\n" * 50_000 + "x,kind\n1,a\n"
    for label in ("kind", "last"):
        assert read(text, target=label) == ([[1]], ["a"], [50_003])


def test_a_first_line_that_might_be_names_is_not_passed_over():
    for first in ("?,?,x", "?,x", "NA,?,x", ",?,x", "NA,0"):
        text = f"{first}\n{'1,' * first.count(',')}y\n"
        assert re.match("line 1[:,] ", fails(text)[0])
        assert fails(text)[1] == 0
    assert read(",a,b,kind\n0,1,2,x\n")[0] == [[0, 1, 2]], "pandas' to_csv names no index"
    assert fails("2019,2020,y\n1,x,y\n")[0].startswith("line 2, column 2: 'x', ")


@pytest.mark.parametrize("end", ["", "1,2\n3,4\n"])
@pytest.mark.parametrize("line", ["1,", "[1, ", "0"])
def test_a_line_without_end(line, end):
    text = "1,2\n" + line * (LONGEST // len(line) + 1) + end
    assert fails(text) == ("line 2: longer than 4,194,304 bytes, wanted an example", 1)
    fits = ",".join(["0.5"] * (LONGEST // 4))
    assert len(fits) < LONGEST and len(read(fits)[0][0]) == LONGEST // 4 - 1


@pytest.mark.parametrize("line", [b"0.5,", b"1,", b"[1, ", b'{"x": [1], "z": [], ', b"\x80", b" "])
def test_a_line_without_end_takes_little_memory(line):
    """1.7 GB for 15 MB of it, once."""

    class Endless(io.BytesIO):
        def read1(self, size=-1):
            return line * (size // len(line))

    tracemalloc.start()
    with pytest.raises(ValueError, match="longer than 4,194,304 bytes"):
        next(iter(lines_of(Endless(), classes=[0, 1])))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * LONGEST


@pytest.mark.parametrize("n", [2, 3 * LONGEST])
@pytest.mark.parametrize(
    ("start", "said"),
    [(gzip.compress(b"1,2,a\n", mtime=0), "gzip: zcat FILE"), (b"PK\3\4..", "zip: unzip -p"),
     ("1,2,a\n".encode("utf-16"), "UTF-16: iconv -f UTF-16 -t UTF-8"), (b"BZh9", "bzip2: bzcat"),
     ("1,2,a\n".encode("utf-16-le"), ": bytes of value 0"), (b"\x93NUMPY", "a NumPy array")],
)  # fmt: skip
def test_what_is_no_text_ends_soon(start, said, n):
    message, given = fails(start + b"\0" * n)
    assert message.startswith("not text") and said in message and given == 0


def test_nothing():
    assert read("") == read("\n\n") == read("a,b\n") == ([], [], [])


def test_rows_are_given_out_as_they_come():
    """Nothing waits for more where it is known what labels are; a line that is cut does."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as file, os.fdopen(writer, "wb", buffering=0) as other:
        batches = iter(lines_of(file, classes=["a"]))
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
        for _, y in lines_of(Broken(b"1,2,a\n3,4,b\n5,6,")):
            given += y
    assert given == ["a", "b"]


@pytest.mark.heavy
@pytest.mark.parametrize("line", [b"0.5,1.5,2\n", b'{"x": [0.5, 1.5], "y": 2}\n'])
def test_memory_does_not_grow(line):
    class Endless(io.BytesIO):
        def read1(self, size=-1):
            return line * (size // len(line))

    batches = iter(lines_of(Endless()))

    def peak(n):
        tracemalloc.reset_peak()
        given = sum(len(y) for _, y in itertools.islice(batches, n))
        return given, tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    peak(14)  # numbers of lines are kept for so many
    _, few = peak(2)
    given, many = peak(24)
    tracemalloc.stop()
    assert given > 50_000
    assert many < few + 100_000  # the rows alone would be ten times as much
