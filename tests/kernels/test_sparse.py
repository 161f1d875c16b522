"""What is found in the arrays of compressed rows."""

import numpy as np
import pytest

from fastnet.kernels.sparse import NO_COLUMN, ORDERED, OUTSIDE, UNORDERED, look

CASES = {
    "in order": ([0, 2, 2, 3], [0, 4, 1], (ORDERED, 0)),
    "no rows": ([0], [], (ORDERED, 0)),
    "empty rows": ([0, 0, 0], [], (ORDERED, 0)),
    "room at the end": ([0, 1, 2], [3, 3, 99], (ORDERED, 0)),
    "not in order": ([0, 2, 3], [4, 0, 1], (UNORDERED, 0)),
    "a column twice": ([0, 1, 3], [0, 2, 2], (UNORDERED, 0)),
    "more entries than columns": ([0, 7], [0, 1, 2, 3, 4, 0, 1], (UNORDERED, 0)),
    "not from the first": ([1, 2], [0, 1], (OUTSIDE, 0)),
    "negative": ([0, -1, 2], [0, 1], (OUTSIDE, 0)),
    "backwards": ([0, 2, 1], [0, 1], (OUTSIDE, 1)),
    "too far": ([0, 1, 3], [0, 1], (OUTSIDE, 1)),
    "far inside, 0 at the end": ([0, 2**30, 0], [0, 1], (OUTSIDE, 0)),
    "column 5 of 5": ([0, 1, 2], [4, 5], (NO_COLUMN, 1)),
    "column -1": ([0, 1, 2], [0, -1], (NO_COLUMN, 1)),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_found(case):
    indptr, indices, wanted = CASES[case]
    found = look(np.array(indptr, np.int64), np.array(indices, np.int32), 5)
    assert tuple(map(int, found)) == wanted
