"""Weights of samples: the steps that they make, what is whole, and what counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastnet
from fastnet import reference
from fastnet.data.weights import (  # fmt: skip
    LARGEST,
    MANY,
    Steps,
    check_steps,
    checked_weights,
    counted,
    steps_of,
    whole,
)

WEIGHTS = st.lists(st.integers(0, 4) | st.floats(0, 4), min_size=1, max_size=300)


def listed(steps: Steps) -> list[tuple[int, float]]:
    places, shares = steps.listed()
    assert places.dtype == np.int64
    shares = np.ones(len(places)) if shares is None else shares
    return list(zip(places.tolist(), shares.tolist(), strict=True))


@given(WEIGHTS)
def test_steps_are_the_repetitions_of_the_reference(weights: list[float]) -> None:
    steps = Steps.of(np.arange(len(weights)), np.array(weights, float))
    assert listed(steps) == reference.repetitions(weights)
    assert listed(steps[1:][:4]) == reference.repetitions(weights)[1:5]


def test_samples_without_weights_are_steps_as_they_are() -> None:
    places = np.array([3, 1, 2])
    steps = Steps.of(places, None)
    assert steps.listed()[0] is places and steps.listed()[1] is None
    assert listed(steps_of(2)) == [(0, 1), (1, 1)]


@pytest.mark.parametrize("n", [127, 128, 129, 32768, 32769])
def test_the_last_of_many_samples_may_have_a_share(n: int) -> None:
    """Entries are as short as they can be: ~(n - 1) is their least."""
    weights = np.ones(n)
    weights[-1] = 0.5
    steps = Steps.of(np.arange(n), weights)
    assert listed(steps)[-1] == (n - 1, 0.5) and listed(steps)[-2] == (n - 2, 1)
    assert steps.entries.itemsize == 1 + (n > 128) + 2 * (n > 32768)


def test_nearly_whole_weights_are_whole() -> None:
    third = np.full(3, 1 / 3)
    near = np.array([third.sum() + 2.0**-52, 3 - 1e-10, 1e9 * (1 + 2.0**-50)])
    assert whole(near).tolist() == [1, 3, 1e9]
    kept = [0.0, 1e-12, 1e-300, 1 - 1e-8, 1 + 1e-8, 2.25]
    assert whole(np.array(kept)).tolist() == kept
    weights = np.full(7, 3.3)
    assert listed(steps_of(7, weights / weights.mean())) == [(k, 1) for k in range(7)]


def test_rows_count_as_often_as_their_rounded_weights_say_and_once_at_least() -> None:
    weights = np.array([1e-9, 0, 0.5, 1, 1.25, 1.75, 2.25, 3])
    assert counted(np.flatnonzero(weights), weights).tolist() == [0, 2, 3, 4, 5, 5, 6, 6, 7, 7, 7]
    assert counted(np.array([4, 5]), None).tolist() == [4, 5]


@pytest.mark.parametrize("given", [[1, 2], [True, True], np.array([1, 2], "f4"), [1.0, 0]])
def test_weights_are_float64(given: object) -> None:
    assert checked_weights(given, 2).dtype == np.float64


def test_many_steps_are_refused_unless_there_are_many_samples() -> None:
    with pytest.raises(ValueError, match=r"^sample_weight: a mean .*wanted up to 268,435,456: "):
        check_steps("sample_weight", np.array([LARGEST + 1.0]))
    with pytest.warns(fastnet.LearningWarning, match=f"makes {LARGEST:,} steps"):
        check_steps("sample_weight", np.array([float(LARGEST)]))
    many = np.broadcast_to(np.float64(MANY), (3_000_000,))  # more steps, but each a count
    check_steps("sample_weight", many)
