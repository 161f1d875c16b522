"""Why a run stops, and with which weights: by records of losses made up for it, and by runs."""

import math
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Network, schedules, train, train_seeds
from fastnet.model import chunks
from fastnet.training.rates import Rates
from fastnet.training.stopping import Plateau, Stopping
from tests.helpers import samples
from tests.training.helpers import N


def net(labels: bool = True) -> Network:
    classes = [0, 1] if labels else None
    output = "sigmoid" if labels else "identity"
    return Network.initialise((2, 2), [output], classes=classes)


def run(losses, accuracies=None, **options):
    """After how many epochs it stops, why, and which epoch's weights are left."""
    options = {"patience": None, "target_accuracy": None, "max_seconds": None} | options
    own = net()
    stop = Stopping(own, True, **options)
    reason = None
    for epoch, loss in enumerate(losses):
        own.weights[0][:] = epoch
        accuracy = accuracies[epoch] if accuracies else 0.0
        reason = stop.after({"accuracy": 1.0, "val_accuracy": accuracy, "val_loss": loss})
        if reason:
            break
    stop.restore()
    return epoch, reason, int(own.weights[0][0, 0])


@pytest.mark.parametrize(
    ("losses", "patience", "wanted"),
    [
        ([3, 2, 1], 1, (2, None, 2)),
        ([3, 2, 2, 1], 1, (2, "patience", 1)),  # equal is not better
        ([3, 2, 2.5, 1, 4, 4, 0], 2, (5, "patience", 3)),
        ([1, 2, 3, 4], 3, (3, "patience", 0)),
        ([3, 1, 2], 5, (2, None, 1)),  # the best are restored at any end
        ([math.inf, 5, math.nan, 6], 2, (3, "patience", 1)),
        ([math.inf, math.inf], 2, (1, "patience", 1)),  # none was good
    ],
)
def test_patience(losses, patience, wanted):
    assert run(losses, patience=patience) == wanted


def test_without_patience_the_last_weights_stay():
    assert run([1, 2, 3]) == (2, None, 2)


def test_the_target_is_of_what_is_never_learned():
    assert run([3, 2, 1, 0], [0.5, 0.89, 0.9, 1], target_accuracy=0.9) == (2, "target", 2)


def test_weights_that_reached_the_target_stay():
    assert run([1, 2, 3], [0.5, 0.6, 0.9], target_accuracy=0.9, patience=5) == (2, "target", 2)


def test_without_validation_the_target_is_of_what_is_learned():
    stop = Stopping(net(), False, None, 0.5, None)
    assert [stop.after({"accuracy": a}) for a in (0.49, 0.5)] == [None, "target"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patience": 0}, "patience: 0, wanted a whole number >= 1"),
        ({"patience": 1.5}, "patience: 1.5"),
        ({"target_accuracy": 1.5}, r"target_accuracy: 1.5, wanted a number in \[0, 1\]"),
        ({"target_accuracy": np.nan}, "target_accuracy: nan"),
        ({"max_seconds": -1}, "max_seconds: -1, wanted a number >= 0"),
        ({"max_seconds": np.inf}, "max_seconds: inf"),
        ({"max_seconds": "1 h"}, "max_seconds: '1 h'"),
    ],
)
def test_what_does_not_fit_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        train(np.eye(2), [0, 1], **options)


def test_a_regression_has_no_accuracy_to_aim_at():
    with pytest.raises(ValueError, match=r"target_accuracy: 0.9, but a regression has none"):
        Stopping(net(labels=False), True, None, 0.9, None)


def test_patience_wants_something_to_judge_by():
    with pytest.raises(ValueError, match="patience: 3, but there is nothing to judge by"):
        Stopping(net(), False, 3, None, None)


def test_patience_gives_the_best_weights_back():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2 * N, 6)), rng.integers(0, 2, 2 * N)  # nothing but noise
    options: dict[str, Any] = {"hidden": (20,), "learning_rate": 0.5, "schedule": "constant"}
    options["validation_data"] = rng.normal(size=(N, 6)), rng.integers(0, 2, N)
    net = train(X, y, epochs=50, patience=3, **options)
    losses = [record["val_loss"] for record in net.history]
    best = int(np.argmin(losses))
    assert net.stopped == "patience" and len(losses) == best + 4 < 50
    assert net.digest() == train(X, y, epochs=best + 1, **options).digest()


# The rate that falls at a plateau --------------------------------------------------------------

RNG = np.random.default_rng(5)
ROWS = RNG.normal(size=(1100, 3))
LABELS = ((ROWS[:, 0] * ROWS[:, 1] > 0) ^ (RNG.random(1100) < 0.15)).astype(int)  # and noise
X, Y, OTHERS = ROWS[:1000], LABELS[:1000], (ROWS[1000:], LABELS[1000:])
NOISY: dict[str, Any] = {
    "hidden": (5,), "activation": "tanh", "loss": "cross-entropy", "learning_rate": 0.02,
    "validation_data": OTHERS, "shuffle": False,
}  # fmt: skip


def best_of(records):
    return min(range(len(records)), key=lambda k: records[k]["val_loss"])


def stalled(records, patience):
    """The number of epochs after which the loss has not fallen for so many."""
    return next(k for k in range(1, 999) if best_of(records[:k]) == k - 1 - patience)


def rates_of(net):
    return [record["learning_rate"] for record in net.history]


@pytest.mark.parametrize(
    ("options", "wait"), [({}, 2), ({"l2": 0.001}, 2), ({"epochs": 500}, 3)], ids=str
)
def test_the_rate_falls_once_the_loss_does_no_more(options, wait):
    net = train(X, Y, patience=wait, **NOISY, **options)
    at, rates = stalled(net.history, wait), rates_of(net)
    led = at - wait  # epochs that led to the best weights
    assert led > 1 and net.stopped == "patience" and len(rates) == at + led
    np.testing.assert_allclose(rates[:at], 0.02, rtol=1e-6)
    np.testing.assert_allclose(rates[at:], 0.02 * (1 - np.arange(led) / led), rtol=1e-6)
    assert net.run is not None
    used = net.run["options"]
    assert (used["schedule"], used["average"]) == ("plateau", 0)
    assert used["epochs"] == options.get("epochs", 1000)


def test_it_falls_from_the_best_weights_and_the_last_ones_are_kept():
    net = train(X, Y, patience=2, **NOISY)
    led = stalled(net.history, 2) - 2
    best = train(X, Y, epochs=led, schedule="constant", **NOISY)
    again = {name: NOISY[name] for name in ("learning_rate", "validation_data", "shuffle")}
    wanted = train(X, Y, init=best, epochs=led, schedule="linear", **again)
    assert wanted.history[-1]["val_loss"] == net.history[-1]["val_loss"]
    assert net.digest() == wanted.digest()


def test_on_epoch_has_the_net_of_the_record_and_may_break_off_where_the_fall_begins(tmp_path):
    def on_epoch(net, record):
        digests.append(net.digest())
        if len(digests) == at:
            raise KeyboardInterrupt

    at, digests, path = 0, [], tmp_path / "run.npz"
    whole = train(X, Y, patience=2, on_epoch=on_epoch, **NOISY)
    assert len({*digests}) == len(digests), "the net is that of each epoch, not the best one"
    of_all, at, digests = digests, stalled(whole.history, 2), []
    with pytest.raises(KeyboardInterrupt):
        train(X, Y, patience=2, on_epoch=on_epoch, checkpoint=path, **NOISY)
    assert digests == of_all[:at] and fastnet.load(path).digest() == digests[-1]
    at = 0
    net = train(X, Y, patience=2, on_epoch=on_epoch, checkpoint=path, resume=True, **NOISY)
    assert net.digest() == whole.digest() and rates_of(net) == rates_of(whole)


def test_a_run_of_few_epochs_falls_in_its_second_half():
    """Each epoch is the best so far, so that there is no plateau."""
    y = (X[:, 0] > 0).astype(int)
    options = {"hidden": (), "validation_data": (X, y), "learning_rate": 0.01}
    for epochs, fall in ((1, 0), (2, 1), (8, 4), (9, 4)):
        net = train(X, y, epochs=epochs, patience=5, **options)
        assert stalled([*net.history, {"val_loss": np.inf}], 1) == epochs + 1
        wanted = [0.01] * (epochs - fall) + [0.01 * (1 - k / fall) for k in range(fall)]
        np.testing.assert_allclose(rates_of(net), wanted, rtol=1e-6)
        assert net.stopped == "epochs"


def test_patience_counts_epochs_of_a_thousand_samples_at_the_least():
    net = train(X[:150], Y[:150], patience=3, **NOISY | {"learning_rate": 0.1})
    at = 20 + best_of(net.history[:-20]) + 1  # 3,000 samples in epochs of 150
    assert np.float32(0.1) == rates_of(net)[at] > rates_of(net)[at + 1]


def test_patience_alone_holds_out_a_tenth():
    data = X[:150], (X[:150, 0] > 0).astype(int)
    options: dict[str, Any] = {"patience": 1, "hidden": (), "learning_rate": 0.1}
    net = train(*data, **options)
    assert net.run is not None and net.run["options"]["validation_fraction"] == 0.1
    assert net.history[0]["samples"] == 135 and "val_loss" in net.history[0]
    given = train(*data, epochs=1000, schedule="plateau", validation_fraction=0.1, **options)
    assert net.digest() == given.digest() and net.run["options"] == given.run["options"]
    (twin,) = train_seeds(*data, [0], **options)
    assert twin.digest() == net.digest()


def test_a_schedule_that_is_given_wins():
    net = train(X, Y, patience=2, schedule="constant", **NOISY)
    assert {*rates_of(net)} == {np.float32(0.02)}
    best = best_of(net.history)
    assert len(net.history) == best + 3
    again = train(X, Y, epochs=best + 1, schedule="constant", **NOISY)
    assert again.digest() == net.digest()


@pytest.mark.parametrize("at", [1, 7])
def test_a_plateau_that_is_broken_off_keeps_the_best_weights(at):
    """It is broken off before the rate falls, or while it does."""
    kept = []

    def on_epoch(net, record):
        kept.append(net.digest())
        return record["epoch"] == at

    net = train(X, Y, patience=2, on_epoch=on_epoch, **NOISY)
    assert (rates_of(net)[-1] < 0.0199) == (at == 7)
    assert net.stopped == "on_epoch" and len(kept) == at + 1
    assert net.digest() == kept[best_of(net.history)]


def test_weights_that_reach_the_target_in_the_fall_stay():
    """The target is reached in its last epoch, or before; the least loss does not count."""
    whole = train(X, Y, patience=2, **NOISY | {"learning_rate": 0.1, "hidden": (10,)})
    accuracies = [record["val_accuracy"] for record in whole.history]
    target = max(accuracies)
    first = accuracies.index(target)
    assert first >= stalled(whole.history, 2), "in the fall"
    kept = []
    net = train(
        X, Y, patience=2, target_accuracy=target,
        on_epoch=lambda net, _: kept.append(net.digest()),
        **NOISY | {"learning_rate": 0.1, "hidden": (10,)},
    )  # fmt: skip
    assert net.stopped == "target" and len(kept) == first + 1 and net.digest() == kept[-1]


def test_progress_ends_at_its_total():
    told: list[tuple[int, int]] = []
    net = train(X, Y, patience=2, on_progress=lambda *both: told.append(both), **NOISY)
    most, total = 1000 * 1000, 1000 * len(net.history)
    assert [*dict.fromkeys(each for _, each in told)] == [most, total]
    assert told[-1] == (total, total)


def test_a_loss_that_is_never_finite_ends_the_run():
    rates = Rates(0.1, schedules.constant, 0.0, 9000, np.dtype("float32"))
    stop = Plateau(rates, 1000, net(), 2, None, None)
    record = {"val_accuracy": 0.0, "val_loss": math.inf}
    assert [stop.after(record, 1000), stop.after(record, 2000)] == [None, "patience"]
    assert not rates.falls and stop.best is None


def test_a_run_ends_at_its_target():
    X, y = samples(N, 6), np.arange(N) % 2
    X[:, 0] += 4 * y
    net = train(X, y, epochs=200, target_accuracy=0.75, learning_rate=0.3)
    accuracies = [record["accuracy"] for record in net.history]
    assert net.stopped == "target" and len(accuracies) < 200
    assert accuracies[-1] >= 0.75 > max(accuracies[:-1])


def test_a_run_ends_in_time_in_the_midst_of_an_epoch(monkeypatch):
    monkeypatch.setattr(chunks, "SEEN", 1e-9)
    X, y = samples(200, 6), np.arange(200) % 3
    options: dict[str, Any] = {"hidden": (5,), "schedule": "constant", "shuffle": False}
    done = []
    net = train(
        X, y, epochs=3, max_seconds=0, validation_data=(X, y), **options,
        on_progress=lambda n, total: done.append((n, total)),
    )  # fmt: skip
    assert done == [(64, 600)] and net.stopped == "max_seconds"
    part = train(X[:64], y[:64], epochs=1, validation_data=(X, y), **options)
    assert net.digest() == part.digest()
    (record,), (other,) = net.history, part.history
    untimed = {"seconds": 0, "samples_per_second": 0}
    assert record | untimed == other | untimed and record["samples"] == 64


def test_a_run_that_is_through_was_not_stopped_by_the_clock():
    net = train(np.eye(2), [0, 1], epochs=1, max_seconds=0)
    assert net.stopped == "epochs" and net.history[0]["samples"] == 2
    assert train(np.eye(2), [0, 1], epochs=9, max_seconds=1e9).stopped == "epochs"


@pytest.mark.parametrize(
    ("answer", "rounds"), [(None, 5), (False, 5), (1, 5), (True, 2), (np.True_, 2)]
)
def test_on_epoch_may_stop_the_run(answer, rounds):
    def on_epoch(net, record):
        return answer if record["epoch"] == 1 else None

    net = train(np.eye(2), [0, 1], epochs=5, on_epoch=on_epoch)
    assert len(net.history) == rounds
    assert net.stopped == ("on_epoch" if rounds == 2 else "epochs")
    assert train(np.eye(2), [0, 1], epochs=1, init=net).stopped == "epochs"


def test_samples_a_second_are_of_the_seconds_told():
    for record in train(samples(30, 6), np.arange(30) % 3, epochs=2).history:
        assert record["samples"] == 30
        assert record["samples_per_second"] * record["seconds"] == pytest.approx(30)
