"""A notice while kernels are compiled, since that takes seconds and looks like a hang."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from typing import Any

import numba
import numpy as np
from numba.core import event

from ..diagnostics import quiet
from ..kernels.codes import BLOCKS, MANY, NARROW, SINGLY, TWO_GROUPS
from ..kernels.entries import ENTRIES, FORMS, SIGNATURE, direct, entry_of
from ..kernels.jit import at_hand, kept
from ..turns import turn

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
WAITING = "fastnet: another process compiles {what} ({dtype}); this one waits for it"
PATIENCE = 1.0  # seconds of waiting before it is said
LONGEST = 120.0  # seconds of waiting, after which it is compiled here, too

NUMBA: str = numba.__version__


def compiled_pass(method: int, dtype: np.dtype) -> Any:
    """Return the entry of the pass by which nets of a dtype learn with a method."""
    return entry_of(FORMS[method], dtype)


def notice(name: str) -> str:
    """Return the beginning of the line on an entry of this name that is being compiled."""
    about = DEFORMATION if name == "deform" else PASS
    return NOTICE.format(**words(name), about=about)


def words(name: str) -> dict[str, str]:
    """Return what an entry of this name is, and its dtype."""
    if name == "deform":
        return {"what": "the deformation of images", "dtype": "uint8"}
    form, _, dtype = name.rpartition("_")
    return {"what": {FORMS[m].__name__: WHAT[m] for m in FORMS}[form], "dtype": dtype}


class _Listener(event.Listener):  # type: ignore[misc]
    """A listener to Numba's events of compiling. Loading from the cache is not compiling.

    It says what is compiled when that begins, and on the same line how long it took.
    """

    def __init__(self) -> None:
        self.seconds, self.telling = 0.0, False
        self.told: set[str] = set()  # names of what this process compiles, or waits for

    def on_start(self, event: Any) -> None:
        if event.data["dispatcher"] in ENTRIES:
            self.began = time.perf_counter()
            self.told.add(event.data["dispatcher"].py_func.__name__)
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


def loaded(compiled: Any, arguments: Any = SIGNATURE) -> Any:
    """Return an entry as `direct` does, compiled by one of the processes that want it at a time.

    The others wait, say so if it takes long, and load what that one has kept on disk.
    """
    folder = None if at_hand(compiled) else compiled.stats.cache_path
    if folder is None or kept(compiled, arguments):
        return direct(compiled, arguments)
    name, began = compiled.py_func.__name__, time.perf_counter()

    def waits() -> None:
        if time.perf_counter() - began > PATIENCE and name not in _listener.told:
            _listener.told.add(name)
            if not quiet.get() and sys.stderr is not None:
                print(WAITING.format(**words(name)), file=sys.stderr, flush=True)

    with turn(os.path.join(folder, f"{name}.lock"), LONGEST, waits):
        return direct(compiled, arguments)


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
        loaded(compiled_pass(method, dtype))
    if deforming:
        from ..kernels.deform import ARGUMENTS, deform  # most commands need no time for it

        loaded(deform, ARGUMENTS)
    return time.perf_counter() - began, seconds() > compiled
