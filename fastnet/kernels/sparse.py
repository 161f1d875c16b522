"""A check of sparse data, since the other kernels trust the positions that they read."""

from .codes import NO_COLUMN, ORDERED, OUTSIDE, UNORDERED
from .jit import entry


@entry
def look(indptr, indices, columns):
    """Look at compressed rows: indptr (rows + 1,) int64, indices (entries,) int32, all < columns.

    Return a finding and a row. ORDERED: each row has its columns in order, once each. UNORDERED: a
    row has not, but all positions are valid. OUTSIDE: the row does not lie within the entries.
    NO_COLUMN: the row has an entry in a column that does not exist.
    """
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
