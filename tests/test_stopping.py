"""Why a run stops, and with which weights, told by records of losses made up for it."""

import math

import numpy as np
import pytest

from fastnet import Network
from fastnet.stopping import Stopping


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
    ("arguments", "message"),
    [
        ((False, 3, None, None), "patience: 3, but there is nothing to judge by, wanted validat"),
        ((True, 0, None, None), "patience: 0, wanted a whole number >= 1"),
        ((True, 1.5, None, None), "patience: 1.5"),
        ((True, None, 1.5, None), r"target_accuracy: 1.5, wanted a number in \[0, 1\]"),
        ((True, None, np.nan, None), "target_accuracy: nan"),
        ((True, None, None, -1), "max_seconds: -1, wanted a number >= 0"),
        ((True, None, None, np.inf), "max_seconds: inf"),
        ((True, None, None, "1 h"), "max_seconds: '1 h'"),
    ],
)
def test_what_does_not_fit_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Stopping(net(), *arguments)


def test_a_regression_has_no_accuracy_to_aim_at():
    with pytest.raises(ValueError, match=r"target_accuracy: 0.9, but a regression has none"):
        Stopping(net(labels=False), True, None, 0.9, None)
