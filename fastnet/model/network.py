"""A dense network: the face of its parameters, its outputs, and its passes over samples."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .. import checks
from .._version import __version__
from ..data.samples import Samples, as_samples
from ..rng import seed_of, stream
from ..typing import Array
from . import archive
from .activations import Activation, Pair, names_of
from .guard import LOOK, Guard
from .history import History
from .outputs import LOSSES, Outputs, Task, checked_activations, layer_activations
from .parameters import Layers, Parameters, checked_dtype, checked_sizes
from .passes import Passes
from .rate import checked_rate, default_rate
from .saving import contents, parts, with_functions
from .signs import LEAST, look_at_inputs, look_at_targets
from .start import Start, first_weights


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
    def at(cls, rate: float, network: Network, where: str = "", more: str = "") -> Diverged:
        """Say at which learning rate, where in a run, and what more there is to know."""
        return cls(
            f"diverged{where} at learning rate {rate:g}: the cost or a weight is no longer finite; "
            f"try a smaller learning_rate, or inputs and targets scaled to about 1{more}",
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
        The labels that the outputs stand for; None where the targets are numbers. Whole numbers of
        more than 64 bits are Python's.
    task : str
        "classification" (one label a sample), "multilabel" (several labels at once) or
        "regression".
    weights, biases : sequence of numpy.ndarray
        Those of each layer, (n_in, n_out) and (n_out,): views. Assigning to them copies.
    seed : int or None
        The seed of the first weights.
    version : str
        The version of fastnet that made it.
    history : History
        A list with one record, a dict, for each epoch or part of a stream: see `fastnet.train` and
        `fastnet.train_stream`. It has two methods, `to_csv(path)` and `to_json(path)`.
    stopped : str or None
        The reason why the last run ended: "epochs" (all were learned), "patience", "target",
        "max_seconds" or "on_epoch"; "end", of a stream. None before the first run, and after one
        that was broken off.
    last : Network or None
        The network with the last weights, where the weights are the mean of several: see `average`
        in `fastnet.train`. A file does not keep it.
    run : dict or None
        A record of the last run of `fastnet.train`, as JSON has it: "options" (by name, all that
        can change the bits; of arrays the SHA-256, of functions the name), "data" (number of
        samples and features, dtype, SHA-256 of X and y), "versions" (of fastnet, Python, NumPy and
        Numba; of the kernels a digest of their sources) and "on_epoch" (the callback's name);
        `fastnet train` adds "source", the data's name. None of a network that was made otherwise.
    parameters : Parameters
        All weights and biases in one vector, and its layout.
    outputs : Outputs
        The meaning of the outputs: loss, classes, task; checks targets, makes answers and scores.
    passes : Passes
        Passes over samples, which learn, answer or judge.
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
        sizes = checked_sizes(sizes)
        loss, number = checks.one_of("loss", loss, LOSSES), checked_dtype(dtype)
        checked = checked_activations(activations, len(sizes) - 1, loss)
        parameters = Parameters(sizes, checked, number)
        self._begin(parameters, Outputs(sizes[-1], checked[-1], loss, number, classes))

    @classmethod
    def of(cls, parameters: Parameters, outputs: Outputs) -> Network:
        """Make a network of these parts, which are not copied."""
        net = cls.__new__(cls)
        cls._begin(net, parameters, outputs)
        return net

    def _begin(self, parameters: Parameters, outputs: Outputs) -> None:
        self.parameters, self.outputs = parameters, outputs
        self.seed: int | None = None
        self.version = __version__
        self.history = History()
        self.stopped: str | None = None
        self.last: Network | None = None
        self.run: dict[str, Any] | None = None
        self._looked = False  # whether partial_fit has looked at its data
        self._prepare()

    def _prepare(self) -> None:
        """Make what the parameters and the outputs need for passes."""
        self.passes = Passes(self.parameters, self.outputs)
        self._guard = Guard(self.parameters)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of inputs, of units in each hidden layer, and of outputs."""
        return self.parameters.sizes

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The activation of each layer."""
        return self.parameters.activations

    @property
    def dtype(self) -> np.dtype:
        """The dtype of the parameters and of all arithmetic."""
        return self.parameters.dtype

    @property
    def loss(self) -> str:
        """The name of the loss."""
        return self.outputs.loss

    @property
    def task(self) -> Task:
        """The network's task: "classification", "multilabel" or "regression"."""
        return self.outputs.task

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
        net.seed = seed_of(seed)
        views = net.weights
        shapes = [w.shape for w in views]
        drawn = first_weights(start, shapes, net.activations, stream(net.seed, "weights"))
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
        weights = checks.arrays("weights", weights)
        arrays = [checks.array(f"weights[{k}]", w) for k, w in enumerate(weights)]
        biases, loss = checks.arrays("biases", biases), checks.one_of("loss", loss, LOSSES)
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
        net.parameters.assign(arrays, biases)
        return net

    def copy(self) -> Network:
        """Return a copy that shares nothing with this network."""
        return copy.deepcopy(self)

    __copy__ = copy

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickle keeps of a network."""
        made = ("passes", "_guard")
        return {name: value for name, value in self.__dict__.items() if name not in made}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make the network that pickle kept."""
        self.__dict__.update(state)
        self._prepare()

    def digest(self) -> str:
        """Return a SHA-256: equal for networks whose weights and biases are equal bit for bit."""
        return self.parameters.digest()

    def is_finite(self) -> bool:
        """Tell whether no weight or bias is NaN or infinite."""
        return self.parameters.is_finite()

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.sizes))
        activations = ", ".join("/".join(names_of(a)) for a in self.activations)
        return f"Network({sizes}, {activations}, {self.loss}, {self.dtype})"

    # Answers --------------------------------------------------------------------------------

    def predict(self, X: ArrayLike) -> Array:
        """What the network takes each sample for.

        Parameters
        ----------
        X : array_like, frame or scipy.sparse array, shape (n, features)
            As in `fastnet.train`.

        Returns
        -------
        numpy.ndarray
            Labels (n,); with several labels at once their presence (n, outputs), 0 or 1; for a
            regression the values (n, outputs). Of one output they are (n,) or (n, 1), as the
            targets were that it learned.
        """
        return self.outputs.answers(self.predict_proba(X))

    def predict_proba(self, X: ArrayLike | Samples) -> Array:
        """Return the outputs (n, outputs) for the samples X (n, features), of the net's dtype.

        With softmax outputs these are probabilities that add up to 1.
        """
        return self.passes.answer(as_samples(X, self.dtype, self.sizes[0]))

    def predict_one(self, x: ArrayLike) -> Any:
        """Return the answer for one sample x (features,), as a row of `predict` has it.

        This is a label, or with numbers as outputs an array (n_out,) or a number.
        """
        return self.outputs.answer(self.passes.single().outputs(x))

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """How right the answers to X are: the share of samples, or R squared for a regression.

        With several labels at once a sample counts if all its labels are right. Labels that the
        network does not know count as wrong, and are a `LearningWarning`.
        """
        return self.outputs.score(self.predict(X), y)

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
            x, y or the rate does not fit; nothing is learned.
        Diverged
            The cost is no longer finite; nothing is learned. Or a call before has made a weight
            infinite, though its own cost was finite: all weights are looked at in this case, and
            once in 1,000 calls. They are then again as they were at the last look that found them
            finite, and the error says how many samples ago that was.
        """
        single, guard = self.passes.single(), self._guard
        given = learning_rate is not None
        rate = checked_rate(learning_rate, self.dtype) if given else single.usual_rate
        if guard.calls % LOOK == 0 and not guard.look():
            self._diverge(rate)
        if not single.learn(x, y, rate)[2]:
            more = "; this sample is not learned: where others fail too, go on from a saved net"
            self._diverge(rate, more)
        guard.calls += 1

    def _diverge(self, rate: float, more: str = "") -> NoReturn:
        """Raise; the weights are those of now if they are finite, else those of the last look."""
        back = self._guard.restore()
        if back is not None:
            more = (
                f"; the weights are those of the last look at them (samples taken back: {back:,})"
            )
        raise Diverged.at(rate, self, more=more)

    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, learning_rate: float | None = None
    ) -> Network:
        """Learn from some samples, once each and in their order; as many calls of `learn_one`.

        For a row or two at a time, `learn_one` is faster: it does not look at all weights.

        Inputs or targets far from unit scale, in the first call, are a `LearningWarning`.

        Raises
        ------
        TypeError, ValueError
            X, y or the rate does not fit; nothing is learned.
        Diverged
            The cost or a weight is no longer finite; nothing is learned.
        """
        rate = self.checked_rate(learning_rate, falls=False)
        samples = Samples(X, self.dtype, self.sizes[0])
        targets = self.outputs.targets(y, samples.n)
        if not self._looked and rate:  # once, at what comes first
            self._looked = True
            look_at_inputs(self, rate, samples)
            if self.task != "classification" and not self.history and samples.n >= LEAST:
                look_at_targets(self, targets)
        before = self.parameters.copy()
        try:
            learned = self.passes.learn(samples, targets, rate) and self.is_finite()
        except BaseException:  # Ctrl-C
            self.parameters.replace(before)
            raise
        if not learned:
            self.parameters.replace(before)
            self._diverge(rate, "; the weights are those from before the call")
        self._guard.reset()
        return self

    def checked_rate(self, rate: float | None, falls: bool = True) -> float:
        """Return the learning rate, checked; or the default, half of it unless the rate falls."""
        if rate is not None:
            return checked_rate(rate, self.dtype)
        return default_rate(self.parameters, self.outputs) / (1 if falls else 2)

    # Files ----------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a file, atomically: an .npz of plain arrays, nothing pickled.

        Of functions of your own the file holds the names: `fastnet.load` wants them again.

        Raises
        ------
        TypeError, ValueError
            What `fastnet.load` would refuse, such as NaN among the weights; nothing is written.
        OSError
            It cannot be written; a file that was there is as it was.
        """
        archive.write(checks.path("path", path), *contents(self))


def load(path: str | os.PathLike[str], activation: Pair | Sequence[Pair] | None = None) -> Network:
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
    about, arrays = archive.read(checks.path("path", path))
    with archive.intact(path):
        parameters, outputs = parts(about, arrays)
    if any(isinstance(name, list) for name in about["activations"]):
        own = with_functions(about, activation, os.fspath(path))
        parameters, outputs = parts(about, arrays, own)
    net = Network.of(parameters, outputs)
    net.seed, net.version = about.get("seed"), about["fastnet"]
    net.history, net.stopped = History(about["history"]), about.get("stopped")
    net.run = about.get("run")
    return net
