"""LearningWarning: where it points to, and how many runs share what they say."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import fastnet
from fastnet import diagnostics


def test_it_points_at_the_line_that_called_fastnet():
    X, y = np.full((20, 2), 1e4), [0, 1] * 10
    with pytest.warns(fastnet.LearningWarning, match="X: ") as found:
        fastnet.train(X, y)
        fastnet.train_seeds(X, y, 2)
        fastnet.train_stream([(X, np.array(y))])
    assert [w.filename for w in found] == [__file__] * 3
    first = found[0].lineno
    assert [w.lineno for w in found] == [first, first + 1, first + 2]


def test_it_may_be_an_error_or_silent():
    X, y = np.full((20, 2), 1e4), [0, 1] * 10
    with warnings.catch_warnings():
        warnings.simplefilter("error", fastnet.LearningWarning)
        for door in (fastnet.train, fastnet.train_seeds):
            with pytest.raises(fastnet.LearningWarning, match="X: values up to 10,000"):
                door(X, y)
        warnings.simplefilter("ignore", fastnet.LearningWarning)
        fastnet.train(X, y, epochs=1)


def test_runs_side_by_side_say_each_kind_once():
    said: dict[str, str] = {}

    def run(k: int) -> None:
        with diagnostics.gathered(said, f"run {k}: "):
            diagnostics.warn("the data are odd")
            diagnostics.warn(f"lost {k}", topic="run")
            diagnostics.warn(f"odd {k % 2}")

    with ThreadPoolExecutor(1) as pool:
        list(pool.map(run, range(5)))
    assert list(said.values()) == ["the data are odd", "run 0: lost 0", "odd 0", "odd 1"]
    with pytest.warns(fastnet.LearningWarning, match="again"):
        diagnostics.warn("again")
