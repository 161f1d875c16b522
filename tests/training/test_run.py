"""Short epochs that are learned together; many steps of few samples."""

import contextlib
import time
import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import train
from fastnet.model.workspace import Workspace
from tests.functions import SWISH
from tests.helpers import COMPILED, samples
from tests.kernels.helpers import to_csr

EPOCHS = 40 if COMPILED else 3
KINDS = ["few inputs", "in blocks", "sparse, in blocks", "converted"]


@pytest.fixture
def calls(monkeypatch) -> list[int]:
    """How many samples each call of the kernel is given."""
    seen: list[int] = []
    run = Workspace.execute

    def counted(self, params, task):
        seen.append(len(task.order))
        return run(self, params, task)

    monkeypatch.setattr(Workspace, "execute", counted)
    return seen


def told(net: fastnet.Network) -> list[dict[str, Any]]:
    """The history, but for what the clock says."""
    times = {"seconds", "samples_per_second"}
    return [{k: v for k, v in record.items() if k not in times} for record in net.history]


def fades(progress):
    return 1 - progress / 2


OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "in the order given": {"shuffle": False, "schedule": "constant"},
    "weights": {"sample_weight": np.arange(23) % 4 * 0.75},
    "l2": {"l2": 0.01},
    "strong l2": {"l2": 3.0, "schedule": "1/t"},
    "average": {"average": 0.5},
    "the user's own": {"activation": SWISH, "schedule": fades},
    "float64": {"dtype": "float64", "warm_up": 0.3, "schedule": "exponential"},
    "limits that are not met": {"max_seconds": 1e6, "threads": 2},
}


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # labels by chance
@pytest.mark.parametrize("kind", KINDS if COMPILED else KINDS[:1])
@pytest.mark.parametrize("name", OPTIONS)
def test_short_epochs_have_the_same_bits_one_by_one_and_together(name, kind, calls):
    X: Any = samples(23, 6 if kind == "few inputs" else 300, seed=1)
    hidden = (5, 4) if kind == "few inputs" else (90,)
    X = to_csr(X * (np.arange(X.size).reshape(X.shape) % 3 == 0)) if "sparse" in kind else X
    X = X.astype(np.float16) if kind == "converted" else X
    y = np.arange(23) % 3
    options = {"hidden": hidden, "epochs": EPOCHS, "learning_rate": 0.05, **OPTIONS[name]}
    together = train(X, y, **options)
    if COMPILED and not {"threads", "average"} & options.keys():
        assert max(calls) > 30 and len(calls) < EPOCHS
    del calls[:]
    one_by_one = train(X, y, on_epoch=lambda net, record: None, **options)
    assert max(calls) <= 60 and len(calls) >= EPOCHS
    assert together.digest() == one_by_one.digest()
    assert told(together) == told(one_by_one)
    assert together.stopped == one_by_one.stopped == "epochs"
    last = [net.last and net.last.digest() for net in (together, one_by_one)]
    assert last[0] == last[1] and (last[0] is not None) == (name == "average")


@pytest.mark.parametrize("kind", ["regression", "several labels"])
def test_targets_of_every_kind(kind, calls):
    X = samples(20, 5)
    y = X[:, :2] * 0.3 if kind == "regression" else (X[:, :2] > 0) * 1.0
    loss = "quadratic" if kind == "regression" else "cross-entropy"
    options: dict[str, Any] = {"hidden": (4,), "epochs": EPOCHS, "loss": loss}
    together = train(X, y, **options)
    if COMPILED:
        assert len(calls) < EPOCHS
    assert told(together) == told(train(X, y, on_epoch=lambda net, record: None, **options))


@pytest.mark.parametrize("hidden", [(6,), ()], ids=str)
def test_a_run_that_diverges_is_told_of_at_the_same_epoch(hidden):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 4))
    y = X @ np.arange(1.0, 5)
    options: dict[str, Any] = {"hidden": hidden, "activation": "identity", "epochs": 500}
    options |= {"learning_rate": 0.001, "schedule": lambda p: np.where(p < 0.6, 1.0, 3000.0)}
    seen = []
    for more in ({}, {"on_epoch": lambda net, record: None}):
        with pytest.raises(fastnet.Diverged) as caught, warnings.catch_warnings():
            warnings.simplefilter("ignore", fastnet.LearningWarning)
            train(X, y, **options, **more)
        net = caught.value.network
        assert net.is_finite()
        seen.append((str(caught.value), net.digest(), told(net)))
    assert seen[0] == seen[1]
    assert len(seen[0][2]) >= 300


def test_a_schedule_that_raises_loses_nothing():
    X, y = samples(16, 5), np.arange(16) % 2

    def breaks(progress):
        if len(progress) < 800 and (progress > 0.7).any():  # not when it is tried before the run
            raise ZeroDivisionError("0.7 is passed")
        return 1 - progress

    with pytest.raises(ZeroDivisionError) as caught:
        train(X, y, hidden=(3,), epochs=50, schedule=breaks)
    net = caught.value.network  # type: ignore[attr-defined]
    assert len(net.history) == 35
    assert net.digest() != train(X, y, hidden=(3,), epochs=0).digest()


@pytest.mark.parametrize("every", ["1 second", "48 samples", "1 epoch", "7 epochs"])
def test_a_checkpoint_of_short_epochs_goes_on_to_the_same_bits(every, tmp_path):
    X, y = samples(16, 5), np.arange(16) % 2
    options: dict[str, Any] = {"hidden": (3,), "epochs": 60, "l2": 0.01}
    path = tmp_path / "run.npz"
    wanted = train(X, y, **options)

    def breaks(net, record):
        if record["epoch"] == 37:
            raise KeyboardInterrupt

    saved = {"checkpoint": path, "every": every}
    with pytest.raises(KeyboardInterrupt):
        train(X, y, on_epoch=breaks, **options, **saved)
    net = train(X, y, resume=True, **options, **saved)
    assert net.digest() == wanted.digest() and told(net) == told(wanted)
    assert len(fastnet.load(path).history) == 60


MORE = [{"every": "16 samples"}, {"average": 0.7}, {"patience": 1}]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("more", MORE, ids=str)
def test_a_run_that_ends_within_an_epoch_goes_on_to_the_same_bits(more, error, tmp_path):
    """With l2: the weights of the net are whole then, those of the checkpoint not yet."""
    X, y = samples(48, 5), np.arange(48) % 2
    options: dict[str, Any] = {"hidden": (3,), "epochs": 4, "l2": 0.3}
    every = {"every": "1 epoch"} | {name: more[name] for name in more if name == "every"}
    options |= {name: more[name] for name in more if name != "every"}
    wanted = train(X, y, **options)
    for part in range(1, 12):
        path, calls = tmp_path / f"{part}.npz", []

        def breaks(done, total, part=part, calls=calls):
            calls.append(done)
            if len(calls) == part:
                raise error

        with contextlib.suppress(error):
            train(X, y, checkpoint=path, on_progress=breaks, **options, **every)
        net = train(X, y, checkpoint=path, resume=True, **options, **every)
        assert net.digest() == wanted.digest() and told(net) == told(wanted)


def test_a_net_that_a_run_leaves_within_an_epoch_has_its_l2():
    """The error's net has the weights of as many steps, learned one by one."""
    X, y = samples(200, 5), np.arange(200) % 2
    options: dict[str, Any] = {"hidden": (), "epochs": 1, "l2": 0.3, "learning_rate": 0.1}
    options |= {"schedule": "constant", "shuffle": False, "dtype": "float64"}

    def breaks(done, total):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        train(X, y, on_progress=breaks, **options)
    net = caught.value.network  # type: ignore[attr-defined]
    wanted = train(X[:64], y[:64], **options)
    np.testing.assert_allclose(net.weights[0], wanted.weights[0], rtol=1e-12)


@pytest.mark.skipif(not COMPILED, reason="of epochs that take a microsecond")
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")
def test_the_clock_counts_all_that_a_short_epoch_takes():
    """Its few samples take less time in the kernel than its record does.

    A clock that counted the kernel alone would let the kernel take all of the time.
    """
    X, y = samples(3, 5), np.arange(3) % 2
    net = train(X, y, hidden=(3,), epochs=10**6, learning_rate=1e-3, max_seconds=0.3)
    assert net.stopped == "max_seconds"
    assert sum(record["seconds"] for record in net.history) < 0.3


# Weights that make many steps -----------------------------------------------------------------


@pytest.mark.compiled
def test_large_weights_take_little_memory_and_the_clock_is_looked_at():
    X, y = samples(10, 4), np.arange(10) % 2
    train(X, y, hidden=(3,), epochs=1)
    tracemalloc.start()
    with pytest.warns(fastnet.LearningWarning, match="divide the weights by their mean"):
        net = train(X, y, hidden=(3,), epochs=1, sample_weight=np.full(10, 2e6), max_seconds=0.3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert net.stopped == "max_seconds"
    assert 0 < net.history[0]["samples"] < 2 * 10**7
    assert peak < 100 << 20


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # labels by chance
@pytest.mark.skipif(not COMPILED, reason="a pass takes longer than the callback")
@pytest.mark.parametrize("threads", [1, "auto"])
def test_parts_are_as_long_as_ever_where_a_callback_is_slow(threads):
    done = []

    def slow(samples: int, total: int) -> None:
        done.append(samples)
        time.sleep(0.15)

    y = np.arange(4096) % 3
    train(samples(4096, 64), y, hidden=(70,), epochs=2, threads=threads, on_progress=slow)
    assert done[-1] == 2 * 4096
    assert len(done) < 20  # they were 470: each pause made the next part shorter
