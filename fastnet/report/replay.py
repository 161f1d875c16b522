"""The section of the page that plays how the net learned, moment by moment."""

from __future__ import annotations

import base64
import itertools
import json
import zlib
from typing import Any

import numpy as np
from markupsafe import Markup

from ..plot.judged import part_of
from ..plot.style import THEMES, Style
from ..plot.tiles import image_shape, images_of
from ..typing import Array
from .moments import Moment, Shown, examples, part_drawn, pool, watched
from .pictures import address
from .rerun import NoReplay, check
from .sections import Section
from .subject import Subject
from .templates import all_shown, environment
from .words import counted, samples_of

SIZE = 800_000  # bytes of the section, at the most
LEVELS = 127  # of weights of one sign
TOP = 0.995  # of the net's weights, this share is within the scale
STILL = 16  # units in a picture of one moment
LETTERS = 11  # of a label below an image

TITLE = "Replay of the learning"


def replay(subject: Subject, room: int = SIZE) -> Section | None:
    """Return the section that plays how a net learned, or says in a line why it cannot.

    It has at most `room` bytes, if not fewer than one unit needs.

    It is None if the net takes no images or comes from another library, unless somebody asks for
    it. Of several nets the first is seen.
    """
    fits = subject.is_image and subject.first.origin is None
    if subject.replay is False or not (fits or subject.replay):
        return None
    try:
        seen = _seen(subject)
    except NoReplay as why:
        return Section("replay", TITLE, note=f"There is no replay: {why}.")
    html, note = _written(seen, subject, min(room, SIZE))
    return Section("replay", TITLE, html, note, ("replay.css", "replay.js"))


def _seen(subject: Subject) -> Shown:
    """Return what the section shows; raise if there is nothing to show."""
    net, data = subject.first, subject.judged
    if not subject.is_image:
        raise NoReplay("it shows images, which this net does not take")
    if net.task != "classification":
        raise NoReplay("it shows answers that are classes, which this net does not have")
    check(net, bool(subject.replay))
    if not net.is_finite():
        raise NoReplay("the net has diverged")
    if data is None:
        raise NoReplay(f"there are no {subject.noun} with labels to judge it on")
    if subject.learned is None:
        raise NoReplay("the data that the net learned are not at hand")
    shape = image_shape("the replay", net, subject.shape)
    return watched(net, shape, part_drawn(data, subject.seed), subject.learned, data[:2])


def _written(seen: Shown, subject: Subject, room: int) -> tuple[Markup, str]:
    """Return the section's HTML, with as many units as there is room for, and its note."""
    groups = examples(seen.right, seen.moments[-1].sure, seen.data.truth)
    images = _pixels(seen, _places(groups))
    units = np.arange(len(seen.units))
    while True:
        html = _html(seen, units, groups, images, samples_of(subject))
        if len(html) <= room or len(units) == 1:
            return html, _note(seen, len(units), subject)
        most = max(1, min(len(units) - 1, int(len(units) * room / len(html))))
        units = _largest(seen.moments[-1].weights, most)


def _largest(weights: Array, most: int) -> Array:
    """Return the places of the units with the largest weights, in their order."""
    order = np.argsort(-np.square(weights).sum(axis=1), kind="stable")
    return np.asarray(np.sort(order[:most]))


def _note(seen: Shown, units: int, subject: Subject) -> str:
    """Return in words what is shown and what is left out."""
    net, n = seen.net, seen.net.sizes[1]
    what = "hidden unit" if len(net.sizes) > 2 else "output"
    which = f"all {n:,} {what}s" if units == n > 1 else f"{units:,} of {counted(n, what)}"
    every = len(net.history) + 1 <= len(seen.moments)
    several = "" if every else f", which are not all of {len(net.history):,} epochs"
    of = "net" if len(subject.nets) == 1 else f"first of the {len(subject.nets):,} nets"
    return (
        f"The {of} has been trained again from its record, to the same bits. "
        f"Here are {len(seen.moments):,} moments{several}, and {which}."
    )


def _places(groups: dict[str, list[int]]) -> Array:
    """Return the places of all images of groups."""
    return np.array([place for group in groups.values() for place in group], int)


def _pixels(seen: Shown, places: Array) -> Array:
    """Return images (n, pixels) of bytes, as large as those of weights."""
    if not len(places):
        return np.zeros((0, 0), np.uint8)
    images = images_of(part_of(seen.data.rows, places), seen.full)
    images = images if len(seen.full) == 3 else images[..., 0]
    return np.rint(255 * pool(images, seen.shape)).astype(np.uint8)


def quantised(moments: list[Moment], units: Array) -> Array:
    """Return the weights of some units at each moment as whole numbers (moments, units, pixels).

    All have one scale. The largest are LEVELS or -LEVELS.
    """
    last = np.abs(moments[-1].weights)
    top = float(np.quantile(last, TOP)) or 1.0
    own = np.stack([moment.weights[units] for moment in moments]).astype(float)
    return np.rint(np.clip(own / top, -1, 1) * LEVELS).astype(np.int8)


def packed(weights: Array, images: Array) -> str:
    """Return whole numbers (moments, units, pixels), and images, as text.

    Of each moment there are the changes since the one before, modulo 256, which are mostly small.
    """
    whole = weights.astype(np.uint8)
    changes = np.diff(whole, axis=0, prepend=np.zeros_like(whole[:1]))
    return base64.b64encode(zlib.compress(changes.tobytes() + images.tobytes(), 9)).decode()


def _html(
    seen: Shown, units: Array, groups: dict[str, list[int]], images: Array, judges: str
) -> Markup:
    """Return the section's HTML; `judges` says on what moments are judged."""
    net, weights = seen.net, quantised(seen.moments, units)
    labels = all_shown(net.classes.tolist(), LETTERS)  # type: ignore[union-attr]
    moments = [_said(seen, k) for k in range(len(seen.moments))]
    places = _places(groups)
    data = {
        "moments": moments,
        "labels": labels,
        "judged": len(seen.data.truth),
        "units": len(units),
        "shape": seen.shape,
        "answers": [[int(m.answers[k]) for m in seen.moments] for k in places],
        "sure": [[round(100 * float(m.sure[k])) for m in seen.moments] for k in places],
        "truth": seen.data.truth[places].tolist(),
        "colours": {name: _ends(name) for name in THEMES},
        "packed": packed(weights, images),
    }
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    numbered = enumerate(labels[k] for k in data["truth"])
    html = environment().get_template("replay.html").render(
        data=Markup(text),
        moments=moments,
        labels=labels,
        judged=data["judged"],
        judges=judges,
        curve=_curve(moments),
        captions=[labels[k] for k in seen.units[units]] if len(net.sizes) == 2 else [],
        units=len(units),
        shape=seen.shape,
        groups={name: [*itertools.islice(numbered, len(of))] for name, of in groups.items()},
        stills=[(moments[k]["name"], _still(weights[k], seen.shape)) for k in (0, -1)],
        what="hidden unit" if len(net.sizes) > 2 else "output",
    )  # fmt: skip
    return Markup(html)


def _ends(theme: str) -> dict[str, str]:
    """Return the colours of the least and the largest weights, and of 0."""
    own = THEMES[theme]
    return {"below": own.colours[0], "above": own.colours[1], "ground": own.ground}


def _said(seen: Shown, k: int) -> dict[str, Any]:
    """Return what is said of a moment."""
    moment = seen.moments[k]
    name, short = _names(seen, k)
    wrong = int((moment.answers != seen.data.truth).sum())
    return {"name": name, "short": short, "wrong": wrong, "pairs": seen.pairs(moment)}


def _names(seen: Shown, k: int) -> tuple[str, str]:
    """Return what a moment is called, and its short name."""
    done, steps = seen.moments[k].samples, seen.steps
    epochs, part = divmod(done, steps)
    if done == 0:
        return "before the first image", "start"
    if k and seen.moments[k - 1].samples == done:
        mean = (seen.net.run or {})["options"].get("average")
        return f"at the end: {'the mean of the last weights' if mean else 'the best epoch'}", "end"
    if part:
        return f"after {done:,} images", f"{done:,}"
    return f"after epoch {epochs:,} of {len(seen.net.history):,}", f"epoch {epochs:,}"


def _curve(moments: list[dict[str, Any]]) -> str:
    """Return the points of the learning curve, 0 to 1000 across and 0 to 100 down."""
    most = max(moment["wrong"] for moment in moments) or 1
    wide = max(len(moments) - 1, 1)
    points = [(1000 * k / wide, 100 - 100 * m["wrong"] / most) for k, m in enumerate(moments)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _still(weights: Array, shape: tuple[int, ...]) -> str:
    """Return a picture of the first units at one moment, for a page that does not move."""
    some = weights[:STILL].reshape(-1, *shape)
    across = -(-len(some) // max(1, round(len(some) ** 0.5)))
    down = -(-len(some) // across)
    canvas = np.zeros((down * (shape[0] + 1) - 1, across * (shape[1] + 1) - 1, *shape[2:]))
    for k, image in enumerate(some):
        top, left = (k // across) * (shape[0] + 1), (k % across) * (shape[1] + 1)
        canvas[top : top + shape[0], left : left + shape[1]] = image / LEVELS
    return address(coloured(canvas, "light"))


def coloured(shares: Array, theme: str) -> Array:
    """Return weights, -1 to 1, as colours: blue below 0, orange above; those of colours as grey."""
    if shares.ndim == 3:
        return np.asarray((shares + 1) / 2)
    style = Style(THEMES[theme], 1, 1, own=False)
    below, above = (style.blend(style.colour(k), np.abs(shares)) for k in (0, 1))
    return np.asarray(np.where(shares[..., None] < 0, below, above))
