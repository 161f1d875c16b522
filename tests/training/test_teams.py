"""How many threads a pass may have: cores and the net."""

import os

import pytest

from fastnet import Network
from fastnet.cores import cores
from fastnet.training.teams import expected, teams
from tests.helpers import python


def test_more_threads_than_cores_are_the_cores():
    net = Network.initialise((20, 700, 10), ("sigmoid", "sigmoid"))
    most_threads = net.parameters.layout.most_threads
    assert teams(most_threads, 1) == [1]
    for threads in (2, 3, 10**6, "auto"):
        found = teams(most_threads, threads)  # type: ignore[arg-type]
        most = 10**6 if threads == "auto" else threads
        assert found == sorted({1, min(most, cores(), most_threads)})
    one_layer = Network.initialise((20, 300), ("sigmoid",))
    assert teams(one_layer.parameters.layout.most_threads, 4) == [1]


def test_a_team_is_expected_to_pay_where_its_meetings_are_rare():
    assert expected([512, 512, 16], 150, 2) < 0.6 < expected([256, 16], 150, 2) < 0.75
    assert expected([128, 128, 16], 150, 2) > 0.85, "three meetings a sample, and little to share"
    assert expected([512, 512, 16], 150, 8) < 0.25
    assert expected([512], 10, 2) > 1, "an input that is nearly empty"


def test_a_leader_has_the_upper_layers_for_itself():
    assert 0.65 < expected([256, 16], 150, 2, led=True) < 0.75
    assert 0.75 < expected([128, 16], 150, 2, led=True) < 0.85
    assert 0.8 < expected([112, 16], 150, 2, led=True) < 0.9
    assert expected([128, 128, 16], 150, 2, led=True) > 0.9


ON_ONE_CORE = """
import os
import numpy as np
from fastnet import Network, train
from fastnet.training.teams import cores, teams
before = cores()
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
assert before >= 1 and cores() == 1
net = Network.initialise((20, 700, 10), ("sigmoid", "sigmoid"))
most = net.parameters.layout.most_threads
assert most > 1 and teams(most, 2) == teams(most, "auto") == [1]
X = np.random.default_rng(0).normal(size=(40, 5))
print(len({train(X, np.arange(40) % 3, hidden=(70,), threads=n).digest() for n in (1, 2, 64)}))
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_a_process_on_one_core_has_no_team():
    assert python(ON_ONE_CORE).stdout == "1\n"
