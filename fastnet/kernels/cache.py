"""Compiled kernels on disk: a convenience. Where it fails, it is said, and they compile anew."""

import hashlib
import os
import sys
from contextvars import ContextVar

from numba.core import caching

from fastnet.diagnostics import reason

quiet: ContextVar[bool] = ContextVar("quiet", default=False)


class Cache(caching.FunctionCache):
    """Numba's cache of a function, of which no failure comes through.

    Numba's key looks at the source of the function alone, not of those it calls (numba#9483). Here
    a digest belongs to the key, which tells the versions of all of them apart.
    """

    def __init__(self, function, digest):
        super().__init__(function)
        self._digest = digest
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _Files(self.cache_path, self._impl.filename_base, stamp)

    def load_overload(self, sig, target_context):
        """Load compiled code; None where there is none, or where it is damaged."""
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:
            self._say("read", error)
            return None

    def save_overload(self, sig, data):
        """Save compiled code, in the place of what is damaged."""
        try:
            try:
                super().save_overload(sig, data)
            except OSError:
                raise
            except Exception:  # of an index that cannot be read
                os.remove(self._cache_file._index_path)
                super().save_overload(sig, data)
        except Exception as error:
            self._say("kept", error)

    def _index_key(self, sig, codegen):
        return *super()._index_key(sig, codegen), self._digest

    def _say(self, what, error):
        if not quiet.get() and sys.stderr is not None:
            said = f"compiled kernels cannot be {what} in {self.cache_path} ({reason(error)})"
            print(f"fastnet: {said}", file=sys.stderr, flush=True)


class _Files(caching.IndexDataCacheFile):
    """Numba's files, with a checksum at the end of compiled code, of its key too.

    Which kernel a file is of stands in the index alone. Where that was written and the file was not
    (after a kill, on a full disk), an older file of the same name may be there.
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
        return super()._load_data(name)  # which passes over the checksum

    def _save_data(self, name, data):
        code = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(code + self._checksum(code))

    def _checksum(self, code):
        return hashlib.sha256(repr(self._key).encode() + code).digest()
