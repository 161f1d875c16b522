"""Nets from weights and sizes that are given."""

from typing import Any

import numpy as np
import pytest

from fastnet import Network
from fastnet.reference import Net
from tests.functions import SWISH
from tests.helpers import samples
from tests.model.helpers import B, W

# From weights ---------------------------------------------------------------------------------


def test_from_weights():
    net = Network.from_weights(W, B, activation="relu", loss="quadratic")
    assert net.sizes == (3, 4, 2)
    assert net.activations == ("relu", "sigmoid")
    assert net.dtype == np.float64  # as the weights
    assert net.classes.tolist() == [0, 1]
    assert net.seed is None and net.history == []
    for own, given_ in zip([*net.weights, *net.biases], [*W, *B], strict=True):
        assert np.array_equal(own, given_)
        assert not np.shares_memory(own, given_)
    judge = Net(W, B, ["relu", "sigmoid"])
    x = samples(1, 3)
    np.testing.assert_allclose(net.predict_proba(x)[0], judge.feed_forward(x[0])[1][-1], rtol=1e-14)
    assert repr(net) == "Network(3-4-2, relu, sigmoid, quadratic, float64)"


@pytest.mark.parametrize(
    ("activation", "loss", "outputs", "activations", "classes"),
    [
        ("tanh", "quadratic", 2, ("tanh", "sigmoid"), [0, 1]),
        ("tanh", "quadratic", 1, ("tanh", "identity"), None),
        ("tanh", "cross-entropy", 2, ("tanh", "softmax"), [0, 1]),
        ("tanh", "cross-entropy", 1, ("tanh", "sigmoid"), None),
        (("relu", "identity"), "quadratic", 2, ("relu", "identity"), None),
        (["relu", "sigmoid"], "cross-entropy", 2, ("relu", "sigmoid"), [0, 1]),
    ],
)
def test_what_from_weights_takes_the_outputs_for(activation, loss, outputs, activations, classes):
    weights, biases = [W[0], W[1][:, :outputs]], [B[0], B[1][:outputs]]
    net = Network.from_weights(weights, biases, activation, loss)
    assert net.activations == activations
    assert (None if net.classes is None else net.classes.tolist()) == classes


def test_from_weights_takes_lists_and_other_dtypes():
    lists = Network.from_weights([w.tolist() for w in W], [b.tolist() for b in B])
    assert lists.dtype == np.float64
    single = Network.from_weights([w.astype("f4") for w in W], [b.astype("f4") for b in B])
    assert single.dtype == np.float32
    assert Network.from_weights(W, B, dtype="float32").digest() == single.digest()
    fortran = Network.from_weights([np.asfortranarray(w) for w in W], B)
    assert fortran.digest() == lists.digest()
    assert Network.from_weights([[[1, 2], [3, 4]]], [[0, 1]]).dtype == np.float32


def test_labels_given_to_from_weights():
    classes = np.array(["no", "yes"])
    net = Network.from_weights(W, B, classes=classes)
    classes[:] = "??"
    assert net.classes.tolist() == ["no", "yes"]
    assert set(net.predict(samples(9, 3))) <= {"no", "yes"}


BAD_WEIGHTS: dict[str, tuple[dict[str, Any], Any, str]] = {
    "no layers": ({"weights": [], "biases": []}, ValueError, r"weights: shapes \[\]"),
    "a vector": ({"weights": [W[0], W[1][0]]}, ValueError, r"weights: shapes .*\(2,\)"),
    "a cube": ({"weights": [W[0][None], W[1]]}, ValueError, "weights: shapes"),
    "a layer too many": ({"weights": [*W, W[1]]}, ValueError, "biases: 2, wanted 3"),
    "biases too many": ({"biases": [*B, B[1]]}, ValueError, "biases: 3, wanted 2"),
    "no chain": ({"weights": [W[0], W[1][:3]]}, ValueError, r"weights\[1\]: shape \(3, 2\), want"),
    "short biases": ({"biases": [B[0], B[1][:1]]}, ValueError, r"biases\[1\]: shape \(1,\), want"),
    "a scalar bias": ({"biases": [B[0], 1.0]}, ValueError, r"biases\[1\]: shape \(\), wanted"),
    "NaN": ({"weights": [W[0] * np.nan, W[1]]}, ValueError, "NaN or infinite"),
    "infinity": ({"biases": [B[0], B[1] * np.inf]}, ValueError, "NaN or infinite"),
    "activation": ({"activation": "gelu"}, ValueError, "activation: 'gelu'"),
    "too few": ({"activation": ["relu"]}, ValueError, "activation: 1 names, wanted 2"),
    "loss": ({"loss": "hinge"}, ValueError, "loss: 'hinge'"),
    "dtype": ({"dtype": "float16"}, ValueError, "dtype: 'float16'"),
    "classes": ({"classes": [1, 2, 3]}, ValueError, r"classes: shape \(3,\), wanted \(2,\)"),
    "a class": ({"classes": 1}, ValueError, r"classes: shape \(\), wanted a row"),
    "no labels": ({"classes": [0.5, 1]}, TypeError, "classes: dtype float64, wanted integers or"),
    "objects": ({"classes": np.array(["a", 1], object)}, TypeError, "classes: words .* whole"),
}


@pytest.mark.parametrize("kind", BAD_WEIGHTS)
def test_bad_weights_are_named(kind):
    options, error, message = BAD_WEIGHTS[kind]
    with pytest.raises(error, match=message) as caught:
        Network.from_weights(**{"weights": W, "biases": B, **options})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("sizes", [(3, 0), (0, 3), (3, -1), (3, 2.0), (3, True), (3, "2")])
def test_bad_sizes_are_named(sizes):
    with pytest.raises(ValueError, match=r"sizes: .*, wanted a whole number >= 1"):
        Network.initialise(sizes, ["relu"])
    with pytest.raises(ValueError, match="activations: 2 names, wanted 1"):
        Network.initialise((3, 2), ["relu", "relu"])


# Activations and sizes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "activations", ["sigmoid", np.array("relu"), 5, None, {"relu"}, SWISH], ids=type
)
@pytest.mark.parametrize("sizes", [(4, 3, 2), (4, 2)])
def test_one_activation_is_told_that_there_is_one_for_each_layer(activations, sizes):
    name = str(activations) if isinstance(activations, str | np.ndarray) else "sigmoid"
    wanted = ", ".join([repr(name)] * (len(sizes) - 1))
    for make in (Network.initialise, lambda *a: Network(*a, "quadratic")):
        with pytest.raises(TypeError, match=r"^activations: .*, wanted one for each layer") as one:
            make(sizes, activations)
        assert wanted in str(one.value) and "\n" not in str(one.value)


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        (5, r"^sizes: 5, wanted a sequence of sizes such as \(5,\)"),
        ("784,10", r"^sizes: '784,10', wanted a sequence of sizes such as \(784, 10\)"),
        ((), r"^sizes: \(\), wanted those of inputs and outputs, such as \(784, 10\)"),
        ((3,), r"^sizes: \(3,\), wanted those of inputs and outputs"),
        ({4, 3}, r"^sizes: \{3, 4\}, wanted a sequence"),
        ((10**30, 2), r"^sizes: 10+, wanted a whole number from 1 to"),
        ((10**12, 10**12), "^sizes: .* make 1.0e[+]24 parameters"),
    ],
)
def test_what_are_no_sizes(sizes, said):
    for make in (Network.initialise, lambda *a: Network(*a, "quadratic")):
        with pytest.raises((ValueError, TypeError), match=said):
            make(sizes, ["sigmoid"])
