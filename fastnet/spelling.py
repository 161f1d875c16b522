"""What a person means who writes a name that is not there.

This module imports neither NumPy nor Numba, so that `fastnet train --help` is quick.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# What options and commands are called elsewhere: the name here, or a sentence if there is none.
ELSEWHERE = {
    "lr": "learning_rate",
    "rate": "learning_rate",
    "eta": "learning_rate",
    "eta0": "learning_rate",
    "step_size": "learning_rate",
    "learning_rate_init": "learning_rate",
    "scheduler": "schedule",
    "lr_schedule": "schedule",
    "layers": "hidden",
    "hidden_layers": "hidden",
    "hidden_layer_sizes": "hidden",
    "units": "hidden",
    "neurons": "hidden",
    "init_weights": "start",
    "n_trials": "trials",
    "n_splits": "folds",
    "cv": "folds",
    "study_name": "study",
    "criterion": "loss",
    "cost": "loss",
    "objective": "loss",
    "iterations": "epochs",
    "max_iter": "epochs",
    "passes": "epochs",
    "rounds": "epochs",
    "random_state": "seed",
    "alpha": "l2",
    "weight_decay": "l2",
    "early_stopping": "patience",
    "n_iter_no_change": "patience",
    "validation_split": "validation_fraction",
    "val_split": "validation_fraction",
    "timeout": "max_seconds",
    "jobs": "threads",
    "n_jobs": "threads",
    "workers": "threads",
    "precision": "dtype",
    "output": "out",
    "save": "out",
    "sep": "delimiter",
    "proba": "probabilities",
    "silent": "quiet",
    "fit": "train",
    "learn": "train",
    "tune": "sweep",
    "search": "sweep",
    "optimize": "sweep",
    "test": "evaluate",
    "eval": "evaluate",
    "score": "evaluate",
    "infer": "predict",
    "apply": "predict",
    "show": "info",
    "describe": "info",
    "summary": "info",
    "convert": "export",
    "download": "fetch",
    "compile": "warmup",
    "batch": "fastnet learns one sample at a time",
    "batch_size": "fastnet learns one sample at a time",
    "minibatch": "fastnet learns one sample at a time",
    "optimizer": "fastnet learns by stochastic gradient descent alone",
    "solver": "fastnet learns by stochastic gradient descent alone",
    "momentum": "fastnet learns by stochastic gradient descent alone",
    "dropout": "fastnet has l2, average and patience against overfitting",
    "device": "fastnet runs on the CPU",
    "gpu": "fastnet runs on the CPU",
    "cuda": "fastnet runs on the CPU",
}


def meant(name: str, names: Iterable[str]) -> str:
    """Return "; did you mean ...?" if one of the names is similar, else ""."""
    close = difflib.get_close_matches(name, names, n=1)
    return asked(close[0]) if close else ""


def option_meant(name: str, names: Iterable[str]) -> str:
    """Return what a person means who names an option or a command that is not there.

    It is the one of the names that is called so elsewhere, begins so, or is similar; or a sentence
    on what fastnet does not have. Dashes and underscores are alike.
    """
    written = {_plain(known): known for known in names}
    own = _plain(name)
    known = ELSEWHERE.get(own, "")
    if " " in known:
        return f"; {known}"
    begun = [other for other in written if other.startswith(own)]
    close = [
        *([known] if known in written else []),
        *(begun if len(begun) == 1 else []),
        *difflib.get_close_matches(own, written, n=1),
    ]
    return asked(written[close[0]]) if close else ""


def asked(name: str) -> str:
    """Return the question whether a name is meant. A flag needs no quotes."""
    return f"; did you mean {name if name.startswith('-') else repr(name)}?"


def _plain(name: str) -> str:
    return name.lstrip("-").replace("-", "_").lower()
