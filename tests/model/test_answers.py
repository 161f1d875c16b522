"""Answers to many samples: which pass computes them, on how many threads; always the same bits."""

import threading
import time
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from fastnet import Network
from fastnet.cores import LIMITS
from fastnet.kernels.codes import MANY, SINGLY
from fastnet.model import answers
from fastnet.model.passes import Passes
from tests.kernels.helpers import PLAIN

N = 60 if PLAIN else 1000
X = np.random.default_rng(0).standard_normal((N, 20)).astype("f4")
Y = np.arange(N) % 3


def net_of() -> Network:
    return Network.initialise((20, 70, 40, 3), ["tanh", "tanh", "softmax"], "cross-entropy",
                              seed=1, classes=range(3))  # fmt: skip


def eager(patch: pytest.MonkeyPatch, cores: int = 1) -> None:
    """Let all work pay for the pass over many samples, and for so many threads."""
    for name in ("FEW", "SHARED", "KEPT", "COMPILED"):
        patch.setattr(answers, name, 0)
    patch.setattr(answers, "LEAST", 16)
    patch.setattr(answers, "cores", lambda: cores)


def seen(net: Network) -> list[Any]:
    """Answers and scores of all kinds."""
    judged = net.passes.evaluate(net.samples(X), net.outputs.targets(Y, N), np.arange(N))
    return [net.predict_proba(X).tobytes(), net.predict(X).tolist(), net.score(X, Y), judged]


def methods_and_threads(patch: pytest.MonkeyPatch) -> set[tuple[int, int]]:
    """The methods of passes to come, and the threads that they run in."""
    found, over = set(), Passes.over

    def noted(self: Passes, workspace: Any, *others: Any, **more: Any) -> Any:
        found.add((workspace.method, threading.get_ident()))
        return over(self, workspace, *others, **more)

    patch.setattr(Passes, "over", noted)
    return found


@pytest.mark.parametrize("cores", [1, 2, 5])
def test_any_pass_and_number_of_threads_give_the_same_bits(
    cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = seen(net_of())
    net = net_of()
    one = [net.passes.single().outputs(x).copy() for x in X[:20]]
    eager(monkeypatch, cores)
    net.predict(X)  # compiles the pass, if no other test has; scores would not
    used = methods_and_threads(monkeypatch)
    assert seen(net) == plain
    assert net.predict_proba(X)[:20].tobytes() == np.array(one).tobytes()
    assert {method for method, _ in used} == {MANY}
    assert len({thread for _, thread in used}) <= cores


def test_an_interrupt_stops_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    eager(monkeypatch, 3)
    net, done, over, main = net_of(), [], Passes.over, threading.get_ident()
    begun = threading.Event()

    def interrupted(self: Passes, workspace: Any, samples: Any, part: Any, **more: Any) -> Any:
        done.append(part)
        if threading.get_ident() == main:
            begun.set()
            raise KeyboardInterrupt
        begun.wait(60)
        time.sleep(0.05)  # meanwhile, the main thread takes the other parts away
        return over(self, workspace, samples, part, **more)

    wanted = net.predict_proba(X)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Passes, "over", interrupted)
        net.predict_proba(X)
    assert sum(map(len, done)) < N
    assert (net.predict_proba(X) == wanted).all()


def test_threads_that_did_start_are_waited_for_if_there_are_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    eager(monkeypatch, 3)
    net, over, real, main = net_of(), Passes.over, answers._pool, threading.get_ident()
    wanted, started = net.predict_proba(X), []

    def one_thread(threads: int) -> Any:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(threads)
        return real(threads)

    def late(self: Passes, *passed: Any, **more: Any) -> Any:
        if threading.get_ident() != main:
            time.sleep(0.05)  # the main thread has done all others by now
        return over(self, *passed, **more)

    monkeypatch.setattr(answers, "_pool", one_thread)
    monkeypatch.setattr(Passes, "over", late)
    assert (net.predict_proba(X) == wanted).all() and started == [2]


def test_another_thread_than_the_main_one_answers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    eager(monkeypatch, 4)
    net, found = net_of(), []
    choice, samples = net.passes._answers, net.samples(X)
    other = threading.Thread(target=lambda: found.append(choice.threads(samples, N)))
    other.start()
    other.join()
    assert [choice.threads(samples, N), *found] == [4, 1]


def test_threads_share_what_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "cores", lambda: 4)
    net = Network.initialise((5000, 20, 3), ["relu", "softmax"], "cross-entropy")
    dense = net.samples(np.ones((1, 5000)))
    sparse = net.samples(csr_array(([1.0], ([0], [3])), (1, 5000)))
    rows = answers.SHARED // 160_000 + 1
    assert net.passes._answers.threads(dense, rows) == 4
    assert net.passes._answers.threads(sparse, rows) == 1
    assert net.passes._answers.threads(sparse, 1000 * rows) == 4


def test_workers_keep_to_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIMITS:
        monkeypatch.setenv(name, "1")
    net = net_of()
    assert net.passes._answers.threads(net.samples(X), 1 << 30) == 1


def test_a_pass_is_compiled_only_when_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    net = net_of()
    choice, samples, sparse = net.passes._answers, net.samples(X), net.samples(X * (X > 1.5))
    monkeypatch.setattr(answers, "at_hand", lambda entry: False)
    monkeypatch.setattr(answers, "kept", lambda entry, signature: False)
    monkeypatch.setattr(answers, "_by_rows", {net.dtype: 0.0})
    rows = answers.COMPILED // choice.total // 2 + 1
    assert choice.method(samples, 10, compiling=True) == SINGLY
    assert choice.method(samples, rows, compiling=True) == SINGLY
    assert choice.method(samples, rows, compiling=False) == SINGLY, "judging never compiles"
    assert choice.method(samples, rows, compiling=True) == MANY
    one = Network.initialise((20, 3), ["softmax"], "cross-entropy")
    assert one.passes._answers.method(sparse, rows, compiling=True) == SINGLY
    monkeypatch.setattr(answers, "_by_rows", {net.dtype: 0.0})
    monkeypatch.setattr(answers, "kept", lambda entry, signature: True)
    few = answers.KEPT // choice.total + 1
    assert choice.method(samples, few, compiling=False) == MANY
