"""Options: each row refuses, accepts and shows what it says, wherever an option is used."""

import dataclasses
import inspect
import subprocess
import sys
from typing import Any, Literal, get_args, get_type_hints

import numpy as np
import pytest

import fastnet
from fastnet import checks, options, reference, schedules
from fastnet.kernels.activations import ACTIVATIONS
from fastnet.model import outputs, parameters
from fastnet.model.start import STARTS
from fastnet.options import NetOptions, Options, StreamOptions
from fastnet.training.defaults import PLAIN
from tests.helpers import ROOT, python

X, Y = np.eye(3), [0, 1, 2]
TRAIN, STREAM = Options.rows(), StreamOptions.rows()
EACH = pytest.mark.parametrize("name", TRAIN)
EACH_OF_STREAM = pytest.mark.parametrize("name", STREAM)


def refused(act: Any) -> str:
    """What an act is refused with: one line."""
    with pytest.raises((TypeError, ValueError)) as caught:
        act()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def asked(row: Any) -> str:
    return f", wanted {row.values.said}" if row.values.check else ", wanted "


@EACH
def test_each_is_refused_by_name_where_it_does_not_fit(name):
    bad = object()
    said = refused(lambda: fastnet.train(X, Y, **{name: bad}))
    assert said.startswith(f"{name}: ") and asked(TRAIN[name]) in said
    if name not in ("seed", "checkpoint", "threads", "on_progress"):  # of train_seeds itself
        assert said == refused(lambda: fastnet.train_seeds(X, Y, 2, **{name: bad}))


@EACH_OF_STREAM
def test_each_of_a_stream_is_refused_before_the_first_example_is_asked_for(name):
    def examples():
        raise AssertionError("it was asked for")
        yield

    said = refused(lambda: fastnet.train_stream(examples(), **{name: object()}))
    assert said.startswith(f"{name}: ") and asked(STREAM[name]) in said


@EACH
def test_none_is_refused_unless_it_is_the_default(name):
    row = TRAIN[name]
    if row.default is None:
        assert row.checked(None) is None
    else:
        assert asked(row) in refused(lambda: fastnet.train(X, Y, **{name: None}))


def test_each_accepts_its_default():
    for rows in (TRAIN, STREAM):
        for row in rows.values():
            made = row.checked(row.default)  # so that it need not be checked
            assert made == row.default and type(made) is type(row.default)
            assert row.usual is None or row.checked(row.usual) == row.usual
    plain = fastnet.train(X, Y, epochs=2)
    told = fastnet.train(X, Y, **{name: row.default for name, row in TRAIN.items()} | {"epochs": 2})
    usual = {name: row.usual for name, row in TRAIN.items()} | {"epochs": 2}
    assert plain.digest() == told.digest() == fastnet.train(X, Y, **usual).digest()
    assert plain.run == told.run


def test_none_means_the_rule_for_a_new_net_or_the_value_of_a_given_one():
    usual = Options()
    assert usual.dtype == np.float32
    assert {getattr(usual, name) for name in PLAIN} == {None} and usual.learning_rate is None
    assert fastnet.train(X, Y).run["options"].items() >= {**PLAIN, "hidden": [64, 32]}.items()
    net = fastnet.train(X, Y, hidden=(4,), loss="cross-entropy", dtype="float64", epochs=0)
    given = Options(init=net)
    assert (given.hidden, given.activation, given.loss, given.dtype) == (None,) * 4
    assert fastnet.train(X, Y, init=net, epochs=1).run["options"]["hidden"] == [4]


def test_every_value_is_converted():
    made = Options.of(
        {"hidden": np.array([3, 2]), "dtype": float, "epochs": np.int8(3), "l2": np.float32(0.5)}
        | {"seed": np.array(2), "shuffle": np.False_, "threads": np.array("auto"), "start": "he"}
        | {"activation": iter(["relu", "tanh", "relu"]), "sample_weight": iter([1, 2])}
    )
    assert made.hidden == (3, 2) and made.dtype == np.float64 and made.l2 == 0.5
    assert [type(v) for v in (made.epochs, made.seed, made.shuffle)] == [int, int, bool]
    assert made.threads == "auto" and made.sample_weight == [1, 2]
    assert made.activation == ["relu", "tanh", "relu"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.epochs = 5  # type: ignore[misc]
    other = made.replaced(epochs=np.int64(5), seed=7)
    assert (other.epochs, other.seed, made.epochs, other.l2) == (5, 7, 3, 0.5)
    assert refused(lambda: made.replaced(epochs=-1)).startswith("epochs: -1, wanted")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("epoch", "epochs"), ("learning-rate", "learning_rate"), ("warmup", "warm_up"),
     ("Seed", "seed"), ("activations", "activation"), ("zzz", None)],
)  # fmt: skip
def test_an_unknown_option_says_what_may_be_meant(name, meant):
    hint = f"; did you mean {meant!r}?" if meant else ""
    for act in (
        lambda: Options.of({name: 1}),
        lambda: fastnet.train_seeds(X, Y, 2, **{name: 1}),
    ):
        with pytest.raises(TypeError) as caught:
            act()
        assert str(caught.value) == f"{name}: there is no such option{hint}"


def test_options_that_do_not_go_together():
    for given, said in [
        ({"resume": True}, "resume: True, but there is no checkpoint"),
        ({"validation_data": (X, Y), "validation_fraction": 0.5}, "validation_fraction: given,"),
        ({"average": 0.5, "patience": 2}, "average: 0.5, but patience is given too"),
    ]:
        assert refused(lambda given=given: Options(**given)).startswith(said)
        assert refused(lambda given=given: fastnet.train(X, Y, **given)).startswith(said)
        assert refused(lambda given=given: fastnet.train_seeds(X, Y, **given)).startswith(said)


# What is shown -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "rows"), [(fastnet.train, TRAIN), (fastnet.train_stream, STREAM)]
)
def test_the_signature_shows_every_option_with_its_type_and_default(function, rows):
    arguments = inspect.signature(function).parameters.values()
    shown = {a.name: (a.annotation, a.default) for a in arguments if a.kind is a.KEYWORD_ONLY}
    assert list(shown) == list(rows)
    for name, row in rows.items():
        assert shown[name][1] == row.default and type(shown[name][1]) is type(row.default)
        assert shown[name][0].replace('"', "'") == row.annotation.replace('"', "'")
    hints = get_type_hints(function, vars(sys.modules[function.__module__]))
    assert hints.keys() >= rows.keys()
    assert Literal["quadratic", "cross-entropy"] in get_args(hints["loss"])
    for name, row in rows.items():
        assert f"\n    {name} : {row.values.type}" in (function.__doc__ or "")
        assert row.help.split()[0] in (function.__doc__ or "")


@pytest.mark.heavy
def test_a_type_checker_sees_every_option(tmp_path):
    code = """
import fastnet, numpy as np
X, y = np.eye(3), [0, 1, 2]
fastnet.train(X, y, loss="mse")
fastnet.train(X, y, activation="swish")
fastnet.train(X, y, activation=["relu", "swish"])
fastnet.train(X, y, schedule="cosine")
fastnet.train(X, y, start="xavier")
fastnet.train(X, y, epochs="3")
fastnet.train(X, y, epoch=3)
fastnet.train_stream([], loss="mse")
fastnet.train(X, y, loss="cross-entropy", activation=["relu", "tanh", "softmax"], hidden=(3, 2))
fastnet.train(X, y, start=(-1, 0.5), schedule=lambda p: 1 - p, dtype=np.float64, threads="auto")
fastnet.train(X, y, start=[X], checkpoint=None, class_weight={0: 2.0})
fastnet.train_stream([(X[0], 1)], start="normal/n", new_labels=True, init=None)
"""
    (tmp_path / "use.py").write_text(code.lstrip())
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache"), "--config-file",
         str(ROOT / "setup.cfg"), str(tmp_path / "use.py")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    lines = [int(s.split(":")[1]) for s in done.stdout.splitlines() if ": error:" in s]
    assert lines == [*range(3, 11)], done.stdout + done.stderr
    assert 'did you mean "epochs"?' in done.stdout


def test_names_are_those_of_the_tables():
    assert TRAIN["loss"].values.names == (*outputs.LOSSES,)
    hidden = TRAIN["activation"].values.names
    assert (*hidden, "softmax") == tuple(ACTIVATIONS) and hidden == (*reference.TRANSFER,)
    assert TRAIN["schedule"].values.names == (*schedules.SCHEDULES, schedules.PLATEAU)
    assert TRAIN["start"].values.names == (*STARTS,)
    assert TRAIN["dtype"].values.names == parameters.DTYPES
    for name in TRAIN:
        for row in (TRAIN[name], STREAM.get(name)):
            choice = row is not None and row.values.form == "choice"
            for value in row.values.names if row and choice else ():
                own = {"patience": 1, "validation_data": (X, Y)} if value == "plateau" else {}
                assert fastnet.train(X, Y, epochs=0, **{name: value}, **own).run is not None


def test_first_sentences_are_lines_of_help():
    for row in [*TRAIN.values(), *STREAM.values()]:
        assert row.doc.startswith(row.help.replace("`", "")[:9]) and row.help.endswith(".")
        assert "{" not in row.help and 10 < len(row.help) < 85 and row.help[0].isupper()
        assert row.default is not None or row.usual is not None or row.rule, row.name
        assert row.terminal is False or row.values.form, row.name


def test_a_stream_shares_the_options_of_the_net():
    of_net = {name for name, row in TRAIN.items() if row.net}
    assert of_net == {"classes", "hidden", "activation", "loss", "dtype", "start"}
    assert STREAM.keys() - TRAIN.keys() == {"new_labels", "on_record"}
    assert STREAM.keys() & TRAIN.keys() == {*NetOptions.rows(), "on_progress"}
    assert all(STREAM[name].values == TRAIN[name].values for name in NetOptions.rows())


def test_rows_and_their_names_load_neither_numpy_nor_numba():
    code = """
import sys
from fastnet.options import Options, StreamOptions
for row in [*Options.rows().values(), *StreamOptions.rows().values()]:
    assert row.help and row.values.said and row.annotation
assert Options.rows()["loss"].values.names == ("quadratic", "cross-entropy")
print({"numpy", "numba", "click"} & sys.modules.keys())
"""
    assert python(code).stdout == "set()\n"


def test_limits_are_those_of_the_seeds_and_epochs():
    assert fastnet.train(X, Y, seed=checks.SEEDS, epochs=0).seed == checks.SEEDS
    said = refused(lambda: fastnet.train(X, Y, seed=checks.SEEDS + 1, epochs=0))
    assert said.endswith(f"wanted a whole number from 0 to {checks.SEEDS}")
    assert "from 0 to" in refused(lambda: fastnet.train(X, Y, epochs=options.EPOCHS + 1))
