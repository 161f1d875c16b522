"""Write the signatures, docstrings and documentation of options, from fastnet/options.py.

These are the signatures of `train` and `train_stream`, the parameters in their docstrings, and
docs/options.md. Run `python -m tools.make_options` after a change in fastnet/options.py.
"""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastnet import schedules
from fastnet.kernels.activations import ACTIVATIONS, OWN
from fastnet.options import BY_RULE, Options, StreamOptions
from fastnet.rows import Declared, Row
from fastnet.training.defaults import (
    CLASSES,
    KINDS,
    NUMBERS,
    STREAM_CLASSES,
    STREAM_NUMBERS,
    default_of,
    words,
)

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "options.md"
# By file: the function, its last argument before the options, and its options.
FUNCTIONS: dict[Path, tuple[str, str, type[Declared]]] = {
    ROOT / "fastnet" / "training" / "trainer.py": ("train", "y", Options),
    ROOT / "fastnet" / "training" / "streams.py": ("train_stream", "examples", StreamOptions),
}
WIDTH = 100
HEAD = """\
<!-- Written by `python -m tools.make_options`, from fastnet/options.py. -->

# Options

These are the options of `fastnet.train`, of `fastnet train` in the terminal, and of its TOML files.
`fastnet.train_seeds` hands them on. In the terminal `_` is written as `-`, and in files it may be.

- *Net*: an option of the net itself. A net given as `init` has its own value.
- *Stream*: `fastnet.train_stream` has the option too.
- *Terminal*: `fastnet train` has the option.
- *Bits*: the option can change the weights. A run records it in `net.run`, and a resumed run must
  have the same value. Of `on_epoch` only the name is recorded, and it may be another function.
"""
RULES_HEAD = """\
## Defaults by the kind of data

An option that is given wins, alone. What is not given depends on the data:

- *Arrays*: arrays and lists without names, images, sparse rows, streams of these, and whatever
  comes with `encode="table"` or `encode="none"`.
- *Tables*: frames, dicts, arrays with named fields, files of columns, encoded samples, and whatever
  comes with `preset="table"`. *Streams of tables* are their rows in `fastnet.train_stream` and
  `fastnet train -`.

*Classes* are labels, one of a row or several at once; *numbers* make a regression. n is the number
of samples that an epoch learns. `net.run["options"]` has the values that a run used.

"""
RULES_END = """\
- A rate of the table goes with the activation beside it. The rate of a net with another one, or
  without hidden layers, goes by the activation: see [`learning_rate`](#learning_rate).
- With `patience` the default of `average` is 0, since the rate falls to 0 at the end.
- The default of `l2` is a sixteenth with sigmoid units, a quarter as steep as the others, and never
  takes more than a tenth of a weight in one step.
- Several labels at once, as columns of truth values or of whole numbers 0 and 1, are *classes* of a
  table. The numbers of an array are a regression, unless you ask for cross-entropy.
"""
STREAM_HEAD = """\
## Options of a stream

`fastnet.train_stream` has the options above with "yes" under *Stream*. These are its own, or have
another meaning there.
"""


def signature(rows: Iterable[Row]) -> str:
    """Return the lines of a signature, one for each option."""
    lines = (f"    {row.name}: {annotation(row)} = {literal(row.default)},\n" for row in rows)
    return "".join(lines)


def annotation(row: Row) -> str:
    """Return the annotation as code."""
    return row.annotation.replace("'", '"')


def literal(value: object) -> str:
    """Return a default as code."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def parameters(rows: Iterable[Row]) -> str:
    """Return the options as the parameters in a docstring."""
    entries: list[str] = []
    for row in rows:
        optional = ", optional" if row.default is None else ""
        more = f" Default: {default(row)}." if row.rule == BY_RULE else ""
        text = textwrap.indent(documentation(row, WIDTH - 8, more), "    ")
        entries += [f"{row.name} : {row.values.type}{optional}", text]
    return textwrap.indent("\n".join(entries) + "\n", "    ")


def documentation(row: Row, width: int, more: str = "") -> str:
    """Return the documentation of an option in lines, with the words in braces replaced.

    `more` follows it.
    """
    meant = {
        "names": joined([literal(name) for name in row.values.names], "or"),
        "default": literal(row.usual),
        "rates": by_activation("rate", "{:g} for {}", "else {:g}"),
        "steady": by_activation("steady", "{:g} for {}", "else {:g}"),
        "starts": by_activation("start", '"{}" into {} layers', 'else "{}"'),
        "factors": factors(schedules.SCHEDULES),
        "table_rates": rates(CLASSES, NUMBERS),
        "stream_rates": rates(STREAM_CLASSES, STREAM_NUMBERS),
    }
    text = re.sub(r"\{(\w+)\}", lambda found: meant[found[1]], row.doc)
    return textwrap.fill(text + more, width, break_long_words=False, break_on_hyphens=False)


def joined(names: Sequence[str], word: str) -> str:
    """Return names in a row, with this word before the last."""
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def by_activation(what: str, each: str, other: str) -> str:
    """Return a property of activations in words, equal ones together, and OWN's for the others."""
    usual, names = getattr(OWN, what), dict[Any, list[str]]()
    for name, row in ACTIVATIONS.items():
        names.setdefault(getattr(row, what), []).append(name)
    names.pop(usual, None)
    said = [each.format(value, joined(some, "and")) for value, some in names.items()]
    return ", ".join([*said, other.format(usual)])


def rates(classes: Mapping[str, Any], numbers: Mapping[str, Any]) -> str:
    """Return the rates of tables, and their activations."""
    return ", ".join(
        f"{rule['learning_rate']:g} with {rule['activation']} for {what}"
        for rule, what in ((classes, "classes"), (numbers, "numbers"))
    )


def factors(functions: Mapping[str, Any]) -> str:
    """Return the formulas with which the docstrings of schedules begin."""
    said = []
    for name, function in functions.items():
        formula = re.match(r"Return ([^:]*):", function.__doc__ or "")
        assert formula is not None, name
        said.append(f"{formula[1].replace('progress', 'p')} ({literal(name)})")
    return joined(said, "or")


def rewritten(source: str, function: str, last: str, rows: Iterable[Row]) -> str:
    """Return the source of a module with these options in a function.

    In the signature they stand after the star; in the docstring, between the argument `last` and
    the next heading.
    """
    rows = list(rows)
    begin = source.index(f"def {function}(")
    before, after = source[:begin], source[begin:]
    options = between(after, r"\n    \*,\n", r"\) -> ")
    after = after.replace(options, signature(rows), 1)
    entries = between(after, rf"\n    {last} : [^\n]*\n(?:        [^\n]*\n)*", r"\n    Returns\n")
    return before + after.replace(entries, parameters(rows), 1)


def between(text: str, begin: str, end: str) -> str:
    """Return the text between the first match of one pattern and the next match of another."""
    found = re.search(f"{begin}(?P<found>(?s:.*?)){end}", text)
    assert found is not None, begin
    return found["found"]


def page() -> str:
    """Return docs/options.md."""
    rows, of_stream = Options.rows(), StreamOptions.rows()
    own = [row for name, row in of_stream.items() if name not in rows or row.doc != rows[name].doc]
    rules = f"{RULES_HEAD}{kinds()}\n{RULES_END}"
    parts = [HEAD, table(rows.values()), rules, *map(section, rows.values())]
    return "\n".join([*parts, STREAM_HEAD, *map(section, own)])


def table(rows: Iterable[Row]) -> str:
    """Return the table of options."""
    lines = ["| Option | Default | What it is | Net | Stream | Terminal | Bits |", "|---" * 7 + "|"]
    for row in rows:
        marks = (row.net, row.name in StreamOptions.rows(), row.terminal, row.bits)
        first = re.split("[:;]", default(row))[0]
        cells = [f"[`{row.name}`](#{row.name})", first, row.help, *map(mark, marks)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def kinds() -> str:
    """Return the table of the defaults by the kind of data."""
    names = [*dict.fromkeys(name for rule in KINDS.values() for name in rule)]
    lines = [f"| Option | {' | '.join(KINDS)} |", "|---" * (1 + len(KINDS)) + "|"]
    for name in names:
        other = "by activation" if name == "learning_rate" else ""
        cells = (words(rule.get(name, other)) for rule in KINDS.values())
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def mark(holds: bool) -> str:
    """Return the text of a cell for a truth value."""
    return "yes" if holds else ""


def default(row: Row) -> str:
    """Return the default of an option, or its rule, in words."""
    return default_of(row) if row.usual is None else f"`{literal(row.usual)}`"


def section(row: Row) -> str:
    """Return the section about an option."""
    text = f"Values: {row.values.said}. Default: {default(row)}."
    facts = textwrap.fill(text, WIDTH, break_on_hyphens=False)
    return f"### `{row.name}`\n\n{documentation(row, WIDTH)}\n\n{facts}\n"


def main() -> None:
    """Write all files."""
    for path, (function, last, options) in FUNCTIONS.items():
        source = path.read_text(encoding="utf-8")
        path.write_text(
            rewritten(source, function, last, options.rows().values()), encoding="utf-8"
        )
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
