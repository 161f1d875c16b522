"""Who works at a trial: a search of this process, of another one, or of another machine."""

from __future__ import annotations

import os
import time
from typing import Any

from ..processes import is_gone, is_of_this_host, this_process

OWNER, BEATS = "owner", "beats"  # attributes of a trial at work
BEAT, SILENT = 15.0, 120.0  # seconds between two beats; after which a machine without any is lost

living = set[str]()  # the names of the owners in this process


class Owner:
    """A search, to which the trials belong at which it works.

    It beats: again and again it changes an attribute of its trials. So other machines tell that it
    lives, by their own clocks; a process of its own host sees whether it has ended.

    Attributes
    ----------
    name : str
        It differs from that of any other owner.
    """

    def __init__(self) -> None:
        self.name = f"{os.urandom(8).hex()} {this_process()}"
        living.add(self.name)
        self.beats, self.due = 0, time.monotonic() + BEAT
        self.heard = dict[int, tuple[Any, float]]()  # of trials elsewhere: the last beat, and when

    def attributes(self) -> dict[str, Any]:
        """Return the attributes that a new trial has from its beginning."""
        return {OWNER: self.name, BEATS: 0}

    def beat(self) -> int:
        """Return the number that trials are to get now; 0 if it is not time for another one."""
        if time.monotonic() < self.due:
            return 0
        self.due, self.beats = time.monotonic() + BEAT, self.beats + 1
        return self.beats

    def is_lost(self, trial: Any) -> bool:
        """Tell whether nobody works any more at a trial that runs."""
        name = trial.user_attrs.get(OWNER, "")
        process = name.partition(" ")[2]
        if process == this_process():
            return name not in living
        if is_of_this_host(process):
            return is_gone(process)
        beats, now = trial.user_attrs.get(BEATS), time.monotonic()
        known, since = self.heard.get(trial.number, (None, now))
        if known != beats:
            since = now
        self.heard[trial.number] = beats, since
        return now - since > SILENT

    def leave(self) -> None:
        """Work no more: what it could not give up is lost."""
        living.discard(self.name)


def has_died(trial: Any) -> bool:
    """Tell whether the process that worked at a trial, one of this host, has ended."""
    process = trial.user_attrs.get(OWNER, "").partition(" ")[2]
    return is_of_this_host(process) and is_gone(process)
