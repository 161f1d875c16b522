"""PyArrow and Python's csv split a text alike, in whatever blocks it comes."""

import hashlib
import sys

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from fastnet.sources import csv_arrow, csv_text
from fastnet.sources.reading import Reading
from fastnet.sources.sniff import sniffed
from fastnet.sources.words import Texts, compact, joined, words_of
from fastnet.tables import Encoding
from fastnet.tables.table import Words
from tests.sources.helpers import read_text

SETTINGS = hypothesis.settings(
    max_examples=200, deadline=None, database=None, derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)  # fmt: skip
SAID = Reading(header=True, delimiter=",")


def table(data, size, monkeypatch, arrow):
    """Read bytes in blocks of so many; return the table, and whether PyArrow has split them all."""
    alone, split = [], csv_arrow.columns

    def columns(block, form):
        found = split(block, form) if arrow else None
        alone.append(found is not None or not len(block.starts))
        return found

    form, rows, line = sniffed(data, SAID, final=True)
    with monkeypatch.context() as patch:
        patch.setattr(csv_arrow, "columns", columns)
        blocks = [rows[k : k + size] for k in range(0, len(rows), size)]
        return joined(list(csv_text.rows_in(blocks, form, line))), all(alone)


def digest(found):
    """A digest of all that a table holds: names, words, codes, places."""
    of = hashlib.sha256(repr((found.names, found.named)).encode())
    for column in found.columns:
        assert isinstance(column, Words) and column.codes.dtype == np.int32
        of.update(repr((list(column.words), column.codes.tolist(), column.decimal)).encode())
    of.update(repr(found.places.tolist()).encode())
    return of.hexdigest()


FIELDS = st.one_of(
    st.text(st.sampled_from('ab,;"\n \t#é😀1.5'), max_size=6), st.sampled_from(["", " ", "0", "NA"])
)


@st.composite
def files(draw):
    """A text of CSV with the fields in it; quoted if they must be, or if that is drawn."""
    n = draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(FIELDS, min_size=n, max_size=n), min_size=1, max_size=12))
    quote = draw(st.booleans())

    def written(field):
        must = any(c in field for c in ',"\n') or field.strip() != field
        return '"' + field.replace('"', '""') + '"' if quote or must else field

    rows[:0] = [["x"] * n] * 2  # no line of units
    lines = [",".join(f"c{k}" for k in range(n))]
    lines += [",".join(map(written, row)) for row in rows]
    return "\n".join(lines) + draw(st.sampled_from(["", "\n"])), rows


@SETTINGS
@hypothesis.given(file=files(), size=st.sampled_from([1, 3, 10, 64, 1 << 20]))
def test_both_give_what_was_written(file, size, monkeypatch):
    data, rows = file
    comments = any(row[0].startswith("#") for row in rows)  # which may be no rows
    whole, _ = table(data.encode(), 1 << 20, monkeypatch, arrow=False)
    for arrow in (True, False):
        found, _ = table(data.encode(), size, monkeypatch, arrow)
        assert digest(found) == digest(whole)
    if not comments:
        wanted = [[field.strip() for field in row] for row in rows]
        got = zip(*([c.words[k] for k in c.codes] for c in whole.columns), strict=True)
        assert [list(row) for row in got] == wanted


@SETTINGS
@hypothesis.given(
    data=st.text(st.sampled_from('a1,"\n #'), max_size=60), size=st.sampled_from([4, 1 << 20])
)
def test_both_give_the_same_of_any_text(data, size, monkeypatch):
    """Stray quotes, comments, rows of other lengths: the same table, or the same error."""
    found = []
    for arrow, blocks in [(True, size), (False, size), (False, 1 << 20)]:
        try:
            found.append(digest(table(b"a,b\n" + data.encode(), blocks, monkeypatch, arrow)[0]))
        except ValueError as error:
            found.append(str(error))
    assert found[0] == found[1] == found[2]


def mixed(rows, rng):
    """A text of numbers, words with commas, quotes and line ends, and gaps."""
    words = ["red", "blue, light", 'the "odd"', "", "two\nlines", "Ärger"]
    lines = ["x,y,word,flag"]
    for _ in range(rows):
        word = words[rng.integers(len(words))].replace('"', '""')
        lines.append(f'{rng.normal():.6g},{rng.integers(50)},"{word}",{rng.integers(2) == 1}')
    return "\n".join(lines).encode()


def test_encodings_are_the_same(tmp_path, monkeypatch):
    """PyArrow splits all blocks by itself, and each digest is that of Python's csv."""
    data = mixed(3000, np.random.default_rng(0))
    found, alone = table(data, 1 << 12, monkeypatch, arrow=True)
    other, _ = table(data, 1 << 20, monkeypatch, arrow=False)
    assert alone and digest(found) == digest(other)
    one, two = Encoding.fit(found), Encoding.fit(other)
    assert one.digest() == two.digest()
    X, Z = (e.samples(t, np.dtype("f4")) for e, t in [(one, found), (two, other)])
    assert np.array_equal(X.rows.toarray(), Z.rows.toarray())


def test_a_file_is_read_without_pyarrow(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_bytes(mixed(100, np.random.default_rng(1)))
    found = read_text(tmp_path / "t.csv", Reading())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert digest(read_text(tmp_path / "t.csv", Reading())) == digest(found)


# Words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 1, 2, 5000])
def test_many_words_are_a_sequence_as_a_list_is(n):
    words = [f"w{k}é" * (k % 3) for k in range(n)]
    packed = Texts(words)
    assert list(packed) == words and len(packed) == n and packed[:3] == words[:3]
    assert [packed[k] for k in range(-n, n)] == [words[k] for k in range(-n, n)]
    with pytest.raises(IndexError):
        packed[n]
    assert type(compact(words)) is (list if n <= 1000 else Texts)


def test_columns_are_joined_by_their_words():
    fields = [f" {k % 1700} " for k in range(6000)]
    whole = words_of(fields)
    parts = [words_of(fields[k : k + 999]) for k in range(0, 6000, 999)]
    from fastnet.tables import Table

    one = joined([Table(("a",), (part,)) for part in parts])["a"]
    assert list(one.words) == list(whole.words) and np.array_equal(one.codes, whole.codes)


def test_a_mark_at_the_beginning_of_a_block_is_a_character(monkeypatch):
    """As where files were put together; PyArrow would drop it."""
    data = "a,b\n\ufeffx,1\ny,2\n".encode()
    found, split = table(data, 100, monkeypatch, arrow=True)
    assert not split and list(found["a"].words) == ["\ufeffx", "y"]
    assert list(table(data, 100, monkeypatch, arrow=False)[0]["a"].words) == ["\ufeffx", "y"]
