"""The importance of columns: what the score loses."""

import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet import Ensemble, Network, plot
from fastnet.plot import columns
from fastnet.plot.judged import judged
from tests.plot.helpers import below, refused, title

pytestmark = pytest.mark.compiled


def shown(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_a_column_that_the_net_does_not_use_has_no_importance():
    """The answer is whether the second of three numbers is above 0."""
    net = Network.from_weights([[[0, 0], [-1, 1], [0, 0]]], [[0, 0]])
    X = np.random.default_rng(0).normal(size=(200, 3))
    y = (X[:, 1] > 0).astype(int)
    ax = plot.importance(net, X, y)
    assert shown(ax) == ["column 1", "column 0", "column 2"]
    widths = [bar.get_width() for bar in ax.patches]
    assert widths[1:] == [0, 0]
    assert widths[0] == pytest.approx(0.5, abs=0.1)  # answers by chance: 5 times 200, 3 deviations
    assert title(ax).startswith("Without column 1, accuracy falls from 100.0% to ")


def test_a_table_is_encoded_once_with_the_same_result(owners, monkeypatch):
    net, X, y = owners
    with pytest.warns(fastnet.LearningWarning, match="'more'"):
        data = judged(net, X[X.columns[::-1]].assign(more=1), y)
    ready = columns.permuted(net, data.rows, data.y, 2, seed=5)
    monkeypatch.setattr(columns, "ROOM", 0)  # so that each shuffled table is encoded
    each = columns.permuted(net, data.rows, data.y, 2, seed=5)
    assert ready[0] == each[0] == [*X.columns[::-1]]
    assert np.array_equal(ready[1], each[1])
    assert ready[2] == each[2] == net.score(X, y)


def test_columns_of_a_table_have_their_names(incomes):
    net, X, y = incomes
    before = X.copy()
    ax = plot.importance(net, X, y, repeats=2)
    assert sorted(shown(ax)) == sorted(net.feature_names)
    assert f"R\N{NO-BREAK SPACE}squared falls from {net.score(X, y):.2f}".replace(
        "\N{NO-BREAK SPACE}", " "
    ) in title(ax)
    pd.testing.assert_frame_equal(X, before)
    again, other = (plot.importance(net, X, y, repeats=2, seed=s) for s in (0, 1))
    widths = [[bar.get_width() for bar in each.patches] for each in (ax, again, other)]
    assert widths[0] == widths[1] != widths[2]


def test_columns_that_the_net_does_not_know_are_left_aside(incomes):
    net, X, y = incomes
    with pytest.warns(match="not know|left aside|unknown"):
        ax = plot.importance(net, X.assign(extra=1), y, repeats=1)
    assert "extra" not in shown(ax)


def test_an_ensemble_and_few_rows(incomes):
    net, X, y = incomes
    both = Ensemble([net, net.copy()])
    ax = plot.importance(both, X, y, repeats=1, most=50, n=2)
    assert len(shown(ax)) == 2
    assert f"2 of {len(net.feature_names)} columns" in below(ax)
    assert "50 of 400 rows, drawn with seed 0" in below(ax)


def test_nothing_matters_to_a_constant_net():
    net = Network.from_weights([np.zeros((3, 2))], [[0, 1]])
    ax = plot.importance(net, np.eye(3), [0, 1, 1])
    assert title(ax) == "No column matters: accuracy is 66.7% whichever is shuffled"


def test_bad_data(net, digits, incomes):
    refused("784 columns without names, but importance wants a table; weights", plot.importance,
            net, *digits[1])  # fmt: skip
    refused("repeats: 0", plot.importance, *incomes, repeats=0)
    refused("samples that are encoded", plot.importance, incomes[0],
            incomes[0].samples(incomes[1]), incomes[2])  # fmt: skip
