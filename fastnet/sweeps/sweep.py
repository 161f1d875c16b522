"""The function `sweep`: it asks Optuna for settings, lets workers train nets, and tells it."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from itertools import product
from statistics import fmean, median
from typing import Any, Literal

from numpy.typing import ArrayLike

from .._version import __version__
from ..checks import flag, function, one_of, whole
from ..checks import seed as seed_of
from ..cores import cores
from ..data.samples import Samples
from ..diagnostics import gathered, reason, warn
from ..model.chunks import SEEN
from ..model.interrupt import leaving
from ..options import Options
from ..rng import stream
from ..training.bars import showing
from ..training.executors import Workers, stopped
from ..training.prepare import prepare
from ..training.seeds import listed
from .parts import parts_of
from .result import Sweep
from .space import MOST, OWN, Space, draw, grid_of, options_of, space_of, text_of
from .studies import PROCESS, RESULT, again, counts, opened, optuna_, process, revive, telling

TRIALS = 50
ENCODING = ("encode", "preset", "dtype")  # options by which the rows are encoded
STEPS = 10  # of a run, at which its validation is compared with that of others
STARTUP, WARM_UP = 5, 3  # trials, and steps of a run, before any is pruned


def sweep(
    X: ArrayLike | Samples,
    y: ArrayLike,
    space: Mapping[str, Any],
    *,
    trials: int | None = None,
    seeds: int | Iterable[int] = 1,
    folds: int | None = None,
    validation_data: tuple[ArrayLike | Samples, ArrayLike] | None = None,
    validation_fraction: float | None = None,
    metric: Literal["score", "loss"] = "score",
    sampler: Literal["tpe", "random", "grid"] = "tpe",
    prune: bool = True,
    storage: str | os.PathLike[str] | None = None,
    study: str = "fastnet",
    seed: int = 0,
    threads: int | Literal["auto"] = "auto",
    executor: Executor | Any = None,
    on_trial: Callable[[dict[str, Any]], object] | None = None,
    on_progress: Callable[[float, int], object] | None = None,
    verbose: bool | None = None,
    **options: Any,
) -> Sweep:
    """Find the best options of a net: train many, each with other settings, and compare them.

    Parameters
    ----------
    X, y
        As in `fastnet.train`.
    space : dict
        The values of each option that varies. A tuple of two numbers, or text such as
        "0.003..0.3", is a range: of whole numbers if the option is whole, and drawn by their
        logarithms if the ends are above 0 and differ at least tenfold. A list has choices, of any
        kind: [(64, 32), (128,)], ["relu", "tanh"], or text such as "0,1e-4" for numbers. None
        stands for the default.
    trials : int, optional
        The number of settings, with those that the study has already. By default 50, or all of a
        grid.
    seeds : int or iterable of int
        The seeds of the nets of each setting: see `train_seeds`. The mean over them counts.
    folds : int, optional
        Number of folds. Each row judges once, and the mean over the folds counts.
    validation_data : (X, y), optional
        Samples that judge all nets, which learn all rows of X then.
    validation_fraction : float, optional
        The share of the rows that is held out, and judges all nets. It is a tenth by default.
    metric : str
        "score", as of `Network.score`, or "loss", the validation loss.
    sampler : str
        How settings are chosen. "tpe" prefers those near good ones (Optuna's tree-structured Parzen
        estimator), "random" draws them, "grid" takes all combinations of choices.
    prune : bool
        End a trial early if it is behind the median of those before: in its first run at each tenth
        of the epochs, where tasks run in this process, and after each run.
    storage : str or path, optional
        Where the trials are kept, so that a sweep that was killed goes on, and several processes
        and machines may work at one: a file for a journal, or an address such as
        "sqlite:///trials.db" or "postgresql://host/name". By default memory.
    study : str
        Name of the sweep in the storage.
    seed : int
        Seed of the settings and of the rows that judge. A sweep with threads=1 can be repeated.
    threads : int or "auto"
        Number of runs at a time, each in one thread. "auto": one on each core, or as many as the
        executor has workers.
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        What runs the tasks: see `train_seeds`. By default threads.
    on_trial : callable, optional
        Function that is called as on_trial(trial) when a trial has ended, with a dict as in
        `Sweep.trials`, by the thread that called this function.
    on_progress : callable, optional
        Function that is called by the same thread as on_progress(done, total), trials of the study,
        several times a second. `done` counts parts of trials too.
    verbose : bool, optional
        Print a line for each trial, on stderr. False also silences the line about compiling.
    **options
        The other options of `fastnet.train`, which all nets share.

    Returns
    -------
    Sweep

    Raises
    ------
    TypeError, ValueError
        An argument does not fit, the study is of another task, or all trials have failed. A
        setting that fails or diverges is no error: its trial has the reason.
    OSError
        The storage does not answer, or cannot be written.
    ImportError
        Optuna is missing.
    KeyboardInterrupt
        Ctrl-C. Every error after the start has the `Sweep` so far as `.sweep`.
    """
    for name in options.keys() & OWN:
        raise TypeError(f"{name}: given, but a sweep has none for all of its runs")
    for name in options.keys() & space.keys():
        raise TypeError(f"{name}: given, and in the space too, wanted one of them")
    checked, each = space_of(space), listed(seeds)
    one_of("metric", metric, ("score", "loss"))
    if metric == "loss" and "loss" in checked:
        raise ValueError("metric: 'loss', but the space has several losses, wanted 'score'")
    grid = grid_of(checked) if one_of("sampler", sampler, ("tpe", "random", "grid")) == "grid" else None
    total = TRIALS if grid is None else len(grid)
    if trials is not None:
        total = min(whole("trials", trials, 1, MOST), math.inf if grid is None else total)
    judged = {"validation_data": validation_data, "validation_fraction": validation_fraction}
    if sum(value is not None for value in (folds, *judged.values())) > 1:
        raise ValueError("folds, validation_data, validation_fraction: given, wanted one of them")
    given = Options.of({**options, **judged})
    ...
