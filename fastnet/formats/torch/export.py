"""Models out to PyTorch: an nn.Sequential of Linear layers and activations, or its state dict."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...files import atomic_write
from ...model.ensemble import Ensemble
from ...model.network import Network
from ..extras import package
from ..layers import Exported, Layer, exported
from ..state import ACTIVATIONS, MEANING

NAME = "PyTorch"
# By our names: the class in torch.nn, and its arguments. Identity layers have no module.
MODULES: dict[str, tuple[str, dict[str, Any]]] = {
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("ReLU", {}),
    "leaky-relu": ("LeakyReLU", {}),  # its slope is 0.01, as ours
    "softmax": ("Softmax", {"dim": -1}),
    "identity": ("Identity", {}),
}


@np.errstate(under="ignore")
def to_torch(model: Network | Ensemble, input: str | None = None) -> Any:
    """Return a model as a PyTorch module that gives its outputs: `predict_proba` of raw rows.

    Parameters
    ----------
    model : Network
    input : str, optional
        The numbers in the rows: "uint8" for pixels from 0 to 255, or "float" for numbers as
        `net.predict` takes them. The default is what the net has learned. Either way rows are
        tensors of floats, since a Linear layer takes no other: `torch.as_tensor(X).float()`.

    Returns
    -------
    torch.nn.Sequential
        Linear layers of the net's dtype, each followed by its activation. They can be trained. The
        attribute `fastnet` says as JSON what the outputs mean; `fastnet.load(module)` reads it.

    Raises
    ------
    TypeError, ValueError
        A Sequential cannot say this model: an ensemble, the encoding of a table, your own
        functions, or scaled-tanh outputs.
    ImportError
        PyTorch is missing.
    """
    package("torch", "torch", NAME)
    made = _checked(model, input)
    module = _sequential(made.nets[0], made.dtype.name)
    module.fastnet = made.meaning.to_json()
    return module


def write(
    model: Network | Ensemble, path: str | os.PathLike[str], input: str | None = None
) -> dict[str, Any]:
    """Write the state dict of `to_torch`, for `torch.load(path, weights_only=True)`.

    The report has "module", a line of Python that makes the module to load it into.
    """
    torch = package("torch", "torch", NAME)
    module = to_torch(model, input)
    state, packed = module.state_dict(), io.BytesIO()
    layers = _checked(model, input).nets[0]
    vars(state)["_metadata"][""] |= {
        MEANING: module.fastnet, ACTIVATIONS: [layer.activation for layer in layers]
    }  # fmt: skip
    torch.save(state, packed)
    atomic_write(path, lambda file: file.write(packed.getbuffer()))
    return {"module": _line(module)}


def _line(module: Any) -> str:
    """Return a line of Python that makes a module like this one."""
    parts = []
    for part in module:
        name = type(part).__name__
        given = [part.in_features, part.out_features] if name == "Linear" else []
        parts.append(f"nn.{name}({'dim=-1' if name == 'Softmax' else ', '.join(map(str, given))})")
    wide = ".double()" if str(module[0].weight.dtype) == "torch.float64" else ""
    return f"nn.Sequential({', '.join(parts)}){wide}"


def _sequential(layers: Sequence[Layer], dtype: str) -> Any:
    """Return layers as a torch.nn.Sequential of this dtype."""
    import torch

    parts = []
    for weights, biases, activation in layers:
        linear = torch.nn.Linear(*weights.shape, dtype=getattr(torch, dtype), device="meta")
        for name, array in ("weight", weights.T), ("bias", biases):
            numbers = torch.from_numpy(array.astype(dtype, order="C"))
            setattr(linear, name, torch.nn.Parameter(numbers))
        parts.append(linear)
        if activation != "identity":
            module, arguments = MODULES[activation]
            parts.append(getattr(torch.nn, module)(**arguments))
    return torch.nn.Sequential(*parts)


def _checked(model: Network | Ensemble, input: str | None) -> Exported:
    """Return a model as PyTorch has it, if it has it."""
    made = exported(model, NAME, input, MODULES)
    if len(made.nets) > 1:
        raise ValueError(
            "model: an Ensemble, but nn.Sequential has no mean of several nets: export each of its "
            "nets, or all to ONNX"
        )
    if made.encoding is not None:
        raise ValueError(
            "model: it encodes the columns of tables, which nn.Sequential cannot: export it to ONNX"
        )
    for k, layer in enumerate(made.nets[0]):
        for name, array in ("weights", layer.weights), ("biases", layer.biases):
            if np.abs(array).max() > np.finfo(made.dtype).max:
                raise ValueError(f"model: {name} of layer {k} in raw units overflow {made.dtype}")
    return made
