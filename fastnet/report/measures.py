"""What `evaluate` measures: the fields of its event, from the outputs of models."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from .judges import Event, OfClasses, OfLabels, OfNumbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.model.network import Network

ROOM = 1 << 26  # outputs that are held together


class Judge(Protocol):
    """It sees the outputs for all samples, part by part, and then measures them."""

    def see(self, part: slice, outputs: "NDArray[Any]") -> None:
        """Take note of the outputs (part, outputs) for a part of the samples."""
        raise NotImplementedError

    def measures(self) -> Event:
        """Return the fields of an event."""
        raise NotImplementedError


def measured(model: Any, groups: Sequence[int], X: Any, y: "NDArray[Any]") -> list[Event]:
    """Return the measures of each model and, if there are several, of all nets together.

    Parameters
    ----------
    model
        A net, or an ensemble of the nets of all models.
    groups
        The number of nets of each model.
    X, y
        The samples and their targets.
    """
    from fastnet.diagnostics import gathered, warn
    from fastnet.model.ensemble import nets_of, warn_once
    from fastnet.plot.judged import len_of, part_of

    nets, n = nets_of(model), len_of(X)
    outputs, of_X, of_y = nets[0].outputs, dict[str, str](), dict[str, str]()
    step = max(1, ROOM // outputs.n) if outputs.task == "classification" else max(1, n)
    judges: list[Judge] = []
    with gathered(of_X, "") if len(nets) > 1 else contextlib.nullcontext():
        for part in (slice(start, min(start + step, n)) for start in range(0, max(1, n), step)):
            found = means(outputs_of(model, X if step >= n else part_of(X, part)), groups)
            for k, own in enumerate(found):
                if not judges:  # after the first errors of X
                    with gathered(of_y, ""):
                        judges += judges_of(nets, groups, y, n)
                judges[k].see(part, own)
    warn_once(of_X)
    for message in of_y.values():
        warn(message)
    return [judge.measures() for judge in judges]


def judges_of(
    nets: "Sequence[Network]", groups: Sequence[int], y: "NDArray[Any]", n: int
) -> list[Judge]:
    """Return a judge for each group of nets and, if there are several, one for all nets."""
    outputs = nets[0].outputs
    targets = outputs.targets(y, n, least=0)
    starts = [sum(groups[:k]) for k in range(len(groups))]
    each = [nets[start : start + own] for start, own in zip(starts, groups, strict=True)]
    of: dict[str, Any] = {
        "classification": OfClasses, "multilabel": OfLabels, "regression": OfNumbers,
    }  # fmt: skip
    judge = of[outputs.task]
    return [judge(own, targets, y) for own in (each if len(each) == 1 else [*each, nets])]


def outputs_of(model: Any, X: Any) -> "Iterator[NDArray[Any]]":
    """Yield the outputs of each net of a model for X."""
    if hasattr(model, "nets"):
        yield from model.outputs_of_each(X)
    else:
        yield model.predict_proba(X)


def means(
    outputs: "Iterator[NDArray[Any]]", groups: Sequence[int]
) -> "Iterator[NDArray[Any]]":
    """Yield the mean outputs of each group of nets and, if there are several, of all nets.

    They are those of `fastnet.Ensemble`, bit for bit.
    """
    of_all: Any = 0.0
    for n in groups:
        total: Any = 0.0
        for _ in range(n):
            own = next(outputs)
            if n > 1:
                total = total + own.astype(float)
            if len(groups) > 1:
                of_all = of_all + own.astype(float)
        yield own if n == 1 else total / n
    if len(groups) > 1:
        yield of_all / sum(groups)
