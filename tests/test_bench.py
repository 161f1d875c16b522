"""The bench: what is timed computes the right thing, and what is shown is what was measured."""

import importlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import __main__ as bench
from bench import readme, report, turns
from bench.nets import Spec, off_reference
from bench.peers import PEERS
from bench.peers.base import Task
from bench.peers.process import Missing, Process
from fastnet import datasets

ROOT = Path(__file__).parents[1]
MEASURED = report.read()
SPEC = Spec((784, 16, 16, 10))


@pytest.fixture(scope="module")
def task() -> Task:
    (X, y), _ = datasets.load("digits")
    net = SPEC.start()
    return Task(net.weights, net.biases, SPEC.rate, X[:50], y[:50])


def test_readme_has_the_tables_as_they_are() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.filled(text) == text


def test_every_part_was_measured() -> None:
    assert {*bench.PARTS, "checks"} == set(MEASURED)


@pytest.mark.parametrize("name", list(MEASURED))
def test_tables_show_the_figures(name: str) -> None:
    tables = importlib.import_module(f"bench.{name}").tables(MEASURED[name]["figures"])
    shown = (report.RESULTS / f"{name}.md").read_text(encoding="utf-8")
    assert shown.startswith(tables)
    assert ("A quick run." in shown) == MEASURED[name]["quick"]
    assert MEASURED[name]["machine"]["date"][:10] in shown


def peers() -> Iterator[Any]:
    for name, entry in PEERS.items():
        if not entry.note and not entry.every_core and entry.module in ("own", "numpy_loop", "c"):
            compiled = [pytest.mark.compiled] if entry.module == "own" else []
            yield pytest.param(entry, id=name, marks=compiled)


@pytest.mark.parametrize("entry", list(peers()))
def test_a_peer_computes_what_the_reference_does(entry: Any, task: Task) -> None:
    if entry.module == "c" and not shutil.which("gcc"):
        pytest.skip("no gcc")
    module = importlib.import_module(f"bench.peers.{entry.module}")
    try:
        peer = getattr(module, entry.name)(task)
    except ImportError as error:
        if entry.module != "c":
            raise
        pytest.skip(str(error))  # the processor has no AVX-512
    for _ in range(2):  # the second time from the start again
        assert peer.seconds(50) > 0
        assert off_reference(SPEC, task.X, task.y, *peer.parameters()) < 1
    assert (peer.predict(task.X) == SPEC.learn(task.X, task.y).predict(task.X)).all()


def test_a_peer_runs_in_a_process_of_its_own(task: Task) -> None:
    process = Process("numpy_loop", 1)
    try:
        process.call("loop", "make", "Loop", task)
        assert process.call("loop", "seconds", 10) > 0
        weights, biases = process.call("loop", "parameters")
        assert off_reference(SPEC, task.X[:10], task.y[:10], weights, biases) < 1
        with pytest.raises(Missing, match="AttributeError"):
            process.call("loop", "nothing")
    finally:
        process.close()


def test_a_peer_that_is_not_installed_is_missing_with_its_reason() -> None:
    with pytest.raises(Missing, match="ModuleNotFoundError: No module named"):
        Process("nowhere", 1)


def test_turns_run_forwards_and_backwards() -> None:
    ran: list[str] = []
    timers = {name: lambda name=name: float(ran.append(name) or len(ran)) for name in "abc"}
    times = turns.in_turns(timers, 2)
    assert "".join(ran) == "abccba"
    assert times == {"a": [1, 6], "b": [2, 5], "c": [3, 4]}
    assert turns.ratio(times["c"], times["b"]) == np.median([3 / 2, 4 / 5])


def test_a_part_replaces_its_own_figures_only(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    report.keep("one", {"times": [1.23456789, 2]}, path)
    report.keep("two", {"quick": True}, path)
    report.keep("one", {"times": [3.0]}, path)
    assert report.read(path) == {"one": {"times": [3.0]}, "two": {"quick": True}}
    assert report.read(tmp_path / "none") == {}
    assert report.rounded({"a": (1.23456789, 7)}) == {"a": [1.2346, 7]}
