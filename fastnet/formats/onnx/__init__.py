"""ONNX: models out as graphs, and graphs of dense layers in."""
