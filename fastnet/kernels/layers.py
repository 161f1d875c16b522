"""One layer: forward, activation, deltas, update.

A layer has n_in inputs and n_out outputs; `pad` is n_out rounded up to whole groups of 16 lanes.
Its weights are a matrix (n_in, pad) from params[w] on, one row an input; its biases are (pad,) from
params[b] on. Vectors of z, activations a and deltas d are (pad,) each, in scratch. What lies in the
padding is 0 and stays 0.

The input of a layer is a list of n pairs: input index[k] has the value values[v + k]; n is a
multiple of 8. Inputs that are not in the list are 0, and cost nothing.

The work is cut into strips of up to 64 outputs, whose sums fit the registers, and in wide layers
into blocks of rows, so that memory is read along the rows. Both depend on the layer's width alone,
and so does the order of every sum.
"""

from .jit import flat, inline, kernel
from .maths import exp, flush, relu, relu_prime, sigmoid, sigmoid_prime, tanh, tanh_prime
from .simd import (
    LANES,
    constant,
    fma,
    fold,
    fold_groups,
    get,
    lanes_below,
    largest,
    learn_row,
    load,
    load_rows,
    select,
    splat,
    splat_rows,
    store,
    total,
    zeros,
)

SIGMOID, TANH, RELU, IDENTITY, SOFTMAX = range(5)

STRIP = 64  # outputs in a strip
BLOCK = 16  # rows in a block of a wide layer


def strip(count, rows):
    """The kernels of a strip of `count` groups; forward adds up `rows` rows side by side."""

    @flat
    def forward(params, w, pad, b, index, values, v, start, stop, z, at):
        """z += sum of values[v + k] * row index[k], start <= k < stop; from the biases, if 0."""
        s = zeros(params, count, rows)
        for k in range(start, stop, rows):
            x = splat_rows(values, v + k, count, rows)
            s = fma(x, load_rows(params, w, pad, index, k, count, rows), s)
        before = load(params, b, count) if start == 0 else load(z, at, count)
        store(z, at, before + fold_groups(s, count))

    @flat
    def update(params, w, pad, index, values, v, start, stop, steps, at):
        """Row index[k] += values[v + k] * steps, start <= k < stop."""
        step = load(steps, at, count)
        for k in range(start, stop):
            row = w + pad * get(index, k)
            x = splat(get(values, v + k))
            store(params, row, fma(x, step, load(params, row, count)))

    @inline
    def learn_rows(params, row, pad, minus_eta, a, k, delta):
        """One group: parts of four rows' sums row . delta; then row k -= eta * a[k] * delta."""
        s0 = learn_row(params, row, minus_eta * splat(get(a, k)), delta)
        s1 = learn_row(params, row + pad, minus_eta * splat(get(a, k + 1)), delta)
        s2 = learn_row(params, row + 2 * pad, minus_eta * splat(get(a, k + 2)), delta)
        s3 = learn_row(params, row + 3 * pad, minus_eta * splat(get(a, k + 3)), delta)
        return fold(fold(s0, s1, 2), fold(s2, s3, 2), 4)

    @flat
    def learn(params, w, pad, start, stop, minus_eta, a, at, deltas, d, sums, to, first):
        """sums[to + k] (+)= row k . delta; then row k -= eta * a[at + k] * delta."""
        delta = load(deltas, d, count)
        for k in range(start, stop, 16):
            row = w + pad * k
            s0 = learn_rows(params, row, pad, minus_eta, a, at + k, delta)
            s1 = learn_rows(params, row + 4 * pad, pad, minus_eta, a, at + k + 4, delta)
            s2 = learn_rows(params, row + 8 * pad, pad, minus_eta, a, at + k + 8, delta)
            s3 = learn_rows(params, row + 12 * pad, pad, minus_eta, a, at + k + 12, delta)
            s = fold(fold(s0, s1, 8), fold(s2, s3, 8), 16)
            store(sums, to + k, s if first else load(sums, to + k, 1) + s)

    return forward, update, learn


forward1, update1, learn1 = strip(1, 8)
forward2, update2, learn2 = strip(2, 4)
forward3, update3, learn3 = strip(3, 2)
forward4, update4, learn4 = strip(4, 2)


@inline
def rows_at_once(n, pad):
    """How many of n rows to take before the next strip: all, or a block in a wide layer."""
    return BLOCK if pad > STRIP else max(n, BLOCK)


@kernel
def forward(params, w, pad, b, index, values, v, n, z, at):
    """z (pad,) = biases + sum over k < n of values[v + k] * row index[k]."""
    rows = rows_at_once(n, pad)
    for k in range(0, max(n, 1), rows):
        stop = min(k + rows, n)
        for j in range(0, pad, STRIP):
            left = pad - j
            if left >= 64:
                forward4(params, w + j, pad, b + j, index, values, v, k, stop, z, at + j)
            elif left == 48:
                forward3(params, w + j, pad, b + j, index, values, v, k, stop, z, at + j)
            elif left == 32:
                forward2(params, w + j, pad, b + j, index, values, v, k, stop, z, at + j)
            else:
                forward1(params, w + j, pad, b + j, index, values, v, k, stop, z, at + j)


@kernel
def update(params, w, pad, index, values, v, n, steps, at):
    """Row index[k] += values[v + k] * steps (pad,), for every k < n."""
    rows = rows_at_once(n, pad)
    for k in range(0, n, rows):
        stop = min(k + rows, n)
        for j in range(0, pad, STRIP):
            left = pad - j
            if left >= 64:
                update4(params, w + j, pad, index, values, v, k, stop, steps, at + j)
            elif left == 48:
                update3(params, w + j, pad, index, values, v, k, stop, steps, at + j)
            elif left == 32:
                update2(params, w + j, pad, index, values, v, k, stop, steps, at + j)
            else:
                update1(params, w + j, pad, index, values, v, k, stop, steps, at + j)


@kernel
def learn(params, w, pad, n, eta, a, at, deltas, d, sums, to):
    """sums (n,) = weights . deltas (pad,); then weights -= eta * outer(a (n,), deltas).

    The sums are those of the old weights. n, the number of rows, is a multiple of 16.
    """
    minus_eta = splat(-eta)
    rows = rows_at_once(n, pad)
    for k in range(0, n, rows):
        stop = min(k + rows, n)
        for j in range(0, pad, STRIP):
            i, e, left, first = w + j, d + j, pad - j, j == 0
            if left >= 64:
                learn4(params, i, pad, k, stop, minus_eta, a, at, deltas, e, sums, to, first)
            elif left == 48:
                learn3(params, i, pad, k, stop, minus_eta, a, at, deltas, e, sums, to, first)
            elif left == 32:
                learn2(params, i, pad, k, stop, minus_eta, a, at, deltas, e, sums, to, first)
            else:
                learn1(params, i, pad, k, stop, minus_eta, a, at, deltas, e, sums, to, first)


@kernel
def step_biases(params, b, pad, eta, deltas, d):
    """biases (pad,) -= eta * deltas (pad,)."""
    for j in range(0, pad, LANES):
        step = splat(-eta) * load(deltas, d + j, 1)
        store(params, b + j, load(params, b + j, 1) + step)


@kernel
def scale(eta, pad, deltas, d):
    """deltas (pad,) *= -eta."""
    for j in range(0, pad, LANES):
        store(deltas, d + j, splat(-eta) * load(deltas, d + j, 1))


@kernel
def softmax(z, at, n, pad, a, to):
    """a (n,) = exp(z - max z) / their sum; 0 in the padding."""
    top = greatest(z, at, n, pad)
    s = zeros(z, 1, 1)
    for j in range(0, pad, LANES):
        e = select(lanes_below(n - j), exp(load(z, at + j, 1) - splat(top)), zeros(z, 1, 1))
        store(a, to + j, e)
        s = s + e
    s = splat(total(s))
    for j in range(0, pad, LANES):
        store(a, to + j, load(a, to + j, 1) / s)


@inline
def greatest(x, at, n, pad):
    """The greatest of x (n,)."""
    best = select(lanes_below(n), load(x, at, 1), splat(get(x, at)))
    for j in range(LANES, pad, LANES):
        v = select(lanes_below(n - j), load(x, at + j, 1), best)
        best = select(v > best, v, best)
    return largest(best)


@kernel
def activate(kind, n, pad, z, at, a, to):
    """a (n,) = activation(z (n,)); 0 in the padding."""
    if kind == SOFTMAX:
        softmax(z, at, n, pad, a, to)
        return
    for j in range(0, pad, LANES):
        v = load(z, at + j, 1)
        if kind == SIGMOID:
            v = sigmoid(v)
        elif kind == TANH:
            v = tanh(v)
        elif kind == RELU:
            v = relu(v)
        store(a, to + j, select(lanes_below(n - j), v, zeros(z, 1, 1)))


@inline
def derivative(kind, a):
    """activation'(z), from the activations a = activation(z)."""
    if kind == SIGMOID:
        return sigmoid_prime(a)
    if kind == TANH:
        return tanh_prime(a)
    if kind == RELU:
        return relu_prime(a)
    return constant(1.0, a)


@kernel
def differentiate(kind, pad, a, at, deltas, d):
    """deltas (pad,) *= activation'(z), from the activations a (pad,)."""
    for j in range(0, pad, LANES):
        slope = derivative(kind, load(a, at + j, 1))
        store(deltas, d + j, flush(load(deltas, d + j, 1)) * flush(slope))
