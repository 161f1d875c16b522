"""Nets whose pictures are drawn: of digits, of people, of made numbers."""

import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet import datasets
from tests.helpers import ROOT

DIGITS = {"hidden": (16,), "epochs": 2}


@pytest.fixture(scope="session")
def digits():
    """The first of the bundled digits, to learn and to test on."""
    (X, y), (X_test, y_test) = datasets.load("digits")
    return (X[:2000], y[:2000]), (X_test[:500], y_test[:500])


@pytest.fixture(scope="session")
def net(digits):
    train, test = digits
    return fastnet.train(*train, **DIGITS, validation_data=test)


@pytest.fixture(scope="session")
def ensemble(digits):
    train, test = digits
    return fastnet.train_seeds(*train, 3, **DIGITS, validation_data=test)


@pytest.fixture(scope="session")
def table():
    """The people of docs/ as a frame."""
    return pd.read_csv(ROOT / "docs" / "people.csv").drop(columns="name")


@pytest.fixture(scope="session")
def owners(table):
    """A net of two classes that has learned a table, and rows to test it on."""
    X, y = table.drop(columns="owner"), table["owner"]
    return fastnet.train(X[:600], y[:600], epochs=10, hidden=(8,)), X[600:], y[600:]


@pytest.fixture(scope="session")
def incomes(table):
    """A regression that has learned a table, and rows to test it on."""
    X, y = table.drop(columns="income"), table["income"].astype(float)
    return fastnet.train(X[:600], y[:600], epochs=10, hidden=(8,)), X[600:], y[600:]


@pytest.fixture(scope="session")
def blobs():
    """A net that knows 4 features in three classes, and its data."""
    y = np.arange(300) % 3
    X = np.random.default_rng(0).normal(size=(300, 4)) * 0.7 + np.eye(4)[y] * 2
    return fastnet.train(X, y, hidden=(8,), epochs=5, learning_rate=0.1), X, y
