"""Numbers and records that Python shares with the kernels. This module imports only NumPy.

Activations have their codes in `activations`, and losses in `losses`, so that an addition touches
one place.
"""

import numpy as np

LANES = 16  # lanes of a group: see simd

# Typed: a literal would make Numba compile another variant of a kernel.
START, ONE = np.int64(0), np.int64(1)

UINT8, FLOAT32, FLOAT64 = range(3)  # dtype codes: how the data are stored
ROOM = 64  # a list of non-zeros has room for the features and this many entries more

# The forms of a pass, which Python chooses (see entries): sample by sample; with the first layer by
# blocks of samples; sample by sample, if no layer is wider than a group, or than two; and over many
# samples side by side, if nothing is learned.
SINGLY, BLOCKS, NARROW, TWO_GROUPS, MANY = range(5)

ORDERED, UNORDERED, OUTSIDE, NO_COLUMN = range(4)  # findings of `sparse.look`

# Numbers of tables: the limit of a scaled number, and the one beyond which all are scaled equally.
LIMIT, CLIP = 3.0, 1e9
# In a stream, after SURE numbers, one that is further from the mean than FAR deviations joins the
# statistics as one that is so far. Numbers beyond LARGEST count as it, so that squares are finite.
SURE, FAR, LARGEST = 20, 10.0, 1e140

GROUPS = 4  # a strip has at most so many groups
# A hidden layer takes a list of the active relu units below it, if both layers have so many units,
# in whole groups: see active.py. Between narrower ones a list saves nothing.
MANY_UNITS = 64
ALL_INPUTS = -1  # of a layer that takes no such list
BLOCK = 16  # rows of a block, if a layer has three strips or more: see layers
ALL_ROWS = 1 << 40

LAYER = np.dtype(
    [
        ("n_in", np.int64),
        ("n_out", np.int64),
        ("pad", np.int64),
        ("activation", np.int64),  # its code
        ("transfer", np.int64),  # addresses of the user's own function and its derivative
        ("transfer_prime", np.int64),
        ("block", np.int64),  # rows that are worked on before the next strip
        ("active", np.int64),  # where the list of its active inputs lies, or ALL_INPUTS
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
)  # a layer's strips end with one that has 0 groups, and whose j is the layer's pad

# A member of a team: its number, the size of the team, and how often it has arrived at a meeting.
MEMBER = np.dtype([("me", np.int64), ("team", np.int64), ("tick", np.int64)])
LINE = 16  # from one member's flag to the next: two flags never share a cache line

# An array in memory: its address, and how many elements it has.
PLACE = np.dtype([("address", np.int64), ("n", np.int64)])

REAL = None  # the dtype of the net
# The arrays of a pass, and their dtypes. No name is one of an attribute of np.record.
OF_PASS = {  # what may change from pass to pass
    "params": REAL,  # the weights and biases
    "samples": np.uint8,  # the samples: see samples.Source
    "indptr": np.int64,
    "indices": np.int32,
    "labels": np.int32,  # their targets: see losses.Targets
    "numbers": REAL,
    "order": np.int64,  # what is done with them: see epoch.Steps
    "rates": REAL,
    "decay": np.float64,
    "out": REAL,
}
OF_MEMORY = {  # what does not
    "layers": LAYER,  # the tables of layers and strips
    "strips": STRIP,
    "byte_values": REAL,
    "index": np.int32,  # memory that the pass writes to: see epoch.Memory
    "values": REAL,
    "block": REAL,  # and that of a block of samples: see blocks.Block
    "listed": np.int32,
    "active": np.int32,  # and the lists of active units: see active.py
    "amounts": REAL,
    "crew": REAL,
    "shared": REAL,
    "own": REAL,
    "member": MEMBER,
    "meetings": np.int64,  # the flags of a team
    "all_inputs": np.int32,
}
ARRAYS = OF_PASS | OF_MEMORY

# A pass of one member of a team, as Python gives it to a kernel: see `entries`. What may change
# from pass to pass comes first: see fastnet/model/tasks.py.
TASK = np.dtype(
    [
        *((name, PLACE) for name in OF_PASS),
        ("stored", np.int64),  # the codes of the data's dtype, and of the loss
        ("loss", np.int64),
        ("cost", np.float64),  # of the samples before
        *((name, PLACE) for name in OF_MEMORY),
        ("checked", np.int64),  # 1 if the only sample may hold NaN or infinity
    ]
)

# A column of plain numbers: the count of those seen, their mean, the sum of their squared distances
# from it, and their deviation; or only the centre and the scale. Then the places of its inputs, the
# number and the gap, or NO_INPUT.
COLUMN = np.dtype(
    [
        ("seen", np.int64),
        ("centre", np.float64),
        ("squares", np.float64),
        ("scale", np.float64),
        ("value", np.int64),
        ("gap", np.int64),
    ]
)
NO_INPUT = -1

# A row of such columns, as Python gives it to `tables.scale_row`.
ROW = np.dtype(
    [
        ("columns", PLACE),
        ("numbers", PLACE),  # float64
        ("inputs", PLACE),
        ("stored", np.int64),  # the code of the inputs' dtype
    ]
)
