"""Modules of PyTorch that come in, or do not: the cases of test_torch_in.py."""

import warnings
from collections import OrderedDict
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
MLP = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))


class Wrapped(nn.Module):
    def __init__(self, net: Any = None) -> None:
        super().__init__()
        self.net = net or nn.Sequential(nn.Linear(6, 5), nn.Sigmoid(), nn.Linear(5, 3))

    def forward(self, x: Any) -> Any:
        return self.net(x)


class Tutorial(nn.Module):
    """The net of many a tutorial: its activations are functions in forward()."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(6, 5), nn.Linear(5, 5), nn.Linear(5, 3)

    def forward(self, x: Any) -> Any:
        x = F.relu(self.fc1(x.view(x.size(0), -1)))
        return F.log_softmax(self.fc3(F.dropout(F.relu(self.fc2(x)), training=self.training)), 1)


class OneActivation(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.act, self.one, self.two = nn.Tanh(), nn.Linear(6, 5), nn.Linear(5, 5)
        self.three = nn.Linear(5, 1)

    def forward(self, x: Any) -> Any:
        return self.three(self.act(self.two(self.act(self.one(x))))).squeeze(-1)


class Scaled(Wrapped):
    def forward(self, x: Any) -> Any:
        return self.net(x / 255)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x: Any) -> Any:
        return self.fc2(torch.relu(self.fc1(x)) + x)


class Mixed(Tutorial):
    def forward(self, x: Any) -> Any:
        return self.fc3(torch.tanh(self.fc2(F.leaky_relu(self.fc1(x)))))


class Swished(Tutorial):
    def forward(self, x: Any) -> Any:
        return self.fc3(F.silu(self.fc2(F.silu(self.fc1(x)))))


class Swish(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * torch.sigmoid(x)


class Measured(nn.Module):
    """A net that has learned inputs of such a size."""

    def __init__(self, size: float, function: Any) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.one, self.two, self.function = nn.Linear(6, 8), nn.Linear(8, 3), function
        with torch.no_grad():
            self.one.weight /= size

    def forward(self, x: Any) -> Any:
        return self.two(self.function(self.one(x)))


def flawed(k: int, value: float) -> Any:
    module = nn.Sequential(nn.Linear(6, 3))
    with torch.no_grad():
        module[0].weight[0, k] = value
    return module


with warnings.catch_warnings():  # of what torch.compile itself imports
    warnings.simplefilter("ignore")
    compiled = torch.compile(MLP)

COME_IN = [
    (MLP, ("relu", "tanh", "identity")),
    (nn.Linear(6, 3), ("identity",)),
    (nn.Sequential(nn.Linear(6, 3, bias=False)), ("identity",)),
    (
        nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Sequential(
            nn.Linear(6, 5), nn.LeakyReLU(), nn.Identity()), nn.Linear(5, 5), nn.Dropout(),
            nn.ReLU(inplace=True), nn.Linear(5, 3), nn.Sigmoid()),
        ("leaky-relu", "relu", "sigmoid"),
    ),
    (nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 3), nn.Softmax(dim=1)),
     ("identity", "softmax")),
    (nn.Sequential(OrderedDict(a=nn.Linear(6, 5), b=nn.Tanh(), c=nn.Linear(5, 3))),
     ("tanh", "identity")),
    (Wrapped(), ("sigmoid", "identity")),
    (nn.Sequential(Wrapped(), nn.Softmax(dim=-1)), ("sigmoid", "softmax")),
    (OneActivation(), ("tanh", "tanh", "identity")),
    (compiled, ("relu", "tanh", "identity")),
    (nn.DataParallel(MLP), ("relu", "tanh", "identity")),
    *((Measured(size, f), (name, "identity")) for size in (1e5, 1.0, 1e-5) for f, name in (
        (torch.tanh, "tanh"), (torch.relu, "relu"), (F.leaky_relu, "leaky-relu"),
        (torch.sigmoid, "sigmoid"))),
    (Measured(0.1, nn.Identity()), ("identity", "identity")),
]  # fmt: skip
REFUSED = [
    (nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten(), nn.Linear(3, 2)), "model.0: Conv2d, wan"),
    (nn.Sequential(nn.Linear(6, 3), nn.BatchNorm1d(3)), "model.1: BatchNorm1d, wanted Linear"),
    (nn.Sequential(nn.Linear(6, 3), nn.GELU(), nn.Linear(3, 2)), "model.1: GELU, wanted"),
    (nn.Sequential(nn.Linear(6, 3), Swish()), "model.1: Swish, wanted"),
    (nn.Sequential(nn.Linear(6, 3), nn.LeakyReLU(0.2)), "LeakyReLU, a slope of 0.2, wanted"),
    (nn.Sequential(nn.Linear(6, 3), nn.Softmax(dim=0)), "model.1: Softmax, dim=0, wanted -1"),
    (nn.Sequential(nn.Linear(6, 3), nn.ReLU(), nn.Tanh()), "model.2: Tanh, not right after"),
    (nn.Sequential(nn.ReLU(), nn.Linear(6, 3)), "model.0: ReLU, not right after a Linear"),
    (nn.Sequential(nn.Linear(6, 3), nn.Softmax(dim=1), nn.Linear(3, 2)), "'softmax', wanted o"),
    (nn.Sequential(nn.Linear(6, 3), nn.Linear(4, 2)), "model.1.weight: 4 inputs, wanted 3"),
    (nn.Sequential(), "model: Sequential, wanted"),
    (nn.Sequential(nn.Flatten()), "model: Sequential without a Linear layer"),
    (nn.ModuleList([nn.Linear(6, 3)]), "model: ModuleList does not answer rows of numbers"),
    (nn.LSTM(3, 3), "model: LSTM, wanted Linear"),
    (nn.Bilinear(3, 3, 2), "model: Bilinear, wanted Linear"),
    (nn.LazyLinear(3), "model.weight: no plain tensor"),
    (nn.Linear(6, 3, device="meta"), "model.weight: no plain tensor"),
    (Scaled(), r"model: Scaled does not answer as its Linear layers .*state_dict\(\) with"),
    (Residual(), "model: Residual does not answer as its Linear layers"),
    *((Measured(size, f), "model: Measured does not answer as its Linear layers")
      for size in (1e5, 1.0, 1e-5) for f in (F.hardtanh, F.gelu, F.elu, F.silu, F.softsign)),
    (nn.utils.parametrizations.weight_norm(nn.Linear(6, 3)), "wanted Linear and"),
    (flawed(0, np.nan), "model.weight|weights"),
    (flawed(0, np.inf), "model.weight|weights"),
]
