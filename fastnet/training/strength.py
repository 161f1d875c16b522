"""The strength of L2 along a run."""

from __future__ import annotations

import math

from ..model.history import History
from ..options import Options

FREE = 5  # epochs without L2, so that it cannot keep a net from beginning to learn


def strength(options: Options, history: History) -> float:
    """Return the L2 of the next epoch.

    With the schedule "loss" it is in proportion to the root of the last epoch's loss, that is to
    the noise: what is left when the net has learned what it can. It makes learning minimise the
    root of the mean square, as the square-root lasso does (Belloni et al., 2011), in which the best
    strength does not depend on the noise.
    """
    if options.l2_schedule != "loss":
        return float(options.l2)
    if len(history) < FREE:
        return 0.0
    first, last = history[0]["loss"], history[-1]["loss"]
    return float(options.l2) * (math.sqrt(last / first) if last < first else 1.0)


def alike(options: Options, history: History) -> int:
    """Return the number of epochs from here on that have the same L2."""
    return options.epochs if options.l2_schedule != "loss" else max(1, FREE - len(history))
