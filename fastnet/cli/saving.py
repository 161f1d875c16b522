"""The files that a command writes, and what it saves of work that is broken off."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
    """The file of a net and that of its history, where they are asked for."""

    out: str | None
    history: str | None
    failed: list[str] = field(default_factory=list, init=False)
    is_saved: bool = field(default=False, init=False)

    def save(self, net: "Network", *, partly: bool = False) -> None:
        """Save a net and its history; signals wait.

        Of a net that has learned `partly`, an empty history is not written. `kept` says afterwards
        what could not be written, and `check` raises it.
        """
        from fastnet.model.interrupt import later_ctrl_c

        records = net.history
        as_csv = self.history is not None and self.history.endswith(".csv")
        with later_ctrl_c():
            self.failed = []
            self.is_saved = self._write(self.out, net.save)
            if records or not partly:
                self._write(self.history, records.to_csv if as_csv else records.to_json)

    def _write(self, path: str | None, write: Callable[[str], None]) -> bool:
        try:
            if path:
                write(path)
                return True
        except (OSError, ValueError, MemoryError) as error:
            self.failed.append(said(error))
        return False

    def kept(self, of: str = "") -> str:
        """Return in words what is saved; `of` says how much of the work."""
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
    """End a command that an error breaks off with one line: the error, and what is saved.

    Whatever the error is, `keep` saves what there is of the work, and says so in words; `explain`
    says the error in words.
    """
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        raise failure(error, keep(error), explain(error)) from None


def name_data(net: "Network", data: DataSet) -> None:
    """Note in the record of a net's run which data it learned, and how a text was read."""
    if net.run is not None:
        net.run |= {"source": data.name, "on_epoch": None}  # the terminal's callback changes no bit
        if data.reading:
            net.run["reading"] = data.reading


def refuse_one_file(paths: dict[str, str | None]) -> None:
    """Refuse options that are given the same file; --data and --repeat may share one."""
    files: dict[str, str] = {}
    for option, path in reversed(paths.items()):
        if path is not None and path not in DATASETS:
            real = os.path.realpath(path)
            if real in files and option not in ("--data", "--repeat"):
                message = f"{option}: {path}, the file of {files[real]}, wanted another"
                raise click.UsageError(message, click.get_current_context())
            files.setdefault(real, option)
