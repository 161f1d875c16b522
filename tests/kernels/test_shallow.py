"""A net of one hidden layer, alone, learns what a team learns that shares each sample."""

import numpy as np
import pytest

from fastnet.kernels.codes import BLOCKS
from fastnet.kernels.listed import SAMPLES
from fastnet.model import passes
from tests.functions import SWISH
from tests.kernels.helpers import DTYPES, PLAIN, few, run, same_bits
from tests.kernels.test_epoch import make

N = (1 if PLAIN else 3) * SAMPLES + 5
INPUTS = 20 if PLAIN else 90
LAST = [("sigmoid", "quadratic"), (SWISH, "quadratic"), ("softmax", "cross-entropy")]


@DTYPES
@pytest.mark.parametrize("hidden", few([70, 100, 300]))
@pytest.mark.parametrize(("output", "loss"), LAST)
def test_the_bits_are_those_of_layers_in_general(
    hidden: int, output: str, loss: str, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In two epochs with L2, of which one ends in a block, with outputs."""
    monkeypatch.setattr(passes, "ALONE", 0)  # no member of a team is alone above the first layer
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(N, INPUTS)) * (rng.random((N, INPUTS)) < 0.5)).astype(dtype)
    y, told = rng.integers(0, 5, N), []
    first = output if loss == "quadratic" else "relu"
    nets = [make((INPUTS, hidden, 5), first, output, loss, dtype) for _ in range(2)]
    for net, threads in zip(nets, (1, 2), strict=True):
        decay = np.array([0.1, 1.0, SAMPLES + 2, 0, 0, N, 0, 0])
        out = np.zeros((N, 5), dtype)
        memory = net.passes.workspace(threads, BLOCKS)
        assert len(memory.members) == threads
        seen = run(net, X, y, 0.05, workspace=memory, out=out, decay=decay)
        told.append((seen, decay.tolist(), out.tobytes()))
    assert told[0] == told[1]
    assert told[0][0][2] == N
    assert same_bits(nets[0].parameters.vector, nets[1].parameters.vector)
