"""The sections on how well a net does, and on what it gets wrong."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from markupsafe import Markup

from .. import plot
from ..plot.letters import all_shown, shown
from ..tables.table import Numbers, Table
from .judges import Event
from .pictures import picture
from .sections import Section
from .subject import Subject, hits, is_encoded
from .templates import part
from .words import counted, number, samples_of

WORST = 30  # classes, labels or outputs with a row each
CELLS = 30  # classes of a matrix; more make a list of pairs
PAIRS = 30
MISTAKES = 12
COLUMNS = 8  # of a row that is shown
SHARES = ("score", "macro_f1", "calibration_error", "precision", "recall", "f1")
FIGURES = {
    "score": "right answers",
    "macro_f1": "macro F1",
    "log_loss": "log loss",
    "auc": "area under ROC",
    "calibration_error": "calibration error",
}
NUMBERS = {
    "score": "R squared",
    "rmse": "root mean square error",
    "mae": "mean absolute error",
    "spread": "spread of the targets",
}


def said(name: str, value: Any) -> str:
    """Return a measure as text: a share in per cent."""
    if value is None or value != value:
        return "-"
    return f"{value:.1%}" if name in SHARES else number(float(value))


def how_well(subject: Subject) -> Section:
    """Return the section on how well the net does."""
    title, of = "How well it does", subject.together
    if not of:
        return Section("how-well", title, answers_of(subject), subject.why)
    html = [key_figures(subject, of)]
    if len(subject.each) > 1:
        html.append(models_table(subject))
    task = subject.first.task
    if task == "classification":
        html += of_classes(subject, of)
    elif task == "multilabel":
        html.append(labels_table(of["labels"]))
    elif of["outputs"]:
        names = {"r_squared": "R squared", **dict([*NUMBERS.items()][1:])}
        rows = [[o["output"], *(number(o[name]) for name in names)] for o in of["outputs"]]
        html.append(part("table", "Each output", ["output", *names.values()], rows[:WORST], ()))
    note = f"Measured on {samples_of(subject)}. {subject.note}".strip()
    return Section("how-well", title, Markup().join(html), note.rstrip(".") + ".")


def answers_of(subject: Subject) -> Markup:
    """Return what a net answers to samples of which the truth is unknown."""
    if subject.rows is None or subject.first.task != "classification":
        return Markup()
    found = subject.net.predict_proba(subject.rows).argmax(axis=1)
    classes = subject.first.classes
    times = np.bincount(found, minlength=len(classes))  # type: ignore[arg-type]
    order = np.argsort(-times, kind="stable")[:WORST]
    rows = [[classes[k], f"{times[k]:,}"] for k in order.tolist() if times[k]]  # type: ignore[index]
    return part("table", f"What it answers to {samples_of(subject)}", ["answer", "times"], rows)


def key_figures(subject: Subject, of: Event) -> Markup:
    """Return the measures of all samples together."""
    names = NUMBERS if subject.first.task == "regression" else FIGURES
    if subject.first.task == "multilabel":
        names = FIGURES | {"score": "samples with all labels right"}
    items = []
    for name, words in names.items():
        if names is NUMBERS:
            text = f"{of[name]:.3f}" if name == "score" else said("", of[name])
        else:
            text = said(name, of.get(name))
        if of.get(name) is not None:
            items.append((words, text, ""))
    html = [part("figures", items)]
    for why in dict.fromkeys(of.get("left_out", {}).values()):
        missing = [FIGURES[k] for k, own in of["left_out"].items() if own == why]
        html.append(part("said", f"No {', no '.join(missing)}: {why}."))
    return Markup().join(html)


def models_table(subject: Subject) -> Markup:
    """Return a table of several models, and of all together."""
    regression = subject.first.task == "regression"
    names = NUMBERS if regression else FIGURES
    each = [*zip(subject.models, subject.each, strict=True), ("together", subject.together)]
    names = {k: v for k, v in names.items() if any((of or {}).get(k) is not None for _, of in each)}
    rows = [
        [name, *(said("" if regression else k, (of or {}).get(k)) for k in names)]
        for name, of in each
    ]
    return part("table", "Each model, and all together", ["model", *names.values()], rows)


def of_classes(subject: Subject, of: Event) -> list[Markup]:
    """Return the confusion matrix and the classes, in pictures and tables."""
    assert subject.judged is not None
    draw = partial(plot.confusion_matrix, subject.net, subject.judged, None)
    k = min(len(of["classes"]), CELLS)
    wide = (7.6, min(3.4 + 0.22 * k, 7.0))
    return [
        part("heading", "Which classes it takes for which"),
        picture("Confusion matrix", draw, wide, (3.5, 3.9)),
        part("more", "The numbers", numbers_of(of)),
        classes_table(subject, of),
    ]


def numbers_of(of: Event) -> Markup:
    """Return the confusion matrix as a table; of many classes the pairs."""
    occur = [k for k, c in enumerate(of["classes"]) if c["samples"] or c["answered"]]
    if of["confusion"] is not None and len(occur) <= CELLS:
        labels = all_shown(of["classes"][k]["label"] for k in occur)
        rows = [[labels[i], *(f"{of['confusion'][k][j]:,}" for j in occur)]
                for i, k in enumerate(occur)]  # fmt: skip
        caption = "A row for each true class, a column for each answer"
        return part("table", caption, ["class", *labels], rows)
    pairs = of["confused"][:PAIRS]
    names = names_of(p[name] for p in pairs for name in ("label", "taken_for"))
    rows = [[names[p["label"]], names[p["taken_for"]], f"{p['times']:,}"] for p in pairs]
    caption = f"The {len(rows)} of {of['confused_pairs']:,} pairs that are confused most"
    return part("table", caption, ["class", "taken for", "times"], rows, (0, 1))


def names_of(labels: Iterable[Any]) -> dict[Any, str]:
    """Return labels as a page shows them; those that differ look different."""
    labels = [*dict.fromkeys(labels)]
    return dict(zip(labels, all_shown(labels), strict=True))


def classes_table(subject: Subject, of: Event) -> Markup:
    """Return a table of the classes that occur; of many, the worst."""
    occur = [c for c in of["classes"] if c["samples"] or c["answered"]]
    names = names_of(c["label"] for c in occur)
    rows, caption = occur, "Each class"
    if len(occur) > WORST:
        key = [(c["recall"] if c["samples"] else 2, -c["samples"]) for c in occur]
        rows = [occur[k] for k in sorted(range(len(occur)), key=key.__getitem__)[:WORST]]
        caption = f"The {WORST} of {len(occur):,} classes that it finds least"
    heads = ["class", subject.noun, "recall", "precision", "F1", "most often taken for"]
    cells = [
        [
            names[c["label"]], f"{c['samples']:,}",
            *(said(name, c[name]) for name in ("recall", "precision", "f1")),
            f"{names[c['taken_for']]} ({c['times']:,})" if c["times"] else "-",
        ]
        for c in rows
    ]  # fmt: skip
    return part("table", caption, heads, cells, (0, 5))


def labels_table(labels: list[Event]) -> Markup:
    """Return a table of labels that samples may have at once; of many, the worst."""
    rows, caption = labels, "Each label"
    if len(labels) > WORST:
        rows = sorted(labels, key=lambda own: own["f1"] or 0)[:WORST]
        caption = f"The {WORST} of {len(labels):,} labels that it finds least"
    names = {"recall": "recall", "precision": "precision", "f1": "F1", "auc": "AUC",
             "log_loss": "log loss", "calibration_error": "calibration error"}  # fmt: skip
    cells = [
        [own["label"], f"{own['samples']:,}", *(said(name, own[name]) for name in names)]
        for own in rows
    ]
    return part("table", caption, ["label", "samples", *names.values()], cells)


def mistakes(subject: Subject) -> Section | None:
    """Return the section on wrong answers, the surest first; of numbers, the largest errors."""
    if subject.judged is None or subject.first.task == "multilabel":
        return None
    if subject.first.task == "regression":
        return errors(subject)
    draw = partial(
        plot.mistakes, subject.net, subject.judged, None, n=MISTAKES, shape=subject.shape
    )
    wrong = np.flatnonzero(~hits(subject))
    html = picture("Mistakes", draw, (7.6, 4.6), (3.5, 4.6))
    if len(wrong):
        html += part("more", "The mistakes as a table", mistakes_table(subject, wrong))
    note = "The net says how sure it is of each answer. These are its surest mistakes."
    return Section("mistakes", "What it gets wrong", html, note * bool(len(wrong)))


def mistakes_table(subject: Subject, wrong: Any) -> Markup:
    """Return the surest mistakes as a table."""
    seen = subject.judged
    assert seen is not None
    classes = subject.first.classes.tolist()  # type: ignore[union-attr]
    sure = seen.outputs[wrong].max(axis=1)
    places = wrong[np.argsort(-sure, kind="stable")][:MISTAKES]
    of_truth = seen.outputs[places, seen.truth[places]]
    heads, values = row_values(seen.rows, places)
    rows = [
        [
            place_of(subject, k), shown(classes[seen.answers[k]]), f"{seen.outputs[k].max():.0%}",
            shown(classes[seen.truth[k]]), f"{share:.0%}", *own,
        ]
        for k, share, own in zip(places.tolist(), of_truth.tolist(), values, strict=True)
    ]  # fmt: skip
    first = ["place", "answer", "sure", "truth", "sure of the truth"]
    words = (0, 1, 3, *range(5, 5 + len(heads)))
    return part("table", "Wrong answers, the surest first", [*first, *heads], rows, words)


def errors(subject: Subject) -> Section:
    """Return the section on where a regression errs."""
    seen, outputs = subject.judged, subject.first.outputs.n
    assert seen is not None
    html = []
    for k in range(min(outputs, 4)):
        draw = partial(plot.residuals, subject.net, seen, None, output=k)
        what = "Residuals" if outputs == 1 else f"Residuals of output {k}"
        if outputs > 1:
            html.append(part("heading", f"Output {k}"))
        html.append(picture(what, draw))
    wanted = np.asarray(seen.y, float).reshape(len(seen.outputs), outputs)
    far = np.abs(wanted - seen.outputs).max(axis=1)
    places = np.argsort(-far, kind="stable")[:MISTAKES]
    heads, values = row_values(seen.rows, places)
    rows = [
        [
            place_of(subject, k), numbers(seen.outputs[k]), numbers(wanted[k]),
            number(float(far[k])), *own,
        ]
        for k, own in zip(places.tolist(), values, strict=True)
    ]  # fmt: skip
    words = (0, *range(4, 4 + len(heads)))
    table = part("table", "The largest errors", ["place", "answer", "truth", "error", *heads],
                 rows, words)  # fmt: skip
    html.append(part("more", "The largest errors as a table", table))
    note = "The further a point is from the line in the middle, the larger the error."
    more = f" The first 4 of {counted(outputs, 'output')} are drawn." if outputs > 4 else ""
    return Section("mistakes", "Where it errs", Markup().join(html), note + more)


def numbers(values: Any) -> str:
    """Return the outputs of a sample as text."""
    return ", ".join(number(float(value)) for value in values[:4].tolist())


def place_of(subject: Subject, k: int) -> str:
    """Return what a person calls a sample: its line in a file, or its place."""
    seen = subject.judged
    assert seen is not None
    if isinstance(seen.rows, Table):
        return seen.rows.where(k)
    return f"{subject.noun[:-1]} {seen.places[k]}"


def row_values(rows: Any, places: Any) -> tuple[list[str], list[list[str]]]:
    """Return the names of the first columns of a table, and their values at these places."""
    if not isinstance(rows, Table) or is_encoded(rows):
        return [], [[] for _ in places]
    few = rows[places]
    names, columns = [shown(name) for name in few.names[:COLUMNS]], few.columns[:COLUMNS]
    return names, [[value_of(column, k) for column in columns] for k in range(len(places))]


def value_of(column: Any, k: int) -> str:
    """Return a value of a column as text; "" for a gap."""
    if isinstance(column, Numbers):
        value = float(column.values[k])
        return "" if value != value else number(value)
    return "" if column.codes[k] < 0 else shown(column.words[column.codes[k]])
