"""The readable algorithm of `fastnet.reference`, in float32."""

import numpy as np

from fastnet.reference import Net

from .base import Array, Peer, Task


class Loop(Peer):
    """One sample after the other in NumPy."""

    def __init__(self, task: Task):
        self.task = task
        self.start()

    def start(self) -> None:
        """Set the start weights."""
        self.net = Net(self.task.weights, self.task.biases, dtype=np.float32)

    def learn(self, n: int) -> None:
        """One pass over the first n samples."""
        self.net.backpropagate(self.task.X[:n], self.task.y[:n], self.task.rate)

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Weights and biases as they are now."""
        return self.net.weights, self.net.biases

    def learn_one(self, x: Array, label: int) -> None:
        """One sample."""
        self.net.backpropagate(x[None], np.array([label]), self.task.rate)

    def predict_one(self, x: Array) -> int:
        """Its label."""
        return int(self.net.feed_forward(self.net.inputs(x))[1][-1].argmax())

    def outputs(self, X: Array) -> Array:
        """Outputs (n, n_out): matrices at once, and the shortest sigmoid."""
        for w, b in zip(self.net.weights, self.net.biases, strict=True):
            X = 1 / (1 + np.exp(-(X @ w + b)))
        return X
