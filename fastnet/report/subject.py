"""What a page is about: a net or several, the samples that judge them, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.arrays import answers
from ..data.samples import Samples
from ..model.ensemble import Ensemble, nets_of
from ..model.network import Network
from ..plot.fitting import model_of
from ..plot.judged import Judged, drawn, judged, len_of, part_of, rows_of
from ..plot.tiles import is_image
from .judges import Event
from .measures import measured

NO_DATA = "No samples came with the net, so this page cannot say how well it does."
NO_LABELS = "The samples have no labels, so this page cannot say how well the net does."
DIVERGED = "The net has diverged: its weights are not finite numbers, so it has no answers."


@dataclass(frozen=True)
class Subject:
    """What a page is about.

    Attributes
    ----------
    net : Network or Ensemble
        What answers: the only net, or several together.
    models : dict of Network or Ensemble by name
        What came. A single net without a name has "".
    data, part : str
        What the samples are called, and which part of the data they are; "" if that is unknown.
    n : int
        The number of samples that came.
    rows : Table, ndarray, sparse rows or None
        Those that stand for them.
    judged : Judged or None
        The samples with the net's answers, for pictures; None without labels.
    together : dict
        The measures of the answers; empty if nothing was judged.
    each : list of dict
        Those of each of several models.
    learned : (X, y) or None
        The samples that the net learned, if they came.
    why : str
        Why nothing is judged; "" if something is.
    note : str
        What is said of samples that are left out.
    shape : tuple of int or None
        The shape of images.
    seed : int
        The seed of drawn samples.
    replay : bool or None
        Whether to replay the learning; None if it is not long.
    fitted : bool
        Whether an estimator has fitted the net, which puts its rows in an order of its own.
    """

    net: Network | Ensemble
    models: dict[str, Any]
    data: str = ""
    part: str = ""
    n: int = 0
    rows: Any = None
    judged: Judged | None = None
    together: Event | None = None
    each: tuple[Event, ...] = ()
    learned: tuple[Any, Any] | None = None
    why: str = ""
    note: str = ""
    shape: tuple[int, ...] | None = None
    seed: int = 0
    replay: bool | None = None
    fitted: bool = False

    @property
    def nets(self) -> tuple[Network, ...]:
        """All nets."""
        return nets_of(self.net)

    @property
    def first(self) -> Network:
        """The only net, or the first of several."""
        return self.nets[0]

    @property
    def named(self) -> Any:
        """What pictures of several runs draw: the models by name, or the only one."""
        return self.models if len(self.models) > 1 else self.net

    @property
    def is_image(self) -> bool:
        """Tell whether the net takes images."""
        return is_image(self.first, self.shape)

    @property
    def noun(self) -> str:
        """The word for the samples."""
        if self.first.encoding is not None:
            return "rows"
        return "images" if self.is_image else "samples"

    @property
    def count(self) -> int:
        """The number of samples that were judged."""
        return len_of(self.rows) if self.rows is not None else 0


def subject_of(
    net: Any, X: Any, y: Any, *, learned: Any, data: str, part: str, why: str, shape: Any,
    most: int | None, seed: int, replay: bool | None,
) -> Subject:  # fmt: skip
    """Return the subject of a page; the parameters are those of `fastnet.report.html`."""
    given = net if isinstance(net, Mapping) else {"": net}
    models = {str(name): model_of(one) for name, one in given.items()}
    if not models:
        raise ValueError("net: none came, wanted one or more")
    only = next(iter(models.values()))
    nets = [one for model in models.values() for one in nets_of(model)]
    together = only if len(models) == 1 else Ensemble(nets)
    about = {"data": data, "learned": learned, "shape": shape, "seed": seed, "replay": replay}
    about["fitted"] = any(hasattr(one, "fit") for one in given.values())
    if not all(one.is_finite() for one in nets_of(together)):
        return Subject(together, models, why=DIVERGED, **about)
    if X is None:
        return Subject(together, models, why=why or NO_DATA, **about)
    rows = rows_of(together, X)
    n = len_of(rows)
    places, note = drawn(n, most, seed)
    about |= {"n": n, "part": part or part_of_run(nets_of(together), X)}
    part_drawn = part_of(rows, places) if len(places) < n else rows
    if y is None:
        return Subject(
            together, models, rows=part_drawn, why=why or NO_LABELS, note=note, **about
        )
    y = answers(y, "y")
    seen = judged(together, X, y, most, seed)
    groups = [len(nets_of(one)) for one in models.values()]
    *each, whole = measured(together, groups, part_drawn, y[places] if len(places) < n else y)
    unknown = len_of(part_drawn) - len(seen.truth) if len(seen.truth) else 0
    if unknown:
        note = "; ".join(filter(None, [note, f"{unknown:,} rows of unknown classes count as wrong, "
                                       "and pictures leave them out"]))  # fmt: skip
    return Subject(
        together, models, rows=part_drawn, judged=seen, together=whole, each=tuple(each),
        note=note, **about,
    )  # fmt: skip


def part_of_run(nets: tuple[Network, ...], X: Any) -> str:
    """Return which part of the data of all runs X is: "training", "test" or, if unknown, ""."""
    parts: dict[tuple[str, ...], str] = {}  # of runs that have learned different data
    for one in nets:
        run = one.run or {"options": {}, "data": {}}
        own, encoding = (run["data"].get(name, "") for name in ("X", "encoding"))
        judges, *_ = run["options"].get("validation_data") or [""]
        if (own, encoding, judges) not in parts:
            digest = one.samples(X).sha256 if own.startswith("sha256:") else "-"
            parts[own, encoding, judges] = {judges: "test", own: "training"}.get(digest, "")
    return parts.popitem()[1] if len({*parts.values()}) == 1 else ""


def hits(subject: Subject) -> np.ndarray:
    """Return which of the judged answers are right (n,)."""
    assert subject.judged is not None
    return np.asarray(subject.judged.answers == subject.judged.truth)


def is_encoded(rows: Any) -> bool:
    """Tell whether rows are samples that are encoded already."""
    return isinstance(rows, Samples)
