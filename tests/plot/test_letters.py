"""Words in pictures: letters of any script, labels that differ, and lines that fit."""

import numpy as np
import pytest
from matplotlib import font_manager

from fastnet import Network, plot
from fastnet.apart import DOTS
from fastnet.plot import letters
from tests.plot.helpers import title

pytestmark = pytest.mark.compiled

MARK = letters.MARK
LABELS = [
    "猫", "狗", "قطة", "קוף", "เสือ", "भालू", "😀", "🚗", "❤️", "👩‍🚀",
    "Ͽ", "ß", "naïve", "x" * 50,
]


def taken_for_the_next(labels):
    """A net that takes each class for the next one, and its data."""
    net = Network.from_weights([4 * np.roll(np.eye(len(labels)), 1, axis=1)], [[0] * len(labels)],
                               classes=labels)  # fmt: skip
    return net, np.eye(len(labels)), np.array(net.classes)


def has(family, letter, weight="normal"):
    prop = font_manager.FontProperties(family=family, weight=weight)
    path = font_manager.findfont(prop)
    return font_manager.get_font(path).get_char_index(ord(letter)) > 0


def test_labels_of_any_script_are_drawn_without_a_warning():
    """Matplotlib warns of each letter that its font lacks, and warnings are errors here."""
    net, X, y = taken_for_the_next(LABELS)
    for ax in (plot.confusion_matrix(net, X, y), plot.mistakes(net, X, y),
               plot.roc(net, X, y, positive="猫"), plot.weights(net, shape=(1, 14))):  # fmt: skip
        ax.figure.draw_without_rendering()


def test_labels_in_letters_that_no_font_has_still_differ():
    seen = [letters.shown(c) for c in "\U000131f0\U000131f1\U00012000"]  # hieroglyphs, cuneiform
    if not any(map(letters._other_font, "\U000131f0\U000131f1\U00012000")):
        assert seen == ["\\U000131f0", "\\U000131f1", "\\U00012000"]
    assert len({*seen}) == 3
    assert letters.shown("❤\ufe0f") in ("❤", "❤\ufe0f")  # it only joins


def test_letters_come_from_another_font_that_is_installed():
    entries = [e for e in font_manager.fontManager.ttflist if e.name == "STIXGeneral"]
    own = font_manager.get_font(entries[0].fname).get_charmap()
    letter = next(c for c in map(chr, sorted(own)) if c.isalpha() and not has("sans-serif", c))
    assert letters.shown(letter) == letter
    net, X, y = taken_for_the_next([letter, "b"])
    ax = plot.confusion_matrix(net, X, y)
    families = ax.get_yticklabels()[list(net.classes).index(letter)].get_fontfamily()
    assert any(has(family, letter) for family in families)
    ax.figure.draw_without_rendering()


def test_a_title_is_bold_where_the_bold_font_has_its_letters():
    net, X, y = taken_for_the_next(["😀", "b"])  # which DejaVu Sans has, but not its bold form
    ax = plot.roc(net, X, y, positive="😀")
    assert ("😀" in title(ax)) == has("sans-serif", "😀")
    assert plot.roc(net, X, y, positive="b")._left_title.get_weight() == "bold"
    assert has("sans-serif", "😀", "bold") or ax._left_title.get_weight() == "normal"


def test_words_from_right_to_left_keep_their_place():
    assert letters.shown("قطة") == f"{MARK}قطة{MARK}"
    assert letters.shown("cat") == "cat"


def test_long_labels_that_would_look_alike_differ():
    rooms = [f"the temperature of room {k}, in kelvin" for k in range(12)]
    assert len({*map(letters.shown, rooms)}) == 1
    shown = letters.all_shown(["short", *rooms, rooms[3]])
    assert shown[0] == "short" and shown[4] == shown[-1] == f"{DOTS}3, in kelvin"
    assert len({*shown}) == 13
    assert letters.all_shown(["x" * 50, "x" * 60])[0] == DOTS


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_lines_fit(weight):
    text = "WWW iii W" * 5 + " " + "Ж" * 40
    for room in (0.1, 1, 100):
        made = letters.lines(text, room, 10, weight)
        assert "".join(made).replace(" ", "") == text.replace(" ", "")
        least = 6 * 10 / 72
        assert max(letters.width(line, 10, weight) for line in made) <= max(room, least)
    assert len(made) == 1
    assert letters.lines("", 3, 10) == []
