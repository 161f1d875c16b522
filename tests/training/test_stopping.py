"""Why a run stops, and with which weights: by records of losses made up for it, and by runs."""

import math
from typing import Any

import numpy as np
import pytest

from fastnet import Network, train
from fastnet.model import chunks
from fastnet.training.stopping import Stopping
from tests.helpers import samples
from tests.training.helpers import N


def net(labels: bool = True) -> Network:
    classes = [0, 1] if labels else None
    output = "sigmoid" if labels else "identity"
    return Network.initialise((2, 2), [output], classes=classes)


def run(losses, accuracies=None, **options):
    """After how many epochs it stops, why, and which epoch's weights are left."""
    options = {"patience": None, "target_accuracy": None, "max_seconds": None} | options
    own = net()
    stop = Stopping(own, True, **options)
    reason = None
    for epoch, loss in enumerate(losses):
        own.weights[0][:] = epoch
        accuracy = accuracies[epoch] if accuracies else 0.0
        reason = stop.after({"accuracy": 1.0, "val_accuracy": accuracy, "val_loss": loss})
        if reason:
            break
    stop.restore()
    return epoch, reason, int(own.weights[0][0, 0])


@pytest.mark.parametrize(
    ("losses", "patience", "wanted"),
    [
        ([3, 2, 1], 1, (2, None, 2)),
        ([3, 2, 2, 1], 1, (2, "patience", 1)),  # equal is not better
        ([3, 2, 2.5, 1, 4, 4, 0], 2, (5, "patience", 3)),
        ([1, 2, 3, 4], 3, (3, "patience", 0)),
        ([3, 1, 2], 5, (2, None, 1)),  # the best are restored at any end
        ([math.inf, 5, math.nan, 6], 2, (3, "patience", 1)),
        ([math.inf, math.inf], 2, (1, "patience", 1)),  # none was good
    ],
)
def test_patience(losses, patience, wanted):
    assert run(losses, patience=patience) == wanted


def test_without_patience_the_last_weights_stay():
    assert run([1, 2, 3]) == (2, None, 2)


def test_the_target_is_of_what_is_never_learned():
    assert run([3, 2, 1, 0], [0.5, 0.89, 0.9, 1], target_accuracy=0.9) == (2, "target", 2)


def test_weights_that_reached_the_target_stay():
    assert run([1, 2, 3], [0.5, 0.6, 0.9], target_accuracy=0.9, patience=5) == (2, "target", 2)


def test_without_validation_the_target_is_of_what_is_learned():
    stop = Stopping(net(), False, None, 0.5, None)
    assert [stop.after({"accuracy": a}) for a in (0.49, 0.5)] == [None, "target"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patience": 3}, "patience: 3, but there is nothing to judge by, wanted validat"),
        ({"patience": 0}, "patience: 0, wanted a whole number >= 1"),
        ({"patience": 1.5}, "patience: 1.5"),
        ({"target_accuracy": 1.5}, r"target_accuracy: 1.5, wanted a number in \[0, 1\]"),
        ({"target_accuracy": np.nan}, "target_accuracy: nan"),
        ({"max_seconds": -1}, "max_seconds: -1, wanted a number >= 0"),
        ({"max_seconds": np.inf}, "max_seconds: inf"),
        ({"max_seconds": "1 h"}, "max_seconds: '1 h'"),
    ],
)
def test_what_does_not_fit_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        train(np.eye(2), [0, 1], **options)


def test_a_regression_has_no_accuracy_to_aim_at():
    with pytest.raises(ValueError, match=r"target_accuracy: 0.9, but a regression has none"):
        Stopping(net(labels=False), True, None, 0.9, None)


def test_patience_gives_the_best_weights_back():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2 * N, 6)), rng.integers(0, 2, 2 * N)  # nothing but noise
    options: dict[str, Any] = {"hidden": (20,), "learning_rate": 0.5, "schedule": "constant"}
    options["validation_data"] = rng.normal(size=(N, 6)), rng.integers(0, 2, N)
    net = train(X, y, epochs=50, patience=3, **options)
    losses = [record["val_loss"] for record in net.history]
    best = int(np.argmin(losses))
    assert net.stopped == "patience" and len(losses) == best + 4 < 50
    assert net.digest() == train(X, y, epochs=best + 1, **options).digest()


def test_a_run_ends_at_its_target():
    X, y = samples(N, 6), np.arange(N) % 2
    X[:, 0] += 4 * y
    net = train(X, y, epochs=200, target_accuracy=0.75, learning_rate=0.3)
    accuracies = [record["accuracy"] for record in net.history]
    assert net.stopped == "target" and len(accuracies) < 200
    assert accuracies[-1] >= 0.75 > max(accuracies[:-1])


def test_a_run_ends_in_time_in_the_midst_of_an_epoch(monkeypatch):
    monkeypatch.setattr(chunks, "SEEN", 1e-9)
    X, y = samples(200, 6), np.arange(200) % 3
    options: dict[str, Any] = {"hidden": (5,), "schedule": "constant", "shuffle": False}
    done = []
    net = train(
        X, y, epochs=3, max_seconds=0, validation_data=(X, y), **options,
        on_progress=lambda n, total: done.append((n, total)),
    )  # fmt: skip
    assert done == [(64, 600)] and net.stopped == "max_seconds"
    part = train(X[:64], y[:64], epochs=1, validation_data=(X, y), **options)
    assert net.digest() == part.digest()
    (record,), (other,) = net.history, part.history
    untimed = {"seconds": 0, "samples_per_second": 0}
    assert record | untimed == other | untimed and record["samples"] == 64


def test_a_run_that_is_through_was_not_stopped_by_the_clock():
    net = train(np.eye(2), [0, 1], epochs=1, max_seconds=0)
    assert net.stopped == "epochs" and net.history[0]["samples"] == 2
    assert train(np.eye(2), [0, 1], epochs=9, max_seconds=1e9).stopped == "epochs"


@pytest.mark.parametrize(
    ("answer", "rounds"), [(None, 5), (False, 5), (1, 5), (True, 2), (np.True_, 2)]
)
def test_on_epoch_may_stop_the_run(answer, rounds):
    def on_epoch(net, record):
        return answer if record["epoch"] == 1 else None

    net = train(np.eye(2), [0, 1], epochs=5, on_epoch=on_epoch)
    assert len(net.history) == rounds
    assert net.stopped == ("on_epoch" if rounds == 2 else "epochs")
    assert train(np.eye(2), [0, 1], epochs=1, init=net).stopped == "epochs"


def test_samples_a_second_are_of_the_seconds_told():
    for record in train(samples(30, 6), np.arange(30) % 3, epochs=2).history:
        assert record["samples"] == 30
        assert record["samples_per_second"] * record["seconds"] == pytest.approx(30)
