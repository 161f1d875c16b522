"""State dicts, as NumPy arrays: layers by keys, and what is refused by name."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet.formats import state
from fastnet.formats.incoming import incoming
from fastnet.formats.loading import Given
from tests.functions import SWISH


def arrays(*sizes: int, keys: Any = None, bias: bool = True, seed: int = 0) -> dict[str, Any]:
    """A state dict of dense layers of these sizes, by these keys."""
    rng = np.random.default_rng(seed)
    made: dict[str, Any] = {}
    for k, (n_in, n_out) in enumerate(pairwise(sizes)):
        key = keys[k] if keys else str(2 * k)
        made[f"{key}.weight"] = rng.normal(size=(n_out, n_in)).astype(np.float32)
        if bias:
            made[f"{key}.bias"] = rng.normal(size=n_out).astype(np.float32)
    return made


@pytest.mark.parametrize("keys", [None, ["fc1", "fc2", "out"], ["net.0", "net.3", "head"]])
@pytest.mark.parametrize("bias", [True, False])
def test_layers_are_in_the_order_of_the_keys(keys: Any, bias: bool) -> None:
    given = arrays(5, 4, 4, 3, keys=keys, bias=bias)
    layers = state.layers_in(given, "relu")
    assert [layer.activation for layer in layers] == ["relu", "relu", "identity"]
    weights = [value for key, value in given.items() if key.endswith("weight")]
    for layer, w in zip(layers, weights, strict=True):
        np.testing.assert_array_equal(layer.weights, w.T)
        assert bias == bool(layer.biases.any())
        assert layer.weights.dtype == layer.biases.dtype == np.float64


def test_a_bias_may_come_first_and_a_bare_layer_has_no_prefix() -> None:
    given = {"bias": np.ones(2), "weight": np.ones((2, 3))}
    [layer] = state.layers_in(given)
    assert layer.weights.shape == (3, 2)
    assert layer.activation == "identity"


def test_without_an_order_numbers_sort_as_numbers() -> None:
    sizes = (4,) * 13
    given = arrays(*sizes)
    wanted = state.layers_in(given, "tanh")
    shuffled = {key: given[key] for key in sorted(given)}  # "10.weight" before "2.weight"
    came = state.layers_in(shuffled, "tanh", in_order=False)
    for one, other in zip(wanted, came, strict=True):
        np.testing.assert_array_equal(one.weights, other.weights)


def test_shapes_tell_the_order_where_keys_do_not() -> None:
    given = arrays(6, 5, 4, 3, keys=["input", "hidden", "output"])
    for came in (
        state.layers_in(given, "relu", in_order=False),
        state.layers_in(dict(reversed(given.items())), "relu"),
    ):
        assert [len(layer.weights) for layer in came] == [6, 5, 4]


@pytest.mark.parametrize(
    "sizes, keys",
    [
        ((8, 8, 8), ["encoder", "decoder"]),
        ((8, 8, 8, 3), ["in", "hidden", "out"]),
        ((9, 6, 4, 6, 9), ["encoder.0", "encoder.2", "decoder.0", "decoder.2"]),
    ],
)
def test_an_order_that_nothing_tells_is_an_error(sizes: Any, keys: Any) -> None:
    given = arrays(*sizes, keys=keys)
    assert [len(layer.weights) for layer in state.layers_in(given, "relu")] == [*sizes[:-1]]
    with pytest.raises(ValueError, match="fit in several orders, wanted keys with numbers") as at:
        state.layers_in(given, "relu", in_order=False)
    assert len(str(at.value)) < 200


@pytest.mark.parametrize(
    "sizes, keys",
    [
        ((8, 8, 8, 8, 3), ["fc1", "fc2", "fc3", "out"]),
        ((6, 8, 8, 8, 3), ["start", "layers.0", "layers.1", "head"]),
        ((4, 6, 4, 6, 4, 3), ["0.up", "0.down", "1.up", "1.down", "head"]),
        ((5, 4, 3), ["layer2", "layer1"]),
    ],
)
def test_shapes_and_numbers_tell_the_order_together(sizes: Any, keys: Any) -> None:
    given = arrays(*sizes, keys=keys)
    wanted = state.layers_in(given, "relu")
    came = state.layers_in({key: given[key] for key in sorted(given)}, "relu", in_order=False)
    for one, other in zip(wanted, came, strict=True):
        np.testing.assert_array_equal(one.weights, other.weights)


def test_many_layers_without_an_order_end_soon() -> None:
    given = {f"{'a' * k}.weight": np.ones((2, 2), np.float32) for k in range(300)}
    given["b.weight"] = np.ones((3, 3), np.float32)  # which fits nowhere
    with pytest.raises(ValueError, match="301 layers whose keys do not tell their order"):
        state.layers_in(given, "relu", in_order=False)


def test_activations_are_those_of_hidden_layers_or_of_all() -> None:
    def named(activation: Any) -> list[Any]:
        return [layer.activation for layer in state.layers_in(arrays(5, 4, 3, 2), activation)]

    assert named("relu") == ["relu", "relu", "identity"]
    assert named(["relu", "tanh"]) == ["relu", "tanh", "identity"]
    assert named(("relu", "tanh", "softmax")) == ["relu", "tanh", "softmax"]
    assert named(SWISH) == [SWISH, SWISH, "identity"]
    assert named([SWISH, "relu"]) == [SWISH, "relu", "identity"]
    with pytest.raises(ValueError, match=r"activation: 1 names, wanted 3"):
        named(["relu"])
    with pytest.raises(ValueError, match=r"activation: none came.*activation='relu'"):
        named(None)
    with pytest.raises(ValueError, match=r"activation: 'gelu', wanted one of"):
        named("gelu")
    with pytest.raises(TypeError, match=r"activation: 3, wanted"):
        named(3)


@pytest.mark.parametrize(
    "key, shape, words",
    [
        ("conv1.weight", (6, 1, 5, 5), "conv1.weight: .*a convolution"),
        ("features.0.weight", (6, 1, 5), "features.0.weight: .*a convolution"),
        ("bn1.weight", (5,), "bn1.weight: .*a normalisation"),
        ("bn1.running_mean", (5,), "bn1.running_mean: .*a batch normalisation"),
        ("lstm.weight_ih_l0", (8, 5), "lstm.weight_ih_l0: .*a recurrent layer"),
        ("attention.in_proj_weight", (15, 5), "an attention"),
        ("fc.weight_g", (5, 1), "fc.weight_g: .*a weight normalisation"),
        ("fc.parametrizations.weight.original0", (5, 1), "original0: .*a parametrization"),
        ("fc.weight_orig", (5, 5), "fc.weight_orig: .*a pruned layer"),
        ("scale", (5,), "scale: .*neither a weight nor a bias"),
        ("scalar.weight", (), "no dense layer"),
        ("fc9.bias", (5,), r"fc9.bias: without fc9.weight"),
    ],
)
def test_what_is_no_dense_layer_is_refused_by_its_key(
    key: str, shape: tuple[int, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        state.layers_in({key: np.ones(shape), **arrays(5, 4, 3)}, "relu")


@pytest.mark.parametrize(
    "key", ["weight_ih_l0", "0.parametrizations.weight.original0", "0.weight_g", "0.weight_orig"]
)
def test_a_state_dict_without_a_dense_layer_is_refused_by_its_key(key: str) -> None:
    with pytest.raises(ValueError, match=rf"{key}: shape \(8, 5\), a .*, wanted dense layers only"):
        fastnet.load({key: np.ones((8, 5)), "0.bias": np.ones(8)}, activation="relu")


def test_shapes_that_do_not_fit_are_refused_by_their_key() -> None:
    given = arrays(5, 4, 3)
    with pytest.raises(ValueError, match=r"2.weight: 6 inputs, wanted 4, the outputs of the layer"):
        state.layers_in({**given, "2.weight": np.ones((3, 6), np.float32)}, "relu")
    with pytest.raises(ValueError, match=r"2.bias: shape \(4,\), wanted \(3,\)"):
        state.layers_in({**given, "2.bias": np.ones(4, np.float32)}, "relu")
    with pytest.raises(TypeError, match=r"0.weight: dtype int8, wanted floating-point numbers"):
        state.layers_in({**given, "0.weight": np.ones((4, 5), np.int8)}, "relu")
    with pytest.raises(ValueError, match="no weights"):
        state.layers_in({})


def test_a_checkpoint_holds_one_state_dict() -> None:
    given = arrays(5, 4, 3)
    optimiser = {"state": {}, "param_groups": [{"lr": 0.1}]}
    for name in ("model_state_dict", "state_dict", "net"):
        checkpoint = {"epoch": 3, name: given, "optimizer_state_dict": optimiser, "loss": 0.3}
        assert state.state_in(checkpoint, "model") is given
    assert state.state_in(given, "model") is given
    with pytest.raises(ValueError, match=r"model: several state dicts, \['model', 'ema'\], want"):
        state.state_in({"model": given, "ema": given}, "model")
    for nothing in {"epoch": 3, "loss": np.ones(3)}, {}:
        with pytest.raises(TypeError, match=r"model: .*, wanted a path, a model, or a state dict"):
            fastnet.load(nothing)


def test_layers_become_a_net() -> None:
    given = arrays(5, 4, 3)
    net = incoming(state.layers_in(given, "tanh"), Given(classes=["a", "b", "c"]), np.float32)
    assert net.activations == ("tanh", "softmax")
    X = np.random.default_rng(1).normal(size=(20, 5)).astype(np.float32)
    z = np.tanh(X @ given["0.weight"].T + given["0.bias"]) @ given["2.weight"].T + given["2.bias"]
    assert net.predict(X).tolist() == [["a", "b", "c"][k] for k in z.argmax(axis=1)]
