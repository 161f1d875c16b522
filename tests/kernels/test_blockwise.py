"""Teams that learn by blocks: one member leads, or all share each sample. The bits are the same."""

import numpy as np
import pytest

from fastnet.kernels.codes import BLOCKS
from fastnet.kernels.listed import SAMPLES
from fastnet.model import passes
from tests.kernels.helpers import DTYPES, PLAIN, run, same_bits
from tests.kernels.test_epoch import make

N = (1 if PLAIN else 3) * SAMPLES + 5
SIZES = (20, 70, 70) if PLAIN else (90, 300, 70)  # inputs and hidden layers
LED = pytest.mark.parametrize("led", [True, False], ids=["led", "shared"])
THREADS = pytest.mark.parametrize("threads", [2] if PLAIN else [2, 3, 5])


@pytest.fixture
def workspace(led, monkeypatch):
    """Make the memory of a team, of which one member leads or not."""
    monkeypatch.setattr(passes, "ALONE", 1 << 40 if led else 0)

    def make(net, threads):
        made = net.passes.workspace(threads, BLOCKS)
        assert len(made.members) == threads
        assert made.led == (led and threads > 1)
        return made

    return make


def data(dtype):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, SIZES[0])) * (rng.random((N, SIZES[0])) < 0.5)
    return X.astype(dtype), rng.integers(0, 5, N)


@DTYPES
@LED
@THREADS
def test_a_team_learns_what_one_thread_does(workspace, threads: int, dtype: str) -> None:
    """In two epochs, of which one ends in a block, with a scale that gets small, and outputs."""
    (X, y), told = data(dtype), []
    nets = [make((*SIZES, 5), "tanh", dtype=dtype) for _ in range(2)]
    for net, count in zip(nets, (1, threads), strict=True):
        decay = np.array([8.0, 1.0, SAMPLES + 2, 0, 0, N, 0, 0])
        out = np.zeros((N, 5), dtype)
        seen = run(net, X, y, 0.05, workspace=workspace(net, count), out=out, decay=decay)
        told.append((seen, decay.tolist(), out.tobytes()))
    assert told[0] == told[1]
    assert told[0][0][2] == N and told[0][1][1] == 1
    assert all(told[0][1][2:])
    assert same_bits(nets[0].parameters.vector, nets[1].parameters.vector)


@DTYPES
@LED
@THREADS
def test_a_team_leaves_together_and_goes_on(workspace, threads: int, dtype: str) -> None:
    """And only its first member answers if nothing is learned."""
    X, _ = data(dtype)
    team, alone = (make((*SIZES, 2), "identity", "identity", dtype=dtype) for _ in range(2))
    memories = workspace(team, threads), workspace(alone, 1)
    for bad in (6, N) if PLAIN else (6, 0, SAMPLES, 2 * SAMPLES + 3, N):
        y = np.zeros((N, 2))
        y[bad:] = np.sqrt(np.finfo(dtype).max) * 1000
        told = [
            run(net, X, y, 1e-3, workspace=memory)
            for net, memory in zip((team, alone), memories, strict=True)
        ]
        assert told[0] == told[1]
        assert told[0][2] == bad
        assert same_bits(team.parameters.vector, alone.parameters.vector)
    out = [np.zeros((N, 2), dtype) for _ in memories]
    for net, memory, shown in zip((team, alone), memories, out, strict=True):
        run(net, X, rates=None, workspace=memory, out=shown)
    assert same_bits(*out)
    assert out[0].any()


@LED
def test_the_first_layer_has_the_columns_of_each_member_apart(workspace) -> None:
    """The upper layers have them so only if all members share each sample."""
    made = workspace(make((*SIZES, 5), dtype="float32"), 2)
    strides = made.team.strips["stride"]
    first, second = made.whole.layers[:2]
    assert (strides[first.strip : first.strip + first.strips] < first.pad).all()
    assert (strides[second.strip : second.strip + second.strips] < second.pad).all() != made.led


def test_deep_nets_share_each_sample_and_others_are_led() -> None:
    for sizes, led in (((784, 100, 10), True), ((784, 512, 512, 10), False)):
        net = make(sizes, dtype="float32")
        assert net.passes.workspace(2, BLOCKS).led == led
    assert not net.passes.workspace(1, BLOCKS).led
