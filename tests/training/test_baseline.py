"""The answer that is always the same, and its loss."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet.training.baseline import Baseline
from tests.heard import UNIT


@pytest.mark.parametrize("weights", [None, np.arange(60) % 3])
@pytest.mark.parametrize(
    ("loss", "last", "y"),
    [
        ("quadratic", "sigmoid", np.arange(60) % 4 // 2),
        ("cross-entropy", "softmax", np.arange(60) % 4 // 3),
        ("cross-entropy", "sigmoid", (UNIT[:60, :2] > 0.5).astype(float)),
        ("quadratic", "identity", 7 + UNIT[:60, :3]),
    ],
)
def test_the_loss_of_a_constant_answer(loss, last, y, weights):
    """It is what the kernels find for a net without weights that has the best constant outputs."""
    times = np.ones(60, int) if weights is None else weights
    X, each = np.repeat(UNIT[:60], times, axis=0), np.repeat(y, times, axis=0)
    net = fastnet.train(UNIT[:60], y, hidden=(), loss=loss, activation=[last], epochs=0)
    targets = net.outputs.targets(y, 60)
    baseline = Baseline(net)
    baseline.add(targets, weights)
    means = baseline.sums / baseline.n
    biases: dict[str, Callable[[], Any]] = {
        "sigmoid": lambda: np.log(means / (1 - means)),
        "softmax": lambda: np.log(means),
        "identity": lambda: means,
    }
    net.weights[0][:], net.biases[0][:] = 0, biases[last]()
    record = fastnet.train(X, each, init=net, epochs=1, learning_rate=0).history[-1]
    assert record["loss"] == pytest.approx(baseline.loss(), rel=1e-4)
