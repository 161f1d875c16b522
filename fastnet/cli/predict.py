"""`fastnet predict`."""

from typing import Any

import click

from .answers import Answers
from .arguments import models_and_data
from .models import voters
from .options import (
    AS_LEARNED,
    json_option,
    names_option,
    pixels_option,
    predicted_argument,
    text_options,
)
from .reading import reading_for, refuse_others
from .rows import chunks
from .saving import refuse_one_file
from .types import OutFile


@click.command()
@predicted_argument
@click.option(
    "--data", type=click.Path(exists=True, dir_okay=False), metavar="FILE",
    show_default="the argument FILE",
    help="Rows of a table, or samples: .npz (X), .npy, .csv or .jsonl (a sample a line), or IDX "
    "images.",
)
@click.option(
    "--probabilities", is_flag=True, show_default="labels",
    help="Print the net's outputs, a column for each class, in the order of `fastnet info`.",
)
@names_option("--keep", "NAME,...", "Columns of the rows to print before the answers.", "none")
@text_options(AS_LEARNED)
@pixels_option("a text", AS_LEARNED)
@click.option(
    "--out", type=OutFile(".csv", ".npy", ".jsonl"), metavar="FILE", show_default="standard output",
    help="File to write, .csv, .jsonl or .npy.",
)
@json_option
@click.pass_context
def predict(ctx: click.Context, given: tuple[str, ...], out: str | None, **params: Any) -> None:
    """Print MODEL's answers for the rows in FILE.

    There is a line for each row, and a line of names first if the rows have names. The columns of a
    table go by name, in any order. With -, rows on standard input are answered as they come.
    Several MODELs vote by the mean of their outputs.
    """
    models, data = models_and_data(ctx, given, params["data"])
    if data is None:
        raise click.UsageError("no data, wanted FILE, - or --data", ctx)
    json_, ending = params["json_"], "" if out is None else out[out.rindex(".") :]
    if ending == ".npy" and params["keep"]:
        raise click.UsageError("--keep: not for a .npy file, which has only answers", ctx)
    if json_ and ending in (".csv", ".npy"):
        raise click.UsageError(f"--json: not for a {ending} file", ctx)
    refuse_one_file({"--out": out, "MODEL": models[0], "--data": data})
    net, nets, _ = voters(models)
    first = nets[0]
    refuse_others(ctx, data)
    reading = reading_for(ctx, first, data, again=False)
    json_ = json_ or ending == ".jsonl"
    answers = Answers(net, first, params["probabilities"], params["keep"], json_)
    answers.write(chunks(data, first, reading), data, out)
