"""PyTorch: with modules, autograd and an optimiser; by hand without these; and that compiled."""

import os
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from .base import Array, Clock, Peer, Task, as_floats

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


class Eager(Peer):
    """PyTorch as its tutorials use it."""

    def __init__(self, task: Task):
        self.task = task
        self.X, self.targets = torch.from_numpy(task.inputs()), torch.from_numpy(task.targets())
        layers = [
            layer
            for n_in, n_out in pairwise(task.sizes)
            for layer in (torch.nn.Linear(n_in, n_out), torch.nn.Sigmoid())
        ]
        self.net = torch.nn.Sequential(*layers)
        self.loss = torch.nn.MSELoss(reduction="sum")
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=task.rate)
        self.one_hot = torch.eye(task.sizes[-1])
        self.start()

    def start(self) -> None:
        """Set the start weights; PyTorch has them as (n_out, n_in)."""
        with torch.no_grad():
            starts = zip(self.net[::2], self.task.weights, self.task.biases, strict=True)
            for layer, w, b in starts:
                layer.weight.copy_(torch.from_numpy(w.T))
                layer.bias.copy_(torch.from_numpy(b))

    def step(self, x: torch.Tensor, target: torch.Tensor) -> None:
        """Forward, backward, update."""
        self.optimizer.zero_grad()
        self.loss(self.net(x), target).backward()
        self.optimizer.step()

    def learn(self, n: int) -> None:
        """One pass over the first n samples."""
        for x, target in zip(self.X[:n], self.targets[:n], strict=True):
            self.step(x, target)

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Weights and biases as they are now."""
        layers = self.net[::2]
        weights = [layer.weight.detach().numpy().T.copy() for layer in layers]
        return weights, [layer.bias.detach().numpy().copy() for layer in layers]

    def learn_one(self, x: Array, label: int) -> None:
        """One sample."""
        self.step(torch.from_numpy(as_floats(x)), self.one_hot[label])

    @torch.inference_mode()
    def predict_one(self, x: Array) -> int:
        """Its label."""
        return self.net(torch.from_numpy(as_floats(x))).argmax().item()

    @torch.inference_mode()
    def outputs(self, X: torch.Tensor) -> torch.Tensor:
        """Outputs (n, n_out)."""
        return self.net(X)

    def prepared(self, X: Array) -> torch.Tensor:
        """Samples as a tensor."""
        return torch.from_numpy(as_floats(X))


def forward(x: torch.Tensor, weights: list, biases: list) -> list[torch.Tensor]:
    """The activations of every layer, x first."""
    activations = [x]
    for w, b in zip(weights, biases, strict=True):
        activations.append(torch.sigmoid(torch.addmv(b, w, activations[-1])))
    return activations


def learn_sample(
    x: torch.Tensor, target: torch.Tensor, weights: list, biases: list, rate: float
) -> None:
    """Backpropagation by hand, weights (n_out, n_in) updated in place."""
    activations = forward(x, weights, biases)
    delta = 2 * (activations[-1] - target)
    for w, b, a, below in zip(
        weights[::-1], biases[::-1], activations[:0:-1], activations[-2::-1], strict=True
    ):
        delta = delta * (a * (1 - a))
        lower = torch.mv(w.t(), delta) if w is not weights[0] else None
        w.addr_(delta, below, alpha=-rate)
        b.sub_(delta, alpha=rate)
        delta = lower


class ByHand(Peer):
    """Tensors without autograd."""

    step = staticmethod(learn_sample)

    def __init__(self, task: Task):
        self.task = task
        self.X, self.targets = torch.from_numpy(task.inputs()), torch.from_numpy(task.targets())
        self.one_hot = torch.eye(task.sizes[-1])
        self.start()

    def start(self) -> None:
        """Set the start weights."""
        self.weights = [torch.tensor(np.ascontiguousarray(w.T)) for w in self.task.weights]
        self.biases = [torch.tensor(b) for b in self.task.biases]

    @torch.no_grad()
    def learn(self, n: int) -> None:
        """One pass over the first n samples."""
        for x, target in zip(self.X[:n], self.targets[:n], strict=True):
            self.step(x, target, self.weights, self.biases, self.task.rate)

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Weights and biases as they are now."""
        return [w.numpy().T.copy() for w in self.weights], [b.numpy().copy() for b in self.biases]

    @torch.no_grad()
    def learn_one(self, x: Array, label: int) -> None:
        """One sample."""
        x = torch.from_numpy(as_floats(x))
        self.step(x, self.one_hot[label], self.weights, self.biases, self.task.rate)

    @torch.no_grad()
    def predict_one(self, x: Array) -> int:
        """Its label."""
        x = torch.from_numpy(as_floats(x))
        return forward(x, self.weights, self.biases)[-1].argmax().item()


class Compiled(ByHand):
    """Tensors without autograd, through torch.compile, which needs a C++ compiler."""

    def __init__(self, task: Task):
        torch.compiler.reset()
        self.step = torch.compile(learn_sample, dynamic=False)
        super().__init__(task)
        self.learn(2)
        self.start()


def optimizer_of(recipe: dict[str, Any], net: torch.nn.Module) -> torch.optim.Optimizer:
    """Adam, or SGD with momentum; fused, which takes half the time."""
    if recipe["optimizer"] == "adam":
        return torch.optim.Adam(net.parameters(), lr=recipe["rate"], fused=True)
    return torch.optim.SGD(net.parameters(), lr=recipe["rate"], momentum=0.9, fused=True)


def curve(
    recipe: dict[str, Any], X: Array, y: Array, test: tuple[Array, Array], seed: int
) -> dict[str, Any]:
    """Seconds of mini-batch training and accuracy on the test images after each epoch."""
    torch.manual_seed(seed)
    loading, learning = Clock(), Clock()
    with loading:
        X, y = torch.from_numpy(as_floats(X)), torch.from_numpy(y.astype(np.int64))
    X_test, y_test = torch.from_numpy(as_floats(test[0])), torch.from_numpy(test[1].astype(int))
    net = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    optimizer, loss = optimizer_of(recipe, net), torch.nn.CrossEntropyLoss()
    fall = recipe["rate"] * recipe["batch"] / (recipe["epochs"] * len(X))  # of the rate in a step
    fall *= recipe["schedule"] == "linear"
    points = []
    for _ in range(recipe["epochs"]):
        with learning:
            # Tensors and indices: a DataLoader takes several times as long.
            for batch in torch.randperm(len(X)).split(recipe["batch"]):
                optimizer.zero_grad()
                loss(net(X[batch]), y[batch]).backward()
                optimizer.step()
                optimizer.param_groups[0]["lr"] -= fall
        with torch.inference_mode():
            accuracy = (net(X_test).argmax(1) == y_test).float().mean().item()
        points.append([learning.seconds, accuracy])
    return {"loading": loading.seconds, "compiling": 0.0, "points": points}


def batches_seconds(hidden: tuple[int, ...], batch: int, X: Array, y: Array, n: int) -> float:
    """Seconds of a pass over the first n samples by SGD with momentum: relu, cross-entropy."""
    inputs, labels = torch.from_numpy(as_floats(X[:n])), torch.from_numpy(y[:n].astype(np.int64))
    layers = [
        layer
        for n_in, n_out in pairwise((X.shape[1], *hidden))
        for layer in (torch.nn.Linear(n_in, n_out), torch.nn.ReLU())
    ]
    net = torch.nn.Sequential(*layers, torch.nn.Linear(hidden[-1], 10))
    recipe = {"optimizer": "sgd", "rate": 0.01}
    optimizer, loss, clock = optimizer_of(recipe, net), torch.nn.CrossEntropyLoss(), Clock()
    with clock:
        for chosen in torch.randperm(n).split(batch):
            optimizer.zero_grad()
            loss(net(inputs[chosen]), labels[chosen]).backward()
            optimizer.step()
    return clock.seconds
