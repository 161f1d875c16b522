"""Arguments of train() that do not fit: each is named before anything is learned."""

from typing import Any

import numpy as np
import pytest

from fastnet import train
from tests.functions import SWISH

NET = train(np.eye(3), [0, 1, 2], hidden=(4,), epochs=0)


def never(*_: Any) -> None:
    raise AssertionError("something was learned")


BAD = [
    ({"hidden": 64}, TypeError, "hidden: 64"),
    ({"hidden": (0,)}, ValueError, "hidden: 0, wanted a whole number >= 1"),
    ({"hidden": (8, -2)}, ValueError, "hidden: -2"),
    ({"hidden": (8.0,)}, ValueError, "hidden: 8.0"),
    ({"hidden": (True,)}, ValueError, "hidden: True"),
    ({"hidden": (np.nan,)}, ValueError, "hidden: nan"),
    ({"hidden": ((8,),)}, ValueError, r"hidden: \(8,\)"),
    ({"hidden": (10**9, 10**9)}, ValueError, "sizes: .* parameters"),
    ({"hidden": (10**30,)}, ValueError, "hidden: 10+, wanted a whole number from 1 to"),
    ({"activation": "softmax"}, ValueError, "activation: 'softmax'"),
    ({"activation": "swish"}, ValueError, "activation: 'swish', wanted one of sigmoid, tanh"),
    ({"activation": 3}, TypeError, "activation: 3"),
    ({"activation": ["relu"]}, ValueError, "activation: 1 names, wanted 3"),
    ({"activation": ["relu"] * 4}, ValueError, "activation: 4 names, wanted 3"),
    ({"activation": ["softmax", "relu", "relu"]}, ValueError, "activation: 'softmax'"),
    ({"activation": ["relu", "relu", "softmax"]}, ValueError, "'softmax' outputs with quadratic"),
    ({"activation": ["relu", 3, "relu"]}, ValueError, "activation: 3"),
    ({"loss": "mse"}, ValueError, "loss: 'mse', wanted one of quadratic, cross-entropy"),
    (
        {"loss": "cross-entropy", "activation": ["relu", "relu", "identity"]},
        ValueError,
        "activation: 'identity' outputs with cross-entropy loss, wanted softmax or sigmoid",
    ),
    ({"activation": np.tanh}, TypeError, "activation: <ufunc 'tanh'>, wanted a name or .f, f_pri"),
    ({"activation": (3, np.tanh)}, TypeError, "activation: 3, wanted a function compiled"),
    ({"activation": SWISH[:1]}, ValueError, r"activation: \(swish\), wanted two functions"),
    (
        {"loss": "cross-entropy", "activation": ["relu", "relu", SWISH]},
        ValueError,
        "activation: 'swish/swish_prime' outputs with cross-entropy loss, wanted softmax or sigm",
    ),
    ({"start": "xavier"}, ValueError, "start: 'xavier', wanted one of glorot, he, normal, norm"),
    ({"start": 3}, TypeError, r"start: 3, wanted a name, \(low, high\), or each layer's weights"),
    ({"start": (1, -1)}, ValueError, r"start: \(1, -1\), wanted finite numbers, low <= high"),
    ({"start": (0, np.nan)}, ValueError, r"start: \(0, nan\), wanted finite numbers"),
    ({"start": (-1e308, 1e308)}, ValueError, r"start: \(-1e\+308, 1e\+308\), wanted finite"),
    ({"start": (0, 1e300)}, ValueError, "start: NaN or infinite, wanted .* within float32"),
    ({"start": ("a", "b")}, ValueError, r"start: \('a', 'b'\), wanted finite numbers"),
    ({"start": [np.eye(3)]}, ValueError, "start: 1 arrays, wanted 3, one for each layer"),
    ({"start": [np.eye(3)] * 3}, ValueError, r"start\[0\]: shape \(3, 3\), wanted \(3, 64\)"),
    ({"start": [[[1, 2], [3]]], "hidden": ()}, ValueError, r"start\[0\]: rows of different"),
    ({"start": [np.full((3, 3), "a")], "hidden": ()}, TypeError, r"start\[0\]: dtype <U1, wanted"),
    ({"start": [np.eye(3) * np.nan], "hidden": ()}, ValueError, "start: NaN or infinite"),
    ({"init": NET, "start": "he"}, ValueError, "start: given, but init has weights"),
    ({"schedule": "cosine"}, ValueError, "schedule: 'cosine', wanted one of constant, linear"),
    ({"schedule": lambda p: -p - 1}, ValueError, "schedule: -1 at progress 0, wanted finite"),
    ({"warm_up": 1.5}, ValueError, r"warm_up: 1.5, wanted a number in \[0, 1\]"),
    ({"warm_up": None}, ValueError, "warm_up: None"),
    ({"sample_weight": [1, 2]}, ValueError, r"sample_weight: shape \(2,\), .*wanted \(3,\)"),
    ({"sample_weight": [1, 2, -3]}, ValueError, "sample_weight: -3 for sample 2"),
    ({"class_weight": {3: 1}}, ValueError, "class_weight: label 3 is none of the net's classes"),
    ({"class_weight": "even"}, TypeError, "class_weight: 'even', wanted 'balanced' or"),
    ({"validation_fraction": 0.1}, ValueError, "validation_fraction: 0.1 of 3 samples are 0"),
    (
        {"validation_fraction": 0.5, "validation_data": (np.eye(3), [0, 1, 2])},
        ValueError,
        "validation_fraction: given, but so is validation_data",
    ),
    ({"schedule": "plateau"}, ValueError, "schedule: 'plateau', but there is no patience, wanted"),
    (
        {"patience": 2, "validation_fraction": 0.4, "average": 0.5},
        ValueError,
        "average: 0.5, but patience is given too, wanted one: the mean weights or the best",
    ),
    ({"average": 1.5}, ValueError, r"average: 1.5, wanted a number in \[0, 1\]"),
    ({"l2": -1}, ValueError, "l2: -1, wanted a number >= 0"),
    ({"l2": 6.0}, ValueError, "l2: 6 at a learning rate of 0.2 subtracts more than half of each"),
    ({"target_accuracy": 2}, ValueError, "target_accuracy: 2, wanted"),
    ({"max_seconds": -1}, ValueError, "max_seconds: -1, wanted a number >= 0"),
    ({"dtype": "float16"}, ValueError, "dtype: 'float16', wanted one of float32, float64"),
    ({"dtype": "int32"}, ValueError, "dtype: 'int32'"),
    ({"dtype": "double trouble"}, ValueError, "dtype: 'double trouble'"),
    ({"dtype": 3}, ValueError, "dtype: 3"),
    ({"learning_rate": -0.1}, ValueError, "learning_rate: -0.1, wanted a number >= 0"),
    ({"learning_rate": np.nan}, ValueError, "learning_rate: nan"),
    ({"learning_rate": np.inf}, ValueError, "learning_rate: inf"),
    ({"learning_rate": "fast"}, ValueError, "learning_rate: 'fast'"),
    ({"learning_rate": [0.1]}, ValueError, r"learning_rate: \[0.1\]"),
    ({"learning_rate": 1j}, ValueError, "learning_rate: 1j"),
    ({"learning_rate": np.complex64(1)}, ValueError, "learning_rate: "),
    ({"learning_rate": 1e300}, ValueError, r"learning_rate: 1e\+300"),  # not even a float32
    ({"epochs": -1}, ValueError, "epochs: -1, wanted a whole number >= 0"),
    ({"epochs": 2.0}, ValueError, "epochs: 2.0"),
    ({"epochs": True}, ValueError, "epochs: True"),
    ({"epochs": "3"}, ValueError, "epochs: '3'"),
    ({"seed": -1}, ValueError, "seed: -1, wanted a whole number >= 0"),
    ({"seed": 1.5}, ValueError, "seed: 1.5"),
    ({"seed": None}, ValueError, "seed: None"),
    ({"seed": "abc"}, ValueError, "seed: 'abc'"),
    ({"seed": np.random.default_rng(0)}, ValueError, "seed: Generator"),
    ({"threads": 0}, ValueError, "threads: 0, wanted a whole number >= 1"),
    ({"threads": 1.5}, ValueError, "threads: 1.5"),
    ({"threads": True}, ValueError, "threads: True"),
    ({"threads": None}, ValueError, "threads: None"),
    ({"threads": "all"}, ValueError, "threads: 'all'"),
    ({"init": "net"}, TypeError, "init: str, wanted a Network"),
    ({"init": NET.weights}, TypeError, "init: Layers, wanted a Network"),
    ({"init": NET, "hidden": (5,)}, ValueError, r"hidden: \(5,\), but init has \(4,\)"),
    ({"init": NET, "hidden": 5}, TypeError, "hidden: 5"),
    ({"init": NET, "loss": "cross-entropy"}, ValueError, "loss: 'cross-entropy', but init has"),
    ({"init": NET, "dtype": "float64"}, ValueError, "dtype: .*float64.*, but init has .*float32"),
    ({"hidden": "64,32"}, TypeError, r"hidden: '64,32', wanted a sequence of sizes such as \(64"),
    ({"hidden": 30}, TypeError, r"hidden: 30, wanted a sequence of sizes such as \(30,\)"),
    ({"hidden": {30}}, TypeError, r"hidden: \{30\}, wanted a sequence"),
    ({"hidden": np.array(30)}, TypeError, r"hidden: .*30.*, wanted a sequence of sizes such as \("),
    ({"hidden": np.array([30.0])}, ValueError, "hidden: .*30.0.*, wanted a whole number >= 1"),
    ({"activation": "nonsense", "hidden": ()}, ValueError, "activation: 'nonsense', wanted one of"),
    ({"activation": {"relu"}}, TypeError, r"activation: \{'relu'\}, wanted a name or"),
    ({"activation": ["relu", "relu", 3]}, ValueError, "activation: 3, wanted one of"),
    ({"loss": np.array(["quadratic"])}, ValueError, r"loss: an array of shape \(1,\), wanted one"),
    ({"loss": ["quadratic", "cross-entropy"]}, ValueError, "loss: .'quadratic', 'cross-entropy'."),
    ({"dtype": np.zeros(2)}, ValueError, r"dtype: an array of shape \(2,\), wanted one of"),
    ({"threads": np.ones(2)}, ValueError, r"threads: an array of shape \(2,\), wanted"),
    ({"threads": 2.0}, ValueError, "threads: 2.0, wanted a whole number >= 1, or 'auto'"),
    ({"epochs": 10**30}, ValueError, "epochs: 10+, wanted a whole number from 0 to 2147483648"),
    ({"epochs": np.array([2])}, ValueError, r"epochs: an array of shape \(1,\), wanted"),
    ({"learning_rate": True}, ValueError, "learning_rate: True, wanted a number >= 0"),
    ({"learning_rate": np.array(True)}, ValueError, "learning_rate: .*True.*, wanted a number"),
    ({"learning_rate": np.ones(1)}, ValueError, r"learning_rate: an array of shape \(1,\)"),
    ({"learning_rate": 10**400}, ValueError, "learning_rate: a whole number of 1329 bits"),
    ({"shuffle": "no"}, TypeError, "shuffle: 'no', wanted True or False"),
    ({"shuffle": 1}, TypeError, "shuffle: 1, wanted True or False"),
    ({"shuffle": None}, TypeError, "shuffle: None, wanted True or False"),
    ({"resume": "yes"}, TypeError, "resume: 'yes', wanted True or False"),
    ({"verbose": "no"}, TypeError, "verbose: 'no', wanted True or False"),
    ({"verbose": 1}, TypeError, "verbose: 1, wanted True or False"),
    ({"on_epoch": "x"}, TypeError, "on_epoch: 'x', wanted a function"),
    ({"on_epoch": [print]}, TypeError, "on_epoch: .*, wanted a function"),
    ({"checkpoint": 5}, TypeError, "checkpoint: 5, wanted a path"),
    ({"checkpoint": True}, TypeError, "checkpoint: True, wanted a path"),
    ({"validation_fraction": "0.1"}, ValueError, "validation_fraction: '0.1', wanted a number in"),
    ({"class_weight": {0: True}}, ValueError, "class_weight: True, wanted a number >= 0"),
    ({"start": {1, 2}}, TypeError, r"start: \{1, 2\}, wanted a name"),
    ({"start": b"he"}, TypeError, "start: b'he', wanted a name"),
    ({"start": [np.eye(3) * 1j], "hidden": ()}, TypeError, r"start\[0\]: dtype complex128"),
    ({"init": NET, "hidden": (64, 32)}, ValueError, r"hidden: \(64, 32\), but init has \(4,\)"),
    ({"init": NET, "activation": "nonsense"}, ValueError, "activation: 'nonsense', wanted one of"),
    ({"init": NET, "activation": 3}, TypeError, "activation: 3, wanted a name"),
    ({"init": NET, "activation": "relu"}, ValueError, "activation: relu, sigmoid, but init has"),
    ({"init": NET, "activation": SWISH}, ValueError, "activation: swish/swish_prime, sigm"),
    (
        {"init": NET, "activation": ["sigmoid", "tanh"]},
        ValueError,
        "activation: sigmoid, tanh, but init has sigmoid, sigmoid",
    ),
    ({"init": NET, "activation": ["relu"] * 3}, ValueError, "activation: 3 names, wanted 2"),
    ({"validation_data": 3}, TypeError, "validation_data: int, wanted .X, y."),
    ({"validation_data": np.eye(3)}, TypeError, "validation_data: ndarray, wanted .X, y."),
    ({"validation_data": (np.eye(3),)}, TypeError, "validation_data: tuple, wanted .X, y."),
    ({"validation_data": (np.eye(3), [0, 1, 2], 0)}, TypeError, "validation_data: "),
]


@pytest.mark.parametrize(
    ("options", "error", "message"), BAD, ids=[f"{k}: {', '.join(c[0])}" for k, c in enumerate(BAD)]
)
def test_bad_arguments_are_named_before_anything_is_learned(options, error, message):
    digest = NET.digest()
    with pytest.raises(error, match=message) as caught:
        train(np.eye(3), [0, 1, 2], on_progress=never, **options)
    assert "\n" not in str(caught.value)
    assert NET.digest() == digest and NET.history == []


@pytest.mark.parametrize("value", ["x", 5, [], np.zeros(2)], ids=str)
def test_what_cannot_be_called_is_no_callback(value):
    for name in ("on_epoch", "on_progress"):
        with pytest.raises(TypeError, match=f"^{name}: .*, wanted a function"):
            train(np.eye(3), [0, 1, 2], **{name: value})


def test_validation_data_is_checked_before_anything_is_learned():
    X, y = np.eye(3), [0, 1, 2]
    for validation, message in [
        ((X[:, :2], y), "validation_data X: 2 features, but the net takes 3"),
        ((X, y[:2]), r"validation_data y: shape \(2,\), wanted \(3,\)"),
        ((X, [3, 4, 3]), r"validation_data y: label 3 in rows 0, 2 is none of the net's classes"),
        ((X, ["a", "b", "c"]), "validation_data y: label .*a.* is none of the net's classes"),
        ((X, [0.0, 1.0, 2.0]), "validation_data y: dtype float64, but .* labels such as"),
        ((X * np.nan, y), "validation_data X: nan in row 0, column 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            train(X, y, validation_data=validation, on_progress=never)


@pytest.mark.parametrize(
    ("output", "y", "message"),
    [
        ("sigmoid", [0.5, 1.5], "y: 1.5, wanted numbers within .0, 1., as sigmoid outputs are"),
        ("sigmoid", [-0.5, 1.0], "y: -0.5, wanted"),
        ("tanh", [-1.5, 1.0], "y: -1.5, wanted numbers within .-1, 1., as tanh outputs are"),
        ("scaled-tanh", [0.0, 1.72], r"y: 1.72.*, wanted numbers within .-1.7159, 1.7159., as sc"),
        ("relu", [-0.1, 9.0], "y: -0.1.*, wanted numbers within .0, inf., as relu outputs are"),
    ],
)
def test_targets_out_of_the_outputs_reach(output, y, message):
    options: dict[str, Any] = {"hidden": (3,), "activation": ["tanh", output]}
    with pytest.raises(ValueError, match=message):
        train(np.eye(2), y, on_progress=never, **options)
    net = train(np.eye(2), [0.25, 0.75], epochs=1, **options)
    for act in (
        lambda: train(np.eye(2), y, init=net, on_progress=never),
        lambda: net.score(np.eye(2), y),
    ):
        with pytest.raises(ValueError, match=message):
            act()
    with pytest.raises(ValueError, match="validation_data " + message):
        train(np.eye(2), [0.2, 0.3], validation_data=(np.eye(2), y), on_progress=never, **options)


def test_several_labels_lie_between_0_and_1():
    with pytest.raises(ValueError, match=r"y: 2.0, wanted numbers within"):
        train(np.eye(2), [[0, 1], [2, 0]], loss="cross-entropy", on_progress=never)


def test_only_the_data_are_positional():
    with pytest.raises(TypeError, match="positional"):
        train(np.eye(2), [0, 1], (5,))  # type: ignore[misc]
