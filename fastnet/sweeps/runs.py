"""A run of a trial: a net that a worker trains and judges, here or elsewhere."""

from __future__ import annotations

import math
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ..diagnostics import gathered, reason
from ..model.network import Network
from ..options import Options
from ..training.executors import stopped
from ..training.parts import Part
from ..training.prepare import prepare
from .probing import FAILURES

STEPS = 10  # of the first run of a trial, at which its value is compared with that of others
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
    alone : bool
        Whether no other trial may be at work beside it.
    """

    trial: Any
    step: int
    futures: list[Future[dict[str, Any]]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    shares: dict[int, float] = field(default_factory=dict)
    pruned: bool = False
    over: bool = False
    alone: bool = False

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
    part, said, epochs, began = parts[which], dict[str, str](), 0, time.perf_counter()

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
    result: dict[str, Any] = {"said": said}
    try:
        with gathered(said, ""):
            run = prepare(part.X, part.y, Options.of(options))
            before, net = len(run.net.history), run.learn()
            value, epochs = part.judged(net, metric), len(net.history) - before
        if not math.isfinite(value):
            raise ValueError(f"{metric}: {value}, wanted a finite number")
        result["value"] = value
    except FAILURES as error:
        result["reason"] = reason(error)
    return {**result, "epochs": epochs, "seconds": time.perf_counter() - began}
