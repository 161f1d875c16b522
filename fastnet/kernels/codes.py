"""Numbers and records that Python shares with the kernels; NumPy alone is imported here.

The code of an activation stands in `activations`, of a loss in `losses`, of a way to learn the
first layer in `blocks`: who adds one there, adds it in one place.
"""

import numpy as np

LANES = 16  # of a group: see simd

# Typed: a literal would make Numba compile another variant of a kernel.
START, ONE = np.int64(0), np.int64(1)

UINT8, FLOAT32, FLOAT64 = range(3)  # dtype codes: how the data are stored
SIZES = (1, 4, 8)  # bytes of a number of each
ROOM = 64  # a list of non-zeros needs room for so many entries more than there are features

ORDERED, UNORDERED, OUTSIDE, NO_COLUMN = range(4)  # what `sparse.look` finds

GROUPS = 4  # in a strip, at the most
BLOCK = 16  # rows that three strips and more take in turns
ALL_ROWS = 1 << 40

LAYER = np.dtype(
    [
        ("n_in", np.int64),
        ("n_out", np.int64),
        ("pad", np.int64),
        ("activation", np.int64),  # its code
        ("transfer", np.int64),  # of the user's own: addresses of the function and its derivative
        ("transfer_prime", np.int64),
        ("block", np.int64),  # how many rows to take before the next strip
        ("strip", np.int64),  # the first of its strips in the table, and how many there are
        ("strips", np.int64),
        ("first", np.int64),  # the member's strips, from `first` to before `last` in the table,
        ("last", np.int64),
        ("start", np.int64),  # and their outputs
        ("stop", np.int64),
        ("w", np.int64),  # where its weights and biases begin in params
        ("b", np.int64),
        ("z", np.int64),  # where its z, activations and deltas begin in scratch
        ("a", np.int64),
        ("d", np.int64),
        ("sums", np.int64),  # where the parts of sums over its outputs begin in shared,
        ("parts", np.int64),  # and how many there are
    ]
)

STRIP = np.dtype(
    [
        ("j", np.int64),  # its first output, and how many groups of outputs it has
        ("groups", np.int64),
        ("w", np.int64),  # where its row 0 begins in params
        ("stride", np.int64),  # from one row to the next
    ]
)  # after a layer's strips comes one of 0 groups, whose j is the layer's pad

# A member's place in a team: which of how many it is, and the last tick it has come to.
MEMBER = np.dtype([("me", np.int64), ("team", np.int64), ("tick", np.int64)])
LINE = 16  # from one member's flag to the next: they share no cache line
