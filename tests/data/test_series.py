"""Answers in a series or a column of a frame are those of their list, in their order."""

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fastnet import train
from fastnet.data.arrays import answers
from tests.helpers import samples

VALUES: dict[str, list[Any]] = {
    "words": ["b", "a", "b", "c"], "whole": [3, 1, 3, 0], "numbers": [0.5, 1.0, -2.0, 0.1],
    "flags": [True, False, True, True],
}  # fmt: skip
SERIES = {
    "pandas": pd.Series,
    "pandas' best": lambda v: pd.Series(v).convert_dtypes(),
    "pandas and Arrow": lambda v: pd.Series(v).convert_dtypes(dtype_backend="pyarrow"),
    "objects": lambda v: pd.Series(v, dtype=object),
    "categories": lambda v: pd.Series(v, dtype="category"),
    "pandas' Categorical": pd.Categorical,
    "an index": pd.Index,
    "another index": lambda v: pd.Series(v, index=[9, 8, 0, 1]),
    "Polars": pl.Series,
    "Narwhals": lambda v: nw.from_native(pl.Series(v), series_only=True),
    "Narwhals and pandas": lambda v: nw.from_native(pd.Series(v), series_only=True),
    "Arrow": pa.array,
    "chunks of Arrow": lambda v: pa.chunked_array([v[:1], v[1:]]),
    "dictionary": lambda v: pa.array(v).dictionary_encode(),
    "chunks of dictionaries": lambda v: pa.chunked_array([pa.array(v).dictionary_encode()]),
}
FRAMES = {
    "pandas": lambda v: pd.DataFrame({"y": v}),
    "pandas' best": lambda v: pd.DataFrame({"y": v}).convert_dtypes(),
    "categories": lambda v: pd.DataFrame({"y": pd.Categorical(v)}),
    "Polars": lambda v: pl.DataFrame({"y": v}),
    "Arrow": lambda v: pa.table({"y": v}),
    "a batch": lambda v: pa.RecordBatch.from_pydict({"y": v}),
    "Narwhals": lambda v: nw.from_native(pl.DataFrame({"y": v})),
}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("container", SERIES)
def test_a_series_is_its_list(container, kind):
    wanted = answers(VALUES[kind])
    found = answers(SERIES[container](VALUES[kind]))
    assert found.dtype == wanted.dtype and found.tolist() == VALUES[kind]


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("container", FRAMES)
def test_a_frame_of_one_column_is_a_column(container, kind):
    found = answers(FRAMES[container](VALUES[kind]))
    assert found.shape == (4, 1) and found[:, 0].tolist() == VALUES[kind]


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["a", "b", "c"])])
def test_polars_categories(dtype):
    assert answers(pl.Series(VALUES["words"], dtype=dtype)).tolist() == VALUES["words"]


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("container", sorted({*SERIES} - {"an index", "another index"}))
def test_a_missing_answer_is_named(container, kind):
    values = [*VALUES[kind][:2], None, VALUES[kind][3]]
    with pytest.raises(ValueError, match=r"^y: 1 missing value in row 2, wanted none"):
        answers(SERIES[container](values))


def test_answers_go_by_place_whatever_their_index():
    X, y = samples(6, 2), list("ababca")
    frame = pd.DataFrame(X, index=range(6))
    series = pd.Series(y, index=[5, 4, 3, 2, 1, 0])
    assert train(frame, series, epochs=1).digest() == train(frame, y, epochs=1).digest()
    assert np.array_equal(answers(series), y)
