"""The consumer of ONNX: onnxruntime, after the full check of onnx."""

from typing import Any

import numpy as np

from fastnet.tables import Encoding
from tests.helpers import needed

onnx, onnxruntime = needed("onnx"), needed("onnxruntime")
onnxruntime.set_default_logger_severity(3)


def run(model: Any, rows: Any) -> dict[str, np.ndarray]:
    """The outputs, by name, of a ModelProto for an array X, or for inputs by name."""
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    inputs = rows if isinstance(rows, dict) else {"X": rows}
    return dict(zip(names, session.run(None, inputs), strict=True))


def columns(rows: list[dict[str, Any]], encoding: Encoding) -> dict[str, np.ndarray]:
    """Rows as inputs of a table's graph: (rows, 1), NaN and "" for gaps."""
    inputs: dict[str, Any] = {}
    for column in encoding.columns:
        own = [row[column.name] for row in rows]
        if column.kind == "word":
            inputs[column.name] = np.array([[x or ""] for x in own], object)
        elif column.inputs:
            inputs[column.name] = np.array([[np.nan if x is None else x] for x in own], np.float64)
    return inputs
