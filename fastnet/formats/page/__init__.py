"""A page on which a person draws, and a net answers: one file of HTML with the weights inside."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ... import checks, files
from ...model.ensemble import Ensemble, nets_of
from ...model.network import Network
from ...model.rounding import rounded, rounding_of
from ..layers import Exported, exported, input_of, model_of, pixels_wanted
from .text import page

Model = Network | Ensemble

LARGEST = 1_500_000  # bytes of a page, unless somebody says which weights it has
SIDE = 28  # pixels of an image
FEW = ("int8", "float16")  # smallest first
WEIGHTS = ("float32", "float16", "int8")


@np.errstate(under="ignore")
def to_page(model: Model, input: str | None = None, weights: str | None = None) -> str:
    """Return a page in HTML on which a person draws, and the net answers at once.

    The page is one file without links to others, and needs no server and no network. What is drawn
    becomes an image of 28x28 pixels as `fastnet.handwriting.as_mnist` makes it.

    Parameters
    ----------
    model : Network or Ensemble
        It takes images of 28x28 pixels, and answers with one of several classes.
    input : str, optional
        What the net gets for a pixel v from 0 to 255: "uint8" for v / 255, as a net takes uint8,
        "float" for v itself. The default is "uint8" if the net has learned that, else an error.
    weights : str, optional
        "float32", or "float16" or "int8" for weights rounded to few bits: see `Network.rounded`.
        The default is the smallest that loses nothing, as it is when the net is rounded already,
        else the first of float32, float16 and int8 with which the page has at most 1.5 MB.

    Raises
    ------
    TypeError, ValueError
        The page cannot show this model: it takes no such images, has no classes or has functions of
        your own; or its page would be too large.
    """
    return _made(model_of(model), input, weights)[0]


def write(
    model: Model,
    path: str | os.PathLike[str],
    input: str | None = None,
    weights: str | None = None,
    data: Any = None,
) -> dict[str, Any]:
    """Write `to_page`; return the type of the weights, and the record of their rounding if any.

    Parameters
    ----------
    model, input, weights
        As for `to_page`.
    path : str or path
    data : (X, y), optional
        Samples on which the loss by the rounding is measured, if `weights` asks for one.
    """
    asked = None if weights == "float32" else weights
    if asked is not None:
        checks.one_of("weights", asked, WEIGHTS)
    text, kind = _made(model, input, weights)
    record = rounding_of(model, asked, data)
    if record is None and kind != "float32":
        record = rounding_of(model, kind)
    files.atomic_write(path, lambda file: file.write(text.encode()))
    return {"weights": kind, **(record or {})}


def _made(model: Model, input: str | None, weights: str | None) -> tuple[str, str]:
    """Return the page, and the type of its weights."""
    if weights is not None:
        checks.one_of("weights", weights, WEIGHTS)
    pixels = _checked(model, input)
    whole = exported(model, "a page", "float")
    kinds = [weights] if weights is not None else _without_loss(whole) or WEIGHTS
    for kind in kinds:
        few = whole if kind == "float32" else exported(model.rounded(kind), "a page", "float")
        text = page(few, kind, pixels)
        if weights is not None or len(text.encode()) <= LARGEST:
            return text, kind
    size = f"{len(text.encode()) / 1e6:.2f} MB with {kinds[-1]} weights"
    wanted = f"at most {LARGEST / 1e6} MB; weights={kinds[-1]!r} allows more"
    raise ValueError(f"model: its page has {size}, wanted {wanted}")


def _without_loss(model: Exported) -> list[str]:
    """Return the smallest type in which all weights are as they are; none if it is float32."""
    for kind in FEW:
        if all(_same(layer.weights, kind) for layers in model.nets for layer in layers):
            return [kind]
    return []


def _same(weights: Any, kind: str) -> bool:
    if kind == "float16" and np.abs(weights).max() > np.finfo(np.float16).max:
        return False
    return bool((rounded(weights, kind).restored(weights.dtype) == weights).all())


def _checked(model: Model, input: str | None) -> bool:
    """Tell whether the net takes pixels as v / 255; refuse a model that a page cannot show."""
    first = nets_of(model)[0]
    wanted = f"wanted images of {SIDE}x{SIDE} pixels, which a page draws"
    if any(net.encoding is not None for net in nets_of(model)):
        raise ValueError(f"model: it takes the columns of a table, {wanted}")
    if first.sizes[0] != SIDE**2:
        raise ValueError(f"model: {first.sizes[0]:,} inputs, {wanted}")
    if first.task != "classification":
        raise ValueError(f"model: its task is {first.task}, wanted classes, which a page shows")
    pixels = pixels_wanted(input, first)
    if input is None and input_of(first) != "uint8":
        raise ValueError(
            "input: the net has not learned uint8 pixels, wanted 'uint8' if it takes a pixel v "
            "of 0 to 255 as v / 255, or 'float' if it takes v itself"
        )
    return pixels
