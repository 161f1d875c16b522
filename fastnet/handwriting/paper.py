"""From a picture in grey to ink: noise, shade of the paper, light or dark ink, threshold, lines.

Windows and lengths are shares of the picture, since nobody says how large the digits are.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

WINDOW = 0.3  # of the shorter side: wider than strokes; shade that varies within it stays
DARK = 0.35  # of the lightest paper: what is darker is no paper, and its noise is no ink
FAINT, NOISES = 0.06, 4  # ink is darker than paper by this, and by so many deviations
LINE, THIN, ACROSS = 0.25, 25, 0.7  # of the width; thinner than length / 25; all lines together


def ink_of(grey: Array) -> tuple[Array, Array]:
    """Find the ink of a picture.

    Parameters
    ----------
    grey : array of uint8 or float, shape (h, w)
        From 0, black, to 255.

    Returns
    -------
    ink : array of float32, shape (h, w)
        How much darker than the paper (or lighter, where the ink is light): about 0 is paper.
    mask : array of bool, shape (h, w)
        Where there is ink.
    """
    values = smoothed(grey.astype(np.float32))
    if is_light_on_dark(values):
        values = 255 - values
    paper = closed(values, odd(WINDOW * min(values.shape)))
    least = DARK * float(np.quantile(paper, 0.95)) + 1
    ink = (paper - values) / np.maximum(paper, least)
    ink -= np.median(ink)
    deviation = 1.4826 * float(np.median(np.abs(ink)))
    middle = threshold(ink)
    if middle < max(FAINT, NOISES * deviation):
        return ink, np.zeros(ink.shape, bool)
    return ink, ink > max(0.6 * middle, min(NOISES * deviation, middle))


def smoothed(values: Array) -> Array:
    """Return the picture with its noise averaged out: the more of it, the wider the average."""
    if min(values.shape) < 3:
        return values
    mixed = values[1:, 1:] - values[1:, :-1] - values[:-1, 1:] + values[:-1, :-1]
    noise = float(np.median(np.abs(mixed))) / (2 * 0.6745)
    for least in (3, 12, 30):
        if noise > least:
            values = binomial(binomial(values).T).T
    return values


def binomial(values: Array) -> Array:
    """Return means of each row and its neighbours, by weights 1, 2, 1."""
    padded = np.concatenate([values[:1], values, values[-1:]])
    return (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4


def odd(length: float) -> int:
    """Return a length as an odd number of pixels, 3 or more."""
    return 2 * max(int(length) // 2, 1) + 1


def is_light_on_dark(values: Array) -> bool:
    """Tell whether the ink is lighter than the paper.

    Ink is what there is less of: around each pixel, the few stray far from the mean.
    """
    off = values - mean_around(values, odd(WINDOW * min(values.shape)))
    return float((off**3).sum(dtype=np.float64)) > 0


def mean_around(values: Array, n: int) -> Array:
    """Return the means of windows of n by n pixels."""
    for _ in range(2):
        padded = np.pad(values, ((n // 2 + 1, n // 2), (0, 0)), "edge").astype(np.float64)
        sums = np.cumsum(padded, axis=0)
        values = ((sums[n:] - sums[:-n]) / n).T
    return values


def closed(values: Array, n: int) -> Array:
    """Return the picture without what is dark and narrower than n; edges of what is wide stay."""
    return extreme(extreme(values, n, np.maximum), n, np.minimum)


def extreme(values: Array, n: int, of: Any, axes: int = 2) -> Array:
    """Return the largest or least value in windows of n by n pixels, or of n rows."""
    for _ in range(axes):
        values, size = np.pad(values, ((n // 2, n // 2), (0, 0)), "edge"), 1
        while size < n:
            step = min(size, n - size)
            values, size = of(values[:-step], values[step:]), size + step
        values = values.T if axes == 2 else values
    return values


def threshold(ink: Array) -> float:
    """Return the middle between the means of what is above and below it, from above.

    So little ink counts as much as all the paper.
    """
    values = ink.ravel()[:: max(1, ink.size // 500_000)]
    middle = float(values.max()) / 2
    for _ in range(30):
        above = values > middle
        if not above.any() or above.all():
            break
        before, middle = middle, float(values[above].mean() + values[~above].mean()) / 2
        if abs(middle - before) < 1e-4:
            break
    return middle


def without_lines(mask: Array) -> Array:
    """Return ink without ruled lines, of a notebook or of squared paper, across the picture."""
    return without_rows(without_rows(mask).T).T


def without_rows(mask: Array) -> Array:
    """Return ink without nearly horizontal lines. Strokes that cross them stay whole."""
    n = odd(LINE * mask.shape[1])
    near = extreme(mask, 5, np.maximum, axes=1).T  # since lines are not quite straight
    runs = extreme(extreme(near, n, np.minimum, axes=1), n, np.maximum, axes=1).T
    line = mask & runs
    if line.any(axis=0).mean() < ACROSS:
        return mask
    tall = heights(mask)
    thick = float(np.median(tall[line]))
    if thick * THIN > n:
        return mask
    return mask & ~(line & (tall <= 2 * thick))


def heights(mask: Array) -> Array:
    """Return for each pixel of ink the length of the run of ink in its column."""
    turned = np.ascontiguousarray(mask.T)
    _, starts, ends = runs_of(turned)
    found = np.zeros(turned.shape, np.int32)
    found[turned] = np.repeat(ends - starts, ends - starts)
    return found.T


def runs_of(mask: Array) -> tuple[Array, Array, Array]:
    """Return the row, the first column and the column after the last of all runs in rows."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).view(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    return rows, starts, np.nonzero(edges == -1)[1]
