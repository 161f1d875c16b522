"""The command line.

The commands import the library, and NumPy with it, when they run, so that help is quick. The exit
code is 0, 1 for a failure, 2 for wrong usage, and 130 on Ctrl-C (128 and the number of the signal).
An error is one line on stderr; stdout carries results only.
"""

from typing import Any

import click

from fastnet._version import __version__

from .completion import completion
from .errors import Commands, say
from .evaluate import evaluate
from .export import export
from .machine import fetch, warmup
from .models import info
from .plot import plot
from .predict import predict
from .quiet import quiet_option
from .read import read
from .report import report
from .sweep import sweep
from .train import train


def version(ctx: click.Context, param: click.Parameter, wanted: Any) -> None:
    """Print the version, and warn of the unrelated package named fastnet."""
    if not wanted or ctx.resilient_parsing:
        return
    from importlib import metadata

    say(f"fastnet {__version__}")
    try:
        other = metadata.version("fastnet")  # this distribution is fastnet-sgd
    except metadata.PackageNotFoundError:
        ctx.exit()
    click.echo(
        f"Warning: fastnet {other}, another package, is installed too, with a folder of the same "
        "name: pip uninstall fastnet fastnet-sgd, then pip install fastnet-sgd", err=True,
    )  # fmt: skip
    ctx.exit()


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.option(
    "--version",
    "-V",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=version,
    help="Show the version and exit.",
)
@quiet_option
@click.pass_context
def main(ctx: click.Context) -> None:
    """Small neural networks, trained exactly, one sample at a time.

    Begin with `fastnet train`: it learns the handwritten digits that come with fastnet.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for command in (
    train, sweep, evaluate, predict, read, info, plot, report, export, fetch, warmup, completion
):
    main.add_command(quiet_option(command))
