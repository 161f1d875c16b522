"""The memory that passes of a net write to, and the threads that share a pass."""

from __future__ import annotations

import functools
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import numpy as np

from ..data.samples import Rows
from ..kernels.answers import sizes as sizes_of_many
from ..kernels.codes import BLOCKS, LINE, MANY, MEMBER, ROOM, SINGLY
from ..kernels.entries import NO_LABEL, NO_RATE
from ..kernels.jit import at_hand
from ..kernels.listed import block_sizes
from ..typing import Array
from .compiling import compiled_pass, loaded
from .interrupt import later_ctrl_c
from .layout import Layout, aligned, records
from .tasks import Tasks


class Pass(NamedTuple):
    """A pass over samples: see `fastnet.kernels.epoch`."""

    loss: int
    rows: Rows
    targets: tuple[Array, Array]  # labels, targets
    order: Array
    rates: Array
    decay: Array
    cost: float
    out: Array

    def begin(self, tasks: Tasks, params: Array) -> None:
        """Set it in the tables of a team. It and the parameters must live as long as the pass."""
        (data, stored, indptr, indices), (labels, numbers) = self.rows, self.targets
        arrays = (
            params, data, indptr, indices, labels, numbers, self.order, self.rates, self.decay,
            self.out,
        )  # fmt: skip
        tasks.begin(arrays, stored, self.loss, self.cost)


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
        The method of a pass that learns: see `fastnet.kernels.codes`.
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
        self.whole, self.team, self.method, self.led = whole, team, method, led
        self.threads = threads
        self.byte_values = byte_values(dtype)
        self.all_inputs = np.arange(max(team.pads), dtype=np.int32)
        self.shared = aligned(team.shared, dtype)
        self.flags = aligned(threads * LINE, np.dtype(np.int64))
        sizes, crew = memory_sizes(team.layers, method)
        self.crew = aligned(crew, dtype)  # what members share of a block
        self.members = [Member(team, dtype, i, threads, sizes, led) for i in range(threads)]
        self.pool = _pool(threads - 1) if threads > 1 else None
        self.params = aligned(team.params if threads > 1 else 0, dtype)
        self.no_decay = no_decay()
        by_rows = SINGLY if method == BLOCKS else method  # where nothing is learned
        self.rows, self.form = compiled_pass(by_rows, dtype), compiled_pass(method, dtype)
        self.tasks = self.made_tasks()

    def made_tasks(self) -> Tasks:
        """Make the members' tables for passes in this memory."""
        tasks = Tasks(len(self.members), self.byte_values.dtype)
        tasks.set(
            strips=self.team.strips, byte_values=self.byte_values, all_inputs=self.all_inputs,
            shared=self.shared, crew=self.crew, meetings=self.flags,
        )  # fmt: skip
        for i, member in enumerate(self.members):
            tasks.give(
                i, layers=member.layers, index=member.index, values=member.values,
                block=member.block, listed=member.listed, own=member.own, member=member.place,
                active=member.active, amounts=member.amounts,
            )  # fmt: skip
        return tasks

    def execute(self, params: Array, one: Pass) -> tuple[float, int, int]:
        """Call the compiled pass in each member of the team: see `fastnet.kernels.epoch`."""
        run = self.form if len(one.rates) else self.rows
        if not at_hand(run):
            loaded(run)
        if self.pool is None:
            one.begin(self.tasks, params)
            return self._call(run, 0)
        with later_ctrl_c():  # until the parameters are whole again
            self._move(params, self.whole, self.params, self.team)
            one.begin(self.tasks, self.params)
            for i in range(1, len(self.members)):
                self.tasks.give(i, out=one.out[:0])  # only one member writes the outputs
            sharing = len(self.members) if len(one.rates) or not self.led else 1
            others = [self.pool.submit(self._call, run, i) for i in range(1, sharing)]
            seen = self._call(run, 0)
            wait(others)
            if len(one.rates):
                self._move(self.params, self.team, params, self.whole)
        return seen

    def _call(self, run: Any, member: int) -> tuple[float, int, int]:
        """Call an entry as one member of the team."""
        seen: tuple[float, int, int] = run(self.tasks.addresses[member], NO_LABEL, NO_RATE)
        return seen

    def _move(self, source: Array, lies: Layout, target: Array, shall_lie: Layout) -> None:
        """Copy parameters from one layout to another."""
        team = len(self.members)
        pairs = zip(lies.parts(source, team), shall_lie.parts(target, team), strict=True)
        for old, new in pairs:
            new[:] = old


@functools.cache
def byte_values(dtype: np.dtype) -> Array:
    """Return the numbers that the bytes stand for. Nobody may change them."""
    return (np.arange(256) / 255).astype(dtype)


def memory_sizes(layers: Array, method: int) -> tuple[tuple[int, int, int, int], int]:
    """Return the sizes of a member's lists (two), block and listed rows, and of a crew's memory."""
    if method == MANY:
        return (*sizes_of_many(layers), 0), 0
    features = int(layers[0].n_in)
    room = 2 * (-(-(features + ROOM) // 64) * 64)  # for a sample and the next one
    if method != BLOCKS:
        return (room, room, 0, 0), 0
    inputs, rows, crew = block_sizes(features, int(layers[0].pad))
    return (room, room, 2 * inputs, 2 * rows), crew


class Member:
    """The memory of one thread of a team."""

    def __init__(
        self,
        layout: Layout,
        dtype: np.dtype,
        me: int,
        team: int,
        sizes: tuple[int, int, int, int],
        led: bool,
    ):
        self.layers = layout.of_member(0, 1) if led else layout.of_member(me, team)
        index, values, block, listed = sizes
        self.index, self.values = aligned(index, np.dtype(np.int32)), aligned(values, dtype)
        self.block, self.listed = aligned(block, dtype), aligned(listed, np.dtype(np.int32))
        self.own = aligned(layout.own, dtype)
        self.active = aligned(layout.active, np.dtype(np.int32))
        self.amounts = aligned(layout.active, dtype)
        # Its places among those who share a sample, and a block. The rest fills the cache line.
        self.place, alone, one_of = records(LINE, MEMBER), (0, 1, 0), (me, team, 0)
        self.place[:2] = [alone, one_of] if led else [one_of, alone]


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
