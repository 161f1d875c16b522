"""What the tests of the kernels share."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import numpy as np
import pytest
from numba.core import config
from scipy.sparse import csr_array

import fastnet.kernels
from fastnet.data.samples import Samples
from fastnet.data.targets import Targets
from fastnet.kernels import simd
from fastnet.kernels.jit import kernel
from fastnet.model.network import Network
from fastnet.model.workspace import Workspace

ROOT = Path(__file__).parents[2]
PLAIN = bool(config.DISABLE_JIT)  # the kernels run as plain Python, about 1000 times as slow
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
T = TypeVar("T")


def few(items: Sequence[T], n: int = 3) -> Sequence[T]:
    """All items; of the plain kernels, which are slow, only n of them, the last always."""
    return items[len(items) - 1 :: -max(1, len(items) // n)][:n][::-1] if PLAIN else items


def copy_of_kernels(name: str, plain: bool = False) -> Callable[[str], ModuleType]:
    """A second copy of fastnet.kernels, of which the result imports modules; plain: as NumPy."""
    path = Path(fastnet.kernels.__file__ or "")
    spec = importlib.util.spec_from_file_location(
        name, path, submodule_search_locations=[str(path.parent)]
    )
    assert spec is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)

    def load(module: str) -> ModuleType:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(config, "DISABLE_JIT", int(plain or PLAIN))
            return importlib.import_module(f"{name}.{module}")

    return load


plain_kernels = copy_of_kernels("plain_kernels", plain=True)


def twins(make: Callable[[ModuleType, Callable], T]) -> tuple[T, T]:
    """What `make` makes of the operations of simd: compiled, and of their NumPy bodies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "DISABLE_JIT", 1)
        plain = make(plain_kernels("simd"), lambda function: function)
    return make(simd, kernel), plain


def same_bits(x: Any, y: Any) -> bool:
    """Whether two arrays are equal bit for bit."""
    x, y = np.asarray(x), np.asarray(y)
    return x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()


def to_csr(dense: np.ndarray, stored: np.ndarray | None = None) -> csr_array:
    """Sparse rows that store the entries where `stored` is true, zeros too; else all not 0."""
    stored = dense != 0 if stored is None else stored
    indptr = np.append(0, np.cumsum(stored.sum(axis=1)))
    return csr_array((dense[stored], np.nonzero(stored)[1], indptr), shape=dense.shape)


def run(
    net: Network,
    X: Any,
    y: Any = None,
    rates: Any = 0.1,
    order: Any = None,
    workspace: Workspace | None = None,
    out: Any = None,
    cost: float = 0.0,
    decay: Any = None,
) -> tuple[float, int, int]:
    """One compiled pass over X: labels (n,) or targets (n, outputs); see kernels.epoch."""
    samples = Samples(X, net.dtype)
    order = np.arange(samples.n) if order is None else np.asarray(order)
    targets = None
    if y is not None:
        y, none = np.asarray(y), np.zeros(0, net.dtype)
        if y.ndim == 1:
            targets = Targets(y.astype(np.int32), none, net.sizes[-1], None)
        else:
            numbers = np.ascontiguousarray(y, net.dtype).reshape(-1)
            targets = Targets(np.zeros(0, np.int32), numbers, net.sizes[-1], None)
    if rates is not None:
        rates = np.array(np.broadcast_to(rates, len(order)), net.dtype)
    workspace = workspace or net.passes.workspace()
    return net.passes.over(workspace, samples, order, targets, rates, cost, out, decay)


def python(
    *arguments: str, home: Path = ROOT, program: str = sys.executable, **environment: str
) -> subprocess.Popen[str]:
    """Start Python on the fastnet in `home`, with variables added to the environment."""
    return subprocess.Popen(
        [program, *arguments],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(home), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What a process wrote to stdout and stderr, once it has ended well."""
    out, err = process.communicate()
    assert process.returncode == 0, err
    return out, err
