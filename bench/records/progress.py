"""How far a row is, in the terminal and in a log, with the time that is left."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from fastnet.files import atomic_write

SECONDS = 60.0  # between two lines of the log within one stage, at least


def spoken(seconds: float) -> str:
    """Return a duration in words: '4.2 s', '40 s', '5.5 min', '52 min', '2 h 5 min'."""
    for size, unit, most in (1, "s", 90), (60, "min", 100 * 60):
        if seconds < most:
            return f"{seconds / size:.{int(seconds < 10 * size)}f} {unit}"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


class Progress:
    """The work of a row: its stages, what is done, and how fast it goes in this sitting.

    The unit of work is a weight that learns a sample, which takes about the same time in all nets.

    Parameters
    ----------
    path : Path
        The log.
    total : float
        The work of all stages.
    """

    def __init__(self, path: Path, total: float):
        self.path, self.total = path, total
        self.done = self.mine = self.seconds = 0.0  # of all sittings; of this one; its time
        self.said = self.shown = 0.0
        self.at = time.monotonic()
        self.start = 0.0  # work of the stage before this sitting

    def say(self, text: str) -> None:
        """Write a line, with the time, into the log and for the reader."""
        self.clear()
        now = datetime.now().isoformat(" ", "seconds")
        with self.path.open("a", encoding="utf-8") as log:
            log.write(f"{now} {text}\n")
        print(text, flush=True)
        self.said = time.monotonic()

    def clear(self) -> None:
        """Remove the line that changes in a terminal."""
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def skip(self, work: float) -> None:
        """Count a stage that an earlier sitting has finished."""
        self.done += work

    def rest(self, work: float) -> None:
        """Learn how much work is left."""
        self.total = self.done + work

    def begin(self) -> None:
        """Begin a stage."""
        self.at, self.start = time.monotonic(), -1.0

    def moved(self, name: str, work: float) -> Callable[[int, int], Any]:
        """Return an `on_progress` for a stage of so much work."""

        def on_progress(done: int, total: int) -> None:
            now = time.monotonic()
            if self.start < 0:  # the first call of a run that goes on says what it had
                self.start, self.at = done / total, now
            took, share = now - self.at, done / total - self.start
            speed = (self.mine + share * work) / max(self.seconds + took, 1e-9)
            if now - self.shown < 0.5 or share == 0:
                return
            self.shown = now
            left = (self.total - self.done - done / total * work) / speed
            text = f"{name}: {done / total:.0%}, the row has {spoken(left)} left"
            if sys.stderr.isatty():
                print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
            if now - self.said > SECONDS:
                self.say(text)

        return on_progress

    def end(self, work: float) -> None:
        """End a stage."""
        self.seconds += time.monotonic() - self.at
        self.mine += (1 - max(self.start, 0)) * work
        self.done += work
        self.clear()


class Clock:
    """The seconds of all sittings of a net, in a file that a kill leaves nearly up to date."""

    def __init__(self, path: Path):
        self.path = path
        none = dict.fromkeys(("wall", "cpu", "others"), 0.0)
        self.before = json.loads(path.read_text()) if path.exists() else none
        self.wall, self.cpu, self.all = time.perf_counter(), time.process_time(), worked()
        self.kept = self.wall

    def __enter__(self) -> Clock:
        return self

    def __exit__(self, *error: object) -> None:
        save(self.path, self.seconds())

    def tick(self) -> None:
        """Write the file every ten seconds."""
        if time.perf_counter() - self.kept > 10:
            self.kept = time.perf_counter()
            save(self.path, self.seconds())

    def seconds(self) -> dict[str, Any]:
        """Return the seconds so far: by the clock, of this process, and of others on its cores.

        The last two are those of all cores together. Those of others are None where they are not
        known of each sitting.
        """
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        whole, others = worked(), self.before.get("others")
        if whole is None or self.all is None or others is None:
            others = None
        else:
            others += max(0.0, whole - self.all - cpu)
        return {"wall": self.before["wall"] + wall, "cpu": self.before["cpu"] + cpu,
                "others": others}  # fmt: skip


def worked(path: Path = Path("/proc/stat")) -> float | None:
    """Return the seconds that the cores of this process have worked so far, for all processes.

    What a host took of a virtual machine's cores counts. Without Linux's counters it is None.
    """
    try:
        lines = [line.split() for line in path.read_text().splitlines()]
        own = {f"cpu{core}" for core in os.sched_getaffinity(0)}
        rate = os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError):
        return None
    # user, nice, system, idle, waiting, interrupts of two kinds, stolen by the host
    busy = [sum(map(int, (*line[1:4], *line[6:9]))) for line in lines if line and line[0] in own]
    return sum(busy) / rate if any(busy) else None


def save(path: Path, figures: Any) -> None:
    """Write JSON, atomically."""
    atomic_write(path, lambda file: file.write(json.dumps(figures, indent=1).encode()))
