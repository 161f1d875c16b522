"""Kernels do not warn: the plain ones must not either."""

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with np.errstate(all="ignore"):
        yield
