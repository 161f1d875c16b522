"""The importance of columns: what the score loses if a column is shuffled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from ..checks import whole
from ..data.samples import Samples
from ..model.ensemble import Ensemble, nets_of
from ..model.network import Network
from ..rng import stream
from ..tables.table import Table
from ..typing import Array
from .confusion import bars
from .fitting import fitting
from .judged import judged
from .letters import all_shown
from .style import begin, finish

SAMPLES = 10_000
ROOM = 1 << 26  # numbers of a table that is encoded once
WIDE = 300  # more columns without names are pixels, words or the like


class Permuted(NamedTuple):
    """What a score loses if a column is shuffled.

    Attributes
    ----------
    names : list of str
        The columns.
    falls : ndarray, shape (columns, repeats)
        What the score loses.
    score : float
        The score without shuffling.
    note : str
        What the picture says of rows and columns left out.
    """

    names: list[str]
    falls: Array
    score: float
    note: str


def importance(
    net: Any,
    X: Any,
    y: Any,
    ax: Axes | None = None,
    *,
    n: int = 15,
    repeats: int = 5,
    most: int | None = SAMPLES,
    seed: int = 0,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw how much the score falls when the values of a column are shuffled among the rows.

    This is permutation importance (Breiman, "Random forests", Machine Learning 45, 2001): what the
    net makes of a column, given all others. Of two columns that say the same, each seems to matter
    little. The score is that of `net.score`.

    Parameters
    ----------
    net : Network or Ensemble
        Or a fitted estimator of `fastnet.sklearn`.
    X, y : array_like or table
        Samples and their targets, as for `net.score`, best such as were not learned.
    n : int
        How many columns are drawn, at most: those that matter most.
    repeats : int
        How often each column is shuffled. Bars are the means, lines go from the lowest to the
        highest.
    ax, most, seed, theme, size
        As in `confusion_matrix`; the seed also decides how columns are shuffled.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        X has many columns without names, as images have, or X and y do not fit the net.
    """
    net, n = fitting("importance", net), whole("n", n, 1, 200)
    repeats = whole("repeats", repeats, 1)
    if net.feature_names is None and net.n_features > WIDE:
        raise ValueError(
            f"net: {net.n_features:,} columns without names, but importance wants a table; weights "
            "and mistakes fit images"
        )
    found = X if isinstance(X, Permuted) else permuted(net, X, y, repeats, most, seed)
    names, falls, whole_score, left_out = found
    means, repeats = falls.mean(axis=1), falls.shape[1]
    ax, style = begin(ax, theme, size)
    order = np.argsort(-means, kind="stable")[: min(n, style.rows)]
    texts = [f"{round(means[k], 3) + 0.0:.3f}" for k in order]  # not -0.000
    most = int(0.35 * style.width * 72 / (0.6 * style.font))  # letters
    shown = all_shown([names[k] for k in order], min(max(most, 8), 24))
    bars(ax, style, shown, means[order], [""] * len(texts), style.colour(0))
    for place, k in enumerate(order):
        low, high = falls[k].min(), falls[k].max()
        ax.plot([low, high], [place, place], color=style.theme.ink, linewidth=1.2)
        ax.annotate(
            texts[place], (max(high, 0), place), (5, 0), textcoords="offset points", va="center",
            color=style.theme.ink, fontsize=style.font,
        )  # fmt: skip
    ax.axvline(0, color=style.theme.soft, linewidth=0.8)
    of = "R\N{NO-BREAK SPACE}squared" if net.task == "regression" else "accuracy"
    top = order[0]
    said = (f"{whole_score:.2f}", f"{whole_score - means[top]:.2f}")
    if net.task != "regression":
        said = (f"{whole_score:.1%}", f"{whole_score - means[top]:.1%}")
    title = f"Without {shown[0]}, {of} falls from {said[0]} to {said[1]}"
    if means[top] <= 0 or said[0] == said[1]:
        title = f"No column matters: {of} is {said[0]} whichever is shuffled"
    note = f"mean of {repeats} shuffles, line: lowest to highest" if repeats > 1 else ""
    if len(order) < len(names):
        left_out = f"{len(order)} of {len(names):,} columns" + f"; {left_out}" * bool(left_out)
    return finish(ax, style, title, f"{of} lost if the column is shuffled",
                  note="; ".join(filter(None, [note, left_out])))  # fmt: skip


def permuted(
    net: Network | Ensemble,
    X: Any,
    y: Any,
    repeats: int,
    most: int | None = SAMPLES,
    seed: int = 0,
    only: Sequence[str] | None = None,
) -> Permuted:
    """Return what the score loses without each column, or `only` without those of these names."""
    data = judged(net, X, y, most, seed)
    rows, truth = data.rows, data.y
    if isinstance(rows, Samples):
        raise ValueError("X: samples that are encoded, wanted the table that they encode")
    if not isinstance(rows, Table):
        rows = np.array(rows.toarray() if hasattr(rows, "toarray") else rows)
    places = [*range(rows.shape[1])]
    names = [f"column {k}" for k in places]
    if isinstance(rows, Table):
        known = {*(net.feature_names or ())}
        names = [*rows.names] if rows.named else names
        places = [k for k in places if not known or names[k] in known]
    if only is not None:
        places = [k for k in places if names[k] in only]
    inputs, rows = _encoded(net, rows)
    score = net.score(rows, truth)
    falls = np.empty((len(places), repeats))
    for line, k in zip(falls, places, strict=True):
        for turn in range(repeats):
            order = stream(seed, "importance", k + 1, turn + 1).permutation(len(truth))
            of_column = k if inputs is None else inputs[names[k] if net.feature_names else k]
            line[turn] = score - net.score(_shuffled(rows, of_column, order), truth)
    return Permuted([names[k] for k in places], falls, float(score), data.note)


def _encoded(net: Network | Ensemble, rows: Any) -> tuple[dict[Any, list[int]] | None, Any]:
    """Return the inputs of each column, by its name or place, and a table's rows encoded once.

    Rows that are no table, or that would be too many numbers, come back as they are.
    """
    encoding = net.encoding
    if not isinstance(rows, Table) or encoding is None or len(rows) * encoding.width > ROOM:
        return None, rows
    keys = net.feature_names or range(len(encoding.columns))
    samples = nets_of(net)[0].samples(rows)
    if hasattr(samples.rows, "toarray"):
        samples = _samples(samples.rows.toarray(), samples)
    return {key: column.inputs for key, column in zip(keys, encoding.columns, strict=True)}, samples


def _samples(rows: Array, like: Samples) -> Samples:
    """Return encoded rows as samples."""
    made = Samples(rows, like.dtype, like.features)
    made.encoding = like.encoding
    return made


def _shuffled(rows: Any, k: Any, order: Array) -> Any:
    """Return rows whose k-th column, or columns k, are in another order."""
    if isinstance(rows, Table):
        columns = list(rows.columns)
        columns[k] = columns[k].rows(order)
        return replace(rows, columns=tuple(columns))
    if isinstance(rows, Samples):
        return _samples(_shuffled(rows.rows, k, order), rows)
    other = rows.copy()
    other[:, k] = rows[:, k][order]
    return other
