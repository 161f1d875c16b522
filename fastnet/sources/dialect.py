"""The dialect of a CSV text: its delimiter, its names, what its comments and numbers look like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Dialect:
    """The dialect of a CSV text.

    Attributes
    ----------
    delimiter : str
        What stands between fields; a blank stands for any run of blanks and tabs.
    names : tuple of str
        The names of the columns. They are made up if the text has none.
    named : bool
        True if the text has the names, in its first record.
    line : int
        The number of the first record's line.
    comments : bool
        True if each line that begins with # is a comment; else it is a row if it fits.
    decimal : str or None
        "," or "." if it is known what stands before the decimals of numbers.
    missing : tuple of str
        Words that stand for missing values, besides the usual ones.
    trailing : bool
        True if a delimiter ends each line: the last column has no name and no values.
    otherwise : str
        What stands before decimals until that is known: 1,234 does not tell.
    """

    delimiter: str
    names: tuple[str, ...] = ()
    named: bool = False
    line: int = 1
    comments: bool = True
    decimal: str | None = None
    missing: tuple[str, ...] = ()
    trailing: bool = False
    otherwise: str = "."
