"""Studies that last: kills, Ctrl-C, several processes, and storages that are none."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import optuna
import pytest

import fastnet
from fastnet.processes import is_gone, is_of_this_host, this_process
from fastnet.sweeps import studies
from fastnet.sweeps.owners import OWNER
from fastnet.sweeps.studies import opened
from tests.helpers import NOT_ROOT, ROOT, needed
from tests.sweeps.helpers import X, Y, settings, swept, told

WORK = """
import sys
from tests.sweeps.helpers import swept
storage, trials, sampler = sys.argv[1:]
space = {"learning_rate": [0.01 * k for k in range(1, 5)], "hidden": [(4,), (6,)], "l2": [0, 0.1]}
if sampler != "grid":
    space["learning_rate"] = (0.01, 1.0)
found = swept(
    space=space, trials=int(trials), sampler=sampler, storage=storage, epochs=100, threads=2,
    on_trial=lambda trial: print(trial["number"], flush=True), verbose=False,
)
print([trial["state"] for trial in found.trials].count("running"), "still run")
"""


def work(storage: str, trials: int, sampler: str = "tpe") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WORK, storage, str(trials), sampler],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def address(kind: str, folder: Path) -> str:
    return str(folder / "trials") if kind == "journal" else f"sqlite:///{folder / 'trials.db'}"


def trials_in(storage: str) -> list[optuna.trial.FrozenTrial]:
    backend = optuna.storages.journal.JournalFileBackend
    where = storage if "://" in storage else optuna.storages.JournalStorage(backend(storage))
    return optuna.load_study(study_name="fastnet", storage=where).trials


@pytest.mark.heavy
@pytest.mark.parametrize(("kind", "sampler"), [("journal", "grid"), ("sqlite", "tpe")])
def test_a_sweep_that_is_killed_goes_on(kind, sampler, tmp_path):
    storage, total = address(kind, tmp_path), 12
    ended = []
    for after in (1, 3):
        with work(storage, total, sampler) as process:
            assert process.stdout is not None
            ended += [process.stdout.readline().strip() for _ in range(after)]
            process.kill()
    with work(storage, total, sampler) as process:
        said, errors = process.communicate()
        assert process.returncode == 0, errors
    *more, still = said.splitlines()
    assert still == "0 still run"
    found = trials_in(storage)
    states = Counter(trial.state.name for trial in found)
    assert states["COMPLETE"] + states["PRUNED"] == total and states["RUNNING"] == 0
    assert {*ended, *more} <= {str(t.number) for t in found if t.state.name != "FAIL"}
    counted = [tuple(t.params.values()) for t in found if t.state.name in ("COMPLETE", "PRUNED")]
    assert len({*counted}) == total, "no setting twice"
    left = [tuple(t.params.values()) for t in found if t.state.name == "FAIL"]
    assert {each for each in left if len(each) == 3} <= {*counted}, "what was left is tried again"


@pytest.mark.heavy
@pytest.mark.parametrize(("kind", "sampler"), [("journal", "grid"), ("sqlite", "tpe")])
def test_two_processes_join_one_study(kind, sampler, tmp_path):
    storage, total = address(kind, tmp_path), 16
    with work(storage, total, sampler) as one, work(storage, total, sampler) as other:
        told = []
        for process in (one, other):
            said, errors = process.communicate()
            assert process.returncode == 0, errors
            told.append(said.splitlines()[:-1])
    found = [t for t in trials_in(storage) if t.state.name in ("COMPLETE", "PRUNED")]
    assert len(found) == total and len({tuple(t.params.values()) for t in found}) == total
    assert sorted(map(int, told[0] + told[1])) == sorted(trial.number for trial in found)
    assert all(told), "both have done some"


def test_ctrl_c_has_the_sweep_so_far_which_goes_on(tmp_path):
    def press(trial):
        if trial["number"] == 3:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        swept(trials=12, on_trial=press, epochs=30)
    found = caught.value.sweep
    assert 4 <= len(found.trials) < 12 and found.best is not None
    assert "running" not in {trial["state"] for trial in found.trials}
    found.keep(tmp_path / "trials")
    whole = swept(trials=12, epochs=30, storage=tmp_path / "trials")
    assert len(whole.trials) == 12
    assert {*settings(found)} < {*settings(whole)}
    with pytest.raises(ValueError, match="has a study 'fastnet' already"):
        found.keep(tmp_path / "trials")


def test_ctrl_c_while_nets_learn_stops_them_at_once():
    def press(done, total):
        if done > 0:
            os.kill(os.getpid(), signal.SIGINT)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt) as caught:
        swept(on_progress=press, epochs=10**8, threads=2)
    assert caught.value.sweep.trials == []
    assert time.monotonic() - began < 60, "the runs would take hours"


def test_an_error_of_a_callback_has_the_sweep_so_far():
    with pytest.raises(ZeroDivisionError) as caught:
        swept(on_trial=lambda trial: 1 // (1 - trial["number"]))
    assert len(caught.value.sweep.trials) >= 2


def test_a_study_of_another_task_is_refused_and_the_line_says_what_differs(tmp_path):
    kept = {"storage": tmp_path / "trials"}
    one = swept(**kept)
    others: dict[str, dict[str, Any]] = {
        "the data's X has other values": {"X": X + 1},
        "epochs was 4 and is 5": {"epochs": 5},
        "seeds was [0] and is [0, 1]": {"seeds": 2},
        "folds was not given and is 2": {"folds": 2},
        "metric was score and is loss": {"metric": "loss"},
        "and is {'learning_rate': '0.01..2.0'}": {"space": {"learning_rate": (0.01, 2)}},
        "sample_weight was not recorded and is": {"sample_weight": Y + 1.0},
    }
    for line, more in others.items():
        with pytest.raises(ValueError) as caught:
            swept(**kept, **more)
        assert str(caught.value).startswith("study: 'fastnet' is of another sweep: ")
        assert line in str(caught.value), str(caught.value)
    assert len(swept(**kept, study="other", epochs=5).trials) == 4
    assert told(swept(**kept)) == told(one)


def test_a_study_of_another_version_is_refused(tmp_path, monkeypatch):
    swept(storage=tmp_path / "trials")
    monkeypatch.setattr(sys.modules["fastnet.sweeps.sweeping"], "__version__", "9.9")
    with pytest.raises(ValueError, match=r"the version of fastnet was .* and is 9\.9"):
        swept(storage=tmp_path / "trials")


def test_a_study_that_others_made_is_refused(tmp_path):
    storage = f"sqlite:///{tmp_path / 'trials.db'}"
    other = optuna.create_study(storage=storage, study_name="theirs", direction="maximize")
    other.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    with pytest.raises(ValueError, match="study: 'theirs' is none of fastnet's, wanted another"):
        swept(storage=storage, study="theirs")
    assert len(optuna.load_study(storage=storage, study_name="theirs").trials) == 1


@pytest.mark.parametrize(
    "contents", [b"name,age\nAnna,3\n", b"no line", b"\x00\xff\n", b'{"a": 1}\n', b"[1]\n"]
)
def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(contents, tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(contents)
    with pytest.raises(ValueError) as caught:
        swept(storage=path)
    assert str(caught.value) == f"storage: {path} is no journal of Optuna"
    assert path.read_bytes() == contents and [*tmp_path.iterdir()] == [path]


def test_a_study_that_has_more_trials_than_are_wanted_gets_no_more(tmp_path):
    path, seen = tmp_path / "trials", []
    gone = "0 " + this_process().replace(f" {os.getpid()} ", " 4194305 ")
    one = swept(storage=path)
    for _ in range(2):  # as a process leaves that is killed
        studies.begun(one.study, {OWNER: gone}, {})
    again = swept(storage=path, trials=3, on_progress=lambda *given: seen.append(given))
    assert told(again) == told(one) and seen[-1] == (4, 4)


def test_a_journal_whose_last_line_was_cut_goes_on_without_it(tmp_path):
    path = tmp_path / "trials"
    one = swept(storage=path)
    for rest in (b'{"op_code":6,"worker_id":"9', b"{", b"\0" * 100):
        with open(path, "ab") as file:
            file.write(rest)
        assert told(swept(storage=path)) == told(one)
        assert len(trials_in(str(path))) == 4, "Optuna can read it, too"


def test_a_database_that_is_none_is_refused_in_one_line(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("name,age\n" * 200)
    with pytest.raises(OSError) as caught:
        swept(storage=f"sqlite:///{path}")
    assert str(caught.value) == f"storage: sqlite:///{path}: file is not a database"
    with pytest.raises(OSError) as caught:
        swept(trials=1).keep(f"sqlite:///{path}")
    assert str(caught.value) == f"storage: sqlite:///{path}: file is not a database"


def test_a_locked_database_is_refused_after_a_while(tmp_path, monkeypatch):
    path = tmp_path / "trials.db"
    swept(storage=f"sqlite:///{path}", trials=2)
    monkeypatch.setattr(studies, "PATIENCE", 1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OSError) as caught:
        swept(storage=f"sqlite:///{path}")
    assert str(caught.value) == f"storage: sqlite:///{path}: database is locked"
    other.close()


@pytest.mark.heavy
def test_a_database_that_goes_away_in_the_middle_ends_the_sweep_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(studies, "PATIENCE", 1)
    path = tmp_path / "trials.db"
    other = sqlite3.connect(path, timeout=60, isolation_level=None)
    with pytest.raises(OSError) as caught:
        swept(
            storage=f"sqlite:///{path}", trials=10, epochs=100, threads=2,
            on_trial=lambda _: other.in_transaction or other.execute("BEGIN EXCLUSIVE"),
        )  # fmt: skip
    assert str(caught.value) == f"storage: sqlite:///{path}: database is locked"
    other.close()
    found = swept(storage=f"sqlite:///{path}", trials=10, epochs=100)
    assert len(found.trials) == 10 and "running" not in {trial["state"] for trial in found.trials}


@pytest.mark.heavy
def test_an_unreachable_database_is_refused_without_its_password():
    needed("psycopg")
    with pytest.raises(OSError) as caught:
        swept(storage="postgresql://me:secret@127.0.0.1:9/trials")
    said = str(caught.value)
    assert "refused" in said and "secret" not in said and "\n" not in said


def test_an_address_without_its_driver_says_which(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(ImportError) as caught:
        swept(storage="postgresql+psycopg2://me:secret@127.0.0.1:9/trials")
    assert "psycopg2" in str(caught.value) and "secret" not in str(caught.value)


def test_a_kind_of_database_that_does_not_exist_is_refused():
    with pytest.raises(OSError, match=r"storage: nothing://x: Can't load plugin"):
        swept(storage="nothing://x")


@NOT_ROOT
def test_a_folder_without_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        swept(storage=tmp_path / "trials")


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        swept(storage=tmp_path / "none" / "trials")
    with pytest.raises(IsADirectoryError):
        swept(storage=tmp_path)


def test_a_lock_that_a_killed_process_has_left_is_taken_away(tmp_path, monkeypatch):
    monkeypatch.setattr(studies, "GRACE", 3)
    swept(storage=tmp_path / "trials", trials=1)
    (tmp_path / "trials.lock").touch()
    assert len(swept(storage=tmp_path / "trials", trials=2).trials) == 2


def test_threads_of_one_process_may_join_too(tmp_path):
    def join(k):
        return swept(storage=tmp_path / "trials", trials=20)

    with ThreadPoolExecutor(2) as pool:
        found = [*pool.map(join, range(2))]
    states = Counter(trial.state.name for trial in trials_in(str(tmp_path / "trials")))
    assert states["COMPLETE"] + states["PRUNED"] == len(found[0].trials) == 20
    assert {*states} <= {"COMPLETE", "PRUNED", "FAIL"}, "one too many is given up, not left"
    assert told(swept(storage=tmp_path / "trials", trials=20))[:5] == told(found[0])[:5]


def test_processes_are_told_apart():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        host, _, _ = this_process().rsplit(" ", 2)
        began = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
        name = f"{host} {process.pid} {began}"
        assert not is_gone(name) and not is_gone(this_process())
        assert is_gone(f"{host} {process.pid} 1"), "another process had this number"
        assert not is_of_this_host(f"other {process.pid} 1") and is_of_this_host(name)
        assert os.readlink("/proc/self/ns/pid") in host, "containers may share their host's name"
        process.kill()
        while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.01)
        assert is_gone(name), "it has ended, even if nobody has asked how"
    assert is_gone(name)


def test_a_study_is_opened_again_as_it_was(tmp_path):
    task = {"options": {"a": 1}, "data": {}, "versions": {}}
    one = opened(tmp_path / "trials", "a name", "minimize", task)
    assert opened(tmp_path / "trials", "a name", "minimize", task).study_name == one.study_name
    assert fastnet.sweep is not None
