"""Deformed images, made beside the learning: a block of them is learned while the next is made."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from ..cores import cores
from ..data.samples import Rows, Samples, dense
from ..data.weights import Steps
from ..images.deformation import Deformer, keys_of, pixels
from ..images.elastic import Elastic
from ..kernels.listed import SAMPLES
from ..typing import Array

FIRST = 16 * SAMPLES  # images of an epoch's first block, which is made while nobody learns
LARGEST = 1 << 22  # bytes of a block, about
PIECE = 4 * SAMPLES  # images that a thread makes before it looks for more


class Deformed:
    """Deformed images of the next steps. A pass takes rows from it as from `Samples`."""

    def __init__(self, images: Array):
        self.images = images

    def take(self, order: Array) -> tuple[Rows, Array]:
        """Return the images of these steps for the kernels, and their places."""
        return dense(self.images[: len(order)]), np.arange(len(order))


class Block:
    """A block of images that threads deform, piece by piece, whoever has time."""

    def __init__(self, out: Array, places: Array, keys: Array):
        self.out, self.places, self.keys = out[: len(places)], places, keys
        self.pieces = iter(range(0, len(places), PIECE))  # which threads share
        self.other: Future[None] | None = None

    def make(self, deformer: Deformer, images: Array) -> None:
        """Deform pieces until none is left."""
        for start in self.pieces:
            part = slice(start, start + PIECE)
            deformer.into(self.out[part], images, self.places[part], self.keys[part])


class Feed:
    """The deformed images of a run, in the order in which they are learned.

    A thread makes the next block of them; a run that waits for a block helps. So there are two
    blocks in memory, however many images there are, and no more bits depend on threads.

    Parameters
    ----------
    elastic : Elastic
    samples : Samples
        The images, uint8.
    seed : int
        The seed of the run.

    Raises
    ------
    TypeError, ValueError
        The samples are no images of this shape, or no uint8.
    """

    def __init__(self, elastic: Elastic, samples: Samples, seed: int):
        self.images, self.seed = pixels(samples.rows, "X"), seed
        self.own, self.others = (elastic.deformer(samples.features) for _ in range(2))
        most = max(FIRST, LARGEST // samples.features // SAMPLES * SAMPLES)
        self.memory = [np.empty((most, samples.features), np.uint8) for _ in range(2)]
        self.pool: ThreadPoolExecutor | None = None
        self.coming: Iterator[Block] = iter(())
        self.next: Block | None = None
        self.rest = np.empty((0, samples.features), np.uint8)  # made, and not yet learned

    def __enter__(self) -> Feed:
        if cores() > 1:
            self.pool = ThreadPoolExecutor(1, "fastnet-deform")
        return self

    def __exit__(self, *error: Any) -> None:
        if self.next is not None:
            self.next.pieces = iter(())  # so that the other thread ends soon
        if self.pool is not None:
            self.pool.shutdown()

    def begin(self, steps: Steps, epoch: int) -> None:
        """Begin with these steps of an epoch, numbered from 1 on."""
        self._finish()
        self.coming, self.rest = self._blocks(steps, epoch), self.rest[:0]
        self._start()

    def ready(self) -> int:
        """Return how many of the next images are there; wait for some if there are none."""
        if not len(self.rest):
            made = self._finish()
            if made is not None:
                self.rest = made
                self._start()
        return len(self.rest)

    def take(self, n: int) -> Deformed:
        """Return the next n images, which are ready."""
        images, self.rest = self.rest[:n], self.rest[n:]
        return Deformed(images)

    def _blocks(self, steps: Steps, epoch: int) -> Iterator[Block]:
        """Yield the blocks of these steps. The first ones are small, so that nobody waits long."""
        start, size, turn = 0, FIRST, 0
        while start < len(steps):
            part = steps[start : start + size]
            assert part.numbers is not None
            keys = keys_of(self.seed, epoch, part.numbers)
            yield Block(self.memory[turn], part.listed()[0], keys)
            start, size, turn = start + len(part), min(2 * size, len(self.memory[0])), 1 - turn

    def _start(self) -> None:
        """Let the other thread begin with the next block."""
        self.next = next(self.coming, None)
        if self.next is not None and self.pool is not None:
            self.next.other = self.pool.submit(self.next.make, self.others, self.images)

    def _finish(self) -> Array | None:
        """Make the rest of the block that is under way, and return its images; None without one."""
        block, self.next = self.next, None
        if block is None:
            return None
        block.make(self.own, self.images)
        if block.other is not None:
            block.other.result()
        return block.out
