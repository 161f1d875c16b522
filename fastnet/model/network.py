"""The public class of a dense network, over its parameters, its outputs and its passes."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from threading import get_ident
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .. import checks
from .._version import __version__
from ..data.fingerprint import hashed
from ..data.samples import Samples
from ..rng import stream
from ..typing import Array
from .activations import Activation, names_of
from .answering import Answering
from .diverged import Guard
from .encoded import fitting, row_in_order
from .form import form_with, part_of, parts_of
from .history import History
from .learning import Learning
from .outputs import Outputs, Task
from .parameters import Layers, Parameters
from .passes import Passes
from .rounding import round_in_place
from .saving import save
from .start import Start


class Network(Learning, Answering):
    """A dense network of layers a = activation(x @ weights + biases).

    `fastnet.train`, `fastnet.load`, `Network.from_weights` and `Network.initialise` make networks.
    Several threads may predict at once.

    Attributes
    ----------
    sizes : tuple of int
        Inputs, hidden layers, outputs.
    activations : tuple of str or pairs of functions
        One for each layer, the output layer's last.
    loss : str
        "quadratic" or "cross-entropy".
    dtype : numpy.dtype
        float32 or float64.
    classes : numpy.ndarray or None
        The labels of the outputs; None if the targets are numbers. Whole numbers of more than 64
        bits are Python's.
    task : str
        "classification" (one label a sample), "multilabel" (several at once) or "regression".
    weights, biases : sequence of numpy.ndarray
        Views of each layer's parameters, (n_in, n_out) and (n_out,). Assigning to them copies.
    seed : int or None
        The seed of the first weights.
    version : str
        The version of fastnet that made the network.
    history : History
        A list of records, dicts, of the epochs or parts of a stream: see `fastnet.train`.
    stopped : str or None
        The reason why the last run ended: "epochs" (all were learned), "patience", "target",
        "max_seconds", "on_epoch", or "end" of a stream. None before a run, or if it was broken off.
    last : Network or None
        The network with the final weights, if the weights are the mean of several: see `average` in
        `fastnet.train`. A file does not keep it.
    run : dict or None
        The record of the last run of `fastnet.train`, in JSON types: "options" (all that can change
        the bits; the SHA-256 of arrays, the names of functions), "data" (numbers of samples and
        features, dtype, SHA-256 of X and y), "versions" (of fastnet, Python, NumPy, Numba, and a
        digest of the kernels' sources), "on_epoch" and, from the terminal, "source" (names).
    origin : dict or None
        Where the network came from, in JSON types, if `fastnet.load` had it from another library:
        "format", and "pixels": True if its inputs were pixels of 0 to 255, None if it did not say;
        "columns", the names of its inputs, if any: frames and series must have them in this order.
    rounding : dict or None
        The record of the rounding, if the weights are from `rounded` or such a file: "weights",
        "largest_change" and, if `save` had data, "score": "samples", and the score "before" and
        "after". It stays when the network learns on.
    encoding : fastnet.tables.Encoding or None
        How tables become inputs; None if the inputs are plain numbers. `sizes[0]` is its width.
    n_features : int
        The number of columns of X, before they are encoded.
    feature_names : tuple of str or None
        Their names, by which `predict` and others find them in any order; None without names.
    parameters : Parameters
        All weights and biases in one vector, and its layout.
    outputs : Outputs
        The loss, classes and task. It checks targets, and makes answers and scores.
    passes : Passes
        The passes over samples, which learn, answer or judge.
    """

    sizes: tuple[int, ...] = part_of("parameters.sizes")
    activations: tuple[Activation, ...] = part_of("parameters.activations")
    dtype: np.dtype = part_of("parameters.dtype")
    loss: str = part_of("outputs.loss")
    task: Task = part_of("outputs.task")

    def __init__(
        self,
        sizes: Sequence[int],
        activations: Sequence[Activation],
        loss: str,
        dtype: DTypeLike = "float32",
        classes: ArrayLike | None = None,
    ):
        """Make a network whose parameters are 0; the arguments are as the attributes."""
        parameters, outputs = parts_of(sizes, activations, loss, dtype, classes)
        self.__setstate__({"parameters": parameters, "outputs": outputs})

    @classmethod
    def of(cls, parameters: Parameters, outputs: Outputs, **others: Any) -> Network:
        """Make a network of these parts, which are not copied, and of other attributes."""
        net = cls.__new__(cls)
        net.__setstate__({"parameters": parameters, "outputs": outputs, **others})
        return net

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the parts and other attributes, from pickle or `of`."""
        self.parameters: Parameters = state["parameters"]
        self.outputs: Outputs = state["outputs"]
        self.seed: int | None = None
        self.version = __version__
        self.history = History()
        self.stopped: str | None = None
        self.last: Network | None = None
        self.run: dict[str, Any] | None = None
        self.origin: dict[str, Any] | None = None
        self.rounding: dict[str, Any] | None = None
        self._encoding = None
        self._looked = False  # True after partial_fit has looked at its first data
        self.__dict__.update(state)
        self.passes = Passes(self.parameters, self.outputs)
        self._guard = Guard(self.parameters)
        fitting(self._encoding, self.parameters.sizes[0])

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for pickle, without what __setstate__ makes anew."""
        return {name: v for name, v in self.__dict__.items() if name not in ("passes", "_guard")}

    @property
    def classes(self) -> Array | None:
        """The labels that the outputs stand for; None where the targets are numbers."""
        return self.outputs.classes

    @classes.setter
    def classes(self, classes: ArrayLike | None) -> None:
        self.outputs = self.outputs.with_classes(classes)
        self.passes = Passes(self.parameters, self.outputs)

    @property
    def weights(self) -> Layers:
        """The weights of each layer, (n_in, n_out): views. Assigning to them copies."""
        return self.parameters.weights

    @weights.setter
    def weights(self, weights: Sequence[ArrayLike]) -> None:
        self.parameters.assign(weights, self.biases)
        self._guard.reset()

    @property
    def biases(self) -> Layers:
        """The biases of each layer, (n_out,): views. Assigning to them copies."""
        return self.parameters.biases

    @biases.setter
    def biases(self, biases: Sequence[ArrayLike]) -> None:
        self.parameters.assign(self.weights, biases)
        self._guard.reset()

    @classmethod
    def initialise(
        cls,
        sizes: Sequence[int],
        activations: Sequence[Activation],
        loss: str = "quadratic",
        dtype: DTypeLike = "float32",
        seed: int = 0,
        classes: ArrayLike | None = None,
        start: Start | None = None,
    ) -> Network:
        """Make a network with random weights and biases of 0. The same seed gives the same bits.

        Parameters
        ----------
        sizes, activations, loss, dtype, classes
            As the attributes.
        seed : int
            The seed of the random numbers.
        start : str, (low, high) or sequence of array_like, optional
            "glorot": uniform within +-sqrt(6 / (n_in + n_out)); "he": within +-sqrt(6 / n_in);
            "normal": N(0, 1); "normal/n": N(0, 1 / n_in). (low, high): uniform between two numbers.
            Or the weights themselves, (n_in, n_out) for each layer. The default is "he" into relu
            and leaky relu layers, else "glorot".
        """
        net = cls(sizes, activations, loss, dtype, classes)
        net.seed = checks.seed("seed", seed)
        net.parameters.draw(start, stream(net.seed, "weights"))
        return net

    @classmethod
    def from_weights(
        cls,
        weights: Sequence[ArrayLike],
        biases: Sequence[ArrayLike],
        activation: Activation | Sequence[Activation] = "sigmoid",
        loss: str = "quadratic",
        classes: ArrayLike | None = None,
        dtype: DTypeLike | None = None,
    ) -> Network:
        """Make a network from given weights and biases.

        Parameters
        ----------
        weights : sequence of array_like, shape (n_in, n_out) each
        biases : sequence of array_like, shape (n_out,) each
        activation : str, pair of functions, or sequence of these
            The activation of the hidden layers, or of every layer: see `fastnet.train`.
        loss : str
            "quadratic" or "cross-entropy".
        classes : array_like, optional
            The labels of the outputs. The default is 0, 1, 2, ..., or none if the output layer is
            identity or has a single output: then outputs are numbers.
        dtype : str, optional
            The default is float64 if the first weights are float64, else float32.

        Raises
        ------
        ValueError
            Shapes do not fit each other, or there is NaN or infinity.
        """
        form, arrays = form_with(weights, biases, activation, loss, dtype, classes)
        net = cls(*form)
        net.parameters.assign(*arrays)
        return net

    def copy(self) -> Network:
        """Return a copy that shares nothing with this network but attributes of your own."""
        state = self.__getstate__()
        for name in ("parameters", "outputs", "history", "run", "origin", "rounding"):
            state[name] = copy.deepcopy(state[name])
        if self._encoding is not None and self._encoding.running:  # else it never changes
            state["_encoding"] = self._encoding.copy()
        return self.of(**state | {"last": self.last and self.last.copy()})

    __copy__ = copy

    def digest(self) -> str:
        """Return the SHA-256 of the weights and biases: equal if they are equal bit for bit.

        It covers the encoding and the units of y too, if there are any.
        """
        digest, units = self.parameters.digest(), self.outputs.units
        if self._encoding is None and units is None:
            return digest
        parts = [digest, *([] if self._encoding is None else [self._encoding.digest()])]
        arrays = [] if units is None else [array.tobytes() for array in units]
        return str(hashed([*(part.encode() for part in parts), *arrays]).hexdigest())

    def is_finite(self) -> bool:
        """Tell whether no weight or bias is NaN or infinite."""
        return self.parameters.is_finite()

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.sizes))
        activations = ", ".join("/".join(names_of(a)) for a in self.activations)
        return f"Network({sizes}, {activations}, {self.loss}, {self.dtype})"

    def predict_proba(self, X: ArrayLike | Samples) -> Array:
        """Return the outputs (n, outputs) for X; with softmax they are probabilities.

        Those of a regression that learned tables are in the units of y, float64.
        """
        return self.outputs.restored(self.passes.answer(self.samples(X)))

    def predict_one(self, x: ArrayLike | Mapping[str, Any]) -> Any:
        """Return the answer for one sample x (features,): a label, a number or an array.

        Labels, as in `classes.tolist()`, and numbers are Python's own. With an encoding, x is a row
        of a table: a dict, a series, or values by their places.
        """
        if self.origin is not None:
            row_in_order(x, self.origin)
        single = self.passes.singles.get(get_ident()) or self.passes.single()
        return single.answer(x, self._encoding)

    def rounded(self, weights: str) -> Network:
        """Return a copy whose weights are rounded to few bits, for small files and computers.

        The dtype stays: each weight has a value that "float16" has, or for "int8" a whole number of
        -127..127 times its output's scale, the largest weight / 127. `rounding` has the record.
        """
        net = self.copy()
        change = round_in_place(net.weights, weights)
        net.rounding = {"weights": weights, "largest_change": change}
        return net

    def save(
        self,
        path: str | os.PathLike[str],
        weights: str | None = None,
        data: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> None:
        """Write the network to a file, atomically: an .npz of plain arrays, nothing pickled.

        Of your own functions the file holds only names: give them to `fastnet.load` again.

        Parameters
        ----------
        path : str or path
        weights : str, optional
            "float16" or "int8", for a small file: the weights are rounded, and the loaded network
            answers as `rounded` does. Biases stay as they are. A line on stderr says by how much
            weights change.
        data : tuple of arrays, optional
            (X, y): the line, and the file, then have the scores before and after the rounding, too.

        Raises
        ------
        TypeError, ValueError
            `fastnet.load` would refuse the file, as with NaN weights, or a weight is beyond
            float16; nothing is written.
        OSError
            The file cannot be written; an old file is as it was.
        """
        save(path, self, weights, data)
