"""The net that comes with the package."""

from pathlib import Path

import pytest

import fastnet
from bench.records.recipe import recipes
from fastnet import handwriting
from fastnet.handwriting.net import FILE

(OPTIONS,) = recipes()["package"].each({}, 0)
DIGEST = "970a69fc607e803624b1b46b6c7af9d83e29cae02c5ca77d0ced534dbeff7c65"
FIRST = 1.3253476208925248  # the loss of the first epoch
AFTER_ONE = "8e59834cd9e4391f0df7947e51c7da2f20d49967e3ba1b5f9e14466efac6ad01"


def test_it_recognises_digits_and_each_call_loads_it_anew() -> None:
    _, (X, y) = fastnet.datasets.load("digits")
    net = handwriting.pretrained()
    assert net.score(X[:200], y[:200]) > 0.95
    assert net.classes.tolist() == [*range(10)]
    digest = net.digest()
    net.learn_one(X[0], (y[0] + 1) % 10)
    assert handwriting.pretrained().digest() == digest != net.digest()


def test_it_is_the_net_of_its_recipe_in_a_megabyte() -> None:
    net = handwriting.pretrained()
    assert net.run is not None and net.rounding is not None
    learned = net.run["options"]
    augment = fastnet.Elastic.of(OPTIONS["augment"]).to_dict()
    for name, value in {**OPTIONS, "augment": {**augment, "shape": [28, 28]}}.items():
        assert learned[name] == value, name
    assert net.digest() == DIGEST
    assert net.rounding["weights"] == "int8"
    assert FILE.stat().st_size <= 1_000_000


@pytest.mark.compiled
def test_its_recipe_still_begins_with_the_same_bits(mnist_folder: Path) -> None:
    """All 400 epochs take some 3 minutes: `python -m tools.make_net` learns them."""
    (X, y), _ = fastnet.datasets.read(mnist_folder)
    begun = fastnet.train(X, y, **OPTIONS, verbose=False, on_epoch=lambda net, record: True)
    net = handwriting.pretrained()
    assert (begun.history[0]["loss"], begun.digest()) == (FIRST, AFTER_ONE)
    assert net.history[0]["loss"] == FIRST
    for name in ("X", "y", "samples", "features", "dtype"):
        assert net.run["data"][name] == begun.run["data"][name]
