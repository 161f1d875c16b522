"""The section on what a net looks at: its columns or its weights, and its hidden units."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from markupsafe import Markup

from .. import plot
from ..html import figure
from ..plot.columns import WIDE, Permuted, permuted
from .pictures import picture
from .sections import Section
from .subject import Subject, is_encoded
from .templates import part, shown
from .words import counted

MOST = 30  # columns that are shuffled: those with the largest weights
WIDE_TABLE = 150  # columns; of more, each is shuffled once
REPEATS = 5
CELLS = 40_000  # columns that are read again, in all
WORK = 1 << 32  # multiplications
UNITS = 32


def inside(subject: Subject) -> Section | None:
    """Return the section on what a net looks at; None if nothing can be shown."""
    first, html = subject.first, []
    if not first.is_finite():
        return None
    several = len(subject.nets) > 1
    if subject.is_image:
        draw = partial(plot.weights, first, None, n=UNITS, shape=subject.shape)
        html.append(part("heading", f"The first layer{' of the first net' * several}, as images"))
        html.append(picture("Weights", draw, (7.6, 4.6), (3.5, 4.4)))
    elif subject.judged is not None and has_columns(subject):
        html.append(importance(subject))
    if subject.rows is not None and len(first.sizes) > 2:
        what = "Hidden units of the first net" if several else "Its hidden units"
        html.append(part("heading", what))
        html.append(picture("Activity", partial(plot.activity, first, subject.rows, None)))
        text = (
            "A unit hardly learns from a sample at which it is silent or saturated. One that is so "
            f"at all {counted(subject.count, subject.noun[:-1])} is dead."
        )
        html.append(part("said", text))
    return Section("inside", "What it looks at", Markup().join(html)) if html else None


def has_columns(subject: Subject) -> bool:
    """Tell whether the columns of the samples can be shuffled one by one."""
    few = subject.net.feature_names is not None or subject.net.n_features <= WIDE
    assert subject.judged is not None
    return few and not is_encoded(subject.judged.rows)


def importance(subject: Subject) -> Markup:
    """Return the importance of columns, as a picture and a table."""
    found = shuffled(subject)
    means = found.falls.mean(axis=1)
    order = np.argsort(-means, kind="stable").tolist()
    of = "R squared" if subject.first.task == "regression" else "accuracy"
    rows = [
        [shown(found.names[k]), *(figure("", float(f(found.falls[k]))) for f in (np.mean, np.min,
         np.max))]
        for k in order
    ]  # fmt: skip
    heads = ["column", f"{of} lost", "least", "most"]
    n = min(len(rows), 15)
    draw = partial(plot.importance, subject.net, found, None, None, n=n)
    size = (7.6, 1.9 + 0.24 * n)
    text = (
        f"A column matters as much as {of} falls when its values are shuffled among the rows. "
        "Of two columns that say the same, each seems to matter little."
    )
    return Markup().join(
        [
            part("heading", "Which columns matter"),
            picture("Importance", draw, size, (3.5, 1.9 + 0.2 * n)),
            part("said", text),
            part("more", "The numbers", part("table", "What each column is worth", heads, rows)),
        ]
    )


def shuffled(subject: Subject) -> Permuted:
    """Return what the score loses without each column; of many, those with large weights."""
    seen, n, only, note = subject.judged, subject.net.n_features, None, ""
    assert seen is not None
    repeats = 1 if n > WIDE_TABLE else REPEATS
    tried = max(8, min(MOST, CELLS // n))
    if n > tried:
        names = subject.net.feature_names or [f"column {k}" for k in range(n)]
        strong = np.argsort(-strength(subject), kind="stable")[:tried].tolist()
        only = [names[k] for k in strong]
        note = f"the {tried} of {counted(n, 'column')} with the largest weights were tried"
    weights = sum(layer.size for net in subject.nets for layer in net.weights)
    most = max(200, min(2_000, WORK // (weights * repeats * min(n, tried))))
    found = permuted(subject.net, seen.rows, seen.y, repeats, most, subject.seed, only)
    return found._replace(note="; ".join(filter(None, [note, found.note])))


def strength(subject: Subject) -> Any:
    """Return the sizes of the weights of each column in the first layers, scaled as they are."""
    total = np.zeros(subject.net.n_features)
    for net in subject.nets:
        own = (np.asarray(net.weights[0], float) ** 2).sum(axis=1)
        if net.encoding is None:
            total += own
            continue
        place = {name: k for k, name in enumerate(subject.net.feature_names or ())}
        for column in net.encoding.columns:
            if column.name in place:
                total[place[column.name]] += sum(own[k] for k in column.inputs)
    return total
