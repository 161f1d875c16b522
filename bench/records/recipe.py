"""Recipes: how a row of the table of records is trained, kept as a TOML file each.

A recipe says what the paper reached and how, on which data, with which options of `fastnet.train`,
and among which candidates the validation data choose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import groupby
from pathlib import Path
from typing import Any

from fastnet.options import Options

FOLDER = Path(__file__).parent
DATA = ("mnist", "fashion-mnist", "digits")
# What the runner sets itself, or what would make a run depend on the clock or on other images.
NOT_FREE = (
    "seed", "init", "checkpoint", "every", "resume", "on_epoch", "on_progress", "verbose",
    "validation_data", "validation_fraction", "patience", "target_accuracy", "max_seconds",
)  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """A row of the table of records.

    Parameters
    ----------
    name : str
        The name of its file.
    title : str
        What the row is called.
    published : float or list of float or None
        The published test error in percent, or the least and the most; None without a paper.
    paper, method, cost : str
        The paper; what it did; what it took.
    aim : float or None
        The test error that was aimed at before anything was measured.
    data : str
        "mnist", "fashion-mnist" or "digits".
    options : dict
        Options of `fastnet.train`, by the names and in the forms of `fastnet train --config`.
    candidates : list of dict
        Options among which the validation data choose; they go over `options`. The first of
        equals is chosen.
    nets : list of dict
        The options of each net of a committee, which go over those; one net without any.
    seeds : int
        How many nets, or committees, of the row are trained from different seeds.
    choice_seeds : int
        How many of them the choice sees.
    retrain : bool
        Whether the chosen options are learned again from all training images, as some papers do.
    """

    name: str
    title: str
    data: str
    options: dict[str, Any]
    published: float | list[float] | None = None
    paper: str = ""
    method: str = ""
    cost: str = ""
    aim: float | None = None
    candidates: list[dict[str, Any]] = field(default_factory=lambda: [{}])
    nets: list[dict[str, Any]] = field(default_factory=lambda: [{}])
    seeds: int = 1
    choice_seeds: int = 0
    retrain: bool = True

    def __post_init__(self) -> None:
        """Check everything, so that a long run does not fail at its end."""
        if self.data not in DATA:
            raise ValueError(f"{self.name}: data: {self.data!r}, wanted {', '.join(DATA)}")
        if not 0 <= self.choice_seeds <= self.seeds or self.seeds < 1:
            raise ValueError(f"{self.name}: {self.choice_seeds} of {self.seeds} seeds choose")
        for part in (self.options, *self.candidates, *self.nets):
            for name in NOT_FREE:
                if name in part or name.replace("_", "-") in part:
                    raise ValueError(f"{self.name}: {name}: a recipe has no such option")
        for candidate in self.candidates:
            for options in self.each(candidate, 0):
                try:
                    Options.of(options)
                except (TypeError, ValueError) as error:
                    raise ValueError(f"{self.name}: {error}") from None
                if "epochs" not in options or "hidden" not in options:
                    raise ValueError(f"{self.name}: wanted hidden and epochs in the options")

    def each(self, candidate: Mapping[str, Any], seed: int) -> list[dict[str, Any]]:
        """Return the options of each net, with its seed, for one of the row's seeds."""
        nets = []
        for k, own in enumerate(self.nets):
            together = self.options | dict(candidate) | own
            named = {name.replace("-", "_"): value for name, value in together.items()}
            nets.append(named | {"seed": seed * len(self.nets) + k})
        return nets

    @property
    def choosing(self) -> range:
        """The seeds of the choice."""
        return range(self.choice_seeds or self.seeds)

    @property
    def widths(self) -> str:
        """The sizes of the hidden layers, such as '300-100', or '300, 2 x 800' of a committee."""
        every = ["-".join(map(str, options["hidden"])) for options in self.each({}, 0)]
        counts = [(len([*alike]), sizes) for sizes, alike in groupby(every)]
        return ", ".join(f"{n} x {sizes}" if n > 1 else sizes for n, sizes in counts)

    def quick(self) -> Recipe:
        """Return the same in short: one candidate, one seed, two nets at most, two epochs."""
        short = {**self.candidates[0], "epochs": 2}
        nets = [{k: v for k, v in own.items() if k != "epochs"} for own in self.nets[:2]]
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return Recipe(**values | {"candidates": [short], "nets": nets, "seeds": 1,
                                  "choice_seeds": 0})  # fmt: skip


def read(path: Path) -> Recipe:
    """Return the recipe in a TOML file."""
    try:
        import tomllib
    except ImportError:
        raise ImportError(f"{path.name}: reading TOML needs Python 3.11") from None

    values = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = values.keys() - {f.name for f in fields(Recipe)} | values.keys() & {"name"}
    if unknown:
        raise ValueError(f"{path.name}: there is no {', '.join(sorted(unknown))} in a recipe")
    return Recipe(name=path.stem, **values)


def recipes(folder: Path = FOLDER) -> dict[str, Recipe]:
    """Return all recipes by their names, in the order of the table."""
    found = [read(path) for path in folder.glob("*.toml")]
    return {one.name: one for one in sorted(found, key=lambda one: place(vars(one)))}


def place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what rows are sorted by: data, year, published error, falling, and title."""
    published = row["published"] if isinstance(row["published"], list) else [row["published"] or 0]
    year = re.search(r"\d{4}", row["paper"])
    return DATA.index(row["data"]), year[0] if year else "", -max(published), row["title"]
