"""The commands that prepare a machine: fetch, warmup."""

import click

from .errors import say
from .events import as_text
from .options import dtype_option
from .progress import Progress
from .quiet import is_quiet
from .types import Data


@click.command()
@click.argument("dataset", type=Data(paths=False))
def fetch(dataset: str) -> None:
    """Download DATASET: mnist or fashion-mnist.

    The files are checked and kept in the user's cache directory. `fastnet train` downloads them
    itself if they are missing. The digits come with fastnet.
    """
    from fastnet import datasets

    if dataset == "digits":
        say("digits: nothing to download, they come with fastnet")
        return
    with Progress(f"fetching {dataset}") as progress:
        folder = datasets.fetch(dataset, progress=progress)
    say(f"{dataset} is in {folder}")


@click.command()
@dtype_option
def warmup(dtype: str) -> None:
    """Compile the kernels now, not at first use."""
    import fastnet

    seconds, compiled = fastnet.warmup(dtype)
    if is_quiet():
        return
    say(as_text({"event": "warmup", "seconds": seconds, "compiled": compiled}))
