"""The options that vary: ranges, choices, texts; and what is none of them."""

import functools
import math
from collections import Counter

import numpy as np
import optuna
import pytest

from fastnet import Elastic
from fastnet.sweeps.space import (
    draw,
    grid_of,
    is_logarithmic,
    numbers,
    options_of,
    space_of,
    text_of,
)


def one(name, values):
    return space_of({name: values})[name]


def test_a_pair_of_numbers_is_a_range_and_so_is_text_with_dots():
    assert one("learning_rate", (0.003, 0.3)) == one("learning_rate", "0.003..0.3") == (0.003, 0.3)
    assert one("epochs", (np.int64(2), 20)) == one("epochs", "2..20") == (2, 20)
    assert one("l2", "0..1e-4") == (0.0, 1e-4)
    assert [type(end) for end in one("l2", (0, 1))] == [float, float]
    assert [type(end) for end in one("epochs", "2..20")] == [int, int]


def test_a_list_has_choices_and_so_has_text_with_commas():
    assert list(one("l2", [0, 1e-4]).values()) == list(one("l2", "0,1e-4").values()) == [0, 1e-4]
    assert one("hidden", [(128, 64), [32], ()]) == {"128,64": (128, 64), "32": (32,), "none": ()}
    assert one("activation", ["relu", "tanh"]) == {"relu": "relu", "tanh": "tanh"}
    assert one("epochs", range(5, 20, 5)) == {"5": 5, "10": 10, "15": 15}
    assert one("patience", [None, 5]) == {"default": None, "5": 5}
    assert one("shuffle", [True, False]) == {"True": True, "False": False}


def test_choices_may_be_anything_that_the_option_takes():
    elastic = Elastic(alpha=30.0, sigma=5.0)
    found = one("augment", [None, "affine", {"alpha": 30, "sigma": 5}])
    assert [*found.values()] == [None, Elastic.of("affine"), elastic]
    assert [*found] == ["default", "affine", "alpha=30,sigma=5"]
    weights = one("class_weight", ["balanced", {"a": 2.0, "b": 1.0}])
    assert [*weights] == ["balanced", "a=2.0,b=1.0"]
    starts = one("start", ["he", (-0.1, 0.1)])
    assert [*starts] == ["he", "-0.1,0.1"]
    assert [*one("schedule", ["linear", math.sqrt])] == ["linear", "sqrt"]


def test_functions_of_one_name_are_several_choices():
    twice = functools.partial(min, 1)
    made = [lambda p: 1 - p, lambda p: 1 - p**2, twice, functools.partial(min, 2)]
    [found] = space_of({"schedule": made}).values()
    assert [*found.values()] == made
    name = "test_functions_of_one_name_are_several_choices.<locals>.<lambda>"
    assert [*found] == [name, f"{name} (2)", "partial", "partial (2)"]
    with pytest.raises(ValueError, match="each of them once"):
        space_of({"schedule": [twice, twice]})


@pytest.mark.parametrize(
    ("space", "error", "line"),
    [
        ({"lr": [1]}, TypeError, "lr is no option of a sweep; did you mean 'learning_rate'?"),
        ({"seed": [1, 2]}, TypeError, "space: seed is no option of a sweep: a sweep decides it"),
        ({"init": [None]}, TypeError, "space: init is no option of a sweep: all runs share it"),
        ({}, TypeError, "space: {}, wanted options with their values, such as {'l2': [0, 1e-4]}"),
        ([("l2", 1)], TypeError, "wanted options with their values"),
        ({"l2": []}, ValueError, "l2: [], wanted some choices, each of them once"),
        ({"l2": [0, 0.0]}, ValueError, "wanted some choices, each of them once"),
        ({"l2": (1, 0)}, ValueError, "l2: 1..0, wanted a range from its smaller end"),
        ({"l2": (1, 1)}, ValueError, "l2: 1..1, wanted a range from its smaller end"),
        ({"l2": (1, math.inf)}, ValueError, "l2: inf, wanted a number >= 0"),
        ({"l2": (0, math.nan)}, ValueError, "l2: nan, wanted a number >= 0"),
        ({"l2": "0..-1"}, ValueError, "l2: -1, wanted a number >= 0"),
        ({"l2": "1..x"}, ValueError, "l2: '1..x', wanted a range such as 0.003..0.3, or numbers"),
        ({"l2": ""}, ValueError, "l2: '', wanted a range such as 0.003..0.3, or numbers"),
        ({"l2": "0,05"}, ValueError, "l2: '0,05', wanted a range such as 0.003..0.3, or numbers"),
        ({"l2": "0.1...2"}, ValueError, "l2: '0.1...2', wanted a range such as"),
        ({"l2": "1.."}, ValueError, "l2: '1..', wanted a range"),
        ({"l2": (0, 1, 2)}, TypeError, "wanted a range (low, high), or a list of choices"),
        ({"l2": 0.1}, TypeError, "l2: 0.1, wanted a range (low, high), or a list of choices"),
        ({"epochs": (1.5, 20)}, ValueError, "epochs: 1.5, wanted a whole number >= 0"),
        ({"epochs": "1,2.5"}, ValueError, "epochs: 2.5, wanted a whole number >= 0"),
        ({"average": (0, 2)}, ValueError, "average: 2, wanted a number in [0, 1]"),
        ({"hidden": (128, 64)}, TypeError, "hidden: (128, 64), wanted a list of choices"),
        ({"hidden": [64]}, TypeError, "hidden: 64, wanted a sequence of sizes such as (64,)"),
        ({"activation": "relu"}, TypeError, "activation: 'relu', wanted a list of choices"),
        ({"activation": ["rellu"]}, ValueError, "activation: 'rellu', wanted one of sigmoid"),
        ({"schedule": ["cosin"]}, ValueError, "schedule: 'cosin', wanted one of constant"),
        ({"augment": ["alhpa=3"]}, TypeError, "did you mean 'alpha'?"),
    ],
)
def test_what_is_no_space_is_refused_in_one_line(space, error, line):
    with pytest.raises(error) as caught:
        space_of(space)
    assert line in str(caught.value) and "\n" not in str(caught.value)


def drawn(space, n):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    for _ in range(n):
        draw(study.ask(), space)
    return [options_of(trial.params, space) for trial in study.trials]


def test_a_range_whose_ends_differ_tenfold_is_drawn_by_its_logarithm():
    space = space_of({"learning_rate": (1e-4, 1.0), "l2": (0, 1.0), "warm_up": (0.2, 0.9)})
    found = drawn(space, 400)
    low = {name: np.mean([each[name] < 0.5 for each in found]) for name in space}
    # of four decades, 92% of the draws are below a half; else as much as of the range is
    for name, share in {"learning_rate": 0.925, "l2": 0.5, "warm_up": 3 / 7}.items():
        assert abs(low[name] - share) < 5 * math.sqrt(share * (1 - share) / 400), name


def test_whole_numbers_stay_whole_and_reach_both_ends():
    found = drawn(space_of({"epochs": (2, 4)}), 60)
    assert Counter(type(each["epochs"]) for each in found) == {int: 60}
    assert {each["epochs"] for each in found} == {2, 3, 4}


def test_choices_come_back_as_they_were_given():
    space = space_of({"hidden": [(64, 32), ()], "augment": ["elastic", None]})
    found = drawn(space, 40)
    assert {each["hidden"] for each in found} == {(64, 32), ()}
    assert {each["augment"] for each in found} == {Elastic.of("elastic"), None}


def test_a_grid_has_all_settings():
    space = space_of({"l2": "0,1", "hidden": [(1,), (2,), (3,)]})
    assert len({*grid_of(space, True)}) == len(grid_of(space, False)) == 6
    with pytest.raises(ValueError, match=r"space: l2 has a range, wanted a list of choices"):
        grid_of(space_of({"l2": (0, 1)}), True)
    large = space_of({name: range(2000) for name in ("epochs", "l2")})
    assert grid_of(large, False) == []
    with pytest.raises(ValueError, match=r"a grid of 4,000,000 settings, wanted at most 1,048,576"):
        grid_of(large, True)


@pytest.mark.parametrize("power", range(-9, 3))
@pytest.mark.parametrize("digit", range(1, 10))
def test_ends_that_differ_tenfold_as_typed_are_logarithmic(digit, power):
    assert is_logarithmic(numbers("", f"{digit}e{power}..{digit}e{power + 1}"))
    assert not is_logarithmic(numbers("", f"{digit}.001e{power}..{digit}e{power + 1}"))


def test_a_range_from_zero_is_not_logarithmic():
    assert not is_logarithmic((0, 1)) and not is_logarithmic((-1, 1))


def test_texts_tell_apart_what_differs():
    values = [None, (), (1,), (1, 2), "none ", 0.1, 0.1 + 2**-55, True, {"a": 1}, np.zeros(2)]
    assert len({*map(text_of, values)}) == len(values)
