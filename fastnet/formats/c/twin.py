"""The twin in NumPy of the C code with int8 weights: the same arithmetic, operation by operation.

All numbers are float32, and sums of whole numbers are exact, so both give the same bits where the
compiler fuses no multiplication with an addition and keeps no number in more bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...kernels.activations import HEIGHT, LEAK, STEEPNESS
from ...kernels.maths import LN2_HIGH, LN2_LOW, LOG2_E
from ...model.ensemble import Ensemble, nets_of
from ...model.network import Network
from ...typing import Array
from ..layers import PIXEL, Exported
from .answers import centred
from .functions import LIMIT, TERMS
from .weights import Whole, whole

AT_ONCE = 1 << 20  # inputs of samples that are computed side by side
REAL = np.float32


def score(model: Network | Ensemble, made: Exported, X: Any, y: Any) -> float:
    """Return the score of the C code with int8 weights on samples X with answers y."""
    parts = [outputs(made, rows) for rows in _rows(model, made, X)]
    return float(model.outputs.score(model.outputs.answers(np.concatenate(parts)), y))


def _rows(model: Network | Ensemble, made: Exported, X: Any) -> Iterator[Array]:
    """Yield the inputs of a few samples at a time, as the C code has them."""
    samples = nets_of(model)[0].samples(X)
    pixels = made.meaning.pixels
    if pixels and samples.stored != np.uint8:
        raise TypeError(f"data: X of {samples.stored}, wanted uint8 pixels, as the C code takes")
    step = max(1, AT_ONCE // samples.features)
    for start in range(0, samples.n, step):
        rows = samples.rows[start : start + step]
        dense = rows.toarray() if hasattr(rows, "toarray") else rows
        scaled = samples.stored == np.uint8 and not pixels
        yield dense / PIXEL if scaled else dense


@np.errstate(all="ignore")  # C says nothing of infinities
def outputs(made: Exported, rows: Array) -> Array:
    """Return the outputs (n, outputs) of the C code with int8 weights for its inputs (n, n_in).

    They are float32, and float64 for a regression.
    """
    made, centre = centred(made)
    pixels = bool(made.meaning.pixels)
    total: Any = None
    for layers in made.nets:
        values = rows.astype(np.int32 if pixels else REAL)
        for n, layer in enumerate(layers):
            raw = pixels and n == 0
            values = ACTIVATIONS[layer.activation](_sums(values, whole(layer), raw))
        total = values if total is None else total + values
    mean: Array = total / REAL(len(made.nets))
    return mean + centre if made.meaning.task == "regression" else mean


def _sums(x: Any, layer: Whole, raw: bool) -> Array:
    """Return x (n, n_in) . weights (n_in, n_out) + biases; x are whole numbers if `raw`."""
    scales: Array = layer.scales
    if not raw:
        level = REAL(layer.level)
        top = np.abs(x).max(axis=1, keepdims=True)
        scaled = x * np.where(top > 0, level / top, REAL(0))
        scaled = np.where(np.isnan(scaled), REAL(0), scaled)
        x = np.trunc(scaled + np.where(scaled < 0, REAL(-0.5), REAL(0.5))).clip(-level, level)
        x, scales = x.astype(np.int32), scales * (top / level)
    sums = np.zeros((len(x), len(layer.biases)), np.int32)
    for i in np.flatnonzero(x.any(axis=0)):
        sums += x[:, i : i + 1] * layer.values[i].astype(np.int32)
    return sums.astype(REAL) * scales + layer.biases


def _split(x: Any) -> tuple[Any, Any]:
    """Return (exp(r) - 1, 2**k) with x = k ln 2 + r."""
    x = x.clip(-REAL(LIMIT), REAL(LIMIT))
    k: Array = np.trunc(x * REAL(LOG2_E) + np.where(x < 0, REAL(-0.5), REAL(0.5)))
    r = x - k * REAL(LN2_HIGH)
    r = r - k * REAL(LN2_LOW)
    total = np.full_like(r, TERMS[-1])
    for term in TERMS[-2::-1]:
        total = total * r + REAL(term)
    return r * total, np.ldexp(REAL(1), k.astype(np.int32))


def _exp(x: Array) -> Array:
    p, scale = _split(x)
    return scale * p + scale


def _sigmoid(z: Array) -> Array:
    return REAL(1) / (_exp(-z) + REAL(1))


def _tanh(z: Array) -> Array:
    p, scale = _split(np.abs(z) * REAL(-2))
    t = scale * p + (scale - REAL(1))
    t = t / (t + REAL(2))
    return np.where(z < 0, t, -t)


def _softmax(z: Array) -> Array:
    e = _exp(z - z.max(axis=1, keepdims=True))
    total = np.zeros(len(z), REAL)
    for each in e.T:
        total += each
    return e / total[:, None]


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "scaled-tanh": lambda z: _tanh(z * REAL(STEEPNESS)) * REAL(HEIGHT),
    "relu": lambda z: np.where(z < 0, REAL(0), z),
    "leaky-relu": lambda z: np.where(z < 0, z * REAL(LEAK), z),
    "identity": lambda z: z,
    "softmax": _softmax,
}
