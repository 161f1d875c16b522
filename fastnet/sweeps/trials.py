"""The trials of a sweep: settings from Optuna, runs of workers, and what Optuna is told."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import product
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np

from ..diagnostics import gathered, reason
from ..model.network import Network
from ..options import Options
from ..processes import this_process
from ..training.executors import Workers, stopped
from ..training.parts import Part
from ..training.prepare import prepare
from .space import Space, draw, options_of
from .studies import PROCESS, RESULT, again, counts, tell

STEPS = 10  # of the first run of a trial, at which its value is compared with that of others
STARTUP, WARM_UP = 5, 3  # trials that are never ended early, and steps before any is
ROUNDING = 1e-9  # of a share
JUDGED = "patience", "target_accuracy"  # options that look at the validation
FAILURES = TypeError, ValueError, FloatingPointError, MemoryError  # of a setting, not of a sweep


class Job(NamedTuple):
    """A run for a worker: number `k` of a trial, on a part of the data."""

    trial: int
    k: int
    part: tuple[Any, int]
    options: dict[str, Any]
    metric: str


class Stopped(Exception):
    """Raised in a run that nobody wants any more."""


@dataclass(eq=False)
class Watch:
    """What this process sees of a trial at work.

    Attributes
    ----------
    trial : optuna.Trial
        What Optuna knows of it.
    prune : bool
        Whether it may be ended early.
    shares : dict
        The share that each of its runs has learned.
    step : int
        The steps of the first run that were compared.
    pruned, over : bool
        Whether it was ended early, and whether it needs no more runs.
    """

    trial: Any
    prune: bool
    shares: dict[int, float] = field(default_factory=dict)
    step: int = 0
    pruned: bool = False
    over: bool = False


def run_of(shared: dict[Any, list[Part]], job: Job, watch: Watch | None) -> dict[str, Any]:
    """Train and judge a net, here or elsewhere; return its value, or the reason why it has none."""
    part = shared[job.part[0]][job.part[1]]
    result: dict[str, Any] = {"said": {}, "epochs": 0, "seconds": 0.0}

    def progress(done: int, total: int) -> None:
        if stopped() or (watch is not None and watch.over):
            raise Stopped
        if watch is not None:
            watch.shares[job.k] = done / max(total, 1)

    def on_epoch(net: Network, record: dict[str, Any]) -> bool:
        assert watch is not None
        result["epochs"] += 1
        step = math.floor(STEPS * result["epochs"] / run.options.epochs + ROUNDING)
        if step > watch.step:
            value = judged(net, part, job.metric)
            for k in range(watch.step, step):
                watch.trial.report(value, k)
            watch.step, watch.pruned = step, watch.trial.should_prune()
        return watch.pruned

    options = {**job.options, "sample_weight": part.weights, "on_progress": progress}
    if watch is not None and watch.prune and job.k == 0:
        options["on_epoch"] = on_epoch
    if any(options.get(name) is not None for name in JUDGED):
        options["validation_data"] = part.judges
    try:
        with gathered(result["said"], f"trial {job.trial}: "):
            run = prepare(part.X, part.y, Options.of(options))
            before, net = len(run.net.history), run.learn()
            value, learned = judged(net, part, job.metric), net.history[before:]
        result |= {"epochs": len(learned), "seconds": sum(each["seconds"] for each in learned)}
        if not math.isfinite(value):
            raise ValueError(f"{job.metric}: {value}, wanted a finite number")
        result["value"] = value
    except FAILURES as error:
        result["reason"] = reason(error)
    return result


def judged(net: Network, part: Part, metric: str) -> float:
    """Return the score or the loss of a net on the rows that judge."""
    X, y = part.judges
    if metric == "score":
        return net.score(X, y)
    targets = net.outputs.targets(y, X.n, least=1)
    return net.passes.evaluate(net.samples(X), targets, np.arange(X.n))[0]


@dataclass(eq=False)
class Search:
    """The search of this process: several threads ask for settings, and let workers try them.

    Attributes
    ----------
    study : optuna.Study
        The study, which other processes may share.
    space, grid
        The options that vary, and all settings if each is to be tried.
    total : int
        The trials that the study is to have.
    options, seeds, metric
        What all trials share.
    parts : dict
        The parts of the data, by the settings of the options that encode them.
    encoding : sequence of str
        These options.
    prune : bool
        Whether trials may be ended early.
    sampler : callable
        It returns Optuna's sampler for the number of a trial.
    watches : list of Watch
        The trials that have begun here.
    ended : list
        Optuna's trials that have ended here.
    said : dict
        The warnings of all runs, by topic.
    over : bool
        Whether it begins no more trials.
    """

    study: Any
    space: Space
    grid: list[tuple[str, ...]]
    total: int
    options: dict[str, Any]
    seeds: list[int]
    metric: str
    parts: dict[Any, list[Part]]
    encoding: list[str]
    prune: bool
    sampler: Callable[[int], Any]
    watches: list[Watch] = field(default_factory=list)
    ended: list[Any] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    over: bool = False
    lock: Any = field(default_factory=threading.Lock)

    @property
    def done(self) -> float:
        """The trials of the study that have ended, with the shares of those at work here."""
        runs = len(self.seeds) * len(next(iter(self.parts.values())))
        shares = [sum(watch.shares.values()) / runs for watch in self.watches if not watch.over]
        return sum(trial.state.is_finished() for trial in self.known()) + sum(shares)

    def known(self) -> list[Any]:
        """Return the trials of the study that count."""
        return [*filter(counts, self.study.get_trials(deepcopy=False))]

    def work(self, workers: Workers) -> None:
        """Do trials, until the study has enough or the search is over."""
        while (trial := self.ask()) is not None:
            watch = Watch(trial, self.prune)
            self.watches.append(watch)
            self.tell(watch, *self.tried(watch, workers))

    def ask(self) -> Any:
        """Return a new trial with its settings, or None."""
        with self.lock:
            while len(self.known()) < self.total and not self.over:
                known = self.study.get_trials(deepcopy=False)
                taken = {*map(self.setting, known)} if self.grid else ()
                free = next((each for each in self.grid if each not in taken), None)
                if free is not None:
                    self.study.enqueue_trial(dict(zip(self.space, free, strict=True)))
                trial = self.study.ask()
                trial.set_user_attr(PROCESS, this_process())
                self.study.sampler = self.sampler(trial.number)
                draw(trial, self.space)
                before = [each for each in self.known() if each.number < trial.number]
                twice = self.grid and (*trial.params.values(),) in map(self.setting, before)
                if len(before) < self.total and not twice:
                    return trial
                tell(self.study, trial, "FAIL")  # another process was faster
        return None

    def setting(self, trial: Any) -> tuple[Any, ...]:
        """Return the parameters of a trial, which may wait for them; () if it was given up."""
        if trial.state.is_finished() and not counts(trial):
            return ()
        params = trial.params or trial.system_attrs.get("fixed_params", {})
        return tuple(params.get(name) for name in self.space)

    def tried(self, watch: Watch, workers: Workers) -> tuple[str, list[dict[str, Any]]]:
        """Let workers do the runs of a trial; return how it ended, and what the runs gave."""
        params = watch.trial.params
        own, key = options_of(params, self.space), tuple(params[name] for name in self.encoding)
        runs = enumerate(product(range(len(self.parts[key])), self.seeds))
        jobs = [
            Job(watch.trial.number, k, (key, place), {**self.options, **own, "seed": seed}, self.metric)
            for k, (place, seed) in runs
        ]
        results: list[dict[str, Any]] = []
        futures: list[Future[dict[str, Any]]] = []
        here = watch if workers.is_here else None
        for k in range(len(jobs)):
            some = jobs[:1] if self.prune and k == 0 else jobs[len(futures) :]
            futures += [workers.submit(run_of, job, here) for job in some]
            results.append(futures[k].result())
            if "value" not in results[k]:
                return "FAIL", results
            if self.prune and k + 1 < len(jobs):
                watch.trial.report(fmean(each["value"] for each in results), STEPS + k)
                watch.pruned = watch.pruned or watch.trial.should_prune()
            if watch.pruned:
                return "PRUNED", results
        return "COMPLETE", results

    def tell(self, watch: Watch, state: str, results: list[dict[str, Any]]) -> None:
        """Tell Optuna how a trial has ended."""
        watch.over, values = True, [each["value"] for each in results if "value" in each]
        result = {
            "values": values,
            "seconds": sum(each["seconds"] for each in results),
            "epochs": max(each["epochs"] for each in results),
            "reason": results[-1].get("reason"),
        }
        with self.lock, contextlib.suppress(RuntimeError):  # one that has taken this for dead
            for each in results:
                self.said = each["said"] | self.said
            watch.trial.set_user_attr(RESULT, result)
            value = fmean(values) if state == "COMPLETE" else None
            self.ended.append(tell(self.study, watch.trial, state, value))

    def leave(self) -> None:
        """Give up the trials at work, so that their settings are tried again later."""
        for watch in self.watches:
            if not watch.over:
                again(self.study, watch.trial, self.space)
