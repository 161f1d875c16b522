"""What a sweep finds out before its first trial: runs are prepared, and nothing is trained."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice, product
from typing import Any

from ..diagnostics import gathered
from ..options import Options
from ..training.parts import Part
from ..training.prepare import prepare
from ..training.run import Run
from .space import ENCODING, Space, encoding_of, encodings_of, options_of

OF_VALUE = (*ENCODING, "loss", "activation")  # options that may decide what a value measures
MOST = 64  # runs that are prepared because of them
FAILURES = TypeError, ValueError, FloatingPointError, MemoryError  # of a setting, not of a sweep


def probed(parts: list[Part], fixed: dict[str, Any], space: Space, metric: str) -> Run | None:
    """Prepare runs with some settings; return one of them, or None if none can be prepared.

    Parameters
    ----------
    parts : list of Part
        The parts of the data: those of each encoding, one after another.
    fixed : dict
        The options that all runs share.
    space : dict
        The options that vary.
    metric : str
        "score" or "loss".

    Raises
    ------
    TypeError, ValueError
        All settings fail alike, so what they share is wrong; or the values of trials would measure
        different things.
    """
    runs, errors = dict[tuple[str, int], Run](), list[Exception]()

    def try_one(params: dict[str, Any]) -> None:
        part = parts[encoding_of(params, space) * len(parts) // len(encodings_of(space))]
        own = {"sample_weight": part.weights, "validation_data": part.judges, "verbose": False}
        try:
            with gathered({}, ""):
                options = Options.of({**fixed, **options_of(params, space), **own})
                run = prepare(part.X, part.y, options)
        except FAILURES as error:
            errors.append(error)
        else:
            runs.setdefault(_kind(run, metric), run)

    for params in islice(_of_value(space), MOST):
        try_one(params)
    for params in _others(space):
        if runs:
            break
        try_one(params)
    if not runs and len({str(error) for error in errors}) == 1:
        raise errors[0]
    if len(runs) > 1 and metric == "loss":
        raise ValueError("metric: 'loss', but the space has several losses, wanted 'score'")
    if len(runs) > 1:
        raise ValueError("space: it has classifications and regressions, wanted one of them")
    return next(iter(runs.values()), None)


def _kind(run: Run, metric: str) -> tuple[str, int]:
    """Return what tells values apart that cannot be compared."""
    outputs = run.net.outputs
    return ("loss", outputs.code) if metric == "loss" else (measure_of("score", run), 0)


def measure_of(metric: str, run: Run | None) -> str:
    """Return what a value of the metric is: "accuracy", "R squared" or "loss"."""
    numbers = run is not None and run.net.task == "regression"
    return "loss" if metric == "loss" else "R squared" if numbers else "accuracy"


def _values(space: Space) -> dict[str, list[Any]]:
    """Return the values of each option that are tried: the ends of a range, all choices."""
    return {name: list(values) for name, values in space.items()}


def _of_value(space: Space) -> Iterator[dict[str, Any]]:
    """Yield settings with all combinations of what may decide the measure; the others are first."""
    values = _values(space)
    varied = {name: each if name in OF_VALUE else each[:1] for name, each in values.items()}
    for each in product(*varied.values()):
        yield dict(zip(varied, each, strict=True))


def _others(space: Space) -> Iterator[dict[str, Any]]:
    """Yield the other values of each option, one by one, and all of the last values together."""
    values = _values(space)
    first = {name: each[0] for name, each in values.items()}
    singly = ({**first, name: one} for name, each in values.items() for one in each[1:])
    return chain(singly, [{name: each[-1] for name, each in values.items()}])
