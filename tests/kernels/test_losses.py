"""Costs, deltas and right answers, against the reference and where the numbers are extreme."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnet import reference
from fastnet.kernels import losses
from fastnet.kernels.activations import CODES, activate
from fastnet.kernels.jit import kernel
from fastnet.kernels.losses import QUADRATIC, SIGMOID_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY
from fastnet.model.layout import layout
from tests.kernels.helpers import DTYPES, same_bits
from tests.kernels.rounding import FLUSHED, FUNCTION, UNIT, slope_of

OUTPUTS = [(name, "quadratic") for name in reference.TRANSFER] + [
    ("softmax", "cross-entropy"),
    ("sigmoid", "cross-entropy"),
]
NONE = np.zeros(0, np.int32)


@kernel
def answer_is_right(targets, layer, i, own):
    return losses.right(targets, layer, i, own)


def loss_of(name: str, loss: str) -> int:
    if loss == "quadratic":
        return QUADRATIC
    return SOFTMAX_CROSS_ENTROPY if name == "softmax" else SIGMOID_CROSS_ENTROPY


def judged(name: str, loss: str, z: np.ndarray, y):
    """Cost, activations and deltas, and whether it was right, of outputs z (n,) for a target y.

    y is a label, or numbers (n,). The sample is the third of three.
    """
    n, dtype = len(z), z.dtype
    lay = layout((1, n), [CODES[name]])
    layer, pad = lay.layers[0], int(lay.layers[0].pad)
    classes = np.ndim(y) == 0
    labels = np.array([0, 0, y], np.int32) if classes else NONE
    targets = np.concatenate([np.full(2 * n, np.nan), [] if classes else y]).astype(dtype)
    scratch = np.full(lay.own, np.nan, dtype)
    scratch[layer.z : layer.z + pad] = np.append(z, np.zeros(pad - n))
    activate(layer, 0, pad, scratch, scratch, layer.a)
    packed = losses.Targets(loss_of(name, loss), classes, labels, targets)
    cost = losses.judge(packed, layer, 2, scratch)
    hit = answer_is_right(packed, layer, 2, scratch)
    a, deltas = scratch[layer.a : layer.a + n], scratch[layer.d : layer.d + pad]
    assert (deltas[n:] == 0).all() or not cost < np.inf, "the padding stays 0"
    return cost, a, deltas[:n], hit


@DTYPES
@pytest.mark.parametrize("n", [1, 2, 15, 16, 17, 64, 65, 300])
@pytest.mark.parametrize(("name", "loss"), OUTPUTS)
def test_costs_and_deltas_are_the_references(name: str, loss: str, n: int, dtype: str) -> None:
    rng = np.random.default_rng(n)
    u = UNIT[dtype]
    net = reference.Net([np.zeros((1, n))], [np.zeros(n)], name, loss)
    for y in (int(rng.integers(n)), rng.random(n).astype(dtype)):
        z = rng.normal(size=n).astype(dtype) * 3
        cost, a, deltas, _ = judged(name, loss, z, y)
        target = reference.label_vector(y, n) if np.ndim(y) == 0 else y.astype(float)
        # from the kernels' own activations, which test_layers judges
        wanted, delta = net.output_delta(z.astype(float), a.astype(float), target)
        if loss == "quadratic":
            delta = 2 * (a.astype(float) - target) * slope_of(name, a)
        terms = wanted + np.abs(z).max() + np.abs(z) @ target if loss != "quadratic" else wanted
        assert abs(cost - wanted) <= (n + FUNCTION) * u * terms + n * FUNCTION * u
        assert (np.abs(deltas - delta) <= 4 * u * np.abs(delta) + FLUSHED[dtype]).all()


@DTYPES
def test_the_most_certain_errors_cost_what_they_should(dtype: str) -> None:
    for scale, name, y in itertools.product((100, 1e30), ("softmax", "sigmoid"), (0, 1)):
        z = np.array([scale, -scale], dtype)
        cost, _, deltas, hit = judged(name, "cross-entropy", z, y)
        # softmax: log(e**s + e**-s) - z[y]; sigmoid: log(1 + e**s) + log(1 + e**-s) - z[y]
        assert cost == pytest.approx(2 * scale * y, rel=1e-6, abs=1e-6)
        np.testing.assert_allclose(deltas, [y, -y], atol=1e-27)
        assert hit == (y == 0)


@DTYPES
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_cost_of_bad_numbers_is_not_finite(bad: float, dtype: str) -> None:
    for place in (0, 17):
        z = np.zeros(20, dtype)
        z[place] = bad
        for name in ("softmax", "sigmoid"):
            assert not judged(name, "cross-entropy", z, 1)[0] < np.inf
        for name in ("identity", "relu"):
            assert not judged(name, "quadratic", z, 1)[0] < np.inf


@DTYPES
@pytest.mark.parametrize("n", [1, 2, 16, 17, 100])
def test_a_class_is_right_if_it_has_the_first_of_the_greatest_outputs(n: int, dtype: str) -> None:
    rng = np.random.default_rng(n)
    for _ in range(20):
        z = rng.integers(-3, 3, n).astype(dtype)  # with many ties, and often all below 0
        first = int(z.argmax())
        for y in {first, *np.flatnonzero(z == z.max()).tolist(), n - 1, 0}:
            assert judged("identity", "quadratic", z, y)[3] == (y == first)


@given(st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=40), st.data())
def test_several_labels_are_right_if_each_is_on_its_side(z, data) -> None:
    for dtype in ("float32", "float64"):
        outputs = np.array(z, dtype)
        y = np.array(data.draw(st.lists(st.booleans(), min_size=len(z), max_size=len(z)))) * 1.0
        _, a, _, hit = judged("sigmoid", "cross-entropy", outputs, y)
        assert hit == ((a > 0.5) == (y > 0.5)).all()
        assert judged("sigmoid", "cross-entropy", outputs, (a > 0.5) * 1.0)[3]


@DTYPES
def test_a_regression_is_never_right(dtype: str) -> None:
    z = np.array([0.25, 0.75, -3], dtype)
    cost, _, deltas, hit = judged("identity", "quadratic", z, z)
    assert cost == 0
    assert not hit
    assert same_bits(deltas, np.zeros(3, dtype))


@DTYPES
def test_a_label_is_its_one_hot_vector(dtype: str) -> None:
    z = np.random.default_rng(0).normal(size=20).astype(dtype)
    for name, loss in OUTPUTS:
        by_label = judged(name, loss, z, 18)
        by_vector = judged(name, loss, z, reference.label_vector(18, 20))
        assert by_label[0] == by_vector[0]
        assert same_bits(by_label[2], by_vector[2])
