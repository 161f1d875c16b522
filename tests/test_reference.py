"""The reference against finite differences and arithmetic by hand; the first version's faults."""

import copy

import numpy as np
import pytest

from fastnet import datasets, reference
from fastnet.reference import Net, classify, label_vector, linear_rates

OUTPUTS = [(name, "quadratic") for name in reference.TRANSFER] + [
    ("softmax", "cross-entropy"),
    ("sigmoid", "cross-entropy"),
]
H = 1e-6  # the step of a central difference, whose error is about H**2 + 2**-53 / H = 1e-10


def random_step(
    activations: list[str], loss: str, seed: int = 0
) -> tuple[Net, np.ndarray, np.ndarray]:
    """A net of as many layers as there are activations, an input and a target."""
    sizes = [*[5, 4, 6, 3][: len(activations)], 3]
    rng = np.random.default_rng(seed)
    net = Net.random(sizes, seed=seed, activations=activations, loss=loss)
    for b in net.biases:
        b += rng.uniform(0.2, 0.8, size=b.shape)  # so that relus are not all dead
    return net, rng.normal(size=5), label_vector(1, n=3)


def differences(net: Net, x: np.ndarray, y: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """dC/dp of each of these parameters of the net, by central differences."""
    slopes = np.empty_like(parameters)
    for i in np.ndindex(parameters.shape):
        old = parameters[i]
        costs = []
        for step in (H, -H):
            parameters[i] = old + step
            costs.append(net.cost_grad(x, y)[0])
        parameters[i] = old
        slopes[i] = (costs[0] - costs[1]) / (2 * H)
    return slopes


# Transfer functions ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", reference.TRANSFER)
def test_derivatives_are_the_slopes(name: str) -> None:
    transfer, prime = reference.TRANSFER[name]
    z = np.linspace(-6, 6, 240)  # without 0, where relu has a corner
    np.testing.assert_allclose(prime(z), (transfer(z + H) - transfer(z - H)) / (2 * H), atol=1e-9)


def test_transfer_functions_at_known_points() -> None:
    z = np.array([-1.0, 0.0, np.log(3)])
    np.testing.assert_allclose(reference.sigmoid(z), [1 / (1 + np.e), 0.5, 0.75], rtol=1e-15)
    np.testing.assert_allclose(reference.sigmoid_prime(z[1:]), [1 / 4, 3 / 16], rtol=1e-15)
    np.testing.assert_allclose(reference.tanh(z)[2], 0.8, rtol=1e-15)  # (9 - 1) / (9 + 1)
    assert reference.relu(z).tolist() == [0, 0, np.log(3)]
    assert reference.relu_prime(z).tolist() == [0, 0, 1]
    np.testing.assert_allclose(reference.softmax(z[1:]), [0.25, 0.75], rtol=1e-15)


@pytest.mark.parametrize(
    "function",
    [pair[0] for pair in reference.TRANSFER.values()]
    + [
        reference.sigmoid_prime,
        reference.tanh_prime,
        reference.softmax,
    ],
)
def test_no_transfer_function_overflows(function) -> None:
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(function(np.array([-1e30, -1e3, 0.0, 1e3, 1e30]))).all()


# One step -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("output", "loss"), OUTPUTS)
@pytest.mark.parametrize("hidden", reference.TRANSFER)
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_gradients_are_finite_differences(depth: int, hidden: str, output: str, loss: str) -> None:
    net, x, y = random_step([hidden] * depth + [output], loss, seed=3)
    _, _, dw, db = net.cost_grad(x, y)
    assert all(np.abs(g).max() > 1e-4 for g in dw + db), "a gradient of 0 would prove nothing"
    for parameters, gradient in zip(net.weights + net.biases, dw + db, strict=True):
        np.testing.assert_allclose(differences(net, x, y, parameters), gradient, atol=1e-8)


def test_costs_are_the_textbooks() -> None:
    for output, loss in OUTPUTS:
        net, x, y = random_step(["tanh", output], loss)
        cost, a, _, _ = net.cost_grad(x, y)
        if loss == "quadratic":
            wanted = np.sum((a - y) ** 2)
        elif output == "softmax":
            wanted = -np.sum(y * np.log(a))
        else:
            wanted = -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))
        assert cost == pytest.approx(wanted, rel=1e-13)


def test_cross_entropy_stays_finite_where_an_output_is_0() -> None:
    for output in ("softmax", "sigmoid"):
        net = Net([[[1000.0, -1000.0]]], [[0.0, 0.0]], output, "cross-entropy")
        cost, _, dw, _ = net.cost_grad(np.ones(1), label_vector(1, n=2))
        assert cost == 2000  # softmax: log(e**1000 + e**-1000) + 1000; sigmoid: 1000 + 1000
        assert dw[0].tolist() == [[1, -1]]


def hand_worked() -> Net:
    """The 2-2-1 net of the next test: sigmoids, quadratic cost."""
    return Net([[[2, 1], [-1, -0.5]], [[2], [4]]], [[0, np.log(3)], [-4]])


def test_one_step_worked_by_hand() -> None:
    """All of it is exact in quarters and sixteenths, since sigmoid(0) = 1/2, sigmoid(log 3) = 3/4.

    x = (1, 2), y = 1, eta = 1/2

    z1 = x W1 + b1  = (1*2 - 2*1 + 0, 1*1 - 2*1/2 + log 3) = (0, log 3)     a1 = (1/2, 3/4)
    z2 = a1 W2 + b2 = 1/2 * 2 + 3/4 * 4 - 4 = 0                             a2 = 1/2
    C  = (1/2 - 1)**2 = 1/4

    d2 = 2 (a2 - y) a2 (1 - a2) = 2 * -1/2 * 1/4 = -1/4
    d1 = (W2 d2) a1 (1 - a1)    = (2 * -1/4 * 1/4, 4 * -1/4 * 3/16) = (-1/8, -3/16)

    dC/dW2 = a1 x d2 = (-1/8, -3/16)                            dC/db2 = -1/4
    dC/dW1 = x x d1  = ((-1/8, -3/16), (-1/4, -3/8))            dC/db1 = (-1/8, -3/16)

    and each parameter moves by -1/2 of its gradient.
    """
    net = hand_worked()
    cost, hits = net.backpropagate([[1.0, 2.0]], [[1.0]], eta=1 / 2)
    assert (cost, hits) == (1 / 4, 0)
    np.testing.assert_allclose(
        net.weights[0], [[2 + 1 / 16, 1 + 3 / 32], [-1 + 1 / 8, -1 / 2 + 3 / 16]], rtol=1e-15
    )
    np.testing.assert_allclose(net.biases[0], [1 / 16, np.log(3) + 3 / 32], rtol=1e-15)
    np.testing.assert_allclose(net.weights[1], [[2 + 1 / 16], [4 + 3 / 32]], rtol=1e-15)
    np.testing.assert_allclose(net.biases[1], [-4 + 1 / 8], rtol=1e-15)


# Many steps -----------------------------------------------------------------------------------


def test_a_batch_is_one_step_after_the_other() -> None:
    rng = np.random.default_rng(0)
    images, labels = rng.random((30, 5)), rng.integers(0, 3, 30)
    rates = linear_rates(0.5, 30)
    whole, single = (Net.random((5, 4, 3), seed=1) for _ in range(2))
    cost, hits = 0.0, 0
    for x, label, rate in zip(images, labels, rates, strict=True):
        hits += classify(single.feed_forward(x)[1][-1])[0] == label  # before it is learned
        cost += single.cost_grad(x, label_vector(label, n=3))[0]
        single.backpropagate([x], [label], rate)
    assert whole.backpropagate(images, labels, rates) == (cost, hits)
    assert 0 < hits < 30
    for w, v in zip(whole.weights + whole.biases, single.weights + single.biases, strict=True):
        assert (w == v).all()


def test_l2_adds_the_slope_of_the_squares() -> None:
    net = Net.random([3, 4, 2], activations="tanh")
    old, l2, eta, h = copy.deepcopy(net), 0.3, 0.01, 1e-6
    x, y = np.array([[0.1, -0.4, 0.7]]), np.array([[0.2, 0.9]])
    cost, _ = net.backpropagate(x, y, eta, l2)
    assert cost == old.cost_grad(x[0], y[0])[0], "without the squares"

    def regularised(k: int, place: tuple[int, int], step: float) -> float:
        moved = copy.deepcopy(old)
        moved.weights[k][place] += step
        squares = sum(np.sum(w**2) for w in moved.weights)
        return moved.cost_grad(x[0], y[0])[0] + l2 / 2 * squares

    for k, place in ((0, (2, 1)), (1, (3, 0))):
        slope = (regularised(k, place, h) - regularised(k, place, -h)) / (2 * h)
        step = net.weights[k][place] - old.weights[k][place]
        assert step == pytest.approx(-eta * slope, rel=1e-6)
    _, _, _, db = old.cost_grad(x[0], y[0])
    for b, before, gradient in zip(net.biases, old.biases, db, strict=True):
        np.testing.assert_array_equal(b, before - eta * gradient)


def test_labels_are_their_one_hot_vectors_and_bytes_their_255ths() -> None:
    images = np.random.default_rng(0).integers(0, 256, (9, 5), dtype=np.uint8)
    labels = np.arange(9) % 3
    by_label, by_vector = (Net.random((5, 3)) for _ in range(2))
    cost, _ = by_label.backpropagate(images, labels, 1)
    assert by_vector.backpropagate(images / 255, np.eye(3)[labels], 1)[0] == cost
    assert (by_label.weights[0] == by_vector.weights[0]).all()


def test_several_labels_are_hit_together_or_not_at_all() -> None:
    net = Net([[[1.0, -1.0]]], [[0.0, 0.0]], "sigmoid", "cross-entropy")
    x = np.ones((4, 1))
    y = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.9, 0.1]])
    assert net.backpropagate(x, y, 0)[1] == 2


def test_label_vector_classify_and_rates() -> None:
    assert label_vector(3).tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert classify(np.array([0.1, 0.7, 0.7])) == (1, 0.7)
    assert linear_rates(2.0, 4).tolist() == [2, 1.5, 1, 0.5]


def test_rates_that_fall_to_a_hundredth() -> None:
    exponential = reference.exponential_rates(2.0, 4)
    np.testing.assert_allclose(exponential**4, 16 * 0.01 ** np.arange(4), rtol=1e-14)
    inverse = reference.inverse_time_rates(2.0, 4)
    np.testing.assert_allclose(2 / inverse, [1, 25.75, 50.5, 75.25], rtol=1e-15)


def test_a_warm_up_rises_to_the_rates() -> None:
    assert reference.warmed_up(np.full(8, 2.0), 0.5).tolist() == [0.5, 1, 1.5, 2, 2, 2, 2, 2]
    assert reference.warmed_up(linear_rates(1.0, 4), 0.25).tolist() == [1, 0.75, 0.5, 0.25]


def test_the_net_copies_what_it_is_given_and_keeps_its_dtype() -> None:
    w, b = np.ones((2, 2), np.float32), np.zeros(2, np.float32)
    net = Net([w], [b], dtype=np.float32)
    net.backpropagate([[1, 2]], [1], 1)
    assert (w == 1).all()
    assert (b == 0).all()
    assert net.weights[0].dtype == net.biases[0].dtype == np.float32


def test_an_output_that_does_not_fit_the_loss_is_refused() -> None:
    for output, loss in (("softmax", "quadratic"), ("relu", "cross-entropy")):
        with pytest.raises(ValueError, match=f"activations: '{output}' output with loss '{loss}'"):
            Net.random((2, 2), activations=output, loss=loss)


# The faults of the first version --------------------------------------------------------------


def test_fault_a_scalar_product_is_no_gradient() -> None:
    """The first version took one number, delta . activation, for the dC/dw of a whole layer."""
    net, x, y = random_step(["sigmoid", "sigmoid"], "quadratic")
    activations = net.feed_forward(x)[1]
    deltas = net.cost_grad(x, y)[3]  # dC/db are the deltas
    for layer in (0, 1):
        by_differences = differences(net, x, y, net.weights[layer])
        outer = np.outer(activations[layer], deltas[layer])
        scalar = deltas[layer] @ activations[layer + 1]
        np.testing.assert_allclose(outer, by_differences, atol=1e-9)
        assert np.abs(scalar - by_differences).max() > 0.5 * np.abs(by_differences).max()


def test_fault_adding_the_step_raises_the_cost() -> None:
    net, x, y = random_step(["sigmoid", "sigmoid"], "quadratic")
    before, _, dw, db = net.cost_grad(x, y)

    def cost_after(step: float) -> float:
        moved = Net(
            [w + step * g for w, g in zip(net.weights, dw, strict=True)],
            [b + step * g for b, g in zip(net.biases, db, strict=True)],
        )
        return moved.cost_grad(x, y)[0]

    assert cost_after(+0.01) > before > cost_after(-0.01)
    # To first order, the cost changes by the step times the gradient's squared length.
    slope = sum(np.sum(g**2) for g in dw + db)
    assert cost_after(-0.01) - before == pytest.approx(-0.01 * slope, rel=0.1)


def test_fault_exp_overflowed() -> None:
    z = np.array([-1000.0, 1000.0])
    with np.errstate(over="raise"):
        with pytest.raises(FloatingPointError, match="overflow"):
            1 / (1 + np.exp(-z))
        assert reference.sigmoid(z).tolist() == [0, 1]


def test_fault_tested_on_the_images_it_had_learned() -> None:
    """With labels drawn by lot there is nothing to recognise; only new images show that."""
    rng = np.random.default_rng(0)
    images, new_images = rng.random((2, 60, 64))
    labels, new_labels = rng.integers(0, 10, (2, 60))
    net = Net.random((64, 30, 10), activations=("tanh", "softmax"), loss="cross-entropy")
    for _ in range(100):
        net.backpropagate(images, labels, 0.1)
    assert net.test(images, labels) == 100
    assert net.test(new_images, new_labels) < 25


def first_version(net: Net, images: np.ndarray, labels: np.ndarray, eta: float) -> None:
    """One round as the first version did it: a scalar for dC/dw, and the step added."""
    for x, label in zip(net.inputs(images), labels, strict=True):
        activations = net.feed_forward(x)[1]
        deltas = net.cost_grad(x, label_vector(label))[3]
        for w, b, a, delta in zip(net.weights, net.biases, activations[1:], deltas, strict=True):
            w += eta * (delta @ a)
            b += eta * delta


def test_one_round_on_real_digits_recognises_few_as_it_was_and_most_as_it_is() -> None:
    (images, labels), (new_images, new_labels) = datasets.load("digits")
    images, labels, new_images, new_labels = (
        images[:3000],
        labels[:3000],
        new_images[:500],
        new_labels[:500],
    )
    as_it_was, as_it_is = (Net.random((784, 16, 16, 10), seed=1) for _ in range(2))
    first_version(as_it_was, images, labels, 0.5)
    as_it_is.backpropagate(images, labels, 0.5)
    assert as_it_was.test(new_images, new_labels) < 30
    assert as_it_is.test(new_images, new_labels) > 60
