"""The loop over samples: its parts, and the faster of several workspaces."""

import numpy as np
import pytest

from fastnet.kernels.listed import SAMPLES
from fastnet.model import chunks as chunks_module
from fastnet.model.chunks import Chunks, blocks


class Clock:
    """A clock that only what is timed moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.now = 0.0
        monkeypatch.setattr(chunks_module.time, "perf_counter", lambda: self.now)

    def chunks(self, workspaces: int) -> Chunks:
        return Chunks(list(range(workspaces)))  # type: ignore[arg-type]

    def run(
        self,
        n: int,
        paces: list[float],
        parts: int,
        extra: float = 0.0,
        chunks: Chunks | None = None,
    ) -> list[int]:
        """Which of the workspaces ran how many samples of some epochs of n."""
        chunks = chunks or self.chunks(len(paces))
        shares, done = [0] * len(paces), 0
        while done < parts:
            for which, part in chunks.of(np.arange(n), n):
                self.now += paces[which] * len(part) + extra  # type: ignore[call-overload]
                shares[which] += len(part)  # type: ignore[call-overload]
                done += 1
        return shares


@pytest.mark.parametrize("paces", [[1e-5, 1e-6], [1e-6, 1e-5], [1e-6, 1e-3]], ids=str)
@pytest.mark.parametrize("n", [500, 13_500, 60_000])
def test_the_faster_number_of_threads_runs_nearly_all(n, paces, monkeypatch):
    """Also where the last part of an epoch is short, and its costs are those of any part."""
    clock = Clock(monkeypatch)
    shares = clock.run(n, paces, 3000, extra=1e-4)
    seconds = [share * pace for share, pace in zip(shares, paces, strict=True)]
    if n > 500:
        assert seconds[paces.index(max(paces))] < 0.05 * sum(seconds)
    elif paces[0] < paces[1]:
        assert shares[1] == 0, "an epoch too short to compare by stays with one thread"


@pytest.mark.parametrize("held_up", [1e-3, 2e-2])
def test_what_was_slow_once_is_tried_again(held_up: float, monkeypatch):
    """Also where it is then so fast that a part of the pace of then is too short to compare by."""
    clock = Clock(monkeypatch)
    chunks = clock.chunks(2)
    shares = clock.run(60_000, [1e-5, held_up], 5, 1e-4, chunks)
    assert shares[1] == SAMPLES, "one block has shown it"
    shares = clock.run(60_000, [1e-5, 1e-6], 3000, 1e-4, chunks)
    assert shares[1] > 10 * shares[0]


def test_members_that_come_to_no_core_cost_little(monkeypatch):
    """However slow they are: a member that waits for a core may wait milliseconds a sample."""
    clock = Clock(monkeypatch)
    for pace in (1e-4, 1e-3, 1e-2, 1e-1):
        shares = clock.run(60_000, [1e-5, pace], 600)
        assert shares[1] * pace < 0.05 * (clock.now + 1)
        clock.now = 0.0


@pytest.mark.parametrize("largest", [1, SAMPLES, 100, 10**6])
@pytest.mark.parametrize("n", [1, 7, 64, 1000])
def test_the_parts_are_the_order_and_cuts_lie_between_blocks(n, largest, monkeypatch):
    clock, order = Clock(monkeypatch), np.random.default_rng(0).permutation(n)
    parts = []
    for _, part in clock.chunks(1).of(order, largest):
        clock.now += 0.01 * len(part)
        parts.append(part)
    assert np.concatenate(parts).tolist() == order.tolist()
    assert all(len(part) % SAMPLES == 0 for part in parts[:-1])
    assert max(map(len, parts)) <= blocks(largest)


def test_parts_are_as_large_as_asked_for_at_the_most(monkeypatch):
    clock, left = Clock(monkeypatch), [3, 100, 1, 10**9]
    sizes = []
    for _, part in clock.chunks(1).of(np.arange(500), 10**6, lambda: left[0]):
        clock.now += 1e-6 * len(part)
        sizes.append(len(part))
        left.pop(0)
    assert sizes == [3, 100, 1, 396]


def test_an_order_that_is_short_is_not_timed(monkeypatch):
    clock, sizes = Clock(monkeypatch), []
    chunks = clock.chunks(1)
    for n in (1000, 1000, 200, 200, 1000):
        for _, part in chunks.of(np.arange(n), 10**6):
            slow = 1e-2 if n == 200 else 1e-4  # as if something else were running
            clock.now += slow * len(part)
            sizes.append(len(part))
    assert sizes == [64, 936, 1000, 200, 200, 1000], "the pace stays"
    parts = chunks.of(np.arange(200), 10**6, lambda: 150)
    assert [len(part) for _, part in parts] == [150, 50], "unless less is asked for"


def test_an_order_of_nothing_has_no_parts(monkeypatch):
    assert list(Clock(monkeypatch).chunks(2).of(np.arange(0), 10)) == []


def test_the_first_part_finds_out_the_pace(monkeypatch):
    clock = Clock(monkeypatch)
    chunks = Chunks([0], first=200)  # type: ignore[list-item]
    assert chunks.fitting(10**6) == 0, "it is not known yet"
    sizes = []
    for _, part in chunks.of(np.arange(4000), 10**6):
        clock.now += 1e-4 * len(part)
        sizes.append(len(part))
    assert sizes[0] == blocks(200) and sizes[1] == blocks(1000), "a tenth of a second"
    assert chunks.fitting(10**6) == pytest.approx(1000, abs=1) and chunks.fitting(70) == 70
