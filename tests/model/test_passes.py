"""Passes over samples: one loop, whose cuts change no bit, and which leaves a net whole."""

import threading
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from fastnet import Diverged, Network, train
from fastnet.data.samples import Samples
from fastnet.kernels.codes import BLOCKS, NARROW, SINGLY
from fastnet.model import chunks
from fastnet.model.passes import Passes
from tests.helpers import samples

N = 200
X = samples(N, 6)
LABELS = np.arange(N) % 3

FORMS: dict[str, Any] = {
    "as they lie": X.astype("f4"),
    "converted": X.astype(">f8"),
    "sparse": csr_array(X),
    "bytes": (np.abs(X) * 40).astype(np.uint8),
}
TARGETS: dict[str, tuple[Any, str]] = {
    "labels": (LABELS, "cross-entropy"),
    "several labels": ((X[:, :2] > 0).astype(float), "cross-entropy"),
    "numbers": (X[:, 0], "quadratic"),
}


def net_of(y: Any = LABELS, loss: str = "cross-entropy", **options: Any) -> Network:
    return train(X, y, loss=loss, **{"hidden": (5,), "epochs": 0, **options})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("targets", TARGETS)
def test_cuts_change_no_bit(form, targets, monkeypatch):
    """Of what learns, answers, scores and judges: all of it is the same loop."""
    (y, loss), data = TARGETS[targets], FORMS[form]

    def outcome() -> list[Any]:
        net = net_of(y, loss)
        rows = Samples(data, net.dtype)
        judged = net.passes.evaluate(rows, net.outputs.targets(y, N), np.arange(0, N, 3))
        net.partial_fit(data, y, 0.01)
        seen = [net.digest(), net.score(data, y), judged, net.predict(data).tolist()]
        return [*seen, net.predict_proba(data).tobytes()]

    whole, parts = outcome(), []
    over = Passes.over

    def counted(self: Passes, workspace: Any, rows: Any, part: Any, *more: Any, **most: Any) -> Any:
        parts.append(len(part))
        return over(self, workspace, rows, part, *more, **most)

    monkeypatch.setattr(chunks, "SEEN", 1e-9)
    monkeypatch.setattr(chunks.Chunks, "FIRST", 1)
    monkeypatch.setattr("fastnet.model.passes.WORK", 1)
    monkeypatch.setattr(Passes, "over", counted)
    assert outcome() == whole
    assert max(parts) <= 16 and sum(parts) > 4 * N


def test_evaluate_is_the_mean_of_the_samples_at_these_places():
    net, places = net_of(epochs=2), np.array([3, 5, 5, 100])
    rows, targets = Samples(X, net.dtype), net.outputs.targets(LABELS, N)
    p = net.predict_proba(X)[places, LABELS[places]].astype(float)
    loss, accuracy = net.passes.evaluate(rows, targets, places)
    assert loss == pytest.approx(-np.log(p).mean(), rel=1e-5)
    assert accuracy == (net.predict(X)[places] == LABELS[places]).mean()


def test_unknown_labels_are_wrong_and_have_no_loss():
    net, y = net_of(epochs=2), LABELS.copy()
    y[::2] = 9
    with pytest.warns(UserWarning, match="100 of 200 labels"):
        targets = net.outputs.targets(y, N, least=0)
    rows, places = Samples(X, net.dtype), np.arange(N)
    loss, accuracy = net.passes.evaluate(rows, targets, places)
    known = net.passes.evaluate(rows, net.outputs.targets(LABELS, N), places[1::2])
    assert loss == pytest.approx(known[0]) and accuracy == known[1] / 2  # type: ignore[operator]


def test_over_adds_to_the_cost_and_says_how_far_it_came():
    net = net_of(epochs=1)
    rows, targets = Samples(X, net.dtype), net.outputs.targets(LABELS, N)
    work, order = net.passes.workspace(), np.arange(N)
    cost, hits, n = net.passes.over(work, rows, order, targets)
    assert n == N and net.passes.over(work, rows, order, targets, cost=5.0)[1:] == (hits, N)
    first = net.passes.over(work, rows, order[:99], targets)
    rest = net.passes.over(work, rows, order[99:], targets, cost=first[0])
    assert rest[0] == cost and first[1] + rest[1] == hits


@pytest.mark.parametrize("form", ["as they lie", "converted"])
def test_ctrl_c_in_partial_fit_leaves_the_weights_as_they_were(form, monkeypatch):
    net = net_of(epochs=1)
    digest, over, calls = net.digest(), Passes.over, [0]

    def pressed(self: Passes, *arguments: Any, **more: Any) -> Any:
        calls[0] += 1
        if calls[0] == 3:
            raise KeyboardInterrupt
        return over(self, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(chunks, "SEEN", 1e-9)
        patch.setattr(chunks.Chunks, "FIRST", 1)
        patch.setattr("fastnet.model.passes.WORK", 1)
        patch.setattr(Passes, "over", pressed)
        with pytest.raises(KeyboardInterrupt):
            net.partial_fit(FORMS[form], LABELS)
    assert net.digest() == digest and calls == [3]
    net.partial_fit(FORMS[form], LABELS)
    assert net.digest() != digest


def test_what_diverges_in_the_last_part_is_taken_back_whole():
    net = net_of(X[:, 0], "quadratic", activation="identity", dtype="float32")
    digest, y = net.digest(), np.zeros(N)
    y[-1] = 3e38
    said = "the weights are those from before the call"
    with np.errstate(all="ignore"), pytest.warns(UserWarning), pytest.raises(Diverged, match=said):
        net.partial_fit(X, y, 1e30)
    assert net.digest() == digest


# Methods and threads --------------------------------------------------------------------------


def test_the_method_goes_by_the_width_and_the_share_of_zeros():
    wide, narrow = (Network.initialise((400, n, 3), ["relu", "sigmoid"]) for n in (128, 4))
    dense = np.random.default_rng(0).normal(size=(60, 400))
    tenth = dense * (np.random.default_rng(1).random(dense.shape) < 0.2)
    rows = {name: Samples(a, wide.dtype) for name, a in (("dense", dense), ("tenth", tenth))}
    assert wide.passes.method(rows["dense"]) == BLOCKS
    assert wide.passes.method(rows["tenth"]) == wide.passes.method(
        Samples(csr_array(tenth), wide.dtype)
    )
    assert wide.passes.method(rows["tenth"]) in (BLOCKS, SINGLY)
    assert narrow.passes.method(rows["dense"]) == NARROW
    both = Samples(np.concatenate([tenth, dense]), wide.dtype)
    assert wide.passes.method(both, np.arange(60, 120)) == BLOCKS
    huge = Samples(np.full((2, 400), 1e30), wide.dtype)
    assert wide.passes.method(huge) == SINGLY, "products of rows may overflow"


def test_each_thread_has_memory_of_its_own():
    net = net_of()
    seen: list[Any] = []
    for _ in range(3):
        thread = threading.Thread(target=lambda: seen.append((net.passes.single(), net.passes)))
        thread.start()
        thread.join()
    assert net.passes.single() is net.passes.single() and net.passes.chunks() is net.passes.chunks()
    assert net.passes.chunks().workspaces[0] is net.passes.single().workspace
    old = net.passes
    net.classes = [7, 8, 9]
    assert net.passes is not old, "its views know the old classes"


def test_more_threads_than_can_share_a_pass_are_fewer():
    assert len(Network.initialise((20, 3), ["relu"]).passes.workspace(4).members) == 1
    net = Network.initialise((20, 700, 3), ["relu", "sigmoid"])
    assert len(net.passes.workspace(3).members) == 3
