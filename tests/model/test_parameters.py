"""Weights, biases and classes: read, changed in place, set, and seen by the digest."""

import pickle
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from fastnet import Network, reference, train
from fastnet.model import outputs
from tests.functions import SWISH
from tests.helpers import samples
from tests.model.helpers import small


def test_what_the_digest_sees():
    net = small()
    seen = {net.digest()}
    for array in (*net.weights, *net.biases):
        for place in np.ndindex(array.shape):
            old = array[place]
            array[place] = np.nextafter(old, np.float32(9))
            seen.add(net.digest())
            array[place] = old
    assert len(seen) == 1 + sum(array.size for array in (*net.weights, *net.biases))
    assert net.digest() in seen
    assert net.digest() == small().digest()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [(5, 3), (1, 1, 1), (20, 16, 17), (7, 64, 65, 2)], ids=str)
def test_weights_and_biases_are_views(sizes, dtype):
    net = Network.initialise(sizes, ["tanh"] * (len(sizes) - 1), dtype=dtype)
    assert [w.shape for w in net.weights] == [*pairwise(sizes)]
    assert [b.shape for b in net.biases] == [(n,) for n in sizes[1:]]
    x = np.ones((1, sizes[0]))
    outputs, digest = net.predict_proba(x), net.digest()
    for array in (*net.weights, *net.biases):
        assert array.dtype == dtype
        old = array.copy()
        array += 0.5
        assert net.digest() != digest
        assert not np.array_equal(net.predict_proba(x), outputs)
        array[:] = old
        assert net.digest() == digest
    for array in (*net.weights, *net.biases):
        array[:] = 0
    assert net.digest() == Network(sizes, ["tanh"] * (len(sizes) - 1), "quadratic", dtype).digest()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", [*reference.TRANSFER, SWISH])
def test_what_lies_between_the_weights_stays_0(activation, dtype):
    X, y = samples(20, 5) + 1, np.arange(20) % 3
    for loss in outputs.LOSSES:
        net = train(X, y, hidden=(17, 3), activation=activation, loss=loss, epochs=2, dtype=dtype)
        for array in (*net.weights, *net.biases):
            assert array.any()
            array[:] = 0
        assert not net.parameters.vector.any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_that_are_set_are_copied(dtype):
    net = small(dtype=dtype)
    X, rng = samples(20, 5), np.random.default_rng(3)
    net.predict_one(X[0])
    for kind in ("weights", "biases"):
        for k in range(2):
            new = rng.standard_normal(getattr(net, kind)[k].shape)
            getattr(net, kind)[k] = new
            assert np.array_equal(getattr(net, kind)[k], new.astype(dtype))
            assert not np.shares_memory(getattr(net, kind)[k], new)
    same = Network.from_weights(net.weights, net.biases, "sigmoid", classes=net.classes)
    assert net.digest() == same.digest()
    assert np.array_equal(net.predict_proba(X), same.predict_proba(X))
    assert [net.predict_one(x) for x in X] == same.predict(X).tolist()
    net.weights[-1] = net.weights[-1].tolist()
    net.weights[0] += 0.5
    net.weights[0] -= 0.5
    other = Network(net.sizes, net.activations, net.loss, dtype, net.classes)
    other.weights, other.biases = same.weights, [b.tolist() for b in same.biases]
    assert other.digest() == same.digest()
    other.weights = iter(reversed([*reversed(net.weights)]))
    assert len(other.weights) == 2 and [*other.weights, *other.biases]


BAD_SETS: dict[str, tuple[Any, Any, str]] = {
    "a number": (0.0, ValueError, r"^weights\[1\]: shape \(\), wanted \(4, 3\)"),
    "transposed": (np.zeros((3, 4)), ValueError, r"^weights\[1\]: shape \(3, 4\), wanted \(4"),
    "NaN": (np.full((4, 3), np.nan), ValueError, r"^weights\[1\]: NaN or infinite, wanted finite"),
    "too large": (np.full((4, 3), 1e300), ValueError, r"^weights\[1\]: .* within float32"),
    "complex": (np.zeros((4, 3)) * 1j, TypeError, r"^weights\[1\]: dtype complex128, wanted real"),
    "words": (np.full((4, 3), "1"), TypeError, r"^weights\[1\]: dtype <U1, wanted real numbers"),
    "ragged": ([[1, 2, 3], [4]], ValueError, r"^weights\[1\]: rows of different lengths"),
}


@pytest.mark.parametrize("kind", BAD_SETS)
def test_weights_that_do_not_fit_are_named_and_change_nothing(kind):
    value, error, said = BAD_SETS[kind]
    net, digest = small(), small().digest()
    with pytest.raises(error, match=said):
        net.weights[1] = value
    with pytest.raises(error, match=said):
        net.weights = [np.ones((5, 4)), value]
    with pytest.raises(error, match=r"^weights(\[1\])?: "):
        Network.from_weights([net.weights[0], value], net.biases, dtype="float32")
    with pytest.raises((ValueError, TypeError), match=r"^biases\[1\]: "):
        net.biases = [net.biases[0], value]
    assert net.digest() == digest


def test_what_is_no_list_of_weights():
    net = small()
    for value in (5, None, "ab", {}, np.array(3)):
        for name, act in (
            ("weights", lambda: setattr(net, "weights", value)),  # noqa: B023
            ("biases", lambda: setattr(net, "biases", value)),  # noqa: B023
            ("weights", lambda: Network.from_weights(value, net.biases)),  # noqa: B023
            ("biases", lambda: Network.from_weights(net.weights, value)),  # noqa: B023
        ):
            with pytest.raises(TypeError, match=f"^{name}: .*, wanted a sequence of arrays, one "):
                act()
    with pytest.raises(ValueError, match=r"^weights: 1 arrays, wanted 2, one for each layer"):
        net.weights = net.weights[:1]
    with pytest.raises(IndexError):
        net.weights[2] = 0
    with pytest.raises(AttributeError):
        net.weights.append(net.weights[0])


def test_classes_that_are_set_are_those_of_all_answers():
    net, X = small(), samples(20, 5)
    old = [net.predict_one(x) for x in X]
    for classes in (["a", "b", "c"], np.array([7, 8, 9]), [b"x", b"y", b"zz"]):
        net.classes = classes
        wanted = [classes[k] for k in old]
        assert net.predict(X).tolist() == [net.predict_one(x) for x in X] == wanted
        net.learn_one(X[0], classes[1], 0.0)
        net.partial_fit(X, net.predict(X), 0.0)
        with pytest.raises(ValueError, match=r"^y: label 3 is none of the net's classes"):
            net.learn_one(X[0], 3)
        assert pickle.loads(pickle.dumps(net)).predict(X).tolist() == wanted
    given = np.array(["p", "q", "r"])
    net.classes = given
    given[:] = "?"
    assert net.classes.tolist() == ["p", "q", "r"]
    net.classes = None
    assert net.predict(X).shape == (20, 3)
    with pytest.raises(ValueError, match=r"^y: "):
        net.learn_one(X[0], "p")


@pytest.mark.parametrize(
    ("classes", "error", "said"),
    [
        ([1, 2], ValueError, r"^classes: shape \(2,\), wanted \(3,\), one an output"),
        ("abc", ValueError, r"^classes: shape \(\), wanted a row of labels"),
        ([[1, 2, 3]], ValueError, r"^classes: shape \(1, 3\), wanted a row of labels"),
        ([[1], [2, 3], 4], ValueError, "^classes: rows of different lengths"),
        ([1, 2, 1], ValueError, "^classes: one of them comes twice"),
        ([0.5, 1, 2], TypeError, "^classes: dtype float64, wanted integers or strings"),
        (["a", None, "b"], ValueError, "^classes: 1 missing value in row 1"),
    ],
)
def test_classes_that_do_not_fit_are_refused_wherever_they_come(classes, error, said):
    net, X = small(), samples(20, 5)
    answers = net.predict(X).tolist()
    for act in (
        lambda: setattr(net, "classes", classes),
        lambda: Network(net.sizes, net.activations, net.loss, classes=classes),
        lambda: Network.from_weights(net.weights, net.biases, classes=classes),
    ):
        with pytest.raises(error, match=said):
            act()
    assert net.predict(X).tolist() == [net.predict_one(x) for x in X] == answers
    with pytest.raises(ValueError, match="read-only"):
        net.classes[0] = 1
    assert net.copy().classes.tolist() == net.classes.tolist()
