"""The bench's machine, tables, and file of figures, which all parts share."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import fastnet
from fastnet.files import atomic_write

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("numpy", "numba", "scikit-learn", "torch", "jax", "gcc")
OF_TABLES = ("pandas", "pyarrow", "pytabkit")
OF_C = ("emlearn", "micromlgen")
OF_FORMATS = ("onnx", "safetensors", "skops")
INSTALLED = (*PACKAGES, "scipy", "distributed", *OF_TABLES, *OF_C, *OF_FORMATS)

Times = dict[str, list[float]]
Table = Sequence[Sequence[str]]  # a head, then rows


def cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def processor() -> str:
    """Return the processor's name, if the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def vectors() -> str | None:
    """Return the widest vectors of this processor, if the system tells them."""
    try:
        flags = Path("/proc/cpuinfo").read_text().partition("flags")[2].splitlines()[0].split()
    except (OSError, IndexError):
        return None
    names = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX"}
    return next((names[flag] for flag in names if flag in flags), None)


def version(package: str) -> str | None:
    """Return the version of a package that is installed, or of gcc."""
    if package == "gcc":
        if not shutil.which("gcc"):
            return None
        return subprocess.check_output(["gcc", "-dumpfullversion"], text=True).strip()
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def machine() -> dict[str, Any]:
    """Return the machine and the time of the figures."""
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "processor": processor(),
        "vectors": vectors(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "fastnet": fastnet.__version__,
        **{name: version(name) for name in INSTALLED if version(name)},
    }


def caption(about: dict[str, Any], packages: Sequence[str] = PACKAGES[:2]) -> str:
    """Return a line on the machine and the versions."""
    names = [name for name in ("fastnet", *packages) if name in about]
    versions = ", ".join(f"{name} {about[name]}" for name in names)
    cores = f"{about['cores']} core{'s' * (about['cores'] > 1)}"
    vectors = f" with {about['vectors']}" if about.get("vectors") else ""
    return (
        f"{about['date'][:10]}, {about['processor']}{vectors}, {cores}, {about['system']}, "
        f"Python {about['python']}, {versions}"
    )


def short(number: float) -> str:
    """Return a number with three digits, or all before the point: 0.512, 51.2, 1024."""
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"


def spread(times: Sequence[float]) -> str:
    """Return the median and the range of some repeats: '0.51 (0.49-0.60)'."""
    return f"{short(statistics.median(times))} ({short(min(times))}-{short(max(times))})"


def compared(
    times: Times, ratios: dict[str, float], name: str, first: Sequence[str] = ("fastnet",)
) -> str:
    """Return a cell: the first's time with its range, or another's as a multiple; '' if untimed."""
    if name not in times:
        return ""
    if name in first:
        return spread(times[name])
    return f"{short(statistics.median(times[name]))} ({short(ratios[name])}x)"


def table(rows: Table) -> str:
    """Return a table for terminals and for Markdown: first cells left, others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *rest = cells
        padded = [first.ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        return f"| {' | '.join(padded)} |"

    dashes = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(rows[0]), line(dashes), *map(line, rows[1:])])


def missing(reasons: dict[str, str]) -> list[str]:
    """Return a paragraph for each reason why something is missing, with what is missing."""
    names: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        names.setdefault(reason, []).append(name)
    return [f"Missing ({reason}): {'; '.join(found)}." for reason, found in names.items()]


def rounded(figures: Any) -> Any:
    """Return the figures rounded to five digits."""
    if isinstance(figures, dict):
        return {str(name): rounded(value) for name, value in figures.items()}
    if isinstance(figures, list | tuple):
        return [rounded(value) for value in figures]
    return float(f"{figures:.5g}") if isinstance(figures, float) else figures


def dump(figures: Any) -> str:
    """Return figures as JSON, with a list of numbers on one line."""
    document = json.dumps(rounded(figures), indent=1, allow_nan=False)
    return re.sub(r"\[[^][{}]*\]", lambda found: " ".join(found[0].split()), document) + "\n"


def read(path: Path = RESULTS / "bench.json") -> dict[str, Any]:
    """Return all parts' figures so far."""
    return json.loads(path.read_text()) if path.exists() else {}


def keep(part: str, record: dict[str, Any], path: Path = RESULTS / "bench.json") -> None:
    """Replace one part's figures in the file, atomically."""
    save(path, read(path) | {part: record})


def save(path: Path, figures: dict[str, Any]) -> None:
    """Write figures to a file, atomically."""
    path.parent.mkdir(exist_ok=True)
    atomic_write(path, lambda file: file.write(dump(figures).encode()))


def write(name: str, text: str) -> None:
    """Write results/NAME.md."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text.strip() + "\n", encoding="utf-8")
