"""The result of a sweep: its trials, the best settings, and the net that has learned with them."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from ..files import atomic_write
from ..html import figure, table
from ..model.network import Network
from ..options import Options
from ..training.trainer import train
from .space import Space, options_of, text_of
from .studies import RESULT, TASK, counts, opened

STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "running"}
FIGURES = ("number", "state", "value", "deviation", "seconds", "epochs")


@dataclass(eq=False, repr=False)
class Sweep:
    """What a sweep has found. `str()` is a table of its trials, best first.

    Attributes
    ----------
    study : optuna.Study
        The study that holds the trials.
    metric : str
        "score" or "loss".
    fixed : dict
        The options that all runs share.
    seeds : list of int
        The seeds of each setting.
    """

    study: Any
    metric: str
    fixed: dict[str, Any]
    seeds: list[int]
    space: Space
    data: tuple[Any, Any]

    @property
    def trials(self) -> list[dict[str, Any]]:
        """A dict for each trial: "number", "state" and "options" and, once it has ended, more.

        "state" is "complete", "pruned", "failed" or "running". "value" is the mean of the metric
        over seeds and folds, "deviation" its standard deviation (None of one run), "seconds" the
        time of all its runs, "epochs" the most that one has learned, and "reason" says why it
        failed.
        """
        return [self.described(t) for t in self.study.get_trials(deepcopy=False) if counts(t)]

    @property
    def ranked(self) -> list[dict[str, Any]]:
        """The trials, best first: those that are complete, then the others by number."""
        sign = -1 if self.metric == "score" else 1
        return sorted(self.trials, key=lambda t: (t["state"] != "complete", sign * (t["value"] or 0) if t["state"] == "complete" else 0))

    @property
    def best(self) -> dict[str, Any] | None:
        """The options of the best trial, the first of equals; None if no trial is complete."""
        first = self.ranked[:1]
        return first[0]["options"] if first and first[0]["state"] == "complete" else None

    @property
    def score(self) -> float | None:
        """The metric of the best trial."""
        return None if self.best is None else self.ranked[0]["value"]

    def described(self, trial: Any) -> dict[str, Any]:
        """Return a trial of Optuna as one of `trials`."""
        result = trial.user_attrs.get(RESULT, {})
        values = result.get("values", [])
        return {
            "number": trial.number,
            "state": STATES[trial.state.name],
            "value": fmean(values) if values else None,
            "deviation": stdev(values) if len(values) > 1 else None,
            "seconds": result.get("seconds"),
            "epochs": result.get("epochs"),
            "options": options_of(trial.params, self.space),
            "reason": result.get("reason"),
        }
