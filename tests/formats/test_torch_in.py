"""Models in from PyTorch: modules and state dicts answer in fastnet as they do there."""

import os
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from tests.helpers import samples

pytestmark = pytest.mark.heavy
if os.environ.get("CI"):
    import torch
else:
    torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

X = samples(100, 6)


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def answers(module: Any, rows: Any = X) -> np.ndarray:
    with torch.no_grad():
        return np.asarray(module.eval()(torch.as_tensor(rows).float()).double().numpy())


def agree(net: Any, module: Any) -> None:
    np.testing.assert_allclose(net.predict_proba(X), answers(module), rtol=1e-5, atol=1e-6)


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


@pytest.mark.parametrize(
    "module, activations",
    [
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
    ],
)  # fmt: skip
def test_modules_come_in(module: Any, activations: Any) -> None:
    training = [part.training for part in module.modules()]
    net = fastnet.load(module)
    assert [part.training for part in module.modules()] == training
    assert net.activations == activations
    assert net.dtype == np.float32
    wanted = answers(module).reshape(len(X), -1)
    np.testing.assert_allclose(net.predict_proba(X), wanted, rtol=1e-5, atol=1e-6)


def test_a_tutorial_s_module_comes_in_with_its_log_softmax() -> None:
    module = Tutorial()
    for net in (
        fastnet.load(module),
        fastnet.load(module, activation="relu", classes=["a", "b", "c"]),
        fastnet.load(nn.Sequential(module)),
    ):
        assert net.activations == ("relu", "relu", "softmax")
        assert net.task == "classification"
        wanted = np.exp(answers(module))
        np.testing.assert_allclose(net.predict_proba(X), wanted, rtol=1e-5, atol=1e-6)
    sequential = nn.Sequential(nn.Linear(6, 3), nn.LogSoftmax(dim=1))
    net = fastnet.load(sequential)
    assert net.activations == ("softmax",)
    assert (net.predict(X) == answers(sequential).argmax(axis=1)).all()


def test_the_caller_says_what_outputs_mean() -> None:
    wanted = answers(MLP)
    labels = fastnet.load(MLP, classes=["a", "b", "c"])
    assert labels.predict(X).tolist() == [["a", "b", "c"][k] for k in wanted.argmax(axis=1)]
    np.testing.assert_allclose(
        labels.predict_proba(X), torch.softmax(torch.as_tensor(wanted), 1).numpy(), atol=1e-6
    )
    several = fastnet.load(MLP, task="multilabel")
    assert (several.predict(X) == (wanted > 0)).all()
    alone = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1))
    both = fastnet.load(alone, classes=["no", "yes"])
    assert ((both.predict(X) == "yes") == (answers(alone)[:, 0] > 0)).all()
    for net, y in (labels, ["a", "b"] * 50), (several, wanted > 0), (both, ["no", "yes"] * 50):
        net.partial_fit(X, np.array(y))
        fastnet.train(X, np.array(y), init=net, epochs=1)


class Swish(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * torch.sigmoid(x)


def flawed(k: int, value: float) -> Any:
    module = nn.Sequential(nn.Linear(6, 3))
    with torch.no_grad():
        module[0].weight[0, k] = value
    return module


@pytest.mark.parametrize(
    "module, words",
    [
        (nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten(), nn.Linear(3, 2)), "source.0: Conv2d, wan"),
        (nn.Sequential(nn.Linear(6, 3), nn.BatchNorm1d(3)), "source.1: BatchNorm1d, wanted Linear"),
        (nn.Sequential(nn.Linear(6, 3), nn.GELU(), nn.Linear(3, 2)), "source.1: GELU, wanted"),
        (nn.Sequential(nn.Linear(6, 3), Swish()), "source.1: Swish, wanted"),
        (nn.Sequential(nn.Linear(6, 3), nn.LeakyReLU(0.2)), "LeakyReLU, a slope of 0.2, wanted"),
        (nn.Sequential(nn.Linear(6, 3), nn.Softmax(dim=0)), "source.1: Softmax, dim=0, wanted -1"),
        (nn.Sequential(nn.Linear(6, 3), nn.ReLU(), nn.Tanh()), "source.2: Tanh, not right after"),
        (nn.Sequential(nn.ReLU(), nn.Linear(6, 3)), "source.0: ReLU, not right after a Linear"),
        (nn.Sequential(nn.Linear(6, 3), nn.Softmax(dim=1), nn.Linear(3, 2)), "'softmax', wanted o"),
        (nn.Sequential(nn.Linear(6, 3), nn.Linear(4, 2)), "source.1.weight: 4 inputs, wanted 3"),
        (nn.Sequential(), "source: Sequential, wanted"),
        (nn.Sequential(nn.Flatten()), "source: Sequential without a Linear layer"),
        (nn.LSTM(3, 3), "source: LSTM, wanted Linear"),
        (nn.Bilinear(3, 3, 2), "source: Bilinear, wanted Linear"),
        (nn.LazyLinear(3), "source.weight: no plain tensor"),
        (nn.Linear(6, 3, device="meta"), "source.weight: no plain tensor"),
        (Scaled(), r"source: Scaled does not answer as its Linear layers .*state_dict\(\), and act"),
        (Residual(), "source: Residual does not answer as its Linear layers"),
        (nn.utils.parametrizations.weight_norm(nn.Linear(6, 3)), "wanted Linear and"),
        (flawed(0, np.nan), "source.weight|weights"),
        (flawed(0, np.inf), "source.weight|weights"),
    ],
)
def test_what_fastnet_cannot_say_is_refused_by_name(module: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words) as raised:
        fastnet.load(module)
    assert "\n" not in str(raised.value)


def test_a_sequential_that_does_more_by_hooks_is_refused() -> None:
    module = nn.Sequential(nn.Linear(6, 3))
    module.register_forward_hook(lambda module, rows, out: out * 2)
    with pytest.raises(ValueError, match="source: Sequential does not answer as its Linear layers"):
        fastnet.load(module)
    with pytest.raises(ValueError, match="source: Sequential does not answer as its"):
        fastnet.load(MLP, activation="relu")  # it has a tanh
    with pytest.raises(TypeError, match=r"source: tensor.*, wanted|source: Tensor, wanted"):
        fastnet.load(torch.ones(3))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_state_dicts_of_every_dtype(dtype: str, tmp_path: Path) -> None:
    module = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)).to(getattr(torch, dtype))
    torch.save(module.state_dict(), tmp_path / "state.pt")
    exact = module.to(torch.float64)
    with torch.no_grad():
        wanted = exact(torch.as_tensor(X, dtype=torch.float64)).numpy()
    module = module.to(getattr(torch, dtype))
    for source in module.state_dict(), tmp_path / "state.pt":
        net = fastnet.load(source, activation="relu")
        assert net.dtype == ("float64" if dtype == "float64" else "float32")
        np.testing.assert_allclose(net.predict_proba(X), wanted, rtol=1e-5, atol=1e-6)
    net = fastnet.load(module)
    np.testing.assert_allclose(net.predict_proba(X), wanted, rtol=1e-5, atol=1e-6)


def test_state_dicts_of_unusual_tensors(tmp_path: Path) -> None:
    square, wide = nn.Linear(6, 6), torch.ones(6, 12)
    state = {
        "a.weight": square.weight,  # it learns
        "a.bias": square.bias.detach(),
        "b.weight": square.weight,  # tied
        "b.bias": torch.arange(12.0)[::2],
        "c.weight": wide.t()[::2, :],  # with gaps, in another order
        "c.bias": torch.zeros(1).expand(6).clone(),
    }
    net = fastnet.load(state, activation="tanh")
    torch.save(state, tmp_path / "state.pt")
    assert fastnet.load(tmp_path / "state.pt", activation="tanh").digest() == net.digest()
    np.testing.assert_array_equal(net.weights[1], square.weight.detach().numpy().T)
    np.testing.assert_array_equal(net.biases[1], np.arange(0, 12, 2))
    arrays = {key: tensor.detach().numpy() for key, tensor in state.items()}
    assert fastnet.load(arrays, activation="tanh").digest() == net.digest()
    sparse = {**state, "c.weight": wide[:, :6].to_sparse()}
    with pytest.raises(ValueError, match="c.weight: no plain tensor"):
        fastnet.load(sparse, activation="tanh")
    with pytest.raises(TypeError, match="c.weight: 3, wanted a tensor or an array"):
        fastnet.load({**state, "c.weight": 3}, activation="tanh")
    with pytest.raises(ValueError, match="activation: none came"):
        fastnet.load(state)


def test_a_net_trained_there_gives_the_same_labels_here() -> None:
    (rows, y), (rows_test, y_test) = fastnet.datasets.load("digits")
    module = nn.Sequential(nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10))
    scaled, labels = torch.as_tensor(rows).float() / 255, torch.as_tensor(y).long()
    optimiser = torch.optim.Adam(module.parameters(), lr=2e-3)
    for _ in range(8):
        for part in torch.randperm(len(scaled)).split(50):
            loss = F.cross_entropy(module(scaled[part]), labels[part])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    net = fastnet.load(module, task="classification", pixels=False)
    wanted = answers(module, rows_test / np.float32(255)).argmax(axis=1)
    assert (net.predict(rows_test) == wanted).all()
    assert net.score(rows_test, y_test) > 0.9
    before = net.score(rows_test, y_test)
    again = fastnet.train(rows, y, init=net, learning_rate=0.01, epochs=2)
    assert again.score(rows_test, y_test) > before
    raw = fastnet.load(nn.Sequential(nn.Linear(784, 10)), task="classification", pixels=True)
    assert raw.predict(rows_test).shape == y_test.shape
