"""Streams of random numbers. Each use of a run's seed has a stream of its own."""

from __future__ import annotations

import numpy as np

# The entropy of a stream is the seed's 32-bit words and then these numbers. So two streams of one
# seed differ, however large the seed is. NumPy ignores zeros at the end, so no stream ends with 0.
STREAMS: dict[str, tuple[int, ...]] = {
    "weights": (),  # the first weights
    "orders": (1,),
    "held out": (2,),
    "outputs": (3,),  # weights of outputs that are added; the output's number follows
    "inputs": (4,),  # weights of inputs that are added; the input's number, from 1, follows
    "picture": (5,),  # the samples that a picture is made from
    "deformed": (7,),  # the deformations of an epoch, whose number, from 1, follows
    "sweep": (8,),  # the settings of a trial, whose number, from 1, follows
    "importance": (6,),  # the orders in which a picture shuffles a column, whose number follows
}


def stream(seed: int, name: str, *numbers: int) -> np.random.Generator:
    """Return the stream of this name; numbers above 0 tell several streams of one name apart."""
    return np.random.default_rng([seed, *STREAMS[name], *numbers])
