"""Whether sparse rows lie where they say: what the other kernels read, they trust."""

import functools

from .codes import NO_COLUMN, ORDERED, OUTSIDE, UNORDERED
from .jit import entry, sources_digest


def make_look(sources):
    """The compiled look; the digest of its sources belongs to its key in the cache."""

    @entry
    def look(indptr, indices, columns):
        """Look at compressed rows: indptr (rows + 1,), indices (entries,), all < columns.

        Returns a finding and a row. ORDERED: each row has its columns in order, once each.
        UNORDERED: not so, but all lies within. OUTSIDE: row `row` does not lie within the entries.
        NO_COLUMN: it has an entry in a column that there is not.
        """
        sources  # noqa: B018
        finding, last = ORDERED, 0
        for row in range(len(indptr) - 1):
            start, stop = indptr[row], indptr[row + 1]
            if start != last or not start <= stop <= len(indices):
                return OUTSIDE, row
            before = -1
            for i in range(start, stop):
                column = indices[i]
                if not 0 <= column < columns:
                    return NO_COLUMN, row
                if column <= before:
                    finding = UNORDERED
                before = column
            last = stop
        return finding, 0

    return look


@functools.cache
def looking():
    """The compiled look, made when sparse data come."""
    return make_look(sources_digest())


def look(indptr, indices, columns):
    """What `make_look` says, of arrays int64 and int32."""
    return looking()(indptr, indices, columns)
