"""`fastnet sweep` in real processes: Ctrl-C, kills, a study that several share, clusters."""

import re
import signal
import sqlite3

import pytest

from tests.cli.helpers import events, fails, ok, start

pytestmark = pytest.mark.compiled
BOTH = ("--learning-rate", "0.01..1", "--hidden", 8, "--hidden", "5,4", "--epochs", 3)
LONG = (*BOTH[:-1], 300, "--trials", 100_000, "--jobs", 1)


def numbers(text):
    return [event["number"] for event in events(text) if event["event"] == "trial"]


def begun(process, trials=3):
    """Wait until a sweep has told of some trials."""
    told = 0
    while told < trials:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        told += '"event": "trial"' in line


def without_times(value):
    """A field of an event, without what differs from run to run."""
    if isinstance(value, list):
        return [{**trial, "seconds": None} for trial in value]
    return value


class TestStopped:
    def test_ctrl_c_keeps_the_trials_and_the_same_command_goes_on(self, folder, tmp_path):
        args = ("sweep", folder / "data.npz", *LONG, "--json")
        process = start(*args, "--csv", "t.csv", "--best", "b.toml", cwd=tmp_path)
        begun(process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        found = re.fullmatch(
            r"Error: interrupted; (\d+) trials in sweep.journal: the same command with "
            r"--storage sweep.journal goes on\n", err
        )  # fmt: skip
        ended = int(found[1])
        assert ended >= 3
        assert len((tmp_path / "t.csv").read_text().splitlines()) == ended + 1
        assert "learning_rate = 0." in (tmp_path / "b.toml").read_text()
        more = ("--trials", ended + 2, "--storage", tmp_path / "sweep.journal")
        *_, last = events(ok(*args, *more))
        assert sum(last["states"].values()) == ended + 2

    def test_before_any_trial_there_is_nothing_to_keep(self, folder, tmp_path):
        long = ("--epochs", "1000000,2000000", "--hidden", 3)
        process = start("sweep", folder / "data.npz", *long, "--csv", "t.csv", cwd=tmp_path)
        while not (line := process.stdout.readline()).startswith("trial "):
            assert line, process.stderr.read()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert err == "Error: interrupted; nothing is saved\n"
        assert [*tmp_path.iterdir()] == []

    def test_a_killed_one_goes_on_with_its_storage(self, folder, tmp_path):
        args = ("sweep", folder / "data.npz", *LONG, "--storage", tmp_path / "j", "--json")
        process = start(*args)
        begun(process)
        process.kill()
        out, _ = process.communicate()
        told = 3 + len(re.findall('"event": "trial".*}$', out, re.M))
        *_, last = events(ok(*args, "--trials", told + 3))
        assert sum(last["states"].values()) == told + 3
        assert last["states"].get("running", 0) == 0

    def test_nobody_reads(self, folder, tmp_path):
        process = start("sweep", folder / "data.npz", *LONG, "--json", cwd=tmp_path)
        begun(process)
        process.stdout.close()
        assert process.stderr.read() == ""
        process.stderr.close()
        assert process.wait(timeout=60) == 1
        assert (tmp_path / "sweep.journal").exists()


class TestShared:
    @pytest.mark.parametrize(
        "storage",
        ["{}/j", pytest.param("sqlite:///{}/trials.db", marks=pytest.mark.heavy)],
    )
    def test_two_processes_share_the_trials(self, folder, tmp_path, storage):
        args = ("sweep", folder / "data.npz", *BOTH, "--jobs", 1, "--trials", 16, "--json")
        args = (*args, "--storage", storage.format(tmp_path))
        processes = [start(*args), start(*args)]
        outs = [process.communicate(timeout=120) for process in processes]
        assert [err for _, err in outs] == ["", ""]
        told = [number for out, _ in outs for number in numbers(out)]
        assert len({*told}) == len(told) == 16

    def test_another_task_is_refused(self, folder, tmp_path):
        args = ("sweep", folder / "data.npz", "--trials", 2, "--storage", tmp_path / "j")
        ok(*args, *BOTH)
        said = fails(1, *args, *BOTH[:-1], 4)
        assert "study: 'fastnet' is of another sweep" in said and "epochs" in said
        ok(*args, *BOTH[:-1], 4, "--study", "other")
        said = fails(1, "sweep", folder / "named.npz", *args[2:], *BOTH)
        assert "is of another sweep: " in said and "y" in said

    @pytest.mark.heavy
    def test_a_locked_database_is_an_error_in_bounded_time(self, folder, tmp_path):
        args = ("sweep", folder / "data.npz", *BOTH, "--storage", f"sqlite:///{tmp_path}/t.db")
        ok(*args, "--trials", 2)
        lock = sqlite3.connect(tmp_path / "t.db")
        lock.execute("begin exclusive")
        said = fails(1, *args, "--trials", 3)
        lock.close()
        assert said == f"Error: storage: sqlite:///{tmp_path}/t.db: database is locked\n"


class TestScheduler:
    @pytest.mark.parametrize(
        ("address", "told"),
        [("nonsense", "missing port number"), ("foo://a:1", "unknown address scheme 'foo'")],
    )
    def test_what_is_no_address(self, folder, address, told):
        said = fails(1, "sweep", folder / "data.npz", *BOTH, "--scheduler", address)
        assert said.startswith(f"Error: --scheduler: {address}: ") and told in said
        assert said.endswith("wanted that of a Dask scheduler, such as tcp://host:8786\n")

    @pytest.mark.heavy
    def test_one_that_does_not_answer(self, folder):
        process = start("sweep", folder / "data.npz", *BOTH, "--scheduler", "tcp://127.0.0.1:9")
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (1, "")
        assert "tcp://127.0.0.1:9 after 10 s, wanted that of a Dask scheduler" in err
        assert len(err.splitlines()) == 1

    @pytest.mark.heavy
    def test_workers_of_a_cluster_find_what_this_machine_finds(self, folder, tmp_path):
        from distributed import LocalCluster

        args = ("sweep", folder / "data.npz", *BOTH, "--trials", 6, "--jobs", 1, "--seeds", 2)
        args = (*args, "--no-prune", "--json")
        here = events(ok(*args))
        with LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", processes=True
        ) as cluster:
            process = start(*args, "--scheduler", cluster.scheduler_address, cwd=tmp_path)
            out, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
        for one, other in zip(here, events(out), strict=True):
            for name in ("value", "deviation", "options", "states", "best_trials", "test_score"):
                assert without_times(one.get(name)) == without_times(other.get(name))
