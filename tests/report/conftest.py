"""Nets whose pages are written, and the parts of a page."""

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest

import fastnet
from tests.helpers import ROOT

PEOPLE = ROOT / "docs" / "people.csv"


@pytest.fixture(scope="session")
def digits():
    """Some of the bundled digits, to learn and to test on."""
    (X, y), (X_test, y_test) = fastnet.datasets.load("digits")
    return (X[:1000], y[:1000]), (X_test[:300], y_test[:300])


@pytest.fixture(scope="session")
def net(digits):
    return fastnet.train(*digits[0], hidden=(8,), epochs=2, validation_data=digits[1])


@pytest.fixture(scope="session")
def people():
    return pd.read_csv(PEOPLE).drop(columns="name")


@pytest.fixture(scope="session")
def tables(people):
    """Samples, targets and nets of a table, by the target."""
    made = {}
    for target in ("owner", "income"):
        X, y = people.drop(columns=target), people[target]
        y = y.astype(float) if target == "income" else y
        made[target] = X, y, fastnet.train(X[:800], y[:800], hidden=(8,), epochs=3)
    return made


@pytest.fixture
def small():
    return given(["a", "b"])


def given(classes):
    """A net that has neither a run nor a history."""
    weights = [np.random.default_rng(0).normal(size=(3, len(classes)))]
    biases = [np.zeros(len(classes))]
    return fastnet.Network.from_weights(weights, biases, loss="cross-entropy", classes=classes)


def texts(page, tag):
    """The texts of all elements of a page with this name."""
    found = re.findall(rf"<{tag}\b[^>]*>(.*?)</{tag}>", page, re.DOTALL)
    return [" ".join(unescape(re.sub("<[^>]*>", "", text)).split()) for text in found]


def section(page, name):
    """The HTML of a section."""
    found = re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)
    assert found, f"no section {name}"
    return found[0]
