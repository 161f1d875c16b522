"""Twelve samples, words that are their labels, and what is learned of them."""

from typing import Any

import numpy as np
import pandas as pd

from fastnet import train
from tests.helpers import samples

NAN = float("nan")
X = samples(12, 3)
WORDS = ["no", "yes", "", "ham"] * 3
STRINGS = np.dtypes.StringDType() if hasattr(np.dtypes, "StringDType") else object  # NumPy 2


def learned(x: Any, y: Any, **options: Any) -> tuple[str, Any]:
    net = train(x, y, hidden=(3,), epochs=1, encode="none", **options)
    return net.digest(), None if net.classes is None else net.classes.tolist()


DATES = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02"] * 6))


def with_gaps(y: list[Any], gap: Any, rows: tuple[int, ...] = (1, 4, 5, 11)) -> list[Any]:
    return [gap if row in rows else label for row, label in enumerate(y)]
