"""The options of reading files, which several commands have, and the reading."""

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from .types import DATASETS

if TYPE_CHECKING:
    from fastnet.data.reading import Part

TABLE = ("target", "drop", "weight")  # for tables, also those with types of their own
TEXT = ("delimiter", "decimal", "header", "missing", "pixels")  # for text only
READING = (*TABLE, *TEXT)


def read(name: str, **options: Any) -> tuple["Part", "Part"]:
    """Read the training and the test part of a data set by its name or path.

    `options` are those of `fastnet.datasets.read`, for a file.
    """
    from fastnet import datasets

    return datasets.load(name) if name in DATASETS else datasets.read(name, **options)
