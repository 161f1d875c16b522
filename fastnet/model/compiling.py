"""A notice while kernels are compiled, since that takes seconds and looks like a hang."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

import numba
import numpy as np
from numba.core import event

from ..diagnostics import quiet
from ..kernels.codes import BLOCKS, MANY, NARROW, SINGLY, TWO_GROUPS
from ..kernels.entries import ENTRIES, FORMS, direct, entry_of

# What each form of the pass does, in words: see fastnet.model.passes.
WHAT = {
    SINGLY: "the pass that learns and answers",
    BLOCKS: "the pass for wide layers",
    NARROW: "the pass for narrow layers",
    TWO_GROUPS: "the pass for layers of up to 32 outputs",
    MANY: "the pass that answers many rows",
}
NOTICE = (
    "fastnet: compiling {what} ({dtype}), once on this machine: about {about} s if it is idle ..."
)
PASS, DEFORMATION = 5, 2  # seconds of one core; measured on an EPYC: 3 to 7, and 1.5

NUMBA: str = numba.__version__


def compiled_pass(method: int, dtype: np.dtype) -> Any:
    """Return the entry of the pass by which nets of a dtype learn with a method."""
    return entry_of(FORMS[method], dtype)


def notice(name: str) -> str:
    """Return the beginning of the line on an entry of this name that is being compiled."""
    if name == "deform":
        return NOTICE.format(what="the deformation of images", dtype="uint8", about=DEFORMATION)
    form, _, dtype = name.rpartition("_")
    what = {FORMS[m].__name__: WHAT[m] for m in FORMS}[form]
    return NOTICE.format(what=what, dtype=dtype, about=PASS)


class _Listener(event.Listener):  # type: ignore[misc]
    """A listener to Numba's events of compiling. Loading from the cache is not compiling.

    It says what is compiled when that begins, and on the same line how long it took.
    """

    def __init__(self) -> None:
        self.seconds, self.telling = 0.0, False

    def on_start(self, event: Any) -> None:
        if event.data["dispatcher"] in ENTRIES:
            self.began = time.perf_counter()
            self.telling = not quiet.get() and sys.stderr is not None
            if self.telling:
                name = event.data["dispatcher"].py_func.__name__
                print(notice(name), end="", file=sys.stderr, flush=True)

    def on_end(self, event: Any) -> None:
        if event.data["dispatcher"] in ENTRIES:
            took = time.perf_counter() - self.began
            self.seconds += took
            if self.telling:
                print(f" {took:.1f} s", file=sys.stderr, flush=True)


_listener = _Listener()
event.register("numba:compile", _listener)


def seconds() -> float:
    """Return the seconds that this process has spent compiling fastnet's kernels."""
    return _listener.seconds


def ready(
    methods: Iterable[int], dtype: np.dtype, deforming: bool = False
) -> tuple[float, bool]:
    """Compile the passes of these methods, or load them from the cache.

    With `deforming`, do so with the deformation of images, too.

    Returns
    -------
    (float, bool)
        Seconds, and True if any had to be compiled.
    """
    began, compiled = time.perf_counter(), seconds()
    for method in methods:
        direct(compiled_pass(method, dtype))
    if deforming:
        from ..kernels.deform import ARGUMENTS, deform  # most commands need no time for it

        direct(deform, ARGUMENTS)
    return time.perf_counter() - began, seconds() > compiled
