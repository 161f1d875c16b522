"""What tests of the page share: nets of images, and what stands in a page."""

import base64
import itertools
import json
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fastnet

Array = NDArray[Any]
PART = re.compile(r"<(script|style)([^>]*)>(.*?)</\1>", re.DOTALL)


def random_net(
    hidden: tuple[int, ...] = (12,),
    activation: str = "relu",
    output: str = "softmax",
    classes: Any = range(10),
    dtype: Any = np.float32,
    seed: int = 0,
) -> fastnet.Network:
    """A net of images whose weights are drawn, so that outputs are near 1."""
    rng = np.random.default_rng(seed)
    sizes = (784, *hidden, len(classes))
    weights = [rng.normal(size=pair) * 2 / pair[0] ** 0.5 for pair in itertools.pairwise(sizes)]
    biases = [rng.normal(size=n) / 4 for n in sizes[1:]]
    loss = "cross-entropy" if output == "softmax" else "quadratic"
    activations = [*[activation] * len(hidden), output]
    net = fastnet.Network.from_weights(weights, biases, activations, loss, [*classes], dtype)
    assert isinstance(net, fastnet.Network)
    return net


def parts(text: str) -> dict[str, str]:
    """The style, the script and the data of a page."""
    names = {"": "script", ' type="application/json" id="net"': "data"}
    return {
        "style" if tag == "style" else names[given]: inner
        for tag, given, inner in PART.findall(text)
    }


def data_of(text: str) -> dict[str, Any]:
    """What a page knows of its net."""
    data = json.loads(parts(text)["data"])
    assert isinstance(data, dict)
    return data


def weights_of(data: dict[str, Any], layer: dict[str, str]) -> Array:
    """The weights (n_in, n_out) of a layer in a page, as its script has them."""
    stored = np.frombuffer(
        base64.b64decode(layer["weights"]),
        {"float32": "<f4", "float16": "<f2", "int8": "i1"}[data["weights"]],
    ).astype(np.float32)
    biases = np.frombuffer(base64.b64decode(layer["biases"]), "<f4")
    weights = stored.reshape(-1, len(biases))
    if data["weights"] == "int8":
        weights = weights * np.frombuffer(base64.b64decode(layer["scales"]), "<f4")
    return weights
