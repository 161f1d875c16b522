"""Copies, pickles and mapped files: each net has memory of its own."""

import copy
import pickle
import threading

import numpy as np
import pytest

from fastnet import Network, train, train_stream
from fastnet.model.widen import with_class
from tests.helpers import python, samples
from tests.model.helpers import small


def test_a_copy_shares_nothing():
    net = small()
    twin = net.copy()
    for own, other in zip(
        [*net.weights, *net.biases, net.classes], [*twin.weights, *twin.biases, twin.classes],
        strict=True,
    ):  # fmt: skip
        assert np.array_equal(own, other) and not np.shares_memory(own, other)
    assert twin.history == net.history and twin.run == net.run
    twin.run["options"]["seed"] = 9
    assert net.run["options"]["seed"] == 0
    twin.history[0]["loss"] = -1.0
    twin.history.pop()
    assert len(net.history) == 2 and net.history[0]["loss"] > 0
    assert (twin.sizes, twin.activations, twin.seed) == (net.sizes, net.activations, net.seed)
    twin.weights[0][:] = 1
    assert net.digest() == small().digest() != twin.digest()


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_nets_go_to_other_processes(clone):
    net, X = small(), samples(20, 5)
    twin = clone(net)
    assert twin.digest() == net.digest()
    assert twin.run == net.run and net.run["options"]["epochs"] == 2
    assert np.array_equal(twin.predict_proba(X), net.predict_proba(X))
    y = np.arange(20) % 3
    assert train(X, y, init=twin, epochs=1).digest() == train(X, y, init=net, epochs=1).digest()
    assert not np.shares_memory(twin.weights[0], net.weights[0])


def out_of_band(net: Network) -> tuple[Network, Network]:
    """Two nets from one pickle whose buffers they are given: read-only, and the same."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(net, protocol=5, buffer_callback=buffers.append)
    shared = [bytes(buffer) for buffer in buffers]
    assert shared  # the weights are among them
    return pickle.loads(data, buffers=shared), pickle.loads(data, buffers=shared)


CLONES = {
    "pickle": lambda net: pickle.loads(pickle.dumps(net)),
    "buffers": lambda net: out_of_band(net)[0],
    "copy": Network.copy,
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "init": lambda net: train(np.zeros((1, 5)), net.classes[:1], init=net, epochs=0),
}


@pytest.mark.parametrize("clone", CLONES.values(), ids=list(CLONES))
@pytest.mark.parametrize("averaged", [False, True])
def test_every_copy_has_memory_of_its_own(clone, averaged):
    net = small(average=0.5) if averaged else small()
    net.predict_one(samples(20, 5)[0])  # with views of one sample made ready
    twin, digest, X, y = clone(net), net.digest(), samples(20, 5), np.arange(20) % 3
    assert twin.digest() == digest and twin.classes.tolist() == net.classes.tolist()
    for one in filter(None, [twin, twin.last]):
        assert one.parameters.vector.flags.writeable and one.parameters.vector.ctypes.data % 64 == 0
        assert not np.shares_memory(one.parameters.vector, net.parameters.vector)
    twin.learn_one(X[0], 1)
    twin.partial_fit(X, y)
    twin.weights[0] += 1
    assert net.digest() == digest != twin.digest()
    assert "passes" not in twin.__getstate__(), "they have memory of their own"


class Named(Network):
    """A net with something more of its own, made by its `__init__`."""

    def __init__(self, *form, **more):
        super().__init__(*form, **more)
        self.name = "of a class of its own"


def with_last(net: Network) -> Network:
    return train(np.eye(5), net.classes[[0, 1, 2, 1, 0]], init=net, epochs=4, average=0.5)


COPIES = {
    "copy": Network.copy,
    "copy.copy": copy.copy,
    "init": CLONES["init"],
    "average": lambda net: with_last(net).last,
    "stream": lambda net: train_stream([(np.ones(5), 1)], init=net),
    "stream of an average": lambda net: train_stream([(np.ones(5), 1)], init=with_last(net)),
    "new label": lambda net: with_class(net, 9, 0),
}


@pytest.mark.parametrize("clone", COPIES.values(), ids=list(COPIES))
def test_copies_share_what_is_yours(clone):
    """A lock, an open file, a logger's handler cannot be copied, and need not."""
    net = Named.initialise((5, 4, 3), ["tanh", "sigmoid"], classes=[0, 1, 2])
    net.lock = threading.Lock()
    net.partial_fit(np.zeros((1, 5)), [1])
    twin = clone(net)
    assert type(twin) is Named and twin.name == net.name and twin.lock is net.lock
    assert not np.shares_memory(twin.parameters.vector, net.parameters.vector)
    twin.partial_fit(np.eye(5) * 1e6, [0, 1, 2, 1, 0], 1e-9)  # is not looked at again


def test_nets_of_a_class_of_one_s_own():
    net = Named.initialise((5, 3), ["sigmoid"], classes=[0, 1, 2])
    given = Named.from_weights(net.weights, net.biases)
    for one in (net, given, pickle.loads(pickle.dumps(net)), copy.deepcopy(net)):
        assert type(one) is Named and one.name == net.name and one.digest() == net.digest()


def test_nets_from_the_same_buffers_learn_apart():
    one, two = out_of_band(small())
    digest = two.digest()
    one.partial_fit(samples(20, 5), np.arange(20) % 3)
    one.learn_one(samples(20, 5)[0], 2)
    assert two.digest() == digest != one.digest()


def test_a_net_from_a_mapped_file_learns_and_leaves_the_file(tmp_path):
    """In another process: where it went wrong, Python died."""
    import joblib
    path, net = tmp_path / "net.joblib", small()
    joblib.dump([net, net.copy()], path)
    before = path.read_bytes()
    code = """
import sys, joblib, numpy as np
from tests.helpers import samples
X, y = samples(20, 5), np.arange(20) % 3
for mode in (None, "r", "r+", "c"):
    net, other = joblib.load(sys.argv[1], mmap_mode=mode)
    net.predict(X), net.learn_one(X[0], 1), net.partial_fit(X, y)
    print(net.digest(), other.digest())
"""
    lines = python(code, str(path)).stdout.splitlines()
    digest = net.digest()
    net.learn_one(samples(20, 5)[0], 1)
    net.partial_fit(samples(20, 5), np.arange(20) % 3)
    assert lines == [f"{net.digest()} {digest}"] * 4
    assert path.read_bytes() == before


def test_nets_of_a_megabyte_learn_in_workers():
    """joblib hands arrays of that size to its workers as read-only maps."""
    code = """
import joblib, numpy as np, fastnet

def tuned(net, X, y):
    net.learn_one(X[0], y[0])
    return net.partial_fit(X, y).digest()

net = fastnet.Network.initialise((300, 1000, 2), ["relu", "sigmoid"], classes=[0, 1])
X, y = np.random.default_rng(0).standard_normal((40, 300)), np.arange(40) % 2
parts = [(net, X[k::2], y[k::2]) for k in range(2)]
there = joblib.Parallel(2, max_nbytes="100K")(joblib.delayed(tuned)(*part) for part in parts)
assert there == [tuned(net.copy(), X, y) for net, X, y in parts], there
"""
    python(code)
