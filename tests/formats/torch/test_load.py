"""Models in from PyTorch: modules and state dicts answer in fastnet as they do there."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from tests.functions import SWISH
from tests.helpers import equal_but_for_rounding, needed, samples

pytestmark = pytest.mark.heavy

X = samples(100, 6)


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import PyTorch, which takes a second, only where these tests run."""
    global F, cases, nn, torch
    torch = needed("torch")
    nn, F = torch.nn, torch.nn.functional
    cases = importlib.import_module("tests.formats.torch.modules")


@pytest.fixture(autouse=True)
def seed(imported: None) -> None:
    torch.manual_seed(0)


def answers(module: Any, rows: Any = X) -> np.ndarray:
    with torch.no_grad():
        return np.asarray(module.eval()(torch.as_tensor(rows).float()).double().numpy())


def test_modules_come_in() -> None:
    for module, activations in cases.COME_IN:
        training = [part.training for part in module.modules()]
        net = fastnet.load(module)
        assert [part.training for part in module.modules()] == training
        assert (net.activations, net.dtype) == (activations, np.float32)
        wanted = answers(module).reshape(len(X), -1)
        equal_but_for_rounding(net.predict_proba(X), wanted)


def test_a_tutorial_s_module_comes_in_with_its_log_softmax() -> None:
    module = cases.Tutorial()
    for net in (
        fastnet.load(module),
        fastnet.load(module, activation="relu", classes=["a", "b", "c"]),
        fastnet.load(nn.Sequential(module)),
    ):
        assert net.activations == ("relu", "relu", "softmax")
        assert net.task == "classification"
        wanted = np.exp(answers(module))
        equal_but_for_rounding(net.predict_proba(X), wanted)
    sequential = nn.Sequential(nn.Linear(6, 3), nn.LogSoftmax(dim=1))
    net = fastnet.load(sequential)
    assert net.activations == ("softmax",)
    assert (net.predict(X) == answers(sequential).argmax(axis=1)).all()


def test_the_caller_says_what_outputs_mean() -> None:
    wanted = answers(cases.MLP)
    labels = fastnet.load(cases.MLP, classes=["a", "b", "c"])
    assert labels.predict(X).tolist() == [["a", "b", "c"][k] for k in wanted.argmax(axis=1)]
    shares = torch.softmax(torch.as_tensor(wanted), 1).numpy()
    equal_but_for_rounding(labels.predict_proba(X), shares)
    several = fastnet.load(cases.MLP, task="multilabel")
    assert (several.predict(X) == (wanted > 0)).all()
    alone = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1))
    both = fastnet.load(alone, classes=["no", "yes"])
    assert ((both.predict(X) == "yes") == (answers(alone)[:, 0] > 0)).all()
    for net, y in (labels, ["a", "b"] * 50), (several, wanted > 0), (both, ["no", "yes"] * 50):
        net.partial_fit(X, np.array(y))
        fastnet.train(X, np.array(y), init=net, epochs=1)


def test_functions_in_a_forward_are_found_or_said() -> None:
    module = cases.Mixed()
    with pytest.raises(ValueError, match=r"model: Mixed does not answer as .* one for each layer"):
        fastnet.load(module)
    net = fastnet.load(module, activation=["leaky-relu", "tanh"])
    wanted = answers(module)
    equal_but_for_rounding(net.predict_proba(X), wanted)
    with pytest.raises(ValueError, match="model: Mixed does not answer as"):
        fastnet.load(module, activation=["relu", "tanh"])
    with torch.no_grad():  # small outputs must agree as well
        module.fc3.weight *= 1e-6
        module.fc3.bias *= 1e-6
    with pytest.raises(ValueError, match="model: Mixed does not answer as"):
        fastnet.load(module, activation=["relu", "tanh"])
    module = cases.Swished()
    net = fastnet.load(module, activation=SWISH)  # your own, compiled by Numba
    equal_but_for_rounding(net.predict_proba(X), answers(module))


def test_what_fastnet_cannot_say_is_refused_by_name() -> None:
    for module, words in cases.REFUSED:
        with pytest.raises(ValueError, match=words) as raised:
            fastnet.load(module)
        assert "\n" not in str(raised.value)


def test_a_sequential_that_does_more_by_hooks_is_refused() -> None:
    module = nn.Sequential(nn.Linear(6, 3))
    module.register_forward_hook(lambda module, rows, out: out * 2)
    with pytest.raises(ValueError, match="model: Sequential does not answer as its Linear layers"):
        fastnet.load(module)
    with pytest.raises(ValueError, match="model: Sequential does not answer as its"):
        fastnet.load(cases.MLP, activation="relu")  # it has a tanh
    with pytest.raises(TypeError, match=r"model: tensor.*, wanted|model: Tensor, wanted"):
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
        equal_but_for_rounding(net.predict_proba(X), wanted)
    net = fastnet.load(module)
    equal_but_for_rounding(net.predict_proba(X), wanted)


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
    with pytest.raises(ValueError, match=r"c.weight: no plain tensor"):
        fastnet.load(sparse, activation="tanh")
    with pytest.raises(TypeError, match=r"c.weight: 3, wanted a tensor or an array"):
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
