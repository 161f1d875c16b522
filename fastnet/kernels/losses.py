"""What the output layer is judged by: the loss, its deltas, and whether the answer was right.

z, a and d are the output layer's (pad,) each, in scratch, with n outputs; the target is a class
(labels[i]) or a row of n numbers (targets[i * n :]).
"""

import numpy as np

from .activations import derivative, greatest, relu, slopes_for_z
from .codes import LANES
from .jit import inline, kernel
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
    select,
    splat,
    store,
    total,
    zeros,
)

QUADRATIC, SIGMOID_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY = range(3)


@inline
def target(classes, labels, targets, i, n, j):
    """Group j of the target of sample i: the one-hot vector of its class, or its own numbers."""
    if classes:
        at = lane(np.int64(get(labels, i)) - j)
        return select(at, constant(1.0, targets), constant(0.0, targets))
    return load_head(targets, i * n + j, n - j)


@inline
def softplus(z):
    """log(1 + exp(z)), which never overflows."""
    return relu(z) + log(exp(0.0 - magnitude(z)) + 1.0)


@kernel
def judge(loss, layer, classes, labels, targets, i, scratch):
    """Write the deltas dC/dz of sample i; returns its cost C. z may be lost: see slopes_for_z.

    Quadratic: C = sum (a - y)**2, dC/dz = 2 (a - y) activation'(z).
    Cross-entropy of sigmoid outputs: C = sum softplus(z) - z y, dC/dz = a - y.
    Cross-entropy of softmax outputs: C = log(sum exp z) - z . y, dC/dz = a - y.
    """
    activation, n, pad, z, a, d = (
        layer.activation, layer.n_out, layer.pad, layer.z, layer.a, layer.d
    )  # fmt: skip
    cost = zeros(scratch, 1, 1)
    slopes_for_z(layer, 0, pad, scratch)
    for j in range(0, pad, LANES):
        y = target(classes, labels, targets, i, n, j)
        out = load(scratch, a + j, 1)
        error = flush(out - y)
        if loss == QUADRATIC:
            cost = cost + error * error
            slope = derivative(activation, out, load(scratch, z + j, 1))
            error = (error + error) * flush(slope)
        else:
            v = load(scratch, z + j, 1)
            if loss == SIGMOID_CROSS_ENTROPY:
                v = select(lanes_below(n - j), softplus(v) - v * y, zeros(scratch, 1, 1))
                cost = cost + v
            else:
                cost = cost - v * y
        store(scratch, d + j, error)
    if loss == SOFTMAX_CROSS_ENTROPY:
        # log(sum exp z) = z - log(a) for every output; the greatest has the smallest error.
        top = log(splat(greatest(scratch, a, n, pad)))
        cost = cost + select(lane(0), splat(greatest(scratch, z, n, pad)) - top, top * 0.0)
    return np.float64(total(cost))


@inline
def argmax(a, at, n, pad):
    """The first of the greatest of a (n,)."""
    best = splat(greatest(a, at, n, pad))
    for j in range(0, pad, LANES):
        found = bits(load(a, at + j, 1) == best) & bits(lanes_below(n - j))
        if found != 0:
            return j + lowest_bit(found)
    return np.int64(0)


@inline
def right(loss, layer, classes, labels, targets, i, a):
    """Whether the answer to sample i is right; never for a regression.

    Its class has the first of the greatest outputs, or all of its several labels are on their side
    of 1/2.
    """
    n, pad, at = layer.n_out, layer.pad, layer.a
    if classes:
        return argmax(a, at, n, pad) == get(labels, i)
    if loss == QUADRATIC:
        return False
    for j in range(0, pad, LANES):
        y = target(classes, labels, targets, i, n, j)
        if bits(load(a, at + j, 1) > 0.5) != bits(y > 0.5):
            return False
    return True
