"""The cache of compiled kernels on disk. If it fails, a line on stderr says so and they compile."""

import hashlib
import os
import sys

from llvmlite import binding
from numba.core import caching
from numba.core.runtime._nrt_python import c_helpers

from fastnet.diagnostics import quiet, reason


class Cache(caching.FunctionCache):
    """Numba's cache of a function. It never raises.

    Numba's key depends on the source of the function alone, not on the functions that it calls
    (numba#9483). Here the key also has a digest of the sources of all kernels.
    """

    def __init__(self, function, digest):
        super().__init__(function)
        self._digest = digest
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _Files(self.cache_path, self._impl.filename_base, stamp)

    def holds(self, sig, codegen):
        """Tell whether there is compiled code for these types of arguments."""
        try:
            return self._index_key(sig, codegen) in self._cache_file._load_index()
        except Exception:  # `load_overload` tells of it
            return False

    def load_overload(self, sig, target_context):
        """Load compiled code. Return None if there is none, or if it is damaged."""
        try:
            # Numba's own form first gets ready to compile, which takes a quarter of a second. The
            # code needs only the addresses of the C functions that it may call.
            for name, address in c_helpers.items():
                binding.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)
            with self._guard_against_spurious_io_errors():
                return self._load_overload(sig, target_context)
        except Exception as error:
            self._say("read", error)
            return None

    def save_overload(self, sig, data):
        """Save compiled code. Replace a damaged index."""
        try:
            try:
                super().save_overload(sig, data)
            except OSError:
                raise
            except Exception:  # the index is damaged
                os.remove(self._cache_file._index_path)
                super().save_overload(sig, data)
        except Exception as error:
            self._say("kept", error)

    def _index_key(self, sig, codegen):
        # Without the contents of a closure: the pickle of a kernel differs in each process.
        code = hashlib.sha256(self._py_func.__code__.co_code).hexdigest()
        return sig, codegen.magic_tuple(), code, self._digest

    def _say(self, what, error):
        if not quiet.get() and sys.stderr is not None:
            said = f"compiled kernels cannot be {what} in {self.cache_path} ({reason(error)})"
            print(f"fastnet: {said}", file=sys.stderr, flush=True)


class _Files(caching.IndexDataCacheFile):
    """Numba's files. Compiled code ends with a checksum of itself and of its key.

    Only the index says which kernel a file holds. If the index was written and the file was not
    (after a kill, or on a full disk), an older file of the same name may be there.
    """

    def load(self, key):
        self._key = key
        return super().load(key)

    def save(self, key, data):
        self._key = key
        super().save(key, data)

    def _load_data(self, name):
        with open(self._data_path(name), "rb") as file:
            code = file.read()
        if code[-32:] != self._checksum(code[:-32]):
            raise ValueError(f"{name} is damaged")
        return super()._load_data(name)  # it ignores the checksum at the end

    def _save_data(self, name, data):
        code = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(code + self._checksum(code))

    def _checksum(self, code):
        return hashlib.sha256(repr(self._key).encode() + code).digest()
