"""Streams: the bits of learn_one, new labels, records, memory."""

import tracemalloc

import numpy as np
import pytest

import fastnet
from fastnet.model.history import following
from fastnet.model.widen import with_class
from fastnet.training import learner
from tests.training.streams import NAMES, OPTIONS, N, X, Y, cut, one_by_one

# Some hundred thousand examples in all: as plain Python, the kernels would take half an hour.
pytestmark = pytest.mark.compiled

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
    one = with_class(one, 2, OPTIONS["seed"])
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
        n = following(n)
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
    monkeypatch.setattr(learner, "SEEN", 0.0)
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
