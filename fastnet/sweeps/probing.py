"""What a sweep finds out before its first trial: runs are prepared, and nothing is trained."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from ..diagnostics import gathered
from ..kernels.losses import SIGMOID_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY
from ..model.network import Network
from ..options import Options
from ..training.parts import Part
from ..training.prepare import prepare
from .space import Space, encoding_of, options_of

OF_VALUE = ("encode", "preset", "loss", "activation")  # options that may decide what a value is
FAILURES = TypeError, ValueError, FloatingPointError, MemoryError  # of a setting, not of a sweep
LOSSES = {SOFTMAX_CROSS_ENTROPY: "cross-entropy of softmax outputs",
          SIGMOID_CROSS_ENTROPY: "cross-entropy of sigmoid outputs"}  # fmt: skip
Params = dict[str, Any]


class Probe(NamedTuple):
    """What a prepared run has told.

    Attributes
    ----------
    kind : str
        What the value of a trial is: see `kind_of`.
    net : Network
        The net of the run, which has learned nothing.
    """

    kind: str
    net: Network


def kind_of(net: Network, metric: str) -> str:
    """Return what a value of the metric is, in words. Only values of one kind can be compared."""
    outputs = net.outputs
    if metric == "score":
        return "R squared" if outputs.task == "regression" else "accuracy"
    # the loss of one number is in its own units, and that of several numbers in scaled ones
    scaled = ", scaled" if outputs.n > 1 and outputs.units is not None else ""
    return LOSSES.get(outputs.code, f"quadratic loss{scaled}")


def probed(parts: list[Part], fixed: dict[str, Any], space: Space, metric: str) -> Probe | None:
    """Prepare runs with some settings; return what one has told, or None if none can be prepared.

    Parameters
    ----------
    parts : list of Part
        A part of the data for each encoding.
    fixed : dict
        The options that all runs share.
    space : dict
        The options that vary.
    metric : str
        "score" or "loss".

    Raises
    ------
    TypeError, ValueError
        All settings fail alike, so what they share is wrong; or the values of trials could not be
        compared.
    """
    errors = []
    for first in _singly(space):
        try:
            found = _prepared(first, parts, fixed, space, metric)
        except FAILURES as error:
            errors.append(error)
        else:
            break
    else:
        if len({str(error) for error in errors}) == 1:
            raise errors[0]
        return None
    for params in _of_value(first, space):
        try:
            other = _prepared(params, parts, fixed, space, metric)
        except FAILURES:
            continue
        if other.kind != found.kind:
            differ = [name for name in params if params[name] != first[name]]
            with_one, with_other = (
                ", ".join(f"{name}={each[name]}" for name in differ) for each in (first, params)
            )
            raise ValueError(
                f"space: the value of a trial is {found.kind} with {with_one} and {other.kind} "
                f"with {with_other}, wanted one of them"
            )
    return found


def _prepared(
    params: Params, parts: list[Part], fixed: dict[str, Any], space: Space, metric: str
) -> Probe:
    """Prepare a run with a setting, on one part."""
    part = parts[encoding_of(params, space)]
    own = {"sample_weight": part.weights, "validation_data": part.judges, "verbose": False}
    with gathered({}, ""):
        options = Options.of({**fixed, **options_of(params, space), **own})
        net = prepare(part.X, part.y, options).net
    return Probe(kind_of(net, metric), net)


def _singly(space: Space) -> Iterator[Params]:
    """Yield the first setting, then those with one other value each, then that of the last."""
    first = {name: next(iter(values)) for name, values in space.items()}
    yield first
    for name, values in space.items():
        yield from ({**first, name: value} for value in [*values][1:])
    yield {name: [*values][-1] for name, values in space.items()}


def _of_value(first: Params, space: Space) -> Iterator[Params]:
    """Yield settings like the first with all combinations of what may decide what a value is."""
    varied = {name: [*space[name]] for name in OF_VALUE if name in space}
    if "activation" in varied:  # of the output layer: those of hidden layers change nothing
        choices: Any = space["activation"]
        last = {text: c[-1] if isinstance(c, list | tuple) else None for text, c in choices.items()}
        distinct = {str(output): text for text, output in reversed(last.items())}
        varied["activation"] = [*distinct.values()]
    for each in product(*varied.values()):
        yield {**first, **dict(zip(varied, each, strict=True))}
