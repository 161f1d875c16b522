"""Weights of samples and classes: repeated rows, bit for bit, and parts of the rate."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from fastnet import LearningWarning, Network, reference, train, train_seeds
from tests.helpers import samples
from tests.people import classes, numbers, people, rows
from tests.training.checkpoints import Killed, after
from tests.training.helpers import WIDE, N, judge_of, roundings, start_of


def untimed(net: Network) -> list[dict[str, Any]]:
    """The history without what depends on the clock."""
    return [{k: v for k, v in record.items() if "second" not in k} for record in net.history]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("sizes", WIDE.values(), ids=WIDE)
def test_a_whole_weight_is_as_many_samples(sizes, sparse, shuffle):
    """Bit for bit, with 0 as absence: by the order, the rates, the blocks and the history."""
    X, y = samples(N, sizes[0]), np.arange(N) % 3
    X[N // 2 :] *= samples(N - N // 2, sizes[0], 1) > 1  # few non-zeros: another kind of block
    weights = np.where(np.arange(N) < N // 2, np.arange(N) % 2, np.arange(N) % 4)
    form = csr_array if sparse else np.asarray
    options: dict[str, Any] = {
        "init": train(X, y, hidden=sizes[1:], epochs=0),
        "epochs": 2,
        "shuffle": shuffle,
        "schedule": "linear",
        "warm_up": 0.1,
        "validation_data": (X, y),
        "learning_rate": 0.05,
    }
    weighted = train(form(X), y, sample_weight=weights, **options)
    repeated = train(form(X.repeat(weights, axis=0)), y.repeat(weights), **options)
    assert weighted.digest() == repeated.digest() and untimed(weighted) == untimed(repeated)
    assert weighted.history[0]["samples"] == weights.sum()
    assert weighted.digest() != train(form(X), y, **options).digest()


WAYS: dict[str, dict[str, Any]] = {
    "short epochs, together": {"epochs": 40},
    "one by one": {"epochs": 3, "on_epoch": lambda net, record: False},
    "l2, averaged, warmed up": {"l2": 2.0, "average": 0.5, "warm_up": 0.2},
    "early stopping": {"validation_data": (samples(20, 9), np.arange(20) % 3), "patience": 2},
    "by the weights of classes": {"class_weight": {0: 2, 2: 3}},
    "two threads": {"hidden": (130, 40), "threads": 2},
    "float64, constant": {"dtype": "float64", "schedule": "constant"},
}


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_whole_weights_are_repeated_rows_in_every_way_of_learning(way, shuffle):
    X, y = samples(N, 9), np.arange(N) % 3
    weights, options = np.arange(N) % 4, {"hidden": (7,), "epochs": 4, "seed": 5} | WAYS[way]
    options["shuffle"] = shuffle
    weighted = train(X, y, sample_weight=weights, **options)
    by_class = options.pop("class_weight", {})
    weights = weights * np.array([by_class.get(label, 1) for label in y])
    repeated = train(X.repeat(weights, axis=0), y.repeat(weights), **options)
    assert weighted.digest() == repeated.digest() and untimed(weighted) == untimed(repeated)


def test_repeated_rows_of_a_memory_map(tmp_path: Path):
    X, y, weights = samples(N, 9).astype("f4"), np.arange(N) % 3, np.arange(N) % 4
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    weighted = train(mapped, y, sample_weight=weights, epochs=2)
    repeated = train(X.repeat(weights, axis=0), y.repeat(weights), epochs=2)
    assert weighted.digest() == repeated.digest()


FRAME = people(150)
COUNTS = np.random.default_rng(3).integers(0, 4, 150)


AGAIN = np.repeat(np.arange(150), COUNTS)
FORMS: dict[str, Any] = {
    "frame": lambda frame: frame,
    "dicts": rows,
    "text": lambda frame: frame.astype(str).replace("nan", ""),
    "array": lambda frame: frame[["age", "pay"]].to_numpy(),
}


@pytest.mark.parametrize("more", [
    {}, {"shuffle": False, "epochs": 9}, {"average": 0.5, "l2": 1.0},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("target", [classes, numbers])
@pytest.mark.parametrize("form", FORMS)
def test_whole_weights_are_repeated_rows_of_tables(form, target, more):
    """The encoding and the units of y count them too: medians, quartiles and categories."""
    frame = FRAME.assign(job=FRAME.job.where(np.arange(150) > 2, "rare"))  # 3 rows, or more
    y, make = target(FRAME), FORMS[form]
    options: dict[str, Any] = {"hidden": (4,), "epochs": 3, "encode": "table", **more}
    weighted = train(make(frame), y, sample_weight=COUNTS, **options)
    repeated = train(make(frame.loc[AGAIN]), y[AGAIN], **options)
    assert weighted.encoding.digest() == repeated.encoding.digest()
    assert weighted.digest() == repeated.digest() and untimed(weighted) == untimed(repeated)
    assert train(make(frame), y, **options).encoding.digest() != weighted.encoding.digest()
    (seed,) = train_seeds(make(frame), y, 1, sample_weight=COUNTS, **options)
    assert seed.digest() == weighted.digest()


@pytest.mark.parametrize("target", [classes, numbers])
def test_whole_weights_are_repeated_rows_by_the_defaults_too(target):
    """Those that depend on the number of samples count them as often as they are learned."""
    y = target(FRAME)
    weighted, repeated = train(FRAME, y, sample_weight=COUNTS), train(FRAME.loc[AGAIN], y[AGAIN])
    assert weighted.digest() == repeated.digest() and untimed(weighted) == untimed(repeated)


def test_weights_of_classes_say_how_a_net_learns_not_how_often_rows_occur():
    """Else each name of a few rows of a rare class would be a category."""
    y = np.where(np.arange(150) < 5, "rare", "usual")
    frame = FRAME.assign(name=[f"name {k}" for k in range(150)])
    options: dict[str, Any] = {"hidden": (4,), "epochs": 1, "encode": "table"}
    with pytest.warns(LearningWarning, match="column 'name': 150 different words in 150 rows, an"):
        plain = train(frame, y, **options)
    for weights in ("balanced", {"rare": 50}, {"usual": 0.25}):
        with pytest.warns(LearningWarning, match="an ID"):
            net = train(frame, y, class_weight=weights, **options)
        assert net.encoding == plain.encoding and net.digest() != plain.digest()


def test_a_resumed_run_has_the_orders_of_its_weights(tmp_path: Path):
    X, y = samples(N, 9), np.arange(N) % 3
    options: dict[str, Any] = {
        "hidden": (5,), "epochs": 3, "sample_weight": np.linspace(0, 3, N), "verbose": False,
    }  # fmt: skip
    wanted = train(X, y, **options)
    own = {"checkpoint": tmp_path / "c.npz", "every": "1 sample", "resume": True}
    for chunks in (1, 2, 3):
        with pytest.raises(Killed):
            train(X, y, **options, **own, on_progress=after(chunks))
    net = train(X, y, **options, **own)
    assert net.digest() == wanted.digest() and untimed(net) == untimed(wanted)


@pytest.mark.parametrize("sizes", WIDE.values(), ids=WIDE)
def test_weight_0_is_absence_when_shuffled_and_held_out_too(sizes):
    X, y = samples(N, sizes[0]), np.arange(N) % 3
    X[::2] = np.where(X[::2] == 0, 1, X[::2])
    there = np.arange(N) % 2 == 1  # the sparser half
    options: dict[str, Any] = {
        "init": train(X, y, hidden=sizes[1:], epochs=0),
        "epochs": 2,
        "validation_fraction": 0.25,
        "class_weight": "balanced",
        "seed": 3,
    }
    weighted = train(X, y, sample_weight=there, **options)
    absent = train(X[there], y[there], **options)
    assert weighted.digest() == absent.digest()
    assert weighted.history[-1]["val_loss"] == absent.history[-1]["val_loss"]
    assert (
        train(X, y, sample_weight=np.ones(N), **options).digest() == train(X, y, **options).digest()
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_part_of_a_weight_is_a_part_of_the_rate(dtype):
    X, y = samples(N, 7).astype(dtype), np.arange(N) % 3
    weights = np.random.default_rng(5).uniform(0, 2.5, N)
    start = start_of((7, 5, 3), dtype=dtype, classes=range(3))
    options: dict[str, Any] = {"learning_rate": 1 / 16, "schedule": "linear", "epochs": 1}
    net = train(X, y, init=start, shuffle=False, sample_weight=weights, **options)
    judge, steps = judge_of(start), int(np.ceil(weights).sum())
    rates = iter(reference.linear_rates(1 / 16, steps))
    cost, hits = 0.0, 0
    for k, share in reference.repetitions(weights):
        told = judge.backpropagate(X[k, None], [y[k]], next(rates) * share)
        cost, hits = cost + told[0], hits + told[1]
    atol = roundings(net, steps)
    for own, wanted in zip(net.weights, judge.weights, strict=True):
        np.testing.assert_allclose(own, wanted, rtol=0, atol=atol)
    assert net.history[0]["loss"] == pytest.approx(cost / steps, abs=atol)
    assert net.history[0]["accuracy"] == hits / steps and net.history[0]["samples"] == steps
    assert net.history[0]["learning_rate"] == 1 / 16  # whatever the first weight


def test_balanced_classes_are_their_weights():
    X, y = samples(N, 6), (np.arange(N) % 4 == 0) * 1
    counts = np.bincount(y)
    options: dict[str, Any] = {"hidden": (5,), "epochs": 2}
    balanced = train(X, y, class_weight="balanced", **options)
    by_sample = train(X, y, sample_weight=(N / (2 * counts))[y], **options)
    by_label = train(X, y, class_weight={k: N / (2 * counts[k]) for k in (0, 1)}, **options)
    assert balanced.digest() == by_sample.digest() == by_label.digest()
    assert balanced.digest() != train(X, y, **options).digest()
