"""Runs on tables: what is encoded, by which rows, and what is said."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet import Ensemble, train, train_seeds
from fastnet.data.samples import Samples
from fastnet.options import Options
from fastnet.tables import Encoding, reference
from fastnet.tables.frames import as_table
from fastnet.training import encoding
from fastnet.training.defaults import CLASSES
from fastnet.training.order import held_out
from tests.helpers import python
from tests.people import NAMES, classes, numbers, people, rows
from tests.training.helpers import judge_of, roundings

FRAME = people(200)
Y = classes(FRAME)
SMALL = {"hidden": (4,), "epochs": 2}
OF_TABLES = {name: CLASSES[name] for name in ("activation", "loss", "learning_rate", "average")}
OF_TABLES |= {"l2": CLASSES["l2"].value(200)}
LINE = (
    "fastnet: 4 columns are encoded as 7 inputs (2 numbers, 1 truth value, 1 of words); "
    "the defaults for tables apply; encode='none' takes numbers as they are\n"
)


def test_a_table_is_encoded_and_a_line_says_so(capfd):
    fastnet.warmup()
    capfd.readouterr()
    implied = train(FRAME, Y, **SMALL)
    assert capfd.readouterr().err == LINE
    for options in (
        {"verbose": False}, {"preset": "table"}, {"encode": "table", "preset": "table"},
        {"encode": "table", **OF_TABLES},
    ):  # fmt: skip
        net = train(FRAME, Y, **SMALL, **options)
        assert net.digest() == implied.digest()
        assert net.run["options"]["encode"] == "table" and capfd.readouterr().err == ""
    train(FRAME, Y, init=implied, epochs=1)
    assert capfd.readouterr().err == ""


def test_the_line_comes_once_for_the_same_columns(capfd):
    for X in (FRAME, FRAME[:100], FRAME[["age"]], FRAME[["age"]]):
        train(X, Y[: len(X)], **SMALL)
    several, one = capfd.readouterr().err.splitlines()
    assert several.startswith("fastnet: 4 columns are encoded as 7 inputs (2 numbers, 1 truth v")
    assert one.startswith("fastnet: 1 column is encoded as 1 input (1 number); the defaults")


@pytest.mark.parametrize("X", [
    FRAME[["age", "member"]], as_table(FRAME), rows(FRAME), FRAME.to_records(index=False),
    {name: FRAME[name].to_numpy() for name in NAMES},
], ids=["frame", "Table", "dicts", "fields", "columns"])  # fmt: skip
def test_what_implies_an_encoding(X):
    assert train(X, Y, **SMALL).encoding.named


def test_arrays_are_encoded_only_if_that_is_asked_for():
    X = FRAME[["age", "member"]].to_numpy(float) / 64
    for raw in (X, X.tolist(), pd.DataFrame(X).to_numpy(object), Samples(X, np.dtype("f4"))):
        assert train(raw, Y, **SMALL).encoding is None
    wanted = train(X, Y, encode="table", **SMALL)
    assert wanted.encoding.names == ("0", "1") and not wanted.encoding.named
    for same in (X.tolist(), Samples(X, np.dtype("f4")), pd.DataFrame(X)):
        assert train(same, Y, encode="table", **SMALL).digest() == wanted.digest()
    whole = train(X, Y, preset="table", **SMALL)
    assert whole.digest() == train(X, Y, encode="table", **SMALL, **OF_TABLES).digest()
    both = train(X, Y, preset="table", encode="none", **SMALL)  # what is given wins
    assert both.encoding is None
    assert both.digest() == train(X, Y, **SMALL, **OF_TABLES).digest()
    frame = train(pd.DataFrame(X, columns=["age", "member"]), Y, encode="none", **SMALL)
    assert frame.digest() == train(X, Y, **SMALL).digest()


def encoding_of(places):
    return Encoding.fit(as_table(FRAME), places).digest()


def test_a_table_that_has_its_target_among_its_columns_is_said():
    for name, y in (("pay", FRAME["pay"].fillna(0)), ("job", FRAME["job"].fillna("none"))):
        table = FRAME.assign(**{name: y})
        said = f"^X: column {name!r} is y itself, so the net learns to copy it; leave it out$"
        with pytest.warns(fastnet.LearningWarning, match=said):
            train(table, y, **SMALL)
        train(table, y[::-1], **SMALL)  # the same name alone says nothing, as of a shifted column


def test_only_rows_that_are_learned_make_the_encoding():
    odd = FRAME.copy()
    net = train(odd, Y, validation_fraction=0.2, seed=3, **SMALL)
    held = held_out(Y, 0.2, 3)
    odd.loc[held, ["age", "job"]] = 1_000_000, "other"
    assert net.encoding.digest() == encoding_of(np.setdiff1d(np.arange(200), held))
    other = train(odd, Y, validation_fraction=0.2, seed=3, **SMALL)
    assert other.digest() == net.digest() and other.encoding == net.encoding

    weights = np.arange(200) % 3
    net = train(FRAME, Y, sample_weight=weights, **SMALL)
    assert net.encoding.digest() == encoding_of(np.repeat(np.arange(200), weights))
    y = numbers(FRAME)
    far = np.where(weights == 0, y + 0.1, y)
    nets = [train(FRAME, each, sample_weight=weights, **SMALL) for each in (y, far)]
    assert nets[0].digest() == nets[1].digest()
    assert nets[0].outputs.units.centre[0] == np.sort(y.repeat(weights))[(weights.sum() - 1) // 2]


def test_the_weights_of_a_file_are_those_of_its_rows():
    weights = np.arange(200) % 3 / 2
    table = replace(as_table(FRAME), weights=weights)
    for act in (train, lambda *a, **k: train_seeds(*a, 1, **k)[0]):
        wanted = act(FRAME, Y, sample_weight=weights, **SMALL)
        assert act(table, Y, **SMALL).digest() == wanted.digest()
        assert act(table, Y, **SMALL).run == wanted.run
        twos = np.full(200, 2.0)
        given = act(table, Y, sample_weight=twos, **SMALL)
        assert given.digest() == act(FRAME, Y, sample_weight=twos, **SMALL).digest()


def test_validation_data_are_encoded_as_the_rows_that_are_learned():
    other = people(80, seed=2)
    net = train(FRAME, Y, validation_data=(other[NAMES[::-1]], classes(other)), **SMALL)
    assert net.encoding.digest() == train(FRAME, Y, **SMALL).encoding.digest()
    assert net.history[-1]["val_accuracy"] == net.last.score(other, classes(other))
    with pytest.raises(ValueError, match=r"^validation_data X: no column 'pay'"):
        train(FRAME, Y, validation_data=(other.drop(columns="pay"), classes(other)))


def test_init_is_never_fitted_again():
    net, other = train(FRAME, Y, **SMALL), people(150, seed=5)
    other["age"] *= 1000
    on = train(other, classes(other), init=net, epochs=1)
    assert on.encoding == net.encoding and on.digest() != net.digest()
    assert on.digest() == train(net.samples(other), classes(other), init=net, epochs=1).digest()
    y = numbers(FRAME)
    first = train(FRAME, y, **SMALL)
    on = train(FRAME, 2 * y, init=first, epochs=1)
    assert on.outputs.units is not None and on.outputs.units.centre == first.outputs.units.centre
    streamed = fastnet.train_stream([(FRAME, Y)], hidden=(4,))
    on = train(FRAME, Y, init=streamed, epochs=1)
    assert streamed.encoding.running and not on.encoding.running
    assert on.encoding.width == streamed.encoding.width


def test_init_has_an_encoding_or_none():
    numeric = FRAME[["age", "member"]] / 64
    raw, net = train(numeric.to_numpy(float), Y, **SMALL), train(FRAME, Y, **SMALL)
    on = train(numeric, Y, init=raw, epochs=1)  # by place, as they are
    assert on.digest() == train(numeric.to_numpy(float), Y, init=raw, epochs=1).digest()
    for init, encode in ((raw, "table"), (net, "none")):
        said = f"^encode: '{encode}', but init has {'no' if init is raw else 'an'} encoding"
        with pytest.raises(ValueError, match=said):
            train(numeric, Y, init=init, encode=encode)
        with pytest.raises(ValueError, match=said):
            fastnet.train_stream([(numeric, Y)], init=init, encode=encode)
        with pytest.raises(ValueError, match=said):
            train_seeds(numeric, Y, 2, init=init, encode=encode)
    with pytest.raises(TypeError, match=r"^X: .*wanted real numbers; encode='table' takes words"):
        train(FRAME, Y, init=raw)
    made = net.samples(FRAME)
    plain = fastnet.Network.initialise(net.sizes, net.activations, net.loss, classes=net.classes)
    assert train(made, Y, init=plain, epochs=1).encoding is net.encoding
    with pytest.raises(ValueError, match=r"^encode: 'none', but X is encoded already"):
        train(made, Y, encode="none")


@pytest.mark.parametrize("act", [
    train, lambda X, y, **more: train_seeds(X, y, 2, **more),
], ids=["train", "train_seeds"])  # fmt: skip
def test_what_does_not_fit_is_named_as_it_came(act):
    for X, y, options, said in (
        (FRAME, Y[:-1], {}, r"y: shape \(199,\), wanted \(200,\)"),
        (FRAME, Y, {"sample_weight": [1, 2]}, r"sample_weight: shape \(2,\)"),
        (FRAME[:0], Y[:0], {}, r"X: shape \(0, 4\), wanted at least one sample"),
        (FRAME[[]], Y, {}, r"X: .*wanted at least one"),
        (FRAME, np.full(200, "a"), {}, "y: only one class, 'a'"),
        (FRAME.assign(age=np.inf), Y, {}, "X: column 'age': inf in row 0, wanted finite"),
        (pd.concat([FRAME, FRAME], axis=1), Y, {}, "X: two columns 'age'"),
        (FRAME, [*Y[:-1], None], {}, "y: 1 missing value in row 199"),
    ):
        with pytest.raises((ValueError, TypeError), match=f"^{said}"):
            act(X, y, **options)


def test_the_record_names_the_encoding():
    net = train(FRAME, Y, **SMALL)
    data = net.run["data"]
    assert data["features"] == 4 and data["samples"] == 200
    assert data["encoding"] == f"sha256:{net.encoding.digest()}"
    assert data["X"] == net.samples(FRAME).sha256
    assert json.loads(json.dumps(net.run)) == net.run
    again = train(FRAME, Y, **{k: v for k, v in net.run["options"].items() if v is not None})
    assert again.digest() == net.digest() and again.run == net.run


def test_seeds_share_what_is_encoded(monkeypatch, capfd):
    made, fit = [], Encoding.fit
    monkeypatch.setattr(
        Encoding, "fit", classmethod(lambda cls, *more: made.append(1) or fit(*more))
    )
    nets = train_seeds(FRAME, Y, 3, **SMALL)
    assert capfd.readouterr().err.count("columns are encoded as 7 inputs") == len(made) == 1
    for seed, net in enumerate(nets):
        assert net.digest() == train(FRAME, Y, seed=seed, verbose=False, **SMALL).digest()
    capfd.readouterr(), made.clear(), encoding.TOLD.clear()
    held = {"validation_fraction": 0.3, **SMALL}
    nets = train_seeds(FRAME, numbers(FRAME), [5, 6], **held)
    assert capfd.readouterr().err.count("columns are encoded as 7 inputs") == 1 and len(made) == 2
    for seed, net in zip((5, 6), nets, strict=True):
        alone = train(FRAME, numbers(FRAME), seed=seed, verbose=False, **held)
        assert net.digest() == alone.digest() and net.run == alone.run
    assert nets[0].encoding != nets[1].encoding
    assert Ensemble(nets).predict(FRAME).shape == (200,)
    on = train_seeds(FRAME, numbers(FRAME), 2, init=nets[0], epochs=1)
    assert on[0].encoding == nets[0].encoding
    assert capfd.readouterr().err == ""


def plain(frame):
    """Rows as the reference of encodings takes them."""
    return [{k: None if v != v else v for k, v in row.items()} for row in rows(frame)]


def test_a_run_is_the_reference_of_the_encoding_and_of_learning():
    """The encoding, row by row in plain Python; then the whole algorithm in plain NumPy."""
    y, few = numbers(FRAME), plain(FRAME)
    options = {"shuffle": False, "schedule": "constant", "learning_rate": 1 / 64, "l2": 0}
    options["average"] = 0
    start = train(FRAME, y, epochs=0, hidden=(4,), dtype="float64", **options)
    encoding, judge = reference.Encoding(few), judge_of(start)
    X = np.array([encoding.encode(row) for row in few])
    assert np.array_equal(start.samples(FRAME).rows, X)
    net = train(FRAME, y, init=start, epochs=3, **options)
    centre, scale = np.sort(y)[199 // 2], y.std()  # none is far
    targets = (y - centre)[:, None] / scale
    atol = roundings(net, 600) + 600 * float(np.spacing(1e9)) / scale
    for record in net.history:
        cost, _ = judge.backpropagate(X, targets, 1 / 64)
        assert record["loss"] / scale**2 == pytest.approx(cost / 200, abs=atol)
    learned = zip([*net.weights, *net.biases], [*judge.weights, *judge.biases], strict=True)
    for own, wanted in learned:
        np.testing.assert_allclose(own, wanted, rtol=0, atol=atol)
    answers = [judge.feed_forward(x)[1][-1][0] * scale + centre for x in X]
    np.testing.assert_allclose(net.predict(FRAME), answers, rtol=0, atol=scale * 10 * atol)


def test_the_options_resolve_the_preset():
    assert Options(preset="table").encoding == "table" and Options().encoding is None
    assert Options(preset="table", encode="none").encoding == "none"
    with pytest.raises(ValueError, match=r"^preset: 'image', wanted one of table"):
        Options(preset="image")


def test_plain_arrays_import_nothing_of_tables():
    code = (
        "import sys, numpy, fastnet; X = numpy.eye(3); net = fastnet.train(X, list('abc'), "
        "epochs=1); net.predict(X); net.learn_one(X[0], 'a'); net.partial_fit(X, list('abc')); "
        "fastnet.train_stream([(X, ['a', 'b', 'c'])]); "
        "print([name for name in sys.modules if name.startswith('fastnet.tables')])"
    )
    assert python(code).stdout == "[]\n"


def test_a_table_of_few_rows_that_is_hardly_learned_is_said():
    colours = pd.DataFrame({"colour": ["red", "blue"] * 2, "size": ["big"] * 2 + ["small"] * 2})
    said = (
        r"^hardly anything was learned: 4 rows in 20 epochs are 80 steps; give more epochs, "
        r"about 500$"
    )
    for y in (["yes", "no", "yes", "no"], [1.5, 3.0, 4.0, 5.0]):
        plain = {"activation": "sigmoid", "loss": "quadratic", "hidden": (64, 32), "l2": 0}
        with pytest.warns(fastnet.LearningWarning, match=said):
            train(colours, y, epochs=20, **plain)
        with pytest.warns(fastnet.LearningWarning, match=said):
            train(colours, y, encode="table")
        assert train(colours, y).score(colours, y) > 0.9  # no warning
        assert train(colours, y, epochs=500).score(colours, y) > 0.9
    with pytest.warns(fastnet.LearningWarning, match="about 500, and a smaller l2$"):
        train(colours, [1.5, 3.0, 4.0, 5.0], l2=2)
    train(colours, [1, 2, 1, 2], epochs=3)  # whoever asks for few knows it
