"""People in a table, as frames, files and a model, for the tests of tables in the terminal."""

import numpy as np
import pandas as pd
import pytest

RNG = np.random.default_rng(0)
N = 300
AGE = RNG.integers(18, 80, N)
JOB = RNG.choice(["chef, head", 'the "boss"', "clerk", "nurse"], N)
CITY = RNG.choice(["Rome", "Oslo", "Paris, TX"], N)
INCOME = np.where(AGE + 25 * (JOB == 'the "boss"') + RNG.normal(0, 6, N) > 55, ">50K", "<=50K")
FRAME = pd.DataFrame(
    {
        "id": [f"p{k:04}" for k in range(N)],
        "age": np.where(RNG.random(N) < 0.1, np.nan, AGE),
        "income": INCOME,
        "job, or none": np.where(RNG.random(N) < 0.1, None, JOB),
        "city": CITY,
    }
)
WAGES = FRAME.assign(wage=1000 + 20 * AGE + RNG.normal(0, 50, N))[["age", "city", "wage"]]
SHORT = ("--hidden", 4, "--epochs", 3)
ABOUT = ("--target", "income", "--drop", "id")
OF_PYTHON = {"hidden": (4,), "epochs": 3, "validation_fraction": 0.1}
QUIET = pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")


def text_of(frame, **options) -> str:
    return frame.to_csv(index=False, lineterminator="\n", **options)
