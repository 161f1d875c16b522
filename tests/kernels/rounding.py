"""What rounding may do to one step of learning: the tolerance by which kernels are judged.

An operation gives its result (1 + e), |e| <= u: 2**-24 in float32, 2**-53 in float64. Such errors
are nearly independent and of mean 0, so they add as squares: a sum of n terms is off by about
sqrt(n) u sum |terms|, and by more than LAMBDA times that with a probability below
2 exp(-LAMBDA**2 / 2) (Higham & Mary, 'A New Approach to Probabilistic Rounding Error Analysis',
2019). The functions below carry that standard deviation through the reference's own step, to first
order: of z, of the activations, of the deltas, of the weights.
"""

import numpy as np

from fastnet import reference
from tests.kernels.helpers import plain_kernels

LAMBDA = 8.0  # a probability of 3e-14 for each number that is compared
FUNCTION = 8.0  # the transfer functions are right to within so many u
UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
FLUSHED = {"float32": 2.0**-47, "float64": 2.0**-383}  # see maths.flush


def squares(*terms: np.ndarray) -> np.ndarray:
    """Standard deviation of a sum of independent errors."""
    return np.sqrt(sum(np.square(term) for term in terms))


def product(x, dx, w, u):
    """x @ w and its error, where x is off by dx and w by nothing."""
    return x @ w, squares(np.sqrt(dx**2 @ w**2), np.sqrt(len(x)) * u * (np.abs(x) @ np.abs(w)))


def transferred(net, k, z, dz, u, tiny):
    """Error of the activations of layer k."""
    name = net.activations[k]
    if name == "softmax":
        a = reference.softmax(z)
        dz = squares(dz, u * (np.abs(z - z.max()) + FUNCTION))
        return squares(a * dz, a * np.sqrt(a**2 @ dz**2), tiny)
    transfer, prime = net.transfer(k)
    slope = prime(z)
    if corner(name):  # the greater of both slopes
        slope = np.maximum(prime(z - LAMBDA * dz), prime(z + LAMBDA * dz))
    return squares(slope * dz, FUNCTION * u * transfer(z), tiny)


def slope_of(name: str, a: np.ndarray) -> np.ndarray:
    """The derivative from the values a (n,), as the plain kernel works it out."""
    groups = np.append(a, np.zeros(-len(a) % 16, a.dtype)).reshape(-1, 16)
    slope = plain_kernels("activations").ACTIVATIONS[name].derivative(groups)
    return np.broadcast_to(slope, groups.shape).ravel()[: len(a)].astype(a.dtype)


def corner(name) -> float:
    """How far the slope of an activation jumps at 0."""
    if not isinstance(name, str):
        return 0.0
    left, right = reference.TRANSFER[name][1](np.array([-1e-9, 1e-9]))
    return abs(right - left) if abs(right - left) > 1e-6 else 0.0


def slope_error(net, k, z, dz, a, da, u):
    """Error of the derivative of layer k, which is from the activation a; a user's, from z."""
    name = net.activations[k]
    if corner(name):
        return squares((np.abs(z) < LAMBDA * dz) * corner(name), u)  # on the wrong side of it
    if isinstance(name, str):
        h = 1e-6
        rise = (slope_of(name, a + h) - slope_of(name, a - h)) / (2 * h)
        return squares(rise * da, 2 * u * (np.abs(slope_of(name, a)) + np.abs(a * rise)))
    prime, h = net.transfer(k)[1], 1e-5
    return squares((prime(z + h) - prime(z - h)) / (2 * h) * dz, u * prime(z))


def step_error(net: reference.Net, x, y, rate, dtype):
    """Tolerances of one step from the net's weights: of the cost, outputs, weights and biases."""
    u, tiny = UNIT[dtype], FLUSHED[dtype]
    zs, activations = net.feed_forward(x)
    dzs, das = [], [u * np.abs(x)]
    for k, (w, b, z, a) in enumerate(
        zip(net.weights, net.biases, zs, activations[:-1], strict=True)
    ):
        _, dz = product(np.append(a, 1), np.append(das[-1], 0), np.vstack([w, b]), u)
        dzs.append(dz)
        das.append(transferred(net, k, z, dz, u, tiny))

    z, a, dz, da = zs[-1], activations[-1], dzs[-1], das[-1]
    cost, delta = net.output_delta(z, a, y)
    if net.loss == "quadratic":
        prime = net.transfer(-1)[1](z)
        d_prime = slope_error(net, -1, z, dz, a, da, u)
        d_delta = squares(2 * prime * da, 2 * (a - y) * d_prime, 3 * u * delta, tiny)
        d_cost = squares(2 * np.linalg.norm((a - y) * da), np.sqrt(len(y)) * 3 * u * cost)
    else:
        d_delta = squares(da, u * delta, tiny)
        magnitude = cost + np.abs(z).max() + np.abs(z) @ np.abs(y) + FUNCTION * len(y)
        d_cost = squares(np.linalg.norm(delta * dz), np.sqrt(len(y)) * u * magnitude)

    d_weights, d_biases = [], []
    for k in range(len(zs) - 1, -1, -1):
        w, b, below, d_below = net.weights[k], net.biases[k], activations[k], das[k]
        step = rate * np.outer(below, delta)
        d_weights.insert(0, squares(
            rate * np.outer(d_below, delta), rate * np.outer(below, d_delta), 2 * u * step,
            u * (np.abs(w) + np.abs(step)), rate * tiny,
        ))  # fmt: skip
        d_biases.insert(0, squares(rate * d_delta, 2 * u * (np.abs(b) + np.abs(rate * delta))))
        if k:
            prime = net.transfer(k - 1)[1](zs[k - 1])
            d_prime = slope_error(net, k - 1, zs[k - 1], dzs[k - 1], below, d_below, u)
            back, d_back = product(delta, d_delta, w.T, u)
            delta = back * prime
            d_delta = squares(prime * d_back, back * d_prime, 2 * u * delta, tiny)
    return LAMBDA * d_cost, LAMBDA * da, [LAMBDA * d for d in d_weights + d_biases]
