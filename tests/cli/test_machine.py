"""Fetch and warmup."""

import re

import pytest

from fastnet.datasets import download
from tests.cli.helpers import fails, ok
from tests.datasets.helpers import Mirror, small_set, source_of


class TestFetch:
    @pytest.fixture
    def mirror(self, tmp_path, monkeypatch):
        """A real web server that has a small data set in the place of MNIST."""
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        mirror, files = Mirror(), small_set()
        monkeypatch.setitem(download.SOURCES, "mnist", source_of(files, mirror.url))
        mirror.offer(files)
        yield mirror
        mirror.close()

    def test_it_says_where_the_files_are(self, mirror, tmp_path):
        folder = tmp_path / "fastnet" / "mnist"
        assert ok("fetch", "mnist") == f"mnist is in {folder}\n"
        assert len(list(folder.iterdir())) == 4

    def test_it_fails_in_one_line(self, mirror, tmp_path):
        mirror.files.clear()
        said = fails(1, "fetch", "mnist")
        assert mirror.url in said and "404" in said
        assert list(tmp_path.rglob("*ubyte*")) == []

    def test_the_digits_need_none(self):
        assert "come with fastnet" in ok("fetch", "digits")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_warmup(dtype):
    assert re.fullmatch(r"(loaded|compiled) the .*kernels in .*\n", ok("warmup", "--dtype", dtype))
