"""The files that a command writes, also when its work is broken off."""

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from .data import DataSet
from .errors import Failure, failure, said
from .text import saved
from .types import DATASETS

if TYPE_CHECKING:
    from fastnet.model.network import Network

NOTHING = "nothing is saved"


@dataclass
class Files:
    """The files of a net and of its history; None if not wanted."""

    out: str | None
    history: str | None
    failed: list[str] = field(default_factory=list, init=False)
    is_saved: bool = field(default=False, init=False)

    def save(self, net: "Network", *, partly: bool = False) -> None:
        """Save a net and its history, with signals delayed.

        If the net has learned `partly`, an empty history is not written. Afterwards `kept` names
        files that could not be written, and `check` raises an error for them.
        """
        from fastnet.model.interrupt import later_ctrl_c

        records = net.history
        as_csv = self.history is not None and self.history.endswith(".csv")
        with later_ctrl_c():
            self.failed = []
            self.is_saved = self.write(self.out, net.save)
            if records or not partly:
                self.write(self.history, records.to_csv if as_csv else records.to_json)

    def write(self, path: str | None, write: Callable[[str], None]) -> bool:
        """Write a file, if there is a path; tell whether it is there. An error is noted."""
        try:
            if path:
                write(path)
                return True
        except (OSError, ValueError, MemoryError) as error:
            self.failed.append(said(error))
        return False

    def kept(self, of: str = "") -> str:
        """Return in words what is saved; `of` says how much of the work it is."""
        there = saved([self.out]) + of if self.out and self.is_saved else NOTHING
        return "; ".join([*self.failed, there])

    def check(self) -> None:
        """Raise if a file could not be written."""
        if self.failed:
            raise Failure(self.kept())


@contextlib.contextmanager
def keeping(
    keep: Callable[[BaseException], str], explain: Callable[[BaseException], str] = said
) -> Iterator[None]:
    """End a command after an error with one line: the error, and what is saved.

    After any error, `keep` saves the work so far and says so in words. `explain` returns the text
    of the error.
    """
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        raise failure(error, keep(error), explain(error)) from None


def noted(data: DataSet) -> dict[str, Any]:
    """Return what the record of a run says of its data: their names, and how a text was read."""
    reading = {"reading": data.reading} if data.reading else {}
    return {"source": data.name, "on_epoch": None, **reading}  # no callback here changes a bit


def name_stream(net: "Network", reading: dict[str, Any]) -> None:
    """Note in a record how a net read its stream, if not as usual: `predict` reads rows so too."""
    if reading:
        rows = sum(record["samples"] for record in net.history)
        kind = "uint8" if reading.get("pixels") else "float64"
        data = {"samples": rows, "features": net.n_features, "dtype": kind, "X": "-", "y": "-"}
        versions = {"fastnet": net.version}
        run = {"options": {}, "on_epoch": None, "data": data, "versions": versions}
        net.run = {**run, "reading": reading}


def refuse_one_file(paths: dict[str, str | None]) -> None:
    """Refuse two options with the same file; only --data and --repeat may share one."""
    files: dict[str, str] = {}
    for option, path in reversed(paths.items()):
        if path is not None and path not in DATASETS:
            real = os.path.realpath(path)
            if real in files and option not in ("--data", "--repeat"):
                message = f"{option}: {path}, the file of {files[real]}, wanted another"
                raise click.UsageError(message, click.get_current_context())
            files.setdefault(real, option)


def free(path: str) -> str:
    """Return a path where no file is: with a number before its ending, if there is one."""
    stem, ending = os.path.splitext(path)
    names = (f"{stem}{f'-{k}' * (k > 1)}{ending}" for k in itertools.count(1))
    return next(name for name in names if not os.path.lexists(name))
