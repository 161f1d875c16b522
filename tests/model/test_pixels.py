"""Pixels that meet a net from another library: one warning where nobody says what it wants."""

import copy
import itertools
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, LearningWarning, Network
from fastnet.formats.layers import Layer, Meaning, network

RNG = np.random.default_rng(3)
BYTES = RNG.integers(0, 256, (60, 6), np.uint8)
FLOATS = BYTES / 255
LABELS = np.arange(60) % 3
WEIGHTS = [RNG.normal(size=(6, 5)), RNG.normal(size=(5, 3))]


def came(pixels: bool | None) -> Network:
    """A net that came in."""
    layers = [
        Layer(WEIGHTS[0], np.zeros(5), "tanh"),
        Layer(WEIGHTS[1], np.zeros(3), "softmax"),
    ]
    return network(layers, Meaning("classification", "cross-entropy", [0, 1, 2], None, pixels))


def stream(net: Network) -> Any:
    return fastnet.train_stream(itertools.islice(zip(BYTES, LABELS, strict=True), 50), init=net)


DOORS: dict[str, Callable[[Network], Any]] = {
    "predict": lambda net: net.predict(BYTES),
    "predict_proba": lambda net: net.predict_proba(BYTES),
    "predict_one": lambda net: net.predict_one(BYTES[0]),
    "score": lambda net: net.score(BYTES, LABELS),
    "learn_one": lambda net: net.learn_one(BYTES[0], 1),
    "partial_fit": lambda net: net.partial_fit(BYTES, LABELS),
    "a row to partial_fit": lambda net: net.partial_fit(BYTES[:1], LABELS[:1]),
    "train": lambda net: fastnet.train(BYTES, LABELS, init=net, epochs=1),
    "train_seeds": lambda net: fastnet.train_seeds(BYTES, LABELS, 2, init=net, epochs=1),
    "train_stream": stream,
    "an ensemble": lambda net: Ensemble([net, net.copy()]).predict(BYTES),
    "a row to an ensemble": lambda net: Ensemble([net, net.copy()]).predict_one(BYTES[0]),
    "a copy": lambda net: net.copy().predict(BYTES),
    "a deep copy": lambda net: copy.deepcopy(net).predict(BYTES),
    "a pickle": lambda net: pickle.loads(pickle.dumps(net)).predict(BYTES),
}


@pytest.mark.parametrize("door", DOORS)
def test_the_first_pixels_give_one_warning(door: str) -> None:
    with pytest.warns(LearningWarning, match=r"uint8.* v / 255.*pixels=False.*=True") as told:
        DOORS[door](came(None))
    assert len(told) == 1
    assert told[0].filename == __file__


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("pixels", [True, False])
def test_where_it_is_said_there_is_none(door: str, pixels: bool) -> None:
    DOORS[door](came(pixels))


def test_there_is_one_for_all_calls_and_none_for_floats() -> None:
    net = came(None)
    net.predict(FLOATS), net.predict_one(FLOATS[0]), net.copy().partial_fit(FLOATS, LABELS)
    net.predict(BYTES.astype(np.int64)[:1])
    with pytest.warns(LearningWarning) as told:
        for _ in range(2):
            net.predict_one(BYTES[0]), net.predict(BYTES), net.learn_one(BYTES[0], 0)
            net.copy().predict(BYTES)  # it knows what the net has said
            pickle.loads(pickle.dumps(net)).predict(BYTES)
    assert len(told) == 1


def test_the_answers_are_those_of_the_scaled_rows() -> None:
    with pytest.warns(LearningWarning):
        answers = came(None).predict_proba(BYTES)
    np.testing.assert_allclose(answers, came(False).predict_proba(FLOATS), rtol=1e-9)
    raw = came(False).predict_proba(BYTES.astype(float))
    np.testing.assert_allclose(came(True).predict_proba(BYTES), raw, rtol=1e-9)


def test_as_an_error_it_comes_before_anything_is_learned() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", LearningWarning)
        for door in ("learn_one", "partial_fit", "a row to partial_fit"):
            net = came(None)
            before = net.digest()
            with pytest.raises(LearningWarning):
                DOORS[door](net)
            assert net.digest() == before
            DOORS[door](net)  # it was told
            assert net.digest() != before


@pytest.mark.parametrize("pixels", [True, False, None])
def test_a_file_keeps_what_is_said(tmp_path: Path, pixels: bool | None) -> None:
    net, wanted = came(pixels), came(bool(pixels)).predict_proba(BYTES).tolist()
    net.save(tmp_path / "net.npz")
    Ensemble([net, net.copy()]).save(tmp_path / "nets.npz")
    for name in ("net.npz", "nets.npz"):
        again = fastnet.load(tmp_path / name)
        if pixels is None:
            with pytest.warns(LearningWarning):
                again.predict(BYTES)
        assert again.predict_proba(BYTES).tolist() == wanted
    assert fastnet.load(tmp_path / "net.npz").origin == net.origin == {"pixels": pixels}


def test_nets_of_fastnet_ask_nothing() -> None:
    net = fastnet.train(FLOATS, LABELS, hidden=(4,), epochs=1)
    net.predict(BYTES), net.predict_one(BYTES[0])
    assert net.origin is None
