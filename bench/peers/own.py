"""fastnet itself, timed by the clock in its history, which measures the compiled pass."""

import os
import time
from typing import Any

import fastnet
from fastnet.kernels.entries import BEST, NO_RATE, direct
from fastnet.model.single import Single

from .base import Array, Peer, Task

THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))
COMPILING, _ = fastnet.warmup()  # compiles, or loads what was compiled: once a process


class Fastnet(Peer):
    """`fastnet.train` on the samples as they are, and the methods of a `Network`."""

    def __init__(self, task: Task):
        self.task = task
        self.start()

    def start(self) -> None:
        """Set the start weights."""
        task = self.task
        self.net = fastnet.Network.from_weights(task.weights, task.biases)
        self.bare: Any = None  # the compiled calls, once they are wanted

    def seconds(self, n: int) -> float:
        """Seconds in the pass over the first n samples, from the start."""
        task = self.task
        self.start()
        self.net = fastnet.train(
            task.X[:n], task.y[:n], init=self.net, learning_rate=task.rate, epochs=1,
            schedule="constant", shuffle=False, threads=THREADS,
        )  # fmt: skip
        return self.net.history[-1]["seconds"]

    def epochs_seconds(self, epochs: int) -> float:
        """Seconds of a whole call."""
        task = self.task
        self.start()
        began = time.perf_counter()
        fastnet.train(
            task.X, task.y, init=self.net, learning_rate=task.rate, epochs=epochs,
            schedule="constant", shuffle=False, verbose=False,
        )  # fmt: skip
        return time.perf_counter() - began

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Weights and biases as they are now."""
        return self.net.weights, self.net.biases

    def learn_one(self, x: Array, label: int) -> None:
        """One sample."""
        self.net.learn_one(x, label, self.task.rate)

    def partial_fit(self, x: Array, label: int) -> None:
        """One sample, as a table of one row."""
        self.net.partial_fit(x[None], [label], self.task.rate)

    def predict_one(self, x: Array) -> int:
        """Its label."""
        return self.net.predict_one(x)

    def bare_calls(self) -> tuple[Any, int, int, Any]:
        """Memory for a sample, the addresses of its tables, and the compiled call."""
        workspace = self.net.passes.workspace()
        single = Single(self.net.parameters, self.net.passes.outputs, workspace)
        self.kept = single  # and with it the memory
        return *single.doors[self.task.X.dtype], direct(workspace.rows)

    def bare_learn(self, x: Array, label: int) -> None:
        """One sample: a copy, and the compiled call."""
        memory, learning, _, run = self.bare = self.bare or self.bare_calls()
        memory[:] = x
        run(learning, label, self.task.rate)

    def bare_predict(self, x: Array) -> None:
        """One sample: a copy, and the compiled call."""
        memory, _, answering, run = self.bare = self.bare or self.bare_calls()
        memory[:] = x
        run(answering, BEST, NO_RATE)

    def outputs(self, X: Array) -> Array:
        """Outputs (n, n_out)."""
        return self.net.predict_proba(X)

    def prepared(self, X: Array) -> Array:
        """Samples as they are."""
        return X


def curve(
    recipe: dict[str, Any], X: Array, y: Array, test: tuple[Array, Array], seed: int
) -> dict[str, Any]:
    """Seconds of learning and share of the test images recognised after each epoch."""
    points, looking = [], 0.0

    def look(net: fastnet.Network, _: dict[str, Any]) -> None:
        nonlocal looking
        paused = time.perf_counter()
        points.append([paused - began - looking, net.score(*test)])
        looking += time.perf_counter() - paused

    began = time.perf_counter()
    threads = "auto" if THREADS > 1 else 1
    fastnet.train(X, y, seed=seed, threads=threads, on_epoch=look, **recipe)
    return {"loading": 0.0, "compiling": COMPILING, "points": points}


def pass_seconds(hidden: tuple[int, ...], X: Array, y: Array, n: int) -> float:
    """Seconds in the compiled pass over the first n samples: relu, cross-entropy."""
    net = fastnet.train(
        X[:n], y[:n], hidden=hidden, activation="relu", loss="cross-entropy", learning_rate=0.01,
        epochs=1, threads=THREADS,
    )  # fmt: skip
    return net.history[-1]["seconds"]
