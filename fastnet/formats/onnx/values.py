"""What the values in a graph of ONNX are, as far as a dense net has them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...kernels.activations import HEIGHT, STEEPNESS
from ...typing import Array
from ..layers import Layer, Layers, as_softmax


class Rows(NamedTuple):
    """Rows after some layers, each column times `scale` plus `shift`.

    Attributes
    ----------
    layers : tuple of Layer
        Those without an activation, as yet, are "identity".
    scale, shift : ndarray of float64
        One number, or one for each column.
    width : int or None
        The number of columns; None if the graph has not said it yet.
    flat : bool
        False for the rows of images, say, which are to be reshaped first; and for the numbers of
        several outputs in one column.
    """

    layers: Layers
    scale: Array
    shift: Array
    width: int | None
    flat: bool = True

    @property
    def parts(self) -> tuple[Rows, ...]:
        """The rows of each net, as of `Several`."""
        return (self,)

    @property
    def plain(self) -> bool:
        """True if there is nothing to scale or to shift."""
        return bool((self.scale == 1).all() and (self.shift == 0).all())

    def times(self, factor: Array, plus: Array) -> Rows:
        """Return the rows with each column times a factor, plus a number."""
        return self._replace(scale=self.scale * factor, shift=self.shift * factor + plus)

    def through(self, weights: Array, biases: Array) -> Rows:
        """Return the rows after a further layer, (n_in, n_out), which takes in scale and shift."""
        n_in, n_out = weights.shape
        if not self.flat or self.width not in (None, n_in):
            came = "one column" if self.layers else "images"
            came = f"{self.width} columns" if self.flat else came
            raise ValueError(f"{came} before weights {weights.shape}")
        before = self.resolved() if self.layers else self
        if not before.plain:
            biases = biases + _times(np.broadcast_to(before.shift, n_in), weights)
            weights = weights * np.broadcast_to(before.scale, n_in)[:, None]
        layer = Layer(weights, biases, "identity")
        return Rows((*before.layers, layer), ONE, ZERO, n_out)

    def activated(self, activation: str) -> Rows:
        """Return the rows after an activation."""
        if not self.layers or self.layers[-1].activation != "identity":
            raise ValueError("an activation of no layer of its own, wanted weights before it")
        *others, last = self.resolved().layers
        return self._replace(
            layers=(*others, last._replace(activation=activation)), scale=ONE, shift=ZERO
        )

    def resolved(self) -> Rows:
        """Return the rows with scale and shift in the last layer, if it can take them in."""
        if self.plain or not self.layers:
            return self
        *others, (weights, biases, activation) = self.layers
        if activation == "identity":
            layer = Layer(weights * self.scale, biases * self.scale + self.shift, activation)
        elif activation == "tanh" and not self.shift.any() and _is(self.scale, HEIGHT):
            layer = Layer(weights / STEEPNESS, biases / STEEPNESS, "scaled-tanh")
        else:
            return self
        return self._replace(layers=(*others, layer), scale=ONE, shift=ZERO)

    def finished(self) -> Layers:
        """Return the layers of rows that are outputs."""
        rows = self.resolved()
        if not rows.layers or not rows.plain:
            came = f"{rows.layers[-1].activation} outputs, scaled" if rows.layers else "no layers"
            raise ValueError(f"{came}, which fastnet does not have")
        return rows.layers


class Several(NamedTuple):
    """The sum or the mean of the outputs of several nets."""

    parts: tuple[Rows, ...]
    is_mean: bool

    def over(self, divisor: Array) -> Several:
        """Return the mean, of a sum that is divided by the number of nets."""
        n = len(self.parts)
        if self.is_mean or divisor.size != 1 or abs(divisor.item() - n) > 1e-6 * n:
            raise ValueError(f"outputs of {n} nets, wanted their sum divided by that number")
        return self._replace(is_mean=True)


class Answer(NamedTuple):
    """Answers that come from outputs: places, labels, or which labels are present.

    Attributes
    ----------
    rows : Rows or Several
    classes : list or None
        The labels; None for places of outputs, or if several labels may be present.
    several : bool
        True if several labels may be present.
    """

    rows: Rows | Several
    classes: list[Any] | None = None
    several: bool = False


Value = Array | Rows | Several | Answer

ONE, ZERO = np.ones(()), np.zeros(())


def _times(x: Array, weights: Array) -> Array:
    """Return x (n_in,) times weights (n_in, n_out), added up in their order."""
    total = np.zeros(weights.shape[1])
    for each, row in zip(x.tolist(), weights, strict=True):
        total += each * row
    return total


def _is(scale: Array, number: float) -> bool:
    """Tell whether all are a number, as float32 has it at least."""
    return bool((np.abs(scale - number) <= 1e-6 * number).all())


def is_leaky(high: Rows, low: Rows, slope: float) -> bool:
    """Tell whether the larger of two rows is a leaky relu: one is the other times its slope."""
    same = len(high.layers) == len(low.layers) and all(
        a.weights is b.weights and a.biases is b.biases and a.activation == b.activation
        for a, b in zip(high.layers, low.layers, strict=True)
    )
    scale, shift = high.scale * slope, high.shift * slope
    return same and bool(
        (np.abs(low.scale - scale) <= 1e-6 * np.abs(scale)).all()
        and (np.abs(low.shift - shift) <= 1e-6 * np.abs(shift)).all()
    )


def halves(rows: Rows, swapped: bool) -> Rows:
    """Return a sigmoid output p as the two softmax outputs 1 - p and p, or p and 1 - p."""
    *others, last = rows.layers
    last = as_softmax(last)
    if swapped:
        last = last._replace(weights=last.weights[:, ::-1], biases=last.biases[::-1])
    return Rows((*others, last), ONE, ZERO, 2)
