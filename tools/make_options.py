"""Write what follows from the rows of options.

That is the signatures of `train` and `train_stream`, the parts on parameters of their docstrings,
and docs/options.md. Run `python -m tools.make_options` after a change in fastnet/options.py.
"""

import re
import textwrap
from collections.abc import Iterable
from pathlib import Path

from fastnet.options import Options, StreamOptions
from fastnet.rows import Row

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "options.md"
# By the file: the function, its last argument that is no option, and its options.
FUNCTIONS = {
    ROOT / "fastnet" / "training" / "trainer.py": ("train", "y", Options),
    ROOT / "fastnet" / "training" / "streams.py": ("train_stream", "examples", StreamOptions),
}
WIDTH = 100
HEAD = """\
<!-- Written by `python -m tools.make_options`, from fastnet/options.py. -->

# Options

These are the options of `fastnet.train`, of `fastnet train` in the terminal, and of its TOML files.
`fastnet.train_seeds` hands them on. In the terminal and in files, `_` may be written as `-`.

- *Net*: the option is of the net itself. A net that is given as `init` has its own.
- *Stream*: `fastnet.train_stream` has the option too.
- *Terminal*: `fastnet train` has the option.
- *Bits*: the option can change the weights. A run records it in `net.run`, and a run that is
  resumed must have the same; of `on_epoch` only the name is kept, and it may be another.
"""
STREAM_HEAD = """\
## Options of a stream

`fastnet.train_stream` has the options above that are marked so. These are its own, or mean
something else there.
"""


def signature(rows: Iterable[Row]) -> str:
    """Return the lines of a signature, one for each option."""
    lines = (f"    {row.name}: {annotation(row)} = {literal(row.default)},\n" for row in rows)
    return "".join(lines)


def annotation(row: Row) -> str:
    """Return the annotation, as it is written in the code."""
    return row.annotation.replace("'", '"')


def literal(value: object) -> str:
    """Return a default, as it is written in the code."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def parameters(rows: Iterable[Row]) -> str:
    """Return the options as a docstring has them in its part on parameters."""
    entries: list[str] = []
    for row in rows:
        optional = ", optional" if row.default is None else ""
        text = textwrap.fill(row.doc, WIDTH - 8, break_long_words=False, break_on_hyphens=False)
        entries += [f"{row.name} : {row.values.type}{optional}", textwrap.indent(text, "    ")]
    return textwrap.indent("\n".join(entries) + "\n", "    ")


def rewritten(source: str, function: str, last: str, rows: Iterable[Row]) -> str:
    """Return the source of a module in which a function has these options.

    In the signature they stand between the star and the end; in the docstring, between the argument
    `last` and the next heading.
    """
    rows = list(rows)
    begin = source.index(f"def {function}(")
    before, after = source[:begin], source[begin:]
    options = between(after, r"\n    \*,\n", r"\) -> ")
    after = after.replace(options, signature(rows), 1)
    entries = between(after, rf"\n    {last} : [^\n]*\n(?:        [^\n]*\n)*", r"\n    Returns\n")
    return before + after.replace(entries, parameters(rows), 1)


def between(text: str, begin: str, end: str) -> str:
    """Return what stands between the first match of one pattern and the next of another."""
    found = re.search(f"{begin}(?P<found>(?s:.*?)){end}", text)
    assert found is not None, begin
    return found["found"]


def page() -> str:
    """Return docs/options.md."""
    rows, of_stream = Options.rows(), StreamOptions.rows()
    own = [row for name, row in of_stream.items() if name not in rows or row.doc != rows[name].doc]
    parts = [HEAD, table(rows.values()), *map(section, rows.values())]
    return "\n".join([*parts, STREAM_HEAD, *map(section, own)])


def table(rows: Iterable[Row]) -> str:
    """Return the table of options."""
    lines = ["| Option | Default | What it is | Net | Stream | Terminal | Bits |", "|---" * 7 + "|"]
    for row in rows:
        marks = (row.net, row.name in StreamOptions.rows(), row.terminal, row.bits)
        first = default(row).partition(":")[0]
        cells = [f"[`{row.name}`](#{row.name})", first, row.help, *map(mark, marks)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def mark(holds: bool) -> str:
    """Return what a cell of the table has where something holds."""
    return "yes" if holds else ""


def default(row: Row) -> str:
    """Return the default of an option, or its rule, in words."""
    return row.rule if row.usual is None else f"`{literal(row.usual)}`"


def section(row: Row) -> str:
    """Return what there is to say of an option."""
    text = textwrap.fill(row.doc, WIDTH, break_long_words=False, break_on_hyphens=False)
    facts = f"Values: {row.values.said}. Default: {default(row)}."
    return f"### `{row.name}`\n\n{text}\n\n{textwrap.fill(facts, WIDTH)}\n"


def main() -> None:
    """Write all of it."""
    for path, (function, last, options) in FUNCTIONS.items():
        source = path.read_text(encoding="utf-8")
        path.write_text(
            rewritten(source, function, last, options.rows().values()), encoding="utf-8"
        )
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
