"""C text: names, numbers, strings and comments, in plain ASCII."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ... import checks
from ...typing import Array
from .names import identifier

LONGEST_NAME = 40  # C99 tells names apart by their first 63 characters, ours have endings
NAME = re.compile("[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")  # two _ together are for C++ itself
LONGEST_STRING = 4095  # bytes that every C99 compiler accepts
WIDTH = 100
TABLE = "static const "
# The smallest type for whole numbers, with its limits and the ending of its literals.
INTEGERS = (
    ("int8_t", -(2**7), 2**7 - 1, ""),
    ("int16_t", -(2**15), 2**15 - 1, ""),
    ("int32_t", -(2**31), 2**31 - 1, "L"),
    ("int64_t", -(2**63), 2**63 - 1, "LL"),
    ("uint64_t", 0, 2**64 - 1, "ULL"),
)


def checked_name(name: Any) -> str:
    """Return a name with which the names in a header may begin."""
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        wanted = f"wanted a letter, then letters, digits and single _, at most {LONGEST_NAME}"
        raise ValueError(f"name: {checks.came(name)}, {wanted}")
    return str(name)


def name_of(path: str | os.PathLike[str]) -> str:
    """Return the name for a header in this file: its own name, as C has such names."""
    stem = os.path.splitext(os.path.basename(os.fsdecode(path)))[0]
    name = identifier(stem)
    return checked_name(name if name[0].isalpha() else f"net_{name}"[:LONGEST_NAME].rstrip("_"))


def filled(code: str, words: Mapping[str, str]) -> str:
    """Return C code with texts in place of words. The texts may hold words, which stay."""
    return re.sub("|".join(words), lambda found: words[found[0]], code)


def number(value: Any) -> str:
    """Return a float32 as the shortest literal that gives it again."""
    return f"{np.float32(value)!s}f"


def array(head: str, items: Iterable[str]) -> str:
    """Return the definition of an array of constants."""
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > WIDTH:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return "\n".join([f"{head} = {{", *lines, line.removesuffix(","), "};"])


def floats(name: str, values: Array) -> str:
    """Return an array of float32 in flash, refusing what float32 does not hold."""
    with np.errstate(over="ignore"):
        numbers = np.asarray(values).astype(np.float32).reshape(-1)
    if not np.isfinite(numbers).all():
        largest = float(np.abs(values).max())
        raise ValueError(f"model: a weight of {largest:.6g}, wanted numbers that float32 holds")
    return array(f"{TABLE}float {name}[{numbers.size}] FASTNET_FLASH", map(number, numbers))


def integers(name: str, values: Array) -> str:
    """Return an array of int8 in flash."""
    head = f"{TABLE}int8_t {name}[{values.size}] FASTNET_FLASH"
    return array(head, map(str, values.reshape(-1).tolist()))


def string(text: Any) -> str:
    """Return a string literal of bytes, or of a text: what is not plain ASCII is in octal."""
    coded = text if isinstance(text, bytes) else str(text).encode("utf-8", "surrogatepass")
    if len(coded) > LONGEST_STRING:
        came = f"a label or category of {len(coded)} bytes"
        raise ValueError(f"model: {came}, wanted {LONGEST_STRING} at most")
    plain = {ord("\\"): "\\\\", ord('"'): '\\"', ord("?"): "\\?"}  # two ? begin a trigraph
    return '"' + "".join(
        plain.get(b, chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in coded
    ) + '"'  # fmt: skip


def labels(name: str, classes: Sequence[Any]) -> str:
    """Return an array of labels: whole numbers, or strings."""
    head = f"{TABLE}{{}}{name}[{len(classes)}]"
    if all(isinstance(label, int) for label in classes):
        for of, low, high, ending in INTEGERS:
            if all(low <= label <= high for label in classes):
                return array(head.format(f"{of} "), (whole(int(v), ending) for v in classes))
    return array(head.format("char *const "), map(string, classes))


def whole(value: int, ending: str) -> str:
    """Return a whole number; the least of a type has no literal."""
    if value in (-(2**31), -(2**63)):
        return f"({value + 1}{ending} - 1)"
    return f"{value}{ending}"


def remark(text: str) -> str:
    """Return text that may stand in a comment: ASCII, on one line, without its end."""
    text = text.encode("ascii", "backslashreplace").decode()
    text = "".join(c if 32 <= ord(c) < 127 else f"\\x{ord(c):02x}" for c in text)
    text = text.replace("*/", "* /").replace("/*", "/ *")
    return re.sub(r"\?(?=\?)", "? ", text)


def comment(lines: Iterable[str]) -> str:
    """Return lines as one comment; their ends are no backslashes, which would join lines."""
    parts = [part for line in lines for part in textwrap.wrap(remark(line), WIDTH - 3) or [""]]
    return "\n".join(["/*", *(f" * {part}".rstrip("\\ ") for part in parts), " */"])
