"""Sweeps: the value of a trial, what is drawn, what ends early, what fails."""

import itertools
import math
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from statistics import fmean, stdev

import numpy as np
import pytest

import fastnet
from fastnet import train
from fastnet.options import Options
from fastnet.training.order import held_out
from fastnet.training.parts import folds_of, parts_of
from tests.helpers import needed, python
from tests.people import classes, numbers, people
from tests.sweeps.helpers import SHARED, X, Y, close, settings, swept, told

LOSSES = {"loss": ["quadratic", "cross-entropy"]}
HELD = held_out(Y, 0.1, 0)
REST = np.setdiff1d(np.arange(len(Y)), HELD)


def test_the_value_of_a_trial_is_the_score_on_rows_that_were_held_out():
    found = swept(prune=False)
    assert [trial["state"] for trial in found.trials] == ["complete"] * 4
    for trial in found.trials:
        net = train(X[REST], Y[REST], **SHARED, **trial["options"])
        assert trial["value"] == net.score(X[HELD], Y[HELD])
        assert trial["epochs"] == 4 and trial["deviation"] is None and trial["seconds"] > 0
    assert found.score == max(trial["value"] for trial in found.trials)
    assert found.best == found.ranked[0]["options"]


def test_the_value_is_the_mean_over_seeds_and_folds():
    found = swept(prune=False, seeds=[3, 5], folds=3, trials=2)
    for trial in found.trials:
        values = []
        for judges in folds_of(len(Y), 3, 0, Y):
            rest = np.setdiff1d(np.arange(len(Y)), judges)
            for seed in (3, 5):
                net = train(X[rest], Y[rest], **SHARED, **trial["options"], seed=seed)
                values.append(net.score(X[judges], Y[judges]))
        assert close(trial["value"], fmean(values)) and close(trial["deviation"], stdev(values))


def test_validation_data_and_the_loss_may_judge():
    judges = (X[:20] + 0.1, Y[:20])
    found = swept(validation_data=iter(judges), metric="loss", prune=False)
    for trial in found.trials:
        net = train(X, Y, **SHARED, **trial["options"], validation_data=judges)
        assert trial["value"] == net.history[-1]["val_loss"]
    assert found.score == min(trial["value"] for trial in found.trials)


def test_a_sweep_one_at_a_time_can_be_repeated_and_its_seed_decides():
    more = {"seeds": 2, "trials": 14}  # the first ten settings are drawn, the others are chosen
    one, again, other = swept(**more), swept(**more), swept(**more, seed=1)
    assert told(one) == told(again) and str(one.best) == str(again.best)
    assert settings(one) != settings(other)
    assert len({*settings(one)}) == 14


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_sweep_may_go_on_and_is_the_one_that_was_not_stopped(sampler, tmp_path):
    kept = {"storage": tmp_path / "trials", "sampler": sampler}
    for trials in (5, 12, 12):
        found = swept(trials=trials, **kept)
    assert told(found) == told(swept(trials=12, sampler=sampler))


def test_a_grid_has_each_setting_once():
    space = {"hidden": [(3,), (4,), (5,)], "l2": "0,0.1", "activation": ["relu", "tanh"]}
    wanted = {*itertools.product(*([(3,), (4,), (5,)], [0.0, 0.1], ["relu", "tanh"]))}
    found = fastnet.sweep(X, Y, space, sampler="grid", epochs=2)
    assert len(found.trials) == 12 and {*settings(found)} == wanted
    some = fastnet.sweep(X, Y, space, sampler="grid", trials=5, epochs=2, threads=1)
    other = fastnet.sweep(X, Y, space, sampler="grid", trials=5, epochs=2, threads=1, seed=1)
    assert len({*settings(some)}) == 5 and settings(some) != settings(other)
    small = fastnet.sweep(X, Y, space, trials=20, epochs=2)
    assert {*settings(small)} == wanted and len(small.trials) == 12, "a space of few settings"


def test_runs_side_by_side_give_each_setting_what_it_has_alone():
    found = swept(threads=3, trials=9, seeds=2, prune=False)
    for trial in found.trials:
        nets = [train(X[REST], Y[REST], **SHARED, **trial["options"], seed=s) for s in (0, 1)]
        assert close(trial["value"], fmean(net.score(X[HELD], Y[HELD]) for net in nets))
    assert [trial["number"] for trial in found.trials] == [*range(9)]


@pytest.mark.parametrize(
    "kind", ["threads", "processes", pytest.param("dask", marks=pytest.mark.heavy)]
)
def test_any_executor_gives_the_same_values(kind):
    space, more = {"hidden": [(4,), (6,)], "l2": [0, 0.1]}, {"seeds": 2, "folds": 2, "prune": False}
    wanted = swept(space=space, sampler="grid", trials=None, **more)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Dask's own
        if kind == "dask":
            distributed = needed("distributed")
            made = distributed.Client(n_workers=2, threads_per_worker=1, dashboard_address=None)
        else:
            context = get_context("spawn")
            made = ThreadPoolExecutor(2)
            if kind == "processes":
                made = ProcessPoolExecutor(2, mp_context=context)
        with made as executor:
            found = swept(
                space=space, sampler="grid", trials=None, threads="auto", executor=executor, **more
            )
    assert sorted(map(str, told(found))) == sorted(map(str, told(wanted)))


@pytest.mark.parametrize("targets", [numbers, classes])
def test_tables_with_words_and_gaps(targets):
    frame = people(150)
    found = fastnet.sweep(
        frame, targets(frame), {"l2": [0, 0.01]}, folds=3, epochs=3, hidden=(4,),
        verbose=False,
    )  # fmt: skip
    assert [trial["state"] for trial in found.trials].count("complete") >= 1
    assert found.refit(verbose=False).encoding is not None


@pytest.mark.parametrize("folds", [None, 2])
def test_the_encoding_of_the_rows_may_vary(folds):
    space = {"encode": ["none", "table"], "hidden": [(4,), (6,)], "dtype": ["float32", "float64"]}
    rows, more = X + 1, {"sampler": "grid", "trials": None, "prune": False, "metric": "loss"}
    found = swept(space=space, X=rows, folds=folds, **more)
    assert len({trial["value"] for trial in found.trials}) == 8
    for trial in found.trials:
        values = []
        for held in [HELD] if folds is None else folds_of(len(Y), folds, 0, Y):
            rest, judges = np.setdiff1d(np.arange(len(Y)), held), (rows[held], Y[held])
            options = SHARED | trial["options"]
            net = train(rows[rest], Y[rest], **options, validation_data=judges)
            values.append(net.history[-1]["val_loss"])
        assert close(trial["value"], fmean(values))
    net = found.refit()
    assert found.best["dtype"] == net.dtype
    assert (found.best["encode"] == "table") == (net.encoding is not None)


def test_options_of_a_run_that_stops_early_look_at_the_rows_of_the_sweep():
    space = {"learning_rate": [0.3], "patience": [1]}
    found = fastnet.sweep(X, Y, space, hidden=(4,), epochs=60, threads=1, activation="tanh")
    [part] = parts_of(X, Y, Options(), None, None, 0)
    net = train(
        X[REST], Y[REST], hidden=(4,), activation="tanh", epochs=60, learning_rate=0.3, patience=1,
        validation_data=(X[HELD], Y[HELD]),
    )  # fmt: skip
    assert len(part.judges[1]) == len(HELD)
    assert found.trials[0]["epochs"] == len(net.history) < 60
    assert found.score == net.score(X[HELD], Y[HELD])


def test_a_plateau_may_get_its_patience_from_the_space():
    found = fastnet.sweep(
        X, Y, {"patience": [None, 2]}, schedule="plateau", hidden=(4,), epochs=20, threads=1
    )
    states = {trial["options"]["patience"]: trial for trial in found.trials}
    assert states[2]["state"] == "complete" and states[None]["state"] == "failed"
    assert "there is no patience, wanted it too" in states[None]["reason"]


# Ending early -----------------------------------------------------------------------------------


def hard(**more):
    """A sweep in which three settings of four learn nothing."""
    space = {"learning_rate": [0.5, 0.4, 0.3, 0.2, 0.25, *(1e-9 * k for k in range(1, 13))]}
    return swept(space=space, trials=17, epochs=40, hidden=(6,), metric="loss", **more)


def test_a_trial_that_is_behind_ends_early_and_the_best_is_as_good():
    full, early = hard(prune=False), hard()
    assert early.score == full.score
    pruned = [trial for trial in early.trials if trial["state"] == "pruned"]
    assert pruned and all(trial["epochs"] < 40 and trial["value"] is None for trial in pruned)
    assert {trial["state"] for trial in full.trials} == {"complete"}
    epochs = [sum(trial["epochs"] for trial in each.trials) for each in (full, early)]
    assert epochs[1] < epochs[0]


def test_a_trial_ends_between_its_runs_where_tasks_are_elsewhere():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        found = hard(seeds=3, executor=executor)
    pruned = [trial["number"] for trial in found.trials if trial["state"] == "pruned"]
    assert pruned
    for trial in found.study.trials:
        if trial.number in pruned:
            assert 1 <= len(trial.user_attrs["result"]["values"]) < 3


def test_runs_of_few_epochs_are_compared_with_runs_of_many():
    space = {"epochs": (1, 40), "learning_rate": (1e-9, 0.5)}
    found = fastnet.sweep(X, Y, space, hidden=(4,), trials=30, metric="loss")
    assert {trial["state"] for trial in found.trials} == {"complete", "pruned"}
    assert all(
        trial.last_step == 9 for trial in found.study.trials if trial.state.name == "COMPLETE"
    )


# What fails -------------------------------------------------------------------------------------


def test_a_setting_that_diverges_is_kept_with_its_reason_and_the_sweep_goes_on():
    space = {"learning_rate": [0.1, 1e30], "warm_up": [0.0, 0.2]}
    found = swept(space=space, trials=None, activation="relu", seeds=2)
    states = [(trial["options"]["learning_rate"], trial["state"]) for trial in found.trials]
    assert states.count((1e30, "failed")) == 2
    failed = [trial for trial in found.trials if trial["state"] == "failed"]
    assert all("diverged" in trial["reason"] and trial["seconds"] > 0 for trial in failed)
    assert found.best["learning_rate"] == 0.1


def test_a_sweep_whose_trials_all_fail_says_why():
    with pytest.raises(ValueError) as caught:
        swept(space={"learning_rate": (1e30, 1e32)}, activation="relu")
    assert "space: all 4 trials failed, the first with diverged in epoch 0" in str(caught.value)
    assert len(caught.value.sweep.trials) == 4 and caught.value.sweep.best is None


def test_a_score_that_is_no_number_fails(monkeypatch):
    monkeypatch.setattr(fastnet.Network, "score", lambda *_: math.nan)
    with pytest.raises(ValueError, match="the first with score: nan, wanted a finite number"):
        swept(trials=2)


@pytest.mark.parametrize(
    ("given", "error", "line"),
    [
        ({"trials": 0}, ValueError, "trials: 0, wanted a whole number >= 1"),
        ({"seeds": 0}, ValueError, "seeds: 0, wanted a whole number >= 1"),
        ({"seeds": [1, 1]}, ValueError, "seeds: [1, 1], wanted some, each of them once"),
        ({"metric": "r2"}, ValueError, "metric: 'r2', wanted one of score, loss"),
        ({"sampler": "cmaes"}, ValueError, "sampler: 'cmaes', wanted one of tpe, random, grid"),
        ({"sampler": "grid"}, ValueError, "space: learning_rate has a range, wanted a list"),
        ({"prune": 1}, TypeError, "prune: 1, wanted True or False"),
        ({"threads": 0}, ValueError, "threads: 0, wanted a whole number >= 1, or 'auto'"),
        ({"seed": -1}, ValueError, "seed: -1, wanted a whole number >= 0"),
        ({"executor": 2}, TypeError, "executor: 2, wanted an Executor"),
        ({"on_trial": 1}, TypeError, "on_trial: 1, wanted a function"),
        ({"lr": 1}, TypeError, "lr: there is no such option; did you mean 'learning_rate'?"),
        ({"learning_rate": 1}, TypeError, "learning_rate: given, in the space too, wanted it in"),
        ({"checkpoint": "x"}, TypeError, "checkpoint: given, but a sweep decides it itself"),
        ({"l2": -1}, ValueError, "l2: -1, wanted a number >= 0"),
        ({"folds": 2, "validation_fraction": 0.1}, ValueError,
         "folds, validation_fraction: given, wanted one of them"),
        ({"folds": 2, "validation_data": (X, Y)}, ValueError, "folds, validation_data: given, wan"),
        ({"validation_fraction": "a"}, ValueError, "validation_fraction: 'a', wanted"),
        ({"validation_fraction": math.nan}, ValueError, "validation_fraction: nan, wanted"),
        ({"validation_fraction": [0.1]}, ValueError, "validation_fraction: [0.1], wanted"),
        ({"metric": "loss", "space": LOSSES}, ValueError, "is quadratic loss with loss=quadratic"),
        ({"y": X[:, 0], "folds": 80}, ValueError, "folds: one sample judges, wanted two or more"),
        ({"metric": "loss", "space": {"preset": [None, "table"]}}, ValueError, "and cross-entropy"),
        ({"y": np.eye(2, dtype=int)[Y], "space": LOSSES}, ValueError, "is R squared with loss=qu"),
        ({"class_weight": "balance"}, TypeError, "class_weight: 'balance', wanted 'balanced' or"),
        ({"space": {"class_weight": ["balance", None]}}, TypeError, "class_weight: 'balance', wa"),
        ({"average": 0.5, "patience": 2}, ValueError, "average: 0.5, "),
        ({"y": X[:, 0], "target_accuracy": 0.5}, ValueError, "target_accuracy: 0.5, but a regr"),
        ({"validation_data": (X[:9], ["a"] * 9)}, ValueError, "validation_data y: label 'a' in"),
        ({"validation_data": (X[:9], Y[:8])}, ValueError, "validation_data y: shape (8,), wanted"),
        ({"sample_weight": 0 * Y}, ValueError, "sample_weight: all weights are 0, wanted one"),
        ({"study": ""}, TypeError, "study: '', wanted a name"),
        ({"study": None}, TypeError, "study: None, wanted a name"),
        ({"verbose": "x"}, TypeError, "verbose: 'x', wanted True or False"),
        ({"on_epoch": print}, TypeError, "on_epoch: given, but a sweep decides it itself"),
        ({"y": Y[:9]}, ValueError, "y: shape (9,), wanted (80,)"),
        ({"y": Y * 0}, ValueError, "y: only one class, 0, wanted two or more"),
        ({"X": X * np.nan}, ValueError, "X: nan in row 0, column 0"),
        ({"validation_data": 3}, TypeError, "validation_data: int, wanted (X, y)"),
        ({"validation_data": (X[:, 1:], Y)}, ValueError, "4 features, but the net takes 5"),
        ({"storage": 3}, TypeError, "storage: 3, wanted a path"),
        ({"space": {"dtype": ["float16"]}}, ValueError, "dtype: 'float16', wanted one of"),
    ],
)
def test_bad_arguments_are_refused_in_one_line_before_any_work(given, error, line):
    begun = []
    with pytest.raises(error) as caught:
        swept(on_trial=begun.append, **given) if "on_trial" not in given else swept(**given)
    assert line in str(caught.value) and "\n" not in str(caught.value)
    assert begun == []


def test_whole_numbers_in_columns_are_a_regression_without_another_loss():
    y = np.eye(2, dtype=int)[Y]
    for loss, measure in (None, "R squared"), ("cross-entropy", "accuracy"):
        found = swept(y=y, loss=loss, prune=False)
        assert found.measure == measure
        for trial in found.trials:
            net = train(X[REST], y[REST], **SHARED, **trial["options"], loss=loss)
            assert trial["value"] == net.score(X[HELD], y[HELD])


WIDE = {"hidden": [(10**12,), (4,)]}  # of which the first cannot be prepared


@pytest.mark.parametrize(
    ("space", "given", "line"),
    [
        ({**WIDE, **LOSSES}, {}, "space: the value of a trial is quadratic loss with loss=quadratic"
         " and cross-entropy of softmax outputs with loss=cross-entropy, wanted one of them"),
        ({**LOSSES, "encode": ["none", "table"], "activation": ["relu", "tanh", "sigmoid"],
          "dtype": ["float32", "float64"], "l2": [0, 0.1, 0.2, 0.3]}, {}, "loss=cross-entropy"),
        ({"activation": [("relu", "softmax"), ("relu", "sigmoid")]},
         {"loss": "cross-entropy", "hidden": (4,)},
         "with activation=relu,softmax and cross-entropy of sigmoid outputs with activation=relu"),
        ({"encode": ["none", "table"]}, {"y": 9 * X[:, :2]}, "quadratic loss, scaled with enc"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_compared_are_refused(space, given, line):
    given = {"activation": "tanh", **given}
    for name in space.keys() & given.keys():
        del given[name]
    with pytest.raises(ValueError) as caught:
        fastnet.sweep(X, given.pop("y", Y), space, metric="loss", epochs=1, **given)
    assert line in str(caught.value)


def test_what_no_setting_can_tell_the_first_run_does():
    space = {"target_accuracy": [0.5, 0.6, None], "class_weight": ["balanced", None]}
    found = swept(space=space, y=X[:, 0], trials=6)
    assert found.measure == "R squared" and found.best["target_accuracy"] is None


def test_warnings_of_what_trials_share_come_once_and_those_of_the_best_at_the_end():
    far = "learning_rate: .* is far too large"
    with pytest.warns(fastnet.LearningWarning, match=f"^{far}") as caught:
        swept(space={"hidden": [(4,), (8,)]}, learning_rate=1e6, trials=2, activation="sigmoid")
    assert [str(each.message)[:13] for each in caught].count("learning_rate") == 1
    rates = {"learning_rate": [1e6, 1e7]}
    with pytest.warns(fastnet.LearningWarning, match=f"^trial 0, the best: {far}") as caught:
        found = swept(space=rates, trials=2, activation="sigmoid", prune=False)
    assert len(caught) == 1 and far[:13] in str(found.trials[0]["warnings"])
    with pytest.warns(fastnet.LearningWarning) as caught:  # a topic comes once, not by each fold
        swept(space=rates, trials=2, folds=3, seeds=2, activation="sigmoid", prune=False)
    assert len(caught) == 1
    for seed in range(3):  # whichever setting is first
        with pytest.warns(fastnet.LearningWarning, match="^X: values up to"):
            swept(space=WIDE, X=1000 * X, trials=2, seed=seed)


def test_a_setting_that_cannot_be_prepared_is_no_error_if_others_can():
    space = {"average": [0.5, 0.0], "hidden": [(4,)]}
    found = swept(space=space, patience=2, trials=2)
    assert sorted(trial["state"] for trial in found.trials) == ["complete", "failed"]


def test_without_optuna_the_error_names_the_extra():
    code = """
import sys
sys.modules["optuna"] = None
import fastnet
try:
    fastnet.sweep([[0.0], [1.0]], [0, 1], {"l2": (0, 1)})
except ImportError as error:
    print(error)
"""
    said = python(code).stdout
    assert said == "fastnet.sweep needs the package Optuna: pip install 'fastnet-sgd[sweep]'\n"


# What it tells ----------------------------------------------------------------------------------


def test_trials_are_told_as_they_end_and_progress_goes_up(capfd):
    trials, moves = [], []
    found = swept(
        on_trial=trials.append, on_progress=lambda *move: moves.append(move), seeds=2, threads=1,
        prune=False,
    )  # fmt: skip
    best = [*itertools.accumulate((trial["value"] for trial in found.trials), max)]
    assert trials == [{**t, "best": so_far} for t, so_far in zip(found.trials, best, strict=True)]
    done = [each for each, total in moves if total == 4]
    assert len(done) == len(moves) and done == sorted(done) and done[-1] == 4
    assert capfd.readouterr() == ("", ""), "Optuna says nothing"


def test_verbose_tells_of_each_trial(capfd):
    swept(verbose=True, trials=2, space={"learning_rate": [0.1, 0.2]})
    lines = sorted(line for line in capfd.readouterr().err.splitlines() if "compiling" not in line)
    assert [line[:18] for line in lines] == ["trial 0 complete, ", "trial 1 complete, "]
    assert all("with learning_rate=0." in line for line in lines)


def test_warnings_of_the_data_come_once_and_those_of_a_setting_do_not():
    with pytest.warns(fastnet.LearningWarning, match="X: values up to") as caught:
        swept(X=X * 1000, seeds=2, trials=6)
    assert len({str(each.message) for each in caught}) == len(caught)
    hard()  # most of its settings learn nothing, which would be an error here
