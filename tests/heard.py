"""What calls warn of: data to be warned of, each way to learn them, and what is heard."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Network
from tests.helpers import COMPILED

N = 400 if COMPILED else 60
RNG = np.random.default_rng(7)
UNIT = RNG.standard_normal((N, 8))
SUM = UNIT @ RNG.standard_normal(8) / np.sqrt(8)  # what can be learned of it, about 1
TWO, THREE = (SUM > 0).astype(int), np.digitize(SUM, [-0.5, 0.5])
NETS: dict[str, dict[str, Any]] = {
    "sigmoid": {},
    "tanh": {"activation": "tanh", "loss": "cross-entropy"},
    "relu": {"activation": "relu", "loss": "cross-entropy"},
    "float64": {"activation": "scaled-tanh", "dtype": "float64", "hidden": (16,)},
}
EACH_NET = pytest.mark.parametrize("options", [*NETS.values()][: 4 if COMPILED else 2])


def heard(function: Callable[..., Any], *arguments: Any, **options: Any) -> list[str]:
    """What a call says, each time it says it; a run may break down after that."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"fastnet\.kernels")
        try:
            function(*arguments, **options)
        except fastnet.Diverged:
            assert found
    assert {w.category for w in found} <= {fastnet.LearningWarning}
    assert {w.filename for w in found} <= {__file__}
    return [str(w.message) for w in found]


def alone(X: Any, y: Any, **options: Any) -> Network:
    """A short run: what is said of data is said at its start."""
    return fastnet.train(X, y, **{"epochs": 2, **options})


def in_batches(X: Any, y: Any, **options: Any) -> Network:
    batches = [(X[k : k + 50], y[k : k + 50]) for k in range(0, len(X), 50)]
    return fastnet.train_stream(batches, **options)


def one_by_one(X: Any, y: Any, **options: Any) -> Network:
    return fastnet.train_stream(zip(X, np.asarray(y).tolist(), strict=True), **options)


def seeds(X: Any, y: Any, **options: Any) -> list[Network]:
    return fastnet.train_seeds(X, y, 3, threads=2, **{"epochs": 2, **options})


def fit(X: Any, y: Any, **options: Any) -> None:
    """Three calls, of which the first may say something."""
    learned = {name: options.pop(name) for name in ["learning_rate"] if name in options}
    net = fastnet.train(np.zeros_like(X[:9], float), y[:9], epochs=0, **options)
    for part in range(3):
        net.partial_fit(X[part::3], y[part::3], **learned)


# As plain Python, the kernels take their time: two nets and two doors stand for all.
DOORS = [in_batches, alone, one_by_one, seeds, fit][: 5 if COMPILED else 2]
EACH_DOOR = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
EACH_RUN = pytest.mark.parametrize("door", DOORS[:4], ids=lambda door: door.__name__)


def train_impatiently(schedule: Any) -> Network:
    """A run that ends soon, since the labels held out are wrong."""
    return fastnet.train(
        UNIT, TWO, validation_data=(UNIT, 1 - TWO), patience=1, schedule=schedule, epochs=30,
        learning_rate=0.5,
    )  # fmt: skip
