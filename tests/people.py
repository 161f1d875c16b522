"""A small table as people have it: numbers far from unit scale, words, truth values and gaps."""

from typing import Any

import numpy as np
import pandas as pd

NAMES = ["age", "pay", "job", "member"]


def people(n: int = 300, seed: int = 0, jobs: str = "abc") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    pay = rng.normal(50_000, 9_000, n).round()
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, n),
            "pay": np.where(rng.random(n) < 0.1, np.nan, pay),
            "job": rng.choice([f"job {letter}" for letter in jobs], n),
            "member": rng.random(n) < 0.5,
        }
    )


def classes(frame: pd.DataFrame) -> Any:
    """Words that depend on a number and on a word."""
    return np.where((frame.age > 50) ^ (frame.job == "job a"), "yes", "no")


def numbers(frame: pd.DataFrame) -> Any:
    """Numbers around 10**9, which float32 cannot tell apart."""
    return 1e9 + 1e-3 * frame.age.to_numpy(float) + 0.02 * (frame.job == "job a").to_numpy()


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(NAMES, row, strict=True)) for row in frame[NAMES].itertuples(index=False)]
