"""The output of `evaluate`, as text that fits the terminal."""

import os
from collections.abc import Iterable, Sequence

from .arguments import called
from .columns import columns, cut_apart, left, printed, right, table
from .tables import SOLID
from .text import MOST, Event, count, number, percent, width, wrapped

WORST = 20  # classes with a row each
MISTAKES = 10  # pairs of classes that are confused
LABEL, NARROW = 16, 8  # columns of a label
FIGURES = {
    "macro_f1": "macro F1",
    "log_loss": "log loss",
    "auc": "AUC",
    "calibration_error": "calibration error",
}
SHARES = ("macro_f1", "calibration_error", "recall", "precision", "f1")  # in per cent


def evaluation(event: Event) -> str:
    """Return how good the answers of a model are, or of several together; then the details."""
    numbers = event["task"] == "regression"
    parts = [numbers_lines(event) if numbers else labels_lines(event)]
    if len(event.get("models", [])) > 1:
        parts.append(models_lines(event))
    if event["classes"] is not None:
        parts += [classes_lines(event), confusion_lines(event)]
    elif not numbers:
        parts.append(several_lines(event))
    elif len(event["outputs"]) > 1:
        parts.append(outputs_lines(event))
    return "\n\n".join("\n".join(part) for part in parts)


def samples_of(event: Event) -> str:
    """Return the samples in words, such as "2,000 test images of digits"."""
    part = "" if event["part"] == "all" else f" {event['part']}"
    noun = event["noun"] if event["samples"] != 1 else event["noun"][:-1]
    return f"{event['samples']:,}{part} {noun} of {called(event['data'])}"


def numbers_lines(event: Event) -> list[str]:
    """Return lines on the answers of a regression."""
    rmse = f"root mean square error: {number(event['rmse'])}"
    first = f"R^2: {number(event['score'])}, {rmse}, {samples_of(event)}"
    figures = [
        f"mean absolute error: {number(event['mae'])}",
        f"spread of the targets: {number(event['spread'])}",
    ]
    return [*headline(first), *listed(figures)]


def labels_lines(event: Event) -> list[str]:
    """Return lines on the answers of a net whose outputs are labels."""
    first = f"correctly recognized: {percent(event['score'])} of {samples_of(event)}"
    found = [f"{name}: {figure(event, of)}" for of, name in FIGURES.items() if has(event, of)]
    without: dict[str, list[str]] = {}
    for of, why in event.get("left_out", {}).items():
        without.setdefault(why, []).append(f"no {FIGURES[of]}")
    lines = [*headline(first), *listed(found)]
    for why, names in without.items():
        lines += wrapped(f"{', '.join(names)}: {why}", 2)
    return lines


def headline(line: str) -> list[str]:
    """Return the lines of the first one, which has a path and stays whole in 80 columns."""
    return wrapped(line, 2) if width() < MOST else [line]


def listed(figures: Sequence[str]) -> list[str]:
    """Return lines with figures, none of which is broken."""
    lines = wrapped(", ".join(figure.replace(" ", SOLID) for figure in figures), 2)
    return [line.replace(SOLID, " ") for line in lines]


def figure(event: Event, of: str) -> str:
    """Return a figure of an event as text."""
    return percent(event[of]) if of in SHARES else number(event[of])


def has(event: Event, name: str) -> bool:
    """Tell whether a figure could be measured."""
    return event.get(name) is not None


def models_lines(event: Event) -> list[str]:
    """Return a table of several models, and of their answers together."""
    each = [*event["models"], {**event, "model": "together"}]
    numbers = event["task"] == "regression"
    if numbers:
        names = {"score": "R^2", "rmse": "RMSE", "mae": "MAE"}
    else:
        names = {"score": "recognized", **FIGURES, "calibration_error": "calibration"}
    names = {of: name for of, name in names.items() if any(has(own, of) for own in each)}
    files = [os.path.basename(own["model"]) for own in each]
    if len({*files}) < len(files):
        files = [own["model"] for own in each]
    rows = []
    for file, own in zip(files, each, strict=True):
        figures = [figure(own, of) for of in names]
        if not numbers:
            figures[0] = percent(own["score"])
        rows.append([printed(file), *figures])
    return table(["model", *names.values()], rows, LABEL)


def classes_lines(event: Event) -> list[str]:
    """Return a table of the classes that occur; of many, the worst ones."""
    occur = [of for of in event["classes"] if of["samples"] or of["answered"]]
    lines, shown = [], occur
    if len(occur) > WORST:
        shown = sorted(occur, key=badness)[:WORST]
        lines.append(f"the {WORST} worst of {len(occur):,} classes")
    heads = ["class", event["noun"], "recall", "precision", "F1", "most often taken for"]
    names = labels(of["label"] for of in occur)
    rows = []
    for of in shown:
        mistake = f"{names[of['taken_for']]} ({of['times']:,})" if of["times"] else "-"
        shares = [figure(of, name) for name in ("recall", "precision", "f1")]
        rows.append([names[of["label"]], f"{of['samples']:,}", *shares, mistake])
    return lines + table(heads, rows, words=(0, 5))


def badness(of: Event) -> tuple[float, int]:
    """Return the key by which the worst classes come first: by recall, the largest of equals."""
    return (of["recall"] if of["samples"] else 2, -of["samples"])


def several_lines(event: Event) -> list[str]:
    """Return a table of the labels that samples may have at once; of many, the worst ones."""
    rows, lines = event["labels"], []
    if len(rows) > WORST:
        rows = sorted(rows, key=lambda of: of["f1"] or 0)[:WORST]
        lines.append(f"the {WORST} worst of {count(len(event['labels']), 'label')}")
    own = labels(of["label"] for of in rows)
    heads = ["label", event["noun"], "recall", "precision", "F1", "AUC", "log loss", "calibration"]
    names = ("recall", "precision", "f1", "auc", "log_loss", "calibration_error")
    cells = [
        [own[of["label"]], f"{of['samples']:,}", *(figure(of, name) for name in names)]
        for of in rows
    ]
    return lines + table(heads, cells, 5)


def outputs_lines(event: Event) -> list[str]:
    """Return a table of the outputs of a regression."""
    names = {"r_squared": "R^2", "rmse": "RMSE", "mae": "MAE", "spread": "spread"}
    rows = [[str(of["output"]), *(number(of[name]) for name in names)] for of in event["outputs"]]
    more = [] if len(rows) <= WORST else [f"... ({count(len(rows), 'output')} in all)"]
    return table(["output", *names.values()], rows[:WORST], 6) + more


def confusion_lines(event: Event) -> list[str]:
    """Return the confusion matrix of the classes that occur, or the mistakes if it does not fit."""
    if not event["confused"]:
        return ["no class is taken for another"]
    occur = [k for k, of in enumerate(event["classes"]) if of["samples"] or of["answered"]]
    if event["confusion"] is None or 2 * len(occur) >= width():
        return mistakes_lines(event)
    names = [*labels(event["classes"][k]["label"] for k in occur).values()]
    matrix = [[event["confusion"][i][j] for j in occur] for i in occur]
    for what in ("confusion", "mistakes"):
        lines = matrix_lines(names, matrix, mistakes=what == "mistakes")
        if max(map(columns, lines)) <= width():
            return [*wrapped(f"{what}: a row for each class, a column for each answer", 2), *lines]
    return mistakes_lines(event)


def matrix_lines(
    names: Sequence[str], matrix: Sequence[Sequence[int]], mistakes: bool
) -> list[str]:
    """Return a matrix as lines, or its mistakes alone, which are narrower than right answers.

    Classes with long names have a number at the head of a column.
    """
    texts = [[f"{times}" if times else "." for times in row] for row in matrix]
    for k in range(len(texts) if mistakes else 0):
        texts[k][k] = "-"
    cell = max(len(text) for row in texts for text in row)
    heads = list(names)
    if max(map(columns, names)) > max(cell, 3):
        heads = [str(k + 1) for k in range(len(names))]
        names = [f"{head} {name}" for head, name in zip(heads, names, strict=True)]
    cell = 1 + max(cell, *map(columns, heads))
    first = min(max(map(columns, names)), max(NARROW, width() - cell * len(names)))
    names = cut_apart(names, first)
    rows = zip(["", *names], [heads, *texts], strict=True)
    return [left(name, first) + "".join(right(text, cell) for text in row) for name, row in rows]


def mistakes_lines(event: Event) -> list[str]:
    """Return a table of the most frequent mistakes."""
    shown, n = event["confused"][:MISTAKES], event["confused_pairs"]
    names = labels(of[name] for of in shown for name in ("label", "taken_for"))
    rows = [[names[of["label"]], names[of["taken_for"]], f"{of['times']:,}"] for of in shown]
    first = "mistakes" if n == len(shown) else f"the {len(shown)} most confused of {n:,} pairs"
    heads = ["class", "taken for", event["noun"]]
    return [*wrapped(first, 2), *table(heads, rows, words=(0, 1))]


def labels(values: Iterable[object]) -> dict[object, str]:
    """Return labels in a few columns each; those that differ look different."""
    values = [*dict.fromkeys(values)]
    texts = cut_apart([*map(printed, values)], min(LABEL, width() // 3))
    return dict(zip(values, texts, strict=True))
