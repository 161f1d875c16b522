"""The section on how a net learned, epoch by epoch."""

from __future__ import annotations

from functools import partial
from typing import Any

from markupsafe import Markup

from .. import plot
from ..html import figure
from ..model.ensemble import nets_of
from .pictures import picture
from .sections import Section
from .subject import Subject
from .templates import part
from .words import counted

SIZE = 7.6, 3.8  # inches
RECORDS = 60  # rows of the table of a run with more than twice as many
NAMES = {
    "samples": "samples",
    "accuracy": "accuracy",
    "val_accuracy": "validation accuracy",
    "loss": "loss",
    "val_loss": "validation loss",
    "learning_rate": "rate",
}


def curves(subject: Subject) -> Section:
    """Return the section with the learning curves."""
    title = "How it learned"
    each = {name: net for name, net in subject.models.items() if all_learned(net)}
    if not each:
        origin = (subject.first.origin or {}).get("format")
        why = f"it came from {origin}" if origin else "it has not been trained, or forgot it"
        return Section("learning", title, note=f"The net has no history of its learning: {why}.")
    nets: Any = each if len(each) > 1 else next(iter(each.values()))
    records = nets_of(next(iter(each.values())))[0].history
    measures = ["loss"]
    if all(r.get("accuracy") is not None for one in each.values() for net in nets_of(one)
           for r in net.history):  # fmt: skip
        measures.insert(0, "accuracy")
    html = [
        picture(f"Learning curve, {of}", partial(plot.learning_curves, nets, None, of=of), SIZE)
        for of in measures
    ]
    html.append(part("more", "The figures", records_table(records, len(subject.nets) > 1)))
    return Section("learning", title, Markup().join(html), note_of(subject, records))


def all_learned(net: Any) -> bool:
    """Tell whether all nets of a model have a history."""
    return all(one.history for one in nets_of(net))


def note_of(subject: Subject, records: Any) -> str:
    """Return how long the net learned, and how to read the curves."""
    seconds = sum(r.get("seconds") or 0 for net in subject.nets for r in net.history)
    what = counted(len(records), "record" if is_stream(subject) else "epoch")
    time = f"{seconds:,.3g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"
    of = f"{what} in {time}" if seconds else what
    if len(subject.nets) > 1:
        of = f"{len(subject.nets)} nets learned for {time} together"
    how = "The training curve judges each sample just before it is learned."
    return f"{of[:1].upper()}{of[1:]}. {how}"


def is_stream(subject: Subject) -> bool:
    """Tell whether the first net learned a stream, which has no epochs."""
    run = subject.first.run
    return subject.first.stopped == "end" or not (run and run["options"])


def records_table(records: Any, several: bool) -> Markup:
    """Return records as a table: all, or some of many, as far apart as can be."""
    names = [name for name in NAMES if any(r.get(name) is not None for r in records)]
    n = len(records)
    which = [*range(n)]
    if n > 2 * RECORDS:
        which = sorted({round(k * (n - 1) / (RECORDS - 1)) for k in range(RECORDS)})
    rows = [[f"{k + 1:,}", *(figure(name, records[k].get(name)) for name in names)] for k in which]
    caption = "Each epoch" if len(rows) == n else f"{len(rows)} of {n:,} epochs"
    caption += " of the first net" * several
    return part("table", caption, ["epoch", *(NAMES[name] for name in names)], rows, ())
