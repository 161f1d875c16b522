"""What is recorded of a run: everything that can change its bits, and nothing else."""

import functools
import itertools
import json
import platform
import re
from typing import Any

import numba
import numpy as np
import pytest

import fastnet
from fastnet import schedules, train
from fastnet.data.fingerprint import sha256
from fastnet.kernels.jit import code_digest
from fastnet.options import Options
from fastnet.training import record as provenance
from fastnet.training.defaults import PLAIN
from tests.functions import SOFTSIGN, SWISH
from tests.helpers import samples

X, Y = samples(20, 5), np.arange(20) % 3


def run(x: Any = X, y: Any = Y, **options: Any) -> dict[str, Any]:
    options = {"hidden": (4,), "epochs": 0, **options}
    recorded = train(x, y, **options).run
    assert json.loads(json.dumps(recorded)) == recorded
    return recorded


def names(options: Any) -> Any:
    """Functions by name alone."""
    return json.loads(re.sub(r" sha256:[0-9a-f]{64}", "", json.dumps(options)))


def other_rates(progress: np.ndarray) -> np.ndarray:
    return 1 - progress / 2


# A value of each option of train(), and how it is recorded. What changes no bit is not here.
OF_TABLES = {"encode": ("none", "none"), "preset": ("table", "table")}  # recorded if given
OF_IMAGES = {"augment": None}  # see test_augment.py
OPTIONS: dict[str, tuple[Any, Any]] = {
    "classes": (np.array([2, 0, 1]), [2, 0, 1]),
    "hidden": ([np.int64(3), 2], [3, 2]),
    "activation": (SWISH, [["tests.functions.swish", "tests.functions.swish_prime"], "sigmoid"]),
    "loss": ("cross-entropy", "cross-entropy"),
    "learning_rate": (np.float32(0.25), 0.25),
    "schedule": (other_rates, f"{__name__}.other_rates"),
    "warm_up": (0.5, 0.5),
    "epochs": (3, 3),
    "l2": (np.float32(0.25), 0.25),
    "l2_schedule": ("loss", "loss"),
    "average": (0.5, 0.5),
    "sample_weight": (Y.tolist(), sha256(Y)),
    "class_weight": ({np.int64(1): 2, 2: np.float32(0.5)}, {"1": 2, "2": 0.5}),
    "validation_data": ((X + 1, Y.tolist()), [sha256(X + 1), sha256(Y)]),
    "validation_fraction": (0.25, 0.25),
    "patience": (4, 4),
    "target_accuracy": (0.75, 0.75),
    "max_seconds": (100, 100),
    "shuffle": (False, False),
    "seed": (2**100, 2**100),
    "dtype": (np.float64, "float64"),
    "start": ((-1, 0.5), [-1, 0.5]),
    "init": (net := train(X, Y, hidden=(4,), epochs=1), f"sha256:{net.digest()}"),
}


def test_every_option_is_recorded_or_known_to_change_no_bit():
    """A new option of train() needs a line in OPTIONS above, or `bits=False` in its row."""
    rows = Options.rows()
    bits = {name for name, row in rows.items() if row.bits}
    assert bits == {*OPTIONS, *OF_TABLES, *OF_IMAGES, "on_epoch"}
    assert {*run()["options"]} == {*OPTIONS, *OF_IMAGES}
    defaults = train(X, Y, epochs=0).run["options"]
    assert defaults == {
        **{name: row.default for name, row in rows.items() if name in OPTIONS},
        **PLAIN,
        **OF_IMAGES,
        **{"hidden": [64, 32], "dtype": "float32", "learning_rate": 0.2, "epochs": 0},
    }


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_is_recorded(name):
    given, recorded = OPTIONS[name]
    more = {"validation_data": (X, Y), "schedule": "linear"} if name == "patience" else {}
    now, before = run(**{name: given}, **more), run(**more)
    assert names(now["options"][name]) == recorded != names(before["options"][name])
    assert now["data"] == before["data"]
    difference = provenance.difference(before, now)
    first = "activation" if name == "init" else name
    assert difference is not None and difference.startswith(f"{first} was ")


def test_the_options_of_tables_are_recorded_if_they_are_given():
    for name, (given, recorded) in OF_TABLES.items():
        now, before = run(**{name: given}), run()
        assert now["options"][name] == recorded and name not in before["options"]
        assert f"{name} was not recorded and is {recorded}" in provenance.differences(before, now)
    assert now["options"]["encode"] == "table" and now["data"]["encoding"].startswith("sha256:")
    assert "encoding" not in before["data"]


def test_what_changes_no_bit_is_not_recorded():
    def on_epoch(network: Any, record: Any) -> None: ...

    plain = run()
    quiet = run(threads=2, verbose=False, on_progress=print, on_epoch=on_epoch)
    assert quiet["on_epoch"].endswith("<locals>.on_epoch") and plain["on_epoch"] is None
    assert {**quiet, "on_epoch": None} == plain
    assert provenance.difference(plain, quiet) is None
    assert plain["versions"] == {
        "fastnet": fastnet.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "kernels": code_digest(),
    }


def test_activations_starts_and_schedules_of_every_kind():
    assert run(activation="relu")["options"]["activation"] == "relu"
    of_each = run(activation=[SOFTSIGN, "sigmoid"])["options"]["activation"]
    assert names(of_each) == [
        ["tests.functions.softsign", "tests.functions.softsign_prime"],
        "sigmoid",
    ]
    again = run(init=train(X, Y, hidden=(4,), activation="relu", epochs=0))["options"]
    assert again["activation"] == ["relu", "sigmoid"] and again["learning_rate"] == 0.02
    assert run(start="he")["options"]["start"] == "he"
    weights = [np.ones((5, 4)), np.ones((4, 3))]
    digest = f"sha256:{train(X, Y, hidden=(4,), start=weights, epochs=0).digest()}"
    for start in (weights, [w.tolist() for w in weights], iter(weights)):
        assert run(start=start)["options"]["start"] == digest
    weights[1][0, 0] = 2
    assert run(start=weights)["options"]["start"] != digest
    assert run(hidden=iter([4]))["options"]["hidden"] == [4]
    assert run(schedule=schedules.linear)["options"]["schedule"] == "linear"

    class Falling:
        def __call__(self, progress: np.ndarray) -> np.ndarray:
            return 1 - progress

    assert names(run(schedule=Falling())["options"]["schedule"]).endswith(".Falling")


def test_the_run_of_a_net_that_has_learned_or_failed():
    assert train(X, Y, hidden=(4,), epochs=2).run == run(epochs=2)
    assert fastnet.Network.initialise((5, 3), ["relu"]).run is None
    with pytest.raises(ZeroDivisionError) as caught:
        train(X, Y, hidden=(4,), on_epoch=lambda net, record: 1 / 0)
    assert caught.value.network.run["options"] == run(epochs=20)["options"]


def test_functions_are_told_apart_by_what_they_give():
    runs = [run(schedule=lambda p: 1 - p), run(schedule=functools.partial(steep, c=1.0))]
    runs += [run(schedule=lambda p: 1 - p / 2), run(schedule=functools.partial(steep, c=2.0))]
    for before, now in itertools.combinations(runs, 2):
        assert provenance.difference(before, now) == "schedule has other values"
    assert provenance.difference(runs[0], run(schedule=lambda p: 1.0 - p)) is None


def steep(progress: np.ndarray, c: float) -> np.ndarray:
    return np.exp(-c * progress)


def test_iterators_are_recorded_by_what_they_hold():
    given = run(activation=iter(["relu", "sigmoid"]))
    assert given["options"]["activation"] == ["relu", "sigmoid"]
    assert provenance.difference(given, run(activation=iter(["tanh", "sigmoid"])))
    held_out = run(validation_data=iter((X + 1, Y)))
    assert held_out["options"]["validation_data"] == [sha256(X + 1), sha256(Y)]


def test_what_is_equal_is_no_difference():
    assert provenance.difference(run(average=1, l2=0), run(average=1.0, l2=0.0)) is None
    one, other = {0: 1, 1: 2.0}, {1: 2, 0: 1.0}
    assert provenance.difference(run(class_weight=one), run(class_weight=other)) is None


@pytest.mark.skipif(np.dtype("g").itemsize == 8, reason="long doubles are doubles here")
def test_long_doubles_have_the_digest_of_doubles():
    numbers = np.linspace(0, 1, 7)
    assert sha256(numbers.astype("g")) == sha256(numbers)


def test_differences_in_words():
    def difference(now: dict[str, Any]) -> str | None:
        return provenance.difference(run(), now)

    assert difference(run()) is None
    assert difference(run(hidden=(4, 3), seed=1)) == "hidden was [4] and is [4, 3]"
    assert difference(run(X[:18], Y[:18])) == "the data's samples was 20 and is 18"
    assert difference(run(X + 1)) == "the data's X has other values"
    assert difference(run(y=Y[::-1])) == "the data's y has other values"
    weighted = run(sample_weight=Y)
    weighted_otherwise = provenance.difference(weighted, run(sample_weight=Y + 1))
    assert weighted_otherwise == "sample_weight has other values"
    assert difference(weighted) == f"sample_weight was not given and is {sha256(Y)[:15]}..."
    newer = run()
    newer["options"]["momentum"] = 0.5
    assert difference(newer) == "momentum was not recorded and is 0.5"
    older = run()
    older["options"] = {"warm_up": 1.0, **older["options"]}
    del older["options"]["seed"]
    assert difference(older) == "seed was 0 and is not recorded"
