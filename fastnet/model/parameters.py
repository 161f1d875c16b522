"""The weights and biases of a net: one flat vector, and views of it for each layer."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..data.fingerprint import hashed
from ..options import DTypeName
from ..typing import Array
from .activations import Activation
from .layout import Layout, aligned, laid_out
from .start import Start, first_weights

DTYPES: tuple[str, ...] = get_args(DTypeName)
SAID = ("unsaid", "learned", "told")  # what is known of the rows that a net has learned
LARGEST = 1 << 31  # the most parameters of a net


class Layers(tuple[Array, ...]):
    """The weights, or the biases, of each layer, as views. Assigning to one copies to it."""

    def __setitem__(self, k: int, array: ArrayLike) -> None:
        view = self[operator.index(k)]
        view[:] = _fitting(array, view, k)

    def fitting(self, arrays: Sequence[ArrayLike]) -> list[Array]:
        """Return the arrays in each layer's dtype, if there is one for each layer and all fit."""
        name = _name(self[0])
        arrays = checks.arrays(name, arrays)
        if len(arrays) != len(self):
            wanted = f"{len(self)}, one for each layer"
            raise ValueError(f"{name}: {len(arrays)} arrays, wanted {wanted}")
        return [_fitting(a, view, k) for k, (a, view) in enumerate(zip(arrays, self, strict=True))]


class Parameters:
    """The weights and biases of a net.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, hidden layers, outputs.
    activations : tuple of str or pairs of functions
        One for each layer.
    dtype : numpy.dtype
        float32 or float64.

    Attributes
    ----------
    vector : numpy.ndarray
        All parameters, with zeros between the layers. It begins with a cache line, and starts as 0.
    layout : Layout
        The place of each layer in the vector.
    unsaid : bool
        True if nobody has said whether the first weights are for raw pixels: see
        `fastnet.model.pixels`.
    learned : str or None
        The rows that the net has learned: "pixels", "numbers" beyond those of pixels, or None.
    told : bool
        True after a warning of rows that are not such.
    """

    unsaid: bool = False
    learned: str | None = None
    told: bool = False

    def __init__(self, sizes: tuple[int, ...], activations: tuple[Activation, ...], dtype: Any):
        self.sizes, self.activations, self.dtype = sizes, activations, dtype
        self.layout: Layout = laid_out(sizes, activations)
        self.vector = aligned(self.layout.params, dtype)

    @property
    def weights(self) -> Layers:
        """The weights of each layer, (n_in, n_out), as views of the vector."""
        return self.views(self.vector)[0]

    @property
    def biases(self) -> Layers:
        """The biases of each layer, (n_out,), as views of the vector."""
        return self.views(self.vector)[1]

    def views(self, vector: Array) -> tuple[Layers, Layers]:
        """Return the weights and the biases that lie in a vector such as this one."""
        weights, biases = [], []
        for layer in self.layout.layers:
            w, b, pad = int(layer["w"]), int(layer["b"]), int(layer["pad"])
            weights.append(vector[w:b].reshape(-1, pad)[: layer["n_in"], : layer["n_out"]])
            biases.append(vector[b:][: layer["n_out"]])
        return Layers(weights), Layers(biases)

    def assign(self, weights: Sequence[ArrayLike], biases: Sequence[ArrayLike]) -> None:
        """Copy weights and biases. If a shape does not fit or a number is not finite, copy none."""
        views = self.views(self.vector)
        fitting = [part.fitting(a) for part, a in zip(views, (weights, biases), strict=True)]
        for part, arrays in zip(views, fitting, strict=True):
            for view, array in zip(part, arrays, strict=True):
                view[:] = array

    def draw(self, start: Start | None, rng: np.random.Generator) -> None:
        """Draw the weights, or copy given ones: see `Network.initialise`. Biases stay."""
        views = self.weights
        drawn = first_weights(start, [w.shape for w in views], self.activations, rng)
        with np.errstate(over="ignore"):
            for view, weights in zip(views, drawn, strict=True):
                view[:] = weights
        if not self.is_finite():
            raise ValueError(f"start: NaN or infinite, wanted finite numbers within {self.dtype}")

    def replace(self, vector: Array) -> None:
        """Replace the numbers of the vector by those of another, such as one of `copy`."""
        self.vector[:] = vector

    def copy(self) -> Array:
        """Return a copy of the vector."""
        return self.vector.copy()

    def embed(self, old: Parameters, vector: Array, into: Array) -> None:
        """Copy the numbers of a vector of `old`, which has fewer inputs, into one of this net."""
        for before, after in zip(old.views(vector), self.views(into), strict=True):
            for small, large in zip(before, after, strict=True):
                large[: len(small)] = small

    def scaled(self, factor: float) -> Array:
        """Return a copy of the vector, all weights multiplied by this factor."""
        vector, layers = self.vector.copy(), self.layout.layers
        for start, stop in zip(layers["w"].tolist(), layers["b"].tolist(), strict=True):
            vector[start:stop] *= self.dtype.type(factor)
        return vector

    def is_finite(self) -> bool:
        """Tell whether no weight or bias is NaN or infinite."""
        return bool(np.isfinite(self.vector).all())

    def digest(self) -> str:
        """Return the SHA-256 of the weights and biases."""
        arrays = itertools.chain(*self.views(self.vector))
        return str(hashed(array.tobytes() for array in arrays).hexdigest())

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for pickle. The layout is left out: it may have addresses."""
        return {name: value for name, value in self.__dict__.items() if name != "layout"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Copy the state from pickle, since its arrays may be shared, or maps of a file."""
        self.__init__(state["sizes"], state["activations"], state["dtype"])  # type: ignore[misc]
        self.replace(state["vector"])
        for name in SAID:
            setattr(self, name, state.get(name, getattr(self, name)))

    def __deepcopy__(self, memo: Any) -> Parameters:
        """Return a copy with a vector of its own. It shares functions of the user's."""
        twin = Parameters(self.sizes, self.activations, self.dtype)
        twin.replace(self.vector)
        twin.take_said(self)
        return twin

    def take_said(self, other: Parameters) -> None:
        """Take over what is known of the rows that the net of other parameters has learned."""
        for name in SAID:
            setattr(self, name, getattr(other, name))


def _name(view: Array) -> str:
    """Return "weights" for a view of two dimensions, "biases" for one of one."""
    return "weights" if view.ndim == 2 else "biases"


def _fitting(array: ArrayLike, view: Array, k: int) -> Array:
    """Return the array in the dtype of layer k's view, if it fits."""
    name = f"{_name(view)}[{k}]"
    with np.errstate(over="ignore"):
        numbers = checks.array(name, array, view.shape).astype(view.dtype, copy=False)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name}: NaN or infinite, wanted finite numbers within {view.dtype}")
    return numbers


def checked_dtype(dtype: Any) -> np.dtype:
    """Return float32 or float64 for a name or a dtype."""
    return checks.dtype("dtype", dtype, DTYPES)


def checked_sizes(given: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes of inputs, hidden layers and outputs, if a net can have them."""
    sizes = checks.sizes("sizes", given)
    if len(sizes) < 2:
        raise ValueError(f"sizes: {sizes}, wanted those of inputs and outputs, such as (784, 10)")
    parameters = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
    if parameters > LARGEST:
        raise ValueError(
            f"sizes: {sizes} make {parameters:.1e} parameters, wanted <= {LARGEST:.1e}"
        )
    return sizes
