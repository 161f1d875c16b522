"""Models in from scikit-learn: MLPs, behind linear steps, and estimators of fastnet."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ...files import blaming
from ...model.ensemble import Ensemble, nets_of
from ...model.network import Network
from ...model.outputs import LOSSES, Task
from ...model.units import Units
from ...tables import Encoding
from ...typing import Array
from ..extras import package
from ..incoming import incoming, loss_of
from ..layers import Layer, Meaning, as_softmax, without_units
from ..loading import Given
from .columns import NAME, columns_of, same
from .export import ABOUT, ACTIVATIONS, TOLD
from .linear import Linear, linear
from .skops_file import loaded

NAMES = {theirs: ours for ours, theirs in ACTIVATIONS.items()}
WANTED = (
    "wanted a fitted MLPClassifier or MLPRegressor, a Pipeline that ends with one, a "
    "VotingClassifier or VotingRegressor of them, a fitted search over these, or a fitted "
    "estimator of fastnet"
)


class Part(NamedTuple):
    """A net on its way in; several answer together.

    Attributes
    ----------
    layers : list of Layer
        A classifier of two classes has a single sigmoid output.
    meaning : Meaning
    dtype : numpy.dtype
    units : Units or None
    encoding : Encoding or None
    """

    layers: list[Layer]
    meaning: Meaning
    dtype: np.dtype
    units: Units | None = None
    encoding: Encoding | None = None

    def behind(self, step: Linear) -> Part:
        """Return the net that takes what a linear step takes. It is float64, as sums may cancel."""
        first, *others = self.layers
        return self._replace(layers=[step.before(first), *others], dtype=np.dtype("float64"))


def taken(model: Any, given: Given) -> Network | Ensemble:
    """Return the net, or the nets that answer together, of a fitted estimator.

    Raises
    ------
    TypeError, ValueError
        fastnet cannot say this estimator; the error names what it is.
    """
    own = getattr(model, "model_", None)
    if own is not None and isinstance(nets_of(own)[0], Network):
        for name, value in given._asdict().items():
            if value is not None:
                raise ValueError(f"{name}: given, but a {type(model).__name__} says it")
        copy: Network | Ensemble = own.copy()
        return copy
    if given.activation is not None:
        raise ValueError("activation: given, but a model of scikit-learn says it")
    best = getattr(model, "best_estimator_", None)  # of a search, perhaps over those of fastnet
    if best is not None:
        return taken(best, given)
    nets = [_net(part, given) for part in _parts(model)]
    names = getattr(model, "feature_names_in_", None)
    for net in nets:
        net.origin = {**(net.origin or {}), "format": NAME}
        if names is not None and net.encoding is None:
            net.origin["columns"] = [*map(str, names)]
    return nets[0] if len(nets) == 1 else Ensemble(nets)


def read(path: str | os.PathLike[str], given: Given) -> Network | Ensemble:
    """Read a .skops file. Of it no type is built but those that such models are made of."""
    package("skops.io", "skops", "a .skops file")
    with blaming(path, "no model of scikit-learn that fastnet can read ({})"):
        return taken(loaded(path), given)


def _net(part: Part, given: Given) -> Network:
    """Return the network of a part."""
    layers, meaning = list(part.layers), part.meaning
    if given.pixels and part.encoding is not None:
        raise ValueError("pixels: True, but the model takes a table")
    if meaning.task == "classification" and len(layers[-1].biases) == 1:
        layers[-1] = as_softmax(layers[-1])
    net = incoming(layers, given, part.dtype, meaning, part.encoding)
    if part.units is not None and net.outputs.may_have_units:
        net.outputs.units = part.units
    return net


def _parts(model: Any) -> list[Part]:
    """Return the nets of an estimator."""
    for kind in type(model).__mro__:
        if kind.__name__ in KINDS and kind.__module__.startswith("sklearn."):
            return KINDS[kind.__name__](model)
    wanted = "wanted it alone, without steps around it" if hasattr(model, "model_") else WANTED
    raise ValueError(f"model: a {type(model).__name__}, {wanted}")


def _mlp(model: Any) -> list[Part]:
    """Return the net of an MLPClassifier or MLPRegressor."""
    kind = type(model).__name__
    if not hasattr(model, "coefs_"):
        raise ValueError(f"model: {kind}, which is not fitted, wanted a fitted one")
    if model.out_activation_ not in NAMES:
        raise ValueError(f"model: {model.out_activation_!r} outputs, wanted {', '.join(NAMES)}")
    weights = [_matrix(w) for w in model.coefs_]
    biases = [_matrix(b, 1) for b in model.intercepts_]
    hidden, last = NAMES[model.activation], NAMES[model.out_activation_]
    names = [*[hidden] * (len(weights) - 1), last]
    layers = [Layer(*each) for each in zip(weights, biases, names, strict=True)]
    narrow = all(w.dtype == np.float32 for w in model.coefs_)
    meaning = _meaning(model, layers[-1])
    return [Part(layers, meaning, np.dtype("float32" if narrow else "float64"))]


def _matrix(array: Any, dimensions: int = 2) -> Array:
    """Return an array of numbers as float64."""
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or array.ndim != dimensions:
        raise ValueError("its coefs_ or intercepts_ are no arrays of numbers")
    return array.astype(np.float64)


def _meaning(model: Any, last: Layer) -> Meaning:
    """Return what an MLP says of itself."""
    binarizer = getattr(model, "_label_binarizer", None)
    task: Task = "classification"
    if binarizer is None:
        task = "regression"
    elif binarizer.y_type_ == "multilabel-indicator":
        task = "multilabel"
    loss = loss_of(last.activation, task)
    if task == "classification":
        return Meaning(task, loss, _classes(model.classes_, last), None, None)
    return Meaning(task, loss, None, len(last.biases) > 1, None)


def _classes(labels: Array, last: Layer) -> list[Any]:
    """Return the labels of outputs in Python's types. Numbers with a point are whole ones."""
    classes = labels.tolist()
    if len(classes) != max(2, len(last.biases)):
        came, outputs = len(classes), len(last.biases)
        raise ValueError(f"classes_: {came}, wanted {max(2, outputs)}, for {outputs} outputs")
    if all(isinstance(label, float) and label.is_integer() for label in classes):
        return [int(label) for label in classes]
    return classes


def _pipeline(model: Any) -> list[Part]:
    """Return the nets at the end of a Pipeline, behind its other steps."""
    if not model.steps:
        raise ValueError(f"model: a Pipeline without steps, {WANTED}")
    *steps, (_, last) = model.steps
    parts, encoding = _parts(last), None
    about = _about(model)
    for place, step in reversed([*enumerate(_flat(steps))]):
        if type(step).__name__ == "ColumnTransformer" and place == 0 and about.get("encoding"):
            encoding = Encoding.from_dict(about["encoding"])
            parts = [_encoded(part, step, encoding) for part in parts]
        else:
            parts = [part.behind(linear(step)) for part in parts]
    if len(about.get("nets", [])) == len(parts):
        parts = [_told(part, about, own) for part, own in zip(parts, about["nets"], strict=True)]
    return parts


def _flat(steps: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    """Yield steps one by one, those of a Pipeline among them too."""
    for _, step in steps:
        if type(step).__name__ == "Pipeline":
            yield from _flat(step.steps)
        else:
            yield step


def _about(model: Any) -> dict[str, Any]:
    """Return what `to_sklearn` has said of a Pipeline."""
    if not hasattr(model, ABOUT):
        return {}
    about = json.loads(getattr(model, ABOUT))
    if type(about) is not dict or {*about} != {*TOLD}:
        raise ValueError(f"{ABOUT}: damaged, wanted {', '.join(TOLD)}")
    return about


def _encoded(part: Part, step: Any, encoding: Encoding) -> Part:
    """Return a part that takes a table, if the step is still as `to_sklearn` made it."""
    columns = columns_of(encoding)
    if not same(columns.step, step):
        raise ValueError("model: a ColumnTransformer that was fitted anew, wanted it as exported")
    first, *others = part.layers
    first = first._replace(weights=columns.enter(first.weights, encoding.width))
    return part._replace(layers=[first, *others], encoding=encoding)


def _told(part: Part, about: dict[str, Any], own: dict[str, Any]) -> Part:
    """Return a part as the net was that `to_sklearn` exported, unless it was fitted to others."""
    meaning, layers = Meaning.from_json(about["meaning"]), list(part.layers)
    last, found = layers[-1], part.meaning
    if meaning.task == "classification" == found.task:
        classes: Any = _ordered(meaning.classes, found.classes)
        if classes is None:
            return part
        if len(last.biases) == len(classes):
            layers[-1] = last._replace(
                weights=last.weights[:, classes], biases=last.biases[classes]
            )
        elif classes != [0, 1]:  # a single output, that of the second class
            layers[-1] = last._replace(weights=-last.weights, biases=-last.biases)
    elif meaning.task != found.task and (meaning.task, found.classes) != ("multilabel", [0, 1]):
        return part
    if last.activation not in LOSSES[meaning.loss].codes:
        return part
    if own["dtype"] not in ("float32", "float64"):
        raise ValueError(f"{ABOUT}: dtype {own['dtype']!r:.40}")
    part = part._replace(meaning=meaning, layers=layers, dtype=np.dtype(own["dtype"]))
    return part if own["units"] is None else _with_units(part, own["units"])


def _ordered(wanted: Any, came: Any) -> list[int] | None:
    """Return the places of the labels that are wanted among those that came, if they are equal."""
    if wanted is None or len(wanted) != len(came) or {*wanted} != {*came}:
        return None
    return [came.index(label) for label in wanted]


def _with_units(part: Part, about: Any) -> Part:
    """Return a part whose outputs are in the net's units."""
    last = part.layers[-1]
    last, units = without_units(last, about)
    return part._replace(layers=[*part.layers[:-1], last], units=units)


def _voting(model: Any) -> list[Part]:
    """Return the nets that vote, each as much as the others."""
    if getattr(model, "voting", "soft") != "soft":
        raise ValueError(f"voting: {model.voting!r}, wanted 'soft', the mean of probabilities")
    if model.weights is not None and len({*model.weights}) > 1:
        raise ValueError("weights: some differ, wanted all alike")
    if not hasattr(model, "estimators_"):
        raise ValueError(f"model: {type(model).__name__}, which is not fitted")
    parts = [part for each in model.estimators_ for part in _parts(each)]
    if not hasattr(model, "le_"):
        return parts
    classes = [_classes(model.le_.classes_, part.layers[-1]) for part in parts]
    return [
        part._replace(meaning=part.meaning._replace(classes=own))
        for part, own in zip(parts, classes, strict=True)
    ]


def _target(model: Any) -> list[Part]:
    """Return the nets of a TransformedTargetRegressor, with the units of its scaler."""
    if not hasattr(model, "regressor_"):
        raise ValueError("model: TransformedTargetRegressor, which is not fitted")
    step, parts = linear(model.transformer_), _parts(model.regressor_)
    outputs = len(parts[0].layers[-1].biases)
    scale, centre = step.inverse(outputs)
    if any(part.units is not None or part.layers[-1].activation != "identity" for part in parts):
        raise ValueError("model: a TransformedTargetRegressor over scaled outputs")
    if not all(map(math.isfinite, [*scale, *centre])):
        raise ValueError("transformer_: scales beyond float64")
    return [part._replace(units=Units(centre, scale)) for part in parts]


KINDS: dict[str, Callable[[Any], list[Part]]] = {
    "MLPClassifier": _mlp,
    "MLPRegressor": _mlp,
    "Pipeline": _pipeline,
    "VotingClassifier": _voting,
    "VotingRegressor": _voting,
    "TransformedTargetRegressor": _target,
}
