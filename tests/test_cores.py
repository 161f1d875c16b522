"""How many cores a process may use: quotas, and limits of the environment."""

import math
import os
from pathlib import Path

import pytest

from fastnet.cores import LIMITS, cores, limit, quota


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
