"""Rows, targets and weights as scikit-learn's users have them, checked as it checks them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import validate_data

from ..data.arrays import answers
from ..model.ensemble import nets_of
from ..tables import frames
from ..tables.table import Table
from ..typing import Array
from .constant import is_constant
from .words import naming

NARROW = 256  # columns up to which sparse rows are a table, as their dense twin is
REAL = (np.float64, np.float32)


@naming("X")
def checked_rows(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Return X as a table, or as rows of numbers that are learned as they are.

    Parameters
    ----------
    estimator : object
        It gets or has `n_features_in_` and perhaps `feature_names_in_`.
    X : array_like, sparse, or frame
    reset : bool
        True if X is learned by a new net. Otherwise it must be as before.

    Returns
    -------
    Table, ndarray or csr_array
    """
    encodes = has_encoding(estimator, X, reset)
    if hasattr(X, "tocsr") or not encodes:
        # of whole numbers, uint8 are pixels to `fastnet.train`: so only if X is to stay as it is
        as_it_is = estimator.encode == "none" or estimator.augment is not None
        dtype = "numeric" if as_it_is else REAL
        gaps = "allow-nan" if encodes else True
        X = validate_data(
            estimator, X, reset=reset, accept_sparse="csr", dtype=dtype, ensure_all_finite=gaps
        )
        return frames.table_of(X.toarray()) if encodes else X
    table = frames.as_table(X)
    if table is not None:
        return named(estimator, X, table, reset)
    return by_place(estimator, X, reset)


def has_encoding(estimator: Any, X: Any, reset: bool) -> bool:
    """Tell whether X is a table to an estimator; what is fitted decides it for other rows."""
    if not reset and not is_constant(nets_of(estimator.model_)[0]):
        return nets_of(estimator.model_)[0].encoding is not None
    if estimator.augment is not None:
        return False
    if estimator.encode is not None:
        return bool(estimator.encode == "table")
    return not hasattr(X, "tocsr") or X.shape[-1] <= NARROW


def named(estimator: Any, X: Any, table: Table, reset: bool) -> Table:
    """Return the table of X, which is a frame or has names otherwise."""
    if hasattr(X, "columns") or hasattr(X, "column_names"):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
    elif reset:
        estimator.n_features_in_ = len(table.names)
        if table.named:
            estimator.feature_names_in_ = np.array(table.names, object)
    if not len(table):
        raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
    return table


def by_place(estimator: Any, X: Any, reset: bool) -> Table:
    """Return the table of an array, or of rows by place; what is masked is missing."""
    array = X if isinstance(X, np.ndarray) else np.asarray(X)
    if array.dtype.kind in "biufc" and not isinstance(array, np.ma.MaskedArray):
        more = {"dtype": "numeric", "ensure_all_finite": "allow-nan"}
        return frames.table_of(validate_data(estimator, X, reset=reset, **more))
    validate_data(estimator, array, reset=reset, dtype=None, ensure_all_finite=False)
    try:
        return frames.table_of(X if isinstance(X, list) else array)
    except TypeError as error:
        # scikit-learn's words for an object that is no value
        raise TypeError(f"{error}: an argument must be a string or a number") from None


@naming("y")
def checked_targets(estimator: Any, y: Any, n: int) -> Array:
    """Return labels or numbers (n,) or (n, outputs) of which none is missing."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y "
            "is None."
        )
    if hasattr(y, "tocsr"):
        y = y.toarray()
    y = answers(y)
    if y.dtype.kind not in "biuUSO":  # of which none is missing by now
        check_array(y, ensure_2d=False, dtype=None, input_name="y", estimator=estimator)
    if y.ndim not in (1, 2):
        raise ValueError(f"y: shape {y.shape}, wanted ({n},) or ({n}, outputs), as X")
    if len(y) != n:
        check_consistent_length(np.empty(n), y)  # which says so
    array: Array = y
    return array


def number_of(rows: Any) -> int:
    """Return the number of rows."""
    return len(rows) if isinstance(rows, Table) else int(rows.shape[0])


def encoding_for(rows: Any) -> str:
    """Return the option `encode` for rows."""
    return "table" if isinstance(rows, Table) else "none"
