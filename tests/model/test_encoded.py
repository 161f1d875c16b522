"""The encoding of a net: one door for all that a person has, by name or by place."""

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import fastnet
from fastnet import Ensemble, Network, train
from fastnet.data.samples import Samples
from fastnet.tables import Encoding
from fastnet.tables.frames import as_table
from tests.people import NAMES, classes, numbers, people, rows

FRAME = people()
Y = classes(FRAME)
OPTIONS = {"hidden": (6,), "epochs": 3, "encode": "table"}
FORMS = {
    "pandas": lambda f: f,
    "Polars": pl.from_pandas,
    "Arrow": pa.Table.from_pandas,
    "dicts": rows,
    "columns": lambda f: {name: f[name].tolist() for name in f},
    "a Table": as_table,
    "fields": lambda f: f.to_records(index=False),
    "objects by place": lambda f: f[NAMES].to_numpy(object),
    "lists by place": lambda f: f[NAMES].to_numpy(object).tolist(),
}


@pytest.fixture(scope="module")
def net():
    return train(FRAME, Y, **OPTIONS)


@pytest.fixture(scope="module")
def regression():
    return train(FRAME, numbers(FRAME), **OPTIONS)


def test_a_net_knows_its_columns(net):
    assert net.n_features == 4 and net.feature_names == tuple(NAMES)
    assert net.sizes[0] == net.encoding.width > 4
    raw = train(np.eye(3), [0, 1, 2], epochs=0)
    assert (raw.n_features, raw.feature_names, raw.encoding) == (3, None, None)
    by_place = train(np.eye(3), [0, 1, 2], epochs=0, encode="table")
    assert (by_place.n_features, by_place.feature_names) == (3, None)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_table_has_the_same_answers(net, regression, form):
    X, wanted = FORMS[form](FRAME), net.predict_proba(FRAME)
    assert np.array_equal(net.predict_proba(X), wanted)
    assert net.predict(X).tolist() == net.predict(FRAME).tolist()
    assert net.score(X, Y) == net.score(FRAME, Y) > 0.5
    assert np.array_equal(regression.predict(X), regression.predict(FRAME))
    twin = net.copy().partial_fit(X, Y)
    assert twin.digest() == net.copy().partial_fit(FRAME, Y).digest() != net.digest()


def test_columns_are_found_by_name_in_any_order(net):
    wanted = net.predict_proba(FRAME)
    assert np.array_equal(net.predict_proba(FRAME[NAMES[::-1]]), wanted)
    with pytest.warns(fastnet.LearningWarning, match="does not know .'shoe'., left aside"):
        assert np.array_equal(net.predict_proba(FRAME.assign(shoe=1)), wanted)
    for act in (net.predict, lambda X: net.copy().partial_fit(X, Y), lambda X: net.score(X, Y)):
        with pytest.raises(ValueError, match=r"^X: no column 'pay', wanted age, pay, job, member"):
            act(FRAME.drop(columns="pay"))
    with pytest.raises(ValueError, match=r"^X: 3 columns, wanted 4"):
        net.predict(FRAME[NAMES[:3]].to_numpy(object))


def test_one_row_has_the_answer_of_its_table(net, regression):
    for one in (net, regression):
        for k in (0, 7):
            wanted = one.predict(FRAME)[k]
            row = rows(FRAME)[k]
            for x in (row, FRAME.iloc[k], [*row.values()], dict(reversed(row.items()))):
                assert one.predict_one(x) == wanted
    with pytest.raises(ValueError, match=r"^x: no column 'job'"):
        net.predict_one({"age": 3, "pay": 1.0, "member": True})


def test_learn_one_of_a_frozen_encoding_is_partial_fit(net, regression):
    for one, y in ((net, Y), (regression, numbers(FRAME))):
        singly, together = one.copy(), one.copy().partial_fit(FRAME[:50], y[:50])
        for row, answer in zip(rows(FRAME[:50]), y[:50], strict=True):
            singly.learn_one(row, answer)
        assert singly.digest() == together.digest() != one.digest()
        assert singly.encoding.digest() == one.encoding.digest()
        with pytest.raises(ValueError, match=r"^x: .*'pay'.* 'much'|^x: .*'much'"):
            singly.learn_one(rows(FRAME)[0] | {"pay": "much"}, y[0])
        assert singly.digest() == together.digest()


def test_a_net_without_an_encoding_says_what_to_do():
    raw = train(np.eye(4), [0, 1, 0, 1], epochs=0)
    numeric = pd.DataFrame(np.eye(4), columns=list("abcd"))
    assert raw.predict(numeric).tolist() == raw.predict(np.eye(4)).tolist()  # by place
    for X in (FRAME, rows(FRAME), numeric.to_dict("records")):
        for act in (raw.predict, lambda X: raw.partial_fit(X, Y), lambda X: raw.score(X, Y)):
            with pytest.raises(TypeError, match=r"^X: .*wanted real numbers; encode='table' takes"):
                act(X)
    for act in (raw.predict_one, lambda x: raw.learn_one(x, 0)):
        with pytest.raises(TypeError, match=r"^x: .*wanted real numbers; encode='table' takes"):
            act(rows(FRAME)[0])


def test_samples_know_their_encoding(net):
    made = net.samples(FRAME)
    assert made.encoding is net.encoding and net.samples(made) is made
    assert np.array_equal(net.predict_proba(made), net.predict_proba(FRAME))
    raw = Samples(FRAME[["age", "member"]], np.dtype("f4"))
    by_place = train(raw, Y, **OPTIONS)
    assert np.array_equal(by_place.predict_proba(raw), by_place.predict_proba(raw.rows))
    other = train(FRAME[:50], Y[:50], **OPTIONS)
    with pytest.raises(ValueError, match=r"^X: samples of another encoding, wanted"):
        other.predict(made)
    wide = train(FRAME, Y, **OPTIONS, dtype="float64").samples(made)
    assert wide.dtype == np.float64 and wide.encoding is net.encoding
    assert train(made, Y, hidden=(6,), epochs=3, encode="table").digest() == net.digest()
    assert train(wide, Y, hidden=(6,), epochs=1, dtype="float64").encoding is net.encoding


def test_an_encoding_that_does_not_fit_is_refused(net):
    twin = Network.initialise(net.sizes, net.activations, classes=net.classes)
    twin.encoding = net.encoding
    assert twin.predict(FRAME).shape == (300,)
    twin.encoding = None
    assert twin.encoding is None
    for bad, error in (({}, TypeError), (Encoding.fit(as_table(FRAME[["age"]])), ValueError)):
        with pytest.raises(error, match=r"^encoding: .*(wanted a fastnet|but the network has)"):
            twin.encoding = bad
    assert twin.encoding is None


@pytest.mark.parametrize("clone", [
    Network.copy, copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net)),
])  # fmt: skip
def test_copies_keep_the_encoding_and_the_units(net, regression, clone):
    for one in (net, regression):
        twin = clone(one)
        assert twin.digest() == one.digest() and twin.encoding == one.encoding
        assert np.array_equal(twin.predict_proba(FRAME), one.predict_proba(FRAME))


def test_the_digest_covers_the_encoding_and_the_units(net, regression):
    twin = net.copy()
    assert twin.digest() != twin.parameters.digest()
    twin.encoding = None
    assert twin.digest() == twin.parameters.digest()
    one, other = regression.copy(), regression.copy()
    other.outputs.units = other.outputs.units._replace(centre=other.outputs.units.centre + 1)
    assert one.digest() != other.digest() and one.parameters.digest() == other.parameters.digest()


def test_an_ensemble_encodes_for_each_of_its_nets(net, monkeypatch):
    others = [train(FRAME, Y, seed=1, **OPTIONS), train(FRAME[:200], Y[:200], **OPTIONS)]
    nets = [net, *others]
    mean = np.mean([one.predict_proba(FRAME).astype(float) for one in nets], axis=0)
    made = []
    samples = Encoding.samples
    monkeypatch.setattr(
        Encoding, "samples", lambda self, *more: made.append(1) or samples(self, *more)
    )
    assert np.allclose(Ensemble(nets).predict_proba(FRAME), mean, rtol=0, atol=1e-15)
    assert len(made) == 2  # the first two have the same encoding
    narrow = train(FRAME[["age"]], Y, **OPTIONS)
    with pytest.raises(ValueError, match="inputs 1, wanted 4"):
        Ensemble([net, narrow])


ORDER = pd.DataFrame(np.arange(20.0).reshape(10, 2) / 20, columns=["b", "a"])
IN_ORDER, KIND = ORDER[["a", "b"]], np.arange(10) % 2


def from_elsewhere() -> Network:
    """A net such as one of scikit-learn, which knows the order of its columns."""
    net = fastnet.train(IN_ORDER.to_numpy(), KIND, hidden=(3,), epochs=0)
    net.origin = {"pixels": False, "columns": ["a", "b"]}
    return net


def stream(net: Network, examples: Any) -> Any:
    return fastnet.train_stream(examples, init=net)


DOORS: dict[str, Any] = {
    "predict": lambda net, X: net.predict(X),
    "score": lambda net, X: net.score(X, KIND),
    "predict_one": lambda net, X: net.predict_one(X.iloc[0]),
    "an ensemble": lambda net, X: fastnet.Ensemble([net, net]).predict_one(X.iloc[0]),
    "learn_one": lambda net, X: net.learn_one(X.iloc[0], 1),
    "partial_fit": lambda net, X: net.partial_fit(X, KIND),
    "train": lambda net, X: fastnet.train(X, KIND, init=net, epochs=1),
    "train_seeds": lambda net, X: fastnet.train_seeds(X, KIND, 2, init=net, epochs=1),
    "validation": lambda net, X: fastnet.train(
        IN_ORDER, KIND, init=net, epochs=1, validation_data=(X, KIND)
    ),
    "a stream": lambda net, X: stream(net, [(X.iloc[0], 1)]),
    "a stream of frames": lambda net, X: stream(net, [(X.iloc[:1], [1]), (X, KIND)]),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_takes_columns_in_another_order(door: str) -> None:
    net = from_elsewhere()
    digest = net.digest()
    with pytest.raises(ValueError, match=r"(X|x): column 0 is 'b', wanted 'a', as it learned$"):
        DOORS[door](net, ORDER)
    assert net.digest() == digest
    DOORS[door](net, IN_ORDER)
    if "one" in door:  # without names a row goes by place
        row = pd.Series([0.1, 0.2])
        assert net.predict_one(row) == net.predict_one(row.to_numpy())
