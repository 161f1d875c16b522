"""What several tests of formats use."""

import importlib
import os
from typing import Any

import pytest

from fastnet.formats.exporting import FORMATS


def consumer(name: str) -> Any:
    """Import a package that models are given to; without it, skip the test, but fail in CI."""
    return importlib.import_module(name) if os.environ.get("CI") else pytest.importorskip(name)


# Each format. PyTorch takes long to import, and `make test` has it not.
EACH = pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.heavy] if n == "torch" else []) for n in FORMATS],
)
