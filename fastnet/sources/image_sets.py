"""Folders of images: the files of MNIST and its kin, under the names that they have.

EMNIST, KMNIST and QMNIST put the name of the set first: emnist-letters-train-images-idx3-ubyte.
KMNIST has .npz files too, and QMNIST's labels are whole numbers, of which the first is the class.
"""

from __future__ import annotations

import os
import re

import numpy as np

from ..data.npy import Npz
from ..files import blaming
from ..typing import Array
from .idx import FILES, INT, UBYTE, read_idx
from .reading import NO_PART, Part, Path, Reading, part

NAME = re.compile(
    r"(?:(?P<set>.+?)-)?(?P<part>train|t10k|test)-(?P<what>images|imgs|labels)"
    r"(?:[-.]idx[123]-(?:ubyte|int)(?:\.gz)?|\.npz)"
)
Sets = dict[str, dict[tuple[str, str], str]]  # set: (part, what): the name of the file


def sets_in(folder: Path) -> Sets:
    """Return the files of the data sets in a folder; a raw file comes before a packed one."""
    sets: Sets = {}
    for name in sorted(os.listdir(folder), key=lambda name: (name.endswith(".gz"), name)):
        found = NAME.fullmatch(name)
        if found is not None:
            key = (
                "train" if found["part"] == "train" else "test",
                "labels" if found["what"] == "labels" else "images",
            )
            sets.setdefault(found["set"] or "", {}).setdefault(key, name)
    return sets


def is_set(path: Path) -> bool:
    """Tell whether a path is a folder, or the name of one of the data sets in a folder."""
    folder, name = os.path.split(os.fspath(path))
    if os.path.exists(path) or not name or not os.path.isdir(folder or "."):
        return os.path.isdir(path)
    return name in sets_in(folder or ".")


def read(path: Path, reading: Reading) -> tuple[Part, Part]:
    """Read a folder of images, or one of the data sets in it; see `fastnet.datasets.read`."""
    folder, chosen = (path, None) if os.path.isdir(path) else os.path.split(os.fspath(path))
    sets = sets_in(folder or ".")
    if not sets:
        wanted = " or ".join(images for images, _ in FILES)
        raise ValueError(f"{path}: no IDX files in this folder; wanted {wanted}, raw or .gz")
    if chosen is None and "" not in sets and len(sets) > 1:
        some = ", ".join(sorted(sets))
        one = os.path.join(folder, min(sets))
        raise ValueError(f"{path}: {len(sets)} data sets ({some}), wanted the name of one: {one}")
    files = sets.get(chosen or "") or sets[min(sets)]
    train, test = (_part(folder, files, one, reading) for one in ("train", "test"))
    return train, test


def _part(folder: Path, files: dict[tuple[str, str], str], one: str, reading: Reading) -> Part:
    """Return the images and the labels of one part."""
    images, answers = (files.get((one, what)) for what in ("images", "labels"))
    if images is None and answers is None:
        return NO_PART
    X = None if images is None else _array(os.path.join(folder, images), 3)
    # int64, since differences of unsigned labels would wrap
    y = None if answers is None else _array(os.path.join(folder, answers), 1).astype(np.int64)
    names = _usual(images or answers, "images"), _usual(answers or images, "labels")
    return part(folder, names, (X, y), reading)


def _usual(name: str | None, what: str) -> str:
    """Return the usual name of the images or the labels that belong to a file."""
    usual = (name or "").removesuffix(".gz").replace(".idx", "-idx")
    if what == "images":
        return usual.replace("labels", "images").replace("idx1", "idx3")
    return usual.replace("images", "labels").replace("imgs", "labels").replace("idx3", "idx1")


def _array(path: str, ndim: int) -> Array:
    """Return the array in a file: images have 3 axes, labels one."""
    if "idx" not in os.path.basename(path):
        with open(path, "rb") as file, blaming(path, "not readable as .npz: {}"):
            npz = Npz(file)
            if len(npz.names) != 1:
                raise ValueError(f"{len(npz.names)} arrays, wanted one")
            array = npz[npz.names[0]]
            if array.ndim != ndim or array.dtype.kind not in "iu":
                came = f"{array.dtype} {array.shape}"
                raise ValueError(f"{came}, wanted whole numbers with {ndim} axes")
            return array
    if path.removesuffix(".gz").endswith("-int"):
        return read_idx(path, 2, INT)[:, 0]
    return read_idx(path, ndim, UBYTE)
