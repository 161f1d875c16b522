"""The declaration of an option: a row says everything about it.

This module imports neither NumPy nor Numba, so that `fastnet train --help` is quick.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .spelling import option_meant

T = TypeVar("T", bound="Declared")


@dataclass(frozen=True)
class Values:
    """The values that an option accepts.

    Attributes
    ----------
    form : str
        The type in the terminal: "whole", "number", "flag", "choice", "sizes", "labels", "threads",
        "text" or "path". "" means that the terminal cannot express such a value.
    type : str
        The type, as numpydoc writes it.
    wanted : str
        The values, as errors describe them. If there are names, the values accepted besides them.
    check : str
        The function of `fastnet.checks` that checks and converts a value. "" means that the value
        is checked later, when the data and the net are known.
    limits : tuple
        The smallest and the largest value, both included, if there are limits.
    literal : str or tuple of str
        The names to choose from, or their Literal, such as "reference.LossName".
    without : str
        The one of these names that is not a choice here.
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
        names = literal_names(self.literal) if isinstance(self.literal, str) else self.literal
        return tuple(name for name in names if name != self.without)

    @property
    def said(self) -> str:
        """The accepted values, in words."""
        if not self.literal:
            return self.wanted
        return f"one of {', '.join(self.names)}{self.wanted and ', or '}{self.wanted}"

    def checked(self, name: str, value: Any) -> Any:
        """Check and convert a value; `name` is that of the option."""
        value = _checker("scalar")(value)
        if not self.check:
            return list(value) if isinstance(value, Iterator) else value  # read more than once
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
        Its parts in the signature.
    values : Values
        The values that it accepts.
    doc : str
        Its documentation. The first sentence is the help of the terminal. In the other sentences, a
        word in braces stands for the contents of a table: see tools/make_options.py.
    usual
        The value that is used if none is given, unless a rule decides.
    rule : str
        The meaning of None, in words.
    metavar : str, optional
        The word for the value in the terminal's help.
    terminal : bool
        True if the terminal has the option.
    net : bool
        True if it is an option of the net itself. A net given as `init` has its own value.
    bits : bool
        True if it can change the weights. Then a run records it, and resuming wants the same value.
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
        """The first sentence of the documentation, without backticks."""
        return re.split(r"(?<=\.)\s", self.doc, maxsplit=1)[0].replace("`", "")

    def checked(self, value: Any) -> Any:
        """Check and convert a value. None stays None if it is the default."""
        if value is None and self.default is None:
            return None
        return self.values.checked(self.name, value)


def option(default: Any, values: Values, *, doc: str, **more: Any) -> Any:
    """Declare an option: a field of a class of options, with its row (see `Row`).

    `annotation` is the type in the signature, if the checked value has another type.
    """
    more.setdefault("usual", default)
    more.setdefault("terminal", bool(values.form))
    more.setdefault("metavar", values.metavar)
    row = Row("", more.pop("annotation", ""), default, values, " ".join(doc.split()), **more)
    return dataclasses.field(default=default, metadata={"row": row})


def documented(row: Row, doc: str, **more: Any) -> Any:
    """Declare an option again with another documentation, and perhaps another rule."""
    row = dataclasses.replace(row, doc=" ".join(doc.split()), **more)
    return dataclasses.field(default=row.default, metadata={"row": row})


@dataclass(frozen=True, kw_only=True, eq=False)
class Declared:
    """Base of classes of options. Each field is declared by `option` and checked when it is set."""

    def __post_init__(self) -> None:
        for name, row in self.rows().items():
            value = getattr(self, name)
            if value is not row.default:  # which is as a check leaves it
                object.__setattr__(self, name, row.checked(value))

    @classmethod
    @functools.cache
    def rows(cls) -> dict[str, Row]:
        """Return all rows, by name."""
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
        """Make options from a mapping of names to values; an unknown name raises TypeError."""
        for name in given:
            if name not in cls.rows():
                raise TypeError(f"{name}: there is no such option{option_meant(name, cls.rows())}")
        return cls(**given)

    @classmethod
    def among(cls: type[T], arguments: Mapping[str, Any]) -> T:
        """Make options from the arguments of a function; other arguments are ignored."""
        return cls(**{name: arguments[name] for name in cls.rows()})

    def replaced(self: T, **changes: Any) -> T:
        """Return a copy with changed values, which are checked."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        for name, value in changes.items():
            object.__setattr__(twin, name, self.rows()[name].checked(value))
        return twin


@functools.cache
def literal_names(literal: str) -> tuple[str, ...]:
    """Return the names of a Literal, such as "reference.LossName".

    They are read from the module's source, since importing the module would import NumPy.
    """
    module, _, name = literal.rpartition(".")
    source = (pkgutil.get_data(__package__, f"{module}.py") or b"").decode()
    found = re.search(rf"^{name} = Literal\[([^]]*?),?\s*\]", source, re.MULTILINE)
    if found is None:
        raise LookupError(f"there is no {literal}")
    return tuple(ast.literal_eval(f"[{found[1]}]"))
