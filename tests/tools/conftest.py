"""A small data set in the place of MNIST."""

import pytest

from fastnet.datasets import download
from tests.datasets.helpers import small_set, source_of


@pytest.fixture
def files(monkeypatch):
    """A small data set that has the place of MNIST."""
    files = small_set()
    monkeypatch.setitem(download.SOURCES, "mnist", source_of(files))
    return files
