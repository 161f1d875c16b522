"""What the scripts beside this one share: the machine they ran on, and tables of their figures."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import statistics
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import fastnet

RESULTS = Path(__file__).parent / "results"


def quick(flag: bool) -> bool:
    """Whether a short look is wanted: --quick, or QUICK=1 in the environment."""
    return flag or os.environ.get("QUICK", "") not in ("", "0")


def processor() -> str:
    """Return the processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def machine() -> dict[str, Any]:
    """Where and when the figures were taken."""
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in ("numpy", "numba")},
        "fastnet": fastnet.__version__,
    }


def caption(about: dict[str, Any]) -> str:
    """One line on the machine and the versions."""
    versions = ", ".join(f"{name} {about[name]}" for name in ("fastnet", "numpy", "numba"))
    return (
        f"{about['date'][:10]}, {about['processor']}, {about['cores']} cores, {about['system']}, "
        f"Python {about['python']}, {versions}"
    )


def short(number: float) -> str:
    """Three digits, or all before the point: 0.512, 51.2, 1024."""
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"


def spread(times: Sequence[float]) -> str:
    """The median of some repeats, and how far they lie apart: '0.51 (0.49-0.60)'."""
    return f"{short(statistics.median(times))} ({short(min(times))}-{short(max(times))})"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table for terminals and for Markdown: a head, then rows; first cells left, others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *rest = cells
        padded = [first.ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        return f"| {' | '.join(padded)} |"

    dashes = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(rows[0]), line(dashes), *map(line, rows[1:])])


def write(name: str, about: dict[str, Any], figures: Any, text: str) -> None:
    """Write results/NAME.json (everything) and results/NAME.md (the tables)."""
    RESULTS.mkdir(exist_ok=True)
    document = json.dumps({"machine": about, **figures}, indent=1, allow_nan=False)
    document = re.sub(r"\[[^][{}]*\]", lambda found: " ".join(found[0].split()), document)
    (RESULTS / f"{name}.json").write_text(document + "\n")
    (RESULTS / f"{name}.md").write_text(f"{text}\n\n{caption(about)}\n")
    print(f"\n{caption(about)}\nwrote {RESULTS / name}.json and .md")
