"""The table of nets that are timed, and the check of their arithmetic."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastnet
from fastnet.datasets import named

Array = NDArray[Any]


class Spec(NamedTuple):
    """A net, and how it learns."""

    sizes: tuple[int, ...]
    activation: str = "sigmoid"  # of the hidden layers
    loss: str = "quadratic"
    rate: float = 0.1

    @property
    def name(self) -> str:
        """Its sizes, and where it differs from the original: '784-100-10 relu'."""
        kind = [self.activation] * (self.activation != "sigmoid" and len(self.sizes) > 2)
        kind += [self.loss] * (self.loss != "quadratic")
        return " ".join(["-".join(map(str, self.sizes)), *kind])

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return sum((n_in + 1) * n_out for n_in, n_out in pairwise(self.sizes))

    def start(self, dtype: str = "float32") -> fastnet.Network:
        """Return the net before it learns. It is the same each time."""
        output = "sigmoid" if self.loss == "quadratic" else "softmax"
        activations = [self.activation] * (len(self.sizes) - 2) + [output]
        classes = np.arange(self.sizes[-1])
        return fastnet.Network.initialise(
            self.sizes, activations, self.loss, dtype, seed=0, classes=classes
        )

    def reference(self, dtype: str = "float64", start: str = "float32") -> fastnet.reference.Net:
        """Return the net `start(start)` in readable NumPy, which computes in dtype."""
        net = self.start(start)
        return fastnet.reference.Net(net.weights, net.biases, net.activations, net.loss, dtype)

    def learn(
        self, X: Array, y: Array, dtype: str = "float32", shuffle: bool = False, l2: float = 0.0
    ) -> fastnet.Network:
        """Return the net after one pass over the samples, in the order given unless shuffled."""
        return fastnet.train(
            X, y, init=self.start(dtype), dtype=dtype, learning_rate=self.rate, epochs=1,
            schedule="constant", shuffle=shuffle, l2=l2,
        )  # fmt: skip


def images() -> tuple[str, tuple[Array, Array], tuple[Array, Array]]:
    """Return MNIST, or else the bundled digits: name, samples to learn, samples to test."""
    try:
        return "mnist", *load("mnist")
    except FileNotFoundError as error:
        print(f"on the bundled digits: {error}")
        return "digits", *load("digits")


def load(data: str) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Load a data set as `fastnet.datasets.load`, but raise FileNotFoundError, not download."""
    if data != "digits" and named.find(data) is None:
        raise FileNotFoundError(f"{data} is not here: fastnet fetch {data}, or set FASTNET_DATA")
    return fastnet.datasets.load(data)


ORIGINAL = (
    Spec((784, 16, 16, 10)),
    Spec((784, 30, 10)),
    Spec((784, 100, 10)),
    Spec((784, 512, 512, 10)),
)
OTHERS = (
    Spec((784, 10)),
    Spec((784, 10), loss="cross-entropy", rate=0.03),
    Spec((784, 128, 10), "relu", "cross-entropy", 0.01),
    Spec((784, 65, 17, 10), "tanh", "cross-entropy", 0.01),
    Spec((784, 64, 48, 32, 24, 10), "relu", "quadratic", 0.02),
)
NETS = ORIGINAL + OTHERS

LEARNS = 0.7  # the share of the test images that a net must recognise after a pass


def disagreement(spec: Spec, X: Array, y: Array, dtype: str = "float32") -> float:
    """Return the distance of fastnet's weights from the reference's in float64, after learning."""
    net = spec.learn(X, y, dtype)
    return off_reference(spec, X, y, net.weights, net.biases, dtype)


def off_reference(
    spec: Spec, X: Array, y: Array, weights: list[Array], biases: list[Array],
    dtype: str = "float32",
) -> float:  # fmt: skip
    """Return the distance of weights from the reference's in float64, after these samples.

    The unit is one rounding error of the largest weight in the layer for each sample. Arithmetic
    that differs only by roundings stays below 1.
    """
    reference = spec.reference(start=dtype)
    reference.backpropagate(X, y, spec.rate)
    pairs = zip(weights + biases, reference.weights + reference.biases, strict=True)
    relative = max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)
    return relative / (len(X) * float(np.finfo(dtype).eps))
