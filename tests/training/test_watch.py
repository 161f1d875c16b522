"""Warnings of runs that come to nothing; those that go well have none."""

import warnings
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import fastnet
from fastnet import datasets
from tests.heard import (
    SUM,
    THREE,
    TWO,
    UNIT,
    heard,
    in_batches,
    one_by_one,
    seeds,
    train_impatiently,
)
from tests.helpers import COMPILED

# Runs -----------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize(
    "options", [{"activation": "relu"}, {"activation": "relu", "loss": "cross-entropy"}]
)
def test_dead_layers_are_seen_after_an_epoch(options):
    net = fastnet.train(UNIT, THREE, epochs=0, **options)
    net.biases[1][:] = -1e4
    seen: list[int] = []
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        fastnet.train(UNIT, THREE, init=net, epochs=9, on_epoch=lambda *_: seen.append(len(found)))
    assert [str(w.message) for w in found] == [
        "all 32 relu units of hidden layer 2 give 0 for all samples; scale X to about 1, or use a "
        "smaller learning_rate"
    ]
    assert 0 < sum(seen) < 9  # long before the end


@pytest.mark.compiled
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "scaled-tanh"])
@pytest.mark.parametrize("y", [THREE, SUM], ids=["labels", "numbers"])
def test_saturated_layers(activation, y):
    net = fastnet.train(UNIT, y, epochs=0, activation=activation)
    net.biases[0][:] = 50
    X, y = np.tile(UNIT, (3, 1)), np.tile(y, 3)
    for door in (fastnet.train, in_batches, one_by_one):
        (said,) = heard(door, X, y, init=net)
        assert said.startswith(f"the 64 {activation} units of hidden layer 1 are saturated; ")


@pytest.mark.compiled
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("loss", ["quadratic", "cross-entropy"])
def test_labels_by_chance(classes, loss):
    y = np.random.default_rng(3).integers(0, classes, 4000)
    X = np.random.default_rng(4).standard_normal((4000, 3))
    options = {"loss": loss, "epochs": 8, "hidden": (8,)}
    (said,) = heard(fastnet.train, X, y, **options)
    assert said.startswith("nothing was learned: accuracy ")
    assert "after 8 epochs, and " in said and said.endswith("or X does not tell y")
    (said,) = heard(seeds, X, y, **options)  # of several nets, the first that says so
    assert "nothing was learned: accuracy " in said and said.startswith("seed ")
    (said,) = heard(fastnet.train_stream, [(X, y)] * 3, loss=loss)
    assert "over the last " in said


@pytest.mark.compiled
def test_numbers_and_several_labels_by_chance():
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((4000, 3)), rng.standard_normal((4000, 2))
    (said,) = heard(fastnet.train, X, y, epochs=8, hidden=(4,))
    assert "for always answering the mean of y" in said and "scale y too" in said
    (said,) = heard(
        fastnet.train, X, (y > 1).astype(float), loss="cross-entropy", epochs=8, hidden=(4,)
    )
    assert "for always answering the same" in said


@pytest.mark.compiled
def test_an_l2_that_lets_nothing_be_learned():
    X = np.random.default_rng(6).standard_normal((500, 2))
    y = np.where((X[:, 0] > 0) ^ (X[:, 1] > 0), "yes", "no")
    (said,) = heard(fastnet.train, X, y, preset="table", activation="sigmoid", l2=0.02)
    assert "; try a smaller l2, another learning_rate, or more epochs; " in said


@pytest.mark.compiled
def test_a_rate_that_learns_nothing():
    (said,) = heard(fastnet.train, UNIT, THREE, learning_rate=100.0, epochs=5)
    assert said.startswith("nothing was learned: accuracy ") or "are saturated" in said


@pytest.mark.compiled
def test_targets_in_memory_that_is_written_over_are_counted_as_they_came():
    """Batches of two sorts in turns, in the same arrays: large numbers, and nearly nothing."""
    X, y = np.zeros((50, 2), "f4"), np.zeros(50, "f4")

    def examples():
        rng = np.random.default_rng(0)
        for k in range(400):
            X[:] = rng.standard_normal(X.shape)
            X[:, 1] = k % 2
            y[:] = 0.01 * X[:, 0] if k % 2 else np.sign(X[:, 0])
            yield X, y

    assert heard(fastnet.train_stream, examples(), activation="tanh", hidden=(16,)) == []


@pytest.mark.compiled
def test_a_weighted_run_is_judged_by_what_it_has_learned():
    """In a balanced run of two classes, half of the answers are right by chance."""
    y = (np.arange(4000) % 20 == 0).astype(int)
    X = np.random.default_rng(6).standard_normal((4000, 3))
    (said,) = heard(fastnet.train, X, y, class_weight="balanced", epochs=8, hidden=(4,))
    assert "for always answering" in said


def test_an_error_keeps_the_network():
    with warnings.catch_warnings():
        warnings.simplefilter("error", fastnet.LearningWarning)
        with pytest.raises(fastnet.LearningWarning) as raised:
            fastnet.train(UNIT, TWO, activation="relu", learning_rate=1e9)
        assert not hasattr(raised.value, "network")  # nothing had begun
        with pytest.raises(fastnet.LearningWarning, match="patience") as raised:
            train_impatiently("linear")
    assert raised.value.network.stopped == "patience"


@pytest.mark.parametrize("schedule", ["linear", "exponential"])
def test_patience_with_a_rate_that_has_hardly_fallen(schedule):
    said = heard(train_impatiently, schedule)
    assert said[0].startswith("patience: ended the run after ")
    assert len(said) == 1 and "use schedule='plateau'" in said[0]


@pytest.mark.parametrize(
    "schedule",
    [None, "plateau", "constant", "1/t", lambda p: 1 - p],
    ids=["none", "plateau", "constant", "1/t", "own"],
)
def test_patience_with_other_rates(schedule):
    assert heard(train_impatiently, schedule) == []


def test_seeds_say_once_that_patience_came_too_soon():
    options: dict[str, Any] = {"validation_data": (UNIT, 1 - TWO), "patience": 1, "epochs": 30}
    options |= {"learning_rate": 0.5, "schedule": "linear"}
    (said,) = heard(seeds, UNIT, TWO, **options)
    assert said.startswith("seed ") and "patience: ended the run" in said


# What learns well -----------------------------------------------------------------------------


def good() -> dict[str, tuple[Any, Any]]:
    """Data as they should be."""
    rng = np.random.default_rng(8)
    n = 600
    X = rng.standard_normal((n, 12))
    mixed = X @ rng.standard_normal((12, 12))
    mixed = (mixed - mixed.mean(0)) / mixed.std(0)
    outliers = X.copy()
    outliers[rng.integers(0, n, 9), rng.integers(0, 12, 9)] = 30
    latent = X[:, :3] @ rng.standard_normal((3, 3))
    three, rare = latent.argmax(1), (X[:, 0] > np.quantile(X[:, 0], 0.99)).astype(int)
    ranks = (X - X.min(0)) / (X.max(0) - X.min(0))
    topics = rng.dirichlet(np.full(2000, 0.02), 3)
    words = sparse.csr_array(
        [np.sqrt(rng.multinomial(rng.integers(40, 300), topics[k])) for k in three]
    )
    words = words.multiply(1 / np.sqrt(words.multiply(words).sum(axis=1))[:, None]).tocsr()
    one_hot = np.concatenate([np.eye(5)[rng.integers(0, 5, n)] for _ in range(4)], axis=1)
    waves = rng.uniform(-np.pi, np.pi, (n, 1))
    images = (rng.random((n, 100)) > 0.8).astype("f4")
    lit = images[:, :50].sum(1) > images[:, 50:].sum(1)
    padded = np.column_stack([X, np.ones(n), np.zeros((n, 5))])
    return {
        "standardised": (X, three),
        "correlated": (mixed, three),
        "float32": (X.astype("f4"), three),
        "words as labels": (X, np.array(["a", "b", "c"])[three]),
        "outliers": (outliers, three),
        "one of a hundred": (X, rare),
        "within 0 and 1": (ranks, three),
        "constant columns of 0 and 1": (padded, three),
        "tf-idf": (words, three),
        "one-hot": (one_hot, one_hot[:, :5].argmax(1)),
        "truth values": (images > 0, lit),
        "binarised": (images, lit.astype(int)),
        "bytes": ((images * 255).astype("u1"), lit.astype(int)),
        "small counts": (rng.poisson(1.5, (n, 30)), three),
        "sine": (waves, np.sin(waves[:, 0])),
        "regression": (X, latent[:, 0] / latent[:, 0].std()),
        "outputs": (X, latent / latent.std(axis=0)),
        "twenty degrees": (X, 20 + 5 * latent[:, 0] / latent[:, 0].std()),
        "a quarter of the scale": (X / 4, three),
        "three times the scale": (X * 3, three),
    }


GOOD = good() if COMPILED else {}


@pytest.mark.compiled
@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "scaled-tanh", "relu", "leaky-relu"])
@pytest.mark.parametrize("loss", ["quadratic", "cross-entropy"])
def test_nothing_is_said_of_data_as_they_should_be(name, activation, loss):
    X, y = GOOD[name]
    if np.asarray(y).dtype.kind == "f" and loss == "cross-entropy":
        return
    options = {"activation": activation, "loss": loss}
    for epochs in (20, 1):
        assert heard(fastnet.train, X, y, epochs=epochs, **options) == []
    if not sparse.issparse(X):
        assert heard(fastnet.train_stream, [(X, y)], **options) == []
        assert heard(fastnet.train_stream, [(X, y)] * 20, **options) == []
        net = fastnet.train(np.zeros((600, X.shape[1])), y, epochs=0, **options)
        assert heard(net.partial_fit, X, y) == []


README = [
    {},
    {"loss": "cross-entropy"},
    {"hidden": (128,), "activation": "relu", "start": "he", "loss": "cross-entropy",
     "learning_rate": 0.03, "epochs": 5},
    {"schedule": "exponential", "warm_up": 0.02, "class_weight": "balanced",
     "validation_fraction": 0.1, "patience": 3, "max_seconds": 60},
    {"l2": 1e-5, "average": 0.25},
    {"hidden": (100,), "learning_rate": 0.1, "epochs": 3},
    {"epochs": 1, "hidden": (16, 16)},
]  # fmt: skip


@pytest.mark.compiled
@pytest.mark.parametrize("options", README)
def test_nothing_is_said_of_the_digits(options):
    (X, y), _ = datasets.load("digits")
    assert heard(fastnet.train, X, y, **options) == []


@pytest.mark.heavy
@pytest.mark.compiled
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_nothing_is_said_of_the_whole_of_mnist(mnist_folder, activation):
    (X, y), _ = datasets.read(mnist_folder)
    options = {"activation": activation, "loss": "cross-entropy"}
    for given in (X, (X / 255).astype("f4"), (X > 127).astype("f4"), (X > 127).astype("u1") * 255):
        assert heard(fastnet.train, given, y, epochs=1, **options) == []
    assert heard(fastnet.train_stream, [(X, y)], **options) == []
