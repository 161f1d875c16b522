"""Threads that share a pass: the same bits with any number of them."""

import os
import threading
import time

import numpy as np
import pytest

import fastnet
from fastnet.kernels import simd, team
from fastnet.kernels.codes import LINE, MEMBER
from fastnet.kernels.jit import kernel
from fastnet.model.network import Network
from tests.kernels.helpers import DTYPES, PLAIN, output, python, run, same_bits

# Of one strip and of many, of fewer strips than threads, of odd numbers of them.
HIDDEN = [(16, 70)] if PLAIN else [(16,), (130,), (100, 70, 300), (400, 16, 200)]


@kernel
def walk(member, flags, marks, steps):
    """Meet the others `steps` times; each time all must have left their marks of this step."""
    member, flags = member[0], simd.raw(flags)
    wrong = 0
    for step in range(1, steps + 1):
        marks[member.me] = step
        team.meet(member, flags)
        for other in range(member.team):
            wrong += marks[other] != step
        team.meet(member, flags)
    return wrong


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_a_team_walks_in_step(threads: int) -> None:
    """So that what one thread has written before they meet, the others read after."""
    flags, marks = np.zeros(threads * LINE, np.int64), np.zeros(threads, np.int64)
    members = [np.zeros(1, MEMBER).view(np.recarray) for _ in range(threads)]
    wrong = []

    def go(me: int) -> None:
        members[me][0].me, members[me][0].team = me, threads
        wrong.append(walk(members[me], flags, marks, 20 if PLAIN else 500))

    walk(members[0], flags, marks, 0)  # compiled by one thread
    others = [threading.Thread(target=go, args=(me,), daemon=True) for me in range(threads)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join(timeout=60)
    assert wrong == [0] * threads


def test_who_waits_long_sleeps() -> None:
    """And does not keep from its core who is waited for: each sleep is a switch of its own will."""
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "RUSAGE_THREAD"):
        pytest.skip("this system does not count what one thread does")
    flags, marks = np.zeros(2 * LINE, np.int64), np.zeros(2, np.int64)
    members = [np.zeros(1, MEMBER).view(np.recarray) for _ in range(2)]
    for me, member in enumerate(members):
        member[0].me, member[0].team = me, 2
    walk(members[0], flags, marks, 0)  # compiled by one thread
    sleeps = []

    def early() -> None:
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
        assert walk(members[0], flags, marks, 1) == 0
        sleeps.append(resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - before)

    thread = threading.Thread(target=early, daemon=True)
    thread.start()
    time.sleep(0.3)
    assert walk(members[1], flags, marks, 1) == 0
    thread.join(timeout=60)
    assert sleeps[0] >= 20  # of some thousands


CROWDED = """
import os, subprocess, sys
import numpy as np
from fastnet.model.network import Network
from tests.kernels.helpers import run
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
X, y = np.random.default_rng(0).normal(size=(40, 20)), np.arange(40) % 3
busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])  # on the same core
try:
    for threads in (1, 2, 4):
        net = Network.initialise((20, 300, 200, 3), ["tanh", "tanh", "sigmoid"], seed=0)
        print(run(net, X, y, 0.01, workspace=net.passes.workspace(threads)), net.digest())
finally:
    busy.kill()
"""


@pytest.mark.compiled
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_a_team_on_one_core_beside_a_busy_process_comes_to_the_end() -> None:
    """It is slow; the bits are the same."""
    lines = output(python("-c", CROWDED))[0].splitlines()
    assert len(lines) == 3 and len({*lines}) == 1


def passed(hidden, threads: int, dtype: str, loss: str, outputs: int = 70):
    """Parameters, and what was answered and returned, of two passes by so many threads."""
    last = "softmax" if loss == "cross-entropy" else "sigmoid"
    first = "tanh" if loss == "quadratic" else "relu"
    net = Network.initialise((90, *hidden, outputs), [first] * len(hidden) + [last], loss, dtype)
    rng = np.random.default_rng(0)
    n = 3 if PLAIN else 41
    X = rng.integers(0, 256, (n, 90), np.uint8) * (rng.random((n, 90)) < 0.4)
    y, out = rng.integers(0, outputs, n), np.zeros((n, outputs), dtype)
    with_threads = net.passes.workspace(threads)
    returned = [
        run(net, X.astype(np.uint8), y, 0.1, workspace=with_threads),
        run(net, X.astype(np.uint8), y, 0.1, workspace=with_threads, out=out),
        run(net, X.astype(np.uint8), y, None, workspace=with_threads),
    ]
    return net.parameters.vector, out, returned


@pytest.mark.parametrize("hidden", HIDDEN)
@DTYPES
def test_any_number_of_threads_computes_the_same_bits(hidden, dtype: str) -> None:
    for loss in ("quadratic", "cross-entropy"):
        alone = passed(hidden, 1, dtype, loss)
        for threads in (2, 3, 5):
            params, out, returned = passed(hidden, threads, dtype, loss)
            assert same_bits(params, alone[0])
            assert same_bits(out, alone[1])
            assert returned == alone[2]


@DTYPES
def test_a_team_stops_together(dtype: str) -> None:
    """At a cost that is not finite every member leaves, and the team can go on from there."""
    for threads in (1, 2, 3):
        net = Network.initialise((3, 70, 2), ["relu", "identity"], dtype=dtype)
        X = np.ones((4, 3), dtype)
        X[2] = np.sqrt(np.finfo(dtype).max) * 1000
        workspace = net.passes.workspace(threads)
        before = net.copy()
        y = np.zeros((4, 2))
        assert run(net, X, y, 0.01, workspace=workspace)[2] == 2
        assert run(net, X[:2], y[:2], 0.01, workspace=workspace)[2] == 2
        run(before, X[:2], y[:2], 0.01)
        run(before, X[:2], y[:2], 0.01)
        assert same_bits(net.parameters.vector, before.parameters.vector)


def test_a_net_without_hidden_layers_has_a_team_of_one() -> None:
    """Every member has the whole output layer: only strips of hidden ones are shared out."""
    X, y = np.random.default_rng(0).normal(size=(50, 9)), np.arange(50) % 3
    digests = {
        fastnet.train(X, y, hidden=(), epochs=2, threads=threads, verbose=False).digest()
        for threads in (1, 2)
    }
    assert len(digests) == 1


def test_a_net_without_hidden_layers_is_run_by_one_thread():
    net = Network.initialise((20, 300), ("sigmoid",))
    assert len(net.passes.workspace(4).members) == 1
