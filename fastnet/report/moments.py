"""What a replay shows: hidden units, images and their answers, at the moments of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .. import metrics
from ..model.network import Network
from ..plot.judged import Judged, drawn, part_of
from ..typing import Array
from .rerun import Pair, again

JUDGED = 10_000  # images on which each moment is judged
UNITS = 64
NUMBERS = UNITS * 784  # weights of a moment, at the most, where the images have fewer
EACH = 6  # images of each group
OF_ONE_CLASS = 2  # of these, if there are others
PAIRS = 4
SIDE = 64  # pixels of a larger image are put together


class Moment(NamedTuple):
    """A moment of a run.

    Attributes
    ----------
    samples : int
        The samples learned so far.
    weights : ndarray, shape (units, pixels)
        Of the units shown.
    answers : ndarray of int, shape (n,)
        The index of the class that is answered to each judged image.
    sure : ndarray, shape (n,)
        How sure the net is of them, 0 to 1.
    """

    samples: int
    weights: Array
    answers: Array
    sure: Array


@dataclass
class Shown:
    """All that a replay shows.

    Attributes
    ----------
    net : Network
    units : ndarray of int
        The units of the first layer that are shown, in their order.
    full, shape : tuple of int
        The shapes of the images, and of their pictures: (rows, columns) or (rows, columns, 3).
    data : Judged
        The images on which moments are judged.
    moments : list of Moment
        The first is the start, the last the net.
    steps : int
        The samples of an epoch.
    """

    net: Network
    units: Array
    full: tuple[int, ...]
    shape: tuple[int, ...]
    data: Judged
    moments: list[Moment]
    steps: int

    @property
    def right(self) -> Array:
        """Whether the answer to each image is right at each moment (moments, n)."""
        return np.stack([moment.answers for moment in self.moments]) == self.data.truth

    def pairs(self, moment: Moment) -> list[list[int]]:
        """Return the classes that are most often taken for others, and how often."""
        classes = np.arange(self.net.sizes[-1])
        found = metrics.confused(self.data.truth, moment.answers, classes, PAIRS)
        return np.stack(found, axis=1).tolist()


def watched(
    net: Network,
    shape: tuple[int, ...],
    data: Judged,
    learned: Pair,
    validation_data: Pair | None = None,
) -> Shown:
    """Train a net again, and return what a replay shows.

    Parameters
    ----------
    net : Network
        The net, which answers classes.
    shape : tuple of int
        That of its images.
    data : Judged
        The images on which each moment is judged.
    learned, validation_data : (X, y)
        What the net learned, and the samples that may have judged it in its run.

    Raises
    ------
    NoReplay
        The run ends with other bits, or cannot be repeated.
    """
    units, pooled, twin = units_of(net, shape), pooled_shape(shape), net.copy()
    samples = twin.samples(data.rows)
    seen: list[Moment] = []
    last: Array | None = None

    def look(done: int, parameters: Array) -> None:
        nonlocal last
        if last is not None and done == seen[-1].samples and np.array_equal(parameters, last):
            return  # the end is looked at twice
        last = parameters.copy()
        twin.parameters.replace(parameters)
        own = twin.weights[0].T[units].reshape(len(units), *shape)
        outputs = twin.predict_proba(samples)
        answers = outputs.argmax(axis=1)
        sure = np.clip(outputs[np.arange(len(answers)), answers], 0, 1)
        seen.append(Moment(done, pool(own, pooled), answers, sure))

    steps = again(net, learned, validation_data, look)
    return Shown(net, units, shape, pooled, data, seen, steps)


def part_drawn(data: Judged, seed: int) -> Judged:
    """Return at most so many judged images as each moment is judged on."""
    places, note = drawn(len(data.truth), JUDGED, seed)
    if not note:
        return data
    y, outputs, truth, own = (a[places] for a in (data.y, data.outputs, data.truth, data.places))
    return Judged(part_of(data.rows, places), y, outputs, truth, own, note)


def units_of(net: Network, shape: tuple[int, ...]) -> Array:
    """Return the units of the first layer to show: those with the largest weights, in order."""
    own = np.asarray(net.weights[0], float).T
    most = min(UNITS, max(4, NUMBERS // math.prod(pooled_shape(shape))))
    largest = np.argsort(-np.square(own).sum(axis=1), kind="stable")[:most]
    return np.asarray(np.sort(largest))


def pooled_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape in which images are shown: of large ones, several pixels become one."""
    by = max(1, -(-max(shape[:2]) // SIDE))
    return (max(1, shape[0] // by), max(1, shape[1] // by), *shape[2:])


def pool(images: Array, shape: tuple[int, ...]) -> Array:
    """Return images (n, rows, columns, ...) as (n, pixels) of this shape, by means of pixels."""
    n, rows, columns = images.shape[:3]
    by = rows // shape[0], columns // shape[1]
    whole = images[:, : by[0] * shape[0], : by[1] * shape[1]]
    parts = whole.reshape(n, shape[0], by[0], shape[1], by[1], *images.shape[3:])
    return np.asarray(parts.mean(axis=(2, 4)).reshape(n, -1))


def examples(right: Array, sure: Array, truth: Array) -> dict[str, list[int]]:
    """Return the places of images worth watching, by what happens to them.

    Parameters
    ----------
    right : ndarray of bool, shape (moments, n)
    sure : ndarray, shape (n,)
        How sure the net is at the end.
    truth : ndarray of int, shape (n,)
        The index of each image's class, of which there are not to be too many.
    """
    last = len(right) - 1
    at = np.arange(last + 1)[:, None]
    learned = np.where(~right, at, -1).max(axis=0) + 1  # the moment from which it is right
    times = right[1:].sum(axis=0)  # at the start it is right by chance
    stays = learned <= last - last // 8
    groups = {
        "Right soon": (right[-1] & (learned > 0), learned),
        "Learned late": (right[-1] & stays & (learned > 1), -learned),
        "Forgotten again": (~right[-1] & (times > last // 4), -times),
        "Never or hardly learned": (~right[-1], times - np.clip(sure, 0, 1) / 2),
    }
    chosen: dict[str, list[int]] = {}
    for name, (among, rank) in groups.items():
        taken = {place for places in chosen.values() for place in places}
        order = [k for k in np.argsort(rank, kind="stable").tolist() if among[k]]
        chosen[name] = _varied([k for k in order if k not in taken], truth)
    return {name: places for name, places in chosen.items() if places}


def _varied(order: list[int], truth: Array) -> list[int]:
    """Return the first of these places, few of one class as far as there are others."""
    found: list[int] = []
    counts: dict[int, int] = {}
    for place in order:
        of = int(truth[place])
        if counts.get(of, 0) < OF_ONE_CLASS:
            counts[of] = counts.get(of, 0) + 1
            found.append(place)
        if len(found) == EACH:
            return found
    rest = [place for place in order[: 2 * EACH] if place not in found]
    return [*found, *rest][:EACH]
