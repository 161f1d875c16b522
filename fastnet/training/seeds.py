"""The same run from several seeds, side by side in threads that share the data."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Literal

from numpy.typing import ArrayLike

from ..checks import came, function, scalar, whole
from ..checks import threads as thread_count
from ..data.arrays import answers, without_column
from ..data.samples import Samples, as_samples
from ..diagnostics import gathered, warn
from ..model.chunks import SEEN
from ..model.network import Network
from ..model.parameters import checked_dtype
from ..model.teams import cores
from ..rng import SEEDS
from .trainer import train

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
    seeds, threads = scalar(seeds), thread_count(threads)
    on_net, on_progress = function("on_net", on_net), function("on_progress", on_progress)
    listed = isinstance(seeds, Iterable)
    each: Any = seeds if listed else range(whole("seeds", seeds, 1, MOST))
    each = [whole("seeds", seed, 0, SEEDS) for seed in each]
    if len({*each}) < max(1, len(each)):
        raise ValueError(f"seeds: {came(each)}, wanted some, each of them once")
    at_once = cores() if threads == "auto" else threads
    # What can be read once alone is kept for all.
    options = {name: list(v) if isinstance(v, Iterator) else v for name, v in options.items()}
    init, dtype = options.get("init"), options.get("dtype")
    if isinstance(init, Network):
        dtype = init.dtype
    dtype = "float32" if dtype is None else dtype
    samples = as_samples(X, checked_dtype(dtype))
    _ = samples.sha256  # worked out before all threads ask for it
    y = answers(y)
    if init is None:
        y = without_column(y)  # told once
    done, totals, stop = [0] * len(each), [0] * len(each), threading.Event()
    said: dict[str, str] = {}  # by the threads; this one says it
    told = 0

    def learn(place: int) -> Network:
        def progress(so_far: int, total: int) -> None:
            if stop.is_set():
                raise _Stopped
            done[place], totals[place] = so_far, total

        seed = each[place]
        with gathered(said, f"seed {seed}: "):
            net = train(samples, y, seed=seed, threads=1, on_progress=progress, **options)
        done[place] = totals[place]  # of a run that has ended early too
        return net

    pool = ThreadPoolExecutor(at_once, "fastnet-seeds")
    futures = [pool.submit(learn, place) for place in range(len(each))]
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


class _Stopped(Exception):
    """What ends a run that shall learn no further."""


def _is_ready(future: Future[Network]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _unfinished(future: Future[Network]) -> Network | None:
    """The network of a run that was broken off, if it had begun."""
    error = None if future.cancelled() else future.exception()
    return getattr(error, "network", None)
