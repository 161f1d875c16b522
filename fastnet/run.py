"""A run: how far it is, and what it learns next, in chunks between which it can be looked at."""

from __future__ import annotations

import contextlib
import functools
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from . import archive
from .average import Average
from .checkpoint import Checkpoint
from .checks import whole
from .data import Array, Samples, Targets
from .history import History
from .kernels.blocks import DENSE, SAMPLES, SINGLY, SPARSE
from .network import Diverged, Network
from .order import Order
from .schedules import Rates
from .stopping import Stopping, is_regression
from .workspace import Workspace, later_ctrl_c

SEEN = 0.1  # seconds between two looks at Ctrl-C, progress and the weights


@dataclass
class Begun:
    """What was seen of the epoch that is under way."""

    learned: int = 0  # samples
    cost: float = 0.0
    hits: int = 0
    seconds: float = 0.0
    learning_rate: float = 0.0  # of its first sample


class Run:
    """A run of some epochs, and how far it is."""

    def __init__(
        self,
        net: Network,
        samples: Samples,
        targets: Targets,
        order: Order,
        rates: Rates,
        stop: Stopping,
        *,
        l2: float = 0.0,
        average: float = 0.0,
        checkpoint: Checkpoint | None = None,
        threads: int | Literal["auto"] = 1,
        on_progress: Callable[[int, int], object] | None = None,
    ):
        self.net, self.samples, self.targets = net, samples, targets
        self.order, self.rates, self.stop, self.on_progress = order, rates, stop, on_progress
        self.average, self.checkpoint = Average(average, rates.total), checkpoint
        self.decay = np.array([l2, 1.0])  # see fastnet.kernels.epoch
        self.epochs, self.done, self.cut_short = 0, 0, False  # done: samples
        self.now, self.before = Begun(), order.state  # before the epoch's order was drawn
        self.ended = False  # when it was resumed
        self.teams = _teams(net, threads)

    @functools.cached_property
    def chunks(self) -> Chunks:
        """Made when something is learned: it looks at the data, and may start threads."""
        head = None if self.order.all_once else self.order.head()
        method = method_of(self.samples, self.net, head)
        return Chunks(self.samples, [self.net.workspace(count, method) for count in self.teams])

    def epoch(self) -> dict[str, Any]:
        """Learn from all samples, or until the time is up; returns the record for the history."""
        places, shares = self.order.draw()
        self._compile(places)
        try:
            for workspace, chunk in self.chunks.of(places[self.now.learned :], self._wait):
                with later_ctrl_c():
                    self._learn(workspace, chunk, shares)
                if self.on_progress is not None:
                    self.on_progress(self.done, self.rates.total)
                if self.stop.seconds <= 0 and self.done < self.rates.total:
                    self.cut_short = True
                    break
                self.look()
        finally:
            self._take_in()
        now = self.now
        return record_of(self.net, now.learning_rate, now.learned, now.seconds, now.cost, now.hits)

    def close(self, record: dict[str, Any]) -> str | None:
        """End the epoch, which has this record now; returns why to stop, or None."""
        with later_ctrl_c():
            self.net.history.append(record)
            self.now, self.before = Begun(), self.order.state
            self.epochs += 1
            return self.stop.after(record) or ("max_seconds" if self.cut_short else None)

    def finish(self) -> None:
        """Give the network the weights that were asked for; those it leaves are its `last`."""
        net, params = self.net, self.net._params.copy()
        self.stop.restore()
        mean = None if net.stopped == "target" else self.average.mean()
        if mean is not None:
            net.last = net.copy()
            net._params[:] = mean
        if not self.ended:
            self.save(params)

    # Checkpoints ----------------------------------------------------------------------------

    def begin(self, resume: bool) -> None:
        """Go on where the checkpoint is, if there is one and `resume`; else write the first."""
        if self.checkpoint is None:
            return
        found = self.checkpoint.read(self.net.run or {}, resume)
        if found is not None:
            with archive.intact(self.checkpoint.path):
                self._restore(*found)
            self.checkpoint.mark(self.epochs, self.done)
            self.ended = self.net.stopped is not None
        else:
            self.save()

    def look(self) -> None:
        """Write the checkpoint if it is due, between two chunks or epochs."""
        if self.checkpoint is not None and self.checkpoint.due(self.epochs, self.done):
            self.save()

    def save(self, params: Array | None = None) -> None:
        """Write the checkpoint; until it is there, whole, the one before it is.

        `params` are those that the run goes on with, where the network has others by now.
        """
        if self.checkpoint is None:
            return
        about, arrays = self.net._contents(self.net._scaled(self.decay[1]))
        about["checkpoint"] = {
            "epochs": self.epochs,
            "samples": self.done,
            "epoch": asdict(self.now),
            "order": self.before,
            "scale": self.decay[1],
            "stopping": self.stop.state,
            "averaged": [self.average.count, self.average.next],
        }
        params = self.net._params if params is None else params
        more = {"params": params, "best": self.stop.best, "average": self.average.total}
        arrays |= {f"checkpoint_{name}": a for name, a in more.items() if a is not None}
        with later_ctrl_c():
            self.checkpoint.write(about, arrays)
            self.checkpoint.mark(self.epochs, self.done)

    def _restore(self, about: dict[str, Any], arrays: dict[str, Array]) -> None:
        """Be where `save` was called."""
        state = about["checkpoint"]
        self.net.history, self.net.stopped = History(about["history"]), about["stopped"]
        self.net._params[:] = arrays["checkpoint_params"]
        self.epochs, self.done = state["epochs"], state["samples"]
        self.now = Begun(**state["epoch"])
        self.order.state = self.before = state["order"]
        self.decay[1] = state["scale"]
        self.stop.state, self.stop.best = state["stopping"], arrays.get("checkpoint_best")
        self.average.count, self.average.next = state["averaged"]
        self.average.total = arrays.get("checkpoint_average")

    # Steps ----------------------------------------------------------------------------------

    def _wait(self) -> int:
        """How many samples may be learned before the next look."""
        wait = self.average.wait(self.done)
        return wait if self.checkpoint is None else min(wait, self.checkpoint.wait(self.done))

    def _take_in(self) -> None:
        """Multiply the weights by their common factor, which is then 1."""
        if self.decay[1] != 1:
            with later_ctrl_c():
                self.net._params[:] = self.net._scaled(self.decay[1])
                self.decay[1] = 1

    def _compile(self, places: Array) -> None:
        """Compile, or load what is compiled, before the clock runs."""
        rates = np.zeros(0, self.net.dtype)
        self.net._run(self.chunks.workspaces[0], self.samples, places[:0], self.targets, rates)

    def _learn(self, workspace: Workspace, chunk: Array, shares: Array | None) -> None:
        """Learn a chunk, or nothing of it."""
        net, now, n = self.net, self.now, len(chunk)
        rates = self.rates.of(self.done, n)
        if now.learned == 0:
            now.learning_rate = float(net.dtype.type(rates[0]))
        if shares is not None:
            rates *= shares[now.learned : now.learned + n]
        before, scale, rates = net._params.copy(), self.decay[1], rates.astype(net.dtype)
        began = time.perf_counter()
        cost, hits, learned = net._run(
            workspace, self.samples, chunk, self.targets, rates, now.cost, decay=self.decay
        )
        seconds = time.perf_counter() - began
        if learned < n or not net.is_finite():
            net._params[:], self.decay[1] = before, scale
            raise Diverged.at(now.learning_rate, net, f" in epoch {len(net.history)}")
        now.cost, now.hits = cost, now.hits + hits
        now.seconds, now.learned, self.done = now.seconds + seconds, now.learned + n, self.done + n
        self.stop.seconds -= seconds
        if self.average.due(self.done):
            self.average.add(self.done, net._scaled(self.decay[1]))


def record_of(
    net: Network, rate: float, n: int, seconds: float, cost: float, hits: int
) -> dict[str, Any]:
    """The next record of the history: n samples, judged before they were learned."""
    return {
        "epoch": len(net.history),
        "learning_rate": rate,
        "samples": n,
        "seconds": seconds,
        "samples_per_second": n / max(seconds, 1e-9),
        "loss": cost / n,
        "accuracy": _share(hits, n, net),
    }


def method_of(samples: Samples, net: Network, places: Array | None = None) -> int:
    """How the first layer learns best, by its size and the data alone: see bench/methods.py."""
    share = samples.density(places)
    worked = share * samples.features * net._layout.layers[0].pad  # weights that a sample moves
    if worked < (8192 if share >= 0.35 else 16384) or not samples.have_products():
        return SINGLY
    return DENSE if share >= 0.35 else SPARSE


def _teams(net: Network, threads: int | Literal["auto"]) -> list[int]:
    """Numbers of threads: one and many, where it is to be found out which is faster."""
    many = net._layout.most_threads
    if threads != "auto":
        many = min(many, whole("threads", threads, 1))
    return [1] if many == 1 else sorted({1, min(many, cores())})


def cores() -> int:
    """How many cores this process may use: by its affinity, and by the quota of its cgroups.

    A quota of 1.5 cores is two: threads that work side by side use it up, and a run that is slower
    for having more than one goes on with one.
    """
    try:
        n = len(os.sched_getaffinity(0))
    except AttributeError:
        n = os.cpu_count() or 1
    return max(1, math.ceil(min(n, quota())))


def quota(
    groups: Path = Path("/proc/self/cgroup"), mounted: Path = Path("/sys/fs/cgroup")
) -> float:
    """How many cores' time this process's cgroups and those above them may use; inf: any."""
    found = [math.inf]
    with contextlib.suppress(OSError, ValueError):  # there are none but on Linux
        for line in groups.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:  # of version 2
                root, names = mounted, ["cpu.max"]
            elif "cpu" in controllers.split(","):
                root, names = mounted / "cpu", ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
            else:
                continue
            group = root / path.lstrip("/")
            for folder in (group, *group.parents):
                with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
                    text = " ".join((folder / name).read_text() for name in names)
                    most, period = map(int, text.split())
                    if most > 0 < period:  # -1: any
                        found.append(most / period)
    return min(found)


class Chunks:
    """Cuts an order into parts of about SEEN seconds each, for the workspace that is the fastest.

    Cuts lie between blocks of samples (see `fastnet.kernels.blocks`), so that they change no bit.

    Where there is a choice, each workspace is tried, and the slowest again now and then: what else
    runs on the machine may have come or gone. Tries are short.
    """

    FIRST = 64  # samples, by which the pace of one thread is guessed; of a team, by a block
    AGAIN = 32  # times as long as a try takes, or SEEN, the next one is away

    def __init__(self, samples: Samples, workspaces: Sequence[Workspace]):
        self.workspaces, self.largest = workspaces, samples.chunk
        self.paces = [0.0 for _ in workspaces]  # seconds a sample; 0: not known
        self.tried = [False for _ in workspaces]  # for long enough to be compared
        self.wait = 0.0  # seconds until the next try

    def of(
        self, order: Array, most: Callable[[], int] | None = None
    ) -> Iterator[tuple[Workspace, Array]]:
        """Workspaces, and the part of the order that each shall run: up to most() samples."""
        start = 0
        while start < len(order):
            now, seconds = self.next()
            first = self.FIRST if now == 0 else SAMPLES
            size = int(seconds / self.paces[now]) if self.paces[now] else first
            size = min(size, self.largest, self.largest if most is None else most())
            blocks = -(-size // SAMPLES)
            part = order[start : start + max(1, blocks) * SAMPLES]
            began = time.perf_counter()
            yield self.workspaces[now], part
            took = time.perf_counter() - began
            start += len(part)
            pace, long = max(took, 1e-6) / len(part), took > seconds / 2
            # That a short part is slow says little: most of it may be what comes once a part.
            if long or not self.tried[now] or pace < self.paces[now]:
                self.paces[now] = pace
            self.tried[now] |= long
            trying = seconds < SEEN
            self.wait = self.AGAIN * max(took, SEEN) if trying else self.wait - took

    def next(self) -> tuple[int, float]:
        """Which workspace is next, and for how long."""
        if len(self.workspaces) == 1:
            return 0, SEEN
        if not all(self.tried):
            return self.tried.index(False), SEEN / 10
        if self.wait <= 0:
            return self.paces.index(max(self.paces)), SEEN / 5
        return self.paces.index(min(self.paces)), SEEN


def evaluate(
    net: Network, samples: Samples, targets: Targets, places: Array
) -> tuple[float, float | None]:
    """Mean loss and share of right answers of the samples at these places."""
    cost, hits, n = 0.0, 0, len(places)
    for workspace, chunk in Chunks(samples, [net._single().workspace]).of(places):
        cost, h, judged = net._run(workspace, samples, chunk, targets, cost=cost)
        hits += h
        if judged < len(chunk):
            return np.inf, _share(hits, n, net)
    return cost / n, _share(hits, n, net)


def _share(hits: int, n: int, net: Network) -> float | None:
    return None if is_regression(net) else hits / n
