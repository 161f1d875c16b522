"""Nets from the workers of any executor: the bits of each seed alone, data sent once."""

import glob
import os
import platform
import signal
import stat
import tempfile
import threading
import time
import warnings
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from joblib.externals.loky import get_reusable_executor

import fastnet
from fastnet import Diverged, train, train_seeds
from fastnet.cores import cores
from fastnet.data.samples import Samples
from fastnet.training import packing
from fastnet.training.executors import Workers, stopped
from tests.functions import SWISH
from tests.helpers import samples
from tests.people import classes, numbers, people

pytestmark = [
    pytest.mark.compiled,  # workers compile for themselves
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),  # of fork and threads
]

X, Y = samples(60, 5), np.arange(60) % 3
OPTIONS: dict[str, Any] = {"hidden": (6,), "epochs": 3}
FRAME = people(120)
TIMES = {"seconds": 0, "samples_per_second": 0}  # which differ
LONG = 10**8  # epochs that take hours
LOKY = pytest.param("loky", marks=pytest.mark.heavy)


def pool_of(kind: str, workers: int = 2) -> Any:
    if kind == "threads":
        return ThreadPoolExecutor(workers)
    if kind == "loky":
        return get_reusable_executor(workers)
    return ProcessPoolExecutor(workers, mp_context=get_context(kind))


@pytest.fixture(scope="module", params=["threads", "fork", "spawn", LOKY])
def each(request):
    """An executor of each kind."""
    with pool_of(request.param) as pool:
        yield pool


@pytest.fixture(scope="module")
def spawned():
    """Processes that share nothing with this one."""
    with pool_of("spawn") as pool:
        yield pool


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path, monkeypatch):
    """A call leaves no folder behind, whatever becomes of it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    assert glob.glob(str(tmp_path / "fastnet-*")) == []


def same(pool: Any, X: Any, y: Any, **options: Any) -> Any:
    """Compare nets of workers with those that are trained here, one by one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastnet.LearningWarning)
        nets = train_seeds(X, y, 3, executor=pool, **options)
        for seed, net in enumerate(nets):
            wanted = train(X, y, seed=seed, **options)
            assert net.digest() == wanted.digest() and net.run == wanted.run
            assert net.stopped == wanted.stopped and net.feature_names == wanted.feature_names
            for ours, theirs in zip(net.history, wanted.history, strict=True):
                assert {**ours, **TIMES} == {**theirs, **TIMES}
    return nets


def test_nets_of_any_executor_are_those_of_the_seeds_alone(each):
    nets = same(each, X, Y, **OPTIONS, validation_data=(X, Y), schedule="linear")
    assert [net.seed for net in nets] == [0, 1, 2]
    again = same(each, X, Y, init=nets[1], epochs=2)
    assert again[0].predict(X).tolist() == train(X, Y, init=nets[1], epochs=2).predict(X).tolist()


def mapped(X: Any) -> Any:
    """The rows as a map of a file, backwards and with others between them."""
    wide = np.zeros((2 * len(X), X.shape[1] + 3), X.dtype)
    wide[::-2, 3:] = X
    np.save(Path(tempfile.gettempdir()) / "rows.npy", wide)
    return np.load(Path(tempfile.gettempdir()) / "rows.npy", mmap_mode="r")[::-2, 3:]


FORMS = {
    "lists": np.ndarray.tolist,
    "gaps in memory": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "by columns": np.asfortranarray,
    "float32": lambda X: X.astype("f4"),
    "big-endian": lambda X: X.astype(">f8"),
    "bytes": lambda X: (X * 50 + 120).astype("u1"),
    "sparse": scipy.sparse.csr_array,
    "sparse by columns": scipy.sparse.csc_array,
    "samples": lambda X: Samples(X, np.dtype("f4")),
    "a memory map": mapped,
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_of_every_form(spawned, form):
    X = FORMS[form](samples(60, 5))
    same(spawned, X, Y, **OPTIONS, sample_weight=np.arange(60) % 2 + 0.5)


@pytest.mark.parametrize("y", [classes(FRAME), numbers(FRAME)], ids=["classes", "numbers"])
@pytest.mark.parametrize("held_out", [None, 0.3], ids=["encoded once", "encoded by each"])
def test_tables(spawned, y, held_out):
    same(spawned, FRAME, y, hidden=(4,), epochs=2, encode="table", validation_fraction=held_out)


def test_other_options(spawned):
    same(spawned, X, Y, hidden=(4,), activation=SWISH, epochs=2)
    same(spawned, X, Y, hidden=(4,), epochs=2, class_weight={0: 2, 1: 1, 2: 0.5}, threads=2)
    same(spawned, X, np.array(["a", "b", "a b"], object)[Y], hidden=(), epochs=40, patience=2)
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    same(spawned, images, Y[:40], hidden=(4,), epochs=2, augment="elastic")


def test_a_seed_has_the_bits_of_its_own_wherever_it_is_trained(spawned):
    few = train_seeds(X, Y, [7, 3], executor=spawned, **OPTIONS)
    assert [net.digest() for net in few] == [
        train(X, Y, seed=seed, **OPTIONS).digest() for seed in (7, 3)
    ]


# What is shared ----------------------------------------------------------------------------------


def seen(shared: Any, k: int) -> Any:
    """What a task sees: its number, sums, whether it may write, what it maps, its process."""
    time.sleep(0.05)
    maps = Path("/proc/self/maps").read_text().splitlines()
    maps = [line for line in maps if "fastnet-" in line and "arrays" in line]
    arrays = shared["X"], shared["view"]
    return k, [float(a.sum()) for a in arrays], arrays[0].flags.writeable, maps, os.getpid()


@pytest.mark.skipif(platform.system() != "Linux", reason="looks at /proc")
def test_data_lie_in_one_file_which_all_workers_map(spawned, tmp_path):
    rows = np.arange(300_000.0).reshape(1000, 300)
    shared = {"X": rows, "view": rows.reshape(-1).view("u1"), "again": rows, "part": rows[:, ::2]}
    with Workers(spawned, shared) as workers:
        [folder] = tmp_path.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        size = sum(path.stat().st_size for path in folder.iterdir())
        assert size < 1.51 * rows.nbytes, "a view lies where its array does"
        assert not workers.is_here
        futures = [workers.submit(seen, k) for k in range(8)]
        for k, future in enumerate(futures):
            number, sums, writeable, maps, _ = future.result()
            assert number == k and not writeable and len(maps) == 1
            assert sums == [rows.sum(), rows.reshape(-1).view("u1").sum()]
        assert len({future.result()[-1] for future in futures}) == 2, "two processes"
    assert not folder.exists()


def where(rows: Any, k: int) -> tuple[list[float], int]:
    """A row that a worker sees, and the maps of files that it has."""
    return rows[k].tolist(), Path("/proc/self/maps").read_text().count("rows.npy")


@pytest.mark.skipif(platform.system() != "Linux", reason="looks at /proc")
def test_a_memory_map_is_opened_by_the_workers_and_not_sent(spawned, tmp_path):
    rows = np.lib.format.open_memmap(tmp_path / "rows.npy", "w+", "f8", (1000, 300))
    rows[:] = np.arange(300_000.0).reshape(1000, 300)
    with Workers(spawned, rows[10:]) as workers:
        [folder] = tmp_path.glob("fastnet-*")
        assert sum(path.stat().st_size for path in folder.iterdir()) < 10_000
        row, maps = workers.submit(where, 5).result()
        assert row == rows[15].tolist() and maps > 0
    assert packing.place_of(np.zeros(3)) is None
    assert packing.place_of(np.memmap(tmp_path / "rows.npy", "f8", "c")) is None, "not in the file"
    late = Workers(spawned, rows)
    rows.flush(), os.utime(tmp_path / "rows.npy")
    with late, pytest.raises(ValueError, match=r"rows\.npy of the worker \d+ of .* is not that of"):
        late.submit(where, 5).result()
    late = Workers(spawned, rows)
    os.remove(tmp_path / "rows.npy")
    with late, pytest.raises(FileNotFoundError, match=r"has no file .*wanted a folder that all"):
        late.submit(where, 5).result()
    with Workers(spawned, rows) as workers:
        assert workers.submit(where, 5).result()[0] == rows[5].tolist(), "now it is sent"


def maps_here() -> tuple[int, list[str]]:
    maps = Path("/proc/self/maps").read_text().splitlines()
    return os.getpid(), [line for line in maps if "fastnet-" in line and "arrays" in line]


@pytest.mark.skipif(platform.system() != "Linux", reason="looks at /proc")
def test_a_worker_keeps_nothing_of_the_data_after_its_task():
    with pool_of("spawn", 1) as pool:
        for options in (OPTIONS, {**OPTIONS, "augment": "elastic"}):
            images = np.random.default_rng(0).integers(0, 256, (400, 8, 8), np.uint8)
            train_seeds(images, np.arange(400) % 3, 2, executor=pool, **options)
            with pytest.raises(ZeroDivisionError):
                train_seeds(
                    images, np.arange(400) % 3, 3, executor=pool, on_epoch=failing, **options
                )
            pid, maps = pool.submit(maps_here).result()
            assert pid != os.getpid() and maps == []


def test_a_folder_that_a_worker_does_not_see(spawned, tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        packing.read(str(tmp_path / "other"), "far")
    assert f"does not see the folder {tmp_path}/other of far; wanted TMPDIR" in str(caught.value)


def threads_here(shared: Any) -> int:
    return cores()


def test_a_task_has_one_core_unless_more_are_said(spawned):
    for threads, wanted in ((None, 1), (2, min(2, cores()))):
        with Workers(spawned, None, threads=threads) as workers:
            assert workers.submit(threads_here).result() == wanted
    for at_once in (1, 2, 5):
        with Workers(None, None, at_once) as workers:
            assert workers.submit(threads_here).result() == max(1, cores() // at_once)
    with ThreadPoolExecutor(1) as pool, Workers(pool, None) as workers:
        assert workers.submit(threads_here).result() == 1 and workers.is_here


def deforming(net: Any, record: Any) -> None:
    """Note the threads that deform images beside a run."""
    names = [thread.name for thread in threading.enumerate()]
    record["threads"] = sum(name.startswith("fastnet-deform") for name in names)


@pytest.mark.skipif(cores() == 1, reason="one core has no threads to spare")
def test_images_are_deformed_on_the_cores_of_the_task(spawned):
    images = np.random.default_rng(0).integers(0, 256, (400, 8, 8), np.uint8)
    options = {"hidden": (4,), "epochs": 2, "augment": "elastic", "on_epoch": deforming}
    for threads in (1, 2):  # the second helps where there is time for it
        options["threads"] = threads
        nets = train_seeds(images, np.arange(400) % 3, 2, executor=spawned, **options)
        assert max(record["threads"] for net in nets for record in net.history) <= threads - 1


# What is told ------------------------------------------------------------------------------------


def test_what_is_told_is_told_by_the_thread_that_asked(each):
    for executor in (None, each):
        threads, ready, progress = set(), [], []

        def on_net(net, threads=threads, ready=ready):
            threads.add(threading.current_thread())
            ready.append(net.seed)

        def on_progress(done, total, threads=threads, progress=progress):
            threads.add(threading.current_thread())
            progress.append((done, total))

        options = {**OPTIONS, "epochs": 1000, "target_accuracy": 0.3, "on_net": on_net}
        nets = train_seeds(X, Y, 4, executor=executor, **options, on_progress=on_progress)
        assert threads == {threading.current_thread()} and sorted(ready) == [0, 1, 2, 3]
        assert progress[-1] == (4 * 60_000, 4 * 60_000), "a run that has ended early is done too"
        assert all(one <= two for (one, _), (two, _) in pairwise(progress))
        assert [net.stopped for net in nets] == ["target"] * 4


def test_a_warning_of_many_workers_comes_once_and_says_whose(each):
    with pytest.warns(fastnet.LearningWarning) as given:
        train_seeds(X * 300, Y, 4, executor=each, **OPTIONS)
    there = [str(warning.message) for warning in given]
    assert len(there) == len({*there}) and given[0].filename == __file__
    with pytest.warns(fastnet.LearningWarning) as given:
        train_seeds(X * 300, Y, 4, threads=1, **OPTIONS)
    number = [text.partition(": ")[2] for text in map(str, [w.message for w in given])]
    assert sorted(text.partition(": ")[2] for text in there) == sorted(number)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")
def test_a_net_that_diverges_says_which(each):
    with pytest.raises(Diverged, match="learning rate 1e\\+30") as caught:
        train_seeds(X, X, 3, hidden=(), learning_rate=1e30, executor=each)
    assert caught.value.networks == [] and caught.value.network.is_finite()


def early(net: Any, record: Any) -> bool:
    """End the net of seed 1 at once; the others would go on for hours."""
    return net.seed == 1


def failing(net: Any, record: Any) -> None:
    if net.seed == 2:
        raise ZeroDivisionError("seed two")


def test_what_was_ready_is_kept_when_one_fails(each):
    with pytest.raises(ZeroDivisionError, match="seed two") as caught:
        train_seeds(X, Y, 30, executor=each, on_epoch=failing, **OPTIONS)
    kept = caught.value.networks
    assert 2 not in {net.seed for net in kept} and caught.value.network.seed == 2
    assert all(net.digest() == train(X, Y, seed=net.seed, **OPTIONS).digest() for net in kept)


@pytest.mark.skipif(os.name == "nt", reason="has no such signals")
def test_ctrl_c_ends_all_and_keeps_what_is_ready(each):
    def on_net(net):
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        train_seeds(X, Y, 5, hidden=(6,), epochs=LONG, on_epoch=early, on_net=on_net, executor=each)
    [net] = caught.value.networks
    assert net.digest() == train(X, Y, seed=1, hidden=(6,), epochs=LONG, on_epoch=early).digest()
    assert {net.seed for net in caught.value.unfinished} <= {0, 2, 3}
    assert all(net.is_finite() and net.stopped is None for net in caught.value.unfinished)
    # the workers are free again, though their runs would have taken hours
    same(each, X, Y, **OPTIONS)


def killed(net: Any, record: Any) -> None:
    if net.seed == 2:
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(os.name == "nt", reason="has no such signals")
@pytest.mark.parametrize("kind", ["fork", LOKY])
def test_a_dead_worker_is_reported_and_what_was_ready_is_kept(kind):
    with pool_of(kind) as pool, pytest.raises(BrokenExecutor) as caught:
        train_seeds(X, Y, 4, executor=pool, on_epoch=killed, **OPTIONS)
    assert "executor: " in str(caught.value) and "a worker died at a task" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    for net in caught.value.networks:
        assert net.digest() == train(X, Y, seed=net.seed, **OPTIONS).digest()
    if kind == "fork":
        with pytest.raises(BrokenExecutor, match=r"^executor: .* died at a task"):
            train_seeds(X, Y, 2, executor=pool, **OPTIONS)


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("executor", [2, "processes", ThreadPoolExecutor, Future(), True])
def test_what_is_no_executor(executor):
    with pytest.raises(TypeError, match=r"^executor: .*, wanted an Executor of concurrent.futures"):
        train_seeds(X, Y, 2, executor=executor, **OPTIONS)


def test_what_cannot_be_sent(spawned):
    with pytest.raises(TypeError, match=r"^executor: .*lambda.*; wanted what other processes can"):
        train_seeds(X, Y, 2, executor=spawned, on_epoch=lambda net, record: None, **OPTIONS)
    with pytest.raises(TypeError, match=r"^executor: .*lock"):
        Workers(spawned, threading.Lock())
    with Workers(spawned, None) as workers, pytest.raises(TypeError, match=r"^executor: .*lock"):
        workers.submit(seen, threading.Lock())


def test_loky_gets_functions_without_a_module():
    twice = []
    with pool_of("loky") as pool:  # which joblib would take for one of its own
        nets = train_seeds(
            X, Y, 2, executor=pool, on_epoch=lambda net, record: twice.append(1), **OPTIONS
        )
    assert nets[1].digest() == train(X, Y, seed=1, **OPTIONS).digest() and twice == []


def test_an_executor_that_is_shut_down():
    for kind in ("threads", "spawn"):
        with pool_of(kind) as pool:
            pass
        with pytest.raises(RuntimeError, match="after shutdown"):
            train_seeds(X, Y, 2, executor=pool, **OPTIONS)


@pytest.mark.skipif(os.name == "nt", reason="has no such limits")
def test_a_folder_that_has_no_room_for_the_data(spawned, tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OSError, match=r"executor: File too large in the folder of TMPDIR, /"):
            train_seeds(np.ones((1000, 5)), np.arange(1000) % 2, 2, executor=spawned, epochs=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def is_stopped(shared: Any) -> bool:
    return stopped()


def test_another_version_is_refused_with_both(spawned, monkeypatch):
    with Workers(spawned, None) as workers:
        assert workers.submit(is_stopped).result() is False
        monkeypatch.setattr("fastnet.training.executors.__version__", "0.1.9")
        said = rf"^executor: the worker \d+ of .* has fastnet {fastnet.__version__}, wanted 0.1.9$"
        with pytest.raises(RuntimeError, match=said):
            workers.submit(is_stopped).result()


@pytest.mark.heavy
def test_bytes_are_read_again_as_they_were():
    rng = np.random.default_rng(0)
    arrays = [
        rng.random((3, 4)).T, np.float32(3), np.array(5), np.zeros((0, 3)), np.array(["a", "bc"]),
        np.array([1, None, "x"], object), np.array(["2026-11-29"], "M8[D]"),
        np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]), rng.random(9)[::-2],
        np.ma.masked_less(rng.random(4), 0.5), np.arange(3, dtype=">i2"), np.array([True]),
        np.memmap, np.longdouble(1) / np.array([3]), b"", {"a": (1, [2])},
    ]  # fmt: skip
    rest, buffers = packing.packed(arrays, by_value=False)
    for one, two in zip(arrays, packing.unpacked(rest, buffers), strict=True):
        assert type(one) is type(two) and repr(one) == repr(two)
        if isinstance(one, np.ndarray):
            assert one.dtype == two.dtype and one.flags.fnc == two.flags.fnc
