"""Golden trajectories: seeded runs whose losses and bits must not change from version to version.

`python -m tests.make_golden` writes tests/golden.json anew. Do that by hand only, after a change
that is meant to change the bits, and say so in CHANGELOG.md.
"""

import json
from pathlib import Path
from typing import Any

import fastnet

PATH = Path(__file__).with_name("golden.json")

RUNS: dict[str, dict[str, Any]] = {
    "two layers of sigmoids, quadratic": {"learning_rate": 0.5, "schedule": "constant", "seed": 1},
    "relu, softmax, cross-entropy, falling rate": {
        "hidden": (32,),
        "activation": "relu",
        "loss": "cross-entropy",
        "learning_rate": 0.03,
        "schedule": "linear",
    },
    "a wide layer, which learns by blocks": {
        "hidden": (128,),
        "activation": "relu",
        "learning_rate": 0.01,
        "schedule": "constant",
    },
    "deformed images": {
        "hidden": (24,),
        "activation": "relu",
        "loss": "cross-entropy",
        "learning_rate": 0.02,
        "schedule": "constant",
        "augment": {"flip": True, "shift": 1},
        "sample_weight": [0.5, 1, 2, 1] * 25,
        "seed": 2,
    },
    "five layers of tanh in float64": {
        "hidden": (20, 16, 12, 10),
        "activation": "tanh",
        "learning_rate": 0.1,
        "schedule": "constant",
        "dtype": "float64",
    },
}


def run(name: str) -> dict[str, Any]:
    """Learn the first bundled digits for two epochs: losses, accuracies, digest of the weights."""
    (X, y), (X_test, y_test) = fastnet.datasets.load("digits")
    net = fastnet.train(
        X[:100], y[:100], validation_data=(X_test[:20], y_test[:20]), epochs=2, **RUNS[name]
    )
    keys = ("loss", "accuracy", "val_loss", "val_accuracy")
    return {
        **{key: [record[key] for record in net.history] for key in keys},
        "digest": net.digest(),
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps({name: run(name) for name in RUNS}, indent=2) + "\n")
