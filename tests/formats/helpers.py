"""What several tests of formats use."""

import importlib
import os
from typing import Any

import pytest


def consumer(name: str) -> Any:
    """Import a package that models are given to; without it, skip the test, but fail in CI."""
    return importlib.import_module(name) if os.environ.get("CI") else pytest.importorskip(name)
