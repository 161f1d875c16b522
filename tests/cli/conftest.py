"""Compiled kernels; small data, and models that have learned them."""

import numpy as np
import pytest

import fastnet
from tests.cli.helpers import OPTIONS, ok, train
from tests.cli.people import ABOUT, FRAME, OF_PYTHON, SHORT, WAGES, text_of
from tests.datasets.helpers import small_set


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """The kernels in the cache, so that no test meets the notice that they are compiled."""
    fastnet.warmup("float32")
    fastnet.warmup("float64")


@pytest.fixture(scope="module")
def flowers():
    """Samples of three kinds, four features each: (X, y), (X_test, y_test)."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 90)
    X = rng.normal(3 * np.eye(3, 4)[y], 1.0)
    return (X[:60], y[:60]), (X[60:], y[60:])


@pytest.fixture(scope="module")
def folder(tmp_path_factory, flowers):
    """Data files, and a model that was trained on them."""
    folder = tmp_path_factory.mktemp("cli")
    (X, y), (X_test, y_test) = flowers
    names = np.array(["iris", "rose", "tulip"])
    np.savez(folder / "data.npz", X=X, y=y, X_test=X_test, y_test=y_test)
    np.savez(folder / "named.npz", X=X, y=names[y], X_test=X_test, y_test=names[y_test])
    np.savez(folder / "no_test.npz", X=X, y=y)
    np.savez(folder / "only_test.npz", X_test=X, y_test=y)
    np.savez(folder / "values.npz", X=X, y=X[:, :2] / 2, X_test=X_test, y_test=X_test[:, :2] / 2)
    np.savez(folder / "several.npz", X=X, y=(X[:, :2] > 1) * 1.0)
    np.savez(folder / "wide.npz", X=np.ones((4, 5)), y=[0, 1, 2, 0])
    np.savez(folder / "X.npz", X=X_test)
    np.save(folder / "X.npy", X_test)
    np.savetxt(folder / "X.csv", X_test, delimiter=",", fmt="%.18e")
    train("data.npz", folder, *OPTIONS, "--epochs", 3, "--out", folder / "model.npz")
    return folder


@pytest.fixture(scope="module")
def pixels(tmp_path_factory):
    """A folder of IDX files and the model "model.npz" that learned them for one round."""
    folder = tmp_path_factory.mktemp("pixels")
    for name, data in small_set().items():
        (folder / name).write_bytes(data)
    ok("train", "--data", folder, "--hidden", 4, "--epochs", 1, "--out", folder / "model.npz")
    return folder


@pytest.fixture(scope="module")
def rows():
    """A stream: 1,200 rows of CSV, and what they hold."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 1200)
    X = rng.normal(2 * np.eye(3)[y], 1.0).round(3)
    names = np.array(["iris", "rose", "tulip"])[y].tolist()
    lines = [",".join(map(str, row)) + f",{name}\n" for row, name in zip(X, names, strict=True)]
    return lines, X, names


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Files of people, and the model "m" that learned people.csv."""
    folder = tmp_path_factory.mktemp("tables")
    (folder / "people.csv").write_text(text_of(FRAME), newline="")
    (folder / "wages.csv").write_text(text_of(WAGES), newline="")
    train("people.csv", folder, *ABOUT, *SHORT, "--out", folder / "m")
    return folder


@pytest.fixture(scope="module")
def people_net():
    """What Python makes of the frame."""
    return fastnet.train(FRAME.drop(columns=["id", "income"]), FRAME["income"], **OF_PYTHON)
