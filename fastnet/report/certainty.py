"""The section on how sure a net is, and whether it should be."""

from __future__ import annotations

from functools import partial

import numpy as np
from markupsafe import Markup

from .. import plot
from .judges import Event
from .pictures import picture
from .sections import Section
from .subject import Subject
from .templates import part

SQUARE, SMALL = (6.6, 4.8), (3.5, 3.4)


def certainty(subject: Subject) -> Section | None:
    """Return the section on probabilities; None for numbers, and where nothing was judged."""
    seen, first = subject.judged, subject.first
    if seen is None or first.task != "classification":
        return None
    title, html = "How sure it is", []
    of = subject.together or {}
    if not all(net.outputs.are_probabilities for net in subject.nets):
        why = of["left_out"]["calibration_error"]
        return Section("certainty", title, note=f"{why[:1].upper()}{why[1:]}.")
    html.append(part("heading", "Calibration"))
    html.append(picture("Calibration", partial(plot.calibration, subject.net, seen, None),
                        SQUARE, SMALL))  # fmt: skip
    html.append(part("more", "The numbers", bins_table(of["calibration"])))
    if len(first.classes) == 2 and 0 < np.count_nonzero(seen.truth) < len(seen.truth):  # type: ignore[arg-type]
        for name, words in (("roc", "ROC curve"), ("precision_recall", "Precision and recall")):
            draw = partial(getattr(plot, name), subject.net, seen, None)
            html.append(part("heading", words))
            html.append(picture(words, draw, SQUARE, SMALL))
    note = "Of the answers of which it is 80% sure, 80% should be right: a point on the line."
    return Section("certainty", title, Markup().join(html), note)


def bins_table(bins: Event) -> Markup:
    """Return the bins of a calibration as a table."""
    edges, rows = bins["edges"], []
    for k, n in enumerate(bins["samples"].tolist()):
        if n:
            span = f"{edges[k]:.0%} to {edges[k + 1]:.0%}"
            rows.append([span, f"{n:,}", f"{bins['confidence'][k]:.1%}", f"{bins['right'][k]:.1%}"])
    heads = ["how sure", "samples", "sure on average", "right"]
    return part("table", "Answers by how sure the net was", heads, rows)
