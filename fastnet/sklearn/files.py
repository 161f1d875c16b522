"""The file of an estimator: that of its net or nets, with what the estimator knows besides.

So `fastnet.load` and the terminal read it as they read any model. Nothing is pickled.
"""

from __future__ import annotations

import copy
import os
from typing import Any

import numpy as np

from .. import checks
from ..images.elastic import Elastic
from ..model import archive
from ..model.contents import contents_of
from ..model.ensemble import nets_of
from ..model.loading import load
from ..model.rounding import rounding_of
from ..model.saving import tell
from ..typing import Array

NAME = "estimator"  # in the JSON of the file
PLAIN, KINDS = (bool, int, float, str), "biufUO"  # what a file can hold, and dtypes of these
KEPT: dict[str, type] = {  # attributes in the file, besides those of the net
    "n_features_in_": int, "n_iter_": int, "t_": int, "classes_": np.ndarray,
    "feature_names_in_": np.ndarray, "validation_variance_": float,
}  # fmt: skip


def write(
    path: str | os.PathLike[str], estimator: Any, weights: Any = None, data: Any = None
) -> None:
    """Write a fitted estimator, atomically; its net or nets as `Network.save` does."""
    model = estimator.model_

    def score(model: Any, X: Any, y: Any) -> float:
        twin = copy.copy(estimator)
        twin.model_ = model
        return float(twin.score(X, y))

    record = rounding_of(model, weights, data, score)
    about, arrays = contents_of(model, record)
    given = estimator.get_params(deep=False)
    about[NAME] = {
        "class": type(estimator).__name__,
        "parameters": {name: as_json(value, name) for name, value in given.items()},
        "fitted": {
            name: as_json(value, name) for name, value in vars(estimator).items() if name in KEPT
        },
    }
    archive.write(checks.path("path", path), about, arrays)
    tell(record)


def read(path: str | os.PathLike[str], kind: type) -> Any:
    """Read an estimator of a class from a file of `write`."""
    model, about = load(path), archive.read(path)[0].get(NAME, {})
    came = f"a {about.get('class', 'net')}" if isinstance(about, dict) else "something else"
    if came != f"a {kind.__name__}":
        raise ValueError(f"{os.fspath(path)}: {came}, wanted a {kind.__name__}")
    with archive.intact(path):
        given, fitted = (from_json({"dict": [*about[k].items()]}) for k in ("parameters", "fitted"))
        estimator = kind(**given)
        if {*given} != {*estimator.get_params(deep=False)}:
            raise ValueError(f"parameters {', '.join(given)}")
        check(fitted, nets_of(model)[0], hasattr(kind, "predict_proba"))
        vars(estimator).update(fitted, model_=model)
    return estimator


def check(fitted: dict[str, Any], net: Any, has_classes: bool) -> None:
    """Raise ValueError if attributes from a file are not all there, or do not fit the net."""
    wanted = {"n_features_in_", "n_iter_", "t_"} | ({"classes_"} if has_classes else set())
    if not wanted <= {*fitted} <= {*KEPT}:
        raise ValueError(f"attributes {', '.join(fitted)}")
    for name, value in fitted.items():
        if type(value) is not KEPT[name]:
            raise ValueError(f"{name}: a {type(value).__name__}")
    columns = [fitted["n_features_in_"], len(fitted.get("feature_names_in_", [0] * net.n_features))]
    if columns != [net.n_features] * 2:
        raise ValueError(f"{columns[0]} columns with {columns[1]} names, wanted {net.n_features}")
    if has_classes and len(fitted["classes_"]) != net.sizes[-1]:
        raise ValueError(f"{len(fitted['classes_'])} classes, wanted {net.sizes[-1]}")


def as_json(value: Any, name: str) -> Any:
    """Return a value of a parameter or an attribute in JSON types; tuples and dicts say so."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, PLAIN):
        return value
    if isinstance(value, tuple):
        return {"tuple": [as_json(item, name) for item in value]}
    if isinstance(value, list):
        return [as_json(item, name) for item in value]
    if isinstance(value, dict):
        return {"dict": [[as_json(k, name), as_json(v, name)] for k, v in value.items()]}
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in KINDS:
        return {"array": [as_json(v, name) for v in value.tolist()], "dtype": value.dtype.str}
    if isinstance(value, Elastic):
        return {"elastic": value.to_dict()}
    what = f"{type(value).__module__.partition('.')[0]}'s {type(value).__name__}"
    raise TypeError(f"{name}: {what}, which a file cannot hold; wanted numbers, words or None")


def from_json(value: Any) -> Any:
    """Return the value of `as_json`."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return array_of(value["array"], np.dtype(value["dtype"]))
    if "elastic" in value:
        return Elastic.of(value["elastic"])
    if "dict" in value:
        return {from_json(k): from_json(v) for k, v in value["dict"]}
    return tuple(from_json(item) for item in value["tuple"])


def array_of(items: list[Any], dtype: np.dtype) -> Array:
    """Return a row of plain values of a dtype."""
    if dtype.kind not in KINDS or not all(isinstance(item, PLAIN) for item in items):
        raise ValueError(f"dtype {dtype}, wanted numbers or words")
    return np.array(items, dtype)
