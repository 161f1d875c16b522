"""Tables in terminals: letters in any script, and tables that have no room."""

import pytest

from fastnet.cli import columns


@pytest.mark.parametrize(
    ("text", "n"),
    [("", 0), ("abc", 3), ("猫は", 4), ("é", 1), ("e\u0301", 1), ("\uff71", 1), ("\uff21", 2)],
)
def test_columns_of_text(text, n):
    assert columns.columns(text) == n
    assert columns.columns(columns.left(text, 6)) == columns.columns(columns.right(text, 6)) == 6
    assert columns.left(text, 6).startswith(text) and columns.right(text, 6).endswith(text)


@pytest.mark.parametrize("text", ["a long label", "猫はとても可愛い動物です", "e\u0301" * 20])
@pytest.mark.parametrize("most", [1, 4, 5, 9, 11])
def test_cut(text, most):
    short = columns.cut(text, most)
    assert most - 2 <= columns.columns(short) <= most
    assert most < 9 or (short[0] == text[0] and short[-1] == text[-1] and "..." in short)
    assert columns.cut(text, 40) == text


def test_labels_that_a_terminal_misreads():
    assert columns.printed("a\x1b[2Jb\n") == repr("a\x1b[2Jb\n")
    assert columns.printed("猫") == "猫" and columns.printed(7) == "7"


HEADS = ["class", "samples", "recall", "taken for"]
ROWS = [["a quite long label", "1,234", "99.00%", "猫 (3)"], ["b", "5", "1.00%", "-"]]


@pytest.mark.parametrize(("room", "shown"), [(80, 4), (40, 4), (30, 3), (24, 3), (20, 2), (5, 2)])
def test_a_table_fits(room, shown, monkeypatch):
    monkeypatch.setattr(columns, "width", lambda: room)
    lines = columns.table(HEADS, ROWS, words=(0, 3))
    assert len(lines) == 3 and [head in lines[0] for head in HEADS] == [k < shown for k in range(4)]
    assert max(map(columns.columns, lines)) <= max(room, 16)
    assert lines[1].startswith("a quite long label" if room >= 80 else "a ")
    end = lines[0].index("samples") + len("samples")
    assert lines[1][:end].endswith("1,234") and lines[2][:end].endswith(" 5"), "at the right"
    if shown == 4:
        assert lines[1].index("猫") == lines[0].index("taken for"), "at the left"


@pytest.mark.parametrize("most", [4, 6, 9, 16])
def test_words_that_are_cut_are_told_apart(most):
    words = ["short", *(f"a long beginning {k}{k + 1}{k} and a long end" for k in range(5))]
    words += [f"{words[1]}, and another {k}" for k in "xyz"]
    shown = columns.cut_apart([*words, words[2]], most)
    assert len({*shown}) == len(words) and shown[2] == shown[-1]
    assert max(map(len, shown)) <= most
    _, *rows = columns.table(["name", "n"], [[word, "1" * (80 - most)] for word in words], most)
    assert len({*rows}) == len(words)
