"""Write every drawing: `python -m tools.drawings [FOLDER]`."""

import importlib
import pkgutil
import sys
from pathlib import Path

import matplotlib as mpl

from tools import drawings

from . import ink

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def main(folder: Path, *names: str) -> None:
    """Write the drawings of these names, or all, to a folder."""
    for module in pkgutil.iter_modules(drawings.__path__):
        if module.name != "__main__":
            importlib.import_module(f"tools.drawings.{module.name}")
    with mpl.rc_context(mpl.rcParamsDefault):  # whatever a person has set
        for file in names or ink.DRAWINGS:
            ink.save(ink.DRAWINGS[file](), folder / file)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES, *sys.argv[2:])
