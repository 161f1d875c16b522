"""What several tests of formats use."""

import importlib
import os
from typing import Any

import pytest


def consumer(name: str) -> Any:
    """Import a package that models are given to. In CI it must be there, else the test is skipped."""
    return importlib.import_module(name) if os.environ.get("CI") else pytest.importorskip(name)
