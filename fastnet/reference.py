"""The whole algorithm in plain NumPy: read this first.

A net is a list of weights, (n_in, n_out) each, and a list of biases, (n_out,) each. It learns one
image at a time and changes every weight after each, as the first version of this project did. The
compiled kernels do the same, faster. Their tests compare them with this file. How the columns of a
table become inputs stands in `fastnet.tables.reference`, in plain Python too. The tutorial in
docs/tutorial/ explains the file, from one neuron on.

Sources: Rumelhart, Hinton & Williams, 'Learning representations by back-propagating errors', Nature
323 (1986), here [RHW]; Nielsen, 'Neural Networks and Deep Learning' (2015), here [N], whose four
equations of backpropagation are BP1 ... BP4 (chapter 2); LeCun, Bottou, Orr & Mueller, 'Efficient
BackProp' (1998), here [L].

The first version had four faults, which are corrected here. `tests/test_reference.py` shows each:

- dC/dw was the scalar product of a layer's deltas with its own activations: one number for a whole
  matrix. BP4 says: the outer product of the activations *below* with the deltas. Finite differences
  show the fault: change one weight by h, and the cost must change by h times its dC/dw.
- The step was added. Descent subtracts it; adding a small step raises the cost.
- exp(-z) overflowed for strongly negative z. Here the argument of exp is never above 0.
- The net was tested on the images that it had learned. A net that learns random labels by heart
  scores 100% there, but recognises new images no better than by chance.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array = NDArray[Any]
ActivationName = Literal[
    "sigmoid", "tanh", "scaled-tanh", "relu", "leaky-relu", "identity", "softmax"
]
LossName = Literal["quadratic", "cross-entropy"]


# Transfer functions and their derivatives, of arrays of any shape -----------------------------


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), which never overflows ([N] ch. 1)."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1 + e)


def sigmoid_prime(z: Array) -> Array:
    """Derivative of the sigmoid, which is sigmoid(z) * (1 - sigmoid(z)) ([N] ch. 3)."""
    return sigmoid(z) * sigmoid(-z)


def tanh(z: Array) -> Array:
    """Hyperbolic tangent ([N] ch. 3)."""
    return np.tanh(z)


def tanh_prime(z: Array) -> Array:
    """Derivative of tanh: 1 - tanh(z)**2."""
    return 1 - np.tanh(z) ** 2


def scaled_tanh(z: Array) -> Array:
    """1.7159 tanh(2/3 z), which maps 1 to 1 and -1 to -1 ([L] 4.4)."""
    return 1.7159 * np.tanh(2 / 3 * z)


def scaled_tanh_prime(z: Array) -> Array:
    """Derivative of the scaled tanh."""
    return 1.7159 * 2 / 3 * tanh_prime(2 / 3 * z)


def relu(z: Array) -> Array:
    """max(z, 0) ([N] ch. 3; Nair & Hinton 2010)."""
    return np.maximum(z, 0)


def relu_prime(z: Array) -> Array:
    """Derivative of relu: 1 where z > 0, else 0."""
    return (z > 0).astype(z.dtype)


def leaky_relu(z: Array) -> Array:
    """z where z > 0, else z / 100 (Maas, Hannun & Ng 2013)."""
    return np.where(z > 0, z, 0.01 * z)


def leaky_relu_prime(z: Array) -> Array:
    """Derivative of the leaky relu: 1 where z > 0, else 1 / 100."""
    return np.where(z > 0, 1, 0.01).astype(z.dtype)


def identity(z: Array) -> Array:
    """z itself."""
    return z


def identity_prime(z: Array) -> Array:
    """Derivative of the identity: 1."""
    return np.ones_like(z)


def softmax(z: Array) -> Array:
    """exp(z) / sum(exp(z)) of one vector z (n,): probabilities of n classes ([N] ch. 3)."""
    e = np.exp(z - z.max())
    return e / e.sum()


Pair = tuple[Callable[[Any], Any], Callable[[Any], Any]]

TRANSFER: dict[str, Pair] = {
    "sigmoid": (sigmoid, sigmoid_prime),
    "tanh": (tanh, tanh_prime),
    "scaled-tanh": (scaled_tanh, scaled_tanh_prime),
    "relu": (relu, relu_prime),
    "leaky-relu": (leaky_relu, leaky_relu_prime),
    "identity": (identity, identity_prime),
}


# Labels, answers, rates -----------------------------------------------------------------------


def label_vector(label: int, n: int = 10) -> Array:
    """One-hot vector (n,): 1 at the label, 0 elsewhere."""
    return np.eye(n)[label]


def classify(y: Array) -> tuple[int, float]:
    """Return the index of the largest output of y (n,), the first of equals, and its value."""
    label = int(np.argmax(y))
    return label, float(y[label])


def constant_rates(eta: float, total: int) -> Array:
    """Learning rates (total,) that are all eta."""
    return np.full(total, eta)


def linear_rates(eta: float, total: int) -> Array:
    """Learning rates (total,) that fall from eta at the first sample to nearly 0 at the last."""
    return eta * (1 - np.arange(total) / total)


def exponential_rates(eta: float, total: int) -> Array:
    """Rates (total,) that fall from eta to eta / 100, by the same share from sample to sample.

    Sample t has eta * 10**(-t / r), with r = total / 2 (Senior et al., 'An empirical study of
    learning rates in deep neural networks for speech recognition', ICASSP 2013).
    """
    return eta * 0.01 ** (np.arange(total) / total)


def inverse_time_rates(eta: float, total: int) -> Array:
    """Rates (total,) that fall from eta to eta / 100, in the end as 1 / t.

    Sample t has eta / (1 + c t), with c = 99 / total. The sum of such rates grows without bound;
    the sum of their squares does not (Robbins & Monro 1951; Bottou, 'Stochastic gradient descent
    tricks', 2012).
    """
    return eta / (1 + 99 * np.arange(total) / total)


RATES: dict[str, Callable[[float, int], Array]] = {
    "constant": constant_rates,
    "linear": linear_rates,
    "exponential": exponential_rates,
    "1/t": inverse_time_rates,
}


def warmed_up(rates: Array, share: float) -> Array:
    """Rates (total,) that rise linearly over the first `share` of a run (Goyal et al. 2017)."""
    return rates * np.minimum(1, np.arange(1, len(rates) + 1) / (share * len(rates)))


def repetitions(weights: Sequence[float]) -> list[tuple[int, float]]:
    """Samples and their shares of the rate: one of weight 2.25 is there twice, and at 0.25."""
    return [(k, min(1.0, w - j)) for k, w in enumerate(weights) for j in range(int(np.ceil(w)))]


class Net:
    """A net that learns one image at a time.

    Parameters
    ----------
    weights, biases : sequences of arrays, (n_in, n_out) and (n_out,), one per layer
        They are copied.
    activations : str or pair, or sequence of these, one per layer
        A name in TRANSFER; the output layer may also have "softmax". Or two functions of one
        number, a transfer function and its derivative.
    loss : "quadratic" or "cross-entropy"
        "quadratic" is C = sum (a - y)**2. "cross-entropy" wants a "softmax" output (one label, or
        targets that sum to 1) or a "sigmoid" output (several labels at once).
    dtype : dtype of the arithmetic
    """

    def __init__(
        self,
        weights: Sequence[ArrayLike],
        biases: Sequence[ArrayLike],
        activations: str | Pair | Sequence[str | Pair] = "sigmoid",
        loss: str = "quadratic",
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.weights = [np.array(w, dtype) for w in weights]
        self.biases = [np.array(b, dtype) for b in biases]
        if isinstance(activations, str) or callable(activations[0]):
            activations = [activations] * len(self.weights)  # type: ignore[list-item]
        self.activations: list[Any] = list(activations)
        self.loss = loss
        self.dtype = np.dtype(dtype)
        outputs = {"quadratic": list(TRANSFER), "cross-entropy": ["softmax", "sigmoid"]}
        last = self.activations[-1]
        given = loss == "quadratic" and not isinstance(last, str)
        if last not in outputs[loss] and not given:
            raise ValueError(f"activations: {last!r} output with loss {loss!r}")

    @classmethod
    def random(cls, sizes: Sequence[int], seed: int = 0, **options: Any) -> "Net":
        """Return a net of the given sizes: normal weights of variance 1 / n_in, biases 0."""
        rng = np.random.default_rng(seed)
        weights = [rng.standard_normal(pair) / np.sqrt(pair[0]) for pair in pairwise(sizes)]
        return cls(weights, [np.zeros(n_out) for n_out in sizes[1:]], **options)

    def transfer(self, k: int) -> Pair:
        """Transfer function of layer k and its derivative, of arrays."""
        if isinstance(self.activations[k], str):
            return TRANSFER[self.activations[k]]
        f, f_prime = (np.vectorize(f, otypes=[self.dtype]) for f in self.activations[k])
        return f, f_prime

    def inputs(self, images: ArrayLike) -> Array:
        """Return images (n, features) or (features,) as numbers: bytes stand for v / 255."""
        x = np.asarray(images)
        return x.astype(self.dtype) / (255 if x.dtype == np.uint8 else 1)

    def feed_forward(self, x: Array) -> tuple[list[Array], list[Array]]:
        """Return z of every layer for one input x (features,), and x and every layer's activations.

        z = a W + b, where a is the activations of the layer below; a = transfer(z) ([N] eq. 25).
        """
        zs, activations = [], [x]
        for k, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = activations[-1] @ w + b
            transfer = softmax if self.activations[k] == "softmax" else self.transfer(k)[0]
            zs.append(z)
            activations.append(transfer(z))
        return zs, activations

    def output_delta(self, z: Array, a: Array, target_y: Array) -> tuple[float, Array]:
        """Return the cost C and dC/dz (n_out,) of the output layer, from z, a and the target.

        Quadratic: C = sum (a - y)**2, dC/dz = 2 (a - y) a' (BP1; [RHW] eq. 3 has half of both).
        Cross-entropy: C = -sum y log a with softmax, or -sum (y log a + (1 - y) log (1 - a)) with
        sigmoids; dC/dz = a - y ([N] ch. 3). Both are written in terms of z, so that log 0 cannot
        occur.
        """
        if self.loss == "quadratic":
            prime = self.transfer(-1)[1]
            return float(np.sum((a - target_y) ** 2)), 2 * (a - target_y) * prime(z)
        if self.activations[-1] == "softmax":
            cost = z.max() + np.log(np.sum(np.exp(z - z.max()))) - z @ target_y
        else:
            cost = np.sum(np.logaddexp(0, z) - z * target_y)
        return float(cost), a - target_y

    def cost_grad(self, x: Array, target_y: Array) -> tuple[float, Array, list[Array], list[Array]]:
        """Return the cost C of one input x (features,), the output (n_out,), and all dC/dw, dC/db.

        Deltas go down: delta_below = (W delta) * a'_below (BP2). The gradient of a layer's biases
        is delta (BP3); that of its weights is the outer product of the activations below and delta
        (BP4).
        """
        zs, activations = self.feed_forward(x)
        cost, delta = self.output_delta(zs[-1], activations[-1], target_y)
        deltas = [delta]
        for k in range(len(zs) - 2, -1, -1):
            prime = self.transfer(k)[1]
            deltas.insert(0, (self.weights[k + 1] @ deltas[0]) * prime(zs[k]))
        dw = [np.outer(a, delta) for a, delta in zip(activations[:-1], deltas, strict=True)]
        return cost, activations[-1], dw, deltas

    def backpropagate(
        self, image_batch: ArrayLike, label_batch: ArrayLike, eta: ArrayLike, l2: float = 0.0
    ) -> tuple[float, int]:
        """Learn every image, in order: compute its gradient and update at once ([RHW] eq. 8).

        L2 regularisation adds l2 / 2 times the sum of the squared weights, without the biases, to C
        ([N] ch. 3, where lambda / n is our l2).

        Parameters
        ----------
        image_batch : (n, features)
            Numbers, or bytes that stand for v / 255.
        label_batch : (n,) integers, or (n, n_out) numbers
            Labels, or targets: several labels at once, or the numbers of a regression.
        eta : float, or (n,)
            The learning rate, or one for each image.
        l2 : float
            The strength of the regularisation.

        Returns
        -------
        cost, hits
            Sum of the costs, without the L2 term, and number of right answers, each from before its
            image was learned. Several labels must all be right; a regression has no hits.
        """
        images, labels = self.inputs(image_batch), np.asarray(label_batch)
        rates = np.broadcast_to(np.asarray(eta, self.dtype), len(images))
        cost, hits = 0.0, 0
        for x, label, rate in zip(images, labels, rates, strict=True):
            target_y = label_vector(label, len(self.biases[-1])) if labels.ndim == 1 else label
            c, output, dw, db = self.cost_grad(x, target_y.astype(self.dtype))
            cost += c
            if labels.ndim == 1:
                hits += int(classify(output)[0] == label)
            elif self.loss == "cross-entropy":
                hits += int(np.array_equal(output > 0.5, label > 0.5))
            for k in range(len(dw)):
                self.weights[k] -= rate * (dw[k] + np.asarray(l2, self.dtype) * self.weights[k])
                self.biases[k] -= rate * db[k]
        return cost, hits

    def test(self, images: ArrayLike, labels: ArrayLike) -> float:
        """Return the percentage recognised of new images (n, features) with labels (n,)."""
        answers = [classify(self.feed_forward(x)[1][-1])[0] for x in self.inputs(images)]
        return 100 * float(np.mean(np.asarray(labels) == answers))
