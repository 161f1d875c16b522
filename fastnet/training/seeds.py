"""Runs from several seeds, side by side in threads that share the data."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Literal

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
    **options: Any,
) -> Ensemble:
    """Train a network from each of several seeds, side by side in threads that share the data.

    Parameters
    ----------
    X, y
        As in `fastnet.train`.
    seeds : int or iterable of int
        The number of seeds, 0, 1, 2 ..., or the seeds themselves.
    threads : int or "auto"
        Number of networks that learn at a time, each in one thread. "auto": one on each core.
    on_net : callable, optional
        Function that is called as on_net(network) when a network is ready, by the thread that
        called this function.
    on_progress : callable, optional
        Function that is called by the same thread as on_progress(done, total), samples of all
        networks, several times a second.
    **options
        The other options of `fastnet.train`, for each network. on_epoch is called by many threads.

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
    """
    if "seed" in options:
        raise TypeError("seed: given, wanted it in seeds")
    if options.get("checkpoint") is not None:
        raise ValueError(f"checkpoint: {options['checkpoint']!r}, which many runs cannot share")
    threads = Options.rows()["threads"].checked(threads)
    on_net, on_progress = function("on_net", on_net), function("on_progress", on_progress)
    of_all = Options.of(options)
    each = [of_all.replaced(seed=seed) for seed in _listed(seeds)]
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
        return several(X, y, of_all, each, threads, on_net=counted, on_progress=moved)


def several(
    X: Any,
    y: Any,
    of_all: Options,
    each: Sequence[Options],
    threads: int | Literal["auto"] = "auto",
    *,
    on_net: Callable[[Network], object] | None = None,
    on_progress: Callable[[int, int], object] | None = None,
) -> Ensemble:
    """Train several networks side by side, and let them answer together.

    The rows, and those of validation data, are checked, encoded and hashed once for all.

    Parameters
    ----------
    X, y, threads, on_net, on_progress
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
    at_once = cores() if threads == "auto" else threads
    of_all, *each = (with_weights(X, with_own(options)) for options in (of_all, *each))
    X, y, of_all = with_target(X, y, of_all), answers(y), with_elastic(X, of_all)
    inits = [options.init for options in each if options.init is not None]
    if not inits:
        y = without_column(y)  # warns once
    X = _rows_of_all(X, y, of_all, inits)
    if isinstance(X, Samples):
        each = _with_shared_judges(X, each)
    runs = _Runs(X, y, each)
    pool = ThreadPoolExecutor(at_once, "fastnet-seeds")
    futures: list[Future[Network]] = []
    try:
        for k in range(len(each)):
            futures.append(pool.submit(runs.net, k))
        waiting = {*futures}
        while waiting:
            ready, waiting = wait(waiting, SEEN, FIRST_COMPLETED)
            runs.warn()
            for future in sorted(ready, key=futures.index):
                net = future.result()
                if on_net is not None:
                    on_net(net)
            if on_progress is not None and any(runs.totals):
                most = max(runs.totals)
                on_progress(sum(runs.done), sum(total or most for total in runs.totals))
        return Ensemble([future.result() for future in futures])
    except BaseException as error:
        runs.stop.set()
        pool.shutdown(cancel_futures=True)
        unfinished = [_unfinished(future) for future in futures if not _is_ready(future)]
        error.networks = [f.result() for f in futures if _is_ready(f)]  # type: ignore[attr-defined]
        error.unfinished = [*filter(None, unfinished)]  # type: ignore[attr-defined]
        raise
    finally:
        pool.shutdown()


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


class _Runs:
    """The runs of several networks: their progress and their warnings."""

    def __init__(self, X: Any, y: Array, options: Sequence[Options]):
        self.X, self.y, self.options = X, y, options
        self.done, self.totals = [0] * len(options), [0] * len(options)
        self.stop = threading.Event()
        self.said: dict[str, str] = {}  # messages of all threads; the caller's thread gives them
        self.told = 0

    def net(self, k: int) -> Network:
        """Train network number k, in one thread."""

        def progress(so_far: int, total: int) -> None:
            if self.stop.is_set():
                raise _Stopped
            self.done[k], self.totals[k] = so_far, total

        options = self.options[k].replaced(on_progress=progress)
        asked = options.encoding is not None or options.init is not None
        if k and not asked and not isinstance(self.X, Samples):
            options = options.replaced(preset="table")  # which the first run says
        with gathered(self.said, f"seed {options.seed}: "):
            net = prepare(self.X, self.y, options).learn()
        self.done[k] = self.totals[k]  # even if the run has ended early
        return net

    def warn(self) -> None:
        """Give the new warnings."""
        for topic, message in list(self.said.items())[self.told :]:
            self.told += 1
            warn(message, topic)


def _listed(seeds: Any) -> list[int]:
    """Return the seeds, of which none may come twice."""
    seeds = scalar(seeds)
    each = seeds if isinstance(seeds, Iterable) else range(whole("seeds", seeds, 1, MOST))
    each = [seed_of("seeds", seed) for seed in each]
    if len({*each}) < max(1, len(each)):
        raise ValueError(f"seeds: {came(each)}, wanted some, each of them once")
    return each


class _Stopped(Exception):
    """Raised in a run that must stop."""


def _is_ready(future: Future[Network]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _unfinished(future: Future[Network]) -> Network | None:
    """Return the network of a run that was broken off after its beginning, or None."""
    error = None if future.cancelled() else future.exception()
    return getattr(error, "network", None)
