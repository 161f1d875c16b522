"""Schedules by their formulas, the same for any chunk; and what is refused."""

import math
from fractions import Fraction

import numpy as np
import pytest

from fastnet import reference, schedules, train
from fastnet.schedules import SCHEDULES, named
from fastnet.training.rates import Rates

F64 = np.dtype("float64")
TOTAL = 1000
WANTED = {name: rates(0.5, TOTAL) for name, rates in reference.RATES.items()}


@pytest.mark.parametrize("warm_up", [0.0, 0.0005, 0.1, 1.0])
@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_are_the_reference_s(name, warm_up):
    rates = Rates(0.5, SCHEDULES[name], warm_up, TOTAL, F64).of(0, TOTAL)
    wanted = reference.warmed_up(WANTED[name], warm_up) if warm_up else WANTED[name]
    np.testing.assert_allclose(rates, wanted, rtol=1e-14)


def test_the_exponential_is_right_to_some_units_in_the_last_place():
    """Each of four squarings doubles the relative error; a few of eps / 2 were there before."""
    progress = np.arange(1024) / 1024
    own = schedules.exponential(progress)
    exact = [math.exp(p * math.log(0.01)) for p in progress]
    np.testing.assert_allclose(own, exact, rtol=16 * 4 * 2.0**-53)
    assert own[0] == 1 and (np.diff(own) < 0).all()


def test_the_exponential_uses_no_function_that_differs_between_cpus():
    """Sums and products in exact arithmetic, each rounded once, give the same bits."""

    def rounded(x: Fraction) -> Fraction:
        return Fraction(float(x))

    for p in (0.0, 0.1, 0.5, 0.999):
        x = rounded(Fraction(p) * Fraction(-4.605170185988091 / 16))
        e = Fraction(1)
        for k in range(12, 0, -1):
            e = rounded(rounded(rounded(e * x) * Fraction(1 / k)) + 1)
        for _ in range(4):
            e = rounded(e * e)
        assert schedules.exponential(np.array([p]))[0] == float(e)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("warm_up", [0.0, 0.3])
def test_rates_do_not_depend_on_the_chunk(name, warm_up):
    rates = Rates(0.1, SCHEDULES[name], warm_up, TOTAL, F64)
    whole = rates.of(0, TOTAL)
    for size in (1, 3, 7, 64, 333):
        parts = [rates.of(k, min(size, TOTAL - k)) for k in range(0, TOTAL, size)]
        assert np.concatenate(parts).tobytes() == whole.tobytes()


@pytest.mark.parametrize("warm_up", [0.0, 0.3])
def test_rates_at_a_plateau_are_the_reference_s(warm_up):
    rates, wanted = Rates(0.5, named("plateau"), warm_up, TOTAL, F64), np.full(TOTAL, 0.5)
    if warm_up:
        wanted = reference.warmed_up(wanted, warm_up)
    np.testing.assert_allclose(rates.of(0, 200), wanted[:200], rtol=1e-14)
    rates.fall(200, 350)
    assert (rates.falls, rates.total) == (True, 350)
    wanted = wanted[:350] * reference.plateau_rates(1, 350, 200)
    got = [rates.of(0, 200), rates.of(200, 150)]
    np.testing.assert_allclose(got[1], wanted[200:], rtol=1e-14)


def test_a_function_is_told_the_progress():
    told = []

    def schedule(progress):
        told.append(progress.copy())
        progress[:] = 0.25  # it may write over what it is given
        return progress.astype("float32")

    assert Rates(2.0, schedule, 0.0, 8, F64).of(2, 3).tolist() == [0.5] * 3
    assert told[0].dtype == np.float64 and told[0].tolist() == [2 / 8, 3 / 8, 4 / 8]


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (lambda p: p * np.nan, "schedule: nan at progress 0.2, wanted finite factors >= 0"),
        (lambda p: p + np.inf, "schedule: inf at progress 0.2"),
        (lambda p: 0.25 - p, "schedule: -0.05 at progress 0.3"),
        (lambda p: np.where(p > 0.35, 1e300, 1), r"schedule: 1e\+300 at progress 0.4"),
        (lambda p: 1.0, r"schedule: gave shape \(\), dtype float64, wanted \(3,\) real numbers"),
        (lambda p: p[:-1], r"schedule: gave shape \(2,\)"),
        (lambda p: p[:, None], r"schedule: gave shape \(3, 1\)"),
        (lambda p: p + 1j, "schedule: .*dtype complex128"),
        (lambda p: None, "schedule: .*dtype object"),
    ],
)
@pytest.mark.parametrize("rate", [0.5, 0.0])
def test_what_is_no_factor_is_refused(schedule, message, rate):
    if rate == 0 and "e\\+300" in message:
        return  # 0 times what is finite is 0
    with pytest.raises(ValueError, match=message) as caught:
        Rates(rate, schedule, 0.0, 10, np.dtype("float32")).of(2, 3)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("schedule", ["cosine", 3, ["linear"], np.ones(3)])
def test_what_is_no_schedule_is_refused(schedule):
    with pytest.raises(ValueError, match=r"schedule: .*, wanted one of constant, linear, expon"):
        train(np.eye(2), [0, 1], schedule=schedule)
