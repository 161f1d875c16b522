"""The function `sweep`: many nets, each with other settings, which are compared."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import BrokenExecutor, Executor
from typing import Any, Literal

from numpy.typing import ArrayLike

from .._version import __version__
from ..checks import came, flag, function, one_of, whole
from ..checks import seed as seed_of
from ..data.samples import Samples
from ..diagnostics import gathered, warn
from ..model.interrupt import later_ctrl_c
from ..model.network import Network
from ..options import Options
from ..rng import stream
from ..training.bars import showing
from ..training.executors import Workers, width
from ..training.parts import Part, parts_of
from ..training.seeds import listed
from .probing import probed
from .result import Sweep
from .space import (
    ENCODING,
    MOST,
    Space,
    encodings_of,
    fixed_of,
    grid_of,
    options_of,
    said,
    space_of,
    text_of,
)
from .studies import opened, telling, the_optuna
from .trials import Search

TRIALS = 50
SAMPLERS = "tpe", "random", "grid"
DIRECTIONS = {"score": "maximize", "loss": "minimize"}
# Trials, and steps of a run, before any ends early. With 22 to 30 random settings on each of nine
# tables that saves 31% of the time, and the best has 0.0007 less of accuracy or R squared; 5 and 0
# save 48% and lose 0.0022, 10 and 3 save 15% and lose 0.0001.
STARTUP, WARM_UP = 5, 2
OF_DATA = (
    *ENCODING, "augment", "classes", "class_weight", "init", "sample_weight", "validation_data",
    "verbose",
)  # fmt: skip


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
        stands for the default. The rows are kept once for each encoding (encode, preset, dtype).
    trials : int, optional
        The number of settings, with those that the study has already. By default 50, or all of a
        grid. If the space has no more, each is tried once.
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
        Number of trials at a time, each run in one thread. "auto": one on each core, or as many as
        the executor has workers. Without an executor, no more runs learn at a time either.
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        What runs the tasks: see `train_seeds`. By default threads.
    on_trial : callable, optional
        Function that is called as on_trial(trial) when a trial has ended, with a dict as in
        `Sweep.trials` and the best value so far as its "best", by the thread that called this
        function.
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
    RuntimeError, TimeoutError
        The workers die, have another version or none; there are none: see `train_seeds`.
    ImportError
        Optuna is missing.
    KeyboardInterrupt
        Ctrl-C. Every error after the start has the `Sweep` so far as `.sweep`.
    """
    at_once = width(executor, Options.rows()["threads"].checked(threads))
    on_trial, on_progress = function("on_trial", on_trial), function("on_progress", on_progress)
    verbose = None if verbose is None else flag("verbose", verbose)
    search = begin(
        X, y, space, trials=trials, seeds=seeds, folds=folds, validation_data=validation_data,
        validation_fraction=validation_fraction, metric=metric, sampler=sampler, prune=prune,
        storage=storage, study=study, seed=seed, quiet=verbose and None, **options,
    )  # fmt: skip
    return run(search, storage, executor, at_once, on_trial, on_progress, verbose)


def begin(
    X: Any,
    y: Any,
    space: Any,
    *,
    trials: int | None = None,
    seeds: int | Iterable[int] = 1,
    folds: int | None = None,
    validation_data: Any = None,
    validation_fraction: float | None = None,
    metric: str = "score",
    sampler: str = "tpe",
    prune: bool = True,
    storage: Any = None,
    study: str = "fastnet",
    seed: int = 0,
    quiet: bool | None = False,
    check: Callable[[Network], object] | None = None,
    **options: Any,
) -> Search:
    """Check everything, and open the study; no trial begins. See `sweep`.

    `quiet` is the option `verbose` of all runs. `check` gets a net of the sweep that has learned
    nothing, before the study is opened.
    """
    values, each, optuna = space_of(space), listed(seeds), the_optuna()
    fixed = fixed_of(options, values)
    one_of("metric", metric, DIRECTIONS), flag("prune", prune)
    is_grid = one_of("sampler", sampler, SAMPLERS) == "grid"
    most = (MOST if is_grid else TRIALS) if trials is None else whole("trials", trials, 1, MOST)
    grid = grid_of(values, is_grid)
    grid = [grid[k] for k in stream(seed_of("seed", seed), "sweep").permutation(len(grid))]
    if not isinstance(study, str) or not study:
        raise TypeError(f"study: {came(study)}, wanted a name")
    judged = {"folds": folds, "validation_data": validation_data}
    judged["validation_fraction"] = validation_fraction
    by = [name for name, given in judged.items() if given is not None]
    if len(by) > 1:
        raise ValueError(f"{', '.join(by)}: given, wanted one of them")
    for name in "validation_data", "validation_fraction":
        judged[name] = Options.rows()[name].checked(judged[name])
    judges = judged["validation_data"]
    shared = fixed | {"validation_data": judges, "verbose": quiet}
    parts = _parts(X, y, shared, values, judged, seed)
    probe = probed(parts[:: len(parts) // len(encodings_of(values))], fixed, values, metric)
    if check is not None and probe is not None:
        check(probe.net)
    numbers = parts[0].y.dtype.kind == "f" if probe is None else probe.net.task == "regression"
    measure = "loss" if metric == "loss" else "R squared" if numbers else "accuracy"
    if measure == "R squared" and min(len(part.judges[1]) for part in parts) < 2:
        name = by[0] if by else "y"
        raise ValueError(f"{name}: one sample judges, wanted two or more for R squared")
    words: dict[str, Any] = {name: text_of(value) for name, value in fixed.items()}
    words |= {"space": {name: said(among) for name, among in values.items()}, "metric": metric}
    words |= {"seeds": each, "folds": folds, "validation_fraction": validation_fraction}
    words |= {"seed": seed}
    task = {"options": words, "data": parts[0].fingerprint()}
    task["versions"] = {"fastnet": __version__}
    with telling(storage):
        kept = opened(storage, study, DIRECTIONS[metric], task)
        kept.pruner = optuna.pruners.MedianPruner(STARTUP, WARM_UP)
        found = Sweep(kept, metric, measure, fixed, each, values, (X, y, judges))
        ended = found.ended
    total = min(most, len(grid) or most)
    return Search(found, grid, total, parts, prune, sampler, seed, quiet, numbers, task, ended)


def _parts(
    X: Any, y: Any, fixed: dict[str, Any], space: Space, judged: dict[str, Any], seed: int
) -> list[Part]:
    """Return the parts of the data for each encoding, one after another."""
    of_all = {name: fixed[name] for name in OF_DATA if name in fixed}
    parts, heard = list[Part](), dict[str, str]()
    with gathered(heard, ""):
        for own in encodings_of(space):
            options = Options.of(of_all | options_of(own, space))
            parts += parts_of(X, y, options, judged["validation_fraction"], judged["folds"], seed)
    for text in dict.fromkeys(heard.values()):
        warn(text)
    return parts


def run(
    search: Search,
    storage: Any,
    executor: Any,
    at_once: int,
    on_trial: Callable[[dict[str, Any]], object] | None,
    on_progress: Callable[[float, int], object] | None,
    verbose: bool | None,
) -> Sweep:
    """Do the trials of a search, so many runs at a time, and return what was found: see `sweep`."""
    found = search.found

    def ended(trial: Any) -> None:
        if verbose:
            print(found.line(trial), file=sys.stderr)
        if on_trial is not None:
            on_trial({**found.described(trial), "best": found.score})

    try:
        with (
            telling(storage),
            Workers(executor, search.parts, at_once) as workers,
            showing(verbose, on_progress, found.words, unit=" trials") as moved,
        ):
            search.work(workers, at_once, ended, moved)
            search.warn_of_best()
        found.check()
    except BaseException as error:
        error.sweep = found  # type: ignore[attr-defined]
        with contextlib.suppress(BaseException), later_ctrl_c():  # the storage may be what failed
            search.leave(isinstance(error, BrokenExecutor))
        raise
    finally:
        search.owner.leave()
    return found
