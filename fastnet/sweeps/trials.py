"""The trials of a sweep: settings from Optuna, runs of workers, and what Optuna is told."""

from __future__ import annotations

import contextlib
import math
import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import product
from statistics import fmean
from typing import Any

from ..diagnostics import gathered, reason
from ..model.network import Network
from ..options import Options
from ..processes import this_process
from ..training.executors import Workers, stopped
from ..training.parts import Part
from ..training.prepare import prepare
from .result import Sweep
from .space import draw, options_of
from .studies import PROCESS, RESULT, again, counts, queue, sampler_of, tell

STEPS = 10  # of the first run of a trial, at which its value is compared with that of others
OF_DATA = re.compile(r"(X|y|sample_weight|class_weight)\b|validation|\d")  # so warnings begin
ROUNDING = 1e-9  # of a share
JUDGED = "patience", "target_accuracy"  # options that look at the validation
FAILURES = TypeError, ValueError, FloatingPointError, MemoryError  # of a setting, not of a sweep

Results = list[dict[str, Any]]


@dataclass(eq=False)
class Watch:
    """What this process sees of a trial at work.

    Attributes
    ----------
    trial : optuna.Trial
        What Optuna knows of it.
    shares : dict
        The share that each of its runs has learned.
    step : int
        The steps at which its first run was compared; STEPS from the beginning if none is to be.
    pruned, over : bool
        Whether it was ended early, and whether it needs no more runs.
    """

    trial: Any
    step: int
    shares: dict[int, float] = field(default_factory=dict)
    pruned: bool = False
    over: bool = False

    def is_behind(self, value: float, step: int) -> bool:
        """Report the value of the trial at a step, and ask whether it is behind the others."""
        for k in range(self.step, step):
            self.trial.report(value, k)
        self.step, self.pruned = step, self.pruned or self.trial.should_prune()
        return self.pruned


def run_of(
    shared: dict[Any, list[Part]],
    which: tuple[Any, int],
    k: int,
    options: dict[str, Any],
    metric: str,
    watch: Watch | None,
) -> dict[str, Any]:
    """Train and judge a net, here or elsewhere; return its value, or the reason why it has none.

    It is run number k of a trial, on the part of the data that `which` names. If the trial is in
    this process, it knows how far its runs are, and may end the first early.
    """
    part, said, epochs = shared[which[0]][which[1]], dict[str, str](), 0

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
    return {"value": value, "epochs": len(learned), "seconds": seconds, "said": said}


class Stopped(Exception):
    """Raised in a run that nobody wants any more."""


@dataclass(eq=False)
class Search:
    """The search of this process: several threads ask for settings, and let workers try them.

    Attributes
    ----------
    found : Sweep
        The sweep, whose study other processes may share.
    grid : list of tuple
        All settings, if each is to be tried.
    total : int
        The trials that the study is to have.
    parts : dict
        The parts of the data, by the settings of the options that encode them.
    encoding : list of str
        These options.
    shown : dict
        Options of what a run tells.
    prune : bool
        Whether trials may be ended early.
    sampler, seed
        How settings are chosen.
    watches : list of Watch
        The trials that have begun here.
    ended : list
        Optuna's trials that have ended here, and that nobody has taken.
    said : list of str
        Warnings of the data. What a setting does to a net is no news in a sweep.
    finished : int
        The trials of the study that have ended, as this process has last seen it.
    over : bool
        Whether it begins no more trials.
    """

    found: Sweep
    grid: list[tuple[str, ...]]
    total: int
    parts: dict[Any, list[Part]]
    encoding: list[str]
    shown: dict[str, Any]
    prune: bool
    sampler: str
    seed: int
    watches: list[Watch] = field(default_factory=list)
    ended: list[Any] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    finished: int = 0
    over: bool = False
    lock: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.study, self.space = self.found.study, self.found.space
        self.runs = [*product(range(len(next(iter(self.parts.values())))), self.found.seeds)]

    @property
    def done(self) -> float:
        """The trials of the study that have ended, with the shares of those at work here."""
        shares = (sum(watch.shares.values()) for watch in self.watches if not watch.over)
        return self.finished + sum(shares) / len(self.runs)

    def work(self, workers: Workers) -> None:
        """Do trials, until the study has enough or the search is over."""
        while (watch := self.ask()) is not None:
            self.tell(watch, *self.tried(watch, workers))

    def ask(self) -> Watch | None:
        """Begin a trial with its settings, unless there are enough."""
        with self.lock:
            while not self.over:
                trials = self.study.get_trials(deepcopy=False)
                known = [*filter(counts, trials)]
                self.finished = sum(trial.state.is_finished() for trial in known)
                if len(known) >= self.total:
                    break
                taken = {*map(self.setting, trials)} if self.grid else {}
                free = next((each for each in self.grid if each not in taken), ())
                if not any(trial.state.name == "WAITING" for trial in trials):
                    queue(self.study, dict(zip(self.space, free, strict=False)))
                trial = self.study.ask()
                trial.set_user_attr(PROCESS, this_process())  # another one may have queued it
                self.study.sampler = sampler_of(self.sampler, self.seed, trial.number)
                draw(trial, self.space)
                trials = self.study.get_trials(deepcopy=False)
                before = [each for each in trials if counts(each) and each.number < trial.number]
                twice = self.grid and (*trial.params.values(),) in map(self.setting, before)
                if len(before) < self.total and not twice:
                    self.watches.append(Watch(trial, 0 if self.prune else STEPS))
                    return self.watches[-1]
                tell(self.study, trial, "FAIL")  # another process was faster
        return None

    def setting(self, trial: Any) -> tuple[Any, ...]:
        """Return the parameters of a trial, which may wait for them; () if it was given up."""
        params = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
        given_up = trial.state.is_finished() and not counts(trial)
        return () if given_up else tuple(params.get(name) for name in self.space)

    def tried(self, watch: Watch, workers: Workers) -> tuple[str, Results]:
        """Let workers do the runs of a trial; return how it has ended, and what the runs gave."""
        params, here = watch.trial.params, watch if workers.is_here else None
        options = {**self.found.fixed, **options_of(params, self.space)}
        key = tuple(params[name] for name in self.encoding)
        results: Results = []
        futures: list[Future[dict[str, Any]]] = []
        for k in range(len(self.runs)):
            most = 1 if self.prune and k == 0 else len(self.runs)
            for j, (part, seed) in enumerate(self.runs[len(futures) : most], len(futures)):
                own = {**options, **self.shown, "seed": seed}
                futures.append(workers.submit(run_of, (key, part), j, own, self.found.metric, here))
            results.append(futures[k].result())
            if "value" not in results[k]:
                return "PRUNED", results  # Optuna's samplers avoid what was pruned, not what failed
            if self.prune and k + 1 < len(self.runs):
                watch.step = STEPS + k
                watch.is_behind(fmean(each["value"] for each in results), STEPS + k + 1)
            if watch.pruned:
                return "PRUNED", results
        return "COMPLETE", results

    def tell(self, watch: Watch, state: str, results: Results) -> None:
        """Tell Optuna how a trial has ended."""
        watch.over, values = True, [each["value"] for each in results if "value" in each]
        result = {
            "values": values,
            "seconds": sum(each["seconds"] for each in results),
            "epochs": max(each["epochs"] for each in results),
            "reason": results[-1].get("reason"),
        }
        with self.lock, contextlib.suppress(RuntimeError):  # one that has taken this for dead
            if watch is self.watches[0]:  # others tell the same of the data
                self.said = [*filter(OF_DATA.match, results[0]["said"].values())]
            watch.trial.set_user_attr(RESULT, result)
            mean = fmean(values) if state == "COMPLETE" else None
            self.ended.append(tell(self.study, watch.trial, state, mean))

    def leave(self) -> None:
        """Give up the trials at work, so that their settings are tried again later."""
        for watch in self.watches:
            if not watch.over:
                again(self.study, watch.trial, self.space)
