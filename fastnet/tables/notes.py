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
            few = "a column" if len(further) == 1 else f"{len(further):,} columns"
            parts.append(f"{few} that the net does not know ({some(further)}), left aside")
        if unknown:
            count = sum(count for count, _ in unknown.values())
            words = [f"{name!r} ({some(words)})" for name, (_, words) in unknown.items()]
            noun = "word" if count == 1 else "words"
            parts.append(f"{count:,} rare or unknown {noun} in {columns(words, str)}")
        if gaps:
            count = sum(gaps.values())
            noun = "value" if count == 1 else "values"
            parts.append(f"{count:,} missing {noun} in {columns([*gaps])}, where none was before")
        return "; ".join(parts)


def columns(names: Sequence[str], as_shown: type | None = None) -> str:
    """Return a few columns, and the number of the others."""
    noun = "column" if len(names) == 1 else "columns"
    return f"{noun} {some(names, as_shown)}"


def several(texts: Sequence[str]) -> str:
    """Return some texts on columns in one line, and how many more there are."""
    more = [f"{len(texts) - TEXTS:,} more columns"] if len(texts) > TEXTS else []
    return "; ".join([*texts[:TEXTS], *more])


def some(names: Sequence[str], as_shown: type | None = None) -> str:
    """Return a few names in quotes, or as they are if `as_shown` is str, and how many more."""
    few = ", ".join(map(as_shown or quoted, names[:EXAMPLES]))
    more = len(names) - EXAMPLES
    return f"{few} and {more:,} more" if more > 0 else few


def quoted(text: str) -> str:
    """Return text in quotes, with its blanks, or its beginning."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
