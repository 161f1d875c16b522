"""Trials that were left at work: by this process, by dead ones, by other machines."""

import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet.processes import this_process
from fastnet.sweeps import owners, studies, trials
from fastnet.sweeps.owners import BEATS, OWNER
from fastnet.sweeps.space import draw
from tests.clusters import cluster_of
from tests.sweeps.helpers import SHARED, X, Y, settings, swept

GRID: dict[str, Any] = {"space": {"learning_rate": [0.1, 0.2, 0.3, 0.4]}, "trials": None}
OTHER = "0123 another-machine 7 7"
DEAD = this_process().replace(f" {os.getpid()} ", " 4194305 ")


def states(found: Any) -> Counter[str]:
    return Counter(trial["state"] for trial in found.trials)


def left(found: Any, rate: float, owner: str) -> Any:
    """A trial that an owner has begun in the study."""
    attributes, params = {OWNER: owner, BEATS: 0}, {"learning_rate": str(rate)}
    trial = studies.begun(found.study, attributes, params)
    draw(trial, found.space)
    return trial


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "BEAT", 0.02)
    monkeypatch.setattr(owners, "SILENT", 0.5)
    monkeypatch.setattr(trials, "LOOK", 0.1)


def test_a_trial_of_a_machine_that_is_silent_is_tried_again(tmp_path, hasty):
    one = swept(**{**GRID, "trials": 2}, storage=tmp_path / "trials")
    rest = {0.1, 0.2, 0.3, 0.4} - {trial["options"]["learning_rate"] for trial in one.trials}
    left(one, rest.pop(), OTHER)
    found = swept(**GRID, storage=tmp_path / "trials")
    assert len({*settings(found)}) == 4 and "running" not in states(found)


def test_a_trial_of_a_machine_that_beats_is_waited_for(tmp_path, hasty, monkeypatch):
    monkeypatch.setattr(trials, "TELL", 0.5)
    one = swept(**{**GRID, "trials": 1}, storage=tmp_path / "trials")
    [known] = one.trials
    rate = 0.1 if known["options"]["learning_rate"] != 0.1 else 0.2
    away = left(one, rate, OTHER)
    ended = threading.Event()

    def work() -> None:
        for beat in range(20):  # four times as long as a silent one would have
            time.sleep(0.1)
            away.set_user_attr(BEATS, beat)
        away.set_user_attr(studies.RESULT, studies.failed("") | {"values": [2.0], "reason": None})
        ended.set()
        studies.tell(one.study, away, "COMPLETE", 2.0)

    thread = threading.Thread(target=work)
    thread.start()
    with pytest.warns(fastnet.LearningWarning, match=r"of other processes \(1\); those"):
        found = swept(**GRID, storage=tmp_path / "trials", prune=False)
    thread.join()
    assert ended.is_set() and found.score == 2.0 and states(found) == {"complete": 4}
    assert len({*settings(found)}) == 4


def test_a_sweep_that_wants_no_more_waits_for_nobody(tmp_path):
    one = swept(storage=tmp_path / "trials", trials=2)
    studies.begun(one.study, {OWNER: OTHER, BEATS: 0}, {})
    began = time.monotonic()
    found = swept(storage=tmp_path / "trials", trials=2)
    assert time.monotonic() - began < owners.SILENT
    assert states(found)["running"] == 1 and found.best is not None


def test_searches_that_take_each_other_for_other_machines_take_nothing_away(
    tmp_path, hasty, monkeypatch
):
    def attributes(own: Any) -> dict[str, Any]:
        return {OWNER: f"{own.name[:16]} {own.name[:16]} 7 7", BEATS: 0}

    def join(_: int) -> Any:
        return swept(storage=tmp_path / "trials", trials=6, epochs=3000, prune=False)

    monkeypatch.setattr(owners.Owner, "attributes", attributes)
    with ThreadPoolExecutor(2) as pool:
        found = [*pool.map(join, range(2))]
    assert [states(each) for each in found] == [{"complete": 6}] * 2
    known = found[0].study.get_trials()
    assert len({trial.user_attrs[OWNER] for trial in known}) == 2
    assert not any(studies.DIED in trial.user_attrs for trial in known)
    assert any(trial.user_attrs[BEATS] > 0 for trial in known)


def test_what_could_not_be_given_up_is_tried_again_in_the_same_process(tmp_path, monkeypatch):
    def fails(*_: Any, **__: Any) -> None:
        raise OSError("no")

    with monkeypatch.context() as patch:
        patch.setattr(trials, "give_up", fails)  # as of a storage that does not answer
        with pytest.raises(ZeroDivisionError) as caught:
            swept(**GRID, storage=tmp_path / "trials", threads=2, on_trial=lambda _: 1 // 0)
    assert states(caught.value.sweep)["running"] >= 1
    found = swept(**GRID, storage=tmp_path / "trials")
    assert len({*settings(found)}) == 4 and "running" not in states(found)


def test_a_trial_of_nobody_is_tried_again(tmp_path, hasty):
    one = swept(**{**GRID, "trials": 1}, storage=tmp_path / "trials")
    studies.begun(one.study, {}, {})
    assert states(swept(**GRID, storage=tmp_path / "trials"))["running"] == 0


def test_a_process_of_this_host_keeps_its_trials_as_long_as_it_lives(tmp_path, hasty):
    one, own = swept(storage=tmp_path / "trials", trials=1), owners.Owner()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        began = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
        name = this_process().rsplit(" ", 2)[0] + f" {process.pid} {began}"
        studies.begun(one.study, {OWNER: f"0 {name}", BEATS: 0}, {})
        trial = one.study.get_trials()[-1]
        assert not own.is_lost(trial)
        time.sleep(2 * owners.SILENT)
        assert not own.is_lost(trial), "it may be busy in on_trial"
        process.kill()
    assert own.is_lost(trial) and owners.has_died(trial)


def test_ctrl_c_while_it_waits_for_others(tmp_path):
    one = swept(**{**GRID, "trials": 1}, storage=tmp_path / "trials")
    studies.begun(one.study, {OWNER: OTHER, BEATS: 0}, {"learning_rate": "0.3"})
    timer = threading.Timer(2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt) as caught:
        swept(**GRID, storage=tmp_path / "trials")
    assert states(caught.value.sweep)["running"] == 1


def test_ctrl_c_while_trials_are_given_up_loses_nothing(tmp_path, monkeypatch):
    real = trials.give_up

    def pressed(*given: Any, **more: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(*given, **more)

    monkeypatch.setattr(trials, "give_up", pressed)
    with pytest.raises(ZeroDivisionError) as caught:
        swept(**GRID, storage=tmp_path / "trials", threads=2, on_trial=lambda _: 1 // 0)
    assert "running" not in states(caught.value.sweep)


@pytest.mark.parametrize("deaths", [2, 3])
def test_a_setting_at_which_processes_die_again_and_again_has_failed(tmp_path, deaths):
    one = swept(**{**GRID, "trials": 1}, storage=tmp_path / "trials")
    [known] = one.trials
    rate = 0.1 if known["options"]["learning_rate"] != 0.1 else 0.2
    for k in range(deaths):
        left(one, rate, f"{k} {DEAD}")
    found = swept(**GRID, storage=tmp_path / "trials", prune=False)
    assert states(found)["failed"] == (deaths == 3) and len(found.trials) == 4
    failed = [trial for trial in found.trials if trial["state"] == "failed"]
    assert all(trial["options"] == {"learning_rate": rate} for trial in failed)
    assert all("its process died 3 times: it was killed" in trial["reason"] for trial in failed)


def deadly(parent: int, share: np.ndarray) -> np.ndarray:
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return 1 - share


DEADLY = {"schedule": ["constant", functools.partial(deadly, os.getpid())], "l2": [0, 0.1, 0.2]}


@pytest.mark.heavy
@pytest.mark.parametrize("at_once", [1, 2])
def test_a_setting_that_kills_each_pool_has_failed_in_the_end_and_others_have_not(
    tmp_path, at_once
):
    wanted = {"space": DEADLY, "trials": None, "storage": tmp_path / "trials", "prune": False}
    for _ in range(30):
        pool = ProcessPoolExecutor(at_once, mp_context=get_context("spawn"))
        with contextlib.suppress(BrokenExecutor), pool:
            found = swept(**wanted, executor=pool, threads=at_once)
            break
    assert states(found) == {"complete": 3, "failed": 3}
    failed = [trial for trial in found.trials if trial["state"] == "failed"]
    assert all(trial["options"]["schedule"] != "constant" for trial in failed)


@pytest.mark.heavy
def test_a_setting_that_kills_each_worker_of_a_cluster_has_failed_and_the_sweep_goes_on():
    with cluster_of(2) as client:
        found = swept(space=DEADLY, trials=None, executor=client, threads="auto", prune=False)
    assert states(found) == {"complete": 3, "failed": 3}
    failed = [trial for trial in found.trials if trial["state"] == "failed"]
    assert all(trial["options"]["schedule"] != "constant" for trial in failed)
    assert all("4 times" in trial["reason"] for trial in failed)


def test_two_tasks_that_begin_one_study_at_the_same_time_do_not_mix(tmp_path):
    search = fastnet.sweeps.sweeping.begin(
        X, Y, {"l2": [0, 0.1]}, storage=tmp_path / "trials", **SHARED
    )
    other = {**search.task, "options": {**search.task["options"], "epochs": "9"}}
    search.study.set_user_attr(studies.TASK, other)  # which saw no task a moment ago
    with pytest.raises(ValueError, match=r"study: 'fastnet' is of another sweep: epochs was 9 and"):
        fastnet.sweeps.sweeping.run(search, None, None, 1, lambda _: None, None, False)
    assert search.found.trials == []


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_no_setting_is_tried_twice_where_there_are_others(sampler):
    for n in (6, 60):
        space = {"l2": [k / 1000 for k in range(n)], "learning_rate": [0.1, 0.2, 0.3, 0.4, 0.5]}
        found = swept(space=space, sampler=sampler, trials=24, epochs=1)
        assert len({*settings(found)}) == len(found.trials) == 24
        again = swept(space=space, sampler=sampler, trials=24, epochs=1)
        assert settings(again) == settings(found)


def test_nor_by_two_searches_that_draw_at_the_same_time(tmp_path, monkeypatch):
    def slowly(*given: Any) -> None:
        time.sleep(0.05)
        draw(*given)

    def join(_: int) -> Any:
        return swept(**{**GRID, "trials": 3}, storage=tmp_path / "trials", seed=1)

    monkeypatch.setattr(trials, "draw", slowly)
    with ThreadPoolExecutor(2) as pool:
        found = [*pool.map(join, range(2))]
    assert [len({*settings(each)}) for each in found] == [3, 3]
