"""The command line: what the library does, from a terminal.

The library, and NumPy with it, is imported inside the commands, so that help comes at once. Exit
codes: 0; 1 failed; 2 wrong usage; 130 Ctrl-C (128 and the number of a signal). An error is one line
on stderr; stdout carries results only.
"""

import click

from fastnet._version import __version__

from .errors import Commands
from .machine import fetch, warmup
from .models import evaluate, info, predict
from .train import train


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(__version__, message="fastnet %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Small neural networks, trained exactly, one sample at a time.

    Begin with `fastnet train`: it learns the handwritten digits that come with fastnet.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for command in (train, evaluate, predict, info, fetch, warmup):
    main.add_command(command)
