"""Weights of samples and classes: as many samples in a row, and parts of the rate."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from fastnet import reference, train
from tests.helpers import samples
from tests.training.helpers import WIDE, N, judge_of, roundings, start_of


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("sizes", WIDE.values(), ids=WIDE)
def test_a_whole_weight_is_as_many_samples_in_a_row(sizes, sparse):
    """Bit for bit, with 0 as absence: by the rates, the blocks and the history."""
    X, y = samples(N, sizes[0]), np.arange(N) % 3
    X[N // 2 :] *= samples(N - N // 2, sizes[0], 1) > 1  # few non-zeros: another kind of block
    weights = np.where(np.arange(N) < N // 2, np.arange(N) % 2, np.arange(N) % 4)
    rows = csr_array if sparse else np.asarray
    options: dict[str, Any] = {
        "init": train(X, y, hidden=sizes[1:], epochs=0),
        "epochs": 2,
        "shuffle": False,
        "schedule": "linear",
        "warm_up": 0.1,
        "validation_data": (X, y),
        "learning_rate": 0.05,
    }
    weighted = train(rows(X), y, sample_weight=weights, **options)
    repeated = train(rows(X.repeat(weights, axis=0)), y.repeat(weights), **options)
    assert weighted.digest() == repeated.digest()
    for record, other in zip(weighted.history, repeated.history, strict=True):
        untimed = {"seconds": 0, "samples_per_second": 0}
        assert record | untimed == other | untimed
    assert weighted.history[0]["samples"] == weights.sum()
    assert weighted.digest() != train(rows(X), y, **options).digest()


@pytest.mark.parametrize("sizes", WIDE.values(), ids=WIDE)
def test_weight_0_is_absence_when_shuffled_and_held_out_too(sizes):
    X, y = samples(N, sizes[0]), np.arange(N) % 3
    X[::2] = np.where(X[::2] == 0, 1, X[::2])
    there = np.arange(N) % 2 == 1  # the sparser half
    options: dict[str, Any] = {
        "init": train(X, y, hidden=sizes[1:], epochs=0),
        "epochs": 2,
        "validation_fraction": 0.25,
        "class_weight": "balanced",
        "seed": 3,
    }
    weighted = train(X, y, sample_weight=there, **options)
    absent = train(X[there], y[there], **options)
    assert weighted.digest() == absent.digest()
    assert weighted.history[-1]["val_loss"] == absent.history[-1]["val_loss"]
    assert (
        train(X, y, sample_weight=np.ones(N), **options).digest() == train(X, y, **options).digest()
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_part_of_a_weight_is_a_part_of_the_rate(dtype):
    X, y = samples(N, 7).astype(dtype), np.arange(N) % 3
    weights = np.random.default_rng(5).uniform(0, 2.5, N)
    start = start_of((7, 5, 3), dtype=dtype, classes=range(3))
    options: dict[str, Any] = {"learning_rate": 1 / 16, "schedule": "linear", "epochs": 1}
    net = train(X, y, init=start, shuffle=False, sample_weight=weights, **options)
    judge, steps = judge_of(start), int(np.ceil(weights).sum())
    rates = iter(reference.linear_rates(1 / 16, steps))
    cost, hits = 0.0, 0
    for x, label, weight in zip(X, y, weights, strict=True):
        for share in [1] * int(weight) + [weight % 1]:
            told = judge.backpropagate(x[None], [label], next(rates) * share)
            cost, hits = cost + told[0], hits + told[1]
    atol = roundings(net, steps)
    for own, wanted in zip(net.weights, judge.weights, strict=True):
        np.testing.assert_allclose(own, wanted, rtol=0, atol=atol)
    assert net.history[0]["loss"] == pytest.approx(cost / steps, abs=atol)
    assert net.history[0]["accuracy"] == hits / steps and net.history[0]["samples"] == steps
    assert net.history[0]["learning_rate"] == 1 / 16  # whatever the first weight


def test_balanced_classes_are_their_weights():
    X, y = samples(N, 6), (np.arange(N) % 4 == 0) * 1
    counts = np.bincount(y)
    options: dict[str, Any] = {"hidden": (5,), "epochs": 2}
    balanced = train(X, y, class_weight="balanced", **options)
    by_sample = train(X, y, sample_weight=(N / (2 * counts))[y], **options)
    by_label = train(X, y, class_weight={k: N / (2 * counts[k]) for k in (0, 1)}, **options)
    assert balanced.digest() == by_sample.digest() == by_label.digest()
    assert balanced.digest() != train(X, y, **options).digest()
