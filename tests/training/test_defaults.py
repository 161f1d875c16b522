"""The defaults by rule: which data have which, and that each option that is given wins."""

import json

import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet import datasets, train, train_seeds, train_stream
from fastnet.data.samples import Samples
from fastnet.options import Options
from fastnet.tables import Encoding
from fastnet.tables.frames import as_table
from fastnet.training import defaults
from fastnet.training.defaults import CLASSES, NUMBERS, PLAIN, STREAM_CLASSES, STREAM_NUMBERS
from fastnet.training.prepare import prepare
from tests.helpers import needed, python
from tests.people import classes, people, rows

FRAME = people(120)
Y, PAY = classes(FRAME), FRAME["age"].to_numpy(float) * 3 + 1
X = np.random.default_rng(0).random((120, 4))
SEVERAL = np.stack([FRAME["age"] > 40, FRAME["age"] > 50], axis=1)
QUICK = {"epochs": 1}


def made(X, y, **options):
    """The options that a run is recorded with; nothing is learned."""
    return prepare(X, y, Options.of({"verbose": False, **options})).record.complete()["options"]


def of_rule(rule, n):
    """A rule's values as a record has them."""
    values = {k: v.value(n) if isinstance(v, defaults.By) else v for k, v in rule.items()}
    return json.loads(json.dumps(values))


def has(recorded, rule, n=120):
    return recorded.items() >= of_rule(rule, n).items()


def encoded():
    samples = Encoding.fit(as_table(FRAME)).samples(as_table(FRAME), np.dtype("f4"))
    assert isinstance(samples, Samples)
    return samples


@pytest.mark.parametrize("table", [
    FRAME, as_table(FRAME), rows(FRAME), FRAME.to_records(index=False), encoded(),
    {name: FRAME[name].to_numpy() for name in FRAME},
], ids=["frame", "Table", "dicts", "fields", "encoded", "columns"])  # fmt: skip
def test_tables_have_the_defaults_for_tables(table):
    for y, rule in ((Y, CLASSES), (PAY, NUMBERS)):
        recorded = made(table, y)
        assert has(recorded, rule) and recorded["preset"] == recorded["encode"] == "table"
        assert has(train_seeds(table, y, 2, verbose=False, **QUICK)[1].run["options"],
                   rule | QUICK)  # fmt: skip


def test_plain_data_and_an_encoding_alone_have_the_defaults_of_images():
    sparse = needed("scipy.sparse").csr_array(X)
    for data, more in (
        (X, {}), (X.tolist(), {}), (sparse, {}), (FRAME, {"encode": "table"}),
        (FRAME[["age"]] / 64, {"encode": "none"}), (encoded(), {"encode": "table"}),
    ):  # fmt: skip
        recorded = made(data, Y, **more)
        assert has(recorded, PLAIN) and recorded["learning_rate"] == 0.2
        assert recorded.get("preset") is None
        assert has(made(data, (PAY - PAY.mean()) / PAY.std(), **more), PLAIN)
        both = made(data, Y, preset="table", **more)
        assert has(both, CLASSES) and both["preset"] == "table"
        if not isinstance(data, Samples):
            assert train_stream([(data, Y)], **more).sizes[1:-1] == PLAIN["hidden"]


def test_the_preset_leaves_sparse_rows_as_they_are():
    sparse, y = needed("scipy.sparse").csr_array(X), (X[:, 0] > 0.5).astype(int)
    nets = [train(data, y, preset="table") for data in (sparse, Samples(sparse, np.dtype("f4")))]
    nets += [train(X, y, preset="table", encode="none")]
    assert len({net.digest() for net in nets}) == 1 and nets[0].encoding is None
    streams = [
        train_stream([(sparse, y)], preset="table"),
        train_stream([(X, y)], preset="table", encode="none"),
    ]
    assert streams[0].digest() == streams[1].digest() and streams[0].encoding is None
    for act in (lambda **o: train(sparse, y, **o), lambda **o: train_stream([(sparse, y)], **o)):
        with pytest.raises((TypeError, ValueError), match="sparse rows"):
            act(encode="table")


@pytest.mark.parametrize("given", [
    {"hidden": (5, 3)}, {"hidden": ()}, {"activation": "tanh"}, {"loss": "quadratic"},
    {"schedule": "constant"}, {"epochs": 7}, {"l2": 0.25}, {"l2": 0}, {"average": 0},
    {"average": 0.25}, {"learning_rate": 0.125}, {"dtype": "float64"},
], ids=str)  # fmt: skip
def test_each_option_that_is_given_wins_alone(given):
    rule = of_rule(CLASSES, 120)
    recorded = made(FRAME, Y, **given)
    others = {
        name: value for name, value in rule.items()
        if name not in given and not ({"activation", "hidden"} & {*given} and name[0:4] == "lear")
    }  # fmt: skip
    assert recorded.items() >= others.items()
    for name, value in json.loads(json.dumps(given)).items():
        assert recorded[name] == value


def test_the_rate_follows_the_activation():
    assert made(FRAME, Y, activation="tanh")["learning_rate"] == 0.02
    assert made(FRAME, Y, activation="sigmoid")["learning_rate"] == 0.2
    assert made(FRAME, Y, hidden=())["learning_rate"] == 0.02  # of softmax
    own = CLASSES["activation"]
    assert made(FRAME, Y, activation=own)["learning_rate"] == CLASSES["learning_rate"]
    layers = [own, "tanh", "softmax"]
    several = made(FRAME, Y, activation=layers, hidden=(4, 4))
    assert several["learning_rate"] == CLASSES["learning_rate"]
    assert made(FRAME, PAY, activation="sigmoid")["learning_rate"] == 0.02
    wide = made(FRAME, PAY, hidden=(5000,))["learning_rate"]
    assert wide == 1 / 5000 < NUMBERS["learning_rate"]  # larger steps diverge


def test_several_labels_at_once_on_a_table():
    for y in (SEVERAL, SEVERAL.astype(int), SEVERAL.astype(np.uint8)):
        net = train(FRAME, y, verbose=False)
        assert net.task == "multilabel" and has(net.run["options"], CLASSES)
        assert net.activations[-1] == "sigmoid" and net.score(FRAME, y) > 0.9
        assert set(np.unique(net.predict(FRAME)).tolist()) == {0, 1}
        assert train(X, y, **QUICK).task == "regression"  # as ever
    given = train(FRAME, SEVERAL.astype(float), loss="cross-entropy", verbose=False)
    assert given.digest() == train(FRAME, SEVERAL, verbose=False).digest()
    for y in (SEVERAL.astype(float), SEVERAL * 2, -1 * SEVERAL, SEVERAL[:, :1] * 1.0):
        assert has(made(FRAME, y), NUMBERS)
    stream = train_stream([*zip(rows(FRAME), SEVERAL, strict=True)])
    assert stream.task == "multilabel" and stream.activations == ("relu", "sigmoid")
    assert train_stream([(FRAME, SEVERAL.astype(int))]).digest() == stream.digest()


def test_n_is_the_number_of_samples_that_an_epoch_learns():
    n = {"l2": CLASSES["l2"].value(90), "epochs": CLASSES["epochs"].value(90)}
    assert made(FRAME, Y, validation_fraction=0.25).items() >= n.items()
    weights = np.r_[np.zeros(60), np.ones(30), np.full(30, 2)]
    assert made(FRAME, Y, sample_weight=weights).items() >= n.items()
    large = pd.concat([people(2500)] * 2)
    assert made(large, classes(large))["epochs"] == CLASSES["epochs"].value(5000)


def test_patience_wants_the_best_weights_and_not_the_mean_ones():
    with_patience = {"validation_fraction": 0.25, "patience": 3}
    assert made(FRAME, Y, **with_patience)["average"] == 0
    with pytest.raises(ValueError, match=r"^average: 0\.5, but patience is given too"):
        train(FRAME, Y, average=0.5, **with_patience)


def test_l2_by_the_rule_is_less_for_sigmoid_units():
    relu, sigmoid = (made(FRAME, Y, activation=name) for name in ("relu", "sigmoid"))
    assert relu["l2"] == CLASSES["l2"].value(len(Y)) and sigmoid["l2"] == relu["l2"] / 16
    assert made(FRAME, Y, activation="sigmoid", learning_rate=0.5)["l2"] == sigmoid["l2"]
    assert made(FRAME, Y, activation="sigmoid", l2=0.25)["l2"] == 0.25
    assert made(FRAME, PAY, activation="relu")["l2"] == NUMBERS["l2"].value(len(Y))
    init = fastnet.train(FRAME, Y, activation="sigmoid", epochs=1)
    assert made(FRAME, Y, init=init)["l2"] == sigmoid["l2"]


@pytest.mark.compiled
def test_sigmoid_units_learn_a_table_by_the_rule():
    X = np.random.default_rng(6).standard_normal((500, 2))
    y = np.where((X[:, 0] > 0) ^ (X[:, 1] > 1), "yes", "no")
    net = fastnet.train(X, y, preset="table", activation="sigmoid")
    assert net.score(X, y) > 0.9
    with pytest.warns(fastnet.LearningWarning, match="a smaller l2"):
        fastnet.train(X, y, preset="table", activation="sigmoid", l2=CLASSES["l2"].value(500))


def test_l2_by_the_rule_never_takes_too_much_of_a_weight():
    few, y = FRAME[:3], Y[:3]
    assert {*y} == {"yes", "no"}
    recorded = made(few, y, learning_rate=8.0)
    assert recorded["l2"] == defaults.SHRINKING / 8 < CLASSES["l2"].value(3)
    steep = made(few, y, learning_rate=8.0, schedule=lambda p: 2 + 0 * p)
    assert steep["l2"] == defaults.SHRINKING / 16
    assert made(few, y, learning_rate=0)["l2"] == CLASSES["l2"].value(3)
    with pytest.raises(ValueError, match=r"^l2: 1 at a learning rate of 2 subtracts more"):
        made(few, y, learning_rate=2.0, l2=1)


def test_a_net_that_goes_on_has_the_rule_of_its_data_for_the_rest():
    net = train(FRAME, Y, hidden=(3,), verbose=False, **QUICK)
    rest = {k: v for k, v in CLASSES.items() if k not in ("hidden", "activation")}
    assert has(made(FRAME, Y, init=net), rest) and made(FRAME, Y, init=net)["hidden"] == [3]
    assert has(made(net.samples(FRAME), Y, init=net), rest)
    alone = made(FRAME, Y, init=net, encode="table")
    assert (alone["epochs"], alone["l2"], alone["learning_rate"]) == (20, 0.0, 0.02)
    plain = train(X, Y, hidden=(3,), **QUICK)
    assert made(X, Y, init=plain)["epochs"] == 20
    assert made(pd.DataFrame(X), Y, init=plain)["epochs"] == 20  # the net takes numbers as they are
    stream = train_stream([(FRAME, Y)])
    assert made(FRAME, Y, init=stream)["learning_rate"] == CLASSES["learning_rate"]


def test_a_stream_of_a_table_has_defaults_of_its_own():
    for y, rule in ((Y, STREAM_CLASSES), (PAY, STREAM_NUMBERS)):
        net = train_stream(zip(rows(FRAME), y, strict=True))
        assert net.sizes[1:-1] == rule["hidden"] and net.activations[0] == rule["activation"]
        assert net.loss == rule["loss"]
        assert net.history[0]["learning_rate"] == np.float32(rule["learning_rate"])
        for same in ({"preset": "table"}, {**rule, "encode": "table"}):
            assert train_stream([(FRAME, y)], **same).digest() == net.digest()
    own = train_stream([(FRAME, Y)], activation="sigmoid", hidden=(2,))
    assert own.history[0]["learning_rate"] == np.float32(0.1)
    assert own.loss == STREAM_CLASSES["loss"] and own.sizes[1:-1] == (2,)
    layers = ["tanh", "softmax"]
    assert train_stream([(FRAME, Y)], activation=layers).activations == (*layers,)
    with pytest.raises(ValueError, match=r"^activation: 4 names"):
        train_stream(iter([]), activation=["tanh", "tanh", "tanh", "softmax"])


def test_learn_one_goes_on_at_the_rate_of_the_net(tmp_path):
    stream = train_stream([(FRAME, Y)], new_labels=True)
    run = train(FRAME, Y, verbose=False, **QUICK)
    for net, rate in (
        (stream, STREAM_CLASSES["learning_rate"]), (run, CLASSES["learning_rate"] / 2),
    ):  # fmt: skip
        net.save(tmp_path / "net")
        for same in (net.copy(), fastnet.load(tmp_path / "net")):
            told = same.copy()
            same.learn_one(rows(FRAME)[0], "yes")
            told.learn_one(rows(FRAME)[0], "yes", rate)
            assert same.digest() == told.digest() != net.digest()
            assert same.checked_rate(None, falls=False) == rate
        on = train_stream([(FRAME, Y)], init=net)
        assert on.history[-1]["learning_rate"] == np.float32(rate)
    more = train_stream([(rows(FRAME)[0], "maybe")], init=stream, new_labels=True)
    assert more.sizes[-1] == 3
    assert more.checked_rate(None, falls=False) == STREAM_CLASSES["learning_rate"]


def test_a_record_gives_the_same_bits_again():
    for y in (Y, PAY, SEVERAL):
        net = train(FRAME, y, verbose=False)
        given = {k: v for k, v in net.run["options"].items() if v is not None}
        again = train(FRAME, y, **given)
        assert again.digest() == net.digest() and again.run == net.run


def test_a_run_that_resumes_has_the_same_rule(tmp_path):
    wanted = train(FRAME, Y, verbose=False)

    def stop(net, record):
        if record["epoch"] == 60:
            raise KeyboardInterrupt

    options = {"checkpoint": tmp_path / "run", "resume": True, "verbose": False}
    with pytest.raises(KeyboardInterrupt):
        train(FRAME, Y, on_epoch=stop, **options)
    net = train(FRAME, Y, **options)
    assert net.digest() == wanted.digest()
    assert net.run["options"] == wanted.run["options"]


def test_a_file_is_a_table_read_or_encoded(tmp_path):
    FRAME.assign(target=Y).to_csv(tmp_path / "t.csv", index=False)
    (table, y), _ = datasets.read(tmp_path / "t.csv")
    (samples, same), _ = datasets.encode(tmp_path / "t.csv", tmp_path / "folder")
    assert has(made(table, y), CLASSES) and has(made(samples, same), CLASSES)
    nets = [train(*data, verbose=False) for data in ((table, y), (samples, same))]
    assert nets[0].digest() == nets[1].digest()


@pytest.mark.parametrize("n", [5, 10, 50, 300])
@pytest.mark.parametrize("of_numbers", [False, True])
def test_small_tables_learn_in_silence(n, of_numbers):
    rng = np.random.default_rng(n)
    frame = pd.DataFrame(rng.normal(size=(n, 3)) * [1, 100, 0.007], columns=["a", "b", "c"])
    y = frame["a"] + frame["c"] * 100
    y = y.to_numpy() if of_numbers else np.where(y > y.median(), "more", "less")
    net = train(frame, y, verbose=False)
    assert net.score(frame, y) > (0.8 if of_numbers else 0.85)


def test_the_rules_load_neither_numpy_nor_numba():
    code = (
        "import sys; from fastnet.training.defaults import default_of; "
        "from fastnet.options import Options; print(*map(default_of, Options.rows().values())); "
        "print({'numpy', 'numba', 'click'} & sys.modules.keys())"
    )
    assert python(code).stdout.endswith("\nset()\n")


@pytest.mark.parametrize("y", [Y, PAY])
def test_sigmoid_units_have_weights_four_times_as_large(y):
    usual = made(FRAME, y, activation="relu")["l2"]
    assert made(FRAME, y, activation="sigmoid")["l2"] == usual / 16
    layers = ["sigmoid", "relu", "softmax" if y is Y else "identity"]
    assert made(FRAME, y, activation=layers)["l2"] == usual / 16
    assert made(FRAME, y, activation="sigmoid", hidden=())["l2"] == usual  # there are none
    assert made(FRAME, y, activation="sigmoid", l2=0.5)["l2"] == 0.5
    assert made(X, Y, activation="sigmoid")["l2"] == 0
