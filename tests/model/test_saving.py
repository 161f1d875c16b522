"""Nets saved and loaded: bit for bit, and with nothing lost where writing fails."""

import os
from typing import Any

import numpy as np
import pytest

from fastnet import Network, load, train
from tests.functions import SWISH
from tests.helpers import samples
from tests.model.helpers import small

# Paths and functions --------------------------------------------------------------------------


@pytest.mark.parametrize("path", [2, 0, True, 5.0, None, b"net.npz", ""])
def test_only_paths_are_written_and_read(path):
    net = small()
    for act in (net.save, load, net.history.to_csv, net.history.to_json):
        with pytest.raises(TypeError, match=r"^(path|source): .*, wanted a path"):
            act(path)


def test_what_load_takes_for_functions(tmp_path):
    small(activation=SWISH).save(tmp_path / "net.npz")
    with pytest.raises(TypeError, match=r"^activation: 5, wanted \(f, f_prime\)"):
        load(tmp_path / "net.npz", activation=5)  # type: ignore[arg-type]


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
