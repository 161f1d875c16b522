"""The face of a network: what is public, and what stays as it was made."""

import pytest

from fastnet import Network, train
from tests.functions import SWISH
from tests.helpers import samples

PUBLIC = {
    "activations", "biases", "checked_rate", "classes", "copy", "digest", "dtype", "encoding",
    "feature_names", "from_weights", "history", "initialise", "is_finite", "last", "learn_one",
    "loss", "n_features", "of", "outputs", "parameters", "partial_fit", "passes", "predict",
    "predict_one", "predict_proba", "rounded", "rounding", "run", "samples", "samples_to_learn",
    "save", "score", "seed",
    "origin", "sizes", "stopped", "task", "version", "weights",
}  # fmt: skip


def nets() -> list[Network]:
    X, y = samples(20, 5), [0, 1, 2, 1] * 5
    made = Network((5, 2), ["identity"], "quadratic")
    return [made, train(X, y, hidden=(4,), epochs=1), train(X, X[:, 0], activation=SWISH, epochs=1)]


def test_dir_shows_what_is_public():
    for net in nets():
        net.predict_one([0.0] * 5)
        assert {name for name in dir(net) if not name.startswith("_")} == PUBLIC
        assert all(hasattr(net, name) for name in PUBLIC)


def test_every_public_name_is_documented():
    for name in PUBLIC:
        attribute = getattr(Network, name, None)
        told = f"\n    {name}" in Network.__doc__ or f", {name} :" in Network.__doc__
        assert told or (attribute is not None and attribute.__doc__), name


@pytest.mark.parametrize("name", ["sizes", "activations", "dtype", "loss", "task"])
def test_what_a_net_is_stays(name):
    for net in nets():
        with pytest.raises(AttributeError):
            setattr(net, name, getattr(net, name))


def test_what_its_training_was_is_the_users_to_set():
    net = nets()[1]
    net.history.clear()
    net.run, net.stopped, net.seed, net.last = {"options": {}}, None, 7, nets()[0]
    net.note = "of mine"  # type: ignore[attr-defined]
    twin = net.copy()
    assert (twin.history, twin.run, twin.stopped, twin.seed) == ([], {"options": {}}, None, 7)
    assert twin.note == "of mine" and twin.last.digest() == net.last.digest()  # type: ignore[attr-defined,union-attr]
    assert twin.last is not net.last


def test_a_network_of_parts_shares_them():
    net = nets()[1]
    other = Network.of(net.parameters, net.outputs, seed=9)
    assert other.digest() == net.digest() and other.seed == 9 and other.history == []
    other.weights[0] += 1
    assert other.digest() == net.digest()


def test_repr():
    made, labels, own = nets()
    assert repr(made) == "Network(5-2, identity, quadratic, float32)"
    assert repr(labels) == "Network(5-4-3, sigmoid, sigmoid, quadratic, float32)"
    assert "swish/swish_prime, identity" in repr(own)
