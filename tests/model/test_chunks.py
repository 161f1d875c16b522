"""The loop over samples: its parts, and the faster of several workspaces."""

import numpy as np
import pytest

from fastnet.kernels.listed import SAMPLES
from fastnet.model import chunks as chunks_module
from fastnet.model.chunks import Chunks, Made, blocks


class Clock:
    """A clock that only what is timed moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.now = 0.0
        monkeypatch.setattr(chunks_module.time, "perf_counter", lambda: self.now)

    def chunks(self, workspaces: int, **options: float) -> Chunks:
        return Chunks(list(range(workspaces)), **options)  # type: ignore[arg-type]

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
    assert seconds[paces.index(max(paces))] < 0.05 * sum(seconds)


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


@pytest.mark.parametrize("paces", [[2e-5, 1e-5], [1e-5, 2e-5], [1e-5, 1e-2]], ids=str)
@pytest.mark.parametrize("expected", [0.55, 0.8])
@pytest.mark.parametrize("n", [4000, 60_000])
def test_a_run_is_little_behind_the_better_number_of_threads(n, expected, paces, monkeypatch):
    """Unless a team without cores, of which nothing is known before, holds up a short run."""
    clock = Clock(monkeypatch)
    chunks = clock.chunks(2, expected=expected, left=n)
    shares = clock.run(n, paces, 1, 1e-4, chunks)
    held_up = SAMPLES * max(paces) if paces[1] > 1e-3 else 0.0
    tries = 0.5 if n < 5000 and expected > Chunks.BETTER and paces[1] < paces[0] else 0.13
    assert clock.now - held_up < (1 + tries) * n * min(paces)
    assert sum(shares) == n


def test_a_team_that_cannot_pay_is_not_even_made(monkeypatch):
    made: list[int] = []
    workspaces = Made([lambda k=k: made.append(k) or k for k in (0, 1)])  # type: ignore[misc]
    clock = Clock(monkeypatch)
    for expected, left, wanted in ((1.2, 10**6, 1), (0.9, 1000, 1), (0.6, 100, 1), (0.6, 10**4, 2)):
        made.clear()
        workspaces.made.clear()
        chunks = Chunks(workspaces, expected=expected, left=left)
        for _, part in chunks.of(np.arange(10**4), 10**4):
            clock.now += 1e-5 * len(part)  # type: ignore[call-overload]
        assert len(made) == wanted, (expected, left)


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
