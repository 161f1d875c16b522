"""Nets that are made, not trained: the first of a stream, and those that answer all rows alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.text_labels import HEAD
from ..data.weights import counted
from ..model.network import Network
from ..model.units import Units
from ..options import StreamOptions
from ..tables.table import Table
from ..training.defaults import rule_for_stream
from ..training.encoding import begun
from ..training.prepare import new_net
from ..typing import Array
from .targets import Targets


def first_net(
    rows: Any, targets: Targets, weights: Array | None, options: dict[str, Any]
) -> Network:
    """Return a net that has learned nothing yet, for a stream that begins with these rows.

    A table's encoding runs along with the stream. Numbers are scaled as the first of them are.

    Parameters
    ----------
    rows : Table, ndarray or csr_array
    targets : Targets
    weights : ndarray or None
        How often each row counts.
    options : dict
        The options of the net, and its seed.
    """
    labels = targets.labels
    outputs = int(np.prod(targets.values.shape[1:])) if labels is None else len(labels)
    encoding = begun([rows], HEAD) if isinstance(rows, Table) else None
    inputs = rows.shape[1] if encoding is None else encoding.width
    rule = rule_for_stream(True, targets.task)
    net = new_net(StreamOptions.of(options), rule, inputs, outputs, labels)
    net.encoding = encoding
    if net.outputs.may_have_units:
        first = counted(np.arange(len(targets.values)), weights)[:HEAD]
        net.outputs.units = Units.of(targets.values[first].reshape(-1, outputs))
    return net


def constant(inputs: int, answer: Array, classes: Array | None = None) -> Network:
    """Return a net whose outputs are `answer` (outputs,), exactly, for all rows.

    It is for data with one class, one number, or nothing to learn. The outputs are the shares of
    the classes, or numbers. The net takes plain rows of zeros.
    """
    net = Network([inputs, len(answer)], ["identity"], "quadratic", "float64", classes)
    if classes is None:
        net.outputs.units = Units(answer, np.ones(len(answer)))
    else:
        net.biases = [answer]
    return net


def is_constant(net: Any) -> bool:
    """Tell whether a net is one of these: it needs no inputs, whatever its encoding would be."""
    return net.encoding is None and len(net.sizes) == 2 and not net.weights[0].any()
