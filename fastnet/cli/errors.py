"""Errors of commands in one line, and their end at a signal."""

import contextlib
import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import click

from ..diagnostics import LearningWarning
from ..spelling import meant, option_meant
from .progress import ERASE
from .quiet import is_quiet, until_the_end

# These signals end a command: Ctrl-C, kill, the terminal's end (Windows has no SIGHUP).
ENDING = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
# A LearningWarning is an error if the user turns warnings into errors; an ImportError names what a
# file needs, such as PyArrow.
EXPECTED = (
    OSError, ValueError, TypeError, FloatingPointError, MemoryError, KeyboardInterrupt,
    ImportError, LearningWarning,
)  # fmt: skip


class Commands(click.Group):
    """A group of commands whose errors are one line."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Parse the arguments, and run the command."""
        with until_the_end():
            return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the arguments before the command's name."""
        with failing_in_one_line():
            return super().make_context(*args, **kwargs)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command, or say which one may be meant."""
        name = args[0]
        if not name.startswith("-") and name not in self.commands and not ctx.resilient_parsing:
            hint = option_meant(name, self.commands)
            raise click.UsageError(f"there is no command {name!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with failing_in_one_line(), ended_by_signals(), warning_in_one_line():
            return super().invoke(ctx)


class Failure(click.ClickException):
    """An error in one line, with an exit code. Standard error may be closed."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]

    def show(self, file: Any = None) -> None:
        """Print the error, unless standard error is closed."""
        try:
            super().show(file)
        except OSError:
            discard(sys.stderr)


class Ended(KeyboardInterrupt):
    """A signal has come; the argument is its number."""


@contextlib.contextmanager
def failing_in_one_line() -> Iterator[None]:
    """Make click end with one line for an expected error.

    The exit code is 2 for wrong usage, 128 and its number for a signal (Ctrl-C: 130), else 1.
    """
    try:
        yield
    except click.UsageError as error:
        hint = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        raise click.UsageError(one_line(usage(error)) + hint) from None
    except EXPECTED as error:
        raise failure(error) from None


def usage(error: click.UsageError) -> str:
    """Return what is wrong in the usage of a command; of an unknown name, what may be meant."""
    wrong = re.match("'([^']*)' is not one of ", error.message)
    if wrong and isinstance(error, click.BadParameter):
        choices = getattr(getattr(error.param, "type", None), "choices", ())
        return error.format_message().rstrip(".") + meant(wrong[1], map(str, choices))
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return error.format_message()
    params = error.ctx.command.get_params(error.ctx)
    flags = [flag for param in params for flag in [*param.opts, *param.secondary_opts]]
    known = option_meant(error.option_name, [flag for flag in flags if flag.startswith("--")])
    return f"there is no option {error.option_name}{known}"


def failure(error: BaseException, kept: str = "", what: str = "") -> BaseException:
    """Return the error that ends a command: one line with the error and what is saved."""
    erase_line()
    if isinstance(error, BrokenPipeError):
        return error  # the reader has gone (| head): click ends silently
    code = 1
    if isinstance(error, KeyboardInterrupt):
        code = 128 + (error.args[0] if isinstance(error, Ended) else signal.SIGINT)
    return Failure("; ".join(filter(None, [what or said(error), kept])), code)


@contextlib.contextmanager
def warning_in_one_line() -> Iterator[None]:
    """Print each `LearningWarning` once, as one line on stderr, and erase a bar for it."""
    with warnings.catch_warnings():
        usual, told = warnings.showwarning, set[str]()

        def show(message: Any, category: type[Warning], *where: Any, **more: Any) -> None:
            if not issubclass(category, LearningWarning):
                usual(message, category, *where, **more)
                return
            line = one_line(str(message))
            if line not in told and not is_quiet():
                told.add(line)
                erase_line()
                with contextlib.suppress(OSError):
                    click.echo(f"fastnet: warning: {line}", err=True)

        warnings.showwarning = show
        yield


@contextlib.contextmanager
def naming(names: dict[str, str]) -> Iterator[None]:
    """Let errors and warnings of data begin with names that a person knows: {"X": "people.csv"}."""

    def named(text: str) -> str:
        own, colon, rest = text.partition(": ")
        return f"{names[own]}: {rest}" if colon and own in names else text

    usual = warnings.showwarning

    def show(message: Any, *where: Any, **more: Any) -> None:
        usual(named(str(message)), *where, **more)

    warnings.showwarning = show
    try:
        yield
    except (ValueError, TypeError, LearningWarning) as error:
        if named(str(error)) == str(error):
            raise
        raise ValueError(named(str(error))) from None
    finally:
        warnings.showwarning = usual


def said(error: BaseException) -> str:
    """Return the text of an error in one line."""
    if isinstance(error, KeyboardInterrupt):
        number = error.args[0] if isinstance(error, Ended) else signal.SIGINT
        return "interrupted" if number == signal.SIGINT else f"ended by {number.name}"
    if isinstance(error, OSError) and error.filename:
        return one_line(f"{error.filename}: {error.strerror}")
    text = one_line(str(error))
    if not text or not isinstance(error, EXPECTED):
        return f"{type(error).__name__}: {text}" if text else type(error).__name__
    return text


def one_line(text: str) -> str:
    """Return the text without its line breaks."""
    return " ".join(line.strip() for line in text.splitlines())


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise `Ended` on Ctrl-C, SIGTERM and SIGHUP. Later ones do nothing while work is saved.

    All of them arrive as SIGINT, which `later_ctrl_c` can delay.
    """
    usual = {number: signal.getsignal(number) for number in ENDING}
    ignored = usual[signal.SIGINT] is signal.SIG_IGN  # in a script's background jobs
    here = threading.current_thread() is threading.main_thread()
    if not here or usual[signal.SIGINT] not in (signal.SIG_IGN, signal.default_int_handler):
        yield  # others handle the signals
        return
    came: list[signal.Signals] = []

    def interrupt(number: int, frame: Any) -> None:
        if number != signal.SIGINT:
            came.append(signal.Signals(number))
            signal.raise_signal(signal.SIGINT)
        elif (came or not ignored) and not ending():
            raise Ended(came[0] if came else signal.SIGINT)

    default = (signal.SIG_DFL, signal.default_int_handler)
    mine = [n for n in ENDING if n == signal.SIGINT or usual[n] in default]
    for number in mine:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_IGN if ending() else usual[number])


def ending() -> bool:
    """Tell whether `Ended` is being handled, even if an import or a callback swallowed it."""
    error = sys.exc_info()[1]
    while error is not None and not isinstance(error, Ended):
        error = error.__context__
    return error is not None


def say(text: str, *, nl: bool = True) -> None:
    """Print on standard output, or raise an OSError that names it."""
    try:
        click.echo(text, nl=nl)
    except OSError as error:
        discard(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            error.filename = "standard output"
        raise


def discard(stream: Any) -> None:
    """Drop the text that a stream could not write, so that Python does not try again at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def erase_line() -> None:
    """Erase a bar, or the ^C of the terminal, from its line."""
    with contextlib.suppress(OSError):
        if sys.stderr is not None and sys.stderr.isatty():
            click.echo(ERASE, nl=False, err=True)
