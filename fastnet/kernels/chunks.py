"""Sums over a chunk of a layer's weights, for many samples side by side: see `answers`.

Each sum has the order of `layers.forward`: entry k of a list goes to sum k % side, and in a layer
that is worked on by blocks of rows, the sums of a block are added to the last total.
"""

from typing import Any, NamedTuple

import numpy as np

from .codes import BLOCK, LANES, START
from .jit import flat, kernel
from .simd import fma, fold_groups, get, load, load_rows, splat_rows, store, zeros

CHUNK = 512  # groups of weights that the first cache holds: 32 KB in float32
ENTRIES = 48  # the least of a chunk, on average: the end of each is mispredicted
SUMS = 8 * LANES  # a strip has at most 8 groups of sums


class Desk(NamedTuple):
    """The memory of a block of samples."""

    memory: Any
    sums: Any  # where the sums begin; the strip of weights begins at 0
    panels: Any  # where the panels begin,
    size: Any  # the size of one,
    width: Any  # and a sample's part of it
    room: Any  # of a list of inputs


class Feed(NamedTuple):
    """The inputs of a layer: entry k of sample i has the value values[at + i * apart + k].

    It is input index[i * listed + k]; `listed` is 0 if all samples have the same list.
    """

    index: Any
    listed: Any
    values: Any
    at: Any
    apart: Any


class Turn(NamedTuple):
    """The samples of a block: those whose inputs are all not 0, and the rest.

    memory[at :] has the numbers of the full ones, filled up with `size` to threes. The numbers of
    the rest begin `size` later, and the lengths of all lists 2 * size later.
    """

    memory: Any
    at: Any
    size: Any  # the most samples of a block
    full: Any  # how many are full,
    rest: Any  # and how many are not
    mean: Any  # length of their lists


class Part(NamedTuple):
    """Chunk number `chunk` of `chunks` of the entries from `start` to before `stop`."""

    start: Any
    stop: Any
    chunk: Any
    chunks: Any


@flat
def cut(start, stop, chunk, chunks):
    """Return the entry with which a chunk begins: always that of a block of rows."""
    if chunk == chunks:
        return stop
    return start + (stop - start) * chunk // chunks // BLOCK * BLOCK


@flat
def span(start, stop, part):
    """Return the first entry of a chunk, and that behind its last."""
    begin = cut(start, stop, part.chunk, part.chunks)
    return begin, cut(start, stop, part.chunk + 1, part.chunks)


def sum_kernels(count, side):
    """Make the kernels that take up and keep the sums of a sample in a strip."""
    every = count * side

    @flat
    def begin(desk, i, part, block):
        """Return the sums of sample i so far, or zeros. A block of rows begins with zeros."""
        s = zeros(desk.memory, count, side)
        if block > BLOCK and part.chunk > 0:
            s = load(desk.memory, desk.sums + i * SUMS, every)
        return s

    @flat
    def keep(s, desk, i, part, block, more):
        """Keep the sums of sample i; at the end [of each block] their total, plus the last one."""
        at = desk.sums + i * SUMS
        if block == BLOCK or part.chunk + 1 == part.chunks:
            folded = fold_groups(s, count)
            if block == BLOCK and more:
                folded = load(desk.memory, at, count) + folded
            store(desk.memory, at, folded)
        else:
            store(desk.memory, at, s)

    return begin, keep


def chunk_kernel(count, side):
    """Make the kernel of a chunk of a strip of `count` groups; it sums `side` rows side by side."""
    begin, keep = sum_kernels(count, side)

    @flat
    def rows_at(rows, feed, k):
        """Return the rows of weights of entries k ... k + side - 1."""
        return load_rows(rows.memory, rows.at, rows.stride, feed.index, k, count, side)

    @flat
    def do_three(rows, feed, a, b, c, part, block, desk):
        """Do the chunk for three samples whose lists are alike."""
        x, index, at, apart = feed.values, a * feed.listed, feed.at, feed.apart
        xa, xb, xc = at + a * apart, at + b * apart, at + c * apart
        start, stop = span(part.start, part.stop, part)
        for k in range(start, stop, block):
            sa, sb = begin(desk, a, part, block), begin(desk, b, part, block)
            sc = begin(desk, c, part, block)
            for eight in range(k, min(k + block, stop), 8):  # nested, so that LLVM unrolls them
                for r in range(eight, eight + 8, side):
                    row = rows_at(rows, feed, index + r)
                    sa = fma(splat_rows(x, xa + r, count, side), row, sa)
                    sb = fma(splat_rows(x, xb + r, count, side), row, sb)
                    sc = fma(splat_rows(x, xc + r, count, side), row, sc)
            keep(sa, desk, a, part, block, k > part.start)
            keep(sb, desk, b, part, block, k > part.start)
            keep(sc, desk, c, part, block, k > part.start)

    @flat
    def do_one(rows, feed, i, length, part, block, desk):
        """Do the chunk for a sample with a list of its own."""
        index, at = i * feed.listed, feed.at + i * feed.apart
        start, stop = span(START, length, part)
        # Without any entry, the sums are 0.
        end = max(stop, start + 1) if block > BLOCK or part.chunk == 0 else stop
        for k in range(start, end, block):
            s = begin(desk, i, part, block)
            for eight in range(k, min(k + block, stop), 8):
                for r in range(eight, eight + 8, side):
                    row = rows_at(rows, feed, index + r)
                    s = fma(splat_rows(feed.values, at + r, count, side), row, s)
            keep(s, desk, i, part, block, k > START)

    @kernel
    def chunk(rows, feed, turn, part, block, desk):
        """Add the products of a chunk's inputs and weights to the sums of all samples.

        After the last chunk, the first `count` groups of a sample's sums are their total.
        """
        turns, at = turn.memory, turn.at
        for t in range(at, at + turn.full, 3):
            a, b, c = get(turns, t), get(turns, t + 1), get(turns, t + 2)
            do_three(rows, feed, np.int64(a), np.int64(b), np.int64(c), part, block, desk)
        for t in range(at + turn.size, at + turn.size + turn.rest):
            i = np.int64(get(turns, t))
            do_one(rows, feed, i, get(turns, at + 2 * turn.size + i), part, block, desk)

    return chunk


chunk1, chunk2 = chunk_kernel(1, 8), chunk_kernel(2, 4)
chunk3, chunk4 = chunk_kernel(3, 2), chunk_kernel(4, 2)


@kernel
def sum_up(rows, groups, start, stop, feed, turn, block, desk):
    """The sums of all samples = inputs from `start` to before `stop` . rows of a strip."""
    n = stop - start
    chunks = min(n * groups // CHUNK, min(n, turn.mean) // ENTRIES) + 1
    for c in range(chunks):
        part = Part(start, stop, c, chunks)
        if groups == 4:
            chunk4(rows, feed, turn, part, block, desk)
        elif groups == 3:
            chunk3(rows, feed, turn, part, block, desk)
        elif groups == 2:
            chunk2(rows, feed, turn, part, block, desk)
        else:
            chunk1(rows, feed, turn, part, block, desk)
