"""The layout of a network's layers in memory."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from ..kernels.activations import CODES, CUSTOM
from ..kernels.active import list_room
from ..kernels.codes import ALL_INPUTS, ALL_ROWS, BLOCK, GROUPS, LANES, LAYER, MANY_UNITS, STRIP
from ..typing import Array
from .activations import Activation, Functions, functions
from .tasks import address


def aligned(n: int, dtype: np.dtype) -> Array:
    """Return n zeros that begin with a cache line."""
    if not n:
        return np.zeros(0, dtype)
    room = 64 // dtype.itemsize
    array: Array = np.zeros(n + room, dtype)
    start = -address(array) % 64 // dtype.itemsize
    return array[start : start + n]


def records(n: int, dtype: np.dtype) -> Array:
    """Return n records of zeros, whose fields are attributes.

    This is not a np.recarray: Numba would read an attribute of that at each call of a kernel, which
    takes microseconds, and a Ctrl-C at that moment would be lost.
    """
    return np.zeros(n, _record(dtype))


@functools.cache
def _record(dtype: np.dtype) -> np.dtype:
    """Return the dtype of records."""
    return np.dtype((np.record, dtype))


class Layout(NamedTuple):
    """The kernels' tables of layers and strips, and the sizes of their memory in numbers."""

    layers: Array  # of LAYER records
    strips: Array  # of STRIP records
    params: int  # weights and biases of all layers
    shared: int  # what the threads of a team share, twice
    own: int  # what each thread has for its own
    active: int  # and its lists of active units
    pads: tuple[int, ...]  # the outputs of each layer, in whole groups
    functions: tuple[Functions, ...] = ()  # the user's; `layers` has their addresses

    @property
    def most_threads(self) -> int:
        """The most threads that can share a pass: one if there are no hidden layers."""
        return max([int(layer.strips) for layer in self.layers[:-1]], default=1)

    def for_team(self, team: int, led: bool = False) -> Layout:
        """Return the layout of the same layers for so many threads that share a pass.

        If one thread leads, they share only the first layer's weights.
        """
        if team == 1:
            return self
        sizes = [int(self.layers[0].n_in), *map(int, self.layers["n_out"])]
        upper = 1 if led else team
        other = layout(tuple(sizes), self.layers["activation"].tolist(), team, upper)
        for name in ("transfer", "transfer_prime"):
            other.layers[name] = self.layers[name]
        return other._replace(functions=self.functions)

    def of_member(self, me: int, team: int) -> Array:
        """Return the table of layers, with the share of one member of a team; one alone has all."""
        if team == 1:
            return self.layers
        layers = self.layers.copy()
        layers["first"], layers["last"] = _share(layers["strip"], layers["strips"], me, team)
        layers["start"], layers["stop"] = self.strips["j"][[layers["first"], layers["last"]]]
        return layers

    def parts(self, params: Array, team: int) -> Iterator[Array]:
        """Yield views of all weights and biases, by layer and member, in the same order."""
        for layer in self.layers:
            rows = int(layer.b - layer.w) // int(layer.pad)
            for me in range(team):
                first, last = _share(layer.strip, layer.strips, me, team)
                if first < last:
                    width = self.strips[last].j - self.strips[first].j
                    row = int(self.strips[first].stride) * params.itemsize
                    yield np.lib.stride_tricks.as_strided(
                        params[self.strips[first].w :], (rows, width), (row, params.itemsize)
                    )
            yield params[layer.b :][: layer.pad]


def _share(strip: Any, strips: Any, me: int, team: int) -> tuple[Any, Any]:
    """Return a member's strips of a layer, or of each: from the first to before the last."""
    first, last = (strips * i // team for i in (me, me + 1))
    return strip + first, strip + last


def lists_active(below: Any, layer: Any) -> bool:
    """Tell whether a hidden layer takes a list of the active units below it.

    This is right only for units whose slope is 0 where their activation is.
    """
    return below.activation == CODES["relu"] and min(below.pad, layer.pad) >= MANY_UNITS


def laid_out(sizes: tuple[int, ...], activations: Sequence[Activation]) -> Layout:
    """Lay out layers of these sizes and activations, for one thread."""
    whole = layout(sizes, [CODES[a] if isinstance(a, str) else CUSTOM for a in activations])
    compiled = {k: functions(a) for k, a in enumerate(activations) if not isinstance(a, str)}
    for k, pair in compiled.items():
        whole.layers[k].transfer, whole.layers[k].transfer_prime = pair[:2]
    return whole._replace(functions=tuple(compiled.values()))


def layout(
    sizes: tuple[int, ...], activations: list[int], team: int = 1, upper: int | None = None
) -> Layout:
    """Lay out layers of these sizes and codes of activations, for a team of so many threads.

    `upper` threads share the layers above the first one: all of them, by default.

    The columns of a hidden layer's weights that belong to one member of the team lie together, so
    that the caches of other members do not fetch them.
    """
    # Python's own numbers meanwhile: a field of a record takes a microsecond to write or read.
    layers = [SimpleNamespace(**dict.fromkeys(LAYER.names or (), 0)) for _ in activations]
    strips: list[tuple[int, ...]] = []
    params = shared = own = active = 0
    for k, layer in enumerate(layers):
        groups = -(-sizes[k + 1] // LANES)
        layer.n_in, layer.n_out, layer.pad = sizes[k], sizes[k + 1], groups * LANES
        layer.activation = activations[k]
        layer.strip, layer.strips = len(strips), -(-groups // GROUPS)
        layer.strips += layer.strips > 1 and layer.strips % 2  # for two threads
        layer.first, layer.last, layer.stop = layer.strip, layer.strip + layer.strips, layer.pad
        layer.block = BLOCK if layer.strips > 2 else ALL_ROWS
        below, top = layers[k - 1] if k else None, k == len(layers) - 1
        sharing = 1 if top else upper if k and upper else team
        rows = layer.n_in if below is None else below.pad
        layer.w = params
        edges = [groups * s // layer.strips for s in range(layer.strips + 1)]
        for me in range(sharing):
            first, last = _share(0, layer.strips, me, sharing)
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
        layer.active = ALL_INPUTS
        if below is not None and not top and lists_active(below, layer):
            layer.active = active
            active += list_room(below.pad)
        if below is not None:
            layer.sums = shared
            layer.parts = layer.strips if sharing > 2 else min(2, layer.strips)
            shared += below.strips * layer.pad if top else layer.parts * below.pad
    tables = records(len(layers), LAYER), records(len(strips), STRIP)
    tables[0][:] = [tuple(vars(layer).values()) for layer in layers]
    tables[1][:] = strips
    return Layout(*tables, params, 2 * shared, own, active, tuple(layer.pad for layer in layers))
