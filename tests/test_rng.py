"""Streams of random numbers: which is whose, and that none is another's."""

import itertools

import numpy as np
import pytest

from fastnet import Network, checks, load, rng, train, train_stream
from fastnet.model.widen import with_class

SEEDS = [0, 1, 2, 3, 7, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 3 << 32, 1 << 64, 3 << 96, checks.SEEDS]
OUTPUTS = [1, 2, 3, 10, 2**31]


def streams(seed: int) -> dict[str, np.random.Generator]:
    """All streams of a seed."""
    named = {name: rng.stream(seed, name) for name in rng.STREAMS if name != "outputs"}
    return named | {f"outputs {n}": rng.stream(seed, "outputs", n) for n in OUTPUTS}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_stream_of_a_seed_is_another_of_it(seed):
    drawn = {name: tuple(stream.integers(2**63, size=4)) for name, stream in streams(seed).items()}
    assert len(drawn) == len(rng.STREAMS) - 1 + len(OUTPUTS)
    for (one, numbers), (other, others) in itertools.combinations(drawn.items(), 2):
        assert numbers != others, (one, other)


@pytest.mark.parametrize("seed", SEEDS)
def test_streams_are_those_of_versions_before(seed):
    for name, entropy in (("weights", seed), ("orders", [seed, 1]), ("held out", [seed, 2])):
        wanted = np.random.default_rng(entropy).random(4)
        assert rng.stream(seed, name).random(4).tolist() == wanted.tolist()


@pytest.mark.parametrize("outputs", [1, 2])
def test_weights_of_a_new_output_are_no_other_numbers_of_the_run(outputs):
    """With 1 and 2 outputs they were drawn as the orders, and as what is held out, are."""
    net = Network.initialise((50, outputs), ["sigmoid"], classes=range(outputs), dtype="float64")
    new = with_class(net, 9, seed=5).weights[-1][:, -1]
    limit = np.sqrt(6 / (50 + outputs + 1))
    for entropy in (5, [5, 1], [5, 2]):
        other = np.random.default_rng(entropy).uniform(-limit, limit, (50, outputs + 1))[:, -1]
        assert not np.isclose(new, other).any()


def test_the_seed_decides_the_weights_of_a_new_output():
    rows, labels = np.eye(3).repeat(2, axis=0), [0, 0, 1, 1, 2, 2]
    nets = [
        train_stream(zip(rows, labels, strict=True), classes=[0], new_labels=True, seed=seed)
        for seed in (1, 1, 2**33)
    ]
    assert nets[0].classes.tolist() == [0, 1, 2]
    assert nets[0].digest() == nets[1].digest() != nets[2].digest()


@pytest.mark.parametrize("seed", [*SEEDS, np.uint64(2**64 - 1), np.array(3)])
def test_seeds_up_to_128_bits_are_taken(seed, tmp_path):
    options = {"epochs": 1, "hidden": (2,)}
    net = train(np.eye(3), [0, 1, 2], seed=seed, **options)
    assert net.seed == int(seed) and net.run["options"]["seed"] == int(seed)
    net.save(tmp_path / "net.npz")
    assert load(tmp_path / "net.npz").seed == net.seed
    assert train(np.eye(3), [0, 1, 2], seed=int(seed), **options).digest() == net.digest()


@pytest.mark.parametrize("seed", [-1, 2**128, 10**400, 10**5000, True, 1.0, "1", None], ids=type)
def test_what_is_no_seed(seed):
    for draw in (
        lambda: train(np.eye(2), [0, 1], seed=seed),
        lambda: train_stream([(np.eye(2), [0, 1])], seed=seed),
        lambda: Network.initialise((2, 2), ["sigmoid"], seed=seed),
    ):
        with pytest.raises(ValueError, match=r"^seed: .*, wanted a whole number") as caught:
            draw()
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 200
