"""How long it takes from a command to its end: learning the bundled digits, and less.

    python bench/start.py [--quick]

Wall time of whole processes, medians of several, in turns. 'Cold' is with an empty cache of
compiled kernels (and of nothing else: the system has the files in memory throughout).

Writes results/start.json and results/start.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

import report

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import numpy": ["-c", "import numpy"],
    "import numba": ["-c", "import numba"],
    "import fastnet": ["-c", "import fastnet"],
    "fastnet --help": ["-m", "fastnet", "--help"],
    "fastnet train": ["-m", "fastnet", "train"],
}
COLD = "fastnet train, cold"


def seconds(command: list[str], cache: str) -> float:
    """Wall time of a process, with its compiled kernels in this folder."""
    environment = os.environ | {"NUMBA_CACHE_DIR": cache}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True
    )
    took = time.perf_counter() - began
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return took


def main() -> None:
    """Start processes, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats (or QUICK=1)")
    quick = report.quick(parser.parse_args().quick)
    about = report.machine()
    times: dict[str, list[float]] = {name: [] for name in [*COMMANDS, COLD]}
    with tempfile.TemporaryDirectory() as warm:
        seconds(COMMANDS["fastnet train"], warm)
        for repeat in range(3 if quick else 9):
            for name, command in COMMANDS.items():
                times[name].append(seconds(command, warm))
            if repeat < (1 if quick else 5):
                with tempfile.TemporaryDirectory() as cold:
                    times[COLD].append(seconds(COMMANDS["fastnet train"], cold))
    rows = [[name, report.spread(own)] for name, own in times.items()]
    text = report.table([["whole process", "seconds"], *rows])
    print(text)
    medians = {name: statistics.median(own) for name, own in times.items()}
    report.write("start", about, {"seconds": times, "medians": medians}, text)


if __name__ == "__main__":
    main()
