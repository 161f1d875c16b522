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
from ..kernels.entries import ENTRIES, FORMS, direct, entry_of

NOTICE = "fastnet: compiling the kernels for this machine, once; this takes some seconds ..."
MORE = "fastnet: compiling the kernels of another kind of pass, once ..."

NUMBA: str = numba.__version__


def compiled_pass(method: int, dtype: np.dtype) -> Any:
    """Return the entry of the pass by which nets of a dtype learn with a method."""
    return entry_of(FORMS[method], dtype)


class _Listener(event.Listener):  # type: ignore[misc]
    """A listener to Numba's events of compiling. Loading from the cache is not compiling."""

    def __init__(self) -> None:
        self.seconds, self.notice = 0.0, NOTICE

    def on_start(self, event: Any) -> None:
        if event.data["dispatcher"] in ENTRIES:
            self.began = time.perf_counter()
            if not quiet.get():
                print(self.notice, file=sys.stderr, flush=True)
                self.notice = MORE

    def on_end(self, event: Any) -> None:
        if event.data["dispatcher"] in ENTRIES:
            self.seconds += time.perf_counter() - self.began


_listener = _Listener()
event.register("numba:compile", _listener)


def seconds() -> float:
    """Return the seconds that this process has spent compiling fastnet's kernels."""
    return _listener.seconds


def ready(methods: Iterable[int], dtype: np.dtype) -> tuple[float, bool]:
    """Compile the passes of these methods, or load them from the cache.

    Returns
    -------
    (float, bool)
        Seconds, and True if any had to be compiled.
    """
    began, compiled = time.perf_counter(), seconds()
    for method in methods:
        direct(compiled_pass(method, dtype))
    return time.perf_counter() - began, seconds() > compiled
