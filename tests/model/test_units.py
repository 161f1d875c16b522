"""The units of a regression's targets: learned scaled, answered as given."""

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, train
from fastnet.data.targets import as_targets
from fastnet.model.units import Units, near
from fastnet.training.order import held_out
from tests.people import numbers, people, rows

FRAME = people(200)
Y = numbers(FRAME)
OPTIONS = {"hidden": (6,), "encode": "table"}


def test_the_median_and_the_deviation_of_each_output():
    rng = np.random.default_rng(0)
    y = np.column_stack([rng.permutation(1001) * 1.0, rng.permutation(1001) * 1e-3 - 1e9])
    three = np.column_stack([y, np.full(1001, 0.1)])
    units = Units.of(three)
    assert units.centre.tolist() == [500.0, 0.5 - 1e9, 0.1]
    assert np.allclose(units.scale[:2], y.std(axis=0), rtol=1e-6, atol=0)
    assert units.scale[2] == 1.0  # a constant
    assert np.allclose(units.restored(units.scaled(three)), three, rtol=1e-15, atol=1e-12)


def test_far_numbers_count_as_if_they_were_at_the_limit():
    y = np.arange(1001.0)
    y[1000], y[7] = 1e9, -1e30
    spread = 750 / 1.35 - 250 / 1.35
    cut = np.clip(y, 500 - 5 * spread, 500 + 5 * spread)
    assert np.array_equal(near(y[:, None])[:, 0], cut)
    assert np.isclose(Units.of(y[:, None]).scale[0], cut.std(), rtol=1e-12, atol=0)


def test_a_long_tail_is_no_slip():
    y = np.exp(np.random.default_rng(0).normal(0, 2, (2000, 1)))  # a fifth is beyond 5 spreads
    ordered = np.sort(np.abs(y - np.sort(y, axis=0)[999]), axis=0)
    limit = np.sort(y, axis=0)[999] + 2 * ordered[int(0.98 * 1999)]
    assert np.array_equal(near(y), np.minimum(y, limit)) and (y > limit).sum() < 20
    slipped = y.copy()
    slipped[3] = 1e300
    assert np.isclose(Units.of(slipped).scale[0], Units.of(y).scale[0], rtol=0.1, atol=0)


def test_most_targets_are_equal_and_the_unit_is_their_deviation():
    y = np.repeat([0.0, 500.0], [93, 7])[:, None]
    units = Units.of(y)
    assert units.centre[0] == 0 and np.isclose(units.scale[0], y.std(), rtol=1e-14, atol=0)
    rare = Units.of(np.repeat([3.0, 503.0], [999, 1])[:, None]).scale[0]
    assert rare == 100  # at the least: few others are not many units away
    halves = Units.of(np.repeat([3.0, 4.0], [51, 49])[:, None])
    assert np.isclose(halves.scale[0], 0.5, rtol=1e-3, atol=0)


@pytest.mark.parametrize("size", [1.0, 1e6])
def test_targets_that_are_mostly_zero_are_learned(size):
    x = np.random.default_rng(0).normal(size=(1000, 2))
    for y in ((x[:, 0] > 1.6) * size, np.where(x.sum(axis=1) > 2, (3 + x[:, 1]) * size, 0)):
        net = train({"a": x[:700, 0], "b": x[:700, 1]}, y[:700], epochs=50)
        assert net.score({"a": x[700:, 0], "b": x[700:, 1]}, y[700:]) > 0.65


def test_no_order_of_the_targets_matters():
    y = np.random.default_rng(1).normal(1e6, 1, (999, 1)) ** 3
    units = [Units.of(rows) for rows in (y, y[::-1], np.sort(y, axis=0))]
    assert len({(float(one.centre[0]), float(one.scale[0])) for one in units}) == 1


@pytest.mark.parametrize("size", [1e-300, 1e-5, 1e300])
def test_numbers_of_any_size(size):
    units = Units.of(np.array([[1.0], [2.0], [3.0], [4.0], [5.0]]) * size)
    assert np.isclose(units.centre[0], 3 * size, rtol=1e-15, atol=0)
    assert np.isclose(units.scale[0], 2**0.5 * size, rtol=1e-14, atol=0)


@pytest.mark.parametrize("value", [0.0, -3.5, 0.1, 1e-320])
def test_equal_numbers_have_scale_one(value):
    units = Units.of(np.full((7, 1), value))
    assert (units.centre[0], units.scale[0]) == (value, 1)


def test_units_in_json_fit_their_net():
    units = Units.of(np.arange(6.0).reshape(3, 2))
    again = Units.from_dict(units.to_dict(), 2)
    assert all(np.array_equal(a, b) for a, b in zip(units, again, strict=True))
    with pytest.raises(ValueError, match="wanted 3 each, as outputs"):
        Units.from_dict(units.to_dict(), 3)


def test_answers_and_losses_come_in_the_units_of_y():
    held = {"validation_data": (FRAME[150:], Y[150:])}
    net = train(FRAME[:150], Y[:150], epochs=20, **OPTIONS, **held)
    answers = net.predict(FRAME[150:])
    assert answers.dtype == np.float64 and answers.shape == (50,)
    assert np.array_equal(net.predict_proba(FRAME[150:])[:, 0], answers)
    assert net.predict_one(rows(FRAME)[150]) == answers[0]
    mean = float(((answers - Y[150:]) ** 2).mean())
    assert net.history[-1]["val_loss"] == pytest.approx(mean, rel=1e-3)  # float32
    spread = Y[:150].var()
    assert net.history[-1]["loss"] < 0.5 * spread < net.history[0]["loss"] < 10 * spread
    unit = float(net.outputs.units.scale[0])
    assert net.outputs.constant_loss(np.zeros(1), np.ones(1)) == pytest.approx(unit**2)
    rest, total = ((Y - net.predict(FRAME)) ** 2).sum(), ((Y - Y.mean()) ** 2).sum()
    assert net.score(FRAME, Y) == pytest.approx(1 - rest / total, rel=1e-6)
    assert net.score(FRAME, Y) > 0.5


def test_a_unit_changes_no_bit_of_what_is_learned():
    age = FRAME.age.to_numpy(float)
    nets = [train(FRAME, age * k, epochs=3, **OPTIONS) for k in (1, 1024, 2.0**-30)]
    assert len({net.parameters.digest() for net in nets}) == 1
    for k, net in zip((1, 1024, 2.0**-30), nets, strict=True):
        assert np.array_equal(net.predict(FRAME), k * nets[0].predict(FRAME))
        assert net.history[-1]["loss"] == nets[0].history[-1]["loss"] * k * k


def test_several_targets_have_units_of_their_own():
    both = np.column_stack([Y, FRAME.age.to_numpy(float) * 1e-5])
    net = train(FRAME, both, epochs=20, **OPTIONS)
    answers = net.predict(FRAME)
    assert answers.shape == (200, 2) and net.score(FRAME, both) > 0.5
    assert net.predict_one(rows(FRAME)[3]).tolist() == answers[3].tolist()
    seen = train(FRAME, both, init=net, validation_data=(FRAME, both), epochs=1, learning_rate=0.0)
    scaled = (((net.predict(FRAME) - both) / net.outputs.units.scale) ** 2).sum(axis=1).mean()
    assert seen.history[-1]["val_loss"] == pytest.approx(scaled, rel=1e-4)


def test_one_target_in_a_column_answers_in_a_column():
    net = train(FRAME, Y[:, None], epochs=1, **OPTIONS)
    assert net.predict(FRAME).shape == (200, 1) and net.predict_one(rows(FRAME)[0]).shape == (1,)


@pytest.mark.parametrize("make", [
    lambda share: train(share[:, None], share, epochs=1, hidden=(3,)),  # an array as it is
    lambda share: train(FRAME, share, epochs=1, activation=["tanh", "sigmoid"], **OPTIONS),
    lambda share: train(FRAME, share.round(), epochs=1, loss="cross-entropy", **OPTIONS),
    lambda share: train(FRAME, FRAME.job.to_numpy(), epochs=1, **OPTIONS),
], ids=["an array", "outputs within bounds", "several labels", "classes"])  # fmt: skip
def test_where_there_are_no_units(make):
    net = make(FRAME.age.to_numpy(float) / 100)
    assert net.outputs.units is None
    X = FRAME if net.encoding else np.ones((3, 1))
    assert net.predict_proba(X).dtype == np.float32


def test_targets_that_do_not_fit_are_named():
    net = train(FRAME, Y, epochs=1, **OPTIONS)
    before = net.digest()
    for y, said in (
        ([1.0, np.nan], "nan in row 1"),
        ([1.0], r"shape \(1,\), wanted \(2,\)"),
        ([1e308, -1e308], "y, scaled as in training: inf in row 0"),
        (["a", "b"], "dtype"),
    ):
        with pytest.raises((ValueError, TypeError), match=f"^(y: .*)?{said}"):
            net.partial_fit(FRAME[:2], y)
    for y in (np.nan, "a", [1.0, 2.0], None, 1e308):
        with pytest.raises(ValueError, match=r"^y: .*wanted a finite number within float32"):
            net.learn_one(rows(FRAME)[0], y)
    assert net.digest() == before
    assert net.copy().partial_fit(FRAME[:1], [Y[0]]).digest() != before
    one, other = net.copy(), net.copy()
    one.learn_one(rows(FRAME)[0], int(1e9))
    other.learn_one(rows(FRAME)[0], 1e9)
    assert one.digest() == other.digest() != before


def test_units_of_checked_targets():
    targets = as_targets([3, 4.5, 5], 3, np.dtype("f8"))
    assert Units.of(targets.numbers.reshape(-1, 1)).centre == [4.5]


def test_far_targets_are_learned_as_if_they_were_at_the_limit():
    y = Y.copy()
    y[[77, 78]] = 1e6, 2e9
    units = Units.of(y[:, None])
    with pytest.warns(fastnet.LearningWarning, match="^y: 2 of 200 targets are more than 5 spr"):
        net = train(FRAME, y, epochs=1, **OPTIONS)
    assert np.array_equal(net.outputs.units.scale, units.scale)
    few = train(FRAME, near(y[:, None])[:, 0], epochs=1, **OPTIONS)
    assert np.allclose(net.predict(FRAME), few.predict(FRAME), rtol=1e-4, atol=0)
    with pytest.warns(fastnet.LearningWarning, match="more than 5 spreads"):
        part = train(FRAME, y, epochs=1, validation_fraction=0.5, seed=1, **OPTIONS)
    held = held_out(y, 0.5, 1)
    answers = part.predict(FRAME.iloc[held])
    mean = ((answers - y[held]) ** 2).mean()  # of the targets as they are
    assert part.history[-1]["val_loss"] == pytest.approx(mean, rel=1e-3)
    train(FRAME, y, init=train(FRAME, Y, epochs=1, **OPTIONS), learning_rate=0.0)  # silent
    with pytest.warns(fastnet.LearningWarning, match=r"^y: all numbers are 2.5 in float32: noth"):
        train(FRAME, np.full(200, 2.5), epochs=1, **OPTIONS)


def test_an_ensemble_answers_in_the_units_of_y():
    nets = [train(FRAME[k:], Y[k:], epochs=20, **OPTIONS) for k in (0, 40)]
    both = Ensemble(nets)
    mean = (nets[0].predict(FRAME) + nets[1].predict(FRAME)) / 2
    assert np.array_equal(both.predict(FRAME), mean)
    assert both.score(FRAME, Y) == pytest.approx(nets[0].outputs.score(mean, Y), rel=1e-12)
    assert both.score(FRAME, Y) > 0.5
