"""Vectors of lanes for Numba: the operations from which the kernels are written.

A `Vector` is `count` groups of 16 lanes of one dtype. LLVM maps a group to what the CPU has
(float32: one AVX-512 register, two of AVX2, four of NEON or SSE), so a kernel is written once. The
lanes fix the order of every sum, so the bits of a result do not depend on the CPU. If an operation
has a shorter and a longer vector, the groups of the shorter one repeat.

Every operation is a plain NumPy function on arrays of shape (count, 16). It shows what the
operation does, and it runs under NUMBA_DISABLE_JIT=1. Its decorator makes LLVM do the same.

A place in memory is an array and a position in it. `raw(array)` is the bare address of the array:
kernels pass it to each other, since Numba passes an array as seven words. With NUMBA_BOUNDSCHECK=1
`raw` keeps the array, and every load and store checks its bounds. `place(address, n, dtype)` is the
same for an array that a kernel knows by its address.
"""

from .across import (
    bits,
    fold,
    fold_groups,
    lane,
    lanes_below,
    largest,
    lowest_bit,
    rotations,
    total,
)
from .arithmetic import (
    constant,
    exponent,
    exponent_limit,
    fma,
    magnitude,
    nearest,
    power_of_two,
    select,
    series,
    splat,
)
from .core import Raw, Vector
from .integers import load_pairs, real, store_bytes, whole
from .memory import (
    call,
    get,
    load,
    load_head,
    number,
    numbers,
    place,
    prefetch,
    prefetch_to_write,
    put,
    raw,
    store,
    zeros,
)
from .packing import nonzero_bytes, pack_bytes, pack_numbers, packs_bytes, unpack_bytes
from .rows import learn_row, load_rows, splat_rows
from .transposing import byte_inputs, transpose_bytes, transposed

__all__ = [
    "Raw",
    "Vector",
    "bits",
    "byte_inputs",
    "call",
    "constant",
    "exponent",
    "exponent_limit",
    "fma",
    "fold",
    "fold_groups",
    "get",
    "lane",
    "lanes_below",
    "largest",
    "learn_row",
    "load",
    "load_head",
    "load_pairs",
    "load_rows",
    "lowest_bit",
    "magnitude",
    "nearest",
    "nonzero_bytes",
    "number",
    "numbers",
    "pack_bytes",
    "pack_numbers",
    "packs_bytes",
    "place",
    "power_of_two",
    "prefetch",
    "prefetch_to_write",
    "put",
    "raw",
    "real",
    "rotations",
    "select",
    "series",
    "splat",
    "splat_rows",
    "store",
    "store_bytes",
    "total",
    "transpose_bytes",
    "transposed",
    "unpack_bytes",
    "whole",
    "zeros",
]
