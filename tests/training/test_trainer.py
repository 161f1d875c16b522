"""train(): what it begins with, what it reports, and what its options stand for."""

import json
from typing import Any

import numpy as np
import pytest

from fastnet import Network, train
from fastnet.data.samples import Samples
from fastnet.kernels.codes import BLOCKS, SINGLY
from fastnet.model import chunks
from tests.functions import SWISH
from tests.helpers import samples
from tests.training.helpers import N

# Wide first layers ----------------------------------------------------------------------------


@pytest.mark.parametrize("density", [1, 0.5, 0.2])
@pytest.mark.parametrize(("features", "units"), [(100, 16), (40, 300), (300, 300)])
def test_wide_first_layers_learn_in_blocks(features: int, units: int, density: float):
    """What decides is the sizes and the data; neither where they lie nor what the machine is."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, features)) * (rng.random((N, features)) < density)
    y = np.arange(N) % 3
    start = train(X, y, hidden=(units,), epochs=0)
    rates = np.full(N, 0.1, start.dtype)

    def learned(method: int) -> str:
        net = start.copy()
        samples = Samples(X, net.dtype)
        work, targets = net.passes.workspace(1, method), net.outputs.targets(y, N)
        net.passes.over(work, samples, np.arange(N), targets, rates)
        return net.digest()

    by_method = {learned(method): method for method in (SINGLY, BLOCKS)}
    options: dict[str, Any] = {"learning_rate": 0.1, "schedule": "constant", "shuffle": False}
    net = train(X, y, init=start, epochs=1, **options)
    wanted = {
        (100, 16): [SINGLY, SINGLY, SINGLY],
        (40, 300): [BLOCKS, SINGLY, SINGLY],
        (300, 300): [BLOCKS, BLOCKS, BLOCKS],
    }[features, units]
    assert by_method[net.digest()] == wanted[[1, 0.5, 0.2].index(density)]
    assert len(by_method) == 2


def test_huge_inputs_are_learned_singly():
    """Their products overflow: times a step of 0 that would be NaN."""
    X, y = np.full((N, 300), 3e18, np.float32), np.arange(N) % 3
    net = train(X, y, hidden=(300,), epochs=1, learning_rate=0.0)
    assert net.history[0]["loss"] < np.inf


# Going on, and what is reported ---------------------------------------------------------------


def test_init_goes_on_from_a_copy():
    X, y = samples(30, 6), np.arange(30) % 3
    first = train(X, y, hidden=(5,), activation="relu", loss="cross-entropy", epochs=1, seed=3)
    digest, history = first.digest(), [dict(record) for record in first.history]
    second = train(X, y, init=first, epochs=2)
    assert (first.digest(), first.history) == (digest, history)
    assert second.history[0] == first.history[0]
    assert [record["epoch"] for record in second.history] == [0, 1, 2]
    assert second.activations == first.activations and second.loss == "cross-entropy"
    assert second.seed == 3
    # all classes need not be there again, nor more than one
    assert train(X[:2], y[:1].repeat(2), init=first, epochs=1).classes.tolist() == [0, 1, 2]


def test_no_epochs_change_nothing():
    X, y = samples(30, 6), np.arange(30) % 3
    net = train(X, y, epochs=0, seed=4)
    same = Network.initialise((6, 64, 32, 3), ["sigmoid"] * 3, seed=4)
    assert net.digest() == same.digest()
    assert net.history == []


def test_defaults_are_as_documented():
    X = samples(4, 3)
    net = train(X, [0, 1, 2, 1])
    assert net.sizes == (3, 64, 32, 3)
    assert net.activations == ("sigmoid", "sigmoid", "sigmoid")
    assert (net.loss, net.dtype, net.seed) == ("quadratic", np.float32, 0)
    assert len(net.history) == 20
    assert train(X, [0, 1, 2, 1], loss="cross-entropy", epochs=0).activations[-1] == "softmax"
    assert train(X, X, loss="quadratic", epochs=0).activations[-1] == "identity"
    named = train(X, [0, 1, 2, 1], hidden=(4,), activation=["relu", "tanh"], epochs=0)
    assert named.activations == ("relu", "tanh")


@pytest.mark.parametrize("validation", [None, ([[1, 0], [0, 1]], [1, 1])])
def test_records_hold_plain_numbers(validation):
    net = train(np.eye(2), [0, 1], epochs=3, validation_data=validation)
    keys = ["epoch", "learning_rate", "samples", "seconds", "samples_per_second"]
    keys += ["loss", "accuracy"]
    for record in net.history:
        assert list(record) == keys + (["val_loss", "val_accuracy"] if validation else [])
        assert all(isinstance(value, int | float) for value in record.values())
    assert json.loads(json.dumps(net.history)) == net.history


def test_callbacks_hear_of_every_epoch_and_chunk(monkeypatch):
    monkeypatch.setattr(chunks, "SEEN", 1e-9)
    X, y = samples(70, 6), np.arange(70) % 3
    told: list[tuple[Any, ...]] = []
    net = train(
        X,
        y,
        hidden=(5,),
        epochs=3,
        validation_data=(X, y),
        on_epoch=lambda net, record: told.append((net, dict(record), len(net.history))),
        on_progress=lambda done, total: told.append((done, total)),
    )
    epochs = [event for event in told if len(event) == 3]
    progress = [event for event in told if len(event) == 2]
    assert [told.index(event) for event in epochs][-1] == len(told) - 1
    assert all(event[0] is net for event in epochs)
    assert [event[1] for event in epochs] == net.history
    assert [event[2] for event in epochs] == [1, 2, 3]
    done = [event[0] for event in progress]
    assert {event[1] for event in progress} == {210} and done[-1] == 210
    assert done == sorted(set(done)) and {70, 140} <= set(done) and len(done) > 6


# What options stand for -----------------------------------------------------------------------


def test_arrays_without_dimensions_are_what_they_hold():
    options: dict[str, Any] = {
        "learning_rate": 0.1, "epochs": 2, "seed": 3, "l2": 1e-3, "warm_up": 0.5, "average": 0.0,
        "loss": "quadratic", "activation": "tanh", "dtype": "float64", "shuffle": True,
        "schedule": "constant", "start": "normal/n", "validation_fraction": 0.25, "patience": 1,
        "target_accuracy": 1.0, "max_seconds": 60.0, "threads": 1, "class_weight": "balanced",
    }  # fmt: skip
    X, y = samples(40, 3), np.arange(40) % 3
    wanted = train(X, y, **options)
    net = train(X, y, **{name: np.array(value) for name, value in options.items()})
    assert net.digest() == wanted.digest() and net.run == wanted.run
    json.dumps(net.run)
    weights = {0: np.array(2.0), 1: 1}
    assert train(X, y, class_weight=weights).run["options"]["class_weight"] == {"0": 2.0, "1": 1}


def test_what_is_equal_may_be_given_with_init():
    X, y = samples(30, 3), np.arange(30) % 3
    own = Network.initialise((3, 5, 4, 3), ["tanh", "tanh", "sigmoid"], classes=range(3))
    wanted = train(X, y, init=own, epochs=2)
    for options in (
        {"hidden": (5, 4)}, {"hidden": np.array([5, 4])}, {"hidden": iter([5, 4])},
        {"activation": "tanh"}, {"activation": ["tanh", "tanh", "sigmoid"]},
        {"activation": iter(["tanh", "tanh", "sigmoid"])}, {"loss": "quadratic"},
        {"dtype": "float32"}, {"dtype": np.float32}, {"dtype": None, "hidden": None},
    ):  # fmt: skip
        net = train(X, y, init=own, epochs=2, **options)
        assert net.digest() == wanted.digest() and net.run == wanted.run
    for options in ({"hidden": (64, 32)}, {"activation": "sigmoid"}, {"dtype": "float64"}):
        with pytest.raises(ValueError, match=", but init has "):
            train(X, y, init=own, **options)
    mixed = Network.initialise((3, 5, 4, 3), ["tanh", "relu", "sigmoid"], classes=range(3))
    with pytest.raises(ValueError, match=r"activation: tanh, tanh, .* but init has tanh, relu"):
        train(X, y, init=mixed, activation="tanh")
    none = Network.initialise((3, 3), ["sigmoid"], classes=range(3))
    train(X, y, init=none, activation="relu", hidden=(), epochs=1)  # which says nothing of it
    swish = train(X, y, hidden=(4,), activation=SWISH, epochs=1)
    for pair in (SWISH, list(SWISH), [SWISH, "sigmoid"]):
        assert train(X, y, init=swish, activation=pair, epochs=1).activations == swish.activations


def test_the_record_has_the_options_that_were_not_given():
    X, y = samples(6, 3), np.arange(6) % 3
    options = train(X, y, epochs=0).run["options"]
    wanted = {"hidden": [64, 32], "activation": "sigmoid", "loss": "quadratic", "dtype": "float32"}
    assert {name: options[name] for name in wanted} == wanted
    given = train(X, y, epochs=0, hidden=[64, 32], activation="sigmoid", loss="quadratic")
    assert given.run["options"] == options
