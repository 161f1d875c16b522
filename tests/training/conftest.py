"""What tests of runs share."""

import pytest

from fastnet.model import chunks
from fastnet.training import encoding
from tests.training.streams import X, Y, one_by_one


@pytest.fixture(autouse=True)
def nothing_is_told(monkeypatch):
    """No line about an encoding was printed before."""
    monkeypatch.setattr(encoding, "TOLD", set())


@pytest.fixture
def many_chunks(monkeypatch):
    """Runs that are told of after each block of samples."""
    monkeypatch.setattr(chunks, "SEEN", 1e-9)


@pytest.fixture(scope="module")
def learned():
    """What learn_one comes to with the samples of the stream."""
    return one_by_one(X, Y)
