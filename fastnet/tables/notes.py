"""What a person is told about a table: once, in one warning a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

TEXTS = 10  # on columns, in a warning
EXAMPLES = 3  # columns, or words of a column, that a warning names


@dataclass
class Notes:
    """What is seen in a table that is encoded.

    Attributes
    ----------
    further : list of str
        Columns that the encoding does not have.
    unknown : dict
        For each column of words, the count of those that are no categories, and these words.
    gaps : dict
        For each column that had no gaps when it was learned, the count of those that came.
    others : dict
        Other texts for columns.
    """

    further: list[str] = field(default_factory=list)
    unknown: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    gaps: dict[str, int] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)

    def text(self, said: set[str]) -> str:
        """Return all that is not said yet; `said` has the columns of which something is."""
        further = [name for name in self.further if name not in said]
        unknown = {name: seen for name, seen in self.unknown.items() if name not in said}
        gaps = {name: count for name, count in self.gaps.items() if name not in said}
        said.update(further, unknown, gaps, self.others)
        parts = [f"column {name!r}: {text}" for name, text in self.others.items()]
        if further:
            many = "a column" if len(further) == 1 else f"{len(further):,} columns"
            parts.append(f"{many} that the net does not know ({some(further)}), left aside")
        if unknown:
            count = sum(count for count, _ in unknown.values())
            words = [f"{name!r} ({some(words)})" for name, (_, words) in unknown.items()]
            noun = "word" if count == 1 else "words"
            parts.append(f"{count:,} rare or unknown {noun} in {columns(words)}")
        if gaps:
            count = sum(gaps.values())
            noun = "value" if count == 1 else "values"
            where = columns([*map(quoted, gaps)])
            parts.append(f"{count:,} missing {noun} in {where}, where none was before")
        return "; ".join(parts)


def columns(texts: Sequence[str]) -> str:
    """Return texts for columns: a few of them, and how many more."""
    return f"{'column' if len(texts) == 1 else 'columns'} {few(texts)}"


def several(texts: Sequence[str]) -> str:
    """Return some texts on columns in one line, and how many more there are."""
    more = [f"{len(texts) - TEXTS:,} more columns"] if len(texts) > TEXTS else []
    return "; ".join([*texts[:TEXTS], *more])


def some(names: Sequence[str]) -> str:
    """Return a few names in quotes, and how many more."""
    return few([quoted(name) for name in names])


def few(texts: Sequence[str]) -> str:
    """Return a few texts, and how many more."""
    more = len(texts) - EXAMPLES
    return ", ".join(texts[:EXAMPLES]) + (f" and {more:,} more" if more > 0 else "")


def quoted(text: str) -> str:
    """Return text in quotes, with its blanks, or its beginning."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
