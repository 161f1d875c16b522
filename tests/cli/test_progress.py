"""The bar: within the window, gone when the work is done, silent where nobody looks."""

import contextlib
import fcntl
import io
import os
import pty
import re
import struct
import termios
import time
from types import SimpleNamespace

import pytest

from fastnet.cli.progress import ERASE, Progress, bar, clock


@pytest.fixture
def terminal(monkeypatch):
    """A real terminal of 60 columns: its stream, and what has been written since the last look."""
    monkeypatch.setenv("TERM", "xterm")
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    with open(writer, "w") as stream:
        yield SimpleNamespace(stream=stream, shown=lambda: os.read(reader, 100_000).decode())
    os.close(reader)


def test_a_bar_is_drawn_and_erased(terminal):
    with Progress("fetching", delay=0.0, stream=terminal.stream) as progress:
        progress(1, 4)
        drawn = terminal.shown()
        assert drawn.startswith(ERASE + "fetching [")
        assert " 25%  " in drawn and drawn.endswith(" left")
        assert len(drawn.removeprefix(ERASE)) <= 60 - len("^C")
    assert terminal.shown() == ERASE


def test_it_is_drawn_at_most_ten_times_a_second(terminal):
    start = time.monotonic()
    with Progress(delay=0.0, stream=terminal.stream) as progress:
        for done in range(1, 1001):
            progress(done, 1_000_000)
    assert 1 <= terminal.shown().count("%") <= 1 + 10 * (time.monotonic() - start)


def test_a_label_alone_where_nobody_knows_the_total(terminal):
    with Progress(delay=0.0, stream=terminal.stream) as progress:
        progress.label = "7 rows" + 200 * "!"
        progress(7, None)
    shown = terminal.shown().split(ERASE)[1]
    assert shown.startswith("7 rows!") and set(shown[6:]) == {"!"} and len(shown) < 80


def test_short_work_shows_nothing(terminal):
    with Progress(delay=3600.0, stream=terminal.stream) as progress:
        progress(1, 2)
        progress(2, 2)
    print("end", file=terminal.stream, flush=True)
    assert terminal.shown().split() == ["end"]


def test_no_bar_where_there_is_no_terminal():
    stream = io.StringIO()
    with Progress(delay=0.0, stream=stream) as progress:
        progress(1, 2)
    assert stream.getvalue() == ""


def test_no_bar_on_a_terminal_that_cannot_erase(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    with Progress(delay=0.0, stream=terminal.stream) as progress:
        progress(1, 2)
    print("end", file=terminal.stream, flush=True)
    assert terminal.shown().split() == ["end"]


@pytest.mark.parametrize("width", [1, 10, 20, 30, 40, 77, 200])
@pytest.mark.parametrize("done", [0, 1, 500, 999, 1000, 2000])
def test_a_bar_fits_its_width(width, done):
    line = bar("round #12 of learning...", done, 1000, 100.0, width)
    assert len(line) <= width
    if width >= 77:
        assert re.search(r"\[#*\.*\] ", line)
        assert f" {min(done // 10, 100)}%" in line


def test_a_bar_fills_up():
    full = [bar("", done, 100, 1.0, 77).count("#") for done in range(101)]
    assert full == sorted(full)
    assert full[0] == 0 and full[-1] == 40


def test_time_left_goes_by_what_is_done():
    assert bar("", 25, 100, 20.0, 77).endswith(" 25%  1:00 left")
    assert bar("", 0, 100, 20.0, 77).endswith("  0%  ")  # nothing to go by yet
    assert bar("", 0, 0, 20.0, 77).endswith("100%  0:00 left")
    assert bar("", 75, 100, 20.0, 77, before=65).endswith(" 75%  0:50 left")
    assert bar("", 65, 100, 20.0, 77, before=65).endswith(" 65%  ")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0:00"), (9, "0:09"), (61.2, "1:01"), (7384.0, "2:03:04")]
)
def test_clock(seconds, said):
    assert clock(seconds) == said


def test_without_standard_error_there_is_no_bar(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)  # as Python has it where the file is closed
    with Progress("training", delay=0.0) as progress:
        progress(1, 4)


def test_a_terminal_that_goes_ends_no_work(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    reader, writer = pty.openpty()
    stream = open(writer, "w")  # noqa: SIM115
    with Progress("training", delay=0.0, stream=stream) as progress:
        progress(1, 4)
        os.close(reader)
        progress.clear()
        time.sleep(0.11)
        progress(2, 4)
    with contextlib.suppress(OSError):
        stream.close()
