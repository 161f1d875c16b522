"""Models in from PyTorch: modules of Linear layers and activations, state dicts, and their files.

A module comes in if its layers, computed alone, give the same answers as the module itself.
"""

from __future__ import annotations

import copy
import itertools
import os
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ... import checks
from ...diagnostics import reason
from ...files import blaming
from ...kernels.activations import HIDDEN, LEAK
from ...model.network import Network
from ...typing import Array
from .. import state
from ..incoming import incoming, loss_of
from ..layers import Layer, Meaning
from ..loading import Given
from ..origins import OLD_TORCH
from .export import MODULES
from .file import WANTED, Unknown, contents

NAMES = {module: name for name, (module, _) in MODULES.items() if name != "identity"}
NAMES["LogSoftmax"] = "softmax"
PASSED = {"Flatten", "Identity", "Dropout", "Dropout1d", "AlphaDropout", "FeatureAlphaDropout"}
ENDS = ("identity", "softmax", "sigmoid")  # what a forward() may do with its last outputs
LINEAR = "Linear"
ROWS = 33  # of each kind, on which a module must answer as its layers do
SPREADS = np.array([1.0, 10.0, 100.0])  # of their numbers


def read(path: str | os.PathLike[str], given: Given) -> Network:
    """Return the network in a file of torch.save: a state dict, or a checkpoint that holds one.

    Raises
    ------
    ValueError
        The file is damaged, or holds something else. Nothing in it is executed.
    """
    with open(path, "rb") as file, blaming(path, "not an intact PyTorch file ({})"):
        if file.read(len(OLD_TORCH)) == OLD_TORCH:
            raise ValueError("one of PyTorch before 1.6, wanted it saved anew by torch.save")
        found = contents(file)
    with blaming(path, "{}"):
        if isinstance(found, Unknown):
            raise ValueError(
                f"a {found.name}, which would run code, {WANTED}; or give fastnet.load the module "
                "itself"
            )
        if not isinstance(found, Mapping) or not state.states_in(found):
            raise ValueError(f"no state dict, but {checks.came(found)}")
        return state.taken(found, given)


def taken(model: Any, given: Given) -> Network:
    """Return the network of a module of PyTorch, or of a state dict.

    Raises
    ------
    TypeError, ValueError
        The module has other parts than Linear layers and activations, or does more than these do;
        the error names it.
    """
    if isinstance(model, Mapping):
        return state.taken(model, given)
    import torch

    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model: {type(model).__name__}, wanted a module or a state dict")
    model = getattr(model, "_orig_mod", model)  # which torch.compile made faster
    about = getattr(model, "fastnet", None)
    with blaming("model.fastnet", "{}"):
        meaning = Meaning.from_json(about) if isinstance(about, str) else None
    wide = any(p.dtype == torch.float64 for p in model.parameters())
    dtype = "float64" if wide else "float32"
    return incoming(_layers(model, given.activation, dtype), given, dtype, meaning)


def _layers(model: Any, activation: Any, dtype: str) -> list[Layer]:
    """Return the layers of a module, with the activations by which they answer as it does."""
    parts = [*_parts(model, "model")]
    for path, part in parts:
        _check(path, part)
    linears = {path: part for path, part in parts if _kind(part) == LINEAR}
    if not linears:
        raise ValueError(f"model: {type(model).__name__} without a Linear layer")
    tensors = {
        f"{path}.{name}": tensor
        for path, linear in linears.items()
        for name, tensor in linear.named_parameters()
    }
    layers = state.layers_in(state.arrays_of(tensors), ["identity"] * len(linears))
    rows = _rows(layers[0].weights)
    wanted = _answers(model, rows)
    nearest, least = layers, np.inf
    for names in _candidates(model, parts, activation):
        found = [layer._replace(activation=a) for layer, a in zip(layers, names, strict=True)]
        error = _error(found, rows, wanted, dtype)
        if error < least:
            nearest, least = found, error
    if least < np.inf:
        return nearest
    raise ValueError(
        f"model: {type(model).__name__} does not answer as its Linear layers do with any one "
        "activation; wanted activation=, one for each layer; or, if only the layers count, its "
        "state_dict() with activation="
    )


def _rows(weights: Array) -> Array:
    """Return random rows, of numbers as they come and as great as these first weights want them.

    Of a net that learned inputs of 1e5 or 1e-5, others would not tell one activation from another.
    """
    n = len(weights)
    rows = np.random.default_rng(0).normal(size=(2, ROWS // len(SPREADS), len(SPREADS), n))
    usual = np.sqrt((weights * weights).mean(axis=1) * n)
    rows[1] /= np.where(usual > 0, usual, 1)
    return np.asarray((rows * SPREADS[:, None]).reshape(-1, n))


def _parts(module: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a module that have no parts themselves, in their order, by their paths."""
    import torch

    inner = isinstance(module, torch.nn.Sequential | torch.nn.ModuleList)
    children = [*(enumerate(module) if inner else module.named_children())]  # those have each once
    if not children:
        yield path, module
    for name, child in children:
        yield from _parts(child, f"{path}.{name}")


def _kind(part: Any) -> str:
    """Return the name of a part's class; LINEAR for those that inherit from it, too."""
    import torch

    return LINEAR if isinstance(part, torch.nn.Linear) else type(part).__name__


def _check(path: str, part: Any) -> None:
    """Refuse a part that fastnet does not have."""
    kind, came = _kind(part), ""
    if kind == "LeakyReLU" and part.negative_slope != LEAK:
        came = f"a slope of {part.negative_slope:g}, wanted {LEAK:g}"
    elif kind in ("Softmax", "LogSoftmax") and part.dim not in (None, -1, 1):
        came = f"dim={part.dim}, wanted -1"
    elif kind not in (LINEAR, *PASSED, *NAMES):
        came = "wanted Linear and " + ", ".join(NAMES)
    if came:
        raise ValueError(f"{path}: {kind}, {came}")


def _candidates(model: Any, parts: list[tuple[str, Any]], given: Any) -> Iterator[list[Any]]:
    """Yield the activations of layers that a module may have: first, if it says them, its own.

    The forward() of a module of your own may call functions that its parts do not show.
    """
    import torch

    own = {type(module) for module in model.modules() if [*module.children()]}
    sequential, names, strange = own <= {torch.nn.Sequential}, [], ""
    for path, part in parts:
        if _kind(part) == LINEAR:
            names.append("identity")
        elif _kind(part) in NAMES and names and names[-1] == "identity":
            names[-1] = NAMES[_kind(part)]
        elif _kind(part) in NAMES:
            strange = strange or f"{path}: {_kind(part)}, not right after a Linear"
    if sequential and strange:
        raise ValueError(strange)
    if given is not None:
        names = [*state.activations_of(given, len(names))]
    yield names
    if not sequential:
        hidden = [[name] * (len(names) - 1) for name in HIDDEN] if given is None else []
        for before, end in itertools.product([names[:-1], *hidden], ENDS):
            yield [*before, end]


def _answers(model: Any, rows: Array) -> Array:
    """Return the answers of a copy of a module, as it answers when it does not learn."""
    import torch

    try:
        module = copy.deepcopy(model).cpu().eval()
        dtype = next(module.parameters()).dtype
        if dtype not in (torch.float32, torch.float64):
            module, dtype = module.float(), torch.float32
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answers = module(torch.from_numpy(rows).to(dtype))
        return np.asarray(answers.double().reshape(len(rows), -1).numpy())
    except Exception as error:
        came = f"{type(model).__name__} does not answer rows of numbers ({reason(error)})"
        raise ValueError(f"model: {came}") from error


def _error(layers: list[Layer], rows: Array, wanted: Array, dtype: str) -> float:
    """Return how far layers are from these answers; infinity if it is more than both round.

    Logarithms of probabilities stand for these. The rows are far out, where rounding may choose
    between two classes: so a few may differ.
    """
    weights, biases, activations = zip(*layers, strict=True)
    loss = loss_of(activations[-1], "classification")
    net = Network.from_weights(weights, biases, activations, loss, dtype=dtype)
    came = net.predict_proba(rows.astype(dtype))
    if activations[-1] == "softmax" and (wanted <= 0).all():
        wanted = np.exp(wanted)
    if came.shape != wanted.shape:
        return np.inf
    alike = np.abs(wanted).reshape(2, -1, len(SPREADS), wanted.shape[1])
    near = 1e-5 * alike.max(axis=(1, 3), keepdims=True)  # both round, PyTorch in its own order
    near = np.broadcast_to(near, alike.shape).reshape(wanted.shape)
    errors = np.abs(came - wanted)
    same = (errors <= near + 1e-3 * np.abs(wanted)).all(axis=1)
    return float(errors[same].mean()) if same.mean() > 0.9 else np.inf
