"""Streams and arguments that do not fit: errors name the example and lose nothing."""

import numpy as np
import pytest

import fastnet
from tests.training.streams import OPTIONS, X, Y, cut, one_by_one

# Some hundred thousand examples in all: as plain Python, the kernels would take half an hour.
pytestmark = pytest.mark.compiled

BAD = {
    "features": ((np.zeros(3), 1), r"x: shape \(3,\), wanted \(4,\)"),
    "NaN": ((np.array([0, 1, np.nan, 0]), 1), "x: nan in column 2, wanted finite"),
    "words": ((["a", "b", "c", "d"], 1), "x: dtype <U1"),
    "a ragged row": (([[1, 2], [3]], 1), "tuple, wanted"),
    "an image": ((np.zeros((2, 2)), 1), r"x: .*wanted \(x, y\)"),
    "a label of another kind": ((np.zeros(4), "rose"), "y: label 'rose'"),
    "a number": ((np.zeros(4), 0.5), "y: dtype float64, but the network's targets are labels"),
    "labels": ((np.zeros(4), [1, 2]), "y: label array"),
    "no label": ((np.zeros(4), None), "y: label None"),
    "no pair": ((np.zeros(4),), "tuple, wanted"),
    "no example": (7, "int, wanted"),
    "nothing": (([], 1), r"x: shape \(0,\), wanted"),
}


@pytest.mark.parametrize("new_labels", [False, True])
@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_named_and_changes_nothing(name, new_labels):
    example, said = BAD[name]
    wanted, _ = one_by_one(X[:130], Y[:130])
    stream = [*zip(X[:130], Y[:130], strict=True), example, *zip(X[130:], Y[130:], strict=True)]
    with pytest.raises((ValueError, TypeError), match=rf"^example 131: {said}") as caught:
        fastnet.train_stream(stream, new_labels=new_labels, **OPTIONS)
    assert caught.value.example == 131
    net = caught.value.network
    assert net.digest() == wanted.digest() and net.classes.tolist() == [0, 1, 2]
    assert [record["samples"] for record in net.history] == [100, 30]
    assert net.stopped is None


@pytest.mark.parametrize("label", [2**63, 2**64, 99999999999999999999, -(10**400)])
def test_a_label_of_more_than_64_bits(label):
    net = fastnet.train_stream([(X[0], label), (X[1], 3), (X[2], label)], hidden=(2,))
    assert net.classes.tolist() == sorted([3, label]) and net.predict_one(X[0]) in (3, label)


@pytest.mark.parametrize("cuts", [(), (1000, 100)])
def test_a_row_that_does_not_fit_in_a_batch(cuts):
    bad = X.copy()
    bad[1120, 2] = np.inf
    wanted, _ = one_by_one(X[:1120], Y[:1120])
    with pytest.raises(ValueError, match=r"^example 1121: x: inf in column 2") as caught:
        fastnet.train_stream(cut(bad, Y, *cuts), **OPTIONS)
    assert caught.value.network.digest() == wanted.digest()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("the line is cut")])
@pytest.mark.parametrize("n", [40, 1130])
def test_what_came_before_an_error_of_the_iterator_is_learned(n, error):
    def stream():
        yield from zip(X[:n], Y, strict=False)
        raise error

    wanted, _ = one_by_one(X[:n], Y[:n])
    with pytest.raises((KeyboardInterrupt, OSError)) as caught:
        fastnet.train_stream(stream(), **OPTIONS)
    assert caught.value.network.digest() == wanted.digest()
    assert sum(record["samples"] for record in caught.value.network.history) == n


def test_an_error_of_a_callback_loses_nothing():
    def stop(net, record):
        raise RuntimeError("enough")

    wanted, _ = one_by_one(X[:100], Y[:100])
    with pytest.raises(RuntimeError, match="enough") as caught:
        fastnet.train_stream(zip(X, Y, strict=True), on_record=stop, **OPTIONS)
    assert caught.value.network.digest() == wanted.digest()
    assert len(caught.value.network.history) == 1


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
@pytest.mark.parametrize("cuts", [(), (1,) * 20])
def test_diverged(cuts):
    far = X[:30, :1] * 10.0 ** np.arange(30)[:, None]
    stream = cut(far, far[:, 0], *cuts)
    with pytest.raises(fastnet.Diverged, match=r"example (\d+): diverged at .* rate 1e\+15") as one:
        fastnet.train_stream(stream, activation="relu", learning_rate=1e15, hidden=())
    net = one.value.network
    assert net.is_finite()
    learned = fastnet.train(far, far[:, 0], hidden=(), activation="relu", epochs=0)
    for x in far[: one.value.example - 1]:
        learned.learn_one(x, x[0], 1e15)
    assert net.digest() == learned.digest()


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
def test_weights_that_are_no_longer_finite_are_not_given_back():
    """The last example makes them so: its own cost was finite."""
    rows = [[1.0], [3e38]]
    with pytest.raises(fastnet.Diverged) as caught:
        fastnet.train_stream(zip(rows, [1.0, 0.0], strict=True), hidden=(), learning_rate=1e4)
    assert caught.value.network.is_finite()


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
@pytest.mark.parametrize("cuts", [(), (1, 1)])
def test_weights_that_are_no_longer_finite_get_no_new_label(cuts):
    stream = cut(np.array([[1e38], [1.0], [1.0]]), np.array([0, 2, 1]), *cuts)
    init = fastnet.Network.initialise(
        (1, 2), ["softmax"], "cross-entropy", start=[np.zeros((1, 2))], classes=[0, 1]
    )
    with pytest.raises(fastnet.Diverged, match=r"^example 2: diverged") as caught:
        fastnet.train_stream(stream, init=init, new_labels=True, learning_rate=1e4)
    net = caught.value.network
    assert net.is_finite() and net.classes.tolist() == [0, 1]


ARGUMENTS = {
    "no iterable": ({"examples": 3}, "^examples: int"),
    "nothing": ({"examples": []}, "^examples: none came"),
    "one class": ({"examples": [(X[:5], [1] * 5)]}, "^examples: only one class, 1, .* first 5"),
    "one class given": ({"classes": ["a"]}, r"^classes: \['a'\]"),
    "numbers as classes": ({"classes": [0.5, 1]}, "^classes: dtype float64"),
    "classes twice": ({"classes": [1, 1]}, "^classes: one of them comes twice"),
    "classes and init": ({"classes": [0, 1], "init": fastnet.train}, "^init: function"),
    "activation": ({"activation": "rleu"}, "^activation: 'rleu'"),
    "hidden": ({"hidden": (0,)}, "^hidden: 0"),
    "loss": ({"loss": "log"}, "^loss: 'log'"),
    "start": ({"start": "best"}, "^start: 'best'"),
    "rate": ({"learning_rate": -1}, "^learning_rate: -1"),
    "dtype": ({"dtype": "float16"}, "^dtype: 'float16'"),
    "seed": ({"seed": -1}, "^seed: -1"),
    "a large seed": ({"seed": 2**128}, "^seed: .*, wanted a whole number from 0 to"),
    "truth": ({"new_labels": "no"}, "^new_labels: 'no', wanted True or False"),
    "a count": ({"new_labels": 1}, "^new_labels: 1, wanted True or False"),
    "on_record": ({"on_record": "x"}, "^on_record: 'x', wanted a function"),
    "on_progress": ({"on_progress": 3}, "^on_progress: 3, wanted a function"),
    "one layer": ({"hidden": 30}, r"^hidden: 30, wanted a sequence of sizes such as \(30,\)"),
    "sizes in words": ({"hidden": "64,32"}, r"^hidden: '64,32', wanted .* such as \(64, 32\)"),
    "a rate": ({"learning_rate": True}, "^learning_rate: True"),
    "arrays": ({"loss": np.zeros(2)}, r"^loss: an array of shape \(2,\)"),
    "array of types": ({"dtype": np.zeros(2)}, r"^dtype: an array of shape \(2,\)"),
    "new labels of numbers": ({"new_labels": True, "examples": [(X[0], 0.5)]}, "^new_labels: True"),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments(name):
    options, said = ARGUMENTS[name]
    options = {"examples": zip(X[:5], Y, strict=False)} | options
    with pytest.raises((ValueError, TypeError), match=said):
        fastnet.train_stream(**options)


def test_init_has_what_it_has(learned):
    for options, said in [
        ({"classes": [0, 1]}, "classes: given, but init has its own"),
        ({"hidden": (7,)}, r"hidden: \(7,\), but init has \(3,\)"),
        ({"dtype": "float64"}, "dtype: .*float64.*, but init has"),
        ({"hidden": (64, 32)}, r"hidden: \(64, 32\), but init has \(3,\)"),
        ({"activation": "relu"}, "activation: relu, sigmoid, but init has"),
        ({"activation": "nonsense"}, "activation: 'nonsense', wanted one of"),
        ({"start": "he"}, "start: given, but init has weights"),
    ]:
        with pytest.raises(ValueError, match=said):
            fastnet.train_stream(zip(X, Y, strict=True), init=learned[0], **options)


def test_what_can_be_read_once_is_enough(learned):
    wanted = fastnet.train_stream(zip(X, Y, strict=True), hidden=(5,), activation="tanh")
    layers = iter([*wanted.activations])
    net = fastnet.train_stream(zip(X, Y, strict=True), hidden=(n for n in [5]), activation=layers)
    assert net.digest() == wanted.digest()
    own = learned[0]
    wanted = fastnet.train_stream(zip(X, Y, strict=True), init=own)
    for name, value in (("hidden", own.sizes[1:-1]), ("activation", "sigmoid"), ("loss", own.loss)):
        options = {name: value}
        again = fastnet.train_stream(zip(X, Y, strict=True), init=own, **options)
        assert again.digest() == wanted.digest()
