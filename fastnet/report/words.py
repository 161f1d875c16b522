"""What a page says of its net in sentences."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from ..model.ensemble import nets_of
from ..model.network import Network
from .subject import DIVERGED, Subject
from .templates import shown

READS = {
    "digits": "that reads handwritten digits",
    "mnist": "that reads handwritten digits",
    "fashion-mnist": "that recognises clothes",
}
NEW = {"test": True, "held-out": True, "training": False}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def headline(subject: Subject) -> str:
    """Return one sentence: what the net is, what it learned from, and how well it does."""
    learned = learned_from(subject)
    what = f"{who(subject)} {what_it_does(subject)}{f', {learned}' if learned else ''}"
    done = how_well(subject)
    return f"{what}: {done}." if done else f"{what}."


def who(subject: Subject) -> str:
    """Return the net in words, such as "A net of 784-30-10"."""
    n, sizes = len(subject.nets), subject.net.sizes
    layers = " of different sizes" if sizes is None else f" of {'-'.join(map(str, sizes))}"
    origins = {(net.origin or {}).get("format") for net in subject.nets}
    origin = origins.pop() if len(origins) == 1 else None
    nets = "A net" if n == 1 else f"{in_words(n).capitalize()} nets"
    return f"{nets}{layers}{f' from {origin}' if origin else ''}"


def what_it_does(subject: Subject) -> str:
    """Return what the net is for, such as "that predicts income from 6 columns"."""
    first = subject.first
    source = (first.run or {}).get("source", "")
    if source in READS and first.task == "classification":
        text = READS[source]
    elif first.task == "classification":
        target = getattr(first.encoding, "target", None)
        of = classes_of(subject)
        text = f"that predicts {shown(target)} ({of})" if target else f"that tells {of} apart"
    elif first.task == "multilabel":
        text = f"that finds {counted(first.sizes[-1], 'label')}"
    else:
        target = getattr(first.encoding, "target", None)
        text = f"that predicts {shown(target) if target else counted(first.sizes[-1], 'number')}"
    if first.encoding is not None:
        text += f" from {counted(first.n_features, 'column')}"
    if len(subject.nets) > 1:
        verbs = {"reads": "read", "recognises": "recognise", "predicts": "predict",
                 "tells": "tell", "finds": "find"}  # fmt: skip
        text = " ".join(verbs.get(word, word) for word in text.split(" "))
        text += " together"
    return text


def classes_of(subject: Subject) -> str:
    """Return the classes if they are few and short, or their number."""
    labels = [shown(label) for label in subject.first.classes.tolist()]  # type: ignore[union-attr]
    few = len(labels) <= 4 and sum(map(len, labels)) <= 40
    return listed(labels) if few and labels else counted(len(labels), "class", "classes")


def learned_from(subject: Subject) -> str:
    """Return from how much the net learned; "" if that is unknown."""
    run, history = subject.first.run, subject.first.history
    if run and run["options"]:
        if any(what_of(net) != what_of(subject.first) for net in subject.nets):
            return "learned from different data"
        source = os.path.basename(run.get("source") or "")
        of = f" of {shown(source, 40)}" if source else ""
        return f"learned from {amount(subject)}{of}"
    if history:
        n = sum(record.get("samples") or 0 for record in history)
        return f"learned from a stream of {counted(n, subject.noun[:-1])}"
    return ""


def what_of(net: Network) -> Any:
    """Return what tells the data of a net's run from those of other runs."""
    run = net.run or {"data": {}}
    return run.get("source"), run["data"].get("samples"), run["data"].get("y")


def amount(subject: Subject) -> str:
    """Return how many samples the first net learned, such as "900 of 1,000 rows"."""
    run = subject.first.run or {}
    n, held = run["data"]["samples"], held_of(subject.first)
    return f"{n - held:,} of " * (held > 0) + counted(n, subject.noun[:-1])


def held_of(net: Network) -> int:
    """Return how many samples of its data the run of a net held out."""
    run = net.run or {"options": {}}
    if not net.history or not run["options"].get("validation_fraction"):
        return 0
    n = int(run["data"]["samples"])
    return max(0, n - int(net.history[0].get("samples") or n))


def how_well(subject: Subject) -> str:
    """Return how well the net does, in the measure that says most; "" if nothing was judged."""
    of = subject.together
    if not of:
        return "it has diverged" * (subject.why == DIVERGED)
    on = samples_of(subject)
    if subject.first.task == "classification":
        return f"right on {of['score']:.1%} of {on}"
    if subject.first.task == "multilabel":
        return f"right about all labels of {of['score']:.1%} of {on}"
    return f"off by {number(of['mae'])} on average (R squared {rounded(of['score'], 2)}) on {on}"


def samples_of(subject: Subject) -> str:
    """Return the judged samples, such as "2,000 images of digits that it has not learned"."""
    n = subject.count
    noun = subject.noun if n != 1 else subject.noun[:-1]
    it = "it has" if len(subject.nets) == 1 else "they have"
    new = NEW.get(subject.part)
    learned = "" if new is None else f" that {it} {'not ' * new}learned"
    if new is False and any(held_of(net) > 0 for net in subject.nets):
        learned = f", most of which {it} learned"
    source = (subject.first.run or {}).get("source")
    other = subject.data and subject.data != source
    of = f" of {shown(os.path.basename(subject.data), 40)}" if other else ""
    return f"{n:,} {noun}{of}{learned}"


def number(value: float | None) -> str:
    """Return a number with four digits, or as a whole one if it is large."""
    if value is None or value != value:
        return "-"
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e12 else f"{value:.4g}"


def rounded(value: float, digits: int) -> str:
    """Return a number with so many digits after the point, and 0 without a sign."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def in_words(n: int) -> str:
    """Return a small number as a word."""
    return NUMBERS[n] if n < len(NUMBERS) else f"{n:,}"


def counted(n: int, noun: str, several: str = "") -> str:
    """Return so many things, such as "1 column" or "6 columns"."""
    return f"{n:,} {noun if n == 1 else several or f'{noun}s'}"


def listed(words: Iterable[Any], last: str = "and") -> str:
    """Return words with commas between, and a word before the last."""
    texts = [str(word) for word in words]
    return f" {last} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def model_name(subject: Subject) -> str:
    """Return the names of the models; "" without one."""
    paths = [name for name in subject.models if name]
    names = [os.path.basename(path) for path in paths]
    names = names if len({*names}) == len(names) else paths
    more = f" and {len(names) - 4:,} more" if len(names) > 5 else ""
    return ", ".join(names[:4] if more else names) + more


def seeds_of(subject: Subject) -> list[Any]:
    """Return the seeds of all nets."""
    return [net.seed for net in nets_of(subject.net)]
