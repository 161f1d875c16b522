"""Turns of processes: one at a time, none is lost with a process that dies."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

from fastnet.turns import turn
from tests.helpers import NOT_ROOT, ROOT

COUNT = """
import sys, time
from fastnet.turns import turn

for _ in range(20):
    with turn(sys.argv[1], 60, int):
        before = int(open(sys.argv[2]).read())
        time.sleep(0.002)
        open(sys.argv[2], "w").write(str(before + 1))
"""
HOLD = """
import sys, time
from fastnet.turns import turn

with turn(sys.argv[1], 60, int):
    print("here", flush=True)
    time.sleep(600)
"""


def started(code: str, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def holder(tmp_path: Path):
    """A process that has the turn and keeps it."""
    process = started(HOLD, tmp_path / "lock")
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    yield process
    process.kill()
    process.communicate()


def test_processes_have_their_turns_one_after_the_other(tmp_path: Path):
    number = tmp_path / "number"
    number.write_text("0")
    several = [started(COUNT, tmp_path / "lock", number) for _ in range(3)]
    assert [process.wait() for process in several] == [0, 0, 0]
    for process in several:
        process.communicate()
    assert number.read_text() == "60"


def test_threads_have_their_turns_too(tmp_path: Path):
    inside, most = 0, 0

    def go() -> None:
        nonlocal inside, most
        with turn(tmp_path / "lock", 60, int):
            inside += 1
            most = max(most, inside)
            time.sleep(0.005)
            inside -= 1

    threads = [threading.Thread(target=go) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 1)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_turn_of_a_process_that_dies_ends(tmp_path: Path, holder, how: signal.Signals):
    waited = []

    def waits() -> None:
        if not waited:
            holder.send_signal(how)
        waited.append(1)

    with turn(tmp_path / "lock", 600, waits):
        assert waited and holder.wait() == -how


def test_who_has_waited_longest_goes_on(tmp_path: Path, holder):
    waited = []
    with turn(tmp_path / "lock", 0.1, lambda: waited.append(1)):
        assert waited and holder.poll() is None
    with turn(tmp_path / "lock", 0.1, lambda: waited.append(1)):
        assert holder.poll() is None, "it has kept its turn"


def test_an_error_while_waiting_or_in_the_turn_ends_it(tmp_path: Path, holder):
    def ctrl_c() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), turn(tmp_path / "lock", 600, ctrl_c):
        raise AssertionError("it has no turn")
    holder.kill()
    holder.wait()
    with pytest.raises(ZeroDivisionError), turn(tmp_path / "lock", 600, ctrl_c):
        raise ZeroDivisionError
    with turn(tmp_path / "lock", 600, ctrl_c):
        pass


@pytest.mark.parametrize("path", ["missing/lock", "folder"])
def test_without_a_file_there_are_no_turns(tmp_path: Path, path: str):
    (tmp_path / "folder").mkdir()
    with turn(tmp_path / path, 600, pytest.fail), turn(tmp_path / path, 600, pytest.fail):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


@NOT_ROOT
def test_in_a_folder_that_is_read_only_there_are_no_turns(tmp_path: Path):
    tmp_path.chmod(0o500)
    with turn(tmp_path / "lock", 600, pytest.fail), turn(tmp_path / "lock", 600, pytest.fail):
        pass


def test_a_child_that_was_forked_in_the_turn_does_not_keep_it(tmp_path: Path):
    with turn(tmp_path / "lock", 600, pytest.fail), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork of a process with threads
        child = os.fork()
        if not child:
            time.sleep(600)
            os._exit(0)
    try:
        with turn(tmp_path / "lock", 600, lambda: pytest.fail("the child has it")):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
