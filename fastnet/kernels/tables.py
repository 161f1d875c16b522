"""Scaling of a stream of numbers by the mean and the deviation of those seen so far."""

import math

from .codes import CLIP, FAR, LARGEST, LIMIT, SURE
from .jit import entry


@entry
def scale_along(x, seen, mean, squares, z):
    """Scale rows of numbers x (rows, columns) to z, each after it has joined the statistics.

    seen (columns,), int64, mean and squares (columns,) are the count, the mean and the sum of
    squared distances from it (Welford, 'Note on a method for calculating corrected sums of squares
    and products', Technometrics 1962). A missing number, NaN, joins nothing, and its z is 0. The
    limits stand in `codes`. `fastnet.tables.scaling` has the same for one number.
    """
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            v = x[i, j]
            z[i, j] = 0.0
            if v != v:
                continue
            near = min(max(v, -LARGEST), LARGEST)
            if seen[j] >= SURE and squares[j] > 0.0:
                far = FAR * math.sqrt(squares[j] / seen[j])
                near = min(max(near, mean[j] - far), mean[j] + far)
            seen[j] += 1
            distance = near - mean[j]
            mean[j] += distance / seen[j]
            squares[j] += distance * (near - mean[j])
            deviation = math.sqrt(squares[j] / seen[j])
            if deviation > 0.0:
                q = min(max((v - mean[j]) / deviation, -CLIP), CLIP)
                z[i, j] = q / math.sqrt(1.0 + (q / LIMIT) * (q / LIMIT))
