"""Where a network's layers lie in memory, and what threads need to run it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import numpy as np

from ..kernels.blocks import block_size
from ..kernels.codes import LINE, MEMBER, ROOM
from ..typing import Array
from .compiling import epoch
from .interrupt import later_ctrl_c
from .layout import Layout, aligned, records


class Pass(NamedTuple):
    """What a pass is about: the arguments of `fastnet.kernels.epoch` of these names."""

    loss: int
    rows: Any  # data, kind, indptr, indices
    targets: tuple[Array, Array]  # labels, targets
    order: Array
    rates: Array
    decay: Array
    cost: float
    out: Array


def no_decay() -> Array:
    """What a pass without L2 takes as `decay`."""
    return np.array([0.0, 1.0])


class Workspace:
    """What passes of a network write to besides the parameters; not for two passes at a time.

    Parameters
    ----------
    whole : Layout
        How the network's parameters lie.
    team : Layout
        How they lie while threads share a pass; the same one, for one thread.
    dtype : numpy.dtype
        Of the network.
    threads : int
        How many threads share each pass.
    method : int
        How the first layer learns: see `fastnet.kernels.blocks`.
    """

    def __init__(self, whole: Layout, team: Layout, dtype: np.dtype, threads: int, method: int):
        features, widest = int(team.layers[0].n_in), int(team.layers["pad"].max())
        self.whole, self.team, self.method = whole, team, method
        self.byte_values = (np.arange(256) / 255).astype(dtype)
        self.all_inputs = np.arange(widest, dtype=np.int32)
        self.shared = aligned(team.shared, dtype)
        self.flags = aligned(threads * LINE, np.dtype(np.int64))
        self.members = [Member(team, features, dtype, i, threads, method) for i in range(threads)]
        self.none = np.zeros(0, dtype)
        self.pool = _pool(threads - 1) if threads > 1 else None
        self.params = aligned(team.params if threads > 1 else 0, dtype)

    def run(self, params: Array, task: Pass) -> tuple[float, int, int]:
        """Run the compiled pass: see `fastnet.kernels.epoch`."""

        def run(params: Array, member: Member, task: Pass) -> tuple[float, int, int]:
            return epoch(*self.arguments(params, member, task))

        if self.pool is None:
            return run(params, self.members[0], task)
        quiet = task._replace(out=self.none)  # one member shows the outputs
        with later_ctrl_c():  # until the parameters are whole again
            self._move(params, self.whole, self.params, self.team)
            others = [
                self.pool.submit(run, self.params, member, quiet) for member in self.members[1:]
            ]
            answer = run(self.params, self.members[0], task)
            wait(others)
            if len(task.rates):
                self._move(self.params, self.team, params, self.whole)
        return answer

    def arguments(self, params: Array, member: Member, task: Pass) -> tuple[Any, ...]:
        """The arguments of the compiled pass, for one member."""
        return (
            params, member.layers, self.team.strips, task.loss, *task.rows, self.byte_values,
            *task.targets, task.order, task.rates, task.decay, member.index, self.all_inputs,
            member.values, self.method, member.block, self.shared, member.own, member.place,
            self.flags, task.cost, task.out,
        )  # fmt: skip

    def _move(self, source: Array, lies: Layout, target: Array, shall_lie: Layout) -> None:
        """Copy parameters from one layout to another."""
        team = len(self.members)
        pairs = zip(lies.parts(source, team), shall_lie.parts(target, team), strict=True)
        for old, new in pairs:
            new[:] = old


class Member:
    """What one thread has for its own."""

    def __init__(
        self, layout: Layout, features: int, dtype: np.dtype, me: int, team: int, method: int
    ):
        self.layers = layout.of_member(me, team)
        room = -(-(features + ROOM) // 64) * 64
        self.index = aligned(2 * room, np.dtype(np.int32))  # for a sample, and the one after it
        self.values = aligned(2 * room, dtype)
        self.block = aligned(block_size(features, int(layout.layers[0].pad), method), dtype)
        self.own = aligned(layout.own, dtype)
        self.place = records(LINE, MEMBER)  # the first; the others keep its cache line its own
        self.place[0].me, self.place[0].team = me, team


def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that have all been started: a team waits for each of its members."""
    pool = ThreadPoolExecutor(threads, "fastnet")
    met = threading.Barrier(threads + 1, timeout=60)
    with later_ctrl_c():
        try:
            for _ in range(threads):
                pool.submit(met.wait)
        except RuntimeError:  # there can be no more threads
            met.abort()
            raise
        met.wait()
    return pool
