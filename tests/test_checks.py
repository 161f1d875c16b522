"""Single arguments: what comes through, and what is said of the rest."""

import math

import numpy as np
import pytest

from fastnet import checks


def test_what_fits_comes_through_as_python_has_it():
    assert checks.one_of("loss", "mse", ("mse", "mae")) == "mse"
    assert type(checks.whole("epochs", np.int8(3), 0)) is int
    assert type(checks.number("rate", np.float32(0.5), 0)) is float
    assert checks.number("share", 1, 0, 1) == 1 and checks.number("share", 0, 0, 1) == 0


@pytest.mark.parametrize("value", [-1, 1.0, True, None, "1", math.nan])
def test_what_is_not_whole(value):
    with pytest.raises(ValueError, match=r"^epochs: .*, wanted a whole number >= 0$"):
        checks.whole("epochs", value, 0)


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf, True, None, "1", 1j, np.zeros(1)])
def test_what_is_no_number(value):
    with pytest.raises(ValueError, match=r"^rate: .*, wanted a number >= 0$"):
        checks.number("rate", value, 0)


def test_the_limits_are_told():
    with pytest.raises(ValueError, match=r"^share: 1.5, wanted a number in \[0, 1\]$"):
        checks.number("share", 1.5, 0, 1)
    with pytest.raises(ValueError, match=r"^loss: 3, wanted one of mse, mae$"):
        checks.one_of("loss", 3, ("mse", "mae"))


@pytest.mark.parametrize(
    ("check", "value", "wanted"),
    [
        (lambda v: checks.whole("n", v, 0), np.array(5), 5),
        (lambda v: checks.number("n", v, 0), np.array(0.5, np.float32), 0.5),
        (lambda v: checks.number("n", v, 0), np.array(3), 3),
        (lambda v: checks.one_of("n", v, ("a", "b")), np.array("a"), "a"),
        (lambda v: checks.flag("n", v), np.array(True), True),
        (lambda v: checks.flag("n", v), np.False_, False),
        (lambda v: checks.threads("n", v), np.array(2), 2),
        (lambda v: checks.threads("n", v), np.array("auto"), "auto"),
        (lambda v: checks.threads("n", v), "auto", "auto"),
        (lambda v: checks.sizes("n", v), np.array([5, 4], np.int8), (5, 4)),
        (lambda v: checks.sizes("n", v), (n for n in (5, np.array(4))), (5, 4)),
        (lambda v: checks.sizes("n", v), range(3, 5), (3, 4)),
        (lambda v: checks.sizes("n", v), [], ()),
    ],
)
def test_arrays_without_dimensions_are_what_they_hold(check, value, wanted):
    came = check(value)
    assert came == wanted and type(came) in (int, float, str, bool, tuple)


@pytest.mark.parametrize("value", ["no", "", 0, 1, None, 1.0, np.array([True]), np.array(1), []])
def test_what_is_no_truth_value(value):
    with pytest.raises(TypeError, match=r"^shuffle: .*, wanted True or False$"):
        checks.flag("shuffle", value)


def test_what_can_be_called():
    assert checks.function("on_epoch", print) is print and checks.function("on_epoch", None) is None
    for value in ("x", 3, np.zeros(2), []):
        with pytest.raises(TypeError, match=r"^on_epoch: .*, wanted a function$"):
            checks.function("on_epoch", value)


@pytest.mark.parametrize("value", [2, True, 5.0, None, b"x", "", np.array(2)])
def test_a_number_is_no_path(value):
    with pytest.raises(TypeError, match=r"^path: .*, wanted a path$"):
        checks.path("path", value)


@pytest.mark.parametrize(
    ("value", "example"),
    [
        (30, r"\(30,\)"),
        (np.int64(30), r"\(30,\)"),
        (np.array(30), r"\(30,\)"),
        ("30", r"\(30,\)"),
        ("64,32", r"\(64, 32\)"),
        ("64-32-16", r"\(64, 32, 16\)"),
        ("none", r"\(64, 32\)"),
        (30.0, r"\(64, 32\)"),
        (True, r"\(64, 32\)"),
        ({30}, r"\(64, 32\)"),
        ({30: 1}, r"\(64, 32\)"),
        (b"30", r"\(64, 32\)"),
    ],
)
def test_sizes_are_told_what_to_write(value, example):
    wanted = rf"^hidden: .*, wanted a sequence of sizes such as {example}$"
    with pytest.raises(TypeError, match=wanted):
        checks.sizes("hidden", value)


@pytest.mark.parametrize(
    "value",
    [10**30, 10**6000, np.zeros((2, 3)), "x" * 500, [*range(50)], ["a\nb"]],
    ids=["large", "larger", "array", "long", "list", "lines"],
)
def test_what_came_is_one_short_line(value):
    for check in (
        lambda: checks.one_of("name", value, ("a",)),
        lambda: checks.whole("name", value, 0),
        lambda: checks.number("name", value, 0, 1),
        lambda: checks.flag("name", value),
        lambda: checks.threads("threads", value),
        lambda: checks.sizes("name", [value]),
    ):
        with pytest.raises((ValueError, TypeError), match=r"^(name|threads): ") as caught:
            check()
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def test_a_number_may_be_too_large():
    with pytest.raises(ValueError, match=r"^epochs: 10+, wanted a whole number from 0 to 99$"):
        checks.whole("epochs", 10**30, 0, 99)
    with pytest.raises(ValueError, match=r"^rate: a whole number of 1329 bits, wanted a number >="):
        checks.number("rate", 10**400, 0)


def test_arrays_of_real_numbers():
    assert checks.array("w", [[1, 2]], (1, 2)).shape == (1, 2)
    for value, error, said in (
        (np.eye(2) * 1j, TypeError, "^w: dtype complex128, wanted real numbers"),
        (np.full((2, 2), "1"), TypeError, "^w: dtype <U1, wanted real numbers"),
        ([[1, 2], [3]], ValueError, r"^w: rows of different lengths, wanted \(2, 2\)"),
        (np.eye(3), ValueError, r"^w: shape \(3, 3\), wanted \(2, 2\)"),
    ):
        with pytest.raises(error, match=said):
            checks.array("w", value, (2, 2))


def test_what_holds_itself_or_much_is_described_briefly() -> None:
    value = ()
    for _ in range(60):
        value = (value, value)  # 2**60 items
    circle = []
    circle.append(circle)
    assert checks.came(value) == "a large tuple"
    assert checks.came({"a": value}) == "a large dict"
    assert checks.came([0] * 10**6) == "a large list"
    assert checks.came(circle) == "a large list"
    assert checks.came([1, (2, {"a": {3}})]) == "[1, (2, {'a': {3}})]"
