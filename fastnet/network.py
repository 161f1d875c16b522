"""A dense network: its sizes, one flat vector of parameters, and what it answers."""

from __future__ import annotations

import copy
import hashlib
import itertools
import operator
import os
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import __version__, archive
from .activations import Activation, Pair, functions, is_pair, names_of
from .checks import one_of
from .data import Array, Samples, Targets, as_samples, as_targets, check_range
from .history import History
from .kernels import layers as kernel_layers
from .kernels import losses as kernel_losses
from .kernels.blocks import SINGLY
from .signs import look_at_inputs
from .single import Single
from .start import Start, first_weights
from .workspace import Layout, Pass, Workspace, aligned, layout, no_decay

ACTIVATIONS = {
    "sigmoid": kernel_layers.SIGMOID,
    "tanh": kernel_layers.TANH,
    "scaled-tanh": kernel_layers.SCALED_TANH,
    "relu": kernel_layers.RELU,
    "leaky-relu": kernel_layers.LEAKY_RELU,
    "identity": kernel_layers.IDENTITY,
    "softmax": kernel_layers.SOFTMAX,
}
LOSSES = ("quadratic", "cross-entropy")
DTYPES = ("float32", "float64")
LARGEST = 1 << 31  # parameters
LARGEST_NUMBER = {name: float(np.finfo(name).max) for name in DTYPES}

# Of a run whose rate falls linearly; do well on images and on scaled tables: bench/defaults.py.
RATES: dict[Activation, float] = {
    "sigmoid": 0.2,
    "tanh": 0.02,
    "scaled-tanh": 0.01,
    "relu": 0.02,
    "leaky-relu": 0.02,
    "identity": 0.01,
    "softmax": 0.02,
}
RATE = 0.01  # of functions of the user's own


class Diverged(FloatingPointError):
    """A run whose cost or weights are no longer finite.

    Attributes
    ----------
    network : Network
        The network with the last weights that were seen to be finite.
    """

    def __init__(self, message: str, network: Network):
        super().__init__(message)
        self.network = network

    @classmethod
    def at(cls, rate: float, network: Network, where: str = "") -> Diverged:
        """Say at which learning rate, and where in a run."""
        return cls(
            f"diverged{where} at learning rate {rate:g}: the cost or a weight is no longer finite; "
            "try a smaller learning_rate, or inputs and targets scaled to about 1",
            network,
        )

    def __reduce__(self) -> tuple[type[Diverged], tuple[str, Network]]:
        """Come through a process pool, which pickles."""
        return type(self), (str(self), self.network)


class Network:
    """A dense network of layers a = activation(x @ weights + biases).

    Made by `fastnet.train`, `fastnet.load`, `Network.from_weights` or `Network.initialise`.
    Predictions may run in several threads at once.

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
        The labels that the outputs stand for; None where the targets are numbers.
    seed : int or None
        What the start was drawn from.
    version : str
        The version of fastnet that made it.
    history : History
        A list with one record, a dict, for each epoch or part of a stream: see `fastnet.train` and
        `fastnet.train_stream`. It has two methods, `to_csv(path)` and `to_json(path)`.
    stopped : str or None
        What ended the last run: "epochs" (all were learned), "patience", "target", "max_seconds" or
        "on_epoch"; "end", of a stream. None before the first, and after one that was broken off.
    last : Network or None
        The network with the last weights, where the weights are the mean of several: see `average`
        in `fastnet.train`. A file does not keep it.
    run : dict or None
        What the last run of `fastnet.train` was, as JSON has it: "options" (by name, all that can
        change the bits; of arrays the SHA-256, of functions the name), "data" (number of samples
        and features, dtype, SHA-256 of X and y), "versions" (of fastnet, Python, NumPy and Numba)
        and "on_epoch" (the callback's name); `fastnet train` adds "source", the data's name. None
        of a network that was made otherwise.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activations: Sequence[Activation],
        loss: str,
        dtype: DTypeLike = "float32",
        classes: ArrayLike | None = None,
    ):
        """Make a network whose parameters are 0; the arguments are as the attributes."""
        self.sizes = _checked_sizes(sizes)
        self.loss = one_of("loss", loss, LOSSES)
        self.dtype = checked_dtype(dtype)
        self.classes = None if classes is None else np.array(classes)
        self.seed: int | None = None
        self.version = __version__
        self.history = History()
        self.stopped: str | None = None
        self.last: Network | None = None
        self.run: dict[str, Any] | None = None
        self._activate(activations)
        if self.classes is not None and self.classes.dtype.kind not in "biuUS":
            raise TypeError(f"classes: dtype {self.classes.dtype}, wanted integers or strings")
        if self.classes is not None and self.classes.shape != (self.sizes[-1],):
            raise ValueError(
                f"classes: shape {self.classes.shape}, wanted ({self.sizes[-1]},), one an output"
            )
        if self.classes is not None and len(np.unique(self.classes)) < len(self.classes):
            raise ValueError("classes: one of them comes twice, wanted one for each output")
        self._loss = _loss_kind(self.loss, self.activations[-1])
        self._params = aligned(self._layout.params, self.dtype)
        self._singles: dict[int, Single] = {}  # by thread
        self._looked = False  # whether partial_fit has looked at what it was given

    def _activate(self, activations: Sequence[Activation]) -> None:
        """Take these activations, one for each layer, and lay the layers out."""
        taken: Any = tuple(tuple(a) if is_pair(a) else a for a in activations)
        _check_activations(taken, self.loss, len(self.sizes) - 1)
        self.activations: tuple[Activation, ...] = taken
        self._functions = {a: functions(a) for a in taken if not isinstance(a, str)}
        self._layout = self._laid_out(1)

    # Making ---------------------------------------------------------------------------------

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
        """Make a network with random weights and biases of 0. Same seed, same bits, everywhere.

        Parameters
        ----------
        sizes, activations, loss, dtype, classes
            As the attributes.
        seed : int
            Of the random numbers.
        start : str, (low, high) or sequence of array_like, optional
            "glorot": uniform within +-sqrt(6 / (n_in + n_out)); "he": uniform within
            +-sqrt(6 / n_in); "normal": N(0, 1); "normal/n": N(0, 1 / n_in). Or uniform between two
            numbers. Or the weights themselves, (n_in, n_out) for each layer. By default "he" into
            relu and leaky relu layers, else "glorot".
        """
        net = cls(sizes, activations, loss, dtype, classes)
        net.seed = operator.index(seed)
        views = net.weights
        drawn = first_weights(start, [w.shape for w in views], net.activations, seed)
        with np.errstate(over="ignore"):
            for view, weights in zip(views, drawn, strict=True):
                view[:] = weights
        if not net.is_finite():
            raise ValueError(f"start: NaN or infinite, wanted finite numbers within {net.dtype}")
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
            Of the hidden layers, or of every layer: see `fastnet.train`.
        loss : str
            "quadratic" or "cross-entropy".
        classes : array_like, optional
            The labels of the outputs; 0, 1, 2, ... unless the outputs are numbers: an identity
            output layer, or a single output.
        dtype : str, optional
            float64 if the first weights are, else float32.

        Raises
        ------
        ValueError
            Shapes that do not fit each other; NaN or infinity.
        """
        arrays = [np.asarray(w) for w in weights]
        if not arrays or any(w.ndim != 2 for w in arrays):
            shapes = [w.shape for w in arrays]
            raise ValueError(f"weights: shapes {shapes}, wanted one (n_in, n_out) for each layer")
        if len(arrays) != len(biases):
            raise ValueError(f"biases: {len(biases)}, wanted {len(arrays)}, as weights")
        sizes = [arrays[0].shape[0], *(w.shape[1] for w in arrays)]
        names = layer_activations(activation, len(arrays), loss, labels=sizes[-1] > 1)
        if classes is None and sizes[-1] > 1 and names[-1] != "identity":
            classes = np.arange(sizes[-1])
        if dtype is None:
            dtype = "float64" if arrays[0].dtype == np.float64 else "float32"
        net = cls(sizes, names, loss, dtype, classes)
        net._take(arrays, biases)
        return net

    def _take(self, weights: Sequence[ArrayLike], biases: Sequence[ArrayLike]) -> None:
        """Copy weights and biases whose shapes fit and which are finite."""
        for kind, given, own in (
            ("weights", weights, self.weights),
            ("biases", biases, self.biases),
        ):
            for k, (new, old) in enumerate(zip(given, own, strict=True)):
                new = np.asarray(new)
                if new.shape != old.shape:
                    raise ValueError(f"{kind}[{k}]: shape {new.shape}, wanted {old.shape}")
                old[:] = new
        if not self.is_finite():
            raise ValueError(
                f"weights, biases: NaN or infinite, wanted finite numbers within {self.dtype}"
            )

    def copy(self) -> Network:
        """A copy that shares nothing with this network."""
        twin = copy.copy(self)
        twin._singles = {}
        twin._params = aligned(len(self._params), self.dtype)
        twin._params[:] = self._params
        twin.classes = copy.copy(self.classes)
        twin.history = copy.deepcopy(self.history)
        twin.last = self.last and self.last.copy()
        twin.run = copy.deepcopy(self.run)
        return twin

    def _with_class(self, label: Any, seed: int) -> Network:
        """A copy with an output for one more class; all weights and biases of the others stay.

        The new weights are drawn, by the seed and the number of outputs, as those of a new network
        are: zeros would never learn where the output layer is relu. The new bias is 0.
        """
        twin = self.copy()
        twin.classes = _one_more(self.classes, label)
        twin.sizes = _checked_sizes((*self.sizes[:-1], self.sizes[-1] + 1))
        twin._activate(self.activations)
        twin._params = aligned(twin._layout.params, self.dtype)
        views = [*twin.weights, *twin.biases]
        for old, new in zip([*self.weights, *self.biases], views, strict=True):
            new[..., : old.shape[-1]] = old
        last = twin.weights[-1]
        drawn = first_weights(None, [last.shape], self.activations[-1:], [seed, self.sizes[-1]])
        last[:, -1] = next(drawn)[:, -1]
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """What pickle keeps of a network."""
        state = {**self.__dict__, "_singles": {}}
        del state["_functions"], state["_layout"]  # these have addresses
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._activate(self.activations)

    # Parameters -----------------------------------------------------------------------------

    @property
    def weights(self) -> list[Array]:
        """The weights of each layer, (n_in, n_out): views, to write to as well."""
        return self._views(self._params)[0]

    @property
    def biases(self) -> list[Array]:
        """The biases of each layer, (n_out,): views."""
        return self._views(self._params)[1]

    def _views(self, params: Array) -> tuple[list[Array], list[Array]]:
        """The weights and the biases in parameters."""
        weights, biases = [], []
        for layer in self._layout.layers:
            w, b, pad = int(layer["w"]), int(layer["b"]), int(layer["pad"])
            weights.append(params[w:b].reshape(-1, pad)[: layer["n_in"], : layer["n_out"]])
            biases.append(params[b:][: layer["n_out"]])
        return weights, biases

    def digest(self) -> str:
        """SHA-256 of the weights and biases: equal for networks that are equal bit for bit."""
        sha = hashlib.sha256()
        for array in (*self.weights, *self.biases):
            sha.update(array.tobytes())
        return sha.hexdigest()

    def _scaled(self, factor: float) -> Array:
        """A copy of the parameters, all weights multiplied by this factor."""
        params = self._params.copy()
        for layer in self._layout.layers:
            params[layer.w : layer.b] *= self.dtype.type(factor)
        return params

    def is_finite(self) -> bool:
        """Whether no weight or bias is NaN or infinite."""
        return bool(np.isfinite(self._params).all())

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.sizes))
        activations = ", ".join("/".join(names_of(a)) for a in self.activations)
        return f"Network({sizes}, {activations}, {self.loss}, {self.dtype})"

    # Answers --------------------------------------------------------------------------------

    def predict(self, X: ArrayLike) -> Array:
        """What the network takes each sample for.

        Parameters
        ----------
        X : array_like, shape (n, features)
            As in `fastnet.train`.

        Returns
        -------
        numpy.ndarray
            Labels (n,); with several labels at once their presence (n, outputs), 0 or 1; for a
            regression the values, (n,) of one output or (n, outputs).
        """
        return self._answers(self.predict_proba(X))

    def _answers(self, outputs: Array) -> Array:
        """What outputs (n, outputs) stand for."""
        if self.classes is not None:
            return self.classes[outputs.argmax(axis=1)]
        if self.loss == "cross-entropy":
            return (outputs > 0.5).astype(np.int64)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def predict_proba(self, X: ArrayLike | Samples) -> Array:
        """The outputs (n, outputs) for the samples X (n, features), of the network's dtype.

        With softmax outputs these are probabilities that add up to 1.
        """
        samples = as_samples(X, self.dtype, self.sizes[0])
        out = np.empty((samples.n, self.sizes[-1]), self.dtype)
        workspace = self._single().workspace
        for start in range(0, samples.n, samples.chunk):
            order = np.arange(start, min(start + samples.chunk, samples.n))
            self._run(workspace, samples, order, out=out[start : start + len(order)])
        return out

    def predict_one(self, x: ArrayLike) -> Any:
        """What the network takes one sample x (features,) for.

        A label, or with numbers as outputs an array (n_out,), or a number if there is one output.
        """
        outputs = self._single().outputs(x)
        if self.classes is not None:
            return self.classes[outputs.argmax()]
        if self.loss == "cross-entropy":
            return (outputs > 0.5).astype(np.int64)
        return outputs[0] if len(outputs) == 1 else outputs.copy()

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """How right the answers to X are: the share of samples, or R squared for a regression.

        With several labels at once a sample counts if all its labels are right.
        """
        return self._score(self.predict(X), y)

    def _score(self, answers: Array, y: ArrayLike) -> float:
        """How right these answers are."""
        targets = self.targets(y, len(answers))
        if len(targets.labels):
            return float((answers == self.classes[targets.labels]).mean())  # type: ignore[index]
        wanted = targets.numbers.reshape(len(answers), -1).astype(np.float64)
        answers = answers.reshape(wanted.shape)
        if self.loss == "cross-entropy":
            return float((answers == (wanted > 0.5)).all(axis=1).mean())
        rest = ((wanted - answers) ** 2).sum(axis=0)
        spread = ((wanted - wanted.mean(axis=0)) ** 2).sum(axis=0)
        rounding = len(wanted) * (8 * np.finfo(self.dtype).eps * np.abs(wanted).max(axis=0)) ** 2
        varied = spread > rounding  # targets that are all the same have no R squared
        r2 = 1 - rest / np.where(varied, spread, 1)
        return float(np.mean(np.where(varied, r2, rest <= rounding)))

    def targets(self, y: ArrayLike, n: int, name: str = "y") -> Targets:
        """Check what n samples stand for: see `fastnet.data.as_targets`."""
        targets = as_targets(y, n, self.dtype, self.classes, name, labels=self.classes is not None)
        if self.classes is not None and not len(targets.labels):
            raise ValueError(
                f"{name}: dtype {np.asarray(y).dtype}, but the network's targets are labels "
                f"such as {self.classes.tolist()[0]!r}"
            )
        if targets.outputs != self.sizes[-1]:
            raise ValueError(
                f"{name}: {targets.outputs} outputs, but the network has {self.sizes[-1]}"
            )
        check_range(targets.numbers, self.activations[-1], targets.outputs, name)
        return targets

    def workspace(self, threads: int = 1, method: int = SINGLY) -> Workspace:
        """What `threads` threads need to run this network; one pass at a time."""
        threads = min(threads, self._layout.most_threads)
        team = self._layout if threads == 1 else self._laid_out(threads)
        return Workspace(self._layout, team, self.dtype, threads, method)

    def _laid_out(self, team: int) -> Layout:
        """The layers' places in memory, for a team of so many threads."""
        custom = kernel_layers.CUSTOM
        kinds = [ACTIVATIONS[a] if isinstance(a, str) else custom for a in self.activations]
        laid_out = layout(self.sizes, kinds, team)
        for layer, activation in zip(laid_out.layers, self.activations, strict=True):
            if activation in self._functions:
                layer.transfer, layer.transfer_prime, _ = self._functions[activation]
        return laid_out

    def _run(
        self,
        workspace: Workspace,
        samples: Samples,
        order: Array,
        targets: Targets | None = None,
        rates: Array | None = None,
        cost: float = 0.0,
        out: Array | None = None,
        decay: Array | None = None,
    ) -> tuple[float, int, int]:
        """One call of the compiled pass: see `fastnet.kernels.epoch`."""
        labels, numbers = np.zeros(0, np.int32), np.zeros(0, self.dtype)
        rows, places = samples.take(order)
        if targets is not None:
            labels, numbers = targets.labels, targets.numbers
            if places is not order:
                labels, numbers = targets.take(order)
        rates = np.zeros(0, self.dtype) if rates is None else rates
        out = np.zeros(0, self.dtype) if out is None else out.reshape(-1)
        decay = no_decay() if decay is None else decay
        task = Pass(self._loss, rows, (labels, numbers), places, rates, decay, cost, out)
        return workspace.run(self._params, task)

    # Learning -------------------------------------------------------------------------------

    def learn_one(self, x: ArrayLike, y: Any, learning_rate: float | None = None) -> None:
        """Learn from one sample, at once.

        Parameters
        ----------
        x : array_like, shape (features,)
            As a row of X in `fastnet.train`.
        y : label, number or array_like of numbers (n_out,)
            What it stands for: one of `classes`, or numbers.
        learning_rate : float, optional
            By default half of that of `fastnet.train`, where it falls.

        Raises
        ------
        TypeError, ValueError
            x or y does not fit; nothing is learned.
        Diverged
            The cost is no longer finite; nothing is learned.
        """
        rate = self.checked_rate(learning_rate, falls=False)
        if not self._single().learn(x, y, rate)[2]:
            raise Diverged(f"diverged at learning rate {rate:g}: the cost is not finite", self)

    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, learning_rate: float | None = None
    ) -> Network:
        """Learn from some samples, once each and in their order; as many calls of `learn_one`.

        Inputs far from unit scale, in the first call, are a `LearningWarning`.
        """
        rate = self.checked_rate(learning_rate, falls=False)
        samples = Samples(X, self.dtype, self.sizes[0])
        targets = self.targets(y, samples.n)
        if not self._looked and rate:  # once, at what comes first
            self._looked = True
            look_at_inputs(self, rate, samples)
        workspace = self._single().workspace
        for start in range(0, samples.n, samples.chunk):
            order = np.arange(start, min(start + samples.chunk, samples.n))
            rates = np.full(len(order), rate, self.dtype)
            if self._run(workspace, samples, order, targets, rates)[2] < len(order):
                raise Diverged(f"diverged at learning rate {rate:g}: the cost is not finite", self)
        return self

    def checked_rate(self, rate: float | None, falls: bool = True) -> float:
        """The learning rate, or the default for this network: half of it unless it falls."""
        if rate is None:
            rate = RATES.get(self.activations[0], RATE) / (1 if falls else 2)
            return rate if self.classes is not None else rate / 10
        largest = LARGEST_NUMBER[self.dtype.name]
        if not isinstance(rate, int | float | np.integer | np.floating) or not 0 <= rate <= largest:
            raise ValueError(f"learning_rate: {rate!r}, wanted a number >= 0 within {self.dtype}")
        return float(rate)

    def _single(self) -> Single:
        """The view of one sample that belongs to the running thread."""
        thread = threading.get_ident()
        if thread not in self._singles:
            self._singles[thread] = Single(self)
        return self._singles[thread]

    # Files ----------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a file, atomically: an .npz of plain arrays, nothing pickled.

        Of functions of your own the file holds the names: `fastnet.load` wants them again.
        """
        archive.write(path, *self._contents(self._params))

    def _contents(self, params: Array) -> tuple[dict[str, Any], dict[str, Array]]:
        """What a file has of the network with these parameters, as JSON and as arrays."""
        if len({tuple(names_of(pair)) for pair in self._functions}) < len(self._functions):
            raise ValueError(
                "activation: two pairs of functions of the same names, wanted others: names are "
                "what a file holds of them"
            )
        weights, biases = self._views(params)
        arrays = {f"weights_{k}": array for k, array in enumerate(weights)}
        arrays |= {f"biases_{k}": array for k, array in enumerate(biases)}
        if self.classes is not None:
            arrays["classes"] = self.classes
        about = {
            "fastnet": self.version,
            "activations": [a if isinstance(a, str) else names_of(a) for a in self.activations],
            "loss": self.loss,
            "seed": self.seed,
            "history": self.history,
            "stopped": self.stopped,
            "run": self.run,
        }
        return about, arrays


def load(
    path: str | os.PathLike[str], activation: Pair | Sequence[Pair] | None = None
) -> Network:
    """Read a network that `Network.save` wrote.

    Parameters
    ----------
    path : str or path
    activation : pair of functions, or sequence of these, optional
        Those of your own that the network was trained with, found by their names.

    Raises
    ------
    ValueError
        The file is truncated, was changed, or is something else; nothing in it is executed. Or it
        wants functions that were not given.
    OSError
        It cannot be read.
    """
    about, arrays = archive.read(path)
    with archive.intact(path):
        net, names = _made_of(about, arrays)
    if names:
        net._activate(_with_functions(net.activations, names, activation, os.fspath(path)))
    return net


def _with_functions(
    activations: Sequence[Activation], names: dict[int, list[str]], given: Any, path: str
) -> list[Activation]:
    """The activations, with those of the functions given that have these names, by layers."""
    pairs = {tuple(names_of(p)): p for p in ([given] if is_pair(given) else given or [])}
    for k, wanted in names.items():
        if tuple(wanted) not in pairs:
            raise ValueError(
                f"{path}: layer {k} has functions of your own, which the file cannot hold; wanted "
                f"load(path, activation=({', '.join(wanted)}))"
            )
    return [pairs[tuple(names[k])] if k in names else a for k, a in enumerate(activations)]


def _made_of(
    about: dict[str, Any], arrays: dict[str, Array]
) -> tuple[Network, dict[int, list[str]]]:
    """The network, and the names of functions by layers, for which "identity" stands in it."""
    depth = len(about["activations"])
    activations = list(about["activations"])
    own = {k: a for k, a in enumerate(activations) if isinstance(a, list)}
    names = {k: a for k, a in own.items() if set(map(type, a)) == {str}}
    for k in names:
        activations[k] = "identity"
    weights = [arrays[f"weights_{k}"] for k in range(depth)]
    sizes = [len(weights[0]), *(w.shape[1] for w in weights)]
    net = Network(sizes, activations, about["loss"], weights[0].dtype, arrays.get("classes"))
    net._take(weights, [arrays[f"biases_{k}"] for k in range(depth)])
    net.seed, net.version = about["seed"], about["fastnet"]
    net.history, net.stopped = History(about["history"]), about.get("stopped")
    net.run = about.get("run")
    if net.run is not None and not {"options", "on_epoch", "data", "versions"} <= net.run.keys():
        raise ValueError("the record of its run is not whole")
    return net, names


def _loss_kind(loss: str, outputs: Activation) -> int:
    """Number of the loss in the kernels."""
    if loss == "quadratic":
        return kernel_losses.QUADRATIC
    if outputs == "softmax":
        return kernel_losses.SOFTMAX_CROSS_ENTROPY
    return kernel_losses.SIGMOID_CROSS_ENTROPY


def layer_activations(
    activation: Activation | Sequence[Activation], depth: int, loss: str, labels: bool
) -> tuple[Activation, ...]:
    """Activations of all layers; one name, or pair of functions, stands for the hidden layers.

    The output layer is then softmax (cross-entropy and class labels), sigmoid (cross-entropy and
    several labels at once, or quadratic loss and class labels), or identity (regression).
    """
    if isinstance(activation, str) or is_pair(activation):
        if loss == "cross-entropy":
            last = "softmax" if labels else "sigmoid"
        else:
            last = "sigmoid" if labels else "identity"
        return (*(activation,) * (depth - 1), last)
    if not isinstance(activation, Iterable):
        raise TypeError(
            f"activation: {activation!r}, wanted a name or (f, f_prime), or these for each layer"
        )
    names: tuple[Any, ...] = tuple(activation)
    if len(names) != depth:
        raise ValueError(f"activation: {len(names)} names, wanted {depth}, one for each layer")
    return names


def checked_dtype(dtype: Any) -> np.dtype:
    """float32 or float64, as a name or as NumPy has it."""
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = dtype
    return np.dtype(one_of("dtype", name, DTYPES))


def _check_activations(activations: Sequence[Activation], loss: str, depth: int) -> None:
    """Check them but for functions of the user's own, which `functions` checks."""
    if len(activations) != depth:
        raise ValueError(
            f"activations: {len(activations)} names, wanted {depth}, one for each layer"
        )
    hidden = [name for name in ACTIVATIONS if name != "softmax"]
    for activation in activations[:-1]:
        if not is_pair(activation):
            one_of("activation", activation, hidden)
    last = activations[-1]
    outputs = ["softmax", "sigmoid"] if loss == "cross-entropy" else hidden
    if last not in outputs and (loss == "cross-entropy" or not is_pair(last)):
        came = "/".join(names_of(last)) if is_pair(last) else last
        wanted = " or ".join(outputs)
        raise ValueError(f"activation: {came!r} outputs with {loss} loss, wanted {wanted}")


def _one_more(classes: Any, label: Any) -> Array:
    """The classes, and a label of their kind after them."""
    kinds = {"u": "i"}
    kind, wanted = (np.asarray(a).dtype.kind for a in (label, classes))
    more = np.append(classes, label)
    if kinds.get(kind, kind) != kinds.get(wanted, wanted) or more.dtype.kind == "f":
        raise ValueError(
            f"y: label {label!r}, wanted one of the kind of the net's classes, "
            f"such as {classes.tolist()[0]!r}"
        )
    return more


def _checked_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    for size in sizes:
        if not isinstance(size, int | np.integer) or isinstance(size, bool) or size < 1:
            raise ValueError(f"sizes: {size!r} units in a layer, wanted a whole number >= 1")
    sizes = tuple(int(size) for size in sizes)
    parameters = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
    if parameters > LARGEST:
        raise ValueError(
            f"sizes: {sizes} make {parameters:.1e} parameters, wanted <= {LARGEST:.1e}"
        )
    return sizes
