"""Averages of the weights of a run, and the net that it came to."""

import pickle
from typing import Any

import numpy as np
import pytest

from fastnet import train
from fastnet.training.average import Average
from tests.helpers import samples
from tests.training.helpers import N, judge_of, start_of


@pytest.mark.parametrize("l2", [0.0, 3.0])
def test_an_average_is_the_mean_of_the_nets_it_names(l2):
    n = 40
    X, y = samples(n, 6), np.arange(n) % 3
    start = start_of((6, 5, 3), dtype="float64", classes=range(3))
    options: dict[str, Any] = {
        "init": start, "epochs": 3, "learning_rate": 0.1, "schedule": "constant", "l2": l2,
    }  # fmt: skip
    net = train(X, y, average=0.5, shuffle=False, **options)
    judge, nets, done = judge_of(start), [], 0
    for _ in range(3):
        for part in (slice(0, 16), slice(16, 32), slice(32, n)):
            judge.backpropagate(X[part], y[part], 0.1, l2)
            done += len(X[part])
            if done > 3 * n / 2:
                nets.append([w.copy() for w in judge.weights + judge.biases])
    assert len(nets) == 5
    for got, *want in zip(net.weights + net.biases, *nets, strict=True):
        np.testing.assert_allclose(got, np.mean(want, axis=0), rtol=1e-9, atol=1e-12)
    assert net.last is not None
    assert net.last.digest() == train(X, y, shuffle=False, **options).digest() != net.digest()
    assert net.last.history == net.history


def test_an_average_of_nothing_is_the_last_net():
    X, y = samples(N, 6), np.arange(N) % 3
    plain = train(X, y, epochs=4, schedule="constant")
    assert plain.last is None
    early = train(
        X, y, epochs=8, schedule="constant", average=0.5, on_epoch=lambda net, r: r["epoch"] == 3
    )  # fmt: skip
    reached = train(X, y, epochs=4, schedule="constant", average=1.0, target_accuracy=0.0)
    assert (early.stopped, early.last, early.digest()) == ("on_epoch", None, plain.digest())
    assert (reached.stopped, reached.last) == ("target", None)
    assert reached.digest() == train(X, y, epochs=1, schedule="constant").digest()
    assert train(X, y, epochs=0, average=0.5).last is None


@pytest.mark.parametrize(("n", "epochs"), [(4000, 2), (90, 200)], ids=["long", "short epochs"])
def test_an_average_is_of_about_a_hundred_nets(n, epochs, monkeypatch):
    moments: list[int] = []
    monkeypatch.setattr(Average, "add", lambda self, done, params: moments.append(done))
    monkeypatch.setattr(Average, "due", lambda self, done: done >= self.next)
    train(samples(n, 6), np.arange(n) % 3, epochs=epochs, average=0.5)
    assert min(moments) > n * epochs / 2
    monkeypatch.undo()
    counts: list[int] = []
    monkeypatch.setattr(Average, "mean", lambda self: counts.append(self.count))
    train(samples(n, 6), np.arange(n) % 3, epochs=epochs, average=0.5)
    assert 70 <= counts[0] <= 100


def test_copies_and_pickles_have_the_last_net_too():
    net = train(samples(N, 6), np.arange(N) % 3, epochs=1, average=1.0)
    for twin in (net.copy(), pickle.loads(pickle.dumps(net))):
        assert twin.last.digest() == net.last.digest() != twin.digest()
        twin.last.weights[0][:] = 0
    assert net.last.weights[0].any()
