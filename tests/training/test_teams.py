"""How many threads a pass may have: cores, quotas, and the net."""

import math
import os
from pathlib import Path

import pytest

from fastnet import Network
from fastnet.training.teams import LIMITS, cores, expected, limit, quota, teams
from tests.helpers import python


def test_more_threads_than_cores_are_the_cores():
    net = Network.initialise((20, 700, 10), ("sigmoid", "sigmoid"))
    most_threads = net.parameters.layout.most_threads
    assert teams(most_threads, 1) == [1]
    for threads in (2, 3, 10**6, "auto"):
        found = teams(most_threads, threads)  # type: ignore[arg-type]
        most = 10**6 if threads == "auto" else threads
        assert found == sorted({1, min(most, cores(), most_threads)})
    one_layer = Network.initialise((20, 300), ("sigmoid",))
    assert teams(one_layer.parameters.layout.most_threads, 4) == [1]


def test_a_team_is_expected_to_pay_where_its_meetings_are_rare():
    assert expected([512, 512, 16], 150, 2) < 0.6 < expected([256, 16], 150, 2) < 0.75
    assert expected([128, 128, 16], 150, 2) > 0.85, "three meetings a sample, and little to share"
    assert expected([512, 512, 16], 150, 8) < 0.25
    assert expected([512], 10, 2) > 1, "an input that is nearly empty"


ON_ONE_CORE = """
import os
import numpy as np
from fastnet import Network, train
from fastnet.training.teams import cores, teams
before = cores()
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
assert before >= 1 and cores() == 1
net = Network.initialise((20, 700, 10), ("sigmoid", "sigmoid"))
most = net.parameters.layout.most_threads
assert most > 1 and teams(most, 2) == teams(most, "auto") == [1]
X = np.random.default_rng(0).normal(size=(40, 5))
print(len({train(X, np.arange(40) % 3, hidden=(70,), threads=n).digest() for n in (1, 2, 64)}))
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_a_process_on_one_core_has_no_team():
    assert python(ON_ONE_CORE).stdout == "1\n"


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize(
    ("text", "wanted"),
    [("1", 1), (" 3 ", 3), ("2,4", 2), ("", math.inf), ("0", math.inf), ("x", math.inf)],
)
def test_the_environment_limits_the_cores(
    name: str, text: str, wanted: float, monkeypatch: pytest.MonkeyPatch
):
    for each in LIMITS:
        monkeypatch.delenv(each, raising=False)
    before = cores()
    monkeypatch.setenv(name, text)
    assert limit() == wanted
    assert cores() == min(before, wanted)


# What the kernel says: /proc/self/cgroup, the files below /sys/fs/cgroup, and how many cores it is.
QUOTAS: dict[str, tuple[str, dict[str, str], float]] = {
    "2, none": ("0::/user.slice\n", {"user.slice/cpu.max": "max 100000\n"}, math.inf),
    "2, half a core": ("0::/a/b\n", {"a/b/cpu.max": "50000 100000\n"}, 0.5),
    "2, above": ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "150000 100000"}, 1.5),
    "2, the least": ("0::/a/b\n", {"a/b/cpu.max": "300000 100000", "a/cpu.max": "4000 2000"}, 2),
    "2, in a container": ("0::/\n", {"cpu.max": "400000 100000\n"}, 4),
    "2, seen from outside": ("0::/../../job\n", {"cpu.max": "250000 100000\n"}, 2.5),
    "1": (
        "4:memory:/m\n3:cpuset:/s\n2:cpu,cpuacct:/docker/x\n1:name=systemd:/\n0::/\n",
        {"cpu/docker/x/cpu.cfs_quota_us": "20000", "cpu/docker/x/cpu.cfs_period_us": "10000\n"},
        2,
    ),
    "1, whose place is the host's": (
        "2:cpuacct,cpu:/docker/x\n",
        {"cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "100000\n"},
        1.5,
    ),
    "1, none": (
        "1:cpu:/\n",
        {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
        math.inf,
    ),
    "1 for others, 2 for the CPU": ("5:memory:/\n0::/a:b\n", {"a:b/cpu.max": "1000 500\n"}, 2),
    "no files": ("3:cpu:/a\n0::/a\n", {}, math.inf),
    "nonsense": ("?\n", {"cpu.max": "1 1"}, math.inf),
    "nonsense inside": ("0::/a\n", {"a/cpu.max": "some more\n", "cpu.max": "0 0\n"}, math.inf),
}


@pytest.mark.parametrize("which", QUOTAS)
def test_a_cgroups_quota(which: str, tmp_path: Path):
    told, files, cores = QUOTAS[which]
    (tmp_path / "self").write_text(told)
    for name, text in files.items():
        path = tmp_path / "mounted" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert quota(tmp_path / "self", tmp_path / "mounted") == cores


def test_where_there_are_no_cgroups_there_is_no_quota(tmp_path: Path):
    assert quota(tmp_path / "none", tmp_path) == math.inf
    assert 1 <= cores() <= (os.cpu_count() or 1)
