"""The beginning of a net that learns by `partial_fit`, with the defaults for streams of tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.text_labels import HEAD
from ..data.weights import counted, steps_of
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


def learn_part(
    net: Network,
    rows: Any,
    targets: Targets,
    weights: Array | None,
    factors: Array | None,
    rate: float | None,
) -> None:
    """Let a net learn some rows once each, as often as they count.

    Parameters
    ----------
    net : Network
    rows, targets, weights
        As in `first_net`.
    factors : ndarray or None
        The weight of the class of each row. It does not count in an encoding.
    rate : float or None
        The learning rate.
    """
    answers = targets.answers
    if factors is not None:
        places, shares = steps_of(len(factors), weights).listed()
        rows, answers = rows[places], answers[places]
        weights = factors[places] if shares is None else factors[places] * shares
        if net.encoding is not None and net.encoding.running:
            rows = net.samples_to_learn(rows)
    net.partial_fit(rows, answers, rate, sample_weight=weights)
