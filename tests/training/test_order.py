"""Weights as repeats, and what is held out: by arithmetic, before any net is there."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastnet
from fastnet import reference
from fastnet.data.samples import COUNTED
from fastnet.data.targets import as_targets
from fastnet.data.weights import LARGEST, checked_weights
from fastnet.options import Options
from fastnet.training.order import Order, held_out, sample_weights
from fastnet.training.prepare import prepare

F32 = np.dtype("float32")


def weights_of(sample_weight=None, class_weight=None, y=(0, 0, 1, 2)):
    counts = None if sample_weight is None else checked_weights(sample_weight, len(y))
    return sample_weights(counts, class_weight, as_targets(y, len(y), F32))


def steps(order: Order) -> list[tuple[int, float]]:
    places, shares = order.draw().listed()
    shares = np.ones(len(places)) if shares is None else shares
    return list(zip(places.tolist(), shares.tolist(), strict=True))


def test_weights_are_repeats_and_a_share():
    order = Order(5, np.array([1, 2.25, 0, 0.5, 3]), False, 0)
    wanted = [(0, 1), (1, 1), (1, 1), (1, 0.25), (3, 0.5), (4, 1), (4, 1), (4, 1)]
    assert steps(order) == wanted and order.steps == len(wanted)
    assert order.head().tolist() == [place for place, _ in wanted]
    assert steps(order) == wanted  # every epoch


@pytest.mark.parametrize("shuffle", [False, True])
@given(st.lists(st.integers(0, 4), min_size=1, max_size=200), st.integers(0, 9))
def test_whole_weights_are_the_order_of_repeated_rows(shuffle, weights, seed):
    if not any(weights):
        return
    rows = np.repeat(np.arange(len(weights)), weights)
    weighted = Order(len(weights), np.array(weights, float), shuffle, seed)
    repeated = Order(len(rows), None, shuffle, seed)
    for epochs in (1, 3, 1):
        (places, shares), (others, _) = (o.draw(epochs).listed() for o in (weighted, repeated))
        assert shares is None and places.dtype == np.int64
        assert places.tolist() == rows[others].tolist()
    assert weighted.state == repeated.state and weighted.steps == repeated.steps
    assert weighted.head().tolist() == rows[repeated.head()].tolist()


@pytest.mark.parametrize("seed", [0, 1])
def test_the_repeats_of_a_sample_are_apart(seed):
    weights = np.where(np.arange(1000) < 10, 100.0, 1.0)  # as if balanced
    places = Order(1000, weights, True, seed).draw().listed()[0]
    in_a_row = (np.diff(places) == 0).mean()
    # by chance a step of the ten, half of all, is followed by its own sample 1 time in 20
    assert in_a_row < 0.05


@given(st.lists(st.floats(0, 4) | st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 9))
def test_the_shares_of_a_sample_add_up_to_its_weight(weights, seed):
    if not any(weights):
        return
    order = Order(len(weights), np.array(weights, float), True, seed)
    places, shares = order.draw().listed()
    shares = np.ones(len(places)) if shares is None else shares
    np.testing.assert_allclose(np.bincount(places, shares, len(weights)), weights, rtol=1e-15)
    assert (shares > 0).all() and (shares <= 1).all() and len(places) == order.steps
    assert sorted(steps(order)) == sorted(reference.repetitions(weights))


def test_the_head_is_of_the_first_steps():
    assert Order(3 * COUNTED, None, True, 0).head().tolist() == list(range(COUNTED))
    assert Order(2, np.array([1e6, 1]), True, 0).head().tolist() == [0] * COUNTED
    order = Order(10, None, True, 0, 0.5)
    assert order.head().tolist() == order.places.tolist() != order.draw().listed()[0].tolist()


@given(
    st.lists(st.floats(0, 40) | st.integers(0, 4), min_size=1, max_size=9),
    st.integers(1, 3),
    st.lists(st.integers(0, 60), min_size=2, max_size=2),
    st.lists(st.integers(0, 60), min_size=2, max_size=2),
)
def test_a_part_of_the_steps_is_what_the_whole_has_there(weights, epochs, part, of_part):
    if not any(weights):
        return
    order = Order(len(weights), np.array(weights, float), True, 3)
    drawn = order.draw(epochs)
    places, shares = drawn.listed()
    whole = list(zip(places, np.ones(len(places)) if shares is None else shares, strict=True))
    assert len(drawn) == len(whole) == epochs * order.steps
    some, wanted = drawn[part[0] : part[1]], whole[part[0] : part[1]]
    for k in range(2):
        places, shares = some.listed()
        shares = np.ones(len(places)) if shares is None else shares
        assert list(zip(places, shares, strict=True)) == wanted
        assert len(some) == len(wanted)
        some, wanted = some[of_part[k] :], wanted[of_part[k] :]


@pytest.mark.parametrize("weights", [None, np.linspace(0, 2.5, 50)])
def test_several_epochs_are_drawn_as_one_by_one(weights):
    one, several = (Order(50, weights, True, 7) for _ in range(2))
    together = np.concatenate([one.draw().entries for _ in range(3)])
    assert several.draw(3).entries.tolist() == together.tolist()
    assert several.state == one.state


def test_what_counts_in_an_encoding_are_whole_rows_without_the_weights_of_classes():
    counts = np.array([1, 2, 0, 0.25, 2.25, 1.75])
    order = Order(6, counts * 50, True, 0, counts=counts)
    assert order.counted.tolist() == [0, 1, 1, 3, 4, 4, 5, 5]
    assert Order(6, counts, True, 0).counted.tolist() == [0, 1, 3, 4, 5]
    held = Order(6, None, True, 0, 0.5, counts=np.full(6, 3.0))
    assert held.counted.tolist() == np.repeat(held.places, 3).tolist()


# Held out -------------------------------------------------------------------------------------


def test_what_is_held_out_is_drawn_by_the_seed_alone():
    one, same, other = (Order(20, None, True, seed, 0.25) for seed in (1, 1, 2))
    assert len(one.held) == 5 and sorted([*one.held, *one.places]) == list(range(20))
    assert one.held.tolist() == same.held.tolist() != other.held.tolist()
    assert one.held.tolist() == sorted(one.held)
    of_15 = Order(15, None, True, 1)
    assert one.draw().entries.tolist() == one.places[of_15.draw().entries].tolist()


def test_nothing_of_weight_0_is_held_out():
    weights = np.repeat([0.0, 2.0], 10)
    order = Order(20, weights, False, 0, 0.3)
    assert order.held.min() >= 10 and len(order.held) == 3 and order.steps == 14
    assert (order.held - 10).tolist() == Order(10, None, False, 0, 0.3).held.tolist()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("counts", [(90, 10), (500, 5, 1), (40, 40, 40, 3), (1, 1, 1, 97)], ids=str)
def test_of_each_class_the_same_share_is_held_out(counts, fraction, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    n = len(labels)
    order = Order(n, None, True, seed, fraction, labels)
    assert sorted([*order.held, *order.places]) == list(range(n))
    assert len(order.held) == round(fraction * n)
    held = np.bincount(labels[order.held], minlength=len(counts))
    assert (held < counts).all()  # none is held out as a whole
    # one more or fewer, and instead of each class's one that is learned
    assert np.abs(held - fraction * np.array(counts)).max() <= 1 + len(counts)


@pytest.mark.parametrize("classes", [None, ["b", "c", "a"]])
def test_what_a_run_holds_out_is_told_without_it(classes):
    letters = np.random.default_rng(0).choice(list("abbc"), 60)
    numbers = np.linspace(-1, 1, 60)
    for y, names in ((letters, classes), (numbers, None)):
        options = Options(validation_fraction=0.2, seed=3, classes=names)
        run = prepare(numbers[:, None], y, options)
        assert held_out(y, 0.2, 3).tolist() == run.order.held.tolist()
        assert len(run.order.held) == 12


def test_what_is_held_out_of_a_class_is_drawn():
    labels = np.repeat([0, 1], 50)
    held = [Order(100, None, True, seed, 0.2, labels).held.tolist() for seed in (0, 0, 1)]
    assert held[0] == held[1] != held[2]
    # numbers, and what has no weight, do not come into it
    none = np.zeros(0, np.int32)
    assert Order(100, None, True, 0, 0.2, none).held.tolist() == Order(
        100, None, True, 0, 0.2
    ).held.tolist()
    weights = np.repeat([0.0, 1.0], 50)
    order = Order(100, weights, True, 0, 0.2, np.arange(100) % 2)
    assert order.held.min() >= 50 and np.bincount(order.held % 2).tolist() == [5, 5]


@pytest.mark.parametrize("fraction", [0, 0.01, 0.99, 1, -0.5, 2, np.nan, "half", True])
def test_a_fraction_that_leaves_nothing_is_refused(fraction):
    with pytest.raises(ValueError, match=r"^validation_fraction: ") as caught:
        fastnet.train(np.eye(10), np.arange(10) % 2, validation_fraction=fraction)
    assert "\n" not in str(caught.value)


# What weights there are -----------------------------------------------------------------------


def test_no_weights_are_none():
    assert weights_of() is None
    assert weights_of([1, 1, 1, 1]) is None and weights_of(np.ones(4), {0: 1.0}) is None
    assert weights_of([2, 2, 0.5, 1], {0: 0.5, 1: 2}) is None  # their products are 1


def test_balanced_is_scikit_learn_s():
    assert weights_of(class_weight="balanced").tolist() == [4 / 6, 4 / 6, 4 / 3, 4 / 3]


def test_balanced_counts_weighted_samples():
    weights = weights_of([2, 0, 1, 1], "balanced")
    assert weights.tolist() == [2 * 4 / 6, 0, 4 / 3, 4 / 3]
    # a class without samples is no class
    assert weights_of([0, 0, 1, 1], "balanced").tolist() == [0, 0, 1, 1]


def test_weights_of_classes_by_label():
    y = np.array(["b", "a", "c", "b"])
    assert weights_of(None, {"b": 2, "c": np.float32(0.5)}, y).tolist() == [2, 1, 0.5, 2]
    assert weights_of([1, 2, 2, 0.5], {"b": 3}, y).tolist() == [3, 2, 2, 1.5]


@pytest.mark.parametrize(
    ("sample_weight", "class_weight", "error", "message"),
    [
        ([1, 1, -2, 1], None, ValueError, "sample_weight: -2 for sample 2, wanted finite numb"),
        ([1, np.nan, 1, 1], None, ValueError, "sample_weight: nan for sample 1"),
        ([1, 1, 1, np.inf], None, ValueError, "sample_weight: inf for sample 3"),
        ([1, 1, 1], None, ValueError, r"sample_weight: shape \(3,\), .*wanted \(4,\) real"),
        (2.0, None, ValueError, r"sample_weight: shape \(\)"),
        ("abcd", None, ValueError, "sample_weight: "),
        (list("abcd"), None, ValueError, "sample_weight: shape .4,., dtype <U1"),
        ([0, 0, 0, 0], None, ValueError, "sample_weight: all weights are 0, wanted one"),
        ([LARGEST, 1, 1, 1], None, ValueError, "sample_weight: a mean .* 268,435,459 steps"),
        (None, {0: 0, 1: 0, 2: 0}, ValueError, "class_weight: all weights are 0"),
        (None, "balance", TypeError, "class_weight: 'balance', wanted 'balanced' or"),
        (None, [1, 2, 3], TypeError, "class_weight: .1, 2, 3., wanted 'balanced' or"),
        (None, pd.Series({0: 1, 1: 2}), TypeError, "^class_weight: 0 1 1 2 dtype: int64, wanted"),
        (None, {3: 1}, ValueError, "class_weight: label 3 is none of the net's classes"),
        (None, {0: -1}, ValueError, "class_weight: -1, wanted a number >= 0"),
        (None, {0: np.nan}, ValueError, "class_weight: nan"),
        (None, {0: "2"}, ValueError, "class_weight: '2'"),
    ],
)
def test_what_is_no_weight_is_refused(sample_weight, class_weight, error, message):
    with pytest.raises(error, match=message) as caught:
        weights_of(sample_weight, class_weight)
    assert "\n" not in str(caught.value)


def test_numbers_have_no_classes_to_weigh():
    with pytest.raises(ValueError, match="class_weight: y holds numbers, wanted class labels"):
        weights_of(None, "balanced", y=(0.5, 1.5))


@pytest.mark.parametrize(
    ("sample_weight", "class_weight", "message"),
    [
        (np.full(4, 5000), None, "sample_weight: a mean weight of 5,000 makes 20,000 steps an ep"),
        ([0, 0, 0, 101], None, "sample_weight: a mean weight of 101 makes 101 steps .* of 1 sam"),
        (None, {1: 1e7}, "class_weight: a mean weight of 2.5e.06 makes 10,000,003 steps"),
        (np.full(4, 0.025), None, "sample_weight: a mean weight of 0.025 leaves so much of the le"),
        ([0, 0, 0, 1e-6], None, "sample_weight: a mean weight of 1e-06 leaves"),
        (None, dict.fromkeys(range(3), 0.01), "class_weight: a mean weight of 0.01 leaves so"),
        ([100, 101, 100, 100], None, "divide the weights by their mean"),
    ],
)
def test_weights_that_are_hardly_counts_are_told_of(sample_weight, class_weight, message):
    with pytest.warns(fastnet.LearningWarning, match=message) as caught:
        assert weights_of(sample_weight, class_weight) is not None
    assert len(caught) == 1 and "\n" not in str(caught[0].message)
