"""Programs in C that answer rows of a table, given as texts."""

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fastnet.formats.c.tables import parts
from fastnet.formats.c.text import filled
from fastnet.formats.layers import exported
from fastnet.tables.columns import AnyColumn
from fastnet.tables.forms import numbers_of
from fastnet.tables.single import is_gap

from .plain import STRICT, compiler

EPOCH = pd.Timestamp("1970-01-01")

# Texts are read one after the other; each ends in a zero byte.
PROGRAM = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "net.h"
#include "net.h"

static char texts[1 << 22];

int main(void)
{
    const char *next = texts, *end = texts + fread(texts, 1, sizeof texts - 1, stdin);
    while (next < end) {
        DECLARED;
        float inputs[INPUTS];
        OF outputs[net_n_outputs];
        int k;
READ
        net_encode(ROW, inputs);
        ANSWER
        for (k = 0; k < INPUTS; k++) printf("%.9g ", (double)inputs[k]);
        for (k = 0; k < net_n_outputs; k++) printf("%.17g ", (double)outputs[k]);
        puts("");
    }
    return 0;
}
"""
READ = {
    "number": "strtod(next, NULL)",
    "time": "strtod(next, NULL)",
    "flag": "(signed char)atoi(next)",
    "word": "net_find_{}(next)",
}


def is_array(net: Any) -> bool:
    """Tell whether a row is an array, not a struct."""
    kinds = {column.kind for column in net.encoding.columns if column.inputs}
    return not net.encoding.named and kinds <= {"number", "flag"}


def columns_of(net: Any) -> list[AnyColumn]:
    """The columns that are in a row, in their order."""
    return [column for column in net.encoding.columns if column.inputs or is_array(net)]


def order_of(net: Any) -> list[int]:
    """The inputs of the net in the order of the C code."""
    used = [column for column in net.encoding.columns if column.inputs]
    return [place for part in parts("net", used) for place in part.places]


def program(net: Any) -> str:
    """A program that reads rows, and prints their inputs and their outputs."""
    columns, lines = columns_of(net), []
    row, declared = "&row", "struct net_row row"
    fields = [f"row[{k}]" for k in range(len(columns))]
    if is_array(net):
        row, declared = "row", f"double row[{len(columns)}]"
        kinds = ["number" for _ in columns]
    else:
        names = [part.field.partition(";")[0].split()[-1] for part in parts("net", columns)]
        fields, kinds = [f"row.{name}" for name in names], [column.kind for column in columns]
    for field, kind in zip(fields, kinds, strict=True):
        lines.append(f"        {field} = {READ[kind].format(field[4:])};")
        lines.append("        next += strlen(next) + 1;")
    answer, of = f"net_probabilities({row}, outputs);", "float"
    if net.task == "regression":
        one, of = exported(net, "C").outputs == 1, "double"
        answer = f"outputs[0] = net_predict({row});" if one else f"net_predict({row}, outputs);"
    words = {"DECLARED": declared, "READ": "\n".join(lines), "ROW": row, "ANSWER": answer, "OF": of}
    words["INPUTS"] = str(len(order_of(net)))
    return filled(PROGRAM, words)


def text_of(value: Any, column: Any) -> str:
    """A value as the program reads it."""
    kind = column.kind
    if kind == "word":
        return "" if value is None else str(value)
    if is_gap(value):  # a text such as "NA", too
        return {"flag": "-1"}.get(kind, "nan")
    if isinstance(value, str):
        value = numbers_of([value], kind, column.order)[0]
    elif kind == "time":
        value = (pd.Timestamp(value) - EPOCH).total_seconds()
    return str(int(value)) if kind == "flag" else repr(float(value))


def built(folder: Path, source: str, header: str, command: Sequence[str]) -> Path:
    """The program compiled from a source and a header, without a warning."""
    compiler(command[0])
    made, main = folder / "main", folder / ("main.cpp" if "++" in command[0] else "main.c")
    (folder / "net.h").write_text(header)
    main.write_text(source)
    full = [*command, *STRICT, str(main), "-o", str(made)]
    done = subprocess.run(full, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(full)}\n{done.stderr[:4000]}"
    return made


def answers(
    made: Path, net: Any, rows: Iterable[Mapping[str, Any]], run: Iterable[str] = ()
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The inputs and the outputs that a program gives for rows."""
    columns = columns_of(net)
    texts = [text_of(row[column.name], column) for row in rows for column in columns]
    given = "".join(f"{text}\0" for text in texts).encode("utf-8", "surrogatepass")
    done = subprocess.run([*run, str(made)], input=given, capture_output=True, check=True)
    lines = [line.split() for line in done.stdout.decode().splitlines()]
    numbers, n = np.array(lines, np.float64), len(order_of(net))
    return numbers[:, :n], numbers[:, n:]

