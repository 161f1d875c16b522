"""The trials of a sweep: settings from Optuna, runs of workers, and what Optuna is told."""

from __future__ import annotations

import math
import re
from collections import ChainMap
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from itertools import product
from statistics import fmean
from typing import Any

from ..diagnostics import gathered, reason, warn
from ..model.chunks import SEEN
from ..model.interrupt import later_ctrl_c
from ..model.network import Network
from ..options import Options
from ..training.executors import Workers, stopped
from ..training.parts import Part
from ..training.prepare import prepare
from .probing import FAILURES, kind_of
from .result import Sweep
from .space import draw, encoding_of, encodings_of, options_of
from .studies import RESULT, begun, counts, give_up, revive, sampler_of, tell, the_optuna

STEPS = 10  # of the first run of a trial, at which its value is compared with that of others
OF_DATA = r"(X|y|sample_weight|class_weight)\b|validation|\d"  # so warnings begin
ROUNDING = 1e-9  # of a share
JUDGED = "patience", "target_accuracy"  # options that look at the validation


@dataclass(eq=False)
class Watch:
    """What this process sees of a trial at work.

    Attributes
    ----------
    trial : optuna.Trial
        What Optuna knows of it.
    step : int
        The steps at which its first run was compared; STEPS from the beginning if none is to be.
    futures : list of Future
        Its runs that have begun, in their order, without those that were heard.
    results : list of dict
        What its runs gave that were heard.
    shares : dict
        The share that each of its runs has learned.
    pruned, over : bool
        Whether it was ended early, and whether it needs no more runs.
    """

    trial: Any
    step: int
    futures: list[Future[dict[str, Any]]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    shares: dict[int, float] = field(default_factory=dict)
    pruned: bool = False
    over: bool = False

    def is_behind(self, value: float, step: int) -> bool:
        """Report the value of the trial at a step, and ask whether it is behind the others."""
        for k in range(self.step, step):
            self.trial.report(value, k)
        self.step, self.pruned = step, self.pruned or self.trial.should_prune()
        return self.pruned


class Stopped(Exception):
    """Raised in a run that nobody wants any more."""


def run_of(
    parts: list[Part],
    which: int,
    k: int,
    options: dict[str, Any],
    metric: str,
    watch: Watch | None,
) -> dict[str, Any]:
    """Train and judge a net, here or elsewhere; return its value, or the reason why it has none.

    It is run number k of a trial, on the part of the data that `which` names. If the trial is in
    this process, it knows how far its runs are, and may end the first early.
    """
    part, said, epochs = parts[which], dict[str, str](), 0

    def progress(done: int, total: int) -> None:
        if stopped() or (watch is not None and watch.over):
            raise Stopped
        if watch is not None:
            watch.shares[k] = done / max(total, 1)

    def on_epoch(net: Network, record: dict[str, Any]) -> bool:
        nonlocal epochs
        epochs += 1
        step = math.floor(STEPS * epochs / run.options.epochs + ROUNDING)
        if watch is None or step <= watch.step:
            return False
        return watch.is_behind(part.judged(net, metric), step)

    options = {**options, "sample_weight": part.weights, "on_progress": progress}
    if watch is not None and k == 0 and watch.step < STEPS:
        options["on_epoch"] = on_epoch
    if any(options.get(name) is not None for name in JUDGED):
        options["validation_data"] = part.judges
    try:
        with gathered(said, ""):
            run = prepare(part.X, part.y, Options.of(options))
            before, net = len(run.net.history), run.learn()
            value, learned = part.judged(net, metric), net.history[before:]
        if not math.isfinite(value):
            raise ValueError(f"{metric}: {value}, wanted a finite number")
    except FAILURES as error:
        return {"reason": reason(error), "epochs": 0, "seconds": 0.0, "said": said}
    seconds = sum(each["seconds"] for each in learned)
    kind = kind_of(net, metric)
    return {
        "value": value, "kind": kind, "epochs": len(learned), "seconds": seconds, "said": said
    }  # fmt: skip


@dataclass(eq=False)
class Search:
    """The search of this process, which asks for settings and lets workers try them.

    Attributes
    ----------
    found : Sweep
        The sweep, whose study other processes may share.
    grid : list of tuple
        All settings, if each is to be tried.
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
    kind : str or None
        What the values of trials are: see `kind_of`. None until a run has told.
    numbers : bool
        Whether the task is a regression.
    ended : int
        The trials of the study that have ended, as this process has last seen it.
    at_work : list of Watch
        The trials at work here.
    """

    found: Sweep
    grid: list[tuple[str, ...]]
    total: int
    parts: list[Part]
    prune: bool
    sampler: str
    seed: int
    quiet: bool | None
    kind: str | None
    numbers: bool
    ended: int = 0
    at_work: list[Watch] = field(default_factory=list)
    is_first: bool = True  # until a run was heard that has a value

    def __post_init__(self) -> None:
        self.study, self.space = self.found.study, self.found.space
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
        """Do trials, so many at a time, until the study has enough."""
        more = True
        while True:
            while more and len(self.at_work) < at_once:
                more = self.ask(workers)
            if on_progress is not None:
                shares = sum(sum(watch.shares.values()) for watch in self.at_work)
                on_progress(self.ended + shares / len(self.runs), self.most)
            if not self.at_work:
                return
            wait([watch.futures[0] for watch in self.at_work], SEEN, FIRST_COMPLETED)
            for watch in [*self.at_work]:
                if not watch.futures[0].done():
                    continue
                try:
                    ended = self.hear(watch, workers)
                except the_optuna().exceptions.UpdateFinishedTrialError:
                    ended = None  # another process took it for dead
                    self.drop(watch)
                more = more or watch.over
                if ended is not None:
                    on_trial(ended)

    def ask(self, workers: Workers) -> bool:
        """Begin a trial, unless there are enough; tell whether it did."""
        with later_ctrl_c():
            while True:
                revive(self.study)
                trials = self.study.get_trials(deepcopy=False)
                known = [*filter(counts, trials)]
                self.ended = sum(trial.state.is_finished() for trial in known)
                if len(known) >= self.total:
                    return False
                taken = {*map(self.setting, known)}
                left = [self.setting(trial) for trial in trials if None not in self.setting(trial)]
                free = next((each for each in [*left, *self.grid] if each not in taken), ())
                trial = begun(self.study, dict(zip(self.space, free, strict=False)))
                self.study.sampler = sampler_of(self.sampler, self.seed, trial.number)
                draw(trial, self.space)
                trials = self.study.get_trials(deepcopy=False)
                before = [each for each in trials if counts(each) and each.number < trial.number]
                twice = free and free in map(self.setting, before)
                if len(before) < self.total and not twice:
                    break
                tell(self.study, trial, "FAIL")  # another process was faster
            self.at_work.append(Watch(trial, 0 if self.prune else STEPS))
        self.submit(self.at_work[-1], workers, self.runs[:1] if self.prune else self.runs)
        return True

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
        result = watch.futures.pop(0).result()
        watch.results.append(result)
        if self.is_first:  # others say the same of what they share; of a setting it is no news yet
            self.is_first = "value" not in result
            for topic, text in result["said"].items():
                if self.of_all.match(text) and topic not in self.given:
                    self.given.add(topic)
                    warn(text)
        if "value" in result:
            self.kind = self.kind or result["kind"]
            if result["kind"] != self.kind:
                del result["value"]
                result["reason"] = f"its value is {result['kind']}, that of others {self.kind}"
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

    def leave(self) -> None:
        """Give up the trials at work, so that their settings are tried again later."""
        for watch in self.at_work:
            give_up(self.study, watch.trial)
