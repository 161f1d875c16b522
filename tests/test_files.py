"""Files: the old one or the new one, and nothing else in the folder; errors that name them."""

import errno
import gzip
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from fastnet import files
from fastnet.files import atomic_folder, atomic_write, blaming, open_unpacked


def test_writes_a_new_file(tmp_path):
    atomic_write(tmp_path / "new", lambda file: file.write(b"abc"))
    assert (tmp_path / "new").read_bytes() == b"abc"
    assert os.listdir(tmp_path) == ["new"]


def test_replaces_an_old_file(tmp_path):
    (tmp_path / "f").write_bytes(b"a longer old text")
    atomic_write(str(tmp_path / "f"), lambda file: file.write(b"new"))
    assert (tmp_path / "f").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["f"]


def test_a_bare_name_is_written_in_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    atomic_write("f", lambda file: file.write(b"new"))
    assert (tmp_path / "f").read_bytes() == b"new"


def test_old_contents_are_there_until_the_end(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"old")
    seen = []

    def write(file: BinaryIO) -> None:
        file.write(b"half")
        file.flush()
        seen.append(path.read_bytes())

    atomic_write(path, write)
    assert seen == [b"old"]
    assert path.read_bytes() == b"half"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", [None, b"old"])
def test_an_error_leaves_the_folder_as_it_was(tmp_path, error, old):
    path = tmp_path / "f"
    if old is not None:
        path.write_bytes(old)

    def write(file: BinaryIO) -> None:
        file.write(b"half of the new")
        raise error

    with pytest.raises(error):
        atomic_write(path, write)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == ({"f": old} if old else {})


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_full_disk_is_reported_and_leaves_nothing(tmp_path):
    def write(file: BinaryIO) -> None:
        with open("/dev/full", "rb+", buffering=0) as full:
            os.dup2(full.fileno(), file.fileno())  # from here each write fails with ENOSPC
        file.write(b"x" * 100)

    with pytest.raises(OSError) as caught:
        atomic_write(tmp_path / "f", write)
    assert caught.value.errno == errno.ENOSPC
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_reported(tmp_path):
    with pytest.raises(FileNotFoundError):
        atomic_write(tmp_path / "no" / "f", lambda file: file.write(b"x"))
    assert os.listdir(tmp_path) == []


def test_a_folder_is_not_written_over(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder is not a regular file"):
        atomic_write(tmp_path / "folder", lambda file: file.write(b"x"))
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.skipif(os.name != "posix", reason="named pipes and modes are POSIX's")
class TestPosix:
    def test_a_device_or_pipe_is_not_written_over(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match="pipe is not a regular file"):
            atomic_write(tmp_path / "pipe", lambda file: file.write(b"x"))
        assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)

    def test_a_link_is_followed(self, tmp_path):
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "real" / "f")
        atomic_write(tmp_path / "link", lambda file: file.write(b"x"))
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real" / "f").read_bytes() == b"x"

    def test_modes(self, tmp_path):
        old = os.umask(0o027)
        try:
            atomic_write(tmp_path / "new", lambda file: file.write(b"x"))
        finally:
            os.umask(old)
        assert stat.S_IMODE(os.stat(tmp_path / "new").st_mode) == 0o640
        os.chmod(tmp_path / "new", 0o600)
        atomic_write(tmp_path / "new", lambda file: file.write(b"y"))
        assert stat.S_IMODE(os.stat(tmp_path / "new").st_mode) == 0o600

    def test_ctrl_c_in_a_real_process(self, tmp_path):
        (tmp_path / "f").write_bytes(b"old")
        script = (
            "import sys, time\n"
            "from fastnet.files import atomic_write, blaming, open_unpacked\n"
            "def write(file):\n"
            "    file.write(b'half'); file.flush()\n"
            "    time.sleep(60)\n"
            "atomic_write(sys.argv[1], write)\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "f")], stderr=subprocess.PIPE
        )
        deadline = time.monotonic() + 30
        while not any(p.read_bytes() == b"half" for p in tmp_path.glob(".*.tmp")):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert b"KeyboardInterrupt" in process.communicate(timeout=30)[1]
        assert os.listdir(tmp_path) == ["f"]
        assert (tmp_path / "f").read_bytes() == b"old"


def test_the_file_is_to_blame():
    with pytest.raises(ValueError, match=r"^a: bad \(one\)$"), blaming(Path("a"), "bad ({})"):
        raise RuntimeError("one\ntwo")
    with pytest.raises(ValueError, match=r"^a: MemoryError$"), blaming(b"a", "{}"):
        raise MemoryError
    with pytest.raises(ValueError, match=r"^a: \\x1b\[2Jx{190}\.\.\.$"), blaming("a", "{}"):
        raise OSError("\x1b[2J" + "x" * 1000)
    with pytest.raises(KeyboardInterrupt), blaming("a", "{}"):
        raise KeyboardInterrupt


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_gzipped_file_is_read_like_a_raw_one(tmp_path, pack):
    data = bytes(range(256)) * 40
    (tmp_path / "f").write_bytes(pack(data))
    with open_unpacked(tmp_path / "f") as (file, packed):
        assert file.read() == data and packed == (pack is gzip.compress)


def test_a_damaged_gzipped_file_is_named(tmp_path):
    (tmp_path / "f.gz").write_bytes(gzip.compress(bytes(10_000))[:-6])
    said = pytest.raises(ValueError, match=r"f\.gz: damaged gzip file: ")
    with said, open_unpacked(tmp_path / "f.gz") as (file, _):
        file.read()


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_folder_is_made_or_replaced_as_a_whole(tmp_path):
    for text in ("old", "new"):
        with atomic_folder(tmp_path / "f") as folder:
            (Path(folder) / text).write_text(text)
            assert not (tmp_path / "f" / text).exists()
        assert contents(tmp_path / "f") == {text: text}
        assert os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("old", [False, True])
def test_an_error_leaves_a_folder_as_it_was(tmp_path, error, old):
    if old:
        with atomic_folder(tmp_path / "f") as folder:
            (Path(folder) / "a").write_text("old")
    with pytest.raises(error), atomic_folder(tmp_path / "f") as folder:
        (Path(folder) / "b").write_text("new")
        raise error
    assert os.listdir(tmp_path) == ["f"] * old
    assert not old or contents(tmp_path / "f") == {"a": "old"}


def test_a_folder_that_cannot_take_its_name_gives_it_back(tmp_path, monkeypatch):
    with atomic_folder(tmp_path / "f") as folder:
        (Path(folder) / "a").write_text("old")
    rename, renamed = os.rename, []

    def fail_at_the_second(*paths):
        renamed.append(paths)
        if len(renamed) == 2:
            raise OSError(errno.EIO, "no more")
        rename(*paths)

    monkeypatch.setattr(files.os, "rename", fail_at_the_second)
    with pytest.raises(OSError, match="no more"), atomic_folder(tmp_path / "f") as folder:
        (Path(folder) / "b").write_text("new")
    assert contents(tmp_path / "f") == {"a": "old"} and os.listdir(tmp_path) == ["f"]


def test_folders_of_killed_processes_are_removed(tmp_path):
    code = (
        "import os, sys; from fastnet.files import atomic_folder\n"
        "with atomic_folder(sys.argv[1]) as folder:\n"
        "    open(os.path.join(folder, 'half'), 'w').close()\n"
        "    os._exit(9)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "f")]
    assert subprocess.run(command).returncode == 9 and len(os.listdir(tmp_path)) == 1
    with atomic_folder(tmp_path / "f"):
        pass
    assert os.listdir(tmp_path) == ["f"]
