"""The command line.

The commands import the library, and NumPy with it, when they run, so that help comes at once. The
exit code is 0, 1 for a failure, 2 for wrong usage, and 130 on Ctrl-C (128 and the number of the
signal). An error is one line on stderr; stdout carries results only.
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
