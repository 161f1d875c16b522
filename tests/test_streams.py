"""Streams: the bits of learn_one, errors that name the example, new labels, records, memory."""

import io
import itertools
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

import fastnet
from fastnet import streams
from tests.helpers import samples

# Some hundred thousand examples in all: as plain Python, the kernels would take half an hour.
pytestmark = pytest.mark.compiled

N = 1150  # more than those whose labels are the classes
X = samples(N, 4)
Y = np.random.default_rng(1).integers(0, 3, N)
NAMES = np.array(["iris", "rose", "tulip"])
OPTIONS = {"hidden": (3,), "seed": 5}


def one_by_one(X, y, *, learning_rate=None, **options):
    """The judge: a network that learned each sample by a call of learn_one; and its right answers.

    It begins with the classes 0, 1 and 2, or with numbers.
    """
    classes = [0, 1, 2] if np.asarray(y).dtype.kind == "i" else np.zeros((3, *np.shape(y)[1:]))
    net = fastnet.train(np.zeros((3, 4)), classes, epochs=0, **(OPTIONS | options))
    right = 0
    for x, answer in zip(X, y, strict=True):
        right += net.classes is not None and net.predict_one(x) == answer
        net.learn_one(x, answer, learning_rate)
    return net, right


@pytest.fixture(scope="module")
def learned():
    return one_by_one(X, Y)


def cut(X, y, *lengths):
    """The samples in batches of these lengths, and the rest."""
    edges = [0, *itertools.accumulate(lengths), len(X)]
    return [(X[a:b], y[a:b]) for a, b in itertools.pairwise(edges)]


WAYS = {
    "one by one": zip(X, Y, strict=True),
    "lists": zip(X.tolist(), Y.tolist(), strict=True),
    "a row that is used again": (
        (row, y) for row in [np.empty(4)] for row[:], y in zip(X, Y, strict=True)
    ),
    "batches": cut(X, Y, 1, 99, 1, 500, 0),
    "one batch": [(X, Y)],
    "batches of lists": [(X[:700].tolist(), Y[:700].tolist()), (X[700:].tolist(), Y[700:])],
    "both": [*zip(X[:10], Y, strict=False), (X[10:], Y[10:])],
}


@pytest.mark.parametrize("way", WAYS)
def test_the_bits_and_the_answers_of_learn_one(way, learned):
    net = fastnet.train_stream(WAYS[way], **OPTIONS)
    assert net.digest() == learned[0].digest()
    right = sum(record["accuracy"] * record["samples"] for record in net.history)
    assert round(right) == learned[1]
    assert net.classes.tolist() == [0, 1, 2]
    assert net.stopped == "end"


@pytest.mark.parametrize(
    "options",
    [
        {"activation": "relu", "loss": "cross-entropy", "learning_rate": 0.02},
        {"dtype": "float64", "hidden": (), "start": "he"},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["uint8", "int64", "float32", "bool"])
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # up to 255
def test_every_kind_of_numbers_and_net(kind, options):
    rows = (40 * X[:300]).astype(kind)
    wanted, _ = one_by_one(rows, Y[:300], **options)
    stream = zip(rows, Y, strict=False)
    assert fastnet.train_stream(stream, **(OPTIONS | options)).digest() == wanted.digest()


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # up to 255
def test_rows_of_different_kinds_keep_their_own():
    """A row of bytes stands for v / 255, the same numbers as floats for themselves."""
    rows = [row.astype(kind) for row in 50 * abs(X[:100]) for kind in ("uint8", "float32")]
    wanted, _ = one_by_one(rows, Y[:200])
    net = fastnet.train_stream(zip(rows, Y, strict=False), **OPTIONS)
    assert net.digest() == wanted.digest()


@pytest.mark.parametrize("y", [X[:200, 0], X[:200, :2], X[:200, 1:] > 0], ids=["1", "2", "several"])
def test_numbers(y):
    y, loss = y * 1.0, "cross-entropy" if y.dtype == bool else "quadratic"
    wanted, _ = one_by_one(X[:200], y, loss=loss)
    for stream in (zip(X, y, strict=False), [(X[:200], y)]):
        net = fastnet.train_stream(stream, loss=loss, **OPTIONS)
        assert net.digest() == wanted.digest()
        assert net.classes is None
        assert (net.history[0]["accuracy"] is None) == (loss == "quadratic")


# What says the classes ----------------------------------------------------------------------


def test_classes_are_the_labels_among_the_first_thousand():
    names = NAMES[Y].tolist()
    names[:400] = ["rose"] * 400
    net = fastnet.train_stream(zip(X, names, strict=True), **OPTIONS)
    assert net.classes.tolist() == ["iris", "rose", "tulip"]
    names[1000] = "lotus"
    for stream in (zip(X, names, strict=True), [(X, names)]):
        with pytest.raises(ValueError, match=r"example 1001: y: label 'lotus' is none of .*iris"):
            fastnet.train_stream(stream, **OPTIONS)


def test_nothing_waits_where_the_classes_are_known():
    seen = []

    def stream():
        for pair in zip(X[:300], Y[:300], strict=True):
            yield pair
            seen.append(len(told))

    told = []
    fastnet.train_stream(
        ((x[None], [y]) for x, y in stream()),
        classes=[0, 1, 2],
        on_record=lambda *record: told.append(record),
        **OPTIONS,
    )
    assert seen == [0] * 99 + [1] * 100 + [2] * 100 + [3]


def test_a_stream_goes_on_from_a_network(learned):
    first = fastnet.train_stream(zip(X[:500], Y[:500], strict=True), **OPTIONS)
    digest = first.digest()
    net = fastnet.train_stream(zip(X[500:], Y[500:], strict=True), init=first)
    assert net.digest() == learned[0].digest()
    assert first.digest() == digest, "a copy goes on"
    assert [record["epoch"] for record in net.history] == list(range(5 + 7))
    nothing = fastnet.train_stream([], init=first)
    assert nothing.digest() == digest and nothing.history == first.history


# What does not fit --------------------------------------------------------------------------

BAD = {
    "features": ((np.zeros(3), 1), r"x: shape \(3,\), wanted \(4,\)"),
    "NaN": ((np.array([0, 1, np.nan, 0]), 1), "x: nan in column 2, wanted finite"),
    "words": ((["a", "b", "c", "d"], 1), "x: dtype <U1"),
    "a ragged row": (([[1, 2], [3]], 1), "tuple, wanted"),
    "an image": ((np.zeros((2, 2)), 1), r"x: .*wanted \(x, y\)"),
    "a label of another kind": ((np.zeros(4), "rose"), "y: label 'rose'"),
    "a number": ((np.zeros(4), 0.5), "y: label 0.5"),
    "labels": ((np.zeros(4), [1, 2]), "y: label array"),
    "no label": ((np.zeros(4), None), "y: label None"),
    "no pair": ((np.zeros(4),), "tuple, wanted"),
    "no example": (7, "int, wanted"),
    "nothing": (([], 1), r"x: shape \(0,\), wanted"),
}


@pytest.mark.parametrize("new_labels", [False, True])
@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_named_and_changes_nothing(name, new_labels):
    example, said = BAD[name]
    wanted, _ = one_by_one(X[:130], Y[:130])
    stream = [*zip(X[:130], Y[:130], strict=True), example, *zip(X[130:], Y[130:], strict=True)]
    with pytest.raises((ValueError, TypeError), match=rf"^example 131: {said}") as caught:
        fastnet.train_stream(stream, new_labels=new_labels, **OPTIONS)
    assert caught.value.example == 131
    net = caught.value.network
    assert net.digest() == wanted.digest() and net.classes.tolist() == [0, 1, 2]
    assert [record["samples"] for record in net.history] == [100, 30]
    assert net.stopped is None


@pytest.mark.parametrize("label", [2**63, 2**64, 99999999999999999999, -(10**400)])
def test_a_label_of_more_than_64_bits(label):
    net = fastnet.train_stream([(X[0], label), (X[1], 3), (X[2], label)], hidden=(2,))
    assert net.classes.tolist() == sorted([3, label]) and net.predict_one(X[0]) in (3, label)


@pytest.mark.parametrize("cuts", [(), (1000, 100)])
def test_a_row_that_does_not_fit_in_a_batch(cuts):
    bad = X.copy()
    bad[1120, 2] = np.inf
    wanted, _ = one_by_one(X[:1120], Y[:1120])
    with pytest.raises(ValueError, match=r"^example 1121: x: inf in column 2") as caught:
        fastnet.train_stream(cut(bad, Y, *cuts), **OPTIONS)
    assert caught.value.network.digest() == wanted.digest()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("the line is cut")])
@pytest.mark.parametrize("n", [40, 1130])
def test_what_came_before_an_error_of_the_iterator_is_learned(n, error):
    def stream():
        yield from zip(X[:n], Y, strict=False)
        raise error

    wanted, _ = one_by_one(X[:n], Y[:n])
    with pytest.raises((KeyboardInterrupt, OSError)) as caught:
        fastnet.train_stream(stream(), **OPTIONS)
    assert caught.value.network.digest() == wanted.digest()
    assert sum(record["samples"] for record in caught.value.network.history) == n


def test_an_error_of_a_callback_loses_nothing():
    def stop(net, record):
        raise RuntimeError("enough")

    wanted, _ = one_by_one(X[:100], Y[:100])
    with pytest.raises(RuntimeError, match="enough") as caught:
        fastnet.train_stream(zip(X, Y, strict=True), on_record=stop, **OPTIONS)
    assert caught.value.network.digest() == wanted.digest()
    assert len(caught.value.network.history) == 1


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
@pytest.mark.parametrize("cuts", [(), (1,) * 20])
def test_diverged(cuts):
    far = X[:30, :1] * 10.0 ** np.arange(30)[:, None]
    stream = cut(far, far[:, 0], *cuts)
    with pytest.raises(fastnet.Diverged, match=r"example (\d+): diverged at .* rate 1e\+15") as one:
        fastnet.train_stream(stream, activation="relu", learning_rate=1e15, hidden=())
    net = one.value.network
    assert net.is_finite()
    learned = fastnet.train(far, far[:, 0], hidden=(), activation="relu", epochs=0)
    for x in far[: one.value.example - 1]:
        learned.learn_one(x, x[0], 1e15)
    assert net.digest() == learned.digest()


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
def test_weights_that_are_no_longer_finite_are_not_given_back():
    """The last example makes them so: its own cost was finite."""
    rows = [[1.0], [3e38]]
    with pytest.raises(fastnet.Diverged) as caught:
        fastnet.train_stream(zip(rows, [1.0, 0.0], strict=True), hidden=(), learning_rate=1e4)
    assert caught.value.network.is_finite()


ARGUMENTS = {
    "no iterable": ({"examples": 3}, "^examples: int"),
    "nothing": ({"examples": []}, "^examples: none came"),
    "one class": ({"examples": [(X[:5], [1] * 5)]}, "^examples: only one class, 1, .* first 5"),
    "one class given": ({"classes": ["a"]}, r"^classes: \['a'\]"),
    "numbers as classes": ({"classes": [0.5, 1]}, "^classes: dtype float64"),
    "classes twice": ({"classes": [1, 1]}, "^classes: one of them comes twice"),
    "classes and init": ({"classes": [0, 1], "init": fastnet.train}, "^init: function"),
    "activation": ({"activation": "rleu"}, "^activation: 'rleu'"),
    "hidden": ({"hidden": (0,)}, "^hidden: 0"),
    "loss": ({"loss": "log"}, "^loss: 'log'"),
    "start": ({"start": "best"}, "^start: 'best'"),
    "rate": ({"learning_rate": -1}, "^learning_rate: -1"),
    "dtype": ({"dtype": "float16"}, "^dtype: 'float16'"),
    "seed": ({"seed": -1}, "^seed: -1"),
    "a large seed": ({"seed": 2**128}, "^seed: .*, wanted a whole number from 0 to"),
    "truth": ({"new_labels": "no"}, "^new_labels: 'no', wanted True or False"),
    "a count": ({"new_labels": 1}, "^new_labels: 1, wanted True or False"),
    "on_record": ({"on_record": "x"}, "^on_record: 'x', wanted a function"),
    "on_progress": ({"on_progress": 3}, "^on_progress: 3, wanted a function"),
    "one layer": ({"hidden": 30}, r"^hidden: 30, wanted a sequence of sizes such as \(30,\)"),
    "sizes in words": ({"hidden": "64,32"}, r"^hidden: '64,32', wanted .* such as \(64, 32\)"),
    "a rate": ({"learning_rate": True}, "^learning_rate: True"),
    "arrays": ({"loss": np.zeros(2)}, r"^loss: an array of shape \(2,\)"),
    "array of types": ({"dtype": np.zeros(2)}, r"^dtype: an array of shape \(2,\)"),
    "new labels of numbers": ({"new_labels": True, "examples": [(X[0], 0.5)]}, "^new_labels: True"),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments(name):
    options, said = ARGUMENTS[name]
    options = {"examples": zip(X[:5], Y, strict=False)} | options
    with pytest.raises((ValueError, TypeError), match=said):
        fastnet.train_stream(**options)


def test_init_has_what_it_has(learned):
    for options, said in [
        ({"classes": [0, 1]}, "classes: given, but init has its own"),
        ({"hidden": (7,)}, r"hidden: \(7,\), but init has \(3,\)"),
        ({"dtype": "float64"}, "dtype: .*float64.*, but init has"),
        ({"hidden": (64, 32)}, r"hidden: \(64, 32\), but init has \(3,\)"),
        ({"activation": "relu"}, "activation: relu, sigmoid, but init has"),
        ({"activation": "nonsense"}, "activation: 'nonsense', wanted one of"),
        ({"start": "he"}, "start: given, but init has weights"),
    ]:
        with pytest.raises(ValueError, match=said):
            fastnet.train_stream(zip(X, Y, strict=True), init=learned[0], **options)


def test_what_can_be_read_once_is_enough(learned):
    wanted = fastnet.train_stream(zip(X, Y, strict=True), hidden=(5,), activation="tanh")
    layers = iter([*wanted.activations])
    net = fastnet.train_stream(zip(X, Y, strict=True), hidden=(n for n in [5]), activation=layers)
    assert net.digest() == wanted.digest()
    own = learned[0]
    wanted = fastnet.train_stream(zip(X, Y, strict=True), init=own)
    for name, value in (("hidden", own.sizes[1:-1]), ("activation", "sigmoid"), ("loss", own.loss)):
        options = {name: value}
        again = fastnet.train_stream(zip(X, Y, strict=True), init=own, **options)
        assert again.digest() == wanted.digest()


# New labels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["quadratic", "cross-entropy"])
@pytest.mark.parametrize("hidden", [(), (3,), (20, 30)])
def test_a_new_label_adds_an_output_and_changes_no_other(hidden, loss):
    options = {"hidden": hidden, "loss": loss, "classes": ["rose", "iris"], "new_labels": True}
    stream = [*zip(X[:50], NAMES[Y[:50]], strict=True)]
    before = fastnet.train_stream(stream, **options)
    assert before.classes.tolist() == ["rose", "iris", "tulip"] and before.sizes[-1] == 3
    # At a rate of 0 the labels come and nothing else changes.
    after = fastnet.train_stream(
        [(X[0], "lotus"), (X[1], "lily of the valley"), (X[2], "lotus")],
        init=before, new_labels=True, learning_rate=0.0,
    )  # fmt: skip
    assert after.classes.tolist() == ["rose", "iris", "tulip", "lotus", "lily of the valley"]
    assert after.sizes[-1] == 5 and after.predict_proba(X).shape == (N, 5)
    for old, new in zip(before.weights, after.weights, strict=True):
        assert np.array_equal(old, new[:, : old.shape[1]])
    for old, new in zip(before.biases, after.biases, strict=True):
        assert np.array_equal(old, new[: len(old)])
    added = after.weights[-1][:, 3:]
    limit = np.sqrt(6 / (after.weights[-1].shape[0] + 4))
    assert (added != 0).all() and (abs(added) <= limit).all()
    assert not np.array_equal(added[:, 0], added[:, 1])
    assert (after.biases[-1][3:] == 0).all()


def test_new_labels_are_learned_whatever_the_cuts():
    y = np.where(np.arange(N) < 1000, Y % 2, Y)  # 2 comes after the head
    wanted = fastnet.train_stream(zip(X, y, strict=True), new_labels=True, **OPTIONS)
    assert wanted.classes.tolist() == [0, 1, 2]
    one = fastnet.train(X[:1000], y[:1000], epochs=0, **OPTIONS)
    first = 1000 + int(np.argmax(y[1000:] == 2))
    for x, label in zip(X[:first], y[:first], strict=True):
        one.learn_one(x, label)
    one = one._with_class(2, OPTIONS["seed"])
    for x, label in zip(X[first:], y[first:], strict=True):
        one.learn_one(x, label)
    assert wanted.digest() == one.digest()
    again = fastnet.train_stream(cut(X, y, 3, 1100), new_labels=True, **OPTIONS)
    assert again.digest() == wanted.digest()
    assert sum(record["samples"] for record in again.history) == N


def test_a_stream_may_begin_with_one_class():
    y = np.sort(Y)
    net = fastnet.train_stream([(X, ["abc"[k] for k in y])], new_labels=True, classes=["a"])
    assert net.classes.tolist() == ["a", "b", "c"]
    right = sum(record["accuracy"] * record["samples"] for record in net.history)
    assert right > N / 2  # each label follows itself


def test_a_network_with_a_new_class_is_saved_and_loaded(tmp_path):
    stream = zip(X[:60], NAMES[Y[:60]], strict=True)
    net = fastnet.train_stream(stream, classes=["iris"], new_labels=True, **OPTIONS)
    net.save(tmp_path / "net.npz")
    loaded = fastnet.load(tmp_path / "net.npz")
    assert loaded.digest() == net.digest() and loaded.classes.tolist() == net.classes.tolist()
    assert loaded.stopped == "end" and loaded.seed == 5


# What is told -------------------------------------------------------------------------------


def test_records_come_nine_times_a_decade():
    ends, n = [], 0
    while n < 10**9:
        n = streams._following(n)
        ends.append(n)
    hundreds = [k * 10**e for e in range(2, 9) for k in range(1, 10)]
    assert ends == [*hundreds, 10**9]


def test_records_say_what_was_judged_since_the_last(learned):
    told = []
    net = fastnet.train_stream(
        cut(X, Y, 950), on_record=lambda net, record: told.append((net.digest(), record)), **OPTIONS
    )
    assert [record for _, record in told] == net.history
    assert [record["samples"] for record in net.history] == [100] * 10 + [150]
    assert [record["epoch"] for record in net.history] == list(range(11))
    start = 0
    for digest, record in told:
        before, _ = one_by_one(X[:start], Y[:start])
        stop = start + record["samples"]
        after, right = one_by_one(X[:stop], Y[:stop])
        assert digest == after.digest()
        assert record["accuracy"] == (right - one_by_one(X[:start], Y[:start])[1]) / (stop - start)
        assert record["learning_rate"] == np.float32(0.1)
        assert record["samples_per_second"] == record["samples"] / record["seconds"]
        if stop >= 300:
            break
        costs = []
        for x, y in zip(X[start:stop], Y[start:stop], strict=True):
            costs.append(((before.predict_proba(x[None])[0] - np.eye(3)[y]) ** 2).sum())
            before.learn_one(x, y)
        assert record["loss"] == pytest.approx(np.mean(costs), rel=1e-5)  # float32 against float64
        start = stop


def test_progress_says_how_far_it_is(monkeypatch):
    monkeypatch.setattr(streams, "SEEN", 0.0)
    seen = []
    fastnet.train_stream(
        cut(X, Y, *[50] * 23),
        on_progress=lambda net, record: seen.append((len(net.history), record["samples"])),
        classes=[0, 1, 2],
        **OPTIONS,
    )
    assert seen[:4] == [(0, 50), (1, 50), (2, 50), (3, 50)]  # where a record ends none is begun
    assert seen[-1] == (10, 150)


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # labels by chance
def test_memory_does_not_grow_with_the_stream():
    def peak(n):
        rows, labels = X[:1000], Y[:1000].tolist()
        stream = ((rows[i % 1000], labels[i % 1000]) for i in range(n))
        tracemalloc.start()
        net = fastnet.train_stream(stream, **OPTIONS)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(record["samples"] for record in net.history) == n
        return most

    peak(2_000)
    # 18 records more are some KB; one number for each example would be a MB.
    assert peak(200_000) < peak(2_000) + 100_000


# Frames and what else holds rows and labels ---------------------------------------------------

INDICES = {
    "from 50 on": lambda n: np.arange(50, n + 50),
    "words": lambda n: [f"row {k}" for k in range(n)],
    "one label for all": np.zeros,
    "the other way round": lambda n: np.arange(n)[::-1],
    "shuffled": np.random.default_rng(2).permutation,
}


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
        net = fastnet.train_stream(stream, **OPTIONS)
        assert net.digest() == learned[0].digest() and net.classes.tolist() == [0, 1, 2]


@pytest.mark.parametrize("chunksize", [1, 7, 50, 5000])
def test_read_csv_in_chunks(chunksize):
    text = pd.DataFrame(X, columns=list("abcd")).assign(kind=NAMES[Y]).to_csv(index=False)
    chunks = pd.read_csv(io.StringIO(text), chunksize=chunksize)
    stream = ((chunk[list("abcd")], chunk.kind) for chunk in chunks)
    net = fastnet.train_stream(stream, **OPTIONS)
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
        assert fastnet.train_stream(stream, **OPTIONS).digest() == learned[0].digest()
    kinds = {"a": "bool", "b": "Int8", "c": "uint8", "d": "Float32"}
    frame = pd.DataFrame((3 * abs(X)).round(), columns=list("abcd")).astype(kinds)
    wanted, _ = one_by_one(frame.to_numpy(np.float64), Y)
    assert fastnet.train_stream([(frame, Y)], **OPTIONS).digest() == wanted.digest()
    chunks[8][0].iloc[60, 1] = None
    said = r"^example 1101: x: (nan|<NA>|None) in column 1, wanted "
    rows = pd.concat(frame for frame, _ in chunks).itertuples(index=False)
    for stream in (chunks, zip(rows, Y, strict=True)):
        with pytest.raises((TypeError, ValueError), match=said) as caught:
            fastnet.train_stream(stream, **OPTIONS)
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
    "odd", ["a", True, [10**400], {"a": 1}, b"1", 1j, np.datetime64(0, "s")],
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


def test_whole_numbers_are_labels_with_a_point_too(learned):
    y = [float(k) if place % 9 == 4 else k for place, k in enumerate(Y.tolist())]
    net = fastnet.train_stream(zip(X, y, strict=True), **OPTIONS)
    assert net.digest() == learned[0].digest() and net.classes.tolist() == [0, 1, 2]


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
        (({"a": 1.0}, 1), r"x: shape \(\), wanted"),
    ]:
        with pytest.raises(ValueError, match=f"^example 1: {came}"):
            fastnet.train_stream([example], **OPTIONS)
