"""The text of a page: its parts, and the net as JSON with its numbers in base64."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape
from importlib import resources
from typing import Any

from ..._version import __version__
from ...apart import apart, shortened
from ...diagnostics import printable
from ...kernels.activations import ACTIVATIONS
from ...model.rounding import rounded
from ...typing import Array
from ..layers import Exported, Layer

SCRIPTS = ("centring.js", "net.js", "drawing.js", "page.js")
LETTERS = 24  # of a label
DIGITS = {str(digit) for digit in range(10)}


def page(model: Exported, weights: str, pixels: bool) -> str:
    """Return the page of a model whose weights have a type already: see `to_page`."""
    css = text_of("page.css")
    script = "\n".join(text_of(name) for name in SCRIPTS)
    labels = shown(model.meaning.classes or [])
    sizes = [len(model.nets[0][0].weights), *(len(layer.biases) for layer in model.nets[0])]
    hidden = len(sizes) > 2
    last = model.nets[0][-1].activation
    values = {
        "policy": f"default-src 'none'; style-src {digest_of(css)}; script-src "
        f"{digest_of(script)}; base-uri 'none'; form-action 'none'",
        "version": __version__,
        "title": "Draw a digit" if {*labels} <= DIGITS else "Draw a picture",
        "outputs": "Probabilities" if last == "softmax" else "Outputs",
        "unit": "a unit" if hidden else "an output",
        "looks": f"What {'units of the first layer look' if hidden else 'each output looks'} for",
        "which": _which(model),
        "about": escape(_about(model, sizes, weights)),
        "css": css,
        "net": as_json(model, labels, weights, pixels),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], text_of("page.html"))


def shown(labels: list[Any]) -> list[str]:
    """Return labels as text of one line; long ones are cut, and differ."""
    return apart(labels, lambda text: shortened(printable(text) or '""', LETTERS))


def as_json(model: Exported, labels: list[str], weights: str, pixels: bool) -> str:
    """Return the labels and the nets as JSON that may stand within a script of HTML."""
    low, high = (getattr(ACTIVATIONS[model.nets[0][-1].activation], end) for end in ("low", "high"))
    stored = {
        "labels": labels,
        "probabilities": low >= 0 and high <= 1,
        "whole": 255 if pixels else 1,
        "weights": weights,
        "nets": [[_stored(layer, weights) for layer in layers] for layers in model.nets],
    }
    return json.dumps(stored).replace("<", "\\u003c")


def text_of(name: str) -> str:
    """Return a file beside this module."""
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def digest_of(text: str) -> str:
    """Return the name by which a Content-Security-Policy allows a script or a style."""
    return f"'sha256-{_base64(hashlib.sha256(text.encode()).digest())}'"


def _base64(values: bytes) -> str:
    return base64.b64encode(values).decode()


def _floats(values: Array) -> str:
    return _base64(values.astype("<f4").tobytes())


def _stored(layer: Layer, weights: str) -> dict[str, str]:
    """Return a layer as text. Of int8, a weight is its value times its output's scale."""
    stored = {"activation": layer.activation, "biases": _floats(layer.biases)}
    if weights == "float32":
        return {**stored, "weights": _floats(layer.weights)}
    few = rounded(layer.weights, weights)
    if few.scales is not None:
        stored["scales"] = _floats(few.scales)
    little = few.values.astype(few.values.dtype.newbyteorder("<"))
    return {**stored, "weights": _base64(little.tobytes())}


def _which(model: Exported) -> str:
    """Return a sentence on which of several nets is seen, or nothing."""
    of = len(model.nets)
    return f" They belong to the first of {of} nets, which answer by the mean." if of > 1 else ""


def _about(model: Exported, sizes: list[int], weights: str) -> str:
    """Return what the net is, in a line."""
    of = len(model.nets)
    several = f"{of} nets, the first of them " if of > 1 else ""
    names = dict.fromkeys(layer.activation for layer in model.nets[0])
    n = sum(layer.weights.size + layer.biases.size for layers in model.nets for layer in layers)
    return (
        f"{several}{'-'.join(map(str, sizes))} ({', '.join(names)}), {n:,} parameters, {weights} "
        f"weights. Written by fastnet {__version__}. This page is one file: it needs no network, "
        "and nothing that you draw leaves it."
    )
