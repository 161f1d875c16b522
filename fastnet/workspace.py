"""Where a network's layers lie in memory, and what threads need to run it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .compiling import epoch
from .kernels.layers import GROUPS, LAYER
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
    """The kernels' table of layers, and how many numbers their memory holds."""

    layers: Array  # of LAYER records
    params: int  # weights and biases of all layers
    shared: int  # what the threads of a team share, twice
    own: int  # what each has for its own

    @property
    def most_threads(self) -> int:
        """How many threads can have a share of a pass: one, without hidden layers."""
        return max([int(layer.strips) for layer in self.layers[:-1]], default=1)


def layout(sizes: tuple[int, ...], activations: list[int]) -> Layout:
    """Lay out layers of these sizes, with these kinds of activations."""
    layers = records(len(activations), LAYER)
    params = shared = own = 0
    for k, layer in enumerate(layers):
        groups = -(-sizes[k + 1] // LANES)
        layer.n_in, layer.n_out, layer.pad = sizes[k], sizes[k + 1], groups * LANES
        layer.strips = -(-groups // GROUPS)
        layer.strips += layer.strips > 1 and layer.strips % 2  # for two threads
        layer.activation = activations[k]
        below = layers[k - 1] if k else None
        layer.w = params
        params += layer.pad * (layer.n_in if below is None else below.pad)
        layer.b = params
        params += layer.pad
        layer.z, layer.d = own, own + layer.pad
        own += 2 * layer.pad
        top = k == len(layers) - 1
        if top:
            layer.a = own
            own += layer.pad
        else:
            layer.a = shared
            shared += layer.pad
        if below is not None:
            layer.sums = shared
            shared += below.strips * layer.pad if top else layer.strips * below.pad
    return Layout(layers, int(params), 2 * int(shared), int(own))


class Workspace:
    """What passes of a network write to besides the parameters; not for two passes at a time.

    Parameters
    ----------
    layout : Layout
        Of the network.
    dtype : numpy.dtype
        Its dtype.
    threads : int
        How many threads share each pass, at the most.
    """

    def __init__(self, layout: Layout, dtype: np.dtype, threads: int = 1):
        features, widest = int(layout.layers[0].n_in), int(layout.layers["pad"].max())
        self.layers = layout.layers
        threads = min(threads, layout.most_threads)
        self.unit = (np.arange(256) / 255).astype(dtype)  # the values of the bytes
        self.every = np.arange(widest, dtype=np.int32)
        self.shared = aligned(layout.shared, dtype)
        self.flags = np.zeros(threads * LINE, np.int64)
        self.members = [Member(features, layout.own, dtype, i, threads) for i in range(threads)]
        self.none = np.zeros((0, 0), dtype)
        self.pool = _pool(threads - 1) if threads > 1 else None

    def run(
        self,
        params: Array,
        loss: int,
        rows: Any,
        targets: Any,
        order: Array,
        rates: Array,
        cost: float,
        out: Array,
    ) -> tuple[float, int, int]:
        """Run the compiled pass: see `fastnet.kernels.epoch`."""

        def run(member: Member, out: Array) -> tuple[float, int, int]:
            return epoch(
                params, self.layers, loss, *rows, self.unit, *targets, order, rates,
                member.index, self.every, member.values, self.shared, member.own, member.place,
                self.flags, cost, out,
            )  # fmt: skip

        if self.pool is None:
            return run(self.members[0], out)
        with _later_ctrl_c():
            others = [self.pool.submit(run, member, self.none) for member in self.members[1:]]
            answer = run(self.members[0], out)
            wait(others)
        return answer


class Member:
    """What one thread has for its own."""

    def __init__(self, features: int, own: int, dtype: np.dtype, me: int, team: int):
        self.index = np.zeros(features + ROOM, np.int32)
        self.values = np.zeros(features + ROOM, dtype)
        self.own = aligned(own, dtype)
        self.place = records(1, MEMBER)
        self.place[0].me, self.place[0].team = me, team


def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that have all been started: a team waits for each of its members."""
    pool = ThreadPoolExecutor(threads, "fastnet")
    met = threading.Barrier(threads + 1, timeout=60)
    with _later_ctrl_c():
        try:
            for _ in range(threads):
                pool.submit(met.wait)
        except RuntimeError:  # there can be no more threads
            met.abort()
            raise
        met.wait()
    return pool


@contextlib.contextmanager
def _later_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C wait: it comes to one thread of a team, and the others would wait for that one."""
    elsewhere = threading.current_thread() is not threading.main_thread()
    if elsewhere or signal.getsignal(signal.SIGINT) is None:  # None: it is not Python's to set
        yield
        return
    came: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if came:
            signal.raise_signal(signal.SIGINT)
