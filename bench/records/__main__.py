"""Train the rows of the table of records: `python -m bench.records [ROW ...]`.

A row that is stopped, by Ctrl-C or a kill, goes on where it was when the same command is given
again, and ends with the same bits. Rows that are finished are not trained again: their nets are in
the folder. A finished row goes into bench/results/records.json.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from .. import readme
from . import procedure, results
from .recipe import recipes
from .sitting import Busy


def main() -> None:
    """Run the rows that are asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench.records", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="rows to train; without any, all")
    parser.add_argument("--folder", type=Path, default=Path("build/records"), help="of the nets")
    parser.add_argument("--list", action="store_true", help="only list the rows")
    parser.add_argument("--quick", action="store_true", help="a short look, not kept (or QUICK=1)")
    arguments = parser.parse_args()
    quick = arguments.quick or os.environ.get("QUICK", "") not in ("", "0")
    try:
        known = recipes()
    except (ImportError, ValueError) as error:  # before Python 3.11; a recipe that is wrong
        parser.error(str(error))
    for name in arguments.rows:
        if name not in known:
            parser.error(f"{name}: there is no such row, wanted some of {', '.join(known)}")
    if arguments.list:
        print("\n".join(results.listed(known)))
        return
    found, missed = {}, []
    try:
        for name in arguments.rows or known:
            recipe = known[name].quick() if quick else known[name]
            data = (procedure.quick if quick else procedure.named)(recipe.data)
            try:
                found[name] = procedure.row(recipe, arguments.folder, data)
                if not quick:
                    results.keep(name, found[name])
            except Busy as error:
                missed.append(str(error))
            except OSError as error:  # data that cannot be had, a full disk
                missed.append(f"Error: {error}")
                break
    except KeyboardInterrupt:
        sys.exit("\nstopped: the same command goes on from here, to the same bits")
    if found:
        print(f"\n{results.table_of(results.ordered(found))}\n")
    if found and not quick:
        results.show()
        readme.write()
    if missed:
        sys.exit("\n".join(missed))


if __name__ == "__main__":
    main()
