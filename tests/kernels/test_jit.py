"""What is kept on disk: never stale, and no need for it."""

import shutil
from pathlib import Path

import pytest

from fastnet.kernels.jit import sources_digest
from tests.kernels.helpers import ROOT, output, python

pytestmark = pytest.mark.compiled

RUN = """
import numpy as np
from fastnet.kernels.epoch import epoch
from fastnet.network import Network

net = Network.initialise((3, 2), ["sigmoid"])
print(net.predict_proba(np.ones((1, 3)))[0, 0], sum(epoch.stats.cache_hits.values()))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder that holds a copy of the package."""
    shutil.copytree(
        ROOT / "fastnet", tmp_path / "fastnet", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def test_an_edited_callee_is_not_served_from_the_cache(copy: Path) -> None:
    """maths.py is far below epoch.py, whose own source stays what it was."""

    def run() -> list[str]:
        return output(python("-c", RUN, home=copy, NUMBA_CACHE_DIR=str(copy / "cache")))[0].split()

    value, hits = run()
    assert hits == "0"
    assert run() == [value, "1"], "unchanged, it comes from the cache"
    with open(copy / "fastnet/kernels/maths.py", "a", encoding="utf-8") as file:
        file.write("\nsigmoid = tanh\n")
    edited, hits = run()
    assert hits == "0"
    assert edited != value


def test_code_that_checks_bounds_is_kept_apart() -> None:
    code = "from fastnet.kernels import jit; print(jit.sources_digest())"
    digests = [output(python("-c", code, NUMBA_BOUNDSCHECK=on))[0].strip() for on in "01"]
    assert len(set(digests)) == 2
    assert sources_digest() in digests


def test_a_cache_that_cannot_be_written_costs_one_warning(copy: Path) -> None:
    """No folder can be made: not beside the sources, nor at home, nor where the user says."""
    (copy / "fastnet/kernels/__pycache__").write_text("a file, where a folder is wanted")
    nowhere = "/dev/null/x"
    names = ("NUMBA_CACHE_DIR", "HOME", "XDG_CACHE_HOME", "LOCALAPPDATA")
    printed, warned = output(python("-c", RUN, home=copy, **dict.fromkeys(names, nowhere)))
    value, hits = printed.split()
    assert 0 < float(value) < 1
    assert hits == "0"
    assert warned.count("Warning") == 1
    assert "NUMBA_CACHE_DIR" in warned
