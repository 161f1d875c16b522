"""C, compiled by gcc and called through ctypes: a plain loop, and nets optimised by hand."""

import ctypes
import shutil
import subprocess
import tempfile
from ctypes import c_float, c_int, c_long, c_void_p
from itertools import pairwise
from pathlib import Path

import numpy as np

from .base import Array, Peer, Task, aligned

if not shutil.which("gcc"):
    raise ImportError("no gcc (Debian: apt-get install gcc)")

# -fopenmp-simd obeys `#pragma omp simd`: only these sums may be reordered.
FLAGS = (
    "-O3", "-march=native", "-ffp-contract=fast", "-fopenmp-simd", "-pthread", "-shared", "-fPIC",
)  # fmt: skip


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
    """Raise ImportError if the processor has not the AVX-512 that these nets use."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        flags = ""
    if not {"avx512f", "avx512dq", "avx512bw", "avx512_vbmi2"} <= set(flags.split()):
        raise ImportError("the processor has no AVX-512 with VBMI2")


def whole_vectors(array: Array, *axes: int) -> Array:
    """Return a copy, aligned, these axes filled up with zeros to whole vectors of 16."""
    more = [(0, -n % 16 if axis in axes else 0) for axis, n in enumerate(array.shape)]
    return aligned(np.pad(array, more))


SOURCES = {
    (784, 16, 16, 10): "by_hand",
    (784, 100, 10): "by_hand_medium",
    (784, 512, 512, 10): "by_hand_large",
}


class ByHand(Peer):
    """One of three nets with intrinsics, zero pixels skipped (by_hand.c, by_hand_*.c)."""

    function = "learn"

    def __init__(self, task: Task):
        needs_avx512()
        self.task = task
        self.X, self.labels = np.ascontiguousarray(task.X), task.y.astype(np.int32)
        self.seen = np.zeros(2)  # cost and right answers
        self.call = getattr(compiled(SOURCES[task.sizes]), self.function)
        self.start()

    def start(self) -> None:
        """Set the start weights, the layers filled up with zeros to whole vectors."""
        first, *above = self.task.weights
        weights = [whole_vectors(first, 1), *(whole_vectors(w, 0, 1) for w in above)]
        biases = [whole_vectors(b, 0) for b in self.task.biases]
        self.layers = list(zip(weights, biases, strict=True))

    def learn(self, n: int) -> None:
        """One pass over the first n samples."""
        arrays = [array for layer in self.layers for array in layer] + [self.X, self.labels]
        pointers = [c_void_p(array.ctypes.data) for array in arrays]
        rate, seen = c_float(self.task.rate), c_void_p(self.seen.ctypes.data)
        self.call(*pointers, c_long(n), rate, seen)

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Weights and biases as they are now."""
        pairs = [
            (w[:n_in, :n_out], b[:n_out])
            for (w, b), (n_in, n_out) in zip(self.layers, pairwise(self.task.sizes), strict=True)
        ]
        return [w for w, _ in pairs], [b for _, b in pairs]


class ByHandOnTwo(ByHand):
    """784-100-10 with intrinsics, as a pipeline on two threads."""

    function = "learn_on_two"
