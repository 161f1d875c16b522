"""The time from a command to its end: learning the bundled digits, and less.

It is the wall time of whole processes, in turns, as the median of several. 'Cold' means an empty
cache of compiled kernels; the system still has the files in memory. Times are also shown as
multiples of what any program with Numba takes: to import it and to compile one line.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from statistics import median
from typing import Any

from .report import spread, table

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import numpy": ["-c", "import numpy"],
    "import numba": ["-c", "import numba"],
    "compile one line": ["-c", "import numba; numba.njit(lambda x: x + 1)(1)"],
    "import fastnet": ["-c", "import fastnet"],
    "fastnet --help": ["-m", "fastnet", "--help"],
    "fastnet train": ["-m", "fastnet", "train"],
}
COLD, LEAST = "fastnet train, cold", "compile one line"


def seconds(command: list[str], cache: str) -> float:
    """Return the wall time of a process, with its compiled kernels in this folder."""
    environment = os.environ | {"NUMBA_CACHE_DIR": cache, "PYTHONDONTWRITEBYTECODE": ""}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True
    )
    took = time.perf_counter() - began
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return took


def measure(quick: bool) -> dict[str, Any]:
    """Start processes."""
    times: dict[str, list[float]] = {name: [] for name in [*COMMANDS, COLD]}
    with tempfile.TemporaryDirectory() as warm:
        # The run that fills the cache for the others is a cold run itself.
        times[COLD].append(seconds(COMMANDS["fastnet train"], warm))
        for repeat in range(2 if quick else 9):
            for name, command in COMMANDS.items():
                times[name].append(seconds(command, warm))
            if repeat < (0 if quick else 4):
                with tempfile.TemporaryDirectory() as cold:
                    times[COLD].append(seconds(COMMANDS["fastnet train"], cold))
    return {"seconds": times}


def tables(figures: dict[str, Any]) -> str:
    """Return a table with a row for each command."""
    seconds = figures["seconds"]
    heading, rows = ["whole process", "seconds"], [[name, spread(s)] for name, s in seconds.items()]
    if LEAST in seconds:  # older figures lack it
        heading.append(f"times '{LEAST}'")
        for row in rows:
            row.append(f"{median(seconds[row[0]]) / median(seconds[LEAST]):.2f}")
    return table([heading, *rows])
