"""The compiled deformation against the plain one of fastnet.images.reference, byte by byte."""

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastnet.images import Elastic
from fastnet.images.deformation import Deformer, gaussian, keys_of
from fastnet.images.reference import deformed
from fastnet.kernels.deform import Moves, deform
from tests.kernels.helpers import PLAIN, few

STILL = Moves(0.0, 0.0, 0.0, 0.0, 0.0, False, 0.0)
SHAPES = [(1, 1), (1, 7), (9, 1), (1, 40), (5, 9), (16, 16), (17, 33), (28, 28), (64, 48)]
MOVES = {
    "none": STILL,
    "field": STILL._replace(alpha=36.0),
    "rotation": STILL._replace(rotation=0.3),
    "turned about": STILL._replace(rotation=math.pi),
    "scaling": STILL._replace(scaling=0.5),
    "shear": STILL._replace(shear=1.0),
    "shift": STILL._replace(shift=5.0),
    "flip": STILL._replace(flip=True),
    "all": Moves(36.0, 0.2, 0.14, 0.1, 2.0, True, 8.0),
    "the most": Moves(1e6, math.pi, 0.99, 10.0, 1000.0, True, 254.0),
}


def check(shape, sigma, moves, n=3, seed=0):
    """The kernel writes what the reference returns, and no byte more."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (2, *shape), np.uint8)
    order, keys = rng.integers(0, 2, n), rng.integers(0, 2**64, n, np.uint64)
    out = np.full((n + 2, shape[0] * shape[1]), 77, np.uint8)
    Deformer(shape, sigma, moves).into(out[1:-1], images.reshape(2, -1), order, keys)
    taps = gaussian(sigma)
    for found, i, key in zip(out[1:-1], order, keys.tolist(), strict=True):
        np.testing.assert_array_equal(found.reshape(shape), deformed(images[i], key, taps, moves))
    assert (out[0] == 77).all() and (out[-1] == 77).all()


@pytest.mark.parametrize("moves", MOVES)
@pytest.mark.parametrize("shape", few(SHAPES, 4))
def test_the_kernel_is_the_reference(shape, moves) -> None:
    for sigma in [0, 0.3, 4.5, 20] if MOVES[moves].alpha else [0]:
        check(shape, sigma, MOVES[moves], n=1 if PLAIN else 3)


@pytest.mark.compiled
def test_so_it_is_for_large_images() -> None:
    check((200, 200), 4.5, MOVES["all"], n=2)
    check((3, 1000), 30, MOVES["all"], n=1)
    check((500, 2), 300, MOVES["the most"], n=1)


limits = [st.floats(0, most) for most in (1e6, math.pi, 0.99, 10, 1000)]


@settings(deadline=None, max_examples=10 if PLAIN else 100)
@given(
    st.tuples(st.integers(1, 20), st.integers(1, 40)),
    st.floats(0, 30),
    st.builds(Moves, *limits, st.booleans(), st.floats(0, 254)),
    st.integers(0, 1000),
)
def test_so_it_is_for_any_moves(shape, sigma, moves, seed) -> None:
    check(shape, sigma, moves, n=1, seed=seed)


def test_no_images_are_no_work() -> None:
    out, images = np.zeros((0, 784), np.uint8), np.zeros((3, 784), np.uint8)
    Deformer((28, 28), 4.5, MOVES["all"]).into(out, images, np.arange(0), np.zeros(0, np.uint64))


def test_a_deformer_forgets_the_images_before() -> None:
    """What the memory holds of one image does not show in another."""
    images = np.random.default_rng(5).integers(0, 256, (2, 15), np.uint8)
    for moves in (MOVES["all"], MOVES["field"]):
        one = Deformer((5, 3), 2.0, moves)
        found = np.zeros((2, 15), np.uint8)
        one.into(found, images, np.arange(2), np.arange(2, dtype=np.uint64))
        for k in (0, 1):
            alone = np.zeros((1, 15), np.uint8)
            new = Deformer((5, 3), 2.0, moves)
            new.into(alone, images, np.array([k]), np.array([k], np.uint64))
            np.testing.assert_array_equal(alone[0], found[k])


def test_threads_have_a_deformer_each() -> None:
    n = 8 if PLAIN else 4000
    images = np.random.default_rng(6).integers(0, 256, (10, 784), np.uint8)
    order, keys = np.arange(n) % 10, keys_of(1, 1, np.arange(n))
    parts = np.array_split(np.arange(n), 4)

    def made(part):
        out = np.zeros((len(part), 784), np.uint8)
        Elastic().deformer(784).into(out, images, order[part], keys[part])
        return out

    alone = made(np.arange(n))
    with ThreadPoolExecutor(4) as threads:
        together = np.concatenate(list(threads.map(made, parts)))
    np.testing.assert_array_equal(together, alone)


@pytest.mark.compiled
def test_there_is_one_compiled_form(tmp_path) -> None:
    """It takes arrays that may not be written to, memory maps, and the others as they are."""
    images = np.random.default_rng(7).integers(0, 256, (3, 25), np.uint8)
    np.save(tmp_path / "images.npy", images)
    locked = images.copy()
    locked.flags.writeable = False
    forms = [images, locked, np.load(tmp_path / "images.npy", mmap_mode="r")]
    found = []
    for form, locks in itertools.product(forms, (False, True)):
        order, keys = np.arange(3), np.arange(3, dtype=np.uint64)
        order.flags.writeable = keys.flags.writeable = not locks
        out = np.zeros((3, 25), np.uint8)
        Elastic().deformer(25).into(out, form, order, keys)
        found.append(out.tobytes())
    assert len(set(found)) == 1
    assert len(deform.signatures) == 1
