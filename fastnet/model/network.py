"""A dense network: its sizes, one flat vector of parameters, and what it answers."""

from __future__ import annotations

import copy
import hashlib
import itertools
import operator
import os
import threading
from collections.abc import Sequence
from typing import Any, NoReturn, get_args

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .. import checks
from .._version import __version__
from ..data.samples import Samples, as_samples
from ..data.targets import Targets, as_targets, checked_classes
from ..kernels import losses as kernel_losses
from ..kernels.activations import CODES, CUSTOM, HIDDEN
from ..kernels.blocks import SINGLY
from ..options import DTypeName
from ..reference import LossName
from ..rng import seed_of, stream
from ..typing import Array
from . import archive
from .activations import Activation, Pair, check_range, functions, is_pair, names_of, row_of
from .history import History
from .layout import Layout, aligned, layout
from .signs import LEAST, look_at_inputs, look_at_targets
from .single import Single
from .start import Start, first_weights
from .workspace import Pass, Workspace, no_decay

LOSSES: tuple[str, ...] = get_args(LossName)
DTYPES: tuple[str, ...] = get_args(DTypeName)
LARGEST = 1 << 31  # parameters
LARGEST_NUMBER = {np.dtype(name): float(np.finfo(name).max) for name in DTYPES}
LOOK = 1000  # calls of learn_one between two looks at the weights


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


class Layers(tuple[Array, ...]):
    """The weights, or the biases, of each layer: views. What is set is copied to them."""

    def __setitem__(self, k: int, array: ArrayLike) -> None:
        view = self[operator.index(k)]
        view[:] = _fitting(array, view, k)

    def fitting(self, arrays: Sequence[ArrayLike]) -> list[Array]:
        """One array for each layer, if there are so many, and each fits."""
        name = _kind(self[0])
        arrays = checks.arrays(name, arrays)
        if len(arrays) != len(self):
            wanted = f"{len(self)}, one for each layer"
            raise ValueError(f"{name}: {len(arrays)} arrays, wanted {wanted}")
        return [_fitting(a, view, k) for k, (a, view) in enumerate(zip(arrays, self, strict=True))]


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
        and features, dtype, SHA-256 of X and y), "versions" (of fastnet, Python, NumPy and Numba;
        of the kernels a digest of their sources) and "on_epoch" (the callback's name);
        `fastnet train` adds "source", the data's name. None of a network that was made otherwise.
    """

    # Whether the answers of one output are (n, 1), as its targets were; None where nothing says so:
    # then they are if they say whether a label is there.
    _column: bool | None = None

    def __init__(
        self,
        sizes: Sequence[int],
        activations: Sequence[Activation],
        loss: str,
        dtype: DTypeLike = "float32",
        classes: ArrayLike | None = None,
    ):
        """Make a network whose parameters are 0; the arguments are as the attributes."""
        self._singles: dict[int, Single] = {}  # by thread
        self._calls = 0  # of learn_one
        self._seen: tuple[int, Array | None] = 0, None  # calls at the last look, and the weights
        self.sizes = _checked_sizes(sizes)
        self.loss = checks.one_of("loss", loss, LOSSES)
        self.dtype = checked_dtype(dtype)
        self.seed: int | None = None
        self.version = __version__
        self.history = History()
        self.stopped: str | None = None
        self.last: Network | None = None
        self.run: dict[str, Any] | None = None
        self._activate(activations)
        self.classes = classes  # type: ignore[assignment]
        self._loss = _loss_kind(self.loss, self.activations[-1])
        self._params = aligned(self._layout.params, self.dtype)
        self._looked = False  # whether partial_fit has looked at what it was given

    @property
    def classes(self) -> Array | None:
        """The labels that the outputs stand for; None where the targets are numbers."""
        return self._classes

    @classes.setter
    def classes(self, classes: ArrayLike | None) -> None:
        self._classes = None if classes is None else _checked_classes(classes, self.sizes[-1])
        self._singles = {}  # which know the old ones

    def _activate(self, activations: Sequence[Activation]) -> None:
        """Take these activations, one for each layer, and lay the layers out."""
        depth = len(self.sizes) - 1
        activations = checks.scalar(activations)
        if is_pair(activations) or not checks.in_order(activations):
            example = str(activations) if isinstance(activations, str) else "sigmoid"
            wanted = ", ".join([repr(example)] * depth) + "," * (depth == 1)
            raise TypeError(
                f"activations: {checks.came(activations)}, wanted one for each layer, such as "
                f"({wanted})"
            )
        taken: Any = tuple(tuple(a) if is_pair(a) else a for a in activations)
        _check_activations(taken, self.loss, depth)
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
        biases = checks.arrays("biases", biases)
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
        """Copy weights and biases whose shapes fit and which are finite; or nothing."""
        fitting = self.weights.fitting(weights), self.biases.fitting(biases)
        for views, arrays in zip((self.weights, self.biases), fitting, strict=True):
            for view, array in zip(views, arrays, strict=True):
                view[:] = array
        self._calls, self._seen = 0, (0, None)  # learn_one looks anew

    def copy(self) -> Network:
        """A copy that shares nothing with this network."""
        twin = type(self).__new__(type(self))
        twin.__setstate__(self.__getstate__())
        twin.history = copy.deepcopy(self.history)
        twin.last = self.last and self.last.copy()
        twin.run = copy.deepcopy(self.run)
        return twin

    __copy__ = copy

    def _with_class(self, label: Any, seed: int) -> Network:
        """A copy with an output for one more class; all weights and biases of the others stay.

        The new weights are drawn, by the seed and the number of outputs, as those of a new network
        are: zeros would never learn where the output layer is relu. The new bias is 0.
        """
        twin, classes = self.copy(), _one_more(self.classes, label)
        twin.sizes = _checked_sizes((*self.sizes[:-1], self.sizes[-1] + 1))
        twin.classes = classes
        twin._activate(self.activations)
        twin._params = aligned(twin._layout.params, self.dtype)
        views = [*twin.weights, *twin.biases]
        for old, new in zip([*self.weights, *self.biases], views, strict=True):
            new[..., : old.shape[-1]] = old
        last = twin.weights[-1]
        rng = stream(seed, "outputs", self.sizes[-1])
        drawn = first_weights(None, [last.shape], self.activations[-1:], rng)
        last[:, -1] = next(drawn)[:, -1]
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """What pickle keeps of a network."""
        state = {**self.__dict__, "_singles": {}, "_calls": 0, "_seen": (0, None)}
        del state["_functions"], state["_layout"]  # these have addresses
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what pickle kept; its arrays may be another's, or read-only maps of a file."""
        self.__dict__.update(state)
        self._activate(self.activations)
        self.classes = self._classes
        self._params = aligned(self._layout.params, self.dtype)
        self._params[:] = state["_params"]

    # Parameters -----------------------------------------------------------------------------

    @property
    def weights(self) -> Layers:
        """The weights of each layer, (n_in, n_out): views. What is set is copied to them."""
        return self._views(self._params)[0]

    @weights.setter
    def weights(self, weights: Sequence[ArrayLike]) -> None:
        self._take(weights, self.biases)

    @property
    def biases(self) -> Layers:
        """The biases of each layer, (n_out,): views, as `weights` are."""
        return self._views(self._params)[1]

    @biases.setter
    def biases(self, biases: Sequence[ArrayLike]) -> None:
        self._take(self.weights, biases)

    def _views(self, params: Array) -> tuple[Layers, Layers]:
        """The weights and the biases in parameters."""
        weights, biases = [], []
        for layer in self._layout.layers:
            w, b, pad = int(layer["w"]), int(layer["b"]), int(layer["pad"])
            weights.append(params[w:b].reshape(-1, pad)[: layer["n_in"], : layer["n_out"]])
            biases.append(params[b:][: layer["n_out"]])
        return Layers(weights), Layers(biases)

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
        X : array_like, frame or scipy.sparse array, shape (n, features)
            As in `fastnet.train`.

        Returns
        -------
        numpy.ndarray
            Labels (n,); with several labels at once their presence (n, outputs), 0 or 1; for a
            regression the values (n, outputs). Of one output they are (n,) or (n, 1), as the
            targets were that it learned.
        """
        return self._answers(self.predict_proba(X))

    def _answers(self, outputs: Array) -> Array:
        """What outputs (n, outputs) stand for."""
        if self.classes is not None:
            return self.classes[outputs.argmax(axis=1)]
        if self.loss == "cross-entropy":
            outputs = (outputs > 0.5).astype(np.int64)
        return outputs[:, 0] if self._flat else outputs

    @property
    def _flat(self) -> bool:
        """Whether an answer is one number, no array of it."""
        column = self.loss == "cross-entropy" if self._column is None else self._column
        return self.sizes[-1] == 1 and not column

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

        A label, or with numbers as outputs an array (n_out,), or a number: as a row of `predict`.
        """
        outputs = self._single().outputs(x)
        if self.classes is not None:
            return self.classes[outputs.argmax()]
        if self.loss == "cross-entropy":
            outputs = (outputs > 0.5).astype(np.int64)
        return outputs[0] if self._flat else outputs.copy()

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """How right the answers to X are: the share of samples, or R squared for a regression.

        With several labels at once a sample counts if all its labels are right. Labels that the
        network does not know count as wrong, and are a `LearningWarning`.
        """
        return self._score(self.predict(X), y)

    def _score(self, answers: Array, y: ArrayLike) -> float:
        """How right these answers are."""
        targets = self.targets(y, len(answers), least=0)
        if len(targets.labels):
            right = answers == self.classes[targets.labels]  # type: ignore[index]
            return float((right & (targets.labels >= 0)).mean())
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

    def targets(
        self, y: ArrayLike, n: int, name: str = "y", least: int | None = None
    ) -> Targets:
        """Check what n samples stand for: see `fastnet.data.as_targets`."""
        known = self.classes is not None
        targets = as_targets(y, n, self.dtype, self.classes, name, known, least)
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
        codes = [CODES.get(a, CUSTOM) for a in self.activations]  # type: ignore[arg-type]
        laid_out = layout(self.sizes, codes, team)
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
            x, y or the rate does not fit; nothing is learned.
        Diverged
            The cost is no longer finite; nothing is learned. Or a call before has made a weight
            infinite, though its own cost was finite: all weights are looked at in this case, and
            once in 1,000 calls. They are then again as they were at the last look that found them
            finite, and the error says how many samples ago that was.
        """
        single = self._single()
        rate = single.usual_rate if learning_rate is None else self.checked_rate(learning_rate)
        if self._calls % LOOK == 0:
            self._look(rate)
        if not single.learn(x, y, rate)[2]:
            more = "; this sample is not learned: where others fail too, go on from a saved net"
            self._diverge(rate, more)
        self._calls += 1

    def _look(self, rate: float) -> None:
        """Keep the weights of now, if they are finite."""
        if not self.is_finite():
            self._diverge(rate)
        self._seen = self._calls, self._params.copy()

    def _diverge(self, rate: float, more: str = "") -> NoReturn:
        """Raise; the weights are those of now if they are finite, else those of the last look."""
        calls, params = self._seen
        if params is not None and not self.is_finite():
            taken_back = f"samples taken back: {self._calls - calls:,}"
            more = f"; the weights are those of the last look at them ({taken_back})"
            self._params[:], self._calls = params, calls
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
        targets = self.targets(y, samples.n)
        if not self._looked and rate:  # once, at what comes first
            self._looked = True
            look_at_inputs(self, rate, samples)
            if self.classes is None and not self.history and samples.n >= LEAST:
                look_at_targets(self, targets)
        workspace, before = self._single().workspace, self._params.copy()
        for start in range(0, samples.n, samples.chunk):
            order = np.arange(start, min(start + samples.chunk, samples.n))
            rates = np.full(len(order), rate, self.dtype)
            if self._run(workspace, samples, order, targets, rates)[2] < len(order):
                break
        else:
            if self.is_finite():
                self._calls, self._seen = 0, (0, None)  # learn_one looks anew
                return self
        self._params[:] = before
        self._diverge(rate, "; the weights are those from before the call")

    def checked_rate(self, rate: float | None, falls: bool = True) -> float:
        """The learning rate, or the default for this network: half of it unless it falls."""
        if rate is None:
            return self._default_rate() / (1 if falls else 2)
        largest = LARGEST_NUMBER[self.dtype]
        if type(rate) is float and 0 <= rate <= largest:  # at once: learn_one waits for it
            return rate
        try:
            return checks.number("learning_rate", rate, 0, largest)
        except ValueError:
            wanted = f"a number >= 0 within {self.dtype}"
            raise ValueError(f"learning_rate: {checks.came(rate)}, wanted {wanted}") from None

    def _default_rate(self) -> float:
        """The rate of `fastnet.train`, where it falls; it never depends on the data."""
        rate = row_of(self.activations[0]).rate
        if self.classes is None:
            rate /= 10
        unbounded = not row_of(self.activations[-1]).bounded
        if self.loss == "quadratic" and unbounded and self.sizes[1:-1]:
            rate = min(rate, row_of(self.activations[-2]).steady / self.sizes[-2])
        return rate

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

        Raises
        ------
        TypeError, ValueError
            What `fastnet.load` would refuse, such as NaN among the weights; nothing is written.
        OSError
            It cannot be written; a file that was there is as it was.
        """
        archive.write(checks.path("path", path), *self._contents(self._params))

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
        if self.classes is not None:  # of more than 64 bits they are written out
            great = self.classes.dtype == object
            arrays["classes"] = self.classes.astype(str) if great else self.classes
        about = {
            "fastnet": self.version,
            "activations": [a if isinstance(a, str) else names_of(a) for a in self.activations],
            "loss": self.loss,
            "seed": self.seed,
            "history": self.history,
            "stopped": self.stopped,
            "run": self.run,
            "column": self._column,
            "great_classes": self.classes is not None and self.classes.dtype == object,
        }
        _made_of(about, arrays)  # raises what reading the file would
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
    about, arrays = archive.read(checks.path("path", path))
    with archive.intact(path):
        net, names = _made_of(about, arrays)
    if names:
        net._activate(_with_functions(net.activations, names, activation, os.fspath(path)))
    return net


def _with_functions(
    activations: Sequence[Activation], names: dict[int, list[str]], given: Any, path: str
) -> list[Activation]:
    """The activations, with those of the functions given that have these names, by layers."""
    if given is not None and not is_pair(given) and not checks.in_order(given):
        came = checks.came(given)
        raise TypeError(f"activation: {came}, wanted (f, f_prime), or several of these")
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
    names = {k: a for k, a in enumerate(activations) if isinstance(a, list)}
    for k in names:
        activations[k] = "identity"
    weights = [arrays[f"weights_{k}"] for k in range(depth)]
    biases = [arrays[f"biases_{k}"] for k in range(depth)]
    sizes = _sizes_of(weights, biases)
    classes: Any = arrays.get("classes")
    if about.get("great_classes"):
        classes = [int(label) for label in classes]
    net = Network(sizes, activations, about["loss"], weights[0].dtype, classes)
    net._column = about.get("column")
    net._take(weights, biases)
    net.seed, net.version = about.get("seed"), about["fastnet"]
    net.history, net.stopped = History(about["history"]), about.get("stopped")
    net.run = about.get("run")
    return net, names


def _sizes_of(weights: Sequence[Array], biases: Sequence[Array]) -> list[int]:
    """The sizes of the layers; no memory is taken for those that do not fit each other."""
    sizes = [*weights[0].shape[:1], *(len(b) for b in biases)]
    dtype = weights[0].dtype.newbyteorder("=")
    for k, (w, b) in enumerate(zip(weights, biases, strict=True)):
        if w.shape != tuple(sizes[k : k + 2]) or b.ndim != 1:
            raise ValueError(f"layer {k}: shapes {w.shape} and {b.shape}, wanted those of a layer")
        if not w.dtype.newbyteorder("=") == b.dtype.newbyteorder("=") == dtype:
            raise ValueError(f"layer {k}: {w.dtype} and {b.dtype}, wanted {dtype}")
    return sizes


def _kind(view: Array) -> str:
    """What the parameters of a layer are."""
    return "weights" if view.ndim == 2 else "biases"


def _fitting(array: ArrayLike, view: Array, k: int) -> Array:
    """What is to be copied to layer k's view, of its dtype, if it fits and is finite."""
    name = f"{_kind(view)}[{k}]"
    with np.errstate(over="ignore"):
        numbers = checks.array(name, array, view.shape).astype(view.dtype, copy=False)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name}: NaN or infinite, wanted finite numbers within {view.dtype}")
    return numbers


def _checked_classes(classes: ArrayLike, outputs: int) -> Array:
    """A copy of the classes, one an output, that is not to be written to."""
    array = checked_classes(classes)
    if array.shape != (outputs,):
        raise ValueError(f"classes: shape {array.shape}, wanted ({outputs},), one an output")
    array.flags.writeable = False
    return array


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
        if isinstance(activation, str):
            checks.one_of("activation", activation, HIDDEN)
        else:
            functions(tuple(activation))
        if loss == "cross-entropy":
            last = "softmax" if labels else "sigmoid"
        else:
            last = "sigmoid" if labels else "identity"
        hidden: Any = activation
        return (*(hidden,) * (depth - 1), last)
    if not checks.in_order(activation):
        came = checks.came(activation)
        raise TypeError(
            f"activation: {came}, wanted a name or (f, f_prime), or these for each layer"
        )
    names: tuple[Any, ...] = tuple(activation)
    if len(names) != depth:
        raise ValueError(f"activation: {len(names)} names, wanted {depth}, one for each layer")
    return names


def checked_dtype(dtype: Any) -> np.dtype:
    """float32 or float64, as a name or as NumPy has it."""
    return checks.dtype("dtype", dtype, DTYPES)


def _check_activations(activations: Sequence[Activation], loss: str, depth: int) -> None:
    """Check them but for functions of the user's own, which `functions` checks."""
    if len(activations) != depth:
        raise ValueError(
            f"activations: {len(activations)} names, wanted {depth}, one for each layer"
        )
    for activation in activations[:-1]:
        if not is_pair(activation):
            checks.one_of("activation", activation, HIDDEN)
    last = activations[-1]
    outputs = ["softmax", "sigmoid"] if loss == "cross-entropy" else HIDDEN
    if not isinstance(last, str) and not is_pair(last):
        checks.one_of("activation", last, outputs)
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


def _checked_sizes(given: Sequence[int]) -> tuple[int, ...]:
    sizes = checks.sizes("sizes", given)
    if len(sizes) < 2:
        raise ValueError(f"sizes: {sizes}, wanted those of inputs and outputs, such as (784, 10)")
    parameters = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
    if parameters > LARGEST:
        raise ValueError(
            f"sizes: {sizes} make {parameters:.1e} parameters, wanted <= {LARGEST:.1e}"
        )
    return sizes


def is_regression(net: Network) -> bool:
    """Whether the answers are numbers, of which none is right or wrong."""
    return net.classes is None and net.loss == "quadratic"
