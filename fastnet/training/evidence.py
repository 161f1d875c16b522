"""Evidence that inputs tell targets, for a run that has learned nothing.

It tells a net that fails from data that hold nothing, as where labels are permuted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.targets import Targets
from ..model.signs import as_numbers
from ..typing import Array

ROWS, NUMBERS = 1000, 1 << 19  # the most rows and numbers to look at
OUTPUTS = 16  # the most columns of targets
TRIED = 40  # about as many inputs are tried with shuffled targets
SHUFFLED, TIMES = 20, 2.0  # a correlation that is so many times the largest of shuffled targets


@np.errstate(all="ignore")
def telling(rows: Any, targets: Targets) -> int | None:
    """Return the input that alone tells the targets best, or None if it may be by chance.

    Its correlation with a class or a number is at least twice as large as that of itself, or of
    some of the other inputs, with targets that are shuffled, twenty times. So data without a rule
    pass rarely, whatever their distributions are. It takes milliseconds.

    Parameters
    ----------
    rows : ndarray or csr_array, shape (n, inputs)
        What the net has for inputs.
    targets : Targets
        The n targets.
    """
    n, inputs = rows.shape
    some = np.arange(0, n, max(1, -(-n // ROWS), n * inputs // NUMBERS))
    part = rows[some]
    x = standardised(as_numbers(part.toarray() if hasattr(part, "toarray") else part))
    y = columns_of(targets.rows(some))
    y = standardised(y[:, :: -(-y.shape[1] // OUTPUTS)])
    correlations, draw = largest(x, y), np.random.default_rng(0)
    k = int(correlations.argmax())
    tried = x[:, [k, *range(0, inputs, -(-inputs // TRIED))]]
    chance = max(largest(tried, draw.permutation(y)).max() for _ in range(SHUFFLED))
    return k if correlations[k] > TIMES * chance else None


def largest(x: Array, y: Array) -> Array:
    """Return the largest correlation of each column of x with one of y; both are standardised."""
    # in this order NumPy takes a sixth of the time
    products: Array = np.abs(np.einsum("ik,ij->kj", y, x)).max(axis=0, initial=0)
    return products


def columns_of(targets: Targets) -> Array:
    """Return targets (n, outputs) as numbers: labels one-hot."""
    if not len(targets.labels):
        return targets.numbers.reshape(-1, targets.outputs).astype(np.float64)
    columns: Array = (targets.labels[:, None] == np.arange(targets.outputs)).astype(np.float64)
    return columns


def standardised(columns: Array) -> Array:
    """Return columns (n, columns) of mean 0 and length 1; constant ones are 0."""
    apart = columns - columns.mean(axis=0)
    length = np.sqrt(np.square(apart).sum(axis=0))
    varied = length > 1e-9 * np.sqrt(np.square(columns).sum(axis=0))
    scaled: Array = np.where(varied, apart / length, 0)
    return scaled
