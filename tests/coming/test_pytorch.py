"""PyTorch beside fastnet: each row of the table of factors in docs/coming/pytorch.md."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fastnet
from tests.helpers import needed

pytestmark = [pytest.mark.heavy, pytest.mark.compiled]
Array = NDArray[Any]

N_OUT, RATE, DECAY = 3, 0.02, 0.01
ROWS = {  # the loss, what the net learns, and its factor
    "CrossEntropyLoss()": ("label", 1),
    "MSELoss(reduction='sum')": ("numbers", 1),
    "MSELoss()": ("numbers", 1 / N_OUT),
    "half": ("numbers", 1 / 2),
    "BCEWithLogitsLoss(reduction='sum')": ("several", 1),
    "BCEWithLogitsLoss()": ("several", 1 / N_OUT),
}


def samples(what: str) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((200, 4)), rng.standard_normal((200, N_OUT))
    return X, {"label": Y.argmax(axis=1), "numbers": Y, "several": (Y > 0).astype(int)}[what]


def loss_of(torch: Any, name: str) -> Any:
    if name == "half":
        return lambda a, y: ((a - y) ** 2).sum() / 2
    return eval(name, vars(torch.nn))


@pytest.mark.parametrize("name", ROWS)
def test_each_factor_makes_the_same_weights(name: str):
    torch = needed("torch")
    torch.manual_seed(0)
    what, share = ROWS[name]
    (X, y), loss = samples(what), loss_of(torch, name)
    layers = torch.nn.Linear(4, 6), torch.nn.ReLU(), torch.nn.Linear(6, N_OUT)
    module = torch.nn.Sequential(*layers).double()
    task = {"label": "classification", "numbers": "regression", "several": "multilabel"}[what]
    last = [torch.nn.Sigmoid()] * (what == "several")
    net = fastnet.load(torch.nn.Sequential(*module, *last), task=task)
    two = [[p for p in module.parameters() if p.ndim == n] for n in (2, 1)]
    groups = {"params": two[0], "weight_decay": DECAY}, {"params": two[1]}
    optimizer = torch.optim.SGD(groups, lr=RATE)
    for x, target in zip(torch.tensor(X), torch.tensor(y), strict=True):
        optimizer.zero_grad()
        loss(module(x), target.double() if what == "several" else target).backward()
        optimizer.step()
    net = fastnet.train(
        X, y, init=net, learning_rate=RATE * share, l2=DECAY / share, epochs=1,
        schedule="constant", shuffle=False,
    )  # fmt: skip
    for w, b, layer in zip(net.weights, net.biases, module[::2], strict=True):
        np.testing.assert_allclose(w, layer.weight.detach().numpy().T, atol=1e-12)
        np.testing.assert_allclose(b, layer.bias.detach().numpy(), atol=1e-12)
