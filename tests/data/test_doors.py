"""Labels of each type, for a net whose classes are of each type: all doors say the same."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Network, train, train_stream
from tests.helpers import samples

INDICES = np.array([0, 1, 1, 0] * 3)
X = samples(len(INDICES), 2)
RATE = 0.5

CLASSES = {
    "truth values": [False, True],
    "whole numbers": [0, 1],
    "bytes as numbers": np.array([0, 1], np.uint8),
    "great numbers": [0, 2**70],
    "words": ["0", "1"],
    "bytes": [b"0", b"1"],
}


def one_by_one(net: Network, y: Any) -> None:
    for x, label in zip(X, y, strict=True):
        net.learn_one(x, label, RATE)


def stream(net: Network, examples: Any, **options: Any) -> Network:
    return train_stream(examples, init=net, learning_rate=RATE, **options)


LEARNING: dict[str, Any] = {
    "train": lambda net, y: train(
        X, y, init=net, learning_rate=RATE, schedule="constant", epochs=1, shuffle=False
    ),
    "partial_fit": lambda net, y: net.partial_fit(X, y, RATE),
    "learn_one": one_by_one,
    "a stream": lambda net, y: stream(net, zip(X, y, strict=True)),
    "a stream of batches": lambda net, y: stream(net, [(X[:5], y[:5]), (X[5:], y[5:])]),
    "a stream with new labels": lambda net, y: stream(net, [(X, y)], new_labels=True),
}
JUDGING: dict[str, Any] = {
    "score": lambda net, y: net.score(X, y),
    "validation": lambda net, y: train(
        X, net.classes[INDICES], init=net, validation_data=(X, y), epochs=1
    ),
}


def fresh(kind: str) -> Network:
    return Network.initialise([2, 3, 2], ["sigmoid"] * 2, classes=CLASSES[kind], seed=1)


def learned(door: str, net: Network, y: Any) -> str:
    return (LEARNING[door](net, y) or net).digest()


WHOLE: dict[str, Any] = {
    "truth values": [bool(k) for k in INDICES],
    "NumPy's truth values": INDICES > 0,
    "whole numbers": INDICES.tolist(),
    "bytes": INDICES.astype(np.uint8),
    "objects": INDICES.astype(object),
    "both": [bool(k) if place % 2 else int(k) for place, k in enumerate(INDICES)],
}


@pytest.mark.parametrize("kind", ["truth values", "whole numbers", "bytes as numbers"])
@pytest.mark.parametrize("door", LEARNING)
def test_true_is_1_at_every_door(door, kind):
    wanted = learned("partial_fit", fresh(kind), fresh(kind).classes[INDICES])
    for y in WHOLE.values():
        assert learned(door, fresh(kind), y) == wanted


@pytest.mark.parametrize("kind", ["truth values", "whole numbers", "bytes as numbers"])
def test_true_is_1_to_every_judge(kind):
    net = fresh(kind)
    wanted = JUDGING["validation"](fresh(kind), net.classes[INDICES]).history
    for y in WHOLE.values():
        assert net.score(X, y) == net.score(X, net.classes[INDICES])
        history = JUDGING["validation"](fresh(kind), y).history
        assert history[0]["val_loss"] == wanted[0]["val_loss"]


NUMBERS: dict[str, Any] = {
    "float64": INDICES.astype(float),
    "float32": INDICES.astype(np.float32),
    "Python's": INDICES.astype(float).tolist(),
    "decimals": [Decimal(int(k)) for k in INDICES],
}


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("door", [*LEARNING, *JUDGING])
def test_numbers_that_equal_labels_are_none_at_every_door(door, kind):
    act = (LEARNING | JUDGING)[door]
    for y in NUMBERS.values():
        net = fresh(kind)
        label = net.classes.tolist()[0]
        said = r"y: dtype \w+, but the network's targets are labels such as " + repr(label)
        with pytest.raises(ValueError, match=f"^(example 1: |validation_data )?{said}$"):
            act(net, y)
        assert net.digest() == fresh(kind).digest()


OTHERS: list[tuple[str, Any]] = [
    ("truth values", ["0", "1"]), ("whole numbers", ["0", "1"]), ("whole numbers", [b"0", b"1"]),
    ("whole numbers", [2, 1]), ("great numbers", [1, 2**69]), ("words", [0, 1]),
    ("words", [b"0", b"1"]), ("words", [False, True]), ("bytes", ["0", "1"]), ("bytes", [0, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "labels"), OTHERS)
@pytest.mark.parametrize("door", [name for name in [*LEARNING, "score"] if "new" not in name])
def test_a_label_that_is_none_of_the_classes_is_named_at_every_door(door, kind, labels):
    y = [labels[k] for k in INDICES]
    for same in (y, np.array(y)):
        net = fresh(kind)
        if (
            door == "score"
            and kind in ("whole numbers", "great numbers")
            and type(labels[0]) is int
        ):  # of their type: they count as wrong
            with pytest.warns(fastnet.LearningWarning, match="none of the network's classes"):
                assert net.score(X, y) <= 0.5
            continue
        said = rf"y: label {labels[0]!r}( in rows .*)? is none of the net's classes \("
        with pytest.raises(ValueError, match=f"^(example 1: )?{said}"):
            (LEARNING | JUDGING)[door](net, same)


@pytest.mark.parametrize(("kind", "new", "classes"), [
    ("truth values", 2, [0, 1, 2]), ("whole numbers", 7, [0, 1, 7]),
    ("whole numbers", 2**70, [0, 1, 2**70]), ("words", "zebra", ["0", "1", "zebra"]),
    ("bytes", b"22", [b"0", b"1", b"22"]),
])  # fmt: skip
def test_a_new_label_is_added_to_those_of_its_type(kind, new, classes):
    y = [*fresh(kind).classes[INDICES].tolist()[:-1], new]
    net = train_stream(zip(X, y, strict=True), init=fresh(kind), new_labels=True)
    assert net.classes.tolist() == classes
    for other in {"0", 9, b"9"} - {classes[0]}:
        if type(other) is not type(classes[-1]):
            with pytest.raises(ValueError, match=rf"^example 1: y: label {other!r}, wanted one of"):
                train_stream([(X[0], other)], init=fresh(kind), new_labels=True)


@pytest.mark.parametrize("of", [np.timedelta64, np.datetime64])
def test_times_are_no_labels_at_any_door(of):
    y = [of(int(k), "s") for k in INDICES]
    for same in (y, np.array(y)):
        for door, act in (LEARNING | JUDGING).items():
            net = fresh("whole numbers")
            with pytest.raises((ValueError, TypeError), match="y: "):
                act(net, same)
            assert net.digest() == fresh("whole numbers").digest(), door
        with pytest.raises(TypeError, match=r"^y: .*wanted class labels"):
            train(X, same)
