"""Deformed images, made beside the learning: a block of them is learned while the next is made."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from math import inf
from typing import Any, ClassVar

import numpy as np

from ..cores import cores, own
from ..data.samples import Rows, Samples, dense
from ..data.weights import Steps
from ..images.deformation import Deformer, keys_of
from ..images.elastic import Elastic
from ..kernels.listed import SAMPLES
from ..typing import Array

FIRST = 16 * SAMPLES  # images of an epoch's first block, which is made while nobody learns
LARGEST = 1 << 22  # bytes of a block, about
PIECE = 1 << 16  # bytes of images, about, that a thread makes before it looks for more


class Deformed:
    """Deformed images of the next steps. A pass takes rows from it as from `Samples`."""

    def __init__(self, images: Array):
        self.images = images

    def take(self, order: Array) -> tuple[Rows, Array]:
        """Return the images of these steps for the kernels, and their places."""
        return dense(self.images[: len(order)]), np.arange(len(order))


class Like:
    """What decides how a pass over deformed images is made: see `Described`."""

    def __init__(self, features: int, share: float):
        self.features, self.share = features, share

    def density(self, places: Array | None = None, most: int | None = None) -> float:
        """Return the share of pixels that are not 0."""
        return self.share

    def have_products(self) -> bool:
        """Tell that the product x . y of any two images is finite."""
        return True


class Block:
    """A block of images that threads deform, piece by piece, whoever has time."""

    def __init__(self, out: Array, places: Array, keys: Array):
        self.out, self.places, self.keys = out[: len(places)], places, keys
        self.size = max(1, PIECE // out.shape[1])
        self.pieces = iter(range(0, len(places), self.size))  # which threads share
        self.helpers: list[Future[None]] = []

    def make(self, deformer: Deformer, images: Array) -> None:
        """Deform pieces until none is left."""
        for start in self.pieces:
            part = slice(start, start + self.size)
            deformer.into(self.out[part], images, self.places[part], self.keys[part])


class Feed:
    """The deformed images of a run, in the order in which they are learned.

    Threads make the next block of them on the cores that the learning leaves free. A run that waits
    for a block helps. There are two blocks in memory, however many images there are. A key decides
    each image, so no bit depends on the threads.

    Parameters
    ----------
    elastic : Elastic
        It has the shape of the images.
    samples : Samples
        The images, uint8.
    seed : int
        The seed of the run.
    """

    at_work: ClassVar[set[Feed]] = set()  # of this process: they share the cores of all

    def __init__(self, elastic: Elastic, samples: Samples, seed: int):
        self.elastic, self.features, self.seed = elastic, samples.features, seed
        self.images = samples.rows
        most = LARGEST // self.features // SAMPLES * SAMPLES
        self.first = max(SAMPLES, min(FIRST, most))
        self.memory = [np.empty((max(self.first, most), self.features), np.uint8) for _ in range(2)]
        self.deformers = [elastic.deformer(self.features)]  # those that nobody uses now
        self.pool: ThreadPoolExecutor | None = None
        self.coming: Iterator[Block] = iter(())
        self.next: Block | None = None
        self.rest = self.memory[0][:0]  # made, and not yet learned
        self.waited = 0.0  # seconds for which the run has waited since it last asked
        self.pace = inf  # seconds in which all cores make an image

    def __enter__(self) -> Feed:
        self.cores, self.has_own = cores(), own() < inf
        if self.cores > 1:
            self.pool = ThreadPoolExecutor(self.cores - 1, "fastnet-deform")
        Feed.at_work.add(self)  # last: nothing removes it if Ctrl-C comes before the end
        return self

    def __exit__(self, *error: Any) -> None:
        Feed.at_work.discard(self)
        if self.pool is not None:
            self.pool.shutdown()

    def like(self, steps: Steps) -> Like:
        """Return what the images of the first steps are like, in the first epoch without a shuffle.

        Few of them are in memory at a time.
        """
        nonzeros, numbers = 0, np.arange(len(steps))
        for block in self._blocks(Steps(steps.entries, steps.shares, numbers), 1):
            block.make(self.deformers[0], self.images)
            nonzeros += int(np.count_nonzero(block.out))
        return Like(self.features, nonzeros / (len(steps) * self.features))

    def begin(self, steps: Steps, epoch: int) -> None:
        """Begin with these steps of an epoch, numbered from 1 on."""
        self.coming, self.rest = self._blocks(steps, epoch), self.rest[:0]
        self.next = next(self.coming, None)

    def ready(self) -> int:
        """Return how many of the next images are there; make some if there are none."""
        if not len(self.rest) and self.next is not None:
            began = time.perf_counter()
            self.rest = self._made(self.next)
            self.next = next(self.coming, None)
            self.waited += time.perf_counter() - began
        return len(self.rest)

    def beside(self, threads: int) -> None:
        """Let others make the next block while so many threads learn, if they leave cores free.

        If not, nobody may be at work on it: the threads that learn wait for each other, and would
        wait for one that has lost its core.
        """
        block, free = self.next, self._free(threads)
        if block is None:
            return
        if not free:
            began = time.perf_counter()
            if block.helpers:
                self._made(block)
            self.waited += time.perf_counter() - began
        elif not block.helpers:
            self._help(block, free)

    def cost(self, n: int, threads: int, seconds: float) -> float:
        """Return the seconds of n images that so many threads learn in so many, with their making.

        So a run can compare numbers of threads, whichever made the images at hand.
        """
        making = self.pace * n if self.pace < inf else 0.0
        free = self._free(threads)
        return max(seconds, making * self.cores / free) if free else seconds + making

    def take(self, n: int) -> Deformed:
        """Return the next n images, which are ready."""
        images, self.rest = self.rest[:n], self.rest[n:]
        return Deformed(images)

    def take_waited(self) -> float:
        """Return the seconds for which the run has waited since the last call."""
        waited, self.waited = self.waited, 0.0
        return waited

    def _free(self, threads: int) -> int:
        """Return how many threads may make images while so many learn."""
        others = 0 if self.has_own else len(Feed.at_work)
        return 0 if self.pool is None else max(0, self.cores - max(threads, others))

    def _blocks(self, steps: Steps, epoch: int) -> Iterator[Block]:
        """Yield the blocks of these steps. The first ones are small, so that nobody waits long."""
        start, size, turn = 0, self.first, 0
        while start < len(steps):
            part = steps[start : start + size]
            assert part.numbers is not None
            keys = keys_of(self.seed, epoch, part.numbers)
            yield Block(self.memory[turn], part.listed()[0], keys)
            start, size, turn = start + len(part), min(2 * size, len(self.memory[0])), 1 - turn

    def _help(self, block: Block, threads: int) -> None:
        """Let so many other threads work on a block."""
        try:
            while self.pool is not None and len(block.helpers) < threads:
                block.helpers.append(self.pool.submit(self._make, block))
        except RuntimeError:  # the system has no more threads, or Python is about to end
            assert self.pool is not None
            self.pool.shutdown()  # those that have begun, perhaps on this block, go to its end
            self.pool = None

    def _make(self, block: Block) -> None:
        """Deform images of a block until none is left."""
        try:
            deformer = self.deformers.pop()
        except IndexError:  # all are in use
            deformer = self.elastic.deformer(self.features)
        block.make(deformer, self.images)
        self.deformers.append(deformer)

    def _made(self, block: Block) -> Array:
        """Make what is left of a block, with all cores, and return its images."""
        began, alone = time.perf_counter(), not block.helpers
        if alone and len(block.places) > block.size:
            self._help(block, self._free(1))
        self._make(block)
        for helper in block.helpers:
            helper.result()
        if alone and len(block.places):
            self.pace = min(self.pace, (time.perf_counter() - began) / len(block.places))
        return block.out
