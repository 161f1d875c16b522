"""Streams of tables: a running encoding learns along, whatever the form and the cuts."""

import copy
import itertools
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

import fastnet
from fastnet import Diverged, load, train, train_stream
from fastnet.model.start import weights_of_input
from fastnet.model.units import Units
from fastnet.tables import reference
from fastnet.tables.frames import as_table
from fastnet.tables.table import Table, Words
from fastnet.training.defaults import STREAM_CLASSES
from tests.people import NAMES, classes, numbers, people, rows
from tests.training.helpers import judge_of, roundings

# Thousands of examples in all.
pytestmark = pytest.mark.compiled

FRAME = pd.concat([people(1200), people(300, 1, jobs="bcdefg")], ignore_index=True)
N, HELD = len(FRAME), 1000
Y = classes(FRAME)
OPTIONS = {"hidden": (4,), "seed": 5}


def cut(X, y, *lengths):
    edges = [0, *itertools.accumulate(lengths), len(y)]
    return [(X[a:b], y[a:b]) for a, b in itertools.pairwise(edges) if a < b]


def singly(X, y):
    return zip(rows(X), y.tolist(), strict=True)


STREAMS = {
    "dicts": singly,
    "in another order": lambda X, y: (
        (dict(reversed(x.items())) if k else x, a) for k, (x, a) in enumerate(singly(X, y))
    ),
    "series": lambda X, y: ((X.iloc[k], y[k]) for k in range(len(X))),
    "named tuples": lambda X, y: zip(X.itertuples(index=False), y, strict=True),
    "a frame": lambda X, y: [(X, y)],
    "chunks": lambda X, y: cut(X, y, *[170] * 8),
    "lists of dicts": lambda X, y: [(rows(part), a) for part, a in cut(X, y, 3, 1000)],
    "Polars": lambda X, y: [(pl.from_pandas(part), a) for part, a in cut(X, y, 999, 2)],
    "Tables": lambda X, y: [(as_table(part), a) for part, a in cut(X, y, 1100)],
    "columns": lambda X, y: [({n: X[n].to_numpy() for n in NAMES}, y)],
    "fields": lambda X, y: [(X.to_records(index=False), y)],
    "all forms": lambda X, y: [
        *singly(X[:20], y[:20]), *cut(X[20:700], y[20:700], 7), *singly(X[700:], y[700:])
    ],
}  # fmt: skip


def timeless(net):
    return [{k: v for k, v in r.items() if "second" not in k} for r in net.history]


@pytest.fixture(scope="module")
def learned():
    """What a stream of dicts comes to: of classes, and of numbers."""
    return [train_stream(singly(FRAME, y), **OPTIONS) for y in (Y, numbers(FRAME))]


@pytest.mark.parametrize("form", STREAMS)
def test_every_form_of_a_stream_has_the_same_bits(form, learned):
    for y, wanted in zip((Y, numbers(FRAME)), learned, strict=True):
        net = train_stream(STREAMS[form](FRAME, y), **OPTIONS)
        assert net.digest() == wanted.digest() and net.encoding == wanted.encoding
        assert timeless(net) == timeless(wanted)
        assert net.encoding.running and set(net.feature_names) == set(NAMES)


@pytest.mark.parametrize("k", [0, 1])
def test_learn_one_and_partial_fit_go_on_as_the_stream(k, learned):
    y, wanted = (Y, numbers(FRAME))[k], learned[k]
    start = train_stream(singly(FRAME[:HELD], y[:HELD]), **OPTIONS)
    one, some = start.copy(), start.copy()
    for x, answer in singly(FRAME[HELD:], y[HELD:]):
        one.learn_one(x, answer)
    for part, answers in cut(FRAME[HELD:], y[HELD:], 1, 2, 300):
        some.partial_fit(part, answers)
    stream = train_stream(singly(FRAME[HELD:], y[HELD:]), init=start)
    assert one.digest() == some.digest() == stream.digest() == wanted.digest()
    assert start.sizes[0] < one.sizes[0] == one.encoding.width
    assert stream.history[0] == start.history[0]


def test_a_stream_goes_on_after_a_file_or_a_copy(tmp_path):
    start = train_stream(singly(FRAME[:HELD], Y[:HELD]), **OPTIONS)
    start.save(tmp_path / "net")
    wanted = start.copy().partial_fit(FRAME[HELD:], Y[HELD:])
    for net in (
        load(tmp_path / "net"), pickle.loads(pickle.dumps(start)), copy.deepcopy(start),
        copy.copy(start),
    ):  # fmt: skip
        assert net.digest() == start.digest() and net.encoding.running
        assert net.partial_fit(FRAME[HELD:], Y[HELD:]).digest() == wanted.digest()
    assert start.digest() == load(tmp_path / "net").digest()


def test_answers_change_nothing(learned):
    net = learned[0].copy()
    for act in (net.predict, net.predict_proba, lambda X: net.score(X, Y[:50])):
        act(FRAME[:50])
    net.predict_one(rows(FRAME)[0])
    with pytest.warns(fastnet.LearningWarning, match="unknown"):
        net.predict(FRAME[:50].assign(job="king"))
    assert net.digest() == learned[0].digest()


def test_what_is_learned_is_worth_it(learned):
    assert learned[1].score(FRAME, numbers(FRAME)) > 0.8
    assert learned[1].history[-1]["loss"] < 0.2 * numbers(FRAME).var()
    answers = learned[1].predict(FRAME[1:4])
    assert answers.dtype == np.float64 and learned[1].predict_one(rows(FRAME)[1]) == answers[0]


def test_the_units_of_numbers_are_those_of_the_first_thousand():
    y = numbers(FRAME)
    far = np.concatenate([y[:HELD], y[HELD:] + 1])
    one, other = (train_stream([(FRAME, each)], **OPTIONS).outputs.units for each in (y, far))
    first = Units.of(y[:HELD, None])
    assert (one.centre, one.scale) == (other.centre, other.scale) == (first.centre, first.scale)


def test_a_frozen_encoding_stays_frozen():
    net = train(FRAME[:500], Y[:500], hidden=(4,), epochs=1)
    jobs = FRAME[500:1200]
    on = train_stream(singly(jobs, Y[500:1200]), init=net)
    assert on.encoding == net.encoding and not on.encoding.running
    assert on.digest() == train_stream([(jobs, Y[500:1200])], init=net).digest()
    assert on.digest() == net.copy().partial_fit(jobs, Y[500:1200]).digest() != net.digest()


def test_a_new_input_depends_on_its_index_alone(learned):
    net, start = learned[0], train_stream(singly(FRAME[:HELD], Y[:HELD]), **OPTIONS)
    wide = start.copy()
    wide.samples_to_learn(FRAME[HELD:])
    width = start.sizes[0]
    assert wide.sizes == net.sizes and wide.sizes[0] > width
    assert np.array_equal(wide.weights[0][:width], start.weights[0])
    for index in range(width, wide.sizes[0]):
        drawn = weights_of_input(index, 4, "relu", 5).astype("f4")
        assert np.array_equal(wide.weights[0][index], drawn)
        assert 0 < np.abs(drawn).max() <= np.sqrt(6 / (index + 1))
    for own, old in zip(wide.biases, start.biases, strict=True):
        assert np.array_equal(own, old)
    assert np.array_equal(wide.weights[1], start.weights[1])


def test_arrays_are_encoded_only_if_that_is_asked_for():
    X = FRAME[["age", "member"]].to_numpy(float) / 64
    raw = train_stream(zip(X, Y, strict=True), **OPTIONS)
    assert raw.encoding is None
    nets = [
        train_stream(stream, encode="table", **OPTIONS)
        for stream in (
            zip(X, Y, strict=True), zip(X.tolist(), Y, strict=True), [(X, Y)], cut(X, Y, 9, 1001),
            [(pd.DataFrame(X), Y)],
        )
    ]  # fmt: skip
    assert len({net.digest() for net in nets}) == 1
    assert nets[0].encoding.running and nets[0].feature_names is None and nets[0].n_features == 2
    named = pd.DataFrame(X, columns=["age", "member"])
    assert train_stream([(named, Y)], encode="none", **OPTIONS).digest() == raw.digest()
    whole = train_stream([(X, Y)], preset="table", **OPTIONS)
    given = {name: STREAM_CLASSES[name] for name in ("activation", "loss", "learning_rate")}
    assert (
        whole.digest()
        == train_stream([(X, Y)], encode="table", **OPTIONS, **given).digest()
        != nets[0].digest()
    )


def test_a_line_says_that_examples_are_encoded(capfd):
    fastnet.warmup()
    capfd.readouterr()
    train_stream(singly(FRAME[:50], Y[:50]), **OPTIONS)
    said = capfd.readouterr().err
    assert said.startswith("fastnet: 4 columns are encoded as ") and said.count("\n") == 1
    train_stream(singly(FRAME[:50], Y[:50]), encode="table", **OPTIONS)
    train_stream(zip(np.eye(2), [0, 1], strict=True), **OPTIONS)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("known", [False, True])
def test_new_labels_and_new_words_together(known):
    y = np.where(np.arange(N) > 1250, "maybe", Y)
    more = {"new_labels": True, **OPTIONS, **({"classes": ["no"]} if known else {})}
    nets = [
        train_stream(stream, **more) for stream in (singly(FRAME, y), cut(FRAME, y, 1249, 3))
    ]
    assert nets[0].digest() == nets[1].digest() and nets[0].encoding == nets[1].encoding
    assert sorted(nets[0].classes.tolist()) == ["maybe", "no", "yes"]
    assert nets[0].sizes == (nets[0].encoding.width, 4, 3)


# What does not fit ------------------------------------------------------------------------------

ROW = rows(FRAME)[0]
BAD = {
    "a word": (ROW | {"age": "old"}, "yes", r"x: .*'age'.* 'old'|x: column 'age': 'old'"),
    "infinity": (ROW | {"pay": np.inf}, "yes", "x: column 'pay': inf"),
    "a list": (ROW | {"job": {1, 2}}, "yes", "x: .* wanted columns, or a row"),
    "an unknown label": (ROW, "perhaps", "y: label 'perhaps'"),
    "no label": (ROW, None, "y: label None"),
    "a number": (ROW, 0.5, "y: dtype float64"),
    "too short": ([1, 2], "yes", "x: 2 "),
    "no row": (7, "yes", "x: "),
    "a new word, no label": (ROW | {"job": "king"}, None, "y: label None"),
    "a new word and a word": (ROW | {"job": "king", "age": "old"}, "yes", "x: "),
    "a chunk": (FRAME[:3], ["yes"], "x: 3 rows and 1 answers, wanted as many"),
    "a chunk without a column": (FRAME[:3].drop(columns="pay"), ["yes"] * 3, "x: no column 'pay'"),
}  # fmt: skip


@pytest.mark.parametrize("at", [1010, 1200])
@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_named_and_changes_nothing(name, at):
    x, y, said = BAD[name]
    before = [*singly(FRAME[:at], Y[:at])]
    wanted = train_stream(before, **OPTIONS)
    for stream in (before, cut(FRAME[:at], Y[:at], 1005)):
        with pytest.raises((ValueError, TypeError), match=f"^example {at + 1}: ({said})") as caught:
            train_stream([*stream, (x, y), *singly(FRAME[at:], Y[at:])], **OPTIONS)
        net = caught.value.network
        assert caught.value.example == at + 1
        assert net.digest() == wanted.digest() and net.encoding == wanted.encoding
        assert sum(record["samples"] for record in net.history) == at


@pytest.mark.parametrize("name", [name for name in BAD if "chunk" not in name])
def test_learn_one_and_partial_fit_change_nothing_either(name, learned):
    x, y, _ = BAD[name]
    net = learned[0].copy()
    for act in (lambda: net.learn_one(x, y), lambda: net.partial_fit([ROW, x], ["yes", y])):
        with pytest.raises((ValueError, TypeError)):
            act()
        assert net.digest() == learned[0].digest() and net.encoding == learned[0].encoding
        assert net.sizes == learned[0].sizes


def test_a_row_of_a_chunk_that_does_not_fit():
    odd = FRAME.copy()
    odd.loc[1320, "pay"] = np.inf
    wanted = train_stream(singly(FRAME[:1320], Y[:1320]), **OPTIONS)
    for stream in ([(odd, Y)], cut(odd, Y, 1300), singly(odd, Y)):
        said = r"^example 1321: x: column 'pay': inf in (row \d+|example 1321), wanted finite"
        with pytest.raises(ValueError, match=said) as caught:
            train_stream(stream, **OPTIONS)
        assert caught.value.network.digest() == wanted.digest()
        assert caught.value.network.encoding == wanted.encoding


def test_the_first_example_does_not_fit():
    for x, said in (
        (ROW | {"age": np.inf}, "column 'age': inf in example"), (ROW | {"age": 1j}, ".*'age'.*1j"),
    ):  # fmt: skip
        with pytest.raises((ValueError, TypeError), match=f"^example 1: x: {said}") as caught:
            train_stream([(x, "yes"), *singly(FRAME[:5], Y[:5])], **OPTIONS)
        assert caught.value.network is None


def test_examples_without_a_value_are_an_error():
    for x in ({}, {"age": None}):
        said = "^example 1: x: no value in the first 1,000 examples, wanted columns with values$"
        with pytest.raises(ValueError, match=said):
            train_stream([(x, "yes"), (x, "no")] * 600, **OPTIONS)


@pytest.mark.parametrize("at", [0, 700, 1499, 1500])
def test_an_empty_dict_is_an_example_of_gaps(at):
    before, more = [*singly(FRAME[:at], Y[:at])], [*singly(FRAME[at:], Y[at:])]
    gaps = dict.fromkeys(FRAME) if at else {}
    nets = [train_stream([*before, (x, "yes"), *more], **OPTIONS) for x in ({}, gaps)]
    assert nets[0].digest() == nets[1].digest()
    assert sum(record["samples"] for record in nets[0].history) == len(FRAME) + 1


def test_partial_fit_that_fails_late_changes_nothing(learned, monkeypatch):
    net = learned[1].copy()
    X, y = FRAME[:50].assign(job="king"), numbers(FRAME[:50])
    with pytest.raises(Diverged) as caught, pytest.warns(fastnet.LearningWarning, match="far too"):
        net.partial_fit(X, y, learning_rate=1e30)
    assert "the weights are those from before the call" in str(caught.value)
    assert net.digest() == learned[1].digest() and net.encoding == learned[1].encoding

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(net.passes), "learn", interrupted)
    with pytest.raises(KeyboardInterrupt):
        net.partial_fit(X, y)
    assert net.digest() == learned[1].digest() and net.sizes == learned[1].sizes


def test_a_net_that_diverges_goes_back_over_new_inputs(learned):
    net = learned[1].copy()
    row, y = rows(FRAME)[0], numbers(FRAME)[0]
    net.learn_one(row, y)  # the first call checks all weights
    checked = net.copy()
    net.weights[0][0, 0] = np.inf  # as a step might
    net._guard.kept, net._guard.kept_at = checked.parameters.copy(), 0
    with pytest.raises(Diverged, match="the weights are those of the last check"):
        for k in range(2000):
            net.learn_one(row | {"job": f"new {k % 3}", "age": 1e3}, y)
    assert net.is_finite() and net.sizes[0] == net.encoding.width > checked.sizes[0]
    assert np.array_equal(net.weights[0][: checked.sizes[0]], checked.weights[0])


def test_ctrl_c_and_callbacks_find_encoding_and_weights_at_one_place(learned):
    seen = []

    def on_record(net, record):
        seen.append((len(seen), net.digest(), net.encoding.columns[0].seen))

    for stream in (singly(FRAME, Y), [(FRAME, Y)]):
        train_stream(stream, on_record=on_record, **OPTIONS)
    half = len(seen) // 2
    assert [s[1:] for s in seen[:half]] == [s[1:] for s in seen[half:]]
    assert [s[2] for s in seen[:half]] == [*range(100, 1001, 100), 1500]


# The reference ----------------------------------------------------------------------------------


def plain(frame):
    return [{k: None if v != v else v for k, v in row.items()} for row in rows(frame)]


@pytest.mark.parametrize("of_numbers", [False, True])
def test_a_stream_is_the_reference_of_the_encoding_and_of_learning(of_numbers):
    frame = pd.concat([FRAME[1:61], FRAME[1200:1260]])  # the first row has no gap
    y = numbers(frame) if of_numbers else classes(frame)
    rate = 1 / 64
    begun = train_stream([(frame[:60], y[:60])], learning_rate=0.0, dtype="float64", **OPTIONS)
    net = train_stream([(frame[:60], y[:60])], learning_rate=rate, dtype="float64", **OPTIONS)
    net = train_stream(singly(frame[60:], y[60:]), init=net, learning_rate=rate)
    encoding, judge = reference.Running(), judge_of(begun)
    X = [encoding.learn(row) for row in plain(frame)]
    width = len(X[-1])
    X = np.array([[*x, *[0.0] * (width - len(x))] for x in X])
    assert width == net.sizes[0] > begun.sizes[0]
    more = [weights_of_input(k, 4, begun.activations[0], 5) for k in range(begun.sizes[0], width)]
    judge.weights[0] = np.vstack([begun.weights[0], *more])
    units = Units.of(y[:60, None]) if of_numbers else None
    centre, scale = (0.0, 1.0) if units is None else (units.centre[0], units.scale[0])
    if of_numbers:
        targets = ((y - centre) / scale)[:, None]
    else:
        targets = np.array([net.classes.tolist().index(label) for label in y])
    atol = roundings(net, 120) + of_numbers * 120 * float(np.spacing(1e9)) / scale
    for record, part in zip(net.history, (slice(60), slice(60, 120)), strict=True):
        cost, hits = judge.backpropagate(X[part], targets[part], rate)
        assert record["loss"] / scale**2 == pytest.approx(cost / 60, abs=atol)
        assert record["accuracy"] == (None if of_numbers else hits / 60)
    both = zip([*net.weights, *net.biases], [*judge.weights, *judge.biases], strict=True)
    for own, wanted in both:
        np.testing.assert_allclose(own, wanted, rtol=0, atol=atol)


def test_the_text_of_a_chunk_is_read_at_once_but_errs_in_its_row():
    words = [str(k % 97) for k in range(3000)]
    y = np.array(["a", "b"])[np.arange(3000) % 2]
    good = Words(np.arange(3000, dtype=np.int32), words)
    bad = Words(good.codes, [*words[:2345], "many", *words[2346:]])
    net = train_stream([(Table(("n",), (good,)), y)], **OPTIONS)
    rows_of_words = zip([{"n": word} for word in words], y, strict=True)
    assert net.digest() == train_stream(rows_of_words, **OPTIONS).digest()
    with pytest.raises(ValueError, match=r"^example 2346: .*'many' in row 2345") as error:
        train_stream([(Table(("n",), (bad,)), y)], **OPTIONS)
    assert error.value.network.encoding.columns[0].seen == 2345
