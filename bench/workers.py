"""Many nets by threads, processes and Dask: nets per minute, and what sending and a task cost.

Each executor has one worker or two. They have learned something before the clock starts. From the
figures of Dask follows a reckoning for more workers (`reckoned`), whose network is assumed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from math import ceil
from typing import Any

import numpy as np

import fastnet
from fastnet.training.executors import Workers

from . import made
from .mixed import encoded
from .nets import Array, images
from .report import cores, missing, short, table
from .turns import Timer, in_turns

PACKAGES_USED = ("numpy", "numba", "distributed")
ROWS = 20_000  # of the table
NET = ", 784-16-16-10"
NETS = 24  # of a timing
TASKS = 500
THREADS, PROCESSES, DASK = "threads", "processes", "Dask"
COUNTS = (1, 2)  # workers
HERE = "127.0.0.1", 0
BUSY = 0.2  # seconds of a task that keeps its worker from taking the next
# The reckoning.
MANY = (10, 1000)  # workers
NETWORKS = (1, 10)  # Gbit/s
BRANCHES = 2  # workers to which each holder of the data hands a copy in a round, in Dask
ALL = 10_000  # nets
LONGER = (1, 100)  # times the work of a net
LARGE, LARGE_BYTES = "100 million rows of ten columns", 4_000_000_000
MB = 10**6
GBIT = 1e9 / 8  # bytes a second


@contextlib.contextmanager
def executor(kind: str, workers: int) -> Iterator[Any]:
    """Yield an executor with so many workers of one thread each."""
    if kind == THREADS:
        with ThreadPoolExecutor(workers) as pool:
            yield pool
    elif kind == PROCESSES:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            yield pool
    else:
        from distributed import Client, LocalCluster

        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, memory_limit=0, dashboard_address=":0"
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client


def data() -> dict[str, tuple[Any, Array, dict[str, Any]]]:
    """Return images and an encoded table: samples, targets, and the options of a net."""
    name, (X, y), _ = images()
    frame, labels = made.mixed(ROWS)
    return {
        name + NET: (X, y, {"hidden": (16, 16)}),
        f"a table of {ROWS:,} rows": (encoded(frame), labels, {}),
    }


def arrays(X: Any) -> list[Array]:
    """Return the arrays that are sent for some samples."""
    rows = getattr(X, "rows", X)
    return [rows] if isinstance(rows, np.ndarray) else [rows.data, rows.indices, rows.indptr]


def measure(quick: bool) -> dict[str, Any]:
    """Time nets, sending and tasks on each executor."""
    sets, gone = data(), dict[str, str]()
    nets, tasks, repeats = (4, TASKS // 10, 1) if quick else (NETS, TASKS, 3)
    found: dict[str, Any] = {"cores": cores(), "nets": nets, "missing": gone, "kinds": {}}
    found["bytes"] = {name: sum(a.nbytes for a in arrays(one[0])) for name, one in sets.items()}
    for kind in (THREADS, PROCESSES, DASK):
        try:
            found["kinds"][kind] = {
                str(n): of_executor(kind, n, sets, nets, tasks, repeats) for n in COUNTS
            }
        except ImportError as error:
            gone[kind] = str(error)
        print(f"  {kind}: {found['kinds'].get(kind)}", flush=True)
    found["message"] = message()
    return found


def of_executor(
    kind: str, workers: int, sets: dict[str, Any], nets: int, tasks: int, repeats: int
) -> dict[str, Any]:
    """Return the seconds of a net, of sending and of a task, with so many workers."""
    learned: dict[str, Timer] = {}
    with executor(kind, workers) as own:
        for name, (X, y, options) in sets.items():
            learn = partial(fastnet.train_seeds, X, y, executor=own, verbose=False, **options)
            learn(seeds=2 * workers)  # the workers start, and load the kernels
            learned[name] = partial(of_one, partial(learn, seeds=nets), nets)
        seconds = in_turns(learned, repeats)
        sending = {name: partial(sent, own, workers, one[0]) for name, one in sets.items()}
        X, y, options = next(iter(sets.values()))
        net = fastnet.train(X, y, epochs=1, verbose=False, **options)
        return {
            "net": seconds,
            "send": in_turns(sending, repeats),
            "task": [of_one(partial(ask, own, net, tasks), tasks) for _ in range(repeats)],
        }


def of_one(call: Callable[[], Any], n: int) -> float:
    """Return the seconds of one of n things that a call does."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) / n


def sent(own: Any, workers: int, X: Any) -> float:
    """Return the seconds until all workers have the data: those of first tasks less of others."""
    began = time.perf_counter()
    with Workers(own, X) as shared:
        ends = []
        for _ in range(2):
            for future in [shared.submit(touch) for _ in range(workers)]:
                future.result()
            ends.append(time.perf_counter())
    return max(0.0, (ends[0] - began) - (ends[1] - ends[0]))


def touch(X: Any) -> int:
    """Read a byte of each page of the data, and keep the worker busy for a while."""
    began = time.perf_counter()
    read = sum(int(a.reshape(-1).view(np.uint8)[::4096].sum()) for a in arrays(X))
    time.sleep(max(0.0, BUSY - (time.perf_counter() - began)))
    return read


def ask(own: Any, net: fastnet.Network, tasks: int) -> None:
    """Let workers do so many tasks that return a net, and nothing else."""
    with Workers(own, net) as shared:
        for future in [shared.submit(same) for _ in range(tasks)]:
            future.result()


def same(net: fastnet.Network) -> fastnet.Network:
    """Return the net that is shared."""
    return net


def message(times: int = 2000) -> float:
    """Return the seconds in which a byte goes to another process of this machine and back."""
    with multiprocessing.get_context("spawn").Pool(1) as pool, socket.create_server(HERE) as door:
        echo = pool.apply_async(echoed, (door.getsockname(),))
        line, _ = door.accept()
        with line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            seconds = []
            for _ in range(times):
                began = time.perf_counter()
                line.send(b"x")
                line.recv(1)
                seconds.append(time.perf_counter() - began)
        echo.get()
    return statistics.median(seconds)


def echoed(address: tuple[str, int]) -> None:
    """Send back what comes."""
    with socket.create_connection(address) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while sent := line.recv(1):
            line.send(sent)


# The reckoning -----------------------------------------------------------------------------------


def rounds(workers: int) -> int:
    """Return in how many rounds of copies all have the data, after the first of them."""
    holders = n = 1
    while holders < workers:
        holders, n = holders * (1 + BRANCHES), n + 1
    return n - 1


def sending(size: float, workers: int, gbit: float) -> float:
    """Return the seconds in which Dask sends data to each worker.

    They go to the scheduler, and to the first worker. Then each holder sends BRANCHES copies in
    each round, one after the other, as its own network has a limit.
    """
    return (2 + BRANCHES * rounds(workers)) * size / (gbit * GBIT)


def reckoned(net: float, task: float, size: float, workers: int, gbit: float) -> dict[str, float]:
    """Return what ALL nets take, and what part of it is what.

    Parameters
    ----------
    net, task : float
        Seconds in which a worker trains a net, and for which a task occupies the scheduler.
    size : float
        Bytes of the data.
    workers : int
        Their number.
    gbit : float
        Gbit/s of each machine's network.
    """
    sends = sending(size, workers, gbit)
    learning, queue = ceil(ALL / workers) * net, ALL * task
    seconds = sends + max(learning, queue)
    return {
        "sending": sends,
        "seconds": seconds,
        "busy": ALL * net / workers / seconds,
        "queued": float(queue > learning),
    }


# Tables ------------------------------------------------------------------------------------------


def tables(figures: dict[str, Any]) -> str:
    """Return the tables of what was measured, and of what follows from it."""
    kinds, sets = figures["kinds"], figures["bytes"]
    ways = [(kind, n) for kind in kinds for n in kinds[kind]]

    def ms(times: list[float]) -> str:
        return short(1e3 * statistics.median(times))

    heads = [f"{kind}, {n} worker{'s' * (n != '1')}" for kind, n in ways]
    rows = [["nets per minute", *sets]]
    costs = [["ms", *(f"sending {size / MB:.0f} MB" for size in sets.values()), "a task"]]
    for head, (kind, n) in zip(heads, ways, strict=True):
        own = kinds[kind][n]
        paces = [60 / statistics.median(own["net"][name]) for name in sets]
        first = [60 / statistics.median(kinds[kind]["1"]["net"][name]) for name in sets]
        gains = [f" ({a / b:.2f}x)" * (n != "1") for a, b in zip(paces, first, strict=True)]
        rows.append([head, *(f"{a:.0f}{gain}" for a, gain in zip(paces, gains, strict=True))])
        costs.append([head, *(ms(own["send"][name]) for name in sets), ms(own["task"])])
    parts = [
        f"Nets of 20 epochs, {figures['nets']} in a call of `train_seeds`, on {figures['cores']} "
        "cores. In brackets: how many times one worker.",
        table(rows),
        "Sending: from the call until each worker has read the data. A task: the net comes and "
        "goes back, and nothing else is done.",
        table(costs),
    ]
    return "\n\n".join([*parts, *of_many(figures), *missing(figures["missing"])])


def of_many(figures: dict[str, Any]) -> list[str]:
    """Return the tables of the reckoning."""
    if DASK not in figures["kinds"]:
        return []
    one = figures["kinds"][DASK]
    task = statistics.median(one[str(COUNTS[-1])]["task"])
    slow, fast = NETWORKS
    heads = [f"{workers:,} workers" for workers in MANY]
    sends = [[f"sending, s, at {slow} Gbit/s ({fast} Gbit/s)", *heads, "one by one"]]
    for name, size in {**figures["bytes"], LARGE: LARGE_BYTES}.items():
        cells = [[sending(size, workers, gbit) for gbit in NETWORKS] for workers in MANY]
        cells.append([MANY[-1] * size / (gbit * GBIT) for gbit in NETWORKS])
        what = f"{name.partition(NET)[0]}, {size / MB:,.0f} MB"
        sends.append([what, *(f"{short(a)} ({short(b)})" for a, b in cells)])
    rows = [[f"{ALL:,} nets by Dask, reckoned", "seconds of a net"]]
    for workers in MANY:
        rows[0] += [f"{workers:,} workers", "they learn"]
    for name, size in figures["bytes"].items():
        net = statistics.median(one["1"]["net"][name])
        for times in LONGER:
            row = [name + f", {times} times the work" * (times > 1), short(times * net)]
            for workers in MANY:
                found = reckoned(times * net, task, size, workers, slow)
                limited = "*" * bool(found["queued"])
                row += [duration(found["seconds"]) + limited, f"{100 * found['busy']:.0f}%"]
            rows.append(row)
    return [
        "Reckoned, each worker on a machine of its own. The data go to the scheduler and to a "
        f"worker. Then each that has them sends {BRANCHES} copies in each round: "
        f"{rounds(MANY[0])} rounds for {MANY[0]} workers, {rounds(MANY[1])} for {MANY[1]:,}. One "
        f"by one: the time if a single machine sent them to {MANY[1]:,}.",
        table(sends),
        f"Reckoned from the figures of Dask: sending at {slow} Gbit/s, then the nets, shared "
        "evenly. They learn: the share of the time in which workers learn.",
        table(rows),
        f"\\* the scheduler is the limit: {short(1e3 * task)} ms a task, so {1 / task:,.0f} tasks "
        f"a second. {MANY[1]:,} workers are busy with nets of {short(MANY[1] * task)} s or more.",
        f"A message to another process of this machine and back, by TCP: "
        f"{short(1e6 * figures['message'])} µs.",
    ]


def duration(seconds: float) -> str:
    """Return a time in words: 12 s, 3.4 min, 2.1 h."""
    if seconds < 120:
        return f"{short(seconds)} s"
    return f"{short(seconds / 60)} min" if seconds < 7200 else f"{short(seconds / 3600)} h"
