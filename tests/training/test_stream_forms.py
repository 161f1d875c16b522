"""Streams of frames, columns and masked arrays, with labels that are missing or of another kind."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

import fastnet
from tests.training.streams import NAMES, OPTIONS, N, X, Y, cut, one_by_one

# Some hundred thousand examples in all: as plain Python, the kernels would take half an hour.
pytestmark = pytest.mark.compiled


# Frames and what else holds rows and labels ---------------------------------------------------

INDICES = {
    "from 50 on": lambda n: np.arange(50, n + 50),
    "words": lambda n: [f"row {k}" for k in range(n)],
    "one label for all": np.zeros,
    "the other way round": lambda n: np.arange(n)[::-1],
    "shuffled": np.random.default_rng(2).permutation,
}


RAW = OPTIONS | {"encode": "none"}  # by place, as they are


def frames(y, index=None, length=130):
    """Chunks of a frame and its labels, as pandas has them."""
    frame, column = pd.DataFrame(X, columns=list("abcd")), pd.Series(y)
    if index is not None:
        frame.index = column.index = index(N)
    starts = range(0, N, length)
    return [(frame.iloc[k : k + length], column.iloc[k : k + length]) for k in starts]


@pytest.mark.parametrize("index", INDICES)
def test_frames_are_taken_by_place_whatever_their_index(index, learned):
    chunks = frames(Y, INDICES[index])
    rows = [pair for chunk, y in chunks for pair in zip(chunk.iterrows(), y, strict=True)]
    for stream in (
        chunks,
        (pair for x, y in chunks for pair in zip(x.itertuples(index=False), y, strict=True)),
        ((row, y) for (_, row), y in rows),
        ((row.rename(str), pd.Series([y])[0]) for (_, row), y in rows),
    ):
        net = fastnet.train_stream(stream, **RAW)
        assert net.digest() == learned[0].digest() and net.classes.tolist() == [0, 1, 2]


@pytest.mark.parametrize("chunksize", [1, 7, 50, 5000])
def test_read_csv_in_chunks(chunksize):
    text = pd.DataFrame(X, columns=list("abcd")).assign(kind=NAMES[Y]).to_csv(index=False)
    chunks = pd.read_csv(io.StringIO(text), chunksize=chunksize)
    stream = ((chunk[list("abcd")], chunk.kind) for chunk in chunks)
    net = fastnet.train_stream(stream, **RAW)
    read = pd.read_csv(io.StringIO(text))[list("abcd")].to_numpy()
    assert net.digest() == one_by_one(read, Y)[0].digest()
    assert net.classes.tolist() == NAMES.tolist()


HOLDERS = {
    "Index": pd.Index, "tuple": tuple, "generator": lambda y: (k for k in y), "Arrow": pa.array,
    "Arrow in chunks": lambda y: pa.chunked_array([y[:9], y[9:]]), "Arrow's": list,
    "a column": lambda y: np.asarray(y).reshape(-1, 1), "a frame": lambda y: pd.DataFrame({"y": y}),
    **{
        kind: lambda y, kind=kind: pd.Series(y, dtype=kind)
        for kind in ("object", "category", "int8", "Int64", "string", "str", "string[pyarrow]")
    },
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:y. labels in a column")
@pytest.mark.parametrize("holder", HOLDERS)
def test_labels_as_others_hold_them(holder, learned):
    wanted = [NAMES.tolist(), [0, 1, 2]]
    for labels in ([NAMES[Y]], [Y]) if "int" not in holder.lower() else ([Y],):
        if holder in ("string", "str", "string[pyarrow]") and labels[0] is Y:
            continue
        y = HOLDERS[holder](labels[0].tolist())
        net = fastnet.train_stream([(X, y)], **OPTIONS)
        assert net.digest() == learned[0].digest() and net.classes.tolist() in wanted
    one_by_one = zip(X, pa.array(NAMES[Y].tolist()), strict=True)
    assert fastnet.train_stream(one_by_one, **OPTIONS).digest() == learned[0].digest()


def test_a_column_of_labels_is_said_once():
    said = r"^y: labels in a column, \(n, 1\), are taken as \(n,\)"
    with pytest.warns(fastnet.LearningWarning, match=said) as seen:
        net = fastnet.train_stream(cut(X, Y[:, None], *[115] * 10), **OPTIONS)
    assert len(seen) == 1 and net.sizes == (4, 3, 3)
    net = fastnet.train_stream([(X, X[:, :1])], **OPTIONS)  # numbers are numbers
    assert net.sizes == (4, 3, 1) and net.classes is None


def test_frames_of_mixed_numbers(learned):
    def mixed(frame):
        kinds = {"a": "Float64", "b": "double[pyarrow]", "c": object}
        return frame.astype(kinds)

    chunks = [(mixed(frame), y) for frame, y in frames(Y)]
    rows = (
        pair
        for frame, y in chunks
        for pair in zip(frame.itertuples(index=False), y, strict=True)
    )
    tables = [(pa.Table.from_pandas(frame), pa.array(y)) for frame, y in frames(Y)]
    for stream in (chunks, rows, tables):
        assert fastnet.train_stream(stream, **RAW).digest() == learned[0].digest()
    kinds = {"a": "bool", "b": "Int8", "c": "uint8", "d": "Float32"}
    frame = pd.DataFrame((3 * abs(X)).round(), columns=list("abcd")).astype(kinds)
    wanted, _ = one_by_one(frame.to_numpy(np.float64), Y)
    assert fastnet.train_stream([(frame, Y)], **RAW).digest() == wanted.digest()
    chunks[8][0].iloc[60, 1] = None
    said = r"^example 1101: x: (nan|<NA>|None) in column 1, wanted "
    rows = pd.concat(frame for frame, _ in chunks).itertuples(index=False)
    for stream in (chunks, zip(rows, Y, strict=True)):
        with pytest.raises((TypeError, ValueError), match=said) as caught:
            fastnet.train_stream(stream, **RAW)
        assert sum(r["samples"] for r in caught.value.network.history) == 1100


# Missing labels, and those of another kind ------------------------------------------------------

MISSING = [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT")]


@pytest.mark.parametrize("place", [0, 40, 999, 1100])
@pytest.mark.parametrize("missing", MISSING, ids=repr)
@pytest.mark.parametrize("labels", [Y, NAMES[Y], X[:, 0], Y > 0], ids=lambda y: y.dtype.kind)
def test_a_missing_label_is_named_and_changes_nothing(labels, missing, place):
    y = labels.astype(object).tolist()
    y[place] = missing
    column = pd.Series(y, dtype=object)
    for stream in (zip(X, y, strict=True), [(X, column)], cut(X, column, 40)):
        with pytest.raises(ValueError, match=rf"^example {place + 1}: y: ") as caught:
            fastnet.train_stream(stream, new_labels=labels.dtype.kind != "f", **OPTIONS)
        net = caught.value.network
        if place == 0 and labels.dtype.kind == "f":
            assert net is None
        if place:
            assert sum(record["samples"] for record in net.history) == place
            assert net.classes is None or net.classes.tolist() == sorted({*labels.tolist()})


def test_missing_labels_of_frames():
    words, wide = pd.Series(NAMES[Y]), pd.Series(Y, dtype="Int64")
    words[7] = wide[7] = None
    for y in (words, words.astype("category"), words.astype("string"), wide, pa.array(words)):
        with pytest.raises(ValueError, match=r"^example 8: y: label \S+ is a missing") as caught:
            fastnet.train_stream([(X, y)], **OPTIONS)
        assert len(caught.value.network.classes) == 3


@pytest.mark.parametrize("place", [0, 5, 1100])
@pytest.mark.parametrize(
    "odd", ["a", [10**400], {"a": 1}, b"1", 1j, np.datetime64(0, "s")],
    ids=lambda odd: repr(odd)[:9],
)
def test_a_label_of_another_kind_than_most_is_named(odd, place):
    y = Y.tolist()
    y[place] = odd
    for stream in (zip(X, y, strict=True), [(X, y)]):
        with pytest.raises(ValueError, match=rf"^example {place + 1}: y: ") as caught:
            fastnet.train_stream(stream, **OPTIONS)
        net = caught.value.network
        assert net is None or net.classes is None or net.classes.tolist() == [0, 1, 2]


def test_truth_values_among_whole_numbers_are_whole_numbers():
    y = [bool(k) if place % 9 == 4 and k < 2 else k for place, k in enumerate(Y.tolist())]
    wanted = fastnet.train_stream([(X, Y)], **OPTIONS)
    for stream in (zip(X, y, strict=True), [(X, y)]):
        net = fastnet.train_stream(stream, **OPTIONS)
        assert net.digest() == wanted.digest() and net.classes.tolist() == [0, 1, 2]


@pytest.mark.parametrize("place", [5, 1100])
def test_a_number_among_labels_is_none_of_them(place):
    y = Y.tolist()
    y[place] = float(y[place])
    for stream in (zip(X, y, strict=True), [(X, y)], cut(X, y, 40)):
        with pytest.raises(ValueError, match=rf"^example {place + 1}: y: dtype float64, but the"):
            fastnet.train_stream(stream, **OPTIONS)


def test_numbers_that_begin_with_a_whole_one():
    y = [1, *X[1:, 0].tolist()]
    net = fastnet.train_stream(zip(X, y, strict=True), **OPTIONS)
    assert net.digest() == one_by_one(X, np.array(y))[0].digest()


def test_dates_are_no_labels():
    for y in (pd.Series(pd.date_range("2020", periods=N)), np.arange(N).astype("m8[s]")):
        for stream in ([(X, y)], zip(X, y, strict=True)):
            with pytest.raises(ValueError, match=r"^example 1: y: label"):
                fastnet.train_stream(stream, **OPTIONS)


COLUMN = {
    "whole numbers": Y[:, None],
    "objects": Y[:, None].astype(object),
    "lists": Y[:, None].tolist(),
    "truth values": Y[:, None] > 0,
    "words": NAMES[Y][:, None],
    "lists of words": NAMES[Y][:, None].tolist(),
}


@pytest.mark.parametrize("kind", COLUMN)
def test_labels_in_a_column_come_one_by_one_too(kind):
    column = COLUMN[kind]
    plain = fastnet.train_stream(zip(X, np.ravel(column), strict=True), **OPTIONS)
    with pytest.warns(fastnet.LearningWarning, match="labels in a column") as warned:
        net = fastnet.train_stream(zip(X, column, strict=True), **OPTIONS)
    assert len(warned) == 1 and net.digest() == plain.digest()
    assert net.classes.tolist() == plain.classes.tolist()


@pytest.mark.parametrize("kind", [*COLUMN, "a frame", "a table", "a frame of objects"])
def test_labels_in_columns(kind):
    names = NAMES[Y]
    made = {
        "a frame": pd.DataFrame({"y": names}),
        "a table": pa.table({"y": names}),
        "a frame of objects": pd.DataFrame({"y": Y.astype(object)}),
    }
    column = COLUMN[kind] if kind in COLUMN else made[kind]
    with pytest.warns(fastnet.LearningWarning, match="labels in a column"):
        net = fastnet.train_stream([(X, column)], **OPTIONS)
    with pytest.warns(fastnet.LearningWarning, match="labels in a column"):
        wanted = fastnet.train(X, column, epochs=0)
    assert net.classes.tolist() == wanted.classes.tolist()


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_label_that_a_column_lacks_is_named(missing):
    words, wide = NAMES[Y].astype(object), Y.astype(object)
    words[7] = wide[7] = missing
    for y in (words[:, None], wide[:, None], pd.DataFrame({"y": words}), pd.DataFrame({"y": wide}),
              pa.table({"y": pa.array(words, from_pandas=True)})):  # fmt: skip
        with pytest.raises(ValueError, match=r"^example 8: y: label \S+ is a missing value"):
            fastnet.train_stream([(X, y)], **OPTIONS)


def test_numbers_in_a_column_stay_numbers():
    numbers = fastnet.train(X[:9], X[:9, :1], epochs=0, hidden=(3,))
    net = fastnet.train_stream(zip(X, Y[:, None], strict=True), init=numbers)
    assert net.classes is None and net.history[-1]["accuracy"] is None
    net = fastnet.train_stream(zip(X, X[:, :1], strict=True), **OPTIONS)
    assert net.classes is None and net.predict(X).shape == (N, 1)


MASK = np.arange(N) == 7
MASKED = {
    "whole numbers": np.ma.array(Y, mask=MASK),
    "words": np.ma.array(NAMES[Y], mask=MASK),
    "numbers": np.ma.array(X[:, 0], mask=MASK),
    "rows of numbers": np.ma.array(X[:, :2], mask=np.outer(MASK, [True, False])),
}


@pytest.mark.parametrize("kind", MASKED)
def test_a_masked_answer_is_a_missing_one(kind):
    y = MASKED[kind]
    for stream in ([(X, y)], zip(X, y, strict=True), zip(X, [*y], strict=True)):
        with pytest.raises(ValueError, match=r"^example 8: y: ") as caught:
            fastnet.train_stream(stream, **OPTIONS)
        assert sum(record["samples"] for record in caught.value.network.history) == 7
    unmasked = np.ma.array(y.data)
    assert (fastnet.train_stream([(X, unmasked)], **OPTIONS).digest()
            == fastnet.train_stream([(X, y.data)], **OPTIONS).digest())  # fmt: skip


def test_a_word_that_numpy_has_made_of_nan_is_missing():
    y = np.array([np.nan if place == 7 else name for place, name in enumerate(NAMES[Y])])
    assert y[7] == "nan"
    with pytest.raises(ValueError, match=r"^example 8: y: label None is a missing value"):
        fastnet.train_stream([(X, y)], **OPTIONS)
    words = np.where(MASK, "nan", NAMES[Y])  # a word that somebody has written
    assert "nan" in fastnet.train_stream([(X, words)], **OPTIONS).classes


def test_what_does_not_belong_together_is_shown():
    row = csr_array(X[:1])
    for example, came in [
        ((X, Y[:-1]), rf"x: shape \({N}, 4\) and {N - 1} labels, wanted"),
        ((row, 1), r"x: shape \(1, 4\), wanted"),
        (({"a": 1.0}, 1), r"x: shape \(\), wanted .*; encode='table' takes words"),
    ]:
        with pytest.raises(ValueError, match=f"^example 1: {came}"):
            fastnet.train_stream([example], **RAW)
