"""The table of activations, and the kernels made from it.

To add an activation, write its function of z, its derivative as a function of the value a, and a
row of ACTIVATIONS. Then write its twins in fastnet.reference. No other file names it. The tests
loop over the table; what it needs of fastnet.kernels.maths has its accuracy tested there.
"""

from collections.abc import Callable
from math import inf
from typing import NamedTuple

from .codes import LANES
from .jit import flat, inline, kernel
from .maths import exp, flush, split
from .simd import (
    call,
    constant,
    fma,
    get,
    lanes_below,
    largest,
    load,
    magnitude,
    put,
    select,
    splat,
    store,
    total,
    zeros,
)

HEIGHT, STEEPNESS = 1.7159, 2 / 3  # of the scaled tanh (LeCun, Bottou, Orr & Mueller, 1998)
LEAK = 0.01  # slope of the leaky relu below 0


@flat
def sigmoid(z):
    """1 / (1 + exp(-z))."""
    return 1.0 / (exp(0.0 - z) + 1.0)


@flat
def sigmoid_prime(a):
    """Derivative of the sigmoid, from its value a."""
    return a * (1.0 - a)


@flat
def tanh(z):
    """(1 - e) / (1 + e) with e = exp(-2 |z|), computed from e - 1, which is accurate near 0."""
    p, scale = split(magnitude(z) * -2.0)
    e = fma(scale, p, scale - 1.0)
    t = e / (e + 2.0)
    return select(z > 0.0, 0.0 - t, t)


@flat
def tanh_prime(a):
    """Derivative of tanh, from its value a."""
    return 1.0 - a * a


@flat
def scaled_tanh(z):
    """HEIGHT tanh(STEEPNESS z)."""
    return tanh(z * STEEPNESS) * HEIGHT


@flat
def scaled_tanh_prime(a):
    """Derivative of the scaled tanh, from its value a; 0 where that is +-HEIGHT."""
    return tanh_prime(a / HEIGHT) * (HEIGHT * STEEPNESS)


@flat
def relu(z):
    """max(z, 0); NaN stays NaN."""
    return select(z < 0.0, constant(0.0, z), z)


@flat
def relu_prime(a):
    """Derivative of relu, from its value a: 1 where a > 0, else 0."""
    return select(a > 0.0, constant(1.0, a), constant(0.0, a))


@flat
def leaky_relu(z):
    """z, or LEAK z where z < 0."""
    return select(z < 0.0, z * LEAK, z)


@flat
def leaky_relu_prime(a):
    """Derivative of the leaky relu, from its value a: 1 where a > 0, else LEAK."""
    return select(a > 0.0, constant(1.0, a), constant(LEAK, a))


@flat
def identity(z):
    """z itself."""
    return z


@flat
def identity_prime(a):
    """Derivative of the identity: 1."""
    return constant(1.0, a)


class Row(NamedTuple):
    """An activation and its properties.

    `rate` is the default learning rate of a net whose first layer has this activation, in a run
    whose rate falls linearly. These rates do well on images and on scaled tables: see
    bench/defaults.py.

    With a squared cost and unbounded outputs, a step shrinks the error only if the rate is below
    1 / (1 + the sum of the squares of the last hidden layer's activations). So the default rate
    there is at most `steady` of that layer's activation, divided by its number of units. That is
    about half of the smallest rate that diverged on tables (Friedman's, linear, with heavy tails; 1
    to 2,000 columns, 64 to 1,024 units).
    """

    function: Callable | None = None  # of z; None: it is not computed output by output
    derivative: Callable | None = None  # of the value a
    low: float = -inf  # the smallest value
    high: float = inf  # the largest value
    start: str = "glorot"  # the default start of a layer that has it: see fastnet.model.start
    rate: float = 0.01
    steady: float = 0.4

    @property
    def bounded(self) -> bool:
        """True if all values lie between two finite numbers."""
        return -inf < self.low and self.high < inf


ACTIVATIONS = {
    "sigmoid": Row(sigmoid, sigmoid_prime, low=0, high=1, rate=0.2, steady=2.0),
    "tanh": Row(tanh, tanh_prime, low=-1, high=1, rate=0.02, steady=1.0),
    "scaled-tanh": Row(scaled_tanh, scaled_tanh_prime, low=-HEIGHT, high=HEIGHT, steady=0.5),
    "relu": Row(relu, relu_prime, low=0, start="he", rate=0.02),
    "leaky-relu": Row(leaky_relu, leaky_relu_prime, start="he", rate=0.02),
    "identity": Row(identity, identity_prime),
    "softmax": Row(low=0, high=1, rate=0.02),  # of a whole layer: see `softmax`
}
OWN = Row()  # functions of the user's own
HIDDEN = [name for name, row in ACTIVATIONS.items() if row.function]  # also for hidden layers

# The numbers by which the kernels know them.
CODES = {name: code for code, name in enumerate(ACTIVATIONS)}
SOFTMAX, CUSTOM = CODES["softmax"], len(CODES)


def ladder(functions):
    """Make the kernel (code, x) that returns functions[code](x). It compares code after code."""
    (code, function), *others = functions.items()
    if not others:
        return flat(lambda chosen, x: function(x))
    others = ladder(dict(others))

    @flat
    def choose(chosen, x):
        if chosen == code:
            return function(x)
        return others(chosen, x)

    return choose


transfer = ladder({CODES[name]: ACTIVATIONS[name].function for name in HIDDEN})
transfer_prime = ladder({CODES[name]: ACTIVATIONS[name].derivative for name in HIDDEN})


@inline
def greatest(x, at, n, pad):
    """The greatest of x (n,)."""
    best = select(lanes_below(n), load(x, at, 1), splat(get(x, at)))
    for j in range(LANES, pad, LANES):
        v = select(lanes_below(n - j), load(x, at + j, 1), best)
        best = select(v > best, v, best)
    return largest(best)


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


@kernel
def call_each(function, x, at, n, start, stop, out, to):
    """out[to + j] = function(x[at + j]) for start <= j < stop; 0 from j = n on, in the padding."""
    for j in range(start, stop):
        put(out, to + j, call(function, get(x, at + j)) if j < n else 0.0)


@kernel
def activate(layer, start, stop, z, a, to):
    """a = activation(z), from output `start` to `stop`; 0 in the padding."""
    code = layer.activation
    if code == SOFTMAX:
        softmax(z, layer.z, layer.n_out, layer.pad, a, to)
        return
    if code == CUSTOM:
        call_each(layer.transfer, z, layer.z, layer.n_out, start, stop, a, to)
        return
    for j in range(start, stop, LANES):
        v = transfer(code, load(z, layer.z + j, 1))
        store(a, to + j, select(lanes_below(layer.n_out - j), v, zeros(z, 1, 1)))


@inline
def derivative(code, a, slope):
    """activation'(z), computed from a = activation(z). Of a user's function it is `slope`."""
    if code == CUSTOM:
        return slope
    return transfer_prime(code, a)


@kernel
def slopes_for_z(layer, start, stop, z):
    """If the activation is a user's function, z = activation'(z) from output `start` to `stop`."""
    if layer.activation == CUSTOM:
        call_each(layer.transfer_prime, z, layer.z, layer.n_out, start, stop, z, layer.z)


@kernel
def differentiate(layer, start, stop, scale, a, at, deltas):
    """deltas *= scale * activation'(z), from output `start` to `stop`.

    The slope is computed from the activations a. For a user's function it is computed from z, which
    lies beside the deltas; this overwrites z.
    """
    slopes_for_z(layer, start, stop, deltas)
    for j in range(start, stop, LANES):
        slope = derivative(layer.activation, load(a, at + j, 1), load(deltas, layer.z + j, 1))
        slope = flush(slope)
        delta = load(deltas, layer.d + j, 1) * constant(scale, deltas)
        store(deltas, layer.d + j, flush(delta) * slope)
