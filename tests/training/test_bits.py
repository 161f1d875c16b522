"""The same bits: as ever, of every seed, in chunks, in threads and on every CPU."""

import json
import platform
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from fastnet import datasets, train
from fastnet.model import chunks
from fastnet.schedules import SCHEDULES
from tests import make_golden
from tests.helpers import COMPILED, python, samples
from tests.training.helpers import N, start_of

# Golden trajectories --------------------------------------------------------------------------


@pytest.mark.parametrize("name", make_golden.RUNS)
def test_golden_trajectory(name):
    """The same bits as when tests/golden.json was made: on any machine, compiled or not."""
    golden = json.loads(make_golden.PATH.read_text())
    options = make_golden.RUNS[name]
    if options.get("dtype") == "float64" and not COMPILED:
        pytest.skip("in float64 the plain Python form of fma rounds twice")
    if "augment" in options and not COMPILED:
        pytest.skip("plain Python deforms for minutes")
    assert make_golden.run(name) == golden[name]


def test_golden_file_has_no_run_that_is_not_made() -> None:
    assert json.loads(make_golden.PATH.read_text()).keys() == make_golden.RUNS.keys()


# The same bits --------------------------------------------------------------------------------


def test_the_seed_decides_the_bits():
    X, y = samples(30, 6), np.arange(30) % 3
    options: dict[str, Any] = {"hidden": (5,), "epochs": 2}
    digest = train(X, y, **options, seed=5).digest()
    assert train(X, y, **options, seed=5).digest() == digest
    assert train(X, y, **options, seed=6).digest() != digest
    assert train(X, y, **options, seed=5, shuffle=False).digest() != digest
    start = train(X, y, hidden=(5,), epochs=0, seed=5)
    # the seed is of the orders too, and every epoch has its own
    orders = [train(X, y, init=start, epochs=2, seed=seed).digest() for seed in (5, 6)]
    assert orders[0] == digest != orders[1]


def test_shuffling_takes_every_sample_once():
    X, y = samples(50, 6), np.arange(50) % 3
    net = train(X, y, hidden=(5,), dtype="float64", learning_rate=0, epochs=1)
    in_order = train(X, y, hidden=(5,), dtype="float64", learning_rate=0, epochs=1, shuffle=False)
    assert net.history[0]["loss"] == pytest.approx(in_order.history[0]["loss"], rel=1e-13)
    assert net.history[0]["accuracy"] == in_order.history[0]["accuracy"] == net.score(X, y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_epoch_is_as_many_single_steps(dtype):
    (X, y), _ = datasets.load("digits")
    X, y = X[:N], y[:N]
    start = start_of((784, 20, 10), dtype=dtype, classes=range(10))
    options: dict[str, Any] = {"epochs": 1, "learning_rate": 0.1, "schedule": "constant"}
    net = train(X, y, init=start, shuffle=False, **options)
    single = start
    for i in range(N):
        single = train(X[i : i + 1], y[i : i + 1], init=single, **options)
    assert single.digest() == net.digest() != start.digest()
    assert np.mean([r["loss"] for r in single.history]) == pytest.approx(net.history[0]["loss"])


@pytest.mark.parametrize(("schedule", "l2"), [*((s, 0.0) for s in SCHEDULES), ("linear", 3.0)])
@pytest.mark.parametrize("sizes", [(6, 5), (600, 20)], ids=["zeros are skipped", "in blocks"])
def test_chunks_do_not_change_the_bits(sizes, schedule, l2, monkeypatch):
    X, y = samples(150, sizes[0]), np.arange(150) % 3
    weights = None if schedule == "constant" else np.linspace(0, 2, 150)
    runs, parts = set(), []
    for seen in (1e-9, 0.1, 1e9):
        monkeypatch.setattr(chunks, "SEEN", seen)
        done: list[int] = []
        net = train(
            X,
            y,
            hidden=sizes[1:],
            epochs=2,
            schedule=schedule,
            warm_up=0.6,
            l2=l2,
            average=0.7,
            sample_weight=weights,
            on_progress=lambda n, total, done=done: done.append(n),
        )
        runs.add((net.digest(), net.last.digest(), *(record["loss"] for record in net.history)))
        parts.append(len(done))
    assert parts[0] > parts[2]  # the chunks did differ
    assert len(runs) == 1


# In threads, and on every CPU -----------------------------------------------------------------


def test_nets_in_threads_are_as_in_sequence():
    (X, y), _ = datasets.load("digits")
    n = 3000 if COMPILED else 30

    def digest(seed: int) -> str:
        return train(X[:n], y[:n], hidden=(20,), epochs=2, seed=seed).digest()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(digest, range(4))) == [digest(seed) for seed in range(4)]


ON_A_CPU = """
import sys
import numpy as np
from fastnet import datasets, train
(X, y), _ = datasets.load("digits")
X, y = X[:200], y[:200]
for dtype in sys.argv[1:]:
    for inputs in (X, X / np.float32(255), X[:, 300:400] / 255, X[:, 300:500] / 255 - 0.1):
        for options in ({}, {"activation": "relu", "loss": "cross-entropy"}):
            print(train(inputs, y, hidden=(70, 20), epochs=2, dtype=dtype, **options).digest())
    options = {"activation": "tanh", "dtype": dtype}
    print(train(X, X[:, 400:440] / 255, hidden=(20,), epochs=2, **options).digest())
    print(train(X, y, hidden=(70,), epochs=2, dtype=dtype, augment="elastic").digest())
"""


@pytest.mark.heavy
@pytest.mark.compiled
def test_the_same_bits_on_every_cpu():
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip(f"names x86-64 CPUs, but this one is {platform.machine()}")

    def digests(cpu: str | None, *dtypes: str) -> list[str]:
        other = {"NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": ""} if cpu else {}
        return python(ON_A_CPU, *dtypes, NUMBA_BOUNDSCHECK="0", **other).stdout.split()

    with ThreadPoolExecutor(2) as threads:
        generic = threads.submit(digests, "generic", "float32", "float64")
        haswell = threads.submit(digests, "haswell", "float32")  # one dtype: it has to compile
        here = digests(None, "float32", "float64")
    assert len(here) == 20
    assert generic.result() == here
    assert haswell.result() == here[:10]
