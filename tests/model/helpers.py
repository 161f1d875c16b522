"""Weights of a small net, and a net that has learned a little."""

from typing import Any

import numpy as np

from fastnet import Network, train
from tests.helpers import samples

W = [np.arange(12).reshape(3, 4) / 8, np.arange(8).reshape(4, 2) / -16]
B = [np.arange(4) / 4, np.array([0.5, -0.25])]


def small(**options: Any) -> Network:
    """A net that has learned a little."""
    X, y = samples(20, 5), np.arange(20) % 3
    return train(X, y, **{"hidden": (4,), "epochs": 2, **options})
