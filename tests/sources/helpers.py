"""What tests of files read."""

import os
from typing import Any

from fastnet.sources import text
from fastnet.sources.readers import read
from fastnet.sources.reading import Reading
from fastnet.tables import Table


def read_samples(path: str | os.PathLike[str], **options: Any) -> Any:
    """The samples of the first part that is there, without labels."""
    (X, _), (X_test, _) = read(path, labels=False, **options)
    return X_test if X is None else X


def read_text(path: str | os.PathLike[str], reading: Reading) -> Table:
    """The whole table in a file of text."""
    (table,) = text.tables(path, reading)
    return table
