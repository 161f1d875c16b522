"""What a column of text holds is decided by the whole column."""

from collections.abc import Sequence

import numpy as np
import pytest

from fastnet.tables.kinds import Kind, Tally, as_numbers, typed
from fastnet.tables.table import Numbers, Words

from .helpers import listed


def text(values: Sequence[str | None], **more: str) -> Words:
    """A column of text."""
    words = list(dict.fromkeys(value for value in values if value is not None))
    codes = [-1 if value is None else words.index(value) for value in values]
    return Words(np.array(codes, np.int32), words, **more)


def kind_of(values: Sequence[str | None], cuts: Sequence[int] = ()) -> Kind:
    """The kind of a column that comes in chunks."""
    tally = Tally("X: column 'c'")
    for start, stop in zip([0, *cuts], [*cuts, len(values)], strict=True):
        chunk = text(values[start:stop])
        tally.see(chunk, lambda row, start=start: f"line {start + row + 2}")  # type: ignore[misc]
    return tally.kind()


MANY = [str(k) for k in range(200)]
COLUMNS = {
    "numbers": (["1", "2.5", "NA", None], Kind("number")),
    "flags": (["true", "False", ""], Kind("flag")),
    "dates": (["2024-01-02", "2024-01-02 10:11"], Kind("time")),
    "clocks": (["12:30", "7:05"], Kind("time", "clock")),
    "days": (["31/12/2024", "1/2/2024"], Kind("time", "day first")),
    "months": (["1/2/2024", "12/31/2024"], Kind("time", "month first")),
    "both orders": (["31/12/2024", "12/31/2024"], "word"),
    "no order": (["1/2/2024", "3/4/2024"], "word"),
    "codes": (["007", "12", "13"], Kind("word")),
    "many codes": (["007", *MANY], Kind("word")),
    "few numbers and a word": (["0", "1", "2", "3+"] * 20, Kind("word")),
    "few numbers and a flag": (["0", "true"], Kind("word")),
    "few numbers that cannot be read": (["<30", "30", ">30"], Kind("word")),
    "dates and words": (["2024-01-02", "later"], Kind("word")),
    "dates and clocks": (["2024-01-02", "12:30"], Kind("word")),
    "yes and no": (["yes", "no"], Kind("word")),
    "nothing": (["", "NA", None], Kind("left out", reason="no values")),
    "half numbers": (MANY[:30] + ["x", "y"] * 15, Kind("word")),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_the_whole_column_decides(name: str) -> None:
    values, wanted = COLUMNS[name]
    kind = kind_of(values)
    assert (kind if isinstance(wanted, Kind) else kind.name) == wanted
    for cut in {1, len(values) // 2, len(values) - 1}:
        assert kind_of(values, [cut]) == kind


def test_days_that_may_be_months_are_said() -> None:
    assert "'1/2/2024'" in kind_of(["1/2/2024"]).said
    assert "2024-12-31" in kind_of(["1/2/2024"]).said


def test_a_word_among_many_numbers_is_an_error_with_its_place() -> None:
    values = [*MANY, "unknown", "none of these"]
    with pytest.raises(ValueError, match=r"^X: column 'c': 'unknown' in line 202 among numbers"):
        kind_of(values)
    with pytest.raises(ValueError, match=r"'unknown' in line 202 among numbers"):
        kind_of(values, [10, 150])
    with pytest.raises(ValueError, match=r"'2024-01-01' in line 2 among numbers, wanted numbers"):
        kind_of(["2024-01-01", *MANY, "x"])


def test_prices_and_percents_are_numbers_and_said() -> None:
    kind = kind_of(["5", "$1,234.50"])
    assert kind.name == "number" and kind.said == "'$1,234.50' counts as 1234.5"
    assert listed(typed(text(["10%", "20%", ""]))) == [10.0, 20.0, None]


def test_many_numbers_that_cannot_be_read_are_left_out_and_said() -> None:
    kind = kind_of([*MANY, "<5"])
    assert kind.name == "left out"
    assert kind.said == "'<5' in line 202 cannot be read as a number, so it is left out"


def test_typed_columns_are_sure() -> None:
    tally = Tally("c")
    tally.see(Numbers(np.array([1.0, np.nan])))
    assert tally.kind() == Kind("number")
    tally.see(text(["3", "NA"]))
    assert tally.kind() == Kind("number")
    tally.see(text(["x"]))
    with pytest.raises(ValueError, match="c: numbers and words, wanted values of one kind"):
        tally.kind()
    sure = Tally("c")
    sure.see(Words(np.array([0, 1], np.int32), ["1", "2"], is_text=False))
    assert sure.kind() == Kind("word")


def test_an_id_has_a_word_for_nearly_every_row() -> None:
    for words, rows, wanted in ((100, 100, True), (75, 100, True), (74, 100, False), (9, 9, False)):
        tally = Tally("c")
        tally.see(text([f"w{k % words}" for k in range(rows)]))
        assert tally.is_id() is wanted


def test_typed_gives_columns() -> None:
    assert listed(typed(text(["1", "NA", None, "2.5"]))) == [1.0, None, None, 2.5]
    assert typed(text(["1", "2"])).kind == "number"  # type: ignore[union-attr]
    assert typed(text(["true"])).kind == "flag"  # type: ignore[union-attr]
    assert typed(text(["31/12/2024"])).kind == "time"  # type: ignore[union-attr]
    words = typed(text(["a", "NA", "b"]))
    assert listed(words) == ["a", None, "b"] and not words.is_text  # type: ignore[union-attr]
    sure = Numbers(np.zeros(2))
    assert typed(sure) is sure
    assert listed(typed(text(["3,5", "4"], decimal=","))) == [3.5, 4.0]


def test_columns_become_numbers_of_a_known_kind() -> None:
    def numbers(column: Numbers | Words, kind: str, order: str = "") -> list[float | None]:
        return listed(as_numbers(column, kind, order, "X: column 'c'", "row {}".format))

    assert numbers(text(["3", "NA"]), "number") == [3.0, None]
    assert numbers(text(["007"]), "number") == [7.0]
    assert numbers(Numbers(np.array([1.0, 0.0]), "flag"), "number") == [1.0, 0.0]
    assert numbers(Numbers(np.array([1.0, np.nan])), "flag") == [1.0, None]
    assert numbers(text(["1", "True"]), "flag") == [1.0, 1.0]
    assert numbers(Words(np.array([1], np.int32), ["x", "5"], is_text=False), "number") == [5.0]
    nothing = Numbers(np.array([np.nan]))
    assert numbers(nothing, "time") == [None]
    for column, kind, error in (
        (text(["1", "abc"]), "number", "'abc' in row 1, wanted a number"),
        (Numbers(np.array([1.0, 2.0])), "flag", "2 in row 1, wanted true or false"),
        (Numbers(np.array([np.nan, 5.0])), "time", "5 in row 1, wanted a date or a time"),
        (Numbers(np.array([5.0]), "time"), "number", "a time in row 0, wanted a number"),
        (text(["2024-01-01", "later"]), "time",
         "'later' in row 1, wanted a date or a time such as 2024-12-31"),
    ):
        with pytest.raises(ValueError, match=f"^X: column 'c': {error}$"):
            numbers(column, kind)
