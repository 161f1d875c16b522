"""A progress bar on one line of the terminal.

click has one, but it appears at once, keeps its last state on the screen, and cannot be erased for
a line of output: short work would flicker, and every round of training would leave a dead bar.
"""

import os
import sys
import time
from types import TracebackType
from typing import TextIO

from .quiet import is_quiet

ERASE = "\r\033[K"


class Progress:
    """Draw a bar with the time left, if the stream is a terminal and the work is long.

    Parameters
    ----------
    label
        The text before the bar. It may be changed at any time.
    delay
        Seconds before the bar appears, so that short work shows none.
    stream
        The stream to draw on. Default: stderr.
    """

    def __init__(
        self, label: str = "", *, delay: float = 0.5, stream: TextIO | None = None
    ) -> None:
        self.label = label
        self.delay = delay
        self.before: float = 0  # how many were ready when the clock started
        self.stream = sys.stderr if stream is None else stream
        terminal = self.stream is not None and self.stream.isatty()  # None if it is closed
        self.enabled = terminal and os.environ.get("TERM") != "dumb" and not is_quiet()
        self.drawn = False
        self.start()

    def start(self) -> None:
        """Start the clock."""
        self.started = time.monotonic()
        self.drawn_at = -1.0

    def __call__(self, done: float, total: int | None) -> None:
        """Show that `done` of `total` are ready; draw at most ten times a second.

        Without a total, show only the label.
        """
        now = time.monotonic()
        if not self.enabled or now - self.started < self.delay or now - self.drawn_at < 0.1:
            return
        try:
            columns = os.get_terminal_size(self.stream.fileno()).columns or 80
        except OSError:
            columns = 80
        line = self.label[: columns - 3]  # room for ^C
        if total is not None:
            elapsed = now - self.started
            line = bar(self.label, done, total, elapsed, columns - 3, self.before)
        self._write(ERASE + line)
        self.drawn, self.drawn_at = True, now

    def clear(self) -> None:
        """Erase the bar, to write something else or because the work is done."""
        if self.drawn:
            self._write(ERASE)
            self.drawn = False

    def _write(self, text: str) -> None:
        """Draw. If the terminal is gone, the work continues."""
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError:
            self.enabled = False

    def __enter__(self) -> "Progress":
        self.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.clear()


def bar(
    label: str, done: float, total: int, elapsed: float, width: int, before: float = 0
) -> str:
    """Return a line of at most `width` columns: label, bar, per cent and time left.

    `before` of the total were ready when the clock started.
    """
    part = min(done / total, 1.0) if total > 0 else 1.0
    left = ""
    if part == 1:
        left = "0:00 left"
    elif done > before:
        left = f"{clock(elapsed * (total - done) / (done - before))} left"
    head, tail = f"{label} [", f"] {int(100 * part):3d}%  {left}"
    cells = min(40, width - len(head) - len(tail))
    if cells < 5:  # in a narrow window the numbers matter more
        return f"{label} {tail[2:]}"[:width]
    return head + ("#" * int(part * cells)).ljust(cells, ".") + tail


def clock(seconds: float) -> str:
    """Return seconds as m:ss or h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
