"""Evidence that inputs tell targets. Data without a rule have none, however distributed."""

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from fastnet.data.targets import Targets
from fastnet.training.evidence import telling

NONE: Any = np.zeros(0, np.int32)


def labels(y: Any) -> Targets:
    return Targets(np.asarray(y, np.int32), NONE, int(max(y)) + 1, None)


def numbers(y: Any) -> Targets:
    y = np.asarray(y, float)
    return Targets(NONE, y.reshape(-1), 1 if y.ndim == 1 else y.shape[1], None)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array, np.float32], ids=str)
@pytest.mark.parametrize("offset", [0, 1000])
def test_the_input_that_tells_most_is_found(form: Any, offset: float):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 6)) + offset
    x[:, 2] = 7  # constant
    for y in (labels(x[:, 4] > offset), numbers(x[:, 4]), numbers(np.c_[x[:, 3] * 0, x[:, 4]])):
        assert telling(form(x), y) == 4
    pixels = (40 * np.abs(x - offset)).astype(np.uint8)
    assert telling(pixels, numbers(pixels[:, 4])) == 4


def test_many_rows_and_inputs_are_looked_at_in_part():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5000, 400))
    assert telling(x, labels(x[:, 17] > 1)) == 17
    assert telling(x, numbers(x)) is not None  # 400 outputs, of which some are looked at


DRAWN = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "heavy tails": lambda rng, shape: rng.standard_t(1, size=shape),
    "rare words": lambda rng, shape: rng.random(shape) < 0.01,
    "equal": lambda rng, shape: np.ones(shape),
}


@pytest.mark.parametrize("inputs", DRAWN)
@pytest.mark.parametrize("n", [3, 30, 300])
@pytest.mark.parametrize("columns", [1, 40])
def test_data_without_a_rule_have_none(inputs: str, n: int, columns: int):
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(20):
        x = np.asarray(DRAWN[inputs](rng, (n, columns)), float)
        for y in (labels(rng.permutation(np.arange(n) % 9 // 8)), labels(rng.integers(0, 2, n)),
                  numbers(DRAWN["heavy tails"](rng, n))):  # fmt: skip
            found += telling(x, y) is not None
    assert found <= 3 * (n > 3)  # of 60


def test_a_rule_of_two_inputs_together_is_not_seen():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    assert telling(x, labels(x[:, 0] * x[:, 1] > 0)) is None


@pytest.mark.parametrize("inputs", DRAWN)
def test_many_inputs_without_a_rule_have_none(inputs: str):
    """The correlations of some inputs with shuffled targets stand for those of all."""
    rng = np.random.default_rng(1)
    x = np.asarray(DRAWN[inputs](rng, (300, 900)), float)
    x[:, ::3] *= rng.random((300, 300)) < 0.02  # and some have other distributions
    for _ in range(5):
        assert telling(x, labels(rng.integers(0, 10, 300))) is None
        assert telling(x, numbers(DRAWN["heavy tails"](rng, (300, 3)))) is None
