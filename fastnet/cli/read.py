"""`fastnet read`."""

import glob
import io
import json
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from .arguments import STDIN, called
from .errors import one_line, said, say
from .saving import refuse_one_file
from .text import filled, plain, width
from .types import OutFile

if TYPE_CHECKING:
    from fastnet.handwriting import Reading

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".avif")
CELL = 6  # columns of a digit and of its confidence


@click.command()
@click.argument(
    "images", type=click.Path(allow_dash=True), nargs=-1, required=True, metavar="IMAGE...|-"
)
@click.option(
    "--model", type=click.Path(exists=True, dir_okay=False), metavar="MODEL",
    show_default="the net that comes with fastnet",
    help="Net that reads. It takes images of 28x28 pixels.",
)
@click.option(
    "--show", type=OutFile(".png"), metavar="FILE", show_default="none",
    help="Picture to write, with boxes and answers; of several IMAGEs FILE-1.png, FILE-2.png ...",
)
@click.option(
    "--json", "json_", is_flag=True, show_default="text", help="Print one list in JSON."
)
@click.pass_context
def read(
    ctx: click.Context, images: tuple[str, ...], model: str | None, show: str | None, json_: bool
) -> None:
    """Read handwritten digits in pictures.

    An IMAGE is a photograph, a scan or a screenshot with digits in rows, dark on light or light on
    dark. A folder stands for all pictures in it, and - for standard input. The figures are the
    probabilities that the net gives its answers.
    """
    from fastnet.handwriting.pictures import taken
    from fastnet.handwriting.reading import reading_of
    from fastnet.handwriting.shown import write

    names = [*files(ctx, images)]
    outs = shown_files(show, names)
    net, events, failed = reader(model), [], False
    for name, out in zip(names, outs, strict=True):
        try:
            picture = taken(name if name != STDIN else standard_input())
            reading = reading_of(picture, net)
            if out:
                write(out, picture, reading)
            del picture  # before the next one is decoded
        except (OSError, ValueError, MemoryError) as error:
            failed = True
            text = said(error).replace("image: ", f"{called(name)}: ", 1)
            click.echo(f"Error: {text}", err=True)
            continue
        events.append({"file": called(name), **plain(vars(reading))})
        if not json_:
            say(told(called(name), reading))
    if json_:
        say(json.dumps(events, allow_nan=False))
    if failed:
        ctx.exit(1)


def reader(model: str | None) -> Any:
    """Return the net that reads."""
    import fastnet
    from fastnet.handwriting import pretrained
    from fastnet.handwriting.reading import checked

    if model is None:
        return pretrained()
    try:
        return checked(fastnet.load(model))
    except (TypeError, ValueError) as error:
        raise ValueError(str(error).replace("net: ", f"{model}: ", 1)) from None


def files(ctx: click.Context, images: tuple[str, ...]) -> Iterator[str]:
    """Yield the names of pictures: those in folders, and what a pattern means, in their order."""
    for name in images:
        if os.path.isdir(name):
            found = sorted(one for one in os.listdir(name) if one.lower().endswith(PICTURES))
            found = [os.path.join(name, one) for one in found if not one.startswith(".")]
        elif glob.has_magic(name) and not os.path.lexists(name):
            found = sorted(glob.glob(name))
        else:
            found = [name]
        if not found:
            raise click.UsageError(f"{name}: no pictures there, wanted some", ctx)
        yield from found


def shown_files(show: str | None, names: list[str]) -> list[str | None]:
    """Return the picture to write for each picture; each can be written, and is no other."""
    if show is None:
        return [None] * len(names)
    stem = show.removesuffix(".png")
    outs = [f"{stem}-{k}.png" for k in range(1, len(names) + 1)] if len(names) > 1 else [show]
    for out in outs:
        OutFile().convert(out, None, click.get_current_context())
        for name in names:
            refuse_one_file({"--show": out, "IMAGE": name})
    return [*outs]


def standard_input() -> bytes:
    """Return the bytes of standard input."""
    return (sys.stdin.buffer if sys.stdin else io.BytesIO()).read()


def told(name: str, reading: "Reading") -> str:
    """Return what was read as text: the digits, below them their confidence, and the notes."""
    lines = [one_line(f"{name}: {' '.join(reading.lines) or 'nothing read'}")]
    k, each = 0, max(width() // CELL, 1)
    for row in reading.lines:
        for start in range(0, len(row), each):
            digits = row[start : start + each]
            sure = reading.confidence[k : k + len(digits)]
            k += len(digits)
            lines.append("".join(f"{digit:>{CELL}}" for digit in digits))
            lines.append("".join(f"{one:>{CELL}.0%}" for one in sure))
    return "\n".join(lines + [filled(f"  {note}", 2) for note in reading.notes])
