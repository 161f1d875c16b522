"""fastnet and its peers: ways to train the same net, one sample at a time, in the same order.

Each file here has one peer, written as its own users would write it well, and imports what it
needs. If that fails, the peer is missing, and the tables say why. A peer runs in a process of its
own (`process.py`), so that it cannot disturb the threads of another.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """A peer: its class, and notes on it."""

    module: str
    name: str  # of its class
    every_core: bool = False  # else one thread
    only: tuple[tuple[int, ...], ...] = ()  # the sizes of the nets that it is written for
    slow_start: bool = False  # compiles for most of a minute when it is new
    note: str = ""  # how its arithmetic differs


BY_HAND = (784, 16, 16, 10), (784, 100, 10), (784, 512, 512, 10)

PEERS = {
    "fastnet": Entry("own", "Fastnet"),
    "fastnet, all threads": Entry("own", "Fastnet", every_core=True),
    "AVX-512 by hand in C": Entry("c", "ByHand", only=BY_HAND),
    "AVX-512 by hand in C, two threads": Entry(
        "c", "ByHandOnTwo", every_core=True, only=BY_HAND[1:2]
    ),
    "plain C": Entry("c", "Plain"),
    "JAX scan (in, out)": Entry("jax", "InOut"),
    "JAX scan (out, in)": Entry("jax", "OutIn"),
    "FANN": Entry("fann", "Fann", note="clips the slope of a sigmoid at 0.01 and 0.99"),
    "NumPy": Entry("numpy_loop", "Loop"),
    "PyTorch, by hand": Entry("torch", "ByHand"),
    "PyTorch, compiled": Entry("torch", "Compiled", slow_start=True),
    "PyTorch, eager": Entry("torch", "Eager"),
    "scikit-learn": Entry("sklearn", "Classifier", note="has log loss in place of the quadratic"),
}
