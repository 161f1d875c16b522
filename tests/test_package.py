"""`import fastnet`: what it costs, and the names that it has."""

import pytest

import fastnet
from tests.helpers import python

LOADED = "; import sys; print(*{name.partition('.')[0] for name in sys.modules})"


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import fastnet", {"numpy", "numba", "llvmlite", "click", "scipy", "json", "urllib"}),
        ("import fastnet; dir(fastnet); fastnet.__version__", {"numpy", "numba", "click"}),
        ("import fastnet; fastnet.datasets", {"numba", "llvmlite", "click", "scipy"}),
        ("import fastnet; fastnet.reference", {"numba", "llvmlite", "click", "scipy"}),
        ("from fastnet import *", {"click"}),
        ("import fastnet; fastnet.train([[0, 1], [1, 0]], [0, 1], epochs=1)", {"click"}),
    ],
)
def test_only_what_is_needed_is_imported(statement, absent):
    loaded = set(python(statement + LOADED).stdout.split())
    assert "fastnet" in loaded
    assert absent.isdisjoint(loaded), absent & loaded


def test_names_are_found_when_they_are_used():
    code = """
import fastnet
assert "train" not in vars(fastnet)
from fastnet import train
assert vars(fastnet)["train"] is train is fastnet.train, "found once"
assert fastnet.trainer.train is train and train.__module__ == "fastnet.trainer"
import fastnet.network
assert fastnet.Network is fastnet.network.Network and fastnet.load is fastnet.network.load
assert fastnet.datasets.load is not fastnet.load
assert not hasattr(fastnet, "numpy_and_more")
assert {*fastnet.__all__, "__version__"} <= {*dir(fastnet)}
"""
    python(code)


def test_names_in_any_order():
    """No name depends on another having been used before."""
    for name in fastnet.__all__:
        python(f"from fastnet import {name}; assert {name} is not None")


def test_names_in_threads():
    """Several threads may use the first name at once."""
    python("""
import threading
import fastnet
found = []
threads = [threading.Thread(target=lambda: found.append(fastnet.train)) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert found == [fastnet.train] * 8
""")


@pytest.mark.compiled
def test_importing_compiles_nothing(tmp_path):
    code = """
import fastnet
for name in fastnet.__all__: getattr(fastnet, name)
import fastnet.cli
from numba.core.dispatcher import Dispatcher
import gc
kernels = [k for k in gc.get_objects() if isinstance(k, Dispatcher) and "fastnet" in k.__module__]
assert len(kernels) > 10
assert all(not k.signatures for k in kernels)
"""
    python(code, NUMBA_CACHE_DIR=str(tmp_path))
    assert list(tmp_path.rglob("*.nb?")) == []


def test_version():
    assert fastnet.__version__.count(".") == 2
    with pytest.raises(AttributeError, match="module 'fastnet' has no attribute 'fit'"):
        _ = fastnet.fit
