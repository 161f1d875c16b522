"""Models out as fitted estimators of scikit-learn, which need no fastnet to answer."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import checks
from ...files import atomic_write
from ...model.ensemble import Ensemble, nets_of
from ...model.network import Network
from ...model.rate import default_rate
from ...typing import Array
from ..extras import package
from ..layers import PIXEL, Exported, Layers, Meaning, exported, model_of, pixels_wanted
from .columns import NAME, columns_of

TINY = 1e-300  # a rate is above 0
ABOUT = "fastnet"  # the attribute of a Pipeline that says what the estimators do not
TOLD = ("meaning", "nets", "encoding")
ACTIVATIONS = {"sigmoid": "logistic", **{n: n for n in ("identity", "relu", "softmax", "tanh")}}
HIDDEN = ACTIVATIONS.keys() - {"softmax"}


@np.errstate(under="ignore")
def to_sklearn(model: Network | Ensemble, input: str | None = None) -> Any:
    """Return a fitted Pipeline of scikit-learn that answers as a model does, without fastnet.

    Its last step is an MLPClassifier or an MLPRegressor; of an ensemble it is a VotingClassifier or
    a VotingRegressor of them. A step before it divides pixels by 255, or encodes a table.

    Parameters
    ----------
    model : Network or Ensemble
    input : str, optional
        "uint8": rows are pixels from 0 to 255; "float": numbers, as `predict` takes them. The
        default is what the net has learned.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Its labels are those of `model.predict`. Its probabilities are the outputs, in the order of
        its `classes_`, which are sorted. A single output gives answers (n,). It is float64.

    Raises
    ------
    TypeError, ValueError
        scikit-learn cannot say this model; the error names what it lacks.
    ImportError
        scikit-learn is missing.
    """
    model = model_of(model)
    found = exported(model, NAME, "float", HIDDEN, ACTIVATIONS)
    first = nets_of(model)[0]
    steps, width, layers = [], first.n_features, list(found.nets)
    meaning = found.meaning
    if pixels_wanted(input, first):
        steps, meaning = [("pixels", _pixels(width))], meaning._replace(pixels=True)
    if found.encoding is not None:
        columns = columns_of(found.encoding)
        steps = [("columns", columns.step)]
        layers = [
            (one._replace(weights=columns.leave(one.weights)), *others) for one, *others in layers
        ]
    if len(layers) == 1:
        steps += [("mlp", _mlp(layers[0], meaning, first))]
    else:
        steps += [("mlps", _voting(layers, meaning, model))]
    pipeline = package("sklearn.pipeline", "sklearn", NAME).Pipeline(steps)
    setattr(pipeline, ABOUT, _about(found, meaning, model))
    return pipeline


def write(
    model: Network | Ensemble, path: str | os.PathLike[str], input: str | None = None
) -> dict[str, Any]:
    """Write what `to_sklearn` returns to a .skops file, atomically; nothing is pickled.

    `skops.io.load(path)` reads it where there is scikit-learn, and `fastnet.load(path)`.
    """
    path = checks.path("path", path)
    skops = package("skops.io", "skops", "a .skops file")
    pipeline = to_sklearn(model, input)
    contents = skops.dumps(pipeline)
    atomic_write(path, lambda file: file.write(contents))
    return {"steps": [type(step).__name__ for _, step in pipeline.steps]}


def _about(found: Exported, meaning: Meaning, model: Network | Ensemble) -> str:
    """Return what the estimators do not say, as JSON."""
    nets = [
        {
            "dtype": net.dtype.name,
            "units": None if net.outputs.units is None else net.outputs.units.to_dict(),
        }
        for net in nets_of(model)
    ]
    encoding = None if found.encoding is None else found.encoding.to_dict()
    return json.dumps(dict(zip(TOLD, (meaning.to_json(), nets, encoding), strict=True)))


def _pixels(width: int) -> Any:
    """Return the step that divides pixels by 255."""
    scaler = package("sklearn.preprocessing", "sklearn", NAME).MaxAbsScaler()
    return scaler.fit(np.full((1, width), PIXEL))


def _mlp(layers: Layers, meaning: Meaning, net: Network) -> Any:
    """Return a fitted MLP with these layers. It goes on learning one sample at a time, like a net.

    Its `partial_fit` has the net's usual rate, lowered by the units that are folded in.
    """
    neural = package("sklearn.neural_network", "sklearn", NAME)
    names = dict.fromkeys(layer.activation for layer in layers[:-1])
    if len(names) > 1:
        came = ", ".join(names)
        raise ValueError(f"activation: {came}, but {NAME} has one for all hidden layers")
    kind = neural.MLPRegressor if meaning.task == "regression" else neural.MLPClassifier
    options, units = (net.run or {}).get("options", {}), net.outputs.units
    scale = 1.0 if units is None else max(1.0, float(units.scale.max()))
    rate = default_rate(net.parameters, net.outputs, False) / scale / scale
    mlp = kind(
        hidden_layer_sizes=tuple(len(layer.biases) for layer in layers[:-1]),
        activation=ACTIVATIONS[next(iter(names), "identity")],
        solver="sgd",
        alpha=float(options.get("l2") or 0),
        batch_size=1,
        learning_rate_init=max(rate, TINY),
        momentum=0.0,
    )
    fitted = _labels(layers, meaning, net) if kind is neural.MLPClassifier else {}
    layers = fitted.pop("layers", layers)
    losses = [float(record["loss"]) for record in net.history if record.get("loss") is not None]
    vars(mlp).update(
        fitted,
        coefs_=[layer.weights.copy() for layer in layers],
        intercepts_=[layer.biases.copy() for layer in layers],
        n_features_in_=len(layers[0].weights),
        n_layers_=len(layers) + 1,
        n_outputs_=len(layers[-1].biases),
        out_activation_=ACTIVATIONS[layers[-1].activation],
        n_iter_=len(losses),
        t_=sum(record.get("samples", 0) for record in net.history),
        loss_curve_=losses,
        loss_=losses[-1] if losses else float("nan"),
        best_loss_=min(losses, default=float("inf")),
        validation_scores_=None,
        best_validation_score_=None,
        _no_improvement_count=0,
        _random_state=np.random.RandomState(0),
    )
    return mlp


def _labels(layers: Layers, meaning: Meaning, net: Network) -> dict[str, Any]:
    """Return the attributes of a classifier, and its layers with outputs as it has them."""
    binarizer = package("sklearn.preprocessing", "sklearn", NAME).LabelBinarizer()
    last, kind = layers[-1], "multiclass"
    outputs = len(last.biases)
    classes: Array = np.arange(max(2, outputs))
    if net.classes is None:
        kind = "multilabel-indicator" if outputs > 1 else "binary"
    elif outputs == 1:
        raise ValueError(f"classes: one label, but {NAME} wants two or more")
    else:
        labels = net.classes.tolist()
        order = sorted(range(outputs), key=labels.__getitem__)
        classes = np.array(net.classes)[order]
        last = last._replace(weights=last.weights[:, order], biases=last.biases[order])
        if outputs == 2 and last.activation == "softmax":
            kind = "binary"
            difference = last.weights[:, 1:] - last.weights[:, :1], np.diff(last.biases)
            last = last._replace(weights=difference[0], biases=difference[1], activation="sigmoid")
    vars(binarizer).update(y_type_=kind, sparse_input_=False, classes_=classes)
    if kind == "multiclass" and outputs == 2:
        # Two outputs that are no softmax: scikit-learn answers with them, but would learn one. With
        # these labels its `partial_fit` is an error, and `fit` begins anew.
        binarizer.set_params(neg_label=1, pos_label=0)
    return {
        "classes_": classes,
        "_label_binarizer": binarizer,
        "layers": (*layers[:-1], last),
    }


def _voting(nets: Sequence[Layers], meaning: Meaning, model: Any) -> Any:
    """Return an estimator that answers by the mean of several MLPs."""
    ensemble = package("sklearn.ensemble", "sklearn", NAME)
    if meaning.task == "multilabel":
        raise ValueError(f"model: an Ensemble for several labels at once, which {NAME} lacks")
    if meaning.task == "regression" and len(nets[0][-1].biases) > 1:
        raise ValueError(f"model: an Ensemble for several numbers at once, which {NAME} lacks")
    mlps = [_mlp(layers, meaning, net) for layers, net in zip(nets, model, strict=True)]
    named = [(f"mlp{k}", mlp) for k, mlp in enumerate(mlps)]
    if meaning.task == "regression":
        voting = ensemble.VotingRegressor(named)
    else:
        voting = ensemble.VotingClassifier(named, voting="soft")
        classes = mlps[0].classes_
        encoder = package("sklearn.preprocessing", "sklearn", NAME).LabelEncoder().fit(classes)
        vars(voting).update(classes_=classes, le_=encoder)
        for mlp in mlps:  # whose labels are numbers, as always in a VotingClassifier
            mlp.classes_ = np.arange(len(classes))
            vars(mlp)["_label_binarizer"].classes_ = mlp.classes_
    vars(voting).update(estimators_=mlps, named_estimators_=dict(named))
    return voting
