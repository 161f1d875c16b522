"""The encoding of tables in plain Python, row by row: read this first.

A row is a dict of numbers, truth values and words; None is missing. A net takes lists of numbers.

- A number x becomes z = (x - centre) / scale, and z is clipped smoothly: z / sqrt(1 + (z / 3)**2).
  So no unit and no outlier matters. Where it is missing, z is 0, as for the centre itself; a second
  input says so, if there were gaps when the encoding was made.
- A word becomes a 1 at the input of its category, and missing words have a category of their own.
  Rare and unknown words have none: all inputs of the column are 0.

`Encoding` is made once, of all rows, by medians and quartiles; a row of weight 2 counts as two.
`Running` learns along with a stream by Welford's mean and deviation, and its inputs grow: it learns
a row as often as the net does. The tests compare the rest of this package with this file, bit by
bit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]
WORD, GAP, NUMBER = "word", "gap", "number"


def scaled(x: float, centre: float, scale: float) -> float:
    """Return a number that is scaled, and clipped smoothly to (-3, 3)."""
    if scale == 0:
        return 0.0
    z = min(max((x - centre) / scale, -1e9), 1e9)  # so that its square is finite
    return z / math.sqrt(1 + (z / 3) * (z / 3))


def quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile of sorted numbers: one of them, never one between two."""
    return values[int(share * (len(values) - 1))]


def centre_and_scale(values: Sequence[float]) -> tuple[float, float]:
    """Return the median, and the distance of the quartiles as that of normal numbers' deviations.

    If most numbers are equal, the scale is the median distance of the others from them.
    """
    values = sorted(values)
    low, centre, high = (quantile(values, share) for share in (0.25, 0.5, 0.75))
    scale = high / 1.35 - low / 1.35
    others = sorted(abs(x - centre) for x in values if x != centre)
    return centre + 0.0, scale or (quantile(others, 0.5) if others else 0.0)  # 0.0 for -0.0


def counted(rows: Sequence[Row], weights: Sequence[float]) -> list[Row]:
    """Return rows as often as they count: as their weights say, rounded, and once at least.

    A row of weight 0 does not count.
    """
    both = zip(rows, weights, strict=True)
    return [row for row, weight in both if weight > 0 for _ in range(max(1, round(weight)))]


class Encoding:
    """An encoding of some rows, which all have the same columns.

    Parameters
    ----------
    rows : sequence of dict
    weights : sequence of float, optional
        The weights of the rows: see `counted`.

    Attributes
    ----------
    places : dict
        The place of each input by its column, and by NUMBER, GAP, or (WORD, the category).
    scales : dict
        The centre and the scale of each column of numbers.
    """

    def __init__(self, rows: Sequence[Row], weights: Sequence[float] | None = None):
        names, rows = rows[0], rows if weights is None else counted(rows, weights)
        self.places: dict[tuple[str, Any], int] = {}
        self.scales: dict[str, tuple[float, float]] = {}
        for name in names:
            values = [row[name] for row in rows if row[name] is not None]
            gaps = len(values) < len(rows)
            if not values:
                continue
            if any(isinstance(value, str) for value in values):
                inputs = self.categories(values, gaps)
            else:
                self.scales[name] = centre_and_scale([float(value) for value in values])
                inputs = [NUMBER] if self.scales[name][1] > 0 else []
            for what in [*inputs, *([GAP] if gaps else [])]:
                self.places[name, what] = len(self.places)

    def categories(self, words: Sequence[str], gaps: bool) -> list[Any]:
        """Return the categories of a column: its frequent words, by the alphabet."""
        counts = Counter(words)
        if len(counts) == 1 and not gaps:
            return []  # it says nothing
        least = min(3, len(words) // 50)
        frequent = [word for word in counts if counts[word] >= least]
        most = sorted(frequent, key=lambda word: (-counts[word], word))[:1000]
        return [(WORD, word) for word in sorted(most)]

    def encode(self, row: Row) -> list[float]:
        """Return the inputs of a row."""
        inputs = [0.0] * len(self.places)
        for name, value in row.items():
            what = GAP if value is None else NUMBER if name in self.scales else (WORD, value)
            if (name, what) in self.places:
                z = scaled(float(value), *self.scales[name]) if what == NUMBER else 1.0
                inputs[self.places[name, what]] = z
        return inputs


class Running:
    """An encoding that learns each row of a stream before it encodes it.

    Attributes
    ----------
    places : dict
        As those of `Encoding`. What occurs first gets the next place.
    numbers : dict
        The count, the mean and the sum of squared distances of each column of numbers.
    """

    def __init__(self) -> None:
        self.places: dict[tuple[str, Any], int] = {}
        self.numbers: dict[str, tuple[int, float, float]] = {}
        self.words: set[str] = set()
        self.columns: list[str] = []

    def learn(self, row: Row) -> list[float]:
        """Learn a row, and return its inputs. A column that it lacks is missing."""
        self.columns += [name for name in row if name not in self.columns]
        ones = []
        for name in self.columns:
            value = row.get(name)
            known = name in self.numbers or name in self.words
            if value is None and not known:
                continue  # a gap counts when its column has had a value
            what = GAP if value is None else (WORD, value) if isinstance(value, str) else NUMBER
            self.places.setdefault((name, what), len(self.places))
            if what == NUMBER:
                self.numbers[name] = joined(
                    float(row[name]), *self.numbers.get(name, (0, 0.0, 0.0))
                )
            else:
                ones.append(self.places[name, what])
                self.words |= set() if what == GAP else {name}
        inputs = [0.0] * len(self.places)
        for place in ones:
            inputs[place] = 1.0
        for name, (count, mean, squares) in self.numbers.items():
            x = row.get(name)
            if x is not None:
                z = scaled(float(x), mean, math.sqrt(squares / count))
                inputs[self.places[name, NUMBER]] = z
        return inputs


def joined(x: float, count: int, mean: float, squares: float) -> tuple[int, float, float]:
    """Return the count, the mean and the sum of squared distances from it with one number more.

    It is the method of Welford, 'Note on a method for calculating corrected sums of squares and
    products', Technometrics 4 (1962). After 20 numbers, one that is more than 10 deviations from
    the mean counts as one that is so far, so that one outlier does not spoil the scale for ever.
    """
    x = min(max(x, -1e140), 1e140)  # so that its square is finite
    if count >= 20 and squares > 0:
        far = 10 * math.sqrt(squares / count)
        x = min(max(x, mean - far), mean + far)
    distance = x - mean
    mean += distance / (count + 1)
    return count + 1, mean, squares + distance * (x - mean)
