"""How kernels are compiled: all of Numba's options stand here.

`error_model="numpy"` spares a branch for each division. `nogil` lets nets train in threads side by
side. There is no fastmath: it reorders sums and breaks tests for NaN. There is no parallel=True,
since a pass is a sequence.
"""

import ctypes
import functools
import hashlib
import pathlib
import re
import warnings

import numba
from numba import extending

from .cache import Cache
from .compiler import Compiler, Kernel

_OPTIONS = {"nopython": True, "error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True}


def _jit(**options):
    """Make the decorator that `numba.njit` makes of these options, with our own compiler."""

    def decorate(function):
        if numba.config.DISABLE_JIT:
            return function
        return Kernel(function, None, {"boundscheck": None, **_OPTIONS, **options}, Compiler)

    return decorate


_unkept: list[str] = []  # entries whose code is not on disk: one warning tells of all

kernel = _jit()
inline = _jit(forceinline=True)  # by LLVM
flat = _jit(inline="always")  # by Numba: faster to compile if used once


def inlined(function):
    """Return a kernel as one that LLVM inlines, so that it adapts to constant arguments."""
    return inline(getattr(function, "py_func", function))


@functools.cache
def sources_digest() -> str:
    """Return a digest of the sources of all kernels, and of Numba's options that change the code.

    Those say whether bounds are checked, and how much LLVM optimises.
    """
    options = bool(numba.config.BOUNDSCHECK), int(numba.config.OPT)
    digest = hashlib.sha256(str(options).encode())
    for path in sorted(pathlib.Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def code_digest() -> str:
    """Return a digest of the kernels' sources without comments, docstrings and blank lines.

    Equal digests mean equal bits. A digest has 16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    folder = pathlib.Path(__file__).parent
    for path in sorted(folder.rglob("*.py")):
        code = stripped(path.read_text(encoding="utf-8"))
        digest.update(f"{path.relative_to(folder).as_posix()}\n{code}\n".encode())
    return digest.hexdigest()[:16]


def stripped(source: str) -> str:
    """Return a source without comments and blank lines, and with "" for each docstring."""
    # This uses regular expressions, since Python's own parser takes twenty times as long.
    long = r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    short = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"' + r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'"
    code = re.sub(rf"(?ms)^( *){long} *$", r'\1""', source)
    code = re.sub(rf"(?s)({long}|{short})|#[^\n]*", r"\1", code)
    return "\n".join(line.rstrip() for line in code.splitlines() if line.strip())


def is_jitted(function):
    """Tell whether `numba.njit` made a function. Without the JIT, any function will do."""
    return numba.config.DISABLE_JIT or extending.is_jitted(function)


def c_function(function):
    """Make a C function double f(double) of a jitted one; return its address and its owner.

    The address is valid as long as the owner lives. The function is compiled with the options of
    the jitted one. If it raises, it returns 0 and the exception is lost.
    """
    if numba.config.DISABLE_JIT:
        owner = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(function)
        return ctypes.cast(owner, ctypes.c_void_p).value, owner
    owner = numba.cfunc("float64(float64)")(lambda x: function(x))
    return owner.address, owner


def at_hand(compiled):
    """Tell whether an entry needs no compiling or loading."""
    return numba.config.DISABLE_JIT or bool(compiled.overloads)


def kept(compiled, signature):
    """Tell whether the compiled code of an entry for this signature is on disk."""
    if not isinstance(compiled._cache, Cache):
        return False
    return compiled._cache.holds(signature, compiled.targetctx.codegen())


def entry(function):
    """Make a kernel that Python calls, and keep its compiled code on disk."""
    compiled = kernel(function)
    try:
        if not numba.config.DISABLE_JIT:
            compiled._cache = Cache(function, sources_digest())
    except RuntimeError as error:  # Numba finds no folder that it can write to
        if not _unkept:
            warnings.warn(
                f"fastnet: compiled kernels cannot be kept ({error}); each process compiles anew. "
                "Set NUMBA_CACHE_DIR to a folder that can be written to.",
                RuntimeWarning,
                stacklevel=2,
            )
        _unkept.append(function.__name__)
    return compiled
