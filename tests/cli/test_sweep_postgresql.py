"""`fastnet sweep` in real processes that share a study on a real server of PostgreSQL."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.cli.helpers import events, start
from tests.helpers import needed

pytestmark = [pytest.mark.compiled, pytest.mark.heavy]
BOTH = ("--learning-rate", "0.01..1", "--hidden", 8, "--hidden", "5,4", "--epochs", 3)
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))  # of Debian and Ubuntu


class Server:
    """A server in a folder of its own, which listens at a socket there alone."""

    def __init__(self, folder):
        self.folder, self.address = folder, f"postgresql:///postgres?host={folder}&user=postgres"
        self.do("initdb", "--auth=trust", "--username=postgres", "--no-sync")
        self.up()

    def do(self, program, *args):
        """Run one of its programs, which root must not."""
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_user, PROGRAMS[-1] / program, "-D", self.folder / "data", *args]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def up(self):
        options = f"-k {self.folder} -c listen_addresses="
        self.do("pg_ctl", "-w", "-s", "-l", self.folder / "log", "-o", options, "start")

    def down(self):
        self.do("pg_ctl", "-w", "-s", "-m", "immediate", "stop")


def ended(*args):
    """The exit code, the output and the errors of a command: here it would leave connections."""
    process = start(*args)
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.fixture
def server():
    needed("psycopg")
    if not PROGRAMS:
        assert "CI" not in os.environ
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="pg-") as name:  # short, as names of sockets are
        if os.geteuid() == 0:
            shutil.chown(name, "postgres")
        server = Server(Path(name))
        yield server
        server.down()


def test_processes_share_a_study_of_which_one_is_killed(server, folder):
    args = ("sweep", folder / "data.npz", *BOTH, "--jobs", 1, "--json", "--storage", server.address)
    one, other = start(*args, "--trials", 100_000), start(*args, "--trials", 60)
    for _ in range(8):
        assert one.stdout.readline(), one.stderr.read()
    one.kill()
    one.communicate()
    out, err = other.communicate(timeout=240)
    assert err == ""
    *_, last = events(out)
    assert sum(last["states"].values()) == 60 and set(last["states"]) <= {"complete", "pruned"}
    code, out, err = ended(*args, "--trials", 60)
    assert (code, err, events(out)[-1]["best_trials"]) == (0, "", last["best_trials"])
    code, out, err = ended(*args, "--l2", 0.5)
    assert (code, out) == (1, "") and "is of another sweep" in err


def test_a_server_that_goes_away_is_one_line_and_the_sweep_goes_on_later(server, folder):
    args = ("sweep", folder / "data.npz", *BOTH, "--jobs", 1, "--storage", server.address)
    process = start(*args, "--trials", 100_000)
    while not (line := process.stdout.readline()).startswith("    3"):
        assert line, process.stderr.read()
    server.down()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    goes_on = "the same command goes on when it answers again"
    assert re.fullmatch(rf"Error: storage: postgresql:///\S+: .+; {goes_on}\n", err), err
    code, out, err = ended(*args)
    assert (code, out) == (1, "") and err.startswith(f"Error: storage: {server.address}: "), err
    assert len(err.splitlines()) == 1
    server.up()
    assert "10 trials: " in ended(*args, "--trials", 10)[1]
