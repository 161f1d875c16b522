"""Streams of random numbers: each use of a run's seed draws from one of its own."""

from __future__ import annotations

import numpy as np

# What follows the seed in the entropy of each stream. The seed's words of 32 bits come first, so
# that two streams of one seed differ, however large it is; zeros at the end would count for
# nothing, and none stands there.
STREAMS: dict[str, tuple[int, ...]] = {
    "weights": (),  # the first ones
    "orders": (1,),
    "held out": (2,),
    "outputs": (3,),  # weights of outputs that are added; their number follows
}


def stream(seed: int, name: str, *numbers: int) -> np.random.Generator:
    """The stream of this name and, where there are several, of these numbers, all above 0."""
    return np.random.default_rng([seed, *STREAMS[name], *numbers])
