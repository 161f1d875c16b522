"""Data that a run is judged by: given, or held out."""

from typing import Any

import numpy as np
import pytest

from fastnet import Network, train
from fastnet.training.order import Order
from tests.helpers import samples
from tests.training.helpers import WIDE, N


def test_a_validation_that_overflows_is_not_called_good():
    """Finite weights can answer with infinity to inputs that they never saw."""
    net = Network.from_weights([np.full((1, 1), 1e30, "f4")], [np.zeros(1, "f4")], ["identity"])
    validation = [[1e-30], [1e30], [1e-30]], [1.0, 0.0, 1.0]
    with np.errstate(all="ignore"):
        after = train(
            [[1e-30]], [1.0], init=net, epochs=1, learning_rate=0, validation_data=validation
        )
    assert after.history[0]["val_loss"] == np.inf


@pytest.mark.parametrize("sizes", WIDE.values(), ids=WIDE)
def test_what_is_held_out_is_as_if_it_were_elsewhere(sizes):
    X, y = samples(N, sizes[0]), np.arange(N) % 3
    order = Order(N, None, True, 4, 0.25, y)
    start = train(X, y, hidden=sizes[1:], epochs=0)
    options: dict[str, Any] = {"init": start, "epochs": 2, "seed": 4}
    net = train(X, y, validation_fraction=0.25, **options)
    held = X[order.held], y[order.held]
    other = train(X[order.places], y[order.places], validation_data=held, **options)
    assert net.digest() == other.digest()
    for key in ("samples", "loss", "accuracy", "val_loss", "val_accuracy"):
        assert [r[key] for r in net.history] == [r[key] for r in other.history]


@pytest.mark.parametrize("labels", ["numbers", "words"])
@pytest.mark.parametrize("seed", range(3))
def test_no_class_is_held_out_as_a_whole(labels, seed):
    X, y = samples(60, 6), np.repeat([0, 1, 2], [50, 8, 2])
    y = np.array(["often", "seldom", "twice"])[y] if labels == "words" else y
    options: dict[str, Any] = {"epochs": 1, "validation_fraction": 0.5, "shuffle": False}
    net = train(X, y, hidden=(), seed=seed, **options)
    assert net.history[0]["samples"] == 30
    learned = Order(60, None, False, seed, 0.5, np.repeat([0, 1, 2], [50, 8, 2])).places
    assert np.bincount(np.repeat([0, 1, 2], [50, 8, 2])[learned]).tolist() == [25, 4, 1]
