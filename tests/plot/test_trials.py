"""The picture of a sweep: every trial by every option, the best one marked."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import fastnet
from fastnet import plot
from fastnet.plot import trials
from fastnet.plot.style import THEMES
from tests.plot.helpers import below, refused, texts, title

pytestmark = pytest.mark.compiled
SPACE = {"learning_rate": (0.003, 0.3), "hidden": [(4,), (6, 3)], "epochs": (1, 4)}
MARK = THEMES["light"].colours[1]


@pytest.fixture(scope="module")
def few(digits):
    (X, y), _ = digits
    return X[:400], y[:400]


def swept(data, space=SPACE, **more):
    options = {"trials": 12, "threads": 1, "activation": "relu", "prune": False, "epochs": 2}
    options = {name: value for name, value in options.items() if name not in space}
    return fastnet.sweep(*data, space, **options | more)


@pytest.fixture(scope="module")
def found(few):
    return swept(few, seeds=2)


def complete(result):
    return [trial for trial in result.trials if trial["state"] == "complete"]


def dots(ax):
    """For each option the places of all trials, and that of the best."""
    all_of = [np.asarray(c.get_offsets()) for c in ax.collections if isinstance(c, PathCollection)]
    return list(zip(all_of[::2], all_of[1::2], strict=True))


def heads(ax):
    """The options, in their order, and the labels of each."""
    labels = [(label.get_text(), label) for label in ax.get_yticklabels()]
    made = {}
    for text, label in labels:
        if text in SPACE:
            made[text] = []
        else:
            made[[*made][-1]].append((text, to_hex(label.get_color())))
    return made


def test_each_option_shows_the_value_of_each_trial_and_rings_the_best(found):
    ax = plot.sweep(found)
    values = [trial["value"] for trial in complete(found)]
    assert len(dots(ax)) == len(SPACE)
    for each, best in dots(ax):
        assert each[:, 0] == pytest.approx(values)
        assert best[0].tolist() in each.tolist()
        assert best[0, 0] == pytest.approx(found.score)
    assert f"{found.score:.2%}" in title(ax) and f"best of {len(found.trials)} trials" in title(ax)
    assert f"trial {found.ranked[0]['number']};" in below(ax)
    assert "validation accuracy" in below(ax)


def test_a_range_is_an_axis_and_choices_are_rows(found):
    ax = plot.sweep(found)
    names, rates = heads(ax), [trial["options"]["learning_rate"] for trial in complete(found)]
    each = dots(ax)[[*names].index("learning_rate")][0][:, 1]
    down = np.polyfit(np.log(rates), each, 1)
    assert each == pytest.approx(np.polyval(down, np.log(rates))) and down[0] < 0  # up: y falls
    shown = dict(names["hidden"])
    assert shown.keys() == {"4", "6,3"}
    best = ",".join(map(str, found.best["hidden"]))
    assert shown.pop(best) == MARK and MARK not in shown.values()
    assert f"{found.best['learning_rate']:.4g}" in texts(ax)
    assert [text for text, _ in names["epochs"]] == ["1", "2", "3", "4"]


def test_what_is_shaded_is_within_a_deviation_of_the_best(found):
    deviation = found.ranked[0]["deviation"]
    (band,) = plot.sweep(found).patches
    ends = band.get_extents().transformed(band.axes.transData.inverted())
    assert (ends.x0, ends.x1) == pytest.approx((found.score - deviation, found.score + deviation))
    assert "shaded: within its standard deviation" in below(band.axes)


def test_one_net_a_trial_has_no_deviation(few):
    ax = plot.sweep(swept(few, {"l2": [0, 1e-4]}, sampler="grid", trials=None))
    assert not ax.patches and "shaded" not in below(ax)


def test_trials_without_a_value_are_counted(few):
    space = {"learning_rate": [0.1, 1e30], "hidden": [(4,), (5,)]}
    ax = plot.sweep(swept(few, space, sampler="grid", trials=None, activation="identity"))
    assert "2 failed" in below(ax) and len(dots(ax)[0][0]) == 2


def test_a_few_bad_trials_do_not_squeeze_the_others():
    values = np.array([0.1, *np.linspace(0.9, 0.97, 20)])
    ax = Figure().subplots()
    assert trials.limits(ax, values, 20, 1) == 1
    low, high = ax.get_xlim()
    assert 0.8 < low < 0.9 and 0.97 < high < 1
    assert trials.limits(ax, -values, 20, -1) == 1
    assert ax.get_xlim() == pytest.approx((-high, -low))


def test_options_that_matter_come_first():
    rng = np.random.default_rng(0)
    groups = np.arange(60) % 3
    assert trials.explained(groups, groups + 0.1 * rng.random(60)) > 0.8
    by_chance = [trials.explained(groups, rng.random(60)) for _ in range(200)]
    assert abs(np.mean(by_chance)) < 4 * np.std(by_chance) / np.sqrt(200)
    assert trials.explained(np.zeros(60), groups) == 0


def test_a_loss_is_best_where_it_is_least(few):
    result = swept(few, metric="loss", trials=6)
    ax = plot.sweep(result)
    least = min(trial["value"] for trial in complete(result))
    assert dots(ax)[0][1][0, 0] == least and f"{least:.4g}" in title(ax)


def test_a_small_picture_shows_what_it_has_room_for(found):
    ax = plot.sweep(found, size=(3.3, 1.6), theme="dark")
    assert 0 < len(dots(ax)) < len(SPACE) and "not shown" in below(ax)
    figure = Figure((6, 5))
    assert plot.sweep(found, figure.subplots()).figure is figure


def test_what_is_no_sweep_is_refused(found, net):
    refused("result: Network, wanted what fastnet.sweep returns", plot.sweep, net, error=TypeError)
