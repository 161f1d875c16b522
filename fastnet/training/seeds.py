"""Runs from several seeds, side by side: in threads, or by the workers of an executor."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import Any, Literal, NamedTuple

from numpy.typing import ArrayLike

from ..checks import came, function, scalar, whole
from ..checks import seed as seed_of
from ..cores import cores
from ..data.arrays import answers, without_column
from ..data.samples import Samples
from ..diagnostics import gathered, warn
from ..model.chunks import SEEN
from ..model.encoded import samples_of
from ..model.ensemble import Ensemble
from ..model.history import measures
from ..model.interrupt import leaving
from ..model.network import Network
from ..options import Options
from ..typing import Array
from .bars import showing
from .encoding import with_target, with_weights
from .executors import Workers, known, stopped
from .prepare import pair_of, prepare, shared, with_elastic, with_own

MOST = 1 << 20  # the most nets


def train_seeds(
    X: ArrayLike | Samples,
    y: ArrayLike,
    seeds: int | Iterable[int] = 10,
    *,
    threads: int | Literal["auto"] = "auto",
    on_net: Callable[[Network], object] | None = None,
    on_progress: Callable[[int, int], object] | None = None,
    executor: Executor | Any = None,
    **options: Any,
) -> Ensemble:
    """Train a network from each of several seeds, side by side.

    Threads share the data. The workers of an executor get them once.

    Parameters
    ----------
    X, y
        As in `fastnet.train`.
    seeds : int or iterable of int
        The number of seeds, 0, 1, 2 ..., or the seeds themselves.
    threads : int or "auto"
        Number of threads. Networks learn at a time in one each, or share them if there are fewer
        networks. "auto": one on each core. With an executor, the threads of each network; "auto"
        is 1.
    on_net : callable, optional
        Function that is called as on_net(network) when a network is ready, by the thread that
        called this function.
    on_progress : callable, optional
        Function that is called by the same thread as on_progress(done, total), samples of all
        networks, several times a second; of workers in other processes, when a network is ready.
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        Whose workers train the networks: a pool of threads or processes, of joblib's loky, a Dask
        client or its `get_executor()`, and others of their kind. Workers in other processes must
        have this version of fastnet. By default a pool of threads.
    **options
        The other options of `fastnet.train`, for each network. on_epoch is called by many threads,
        or in other processes, which need it in a module.

    Returns
    -------
    Ensemble
        The networks in the order of the seeds, bit for bit those of `fastnet.train` with each seed.
        A loop, an index and `len()` give them. It answers by the mean of their outputs, and saves
        them in one file.

    Raises
    ------
    TypeError, ValueError, Diverged, KeyboardInterrupt
        As in `fastnet.train`. An error after the start has the networks that were ready as its
        `.networks`. The others stop learning, and its `.unfinished` has those that had begun.
    concurrent.futures.BrokenExecutor
        A worker died. The networks that were ready are its `.networks`.
    RuntimeError
        A worker has no fastnet, or another version.
    """
    if "seed" in options:
        raise TypeError("seed: given, wanted it in seeds")
    if options.get("checkpoint") is not None:
        raise ValueError(f"checkpoint: {options['checkpoint']!r}, which many runs cannot share")
    threads = Options.rows()["threads"].checked(threads)
    on_net, on_progress = function("on_net", on_net), function("on_progress", on_progress)
    of_all = Options.of(options)
    each = [of_all.replaced(seed=seed) for seed in listed(seeds)]
    ready: list[Network] = []

    def counted(net: Network) -> None:
        ready.append(net)
        if on_net is not None:
            on_net(net)

    def words() -> str:
        last = ""
        if ready and ready[-1].history:
            last = f"; seed {ready[-1].seed}: {measures(ready[-1].history[-1])}"
        return f"{len(ready)} of {len(each)} networks are ready{last}"

    none: dict[str, Any] = {"networks": [], "unfinished": []}
    with leaving(**none), showing(of_all.verbose, on_progress, words) as moved:
        return several(
            X, y, of_all, each, threads, on_net=counted, on_progress=moved, executor=executor
        )


def several(
    X: Any,
    y: Any,
    of_all: Options,
    each: Sequence[Options],
    threads: int | Literal["auto"] = "auto",
    *,
    on_net: Callable[[Network], object] | None = None,
    on_progress: Callable[[int, int], object] | None = None,
    executor: Executor | Any = None,
) -> Ensemble:
    """Train several networks side by side, and let them answer together.

    The rows, and those of validation data, are checked, encoded and hashed once for all.

    Parameters
    ----------
    X, y, threads, on_net, on_progress, executor
        As in `train_seeds`.
    of_all : Options
        The options by which the rows are encoded.
    each : sequence of Options
        The options of each network: each has its own seed, and perhaps its own `init`, or weights
        that say which rows it sees.

    Raises
    ------
    TypeError, ValueError, Diverged, KeyboardInterrupt
        As in `train_seeds`.
    """
    _, is_here = known(executor)
    of_all, *each = (with_weights(X, with_own(options)) for options in (of_all, *each))
    X, y, of_all = with_target(X, y, of_all), answers(y), with_elastic(X, of_all)
    inits = [options.init for options in each if options.init is not None]
    if not inits:
        y = without_column(y)  # warns once
    X = _rows_of_all(X, y, of_all, inits)
    if isinstance(X, Samples):
        each = _with_shared_judges(X, each)
    if executor is None:
        most = cores() if threads == "auto" else threads
        at_once, own = min(len(each), most), None
        share = most // at_once
    else:
        at_once = None
        share = own = 1 if threads == "auto" else threads
    each = [options.replaced(threads=share) for options in each]
    runs = _Runs(X, y, each, is_here)
    workers = Workers(executor, runs, at_once, own)
    futures: list[Future[_Learned]] = []
    ready: SimpleQueue[int] = SimpleQueue()  # numbers of networks
    try:
        for k in range(len(each)):
            futures.append(workers.submit(_learned, k))
            futures[k].add_done_callback(functools.partial(_put, ready, k))
        left = len(each)
        while left:
            one = _next(ready)
            runs.warn()
            if one is not None:
                left -= 1
                net = runs.taken(one, futures[one].result())
                if on_net is not None:
                    on_net(net)
            if on_progress is not None and any(runs.totals):
                most = max(runs.totals)
                on_progress(sum(runs.done), sum(total or most for total in runs.totals))
        nets = Ensemble([future.result().net for future in futures])
    except BaseException as error:
        workers.close(cancel=True)
        unfinished = [_unfinished(future) for future in futures if not _is_ready(future)]
        kept = [future.result().net for future in futures if _is_ready(future)]
        error.networks = kept  # type: ignore[attr-defined]
        error.unfinished = [*filter(None, unfinished)]  # type: ignore[attr-defined]
        raise
    workers.close()
    return nets


def _put(ready: SimpleQueue[int], k: int, future: Future[_Learned]) -> None:
    ready.put(k)


def _next(ready: SimpleQueue[int]) -> int | None:
    """Return the number of a network that is ready, or None after a while."""
    try:
        return ready.get(timeout=SEEN)
    except Empty:
        return None


def _rows_of_all(X: Any, y: Array, of_all: Options, inits: list[Network]) -> Any:
    """Return rows that are checked, encoded and hashed once, or a table that each run encodes."""
    if inits:
        if Ensemble(inits).encoding is None and any(net.encoding is not None for net in inits):
            return X
        of_all = of_all.replaced(init=inits[0])
    X = shared(X, y, of_all)
    if isinstance(X, Samples):
        _ = X.sha256  # before all threads ask for it
    return X


def _with_shared_judges(X: Samples, each: Sequence[Options]) -> list[Options]:
    """Return options whose validation data are samples, made once for networks that share them."""
    made: dict[int, tuple[Samples, Any]] = {}
    ready = []
    for options in each:
        given = options.validation_data
        if given is not None:
            if id(given) not in made:
                rows, y = pair_of(given)
                name = "validation_data X"
                samples = samples_of(rows, X.encoding, X.dtype, X.features, name)
                _ = samples.sha256
                made[id(given)] = samples, y
            options = options.replaced(validation_data=made[id(given)])
        ready.append(options)
    return ready


class _Learned(NamedTuple):
    """What a task returns: a network, the samples of its run, and the warnings by topic."""

    net: Network
    total: int
    said: dict[str, str]


class _Runs:
    """The runs of several networks: their progress and their warnings."""

    def __init__(self, X: Any, y: Array, options: Sequence[Options], is_here: bool):
        self.X, self.y, self.options, self.is_here = X, y, options, is_here
        self.done, self.totals = [0] * len(options), [0] * len(options)
        self.said: dict[str, str] = {}  # messages of all threads; the caller's thread gives them
        self.told = 0

    def net(self, k: int, said: dict[str, str]) -> Network:
        """Train network number k, in one thread, and collect its warnings."""

        def progress(so_far: int, total: int) -> None:
            if stopped():
                raise _Stopped
            self.done[k], self.totals[k] = so_far, total

        options = self.options[k].replaced(on_progress=progress)
        asked = options.encoding is not None or options.init is not None
        if k and not asked and not isinstance(self.X, Samples):
            options = options.replaced(preset="table")  # which the first run says
        with gathered(said, f"seed {options.seed}: "):
            net = prepare(self.X, self.y, options).learn()
        self.done[k] = self.totals[k]  # even if the run has ended early
        return net

    def taken(self, k: int, learned: _Learned) -> Network:
        """Return network number k, after what comes with it: warnings, and its progress."""
        for topic, message in learned.said.items():
            self.said.setdefault(topic, message)
        self.warn()
        self.done[k] = self.totals[k] = learned.total
        return learned.net

    def warn(self) -> None:
        """Give the new warnings."""
        for topic, message in list(self.said.items())[self.told :]:
            self.told += 1
            warn(message, topic)


def _learned(runs: _Runs, k: int) -> _Learned:
    """Train network number k, here or elsewhere."""
    said: dict[str, str] = {}
    net = runs.net(k, runs.said if runs.is_here else said)
    return _Learned(net, runs.totals[k], said)


def listed(seeds: Any) -> list[int]:
    """Return the seeds, of which none may come twice."""
    seeds = scalar(seeds)
    each = seeds if isinstance(seeds, Iterable) else range(whole("seeds", seeds, 1, MOST))
    each = [seed_of("seeds", seed) for seed in each]
    if len({*each}) < max(1, len(each)):
        raise ValueError(f"seeds: {came(each)}, wanted some, each of them once")
    return each


class _Stopped(Exception):
    """Raised in a run that must stop."""


def _is_ready(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _unfinished(future: Future[Any]) -> Network | None:
    """Return the network of a run that was broken off after its beginning, or None."""
    error = future.exception() if future.done() and not future.cancelled() else None
    return getattr(error, "network", None)
