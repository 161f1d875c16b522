"""Network: made, read, copied, asked, saved and loaded; and files that are not what they seem."""

import copy
import io
import json
import os
import pickle
import zipfile
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fastnet import Network, archive, datasets, load, network, reference, train
from fastnet.reference import Net
from tests.functions import SWISH
from tests.helpers import COMPILED, python, samples

W = [np.arange(12).reshape(3, 4) / 8, np.arange(8).reshape(4, 2) / -16]
B = [np.arange(4) / 4, np.array([0.5, -0.25])]


def small(**options: Any) -> Network:
    """A net that has learned a little."""
    X, y = samples(20, 5), np.arange(20) % 3
    return train(X, y, **{"hidden": (4,), "epochs": 2, **options})


# Random nets ----------------------------------------------------------------------------------


def test_a_random_net_is_as_documented():
    net = Network.initialise((300, 200, 100, 10), ["relu", "tanh", "softmax"], "cross-entropy")
    bounds = [np.sqrt(6 / 300), np.sqrt(6 / 300), np.sqrt(6 / 110)]
    for weights, bound in zip(net.weights, bounds, strict=True):
        assert 0.99 * bound < weights.max() <= bound * (1 + 1e-7)
        assert -bound * (1 + 1e-7) <= weights.min() < -0.99 * bound
        assert abs(weights.mean()) < 5 * bound / np.sqrt(3 * weights.size)  # five deviations
        assert weights.std() == pytest.approx(bound / np.sqrt(3), rel=0.05)
    assert not any(biases.any() for biases in net.biases)
    assert net.seed == 0 and net.history == [] and net.classes is None


def test_every_start_is_as_documented():
    def drawn(start: Any, seed: int = 0) -> list[np.ndarray]:
        activations = ["relu", "leaky-relu"]
        return Network.initialise((300, 200, 100), activations, seed=seed, start=start).weights

    glorot, he = np.sqrt(6 / np.array([500, 300])), np.sqrt(6 / np.array([300, 200]))
    for start, low, high in [
        ("glorot", -glorot, glorot),
        ("he", -he, he),
        (None, -he, he),
        ((-0.5, 0.25), [-0.5] * 2, [0.25] * 2),
    ]:
        for weights, least, most in zip(drawn(start), low, high, strict=True):
            spread = most - least
            assert least <= weights.min() < least + 0.01 * spread
            assert most - 0.01 * spread < weights.max() <= most * (1 + 1e-7)
            assert weights.mean() == pytest.approx((least + most) / 2, abs=0.02 * spread)
            assert weights.std() == pytest.approx(spread / np.sqrt(12), rel=0.05)
    for start, sigmas in [("normal", [1, 1]), ("normal/n", 1 / np.sqrt([300, 200]))]:
        for weights, sigma in zip(drawn(start), sigmas, strict=True):
            share = np.mean(np.abs(weights) < sigma)
            assert weights.std() == pytest.approx(sigma, rel=0.05)
            assert share == pytest.approx(0.6827, abs=0.02), "normal, not uniform"
    for start in ("glorot", "he", "normal", "normal/n", (-1, 1)):
        one, same, other = (drawn(start, seed=seed)[0] for seed in (1, 1, 2))
        assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert [w.tolist() for w in drawn((0.5, 0.5))] == [[[0.5] * 200] * 300, [[0.5] * 100] * 200]


def test_a_start_from_arrays():
    net = Network.initialise((3, 4, 2), ["tanh"] * 2, dtype="float64", start=W)
    assert all(np.array_equal(a, b) for a, b in zip(net.weights, W, strict=True))
    assert not any(np.shares_memory(a, b) for a, b in zip(net.weights, W, strict=True))
    assert not any(biases.any() for biases in net.biases)
    lists = [w.tolist() for w in W]
    lists = train(samples(8, 3), np.arange(8) % 2, hidden=(4,), epochs=0, start=lists)
    assert all(np.array_equal(a, b) for a, b in zip(lists.weights, W, strict=True))


def test_the_seed_decides_the_start():
    def start(**options: Any) -> str:
        return Network.initialise((5, 4), ["tanh"], **options).digest()

    assert start(seed=1) == start(seed=1) != start(seed=2)
    assert start(dtype="float32") != start(dtype="float64")
    wide = Network.initialise((5, 4), ["tanh"], dtype="float64").weights[0]
    narrow = Network.initialise((5, 4), ["tanh"]).weights[0]
    assert np.array_equal(wide.astype("float32"), narrow)


def test_what_the_digest_sees():
    net = small()
    seen = {net.digest()}
    for array in (*net.weights, *net.biases):
        for place in np.ndindex(array.shape):
            old = array[place]
            array[place] = np.nextafter(old, np.float32(9))
            seen.add(net.digest())
            array[place] = old
    assert len(seen) == 1 + sum(array.size for array in (*net.weights, *net.biases))
    assert net.digest() in seen
    assert net.digest() == small().digest()


# From weights ---------------------------------------------------------------------------------


def test_from_weights():
    net = Network.from_weights(W, B, activation="relu", loss="quadratic")
    assert net.sizes == (3, 4, 2)
    assert net.activations == ("relu", "sigmoid")
    assert net.dtype == np.float64  # as the weights
    assert net.classes.tolist() == [0, 1]
    assert net.seed is None and net.history == []
    for own, given_ in zip([*net.weights, *net.biases], [*W, *B], strict=True):
        assert np.array_equal(own, given_)
        assert not np.shares_memory(own, given_)
    judge = Net(W, B, ["relu", "sigmoid"])
    x = samples(1, 3)
    np.testing.assert_allclose(net.predict_proba(x)[0], judge.feed_forward(x[0])[1][-1], rtol=1e-14)
    assert repr(net) == "Network(3-4-2, relu, sigmoid, quadratic, float64)"


@pytest.mark.parametrize(
    ("activation", "loss", "outputs", "activations", "classes"),
    [
        ("tanh", "quadratic", 2, ("tanh", "sigmoid"), [0, 1]),
        ("tanh", "quadratic", 1, ("tanh", "identity"), None),
        ("tanh", "cross-entropy", 2, ("tanh", "softmax"), [0, 1]),
        ("tanh", "cross-entropy", 1, ("tanh", "sigmoid"), None),
        (("relu", "identity"), "quadratic", 2, ("relu", "identity"), None),
        (["relu", "sigmoid"], "cross-entropy", 2, ("relu", "sigmoid"), [0, 1]),
    ],
)
def test_what_from_weights_takes_the_outputs_for(activation, loss, outputs, activations, classes):
    weights, biases = [W[0], W[1][:, :outputs]], [B[0], B[1][:outputs]]
    net = Network.from_weights(weights, biases, activation, loss)
    assert net.activations == activations
    assert (None if net.classes is None else net.classes.tolist()) == classes


def test_from_weights_takes_lists_and_other_dtypes():
    lists = Network.from_weights([w.tolist() for w in W], [b.tolist() for b in B])
    assert lists.dtype == np.float64
    single = Network.from_weights([w.astype("f4") for w in W], [b.astype("f4") for b in B])
    assert single.dtype == np.float32
    assert Network.from_weights(W, B, dtype="float32").digest() == single.digest()
    fortran = Network.from_weights([np.asfortranarray(w) for w in W], B)
    assert fortran.digest() == lists.digest()
    assert Network.from_weights([[[1, 2], [3, 4]]], [[0, 1]]).dtype == np.float32


def test_labels_given_to_from_weights():
    classes = np.array(["no", "yes"])
    net = Network.from_weights(W, B, classes=classes)
    classes[:] = "??"
    assert net.classes.tolist() == ["no", "yes"]
    assert set(net.predict(samples(9, 3))) <= {"no", "yes"}


BAD_WEIGHTS: dict[str, tuple[dict[str, Any], Any, str]] = {
    "no layers": ({"weights": [], "biases": []}, ValueError, r"weights: shapes \[\]"),
    "a vector": ({"weights": [W[0], W[1][0]]}, ValueError, r"weights: shapes .*\(2,\)"),
    "a cube": ({"weights": [W[0][None], W[1]]}, ValueError, "weights: shapes"),
    "a layer too many": ({"weights": [*W, W[1]]}, ValueError, "biases: 2, wanted 3"),
    "biases too many": ({"biases": [*B, B[1]]}, ValueError, "biases: 3, wanted 2"),
    "no chain": ({"weights": [W[0], W[1][:3]]}, ValueError, r"weights\[1\]: shape \(3, 2\), want"),
    "short biases": ({"biases": [B[0], B[1][:1]]}, ValueError, r"biases\[1\]: shape \(1,\), want"),
    "a scalar bias": ({"biases": [B[0], 1.0]}, ValueError, r"biases\[1\]: shape \(\), wanted"),
    "NaN": ({"weights": [W[0] * np.nan, W[1]]}, ValueError, "NaN or infinite"),
    "infinity": ({"biases": [B[0], B[1] * np.inf]}, ValueError, "NaN or infinite"),
    "activation": ({"activation": "gelu"}, ValueError, "activation: 'gelu'"),
    "too few": ({"activation": ["relu"]}, ValueError, "activation: 1 names, wanted 2"),
    "loss": ({"loss": "hinge"}, ValueError, "loss: 'hinge'"),
    "dtype": ({"dtype": "float16"}, ValueError, "dtype: 'float16'"),
    "classes": ({"classes": [1, 2, 3]}, ValueError, r"classes: shape \(3,\), wanted \(2,\)"),
    "a class": ({"classes": 1}, ValueError, r"classes: shape \(\), wanted a row"),
    "no labels": ({"classes": [0.5, 1]}, TypeError, "classes: dtype float64, wanted integers or"),
    "objects": ({"classes": np.array(["a", 1], object)}, TypeError, "classes: words .* whole"),
}


@pytest.mark.parametrize("kind", BAD_WEIGHTS)
def test_bad_weights_are_named(kind):
    options, error, message = BAD_WEIGHTS[kind]
    with pytest.raises(error, match=message) as caught:
        Network.from_weights(**{"weights": W, "biases": B, **options})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("sizes", [(3, 0), (0, 3), (3, -1), (3, 2.0), (3, True), (3, "2")])
def test_bad_sizes_are_named(sizes):
    with pytest.raises(ValueError, match=r"sizes: .*, wanted a whole number >= 1"):
        Network.initialise(sizes, ["relu"])
    with pytest.raises(ValueError, match="activations: 2 names, wanted 1"):
        Network.initialise((3, 2), ["relu", "relu"])


# Parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [(5, 3), (1, 1, 1), (20, 16, 17), (7, 64, 65, 2)], ids=str)
def test_weights_and_biases_are_views(sizes, dtype):
    net = Network.initialise(sizes, ["tanh"] * (len(sizes) - 1), dtype=dtype)
    assert [w.shape for w in net.weights] == [*pairwise(sizes)]
    assert [b.shape for b in net.biases] == [(n,) for n in sizes[1:]]
    x = np.ones((1, sizes[0]))
    outputs, digest = net.predict_proba(x), net.digest()
    for array in (*net.weights, *net.biases):
        assert array.dtype == dtype
        old = array.copy()
        array += 0.5
        assert net.digest() != digest
        assert not np.array_equal(net.predict_proba(x), outputs)
        array[:] = old
        assert net.digest() == digest
    for array in (*net.weights, *net.biases):
        array[:] = 0
    assert net.digest() == Network(sizes, ["tanh"] * (len(sizes) - 1), "quadratic", dtype).digest()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", [*reference.TRANSFER, SWISH])
def test_what_lies_between_the_weights_stays_0(activation, dtype):
    X, y = samples(20, 5) + 1, np.arange(20) % 3
    for loss in network.LOSSES:
        net = train(X, y, hidden=(17, 3), activation=activation, loss=loss, epochs=2, dtype=dtype)
        for array in (*net.weights, *net.biases):
            assert array.any()
            array[:] = 0
        assert not net._params.any()


def test_a_copy_shares_nothing():
    net = small()
    twin = net.copy()
    for own, other in zip(
        [*net.weights, *net.biases, net.classes], [*twin.weights, *twin.biases, twin.classes],
        strict=True,
    ):  # fmt: skip
        assert np.array_equal(own, other) and not np.shares_memory(own, other)
    assert twin.history == net.history and twin.run == net.run
    twin.run["options"]["seed"] = 9
    assert net.run["options"]["seed"] == 0
    twin.history[0]["loss"] = -1.0
    twin.history.pop()
    assert len(net.history) == 2 and net.history[0]["loss"] > 0
    assert (twin.sizes, twin.activations, twin.seed) == (net.sizes, net.activations, net.seed)
    twin.weights[0][:] = 1
    assert net.digest() == small().digest() != twin.digest()


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_nets_go_to_other_processes(clone):
    net, X = small(), samples(20, 5)
    twin = clone(net)
    assert twin.digest() == net.digest()
    assert twin.run == net.run and net.run["options"]["epochs"] == 2
    assert np.array_equal(twin.predict_proba(X), net.predict_proba(X))
    y = np.arange(20) % 3
    assert train(X, y, init=twin, epochs=1).digest() == train(X, y, init=net, epochs=1).digest()
    assert not np.shares_memory(twin.weights[0], net.weights[0])


def out_of_band(net: Network) -> tuple[Network, Network]:
    """Two nets from one pickle whose buffers they are given: read-only, and the same."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(net, protocol=5, buffer_callback=buffers.append)
    shared = [bytes(buffer) for buffer in buffers]
    assert shared  # the weights are among them
    return pickle.loads(data, buffers=shared), pickle.loads(data, buffers=shared)


CLONES = {
    "pickle": lambda net: pickle.loads(pickle.dumps(net)),
    "buffers": lambda net: out_of_band(net)[0],
    "copy": Network.copy,
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "init": lambda net: train(np.zeros((1, 5)), net.classes[:1], init=net, epochs=0),
}


@pytest.mark.parametrize("clone", CLONES.values(), ids=list(CLONES))
@pytest.mark.parametrize("averaged", [False, True])
def test_every_copy_has_memory_of_its_own(clone, averaged):
    net = small(average=0.5) if averaged else small()
    net.predict_one(samples(20, 5)[0])  # with views of one sample made ready
    twin, digest, X, y = clone(net), net.digest(), samples(20, 5), np.arange(20) % 3
    assert twin.digest() == digest and twin.classes.tolist() == net.classes.tolist()
    for one in filter(None, [twin, twin.last]):
        assert one._params.flags.writeable and one._params.ctypes.data % 64 == 0
        assert not np.shares_memory(one._params, net._params)
    twin.learn_one(X[0], 1)
    twin.partial_fit(X, y)
    twin.weights[0] += 1
    assert net.digest() == digest != twin.digest()
    assert set(map(type, twin.__getstate__()["_singles"])) == set()


def test_nets_from_the_same_buffers_learn_apart():
    one, two = out_of_band(small())
    digest = two.digest()
    one.partial_fit(samples(20, 5), np.arange(20) % 3)
    one.learn_one(samples(20, 5)[0], 2)
    assert two.digest() == digest != one.digest()


def test_a_net_from_a_mapped_file_learns_and_leaves_the_file(tmp_path):
    """In another process: where it went wrong, Python died."""
    import joblib
    path, net = tmp_path / "net.joblib", small()
    joblib.dump([net, net.copy()], path)
    before = path.read_bytes()
    code = """
import sys, joblib, numpy as np
from tests.helpers import samples
X, y = samples(20, 5), np.arange(20) % 3
for mode in (None, "r", "r+", "c"):
    net, other = joblib.load(sys.argv[1], mmap_mode=mode)
    net.predict(X), net.learn_one(X[0], 1), net.partial_fit(X, y)
    print(net.digest(), other.digest())
"""
    lines = python(code, str(path)).stdout.splitlines()
    digest = net.digest()
    net.learn_one(samples(20, 5)[0], 1)
    net.partial_fit(samples(20, 5), np.arange(20) % 3)
    assert lines == [f"{net.digest()} {digest}"] * 4
    assert path.read_bytes() == before


def test_nets_of_a_megabyte_learn_in_workers():
    """joblib hands arrays of that size to its workers as read-only maps."""
    code = """
import joblib, numpy as np, fastnet

def tuned(net, X, y):
    net.learn_one(X[0], y[0])
    return net.partial_fit(X, y).digest()

net = fastnet.Network.initialise((300, 1000, 2), ["relu", "sigmoid"], classes=[0, 1])
X, y = np.random.default_rng(0).standard_normal((40, 300)), np.arange(40) % 2
parts = [(net, X[k::2], y[k::2]) for k in range(2)]
there = joblib.Parallel(2, max_nbytes="100K")(joblib.delayed(tuned)(*part) for part in parts)
assert there == [tuned(net.copy(), X, y) for net, X, y in parts], there
"""
    python(code)


def unaligned(array: np.ndarray) -> np.ndarray:
    """The same numbers, at an odd address."""
    room = np.zeros(array.nbytes + 1, np.uint8)
    odd = np.ndarray(array.shape, array.dtype, room, 1)
    odd[...] = array
    assert array.itemsize == 1 or not odd.flags.aligned
    return odd


def fields(array: np.ndarray) -> np.ndarray:
    """The same numbers, between others in a table of records."""
    table = np.zeros(len(array), [("mark", "u1"), ("it", array.dtype, array.shape[1:])])
    table["it"] = array
    return table["it"]


def mapped(array: np.ndarray, path: Path) -> np.ndarray:
    """The same numbers in a file, from its third byte on, mapped to be read only."""
    path.write_bytes(b"###" + array.tobytes())
    return np.memmap(path, array.dtype, "r", offset=3, shape=array.shape)


def read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # up to 21
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("X_dtype", ["f4", "f8", ">f4", ">f8", "u1", "i2"])
@pytest.mark.parametrize("y_dtype", ["f4", ">f8", "i4"])
def test_it_does_not_matter_where_the_numbers_lie(dtype, X_dtype, y_dtype, tmp_path):
    X, y = np.abs(samples(30, 7) * 9).astype(X_dtype), (samples(30, 2) * 5).astype(y_dtype)
    if y_dtype == "i4":
        y = y[:, 0]

    def learned(X: np.ndarray, y: np.ndarray) -> str:
        net = train(X, y, hidden=(5,), epochs=1, dtype=dtype, learning_rate=1e-3)
        net.partial_fit(X, y, 1e-3)
        for x, target in zip(X[:5], y[:5], strict=True):
            net.learn_one(x, target, 1e-3)
        net.score(X, y), net.predict(X), net.predict_one(X[0])
        return net.digest()

    wanted = learned(X, y)
    for where in (unaligned, fields, read_only, np.asfortranarray):
        assert learned(where(X), where(y)) == wanted, where
    assert learned(mapped(X, tmp_path / "X"), mapped(y, tmp_path / "y")) == wanted


def test_sparse_numbers_at_odd_addresses():
    from scipy import sparse
    X, y = samples(30, 7), np.arange(30) % 3
    wanted, rows = train(X, y, hidden=(5,), epochs=1).digest(), sparse.csr_array(X)
    parts = {name: getattr(rows, name) for name in ("data", "indices", "indptr")}
    for where in (unaligned, read_only):
        for name, part in parts.items():
            setattr(rows, name, where(part))
        assert train(rows, y, hidden=(5,), epochs=1).digest() == wanted


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_that_are_set_are_copied(dtype):
    net = small(dtype=dtype)
    X, rng = samples(20, 5), np.random.default_rng(3)
    net.predict_one(X[0])
    for kind in ("weights", "biases"):
        for k in range(2):
            new = rng.standard_normal(getattr(net, kind)[k].shape)
            getattr(net, kind)[k] = new
            assert np.array_equal(getattr(net, kind)[k], new.astype(dtype))
            assert not np.shares_memory(getattr(net, kind)[k], new)
    same = Network.from_weights(net.weights, net.biases, "sigmoid", classes=net.classes)
    assert net.digest() == same.digest()
    assert np.array_equal(net.predict_proba(X), same.predict_proba(X))
    assert [net.predict_one(x) for x in X] == same.predict(X).tolist()
    net.weights[-1] = net.weights[-1].tolist()
    net.weights[0] += 0.5
    net.weights[0] -= 0.5
    other = Network(net.sizes, net.activations, net.loss, dtype, net.classes)
    other.weights, other.biases = same.weights, [b.tolist() for b in same.biases]
    assert other.digest() == same.digest()
    other.weights = iter(reversed([*reversed(net.weights)]))
    assert len(other.weights) == 2 and [*other.weights, *other.biases]


BAD_SETS: dict[str, tuple[Any, Any, str]] = {
    "a number": (0.0, ValueError, r"^weights\[1\]: shape \(\), wanted \(4, 3\)"),
    "transposed": (np.zeros((3, 4)), ValueError, r"^weights\[1\]: shape \(3, 4\), wanted \(4"),
    "NaN": (np.full((4, 3), np.nan), ValueError, r"^weights\[1\]: NaN or infinite, wanted finite"),
    "too large": (np.full((4, 3), 1e300), ValueError, r"^weights\[1\]: .* within float32"),
    "complex": (np.zeros((4, 3)) * 1j, TypeError, r"^weights\[1\]: dtype complex128, wanted real"),
    "words": (np.full((4, 3), "1"), TypeError, r"^weights\[1\]: dtype <U1, wanted real numbers"),
    "ragged": ([[1, 2, 3], [4]], ValueError, r"^weights\[1\]: rows of different lengths"),
}


@pytest.mark.parametrize("kind", BAD_SETS)
def test_weights_that_do_not_fit_are_named_and_change_nothing(kind):
    value, error, said = BAD_SETS[kind]
    net, digest = small(), small().digest()
    with pytest.raises(error, match=said):
        net.weights[1] = value
    with pytest.raises(error, match=said):
        net.weights = [np.ones((5, 4)), value]
    with pytest.raises(error, match=r"^weights(\[1\])?: "):
        Network.from_weights([net.weights[0], value], net.biases, dtype="float32")
    with pytest.raises((ValueError, TypeError), match=r"^biases\[1\]: "):
        net.biases = [net.biases[0], value]
    assert net.digest() == digest


def test_what_is_no_list_of_weights():
    net = small()
    for value in (5, None, "ab", {}, np.array(3)):
        for name, act in (
            ("weights", lambda: setattr(net, "weights", value)),  # noqa: B023
            ("biases", lambda: setattr(net, "biases", value)),  # noqa: B023
            ("weights", lambda: Network.from_weights(value, net.biases)),  # noqa: B023
            ("biases", lambda: Network.from_weights(net.weights, value)),  # noqa: B023
        ):
            with pytest.raises(TypeError, match=f"^{name}: .*, wanted a sequence of arrays, one "):
                act()
    with pytest.raises(ValueError, match=r"^weights: 1 arrays, wanted 2, one for each layer"):
        net.weights = net.weights[:1]
    with pytest.raises(IndexError):
        net.weights[2] = 0
    with pytest.raises(AttributeError):
        net.weights.append(net.weights[0])


def test_classes_that_are_set_are_those_of_all_answers():
    net, X = small(), samples(20, 5)
    old = [net.predict_one(x) for x in X]
    for classes in (["a", "b", "c"], np.array([7, 8, 9]), [b"x", b"y", b"zz"]):
        net.classes = classes
        wanted = [classes[k] for k in old]
        assert net.predict(X).tolist() == [net.predict_one(x) for x in X] == wanted
        net.learn_one(X[0], classes[1], 0.0)
        net.partial_fit(X, net.predict(X), 0.0)
        with pytest.raises(ValueError, match=r"^y: label 3 is none of the net's classes"):
            net.learn_one(X[0], 3)
        assert pickle.loads(pickle.dumps(net)).predict(X).tolist() == wanted
    given = np.array(["p", "q", "r"])
    net.classes = given
    given[:] = "?"
    assert net.classes.tolist() == ["p", "q", "r"]
    net.classes = None
    assert net.predict(X).shape == (20, 3)
    with pytest.raises(ValueError, match=r"^y: "):
        net.learn_one(X[0], "p")


@pytest.mark.parametrize(
    ("classes", "error", "said"),
    [
        ([1, 2], ValueError, r"^classes: shape \(2,\), wanted \(3,\), one an output"),
        ("abc", ValueError, r"^classes: shape \(\), wanted a row of labels"),
        ([[1, 2, 3]], ValueError, r"^classes: shape \(1, 3\), wanted a row of labels"),
        ([[1], [2, 3], 4], ValueError, "^classes: rows of different lengths"),
        ([1, 2, 1], ValueError, "^classes: one of them comes twice"),
        ([0.5, 1, 2], TypeError, "^classes: dtype float64, wanted integers or strings"),
        (["a", None, "b"], ValueError, "^classes: 1 missing value in row 1"),
    ],
)
def test_classes_that_do_not_fit_are_refused_wherever_they_come(classes, error, said):
    net, X = small(), samples(20, 5)
    answers = net.predict(X).tolist()
    for act in (
        lambda: setattr(net, "classes", classes),
        lambda: Network(net.sizes, net.activations, net.loss, classes=classes),
        lambda: Network.from_weights(net.weights, net.biases, classes=classes),
    ):
        with pytest.raises(error, match=said):
            act()
    assert net.predict(X).tolist() == [net.predict_one(x) for x in X] == answers
    with pytest.raises(ValueError, match="read-only"):
        net.classes[0] = 1
    assert net.copy().classes.tolist() == net.classes.tolist()


@pytest.mark.parametrize(
    "activations", ["sigmoid", np.array("relu"), 5, None, {"relu"}, SWISH], ids=type
)
@pytest.mark.parametrize("sizes", [(4, 3, 2), (4, 2)])
def test_one_activation_is_told_that_there_is_one_for_each_layer(activations, sizes):
    name = str(activations) if isinstance(activations, str | np.ndarray) else "sigmoid"
    wanted = ", ".join([repr(name)] * (len(sizes) - 1))
    for make in (Network.initialise, lambda *a: Network(*a, "quadratic")):
        with pytest.raises(TypeError, match=r"^activations: .*, wanted one for each layer") as one:
            make(sizes, activations)
        assert wanted in str(one.value) and "\n" not in str(one.value)


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        (5, r"^sizes: 5, wanted a sequence of sizes such as \(5,\)"),
        ("784,10", r"^sizes: '784,10', wanted a sequence of sizes such as \(784, 10\)"),
        ((), r"^sizes: \(\), wanted those of inputs and outputs, such as \(784, 10\)"),
        ((3,), r"^sizes: \(3,\), wanted those of inputs and outputs"),
        ({4, 3}, r"^sizes: \{3, 4\}, wanted a sequence"),
        ((10**30, 2), r"^sizes: 10+, wanted a whole number from 1 to"),
        ((10**12, 10**12), "^sizes: .* make 1.0e[+]24 parameters"),
    ],
)
def test_what_are_no_sizes(sizes, said):
    for make in (Network.initialise, lambda *a: Network(*a, "quadratic")):
        with pytest.raises((ValueError, TypeError), match=said):
            make(sizes, ["sigmoid"])


@pytest.mark.parametrize("path", [2, 0, True, 5.0, None, b"net.npz", ""])
def test_only_paths_are_written_and_read(path):
    net = small()
    for act in (net.save, load, net.history.to_csv, net.history.to_json):
        with pytest.raises(TypeError, match=r"^path: .*, wanted a path$"):
            act(path)


def test_what_load_takes_for_functions(tmp_path):
    small(activation=SWISH).save(tmp_path / "net.npz")
    with pytest.raises(TypeError, match=r"^activation: 5, wanted \(f, f_prime\)"):
        load(tmp_path / "net.npz", activation=5)  # type: ignore[arg-type]


# Answers --------------------------------------------------------------------------------------


def test_answers_of_a_classifier():
    X = samples(20, 5)
    net = train(X, np.array(["b", "c", "a", "b"] * 5), hidden=(4,), loss="cross-entropy", epochs=2)
    outputs = net.predict_proba(X)
    assert outputs.shape == (20, 3) and outputs.dtype == np.float32
    np.testing.assert_allclose(outputs.sum(axis=1), 1, rtol=1e-6)
    assert net.predict(X).tolist() == [("a", "b", "c")[k] for k in outputs.argmax(axis=1)]
    assert [net.predict(x[None])[0] for x in X] == net.predict(X).tolist()
    assert net.score(X, net.predict(X)) == 1
    assert all(
        np.array_equal(net.predict_proba(x[None])[0], o) for x, o in zip(X, outputs, strict=True)
    )


def test_equal_outputs_go_to_the_first_label():
    net = Network.from_weights([np.zeros((2, 3))], [np.zeros(3)], classes=["x", "y", "z"])
    assert net.predict(np.eye(2)).tolist() == ["x", "x"]


def test_r_squared():
    net = Network.from_weights([np.eye(2)], [np.zeros(2)], ["identity"])
    X = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 4.0]])
    assert net.score(X, X) == 1
    # mean of the columns' 1 - rest / spread: 1 - 3 / 2, 1 - 3 / 6
    assert net.score(X, X + 1) == pytest.approx((-0.5 + 0.5) / 2, abs=1e-12)
    assert net.score(X, np.broadcast_to(X.mean(axis=0), X.shape)) == 0  # constant and missed
    assert net.score(X[:1], X[:1]) == 1  # constant and met
    assert net.score(X[:1], X[:1] + 5) == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("value", [0.1, -1e-3, 1e5 / 3, 1e-30])
def test_r_squared_of_targets_that_differ_by_rounding(value, dtype):
    """The mean of equal numbers is another one, by rounding."""
    net = Network.from_weights([np.zeros((1, 1))], [[value]], ["identity"], dtype=dtype)
    X = np.zeros((1000, 1))
    y = np.full(1000, value)
    assert net.score(X, y) == 1
    eps = np.finfo(dtype).eps
    assert net.score(X, y * (1 + eps / 4 * (np.arange(1000) % 2))) == 1
    assert net.score(X, 2 * y) == 0


def test_predicting_in_threads():
    (X, _), _ = datasets.load("digits")
    n = 2000 if COMPILED else 12
    net = Network.initialise((784, 20, 10), ["tanh", "sigmoid"], classes=range(10))
    wanted = [net.predict_proba(X[k * n : (k + 1) * n]) for k in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(3 if COMPILED else 1):
            said = threads.map(lambda k: net.predict_proba(X[k * n : (k + 1) * n]), range(4))
            assert all(np.array_equal(a, b) for a, b in zip(said, wanted, strict=True))


# Files ----------------------------------------------------------------------------------------

KINDS: dict[str, Any] = {
    "integers": lambda X: train(X, np.arange(20) % 3 * 5 - 1, epochs=2),
    "bytes": lambda X: train(X, (np.arange(20) % 3).astype("u1"), hidden=(), epochs=1),
    "strings": lambda X: train(X, np.array(["né", "日本", "x" * 40, ""] * 5), epochs=1),
    "byte strings": lambda X: train(X, np.array([b"a", b"bc"] * 10), hidden=(3,), epochs=1),
    "truth values": lambda X: train(X, np.arange(20) > 9, hidden=(3,), epochs=1),
    "big-endian labels": lambda X: train(X, (np.arange(20) % 3).astype(">i2"), epochs=1),
    "regression": lambda X: train(X, X[:, :2], hidden=(17,) * 3, activation="tanh", epochs=2),
    "several labels": lambda X: train(X, X > 0, loss="cross-entropy", dtype="float64", epochs=1),
    "validated": lambda X: train(X, X, validation_data=(X, X), seed=2**100, epochs=2),
    "untrained": lambda X: Network.initialise((5, 2), ["relu"], seed=np.int64(3)),
    "from weights": lambda X: Network.from_weights([np.eye(5)], [np.ones(5)], ["identity"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_net_comes_back_bit_for_bit(kind, tmp_path):
    X = samples(20, 5)
    net = KINDS[kind](X)
    net.save(tmp_path / "model")
    again = load(str(tmp_path / "model"))
    assert os.listdir(tmp_path) == ["model"]
    assert again.digest() == net.digest()
    for name in ("sizes", "activations", "loss", "dtype", "seed", "history", "version", "run"):
        assert getattr(again, name) == getattr(net, name), name
        assert type(getattr(again, name)) is type(getattr(net, name)), name
    if net.classes is None:
        assert again.classes is None
    else:
        assert again.classes.dtype == net.classes.dtype
        assert again.classes.tolist() == net.classes.tolist()
    assert np.array_equal(again.predict_proba(X), net.predict_proba(X))
    assert again.predict(X).tolist() == net.predict(X).tolist()
    y = net.predict(X)
    if kind not in ("untrained", "from weights"):
        assert (
            train(X, y, init=again, epochs=1).digest() == train(X, y, init=net, epochs=1).digest()
        )
    again.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "model").read_bytes()


def test_a_name_is_taken_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small().save("net.of.mine")
    assert os.listdir() == ["net.of.mine"]
    assert load("net.of.mine").sizes == (5, 4, 3)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such"):
        load(tmp_path / "no such")
    with pytest.raises(OSError, match=str(tmp_path)):
        load(tmp_path)
    with pytest.raises(OSError, match="no such"):
        small().save(tmp_path / "no such" / "model")
    with pytest.raises(OSError, match=str(tmp_path)):
        small().save(tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_save_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "model"
    small().save(path)
    old = path.read_bytes()
    net = small(seed=5)
    net.history.append({"loss": object()})
    with pytest.raises(TypeError):
        net.save(path)
    assert path.read_bytes() == old and os.listdir(tmp_path) == ["model"]


@pytest.mark.skipif(os.name == "nt", reason="limits the size of files")
def test_a_full_disk_leaves_the_old_file(tmp_path):
    import resource

    path = tmp_path / "model"
    small().save(path)
    old = path.read_bytes()
    net = Network.initialise((100, 100), ["relu"])  # 40 kB
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError):
            net.save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == old and os.listdir(tmp_path) == ["model"]
    net.save(path)
    assert load(path).digest() == net.digest()


def test_numbers_of_numpy_in_the_history(tmp_path):
    """A callback may note what it likes in a record; NumPy's numbers are what it has at hand."""
    net = small()
    net.history[0] |= {"mine": np.float32(0.5), "count": np.int64(3), "good": np.bool_(True)}
    net.save(tmp_path / "model")
    wanted = {"mine": 0.5, "count": 3, "good": True}
    assert wanted.items() <= load(tmp_path / "model").history[0].items()


# Files that are not what they seem ------------------------------------------------------------


def refused(path: Path, contents: bytes, match: str | None = None) -> None:
    path.write_bytes(contents)
    with pytest.raises(ValueError, match=match) as caught:
        load(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message and len(message) < len(str(path)) + 300


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> bytes:
    """The bytes of a model file."""
    path = tmp_path_factory.mktemp("model") / "model"
    small().save(path)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "model"


def test_a_truncated_file_is_refused(model, path):
    for length in range(0, len(model), 7):
        refused(path, model[:length])
    refused(path, model[:-1])


def same_net(net: Network, other: Network) -> bool:
    return (
        net.digest() == other.digest()
        and net.history == other.history
        and (net.classes == other.classes).all()
        and (net.activations, net.loss, net.seed) == (other.activations, other.loss, other.seed)
    )


def test_a_changed_byte_is_refused_or_changes_nothing(model, path):
    """An .npz has bytes without meaning, such as the time of day; nothing else may change."""
    path.write_bytes(model)
    net, harmless = load(path), 0
    for place in range(0, len(model), 3):
        changed = bytearray(model)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        try:
            assert same_net(load(path), net), f"byte {place}"
            harmless += 1
        except ValueError as error:
            assert str(path) in str(error) and "\n" not in str(error)
    assert harmless < len(model) / 3 / 4


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10**6), junk=st.binary(min_size=1, max_size=64), cut=st.integers(0, 64))
def test_patched_files_are_refused_or_the_same(model, path, place, junk, cut):
    place %= len(model)
    path.write_bytes(model)
    net = load(path)
    path.write_bytes(model[:place] + junk + model[place + cut :])
    try:
        assert same_net(load(path), net)
    except ValueError as error:
        assert str(path) in str(error) and "\n" not in str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.binary(max_size=300))
@example(b"")
@example(b"PK\x03\x04")
@example(b"PK\x05\x06" + bytes(18))
@example(b"\x93NUMPY\x01\x00\x10\x00{'descr': '|O'}\n")
@example(b"\x80\x04.")
@example(b"\x1f\x8b\x08")
def test_random_bytes_are_refused(path, contents):
    refused(path, contents)


class Trap:
    """Unpickled, it makes a folder."""

    def __init__(self, folder: Path):
        self.folder = str(folder)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.folder,)


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def arrays_of(model: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(model), allow_pickle=False) as archive:
        return dict(archive)


def test_nothing_is_unpickled(model, path, tmp_path):
    bomb = np.empty(3, object)
    bomb[:] = [Trap(tmp_path / "sprung")] * 3
    refused(path, pickle.dumps(Trap(tmp_path / "sprung")))
    refused(path, npz(bomb=bomb))
    for name, array in arrays_of(model).items():
        refused(path, npz(**{**arrays_of(model), name: bomb.reshape(-1)}))
        refused(path, npz(**{**arrays_of(model), name: array.astype(object)}))
    single = io.BytesIO()
    np.save(single, bomb, allow_pickle=True)
    refused(path, single.getvalue())
    assert os.listdir(tmp_path) == ["model"]
    with pytest.raises(FileExistsError):  # the trap does work
        os.mkdir(tmp_path / "sprung")
        pickle.loads(pickle.dumps(Trap(tmp_path / "sprung")))


def test_other_formats_are_refused(model, path):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("readme.txt", "hello")
    refused(path, archive.getvalue())
    single = io.BytesIO()
    np.save(single, np.eye(3))
    refused(path, single.getvalue())
    refused(path, npz(X=np.eye(3), y=np.arange(3)))
    refused(path, b"\n".join([b"1,2,3"] * 9))
    for name in arrays_of(model):
        arrays = arrays_of(model)
        arrays.pop(name)
        refused(path, npz(**arrays))
        refused(path, npz(**{**arrays, name: np.eye(2)}))
    refused(path, npz(**arrays_of(model), more=np.eye(2)))


def signed(model: bytes, about: dict[str, Any] | None = None, **changes: Any) -> bytes:
    """The model with changes, and with the checksum that belongs to it."""
    arrays = arrays_of(model)
    arrays.pop("sha256")
    arrays.update(changes)
    known = json.loads(arrays["about"].tobytes()) | (about or {})
    arrays["about"] = np.frombuffer(json.dumps(known).encode(), np.uint8)
    return npz(**arrays, sha256=np.frombuffer(archive._sha256(arrays), np.uint8))


def test_a_newer_format_is_refused_by_its_number(model, path):
    path.write_bytes(signed(model))
    assert load(path).sizes == (5, 4, 3)
    refused(path, signed(model, {"format_version": 3}), match="version 3, wanted .* to version 2")
    refused(path, signed(model, {"format": "other model"}), match="'other model'")
    refused(path, signed(model, {"format_version": "1"}))


def test_a_file_of_version_1_is_still_read(tmp_path):
    """Written by fastnet 0.1.0 before files had a run."""
    net = load(Path(__file__).parent / "files" / "version_1.npz")
    assert net.digest() == "502bf1567004c996fbdb4150142ade60722f2abcf66cee94c90809a912f4046c"
    assert net.classes.tolist() == ["a", "b", "né"] and net.sizes == (3, 4, 3)
    assert [record["val_accuracy"] for record in net.history] == [0.5, 0.5]
    assert (net.seed, net.stopped, net.run) == (3, "epochs", None)
    net.save(tmp_path / "model")
    assert same_net(load(tmp_path / "model"), net)


@pytest.mark.parametrize(
    ("about", "changes"),
    [
        ({"activations": ["tanh", "gelu"]}, {}),
        ({"activations": ["tanh"] * 3}, {}),
        ({"activations": []}, {}),
        ({"activations": None}, {}),
        ({"activations": [["swish", "swish_prime"], "sigmoid"]}, {}),
        ({"activations": [["swish"], "sigmoid"]}, {}),
        ({"activations": [[], "sigmoid"]}, {}),
        ({"activations": [["swish", [1]], "sigmoid"]}, {}),
        ({"loss": "hinge"}, {}),
        ({"run": ["epochs"]}, {}),
        ({"run": {"options": {}, "data": {}}}, {}),
        ({"loss": ["quadratic"]}, {}),
        ({}, {"weights_0": np.zeros((5, 3), "f4")}),
        ({}, {"weights_0": np.zeros(5, "f4")}),
        ({}, {"weights_0": np.zeros((5, 4), "i4")}),
        ({}, {"weights_0": np.zeros((5, 4), "f2")}),
        ({}, {"weights_1": np.zeros((1, 3), "f4")}),
        ({}, {"biases_0": np.zeros(1, "f4")}),
        ({}, {"biases_1": np.zeros((), "f4")}),
        ({}, {"biases_1": np.full(3, np.nan, "f4")}),
        ({}, {"weights_0": np.full((5, 4), np.inf, "f4")}),
        ({}, {"classes": np.arange(4)}),
        ({}, {"classes": np.arange(3) / 2}),
    ],
)
def test_files_that_contradict_themselves_are_refused(model, path, about, changes):
    """Even with the right checksum, which anyone can write."""
    refused(path, signed(model, about, **changes))


@pytest.mark.parametrize("kind", ["weights", "biases"])
def test_learn_one_goes_back_to_no_weights_from_before_others_were_set(kind):
    net = Network.initialise((2, 3, 2), ("sigmoid", "sigmoid"), classes=[0, 1])
    net.learn_one([1, 2], 0)
    setattr(net, kind, [np.full(array.shape, 0.25) for array in getattr(net, kind)])
    wanted = net.digest()
    net.learn_one([1, 2], 0)
    assert net.digest() != wanted
    net.weights[1][:] = np.nan
    with pytest.raises(network.Diverged):
        net.learn_one([1, 2], 0)
    assert net.digest() == wanted
