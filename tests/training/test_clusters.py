"""Nets from real clusters of Dask, whose workers die, lack fastnet or have another version."""

import asyncio
import functools
import operator
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import fastnet
from fastnet import train, train_seeds
from fastnet.training.executors import Workers
from tests.clusters import cluster_of
from tests.helpers import ROOT, needed, samples
from tests.people import classes, people

pytestmark = [pytest.mark.heavy, pytest.mark.compiled]
distributed = needed("distributed")

X, Y = samples(60, 5), np.arange(60) % 3
IMAGES = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
OPTIONS: dict[str, Any] = {"hidden": (6,), "epochs": 5}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with cluster_of(3) as client:
        yield client


@pytest.fixture(autouse=True)
def all_workers_are_there(request: pytest.FixtureRequest) -> None:
    if "client" in request.fixturenames:
        request.getfixturevalue("client").wait_for_workers(3, timeout=120)


def slowly(net: Any, record: Any) -> None:
    time.sleep(0.1)


def killed_in_mid_run(client: Any, workers: int, nets: int, executor: Any) -> tuple[Any, Counter]:
    """Train nets on a cluster, one of whose workers is killed after the first is ready."""
    before, told = set(client.run(os.getpid).values()), Counter[int]()
    assert len(before) == workers

    def on_net(net: Any) -> None:
        if not told:
            busy = [worker for worker, keys in client.processing().items() if keys]
            pid = client.run(os.getpid, workers=busy[:1])[busy[0]]
            os.kill(pid, signal.SIGKILL)
            assert pid in before
        told[net.seed] += 1

    trained = train_seeds(
        X, Y, nets, executor=executor, on_epoch=slowly, on_net=on_net, **OPTIONS
    )
    client.wait_for_workers(workers, timeout=60)
    assert len(before - set(client.run(os.getpid).values())) == 1, "Dask has started another one"
    return trained, told


def alone(seed: int, **options: Any) -> str:
    return train(X, Y, seed=seed, **OPTIONS, **options).digest()


@pytest.mark.parametrize("given", ["the client", "its executor"])
def test_a_worker_is_killed_in_mid_run_and_every_net_arrives_once(client, given):
    executor = client if given == "the client" else client.get_executor()
    nets, told = killed_in_mid_run(client, 3, 24, executor)
    assert told == Counter(range(24))
    assert [net.digest() for net in nets] == [alone(seed) for seed in range(24)]
    assert [net.run["on_epoch"] for net in nets] == [nets[0].run["on_epoch"]] * 24


def test_data_that_are_lost_with_the_only_worker_are_sent_again():
    with cluster_of(1) as client:
        nets, told = killed_in_mid_run(client, 1, 8, client)
        assert told == Counter(range(8))
        assert [net.digest() for net in nets] == [alone(seed) for seed in range(8)]


def fails(folder: str, times: int, net: Any, record: Any) -> None:
    """Fail at the first tries of the net of seed 2, which leave a file each."""
    tries = [*Path(folder).glob(f"{net.seed}-*")]
    if net.seed == 2 and len(tries) < times:
        Path(folder, f"2-{len(tries)}").touch()
        raise OSError("no luck")


@pytest.mark.parametrize(("retries", "times"), [(0, 1), (2, 2), (2, 3)])
def test_what_fails_is_tried_again_and_reported_when_it_fails_again(
    client, tmp_path, retries, times
):
    on_epoch = functools.partial(fails, str(tmp_path), times)
    executor = client.get_executor(retries=retries)
    learn = functools.partial(
        train_seeds, X, Y, 6, executor=executor, on_epoch=on_epoch, **OPTIONS
    )
    if retries >= times:
        assert [net.digest() for net in learn()] == [alone(seed) for seed in range(6)]
    else:
        with pytest.raises(OSError, match="no luck") as caught:
            learn()
        assert caught.value.network.seed == 2
        assert all(net.digest() == alone(net.seed) for net in caught.value.networks)
    assert len([*tmp_path.iterdir()]) == times


def kills(folder: str, net: Any, record: Any) -> None:
    if net.seed == 2:
        Path(folder, str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_task_that_kills_each_of_its_workers_is_given_up(client, tmp_path):
    on_epoch = functools.partial(kills, str(tmp_path))
    # Dask gives up after four workers, if they have not taken the data with them before
    said = r"^executor: (KilledWorker: a worker died at a task|Dask lost the data of .*) 4 times"
    with pytest.raises(BrokenExecutor, match=said) as caught:
        train_seeds(X, Y, 4, executor=client, on_epoch=on_epoch, **OPTIONS)
    assert len([*tmp_path.iterdir()]) >= 4
    assert all(net.digest() == alone(net.seed) for net in caught.value.networks)


def test_data_of_other_forms(client):
    frame = people(120)
    options: dict[str, Any] = {"hidden": (4,), "epochs": 2}
    for X, y, more in (
        (frame, classes(frame), {"encode": "table", "validation_fraction": 0.25}),
        (scipy.sparse.csr_array(samples(60, 5)), Y, {}),
        (IMAGES, Y[:40], {"augment": "affine"}),
    ):
        nets = train_seeds(X, y, 3, executor=client, **options, **more)
        for seed, net in enumerate(nets):
            wanted = train(X, y, seed=seed, **options, **more)
            assert net.digest() == wanted.digest() and net.run == wanted.run


def test_functions_without_a_module_go_to_the_workers(client):
    nets = train_seeds(
        X, Y, 2, executor=client, on_epoch=lambda net, record: len(net.history) == 3, **OPTIONS
    )
    assert [len(net.history) for net in nets] == [3, 3]


def test_ctrl_c_frees_the_workers(client):
    def on_net(net: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        train_seeds(
            X, Y, 6, hidden=(6,), epochs=10**8, executor=client, on_net=on_net,
            on_epoch=lambda net, record: net.seed == 1,
        )  # fmt: skip
    assert [net.seed for net in caught.value.networks] == [1]
    assert len(train_seeds(X, Y, 6, executor=client, **OPTIONS)) == 6, "else it takes hours"
    while any(client.run(kept).values()):
        time.sleep(0.1)


def kept(dask_worker: Any) -> bool:
    """Whether a worker runs a task, or has data, for nobody."""
    return bool(dask_worker.state.executing or dask_worker.data)


def test_a_client_without_workers_and_one_that_is_closed():
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0") as cluster:
        client = distributed.Client(cluster, timeout=2)
        with pytest.raises(TimeoutError, match=r"^executor: Dask has no workers"):
            train_seeds(X, Y, 2, executor=client, **OPTIONS)
        client.close()
        with pytest.raises(RuntimeError, match=r"^executor: a client of Dask that is closed, want"):
            train_seeds(X, Y, 2, executor=client, **OPTIONS)


def test_an_asynchronous_client_is_refused():
    async def learn() -> None:
        async with distributed.Client(
            n_workers=0, dashboard_address=":0", asynchronous=True
        ) as client:
            for executor in (client, client.get_executor()):
                with pytest.raises(TypeError, match=r"^executor: an asynchronous Client"):
                    train_seeds(X, Y, 2, executor=executor, **OPTIONS)

    asyncio.run(learn())


# Workers without fastnet, and with another one ---------------------------------------------------

# This repository is on the path of Python's environment. Without it there is no fastnet.
WITHOUT = f"import sys; sys.path[:] = [path for path in sys.path if path != {str(ROOT)!r}]"
START = "import sys; from distributed.cli.dask_{} import main; sys.argv[0] = 'dask'; main()"


@pytest.fixture
def scattered_cluster(tmp_path: Path) -> Iterator[Any]:
    """Start a scheduler without fastnet. What is yielded starts workers, and returns a client."""
    file, processes = str(tmp_path / "scheduler.json"), []

    def start(kind: str, first: str, *arguments: str, **environment: str) -> None:
        code = f"{first}; {START.format(kind)}"
        arguments = ("--scheduler-file", file, "--no-dashboard", *arguments)
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", code, *arguments],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": "", **environment},
                stderr=subprocess.DEVNULL,
            )
        )

    def workers(*paths: str) -> Any:
        """Start a worker for each path; "" has no fastnet."""
        for path in paths:
            start("worker", WITHOUT, "--no-nanny", PYTHONPATH=path)
        client.wait_for_workers(len(processes) - 1, timeout=120)
        return client

    start("scheduler", WITHOUT, "--port", "0")
    while not Path(file).exists():
        time.sleep(0.1)
    try:
        with distributed.Client(scheduler_file=file, timeout=60) as client:
            yield workers
    finally:
        for process in processes:
            process.kill()
            process.wait()


def copied(folder: Path, version: str) -> str:
    """Copy fastnet into a folder, with this version."""
    shutil.copytree(
        ROOT / "fastnet", folder / "fastnet", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "fastnet" / "_version.py").write_text(f'__version__ = "{version}"\n')
    return str(folder)


def test_a_worker_without_fastnet_is_refused(scattered_cluster):
    client = scattered_cluster("")
    address = next(iter(client.scheduler_info()["workers"]))
    with pytest.raises(RuntimeError) as caught:
        train_seeds(X, Y, 2, executor=client, **OPTIONS)
    said = f"executor: the worker {address} has no fastnet, wanted {fastnet.__version__}"
    assert str(caught.value) == said


def test_a_worker_with_another_version_is_refused_with_both(scattered_cluster, tmp_path):
    own = copied(tmp_path / "own", fastnet.__version__)
    client = scattered_cluster(own)
    nets = train_seeds(X, Y, 2, executor=client, **OPTIONS)
    assert [net.digest() for net in nets] == [alone(0), alone(1)], "the scheduler needs no fastnet"
    client = scattered_cluster(copied(tmp_path / "other", "0.1.9"))
    with pytest.raises(RuntimeError) as caught:
        train_seeds(X, Y, 2, executor=client, **OPTIONS)
    said = str(caught.value)
    assert said.startswith("executor: the worker tcp://")
    assert said.endswith(f" has fastnet 0.1.9, wanted {fastnet.__version__}")


@pytest.mark.parametrize("version", ["", "0.1.9"])
def test_a_worker_that_comes_late_is_refused_too(scattered_cluster, tmp_path, version):
    client = scattered_cluster(copied(tmp_path / "own", fastnet.__version__))
    with Workers(client.get_executor(retries=0), [5, 6, 7]) as workers:
        assert workers.submit(operator.getitem, 0).result() == 5
        [good] = client.scheduler_info()["workers"]
        scattered_cluster(copied(tmp_path / "other", version) if version else "")
        [late] = {*client.scheduler_info()["workers"]} - {good}
        workers.way.executor = client.get_executor(retries=0, workers=[late])
        with pytest.raises(RuntimeError) as caught:
            workers.submit(operator.getitem, 1).result()
        said = str(caught.value)
        assert said.endswith(f"wanted {fastnet.__version__}")
        assert (f"has fastnet {version}" if version else "has no fastnet") in said
        workers.way.executor = client.get_executor(retries=0, workers=[good])
        assert workers.submit(operator.getitem, 2).result() == 7, "and others go on"
