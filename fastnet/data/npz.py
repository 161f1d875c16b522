"""Data sets in .npz files: the arrays X and y, X_test and y_test, or their names in Keras."""

from __future__ import annotations

import zipfile

from ..files import blaming
from .arrays import without_column
from .npy import Npz
from .reading import Part, Path, Reading, part

NAMES = (
    (("X", "y"), ("X_train", "y_train"), ("x_train", "y_train")),
    (("X_test", "y_test"), ("x_test", "y_test")),
)


def read(path: Path, reading: Reading) -> tuple[Part, Part]:
    """Read a .npz file; see `fastnet.datasets.read`."""
    known = {name for pairs in NAMES for pair in pairs for name in pair}
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(
                f"{path}: a file of another format, or a damaged one, wanted a .npz file"
            )
        with blaming(path, "not readable as .npz: {}"):
            npz = Npz(file)
            arrays = {name: npz[name] for name in sorted(known.intersection(npz.names))}
    parts: list[Part] = []
    told = not reading.labels
    for pairs in NAMES:
        names = next((pair for pair in pairs if pair[0] in arrays), pairs[0])
        X, y = (arrays.get(name) for name in names)
        if y is not None:
            column, y = y, without_column(y, f"{path}: {names[1]}", told)
            told = told or y is not column
        parts.append(part(path, names, (X, y), reading.labels))
    if all(X is None for X, _ in parts):
        held = ", ".join(npz.names) or "no arrays"
        raise ValueError(f"{path}: the file holds {held}; wanted X and y, or x_train and y_train")
    return parts[0], parts[1]
