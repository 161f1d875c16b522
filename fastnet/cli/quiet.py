"""--quiet, which all commands have."""

from typing import Any

import click

from ..diagnostics import quiet

QUIET = "fastnet.quiet"  # in a context's meta


def be_quiet(ctx: click.Context, param: click.Parameter, wanted: Any) -> None:
    """Be quiet until the command ends, also about the kernels that are compiled."""
    if not wanted or ctx.resilient_parsing:
        return
    ctx.meta[QUIET] = True
    token = quiet.set(True)
    ctx.call_on_close(lambda: quiet.reset(token))


def is_quiet() -> bool:
    """Tell whether the command prints its results and errors only."""
    ctx = click.get_current_context(silent=True)
    return ctx is not None and QUIET in ctx.meta


quiet_option = click.option(
    "--quiet", "-q", is_flag=True, is_eager=True, expose_value=False, callback=be_quiet,
    show_default="no",
    help="Print results and errors only: no progress, no warnings, no word on compiling.",
)  # fmt: skip
