"""A real web server, a small data set in the place of MNIST, an empty cache."""

from collections.abc import Iterator

import pytest

from fastnet.datasets import download
from tests.datasets.helpers import Mirror, small_set, source_of


@pytest.fixture
def mirror(monkeypatch) -> Iterator[Mirror]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    mirror = Mirror()
    yield mirror
    mirror.close()


@pytest.fixture
def second_mirror(mirror) -> Iterator[Mirror]:
    mirror = Mirror()
    yield mirror
    mirror.close()


@pytest.fixture
def files(monkeypatch):
    """A small data set that has the place of MNIST."""
    files = small_set()
    monkeypatch.setitem(download.SOURCES, "mnist", source_of(files))
    return files


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache directory; nothing is found anywhere else."""
    monkeypatch.delenv("FASTNET_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("fastnet.datasets.named.DEBIAN", tmp_path / "no-such-folder")
    return tmp_path / "cache" / "fastnet"
