"""The heading of a text: whether its first record has names, judged by the columns below it."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.fields import ODD, is_missing, is_number, shown

WANTED = "wanted names that are no numbers, or none; the option header says which"


def looks(text: str) -> str:
    """Return what a field looks like: "number", "missing" or "word"."""
    if is_missing(text):
        return "missing"
    return "number" if is_number(text) or ODD.fullmatch(text) else "word"


def is_heading(first: list[str], rows: Sequence[list[str]], text: str) -> bool:
    """Tell whether the first record has names, by the rows below it; none are known in a stream.

    Raises
    ------
    ValueError
        It may have names, or it may be a row.
    """
    kinds, rows = [*map(looks, first)], [row for row in rows if len(row) == len(first)]
    below = [_below(k, rows, len(first)) for k in range(len(first))]
    over = [{*map(looks, {*values})} for values in below]
    words = [k for k, of in enumerate(kinds) if of == "word"]
    names = any(over[k] == {"number"} for k in words)  # a word stands over numbers
    again = any(first[k] in below[k] for k in words)
    if "number" not in kinds:
        if names or again or not words:
            return names
        odd = rows and any(of == "missing" and first[k] for k, of in enumerate(kinds))
        return not odd and len({*first}) == len(first)
    numbers = [field for field, of in zip(first, kinds, strict=True) if of == "number"]
    if words and again:
        return False
    if names or (rows and _counted(numbers) and _may_be_names(first, numbers, below)):
        raise ValueError(f"{shown(text)} may be names or a sample, {WANTED}")
    return False


def with_index(first: list[str], rows: Sequence[list[str]]) -> list[str]:
    """Return the first record, with an empty name before the others if rows have names or numbers.

    That is how R's write.table writes them: a heading of one field less than the rows.
    """
    fits = len(rows) > 1 and {*map(len, rows)} == {len(first) + 1}
    if not fits or "number" in map(looks, first):
        return first
    names = [row[0] for row in rows]
    are_names = {*map(looks, names)} == {"word"} and len({*names}) == len(names)
    return ["", *first] if are_names or _counted(names) else first


def _below(column: int, rows: Sequence[list[str]], n: int) -> list[str]:
    """Return the values of a column that are not missing, in rows of n fields."""
    values = [row[column] for row in rows if len(row) == n]
    gone = {value for value in {*values} if is_missing(value)}
    return [value for value in values if value not in gone]


def _counted(numbers: list[str]) -> bool:
    """Tell whether numbers are whole, each the one before plus 1: 0, 1, 2 or 1990, 1991."""
    if not all(number.isdecimal() and number.isascii() for number in numbers):
        return False
    return [*map(int, numbers)] == [int(numbers[0]) + k for k in range(len(numbers))]


def _may_be_names(first: list[str], numbers: list[str], below: list[list[str]]) -> bool:
    """Tell whether numbers that count up may be names, such as pandas' names 0, 1, 2."""
    if len(numbers) < len(first):  # the others are words, or the nameless index of a frame
        return len(numbers) > 1 or not first[0]
    pointed = [
        bool(values) and not any(value.lstrip("+-").isdigit() for value in values)
        for values in below
    ]
    if numbers[0] == "0":
        return any(pointed) or len(first) > 2
    return all(pointed) and len(first) > 2


def check_second(first: list[str], rows: Sequence[list[str]]) -> None:
    """Refuse a second line of names or units below the names."""
    if len(rows) < 2 or len(rows[0]) != len(first) or "number" in map(looks, rows[0]):
        return
    under = []
    for k, field in enumerate(rows[0]):
        below = [*map(looks, _below(k, rows[1:], len(first)))]
        if not is_missing(field) and len(below) > 1 and {*below} == {"number"}:
            under.append(k)
    if under:
        came = f"{shown(rows[0][under[0]])} in column {first[under[0]]!r}, above numbers"
        raise ValueError(f"{came}, wanted one line of names, and rows from the next line on")
