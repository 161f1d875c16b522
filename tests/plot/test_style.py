"""The style: colours, themes, sizes, and that no state of pyplot and no display is needed."""

import itertools
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import fastnet
from fastnet import plot
from fastnet.plot import style
from tests.helpers import python
from tests.plot.helpers import refused, title

pytestmark = pytest.mark.compiled

# What people see who lack one kind of cone, of linear RGB (Machado et al., "A physiologically-based
# model for simulation of color vision deficiency", IEEE TVCG 15, 2009, severity 1.0).
BLIND = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
THEMES = pytest.mark.parametrize("name", style.THEMES)


def lab(linear):
    """CIELAB of linear sRGB."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(linear, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def seen(colour, matrix):
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return lab(np.array(matrix) @ linear)


@THEMES
def test_colours_stand_out_from_the_background(name):
    """WCAG 2.1 asks for 3:1 of lines, and for 4.5:1 of text."""
    theme = style.THEMES[name]
    for colour in theme.colours:
        assert style.contrast(colour, theme.ground) >= 3, colour
    for text in (theme.ink, theme.soft):
        assert style.contrast(text, theme.ground) >= 4.5


@THEMES
@pytest.mark.parametrize("kind", BLIND)
def test_the_colour_blind_can_tell_colours_apart(name, kind):
    """A difference of 10 in CIELAB is seen at a glance; the first two carry opposites: 40."""
    colours = [seen(colour, BLIND[kind]) for colour in style.THEMES[name].colours]
    for (i, one), (j, other) in itertools.combinations(enumerate(colours), 2):
        assert np.linalg.norm(one - other) > (40 if (i, j) == (0, 1) else 10), (i, j)


def test_the_theme_follows_the_background_unless_it_is_given(net):
    dark, light = (style.THEMES[name].ground for name in ("dark", "light"))

    def ground(**options):
        return mpl.colors.to_hex(plot.weights(net, **options).figure.get_facecolor())

    assert ground() == light
    assert ground(theme="dark") == dark
    with mpl.rc_context({"figure.facecolor": "black"}):
        assert ground() == dark
        assert ground(theme="light") == light


def test_an_ax_is_drawn_in_and_returned(net, digits):
    figure = Figure((8, 4), facecolor="#111111")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    assert plot.learning_curves(net, left) is left
    assert plot.confusion_matrix(net, *digits[1], ax=right) is right
    assert left.title.get_color() != style.THEMES["dark"].ink  # the middle one, which is empty
    assert left.yaxis.label.get_color() == style.THEMES["dark"].soft
    assert figure.get_facecolor()[:3] == to_rgb("#111111")


def test_a_notebook_shows_the_picture(net):
    assert plot.weights(net)._repr_png_().startswith(b"\x89PNG")


def test_text_grows_with_the_picture(net):
    fonts = [
        plot.learning_curves(net, size=size).xaxis.label.get_fontsize()
        for size in ((3.3, 2.5), (6.4, 4.4), (13, 7.5))
    ]
    assert np.round(fonts).tolist() == [8, 10, 14]


@pytest.mark.parametrize("size", [(3.3, 2.5), (13, 7.5)])
def test_all_text_lies_within_the_figure(net, digits, owners, incomes, size):
    for ax in (
        plot.learning_curves({"a long name of a run": net, "b": net}, size=size),
        plot.confusion_matrix(net, *digits[1], size=size),
        plot.mistakes(net, *digits[1], size=size),
        plot.mistakes(*owners, size=size),
        plot.residuals(*incomes, size=size),
        plot.weights(net, size=size),
        plot.activity(net, digits[1][0], size=size),
    ):
        figure = ax.figure
        figure.draw_without_rendering()
        box = figure.bbox.padded(1)
        for text in (*ax.texts, ax.xaxis.label, ax.yaxis.label):
            if text.get_text():
                extent = text.get_window_extent()
                inside = box.contains(extent.x0, extent.y0) and box.contains(extent.x1, extent.y1)
                assert inside, (title(ax), text.get_text())


def test_labels_at_the_ends_of_lines_keep_apart():
    moved = style._apart(np.array([5.0, 5.1, 4.9, 50.0]), 10, 100)
    assert np.diff(np.sort(moved)).min() > 10 - 1e-3
    assert np.argsort(moved).tolist() == [2, 0, 1, 3]
    assert moved[3] == 50
    for places in (np.full(9, 99.0), np.linspace(0, 1, 9)):  # at the top, at the bottom
        moved = style._apart(places, 10, 100)
        assert np.diff(np.sort(moved)).min() > 10 - 1e-3
        assert moved.min() >= 0 and moved.max() <= 100


def boxes(figure, texts):
    """Where texts are, in pixels."""
    figure.draw_without_rendering()
    return [text.get_window_extent() for text in texts if text.get_text()]


def overlapping(boxes):
    return [(a, b) for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)]


@pytest.mark.parametrize("size", [(3.3, 2.5), None])
def test_rows_of_text_do_not_overlap(blobs, size):
    _, X, y = blobs
    table = pd.DataFrame(X, columns=[f"a column with the long name {k}" for k in range(4)])
    wrong = np.roll(np.array(["the first of classes", "another class", "c"]), 1)[y]
    named = fastnet.train(table, wrong, hidden=(), epochs=1, encode="table")
    for ax in (
        plot.importance(named, table, wrong, repeats=1, size=size),
        plot.mistakes(named, table, np.roll(wrong, 1), n=100, size=size),
    ):
        labels = ax.get_yticklabels()
        assert len(labels) > 3
        assert not overlapping(boxes(ax.figure, labels))
        assert not overlapping(boxes(ax.figure, ax.texts))


@pytest.mark.parametrize("size", [(3.3, 2.5), (2, 2), None])
def test_titles_lie_within_the_figure(net, digits, size):
    X, y = digits[1]
    wide = {"W" * 30: net, "m" * 30: net}
    drawn = [plot.roc(net, X, y, positive=0, size=size)]
    if size != (2, 2):  # where such names have no room
        drawn.append(plot.learning_curves(wide, size=size))
    for ax in drawn:
        (box,) = boxes(ax.figure, [ax._left_title])
        assert box.x1 <= ax.figure.bbox.x1


def test_many_names_at_the_ends_of_lines(net):
    ax = plot.learning_curves({f"net {k}": net for k in range(25)})
    names = boxes(ax.figure, ax.texts)
    assert len(names) == 25
    assert max(box.y1 for box in names) < boxes(ax.figure, [ax._left_title])[0].y0


def test_a_transparent_figure_is_light(net):
    with mpl.rc_context({"figure.facecolor": "none"}):
        ax = plot.weights(net, ax=Figure().subplots())
    assert ax._left_title.get_color() == style.THEMES["light"].ink


def test_dollars_are_no_formulas_and_long_labels_are_cut():
    X, y = np.eye(4), np.array(["$1-$5", "\\alpha$", "x" * 99, "a\nb"])
    from fastnet import train

    net = train(X, y, hidden=(), epochs=1)
    ax = plot.confusion_matrix(net, X, y)
    assert [text.get_text() for text in ax.get_yticklabels()] == [
        "$1-$5", "\\alpha$", "a\\nb", "x" * 9 + "\N{HORIZONTAL ELLIPSIS}" + "x" * 4,
    ]  # fmt: skip
    ax.figure.draw_without_rendering()


@pytest.mark.parametrize("size", [3, (3,), "big", (0, 3), (3, np.nan), (1, 2, 3), (300, 2)])
def test_bad_sizes(net, size):
    refused("^size: ", plot.weights, net, size=size)


def test_bad_places_to_draw(net):
    refused("theme: 'blue', wanted one of light, dark", plot.weights, net, theme="blue")
    refused("ax: Figure, wanted", plot.weights, net, ax=Figure(), error=TypeError)
    refused("size: given, but so is ax", plot.weights, net, ax=Figure().subplots(), size=(3, 3))


def test_neither_pyplot_nor_a_display_is_needed():
    code = """
import sys
import fastnet
assert "matplotlib" not in sys.modules
from fastnet import plot
assert "matplotlib" not in sys.modules
net = fastnet.Network.initialise((64, 4), ["sigmoid"], classes=range(4))
plot.weights(net)._repr_png_()
assert "matplotlib.pyplot" not in sys.modules
"""
    python(code, DISPLAY="", MPLBACKEND="TkAgg")


def test_the_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(vars(plot), "roc", raising=False)
    refused(
        r"needs matplotlib: pip install 'fastnet-sgd\[plot\]'", lambda: plot.roc, error=ImportError
    )


def test_rc_params_stay(net, digits):
    before = dict(mpl.rcParams)
    plot.mistakes(net, *digits[1], theme="dark")
    assert dict(mpl.rcParams) == before
