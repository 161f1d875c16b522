"""Learning curves: what the lines hold, of one net, of several, of seeds and of streams."""

import itertools
import math
import re

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

import fastnet
from fastnet import Network, plot
from tests.plot.helpers import below, refused, texts, title

pytestmark = pytest.mark.compiled


def lines(ax):
    return {line.get_label(): line.get_xydata() for line in ax.lines}


def column(net, key):
    return [record[key] for record in net.history]


def test_a_net_has_a_line_for_validation_and_one_for_training(net):
    ax = plot.learning_curves(net)
    drawn = lines(ax)
    assert drawn["accuracy"].tolist() == [[1, column(net, "accuracy")[0]],
                                          [2, column(net, "accuracy")[1]]]  # fmt: skip
    assert drawn["val_accuracy"][:, 1].tolist() == column(net, "val_accuracy")
    assert texts(ax) == ["validation", "training"]
    assert title(ax).startswith(f"Validation accuracy {net.history[-1]['val_accuracy']:.1%}")


def test_seeds_are_a_band(ensemble):
    ax = plot.learning_curves(ensemble)
    values = np.array([column(net, "val_accuracy") for net in ensemble])
    assert lines(ax)["val_accuracy"][:, 1] == pytest.approx(values.mean(axis=0))
    (band,) = [c for c in ax.collections if isinstance(c, PolyCollection)]
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == pytest.approx((values.min(), values.max()))
    assert "mean of 3 seeds" in below(ax)


def test_several_runs_have_their_names(net, ensemble):
    ax = plot.learning_curves({"one": net, "three": ensemble})
    assert texts(ax) == ["one", "three"]
    assert "dotted: training" in below(ax)
    both = plot.learning_curves([net, net])
    assert texts(both) == ["net 0", "net 1"]
    best = "one" if net.history[-1]["val_accuracy"] > np.mean(
        [n.history[-1]["val_accuracy"] for n in ensemble]
    ) else "three"  # fmt: skip
    assert title(ax).startswith(best)


def test_runs_are_compared_by_what_all_of_them_have(digits, net):
    unjudged = fastnet.train(*digits[0], hidden=(16,), epochs=1)
    ax = plot.learning_curves({"a": net, "b": unjudged})
    assert re.fullmatch(r"a ends best: training accuracy [\d.]+%", title(ax))


def test_histories_alone_are_enough(net):
    assert lines(plot.learning_curves(net.history)).keys() == {"accuracy", "val_accuracy"}
    assert lines(plot.learning_curves([dict(r) for r in net.history])).keys() == {
        "accuracy", "val_accuracy",
    }  # fmt: skip


def test_nets_of_other_losses_are_not_compared_by_loss(digits, net):
    other = fastnet.train(*digits[0], hidden=(8,), epochs=1, loss="cross-entropy")
    ax = plot.learning_curves([net, other], of="loss")
    assert title(ax) == "Losses of 2 runs, each with its own measure"


def test_streams_go_by_samples(digits):
    X, y = digits[0]
    examples = itertools.islice(zip(X, y, strict=True), 1500)
    net = fastnet.train_stream(examples, hidden=(8,))
    ax = plot.learning_curves(net)
    assert lines(ax)["accuracy"][:, 0].tolist() == np.cumsum(column(net, "samples")).tolist()
    assert below(ax) == "samples learned"
    short = fastnet.train_stream(itertools.islice(zip(X, y, strict=True), 300), hidden=(8,))
    assert lines(plot.learning_curves(short))["accuracy"][:, 0].tolist() == [100, 200, 300]


def test_a_regression_has_losses(incomes):
    ax = plot.learning_curves(incomes[0])
    assert ax.get_ylabel() == "loss"
    refused("numbers are never right", plot.learning_curves, incomes[0], of="accuracy")


def test_a_loss_that_falls_far_has_a_logarithmic_axis():
    history = [{"samples": 10, "loss": 10.0**-k, "accuracy": None} for k in range(4)]
    assert plot.learning_curves(history).get_yscale() == "log"
    assert plot.learning_curves(history[:2]).get_yscale() == "linear"


def test_a_run_that_diverged_says_so():
    losses = [1.0, 0.5, math.nan]
    history = [{"samples": 10, "loss": loss, "accuracy": None} for loss in losses]
    ax = plot.learning_curves(history)
    assert lines(ax)["loss"].tolist() == [[1, 1], [2, 0.5]]
    assert texts(ax) == ["training, diverged"]


def test_runs_of_other_lengths(ensemble):
    first = ensemble[0].copy()
    del first.history[1:]
    ax = plot.learning_curves(fastnet.Ensemble([first, ensemble[1]]))
    assert lines(ax)["val_accuracy"][1, 1] == ensemble[1].history[1]["val_accuracy"]


def test_one_epoch_is_a_dot(net):
    ax = plot.learning_curves(net.history[:1])
    assert {line.get_marker() for line in ax.lines} == {"o"}
    ax.figure.draw_without_rendering()
    assert [place for place in ax.get_xticks() if place % 1] == []


def test_ensembles_of_different_numbers_of_seeds(ensemble):
    fewer = fastnet.Ensemble(list(ensemble)[:2])
    ax = plot.learning_curves({"three": ensemble, "two": fewer})
    assert "mean of 2 to 3 seeds" in below(ax)


def test_bad_nets(net):
    fresh = Network.initialise((4, 2), ["sigmoid"])
    refused("no history, wanted nets with an epoch of fastnet.train", plot.learning_curves, fresh)
    refused("no history of 'new'", plot.learning_curves, {"old": net, "new": fresh})
    refused("none came", plot.learning_curves, [])
    refused("none came", plot.learning_curves, {})
    refused("net: int, wanted", plot.learning_curves, 3, error=TypeError)
    refused("of: 'speed', wanted one of accuracy, loss", plot.learning_curves, net, of="speed")
    bare = [{"samples": 3, "loss": None}]
    refused("no loss", plot.learning_curves, bare, of="loss")
