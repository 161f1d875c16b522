"""Votes of several nets."""

import numpy as np
import pytest
import scipy.sparse

import fastnet
from fastnet import Ensemble, Network, train, train_seeds
from fastnet.data import samples as data
from tests.helpers import samples

X, Y = samples(60, 5), np.arange(60) % 3
OPTIONS = {"hidden": (6,), "epochs": 3}


def alone(seed: int, **options):
    return train(X, Y, seed=seed, **{**OPTIONS, **options})


def fixed(outputs, **options):
    """A net that gives these outputs, whatever it is asked."""
    outputs = np.array(outputs, np.float64)
    weights = np.zeros((2, len(outputs)))
    return Network.from_weights([weights], [outputs], ["identity"], **options)


def test_the_mean_of_the_outputs_decides():
    names = {"classes": ["x", "y", "z"]}
    nets = [fixed([0.9, 0, 0], **names), fixed([0, 0.5, 0], **names), fixed([0, 0.5, 0], **names)]
    vote = Ensemble(nets)
    assert np.allclose(vote.predict_proba(np.ones((2, 2))), [[0.3, 1 / 3, 0]] * 2, atol=1e-15)
    assert vote.predict(np.ones((2, 2))).tolist() == ["y", "y"]
    assert vote.score(np.ones((4, 2)), ["y", "x", "y", "z"]) == 0.5


def test_of_equal_means_the_first_class_is_taken():
    names = {"classes": ["x", "y", "z"]}
    one, other = fixed([0, 0.25, 0.75], **names), fixed([0, 0.75, 0.25], **names)
    for nets in ([one, other], [other, one]):
        assert Ensemble(nets).predict([[1, 1]]).tolist() == ["y"]


def test_numbers():
    vote = Ensemble([fixed([1.0, -2.0]), fixed([2.0, 4.0])])
    assert vote.predict([[1, 1]]).tolist() == [[1.5, 1.0]]
    # the first column is constant and met: 1; the second has 1 - rest / spread = 1 - 1 / 0.5
    assert vote.score([[1, 1], [0, 1]], [[1.5, 1.0], [1.5, 2.0]]) == 0
    assert Ensemble([fixed([1.0]), fixed([2.0])]).predict([[1, 1]]).tolist() == [1.5]


def test_several_labels():
    nets = [train(X, X[:, :2] > 0, hidden=(), loss="cross-entropy", epochs=0) for _ in range(2)]
    for net, z in zip(nets, [[0, 2], [0, -1]], strict=True):
        net.weights[0][:], net.biases[0][:] = 0, z
    assert Ensemble(nets).predict(X[:1]).tolist() == [[0, 1]], "0.5 is not more than 0.5"
    assert nets[1].predict(X[:1]).tolist() == [[0, 0]]


def test_nets_of_seeds_vote_as_written_out():
    nets = [*train_seeds(X, Y, 3, **OPTIONS), alone(3, dtype="float64", loss="cross-entropy")]
    vote = Ensemble(nets)
    mean = np.mean([net.predict_proba(X).astype("f8") for net in nets], axis=0)
    for form in (X, X.tolist(), scipy.sparse.csr_array(X), data.Samples(X, np.dtype("f4"))):
        assert np.allclose(vote.predict_proba(form), mean, rtol=0, atol=1e-15)
    assert vote.predict_proba(X).dtype == np.float64
    assert vote.predict(X).tolist() == mean.argmax(axis=1).tolist()
    assert vote.score(X, Y) == (mean.argmax(axis=1) == Y).mean()
    assert Ensemble(nets[:1]).predict(X).tolist() == nets[0].predict(X).tolist()


MISFITS = {
    "inputs": (lambda: train(X[:, :4], Y, epochs=0), r"nets\[1\]: inputs 4, wanted 5, as nets"),
    "classes": (lambda: train(X, Y + 1, epochs=0), r"classes \[1, 2, 3\], wanted \[0, 1, 2\], as"),
    "names": (lambda: train(X, Y.astype(str), epochs=0), r"classes \['0', '1', '2'\], wanted \[0"),
    "outputs": (lambda: train(X, Y % 2, epochs=0), r"outputs 2, wanted 3"),
    "numbers": (lambda: train(X, X[:, :3], epochs=0), r"classes numbers, wanted \[0, 1, 2\]"),
    "several": (
        lambda: train(X, X[:, :3] > 0, loss="cross-entropy", epochs=0), "classes several labels",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MISFITS)
def test_nets_that_do_not_fit_each_other(kind):
    make, said = MISFITS[kind]
    with pytest.raises(ValueError, match=said):
        Ensemble([alone(0), make()])


def test_no_nets_and_bad_samples():
    with pytest.raises(ValueError, match="nets: none came, wanted one or more"):
        Ensemble([])
    for nets, came in (([1, 2], "int"), (None, "NoneType"), ("a.npz", "str")):
        with pytest.raises(TypeError, match=f"nets: {came}, wanted a sequence of Networks"):
            Ensemble(nets)
    assert Ensemble(alone(0)).nets[0].digest() == alone(0).digest()
    with pytest.raises(ValueError, match="X: 4 features, but the net takes 5"):
        Ensemble([alone(0)]).predict(X[:, :4])
    assert fastnet.Ensemble is Ensemble and fastnet.train_seeds is train_seeds
