"""A stream of three classes, and the judge of what is learned of it."""

import itertools

import numpy as np

import fastnet
from tests.helpers import samples

N = 1150  # more than those whose labels are the classes
X = samples(N, 4)
Y = np.random.default_rng(1).integers(0, 3, N)
NAMES = np.array(["iris", "rose", "tulip"])
OPTIONS = {"hidden": (3,), "seed": 5}


def one_by_one(X, y, *, learning_rate=None, **options):
    """The judge: a network that learned each sample by a call of learn_one; and its right answers.

    It begins with the classes 0, 1 and 2, or with numbers.
    """
    classes = [0, 1, 2] if np.asarray(y).dtype.kind == "i" else np.zeros((3, *np.shape(y)[1:]))
    net = fastnet.train(np.zeros((3, 4)), classes, epochs=0, **(OPTIONS | options))
    right = 0
    for x, answer in zip(X, y, strict=True):
        right += net.classes is not None and net.predict_one(x) == answer
        net.learn_one(x, answer, learning_rate)
    return net, right


def cut(X, y, *lengths):
    """The samples in batches of these lengths, and the rest."""
    edges = [0, *itertools.accumulate(lengths), len(X)]
    return [(X[a:b], y[a:b]) for a, b in itertools.pairwise(edges)]
