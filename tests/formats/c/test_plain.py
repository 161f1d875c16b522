"""Nets of plain rows in C, compiled and run: labels and probabilities are those of `predict`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, Network
from fastnet.formats.c import twin
from fastnet.formats.layers import exported
from fastnet.kernels.activations import ACTIVATIONS, HIDDEN

from .plain import GCC, answers, bound, built

GXX = ("g++", "-std=c++11", "-O1")
EXACT = (*GCC, "-ffp-contract=off")
RNG = np.random.default_rng(3)
(X, Y), (X_TEST, Y_TEST) = fastnet.datasets.load("digits")


def net(sizes: tuple[int, ...], *activations: str, **options: Any) -> Network:
    """A net with random weights and biases."""
    made = Network.initialise(sizes, activations, seed=1, **options)
    made.biases = [RNG.normal(size=len(b)) for b in made.biases]
    return made


def all_nets() -> dict[str, Any]:
    """Nets of all activations, tasks and kinds of labels."""
    nets: dict[str, Any] = {
        f"{hidden.replace('-', '')}_{output.replace('-', '')}": net(
            (7, 6, 5, 3), hidden, hidden, output,
            loss="cross-entropy" if output == "softmax" else "quadratic", classes=range(3),
        )
        for hidden, output in zip([*HIDDEN, HIDDEN[0]], ACTIVATIONS, strict=True)
    }  # fmt: skip
    three = [net((4, n, 2), "tanh", "softmax", loss="cross-entropy", classes=["a", "b"])
             for n in (2, 3)]  # fmt: skip
    return nets | {
        "no_hidden": net((5, 2), "sigmoid", classes=["no", "yes"]),
        "one_input": net((1, 3, 2), "relu", "sigmoid", classes=[False, True]),
        "one_class": net((2, 3, 1), "relu", "sigmoid", classes=["only"]),
        "several": net((6, 4, 3), "tanh", "sigmoid", loss="cross-entropy"),
        "whether": net((6, 4, 1), "tanh", "sigmoid", loss="cross-entropy"),
        "number": net((6, 4, 1), "relu", "identity"),
        "numbers": net((6, 4, 2), "scaled-tanh", "identity"),
        "wide": net((3, 9, 2, 8, 4), "tanh", "relu", "tanh", "sigmoid", classes=range(4)),
        "float64": net((5, 4, 3), "tanh", "sigmoid", dtype="float64", classes=range(3)),
        "together": Ensemble(three),
        "numbers_together": Ensemble([net((3, n, 1), "tanh", "identity") for n in (4, 2, 5)]),
    }


NETS = all_nets()


@pytest.mark.parametrize(
    ("command", "weights"), [(GCC, "float32"), (GXX, "float32"), (EXACT, "int8")]
)
def test_all_kinds_of_nets(command: Any, weights: str, tmp_path: Path) -> None:
    made = built(tmp_path, NETS, command, weights)
    for name, one in NETS.items():
        rows = RNG.normal(size=(40, one.n_features)).astype(np.float32) * 3
        rows[0], rows[1, 0] = 0, 0
        outputs, found = answers(made, name, one, rows)
        if weights == "int8":  # the arithmetic is exactly that of the twin
            np.testing.assert_array_equal(outputs, twin.outputs(exported(one, "C"), rows), name)
            continue
        assert (np.abs(outputs - one.predict_proba(rows)) <= bound(one, rows)).all(), name
        if one.task == "regression":
            np.testing.assert_array_equal(found.reshape(outputs.shape), outputs, name)
        else:
            np.testing.assert_array_equal(found, one.predict(rows), name)


@pytest.fixture(scope="module")
def digits() -> Network:
    return fastnet.train(X, Y, hidden=(16, 16), epochs=3)


@pytest.mark.compiled
def test_all_bundled_digits(digits: Network, tmp_path: Path) -> None:
    made = built(tmp_path, {"digits": digits})
    rows = np.concatenate([X, X_TEST])
    outputs, labels = answers(made, "digits", digits, rows)
    np.testing.assert_array_equal(labels, digits.predict(rows))
    assert (np.abs(outputs - digits.predict_proba(rows)) <= bound(digits, rows)).all()
    assert np.abs(outputs - digits.predict_proba(rows)).max() < 5e-6  # what docs/c.md says


@pytest.mark.compiled
def test_int8_weights_answer_as_their_twin(digits: Network, tmp_path: Path) -> None:
    made = built(tmp_path, {"digits": digits}, EXACT, "int8")
    outputs, labels = answers(made, "digits", digits, X_TEST)
    own = twin.outputs(exported(digits, "C"), X_TEST)
    np.testing.assert_array_equal(outputs, own)
    report = fastnet.formats.export(
        digits, "c", tmp_path / "other.h", weights="int8", data=(X_TEST, Y_TEST)
    )
    before = report["score"]["before"]
    assert report["score"]["samples"] == len(Y_TEST) and before == digits.score(X_TEST, Y_TEST)
    assert report["score"]["after"] == np.mean(labels == Y_TEST) > before - 0.01


@pytest.mark.compiled
def test_input_as_float_is_what_predict_takes(digits: Network, tmp_path: Path) -> None:
    made = built(tmp_path, {"digits": digits}, input="float")
    rows = (X_TEST[:200] / 255).astype(np.float32)
    outputs, labels = answers(made, "digits", digits, rows)
    np.testing.assert_array_equal(labels, digits.predict(rows))
    assert (np.abs(outputs - digits.predict_proba(rows)) <= bound(digits, rows, "float")).all()


def test_numbers_that_are_not_finite_do_no_harm(tmp_path: Path) -> None:
    """NaN gives NaN, not an index out of range; the sanitizers of the heavy test look on."""
    chosen = {name: NETS[name] for name in ("sigmoid_softmax", "wide", "together", "number")}
    sanitizers = ("-fsanitize=undefined", "-fno-sanitize-recover")
    for weights in ("float32", "int8"):
        made = built(tmp_path, chosen, (*GCC, *sanitizers), weights)
        for name, one in chosen.items():
            rows = np.full((4, one.n_features), np.nan, np.float32)
            rows[1:] = np.array([np.inf, -np.inf, 3e38])[:, None]
            outputs, _ = answers(made, name, one, rows)
            assert weights == "int8" or np.isnan(outputs[0]).all()
