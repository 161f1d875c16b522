"""How an option is declared: a row says all that there is to know of it.

This imports neither NumPy nor Numba, for which `fastnet train --help` need not wait.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
import difflib
import functools
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T", bound="Declared")


@dataclass(frozen=True)
class Values:
    """The values that an option accepts.

    Attributes
    ----------
    form : str
        What the terminal has a type for: "whole", "number", "flag", "choice", "sizes", "labels",
        "threads", "text" or "path". "": only Python can say such a value.
    type : str
        The type, in the words of numpydoc.
    wanted : str
        What errors ask for; where there are names, what is accepted besides them.
    check : str
        The function of `fastnet.checks` that checks and converts a value. "": the value is checked
        where the data and the net are known.
    limits : tuple
        The smallest value and the largest, both included, as far as there are such.
    literal : str or tuple of str
        The names to choose from, or where the Literal of them stands: "reference.LossName".
    without : str
        The name among them that the terminal does not offer.
    metavar : str, optional
        The word for such a value in the terminal's help.
    """

    form: str
    type: str
    wanted: str = ""
    check: str = ""
    limits: tuple[Any, ...] = ()
    literal: str | tuple[str, ...] = ()
    without: str = ""
    metavar: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names to choose from."""
        names = names_of(self.literal) if isinstance(self.literal, str) else self.literal
        return tuple(name for name in names if name != self.without)

    @property
    def said(self) -> str:
        """What is accepted, in words."""
        if not self.literal:
            return self.wanted
        return f"one of {', '.join(self.names)}{self.wanted and ', or '}{self.wanted}"

    def checked(self, name: str, value: Any) -> Any:
        """Return the value of the option of this name, converted; raise if it does not fit."""
        value = _checker("scalar")(value)
        if not self.check:
            return list(value) if isinstance(value, Iterator) else value  # to be read often
        limits = (self.names,) if self.literal else self.limits
        return _checker(self.check)(name, value, *limits)


@functools.cache
def _checker(name: str) -> Any:
    """Return a function of `fastnet.checks`, which imports NumPy."""
    from . import checks

    return getattr(checks, name)


@dataclass(frozen=True)
class Row:
    """An option of a function.

    Attributes
    ----------
    name, annotation, default
        As the signature has them.
    values : Values
        What it accepts.
    doc : str
        Its documentation. The first sentence is the help of the terminal. In the others, words in
        braces stand for what tables hold: see tools/make_options.py.
    usual
        The value where none is given, unless it goes by a rule.
    rule : str
        What None means, in words.
    metavar : str, optional
        The word for the value in the terminal's help.
    terminal : bool
        Whether the terminal has the option.
    net : bool
        Whether it is of the net itself: a net that is trained on has its own.
    bits : bool
        Whether it can change the weights: then it is recorded, and a resumed run has the same.
    """

    name: str
    annotation: str
    default: Any
    values: Values
    doc: str
    usual: Any = None
    rule: str = ""
    metavar: str | None = None
    terminal: bool = True
    net: bool = False
    bits: bool = True

    @property
    def help(self) -> str:
        """The first sentence of the documentation, without marks of code."""
        return re.split(r"(?<=\.)\s", self.doc, maxsplit=1)[0].replace("`", "")

    def checked(self, value: Any) -> Any:
        """Return a value, converted; raise if it does not fit. None is none, where it may be."""
        if value is None and self.default is None:
            return None
        return self.values.checked(self.name, value)


def option(default: Any, values: Values, *, doc: str, **more: Any) -> Any:
    """Declare a field of a class of options: the row of an option, see `Row`.

    `annotation` is what the signature has, where the checked value is of another type.
    """
    more.setdefault("usual", default)
    more.setdefault("terminal", bool(values.form))
    more.setdefault("metavar", values.metavar)
    row = Row("", more.pop("annotation", ""), default, values, " ".join(doc.split()), **more)
    return dataclasses.field(default=default, metadata={"row": row})


def documented(row: Row, doc: str) -> Any:
    """Declare an option again, with a documentation of its own."""
    row = dataclasses.replace(row, doc=" ".join(doc.split()))
    return dataclasses.field(default=row.default, metadata={"row": row})


@dataclass(frozen=True, kw_only=True, eq=False)
class Declared:
    """Options, each declared by `option`; their values are checked when they are made."""

    def __post_init__(self) -> None:
        for name, row in self.rows().items():
            value = getattr(self, name)
            if value is not row.default:  # which is as a check leaves it
                object.__setattr__(self, name, row.checked(value))

    @classmethod
    @functools.cache
    def rows(cls) -> dict[str, Row]:
        """All rows, by name."""
        rows = {field.name: (field, field.metadata["row"]) for field in dataclasses.fields(cls)}
        return {
            name: dataclasses.replace(row, name=name, annotation=row.annotation or str(field.type))
            for name, (field, row) in rows.items()
        }

    @classmethod
    @functools.cache
    def usual(cls) -> dict[str, Any]:
        """The usual values of the rows whose default is None, checked, by name."""
        rows = {name: row for name, row in cls.rows().items() if row.usual is not row.default}
        return {name: row.checked(row.usual) for name, row in rows.items()}

    @classmethod
    def of(cls: type[T], given: Mapping[str, Any]) -> T:
        """Make them of options by name; raise TypeError where there is no such option."""
        for name in given:
            if name not in cls.rows():
                raise TypeError(f"{name}: there is no such option{meant(name, cls.rows())}")
        return cls(**given)

    @classmethod
    def among(cls: type[T], arguments: Mapping[str, Any]) -> T:
        """Make them of the arguments of a function, which may have others too."""
        return cls(**{name: arguments[name] for name in cls.rows()})

    def replaced(self: T, **changes: Any) -> T:
        """Return a copy in which some have other values, which are checked."""
        twin = copy.copy(self)
        for name, value in changes.items():
            object.__setattr__(twin, name, self.rows()[name].checked(value))
        return twin


def meant(name: str, names: Any) -> str:
    """Return "; did you mean ...?", if one of the names is similar."""
    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


@functools.cache
def names_of(literal: str) -> tuple[str, ...]:
    """Return the names of a Literal, such as "reference.LossName".

    They are read from the source of their module: to import it imports NumPy.
    """
    module, _, name = literal.rpartition(".")
    source = (pkgutil.get_data(__package__, f"{module}.py") or b"").decode()
    found = re.search(rf"^{name} = Literal\[([^]]*?),?\s*\]", source, re.MULTILINE)
    if found is None:
        raise LookupError(f"there is no {literal}")
    return tuple(ast.literal_eval(f"[{found[1]}]"))
