"""The loss: its cost, the output layer's deltas, and the test for a right answer.

z, a and d are the output layer's (pad,) each, in a member's own memory, with n outputs.
"""

from typing import Any, NamedTuple

import numpy as np

from .activations import derivative, greatest, relu, slopes_for_z
from .codes import LANES, START
from .jit import flat, inline, kernel
from .maths import exp, flush, log
from .simd import (
    bits,
    constant,
    get,
    lane,
    lanes_below,
    load,
    load_head,
    lowest_bit,
    magnitude,
    prefetch,
    select,
    splat,
    store,
    total,
    zeros,
)

QUADRATIC, SIGMOID_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY = range(3)  # loss codes


class Targets(NamedTuple):
    """A loss code, and the targets: of sample i, class labels[i] or numbers[i * n :] (n,)."""

    loss: Any
    classes: Any  # True if targets are classes
    labels: Any
    numbers: Any


@inline
def target(targets, i, n, j):
    """Outputs j ... j + 15 of the target (n,) of sample i: its numbers, or its class as one-hot."""
    if targets.classes:
        at = lane(np.int64(get(targets.labels, i)) - j)
        return select(at, constant(1.0, targets.numbers), constant(0.0, targets.numbers))
    return load_head(targets.numbers, i * n + j, n - j)


@flat
def prefetch_target(targets, i, n):
    """Prefetch the target (n,) of a sample that is judged soon."""
    if targets.classes:
        prefetch(targets.labels, i)
    else:
        prefetch(targets.numbers, i * n)


@flat
def softplus(z):
    """log(1 + exp(z)), which never overflows."""
    return relu(z) + log(exp(0.0 - magnitude(z)) + 1.0)


@kernel
def judge(targets, layer, i, own):
    """Write the deltas dC/dz (pad,) of sample i; return its cost C. This may overwrite z.

    Quadratic: C = sum (a - y)**2, dC/dz = 2 (a - y) activation'(z).
    Cross-entropy of sigmoid outputs: C = sum softplus(z) - z y, dC/dz = a - y.
    Cross-entropy of softmax outputs: C = log(sum exp z) - z . y, dC/dz = a - y.
    """
    loss, n, pad, z, a, d = targets.loss, layer.n_out, layer.pad, layer.z, layer.a, layer.d
    cost = zeros(own, 1, 1)
    slopes_for_z(layer, START, pad, own)
    for j in range(0, pad, LANES):
        y = target(targets, i, n, j)
        out = load(own, a + j, 1)
        error = flush(out - y)
        if loss == QUADRATIC:
            cost = cost + error * error
            slope = derivative(layer.activation, out, load(own, z + j, 1))
            error = (error + error) * flush(slope)
        else:
            v = load(own, z + j, 1)
            if loss == SIGMOID_CROSS_ENTROPY:
                v = select(lanes_below(n - j), softplus(v) - v * y, zeros(own, 1, 1))
                cost = cost + v
            else:
                cost = cost - v * y
        store(own, d + j, error)
    if loss == SOFTMAX_CROSS_ENTROPY:
        # log(sum exp z) = z - log(a) for every output; the greatest has the smallest error.
        top = log(splat(greatest(own, a, n, pad)))
        cost = cost + select(lane(0), splat(greatest(own, z, n, pad)) - top, top * 0.0)
    return np.float64(total(cost))


@flat
def argmax(a, at, n, pad):
    """The index of the greatest of a (n,); the first of equals."""
    best = splat(greatest(a, at, n, pad))
    for j in range(0, pad, LANES):
        found = bits(load(a, at + j, 1) == best) & bits(lanes_below(n - j))
        if found != 0:
            return j + lowest_bit(found)
    return np.int64(0)


@inline
def right(targets, layer, i, own):
    """Tell whether the answer (n,) to sample i is right. In a regression it never is.

    The greatest output, the first of equals, must be that of the class. With several labels, all
    outputs must be on the right side of 1/2.
    """
    n, pad, at = layer.n_out, layer.pad, layer.a
    if targets.classes:
        return argmax(own, at, n, pad) == get(targets.labels, i)
    if targets.loss == QUADRATIC:
        return False
    for j in range(0, pad, LANES):
        y = target(targets, i, n, j)
        if bits(load(own, at + j, 1) > 0.5) != bits(y > 0.5):
            return False
    return True
