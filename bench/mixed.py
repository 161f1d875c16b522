"""A mixed table: the time to read, encode and learn it, and the memory that this needs.

A figure of memory is that of a fresh process, on Linux: how far the peak is above what the process
used before, with the frame. The C library returns freed memory at once there, as far as it can.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import fastnet
from fastnet.tables import Encoding
from fastnet.tables.frames import as_table

from . import made
from .memory import MB, status
from .turns import Timer, in_turns, microseconds, units

EPOCHS = 3
CALLED = 2000  # rows that calls with one row have in turn
NAMES = ("read CSV, by PyArrow", "read CSV, by Python's csv", "read Parquet")
ENCODE, LEARN = "encode a pandas frame", "learn three epochs"


def timed(call: Callable[[], Any]) -> float:
    """Return the seconds of a call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def encoded(frame: Any) -> Any:
    """Return the samples of a frame."""
    table = as_table(frame)
    assert table is not None
    return Encoding.fit(table).samples(table, np.dtype("float32"))


def in_seconds(rows: int, repeats: int) -> dict[str, list[float]]:
    """Time reading, encoding and learning a mixed table."""
    frame, y = made.mixed(rows)
    samples = encoded(frame)
    with tempfile.TemporaryDirectory() as folder:
        path, packed = Path(folder, "mixed.csv"), Path(folder, "mixed.parquet")
        frame.assign(label=y).to_csv(path, index=False)
        frame.assign(label=y).to_parquet(packed)

        def by_python() -> None:
            with mock.patch.dict(sys.modules, {"pyarrow": None}):
                fastnet.datasets.read(path)

        calls: dict[str, Callable[[], Any]] = {
            NAMES[0]: lambda: fastnet.datasets.read(path),
            NAMES[1]: by_python,
            NAMES[2]: lambda: fastnet.datasets.read(packed),
            ENCODE: lambda: encoded(frame),
            LEARN: lambda: fastnet.train(samples, y, epochs=EPOCHS, verbose=False),
        }
        return in_turns({name: lambda c=call: timed(c) for name, call in calls.items()}, repeats)


def in_calls(repeats: int) -> dict[str, list[float]]:
    """Return the microseconds of calls with one row: a dict of ten columns, or ten numbers."""
    frame, y = made.mixed(20_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rare words
        net = fastnet.train(frame, y, encode="table", epochs=1)
    known = [column for column in net.encoding.columns if column.kind == "word"]
    both = [
        (row, label)
        for row, label in zip(frame.to_dict("records"), y.tolist(), strict=True)
        if all(row[column.name] in column.index for column in known)
    ]
    rows, labels = map(list, zip(*both[:CALLED], strict=True))
    new = [{**row, "word2": "new"} for row in rows]
    numbers = [*np.random.default_rng(0).standard_normal((CALLED, 10))]
    live = fastnet.train_stream(zip(rows, labels, strict=True), encode="table")
    raw = fastnet.train(np.array(numbers), labels, epochs=1, verbose=False)
    timers: dict[str, Timer] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the new words
        for name, method, *columns in (
            ("predict_one, a dict", net.predict_one, rows),
            ("predict_one, a dict with a word that is new", net.predict_one, new),
            ("learn_one, a dict", net.learn_one, rows, labels),
            ("learn_one, a dict, and its encoding learns too", live.learn_one, rows, labels),
            ("predict_one, an array of ten numbers", raw.predict_one, numbers),
            ("learn_one, an array of ten numbers", raw.learn_one, numbers, labels),
        ):

            def run(n: int, method: Any = method, columns: Any = columns) -> float:
                own = [[column[k % CALLED] for column in columns] for k in range(n)]
                return timed(lambda: [method(*one) for one in own])

            n = units(run, 0.1, 20_000)
            timers[name] = lambda run=run, n=n: microseconds(run, n)
        return in_turns(timers, repeats)


# In processes of their own -----------------------------------------------------------------------


def in_memory(rows: int, repeats: int) -> list[dict[str, Any]]:
    """Return the memory of training by a frame whose rows become sparse, and dense: medians."""
    found = []
    for dense in (False, True):
        runs = [in_child(rows, dense) for _ in range(repeats)]
        found.append(runs[0] | {"peaks": [run["peak"] for run in runs]})
    return found


def in_child(*given: Any) -> dict[str, Any]:
    """Run `train` in a fresh process."""
    command = [sys.executable, "-m", "bench.mixed", json.dumps(given)]
    root = Path(__file__).parents[1]
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": str(1 << 18)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def train(rows: int, dense: bool) -> dict[str, Any]:
    """Train by a frame; return the peak beyond it, and the size of the encoded rows, in MB."""
    import pyarrow

    frame, y = made.mixed(rows)
    frame = frame[list(frame)[:7]].copy() if dense else frame
    fastnet.train(frame[:1000], y[:1000], epochs=1, verbose=False)
    gc.collect()
    pyarrow.default_memory_pool().release_unused()  # that of pandas' words
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before = status("VmRSS")
    net = fastnet.train(frame, y, epochs=1, verbose=False)
    peak = status("VmHWM") - before
    made_of = net.samples(frame).rows
    parts = [made_of.data, made_of.indices, made_of.indptr] if hasattr(made_of, "indptr") else []
    matrix = sum(array.nbytes for array in parts or [made_of])
    return {"dense": dense, "inputs": net.sizes[0], "peak": peak / MB, "matrix": matrix / MB}


if __name__ == "__main__":
    print(json.dumps(train(*json.loads(sys.argv[1]))))
