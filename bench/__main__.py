"""Measure fastnet and its peers: `python -m bench [PART ...] [--quick] [--tables]`.

When a part is done, it writes its figures into results/bench.json, and makes results/PART.md and
PART.png from them. A run that is interrupted, or that has only some parts, leaves the other parts
as they were. Correctness is checked before anything is timed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from typing import Any

from . import charts, goals, readme, report
from .records import results as records

PARTS = (
    "samples",
    "kernels",
    "deform",
    "methods",
    "limits",
    "target",
    "quality",
    "choosing",
    "batches",
    "calls",
    "growth",
    "scale",
    "workers",
    "threads",
    "memory",
    "tables",
    "start",
    "export",
    "formats",
    "handwriting",
)


def show(name: str, record: dict[str, Any]) -> str:
    """Write and return the tables of a part, and draw its chart."""
    part = importlib.import_module(f"bench.{name}")
    packages = getattr(part, "PACKAGES_USED", report.PACKAGES[:2])
    quick = "A quick run. " if record["quick"] else ""
    about = quick + report.caption(record["machine"], packages)
    text = f"{part.tables(record['figures'])}\n\n{about}"
    report.write(name, text)
    if hasattr(part, "summary"):  # a short table, for the project's README
        report.write("summary", f"{part.summary(record['figures'])}\n\n{about}")
    if hasattr(part, "chart"):
        charts.draw(part.chart, record["figures"], report.RESULTS / f"{name}.png")
    return text


def run(name: str, quick: bool) -> None:
    """Measure a part, keep its figures, show them."""
    before = report.read().get(name)
    known = before is not None and before["quick"] == quick
    print(f"{name} ..." + (f" ({before['seconds']:.0f} s last time)" if known else ""), flush=True)
    about, began = report.machine(), time.perf_counter()
    figures = importlib.import_module(f"bench.{name}").measure(quick)
    seconds = time.perf_counter() - began
    record = {"machine": about, "quick": quick, "seconds": seconds, "figures": figures}
    report.keep(name, record)
    print(f"\n{show(name, report.read()[name])}\n\n{name}: {seconds:.0f} s\n", flush=True)


def main() -> None:
    """Run the parts that are asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split(":")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a short look (or QUICK=1)")
    parser.add_argument("--tables", action="store_true", help="only draw up what was measured")
    arguments = parser.parse_args()
    quick = arguments.quick or os.environ.get("QUICK", "") not in ("", "0")
    parts = arguments.parts or PARTS
    for name in parts:
        if name not in (*PARTS, "checks"):
            parser.error(f"{name}: wanted some of {', '.join(PARTS)}")
    if arguments.tables:
        for name in report.read():
            show(name, report.read()[name])
        records.show()
    else:
        try:
            for name in dict.fromkeys(("checks", *parts)):
                run(name, quick)
        except KeyboardInterrupt:
            sys.exit("stopped: the parts that were finished are kept")
    goals.show()
    readme.write()


if __name__ == "__main__":
    main()
