"""Small seeded runs whose bits must be the same on every CPU: `python -m tests.kernels.golden`.

Prints a JSON object: for each dtype named, the digests of the runs.
"""

import hashlib
import json
import sys

import numpy as np

from fastnet.datasets import load
from fastnet.images import Elastic
from fastnet.kernels.codes import BLOCKS, SINGLY
from fastnet.model.network import Network
from tests.kernels.helpers import run, to_csr


def runs(dtype: str) -> dict[str, str]:
    """Digest of costs, hits, outputs and weights of a run of each kind."""
    rng = np.random.default_rng(20)
    n, features, outputs = 12, 140, 5
    images = rng.integers(1, 256, (n, features), np.uint8) * (rng.random((n, features)) < 0.3)
    labels = rng.integers(0, outputs, n)
    kinds = {
        "bytes": (("sigmoid", "relu", "softmax"), "cross-entropy", images.astype(np.uint8), labels),
        "floats": (
            ("tanh", "identity", "identity"),
            "quadratic",
            images / 200 - 0.5,
            images[:, :5] / 255,
        ),
        "sparse": (
            ("relu", "tanh", "sigmoid"),
            "cross-entropy",
            to_csr((images / 200).astype(np.float32)),
            images[:, :5] > 0,
        ),
    }
    blocks = {f"{kind}, by blocks": row for kind, row in kinds.items()}
    kinds |= blocks
    kinds["l2"] = kinds["bytes"]
    kinds["active units"] = (("relu", "relu", "softmax"), *kinds["bytes"][1:])
    digests = {}
    for kind, (activations, loss, X, y) in kinds.items():
        second = 65 if kind == "active units" else 17
        net = Network.initialise((features, 70, second, outputs), activations, loss, dtype, seed=3)
        method = BLOCKS if kind in blocks else SINGLY
        order = np.arange(n if method == SINGLY else 20) % n  # a block, and some more
        answers = np.zeros((len(order), outputs), dtype)
        workspace = net.passes.workspace(method=method)
        rates = np.linspace(0.1, 0.02, len(order))
        decay = np.array([7.0 if kind == "l2" else 0.0, 1.0])
        cost, hits, _ = run(net, X, y, rates, order, workspace, answers, decay=decay)
        sha = hashlib.sha256(f"{float(cost).hex()} {hits} {net.digest()}".encode())
        answers[np.isnan(answers)] = np.nan  # the CPU chooses the sign of NaN
        sha.update(answers)
        digests[kind] = sha.hexdigest()[:16]
    return {**digests, "deformed": deformed()}


def deformed() -> str:
    """Digest of the first bundled digits, which are deformed in every way: no dtype matters."""
    X, sha = load("digits")[0][0][:3], hashlib.sha256()
    for moves in ({}, {"alpha": 0, "rotation": 180}, {"sigma": 0.3, "shift": 3, "flip": True}):
        sha.update(Elastic(**moves).deform(X, seed=4))
    sha.update(Elastic(alpha=300, sigma=20, shape=(14, 56)).deform(X))
    return sha.hexdigest()[:16]


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        print(json.dumps({dtype: runs(dtype) for dtype in sys.argv[1:]}))
