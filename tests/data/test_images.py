"""Images, (n, rows, columns): at every door they are the rows that their pixels make."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, Network, train, train_seeds, train_stream

RNG = np.random.default_rng(6)
IMAGES = RNG.integers(0, 256, (40, 4, 5), np.uint8)
COLOURED = RNG.integers(0, 256, (40, 4, 5, 3), np.uint8)
Y = np.arange(40) % 3
OPTIONS: dict[str, Any] = {"hidden": (6,), "seed": 2}


def flat(X: Any) -> Any:
    return X.reshape(len(X), -1)


def fresh(X: Any) -> Network:
    return train(flat(X), Y, epochs=0, **OPTIONS)


def one_by_one(net: Network, X: Any) -> None:
    for x, y in zip(X, Y, strict=True):
        net.learn_one(x, y, 0.1)


LEARNING: dict[str, Any] = {
    "train": lambda net, X: train(X, Y, epochs=1, **OPTIONS),
    "init": lambda net, X: train(X, Y, init=net, epochs=1),
    "validation": lambda net, X: train(flat(X), Y, validation_data=(X, Y), epochs=1, **OPTIONS),
    "train_seeds": lambda net, X: train_seeds(X, Y, 2, epochs=1, hidden=(6,)),
    "a stream": lambda net, X: train_stream([(X[:9], Y[:9]), (X[9:], Y[9:])], init=net),
    "a new stream": lambda net, X: train_stream([(X, Y)], hidden=(6,)),
    "partial_fit": lambda net, X: net.partial_fit(X, Y),
    "learn_one": one_by_one,
    "lists": lambda net, X: train((X / 255).tolist(), Y, epochs=1, **OPTIONS),
}
ANSWERING: dict[str, Any] = {
    "predict": lambda net, X: net.predict(X),
    "predict_proba": lambda net, X: net.predict_proba(X),
    "score": lambda net, X: net.score(X, Y),
    "predict_one": lambda net, X: [net.predict_one(x) for x in X],
    "floats": lambda net, X: [net.predict_one(x / 255) for x in X],
    "a slice": lambda net, X: net.predict(X[::2]),
    "an ensemble": lambda net, X: Ensemble([net, net]).predict_proba(X),
    "one to an ensemble": lambda net, X: [Ensemble([net, net]).predict_one(x) for x in X],
}


@pytest.mark.parametrize("X", [IMAGES, COLOURED, np.asfortranarray(IMAGES)], ids=np.shape)
@pytest.mark.parametrize("door", [*LEARNING, *ANSWERING])
def test_images_are_the_rows_of_their_pixels(door: str, X: Any) -> None:
    nets = [fresh(X), fresh(X)]
    if door in LEARNING:
        learned = [LEARNING[door](net, x) or net for net, x in zip(nets, (X, flat(X)), strict=True)]
        assert learned[0].digest() == learned[1].digest()
        return
    answers = [ANSWERING[door](net, x) for net, x in zip(nets, (X, flat(X)), strict=True)]
    np.testing.assert_array_equal(*answers)


def test_the_record_is_that_of_the_rows() -> None:
    one, other = (train(X, Y, epochs=1, **OPTIONS) for X in (IMAGES, flat(IMAGES)))
    assert one.run == other.run


def test_images_of_another_size_are_named() -> None:
    net = fresh(IMAGES)
    for act in (net.predict, lambda X: net.score(X, Y), lambda X: net.partial_fit(X, Y)):
        said = r"^X: 60 features \(4 x 5 x 3\), but the net takes 20$"
        with pytest.raises(ValueError, match=said):
            act(COLOURED)
    with pytest.raises(ValueError, match=r"^x: shape \(4, 5, 3\), wanted \(20,\)"):
        net.predict_one(COLOURED[0])


def test_a_file_of_images(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", IMAGES)
    (X, y), _ = fastnet.datasets.read(tmp_path / "images.npy", labels=False)
    assert y is None and np.array_equal(X, flat(IMAGES))
