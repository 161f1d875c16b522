"""What a notebook shows of nets and of histories: short tables in HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..html import figure, listing, some, table
from .activations import names_of

FIRST, LAST = 2, 10  # records of a history
NETS = 20  # of an ensemble
CLASSES = 10
COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")


def of_net(net: Any) -> str:
    """Return the description of a network."""
    learned = _learned(net)
    return listing(_title(net), {**_about(net), **learned})


def of_ensemble(ensemble: Any) -> str:
    """Return the description of an ensemble, with a row for each network."""
    nets = ensemble.nets
    names = [*dict.fromkeys(name for net in nets for name in COLUMNS[1:] if _last(net, name))]
    rows = [
        (f"{k}", figure("", net.seed), f"{len(net.history):,}", *(_last(net, n) for n in names))
        for k, net in enumerate(nets[:NETS])
    ]
    more = f", the first {NETS}" if len(nets) > NETS else ""
    each = table(f"its networks{more}", ["net", "seed", "epochs", *map(_spaced, names)], rows)
    together = f"Ensemble of {len(nets):,} networks that answer together"
    return listing(together, {"first": _title(nets[0]), **_about(nets[0])}) + each


def of_history(history: Sequence[Mapping[str, Any]]) -> str:
    """Return a history as a table: its first and its last records."""
    names = [*dict.fromkeys(name for record in history for name in record)]
    names = [name for name in names if name != "samples_per_second"]  # is samples / seconds
    rows = [[figure(name, record.get(name)) for name in names] for record in history]
    if len(rows) > FIRST + LAST:
        rows[FIRST:-LAST] = [["\N{HORIZONTAL ELLIPSIS}"] * len(names)]
    n = len(history)
    return table(f"History of {n:,} record{'s' * (n != 1)}", [*map(_spaced, names)], rows)


def _title(net: Any) -> str:
    return f"{type(net).__name__} {'-'.join(map(str, net.sizes))}"


def _about(net: Any) -> dict[str, str]:
    """Return what a network is, by name."""
    sizes, encoding = net.sizes, net.encoding
    task = net.task
    if net.classes is not None:
        task += f", {len(net.classes):,} classes: {some(net.classes.tolist(), CLASSES)}"
    activations = ["/".join(names_of(activation)) for activation in net.activations]
    columns = {} if encoding is None else {"columns": f"{len(encoding.columns):,}"}
    return {
        "task": task,
        **columns,
        "activations": ", ".join(activations if len({*activations}) > 1 else activations[:1]),
        "loss": f"{net.loss}, {net.dtype}",
        "parameters": f"{sum((a + 1) * b for a, b in pairwise(sizes)):,}",
    }


def _learned(net: Any) -> dict[str, str]:
    """Return how much a network has learned, and its last record."""
    history = net.history
    if not history:
        return {"history": "none"}
    samples, seconds = (sum(r.get(name) or 0 for r in history) for name in ("samples", "seconds"))
    ended = "" if net.stopped in (None, "epochs", "end") else f", stopped by {net.stopped}"
    last = [f"{_spaced(name)} {_last(net, name)}" for name in COLUMNS[1:] if _last(net, name)]
    return {
        "learned": f"{len(history):,} records, {samples:,} samples in {seconds:.3g} s{ended}",
        "last record": ", ".join(last),
    }


def _last(net: Any, name: str) -> str:
    """Return a figure of the last record as text; "" if there is none."""
    value = net.history[-1].get(name) if net.history else None
    return "" if value is None else figure(name, value)


def _spaced(name: str) -> str:
    return name.replace("val_", "validation ").replace("_", " ")
