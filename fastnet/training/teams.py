"""The numbers of threads that a pass may have, by the cores of this process and the net."""

from __future__ import annotations

from typing import Literal

from ..cores import cores


def teams(most: int, threads: int | Literal["auto"]) -> list[int]:
    """Return the numbers of threads to try: one and, if possible, many.

    `most` is the largest number that can share a pass.
    """
    if threads != "auto":
        most = min(most, threads)
    return [1] if most == 1 else sorted({1, min(most, cores())})
