"""Runs on deformed images: what is learned, by the bit and against the reference."""

import contextlib
import re
import threading
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Elastic, reference, train
from fastnet.data.samples import Samples
from fastnet.images import deformation
from fastnet.model import chunks
from fastnet.training import feed, teams
from fastnet.training.feed import Feed
from fastnet.training.order import held_out
from tests.helpers import COMPILED
from tests.training.checkpoints import Killed, after, outcome
from tests.training.helpers import judge_of, roundings, start_of

N = 160 if COMPILED else 32  # whole blocks of samples
SIDE = 8 if COMPILED else 4
ELASTIC = Elastic(alpha=4, sigma=1, shift=1)
STILL = Elastic(alpha=0, rotation=0, scaling=0, shear=0)
PIXELS = SIDE * SIDE


def images(n=N, seed=0):
    """Images (n, pixels) of uint8 with a ground of 0, and one of three labels for each."""
    rng = np.random.default_rng(seed)
    X = rng.integers(1, 256, (n, PIXELS), np.uint8)
    return np.where(rng.random(X.shape) < 0.4, X, 0).astype(np.uint8), np.arange(n) % 3


def learn(X=None, y=None, **options: Any) -> fastnet.Network:
    if X is None:
        X, y = images()
    usual = {"hidden": (12,), "epochs": 3, "learning_rate": 0.1, "verbose": False}
    return train(X, y, **{"augment": ELASTIC, **usual, **options})


# What is learned -------------------------------------------------------------------------------


def test_a_run_learns_what_deform_gives_epoch_by_epoch_as_the_reference():
    X, y = images()
    start = start_of((PIXELS, 5, 3), classes=range(3))
    rate, epochs = 1 / 16, 3
    net = train(
        X, y, init=start, augment=ELASTIC, shuffle=False, epochs=epochs, learning_rate=rate,
        schedule="constant", seed=7,
    )  # fmt: skip
    judge = judge_of(start)
    atol = roundings(net, epochs * N)
    for epoch, record in enumerate(net.history, 1):
        deformed = ELASTIC.deform(X, seed=7, epoch=epoch) / 255
        cost, hits = judge.backpropagate(deformed, y, np.full(N, rate))
        assert record["loss"] == pytest.approx(cost / N, abs=atol)
        assert record["accuracy"] == hits / N
    for kind in ("weights", "biases"):
        for own, wanted in zip(getattr(net, kind), getattr(judge, kind), strict=True):
            np.testing.assert_allclose(own, wanted, rtol=0, atol=atol)
    plain = reference.Net(start.weights, start.biases, start.activations, start.loss)
    for _ in range(epochs):
        plain.backpropagate(X / 255, y, np.full(N, rate))
    assert np.abs(plain.weights[0] - judge.weights[0]).max() > 20 * atol


@pytest.mark.parametrize("hidden", [(12,), (130,), (10, 9)], ids=str)
def test_a_run_is_one_epoch_of_all_its_deformed_images(hidden):
    X, y = images()
    options = {"hidden": hidden, "shuffle": False, "schedule": "linear"}
    net = learn(X, y, **options)
    deformed = np.concatenate([ELASTIC.deform(X, epoch=epoch) for epoch in (1, 2, 3)])
    whole = learn(deformed, np.tile(y, 3), augment=None, **options, epochs=1)
    assert net.digest() == whole.digest()


WAYS: dict[str, dict[str, Any]] = {
    "shuffled": {},
    "in blocks": {"hidden": (130,)},
    "in the order given": {"shuffle": False},
    "weights": {"sample_weight": np.linspace(0, 2.5, N)},
    "weights of classes": {"class_weight": {0: 2.5, 2: 0}},
    "held out": {"validation_fraction": 0.2},
    "l2, averaged, float64": {"l2": 0.5, "average": 0.7, "dtype": "float64"},
    "early stopping": {"validation_fraction": 0.2, "patience": 2, "epochs": 6},
    "labels and words": {"classes": [2, 1, 0]},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # patience
def test_images_that_stay_as_they_are_change_no_bit(way):
    still, plain = (learn(augment=each, **WAYS[way]) for each in (STILL, None))
    assert outcome(still) == outcome(plain)


def test_one_epoch_learns_the_deformed_array_also_if_shuffled():
    X, y = images()
    for options in ({}, {"seed": 5}, {"hidden": (130,)}):
        seed = options.get("seed", 0)
        deformed = ELASTIC.deform(X, seed=seed)
        net = learn(X, y, epochs=1, **options)
        assert net.digest() == learn(deformed, y, augment=None, epochs=1, **options).digest()


def test_a_weight_of_two_is_the_sample_twice_and_one_of_none_is_absence():
    X, y = images()
    weights = np.arange(N) // 3 % 3
    weighted = learn(X, y, sample_weight=weights)
    there = np.repeat(np.arange(N), weights)
    assert weighted.digest() == learn(X[there], y[there]).digest()
    deformed = ELASTIC.deform(X[there])  # as the notes of `deform` say
    once = learn(deformed, y[there], augment=None, epochs=1)
    assert learn(X, y, sample_weight=weights, epochs=1).digest() == once.digest()


def test_samples_held_out_are_as_if_they_were_not_there():
    X, y = images()
    net = learn(X, y, validation_fraction=0.25, seed=3)
    rest = np.setdiff1d(np.arange(N), held_out(y, 0.25, 3))
    assert net.digest() == learn(X[rest], y[rest], seed=3).digest()


def test_images_that_judge_are_not_deformed():
    X, y = images()
    net = learn(X, y, validation_data=(X, y))
    assert net.history[-1]["val_accuracy"] == net.score(X, y)
    start = learn(X, y, epochs=1)
    again = learn(X, y, init=start, hidden=None, learning_rate=0.0, validation_fraction=0.25)
    held = held_out(y, 0.25, 0)
    assert again.history[-1]["val_accuracy"] == start.score(X[held], y[held])


def test_a_net_that_continues_begins_with_the_first_epoch():
    X, y = images()
    start = learn(X, y, epochs=1, augment=None)
    more = {"init": start, "hidden": None, "epochs": 1}
    deformed = learn(ELASTIC.deform(X), y, augment=None, **more)
    assert learn(X, y, **more).digest() == deformed.digest()


# Whoever deforms, in whatever parts ------------------------------------------------------------


def small_blocks(monkeypatch: Any) -> None:
    """Let blocks be of 16, 32 and 48 images, made in pieces of 5."""
    monkeypatch.setattr(feed, "FIRST", 16)
    monkeypatch.setattr(feed, "LARGEST", 48 * PIXELS)
    monkeypatch.setattr(feed, "PIECE", 5 * PIXELS)


@pytest.mark.parametrize("hidden", [(12,), (130,), (100, 80)], ids=str)
def test_threads_cores_and_blocks_change_no_bit(hidden, monkeypatch):
    options = {"hidden": hidden, "validation_fraction": 0.2}
    wanted = outcome(learn(**options))
    small_blocks(monkeypatch)
    monkeypatch.setattr(chunks, "SEEN", 1e-9)
    monkeypatch.setattr(teams, "teams", lambda most, threads: [min(most, threads)])
    for cores in (1, 2, 5) if COMPILED else (2,):
        monkeypatch.setattr(feed, "cores", lambda cores=cores: cores)
        for threads in (1, 2, 3) if COMPILED else (2,):
            assert outcome(learn(**options, threads=threads)) == wanted, (cores, threads)
    assert not Feed.at_work


def test_a_run_that_chooses_its_threads_has_the_same_bits():
    wanted = outcome(learn(hidden=(130,)))
    assert outcome(learn(hidden=(130,), threads="auto")) == wanted


@pytest.mark.parametrize("n", [2, 15, 16, 17, 33])
def test_any_number_of_samples(n, monkeypatch):
    X, y = images(n)
    y = np.arange(n) % 2
    wanted = outcome(learn(X, y))
    small_blocks(monkeypatch)
    assert outcome(learn(X, y)) == wanted
    one = learn(X[:1], y[:1], classes=[0, 1])
    assert [record["samples"] for record in one.history] == [1, 1, 1]


def test_runs_side_by_side_have_the_bits_of_single_ones():
    X, y = images()
    options = {"hidden": (12,), "epochs": 3, "augment": ELASTIC}
    nets = fastnet.train_seeds(X, y, 5, threads=3, **options)
    assert [net.digest() for net in nets] == [
        train(X, y, seed=seed, **options).digest() for seed in range(5)
    ]


def test_rows_that_do_not_lie_side_by_side_are_not_copied_as_a_whole(monkeypatch, tmp_path):
    X, y = images()
    wanted = learn(X, y).digest()
    np.save(tmp_path / "X.npy", X)
    given, kernel = [], deformation.direct(deformation.deform, deformation.ARGUMENTS)

    def seen(images: Any, *args: Any) -> None:
        given.append(len(images) // PIXELS)
        kernel(images, *args)

    monkeypatch.setattr(deformation, "direct", lambda *args: seen)
    small_blocks(monkeypatch)
    for form in (np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2]):
        assert learn(form, y).digest() == wanted
    assert max(given) <= 5  # a piece
    given.clear()
    for form in (
        np.load(tmp_path / "X.npy", mmap_mode="r"),
        X.reshape(N, SIDE, SIDE),
        Samples(X.reshape(N, SIDE, SIDE), np.dtype("float32")),
    ):
        assert learn(form, y).digest() == wanted
    assert {*given} == {N}  # where they lie


def test_few_images_are_in_memory_however_large_they_are():
    X = np.zeros((2000, 300 * 200), np.uint8)
    elastic = Elastic(shape=(300, 200))
    feeding = Feed(elastic, Samples(X, np.dtype("float32")), 0)
    assert sum(memory.nbytes for memory in feeding.memory) <= 2 * feed.LARGEST
    larger = Samples(np.zeros((3, 3000 * 2000), np.uint8), np.dtype("float32"))
    feeding = Feed(Elastic(shape=(3000, 2000)), larger, 0)
    assert {len(memory) for memory in feeding.memory} == {16}  # a block of samples


# Runs that leave early -------------------------------------------------------------------------


@pytest.mark.parametrize("every", ["1 epoch", "16 samples", "70 samples", "0.000001 seconds"])
@pytest.mark.parametrize("way", ["shuffled", "in blocks", "weights", "held out"])
def test_a_resumed_run_comes_to_the_same_bits(way, every, tmp_path, monkeypatch):
    wanted = outcome(learn(**WAYS[way]))
    small_blocks(monkeypatch)
    monkeypatch.setattr(chunks, "SEEN", 1e-9)
    where = {"checkpoint": tmp_path / "run.npz", "every": every, **WAYS[way]}
    kills = 0
    for parts in (2, 0, 3, 1, 4, 1, 1000):
        with contextlib.suppress(Killed):
            net = learn(**where, resume=True, on_progress=after(parts))
            break
        kills += 1
        assert not Feed.at_work
    assert kills > 2 or not COMPILED
    assert outcome(net) == wanted


def test_a_run_of_other_deformations_is_not_resumed(tmp_path):
    where = {"checkpoint": tmp_path / "run.npz", "resume": True}
    net = learn(**where)
    others = {
        "{'alpha': 4.0} and is {'alpha': 6.0}": Elastic(alpha=6, sigma=1, shift=1),
        "{'alpha': 4.0, 'shift': 1.0} and is {'alpha': 0.0, 'shift': 0.0}": "affine,sigma=1",
        "{'alpha': 4.0,": None,
    }
    for said, other in others.items():
        message = f"run.npz holds another run: augment was {said}"
        with pytest.raises(ValueError, match=re.escape(message)):
            learn(**where, augment=other)
    same = learn(**where, augment={"alpha": 4, "sigma": 1, "shift": 1, "shape": (SIDE, SIDE)})
    assert same.digest() == net.digest()


def threads_of_feeds() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("fastnet-deform")]


def test_an_error_of_another_thread_ends_the_run(monkeypatch):
    small_blocks(monkeypatch)
    monkeypatch.setattr(feed, "cores", lambda: 2)
    into = deformation.Deformer.into

    def failing(self: Any, out: Any, *args: Any) -> None:
        if threading.current_thread().name.startswith("fastnet-deform"):
            raise MemoryError("no memory is left")
        into(self, out, *args)

    monkeypatch.setattr(deformation.Deformer, "into", failing)
    with pytest.raises(MemoryError, match="no memory is left") as caught:
        learn()
    assert caught.value.network.is_finite()  # type: ignore[attr-defined]
    assert not Feed.at_work
    assert not threads_of_feeds()


def test_without_more_threads_a_run_deforms_alone(monkeypatch):
    wanted = outcome(learn())
    monkeypatch.setattr(feed, "cores", lambda: 3)

    def refused(*args: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(feed.ThreadPoolExecutor, "submit", refused)
    assert outcome(learn()) == wanted


@pytest.mark.compiled
@pytest.mark.parametrize("threads", [1, 2])
def test_a_run_that_is_ended_leaves_no_thread(threads, monkeypatch):
    small_blocks(monkeypatch)
    monkeypatch.setattr(chunks, "SEEN", 1e-9)
    options: dict[str, Any] = {"hidden": (130,), "threads": threads}
    for ending in (after(1), lambda done, total: (_ for _ in ()).throw(KeyboardInterrupt)):
        with pytest.raises((Killed, KeyboardInterrupt)):
            learn(**options, on_progress=ending)
    assert learn(**options, on_epoch=lambda net, record: True).stopped == "on_epoch"
    with (
        pytest.raises(fastnet.Diverged) as caught,
        pytest.warns(fastnet.LearningWarning, match="is too large"),
    ):
        learn(**options, activation="relu", learning_rate=1e30)
    assert caught.value.network.is_finite()
    assert not threads_of_feeds()
    assert not Feed.at_work


def test_waiting_for_images_counts_as_learning(monkeypatch):
    monkeypatch.setattr(feed, "cores", lambda: 1)
    waits = []
    take = Feed.take_waited

    def slow(self: Feed) -> float:
        waits.append(take(self))
        return 1000.0

    monkeypatch.setattr(Feed, "take_waited", slow)
    net = learn(max_seconds=500)
    assert (net.stopped, len(net.history)) == ("max_seconds", 1)
    assert net.history[0]["seconds"] >= 1000
    assert min(waits) > 0


# Errors and the record -------------------------------------------------------------------------


def test_the_record_has_the_shape_and_plain_numbers():
    net = learn()
    assert net.run["options"]["augment"] == ELASTIC.to_dict() | {"shape": [SIDE, SIDE]}
    assert learn(augment=None).run["options"]["augment"] is None
    X, y = images()
    wide = learn(X.reshape(N, SIDE // 2, 2 * SIDE), y)
    assert wide.run["options"]["augment"]["shape"] == [SIDE // 2, 2 * SIDE]
    again = learn(X, y, augment=wide.run["options"]["augment"])
    assert again.digest() == wide.digest()


def test_what_stands_for_an_elastic_does_the_same():
    wanted = learn().digest()
    text = "alpha=4,sigma=1,shift=1"
    for form in (ELASTIC.to_dict(), text, {"alpha": 4, "sigma": 1, "shift": 1}):
        assert learn(augment=form).digest() == wanted


def refused(message: str, X: Any, **options: Any) -> None:
    """Both functions refuse X in one line, before anything is learned."""
    y = np.arange(8) % 2
    for function in (train, fastnet.train_seeds):
        with pytest.raises((TypeError, ValueError)) as caught:
            function(X, y, **{"augment": "elastic", "epochs": 1, **options})
        assert str(caught.value).startswith(message)
        assert "\n" not in str(caught.value)


def test_data_that_are_no_images_are_refused():
    wanted = "but augment wants images of uint8, 0 to 255"
    X = np.zeros((8, 64))
    refused(f"X: dtype float64, {wanted}: (X * 255)", X)
    refused(f"X: dtype int64, {wanted}: X.astype('uint8')", X.astype(int) + 9)
    refused(f"X: dtype bool, {wanted}: X.astype('uint8') * 255", X > 1)
    refused(f"X: columns of a table, {wanted}", {"a": range(8), "b": list("abcaabca")})
    refused(f"X: columns of a table, {wanted}", X.astype(np.uint8), encode="table")
    refused("augment: images of 60 pixels are no squares", np.zeros((8, 60), np.uint8))
    refused("X: shape (8, 8, 8, 3), but augment wants", np.zeros((8, 8, 8, 3), np.uint8))
    refused("augment: shape (3, 4) has 12 pixels, but", np.zeros((8, 64), np.uint8),
            augment={"shape": (3, 4)})  # fmt: skip
    refused("augment sigma: -1, wanted a number", X, augment={"sigma": -1})
    refused("augment: True, wanted an Elastic", X, augment=True)


def test_sparse_images_are_refused():
    sparse = pytest.importorskip("scipy.sparse")
    X = sparse.csr_array(images(8)[0])
    refused("X: sparse rows, but augment wants images of uint8, 0 to 255: X.toarray()", X)


def test_streams_have_no_epochs_to_deform():
    with pytest.raises(TypeError, match="augment"):
        fastnet.train_stream([], augment="elastic")


@pytest.mark.compiled
def test_images_of_dark_ink_on_a_light_ground_give_a_warning():
    X, y = images()
    with pytest.warns(fastnet.LearningWarning, match=r"^X: most corners .* give 255 - X, so that"):
        learn(255 - X, y, epochs=1)
    digits, labels = fastnet.datasets.load("digits")[0]
    options = {"epochs": 1, "hidden": (4,), "augment": "affine"}
    train(digits[:100], labels[:100], **options)  # without a warning
    train(np.maximum(digits[:100], 90), labels[:100], **options)  # nor is grey paper told surely
    warning = pytest.warns(fastnet.LearningWarning, match="most corners of the images are light")
    with warning as told:
        fastnet.train_seeds(255 - digits[:100], labels[:100], 2, learning_rate=0.01, **options)
    assert len([each for each in told if "corners" in str(each.message)]) <= 2
