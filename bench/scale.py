"""One pass over a hundred million rows of a table, on one core: reading, encoding, learning.

The rows are made in blocks and written as Parquet. `fastnet.datasets.encode` makes memory maps of
them, which a net with the default options of tables learns, in a process of its own. The pages of a
map stay in the system's memory as far as there is room. So one call is timed after the system was
told to forget them: its checks and its hash read the disk.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import fastnet
from fastnet.sources.encoded import load_encoded

from .memory import MB, Peak, status
from .report import cores, short, spread, table

ROWS, FEW = 100_000_000, 1_000_000
COLUMNS = 10
BLOCK = 1_000_000  # rows that are made together
BYTES = 120  # of a row on the disk, at most: as Parquet, and encoded
IN_ORDER = "from front to back"
ORDERS = {  # options, and whether the pages of the map are forgotten before
    "in a new order (the default)": ({}, False),
    IN_ORDER: ({"shuffle": False}, False),
    f"{IN_ORDER}, not in memory before": ({"shuffle": False}, True),
    f"{IN_ORDER}, a smaller net": ({"shuffle": False, "hidden": [16]}, False),
}
GB, TB = 10**9, 10**12
HOUR = 3600 * 10**6  # microseconds


def block(start: int, rows: int) -> Any:
    """Return some rows of the table: ten columns of numbers, and a target of two words."""
    import pyarrow as pa

    rng = np.random.default_rng([start, 2])
    numbers = rng.standard_normal((COLUMNS, rows), np.float32)
    own = np.random.default_rng(3).normal(size=(COLUMNS, 4)).astype(np.float32)
    wish = np.tanh(numbers.T @ own).sum(axis=1) + rng.standard_normal(rows, np.float32)
    names = pa.array(["no", "yes"]).take(pa.array((wish > 0).astype(np.int32)))
    columns = {f"x{k}": np.round(3 * own, 2) + 10 * k for k, own in enumerate(numbers)}
    return pa.table({**columns, "target": names})


def parquet(path: Path, rows: int) -> None:
    """Write so many rows as Parquet."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetWriter(path, block(0, 1).schema) as file:
        for start in range(0, rows, BLOCK):
            file.write_table(block(start, min(BLOCK, rows - start)))


def text(path: Path, rows: int) -> None:
    """Write so many rows as CSV."""
    import pyarrow.csv

    with pyarrow.csv.CSVWriter(str(path), block(0, 1).schema) as file:
        for start in range(0, rows, BLOCK):
            file.write_table(block(start, min(BLOCK, rows - start)))


FORMS: dict[str, Callable[[Path, int], None]] = {"csv": text, "parquet": parquet}


def measure(quick: bool) -> dict[str, Any]:
    """Encode and learn few rows and many."""
    few, many, repeats = (FEW // 10, FEW, 1) if quick else (FEW, ROWS, 3)
    with tempfile.TemporaryDirectory() as folder:
        many = min(many, shutil.disk_usage(folder).free // 2 // BYTES // BLOCK * BLOCK)
        sizes, read = {}, {}
        for form, write in FORMS.items():
            path = Path(folder, f"few.{form}")
            write(path, few)
            sizes[form] = path.stat().st_size / few
            read[form] = [encoding_seconds(path) for _ in range(repeats)]
        path = Path(folder, "many.parquet")
        parquet(path, many)
        encoded = encoding_seconds(path, keep=True)
        path.unlink()
        rows = path.with_suffix(".rows")
        size = (rows / "X.npy").stat().st_size
        passes = {name: in_child(rows, *how) for name, how in ORDERS.items()}
    return {
        "cores": cores(), "few": few, "many": many, "bytes": sizes, "read": read,
        "encoded": encoded, "map": size, "passes": passes,
    }  # fmt: skip


def encoding_seconds(path: Path, keep: bool = False) -> float:
    """Return the seconds in which a file becomes encoded rows in memory maps."""
    folder = path.with_suffix(".rows")
    began = time.perf_counter()
    fastnet.datasets.encode(path, folder)
    seconds = time.perf_counter() - began
    if not keep:
        shutil.rmtree(folder)
    return seconds


def in_child(folder: Path, options: dict[str, Any], forgotten: bool) -> dict[str, Any]:
    """Run `learn` in a fresh process, on one core."""
    given = json.dumps([str(folder), options, forgotten])
    command = [sys.executable, "-W", "ignore", "-m", "bench.scale", given]
    root = str(Path(__file__).parents[1])
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def learn(folder: str, options: dict[str, Any], forgotten: bool) -> dict[str, Any]:
    """Open the rows and learn them in one pass; return the seconds and the memory it needed."""
    fastnet.warmup()
    if forgotten:
        os.sync()  # what is not written yet cannot be forgotten
        for path in Path(folder).glob("*.npy"):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    before, disk, began = status("RssAnon"), from_disk(), time.perf_counter()
    with Peak() as peak:
        (X, y), _ = load_encoded(folder)
        net = fastnet.train(X, y, epochs=1, verbose=False, **options)
    return {
        "call": time.perf_counter() - began,
        "pass": net.history[0]["seconds"],
        "disk": from_disk() - disk,
        "MB": (peak.bytes - before) / MB,
        "sizes": net.sizes,
        "right": net.history[0]["accuracy"],
    }


def from_disk() -> int:
    """Return how many bytes this process has read from the disk."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["read_bytes"])


def tables(figures: dict[str, Any]) -> str:
    """Return the tables of reading and of one pass."""
    few, many = figures["few"], figures["many"]
    each = {name: 1e6 / few for name in figures["read"]}
    rows = [[f"{few:,} rows, {COLUMNS} columns", "bytes a row", "read and encode, µs a row"]]
    for form, name in (("csv", "CSV"), ("parquet", "Parquet")):
        us = [seconds * each[form] for seconds in figures["read"][form]]
        rows.append([name, f"{figures['bytes'][form]:.0f}", spread(us)])
    us = 1e6 * figures["encoded"] / many
    rows.append([f"Parquet, {many:,} rows", "", short(us)])
    size = figures["map"] / GB
    head = [f"{many:,} rows, {size:.1f} GB", "net", "seconds of a pass", "µs a row"]
    body = [[*head, "opened and learned, s", "from the disk, GB", "memory beside, MB"]]
    for name, one in figures["passes"].items():
        body.append(
            [
                name, "-".join(map(str, one["sizes"])), short(one["pass"]),
                short(1e6 * one["pass"] / many), short(one["call"]), f"{one['disk'] / GB:.1f}",
                f"{one['MB']:.0f}",
            ]
        )  # fmt: skip
    us = 1e6 * figures["passes"][IN_ORDER]["pass"] / many
    csv = statistics.median(figures["read"]["csv"]) * each["csv"]
    whole = TB * many / figures["map"]
    said = (
        f"Reading has all {figures['cores']} cores, and a pass has one. A pass from front to back "
        f"reads {figures['map'] / many / us:.0f} MB a second. A terabyte of such a map has "
        f"{whole / 1e9:.0f} billion rows: a pass takes {short(whole * us / HOUR)} hours, and to "
        f"read and encode them from CSV takes {short(whole * csv / HOUR)} hours."
    )
    return "\n\n".join([table(rows), table(body), said])


if __name__ == "__main__":
    print(json.dumps(learn(*json.loads(sys.argv[1]))))
