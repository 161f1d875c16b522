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


def transferred(name, z, dz, u, tiny):
    """Error of the activations."""
    if name == "softmax":
        a = reference.softmax(z)
        dz = squares(dz, u * (np.abs(z - z.max()) + FUNCTION))
        return squares(a * dz, a * np.sqrt(a**2 @ dz**2), tiny)
    transfer, prime = reference.TRANSFER[name]
    slope = prime(z) if name != "relu" else z > -LAMBDA * dz
    return squares(slope * dz, FUNCTION * u * transfer(z), tiny)


def slope_error(name, z, dz, a, da, u):
    """Error of the derivative, taken from the activation a."""
    if name == "relu":
        return (np.abs(z) < LAMBDA * dz) * 1.0  # on the wrong side of the corner
    if name == "sigmoid":
        return squares((1 - 2 * a) * da, 2 * u * a)
    return squares(2 * a * da, 2 * u) if name == "tanh" else np.zeros_like(a)


def step_error(net: reference.Net, x, y, rate, dtype):
    """Tolerances of one step from the net's weights: of the cost, outputs, weights and biases."""
    u, tiny = UNIT[dtype], FLUSHED[dtype]
    zs, activations = net.feed_forward(x)
    dzs, das = [], [u * np.abs(x)]
    for w, b, name, z, a in zip(
        net.weights, net.biases, net.activations, zs, activations[:-1], strict=True
    ):
        _, dz = product(np.append(a, 1), np.append(das[-1], 0), np.vstack([w, b]), u)
        dzs.append(dz)
        das.append(transferred(name, z, dz, u, tiny))

    name, z, a, dz, da = net.activations[-1], zs[-1], activations[-1], dzs[-1], das[-1]
    cost, delta = net.output_delta(z, a, y)
    if net.loss == "quadratic":
        prime = reference.TRANSFER[name][1](z)
        d_prime = slope_error(name, z, dz, a, da, u)
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
            name = net.activations[k - 1]
            prime = reference.TRANSFER[name][1](zs[k - 1])
            d_prime = slope_error(name, zs[k - 1], dzs[k - 1], below, d_below, u)
            back, d_back = product(delta, d_delta, w.T, u)
            delta = back * prime
            d_delta = squares(prime * d_back, back * d_prime, 2 * u * delta, tiny)
    return LAMBDA * d_cost, LAMBDA * da, [LAMBDA * d for d in d_weights + d_biases]
