"""The memory that training needs besides the data and Python with fastnet.

Each run is a fresh process, which loads the kernels and its data and then trains one epoch. For an
array in memory, the peak of the resident memory counts. The pages of a memory map belong to the
system, so there the peak of the anonymous memory (RssAnon) counts. Linux only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

import fastnet

from .nets import images
from .report import missing, short, table

TIMES = (1, 10)  # how many times the images stand in the memory map
NETS = ((16, 16), (100,))
MB = 1 << 20


def status(field: str) -> int:
    """Return a number of bytes from Linux's status of this process."""
    text = Path("/proc/self/status").read_text()
    line = next(line for line in text.splitlines() if line.startswith(f"{field}:"))
    return 1024 * int(line.split()[1])


class Peak:
    """The largest anonymous memory while it looks, every millisecond."""

    def __enter__(self) -> Peak:
        self.bytes, self.done = 0, False
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def look(self) -> None:
        """Look until told to stop."""
        while not self.done:
            self.bytes = max(self.bytes, status("RssAnon"))
            time.sleep(0.001)

    def __exit__(self, *error: object) -> None:
        self.done = True
        self.thread.join()


def child(path: str, labels: str, mapped: bool, hidden: list[int]) -> dict[str, float]:
    """Train in this process; return the memory that this needed in addition."""
    X, y = np.load(path, mmap_mode="r" if mapped else None), np.load(labels)
    fastnet.warmup()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before, resident = status("RssAnon"), status("VmRSS")
    with Peak() as peak:
        net = fastnet.train(X, y, hidden=hidden, epochs=1)
    whole = status("VmHWM") - resident
    seconds = net.history[0]["seconds"]
    return {"MB": (peak.bytes - before if mapped else whole) / MB, "seconds": seconds}


def measure(quick: bool) -> dict[str, Any]:
    """Train from an array, and from memory maps of one and ten times the images."""
    if not Path("/proc/self/clear_refs").exists():
        return {"runs": [], "missing": {"memory": "only Linux tells it"}}
    data, (X, y), _ = images()
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for times in TIMES:
            tile(f"{folder}/X{times}.npy", X, times)
            np.save(f"{folder}/y{times}.npy", np.tile(y, times))
        for hidden in NETS:
            for mapped, times in ((False, 1), *((True, times) for times in TIMES)):
                files = [f"{folder}/X{times}.npy", f"{folder}/y{times}.npy"]
                found = [run_child(files, mapped, hidden) for _ in range(1 if quick else 3)]
                runs.append(
                    {
                        "net": "-".join(map(str, (784, *hidden, 10))), "mapped": mapped,
                        "samples": times * len(X), "data": times * X.nbytes / MB,
                        "MB": max(one["MB"] for one in found),
                        "seconds": min(one["seconds"] for one in found),
                    }
                )  # fmt: skip
    return {"data": data, "runs": runs, "missing": {}}


def tile(path: str, X: np.ndarray, times: int) -> None:
    """Write the images, some times over, without a copy of them all in memory."""
    shape = (times * len(X), X.shape[1])
    mapped = np.lib.format.open_memmap(path, mode="w+", dtype=X.dtype, shape=shape)
    for start in range(0, len(mapped), len(X)):
        mapped[start : start + len(X)] = X


def run_child(files: list[str], mapped: bool, hidden: tuple[int, ...]) -> dict[str, float]:
    """Run `child` in a fresh process."""
    command = [sys.executable, "-m", "bench.memory", *files, json.dumps([mapped, hidden])]
    root = str(Path(__file__).parents[1])
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def tables(figures: dict[str, Any]) -> str:
    """Return a table with a row for each run."""
    rows = [["net, data", "samples", "data, MB", "extra, MB", "seconds", "µs per sample"]]
    for run in figures["runs"]:
        rows.append(
            [
                f"{run['net']}, {'memory map' if run['mapped'] else 'array'}",
                f"{run['samples']:,}", f"{run['data']:.0f}", f"{run['MB']:.1f}",
                short(run["seconds"]), short(1e6 * run["seconds"] / run["samples"]),
            ]
        )  # fmt: skip
    title = "Peak memory of training, beyond the data and what the process used before:"
    return "\n\n".join([title, table(rows), *missing(figures["missing"])])


if __name__ == "__main__":
    path, labels, options = sys.argv[1:]
    print(json.dumps(child(path, labels, *json.loads(options))))
