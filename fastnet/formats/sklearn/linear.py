"""The steps of scikit-learn that are linear, which the first layer of a net takes over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...typing import Array
from ..layers import Layer

GROWTH = 16  # times as many weights as before, at most, may the product with a matrix have


class Linear(NamedTuple):
    """A step x * factors + shifts, or x @ factors + shifts.

    Attributes
    ----------
    factors : ndarray, shape (n_in,) or (n_in, n_out); or 1.0
    shifts : ndarray, shape (n_out,); or 0.0
    """

    factors: Any = 1.0
    shifts: Any = 0.0

    def before(self, layer: Layer) -> Layer:
        """Return the layer that does both. The order of the sums is fixed."""
        weights, biases = layer.weights, layer.biases
        for shift, row in zip(self._of(self.shifts, len(weights)), weights, strict=True):
            if shift:
                biases = biases + shift * row
        factors = np.asarray(self.factors, np.float64)
        if factors.ndim < 2:
            factors = self._of(factors, len(weights))[:, None]
            return layer._replace(weights=weights * factors, biases=biases)
        if factors.shape[0] * weights.shape[1] > GROWTH * (factors.size + weights.size):
            raise ValueError("PCA: more columns than such a net can take over")
        product = np.zeros((len(factors), weights.shape[1]))
        for column, row in zip(factors.T, weights, strict=True):
            product += column[:, None] * row
        return layer._replace(weights=product, biases=biases)

    def inverse(self, n: int) -> tuple[Array, Array]:
        """Return the factors and shifts (n,) of the way back, of columns each for itself."""
        if np.ndim(self.factors) > 1:
            raise ValueError("transformer_: a matrix, wanted a scale for each target")
        scale = 1 / self._of(self.factors, n)
        return scale, -self._of(self.shifts, n) * scale

    @staticmethod
    def _of(numbers: Any, n: int) -> Array:
        """Return one number for each of n columns."""
        return np.broadcast_to(np.asarray(numbers, np.float64), n)


def linear(step: Any) -> Linear:
    """Return a step of a Pipeline, if it is linear.

    Raises
    ------
    ValueError
        It is not, or it is not fitted; the error names it.
    """
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return Linear()
    name = type(step).__name__
    known = name in STEPS and type(step).__module__.startswith("sklearn.")
    if not known:
        raise ValueError(f"model: a step {name}, wanted one of {', '.join(STEPS)}")
    try:
        return STEPS[name](step)
    except AttributeError:
        raise ValueError(f"model: a step {name} that is not fitted, wanted a fitted one") from None


def _standard(step: Any) -> Linear:
    return _centred(step.mean_, step.scale_, step.with_mean, step.with_std)


def _robust(step: Any) -> Linear:
    return _centred(step.center_, step.scale_, step.with_centering, step.with_scaling)


def _centred(centre: Any, scale: Any, centring: Any, scaling: Any) -> Linear:
    """Return (x - centre) / scale."""
    factors = 1 / np.asarray(scale, np.float64) if scaling else 1.0
    return Linear(factors, -np.asarray(centre, np.float64) * factors if centring else 0.0)


def _least_to_most(step: Any) -> Linear:
    return Linear(_unclipped(step).scale_, step.min_)


def _most(step: Any) -> Linear:
    return Linear(1 / np.asarray(_unclipped(step).scale_, np.float64))


def _unclipped(step: Any) -> Any:
    if getattr(step, "clip", False):
        raise ValueError(f"model: a step {type(step).__name__} that clips, which is not linear")
    return step


def _function(step: Any) -> Linear:
    if step.func is not None:
        came = getattr(step.func, "__name__", type(step.func).__name__)
        raise ValueError(f"model: a step FunctionTransformer of {came}, wanted no function")
    return Linear()


def _components(step: Any) -> Linear:
    factors = np.asarray(step.components_, np.float64).T
    if step.whiten:
        deviations = np.sqrt(step.explained_variance_)
        factors = factors / np.maximum(deviations, np.finfo(deviations.dtype).eps)
    shifts = np.zeros(factors.shape[1])
    for mean, row in zip(step.mean_, factors, strict=True):
        shifts -= mean * row
    return Linear(factors, shifts)


STEPS: dict[str, Callable[[Any], Linear]] = {
    "StandardScaler": _standard,
    "MinMaxScaler": _least_to_most,
    "MaxAbsScaler": _most,
    "RobustScaler": _robust,
    "FunctionTransformer": _function,
    "PCA": _components,
}
