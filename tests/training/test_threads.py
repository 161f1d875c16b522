"""Any number of threads: the same bits."""

from typing import Any

import numpy as np
import pytest

from fastnet import train
from fastnet.training import teams
from tests.helpers import samples
from tests.training.helpers import N


@pytest.mark.parametrize("hidden", [(), (70,), (130, 80)], ids=str)
@pytest.mark.parametrize("features", [6, 200], ids=["zeros are skipped", "in blocks"])
def test_any_number_of_threads_learns_the_same_bits(features, hidden, monkeypatch):
    def exactly(most: int, threads: Any) -> list[int]:  # whatever is faster
        return [min(most, 2 if threads == "auto" else threads)]

    monkeypatch.setattr(teams, "teams", exactly)
    X, y = samples(N, features), np.arange(N) % 3
    options: dict[str, Any] = {"hidden": hidden, "epochs": 2, "validation_data": (X, y)}
    one = train(X, y, **options)
    for threads in (1, 2, 5, "auto"):
        net = train(X, y, **options, threads=threads)
        assert net.digest() == one.digest()
        for record, other in zip(net.history, one.history, strict=True):
            untimed = {"seconds": 0, "samples_per_second": 0}
            assert record | untimed == other | untimed
