"""Warnings of data and rates that cannot go well: each is given once, with its cause.

The inputs are of the kinds that people have: raw columns of tables, pixels as other numbers than
bytes, rates copied from elsewhere, whole numbers as targets.
"""

import numpy as np
import pytest
from scipy import sparse

import fastnet
from fastnet import Network
from fastnet.data.samples import Samples
from fastnet.data.sparse import SparseRows
from fastnet.model import signs
from tests.heard import EACH_DOOR, EACH_NET, EACH_RUN, SUM, THREE, TWO, UNIT, N, alone, heard, seeds
from tests.helpers import samples

# Inputs ---------------------------------------------------------------------------------------


def pixels(n: int = N, features: int = 64) -> np.ndarray:
    """Bytes as in images: in half of the places there is something, up to 255."""
    rng = np.random.default_rng(1)
    return (rng.integers(0, 256, (n, features)) * (rng.random((n, features)) > 0.5)).astype("u1")


@EACH_NET
@EACH_DOOR
@pytest.mark.parametrize("kind", ["i8", "u2", "f4", "f8", ">f8"])
def test_pixels_that_are_no_bytes(kind, door, options):
    (said,) = heard(door, pixels().astype(kind), TWO, **options)
    assert said.startswith("X: values up to 255, wanted about 1: ")
    assert "divide by 255, or give uint8" in said


@EACH_NET
def test_pixels_of_two_bytes_and_of_bits(options):
    (said,) = heard(alone, pixels().astype("u2") * 257, TWO, **options)
    assert said.endswith("divide by 65,535")
    (said,) = heard(alone, (pixels() > 0).astype("u1"), TWO, **options)
    assert said.startswith(
        "X: uint8 is taken as pixels, v / 255, but these are at most 1; give X.as"
    )
    (said,) = heard(alone, sparse.csr_array((pixels() > 99).astype("u1")), TWO, **options)
    assert "at most 1;" in said


@EACH_NET
@EACH_DOOR
@pytest.mark.parametrize(
    ("column", "scale", "shift"),
    [(3, 700, 0), (5, 1, 900), (0, 30_000, 50_000), (7, 1e20, 0), (2, 1e9, 1e12)],
)
def test_a_raw_column_is_named(column, scale, shift, door, options):
    X = UNIT.copy()
    X[:, column] = X[:, column] * scale + shift
    (said,) = heard(door, X, THREE, **options)
    assert said.startswith("X: values up to ")
    assert f"(column {column})" in said
    assert said.endswith("standardise the columns: (X - X.mean(0)) / X.std(0)")


def test_a_frame_has_names_of_its_columns():
    import pandas

    X = pandas.DataFrame(UNIT, columns=["age", "pay", *"abcdef"])
    X["pay"] = X["pay"] * 20_000 + 60_000
    for door in (alone, seeds):
        (said,) = heard(door, X, TWO, encode="none")
        assert "(column pay)" in said
        assert heard(door, X, TWO) == []  # encoded


@EACH_NET
@pytest.mark.parametrize("value", [-2000, 1e5])
def test_a_large_constant_column(value, options):
    X = np.column_stack([UNIT, np.full(N, value)])
    (said,) = heard(alone, X, TWO, **options)
    assert "(column 8)" in said and "leave constant columns out" in said


@EACH_NET
@EACH_DOOR
@pytest.mark.parametrize("scale", [1e-30, 1e-6])
def test_inputs_too_small_to_tell_apart(scale, door, options):
    (said,) = heard(door, UNIT * scale, TWO, **options)
    assert said.startswith("X: the values of each column lie within ")


@EACH_NET
def test_samples_that_are_all_equal(options):
    for X in (
        np.ones((N, 3)),
        np.zeros((N, 5), "f4"),
        np.zeros((N, 4), "i8"),
        sparse.csr_array((N, 9)),
    ):
        (said,) = heard(alone, X, TWO, **options)
        assert "looked at are equal: there is nothing to learn" in said


@EACH_NET
@pytest.mark.parametrize("period", [2, 4])
def test_samples_that_repeat_after_a_few_are_not_all_equal(period, options):
    at = np.arange(signs.ROWS * period) % period  # one of so many rows is looked at
    for X in (np.eye(period, dtype="f4")[at], at[:, None].astype("f4")):
        assert heard(alone, X, at % 2, **options) == []
        assert heard(alone, sparse.csr_array(X), at % 2, **options) == []


@EACH_DOOR
@pytest.mark.parametrize("rate", [1e9, 1e4])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "scaled-tanh"])
def test_absurd_rates(activation, rate, door):
    (said,) = heard(door, UNIT, THREE, activation=activation, learning_rate=rate)
    assert said.startswith(f"learning_rate: {rate:g} is far too large for any inputs; try about 0.")


def test_rates_too_large_for_units_without_bounds():
    for activation in ("relu", "leaky-relu", "identity"):
        (said,) = heard(alone, UNIT, TWO, activation=activation, learning_rate=300.0)
        assert said.startswith("learning_rate: 300 is too large for these inputs and ")


def test_weights_that_are_made_for_large_inputs():
    """A net that comes with them learns well."""
    X = UNIT * 300
    start = [
        w / s
        for w, s in zip(
            Network.initialise([8, 9, 2], ["tanh", "sigmoid"]).weights, [300, 1], strict=True
        )
    ]
    assert heard(alone, X, TWO, hidden=(9,), activation="tanh", start=start) == []


def test_no_run_nothing_said():
    assert heard(fastnet.train, UNIT * 1e9, THREE, epochs=0) == []
    assert heard(alone, UNIT * 1e9, THREE, learning_rate=0) == []
    net = fastnet.train(UNIT, TWO, epochs=0)
    assert heard(net.learn_one, UNIT[0] * 1e4, 1) == []


# Targets --------------------------------------------------------------------------------------


@EACH_RUN
@pytest.mark.parametrize("kind", ["i4", "i8", "u2"])
def test_whole_numbers_that_make_hundreds_of_classes(kind, door):
    y = (20_000 + 3000 * SUM).astype(kind)
    (said,) = heard(door, UNIT, y, hidden=(4,))
    count = len(np.unique(y))
    assert said == (
        f"y: {count} classes among {N} samples; for a regression give floats: y.astype(float), "
        "or 12.0 for 12 in a file"
    )


def test_names_of_single_samples():
    (said,) = heard(alone, UNIT, [f"person {k}" for k in range(N)], hidden=(4,))
    assert said == f"y: {N} classes among {N} samples; each makes an output of its own"


@pytest.mark.parametrize(
    ("classes", "n"), [(2, 4), (10, 12), (20, 30), (26, 520), (100, 300), (150, 900)]
)
def test_real_classes(classes, n):
    assert signs.of_classes(np.arange(classes), n) is None


@EACH_RUN
@pytest.mark.parametrize("options", [{}, {"activation": "tanh"}, {"activation": "relu"}])
@pytest.mark.parametrize(
    ("mean", "spread"), [(67, 10), (200_000, 30_000), (-500, 1), (0, 40), (0, 1e-4)]
)
def test_targets_far_from_unit_scale(mean, spread, door, options):
    y = mean + spread * SUM
    (said,) = heard(door, UNIT, y, **options)
    assert said.startswith("y: mean ")
    assert said.endswith("wanted about 0 and 1; scale y: (y - y.mean(0)) / y.std(0)")


def test_one_output_of_several():
    y = np.column_stack([SUM, 1000 * SUM, SUM])
    (said,) = heard(alone, UNIT, y)
    assert said.startswith("y: output 1: mean ")


def test_targets_that_a_number_cannot_hold():
    (said,) = heard(alone, UNIT, SUM * 1e-40)
    assert said.startswith("y: values within ") and "too small for float32" in said
    for y in (SUM * 1e-60, np.full(N, 0.1)):
        (said,) = heard(alone, UNIT, y)
        assert said.startswith("y: all numbers are ")


# What is looked at ----------------------------------------------------------------------------


def test_a_bounded_part_of_the_data_is_looked_at_once():
    for n, features in [(1, 5), (20, 3), (1000, 40), (60_000, 784), (300, 100_000)]:
        X = np.broadcast_to(np.float32(1), (n, features))
        rows = signs.sample(X)
        assert min(n, signs.LEAST) <= len(rows) <= signs.ROWS
        assert rows.size <= max(2 * signs.NUMBERS, 2 * signs.LEAST * features)
    samples = Samples(UNIT, np.dtype("f4"))
    assert signs.scale_of(samples) is signs.scale_of(samples)


@EACH_NET
def test_sparse_rows_without_scipy_are_warned_of_as_with_it(options):
    rng = np.random.default_rng(0)
    X = sparse.csr_array(rng.normal(size=(N, 8)) * (rng.random((N, 8)) < 0.4) * 1e5)
    own = SparseRows(X.data, X.indices, X.indptr.astype(np.int64), 8)
    assert heard(alone, own, TWO, **options) == heard(alone, X, TWO, **options) != []
    both = [np.array(signs.largest_and_smallest(rows)) for rows in (own, X.toarray())]
    assert (both[0] == both[1]).all()


def test_sparse_rows_have_the_scale_of_dense_ones():
    dense = UNIT * (UNIT > 1)
    ones = [signs.Scale(rows) for rows in (dense, sparse.csr_array(dense))]
    assert ones[0].length == pytest.approx(ones[1].length, rel=1e-12)
    variance = dense.var(axis=0).sum()
    assert ones[1].variance() == pytest.approx(variance, rel=1e-12)
    assert signs.VARIANCE <= ones[0].variance() <= variance  # two rows say enough
    same = [np.tile(UNIT[:1], (N, 1)) * s for s in (1, 1e-3)]
    assert [signs.Scale(rows).variance() for rows in same] == pytest.approx([0, 0], abs=1e-12)
    largest = np.linalg.norm(dense, 2) ** 2 / N
    for scale in ones:
        assert scale.largest_eigenvalue() == pytest.approx(largest, rel=0.1)


def test_numbers_that_partial_fit_is_given():
    X, y = samples(40, 3), samples(40, 1)[:, 0]
    for answers, said in [
        (y * 1e5, "y: mean"), ((y * 1e5).astype(int), "y: mean"), (y + 2000, "y: mean 2,000"),
    ]:  # fmt: skip
        net = fastnet.Network.initialise([3, 5, 1], ["sigmoid", "identity"])
        (heading,) = heard(net.partial_fit, X, answers, 1e-9)
        assert heading.startswith(said)
        assert heard(net.partial_fit, X, answers, 1e-9) == [], "once"
    net = fastnet.Network.initialise([3, 5, 1], ["sigmoid", "identity"])
    assert heard(net.partial_fit, X[:2], [1e-3, 2e-3]) == [], "two numbers may be near"
    assert heard(net.copy().partial_fit, X, y) == []


def test_columns_of_unit_scale_are_not_named():
    X = np.c_[np.linspace(-4, 4, 1200).reshape(300, 4), np.arange(300)]
    (said,) = heard(alone, X, X[:, 0] > 0)
    assert said.startswith("X: values up to 299 (column 4), wanted about 1: ")
