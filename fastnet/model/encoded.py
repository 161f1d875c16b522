"""The encoding of a network: what people have becomes samples here, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.arrays import names_of
from ..data.samples import Samples, as_samples
from .parameters import Parameters
from .pixels import met


class Encoded:
    """Base of networks: they may have an encoding of tables.

    Attributes
    ----------
    encoding : fastnet.tables.Encoding or None
        See `Network`.
    """

    parameters: Parameters
    origin: dict[str, Any] | None
    _encoding: Any = None  # a plain attribute is faster for calls with one sample

    @property
    def encoding(self) -> Any:
        """The encoding of tables as inputs; None if the inputs are plain numbers."""
        return self._encoding

    @encoding.setter
    def encoding(self, encoding: Any) -> None:
        self._encoding = fitting(encoding, self.parameters.sizes[0])

    @property
    def n_features(self) -> int:
        """The number of columns of X: those of a table before it is encoded."""
        return self.parameters.sizes[0] if self._encoding is None else len(self._encoding.names)

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """The names of the columns of X; None if they are known by their places only."""
        named = self._encoding is not None and self._encoding.named
        return tuple(self._encoding.names) if named else None

    def samples(self, X: Any, name: str = "X") -> Samples:
        """Return X as `fastnet.data.Samples` for this network: checked, and encoded if need be.

        Parameters
        ----------
        X : array_like, frame, dicts, Table or Samples
            Rows as those of X in `fastnet.train`. By an encoding, a table's columns are matched by
            their names, those of arrays by their places.
        name : str
            The name of X in errors.

        Raises
        ------
        TypeError, ValueError
            X does not fit.
        """
        parameters = self.parameters
        samples = samples_of(X, self._encoding, parameters.dtype, parameters.sizes[0], name)
        if self._encoding is None:
            met(parameters, samples, name)
        in_order(samples.columns, self.origin, f"{name}: ")
        return samples


def samples_of(X: Any, encoding: Any, dtype: np.dtype, features: int, name: str) -> Samples:
    """Return X as samples for networks of an encoding or of none: see `Encoded.samples`."""
    if encoding is None:
        return as_samples(X, dtype, features, name)
    if isinstance(X, Samples):
        if X.encoding is None:
            X = X.rows
        elif same(X.encoding, encoding):
            return as_samples(X, dtype, features, name)
        else:
            raise ValueError(f"{name}: samples of another encoding, wanted that of the net")
    made: Samples = encoding.samples(X, dtype, name)
    return made


def row_in_order(x: Any, origin: dict[str, Any] | None) -> None:
    """Refuse a row, or rows, with names in another order: see `in_order`."""
    if origin is not None and type(x) is not np.ndarray:
        in_order(names_of(x), origin, "x: ")


def in_order(columns: Any, origin: dict[str, Any] | None, name: str = "") -> None:
    """Refuse columns in another order than a model that came in has learned: see `origin`.

    Columns without names, None, are in order. Their number is checked elsewhere.
    """
    learned = (origin or {}).get("columns")
    if columns is None or learned is None:
        return
    for k, (came, wanted) in enumerate(zip(map(str, columns), learned, strict=False)):
        if came != wanted:
            raise ValueError(f"{name}column {k} is {came!r}, wanted {wanted!r}, as it learned")


def same(one: Any, other: Any) -> bool:
    """Tell whether two encodings, or None, encode equally."""
    if one is None or other is None or one is other:
        return one is other
    return bool(one.digest() == other.digest())


def fitting(encoding: Any, inputs: int) -> Any:
    """Return an encoding, or None, if it makes so many inputs."""
    if encoding is None:
        return None
    from ..tables.encoding import Encoding

    if not isinstance(encoding, Encoding):
        came = type(encoding).__name__
        raise TypeError(f"encoding: {came}, wanted a fastnet.tables.Encoding or None")
    if encoding.width != inputs:
        raise ValueError(f"encoding: {encoding.width} inputs, but the network has {inputs}")
    return encoding
