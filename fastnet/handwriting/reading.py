"""Digits read from a picture: ink, marks, images as MNIST's, and what a net says of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .. import checks
from ..images.centring import SIDE, as_mnist
from ..model.ensemble import Ensemble
from ..model.network import Network
from ..typing import Array
from .cutting import parted
from .grouping import boxes_among, digits_among, rows_of
from .marks import Mark, marks_in
from .net import pretrained
from .paper import ink_of, thickened, without_lines
from .pictures import BLUE, RED, Picture, taken

Box = tuple[int, int, int, int]
DARK = 0.3  # of a piece of ink is surely ink: the rest are its edges
THICK = 0.1  # of the longer side of a digit: thinner strokes, as of a fine pen, are thickened
WIDEST = 1.8  # of its height: a wider mark is several digits, a word or a button
FILLS, FEW = 0.4, 3  # of the height of the picture: so few pieces, together higher, may be one
NEARLY = 0.05  # less sure a second reading may be
ALIKE = 4  # of 255: colours that differ less in all pixels are none
PALE = 0.15  # of the paper: what is less darker in one colour is noise of a camera or of JPEG
FULL = 0.75  # of the ink of a mark is lighter than what counts as full ink


@dataclass
class Reading:
    """What is read from a picture.

    Attributes
    ----------
    digits : str
        From left to right, and row by row.
    confidence : list of float
        Of each digit: the probability that the net gives it.
    boxes : list of (left, top, right, bottom)
        Of each digit, in pixels of the picture; `right` and `bottom` are outside.
    lines : list of str
        The digits of each row.
    notes : list of str
        What could not be read, and how the picture was taken.
    unread : list of (left, top, right, bottom)
        The boxes of the marks that the notes name, as those of a mark that is too small.
    """

    digits: str = ""
    confidence: list[float] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unread: list[Box] = field(default_factory=list)


def read(image: Any, net: Network | Ensemble | None = None) -> Any:
    """Read the handwritten digits of a picture.

    It may be a photograph, a scan or a screenshot: ink on paper, dark or light, in one row or
    several, which may go up or down. Shade, noise, and the lines of a notebook do not matter. Ink
    is found by its brightness; only where that shows no digits, by its blue or red.

    Parameters
    ----------
    image : path, bytes, binary file, PIL.Image or array, or a list of these
        A picture. Files need Pillow: ``pip install 'fastnet-sgd[handwriting]'``. Arrays do not;
        they have the shape (rows, columns), or (rows, columns, channels) with 1 to 4 channels: grey
        or red, green and blue, and how solid a pixel is. White is 1, 255 or 65535, by the largest
        value. What is transparent is paper. A picture has at most 128 million pixels; more than 4
        million are shrunk. Of several pictures in a file, the first is read.
    net : Network or Ensemble, default: `pretrained()`
        A classifier of images of 28x28 pixels, such as MNIST's.

    Returns
    -------
    Reading
        Of a list of pictures, or of arrays (n, rows, columns) and (n, rows, columns, channels), a
        list of them.

    Raises
    ------
    TypeError, ValueError, OSError
        It is no picture, is broken, or has too many pixels; or `net` takes no such images.
    ImportError
        Pillow is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from fastnet import datasets, handwriting
    >>> _, (X, y) = datasets.load("digits")
    >>> row = np.hstack(X[:6].reshape(-1, 28, 28))    # a picture of six test images
    >>> handwriting.read(row).digits
    '710590'
    """
    net = pretrained() if net is None else checked(net)
    if is_many(image):
        return [reading_of(taken(one), net) for one in image]
    return reading_of(taken(image), net)


def is_many(image: Any) -> bool:
    """Tell whether there are several pictures, in a list or an array."""
    if not isinstance(image, np.ndarray):
        return isinstance(image, list | tuple)
    return image.ndim == 4 or (image.ndim == 3 and image.shape[2] > 4)


def checked(net: Any) -> Any:
    """Return the net if it classifies images of 28x28 pixels."""
    if not isinstance(net, Network | Ensemble):
        raise TypeError(f"net: {checks.came(net)}, wanted a Network or an Ensemble")
    if net.n_features != SIDE * SIDE:
        raise ValueError(f"net: it takes {net.n_features} inputs, wanted 784: 28x28 pixels")
    if net.classes is None:
        raise ValueError("net: it answers with numbers or several labels, wanted one class")
    long = next((str(one) for one in net.classes if len(str(one)) != 1), None)
    if long is not None:
        raise ValueError(f"net: {long!r} is one of its classes, wanted single characters")
    return net


def reading_of(picture: Picture, net: Any) -> Reading:
    """Read a picture in grey; if that finds nothing, in blue or red, whichever is surer.

    Colours that are equally bright differ in one of these.
    """
    found = [reading_in_grey(picture, net)]
    if found[0].digits or picture.weighted is None:
        return found[0]
    for name, weights in (("blue", BLUE), ("red", RED)):
        grey = picture.weighted(weights)
        if np.abs(grey - picture.grey).max() > ALIKE:
            notes = [*picture.notes, f"read in {name}: brightness shows no digits"]
            channel = replace(picture, grey=grey, notes=notes, faint=PALE)
            found.append(reading_in_grey(channel, net))
    return max(found, key=lambda one: min(one.confidence, default=0))


def reading_in_grey(picture: Picture, net: Any) -> Reading:
    """Read a picture in grey, and once more if its digits may have strokes wider than a window."""
    reading, is_writing = read_with(picture, net, cut=False)
    if is_writing and fills(reading, picture.grey.shape[0] * picture.factor):
        second, _ = read_with(picture, net, cut=True)
        if second.digits and min(second.confidence) > min(reading.confidence, default=0) - NEARLY:
            return second
    return reading


def fills(reading: Reading, height: int) -> bool:
    """Tell whether few pieces, which may be one digit, are together nearly as high as a picture."""
    if not reading.boxes:
        return True
    tops, bottoms = np.array(reading.boxes)[:, [1, 3]].T
    return len(tops) <= FEW and bool(bottoms.max() - tops.min() > FILLS * height)


def read_with(picture: Picture, net: Any, cut: bool) -> tuple[Reading, bool]:
    """Read a picture; if that finds nothing, with ink and paper exchanged: see `read_as`."""
    reading, is_writing = read_as(picture, net, cut, other=False)
    if reading.digits or not is_writing:
        return reading, is_writing
    second, _ = read_as(picture, net, cut, other=True)
    return (second if second.digits else reading), is_writing


def read_as(picture: Picture, net: Any, cut: bool, other: bool) -> tuple[Reading, bool]:
    """Read a picture in grey, with dark or light ink as it seems, or the other way round.

    Return what is read, and whether there may be writing at all.
    """
    ink, mask = ink_of(picture.grey, other, cut, picture.faint)
    numbers, pieces = marks_in(mask)
    mask &= ~np.isin(numbers, [box.parts[0] for box in boxes_among(pieces, numbers)])
    numbers, pieces = marks_in(without_lines(mask))
    dark = np.bincount(numbers[ink > 0.5], minlength=len(pieces) + 1)
    pieces = [piece for piece in pieces if dark[piece.parts[0]] > DARK * piece.area]
    found = digits_among(pieces, numbers)

    def answers(marks: list[Mark]) -> Array:
        images = np.stack([image_of(mark, ink, numbers) for mark in marks])
        return np.asarray(net.predict_proba(images.reshape(len(images), SIDE * SIDE)))

    if found.digits:
        found = found._replace(
            digits=parted(found.digits, numbers, lambda some: answers(some).max(axis=1))
        )
        narrow = [mark.width <= WIDEST * mark.height for mark in found.digits]
        found = found.only(narrow, "wide")
    reading = Reading(
        notes=picture.notes + found.notes, unread=[box_of(mark, picture) for mark in found.others]
    )
    if not found.digits:
        return reading, found.is_writing
    rows = rows_of(found.digits)
    marks = [mark for row in rows for mark in row]
    outputs = answers(marks)
    labels = [str(net.classes[k]) for k in outputs.argmax(axis=1)]
    of_rows = np.cumsum([len(row) for row in rows])[:-1]
    reading.digits = "".join(labels)
    reading.confidence = [float(output.max()) for output in outputs]
    reading.boxes = [box_of(mark, picture) for mark in marks]
    reading.lines = ["".join(row) for row in np.split(np.array(labels), of_rows)]
    return reading, found.is_writing


def box_of(mark: Mark, picture: Picture) -> Box:
    """Return the box of a mark in pixels of the picture as given."""
    (width, height), k = picture.size, picture.factor
    return mark.left * k, mark.top * k, min(mark.right * k, width), min(mark.bottom * k, height)


def image_of(mark: Mark, ink: Array, numbers: Array) -> Array:
    """Return a mark as MNIST has it."""
    here = slice(mark.top, mark.bottom), slice(mark.left, mark.right)
    own = np.isin(numbers[here], mark.parts)
    values = np.where(own, ink[here], 0)
    full = np.quantile(values[own], FULL)
    values = (255 * values / full).clip(0, 255).round().astype(np.uint8)
    return as_mnist(thickened(values, THICK))
