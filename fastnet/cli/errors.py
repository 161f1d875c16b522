"""Commands that fail in one line."""

import contextlib
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import click

from fastnet.diagnostics import LearningWarning
from fastnet.progress import ERASE

# The last where warnings are errors.
EXPECTED = (OSError, ValueError, TypeError, FloatingPointError, MemoryError, LearningWarning)


class Commands(click.Group):
    """A group of commands that fail in one line."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse what stands before the command's name."""
        with failing_in_one_line():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with failing_in_one_line(), warning_in_one_line():
            return super().invoke(ctx)


@contextlib.contextmanager
def failing_in_one_line() -> Iterator[None]:
    """Make click end with one line for an expected error: exit code 2 for wrong usage, else 1."""
    try:
        yield
    except click.UsageError as error:
        hint = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        raise click.UsageError(one_line(error.format_message()) + hint) from None
    except BrokenPipeError:
        raise  # the reader has seen enough (| head): click ends without a word
    except EXPECTED as error:
        raise click.ClickException(said(error)) from None
    except KeyboardInterrupt as error:
        erase_line()
        raise click.ClickException(said(error)) from None


@contextlib.contextmanager
def warning_in_one_line() -> Iterator[None]:
    """Let a `LearningWarning` be one line on stderr, told once, for which a bar makes way."""
    with warnings.catch_warnings():
        usual, told = warnings.showwarning, set[str]()

        def show(message: Any, category: type[Warning], *where: Any, **more: Any) -> None:
            if not issubclass(category, LearningWarning):
                usual(message, category, *where, **more)
                return
            line = one_line(str(message))
            if line not in told:
                told.add(line)
                erase_line()
                click.echo(f"fastnet: warning: {line}", err=True)

        warnings.showwarning = show
        yield


def said(error: BaseException) -> str:
    """Return what an error says, in one line."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, OSError) and error.filename:
        return one_line(f"{error.filename}: {error.strerror}")
    return one_line(str(error)) or type(error).__name__


def one_line(text: str) -> str:
    """Return the text without its line breaks."""
    return " ".join(line.strip() for line in text.splitlines())


@contextlib.contextmanager
def one_ctrl_c() -> Iterator[None]:
    """Let the first Ctrl-C interrupt, and no other: what was learned is being saved.

    Decorates functions too.
    """

    def interrupt(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # it is ignored, or somebody else's
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def erase_line() -> None:
    """Take the ^C that a terminal shows, or a bar, off its line."""
    if sys.stderr.isatty():
        click.echo(ERASE, nl=False, err=True)
