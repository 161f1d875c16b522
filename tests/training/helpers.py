"""Nets of every kind, the reference that judges them, and how far rounding may take them."""

from typing import Any

import numpy as np

from fastnet import Network
from fastnet.kernels import activations
from fastnet.model.outputs import LOSSES
from fastnet.reference import Net
from tests.functions import SWISH
from tests.helpers import COMPILED

HIDDEN = [*activations.HIDDEN, SWISH]
OUTPUTS = [(name or SWISH, loss) for loss, row in LOSSES.items() for name in row.codes]
N = 40 if COMPILED else 8  # samples in an epoch


def start_of(
    sizes: tuple[int, ...],
    hidden: str = "tanh",
    output: str = "sigmoid",
    loss: str = "quadratic",
    **options: Any,
) -> Network:
    """A random net whose biases are not 0."""
    activations = [hidden] * (len(sizes) - 2) + [output]
    net = Network.initialise(sizes, activations, loss, seed=1, **options)
    rng = np.random.default_rng(2)
    for biases in net.biases:
        biases[:] = rng.uniform(-0.3, 0.5, biases.shape)
    if output == "relu":
        net.biases[-1][:] += 1  # so that not all outputs are dead
    return net


def judge_of(net: Network) -> Net:
    """The reference, in float64, with the same weights."""
    return Net(net.weights, net.biases, net.activations, net.loss)


def roundings(net: Network, steps: int) -> float:
    """How far rounding may take a run from exact arithmetic, where all numbers are about 1.

    In a step each number is rounded once per term of the longest path through the net: sum(sizes)
    times. With the small learning rates here a step does not enlarge what is there.
    """
    return steps * sum(net.sizes) * float(np.finfo(net.dtype).eps)


WIDE = {"zeros are skipped": (6, 5), "in blocks": (300, 300)}
