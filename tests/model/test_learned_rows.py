"""Rows that are not such as a net has learned: floats up to 255 for pixels, bytes for numbers."""

import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

import fastnet
from fastnet import Ensemble, LearningWarning, Network
from fastnet.formats.layers import input_of
from fastnet.sklearn import FastNetClassifier
from tests.model.test_pixels import BYTES, FLOATS, LABELS, RNG, came

FAR = BYTES.astype(float)  # 0 to 255
TABLE = RNG.normal(40, 30, (60, 6))


def by_one(X: Any) -> Network:
    net = Network.initialise([6, 5, 3], ["tanh", "softmax"], "cross-entropy", classes=[0, 1, 2])
    for x, y in zip(X, LABELS, strict=True):
        net.learn_one(x, y, 0.01)
    return net


def by_parts(X: Any) -> Network:
    net = Network.initialise([6, 5, 3], ["tanh", "softmax"], "cross-entropy", classes=[0, 1, 2])
    net.predict_one(X[0])  # with the doors for one sample made ready
    return net.partial_fit(X, LABELS, 0.01)


LEARNED: dict[str, Callable[[Any], Network]] = {
    "train": lambda X: fastnet.train(X, LABELS, hidden=(4,), epochs=1),
    "a seed": lambda X: fastnet.train_seeds(X, LABELS, 2, hidden=(4,), epochs=1)[1],
    "a stream": lambda X: fastnet.train_stream([(X[:30], LABELS[:30]), (X[30:], LABELS[30:])]),
    "a stream of rows": lambda X: fastnet.train_stream(zip(X, LABELS, strict=True)),
    "learn_one": by_one,
    "partial_fit": by_parts,
    "elsewhere": lambda X: came(X.dtype == np.uint8),
}
LATER: dict[str, Callable[[Network, Any], Any]] = {
    "predict": lambda net, X: net.predict(X),
    "predict_proba": lambda net, X: net.predict_proba(X),
    "predict_one": lambda net, X: net.predict_one(X[0]),
    "score": lambda net, X: net.score(X, LABELS),
    "learn_one": lambda net, X: net.learn_one(X[0], 1),
    "partial_fit": lambda net, X: net.partial_fit(X, LABELS, 0.01),
    "a row to partial_fit": lambda net, X: net.partial_fit(X[:1], LABELS[:1], 0.01),
    "train": lambda net, X: fastnet.train(X, LABELS, init=net, epochs=1, learning_rate=0.01),
    "train_seeds": lambda net, X: fastnet.train_seeds(X, LABELS, 2, init=net, epochs=1),
    "validation": lambda net, X: fastnet.train(
        BYTES, LABELS, init=net, epochs=1, validation_data=(X, LABELS)
    ),
    "train_stream": lambda net, X: fastnet.train_stream([(X, LABELS)], init=net),
    "an ensemble": lambda net, X: Ensemble([net, net.copy()]).predict(X),
    "a row to an ensemble": lambda net, X: Ensemble([net, net.copy()]).predict_one(X[0]),
}
FORMS: dict[str, Callable[[Any], Any]] = {
    "float64": np.asarray,
    "float32": lambda X: X.astype("f4"),
    "int64": lambda X: X.astype(int),
    "lists": lambda X: X.tolist(),
    "sparse": csr_array,
    "images": lambda X: X.reshape(-1, 2, 3),
}
BEYOND = "values up to .*wanted 0 to 1, as the net has learned uint8 pixels.*divide by 255, or give"


@pytest.mark.parametrize("door", LATER)
@pytest.mark.parametrize("how", LEARNED)
def test_a_net_of_pixels_warns_of_floats_up_to_255(how: str, door: str) -> None:
    net = LEARNED[how](BYTES)
    with pytest.warns(LearningWarning, match=BEYOND) as told:
        LATER[door](net, FAR)
    assert len(told) == 1 and told[0].filename == __file__
    other = LEARNED[how](BYTES)
    for X in (FLOATS, FLOATS.astype("f4"), BYTES, FLOATS - FLOATS.mean(axis=0)):
        LATER[door](other, X)


@pytest.mark.parametrize("form", FORMS)
def test_in_every_form(form: str) -> None:
    X = FORMS[form](FAR)
    for door in ["predict"] + ["predict_one"] * (form != "sparse"):
        net = LEARNED["train"](BYTES)
        with pytest.warns(LearningWarning, match=BEYOND):
            LATER[door](net, X)
        LATER[door](net, X)  # it was told


def test_a_black_row_says_nothing_and_the_next_one_does() -> None:
    net = LEARNED["learn_one"](BYTES)
    net.predict_one(np.zeros(6)), net.predict_one(np.zeros(6, "f4"))
    with pytest.warns(LearningWarning, match=BEYOND):
        net.predict_one(FAR[0])


@pytest.mark.parametrize("door", sorted({*LATER} - {"validation"}))
@pytest.mark.parametrize("how", list(LEARNED)[:-1])
def test_a_net_of_other_numbers_warns_of_bytes(how: str, door: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LearningWarning)  # the numbers are not scaled
        net, other = LEARNED[how](TABLE), LEARNED[how](FLOATS)
    with pytest.warns(LearningWarning, match="uint8 rows, taken as .*the net has learned other"):
        LATER[door](net, BYTES)
    LATER[door](other, BYTES)


@pytest.mark.parametrize("how", LEARNED)
def test_files_copies_and_pickles_know_it(how: str, tmp_path: Path) -> None:
    net = LEARNED[how](BYTES)
    net.save(tmp_path / "net.npz")
    Ensemble([net, net]).save(tmp_path / "nets.npz")
    again = [fastnet.load(tmp_path / "net.npz"), fastnet.load(tmp_path / "nets.npz")]
    for one in (*again, net.copy(), pickle.loads(pickle.dumps(net)), net.rounded("int8")):
        with pytest.warns(LearningWarning, match=BEYOND) as told:
            one.predict(FAR)
        assert len(told) == 1


def test_estimators_say_it() -> None:
    model = FastNetClassifier(encode="none", hidden_layer_sizes=(4,), max_iter=3).fit(BYTES, LABELS)
    with pytest.warns(LearningWarning, match=BEYOND):
        model.predict(FAR)
    model.predict(FLOATS)


def test_tables_and_new_classes() -> None:
    frame = pd.DataFrame(BYTES, columns=list("abcdef"))
    net = fastnet.train(frame, LABELS, hidden=(4,), epochs=1, verbose=False)
    net.predict(frame.astype(float)), net.predict_one(frame.iloc[0])
    wide = fastnet.train_stream([(BYTES[0], 7)], init=LEARNED["train"](BYTES), new_labels=True)
    with pytest.warns(LearningWarning, match=BEYOND):
        wide.predict(FAR)


def test_what_leaves_knows_it() -> None:
    for how, learn in LEARNED.items():
        assert input_of(learn(BYTES)) == "uint8", how
        assert input_of(learn(FLOATS)) == "float", how
