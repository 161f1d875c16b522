"""From a picture in grey to ink: noise, shade of the paper, light or dark ink, threshold, lines.

Windows and lengths are shares of the picture, since nobody says how large the digits are.
"""

from typing import Any

import numpy as np

from ..typing import Array

MARGIN = 0.25  # of the shorter side: paper that is put around the picture
WINDOW, WIDER = 0.3, 0.6  # of the shorter side: wider than strokes; shade varies less within it
AROUND = 0.33  # of the shorter side: where means are taken to tell ink from paper
DARK = 0.35  # of the lightest paper: what is darker is no paper, and its noise is no ink
STILL = 6  # noise of so many shades of grey is averaged out once, of twice as many twice
LEAST = 0.6  # of the threshold: ink that is fainter is none, even beside darker ink
# deviations of the noise by which ink is darker than paper; and all of what is sure, on the mean
SURE, LIKELY, CLEAR = 4.5, 3, 6
HIGHEST = 4  # deviations of the noise by which the lightest pixels around are lighter
FAINT = 0.06  # of the paper: ink that is less darker is none
# of the width; lines are thinner than a 25th of this of the longer side; of the width, in all
LINE, THIN, ACROSS = 0.25, 25, 0.7
GAP, MOSTLY = 0.06, 0.5  # of that length: a gap of a line; what is thin, at least
NARROW = 20  # pixels: a picture of fewer rows or columns has no lines
SLOPE, COLUMNS = 0.25, 200  # the steepest lines; columns in which they are looked for


def ink_of(
    grey: Array, other: bool = False, cut: bool = False, faint: float = FAINT
) -> tuple[Array, Array]:
    """Find the ink of a picture.

    Parameters
    ----------
    grey : array of uint8 or float, shape (h, w)
        From 0, black, to 255.
    other : bool
        Whether what seems to be paper is ink.
    cut : bool
        Whether the picture is cut to its digits: strokes may be wide, and there may be more ink
        than paper.
    faint : float
        Ink that is less darker than the paper, as a share of it, is none.

    Returns
    -------
    ink : array of float32, shape (h, w)
        How much darker than the paper (or lighter, where the ink is light): 0 is paper, and what is
        above 0.5 is nearer to ink.
    mask : array of bool, shape (h, w)
        Where there may be ink: also what is somewhat fainter than 0.5, as beside strokes.
    """
    values = smoothed(grey.astype(np.float32))
    margin = int(MARGIN * min(grey.shape)) + 1 if cut else 0
    wide = with_margin(values, margin)
    if is_light_on_dark(wide) != other:
        values, wide = 255 - values, 255 - wide
    wide = closed(wide, odd((WIDER if cut else WINDOW) * min(grey.shape)))
    paper = wide[margin : margin + len(values), margin : margin + values.shape[1]]
    depth = paper - values
    noise = float(np.median(depth))  # which the lightest pixels around have, too
    if cut:  # where ink is most of the picture
        noise = min(noise, HIGHEST * noise_of(values))
    depth, paper = depth - noise, paper - noise
    deviation = 1.4826 * float(np.median(np.abs(depth)))
    if cut:
        deviation = min(deviation, noise_of(values))
    ink = depth / np.maximum(paper, DARK * float(np.quantile(paper, 0.95)) + 1)
    sure = depth > SURE * deviation
    middle = max(threshold(ink[sure]), faint)
    ink /= 2 * middle
    if not sure.any() or depth[sure].mean() < CLEAR * deviation:  # as the tail of noise is
        return ink, np.zeros(ink.shape, bool)
    return ink, (ink > LEAST / 2) & (depth > LIKELY * deviation)


def with_margin(values: Array, margin: int) -> Array:
    """Return the picture on more paper, whose grey is that of most of its edge.

    So a picture that is cut to its digits has as much paper as ink, and room around them.
    """
    edge = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    return np.pad(values, margin, constant_values=np.median(edge))


def smoothed(values: Array) -> Array:
    """Return the picture with its noise averaged out: the more of it, the wider the average."""
    if min(values.shape) < 3:
        return values
    for _ in range(int(min(noise_of(values) / STILL, 0.01 * min(values.shape) + 2))):
        values = binomial(binomial(values).T).T
    return values


def noise_of(values: Array) -> float:
    """Return the standard deviation of the noise, by what neighbours do not share."""
    mixed = values[1:, 1:] - values[1:, :-1] - values[:-1, 1:] + values[:-1, :-1]
    return float(np.median(np.abs(mixed))) / (2 * 0.6745) if mixed.size else 0.0


def binomial(values: Array) -> Array:
    """Return means of each row and its neighbours, by weights 1, 2, 1."""
    padded = np.concatenate([values[:1], values, values[-1:]])
    return (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4


def odd(length: float) -> int:
    """Return a length as an odd number of pixels, 3 or more."""
    return 2 * max(int(length) // 2, 1) + 1


def is_light_on_dark(values: Array) -> bool:
    """Tell whether the ink is lighter than the paper: ink is what there is less of.

    Along rows and columns, ink strays further from the means around it than paper does: the cubes
    have its sign. The two sides of an edge, of a page or of a shadow, cancel each other.
    """
    values = values[:: -(-len(values) // 500), :: -(-values.shape[1] // 500)].astype(np.float64)
    n, skew = odd(AROUND * min(values.shape)), 0.0
    for _ in range(2):
        padded = np.pad(values, ((n - 1, n - 1), (0, 0)), "edge")
        sums = np.cumsum(np.pad(padded, ((1, 0), (0, 0))), axis=0)
        means = (sums[n:] - sums[:-n]) / n
        skew += float(((padded[n // 2 : len(padded) - n // 2] - means) ** 3).sum())
        values = values.T
    return skew > 0


def closed(values: Array, n: int) -> Array:
    """Return the picture without what is dark and narrower than n; edges of what is wide stay.

    What is at an edge of the picture goes on behind it.
    """
    for _ in range(2):
        values = np.pad(values, ((n - 1, n - 1), (0, 0)), "edge").T
    for of in (np.maximum, np.minimum):
        values = extreme(extreme(values, n, of).T, n, of).T
    return values


def extreme(values: Array, n: int, of: Any) -> Array:
    """Return the largest or least value in windows of n rows, n - 1 of which have no window."""
    size = 1
    while size < n:
        step = min(size, n - size)
        values, size = of(values[:-step], values[step:]), size + step
    return values


def thickened(ink: Array, share: float) -> Array:
    """Return a mark whose strokes are at least so wide, as a share of its longer side.

    The width of strokes is about twice their area by their outline.
    """
    mask = np.pad(ink > 0, 1)
    edges = int((mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum())
    width = 2 * int(mask.sum()) / (edges * np.pi / 4)  # a slanted outline crosses more pixels
    n = round(share * max(ink.shape) - width) + 1
    if n < 2:
        return ink
    for _ in range(2):
        ink = extreme(np.pad(ink, ((n - 1, n - 1), (0, 0))), n, np.maximum).T
    return ink


def widened(mask: Array, n: int) -> Array:
    """Return the pixels that have ink in a window of n rows."""
    return extreme(np.pad(mask, ((n // 2, n // 2), (0, 0))), n, np.maximum)


def narrowed(mask: Array, n: int) -> Array:
    """Return the pixels that have nothing else than ink in a window of n rows."""
    return extreme(np.pad(mask, ((n // 2, n // 2), (0, 0)), "edge"), n, np.minimum)


def threshold(ink: Array) -> float:
    """Return half of the mean of the ink above this half: the middle between it and paper."""
    middle, before = float(ink.max(initial=0)) / 2, 0.0
    while abs(middle - before) > 1e-3:
        before, middle = middle, float(ink[ink > middle].mean()) / 2
    return middle


def without_lines(mask: Array) -> Array:
    """Return ink without ruled lines, of a notebook or of squared paper, across the picture."""
    if min(mask.shape) < NARROW:
        return mask
    return without_rows(without_rows(mask).T).T


def without_rows(mask: Array) -> Array:
    """Return ink without lines that are nearly level. Strokes that cross them stay whole.

    Lines of a photograph are not quite parallel, so a pass takes those of about one slope.
    """
    for across in (ACROSS, LINE, LINE, LINE):
        tall = heights(mask)
        thin = mask & (tall <= max(LINE * max(mask.shape) / THIN, 2))
        shifts = shifts_of_lines(thin)
        level = lines_in(moved(mask, shifts), moved(thin, shifts))
        back = [column[shift:][: len(mask)] for column, shift in zip(level.T, shifts, strict=True)]
        line = thin & np.stack(back, axis=1)
        if line.any(axis=0).mean() < across:
            break
        mask = mask & ~(line & (tall <= 2 * float(np.median(tall[line]))))
    return mask


def shifts_of_lines(thin: Array) -> Array:
    """Return by how many rows columns move down so that lines are level.

    Of all slopes, that of lines has the thin ink in the fewest rows.
    """
    height, width = thin.shape
    columns = np.arange(0, width, -(-width // COLUMNS))
    x, y = np.nonzero(thin.T[columns])
    steepest = min(SLOPE, height / width)  # so that what has moved is at most twice as high
    n = int(steepest * width / 4)
    best, slope = -1, 0.0
    for k in sorted(range(-n, n + 1), key=abs):
        one = steepest * k / max(n, 1)
        rows = np.bincount((y + one * columns[x] + width * steepest).astype(np.int64))
        if (rows**2).sum() > best:
            best, slope = (rows**2).sum(), one
    shifts = np.rint(slope * np.arange(width)).astype(np.int64)
    return np.asarray(shifts - shifts.min())


def moved(values: Array, shifts: Array) -> Array:
    """Return the picture with each column moved down by its shift."""
    out = np.zeros((len(shifts), len(values) + int(shifts.max())), values.dtype)
    for column, (ink, shift) in enumerate(zip(np.ascontiguousarray(values.T), shifts, strict=True)):
        out[column, shift : shift + len(ink)] = ink
    return out.T


def lines_in(mask: Array, thin: Array) -> Array:
    """Return where level lines are: all along a window is ink, and most of it is thin.

    Lines are not quite straight and have small gaps. Rows of digits have larger ones.
    """
    n = odd(LINE * mask.shape[1])
    small = odd(GAP * n)
    whole = narrowed(widened(widened(mask, 5).T, small), small)
    beside = np.pad(widened(thin, 5).T, ((n // 2 + 1, n // 2), (0, 0)))
    sums = np.cumsum(beside, axis=0, dtype=np.int32)
    mostly = sums[n:] - sums[:-n] > MOSTLY * n
    return widened(narrowed(whole, n) & mostly, n).T


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
