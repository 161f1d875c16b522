"""Weights as images, and what hidden units do."""

import numba
import numpy as np
import pytest

import fastnet
from fastnet import Network, plot
from fastnet.plot.layers import flat_shares
from tests.plot.helpers import below, refused, texts, title

pytestmark = pytest.mark.compiled


def test_a_tile_is_orange_where_weights_are_above_0_and_blue_below():
    weights = np.zeros((64, 2))
    weights[0, 0], weights[63, 0] = 1, -1
    net = Network.from_weights([weights, np.eye(2)], [[0, 0], [0, 0]])
    canvas = np.asarray(plot.weights(net).images[0].get_array())
    red, _, blue = canvas[0, 0]
    assert red > 0.7 > 0.3 > blue
    red, _, blue = canvas[7, 7]
    assert blue > 0.6 > 0.3 > red
    grey = canvas[3, 3]
    assert grey.max() - grey.min() < 0.05


def test_the_units_with_the_largest_weights_are_drawn():
    weights = np.ones((64, 100)) * np.arange(1, 101)
    net = Network.from_weights([weights, np.ones((100, 2))], [np.zeros(100), [0, 0]])
    ax = plot.weights(net, n=10)
    assert below(ax).startswith("the 10 of 100 units with the largest weights")


def test_without_hidden_layers_tiles_have_the_names_of_classes(digits):
    net = fastnet.train(*digits[0], hidden=(), epochs=1)
    assert texts(plot.weights(net)) == [str(digit) for digit in range(10)]
    assert title(plot.weights(net)) == "What each output looks for"


def test_shapes_that_are_no_square(net, blobs):
    ax = plot.weights(net, shape=(14, 56), n=1)
    assert np.asarray(ax.images[0].get_array()).shape[:2] == (14, 56)
    refused(r"4 inputs are no square image, wanted shape=\(rows, columns\); of a table, importance",
            plot.weights, blobs[0])  # fmt: skip
    plot.weights(blobs[0], shape=(2, 2))
    plot.weights(Network.initialise((48, 3), ["sigmoid"]), shape=(4, 4, 3))


def test_what_has_no_first_layer_of_images(owners, ensemble):
    told = "columns of a table, but weights wants images; importance fits"
    refused(told, plot.weights, owners[0])
    refused(r"3 nets, but weights wants one of them, such as nets\[0\]", plot.weights, ensemble)
    refused("3 nets, but activity wants one", plot.activity, ensemble, np.zeros((1, 784)))
    refused("net: str, wanted", plot.weights, "net.npz", error=TypeError)


def hidden(weights, biases, activation):
    """A net with this hidden layer and one output."""
    return Network.from_weights(
        [weights, np.ones((len(biases), 1))], [biases, [0]], [activation, "identity"]
    )


def test_dead_units_of_relu_are_counted():
    net = hidden([[1.0, 1, -1]], [0.0, -100, 0], "relu")
    X = np.array([[1.0], [2], [3], [-1]])
    (shares,) = flat_shares(net, net.samples(X))
    assert shares.tolist() == [0.25, 1, 0.75]
    ax = plot.activity(net, X)
    assert title(ax) == "1 of 3 hidden units are dead"
    assert ax.lines[0].get_ydata().tolist() == [0.25, 0.75, 1]
    assert texts(ax) == ["layer 1: 3 relu, 1 dead"]


@numba.njit
def softsign(z):
    return z / (1 + abs(z))


@numba.njit
def softsign_prime(z):
    return 1 / (1 + abs(z)) ** 2


@pytest.mark.parametrize(
    ("activation", "bounds"),
    [  # where the slope falls to 5% of the steepest
        ("sigmoid", np.log((1 + np.sqrt(0.95)) / (1 - np.sqrt(0.95)))),
        ("tanh", np.arctanh(np.sqrt(0.95))),
        ((softsign, softsign_prime), np.sqrt(20) - 1),
    ],
    ids=["sigmoid", "tanh", "own"],
)
def test_saturated_units_are_found(activation, bounds):
    net = hidden([[1.0]], [0.0], activation)
    z = np.array([-1.01, -0.99, 0, 0.99, 1.01]) * bounds
    (shares,) = flat_shares(net, net.samples(z[:, None]))
    assert shares.tolist() == [0.4]


def test_every_hidden_layer_has_a_line(digits):
    net = fastnet.train(*digits[0], hidden=(8, 6), epochs=1)
    ax = plot.activity(net, digits[1][0], most=100)
    assert [len(line.get_xdata()) for line in ax.lines] == [8, 6]
    assert "100 of 500 rows, drawn with seed 0" in below(ax)
    assert title(plot.activity(net, digits[1][0])) == "No hidden unit is dead"


def test_a_table_is_encoded(owners):
    net, X, _ = owners
    assert len(plot.activity(net, X).lines[0].get_xdata()) == 8


def test_no_hidden_layer():
    net = Network.initialise((64, 2), ["sigmoid"])
    refused("no hidden layer, but activity wants one", plot.activity, net, np.zeros((1, 64)))
