"""Answers and scores, in threads too, wherever the numbers lie."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from fastnet import Network, datasets, train
from tests.helpers import COMPILED, samples

# Wherever the numbers lie ---------------------------------------------------------------------


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
