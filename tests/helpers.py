"""What several tests use: other Python processes, and small data."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"  # else kernels run as plain Python


NOT_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)


def needed(name: str) -> Any:
    """Import a package that is an extra; without it, skip the test, but fail in CI."""
    return importlib.import_module(name) if os.environ.get("CI") else pytest.importorskip(name)


def python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter, which must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done


def samples(n: int, features: int, seed: int = 0) -> np.ndarray:
    """Normally distributed inputs (n, features), a third of which are 0."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, features)) * (rng.random((n, features)) > 1 / 3)


def equal_but_for_rounding(came: np.ndarray, wanted: np.ndarray, dtype: str = "float32") -> None:
    """Fail unless two programs that sum in other orders may give these outputs.

    The error of a sum goes with the size of its terms, which the greatest output shows, and
    not with what is left of them: an output near 0 has lost digits to the others.
    """
    atol = 64 * np.finfo(dtype).eps * np.abs(wanted).max()
    np.testing.assert_allclose(came, wanted, rtol=0, atol=atol)
