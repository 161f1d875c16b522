"""Samples and what a net says of them. Of many samples, some stand for all."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..checks import seed as checked_seed
from ..checks import whole
from ..data.arrays import answers
from ..data.samples import Samples
from ..model.ensemble import Ensemble, nets_of
from ..model.network import Network
from ..rng import stream
from ..tables.frames import table_of
from ..typing import Array

MOST = 100_000  # samples from which a picture is made


class Judged(NamedTuple):
    """Samples of which the truth is known, and the outputs of a net.

    Attributes
    ----------
    rows : Table, ndarray or sparse rows
        The samples (n, features).
    y : ndarray, shape (n,) or (n, outputs)
        Their targets as they came.
    outputs : ndarray, shape (n, outputs)
        Of a regression in the units of y.
    truth : ndarray of int, shape (n,)
        The index of each sample's class; empty without classes.
    places : ndarray of int, shape (n,)
        The samples' places in what came.
    note : str
        What the picture says of samples left out.
    """

    rows: Any
    y: Array
    outputs: Array
    truth: Array
    places: Array
    note: str

    @property
    def answers(self) -> Array:
        """The index of the largest output (n,)."""
        return np.asarray(self.outputs.argmax(axis=1))


def judged(
    net: Network | Ensemble, X: Any, y: Any, most: int | None = MOST, seed: int = 0
) -> Judged:
    """Return samples with the outputs of a net for them, at most so many, drawn by a seed.

    Those with labels that the net does not know are left out, and a warning says it. For X that is
    judged already, return X: several pictures may share it.
    """
    if isinstance(X, Judged):
        return X
    rows = rows_of(net, X)
    n, y = len_of(rows), answers(y, "y")
    if np.shape(y)[:1] not in ((n,), ()):
        raise ValueError(f"y: {len(y):,} targets for {n:,} rows of X, wanted as many")
    places, note = drawn(n, most, seed)
    if len(places) < n:
        rows, y = part_of(rows, places), y[places]
    targets = net.outputs.targets(y, len(places), least=1)
    outputs, truth = outputs_of(net, rows), targets.labels
    if (truth < 0).any():
        known = np.flatnonzero(truth >= 0)
        left_out = f"{len(truth) - len(known):,} rows of unknown classes left out"
        note = "; ".join(filter(None, [note, left_out]))
        rows, y, outputs = part_of(rows, known), y[known], outputs[known]
        truth, places = truth[known], places[known]
    return Judged(rows, y, outputs, truth, places, note)


def outputs_of(net: Network | Ensemble, rows: Any) -> Array:
    """Return the outputs (n, outputs) of a net, which must be finite."""
    outputs = net.predict_proba(rows)
    if not np.isfinite(outputs).all():
        raise ValueError(
            "net: outputs that are not finite numbers, since it has diverged; wanted a net trained "
            "at a lower learning rate (learning_curves shows where it went wrong)"
        )
    return outputs


def rows_of(net: Network | Ensemble, X: Any) -> Any:
    """Return X as rows of which a part can be taken: a table, an array or sparse rows."""
    if isinstance(X, Samples):
        return X if X.encoding is not None else X.rows
    nets = nets_of(net)
    if all(one.encoding is not None for one in nets):
        return table_of(X)
    return next(one for one in nets if one.encoding is None).samples(X).rows


def len_of(rows: Any) -> int:
    """Return the number of rows."""
    return int(rows.n if isinstance(rows, Samples) else rows.shape[0])


def part_of(rows: Any, places: Array | slice) -> Any:
    """Return the rows at these places."""
    if not isinstance(rows, Samples):
        return rows[places]
    part = Samples(rows.rows[places], rows.dtype, rows.features)
    part.encoding = rows.encoding
    return part


def drawn(n: int, most: int | None, seed: int) -> tuple[Array, str]:
    """Return the places of at most so many of n samples, in order, and a note if not all."""
    seed = checked_seed("seed", seed)
    if most is None or n <= whole("most", most, 1):
        return np.arange(n), ""
    places = np.sort(stream(seed, "picture").choice(n, most, replace=False, shuffle=False))
    return places, f"{most:,} of {n:,} rows, drawn with seed {seed}"
