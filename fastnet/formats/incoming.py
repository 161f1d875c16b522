"""What a model that comes in means, where it does not say it: its task, classes and loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from .. import checks
from ..data.targets import checked_classes
from ..model.activations import names_of
from ..model.network import Network
from ..model.outputs import LOSSES, Task
from .layers import Layer, Meaning, as_softmax, network
from .loading import Given

# The tasks that the outputs of a model without a word on its meaning are for, the likely one first.
# Identity outputs may be logits; several sigmoid outputs may be those of classes.
TASKS: dict[Any, tuple[Task, ...]] = {
    "softmax": ("classification",),
    "sigmoid": ("multilabel", "classification", "regression"),
    "identity": ("regression", "classification", "multilabel"),
}
OTHERS: tuple[Task, ...] = ("regression", "classification")


def incoming(
    layers: Sequence[Layer],
    given: Given,
    dtype: Any = None,
    meaning: Meaning | None = None,
    encoding: Any = None,
) -> Network:
    """Return the network of layers that came in, by what the model and its reader say of it.

    A single output for two classes becomes two softmax outputs with the same probabilities.

    Parameters
    ----------
    layers : sequence of Layer
        The model's own; identity outputs are logits if the task is "classification".
    given : Given
        What the caller of `load` says, which goes before what the model says.
    dtype : numpy.dtype, optional
        float32 or float64: see `Network.from_weights`.
    meaning : Meaning, optional
        What the model says of itself.
    encoding : fastnet.tables.Encoding, optional

    Raises
    ------
    ValueError
        What is given contradicts the layers or itself.
    """
    layers, pixels, classes = list(layers), given.pixels, given.classes
    last = layers[-1].activation
    task = _task(last, given, meaning)
    if pixels is not None:
        pixels = checks.flag("pixels", pixels)
    elif meaning is not None:
        pixels = meaning.pixels
    if meaning is not None and task == meaning.task:
        classes = meaning.classes if classes is None else classes
    if meaning is not None and _fits(meaning, task, last):
        loss, column = meaning.loss, meaning.column
    else:
        layers[-1] = _for_task(layers[-1], task)
        loss = loss_of(layers[-1].activation, task)
        column = False if task == "multilabel" else None
    if task == "classification":
        classes = _classes(classes, len(layers[-1].biases))
    return network(layers, Meaning(task, loss, classes, column, pixels), dtype, encoding)


def _task(last: Any, given: Given, meaning: Meaning | None) -> Task:
    """Return the task of a model whose output layer has this activation."""
    own = TASKS.get(last, OTHERS) if isinstance(last, str) else OTHERS
    if given.task is not None:
        task: Task = checks.one_of("task", given.task, get_args(Task))
        if given.classes is not None and task != "classification":
            raise ValueError(f"classes: {checks.came(given.classes)}, but the task is {task!r}")
    elif given.classes is not None:
        task = "classification"
    else:
        task = own[0] if meaning is None else meaning.task
    if task not in own and not (meaning and _fits(meaning, task, last)):
        wanted = " or ".join(map(repr, own))
        came = "/".join(names_of(last))
        raise ValueError(f"task: {task!r}, but the model has {came} outputs, wanted {wanted}")
    return task


def _fits(meaning: Meaning, task: Task, last: Any) -> bool:
    """Tell whether the model's own loss serves a task with outputs of this activation."""
    return task == meaning.task and last in LOSSES[meaning.loss].codes


def _classes(given: Any, outputs: int) -> list[Any]:
    """Return the labels of so many outputs: those that are given, or 0, 1, 2, ..."""
    if given is None:
        return list(range(outputs))
    classes: list[Any] = checked_classes(given).tolist()
    if len(classes) != outputs:
        raise ValueError(f"classes: {len(classes)} labels, wanted {outputs}, one for each output")
    return classes


def _for_task(layer: Layer, task: Task) -> Layer:
    """Return the output layer with the activation that gives the answers of a task."""
    name, single = layer.activation, len(layer.biases) == 1
    if task == "multilabel":
        return layer._replace(activation="sigmoid")
    if task == "regression" or (not single and name != "identity"):
        return layer
    if not single:
        return layer._replace(activation="softmax")
    if name not in ("sigmoid", "identity"):
        raise ValueError(f"task: 'classification', but the model has a single {name} output")
    return as_softmax(layer)


def loss_of(last: Any, task: Task) -> str:
    """Return the loss by which such outputs go on learning."""
    entropy = task != "regression" and last in LOSSES["cross-entropy"].codes
    return "cross-entropy" if entropy else "quadratic"
