"""Where a network's layers lie in memory, and what threads need to run it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .compiling import epoch
from .interrupt import later_ctrl_c
from .kernels.blocks import SAMPLES, SINGLY
from .kernels.layers import ALL_ROWS, BLOCK, GROUPS, LAYER, STRIP
from .kernels.samples import ROOM
from .kernels.simd import LANES
from .kernels.team import LINE, MEMBER

Array = NDArray[Any]


def aligned(n: int, dtype: np.dtype) -> Array:
    """n zeros that begin with a cache line."""
    room = 64 // dtype.itemsize
    array: Array = np.zeros(n + room, dtype)
    start = -array.ctypes.data % 64 // dtype.itemsize
    return array[start : start + n]


def records(n: int, dtype: np.dtype) -> Array:
    """n records of zeros, whose fields are attributes.

    Not a np.recarray: of that, Numba asks an attribute at each call of a kernel, which takes
    microseconds, and a Ctrl-C that comes then is lost.
    """
    return np.zeros(n, np.dtype((np.record, dtype)))


class Layout(NamedTuple):
    """The kernels' tables of layers and strips, and how many numbers their memory holds."""

    layers: Array  # of LAYER records
    strips: Array  # of STRIP records
    params: int  # weights and biases of all layers
    shared: int  # what the threads of a team share, twice
    own: int  # what each has for its own

    @property
    def most_threads(self) -> int:
        """How many threads can have a share of a pass: one, without hidden layers."""
        return max([int(layer.strips) for layer in self.layers[:-1]], default=1)

    def of_member(self, me: int, team: int) -> Array:
        """The table of layers, with the share of one member of a team."""
        layers = self.layers.copy()
        for layer in layers:
            layer.first, layer.last = _share(layer, me, team)
            layer.start, layer.stop = self.strips["j"][[layer.first, layer.last]]
        return layers

    def parts(self, params: Array, team: int) -> Iterator[Array]:
        """Views of all weights and biases, by layers and members; equal parts in either layout."""
        for layer in self.layers:
            rows = int(layer.b - layer.w) // int(layer.pad)
            for me in range(team):
                first, last = _share(layer, me, team)
                if first < last:
                    width = self.strips[last].j - self.strips[first].j
                    row = int(self.strips[first].stride) * params.itemsize
                    yield np.lib.stride_tricks.as_strided(
                        params[self.strips[first].w :], (rows, width), (row, params.itemsize)
                    )
            yield params[layer.b :][: layer.pad]


def _share(layer: Any, me: int, team: int) -> tuple[int, int]:
    """A member's strips of a layer: from the first to before the last."""
    first, last = (layer.strips * i // team for i in (me, me + 1))
    return layer.strip + first, layer.strip + last


def layout(sizes: tuple[int, ...], activations: list[int], team: int = 1) -> Layout:
    """Lay out layers of these sizes, with these kinds of activations.

    The columns of a hidden layer's weights that belong to one member of the team lie together: the
    others' caches do not fetch them in passing.
    """
    layers = records(len(activations), LAYER)
    strips: list[tuple[int, ...]] = []
    params = shared = own = 0
    for k, layer in enumerate(layers):
        groups = -(-sizes[k + 1] // LANES)
        layer.n_in, layer.n_out, layer.pad = sizes[k], sizes[k + 1], groups * LANES
        layer.activation = activations[k]
        layer.strip, layer.strips = len(strips), -(-groups // GROUPS)
        layer.strips += layer.strips > 1 and layer.strips % 2  # for two threads
        layer.block = BLOCK if layer.strips > 2 else ALL_ROWS
        below, top = layers[k - 1] if k else None, k == len(layers) - 1
        rows = layer.n_in if below is None else below.pad
        layer.w = params
        edges = [groups * s // layer.strips for s in range(layer.strips + 1)]
        for me in range(1 if top else team):
            first, last = (i - layer.strip for i in _share(layer, me, 1 if top else team))
            stride = LANES * (edges[last] - edges[first])
            for s in range(first, last):
                place = params + LANES * (edges[s] - edges[first])
                strips.append((LANES * edges[s], edges[s + 1] - edges[s], place, stride))
            params += rows * stride
        strips.append((layer.pad, 0, 0, 0))
        layer.b = params
        params += layer.pad
        layer.z, layer.d = own, own + layer.pad
        own += 2 * layer.pad
        if top:
            layer.a = own
            own += layer.pad
        else:
            layer.a = shared
            shared += layer.pad
        if below is not None:
            layer.sums = shared
            layer.parts = layer.strips if team > 2 else min(2, layer.strips)
            shared += below.strips * layer.pad if top else layer.parts * below.pad
    table = records(len(strips), STRIP)
    table[:] = strips
    return Layout(layers, table, int(params), 2 * int(shared), int(own))


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
        self.unit = (np.arange(256) / 255).astype(dtype)  # the values of the bytes
        self.every = np.arange(widest, dtype=np.int32)
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
            params, member.layers, self.team.strips, task.loss, *task.rows, self.unit,
            *task.targets, task.order, task.rates, task.decay, member.index, self.every,
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
        block = SAMPLES * (features + SAMPLES + 2 * int(layout.layers[0].pad))
        self.block = aligned(block if method != SINGLY else 0, dtype)
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
