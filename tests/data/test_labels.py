"""Labels of what users hold: the same labels are the same bits, however they come."""

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import fastnet
from fastnet import Ensemble, train, train_seeds
from tests.data.words import DATES, NAN, STRINGS, WORDS, X, learned, with_gaps

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


@pytest.mark.parametrize("y", [[1.0, 2.0] * 6, [0.0, 7.0] * 6, [-1.0, 1.0] * 6])
@pytest.mark.parametrize("form", [np.array, list, lambda y: np.array(y)[:, None]])
def test_class_labels_that_are_floats(y, form):
    with pytest.raises(ValueError, match=r"\(class labels are integers or words: y.astype.int.\)"):
        train(X, form(y), loss="cross-entropy")
    with pytest.raises(ValueError, match=r"\(scale them, or use identity outputs\)$"):
        train(X, form([label + 0.5 for label in y]), loss="cross-entropy")
