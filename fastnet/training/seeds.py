"""The same run from several seeds, side by side in threads that share the data."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Literal

from numpy.typing import ArrayLike

from ..checks import came, function, scalar, whole
from ..data.arrays import answers, without_column
from ..data.samples import Samples, as_samples
from ..diagnostics import gathered, warn
from ..model.chunks import SEEN
from ..model.network import Network
from ..model.teams import cores
from ..options import SEEDS, Options
from .prepare import prepare, with_own
from .trainer import learn

MOST = 1 << 20  # nets


def train_seeds(
    X: ArrayLike | Samples,
    y: ArrayLike,
    seeds: int | Iterable[int] = 10,
    *,
    threads: int | Literal["auto"] = "auto",
    on_net: Callable[[Network], object] | None = None,
    on_progress: Callable[[int, int], object] | None = None,
    **options: Any,
) -> list[Network]:
    """Train a network from each of several seeds, side by side in threads that share the data.

    Parameters
    ----------
    X, y
        As in `fastnet.train`.
    seeds : int or iterable of int
        How many, 0, 1, 2 ..., or which.
    threads : int or "auto"
        How many networks learn at a time, each in one thread; "auto": one on each core.
    on_net : callable, optional
        Called as on_net(network) when one is ready, by the thread that called this function.
    on_progress : callable, optional
        Called by it as on_progress(done, total), samples of all networks, several times a second.
    **options
        The others of `fastnet.train`, for each network. Its on_epoch is called by many threads.

    Returns
    -------
    list of Network
        In the order of the seeds; bit for bit those that `fastnet.train` makes of each seed.

    Raises
    ------
    TypeError, ValueError, Diverged, KeyboardInterrupt
        As `fastnet.train` does; the error's `.networks` has those that were ready. The others
        learn no further, and its `.unfinished` has those that had begun, as far as they are.
    """
    if "seed" in options:
        raise TypeError("seed: given, wanted it in seeds")
    if options.get("checkpoint") is not None:
        raise ValueError(f"checkpoint: {options['checkpoint']!r}, which many runs cannot share")
    threads = Options.rows()["threads"].checked(threads)
    on_net, on_progress = function("on_net", on_net), function("on_progress", on_progress)
    each = _listed(seeds)
    at_once = cores() if threads == "auto" else threads
    of_all = with_own(Options.of(options))
    samples = as_samples(X, of_all.dtype)
    _ = samples.sha256  # worked out before all threads ask for it
    y = answers(y)
    if of_all.init is None:
        y = without_column(y)  # told once
    done, totals, stop = [0] * len(each), [0] * len(each), threading.Event()
    said: dict[str, str] = {}  # by the threads; this one says it
    told = 0

    def net_of(place: int) -> Network:
        def progress(so_far: int, total: int) -> None:
            if stop.is_set():
                raise _Stopped
            done[place], totals[place] = so_far, total

        options = of_all.replaced(seed=each[place], on_progress=progress)
        with gathered(said, f"seed {options.seed}: "):
            net = learn(prepare(samples, y, options))
        done[place] = totals[place]  # of a run that has ended early too
        return net

    pool = ThreadPoolExecutor(at_once, "fastnet-seeds")
    futures = [pool.submit(net_of, place) for place in range(len(each))]
    try:
        waiting = {*futures}
        while waiting:
            ready, waiting = wait(waiting, SEEN, FIRST_COMPLETED)
            for message in list(said.values())[told:]:
                told += 1
                warn(message)
            for future in sorted(ready, key=futures.index):
                net = future.result()
                if on_net is not None:
                    on_net(net)
            if on_progress is not None and any(totals):
                on_progress(sum(done), max(totals) * len(each))
    except BaseException as error:
        stop.set()
        pool.shutdown(cancel_futures=True)
        unfinished = [_unfinished(future) for future in futures if not _is_ready(future)]
        error.networks = [f.result() for f in futures if _is_ready(f)]  # type: ignore[attr-defined]
        error.unfinished = [*filter(None, unfinished)]  # type: ignore[attr-defined]
        raise
    finally:
        pool.shutdown()
    return [future.result() for future in futures]


def _listed(seeds: Any) -> list[int]:
    """Return the seeds, each of them once."""
    seeds = scalar(seeds)
    each = seeds if isinstance(seeds, Iterable) else range(whole("seeds", seeds, 1, MOST))
    each = [whole("seeds", seed, 0, SEEDS) for seed in each]
    if len({*each}) < max(1, len(each)):
        raise ValueError(f"seeds: {came(each)}, wanted some, each of them once")
    return each


class _Stopped(Exception):
    """What ends a run that shall learn no further."""


def _is_ready(future: Future[Network]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _unfinished(future: Future[Network]) -> Network | None:
    """The network of a run that was broken off, if it had begun."""
    error = None if future.cancelled() else future.exception()
    return getattr(error, "network", None)
