"""The fitting of encodings: chunks, samples of many rows, and memory."""

import tracemalloc

import numpy as np
import pytest

from fastnet.sources.words import words_of
from fastnet.tables import Encoding, Table, fitting
from fastnet.tables.fitting import Fitter
from fastnet.tables.table import Numbers, Words
from tests.tables.helpers import many


@pytest.mark.parametrize("block", [100, 1 << 16])
def test_chunks_do_not_matter_to_samples_of_many_rows(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(fitting, "SAMPLED", 500)
    monkeypatch.setattr(
        fitting, "blocks", lambda n: [(k, min(k + block, n)) for k in range(0, n, block)]
    )
    table = many(3000)
    whole = Encoding.fit(table)
    for size in (13, 1000, 2999):
        fitter = Fitter()
        for start in range(0, 3000, size):
            fitter.see(table[start : start + size])
        assert 250 <= len(fitter.hashes) <= 500
        assert Encoding(*fitter.finish()) == whole
    x = whole.columns[0]
    assert 0 < abs(x.centre) < 0.2 and 0.8 < x.scale < 1.2  # type: ignore[union-attr]


def test_places_are_as_a_table_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "SAMPLED", 500)
    table = many(3000)
    places = np.random.default_rng(1).permutation(3000)[:2500]
    assert Encoding.fit(table, places) == Encoding.fit(table[np.sort(places)])
    twice = np.repeat(places, np.arange(2500) % 4)  # a row of weight 2 counts as two
    assert Encoding.fit(table, twice) == Encoding.fit(table[np.sort(twice)])
    assert Encoding.fit(table, twice) != Encoding.fit(table, places)


def test_a_sample_is_spread_over_all_rows() -> None:
    fitter = Fitter()
    n = 4 * fitting.SAMPLED
    fitter.see(Table(("x",), (Numbers(np.arange(n) / n),)))
    column = fitter.parts[0].sample[0]
    assert isinstance(column, Numbers)
    assert fitting.SAMPLED / 2 <= len(column) <= fitting.SAMPLED
    parts = np.histogram(column.values, 16)[0] / len(column)
    assert np.abs(parts - 1 / 16).max() < 5 * (1 / 16 / len(column)) ** 0.5  # 5 deviations


def test_a_decimal_comma_may_become_known_in_a_later_chunk() -> None:
    def chunk(words: list[str], decimal: str) -> Table:
        return Table(("x",), (Words(np.arange(3, dtype=np.int32), words, decimal=decimal),))

    fitter = Fitter()
    fitter.see(chunk(["1", "2", "3"], "."))
    fitter.see(chunk(["1,5", "2,5", "7,25"], ","))
    numbers = Table(("x",), (Numbers(np.array([1, 2, 3, 1.5, 2.5, 7.25])),))
    assert Encoding(*fitter.finish()) == Encoding.fit(numbers)


def test_other_columns_in_a_later_chunk_are_an_error() -> None:
    fitter = Fitter("t.csv")
    fitter.see(many(5))
    with pytest.raises(ValueError, match=r"^t.csv: columns x, text, wanted x, text, word, as bef"):
        fitter.see(many(5).without(["word"]))
    with pytest.raises(ValueError, match="no rows, wanted at least one"):
        Fitter().finish()


@pytest.mark.parametrize("most", [2, 1000])
def test_memory_is_at_most_one_and_a_half_encoded_matrices(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("fastnet.tables.encoding.DENSE", most)
    monkeypatch.setattr(fitting, "SAMPLED", 1 << 13)
    n, rng = 300_000, np.random.default_rng(0)
    numbers = [Numbers(rng.normal(size=n)) for _ in range(8)]
    words = [Words(rng.integers(-1, 20, n).astype(np.int32), [f"w{k}" for k in range(20)])]
    table = Table(tuple("abcdefghi"), (*numbers, *words))
    Encoding.fit(table[:99]).samples(table[:99], np.dtype("f4"))  # imports
    tracemalloc.start()
    e = Encoding.fit(table, np.arange(1, n))
    fitted = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    rows = e.samples(table, np.dtype("f4")).rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = rows.nbytes if isinstance(rows, np.ndarray) else rows.data.nbytes + rows.indices.nbytes
    assert max(fitted, peak) < 1.5 * size


def test_infinity_beside_one_value_is_named():
    table = Table(("a", "b"), (Numbers(np.array([3, np.inf] * 9)), Numbers(np.arange(18.0))))
    with pytest.raises(ValueError, match="column 'a': inf in row 1, wanted finite numbers"):
        Encoding.fit(table).samples(table, np.dtype("float32"))
    text = Table(("a", "b"), (words_of(["3", "1e400"] * 9), table.columns[1]))
    with pytest.raises(ValueError, match="column 'a': inf in row 1, wanted finite numbers"):
        Encoding.fit(text).samples(text, np.dtype("float32"))
