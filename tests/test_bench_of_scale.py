"""The bench of many rows and many nets: what it makes, sends and reckons."""

import inspect
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

import fastnet
from bench import scale, workers
from fastnet.sources.encoded import load_encoded
from tests.helpers import needed


@pytest.mark.parametrize("form", scale.FORMS)
def test_the_rows_are_a_table_that_a_net_learns(form: str, tmp_path: Path) -> None:
    needed("pyarrow")
    path = tmp_path / f"rows.{form}"
    scale.FORMS[form](path, 3000)
    assert scale.encoding_seconds(path) > 0 and not path.with_suffix(".rows").exists()
    scale.encoding_seconds(path, keep=True)
    (X, y), _ = load_encoded(path.with_suffix(".rows"))
    assert X.rows.shape == (3000, scale.COLUMNS) and X.rows.dtype == np.float32
    for options, forgotten in scale.ORDERS.values():
        found = scale.learn(str(path.with_suffix(".rows")), options, forgotten)
        net = fastnet.train(X, y, epochs=1, verbose=False, **options)
        assert found["sizes"] == net.sizes == (10, *options.get("hidden", (64, 64)), 2)
        assert found["right"] == net.history[0]["accuracy"] > 0.6
        assert found["call"] > found["pass"] > 0


def test_blocks_of_rows_differ_and_come_again() -> None:
    needed("pyarrow")
    one, other, again = (scale.block(start, 50) for start in (0, 50, 0))
    assert one.equals(again) and not one.equals(other)


@pytest.mark.parametrize("kind", [workers.THREADS, workers.PROCESSES])
def test_sending_and_tasks_are_those_of_workers(kind: str) -> None:
    X = np.arange(50_000, dtype=np.uint8).reshape(-1, 50)
    net = fastnet.train(X[:40], np.arange(40) % 2, hidden=(3,), epochs=1, verbose=False)
    pools = {
        workers.THREADS: lambda: ThreadPoolExecutor(1),
        workers.PROCESSES: lambda: ProcessPoolExecutor(1, get_context("spawn")),
    }
    with pools[kind]() as pool:
        assert workers.sent(pool, 1, X) >= 0
        workers.ask(pool, net, 3)
        with workers.Workers(pool, net) as shared:
            assert shared.submit(workers.same).result().digest() == net.digest()


def test_a_reckoning_takes_the_copies_of_dask() -> None:
    needed("distributed")
    from distributed.scheduler import Scheduler

    branches = inspect.signature(Scheduler.replicate).parameters["branching_factor"].default
    assert branches == workers.BRANCHES
    assert [workers.rounds(n) for n in (1, 2, 3, 4, 9, 10, 729, 730, 1000)] == [
        0, 1, 1, 2, 2, 3, 6, 7, 7,
    ]  # fmt: skip
    assert workers.sending(1e6, 9, 0.008) == pytest.approx(2 + 2 * 2)  # a megabyte a second


def test_a_reckoning_has_the_time_of_the_workers_or_of_the_scheduler() -> None:
    free = workers.reckoned(2.0, 1e-9, 0, 10, 1)
    assert free == {"sending": 0, "seconds": 2000, "busy": 1, "queued": 0}
    bound = workers.reckoned(0.5, 0.001, 0, 1000, 1)  # 10,000 nets take the scheduler 10 s
    assert bound == pytest.approx({"sending": 0, "seconds": 10, "busy": 0.5, "queued": 1})
    sent = workers.reckoned(2.0, 1e-9, 125e6, 10, 1)
    assert sent["seconds"] == 2000 + sent["sending"] > 2000 and sent["busy"] < 1


def test_times_are_told_in_fitting_units() -> None:
    assert [workers.duration(s) for s in (1.5, 119, 121, 7100, 7300)] == [
        "1.5 s", "119 s", "2.02 min", "118 min", "2.03 h",
    ]  # fmt: skip
