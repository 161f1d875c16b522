"""The sections on what a net learned from, and on the record of its run."""

from __future__ import annotations

import contextlib
import json
import os
import re
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from ..diagnostics import printable
from ..html import some
from ..images.elastic import Elastic
from ..model.activations import names_of
from ..options import Options
from ..tables.shown import details
from .sections import Section
from .subject import Subject
from .templates import part, shown
from .words import amount, counted, seeds_of

COLUMNS = 100  # of an encoding
CLASSES = 20
NO_RECORD = "The net has no record of a run: "


def data(subject: Subject) -> Section:
    """Return the section on the net, and on what it learned from what."""
    html = [part("pairs", about_data(subject))] if subject.first.run or subject.count else []
    if subject.first.encoding is not None:
        html.append(encoding_table(subject))
    html += [part("heading", "The net"), part("pairs", about_net(subject))]
    return Section("data", "What it learned from", Markup().join(html), origin_of(subject))


def origin_of(subject: Subject) -> str:
    """Return why a record of the data is missing; "" if there is one."""
    first = subject.first
    if first.run is not None:
        return ""
    if (origin := (first.origin or {}).get("format")) is not None:
        return f"{NO_RECORD}it came from {origin}."
    return f"{NO_RECORD}it learned a stream or single samples." * bool(first.history)


def about_net(subject: Subject) -> list[tuple[str, Any]]:
    """Return what the net is, by name."""
    first = subject.first
    activations = ["/".join(names_of(one)) for one in first.activations]
    sizes = [*dict.fromkeys("-".join(map(str, net.sizes)) for net in subject.nets)]
    together = f"{len(subject.nets)} that answer together, by the mean of their outputs"
    pairs = [
        *([("nets", together)] if len(subject.nets) > 1 else []),
        ("layers", some(sizes, 5)),
        ("activations", ", ".join(activations)),
        ("loss", f"{first.loss}, computed in {first.dtype}"),
        ("parameters", f"{sum((a + 1) * b for n in subject.nets for a, b in pairwise(n.sizes)):,}"),
    ]
    if first.classes is not None:
        classes = some((shown(label) for label in first.classes.tolist()), CLASSES)
        pairs.append(("classes", f"{len(first.classes):,}: {classes}"))
    if first.rounding is not None:
        pairs.append(("rounded", f"weights of {first.rounding['weights']}"))
    return pairs


def about_data(subject: Subject) -> list[tuple[str, Any]]:
    """Return what the data of the run were, by name."""
    run = subject.first.run or {}
    about = run.get("data", {})
    pairs = [("data", run["source"])] if run.get("source") else []
    if about:
        what = "pixel" if subject.is_image else "column"
        stored = "" if subject.first.encoding is not None else f", {about['dtype']}"
        of = f"{counted(about['features'], what)}{stored}"
        pairs.append(("learned", f"{amount(subject)} of {of}"))
        pairs += [(f"digest of {name}", code(about[name])) for name in "Xy" if about[name] != "-"]
    if subject.rows is not None:
        words = {"test": "a test part", "held-out": "held out of the run",
                 "training": "those that were learned"}  # fmt: skip
        of = f" of {os.path.basename(subject.data)}" if subject.data else ""
        kind = words.get(subject.part, "")
        name = "judged on" if subject.judged else "asked"
        pairs.append((name, f"{subject.n:,} {subject.noun}{of}{', ' * bool(kind)}{kind}"))
    target = getattr(subject.first.encoding, "target", None)
    return pairs + [("target", target)] * (target is not None)


def encoding_table(subject: Subject) -> Markup:
    """Return how each column becomes inputs, as a table."""
    encoding = subject.first.encoding
    columns = encoding.columns[:COLUMNS]
    rows = [
        (shown(c.name), c.kind, f"{len(c.inputs):,}", "; ".join(details(c))) for c in columns
    ]
    n = len(encoding.columns)
    caption = f"{counted(n, 'column')}, {counted(encoding.width, 'input')}"
    caption += f"; the first {COLUMNS} columns" * (n > COLUMNS)
    heads = ["column", "kind", "inputs", "how it is read"]
    html = part("table", caption, heads, rows, (0, 1, 3))
    return Markup(part("heading", "How each column is read")) + html


def record(subject: Subject) -> Section:
    """Return the section with the record of the run: options, versions, digests."""
    title, run = "The record of the run", subject.first.run
    digests = [("digest", code(subject.net.digest()))]
    if len(subject.nets) > 1:
        each = enumerate(subject.nets[:CLASSES])
        digests += [(f"digest of net {k}", code(net.digest())) for k, net in each]
    html = [part("pairs", digests)]
    if run is None:
        return Section("record", title, html[0], origin_of(subject) or NO_RECORD[:-2] + ".")
    html.append(part("heading", "Options"))
    html.append(options_of(subject))
    versions = [(name, str(value)) for name, value in run["versions"].items()]
    html.append(part("heading", "Versions"))
    html.append(part("pairs", versions))
    note = "All options that can change a bit of the net, and the digest of its weights."
    if len(subject.nets) > 1:
        note += f" They are those of the first of {len(subject.nets)} nets; seeds: "
        note += some(map(str, seeds_of(subject)), 20) + "."
    return Section("record", title, Markup().join(html), note)


def code(digest: str) -> Markup:
    """Return a digest in letters of one width."""
    return Markup("<code>{}</code>").format(printable(digest))


def options_of(subject: Subject) -> Markup:
    """Return the options of the first net's run, the given ones first."""
    run = subject.first.run or {}
    own = {**run.get("options", {}), **run.get("reading", {})}
    if run.get("on_epoch"):
        own["on_epoch"] = run["on_epoch"]
    if own.get("augment"):
        with contextlib.suppress(TypeError, ValueError):  # a value of another version
            own["augment"] = Elastic.of(own["augment"]).to_text()
    helps = Options.rows()
    rows = [
        (name, text_of(value), helps[name].help if name in helps else "how the file is read")
        for name, value in own.items()
        if value is not None
    ]
    missing = [name for name, value in own.items() if value is None]
    html = part("pairs", rows)
    return Markup(html) + part("said", f"Not given: {', '.join(missing)}.") if missing else html


def text_of(value: Any) -> str:
    """Return the value of an option as text."""
    if isinstance(value, list):
        return some(map(text_of, value), CLASSES) or "none"
    text = value if isinstance(value, str) else json.dumps(value)
    return re.sub(r"(sha256:.{16})[0-9a-f]*", r"\1...", text)
