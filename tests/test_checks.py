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
