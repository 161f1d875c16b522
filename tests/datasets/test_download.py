"""fetch: from a real web server, whole and right, or one clear line and nothing on the disk."""

import gzip
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fastnet.datasets import FetchError, download, fetch
from tests.datasets.helpers import send, small_set

IMAGES = "train-images-idx3-ubyte"


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def refused():
    """A URL at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_files_are_stored_uncompressed(tmp_path, mirror, files):
    mirror.offer(files)
    folder = fetch("mnist", tmp_path / "new" / "folder", mirrors=[mirror.url])
    assert folder == tmp_path / "new" / "folder"
    assert contents(folder) == files
    assert sorted(mirror.asked) == sorted(f"{name}.gz" for name in files)


def test_by_default_into_the_cache_from_the_usual_mirrors(cache, mirror, files, monkeypatch):
    mirror.offer(files, level=0)  # a mirror may pack as it likes, even not at all
    source = download.SOURCES["mnist"]._replace(mirrors=(f"{mirror.url}/",))
    monkeypatch.setitem(download.SOURCES, "mnist", source)
    assert fetch("mnist") == cache / "mnist"
    assert contents(cache / "mnist") == files


def test_what_is_there_and_right_is_not_asked_for(tmp_path, mirror, files):
    mirror.offer(files)
    fetch("mnist", tmp_path, mirrors=[mirror.url])
    mirror.asked.clear()
    fetch("mnist", tmp_path, mirrors=[mirror.url])
    assert mirror.asked == []
    (tmp_path / IMAGES).write_bytes(files[IMAGES][:-1])
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(b"\x1f\x8bnot gzip either")
    fetch("mnist", tmp_path, mirrors=[mirror.url])
    assert mirror.asked == [f"{IMAGES}.gz", "t10k-labels-idx1-ubyte.gz"]
    assert contents(tmp_path) == files


def test_progress_counts_the_whole_data_set(tmp_path, mirror, files):
    mirror.offer(files)
    seen = []
    fetch("mnist", tmp_path, mirrors=[mirror.url], progress=lambda *step: seen.append(step))
    total = sum(map(len, files.values()))
    assert {of for _, of in seen} == {total}
    done = [step for step, _ in seen]
    assert done == sorted(done) and done[0] == 0 and done[-1] == total
    assert len(set(done)) >= len(files) + 1


BAD = {  # what a mirror may do, and what is said of it
    "404": (None, "HTTP Error 404"),
    "another file": (gzip.compress(b"another"), "wrong contents: SHA-256 [0-9a-f]{64} came"),
    "a page": (b"<html>Please log in</html>", "incorrect header check"),
    "nothing": (b"", "cut short, 0 bytes came"),
    "a bomb": (gzip.compress(bytes(50_000_000)), r"more than 48\d\d\d bytes came"),
    "an answer that is not HTTP": (lambda h: h.wfile.write(b"hello\r\n\r\n"), "hello"),
    "a hang-up": (lambda h: None, "closed connection without response"),
    "a huge length": (lambda h: send(h, b"\x1f\x8b" * 9, 1 << 50), "more than 4"),
}


def endless(handler):
    """No length, and no end."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(1 << 16))


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_mirror(tmp_path, mirror, files, bad):
    mirror.offer(files)
    answer, message = BAD[bad]
    mirror.files[f"{IMAGES}.gz"] = answer
    with pytest.raises(FetchError, match=message) as caught:
        fetch("mnist", tmp_path, mirrors=[mirror.url])
    assert f"{mirror.url}/{IMAGES}.gz" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_cut_short(tmp_path, mirror, files, announced):
    mirror.offer(files)
    body = mirror.files[f"{IMAGES}.gz"]
    half = body[: len(body) // 2]

    def answer(handler):
        if announced:
            send(handler, half, len(body))
        else:
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(half)

    mirror.files[f"{IMAGES}.gz"] = answer
    came = f"cut short, {len(half)} bytes came" + (f" of {len(body)}" if announced else r"\)")
    with pytest.raises(FetchError, match=came):
        fetch("mnist", tmp_path, mirrors=[mirror.url])
    assert contents(tmp_path) == {}


def test_a_body_without_an_end(tmp_path, mirror, files):
    mirror.offer(files)
    mirror.files[f"{IMAGES}.gz"] = endless
    with pytest.raises(FetchError, match="more than"):
        fetch("mnist", tmp_path, mirrors=[mirror.url])
    assert contents(tmp_path) == {}


def test_the_next_mirror_is_tried(tmp_path, mirror, second_mirror, files):
    mirror.offer(small_set(seed=1))  # of the right length, and yet wrong
    second_mirror.offer(files)
    fetch("mnist", tmp_path, mirrors=[refused(), mirror.url, second_mirror.url])
    assert contents(tmp_path) == files
    assert mirror.asked == second_mirror.asked


def test_a_silent_mirror_is_left(tmp_path, mirror, second_mirror, files):
    mirror.files[f"{IMAGES}.gz"] = lambda handler: mirror.closing.wait(30)
    second_mirror.offer(files)
    fetch("mnist", tmp_path, mirrors=[mirror.url, second_mirror.url], timeout=0.2)
    assert contents(tmp_path) == files


def test_all_that_was_tried_is_named(tmp_path, mirror, files):
    dead = refused()
    with pytest.raises(FetchError, match="the download failed") as caught:
        fetch("mnist", tmp_path / "folder", mirrors=[dead, mirror.url])
    message = str(caught.value)
    assert f"{dead}/{IMAGES}.gz: " in message and "refused" in message
    assert f"{mirror.url}/{IMAGES}.gz: HTTP Error 404" in message
    assert str(tmp_path / "folder") in message
    assert isinstance(caught.value, OSError)
    assert not (tmp_path / "folder").exists()


def test_files_that_were_right_stay(tmp_path, mirror, files):
    """A second attempt goes on where the first one failed."""
    mirror.offer(files)
    last = list(files)[-1]
    del mirror.files[f"{last}.gz"]
    with pytest.raises(FetchError, match="404"):
        fetch("mnist", tmp_path, mirrors=[mirror.url])
    assert contents(tmp_path) == {name: data for name, data in files.items() if name != last}
    mirror.asked.clear()
    mirror.offer(files)
    fetch("mnist", tmp_path, mirrors=[mirror.url])
    assert mirror.asked == [f"{last}.gz"]


def test_a_folder_that_cannot_be_made(tmp_path, mirror, files):
    mirror.offer(files)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError) as caught:
        fetch("mnist", tmp_path / "file" / "folder", mirrors=[mirror.url])
    assert not isinstance(caught.value, FetchError)  # it is not the mirror's fault


@pytest.mark.parametrize("name", ["digits", "imagenet"])
def test_an_unknown_name(name):
    with pytest.raises(ValueError, match=f"name: '{name}' .* wanted mnist or fashion-mnist"):
        fetch(name)


FETCH = """
import sys
from pathlib import Path
from fastnet.datasets import download
from tests.datasets.helpers import small_set, source_of
download.SOURCES["mnist"] = source_of(small_set(), sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
download.fetch("mnist", sys.argv[1])
"""


def start(folder, url):
    """A process that is about to fetch, and waits for a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", FETCH, str(folder), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_processes_at_once(tmp_path, mirror, files):
    mirror.offer(files)
    processes = [start(tmp_path, mirror.url) for _ in range(2)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert contents(tmp_path) == files


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle(tmp_path, mirror, files, how):
    mirror.offer(files)
    body = mirror.files[f"{IMAGES}.gz"]

    def answer(handler):
        send(handler, body[: len(body) // 2], len(body))
        mirror.closing.wait(30)

    mirror.files[f"{IMAGES}.gz"] = answer
    process = start(tmp_path, mirror.url)
    process.stdin.write("go\n")
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while not mirror.asked:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(how)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert contents(tmp_path) == {}


def test_cache_folder(monkeypatch, tmp_path):
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    places = {"linux": ".cache", "darwin": "Library/Caches", "win32": "AppData/Local"}
    for platform, place in places.items():
        monkeypatch.setattr(sys, "platform", platform)
        assert download.cache_folder("mnist") == tmp_path / place / "fastnet" / "mnist"
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert download.cache_folder("mnist") == tmp_path / "local" / "fastnet" / "mnist"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert download.cache_folder("mnist") == tmp_path / "xdg" / "fastnet" / "mnist"


def test_the_usual_mirrors_speak_https_where_they_can():
    for name, source in download.SOURCES.items():
        assert source.mirrors
        for url in source.mirrors:
            # Fashion-MNIST's is an S3 website, which has no https: its SHA-256 guards it
            assert url.startswith("http://" if name == "fashion-mnist" else "https://")


def test_the_real_files(tmp_path, mirror, mnist_folder):
    for path in mnist_folder.glob("*.gz"):
        mirror.files[path.name] = path.read_bytes()
    fetch("mnist", tmp_path, mirrors=[mirror.url])
    for name, data in contents(tmp_path).items():
        assert data == gzip.decompress((mnist_folder / f"{name}.gz").read_bytes())
    assert contents(tmp_path).keys() == download.SOURCES["mnist"].files.keys()


def test_what_a_mirror_says_is_printable(tmp_path, mirror, files):
    mirror.files[f"{IMAGES}.gz"] = lambda handler: handler.wfile.write(
        b"HTTP/1.1 404 \x1b[2J\x07gone\x9b31m\x00\r\nContent-Length: 0\r\n\r\n"
    )
    with pytest.raises(FetchError, match=r"HTTP Error 404: \\x1b\[2J\\x07gone\\x9b31m") as caught:
        fetch("mnist", tmp_path, mirrors=[mirror.url])
    assert str(caught.value).isprintable()
    lines = b"\x1b]0;title\x07\r\n\r\n", b"HTTP/1.1 2\x1b0 x\r\n\r\n", b"HTTP/1.1 200 \r\n" * 9
    for line in lines:
        mirror.files[f"{IMAGES}.gz"] = lambda handler, line=line: handler.wfile.write(line)
        with pytest.raises(FetchError) as caught:
            fetch("mnist", tmp_path, mirrors=[mirror.url])
        assert str(caught.value).isprintable() and len(str(caught.value)) < 500


@pytest.mark.parametrize("announced", [True, False])
def test_a_mirror_that_trickles_is_left(tmp_path, mirror, second_mirror, files, announced):
    """Never silent for long, and never done."""
    body = gzip.compress(files[IMAGES])

    def trickle(handler):
        handler.send_response(200)
        if announced:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        for k in range(len(body)):
            handler.wfile.write(body[k : k + 1])
            handler.wfile.flush()
            if mirror.closing.wait(0.01):
                break

    mirror.offer(files)
    mirror.files[f"{IMAGES}.gz"] = trickle
    second_mirror.offer(files)
    began = time.monotonic()
    fetch("mnist", tmp_path, mirrors=[mirror.url, second_mirror.url], max_seconds=0.3)
    assert contents(tmp_path) == files
    with pytest.raises(FetchError, match=r"\d+ bytes came in 0.2 s, which is too slow"):
        fetch("mnist", tmp_path / "other", mirrors=[mirror.url], max_seconds=0.2)
    assert time.monotonic() - began < len(body) * 0.01, "less than all of it would take"


@pytest.mark.parametrize(
    "beginning", [b"", pytest.param(b"HTTP/1.1 200 OK\r\nX-Long: ", marks=pytest.mark.heavy)]
)
def test_a_mirror_whose_headers_trickle(tmp_path, mirror, second_mirror, files, beginning):
    def trickle(handler):
        handler.wfile.write(beginning)
        while not mirror.closing.wait(0.02):
            handler.wfile.write(b"x")

    mirror.files = dict.fromkeys((f"{name}.gz" for name in files), trickle)
    second_mirror.offer(files)
    fetch("mnist", tmp_path, mirrors=[mirror.url, second_mirror.url], max_seconds=1)
    assert contents(tmp_path) == files
    with pytest.raises(FetchError, match=r"no answer came in 0.2 s, which is too slow"):
        fetch("mnist", tmp_path / "other", mirrors=[mirror.url], max_seconds=0.2)


@pytest.mark.parametrize("name", ["timeout", "max_seconds"])
@pytest.mark.parametrize(
    "value", [0, 0.0, -1, -1e-9, float("nan"), float("inf"), "5", None, True, 10**400, 1e300, [5]]
)
def test_a_wrong_limit_is_no_mirrors_fault(tmp_path, mirror, files, name, value):
    mirror.offer(files)
    with pytest.raises(ValueError, match=f"^{name}: .*, wanted a number"):
        fetch("mnist", tmp_path, mirrors=[mirror.url], **{name: value})
    assert mirror.asked == []


def test_mirrors_are_several(tmp_path, mirror):
    with pytest.raises(TypeError, match=r"mirrors: 'http://.*', wanted a sequence of URLs"):
        fetch("mnist", tmp_path, mirrors=mirror.url)
