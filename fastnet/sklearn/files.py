"""The file of an estimator: that of its net or nets, with what the estimator knows besides.

So `fastnet.load` and the terminal read it as they read any model. Nothing is pickled.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .. import checks
from ..model import archive
from ..model.contents import contents, contents_of_all
from ..model.loading import load
from ..typing import Array

NAME = "estimator"  # in the JSON of the file
KEPT = {  # attributes in the file, besides those of the net
    "n_features_in_": int, "feature_names_in_": np.ndarray, "classes_": np.ndarray,
    "n_iter_": int, "t_": int, "validation_variance_": float,
}  # fmt: skip


def write(path: str | os.PathLike[str], estimator: Any) -> None:
    """Write a fitted estimator, atomically."""
    nets = estimator.model_.nets
    about, arrays = contents(nets[0]) if len(nets) == 1 else contents_of_all(nets)
    given = estimator.get_params(deep=False)
    about[NAME] = {
        "class": type(estimator).__name__,
        "parameters": {name: as_json(value, name) for name, value in given.items()},
        "fitted": {
            name: as_json(value, name) for name, value in vars(estimator).items() if name in KEPT
        },
    }
    archive.write(checks.path("path", path), about, arrays)


def read(path: str | os.PathLike[str], kind: type) -> Any:
    """Read an estimator of a class from a file of `write`."""
    model = load(path)
    about = archive.read(path)[0].get(NAME)
    if not isinstance(about, dict) or about.get("class") != kind.__name__:
        came = about.get("class") if isinstance(about, dict) else "a net"
        raise ValueError(f"{os.fspath(path)}: it holds {came}, wanted a {kind.__name__}")
    with archive.intact(path):
        given = {name: from_json(value) for name, value in about["parameters"].items()}
        fitted = {name: from_json(value) for name, value in about["fitted"].items()}
        check(fitted, model.nets[0])
        estimator = kind(**given)
        vars(estimator).update(fitted, model_=model)
    return estimator


def check(fitted: dict[str, Any], net: Any) -> None:
    """Raise ValueError if attributes from a file are others, or do not fit the net."""
    for name, value in fitted.items():
        if type(value) is not KEPT.get(name):
            raise ValueError(f"{name}: a {type(value).__name__}")
    names, classes = fitted.get("feature_names_in_"), fitted.get("classes_")
    columns = {
        net.n_features,
        fitted.get("n_features_in_"),
        *([] if names is None else [len(names)]),
    }
    if len(columns) > 1 or (classes is not None and len(classes) != net.sizes[-1]):
        raise ValueError("n_features_in_ or classes_ do not fit the net")


def as_json(value: Any, name: str) -> Any:
    """Return a value of a parameter or an attribute in JSON types; tuples and dicts say so."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return {"tuple": [as_json(item, name) for item in value]}
    if isinstance(value, list):
        return [as_json(item, name) for item in value]
    if isinstance(value, dict):
        return {"dict": [[as_json(k, name), as_json(v, name)] for k, v in value.items()]}
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "biufUO":
        return {"array": [as_json(v, name) for v in value.tolist()], "dtype": value.dtype.str}
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
    if "dict" in value:
        return {from_json(k): from_json(v) for k, v in value["dict"]}
    return tuple(from_json(item) for item in value["tuple"])


def array_of(items: list[Any], dtype: np.dtype) -> Array:
    """Return a row of plain values of a dtype."""
    if dtype.kind not in "biufUO" or any(isinstance(item, list | dict) for item in items):
        raise ValueError(f"dtype {dtype}, wanted numbers or words")
    return np.array(items, dtype)
