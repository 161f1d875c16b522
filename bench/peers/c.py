"""C, compiled by gcc and called through ctypes: a plain loop, and one optimised by hand."""

import ctypes
import shutil
import subprocess
import tempfile
from ctypes import c_float, c_int, c_long, c_void_p
from pathlib import Path

import numpy as np

from .base import Array, Peer, Task, aligned

if not shutil.which("gcc"):
    raise ImportError("no gcc (Debian: apt-get install gcc)")

# -fopenmp-simd obeys `#pragma omp simd`: only these sums may be reordered.
FLAGS = ("-O3", "-march=native", "-ffp-contract=fast", "-fopenmp-simd", "-shared", "-fPIC")


def compiled(name: str) -> ctypes.CDLL:
    """Return the library compiled from NAME.c."""
    with tempfile.TemporaryDirectory() as folder:
        library = f"{folder}/{name}.so"
        source = Path(__file__).with_name(f"{name}.c")
        done = subprocess.run(
            ["gcc", *FLAGS, str(source), "-o", library, "-lm"], capture_output=True, text=True
        )
        if done.returncode:
            raise OSError(f"gcc: {done.stderr.splitlines()[0]}")
        return ctypes.CDLL(library)


def addresses(arrays: list[Array]) -> ctypes.Array:
    """Return a C array of pointers."""
    return (c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))


class Plain(Peer):
    """Dense loops over arrays, for any net (plain.c)."""

    def __init__(self, task: Task):
        self.task = task
        self.X, self.labels = task.inputs(), task.y.astype(np.int32)
        self.library = compiled("plain")
        self.start()

    def start(self) -> None:
        """Set the start weights."""
        self.weights = [aligned(w.T) for w in self.task.weights]
        self.biases = [aligned(b) for b in self.task.biases]
        self.work = [aligned(b) for b in self.task.biases + self.task.biases]
        layers = len(self.biases)
        self.net = (
            layers, (c_int * (layers + 1))(*self.task.sizes), addresses(self.weights),
            addresses(self.biases), addresses(self.work[:layers]), addresses(self.work[layers:]),
        )  # fmt: skip

    def learn(self, n: int) -> None:
        """One pass over the first n samples."""
        self.library.learn(
            *self.net, c_void_p(self.X.ctypes.data), c_void_p(self.labels.ctypes.data), c_long(n),
            c_float(self.task.rate),
        )  # fmt: skip

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Weights and biases as they are now."""
        return [w.T for w in self.weights], self.biases


def needs_avx512() -> None:
    """Raise ImportError if the processor has no AVX-512."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        flags = ""
    if not {"avx512f", "avx512dq"} <= set(flags.split()):
        raise ImportError("the processor has no AVX-512")


class ByHand(Peer):
    """784-16-16-10 with intrinsics, zero pixels skipped (by_hand.c)."""

    def __init__(self, task: Task):
        needs_avx512()
        self.task = task
        self.X, self.labels = np.ascontiguousarray(task.X), task.y.astype(np.int32)
        self.library = compiled("by_hand")
        self.start()

    def start(self) -> None:
        """Set the start weights, the last layer's filled up with zeros to 16 columns."""
        w1, w2, w3 = self.task.weights
        w3 = np.pad(w3, ((0, 0), (0, 6)))
        biases = [np.pad(b, (0, 16 - len(b))) for b in self.task.biases]
        self.arrays = [aligned(a) for a in (w1, w2, w2.T, w3, w3.T, np.stack(biases))]

    def learn(self, n: int) -> None:
        """One pass over the first n samples."""
        data = [*self.arrays, self.X, self.labels]
        pointers = [c_void_p(array.ctypes.data) for array in data]
        self.library.learn(*pointers, c_long(n), c_float(self.task.rate))

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Weights and biases as they are now."""
        w1, w2, _, w3, _, b = self.arrays
        return [w1, w2, w3[:, :10]], [b[0], b[1], b[2, :10]]
