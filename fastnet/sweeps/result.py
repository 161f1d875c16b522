"""The result of a sweep: its trials, the best settings, and the net that learns with them."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

import numpy as np

from .. import html
from ..checks import path as path_of
from ..files import atomic_write
from ..images.elastic import Elastic
from ..model.network import Network
from ..options import Options
from ..training.trainer import train
from .space import Space, is_logarithmic, options_of, text_of
from .studies import RESULT, TASK, counts, opened, telling

STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "RUNNING": "running"}
PLAIN = bool, int, float, str, list, tuple  # types that JSON has, and so TOML
FIGURES = "number", "state", "value", "deviation", "seconds", "epochs"


@dataclass(eq=False, repr=False)
class Sweep:
    """What a sweep has found. As text it is a table of its trials, best first.

    Attributes
    ----------
    study : optuna.Study
        The study that holds the trials.
    metric : str
        "score" or "loss".
    measure : str
        What the value of a trial is: "accuracy", "R squared" or "loss".
    fixed : dict
        The options that all runs share.
    seeds : list of int
        The seeds of each setting.
    space : dict
        The options that vary, with their values.
    data : tuple
        X and y, and what stands for validation data or None.
    """

    study: Any
    metric: str
    measure: str
    fixed: dict[str, Any]
    seeds: list[int]
    space: Space
    data: tuple[Any, Any, Any]

    @property
    def trials(self) -> list[dict[str, Any]]:
        """The trials, in the order of their beginnings: a dict for each.

        It has "number", "state" ("complete", "pruned", "failed" or "running"), "options" and, once
        the trial has ended, "value", the mean of the metric over its runs; "deviation", their
        standard deviation, None of one run; "seconds", the time of all its runs; "epochs", the most
        that one of them learned; and "reason", why it failed. They are None where there is none.
        "warnings" has what its runs warned of, by topic.
        """
        return [*map(self.described, filter(counts, self.study.get_trials(deepcopy=False)))]

    @property
    def logarithmic(self) -> set[str]:
        """The options that are drawn by their logarithms."""
        ranges = {name: ends for name, ends in self.space.items() if isinstance(ends, tuple)}
        return {name for name, ends in ranges.items() if is_logarithmic(ends)}

    @property
    def ended(self) -> int:
        """The number of trials that have ended."""
        return sum(trial["state"] != "running" for trial in self.trials)

    def described(self, trial: Any) -> dict[str, Any]:
        """Return a trial of Optuna as one of `trials`."""
        result, state = trial.user_attrs.get(RESULT, {}), STATES[trial.state.name]
        values = result.get("values", []) if state == "complete" else []
        return {
            "number": trial.number,
            "state": "failed" if result.get("reason") else state,
            "value": fmean(values) if values else None,
            "deviation": stdev(values) if len(values) > 1 else None,
            "seconds": result.get("seconds"),
            "epochs": result.get("epochs"),
            "options": options_of(trial.params, self.space),
            "reason": result.get("reason"),
            "warnings": result.get("warnings", {}),
        }

    def line(self, trial: Any) -> str:
        """Return how a trial of Optuna has ended, in words."""
        known = self.described(trial)
        value = "" if known["value"] is None else f", {self.metric} {known['value']:.4g}"
        reason = f": {known['reason']}" if known["reason"] else ""
        own = _settings(known["options"])
        return f"trial {known['number']} {known['state']}{value} with {own}{reason}"

    def words(self) -> str:
        """Return the best so far, in words."""
        return "" if self.best is None else f"best {self.metric} {self.score:.4g}"

    def check(self) -> None:
        """Refuse a sweep whose trials have all failed."""
        trials = self.trials
        if trials and all(trial["state"] == "failed" for trial in trials):
            first = trials[0]["reason"]
            raise ValueError(f"space: all {len(trials)} trials failed, the first with {first}")

    @property
    def ranked(self) -> list[dict[str, Any]]:
        """The trials, best first. Those that are not complete come last."""
        sign = -1 if self.metric == "score" else 1

        def order(trial: dict[str, Any]) -> float:
            return math.inf if trial["value"] is None else sign * trial["value"]

        return sorted(self.trials, key=order)

    @property
    def best(self) -> dict[str, Any] | None:
        """The options of the best trial, the first of equals; None if no trial is complete."""
        return None if self.score is None else self.ranked[0]["options"]

    @property
    def score(self) -> float | None:
        """The mean metric of the best trial; None if no trial is complete."""
        return next((trial["value"] for trial in self.ranked), None)

    @property
    def options(self) -> dict[str, Any]:
        """The options of `fastnet.train` for the best net: the shared, the best, the first seed.

        Raises
        ------
        ValueError
            No trial is complete.
        """
        if self.best is None:
            raise ValueError(f"sweep: none of {len(self.trials)} trials is complete, wanted one")
        return {**self.fixed, **self.best, "seed": self.seeds[0]}

    def refit(self, **options: Any) -> Network:
        """Train a net with the best options, and the first seed, on all rows.

        Validation data that were given judge it, as they judged the others. An option that looks at
        the validation, such as patience, holds out a tenth of the rows if there are none.

        Parameters
        ----------
        **options
            Other options of `fastnet.train`, such as on_progress.
        """
        X, y, judges = self.data
        return train(X, y, **{**self.options, "validation_data": judges, **options})

    def keep(self, storage: str | os.PathLike[str], study: str | None = None) -> None:
        """Copy the study into a storage, where another sweep goes on with it: see `fastnet.sweep`.

        Raises
        ------
        OSError, ValueError
            As in `fastnet.sweep`, or the storage has such a study already.
        """
        direction, task = self.study.direction.name.lower(), self.study.user_attrs[TASK]
        with telling(storage):
            other = opened(storage, study or self.study.study_name, direction, task)
            if other.get_trials(deepcopy=False):
                raise ValueError(f"storage: {storage} has a study {other.study_name!r} already")
            other.add_trials(self.study.get_trials())

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a table, atomically: a line of names, then a row for each trial, best first.

        Numbers keep all digits. "epochs_learned" are those of the longest run.
        """
        text = io.StringIO()
        write = csv.writer(text, lineterminator="\n")
        write.writerow([*FIGURES[:-1], "epochs_learned", *self.space, "reason"])
        for trial in self.ranked:
            own = [text_of(trial["options"].get(name)) for name in self.space]
            write.writerow([*(trial[name] for name in FIGURES), *own, trial["reason"]])
        atomic_write(path_of("path", path), lambda file: file.write(text.getvalue().encode()))

    def to_toml(self, path: str | os.PathLike[str], **more: Any) -> None:
        """Write `options` as a file for `fastnet train --config`, atomically, with all digits.

        A comment names options that the terminal has not, such as functions.

        Parameters
        ----------
        path
            Path of the file.
        **more
            What else the file has.
        """
        lines, rows = [], Options.rows()
        for name, value in {**self.options, **more}.items():
            if name in rows and not (rows[name].terminal and _is_plain(value)):
                text = " ".join(text_of(value).split())  # one line, whatever a label has
                lines.append(f"# {name} = {text}: only Python has this\n")
            elif value is not None:
                plain = value if isinstance(value, PLAIN) else text_of(value)
                lines.append(f"{name} = {json.dumps(plain, ensure_ascii=False)}\n")
        atomic_write(path_of("path", path), lambda file: file.write("".join(lines).encode()))

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return the names and the cells of a table of the trials, best first."""
        some = [name for name in ("deviation", "epochs") if any(t[name] for t in self.trials)]
        rows = []
        for trial in self.ranked:
            figures = [html.figure("", trial[name]) for name in ("value", *some)]
            own = [_short(trial["options"].get(name)) for name in self.space]
            ended = trial["reason"] or trial["state"] if trial["state"] != "complete" else ""
            rows.append([str(trial["number"]), *figures, *own, ended])
        return ["trial", self.metric, *some, *self.space, ""], rows

    def __str__(self) -> str:
        names, rows = self.table()
        widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
        lines = ["  ".join(map(str.rjust, row, widths)).rstrip() for row in (names, *rows)]
        return "\n".join(lines)

    def __repr__(self) -> str:
        best = "" if self.best is None else f", {self.words()} with {_settings(self.best)}"
        return f"Sweep({len(self.trials)} trials{best})"

    def _repr_html_(self) -> str:
        return html.table(repr(self), *self.table())


def _is_plain(value: Any) -> bool:
    """Tell whether a file can have a value: None, numbers, texts and lists of them, an Elastic."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (*PLAIN, np.dtype, Elastic))


def _settings(options: Mapping[str, Any]) -> str:
    """Return options in words."""
    return ", ".join(f"{name}={_short(value)}" for name, value in options.items())


def _short(value: Any) -> str:
    """Return a value of an option in a few digits."""
    return f"{value:.4g}" if isinstance(value, float) else text_of(value)
