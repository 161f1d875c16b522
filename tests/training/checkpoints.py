"""Runs of every way that write checkpoints, what ends them, and what must be the same then."""

from typing import Any

import numpy as np

import fastnet
from fastnet import train
from tests.helpers import COMPILED, samples

N = 150 if COMPILED else 40
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "a falling rate, warmed up": {"schedule": "linear", "warm_up": 0.3},
    "l2": {"l2": 2.0, "schedule": "1/t"},
    "l2, averaged": {"l2": 2.0, "average": 0.7},
    "early stopping": {"validation_fraction": 0.2, "patience": 1, "schedule": "constant"},
    "a plateau": {"validation_fraction": 0.2, "patience": 1, "epochs": 8, "l2": 0.1},
    "the best of all": {"validation_fraction": 0.2, "patience": 9},
    "weights": {"sample_weight": np.linspace(0, 2.5, N), "class_weight": "balanced"},
    "in the order given, float64": {"shuffle": False, "dtype": "float64"},
    "in blocks": {"hidden": (130,), "l2": 0.5},
    "two threads": {"hidden": (130, 40), "threads": 2},
    "a table": {"encode": "table", "validation_fraction": 0.2, "patience": 9},
    "numbers of a table": {"encode": "table", "of_numbers": True, "average": 0.5},
}


class Killed(BaseException):
    """What a test ends a run by."""


def learn(features: int = 20, **options: Any) -> fastnet.Network:
    """Learn from some samples; of a net in blocks, from many features."""
    features = 200 if "hidden" in options else features
    X, y = samples(N, features), np.arange(N) % 3
    if options.pop("of_numbers", False):
        y = 1e9 + 1e-2 * X[:, 0].astype(float)
    return train(X, y, **{"epochs": 3, "learning_rate": 0.1, "verbose": False, **options})


def outcome(net: fastnet.Network) -> tuple[Any, ...]:
    """All that must be the same, to the bit."""
    timeless = [
        {name: value for name, value in record.items() if "second" not in name}
        for record in net.history
    ]
    return net.digest(), net.last and net.last.digest(), net.stopped, timeless


def after(chunks: int) -> Any:
    """An on_progress that kills the run after so many chunks."""
    left = [chunks]

    def on_progress(done: int, total: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    return on_progress


# A process that a kill ends in the midst of the first write.
KILLED_IN_A_WRITE = """
import os, signal, sys, numpy as np
write_array = np.lib.format.write_array
def killed(file, array, **options):
    write_array(file, array, **options)
    os.kill(os.getpid(), signal.SIGKILL)
np.lib.format.write_array = killed
from tests.training.checkpoints import learn
"""
