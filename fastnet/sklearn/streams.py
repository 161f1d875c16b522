"""The beginning of a net that learns by `partial_fit`: it has the defaults for streams of tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.text_labels import HEAD
from ..model.network import Network
from ..model.units import Units
from ..options import StreamOptions
from ..tables.table import Table
from ..training.defaults import rule_for_stream
from ..training.encoding import begun
from ..training.prepare import new_net
from ..typing import Array


def first_net(
    rows: Any, answers: Array, classes: Array | None, task: str, options: dict[str, Any]
) -> Network:
    """Return a net that has learned nothing yet, for a stream that begins with these rows.

    A table's encoding runs along with the stream. Numbers are scaled as the first of them are.

    Parameters
    ----------
    rows : Table, ndarray or csr_array
    answers : ndarray, shape (n,) or (n, outputs)
    classes : ndarray or None
        The labels of the outputs.
    task : str
        "classification", "multilabel" or "regression".
    options : dict
        The options of the net, and its seed.
    """
    outputs = int(np.prod(answers.shape[1:])) if classes is None else len(classes)
    encoding = begun([rows], HEAD) if isinstance(rows, Table) else None
    inputs = rows.shape[1] if encoding is None else encoding.width
    rule = rule_for_stream(True, task)
    net = new_net(StreamOptions.of(options), rule, inputs, outputs, classes)
    net.encoding = encoding
    if net.outputs.may_have_units:
        net.outputs.units = Units.of(answers[:HEAD].reshape(-1, outputs))
    return net
