"""Write every drawing: `python -m tools.drawings [FOLDER]`."""

import importlib
import pkgutil
import sys
from pathlib import Path

import matplotlib as mpl

from tools import drawings

from . import ink

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def load() -> None:
    """Import every module with drawings, so that all are in `ink.DRAWINGS`."""
    for module in pkgutil.iter_modules(drawings.__path__):
        if module.name != "__main__":
            importlib.import_module(f"tools.drawings.{module.name}")


def main(folder: Path, *names: str) -> None:
    """Write the drawings of these names, or all, to a folder."""
    load()
    with mpl.rc_context(mpl.rcParamsDefault):  # whatever a person has set
        for file in names or ink.DRAWINGS:
            try:
                ink.save(ink.DRAWINGS[file](), folder / file)
            except ink.Missing as missing:
                print(f"{file} stays as it is: {missing}", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES, *sys.argv[2:])
