"""An output for one more class: all else stays."""

import numpy as np
import pytest

from fastnet import Network, train
from fastnet.model.widen import with_class
from tests.functions import SWISH
from tests.helpers import samples

X = samples(20, 5)


@pytest.mark.parametrize("options", [
    {"activation": "relu"}, {"loss": "cross-entropy"}, {"hidden": ()}, {"activation": SWISH},
    {"dtype": "float64", "hidden": (70, 17)},
], ids=["relu", "cross-entropy", "no hidden layer", "own functions", "wide"])  # fmt: skip
def test_all_weights_of_the_others_stay(options):
    net = train(X, np.array(["a", "b", "c"])[np.arange(20) % 3], epochs=2, **options)
    digest, wide = net.digest(), with_class(net, "d", 3)
    assert wide.classes.tolist() == ["a", "b", "c", "d"] and net.digest() == digest
    assert wide.sizes == (*net.sizes[:-1], 4) and wide.activations == net.activations
    for old, new in zip([*net.weights, *net.biases], [*wide.weights, *wide.biases], strict=True):
        assert np.array_equal(new[..., : old.shape[-1]], old)
    assert np.abs(wide.weights[-1][:, 3]).min() > 0 and wide.biases[-1][3] == 0
    assert with_class(net, "d", 3).digest() == wide.digest() != with_class(net, "d", 4).digest()
    assert wide.history == net.history and wide.history is not net.history
    assert (wide.run, wide.seed, wide.version) == (net.run, net.seed, net.version)
    wide.learn_one(X[0], "d")
    assert net.digest() == digest


@pytest.mark.parametrize("label", ["d", 1.5, None], ids=str)
def test_a_label_unlike_the_others_is_named(label):
    net = Network((5, 2), ["sigmoid"], "quadratic", classes=[1, 2])
    with pytest.raises((ValueError, TypeError)):
        with_class(net, label, 0)
    assert with_class(net, np.int8(3), 0).classes.tolist() == [1, 2, 3]
