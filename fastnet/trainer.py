"""train(): one epoch after the other, in chunks; when to look, and what to report."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import compiling
from .activations import Activation
from .checks import number, one_of, whole
from .data import Array, Samples, Targets, as_targets, check_range
from .kernels.blocks import DENSE, SAMPLES, SINGLY, SPARSE
from .network import (
    LOSSES,
    Diverged,
    Network,
    checked_dtype,
    layer_activations,
)
from .order import Order, sample_weights
from .schedules import Rates, Schedule, named
from .start import Start
from .stopping import Stopping, is_regression
from .workspace import Workspace

SEEN = 0.1  # seconds between two looks at Ctrl-C, progress and the weights


def train(
    X: ArrayLike,
    y: ArrayLike,
    *,
    hidden: Sequence[int] = (64, 32),
    activation: Activation | Sequence[Activation] = "sigmoid",
    loss: str = "quadratic",
    learning_rate: float | None = None,
    schedule: str | Schedule = "linear",
    warm_up: float = 0.0,
    epochs: int = 20,
    sample_weight: ArrayLike | None = None,
    class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
    validation_data: tuple[ArrayLike, ArrayLike] | None = None,
    validation_fraction: float | None = None,
    patience: int | None = None,
    target_accuracy: float | None = None,
    max_seconds: float | None = None,
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
    schedule : str or callable
        How the rate changes from sample to sample, by the progress p in [0, 1): samples learned /
        samples of the whole run. learning_rate is multiplied by 1 ("constant"), 1 - p ("linear"),
        0.01**p ("exponential") or 1 / (1 + 99 * p) ("1/t"); or by what a function gives for an
        array of p, float64: an array of the same shape. See `fastnet.schedules` for sources.
    warm_up : float
        Over this share of the run the rate rises linearly, from nearly 0 to what the schedule says.
    epochs : int
        Passes over the samples.
    sample_weight : array_like, shape (n,), optional
        A sample of weight 2 is learned twice in a row; of 2.25 once more, at 0.25 of the rate; of 0
        never, as if it were not there. Each time counts as a sample: in the progress, and in the
        loss and accuracy of the history.
    class_weight : "balanced" or dict, optional
        Weights by label, 1 for those that a dict does not name; sample_weight is multiplied by
        them. "balanced" is n / (classes * samples of the class), weighted samples.
    validation_data : (X, y), optional
        Looked at after each epoch.
    validation_fraction : float, optional
        Hold out this share of the samples (X, y) instead: drawn by the seed, never learned. All
        others are learned as if these were not there.
    patience : int, optional
        Stop after so many epochs without a smaller validation loss. However the run then ends, the
        network has the weights of the smallest; those that reached target_accuracy are kept.
    target_accuracy : float, optional
        Stop after the epoch that reaches it: on the validation data; without any, on the samples
        before they are learned.
    max_seconds : float, optional
        Stop after so many seconds of learning, to a tenth or so. The epoch that is cut short gets a
        record of the samples learned.
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
        a few hundred units in a hidden layer on.
    verbose : bool, optional
        True: a line for each epoch, on stderr. False: not even the line that says that kernels are
        being compiled.
    on_epoch : callable, optional
        Called as on_epoch(network, record) after each epoch; if it returns True the run stops.
    on_progress : callable, optional
        Called as on_progress(done, total), numbers of samples, several times a second.

    Returns
    -------
    Network
        Its `history` has a dict for each epoch: "epoch", "samples" (learned), "seconds" (in the
        compiled pass), "samples_per_second", "learning_rate" (of its first sample), "loss" and
        "accuracy" (of each sample before it was learned; accuracy is None for a regression), and
        with validation data "val_loss" and "val_accuracy" (after the epoch). Its `stopped` says
        what ended the run: "epochs", "patience", "target", "max_seconds" or "on_epoch".

    Raises
    ------
    TypeError, ValueError
        An argument that does not fit, before anything is learned.
    ValueError
        A schedule that gives something else than finite numbers >= 0.
    Diverged
        Cost or weights are no longer finite; `.network` has the last finite weights.
    KeyboardInterrupt
        Ctrl-C. Its `.network` has the weights so far, as that of any error after the start has: of
        a schedule, of a callback.
    """
    samples, targets, net = _prepare(X, y, hidden, activation, loss, seed, dtype, start, init)
    rate, schedule = net.checked_rate(learning_rate), named(schedule)
    warm_up = number("warm_up", warm_up, 0, 1)
    epochs, seed = whole("epochs", epochs, 0), whole("seed", seed, 0)
    weights = sample_weights(sample_weight, class_weight, targets, samples.n)
    order = Order(samples.n, weights, shuffle, seed, validation_fraction)
    validation = None
    if validation_data is not None:
        if validation_fraction is not None:
            raise ValueError("validation_fraction: given, but so is validation_data, wanted one")
        validation = _validation(validation_data, net)
    elif validation_fraction is not None:
        validation = samples, targets, order.held
    stop = Stopping(net, validation is not None, patience, target_accuracy, max_seconds)
    net.stopped = None
    token = compiling.quiet.set(verbose is False)
    try:
        rates = Rates(rate, schedule, warm_up, epochs * order.steps, net.dtype)
        run = _Run(net, samples, targets, order, rates, stop, threads, on_progress)
        for _ in range(epochs):
            record = run.epoch()
            if validation is not None:
                record["val_loss"], record["val_accuracy"] = _evaluate(net, *validation)
            net.history.append(record)
            if verbose:
                print(_line(record), file=sys.stderr, flush=True)
            reason = stop.after(record)
            answer = None if on_epoch is None else on_epoch(net, record)
            if isinstance(answer, bool | np.bool_) and answer:  # a mere count goes on, as None does
                reason = reason or "on_epoch"
            if reason or run.cut_short:
                net.stopped = reason or "max_seconds"
                break
        net.stopped = net.stopped or "epochs"
        stop.restore()
    except BaseException as error:
        error.network = net  # type: ignore[attr-defined]
        raise
    finally:
        compiling.quiet.reset(token)
    return net


class _Run:
    """A run of some epochs: how far it is."""

    def __init__(
        self,
        net: Network,
        samples: Samples,
        targets: Targets,
        order: Order,
        rates: Rates,
        stop: Stopping,
        threads: int | Literal["auto"],
        on_progress: Callable[[int, int], object] | None,
    ):
        self.net, self.samples, self.targets = net, samples, targets
        self.order, self.rates, self.stop, self.on_progress = order, rates, stop, on_progress
        self.done, self.cut_short = 0, False
        self.teams = _teams(net, threads)

    @functools.cached_property
    def chunks(self) -> _Chunks:
        """Made when something is learned: it looks at the data, and may start threads."""
        head = None if self.order.all_once else self.order.head()
        method = _method(self.samples, self.net, head)
        return _Chunks(self.samples, [self.net.workspace(count, method) for count in self.teams])

    def epoch(self) -> dict[str, Any]:
        """Learn from all samples, or until the time is up; returns the record for the history."""
        places, shares = self.order.draw()
        record: dict[str, Any] = {"epoch": len(self.net.history)}
        first, cost, hits, seconds = self.done, 0.0, 0, 0.0
        self._compile(places)
        for workspace, chunk in self.chunks.of(places):
            rates, start = self.rates.of(self.done, len(chunk)), self.done - first
            record.setdefault("learning_rate", float(self.net.dtype.type(rates[0])))
            if shares is not None:
                rates *= shares[start : start + len(chunk)]
            cost, h, took = self._learn(workspace, chunk, rates, cost, record)
            hits += h
            seconds += took
            self.done += len(chunk)
            if self.on_progress is not None:
                self.on_progress(self.done, self.rates.total)
            if self.stop.out_of_time(took) and self.done < self.rates.total:
                self.cut_short = True
                break
        n = self.done - first
        record |= {"samples": n, "seconds": seconds, "samples_per_second": n / max(seconds, 1e-9)}
        return record | {"loss": cost / n, "accuracy": _share(hits, n, self.net)}

    def _compile(self, places: Array) -> None:
        """Compile, or load what is compiled, before the clock runs."""
        rates = np.zeros(0, self.net.dtype)
        self.net._run(self.chunks.workspaces[0], self.samples, places[:0], self.targets, rates)

    def _learn(
        self, workspace: Workspace, chunk: Array, rates: Array, cost: float, record: dict[str, Any]
    ) -> tuple[float, int, float]:
        """Learn a chunk, or nothing of it: the cost so far, right answers, seconds."""
        net = self.net
        before, rates = net._params.copy(), rates.astype(net.dtype)
        began = time.perf_counter()
        cost, hits, learned = net._run(
            workspace, self.samples, chunk, self.targets, rates, cost=cost
        )
        seconds = time.perf_counter() - began
        if learned < len(chunk) or not net.is_finite():
            net._params[:] = before
            raise Diverged(
                f"diverged in epoch {record['epoch']} at learning rate "
                f"{record['learning_rate']:g}: the cost or a weight is no longer finite; try a "
                "smaller learning_rate, or inputs and targets scaled to about 1",
                net,
            )
        return cost, hits, seconds


def _method(samples: Samples, net: Network, places: Array | None = None) -> int:
    """How the first layer learns best, by its size and the data alone: see bench/methods.py."""
    share = samples.density(places)
    worked = share * samples.features * net._layout.layers[0].pad  # weights that a sample moves
    if worked < (8192 if share >= 0.35 else 16384) or not samples.have_products():
        return SINGLY
    return DENSE if share >= 0.35 else SPARSE


def _teams(net: Network, threads: int | Literal["auto"]) -> list[int]:
    """Numbers of threads: one and many, where it is to be found out which is faster."""
    if threads == "auto":
        return sorted({1, min(_cores(), net._layout.most_threads)})
    return [min(whole("threads", threads, 1), net._layout.most_threads)]


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
    runs on the machine may have come or gone. Tries are short, and the first comes after a while.
    """

    FIRST = 64  # samples, by which the pace is guessed
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
            # A short part says little: most of it may be what comes once a part.
            if took > seconds / 2 or not self.tried[now]:
                self.paces[now] = max(took, 1e-6) / len(part)
                self.tried[now] = took > seconds / 2
            self.parts += 1

    def next(self) -> tuple[int, float]:
        """Which workspace is next, and for how long."""
        if not self.tried[0]:
            return 0, SEEN
        if not all(self.tried):
            return self.tried.index(False), SEEN / 5
        if self.parts % self.AGAIN == 0:
            return self.paces.index(max(self.paces)), SEEN / 5
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
    sizes = [samples.features, *(whole("hidden", units, 1) for units in hidden), targets.outputs]
    names = layer_activations(activation, len(sizes) - 1, loss, targets.classes is not None)
    net = Network.initialise(
        sizes, names, loss, precision, whole("seed", seed, 0), targets.classes, start
    )
    check_range(targets.numbers, names[-1], targets.outputs, "y")
    return samples, targets, net


def _validation(data: tuple[ArrayLike, ArrayLike], net: Network) -> tuple[Samples, Targets, Array]:
    """Checked samples and targets, and the places of the samples."""
    try:
        X, y = data
    except (TypeError, ValueError):
        raise TypeError(f"validation_data: {type(data).__name__}, wanted (X, y)") from None
    samples = Samples(X, net.dtype, net.sizes[0], "validation_data X")
    return samples, net.targets(y, samples.n, "validation_data y"), np.arange(samples.n)


def _evaluate(
    net: Network, samples: Samples, targets: Targets, places: Array
) -> tuple[float, float | None]:
    """Mean loss and share of right answers of the samples at these places."""
    cost, hits, n = 0.0, 0, len(places)
    for workspace, chunk in _Chunks(samples, [net._single().workspace]).of(places):
        cost, h, judged = net._run(workspace, samples, chunk, targets, cost=cost)
        hits += h
        if judged < len(chunk):
            return np.inf, _share(hits, n, net)
    return cost / n, _share(hits, n, net)


def _share(hits: int, n: int, net: Network) -> float | None:
    return None if is_regression(net) else hits / n


def _line(record: dict[str, Any]) -> str:
    line = f"epoch {record['epoch']}: loss {record['loss']:.4f}"
    if record["accuracy"] is not None:
        line += f", accuracy {record['accuracy']:.2%}"
    if "val_loss" in record:
        line += f"; validation loss {record['val_loss']:.4f}"
        if record["val_accuracy"] is not None:
            line += f", accuracy {record['val_accuracy']:.2%}"
    return f"{line}; {record['seconds']:.2f} s"
