"""The encoding of a table as steps of scikit-learn, which need no fastnet.

Numbers go through z / sqrt(1 + (z / 3)**2) = 3 sin(arctan(z / 3)), words through a OneHotEncoder.
A step is fitted on a few rows that are made up, then its numbers are set.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...data.fields import is_number, spellings
from ...kernels.codes import LIMIT
from ...tables.columns import NumberColumn, WordColumn
from ...typing import Array
from ..extras import package

NAME = "scikit-learn"
FLAGS = {"true": 1.0, "false": 0.0}
SPARE = "\0"  # a word that no row has


class Columns(NamedTuple):
    """The encoding as one step of a Pipeline.

    Attributes
    ----------
    step : sklearn.compose.ColumnTransformer
        Fitted.
    inputs : list of int or None
        Which input of the net each output of the step is; None: none.
    factors : list of float
        By what each output is to be multiplied.
    """

    step: Any
    inputs: list[int | None]
    factors: list[float]

    def leave(self, weights: Array) -> Array:
        """Return the first weights for the outputs of the step, from those for the encoding."""
        rows = [weights[0] * 0 if k is None else weights[k] for k in self.inputs]
        return np.array(rows) * np.array(self.factors)[:, None]

    def enter(self, weights: Array, width: int) -> Array:
        """Return the first weights for an encoding of so many inputs, from those for the step."""
        if len(weights) != len(self.inputs):
            raise ValueError(f"columns: {len(weights)} weights, wanted {len(self.inputs)}")
        own = np.zeros((width, weights.shape[1]))
        for k, row, factor in zip(self.inputs, weights, self.factors, strict=True):
            if k is not None:
                own[k] = row / factor
        return own


class _Made(NamedTuple):
    """A transformer that is not fitted yet, its columns, and their values in rows made up."""

    name: str
    transformer: Any
    places: list[int]
    values: list[list[Any]]


def columns_of(encoding: Any) -> Columns:
    """Return a frozen encoding as a step that does the same to frames and arrays.

    Raises
    ------
    ValueError
        scikit-learn cannot say it; the error names the column.
    """
    made, own = [], encoding.columns
    numbers = [k for k, column in enumerate(own) if isinstance(column, NumberColumn)]
    for k in numbers:
        if own[k].kind not in ("number", "flag"):
            kind = own[k].kind
            raise ValueError(f"column {own[k].name!r}: {kind}s, for which {NAME} has no step")
    if numbers:
        values = [[math.nan if own[k].gap is not None else 0.0, 0.0] for k in numbers]
        made.append(_Made("numbers", _scaling(), numbers, values))
    for k, column in enumerate(own):
        if isinstance(column, WordColumn):
            made.append(_words(f"words {k}", column, k, encoding.is_sparse))
    step = _fitted(made, len(own), encoding.is_sparse)
    inputs: list[int | None] = []
    if numbers:
        scaler, *_, imputer = (each for _, each in step.named_transformers_["numbers"].steps)
        imputer.fit(np.transpose(values))  # of all rows made up, two will do: it compares with each
        inputs += _set_numbers(scaler, [own[k] for k in numbers])
    factors = [LIMIT] * len(numbers) + [1.0] * (len(inputs) - len(numbers))
    for part in made[bool(numbers) :]:
        inputs += _places(step.named_transformers_[part.name], own[part.places[0]])
    if encoding.named:
        _name(step, made, list(encoding.names))
    return Columns(step, inputs, factors + [1.0] * (len(inputs) - len(factors)))


def _scaling() -> Any:
    """Return the steps of numbers; a missing one, NaN, becomes 0, and 1 in a column of its own.

    The neighbours, from which it becomes 0, are the rows made up. (A SimpleImputer holds a dtype,
    which skops does not trust, and no other version of scikit-learn can read it.)
    """
    preprocessing = package("sklearn.preprocessing", "sklearn", NAME)
    imputer = package("sklearn.impute", "sklearn", NAME).KNNImputer
    return package("sklearn.pipeline", "sklearn", NAME).Pipeline(
        [
            ("scale", preprocessing.StandardScaler()),
            ("arctan", preprocessing.FunctionTransformer(np.arctan)),
            ("sin", preprocessing.FunctionTransformer(np.sin)),
            ("gaps", imputer(n_neighbors=1, add_indicator=True)),
        ]
    )


def _words(name: str, column: WordColumn, place: int, sparse: bool) -> _Made:
    """Return the one-hot encoder of a column of words. Words that it does not know are zeros.

    All ways to write a gap are one output, that of the infrequent words.
    """
    preprocessing = package("sklearn.preprocessing", "sklearn", NAME)
    encoder = preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=sparse)
    words = list(column.index)
    if words and all(_number(word) is not None for word in words):
        numbers = [_number(word) for word in words]
        if len({*numbers}) < len(numbers):
            raise ValueError(f"column {column.name!r}: words of one number, such as 1 and 01")
        as_numbers = preprocessing.StandardScaler(with_mean=False, with_std=False)
        pipeline = package("sklearn.pipeline", "sklearn", NAME).Pipeline
        steps = pipeline([("numbers", as_numbers), ("words", encoder)])
        return _Made(name, steps, [place], [[*numbers, *_gap(column, [math.nan])]])
    gaps = [word for word in spellings() if word not in column.index]  # it knows capital letters
    gaps = _gap(column, [*gaps, None, math.nan])
    if gaps:
        encoder.set_params(min_frequency=2)
    return _Made(name, encoder, [place], [[*(words or [SPARE]) * 2, *gaps]])


def _gap(column: WordColumn, forms: list[Any]) -> list[Any]:
    """Return the forms of a gap, if it has an input."""
    return [] if column.gap is None else forms


def _number(word: str) -> float | None:
    """Return the number, or the truth value, that a word says; None if it is another word."""
    return float(word) if is_number(word) else FLAGS.get(word.casefold())


def _fitted(made: list[_Made], width: int, sparse: bool) -> Any:
    """Return the ColumnTransformer, fitted on the rows that are made up."""
    compose = package("sklearn.compose", "sklearn", NAME)
    step = compose.ColumnTransformer(
        [(part.name, part.transformer, part.places) for part in made],
        sparse_threshold=1.0 if sparse else 0.0,
    )
    rows = max(len(values) for part in made for values in part.values)
    X = np.zeros((rows, width), object)
    for part in made:
        for place, values in zip(part.places, part.values, strict=True):
            X[:, place] = (values + [values[0]] * rows)[:rows]
    return step.fit(X)


def _set_numbers(scaler: Any, columns: list[NumberColumn]) -> list[int | None]:
    """Set the scales of numbers, and return the inputs of values and gaps.

    A value whose scale is 0 is always 0.
    """
    scaler.n_samples_seen_ = 2
    scaler.mean_ = np.array([column.centre for column in columns])
    scaler.scale_ = np.array([LIMIT * column.scale or 1.0 for column in columns])
    if not np.isfinite(scaler.scale_).all():
        raise ValueError(f"encoding: scales beyond float64, which {NAME} cannot hold")
    with np.errstate(over="ignore"):
        scaler.var_ = scaler.scale_**2
    values = [column.value if column.scale else None for column in columns]
    return [*values, *(column.gap for column in columns if column.gap is not None)]


def _places(transformer: Any, column: WordColumn) -> list[int | None]:
    """Return the inputs of the outputs of a fitted encoder of words."""
    encoder, of = transformer, dict[Any, int](column.index)
    if hasattr(transformer, "steps"):
        encoder, of = transformer[-1], {_number(word): k for word, k in column.index.items()}
    categories = encoder.categories_[0].tolist()
    found = [of[each] for each in categories if each in of]
    spare = [None] if SPARE in categories else []
    return [*spare, *found, *([] if column.gap is None else [column.gap])]


def _name(step: Any, made: list[_Made], names: list[str]) -> None:
    """Let a step find its columns by name in frames, and by place in arrays."""
    step.feature_names_in_ = np.array(names, object)
    for part in made:
        fitted = step.named_transformers_[part.name]
        first = fitted[0] if hasattr(fitted, "steps") else fitted
        first.feature_names_in_ = np.array([names[k] for k in part.places], object)


def same(one: Any, other: Any) -> bool:
    """Tell whether two fitted steps do the same, as far as all versions of scikit-learn say it."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and same(one.ravel().tolist(), other.ravel().tolist())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return all(same(one[key], other[key]) for key in one.keys() & other.keys())
    if hasattr(one, "get_params"):
        return same(vars(one), vars(other))
    return bool(one is other or one == other or (one != one and other != other))
