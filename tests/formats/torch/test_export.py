"""Models out to PyTorch: its modules and state dicts answer as the net."""

import copy
import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet.kernels.activations import HIDDEN
from fastnet.model.units import Units
from tests.helpers import equal_but_for_rounding, needed, samples

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import PyTorch, which takes a second, only where these tests run."""
    global torch
    torch = needed("torch")


@pytest.fixture(scope="module")
def digits() -> Any:
    (X, y), (X_test, _) = fastnet.datasets.load("digits")
    return X, y, X_test


def answers(module: Any, X: Any) -> np.ndarray:
    with torch.no_grad():
        rows = torch.as_tensor(np.asarray(X)).to(module[0].weight.dtype)
        return np.asarray(module(rows).numpy())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", HIDDEN)
def test_every_activation_gives_the_same_outputs(activation: Any, dtype: str) -> None:
    X = samples(200, 7)
    for loss, last in ("cross-entropy", "softmax"), ("cross-entropy", "sigmoid"), (
        "quadratic", "sigmoid"), ("quadratic", "identity"), ("quadratic", "tanh"), (
        "quadratic", "relu"), ("quadratic", "leaky-relu"):  # fmt: skip
        net = fastnet.Network.initialise(
            (7, 9, 8, 3), (activation, activation, last), loss, dtype, start="normal/n"
        )
        module = fastnet.formats.to_torch(net)
        assert type(module) is torch.nn.Sequential
        assert module[0].weight.dtype == getattr(torch, dtype)
        assert all(p.is_contiguous() and p.requires_grad for p in module.parameters())
        equal_but_for_rounding(answers(module, X), net.predict_proba(X), dtype)
        again = fastnet.load(module)
        assert (again.task, again.loss, again.dtype) == (net.task, net.loss, net.dtype)
        if activation != "scaled-tanh":  # else its factors were folded
            assert again.digest() == net.digest()
            assert again.activations == net.activations


def test_raw_pixels_give_the_same_answers_to_all_test_images(digits: Any) -> None:
    X, y, X_test = digits
    for options in {}, {"activation": "relu", "loss": "cross-entropy"}, {"dtype": "float64"}:
        net = fastnet.train(X, y, hidden=(64, 32), epochs=3, **options)
        dtype = str(net.dtype)
        module = fastnet.formats.to_torch(net)
        came, wanted = answers(module, X_test), net.predict_proba(X_test)
        equal_but_for_rounding(came, wanted, dtype)
        assert (came.argmax(axis=1) == net.predict(X_test)).all()
        about = json.loads(module.fastnet)
        assert about["pixels"] is True
        assert about["classes"] == list(range(10))
        scaled = fastnet.formats.to_torch(net, input="float")
        came = answers(scaled, X_test / 255)
        equal_but_for_rounding(came, wanted, dtype)
        again = fastnet.load(module)
        equal_but_for_rounding(again.predict_proba(X_test), wanted, dtype)
        assert (again.predict(X_test) == net.predict(X_test)).all()


def test_all_test_images_of_mnist_give_the_same_labels(mnist_folder: Path) -> None:
    (X, y), (X_test, _) = fastnet.datasets.load("mnist")
    net = fastnet.train(X, y, hidden=(32,), epochs=1)
    module = fastnet.formats.to_torch(net)
    came = answers(module, X_test)
    equal_but_for_rounding(came, net.predict_proba(X_test))
    assert (came.argmax(axis=1) == net.predict(X_test)).all()


def test_a_regression_answers_in_its_units() -> None:
    X = samples(400, 5)
    y = X[:, 0] - X[:, 1] * X[:, 2]
    net = fastnet.train(X, y, hidden=(20,), epochs=3)
    net.outputs.units = Units(np.array([2000.0]), np.array([30.0]))  # as those of a table
    module = fastnet.formats.to_torch(net)
    wanted = net.predict_proba(X)
    equal_but_for_rounding(answers(module, X), wanted)
    again = fastnet.load(module)
    equal_but_for_rounding(again.predict(X), net.predict(X))
    assert again.task == "regression"


def test_the_module_is_like_any_other(digits: Any, tmp_path: Path) -> None:
    X, y, X_test = digits
    net = fastnet.train(X, y, hidden=(16,), epochs=1)
    module = fastnet.formats.to_torch(net)
    wanted = answers(module, X_test)
    for other in copy.deepcopy(module), pickle.loads(pickle.dumps(module)):
        np.testing.assert_array_equal(answers(other, X_test), wanted)
        assert other.fastnet == module.fastnet
    np.testing.assert_array_equal(answers(module.train(), X_test), wanted)
    assert [*module.state_dict()] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    # It goes on learning there, and comes back.
    optimiser = torch.optim.SGD(module.parameters(), lr=1e-3)
    rows, labels = torch.as_tensor(X).float(), torch.eye(10)[torch.as_tensor(y).long()]
    before = ((module(rows) - labels) ** 2).mean()
    for _ in range(5):
        loss = ((module(rows) - labels) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < before
    again = fastnet.load(module)
    assert (again.predict(X_test) == answers(module, X_test).argmax(axis=1)).all()
    assert (again.task, again.loss) == (net.task, net.loss)


def test_a_file_is_a_state_dict_that_says_the_rest(digits: Any, tmp_path: Path) -> None:
    X, y, X_test = digits
    labels = np.array([f"digit {k}" for k in range(10)])
    net = fastnet.train(X, labels[y], hidden=(16,), activation="tanh", epochs=1)
    path = tmp_path / "net.pt"
    report = fastnet.formats.export(net, "torch", path)
    assert report["bytes"] == path.stat().st_size
    module = eval(report["module"], {"nn": torch.nn})
    module.load_state_dict(torch.load(path, weights_only=True))
    wanted = net.predict_proba(X_test)
    equal_but_for_rounding(answers(module, X_test), wanted)
    for source in path, torch.load(path, weights_only=True):
        again = fastnet.load(source)
        assert again.predict(X_test).tolist() == net.predict(X_test).tolist()
        assert again.activations == net.activations
        again.partial_fit(X[:100], labels[y[:100]])
    assert os.listdir(tmp_path) == ["net.pt"]


def test_what_a_sequential_cannot_say_is_refused_by_name(tmp_path: Path) -> None:
    X, y = samples(60, 4), np.arange(60) % 3
    path = tmp_path / "net.pt"
    nets = fastnet.train_seeds(X, y, 2, epochs=1)
    table = fastnet.train(X, y, encode="table", epochs=1)
    scaled = fastnet.Network.initialise((4, 3), ("scaled-tanh",))
    broken = fastnet.Network.initialise((4, 3), ("sigmoid",))
    broken.weights[0][0, 0] = np.nan
    for model, words in (
        (nets, "model: an Ensemble, .*ONNX"),
        (table, "model: it encodes the columns of tables, .*ONNX"),
        (scaled, "activation: 'scaled-tanh' in layer 0, but PyTorch has only"),
        (broken, "model: NaN or infinite"),
    ):
        for out in (
            lambda m: fastnet.formats.to_torch(m),
            lambda m: fastnet.formats.export(m, "torch", path),
        ):
            with pytest.raises(ValueError, match=words) as raised:
                out(model)
            assert "\n" not in str(raised.value)
    with pytest.raises(TypeError, match="model: dict, wanted"):
        fastnet.formats.to_torch({})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="input: 'int8', wanted"):
        fastnet.formats.to_torch(nets[0], input="int8")
    far = fastnet.train(X, X[:, 0], hidden=(4,), epochs=1)
    far.outputs.units = Units(np.array([0.0]), np.array([1e300]))
    with pytest.raises(ValueError, match="model: weights of layer 1 in raw units overflow float32"):
        fastnet.formats.to_torch(far)
    assert not [*tmp_path.iterdir()]
    with pytest.raises(OSError):
        fastnet.formats.export(nets[0], "torch", tmp_path / "none" / "net.pt")
