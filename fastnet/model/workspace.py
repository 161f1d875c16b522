"""The memory that passes of a net write to, and the threads that share a pass."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import numpy as np

from ..data.samples import Rows
from ..kernels.blocks import SINGLY, block_sizes
from ..kernels.blockwise import block_epoch
from ..kernels.codes import LINE, MEMBER, ROOM
from ..typing import Array
from .compiling import epoch
from .interrupt import later_ctrl_c
from .layout import Layout, aligned, records


class Pass(NamedTuple):
    """A pass over samples: arguments of `fastnet.kernels.epoch` by their names."""

    loss: int
    rows: Rows
    targets: tuple[Array, Array]  # labels, targets
    order: Array
    rates: Array
    decay: Array
    cost: float
    out: Array


def no_decay() -> Array:
    """Return the `decay` of a pass without L2."""
    return np.array([0.0, 1.0])


class Workspace:
    """The memory that passes write to besides the parameters. It serves one pass at a time.

    Parameters
    ----------
    whole : Layout
        The layout of the net's parameters.
    team : Layout
        Their layout while threads share a pass. For one thread it is `whole`.
    dtype : numpy.dtype
        The dtype of the net.
    threads : int
        The number of threads that share each pass.
    method : int
        The method of the first layer: see `fastnet.kernels.blocks`.
    led : bool
        Whether one thread leads: see `fastnet.kernels.blockwise`. If so, `team` is for that.
    """

    def __init__(
        self,
        whole: Layout,
        team: Layout,
        dtype: np.dtype,
        threads: int,
        method: int,
        led: bool = False,
    ):
        features, widest = int(team.layers[0].n_in), int(team.layers["pad"].max())
        self.whole, self.team, self.method, self.led = whole, team, method, led
        self.byte_values = (np.arange(256) / 255).astype(dtype)
        self.all_inputs = np.arange(widest, dtype=np.int32)
        self.shared = aligned(team.shared, dtype)
        self.flags = aligned(threads * LINE, np.dtype(np.int64))
        sizes = block_sizes(features, int(team.layers[0].pad)) if method != SINGLY else (0, 0, 0)
        self.crew = aligned(sizes[2], dtype)  # what members share of a block
        self.members = [
            Member(team, features, dtype, i, threads, sizes[:2], led) for i in range(threads)
        ]
        self.none = np.zeros(0, dtype)
        self.pool = _pool(threads - 1) if threads > 1 else None
        self.params = aligned(team.params if threads > 1 else 0, dtype)

    def execute(self, params: Array, one: Pass) -> tuple[float, int, int]:
        """Call the compiled pass in each member of the team: see `fastnet.kernels.epoch`."""

        def call(params: Array, member: Member, one: Pass) -> tuple[float, int, int]:
            entry = block_epoch if len(one.rates) and self.method != SINGLY else epoch
            return entry(*self.arguments(params, member, one))

        if self.pool is None:
            return call(params, self.members[0], one)
        quiet = one._replace(out=self.none)  # only one member writes the outputs
        with later_ctrl_c():  # until the parameters are whole again
            self._move(params, self.whole, self.params, self.team)
            helpers = [] if self.led and not len(one.rates) else self.members[1:]
            others = [self.pool.submit(call, self.params, member, quiet) for member in helpers]
            seen = call(self.params, self.members[0], one)
            wait(others)
            if len(one.rates):
                self._move(self.params, self.team, params, self.whole)
        return seen

    def arguments(self, params: Array, member: Member, one: Pass) -> tuple[Any, ...]:
        """Return the arguments of the compiled pass, for one member."""
        return (
            params, member.layers, self.team.strips, one.loss, *one.rows, self.byte_values,
            *one.targets, one.order, one.rates, one.decay, member.index, self.all_inputs,
            member.values, member.block, self.crew, member.moved, self.shared,
            member.own, member.place, self.flags, one.cost, one.out,
        )  # fmt: skip

    def _move(self, source: Array, lies: Layout, target: Array, shall_lie: Layout) -> None:
        """Copy parameters from one layout to another."""
        team = len(self.members)
        pairs = zip(lies.parts(source, team), shall_lie.parts(target, team), strict=True)
        for old, new in pairs:
            new[:] = old


class Member:
    """The memory of one thread of a team."""

    def __init__(
        self,
        layout: Layout,
        features: int,
        dtype: np.dtype,
        me: int,
        team: int,
        block: tuple[int, int],
        led: bool,
    ):
        self.layers = layout.of_member(0, 1) if led else layout.of_member(me, team)
        room = -(-(features + ROOM) // 64) * 64
        inputs, rows = block
        self.index = aligned(2 * room, np.dtype(np.int32))  # for a sample and the next
        self.values = aligned(2 * room, dtype)
        self.block = aligned(2 * inputs, dtype)
        self.moved = aligned(2 * rows, np.dtype(np.int32))
        self.own = aligned(layout.own, dtype)
        # Its places among those who share a sample, and a block. The rest fills the cache line.
        self.place = records(LINE, MEMBER)
        for i, alone in enumerate((led, not led)):
            self.place[i].me, self.place[i].team = (0, 1) if alone else (me, team)


def _pool(threads: int) -> ThreadPoolExecutor:
    """Start so many threads, and wait until all run, since a team waits for all its members."""
    pool = ThreadPoolExecutor(threads, "fastnet")
    met = threading.Barrier(threads + 1, timeout=60)
    with later_ctrl_c():
        try:
            for _ in range(threads):
                pool.submit(met.wait)
        except RuntimeError:  # the system has no more threads
            met.abort()
            raise
        met.wait()
    return pool
