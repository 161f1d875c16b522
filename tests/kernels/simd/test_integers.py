"""Lanes of whole numbers: the compiled operations against their NumPy bodies and plain Python."""

import numpy as np
import pytest
from numba.core import config, errors

from fastnet.kernels import simd
from fastnet.kernels.jit import kernel
from tests.kernels.helpers import PLAIN, copy_of_kernels, twins

LIMIT = 2**32
OPERATIONS = {
    "x + y": lambda x, y: x + y,
    "x - y": lambda x, y: x - y,
    "x * y": lambda x, y: x * y,
    "x ^ y": lambda x, y: x ^ y,
    "x & y": lambda x, y: x & y,
    "x >> 0": lambda x, y: x,
    "x >> 31": lambda x, y: x >> 31,
    "x + 7": lambda x, y: x + 7,
    "x * 0x846CA68B": lambda x, y: x * 0x846CA68B,
    "x & 0xFFFF": lambda x, y: x & 0xFFFF,
}


def operators(simd, compiled):
    load, store = simd.load, simd.store

    @compiled
    def run(a, b, out):
        x, y = load(a, 0, 2), load(b, 0, 1)
        store(out, 0, x + y)
        store(out, 32, x - y)
        store(out, 64, x * y)
        store(out, 96, x ^ y)
        store(out, 128, x & y)
        store(out, 160, x >> 0)
        store(out, 192, x >> 31)
        store(out, 224, x + 7)
        store(out, 256, x * 0x846CA68B)
        store(out, 288, x & 0xFFFF)

    return run


def test_operators_go_on_beyond_the_largest_number() -> None:
    rng = np.random.default_rng(0)
    special = np.array([0, 1, 2**16, 2**31 - 1, 2**31, LIMIT - 1], np.uint32)
    a = np.where(rng.random(32) < 0.3, rng.choice(special, 32), rng.integers(0, LIMIT, 32))
    a, b = a.astype(np.uint32), rng.integers(0, LIMIT, 16).astype(np.uint32)
    for run in twins(operators):
        out = np.zeros((len(OPERATIONS), 32), np.uint32)
        run(a, b, out.reshape(-1))
        for found, (name, wanted) in zip(out.tolist(), OPERATIONS.items(), strict=True):
            pairs = zip(a.tolist(), [*b.tolist(), *b.tolist()], strict=True)
            assert found == [wanted(x, y) % LIMIT for x, y in pairs], name


def conversions(simd, compiled):
    load, store, whole, real = simd.load, simd.store, simd.whole, simd.real

    @compiled
    def run(x, k, wholes, reals):
        store(wholes, 0, whole(load(x, 0, 2)))
        store(reals, 0, real(load(k, 0, 2)))

    return run


def test_the_whole_part_and_the_float_of_a_number() -> None:
    x = np.linspace(0, 40, 32).astype(np.float32)
    x[-4:] = 0.99999994, 1, 2**24 + 2, 2**31 - 128
    k = np.arange(32, dtype=np.uint32)
    k[-4:] = 255, 2**24 - 1, 2**24 + 1, 2**31 - 1
    for run in twins(conversions):
        wholes, reals = np.zeros(32, np.uint32), np.zeros(32, np.float32)
        run(x, k, wholes, reals)
        assert wholes.tolist() == [int(v) for v in x.tolist()]
        assert reals.tolist() == [float(np.float32(v)) for v in k.tolist()]


def memory(simd, compiled):
    load, store, load_pairs, store_bytes = simd.load, simd.store, simd.load_pairs, simd.store_bytes

    @compiled
    def run(words, places, pairs, x, out, i):
        store(pairs, 0, load_pairs(words, load(places, 0, 1)))
        store_bytes(out, i, load(x, 0, 1))

    return run


def test_pairs_are_loaded_from_anywhere_and_bytes_are_stored() -> None:
    rng = np.random.default_rng(1)
    words = rng.integers(0, 2**16, 40).astype(np.uint16)
    all_words = words.tolist()
    places = rng.integers(0, 39, 16).astype(np.uint32)
    places[:2] = 0, 38
    x = rng.integers(0, 256, 16).astype(np.uint32)
    for run in twins(memory):
        pairs, out = np.zeros(16, np.uint32), np.full(25, 7, np.uint8)
        run(words, places, pairs, x, out, 5)
        assert pairs.tolist() == [all_words[i] + (all_words[i + 1] << 16) for i in places.tolist()]
        assert out.tolist() == [7] * 5 + x.tolist() + [7] * 4


checked_kernels = copy_of_kernels("checked_kernels_of_integers")


@pytest.mark.parametrize("what", ["pair", "bytes"])
def test_bounds_are_checked_if_asked(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "BOUNDSCHECK", 1)
    run = memory(checked_kernels("simd"), checked_kernels("jit").kernel)
    places = np.zeros(16, np.uint32)
    places[5] = 39 if what == "pair" else 0
    pairs, out = np.zeros(16, np.uint32), np.zeros(25, np.uint8)
    with pytest.raises(AssertionError if PLAIN else IndexError):
        run(np.zeros(40, np.uint16), places, pairs, pairs, out, 10 if what == "bytes" else 0)


@pytest.mark.compiled
def test_whole_numbers_do_not_meet_floats() -> None:
    @kernel
    def mix(x, k):
        return simd.total(simd.load(x, 0, 1) + simd.load(k, 0, 1))

    with pytest.raises(errors.TypingError):
        mix(np.zeros(16, np.float32), np.zeros(16, np.uint32))
