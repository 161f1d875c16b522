"""A run is made ready, checked and recorded before it learns, and learns what train() does."""

import numpy as np
import pytest

import fastnet
from fastnet.options import NetOptions, Options
from fastnet.training.defaults import PLAIN
from fastnet.training.prepare import new_net, prepare, with_own
from tests.helpers import samples

X, Y = samples(60, 5), np.arange(60) % 3


def never(*_: object) -> None:
    raise AssertionError("something was learned")


@pytest.mark.parametrize(
    "given",
    [{}, {"validation_fraction": 0.2, "patience": 9}, {"average": 0.5, "l2": 0.01},
     {"validation_data": (X[:9], Y[:9].tolist())}, {"class_weight": {1: 2.5}, "schedule": "1/t"},
     {"loss": "cross-entropy", "activation": "relu", "dtype": "float64", "seed": 5}],
    ids=lambda given: ",".join(given),
)  # fmt: skip
def test_what_is_prepared_learns_as_train_does(given):
    given = {"hidden": (7,), "epochs": 6, **given}
    run = prepare(X, Y, Options.of(given))
    net = run.net
    assert net.history == [] and net.stopped is None
    assert net.digest() == fastnet.train(X, Y, **{**given, "epochs": 0}).digest()
    trained = fastnet.train(X, Y, **given)
    assert net.run is None and run.record.complete() == trained.run
    assert run.learn() is net
    assert net.digest() == trained.digest() and net.stopped == trained.stopped
    assert [r["loss"] for r in net.history] == [r["loss"] for r in trained.history]


def test_preparing_learns_nothing_and_writes_nothing(tmp_path):
    path = tmp_path / "run.npz"
    given = Options(checkpoint=path, hidden=(4,), epochs=3, on_progress=never, on_epoch=never)
    run = prepare(X, Y, given)
    assert not path.exists()
    with pytest.raises(AssertionError, match="something was learned") as caught:
        run.learn()
    assert caught.value.network is run.net  # type: ignore[attr-defined]
    assert path.exists()


def test_a_net_that_goes_on_is_copied_and_its_options_are_its_own():
    net = fastnet.train(X, Y, hidden=(4,), activation="tanh", dtype="float64", epochs=2)
    before = net.digest()
    run = prepare(X, Y, Options(init=net, epochs=2))
    options = run.options
    assert (options.hidden, options.activation) == ((4,), ("tanh", "sigmoid"))
    assert (options.loss, options.dtype) == ("quadratic", np.float64)
    run.learn()
    assert net.digest() == before != run.net.digest()


def test_only_what_a_net_has_may_be_given_with_it():
    net = fastnet.train(X, Y, hidden=(4,), activation="tanh", epochs=0)
    same = {"hidden": [4], "activation": "tanh", "loss": "quadratic", "dtype": np.float32}
    for name, value in same.items():
        with_own(NetOptions(init=net, **{name: value}))
    other = {"hidden": (5,), "activation": "relu", "loss": "cross-entropy", "dtype": "float64"}
    for name, value in {**other, "start": "he"}.items():
        with pytest.raises(ValueError, match=rf"^{name}: .*, but init has "):
            with_own(NetOptions(init=net, **{name: value}))
        with pytest.raises(ValueError, match=rf"^{name}: .*, but init has "):
            fastnet.train_stream([(X[0], 0)], init=net, **{name: value})
    with pytest.raises(TypeError, match=r"^init: str, wanted a Network$"):
        with_own(NetOptions(init="net"))


def test_a_new_net_is_what_the_options_ask_for():
    options = NetOptions(hidden=(6, 4), activation="relu", loss="cross-entropy", seed=3)
    net = new_net(options, PLAIN, 5, 3, np.arange(3))
    assert net.sizes == (5, 6, 4, 3) and net.activations == ("relu", "relu", "softmax")
    same = fastnet.Network.initialise(
        (5, 6, 4, 3), ("relu", "relu", "softmax"), "cross-entropy", seed=3, classes=[0, 1, 2]
    )
    assert net.digest() == same.digest()
