"""Regressions to choose defaults by: real tables, their columns as targets, and made ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..columns import files

Array = NDArray[Any]

# Columns of numbers that take the part of the target in tables of classes, whose own target then
# is a column as the others. They are of all forms: smooth, counted, skewed, mostly zero.
COLUMNS = {
    "australian": ["c1"], "bands": ["c7"], "bupa": ["c4"], "contraceptive": ["c0"],
    "german": ["c4"], "heart": ["c7"], "ionosphere": ["c4"], "magic": ["c0", "c8"],
    "movement_libras": ["c40"], "phoneme": ["c2"], "satimage": ["c17"], "sonar": ["c20"],
    "texture": ["c5"], "vehicle": ["c7"], "wdbc": ["c13", "c9"], "imb-glass0": ["c0"],
    "imb-ecoli4": ["c0"], "imb-page-blocks0": ["c4"], "imb-new-thyroid1": ["c1"],
    "imb-winequality-red-4": ["c10"], "CreditCard.card": ["expenditure"],
    "NMES1988.health": ["visits", "income"], "SwissLabor.participation": ["income"],
    "Heating.depvar": ["ic.gc"], "OJ.Purchase": ["LoyalCH"], "MathPlacement.Recommends": ["PSATM"],
    "Chile.vote": ["statusquo"], "Wells.switch": ["arsenic"], "jobs.occp": ["depress2"],
    "Affairs.children": ["age"], "hpc_data.class": ["compounds"],
    "stackoverflow.Remote": ["Salary"], "births14.lowbirthweight": ["weight"],
    "penguins.island": ["body_mass_g"], "nassCDS.dead": ["ageOFocc"],
    "rotterdam.death": ["dtime"], "Unemployment.reason": ["duration"],
}  # fmt: skip


class Regression(NamedTuple):
    """A frame of columns and the targets (n,) or (n, outputs), float64."""

    name: str
    X: Any
    y: Array


def of_folder(folder: Path) -> Iterator[Regression]:
    """Yield the regressions of a folder of .csv or .csv.gz files with the column `target`."""
    import pandas as pd

    for name, path in files(folder):
        frame = pd.read_csv(path)
        own = frame["target"].nunique() > 20  # else they are classes
        columns = ["target"] if own else COLUMNS.get(name, [])
        for column in columns:
            known = frame[frame[column].notna()].reset_index(drop=True)
            X = known.drop(columns=column)
            if not own:
                X["target"] = X["target"].astype(str)  # classes, also if they are numbers
            label = name if own else f"{name}: {column}"
            yield Regression(label, X, known[column].to_numpy(np.float64))


def of_sklearn() -> Iterator[Regression]:
    """Yield scikit-learn's bundled regressions, and columns of iris and wine as targets."""
    from sklearn import datasets

    for name, column in (("iris", 3), ("wine", 12)):
        data = getattr(datasets, f"load_{name}")(as_frame=True)
        rest = data.data.drop(columns=data.data.columns[column])
        rest["class"] = data.target.map(lambda k: f"k{k}")
        yield Regression(f"{name}: {column}", rest, data.data.iloc[:, column].to_numpy())
    data = datasets.load_diabetes(as_frame=True)
    yield Regression("diabetes", data.data, data.target.to_numpy(np.float64))


def of_sines(rng: np.random.Generator, n: int, outputs: int) -> tuple[Array, Array]:
    """Return smooth functions of seven numbers, as the use of energy of a building by the hour."""
    hour, day, warm = rng.integers(0, 24, n), rng.integers(0, 7, n), rng.normal(15, 8, n)
    sun = np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None) * rng.random(n)
    wet, wind = rng.normal(0.01, 0.004, n), rng.gamma(2, 3, n)
    work = (day < 5) * np.exp(-(((hour - 13) / 4) ** 2))
    cold = np.clip(warm - 18, 0, None) * (0.5 + wet * 40) + 3 * sun
    hot = np.clip(18 - warm, 0, None) * (1 + wind / 30)
    y = np.stack([50 + 40 * work + rng.normal(0, 6, n), cold + 4 * work, hot - work], axis=1)
    y[:, 1:] += rng.normal(0, 0.7, (n, 2))
    turns = [np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12)]
    days = [day == k for k in range(7)]
    return np.stack([*turns, *days, warm, sun, wet, wind], axis=1).astype(float), y[:, :outputs]


def made() -> Iterator[Regression]:
    """Yield made regressions: of 60 to 20,000 rows, noisy or not, with heavy tails, outputs."""
    import pandas as pd
    from sklearn import datasets

    rng = np.random.default_rng(7)

    def regression(name: str, X: Array, y: Array) -> Regression:
        return Regression(name, pd.DataFrame(X, columns=[f"x{k}" for k in range(X.shape[1])]), y)

    for k, rows in ((1, 200), (1, 2000), (1, 20000), (2, 500), (3, 1000)):
        make = getattr(datasets, f"make_friedman{k}")
        noise = {1: 1.0, 2: 125.0, 3: 0.1}[k]
        X, y = make(n_samples=rows, noise=noise, random_state=k)
        yield regression(f"friedman{k}, {rows} rows", X, y)
    for rows, features, informative, noise in (
        (60, 5, 5, 20.0), (150, 40, 10, 50.0), (1000, 20, 10, 100.0), (10000, 30, 10, 200.0),
    ):  # fmt: skip
        X, y = datasets.make_regression(rows, features, n_informative=informative, noise=noise,
                                        random_state=rows)  # fmt: skip
        yield regression(f"linear, {rows} rows", X, y)
    for rows, outputs in ((4000, 3), (300, 3), (80, 2)):
        yield regression(f"building, {rows} rows", *of_sines(rng, rows, outputs))
    X = rng.normal(size=(1500, 6))
    wave = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + X[:, 3]
    yield regression("heavy, exp(wave)", X, np.exp(wave + 0.1 * rng.normal(size=1500)))
    X = rng.normal(size=(1500, 3))
    yield regression("heavy, exp(2x)", X, np.exp(2 * X[:, 0]))
    X = rng.uniform(-1, 1, (600, 4))
    yield regression("smooth, no noise", X, np.sin(3 * X[:, 0]) * X[:, 1] + X[:, 2] ** 2)


def all_of(folder: Path) -> list[Regression]:
    """Return all regressions."""
    return [*of_folder(folder), *of_sklearn(), *made()]
