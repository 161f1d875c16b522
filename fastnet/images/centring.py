"""One mark of ink as an image of 28x28 pixels, made as MNIST's were."""

from itertools import pairwise

import numpy as np

from ..typing import Array

SIDE, BOX = 28, 20  # pixels of an image, and of the box that its ink fills


def as_mnist(ink: Array) -> Array:
    """Scale and centre a mark of ink as MNIST's images were.

    All of it is whole-number arithmetic below 2**53, so that any language has the same bytes:

    1. The bounding box is that of all pixels above 0. With `longer` as its longer side, each pixel
       of the result stands for a square of `longer` / 20 pixels of the box, counted from the box's
       upper left corner. Beyond the box is paper. So the longer side gets 20 pixels, and the
       shorter one as many as it needs.
    2. A pixel becomes the mean of its square, in which a pixel of the box that is cut counts by its
       area. In units of a 20th of a pixel all areas are whole. A half is rounded up:
       floor((2 * sum + longer**2) / (2 * longer**2)), where `sum` is that of value * area.
    3. The centre of mass of these pixels moves to that of pixel (14, 14), as near as whole pixels
       allow. With `mass` as the sum of the values and `moment` as that of value * (2 * column + 1),
       the first column comes to floor((30 * mass - moment) / (2 * mass)), but at least to 0, and at
       most to where the last column still has a place. Rows do the same. So ink is never cut.

    Nearly all images of MNIST come back as they are, byte for byte, also if they are larger by a
    whole factor. The few others touch an edge, where MNIST has cut them.

    Parameters
    ----------
    ink : array of uint8, shape (h, w)
        Ink on paper: 0 is paper, 255 full ink. It may touch the edges.

    Returns
    -------
    array of uint8, shape (28, 28)
        The mark, as a net that has learned MNIST wants it. It is empty (0) if there is no ink.

    Raises
    ------
    TypeError
        `ink` is no array of uint8.
    ValueError
        It has not two dimensions.
    """
    if not isinstance(ink, np.ndarray) or ink.dtype != np.uint8:
        came = getattr(ink, "dtype", type(ink).__name__)
        raise TypeError(f"ink: {came}, wanted an array of uint8")
    if ink.ndim != 2:
        raise ValueError(f"ink: shape {ink.shape}, wanted (rows, columns)")
    image = np.zeros((SIDE, SIDE), np.uint8)
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if rows.size:
        box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        small = shrunk(box)
        top, left = (first_place(small.sum(axis=axis)) for axis in (1, 0))
        image[top : top + small.shape[0], left : left + small.shape[1]] = small
    return image


def shrunk(box: Array) -> Array:
    """Return a box scaled to 20 pixels on its longer side, as int64."""
    area = max(box.shape) ** 2
    sums = summed(summed(box, max(box.shape)).T, max(box.shape)).T
    return (2 * sums + area) // (2 * area)


def summed(values: Array, longer: int) -> Array:
    """Return sums over the strips of rows that become one row, in 20ths of a row."""
    n = len(values)
    edges = np.minimum(np.arange(-(-BOX * n // longer) + 1) * longer, BOX * n)
    whole, part = np.divmod(edges, BOX)
    sums = [values[a:b].sum(axis=0, dtype=np.int64) for a, b in pairwise(whole)]
    cut = values[np.minimum(whole, n - 1)].astype(np.int64)  # at the end, `part` is 0
    return BOX * np.array(sums) + np.diff(part[:, None] * cut, axis=0)


def first_place(masses: Array) -> int:
    """Return where the first of these rows or columns comes to stand in the image."""
    mass, n = int(masses.sum()), len(masses)
    if not mass:  # so little ink on so large a box that nothing is left
        return (SIDE - n) // 2
    moment = int((masses * (2 * np.arange(n) + 1)).sum())
    return min(max((30 * mass - moment) // (2 * mass), 0), SIDE - n)
