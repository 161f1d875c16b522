"""--quiet, which all commands have."""

import contextlib
from collections.abc import Iterator
from typing import Any

import click

from ..diagnostics import quiet

QUIET = "fastnet.quiet"  # in a context's meta


def be_quiet(ctx: click.Context, param: click.Parameter, wanted: Any) -> None:
    """Be quiet, also about the kernels that are compiled: see `until_the_end`."""
    if wanted and not ctx.resilient_parsing:
        ctx.meta[QUIET] = True
        quiet.set(True)


@contextlib.contextmanager
def until_the_end() -> Iterator[None]:
    """Let only what is within be quiet, even if its arguments are wrong."""
    token = quiet.set(quiet.get())
    try:
        yield
    finally:
        quiet.reset(token)


def is_quiet() -> bool:
    """Tell whether the command prints its results and errors only."""
    ctx = click.get_current_context(silent=True)
    return ctx is not None and QUIET in ctx.meta


quiet_option = click.option(
    "--quiet", "-q", is_flag=True, is_eager=True, expose_value=False, callback=be_quiet,
    show_default="no",
    help="Print results and errors only: no progress, no warnings, no word on compiling.",
)  # fmt: skip
