"""Made data for the bench of tables: a mixed table, and texts as sparse rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

CATEGORIES = (2, 10, 100, 500)  # of the columns of words
VOCABULARY, WORDS, CLASSES = 30_000, 140, 20  # of the texts; some words come twice


def mixed(rows: int, seed: int = 0) -> tuple[Any, Array]:
    """Return a pandas frame of six columns of numbers and four of words, and labels of three.

    One of the numbers has gaps, two are skewed, one is mostly 0.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    age, rate = rng.normal(45, 12, rows), rng.lognormal(3, 1, rows)
    columns: dict[str, Any] = {
        "age": np.where(rng.random(rows) < 0.05, np.nan, age.round(1)),
        "pay": rng.lognormal(10, 0.6, rows).round(2),
        "rate": rate.round(3),
        "visits": rng.poisson(0.3, rows),
        "share": rng.random(rows).round(4),
        "year": rng.integers(1950, 2024, rows),
    }
    codes = {}
    for k in CATEGORIES:
        often = 1 / np.arange(1, k + 1)
        codes[k] = rng.choice(k, rows, p=often / often.sum())
        columns[f"word{k}"] = np.array([f"w{code}" for code in range(k)], object)[codes[k]]
    score = (age - 45) / 12 + np.log(rate) - 3 + (codes[10] % 3 - 1) * (1 + codes[2])
    y = np.digitize(score + rng.normal(0, 0.5, rows), [-1, 1])
    return pd.DataFrame(columns), np.array(["high", "low", "mid"])[y]


def texts(rows: int, seed: int = 0, classes: int = CLASSES) -> tuple[Any, Array]:
    """Return sparse rows (rows, VOCABULARY) of SciPy, as of tf-idf, and labels.

    The frequencies of words fall as Zipf's law says. Each class has its own words that come four
    times as often, and half of a text has the frequencies of all classes.
    """
    from scipy.sparse import csr_array

    rng, own = np.random.default_rng(seed), np.random.default_rng(1)
    often = 1 / (np.arange(VOCABULARY) + 10)
    y = rng.integers(0, classes, rows)
    words = np.empty((rows, WORDS), np.int64)
    for k in range(classes):
        topic = often * np.where(own.random(VOCABULARY) < 0.1, 4.0, 1.0)
        of = np.flatnonzero(y == k)
        words[of] = rng.choice(VOCABULARY, (len(of), WORDS), p=topic / topic.sum())
    common = rng.random(words.shape) < 0.5
    words[common] = rng.choice(VOCABULARY, int(common.sum()), p=often / often.sum())
    places = np.repeat(np.arange(rows), WORDS), words.ravel()
    counts = csr_array((np.ones(rows * WORDS), places), shape=(rows, VOCABULARY))
    counts.sum_duplicates()
    counts.indices, counts.indptr = (a.astype(np.int32) for a in (counts.indices, counts.indptr))
    known = np.bincount(counts.indices, minlength=VOCABULARY)
    counts.data = (1 + np.log(counts.data)) * np.log((1 + rows) / (1 + known))[counts.indices]
    counts.data /= np.repeat(
        np.sqrt(np.add.reduceat(counts.data**2, counts.indptr[:-1])), np.diff(counts.indptr)
    )
    return counts, y


def write_libsvm(path: Path, X: Any, y: Array) -> None:
    """Write sparse rows and their labels; values have four digits."""
    values: Sequence[str] = np.char.mod("%.4g", X.data).tolist()
    pairs = [
        f"{place + 1}:{value}" for place, value in zip(X.indices.tolist(), values, strict=True)
    ]
    with path.open("w") as file:
        for label, start, stop in zip(y.tolist(), X.indptr[:-1], X.indptr[1:], strict=True):
            print(label, *pairs[start:stop], file=file)
