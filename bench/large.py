"""Tables larger than memory: time and peak memory of one pass over chunks, and of epochs.

A script makes the file, and each run is a fresh process. Its memory is the peak of the anonymous
memory (RssAnon) beyond what the process had before: the pages of a memory map belong to the system.
A file of a quarter of the rows stands beside, since flat memory does not grow with the rows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import fastnet

from . import report
from .memory import MB, Peak, status
from .report import missing, short, table

ROWS = 28_000_000  # more than 2 GB of CSV
QUICK = 2_000_000
BLOCK = 1_000_000  # rows that are made together
EPOCHS = 2
HIDDEN = (32, 16)
FORMS = {"CSV": "t.csv", "Parquet": "t.parquet"}
WAYS = ("stream", "epochs")
GB = 10**9


def block(start: int, rows: int) -> Any:
    """Return some rows of the table: 10 mixed columns and a target that follows from them."""
    import pyarrow as pa

    rng = np.random.default_rng([start, 1])
    age, hours = rng.integers(18, 90, rows), rng.integers(0, 80, rows)
    job, town = rng.integers(0, 20, rows), rng.integers(0, 200, rows)
    own, pay = rng.random(rows) < 0.4, np.round(rng.lognormal(10, 1, rows), 2)
    wish = (age - 50) / 20 + np.log(pay) - 10 + (job % 3 - 1) + (town % 5 == 0) + own
    rich = wish + rng.normal(size=rows) > 0.5
    names = {
        "job": [f"job {k}" for k in range(20)], "town": [f"town, {k}" for k in range(200)],
        "level": ["low", "middle", "high"], "rich": ["no", "yes"],
    }  # fmt: skip
    words = {"job": job, "town": town, "level": rng.integers(0, 3, rows), "rich": rich.astype("i4")}
    word = {k: pa.array(names[k]).take(pa.array(codes)) for k, codes in words.items()}
    return pa.table(
        {
            "age": age, "pay": pay, "job": word["job"], "own": own,
            "hours": pa.array(hours, mask=rng.random(rows) < 0.1), "town": word["town"],
            "since": pa.array(rng.integers(0, 19_000, rows).astype("M8[D]")),
            "score": np.round(rng.normal(size=rows), 6), "level": word["level"],
            "children": rng.integers(0, 5, rows), "rich": word["rich"],
        }
    )  # fmt: skip


def make(folder: Path, rows: int) -> dict[str, int]:
    """Write the table as CSV and as Parquet; return the bytes of each."""
    import pyarrow.csv
    import pyarrow.parquet

    schema = block(0, 1).schema
    with (
        pyarrow.csv.CSVWriter(str(folder / FORMS["CSV"]), schema) as text,
        pyarrow.parquet.ParquetWriter(folder / FORMS["Parquet"], schema) as columns,
    ):
        for start in range(0, rows, BLOCK):
            part = block(start, min(BLOCK, rows - start))
            text.write_table(part)
            columns.write_table(part)
    return {form: (folder / name).stat().st_size for form, name in FORMS.items()}


def child(path: str, way: str) -> dict[str, float]:
    """Learn a file in this process; return the seconds and the memory that this needed."""
    fastnet.warmup()
    for _ in fastnet.datasets.chunks(path, rows=1000):  # imports what reads it
        break
    before, began = status("RssAnon"), time.perf_counter()
    with Peak() as peak:
        if way == "stream":
            net = fastnet.train_stream(fastnet.datasets.chunks(path), hidden=HIDDEN)
            took = {"seconds": time.perf_counter() - began}
            right = net.history[-1]["accuracy"]
        else:
            (X, y), _ = fastnet.datasets.encode(path, Path(path).with_suffix(".rows"))
            took = {"encode": time.perf_counter() - began}
            encoded = peak.bytes - before
            net = fastnet.train(X, y, hidden=HIDDEN, epochs=EPOCHS)
            took |= {"epoch": min(one["seconds"] for one in net.history)}
            took |= {"seconds": time.perf_counter() - began, "encode MB": encoded / MB}
            right = net.history[-1]["accuracy"]
    return {**took, "MB": (peak.bytes - before) / MB, "right": right}


def run_child(path: Path, way: str) -> dict[str, float]:
    """Run `child` in a fresh process."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.large", str(path), way]
    root = str(Path(__file__).parents[1])
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def measure(quick: bool, rows: int | None = None) -> dict[str, Any]:
    """Learn files of a quarter of the rows and of all rows."""
    rows = rows or (QUICK if quick else ROWS)
    if not Path("/proc/self/status").exists():
        return {"runs": [], "missing": {"large": "only Linux tells the memory"}}
    runs = []
    for n in (rows // 4, rows):
        with tempfile.TemporaryDirectory() as folder:
            sizes = make(Path(folder), n)
            for form, name in FORMS.items():
                for way in WAYS:
                    found = run_child(Path(folder, name), way)
                    about = {"form": form, "way": way, "rows": n, "bytes": sizes[form]}
                    runs.append({**about, **found})
    return {"runs": runs, "missing": {}}


def tables(figures: dict[str, Any]) -> str:
    """Return a table with a row for each run."""
    rows = [["file", "GB", "rows", "way", "read and encode, s", "s in all", "extra, MB"]]
    for run in figures["runs"]:
        stream = run["way"] == "stream"
        rows.append(
            [
                run["form"], f"{run['bytes'] / GB:.2f}", f"{run['rows']:,}",
                "one pass over chunks" if stream else f"encoded once, {EPOCHS} epochs",
                "" if stream else short(run["encode"]), short(run["seconds"]), f"{run['MB']:.0f}",
            ]
        )  # fmt: skip
    title = "Tables of 10 mixed columns, learned from chunks, and in epochs from a memory map:"
    return "\n\n".join([title, table(rows), *missing(figures["missing"])])


def main() -> None:
    """Measure, and keep the figures in results/large.json and results/large.md."""
    about = report.machine()
    figures = measure(quick=os.environ.get("QUICK", "") not in ("", "0"))
    (report.RESULTS / "large.json").write_text(report.dump({"machine": about, **figures}))
    report.write("large", f"{tables(figures)}\n\n{report.caption(about)}")
    print(tables(figures))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(child(*sys.argv[1:])))
    else:
        main()
