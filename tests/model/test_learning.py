"""partial_fit with weights: rows in their order, as often as they count, at shares of the rate."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import fastnet
from fastnet import Network, reference, train, train_stream
from fastnet.data.samples import Samples
from fastnet.tables.frames import as_table
from tests.helpers import samples
from tests.people import classes, numbers, people, rows

X, Y = samples(40, 6), np.arange(40) % 3
WEIGHTS = np.arange(40) % 4
FRAME = people(60)
COUNTS = np.arange(60) % 4
FORMS: dict[str, Any] = {
    "array": np.asarray, "list": np.ndarray.tolist, "sparse": csr_array,
    "bytes": lambda X: (X * 40).clip(0, 255).astype("u1"),
    "samples": lambda X: Samples(X, np.dtype("f4")),
}  # fmt: skip


def fresh() -> Network:
    return Network.initialise((6, 5, 3), ("tanh", "sigmoid"), seed=1, classes=range(3))


@pytest.mark.parametrize("form", FORMS)
def test_whole_weights_are_repeated_rows(form):
    make, again = FORMS[form], np.repeat(np.arange(40), WEIGHTS)
    weighted = fresh().partial_fit(make(X), Y, 0.1, sample_weight=WEIGHTS)
    assert weighted.digest() == fresh().partial_fit(make(X[again]), Y[again], 0.1).digest()
    ones = fresh().partial_fit(make(X), Y, 0.1, sample_weight=np.ones(40))
    assert ones.digest() == fresh().partial_fit(make(X), Y, 0.1).digest() != weighted.digest()


@given(st.lists(st.integers(0, 3) | st.floats(0, 3), min_size=40, max_size=40))
def test_weights_are_the_reference_s_repetitions_one_by_one(weights):
    if not any(weights):
        return
    net, singly = fresh(), fresh()
    net.partial_fit(X, Y, 0.25, weights)
    for k, share in reference.repetitions(weights):
        singly.learn_one(X[k], int(Y[k]), 0.25 * share)
    assert net.digest() == singly.digest()


@pytest.mark.parametrize("form", [lambda frame: frame, rows, as_table], ids=["frame", "dicts", "T"])
@pytest.mark.parametrize("target", [classes, numbers])
@pytest.mark.parametrize("running", [False, True])
def test_whole_weights_of_a_table(running, target, form):
    """A running encoding learns them too: means, deviations, and inputs for new words."""
    y, again = target(FRAME), np.repeat(np.arange(60), COUNTS)
    first = people(50, seed=1, jobs="ab" if running else "abc")
    start = (
        train_stream(zip(rows(first), target(first).tolist(), strict=True), hidden=(4,))
        if running
        else train(first, target(first), hidden=(4,), epochs=1)
    )
    weighted, repeated, plain = start.copy(), start.copy(), start.copy()
    weighted.partial_fit(form(FRAME), y, sample_weight=COUNTS)
    repeated.partial_fit(form(FRAME.loc[again]), y[again])
    assert weighted.digest() == repeated.digest() != plain.partial_fit(form(FRAME), y).digest()
    assert weighted.encoding == repeated.encoding
    assert (weighted.encoding != plain.encoding) == running
    own = as_table(FRAME)
    own.__dict__["weights"] = COUNTS.astype(float)  # as a file has them
    assert start.copy().partial_fit(own, y).digest() == weighted.digest()


def test_a_running_encoding_learns_each_step_at_its_share_and_nothing_of_weight_0():
    first = people(50, seed=1)
    start = train_stream(zip(rows(first), classes(first), strict=True), hidden=(4,))
    weights = np.where(np.arange(60) % 3, np.linspace(0.2, 2.6, 60), 0)
    odd = FRAME.copy()
    odd.loc[weights == 0, "job"] = "never seen"
    together = start.copy().partial_fit(odd, classes(odd), 0.25, weights)
    singly, listed, y = start.copy(), rows(odd), classes(odd)
    for k, share in reference.repetitions(weights):
        singly.learn_one(listed[k], y[k], 0.25 * share)
    assert together.encoding == singly.encoding and together.digest() == singly.digest()
    assert "never seen" not in str(together.encoding.to_dict())


@pytest.mark.parametrize(("weights", "error", "message"), [
    ([1, 2], ValueError, r"sample_weight: shape \(2,\), .*wanted \(40,\) real numbers, as X"),
    (2.0, ValueError, r"sample_weight: shape \(\)"),
    ([-1] + [1] * 39, ValueError, "sample_weight: -1 for sample 0, wanted finite numbers >= 0"),
    ([np.nan] * 40, ValueError, "sample_weight: nan for sample 0"),
    ([0] * 40, ValueError, "sample_weight: all weights are 0, wanted one sample to learn"),
    (["a"] * 40, ValueError, "sample_weight: .*wanted"),
    ([1e9] * 40, ValueError, "sample_weight: a mean weight of 1e.09 makes 40,000,000,000 steps"),
    (pd.DataFrame({"w": ["a"] * 40}), TypeError, "sample_weight: "),
])  # fmt: skip
def test_what_is_no_weight_is_refused_and_nothing_is_learned(weights, error, message):
    net = fresh()
    digest = net.digest()
    with pytest.raises(error, match=f"^{message}") as caught:
        net.partial_fit(X, Y, sample_weight=weights)
    assert "\n" not in str(caught.value) and net.digest() == digest
    first = people(50, seed=1)
    net = train_stream(zip(rows(first), classes(first), strict=True), hidden=(4,))
    digest = net.digest()
    with pytest.raises(error, match=r"^sample_weight: "):
        net.partial_fit(FRAME, classes(FRAME), sample_weight=weights)
    assert net.digest() == digest


def test_weights_that_are_hardly_counts_are_told_of():
    with pytest.warns(fastnet.LearningWarning, match="sample_weight: a mean weight of 500 makes"):
        fresh().partial_fit(X, Y, 1e-3, np.full(40, 500))


def test_one_answer_without_an_axis_is_refused():
    net = train(np.eye(2), [0, 1], hidden=(), epochs=1, verbose=False)
    net.partial_fit(np.eye(2), [0, 1])  # later calls with a row are a short cut
    before = net.digest()
    for y in (np.array(1), np.ma.masked):
        with pytest.raises(ValueError, match=r"^y: (shape \(\)|1 masked value)"):
            net.partial_fit(np.eye(2)[:1], y)
    assert net.digest() == before
