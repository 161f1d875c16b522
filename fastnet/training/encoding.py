"""The encoding of a run: whether its inputs are a table, and the rows by which it is made."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.samples import Samples, check_finite
from ..data.targets import Targets
from ..diagnostics import gathered, warn
from ..model.network import Network
from ..model.units import SHARE, SPREADS, TIMES, Units, near
from ..options import NetOptions
from ..typing import Array

if TYPE_CHECKING:
    from ..tables.encoding import Encoding
    from ..tables.table import Column, Table
    from .order import Order

WORDS_FOR = {
    "number": ("number", "numbers"),
    "flag": ("truth value", "truth values"),
    "time": ("time", "times"),
    "word": ("of words", "of words"),
    "left out": ("left out", "left out"),
}
TOLD: set[tuple[str, ...]] = set()  # the names of columns of which a line was printed


def table_of(X: Any, options: NetOptions) -> Table | None:
    """Return X as the table that a new net encodes; None if X is taken as it is.

    Raises
    ------
    TypeError, ValueError
        X has no rows or columns, or is no table and cannot be one.
    """
    if isinstance(X, Samples):
        if X.encoding is not None and options.encode == "none":
            raise ValueError("encode: 'none', but X is encoded already, wanted 'table' or None")
        if X.encoding is not None or options.encoding is None:
            return None
        X = X.rows
    if options.encode != "table" and (hasattr(X, "tocsr") or options.encode == "none"):
        return None  # the preset leaves sparse rows as they are
    if options.encoding is None and is_plain(X):
        return None
    from ..tables import frames

    table = frames.table_of(X) if options.encoding == "table" else frames.as_table(X)
    if table is not None and 0 in table.shape:
        raise ValueError(f"X: shape {table.shape}, wanted at least one sample and feature")
    return table


def with_weights(X: Any, options: Any) -> Any:
    """Return options with the weights that a file has for its rows, unless others are given."""
    if options.sample_weight is not None or is_plain(X):
        return options
    from ..tables.table import Table

    weights = X.weights if isinstance(X, Table) else None
    return options if weights is None else options.replaced(sample_weight=weights)


def with_target(X: Any, y: Any, options: NetOptions) -> Any:
    """Return X, as a table that knows the name of its target if y is a series with a name."""
    name = getattr(y, "name", None)
    if not name or not isinstance(name, str) or options.init is not None or isinstance(X, Samples):
        return X
    table = table_of(X, options)
    if table is None or table.target is not None:
        return X
    if name not in table.names:
        return replace(table, target=name)
    if len(table) == len(y) and is_same(table[name], y):
        warn(f"X: column {name!r} is y itself, so the net learns to copy it; leave it out")
    return X


def is_same(column: Column, y: Any) -> bool:
    """Tell whether a column of a table has the values of a series."""
    from ..tables.table import Numbers

    if isinstance(column, Numbers):
        with contextlib.suppress(TypeError, ValueError):
            return np.array_equal(column.values, np.asarray(y, np.float64))
        return False
    words = [*column.words, None]
    return [words[code] for code in column.codes.tolist()] == [*map(str, y)]


def is_plain(X: Any) -> bool:
    """Tell whether X is surely no table: an array without names, or sparse."""
    return (type(X) is np.ndarray and X.dtype.names is None) or hasattr(X, "tocsr")


def encoded(table: Table, order: Order, options: Any) -> Samples:
    """Return the samples of a table, whose encoding is made by the rows that are learned.

    A row of weight 2 counts as two. A line on stderr says so, unless the user has asked for it.
    """
    from ..tables.encoding import Encoding

    encoding = Encoding.fit(table, None if order.all_count_once else order.counted)
    if options.encoding is None and options.verbose is not False:
        tell(encoding)
    with gathered({}, ""):  # rare words are no news: `tell` counts them
        samples: Samples = encoding.samples(table, options.dtype)
    encoding.said.clear()
    return samples


def begun(tables: Sequence[Table], most: int) -> Encoding:
    """Return a running encoding that knows the first rows of a stream, `most` or fewer.

    They end before a row that does not fit. If it is the first, its error is raised; and so is one
    if no column has a value.
    """
    from ..tables.encoding import Encoding

    some: list[Table] = []
    for table in tables:
        if table.named != tables[0].named:
            break
        some.append(table[: most - sum(map(len, some))])
    try:
        whole = Encoding.begin(some, "x")
    except (TypeError, ValueError):
        rows = [table[k : k + 1] for table in some for k in range(len(table))]
    else:
        if not whole.width:
            n = sum(map(len, some))
            raise ValueError(f"x: no value in the first {n:,} examples, wanted columns with values")
        return whole
    encoding, fit, unfit = None, 0, len(rows)
    while unfit - fit > 1:
        middle = (fit + unfit) // 2
        try:
            encoding, fit = Encoding.begin(rows[:middle], "x"), middle
        except (TypeError, ValueError):
            unfit = middle
    return encoding or Encoding.begin(rows[:1], "x")


def tell(encoding: Encoding) -> None:
    """Say on stderr what a table is taken for, as nobody has asked for it; once of its columns."""
    if encoding.names in TOLD:
        return
    TOLD.add(encoding.names)
    counts = Counter(column.kind for column in encoding.columns)
    kinds = ", ".join(
        counted(counts[kind], *words) for kind, words in WORDS_FOR.items() if counts[kind]
    )
    rare = sum(getattr(column, "rare", 0) for column in encoding.columns)
    columns = counted(len(encoding.names), "column is", "columns are")
    line = (
        f"fastnet: {columns} encoded as {counted(encoding.width, 'input', 'inputs')} ({kinds})"
        + f"; rare words without an input: {rare:,}" * (rare > 0)
        + "; the defaults for tables apply; encode='none' takes numbers as they are"
    )
    print(line, file=sys.stderr, flush=True)


def counted(n: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{n:,} {one if n == 1 else many}"


def numbers_among(answers: list[Any], outputs: int) -> Array:
    """Return the answers (n, outputs) that are finite numbers, as the first ones should be."""
    rows = []
    for answer in answers:
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            row = np.asarray(answer, np.float64).reshape(-1)
            if row.shape == (outputs,) and np.isfinite(row).all():
                rows.append(row)
    return np.array(rows or [np.zeros(outputs)])


def with_units(net: Network, targets: Targets, places: Array) -> Targets:
    """Give the net of a table the units of its targets at `places`, and return all scaled.

    The targets hold float64 numbers, or labels.
    """
    rows = targets.numbers.reshape(-1, targets.outputs)
    if net.outputs.may_have_units:
        net.outputs.units = Units.of(rows[places])
        return net.outputs.scaled(targets)
    check_finite(rows, net.dtype, "y")
    return targets._replace(numbers=targets.numbers.astype(net.dtype))


def limited(net: Network, targets: Targets, places: Array) -> Targets:
    """Return targets of which those at `places`, which are learned, are near the others.

    The targets of a net with units are scaled, and their far ones cut: see `model.units.near`. A
    warning says how many there are.
    """
    if net.outputs.units is None:
        return targets
    numbers = targets.numbers.reshape(-1, targets.outputs).copy()
    cut = near(numbers[places])
    count = int((numbers[places] != cut).any(axis=1).sum())
    if not count:
        return targets
    numbers[places] = cut
    warn(
        f"y: {count:,} of {len(places):,} targets are more than {SPREADS:g} spreads from the "
        f"median, {TIMES:g} times as far as {SHARE:.0%} of them, and are learned as if they were "
        "nearer; if that is usual, learn their logarithm"
    )
    return targets._replace(numbers=numbers.reshape(-1))


def frozen(net: Network, X: Any, options: NetOptions) -> Network:
    """Return a net whose encoding no longer changes, or which has the encoding of X."""
    encoding = net.encoding
    if encoding is None and isinstance(X, Samples) and X.encoding is not None:
        net.encoding = encoding = X.encoding
    if encoding is not None and encoding.running:
        net.encoding = encoding.frozen()
    check_encode(options, net)
    return net


def check_encode(options: NetOptions, init: Network) -> None:
    """Refuse the option `encode` if `init` has it another way."""
    own = "none" if init.encoding is None else "table"
    if options.encoding not in (None, own):
        has = "no encoding" if init.encoding is None else "an encoding"
        name = "encode" if options.encode else "preset"
        raise ValueError(f"{name}: {options.encoding!r}, but init has {has}")
