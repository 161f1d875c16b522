"""Arrays of what users hold: the same numbers and labels are the same bits, however they come."""

import datetime
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import fastnet
from fastnet import Ensemble, Network, arrays, train, train_seeds, train_stream
from fastnet.data import Samples, sha256
from tests.helpers import python, samples

NAN = float("nan")
X = samples(12, 3)
WORDS = ["no", "yes", "", "ham"] * 3
STRINGS = np.dtypes.StringDType() if hasattr(np.dtypes, "StringDType") else object  # NumPy 2


def learned(x: Any, y: Any, **options: Any) -> tuple[str, Any]:
    net = train(x, y, hidden=(3,), epochs=1, **options)
    return net.digest(), None if net.classes is None else net.classes.tolist()


# Labels ---------------------------------------------------------------------------------------

HOLDERS: dict[str, Any] = {
    "tuple": tuple,
    "array": np.array,
    "object array": lambda y: np.array(y, object),
    "array of StringDType": lambda y: np.array(y, STRINGS),
    "array with room": lambda y: np.array(y, "U40"),
    "list of NumPy's": lambda y: list(np.array(y)),
    "list of 0-d arrays": lambda y: [np.array(label) for label in y],
    "Series": pd.Series,
    "Series with an index from 7": lambda y: pd.Series(y, index=range(7, 7 + len(y))),
    "object Series": lambda y: pd.Series(y, dtype=object),
    "category": lambda y: pd.Series(y, dtype="category"),
    "Categorical of more": lambda y: pd.Categorical(y, [*sorted({*y}, reverse=True), "never"]),
    "string[python]": lambda y: pd.Series(y, dtype="string[python]"),
    "string[pyarrow]": lambda y: pd.Series(y, dtype="string[pyarrow]"),
    "Arrow's in pandas": lambda y: pd.Series(y, dtype=pd.ArrowDtype(pa.string())),
    "Index": pd.Index,
    "Arrow": pa.array,
    "Arrow's large strings": lambda y: pa.array(y, pa.large_string()),
    "chunks of Arrow": lambda y: pa.chunked_array([y[:5], y[5:]]),
    "dictionary of Arrow": lambda y: pa.array(y).dictionary_encode(),
}


@pytest.mark.parametrize("hold", HOLDERS)
def test_words_are_the_same_labels_however_they_are_held(hold):
    y = HOLDERS[hold](WORDS)
    wanted, classes = learned(X, WORDS)
    assert classes == ["", "ham", "no", "yes"]  # an empty word is a word
    assert learned(X, y) == (wanted, classes)
    net = train(X, WORDS, hidden=(3,), epochs=2)
    assert net.score(X, y) == net.score(X, WORDS) == np.mean(net.predict(X) == np.array(WORDS))
    assert net.copy().partial_fit(X, y).digest() == net.copy().partial_fit(X, WORDS).digest()
    run = train(X, WORDS, hidden=(3,), validation_data=(X, y), epochs=1)
    again = train(X, y, hidden=(3,), validation_data=(X, WORDS), epochs=1)
    assert run.history[0]["val_loss"] == again.history[0]["val_loss"]
    if hold != "array with room":  # a dtype of its own
        assert run.run == again.run, "the fingerprint is another"
    assert [n.digest() for n in train_seeds(X, y, 1, hidden=(3,), epochs=1)] == [wanted]


WHOLE: dict[str, Any] = {
    "int8": lambda y: np.array(y, "i1"),
    "uint64": lambda y: np.array(y, "u8"),
    "object array": lambda y: np.array(y, object),
    "Python's and NumPy's": lambda y: [np.int8(y[0]), np.uint64(y[1]), *y[2:]],
    "Int64": lambda y: pd.Series(y, dtype="Int64"),
    "UInt8": lambda y: pd.Series(y, dtype="UInt8"),
    "int64 of Arrow": lambda y: pd.Series(y, dtype="int64[pyarrow]"),
    "category": lambda y: pd.Series(y, dtype="category"),
    "RangeIndex": lambda y: pd.Index(y),
    "Arrow": pa.array,
    "masked, none of them": lambda y: np.ma.array(y),
}


@pytest.mark.parametrize("hold", WHOLE)
def test_whole_numbers_are_the_same_labels_however_they_are_held(hold):
    y = [3, 1, 2, 1] * 3
    assert learned(X, WHOLE[hold](y)) == learned(X, y)


@pytest.mark.parametrize(
    "hold", [list, np.array, lambda y: pd.Series(y, dtype="boolean"), pd.Series, pa.array]
)
def test_truth_values_are_labels(hold):
    y = [True, False, False] * 4
    assert learned(X, hold(y)) == learned(X, np.array(y))
    assert train(X, hold(y), epochs=0).classes.dtype == bool


def test_truth_values_among_whole_numbers_are_whole_numbers():
    assert learned(X, [True, 0, 2, False] * 3) == learned(X, [1, 0, 2, 0] * 3)


@pytest.mark.parametrize(
    ("y", "dtype"),
    [
        ([2**63, 0, 5] * 4, "uint64"),
        ([2**64 - 1, 2**64 - 2, 5] * 4, "uint64"),
        (np.array([2**63 + 1, 1, 5] * 4, object), "uint64"),
        ([2**63 + 1, -1, 5] * 4, "object"),
        ([2**70, 2**70 + 1, -(2**70)] * 4, "object"),
        (np.array([10**30, True, 7] * 4, object), "object"),
        ([2**63 - 1, -(2**63), 0] * 4, "int64"),
    ],
)
def test_whole_numbers_of_any_size_are_labels(y, dtype, tmp_path):
    options: dict[str, Any] = {"hidden": (3,), "epochs": 30, "activation": "tanh"}
    options["learning_rate"] = 0.3
    net = train(X, y, **options)
    assert net.classes.dtype == dtype and net.classes.tolist() == sorted({*map(int, y)})
    codes = train(X, [sorted({*y}).index(label) for label in y], **options)
    assert net.digest() == codes.digest()
    assert net.score(X, y) == np.mean(net.predict(X) == np.array(y, object)) > 0.3
    net.save(tmp_path / "net.npz")
    again = fastnet.load(tmp_path / "net.npz")
    assert again.classes.dtype == net.classes.dtype and again.score(X, y) == net.score(X, y)
    assert again.predict(X).tolist() == net.predict(X).tolist()
    assert again.predict_one(X[0]) == net.predict(X)[0]
    again.learn_one(X[0], y[0])
    assert train(X, y, init=again, epochs=1).is_finite()


DATES = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02"] * 6))


def with_gaps(y: list[Any], gap: Any, rows: tuple[int, ...] = (1, 4, 5, 11)) -> list[Any]:
    return [gap if row in rows else label for row, label in enumerate(y)]


MISSING: dict[str, Any] = {
    "None": with_gaps(WORDS, None),
    "NaN": with_gaps(WORDS, NAN),
    "NaN of NumPy": with_gaps(WORDS, np.float32("nan")),
    "NA": with_gaps(WORDS, pd.NA),
    "NaT": with_gaps(WORDS, pd.NaT),
    "Decimal": with_gaps(WORDS, Decimal("NaN")),
    "NaN in an object array": np.array(with_gaps(WORDS, NAN), object),
    "NaN that NumPy made a word": np.array(with_gaps(WORDS, NAN)),
    "that, sliced": np.array(with_gaps(WORDS, NAN) * 2)[:12],
    "masked in a list": with_gaps([1, 2, 3, 4] * 3, np.ma.masked),
    "masked": np.ma.array([1, 2, 3, 4] * 3, mask=with_gaps([False] * 12, True)),
    "Series": pd.Series(with_gaps(WORDS, None)),
    "object Series": pd.Series(with_gaps(WORDS, NAN), dtype=object),
    "string": pd.Series(with_gaps(WORDS, None), dtype="string[python]"),
    "category": pd.Series(with_gaps(WORDS, None), dtype="category"),
    "category of numbers": pd.Series(with_gaps([1, 2, 3, 4] * 3, None), dtype="category"),
    "Int64": pd.Series(with_gaps([1, 2, 3, 4] * 3, None), dtype="Int64"),
    "boolean": pd.Series(with_gaps([True, False] * 6, None), dtype="boolean"),
    "floats of whole numbers": pd.Series(with_gaps([1, 2, 3, 4] * 3, None)),
    "dates": DATES.where([row not in (1, 4, 5, 11) for row in range(12)]),
    "Arrow": pa.array(with_gaps(WORDS, None)),
    "Arrow's numbers": pa.array(with_gaps([1, 2, 3, 4] * 3, None)),
    "Arrow's chunks": pa.chunked_array([with_gaps(WORDS, None)]),
    "a column": [[label] for label in with_gaps(WORDS, None)],
    "a frame": pd.DataFrame({"label": with_gaps(WORDS, None)}),
}
if STRINGS is not object:
    HELD = np.dtypes.StringDType(na_object=NAN)
    MISSING["StringDType"] = np.array(with_gaps(WORDS, NAN), HELD)


@pytest.mark.parametrize("kind", MISSING)
def test_missing_labels_are_counted_at_every_door(kind):
    y, net = MISSING[kind], train(X, WORDS, hidden=(3,), epochs=0)
    said = "4 (missing|masked) values in rows 1, 4, 5 and 1 more, wanted none"
    for name, enter in {
        "y": lambda: train(X, y),
        "y ": lambda: train(X, y, init=net),
        "y  ": lambda: train_seeds(X, y, 2),
        "y   ": lambda: net.score(X, y),
        "y    ": lambda: Ensemble([net]).score(X, y),
        "y     ": lambda: net.partial_fit(X, y),
        "validation_data y": lambda: train(X, WORDS, validation_data=(X, y)),
    }.items():
        with pytest.raises(ValueError, match=f"^{name.strip()}: {said}") as caught:
            enter()
        assert "\n" not in str(caught.value)


def test_one_missing_label():
    with pytest.raises(ValueError, match=r"^y: 1 missing value in row 7, wanted none"):
        train(X, with_gaps([1, 2, 0, 1] * 3, NAN, (7,)))  # no regression
    with pytest.raises(ValueError, match=r"^y: 1 missing value in row 7, wanted none \(drop"):
        train(X, with_gaps(WORDS, None, (7,)))


def test_a_word_nan_is_a_word():
    """The code of a language, say; only what NumPy has made of a float is a missing label."""
    words = ["nan", "eng", "deu", "nan"] * 3
    for y in (words, np.array(words), np.array(words, object), pd.Series(words)):
        assert train(X, y, epochs=0).classes.tolist() == ["deu", "eng", "nan"]


MIXED: dict[str, tuple[Any, str]] = {
    "numbers and words": ([1] * 6 + ["a"] * 6, r"whole numbers \(6, .* 0\) and words \(6, .* 6\)"),
    "truth and words": (["a", True] * 6, r"words \(6, .* 0\) and whole numbers \(6, .* row 1\)"),
    "floats and words": (["a"] * 11 + [0.5], r"words \(11, .* 0\) and numbers \(1, .* row 11\)"),
    "bytes and words": ([b"a", "b"] * 6, r"bytes \(6, .*\) and words \(6"),
    "three": (["a", 1, b"c", 0.5] * 3, r"words .* and whole numbers .* and bytes .* and numbers"),
    "in an object array": (np.array(["a", 1] * 6, object), r"words .* and whole numbers"),
    "in a Series": (pd.Series(["a", 1] * 6), r"words .* and whole numbers"),
    "in a column": ([["a"], [1]] * 6, r"words \(6, .* row 0\) and whole numbers \(6, .* row 1\)"),
}


@pytest.mark.parametrize("kind", MIXED)
def test_labels_of_more_than_one_type(kind):
    y, said = MIXED[kind]
    net = train(X, WORDS, hidden=(3,), epochs=0)
    for enter in (lambda: train(X, y), lambda: net.score(X, y), lambda: net.partial_fit(X, y)):
        with pytest.raises(TypeError, match=rf"^y: {said}.*, wanted labels of one type$"):
            enter()


NO_LABELS: dict[str, tuple[Any, str]] = {
    "dates": ([datetime.date(2020, 1, 1)] * 12, r"datetime.date\(2020, 1, 1\) in row 0, wanted"),
    "dates of pandas": (DATES, "dtype datetime64.*, wanted class labels"),
    "periods": (pd.Series(pd.period_range("2020", periods=12)), r"Period\(.* in row 0, wanted"),
    "intervals": (pd.cut(pd.Series(range(12)), 2), r"Interval\(.* in row 0, wanted class"),
    "sets": ([{1}] * 12, r"\{1\} in row 0, wanted class labels or real numbers"),
    "objects late": (["a"] * 9 + [object()] * 3, r"<object .* in row 9, wanted class"),
    "complex": ([1j] * 12, "dtype complex128, wanted class labels"),
    "a generator": ((label for label in WORDS), "generator, wanted class labels"),
    "a dict": (dict(enumerate(WORDS)), "dict, wanted class labels"),
    "an index of tuples": (pd.MultiIndex.from_product([range(6), ["a", "b"]]), "rows of different"),
    "ragged": ([["a"], ["b", "c"]] * 6, "rows of different lengths"),
    "a great number": ([10**400, 0.5] * 6, "a number beyond float64"),
}


@pytest.mark.parametrize("kind", NO_LABELS)
def test_what_is_no_label_and_no_number(kind):
    y, said = NO_LABELS[kind]
    with pytest.raises((TypeError, ValueError), match=f"^y: {said}"):
        train(X, y)


def test_numbers_of_python_are_a_regressions():
    numbers = [0.5, 1, 2.25] * 4
    wanted = learned(X, np.array(numbers))
    for y in (
        numbers,
        [Decimal(str(number)) for number in numbers],
        [Fraction(number) for number in numbers],
        np.array(numbers, object),
        pd.Series(numbers, dtype="Float64"),
        pd.Series(numbers, dtype="double[pyarrow]"),
        pa.array(numbers),
    ):
        assert learned(X, y) == wanted
    rows = [[0.5, 1], [2, 0.25]] * 6
    wanted = learned(X, np.array(rows))
    frame = pd.DataFrame(rows)
    for y in (rows, np.array(rows, object), frame, frame.astype("Float64")):
        assert learned(X, y) == wanted


# Inputs ---------------------------------------------------------------------------------------

FLAGS = X[:, 0] > 0
COUNTS = np.arange(12) % 4
FRAME = pd.DataFrame({"a": X[:, 1], "b": X[:, 2]})
MATRIX = np.column_stack([X[:, 1:], FLAGS, COUNTS])

FRAMES: dict[str, Any] = {
    "bool and int": lambda f, c: f.assign(flag=FLAGS, count=c),
    "boolean and Int64": lambda f, c: f.assign(
        flag=pd.array(FLAGS, "boolean"), count=pd.array(c, "Int64")
    ),
    "UInt8": lambda f, c: f.assign(flag=FLAGS, count=pd.array(c, "UInt8")),
    "uint8": lambda f, c: f.assign(flag=FLAGS, count=c.astype("u1")),
    "Float64": lambda f, c: f.astype("Float64").assign(flag=FLAGS, count=c),
    "Arrow's in pandas": lambda f, c: f.astype("double[pyarrow]").assign(
        flag=pd.array(FLAGS, "bool[pyarrow]"), count=pd.array(c, "int8[pyarrow]")
    ),
    "convert_dtypes": lambda f, c: f.assign(flag=FLAGS, count=c).convert_dtypes(),
    "dummies": lambda f, c: pd.get_dummies(
        f.assign(flag=FLAGS, which=np.where(c > 1, "p", "q")), dtype=bool
    ),
    "objects": lambda f, c: f.assign(flag=FLAGS.astype(object), count=c.astype(object)),
    "decimals": lambda f, c: f.assign(flag=FLAGS, count=[Decimal(int(i)) for i in c]),
    "category of numbers": lambda f, c: f.assign(flag=FLAGS, count=pd.Categorical(c)),
    "one name for all": lambda f, c: f.assign(flag=FLAGS, count=c).set_axis(["a"] * 4, axis=1),
    "names of two": lambda f, c: f.assign(flag=FLAGS, count=c).set_axis(
        pd.MultiIndex.from_product([[1, 2], [3, 4]]), axis=1
    ),
    "an index from 7": lambda f, c: f.assign(flag=FLAGS, count=c).set_axis(range(7, 19)),
    "Arrow": lambda f, c: pa.table({"a": f.a, "b": f.b, "flag": FLAGS, "count": c}),
    "a batch of Arrow": lambda f, c: pa.record_batch({"a": f.a, "b": f.b, "f": FLAGS, "c": c}),
    "to_numpy": lambda f, c: f.assign(flag=FLAGS, count=c).to_numpy(object),
    "lists of objects": lambda f, c: f.assign(flag=FLAGS, count=c).to_numpy(object).tolist(),
}


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_frames_of_mixed_numbers_are_their_matrix(kind, dtype):
    frame, y = FRAMES[kind](FRAME, COUNTS), COUNTS.tolist()
    matrix = MATRIX
    if kind == "dummies":
        matrix = np.column_stack([X[:, 1:], FLAGS, COUNTS > 1, COUNTS <= 1])
    net = train(matrix, y, hidden=(4,), epochs=2, dtype=dtype)
    assert train(frame, y, hidden=(4,), epochs=2, dtype=dtype).digest() == net.digest()
    assert np.array_equal(net.predict_proba(frame), net.predict_proba(matrix))
    assert net.predict(frame).tolist() == net.predict(matrix).tolist()
    assert net.score(frame, y) == net.score(matrix, y)
    assert net.copy().partial_fit(frame, y).digest() == net.copy().partial_fit(matrix, y).digest()
    run = train(matrix, y, hidden=(4,), validation_data=(frame, y), epochs=1)
    again = train(matrix, y, hidden=(4,), validation_data=(matrix, y), epochs=1)
    assert run.history[0]["val_loss"] == again.history[0]["val_loss"]
    assert sha256(Samples(frame, np.dtype(dtype)).rows) == sha256(matrix), "the fingerprint"
    streamed = train_stream([(frame, y)], hidden=(4,), dtype=dtype)
    assert streamed.digest() == train_stream([(matrix, y)], hidden=(4,), dtype=dtype).digest()
    seeds = train_seeds(frame, y, 1, hidden=(4,), epochs=2, dtype=dtype)
    assert seeds[0].digest() == net.digest()
    if hasattr(frame, "iloc"):  # a row: of objects, or of floats
        for place in (0, 5):
            assert net.predict_one(frame.iloc[place]) == net.predict(matrix)[place]
        one, other = net.copy(), net.copy()
        one.learn_one(frame.iloc[3], y[3])
        other.learn_one(matrix[3], y[3])
        assert one.digest() == other.digest()


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # up to 255
def test_the_bytes_of_a_frame_are_numbers():
    pixels = (np.arange(36).reshape(12, 3) * 7).astype("u1")
    frame = pd.DataFrame(pixels)
    net = train(frame, COUNTS, hidden=(4,), epochs=1)
    assert net.digest() == train(pixels.astype("f4"), COUNTS, hidden=(4,), epochs=1).digest()
    assert net.digest() != train(pixels, COUNTS, hidden=(4,), epochs=1).digest()
    assert net.digest() == train(pa.table(frame), COUNTS, hidden=(4,), epochs=1).digest()
    assert net.predict_one(frame.iloc[7]) == net.predict(frame)[7]
    assert train(frame.to_numpy(), COUNTS, hidden=(4,), epochs=0).predict(pixels).shape == (12,)


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # up to 255
@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "?", "u1", "f2"])
def test_frames_of_one_kind(dtype):
    matrix = (X * 2).astype(dtype)
    for frame in (pd.DataFrame(matrix), pd.DataFrame(np.asfortranarray(matrix))):
        digest, _ = learned(frame, WORDS)
        assert digest == learned(matrix.astype("f8"), WORDS)[0]


def with_column(column: Any, name: Any = "c") -> Any:
    return FRAME.assign(**{name: column})


def with_gap(fill: Any, gap: Any, dtype: Any = None) -> Any:
    return with_column(pd.Series(with_gaps([fill] * 12, gap, (5,)), dtype=dtype))


NO_NUMBERS: dict[str, tuple[Any, str]] = {
    "words": (FRAME.assign(town="x", day="y"), "dtype str, 'x' in row 0, column 'town'"),
    "object words": (
        with_column(pd.Series(["x"] * 12, dtype=object)),
        "dtype object, 'x' in row 0, column 'c', wanted real numbers",
    ),
    "a word": (with_column([1] * 11 + ["?"]), r"dtype object, '\?' in row 11, column 'c'"),
    "category": (with_column(pd.Categorical(WORDS)), "dtype category, 'no' in row 0, column 'c'"),
    "dates": (with_column(DATES), r"dtype datetime64\[.*\] in column 'c', wanted real numbers"),
    "only dates": (pd.DataFrame({"when": DATES}), r"dtype datetime64\[.*\] in column 'when'"),
    "spans": (with_column(DATES - DATES[0]), r"dtype timedelta64\[.*\] in column 'c', wanted"),
    "complex": (with_column(1j), "dtype complex128 in column 'c', wanted real numbers"),
    "boolean NA": (with_gap(True, None, "boolean"), "dtype boolean, <NA> in row 5, column 'c'"),
    "None": (with_gap(1, None, object), "dtype object, None in row 5, column 'c', wanted real"),
    "Arrow's words": (
        pa.table({"a": X[:, 0], "w": WORDS}), "dtype string, 'no' in row 0, column 'w', wanted"
    ),
    "a number as name": (pd.DataFrame({7: X[:, 0], 9: WORDS}), "dtype str, 'no' in .*, column 9"),
    "an array": (
        np.array([[1.0, "a"]] * 12, object), "dtype object, 'a' in row 0, column 1, wanted real"
    ),
}  # fmt: skip
BAD_NUMBERS: dict[str, tuple[Any, str]] = {
    "NaN": (with_gap(0.5, NAN), "nan in row 5, column 'c', wanted finite numbers"),
    "infinity": (with_gap(0.5, np.inf), "inf in row 5, column 'c', wanted finite numbers"),
    "too great": (with_gap(0.5, 1e39), r"1e\+39 in row 5, column 'c', wanted .* within float32"),
    "Int64 NA": (with_gap(1, None, "Int64"), "(nan|.*<NA>) in row 5, column 'c', wanted"),
    "Float64 NA": (with_gap(0.5, None, "Float64"), "(nan|.*<NA>) in row 5, column 'c', wanted"),
    "Arrow's null": (
        pa.table({"a": X[:, 0], "n": with_gaps([1] * 12, None, (5,))}), "nan in row 5, column 'n'"
    ),
    "a great number": (
        with_column(pd.Series([10**400] * 12, dtype=object)), "column 'c': a number beyond float64"
    ),
    "no columns": (FRAME[[]], r"shape \(12, 0\), wanted at least one"),
    "no rows": (FRAME[:0], r"shape \(0, 2\), wanted at least one sample"),
    "a Series": (FRAME.a, r"shape \(12,\), wanted \(samples, features\)"),
}  # fmt: skip
BAD_FRAMES = {
    **{kind: (*case, TypeError) for kind, case in NO_NUMBERS.items()},
    **{kind: (*case, (ValueError, TypeError)) for kind, case in BAD_NUMBERS.items()},
}


@pytest.mark.parametrize("kind", BAD_FRAMES)
def test_the_first_column_that_does_not_fit_is_named(kind):
    frame, said, error = BAD_FRAMES[kind]
    features = np.shape(frame)[1] if np.ndim(frame) == 2 and 0 not in np.shape(frame) else 3
    net = train(samples(5, features), [0, 1, 2, 0, 1], epochs=0)
    rows = samples(12, features)
    for name, enter in {
        "X": lambda: train(frame, WORDS),
        "X ": lambda: net.predict(frame),
        "X  ": lambda: net.score(frame, WORDS),
        "X   ": lambda: net.partial_fit(frame, WORDS),
        "validation_data X": lambda: train(rows, WORDS, validation_data=(frame, WORDS)),
    }.items():
        with pytest.raises(error, match=f"^{name.strip()}: {said}"):
            enter()
    if hasattr(frame, "columns") and len(frame) and kind != "no columns":
        said = r"^example (1|6|12): x: (.* in column|column|dtype)"  # the rows before are learned
        with pytest.raises((ValueError, TypeError), match=said):
            train_stream([(frame, WORDS)])


def test_what_does_not_fit_is_shown_in_one_short_line():
    cell, text = np.zeros((90, 90)), "so\nlong " * 999
    for enter in (
        lambda: train(FRAME.assign(c=pd.Series([cell] * 12)), WORDS),
        lambda: train(FRAME.assign(c=text), WORDS),
        lambda: train(X, ["a", {1: cell}] * 6),
        lambda: train(X, [text, *WORDS[1:]], init=train(X, WORDS, epochs=0)),
    ):
        with pytest.raises((TypeError, ValueError)) as caught:
            enter()
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def test_fastnet_never_imports_pandas_or_arrow():
    code = "import sys, numpy, fastnet; fastnet.train(numpy.eye(3), list('abc'), epochs=1)\n"
    assert python(f"{code}print({{'pandas', 'pyarrow'}} & {{*sys.modules}})").stdout == "set()\n"
    assert "pandas" in sys.modules


# Masked arrays --------------------------------------------------------------------------------


def test_masked_values_are_refused_with_their_number():
    masked = np.ma.array(X, mask=np.zeros(X.shape, bool))
    net = train(masked, WORDS, hidden=(3,), epochs=1)
    assert net.digest() == learned(X, WORDS)[0], "none is masked"
    masked[[2, 2, 7], [0, 1, 1]] = np.ma.masked
    said = "3 masked values in rows 2, 7, wanted none"
    for name, enter in {
        "X": lambda: train(masked, WORDS),
        "X ": lambda: net.predict(masked),
        "X  ": lambda: net.score(masked, WORDS),
        "X   ": lambda: net.partial_fit(masked, WORDS),
        "X    ": lambda: train(list(masked), WORDS),
        "validation_data X": lambda: train(X, WORDS, validation_data=(masked, WORDS)),
        "y": lambda: train(X, masked),
        "y ": lambda: train(X, list(masked)),
    }.items():
        with pytest.raises(ValueError, match=f"^{name.strip()}: {said}"):
            enter()
    for examples, place in (([(masked, WORDS)], 1), (zip(masked, WORDS, strict=True), 3)):
        with pytest.raises(ValueError, match=f"^example {place}: X: [32] masked values in rows"):
            train_stream(examples, hidden=(3,))
    unmasked = [(np.ma.array(x), label) for x, label in zip(X, WORDS, strict=True)]
    plain = train_stream(zip(X, WORDS, strict=True), hidden=(3,))
    assert train_stream(unmasked, hidden=(3,)).digest() == plain.digest()
    for one in (net.predict_one, lambda x: net.learn_one(x, "no")):
        with pytest.raises(ValueError, match=r"^x: 2 masked values in rows 0, 1, wanted none"):
            one(masked[2])
        one(masked[3])
    with pytest.raises(ValueError, match=r"^sample_weight: 1 masked value in row 3, wanted none"):
        train(X, WORDS, sample_weight=np.ma.array(np.ones(12), mask=np.arange(12) == 3))
    with pytest.raises(ValueError, match=r"^y: 1 masked value in row 3, wanted none"):
        train(X, np.ma.array(X[:, 0], mask=np.arange(12) == 3))


# Columns --------------------------------------------------------------------------------------

COLUMNS: dict[str, Any] = {
    "int64": np.array([3, 1, 2] * 4),
    "uint8": np.array([3, 1, 2] * 4, "u1"),
    "bool": np.array([True, False] * 6),
    "words": np.array(WORDS),
    "bytes": np.array(WORDS, "S"),
    "list": WORDS,
    "objects": np.array(WORDS, object),
    "great": [2**70, 1, 2] * 4,
}


def column_of(y: Any) -> Any:
    return [[label] for label in y] if isinstance(y, list) else y[:, None]


@pytest.mark.parametrize("kind", COLUMNS)
def test_labels_in_a_column_are_labels_and_one_line_says_so(kind):
    y = COLUMNS[kind]
    column, told = column_of(y), r"^y: labels in a column, \(n, 1\), are taken as \(n,\), as "
    wanted = train(X, y, hidden=(3,), epochs=2)
    for form in (column, pd.DataFrame({"label": y})):
        with pytest.warns(fastnet.LearningWarning, match=told) as warned:
            net = train(X, form, hidden=(3,), epochs=2, validation_data=(X, form))
        assert len(warned) == 1 and warned[0].filename == __file__
        assert net.digest() == wanted.digest()
        assert net.predict(X).tolist() == wanted.predict(X).tolist()
        # a net that has classes takes labels in either shape, without a word
        assert net.score(X, form) == net.score(X, y) == Ensemble([net, net]).score(X, form)
        on, again = train(X, form, init=net, epochs=1), train(X, y, init=net, epochs=1)
        assert on.digest() == again.digest()
        assert train(X, form, classes=net.classes, hidden=(3,), epochs=2).digest() == net.digest()
        once, again = net.copy(), net.copy()
        assert once.partial_fit(X, form).digest() == again.partial_fit(X, y).digest()
    with pytest.warns(fastnet.LearningWarning, match=told) as warned:
        nets = train_seeds(X, column, 3, hidden=(3,), epochs=2)
    assert len(warned) == 1 and nets[0].digest() == wanted.digest()
    batches = [(X[:5], column[:5]), (X[5:], column[5:])]
    with pytest.warns(fastnet.LearningWarning, match=told) as warned:
        net = train_stream(batches, hidden=(3,))
    assert len(warned) == 1
    assert net.digest() == train_stream(zip(X, y, strict=True), hidden=(3,)).digest()


@pytest.mark.parametrize(
    ("loss", "activation"), [("quadratic", "tanh"), ("cross-entropy", "tanh"), ("quadratic", None)]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_answers_have_the_shape_of_the_targets(loss, activation, dtype, tmp_path):
    y = (X[:, 0] > 0).astype(dtype)
    options: dict[str, Any] = {"loss": loss, "hidden": (4,), "epochs": 3, "dtype": dtype}
    if activation:
        options["activation"] = activation
    for targets, shape in ((y, (12,)), (y.tolist(), (12,)), (pd.Series(y), (12,)),
                           (y[:, None], (12, 1)), (y[:, None].tolist(), (12, 1)),
                           (pd.DataFrame(y), (12, 1))):  # fmt: skip
        net = train(X, targets, **options)
        net.save(tmp_path / "net.npz")
        for twin in (net, net.copy(), fastnet.load(tmp_path / "net.npz"), Ensemble([net, net])):
            answers = twin.predict(X)
            assert answers.shape == shape
            assert twin.score(X, y) == twin.score(X, y[:, None]) == twin.score(X, y.tolist())
            if loss == "cross-entropy":
                assert twin.score(X, y) == (answers.ravel() == y).mean()
                assert (answers == np.asarray(targets)).mean() == twin.score(X, y)
            if isinstance(twin, Network):
                one = twin.predict_one(X[3])
                assert np.shape(one) == shape[1:] and np.array_equal(one, answers[3])
        assert train(X, y, init=net, epochs=1).predict(X).shape == shape, "the net's own"


def test_streams_answer_as_they_are_asked():
    y = X[:, 0] * 2
    for loss, targets in (("quadratic", y), ("cross-entropy", (y > 0).astype(float))):
        options: dict[str, Any] = {"hidden": (4,), "loss": loss}
        for examples, shape in (
            (zip(X, targets, strict=True), ()),
            ([(X, targets)], ()),
            (zip(X, targets[:, None], strict=True), (1,)),
            ([(X, targets[:, None])], (1,)),
        ):
            net = train_stream(examples, **options)
            assert net.predict(X).shape == (12, *shape)
            assert np.shape(net.predict_one(X[0])) == shape


def test_nets_of_old_files_answer_as_they_did():
    """Nothing in them says in which shape their targets came."""
    for loss, last, shape in [
        ("quadratic", "identity", (12,)), ("cross-entropy", "sigmoid", (12, 1)),
    ]:  # fmt: skip
        net = Network.from_weights([np.ones((3, 1))], [[0.0]], [last], loss)
        assert net.predict(X).shape == shape
        assert np.shape(net.predict_one(X[0])) == shape[1:]
        old = net.__class__.__new__(net.__class__)
        state = net.__getstate__()
        assert "_column" not in state
        old.__setstate__(state)
        assert old.predict(X).shape == shape


@pytest.mark.parametrize("y", [[1.0, 2.0] * 6, [0.0, 7.0] * 6, [-1.0, 1.0] * 6])
@pytest.mark.parametrize("form", [np.array, list, lambda y: np.array(y)[:, None]])
def test_class_labels_that_are_floats(y, form):
    with pytest.raises(ValueError, match=r"\(class labels are integers or words: y.astype.int.\)"):
        train(X, form(y), loss="cross-entropy")
    with pytest.raises(ValueError, match=r"\(scale them, or use identity outputs\)$"):
        train(X, form([label + 0.5 for label in y]), loss="cross-entropy")


# Classes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["quadratic", "cross-entropy"])
def test_classes_keep_the_order_given(loss, tmp_path):
    y = np.array(["b", "a", "c"] * 4)
    for classes in (["c", "a", "z", "b"], np.array(["c", "a", "z", "b"]), pd.Index(list("cazb"))):
        net = train(X, y, classes=classes, hidden=(3,), epochs=2, loss=loss)
        assert net.sizes[-1] == 4 and net.classes.tolist() == ["c", "a", "z", "b"]
        assert net.run["options"]["classes"] == ["c", "a", "z", "b"]
    outputs = net.predict_proba(X)
    assert net.predict(X).tolist() == net.classes[outputs.argmax(axis=1)].tolist()
    codes = train(X, [{"c": 0, "a": 1, "b": 3}[label] for label in y], classes=range(4),
                  hidden=(3,), epochs=2, loss=loss)  # fmt: skip
    assert codes.digest() == net.digest() and codes.run["options"]["classes"] == [0, 1, 2, 3]
    assert net.score(X, y) == (net.predict(X) == y).mean()
    net.save(tmp_path / "net.npz")
    assert fastnet.load(tmp_path / "net.npz").classes.tolist() == ["c", "a", "z", "b"]
    assert train(X, y, init=net, classes=list("cazb"), epochs=1).classes.tolist() == list("cazb")
    alone = train(X, y, classes=sorted({*y}), hidden=(3,), epochs=2)
    assert alone.digest() == train(X, y, hidden=(3,), epochs=2).digest(), "the usual ones"


def test_classes_of_a_resumed_run(tmp_path):
    options: dict[str, Any] = {"classes": [2, 1, 0], "hidden": (3,), "checkpoint": tmp_path / "run"}
    y = [0, 1] * 6
    net = train(X, y, epochs=2, **options)
    assert train(X, y, epochs=2, resume=True, **options).digest() == net.digest()
    with pytest.raises(ValueError, match=r"classes was \[2, 1, 0\] and is \[0, 1, 2\]"):
        train(X, y, epochs=2, resume=True, **{**options, "classes": [0, 1, 2]})


BAD_CLASSES: dict[str, tuple[Any, Any, str]] = {
    "a label too few": ([0, 1], [0, 1, 2] * 4, r"y: label 2 in rows 2, 5, 8 and 1 more is none of"),
    "twice": ([0, 1, 1], [0, 1] * 6, "classes: one of them comes twice"),
    "one": ([0], [0] * 12, r"classes: \[0\], wanted two or more"),
    "none": ([], [0, 1] * 6, r"classes: \[\], wanted two or more"),
    "numbers": ([0.5, 1.5], [0, 1] * 6, "classes: dtype float64, wanted integers or strings"),
    "missing": (["a", None], ["a"] * 12, "classes: 1 missing value in row 1"),
    "mixed": (["a", 1], ["a"] * 12, "classes: words .* and whole numbers"),
    "a square": ([[0, 1], [2, 3]], [0, 1] * 6, r"classes: shape \(2, 2\), wanted a row"),
    "a word": ("ab", ["a", "b"] * 6, r"classes: shape \(\), wanted a row"),
    "words": (["0", "1"], [0, 1] * 6, "y: label 0 in rows"),
    "a regression": ([0, 1], [0.5, 1.0] * 6, "y: dtype float64, .*wanted labels, as classes are"),
    "several labels": ([0, 1], np.eye(12)[:, :2], "y: dtype float64, .*wanted labels, as classes"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_CLASSES)
def test_bad_classes(kind):
    classes, y, said = BAD_CLASSES[kind]
    with pytest.raises((ValueError, TypeError), match=f"^{said}"):
        train(X, y, classes=classes)
    net = train(X, [0, 1] * 6, epochs=0)
    for other in ([1, 0], [0, 1, 2], ["0", "1"]):
        with pytest.raises(ValueError, match=r"^classes: .*, but init has \[0, 1\]"):
            train(X, [0, 1] * 6, init=net, classes=other)


@pytest.mark.parametrize("kind", ["words", "whole", "bytes", "truth", "great", "objects"])
def test_labels_that_only_the_test_part_has_count_as_wrong(kind):
    made: Any = {
        "words": lambda y: np.array(["ant", "bee", "cow", "dog"])[y],
        "whole": lambda y: y * 1000,
        "bytes": lambda y: np.array([b"a", b"b", b"c", b"d"])[y],
        "truth": lambda y: y > 0 if y.max() < 2 else y,
        "great": lambda y: [2**70 * int(label) for label in y],
        "objects": lambda y: np.array(["ant", "bee", "cow", "dog"], object)[y],
    }[kind]
    codes = np.arange(12) % 2
    test = codes.copy()
    test[[3, 7, 8]] = 2, 3, 2
    y, y_test = made(codes), made(test)
    options: dict[str, Any] = {"hidden": (4,), "epochs": 3, "loss": "cross-entropy"}
    net = train(X, y, **options)
    known = np.flatnonzero(test < 2)
    share = net.score(X[known], [y[k] for k in known]) * len(known) / 12
    told = r"^3 of 12 labels are none of the network's classes \(.+, .+\): they count as wrong"
    for judge in (net, Ensemble([net, net])):
        with pytest.warns(fastnet.LearningWarning, match=told) as warned:
            assert judge.score(X, y_test) == share
        assert len(warned) == 1 and warned[0].filename == __file__
    with pytest.warns(fastnet.LearningWarning, match=told) as warned:
        run = train(X, y, validation_data=(X, y_test), **options)
    assert len(warned) == 1, "once, not once an epoch"
    assert run.digest() == net.digest()
    assert run.history[-1]["val_accuracy"] == share
    part = train(X, y, validation_data=(X[known], [y[k] for k in known]), **options)
    assert [r["val_loss"] for r in run.history] == [r["val_loss"] for r in part.history]
    with pytest.raises(ValueError, match=r"^y: label .* in rows? [38].* is none of the net's"):
        net.partial_fit(X, y_test)
    with pytest.raises(ValueError, match=r"^y: label .* in rows? [38].* is none of the net's"):
        train(X, y_test, init=net)


def test_labels_of_which_none_is_known_are_of_another_kind():
    net = train(X, np.arange(12) % 2, epochs=0)
    for y in (["0", "1"] * 6, [b"0", b"1"] * 6, ["a", "b"] * 6):
        for judge in (lambda y: net.score(X, y), lambda y: Ensemble([net]).score(X, y),
                      lambda y: train(X, [0, 1] * 6, validation_data=(X, y))):  # fmt: skip
            with pytest.raises(ValueError, match=r"y: label .* in row.* is none of the net's"):
                judge(y)
    words = train(X, ["a", "b"] * 6, epochs=0)
    with pytest.raises(TypeError, match=r"words .* and whole numbers"):
        words.score(X, ["a", 1] * 6)
    with pytest.raises(ValueError, match=r"y: label 0 in rows 0, 2, 4 and 3 more is none"):
        words.score(X, [0, 1] * 6)


@pytest.mark.parametrize("rows", [1, 12])
def test_a_test_part_of_which_no_label_is_known(rows):
    net, y = train(X, ["a", "b"] * 6, epochs=0), ["c", "d"] * 6
    for judge in (net, Ensemble([net, net])):
        with pytest.warns(fastnet.LearningWarning, match=f"^{rows} of {rows} labels are none"):
            assert judge.score(X[:rows], y[:rows]) == 0
    with pytest.raises(ValueError, match=r"validation_data y: label 'c' in row.* is none of"):
        train(X, ["a", "b"] * 6, validation_data=(X[:rows], y[:rows]))  # there is no loss to see


def test_a_validation_of_weights_and_strangers_stops_by_the_known():
    """Patience and the target go by the loss and accuracy that the history has."""
    y, test = np.arange(12) % 2, np.arange(12) % 2
    test[0] = 9
    with pytest.warns(fastnet.LearningWarning, match="1 of 12 labels are none"):
        net = train(X, y, hidden=(8,), activation="tanh", epochs=300, validation_data=(X, test),
                    target_accuracy=0.95, loss="cross-entropy", learning_rate=0.1)  # fmt: skip
    assert net.stopped == "epochs" and max(r["val_accuracy"] for r in net.history) <= 11 / 12


def test_a_hint_for_inputs_of_one_dimension():
    one = "one sample: X[None, :]"
    column = "one feature: X[:, None]"
    three, single = (train(samples(4, n), [0, 1] * 2, epochs=0) for n in (3, 1))
    for act, said in [
        (lambda: train(np.ones(4), [0, 1, 0, 1]), f" ({one}; {column})"),
        (lambda: three.predict(np.ones(3)), f" ({one})"),
        (lambda: single.predict(np.ones(3)), f" ({column})"),
        (lambda: single.predict(np.ones(1)), f" ({one}; {column})"),
        (lambda: three.predict(np.ones(5)), ""),
    ]:
        with pytest.raises(ValueError, match=r"^X: shape") as caught:
            act()
        assert str(caught.value).partition(" wanted ")[2] == f"(samples, features){said}"


def test_kinds_are_told_by_types():
    for values, kind in [
        ([1, True, np.uint8(1), np.bool_(1)], "whole numbers"),
        (["a", np.str_("a")], "words"),
        ([b"a", np.bytes_(b"a")], "bytes"),
        ([0.5, np.float16(1), np.longdouble(1), Decimal(1), Fraction(1)], "numbers"),
        ([1j, None, [], np.datetime64("2020"), pd.NA], ""),
    ]:
        for value in values:
            assert arrays.kind_of(type(value)) == kind
    for value in (None, NAN, pd.NA, pd.NaT, np.ma.masked, np.datetime64("NaT"), np.float32("nan")):
        assert arrays.is_missing(value)
    for value in ("", "nan", 0, 0.0, False, np.inf, [], pd.Timestamp("2020")):
        assert not arrays.is_missing(value)
