"""The progress that `train`, `train_seeds` and `train_stream` show by themselves in a notebook.

It is a bar of tqdm, or a line now and then without tqdm. Scripts stay silent.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from ..html import preformatted
from ..model.history import History, brief

OnProgress = Callable[..., object] | None

DELAY = 0.5  # seconds, so that a short run shows nothing
PAUSE = 5.0  # seconds between two lines, without tqdm


def in_notebook() -> bool:
    """Tell whether a kernel of Jupyter runs this process. Nothing is imported to find that out."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


@contextlib.contextmanager
def showing(
    verbose: bool | None,
    on_progress: OnProgress,
    words: Callable[[], str],
    knows_total: Callable[[], bool] = lambda: True,
    unit: str = " samples",
) -> Iterator[OnProgress]:
    """Yield the callback for the progress: the user's, which in a notebook also moves a bar.

    Parameters
    ----------
    verbose
        That of the call; if it is not None, it decides, and there is no bar.
    on_progress
        The user's callback.
    words
        A function that returns the figures beside the bar.
    knows_total
        A function that tells whether the total is more than a bound.
    unit
        What is counted.
    """
    if verbose is not None or not in_notebook():
        yield on_progress
        return
    bar = Bar(unit)

    def moved(done: float, total: int) -> None:
        bar.move(done, total if knows_total() else None, words())
        if on_progress is not None:
            on_progress(done, total)

    try:
        yield moved
    finally:
        bar.close(words())


@contextlib.contextmanager
def showing_stream(
    verbose: bool | None, on_progress: OnProgress, state: Callable[[], tuple[int, str]]
) -> Iterator[OnProgress]:
    """Yield the callback for the progress of a stream, whose length nobody knows.

    It is the user's, which in a notebook also moves a bar. `state` is a function that returns how
    many examples are learned, and the figures beside the bar. See `showing` for the others.
    """
    if verbose is not None or not in_notebook():
        yield on_progress
        return
    bar = Bar(" examples")

    def moved(*args: Any) -> None:
        done, words = state()
        bar.move(done, None, words)
        if on_progress is not None:
            on_progress(*args)

    try:
        yield moved
    finally:
        done, words = state()
        bar.last = done, None
        bar.close(words)


def figures(history: History) -> str:
    """Return the figures of the last epoch in words."""
    return brief(history[-1]) if history else "epoch 0"


class Bar:
    """A bar of tqdm, or lines on stderr without tqdm. It begins after `DELAY`."""

    def __init__(self, unit: str = " samples") -> None:
        self.unit = unit
        self.began: tuple[float, float] | None = None  # when, and how many samples were done
        self.told = time.monotonic()
        self.bar: Any = None
        self.last: tuple[float, int | None] = 0, None
        self.make = _tqdm()

    def move(self, done: float, total: int | None, words: str) -> None:
        """Show how many samples are done, of how many if that is known, and the figures."""
        now, self.last = time.monotonic(), (done, total)
        self.began = self.began or (now, done)  # after compiling
        seconds, learned = now - self.began[0], done - self.began[1]
        if seconds < DELAY:
            return
        if self.make is None:
            if now - self.told >= PAUSE:
                self.told = now
                left = total and learned and seconds * (total - done) / learned
                text = line(done, total, words, left, learned / max(seconds, 1e-9), self.unit)
                print(f"{text}\n", end="", file=sys.stderr, flush=True)
            return
        if self.bar is None:
            self.bar = self.make(
                total=total, initial=self.began[1], unit=self.unit, unit_scale=True, file=Place()
            )
            self.bar.start_t -= seconds
        self._draw(done, total, words)

    def close(self, words: str) -> None:
        """End the bar with its last figures."""
        if self.bar is not None:
            self._draw(*self.last, words)
            self.bar.close()

    def _draw(self, done: float, total: int | None, words: str) -> None:
        self.bar.total = total
        self.bar.set_postfix_str(words, refresh=False)
        self.bar.update(done - self.bar.n)


class Place:
    """A file whose last line stands in one place of a notebook.

    It needs no widgets, has no background as errors have, and stays in a notebook that is saved.
    """

    encoding = "utf-8"  # tqdm asks whether its blocks can be written

    def __init__(self) -> None:
        self.handle: Any = None

    def write(self, text: str) -> None:
        """Show text in the place of the one before."""
        text = text.strip("\r\n").rstrip()
        if not text:
            return
        data = {"text/plain": text, "text/html": preformatted(text)}
        if self.handle is not None:
            self.handle.update(data, raw=True)
            return
        from IPython.display import display

        self.handle = display(data, raw=True, display_id=True)

    def flush(self) -> None:
        """Do nothing, as each line is shown at once."""


def line(
    done: float, total: int | None, words: str, left: float | None, rate: float, unit: str
) -> str:
    """Return the progress as a line, with the seconds left if they are known."""
    if total is None or left is None:
        return f"fastnet: {words}; {done:,}{unit}, {rate:,.0f} a second"
    return f"fastnet: {done / total:.0%}, {words}; about {left:,.0f} s left"


def _tqdm() -> Any:
    """Return the class of tqdm's bars of text; None without tqdm."""
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm
