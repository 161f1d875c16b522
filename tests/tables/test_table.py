"""Tables: rows and columns of them, and where these stood."""

import numpy as np
import pytest

import fastnet
from fastnet.tables.table import Numbers, Table, Words
from tests.tables.helpers import contents, listed

WORDS = Words(np.array([3, -1, 2, 3, 0], np.int32), list("abcdefghijkl"), is_text=False)
TABLE = Table(("n", "w"), (Numbers(np.arange(5.0)), WORDS), weights=np.arange(5) / 2, first=10)


@pytest.mark.parametrize(
    "key", [np.s_[1:4], np.s_[:0], [4, 0], np.array([True, False, True, True, False]), np.s_[::-1]]
)
def test_some_rows(key):
    rows = TABLE[key]
    places = np.arange(5)[key]
    assert listed(rows["n"]) == places.tolist()
    assert listed(rows["w"]) == [["d", None, "c", "d", "a"][k] for k in places]
    assert rows.weights.tolist() == (places / 2).tolist() and not rows["w"].is_text
    assert [rows.where(k) for k in range(len(rows))] == [f"row {10 + k}" for k in places]
    assert contents(rows[:1][:0]) == {"n": ("number", []), "w": ("words", [])}


def test_few_rows_keep_no_words_but_theirs():
    """So that a stream reads the words of a chunk once, not once for each of its parts."""
    many = Words(np.arange(1000, dtype=np.int32), [f"{k}" for k in range(1000)])
    assert len(many.rows(np.s_[500:510]).words) == 10
    assert many.rows(np.s_[:600]).words is many.words


@pytest.mark.parametrize("door", ["train", "predict", "partial_fit"])
def test_where_numbers_are_wanted_a_table_is_refused(door):
    table = Table(("a", "b"), (Numbers(np.arange(4.0)), Numbers(np.ones(4))))
    net, y = fastnet.train(np.eye(4, 2), [0, 1, 0, 1], epochs=1), [0, 1, 0, 1]
    doors = {
        "train": lambda: fastnet.train(table, y, encode="none"),
        "predict": lambda: net.predict(table),
        "partial_fit": lambda: net.partial_fit(table, y),
    }
    with pytest.raises(TypeError, match=r"^X: Table\(4 rows, columns a, b\), wanted numbers here;"):
        doors[door]()
