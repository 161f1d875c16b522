"""Frames that are not encoded: their matrix of numbers, or the first column that does not fit."""

import functools
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import fastnet
from fastnet.data.fingerprint import sha256
from fastnet.data.samples import Samples
from tests.data.words import DATES, NAN, WORDS, X, learned, with_gaps
from tests.helpers import python, samples

train = functools.partial(fastnet.train, encode="none")
train_seeds = functools.partial(fastnet.train_seeds, encode="none")
train_stream = functools.partial(fastnet.train_stream, encode="none")

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
