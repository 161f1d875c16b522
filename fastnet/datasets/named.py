"""Data sets by name: the bundled digits, MNIST, Fashion-MNIST."""

import os
import sys
from pathlib import Path
from typing import Any, cast

from numpy.typing import NDArray

from ..sources import idx
from ..sources.readers import read
from ..spelling import meant
from .download import cache_folder, fetch

NAMES = ("digits", "mnist", "fashion-mnist")
BUNDLED = Path(__file__).with_name("digits.npz")
DEBIAN = Path("/usr/share/datasets")  # the package dataset-fashion-mnist

Labelled = tuple[NDArray[Any], NDArray[Any]]


def load(name: str = "digits") -> tuple[Labelled, Labelled]:
    """Load a data set by its name.

    Parameters
    ----------
    name
        - "digits": 10,000 images to train and 2,000 to test on. They are bundled: every sixth and
          every fifth image of MNIST.
        - "mnist": 60,000 and 10,000 images of handwritten digits.
        - "fashion-mnist": 60,000 and 10,000 images of clothing, in ten classes.

        The last two are read from the first of these folders that holds the four IDX files:
        ``$FASTNET_DATA/<name>``, ``fastnet/<name>`` in the user's cache directory, and, for
        fashion-mnist, the folder of Debian's package dataset-fashion-mnist. If there is none, they
        are downloaded into the cache directory, and a line on stderr says so.

    Returns
    -------
    (X, y), (X_test, y_test)
        X: (n, 784) uint8, images of 28 x 28 pixels row by row; 0 is paper and 255 is ink. It may be
        memory-mapped and read-only. y: (n,) int64, labels 0 to 9.

    Raises
    ------
    ValueError
        There is no such data set, or a file is damaged.
    FetchError
        The data set is not there and cannot be downloaded.

    Notes
    -----
    MNIST, and with it the bundled digits: Yann LeCun and Corinna Cortes, CC BY-SA 3.0
    (https://creativecommons.org/licenses/by-sa/3.0/). Fashion-MNIST: Zalando SE, MIT licence.
    """
    if name not in NAMES:
        hint = meant(str(name), NAMES)
        raise ValueError(f"name: {name!r} is not a data set, wanted {', '.join(NAMES)}{hint}")
    if name == "digits":
        data = read(BUNDLED)
    else:
        folder = find(name)
        if folder is None:
            print(f"fastnet: downloading {name} to {cache_folder(name)}", file=sys.stderr)
            folder = fetch(name)
        data = read(folder)
    return cast(tuple[Labelled, Labelled], data)  # both parts have labels


def find(name: str) -> Path | None:
    """Return the first folder that holds all four files of a data set, or None."""
    folders = [cache_folder(name)]
    if os.environ.get("FASTNET_DATA"):
        folders.insert(0, Path(os.environ["FASTNET_DATA"]) / name)
    if name == "fashion-mnist":
        folders.append(DEBIAN / name)
    for folder in folders:
        if all(idx.find(folder, file) for part in idx.FILES for file in part):
            return folder
    return None
