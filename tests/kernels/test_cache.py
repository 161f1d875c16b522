"""Numba's cache fails in every way: the right answer, one line, and mended where it can be."""

import os
import pickle
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import numba
import pytest

from fastnet.kernels.jit import entry
from fastnet.model import compiling
from tests.helpers import NOT_ROOT
from tests.kernels.helpers import output, python

pytestmark = pytest.mark.compiled


def twice(x):
    return x + x


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    return tmp_path


def answers(*values: float) -> list[bool]:
    """Double the values, as a process of its own would; says whether each was in the cache."""
    kernel = entry(twice)
    assert [kernel(value) for value in values] == [2 * value for value in values]
    return [kernel.stats.cache_hits[signature] == 1 for signature in kernel.signatures]


def files(folder: Path, ending: str) -> list[Path]:
    return sorted(folder.rglob(f"*.{ending}"))


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


DAMAGES = {
    "nothing": lambda whole: b"",
    "a byte": lambda whole: whole[:1],
    "a part": lambda whole: whole[: len(whole) // 3],
    "nearly all": lambda whole: whole[:-1],
    "garbage": lambda whole: b"garbage\n" * 99,
    "zeros": lambda whole: bytes(len(whole)),
    "an old pickle": lambda whole: pickle.dumps(numba.__version__) + pickle.dumps([1]),
    "another pickle": lambda whole: pickle.dumps(numba.__version__) + pickle.dumps((1, 2)),
    "a bit": lambda whole: whole[:-60] + bytes([whole[-60] ^ 1]) + whole[-59:],
}


@pytest.mark.parametrize(
    ("damage", "ending"),
    [(damage, "nbc") for damage in DAMAGES]
    + [(damage, "nbi") for damage in DAMAGES if damage not in ("a bit", "another pickle")],
)
def test_a_damaged_file_is_said_and_mended(folder, damage, ending, capsys):
    assert answers(1, 1.5) == [False, False]
    assert answers(1, 1.5) == [True, True]
    assert said(capsys) == []
    for path in files(folder, ending):
        path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert answers(1, 1.5) == [False, False]
    lines = said(capsys)
    assert lines
    for line in lines:
        assert line.startswith("fastnet: compiled kernels cannot be read in /") and len(line) < 400
    assert answers(1, 1.5) == [True, True], "it is mended"
    assert said(capsys) == []


def test_silence_is_kept(folder, capsys):
    answers(1)
    files(folder, "nbi")[0].write_bytes(b"")
    token = compiling.quiet.set(True)
    try:
        assert answers(1) == [False]
    finally:
        compiling.quiet.reset(token)
    assert said(capsys) == []
    assert answers(1) == [True]


def test_code_of_another_kernel_is_not_run(folder, capsys):
    """As after a kill between the index and the file, where an older file has its name."""
    answers(1, 1.5)
    one, other = files(folder, "nbc")
    whole = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(whole)
    assert answers(1, 1.5) == [False, False]
    assert len(said(capsys)) == 2
    assert answers(1, 1.5) == [True, True]


def test_a_file_that_is_gone(folder, capsys):
    for ending in ("nbc", "nbi"):
        answers(1)
        files(folder, ending)[0].unlink()
        assert answers(1) == [False]
        assert answers(1) == [True]
    assert said(capsys) == []


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_folder_in_the_place_of_a_file(folder, ending, capsys):
    answers(1)
    path = files(folder, ending)[0]
    path.unlink()
    path.mkdir()
    assert answers(1) == [False]
    assert any("cannot be kept" in line and "directory" in line for line in said(capsys))


@pytest.fixture
def limit() -> Iterator[None]:
    """A limit on the size of files, which stands for a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    usual = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, usual)


@pytest.mark.parametrize("size", [0, 100, 4000])
@pytest.mark.parametrize("before", [False, True])
def test_a_full_disk(folder, size, before, limit, capsys):
    """The index is smaller than 4,000 bytes; the code is larger."""
    if before:
        answers(1)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    assert answers(1, 1.5) == [before, False]
    lines = said(capsys)
    assert len(lines) == 2 - before and all("cannot be kept in /" in line for line in lines)
    assert all("File too large" in line for line in lines)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    answers(1, 1.5)
    assert answers(1, 1.5) == [True, True]
    assert said(capsys) == []
    assert not list(folder.rglob("*tmp*"))


@NOT_ROOT
def test_a_folder_that_is_read_only_by_now(folder, capsys):
    kernel = entry(twice)
    os.chmod(kernel.stats.cache_path, 0o500)
    assert kernel(1) == 2
    os.chmod(kernel.stats.cache_path, 0o700)
    assert "cannot be kept" in said(capsys)[0]


TRAIN = """
import sys
from fastnet.cli import main
main(["train", "--epochs", "0"], standalone_mode=False)
"""


@pytest.mark.heavy
def test_fastnet_train_goes_on(tmp_path):
    """From end to end, with the real kernels; not optimised, only to take less time."""

    def train() -> tuple[str, list[str]]:
        quick = {"NUMBA_BOUNDSCHECK": "0", "NUMBA_OPT": "1"}
        out, err = output(python("-c", TRAIN, NUMBA_CACHE_DIR=str(tmp_path), **quick))
        return out, err.splitlines()

    notice = compiling.notice("pass_by_rows_float32")
    (line,) = train()[1]
    assert line.startswith(notice)
    for path in [*files(tmp_path, "nbi"), *files(tmp_path, "nbc")]:
        path.write_bytes(path.read_bytes()[:-1000])
    out, lines = train()
    assert "compiled the kernels in" in out and lines[-1].startswith(notice)
    assert len(lines) == 2 and lines[0].startswith("fastnet: compiled kernels cannot be read in /")
    out, lines = train()
    assert "loaded the compiled kernels" in out and lines == []
