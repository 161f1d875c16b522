"""The trials of a sweep: settings from Optuna, who works at them, and what Optuna is told."""

from __future__ import annotations

import re
import time
from collections import ChainMap, Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, product
from statistics import fmean
from typing import Any

from ..diagnostics import reason, warn
from ..model.chunks import SEEN
from ..model.interrupt import later_ctrl_c
from ..training.executors import Workers
from ..training.futures import GivenUp
from ..training.parts import Part
from .owners import BEATS, OWNER, SILENT, Owner, has_died
from .result import Sweep
from .runs import STEPS, Watch, run_of
from .space import draw, encoding_of, encodings_of, options_of
from .studies import (
    DIED,
    RESULT,
    begun,
    counts,
    give_up,
    refuse_other,
    sampler_of,
    tell,
    the_optuna,
)

OF_DATA = r"(X|y|sample_weight|class_weight)\b|validation|\d"  # so warnings begin
DEATHS = 3  # of processes at one setting, which fails then
LOOK, TELL = 1.0, 5.0  # seconds between two looks at trials elsewhere, and until that is told


@dataclass(eq=False)
class Search:
    """The search of this process, which asks for settings and lets workers try them.

    Attributes
    ----------
    found : Sweep
        The sweep, whose study other processes may share.
    grid : list of tuple
        All settings, if there are only choices, and not very many.
    total : int
        The trials that the study is to have.
    parts : list of Part
        The parts of the data: those of each encoding, one after another.
    prune : bool
        Whether trials may be ended early.
    sampler, seed
        How settings are chosen.
    quiet
        The option `verbose` of all runs.
    numbers : bool
        Whether the task is a regression.
    task : dict
        What the study must be of.
    ended : int
        The trials of the study that have ended, as this process has last seen it.
    at_work : list of Watch
        The trials at work here.
    elsewhere : int
        The trials at work in other processes.
    """

    found: Sweep
    grid: list[tuple[str, ...]]
    total: int
    parts: list[Part]
    prune: bool
    sampler: str
    seed: int
    quiet: bool | None
    numbers: bool
    task: dict[str, Any]
    ended: int = 0
    at_work: list[Watch] = field(default_factory=list)
    elsewhere: int = 0
    is_first: bool = True  # until a run was heard that has a value

    def __post_init__(self) -> None:
        self.study, self.space, self.owner = self.found.study, self.found.space, Owner()
        # whether the settings of the grid are tried in its order
        self.in_order = self.sampler == "grid" or len(self.grid) == self.total
        self.folds = len(self.parts) // len(encodings_of(self.space))
        self.runs = [*product(range(self.folds), self.found.seeds)]
        self.given = set[str]()  # topics of warnings
        self.of_all = re.compile("|".join([OF_DATA, *(rf"{name}\b" for name in self.found.fixed)]))

    @property
    def most(self) -> int:
        """The trials that the study will have: it may have more than are wanted."""
        return max(self.total, self.ended)

    def work(
        self,
        workers: Workers,
        at_once: int,
        on_trial: Callable[[Any], object],
        on_progress: Callable[[float, int], object] | None,
    ) -> None:
        """Do trials, so many at a time, until the study has enough that have ended."""
        more, waiting = True, 0.0
        while True:
            while more and len(self.at_work) < at_once:
                self.beat()
                more = self.ask(workers)
            if on_progress is not None:
                shares = sum(sum(watch.shares.values()) for watch in self.at_work)
                on_progress(self.ended + shares / len(self.runs), self.most)
            if self.at_work:
                waiting, more = 0.0, self.go_on(workers, on_trial) or more
            elif self.elsewhere and self.ended < self.total:
                waiting, more = waiting + self.look_again(waiting), True
            else:
                return

    def go_on(self, workers: Workers, on_trial: Callable[[Any], object]) -> bool:
        """Hear runs of the trials at work here; tell whether one of these has ended."""
        wait([watch.futures[0] for watch in self.at_work], SEEN, FIRST_COMPLETED)
        before = len(self.at_work)
        self.beat()
        for watch in [*self.at_work]:
            ended = None
            with self.unless_taken(watch):
                ended = self.hear(watch, workers) if watch.futures[0].done() else None
            if ended is not None:
                on_trial(ended)
        return len(self.at_work) < before

    def beat(self) -> None:
        """Tell other processes that this one works at its trials, if it is time to."""
        if beats := self.owner.beat():
            for watch in [*self.at_work]:
                with self.unless_taken(watch):
                    watch.trial.set_user_attr(BEATS, beats)

    @contextmanager
    def unless_taken(self, watch: Watch) -> Iterator[None]:
        """Drop a trial if another process took it for lost, and has given it up."""
        try:
            yield
        except the_optuna().exceptions.UpdateFinishedTrialError:
            self.drop(watch)

    def look_again(self, waiting: float) -> float:
        """Wait a while for trials that are at work elsewhere; return how long."""
        if waiting <= TELL < waiting + LOOK:
            warn(
                f"storage: waiting for trials of other processes ({self.elsewhere}); those of one "
                f"that is silent for {SILENT:.0f} seconds are tried again here"
            )
        time.sleep(LOOK)
        return LOOK

    def ask(self, workers: Workers) -> bool:
        """Begin a trial, unless there are enough for now; tell whether it did."""
        if any(watch.alone for watch in self.at_work):
            return False
        with later_ctrl_c():
            taken = False
            while True:
                refuse_other(self.study, self.task)
                trials = self.revived()
                known = [*filter(counts, trials)]
                self.ended = sum(trial.state.is_finished() for trial in known)
                self.elsewhere = len(known) - self.ended - len(self.at_work)
                if len(known) >= self.total:
                    return False
                free = self.free(trials, known, self.in_order or taken)
                died = [t.user_attrs[DIED] for t in trials if DIED in t.user_attrs
                        and self.setting(t) == free]  # fmt: skip
                alone = len(died) >= DEATHS - 1  # else those beside it would be blamed, too
                if alone and self.at_work:
                    return False
                trial = self.begun(free)
                before, taken = self.others(trial, free)
                if before >= self.total or taken:
                    give_up(self.study, trial)  # another was faster, or it is tried already
                elif len(died) >= DEATHS and min(died) == 1:
                    said = f"its process died {len(died)} times: it was killed, ran out of memory"
                    give_up(self.study, trial, f"{said}, or crashed")
                else:
                    break
            self.at_work.append(Watch(trial, 0 if self.prune else STEPS, alone=alone))
        self.submit(self.at_work[-1], workers, self.runs[:1] if self.prune else self.runs)
        return True

    def others(self, trial: Any, free: tuple[Any, ...]) -> tuple[int, bool]:
        """Return how many trials began before this one, and whether others have its setting.

        If it was drawn, one that began later may have it: two that draw at the same time see each
        other, and both give it up.
        """
        others = [t for t in self.study.get_trials(deepcopy=False) if counts(t) and
                  t.number != trial.number]  # fmt: skip
        before = [each for each in others if each.number < trial.number]
        own = tuple(trial.params[name] for name in self.space)
        rivals = before if free else others * bool(self.grid)
        return len(before), own in map(self.setting, rivals)

    def begun(self, setting: tuple[Any, ...]) -> Any:
        """Begin a trial with a setting, or with one that is drawn."""
        params = dict(zip(self.space, setting, strict=False))
        trial = begun(self.study, self.owner.attributes(), params)
        self.study.sampler = sampler_of(self.sampler, self.seed, trial.number)
        draw(trial, self.space)
        return trial

    def revived(self) -> list[Any]:
        """Return all trials, once those are given up that nobody works at any more."""
        trials = self.study.get_trials(deepcopy=False)
        lost = [t for t in trials if t.state.name == "RUNNING" and self.owner.is_lost(t)]
        if not lost:
            return trials
        died = Counter(trial.user_attrs[OWNER] for trial in lost if has_died(trial))
        for trial in lost:
            give_up(self.study, trial, died=died[trial.user_attrs.get(OWNER)])
        return self.study.get_trials(deepcopy=False)

    def free(self, trials: list[Any], known: list[Any], in_grid: bool) -> tuple[Any, ...]:
        """Return a setting that was given up, or the next of the grid; () if one is to be drawn."""
        left = [self.setting(trial) for trial in trials if trial.state.name == "FAIL"]
        if not left and not in_grid:
            return ()
        taken = {*map(self.setting, known)}
        settings = chain((each for each in left if None not in each), self.grid if in_grid else ())
        return next((each for each in settings if each not in taken), ())

    def setting(self, trial: Any) -> tuple[Any, ...]:
        """Return the parameters of a trial, those too that it will have; None for no others."""
        params = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
        return tuple(params.get(name) for name in self.space)

    def submit(self, watch: Watch, workers: Workers, runs: list[tuple[int, int]]) -> None:
        """Let workers do runs of a trial: each on a fold of the data, with a seed."""
        found, here = self.found, watch if workers.is_here else None
        params = watch.trial.params
        own, encoding = options_of(params, self.space), encoding_of(params, self.space)
        for k, (fold, seed) in enumerate(runs, len(watch.results)):
            options = {**found.fixed, **own, "seed": seed, "verbose": self.quiet}
            part = encoding * self.folds + fold
            future = workers.submit(run_of, part, k, options, found.metric, here)
            watch.futures.append(future)

    def hear(self, watch: Watch, workers: Workers) -> Any:
        """Hear what the next run of a trial gave; return the trial if it has ended."""
        try:
            result = watch.futures.pop(0).result()
        except GivenUp as error:
            result = {"reason": reason(error), "epochs": 0, "seconds": 0.0, "said": {}}
        watch.results.append(result)
        if self.is_first:  # others say the same of what they share; of a setting it is no news yet
            self.is_first = "value" not in result
            for topic, text in result["said"].items():
                if self.of_all.match(text) and topic not in self.given:
                    self.given.add(topic)
                    warn(text)
        done = len(watch.results)
        if "value" in result and not watch.pruned and done < len(self.runs):
            if not self.prune:
                return None
            watch.step = STEPS + done - 1
            if not watch.is_behind(fmean(each["value"] for each in watch.results), watch.step + 1):
                if done == 1:
                    self.submit(watch, workers, self.runs[1:])
                return None
        return self.tell(watch)

    def tell(self, watch: Watch) -> Any:
        """Tell Optuna how a trial has ended, and return what it knows of it then."""
        results = watch.results
        values = [each["value"] for each in results if "value" in each]
        known = {
            "values": values,
            "seconds": sum(each["seconds"] for each in results),
            "epochs": max(each["epochs"] for each in results),
            "reason": results[-1].get("reason"),
            "warnings": dict(ChainMap(*(each["said"] for each in results))),
        }
        complete = not (known["reason"] or watch.pruned)
        state = "COMPLETE" if complete else "PRUNED"  # samplers avoid it, but not what failed
        with later_ctrl_c():
            watch.trial.set_user_attr(RESULT, known)
            ended = tell(self.study, watch.trial, state, fmean(values) if complete else None)
            self.drop(watch)
        return ended

    def drop(self, watch: Watch) -> None:
        """Forget a trial, and stop what still runs of it."""
        watch.over = True
        self.at_work.remove(watch)
        for future in watch.futures:
            future.cancel()

    def warn_of_best(self) -> None:
        """Give the warnings of the best trial that were not given yet."""
        if self.found.best is not None:
            best = self.found.ranked[0]
            for topic, text in best["warnings"].items():
                if topic not in self.given:
                    warn(f"trial {best['number']}, the best: {text}")

    def leave(self, died: bool) -> None:
        """Give up the trials at work, so that their settings are tried again later.

        `died` tells whether workers have died at one of them.
        """
        for watch in self.at_work:
            give_up(self.study, watch.trial, died=died * len(self.at_work))
