"""The net that comes with the package."""

import fastnet
from fastnet import handwriting


def test_it_recognises_digits_and_each_call_loads_it_anew():
    _, (X, y) = fastnet.datasets.load("digits")
    net = handwriting.pretrained()
    assert net.score(X[:200], y[:200]) > 0.95
    assert net.classes.tolist() == [*range(10)]
    digest = net.digest()
    net.learn_one(X[0], (y[0] + 1) % 10)
    assert handwriting.pretrained().digest() == digest != net.digest()
