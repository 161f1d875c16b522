"""scikit-learn: MLPClassifier with batch_size=1. Its loss is the log loss of a softmax."""

import warnings
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier

from .base import Array, Clock, Peer, Task, as_floats


class Classifier(Peer):
    """Plain SGD: no momentum, no penalty, no shuffling."""

    def __init__(self, task: Task):
        self.task = task
        self.X, self.y = task.inputs(), task.y
        self.net = MLPClassifier(
            task.sizes[1:-1], activation="logistic", solver="sgd", batch_size=1, alpha=0,
            learning_rate_init=task.rate, momentum=0, nesterovs_momentum=False, shuffle=False,
        )  # fmt: skip
        warnings.filterwarnings("ignore", "Got `batch_size`")
        self.net.partial_fit(self.X[:1], self.y[:1], classes=np.arange(task.sizes[-1]))
        self.start()

    def start(self) -> None:
        """Set the start weights, in place: the optimiser holds the arrays."""
        given = self.task.weights + self.task.biases
        for own, start in zip(self.net.coefs_ + self.net.intercepts_, given, strict=True):
            own[...] = start

    def learn(self, n: int) -> None:
        """One pass over the first n samples."""
        self.net.partial_fit(self.X[:n], self.y[:n])

    def predict(self, X: Array) -> Array:
        """Labels."""
        return self.net.predict(as_floats(X))

    def learn_one(self, x: Array, label: int) -> None:
        """One sample."""
        self.net.partial_fit(as_floats(x[None]), [label])

    def predict_one(self, x: Array) -> int:
        """Its label."""
        return self.net.predict(as_floats(x[None]))[0]

    def outputs(self, X: Array) -> Array:
        """Outputs (n, n_out)."""
        return self.net.predict_proba(X)


def curve(
    recipe: dict[str, Any], X: Array, y: Array, test: tuple[Array, Array], seed: int
) -> dict[str, Any]:
    """Seconds of mini-batch training and accuracy on the test images after each epoch."""
    loading, learning = Clock(), Clock()
    with loading:
        X, X_test = as_floats(X), as_floats(test[0])
    net = MLPClassifier((128,), batch_size=recipe["batch"], random_state=seed)
    points = []
    for _ in range(recipe["epochs"]):
        with learning:
            net.partial_fit(X, y, classes=range(10))
        points.append([learning.seconds, float(net.score(X_test, test[1]))])
    return {"loading": loading.seconds, "compiling": 0.0, "points": points}
