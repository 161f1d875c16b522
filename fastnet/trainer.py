"""train(): the order of the samples, the rate of each, when to look, and what to report."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import compiling
from .activations import Activation
from .data import Array, Samples, Targets, as_targets, check_range
from .kernels.blocks import DENSE, SAMPLES, SINGLY, SPARSE
from .network import (
    LOSSES,
    Diverged,
    Network,
    checked_dtype,
    layer_activations,
    one_of,
)
from .start import Start
from .workspace import Workspace

SCHEDULES = ("constant", "linear")
SEEN = 0.1  # seconds between two looks at Ctrl-C, progress and the weights


def train(
    X: ArrayLike,
    y: ArrayLike,
    *,
    hidden: Sequence[int] = (64, 32),
    activation: Activation | Sequence[Activation] = "sigmoid",
    loss: str = "quadratic",
    learning_rate: float | None = None,
    schedule: str = "constant",
    epochs: int = 20,
    validation_data: tuple[ArrayLike, ArrayLike] | None = None,
    shuffle: bool = True,
    seed: int = 0,
    dtype: DTypeLike = "float32",
    start: Start | None = None,
    init: Network | None = None,
    threads: int | Literal["auto"] = 1,
    verbose: bool | None = None,
    on_epoch: Callable[[Network, dict[str, Any]], object] | None = None,
    on_progress: Callable[[int, int], object] | None = None,
) -> Network:
    """Train a dense network, one sample at a time, the weights updated after each.

    Parameters
    ----------
    X : array_like or scipy.sparse array, shape (n, features)
        uint8 is taken as v / 255, other numbers as they are. Zeros cost nothing.
    y : array_like
        Class labels (n,): integers or strings. Or numbers, (n,) or (n, outputs): a regression with
        quadratic loss, the presence of several labels at once, 0 to 1, with cross-entropy.
    hidden : sequence of int
        Units of the hidden layers; () for none.
    activation : str, pair of functions, or sequence of these
        "sigmoid", "tanh", "scaled-tanh", "relu", "leaky-relu" or "identity", of the hidden layers.
        Or your own: two functions of one number that `numba.njit` has compiled, (f, f_prime), which
        are called in float64; f_prime is checked against the slope of f. The output layer is then
        softmax (cross-entropy), sigmoid (quadratic loss, or several labels) or identity
        (regression). Or one of these for each layer, the output layer's last.
    loss : str
        "quadratic", the sum of (a - y)**2 over the outputs, or "cross-entropy".
    learning_rate : float, optional
        Of the first sample. The default goes by the activation of the first layer: 0.1 for sigmoid,
        0.02 for tanh and softmax, else 0.01; a tenth of it where y holds numbers.
    schedule : str
        "constant", or "linear": from sample to sample the rate falls, to nearly 0 at the last.
    epochs : int
        Passes over the samples.
    validation_data : (X, y), optional
        Looked at after each epoch.
    shuffle : bool
        Draw a new order for each epoch; False keeps the order given.
    seed : int
        Of the start and of the orders. Same data, seed and version: same weights, bit for bit, on
        every CPU.
    dtype : str
        "float32" or "float64": of the weights and all arithmetic.
    start : str, (low, high) or sequence of array_like, optional
        The first weights: "glorot", "he", "normal", "normal/n", uniform between two numbers, or
        arrays: see `Network.initialise`. By default "he" into relu and leaky relu layers, else
        "glorot". Biases start at 0.
    init : Network, optional
        Go on from a copy of this network; hidden, activation, loss, dtype and start are its own.
    threads : int or "auto"
        How many threads share the work on each sample; the bits are the same with any number.
        "auto" tries all cores against one, and goes on with what is faster. More than one pay from
        about 100 units in a hidden layer on.
    verbose : bool, optional
        True: a line for each epoch, on stderr. False: not even the line that says that kernels are
        being compiled.
    on_epoch : callable, optional
        Called as on_epoch(network, record) after each epoch.
    on_progress : callable, optional
        Called as on_progress(done, total), numbers of samples, several times a second.

    Returns
    -------
    Network
        Its `history` has a dict for each epoch: "epoch", "seconds" (in the compiled pass),
        "learning_rate" (of its first sample), "loss" and "accuracy" (of each sample before it was
        learned; accuracy is None for a regression), and with validation data "val_loss" and
        "val_accuracy" (after the epoch).

    Raises
    ------
    TypeError, ValueError
        An argument that does not fit, before anything is learned.
    Diverged
        Cost or weights are no longer finite; `.network` has the last finite weights.
    KeyboardInterrupt
        Ctrl-C; its `.network` has the weights so far.
    """
    samples, targets, net = _prepare(X, y, hidden, activation, loss, seed, dtype, start, init)
    rate = net.checked_rate(learning_rate)
    one_of("schedule", schedule, SCHEDULES)
    epochs = _whole("epochs", epochs, 0)
    seed = _whole("seed", seed, 0)
    validation = None
    if validation_data is not None:
        validation = _validation(validation_data, net)
    token = compiling.quiet.set(verbose is False)
    try:
        run = _Run(net, samples, targets, rate, schedule, epochs, threads, on_progress)
        orders = np.random.default_rng([seed, 1])
        for _ in range(epochs):
            order = orders.permutation(samples.n) if shuffle else np.arange(samples.n)
            record = run.epoch(order)
            if validation is not None:
                record["val_loss"], record["val_accuracy"] = _evaluate(net, *validation)
            net.history.append(record)
            if verbose:
                print(_line(record), file=sys.stderr, flush=True)
            if on_epoch is not None:
                on_epoch(net, record)
    except KeyboardInterrupt as interrupt:
        interrupt.network = net  # type: ignore[attr-defined]
        raise
    finally:
        compiling.quiet.reset(token)
    return net


class _Run:
    """A run of some epochs: how far it is, and at which rate."""

    def __init__(
        self,
        net: Network,
        samples: Samples,
        targets: Targets,
        rate: float,
        schedule: str,
        epochs: int,
        threads: int | Literal["auto"],
        on_progress: Callable[[int, int], object] | None,
    ):
        self.net, self.samples, self.targets = net, samples, targets
        self.rate, self.schedule, self.on_progress = rate, schedule, on_progress
        self.total = epochs * samples.n
        self.done = 0
        self.chunks = _Chunks(samples, _teams(net, threads, _method(samples, net)))

    def rates(self, n: int) -> Array:
        """The learning rates of the next n samples."""
        rates = np.full(n, self.rate)
        if self.schedule == "linear":
            rates *= 1 - np.arange(self.done, self.done + n) / self.total
        return rates.astype(self.net.dtype)

    def epoch(self, order: Array) -> dict[str, Any]:
        """Learn from all samples in this order; returns the record for the history."""
        net, n = self.net, len(order)
        record: dict[str, Any] = {"epoch": len(net.history), "seconds": 0.0}
        record["learning_rate"] = float(self.rates(1)[0])
        cost, hits = 0.0, 0
        # Compile, or load what is compiled, before the clock runs.
        first = self.chunks.workspaces[0]
        net._run(first, self.samples, order[:0], self.targets, self.rates(0))
        for workspace, chunk in self.chunks.of(order):
            before, rates = net._params.copy(), self.rates(len(chunk))
            began = time.perf_counter()
            cost, h, learned = net._run(
                workspace, self.samples, chunk, self.targets, rates, cost=cost
            )
            record["seconds"] += time.perf_counter() - began
            if learned < len(chunk) or not net.is_finite():
                net._params[:] = before
                rate = record["learning_rate"]
                raise Diverged(
                    f"diverged in epoch {record['epoch']} at learning rate {rate:g}: the cost or "
                    "a weight is no longer finite; try a smaller learning_rate, or inputs and "
                    "targets scaled to about 1",
                    net,
                )
            hits += h
            self.done += len(chunk)
            if self.on_progress is not None:
                self.on_progress(self.done, self.total)
        record["loss"], record["accuracy"] = cost / n, _share(hits, n, net)
        return record


class _Teams:
    """One thread or several: what was faster when last tried."""

    TRIED = 0.01  # seconds that a try must have taken to count
    AGAIN = 32  # chunks after which the other number is tried again

    def __init__(self, net: Network, threads: int | Literal["auto"]):
        most = net._layout.most_threads
        if threads == "auto":
            counts = {1, min(_cores(), most)}
        else:
            counts = {min(_whole("threads", threads, 1), most)}
        self.workspaces = {count: net.workspace(count) for count in sorted(counts)}
        self.pace = dict.fromkeys(self.workspaces, 0.0)  # seconds a sample; 0: not tried
        self.chunks = 0

    def next(self) -> Workspace:
        """The workspace for the next chunk."""
        slowest_last = sorted(self.pace, key=self.pace.__getitem__)
        again = self.chunks % self.AGAIN == self.AGAIN - 1
        self.now = slowest_last[-1 if again else 0]
        return self.workspaces[self.now]

    def took(self, seconds: float, samples: int) -> None:
        """Learn how long the chunk took."""
        if seconds >= self.TRIED:
            self.pace[self.now] = seconds / samples
            self.chunks += 1


def _method(samples: Samples, net: Network) -> int:
    """How the first layer learns best, by its size and the data alone: see bench/methods.py."""
    share = samples.density()
    worked = share * samples.features * net._layout.layers[0].pad  # weights that a sample moves
    if share >= 0.35:
        return DENSE if worked >= 8192 else SINGLY
    return SPARSE if worked >= 16384 else SINGLY


def _teams(net: Network, threads: int | Literal["auto"], method: int) -> list[Workspace]:
    """Workspaces of so many threads; of one and of many, where it is to be found out."""
    if threads == "auto":
        counts = {1, min(_cores(), net._layout.most_threads)}
    else:
        counts = {min(_whole("threads", threads, 1), net._layout.most_threads)}
    return [net.workspace(count, method) for count in sorted(counts)]


def _cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


class _Chunks:
    """Cuts an order into parts of about SEEN seconds each, for the workspace that is the fastest.

    Cuts lie between blocks of samples (see `fastnet.kernels.blocks`), so that they change no bit.

    Where there is a choice, each workspace is tried, and the slowest again now and then: what else
    runs on the machine may have come or gone. A try is short, however slow it is.
    """

    FIRST = 64  # samples, by which the pace is guessed
    TRY = SEEN / 4  # seconds
    AGAIN = 32  # parts after which the slowest is tried again

    def __init__(self, samples: Samples, workspaces: Sequence[Workspace]):
        self.workspaces, self.largest = workspaces, samples.chunk
        self.paces = [0.0 for _ in workspaces]  # seconds a sample; 0: not known
        self.tried = [False for _ in workspaces]  # for long enough to be compared
        self.parts = 0

    def of(self, order: Array) -> Iterator[tuple[Workspace, Array]]:
        """Workspaces, and the part of the order that each shall run."""
        start = 0
        while start < len(order):
            now, seconds = self.next()
            size = int(seconds / self.paces[now]) if self.paces[now] else self.FIRST
            blocks = -(-min(size, self.largest) // SAMPLES)
            part = order[start : start + max(1, blocks) * SAMPLES]
            began = time.perf_counter()
            yield self.workspaces[now], part
            took = time.perf_counter() - began
            start += len(part)
            self.paces[now] = max(took, 1e-6) / len(part)
            self.tried[now] |= took > self.TRY / 2
            self.parts += 1

    def next(self) -> tuple[int, float]:
        """Which workspace is next, and for how long."""
        if len(self.workspaces) == 1:
            return 0, SEEN
        if not all(self.tried):
            return self.tried.index(False), self.TRY
        if self.parts % self.AGAIN == 0:
            return self.paces.index(max(self.paces)), self.TRY
        return self.paces.index(min(self.paces)), SEEN


def warmup(dtype: DTypeLike = "float32") -> tuple[float, bool]:
    """Compile the kernels for a dtype, or load them from the cache.

    Returns
    -------
    (float, bool)
        Seconds, and whether they had to be compiled.
    """
    began, compiled = time.perf_counter(), compiling.seconds()
    train(np.eye(2), [0, 1], hidden=(), epochs=1, dtype=dtype)
    return time.perf_counter() - began, compiling.seconds() > compiled


def _prepare(
    X: ArrayLike,
    y: ArrayLike,
    hidden: Sequence[int],
    activation: Activation | Sequence[Activation],
    loss: str,
    seed: int,
    dtype: DTypeLike,
    start: Start | None,
    init: Network | None,
) -> tuple[Samples, Targets, Network]:
    """Checked samples and targets, and the network to train."""
    precision = checked_dtype(dtype)
    if not isinstance(hidden, Iterable):
        raise TypeError(f"hidden: {hidden!r}, wanted a sequence of sizes such as (64, 32), or ()")
    if init is not None:
        if not isinstance(init, Network):
            raise TypeError(f"init: {type(init).__name__}, wanted a Network")
        for name, value, default, own in (
            ("hidden", tuple(hidden), (64, 32), init.sizes[1:-1]),
            ("loss", loss, "quadratic", init.loss),
            ("dtype", precision, np.float32, init.dtype),
        ):
            if value not in (default, own):
                raise ValueError(f"{name}: {value!r}, but init has {own!r}")
        if start is not None:
            raise ValueError("start: given, but init has weights")
        samples = Samples(X, init.dtype, init.sizes[0])
        return samples, init.targets(y, samples.n), init.copy()
    one_of("loss", loss, LOSSES)
    samples = Samples(X, precision)
    targets = as_targets(y, samples.n, precision)
    sizes = [samples.features, *(_whole("hidden", units, 1) for units in hidden), targets.outputs]
    names = layer_activations(activation, len(sizes) - 1, loss, targets.classes is not None)
    net = Network.initialise(
        sizes, names, loss, precision, _whole("seed", seed, 0), targets.classes, start
    )
    check_range(targets.numbers, names[-1], targets.outputs, "y")
    return samples, targets, net


def _validation(data: tuple[ArrayLike, ArrayLike], net: Network) -> tuple[Samples, Targets]:
    try:
        X, y = data
    except (TypeError, ValueError):
        raise TypeError(f"validation_data: {type(data).__name__}, wanted (X, y)") from None
    samples = Samples(X, net.dtype, net.sizes[0], "validation_data X")
    return samples, net.targets(y, samples.n, "validation_data y")


def _evaluate(net: Network, samples: Samples, targets: Targets) -> tuple[float, float | None]:
    """Mean loss and share of right answers."""
    cost, hits = 0.0, 0
    for workspace, chunk in _Chunks(samples, [net.workspace()]).of(np.arange(samples.n)):
        cost, h, judged = net._run(workspace, samples, chunk, targets, cost=cost)
        hits += h
        if judged < len(chunk):
            return np.inf, _share(hits, samples.n, net)
    return cost / samples.n, _share(hits, samples.n, net)


def _share(hits: int, n: int, net: Network) -> float | None:
    regression = net.classes is None and net.loss == "quadratic"
    return None if regression else hits / n


def _line(record: dict[str, Any]) -> str:
    line = f"epoch {record['epoch']}: loss {record['loss']:.4f}"
    if record["accuracy"] is not None:
        line += f", accuracy {record['accuracy']:.2%}"
    if "val_loss" in record:
        line += f"; validation loss {record['val_loss']:.4f}"
        if record["val_accuracy"] is not None:
            line += f", accuracy {record['val_accuracy']:.2%}"
    return f"{line}; {record['seconds']:.2f} s"


def _whole(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name}: {value!r}, wanted a whole number >= {least}")
    return int(value)
