"""Votes of several nets."""

import copy
import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
import scipy.sparse

import fastnet
from fastnet import Ensemble, Network, train, train_seeds, train_stream
from fastnet.data import samples as data
from fastnet.data.labels import plain
from fastnet.model import answers
from fastnet.tables import Encoding
from tests.functions import SWISH
from tests.helpers import samples
from tests.people import NAMES, classes, numbers, people, rows

X, Y = samples(60, 5), np.arange(60) % 3
OPTIONS = {"hidden": (6,), "epochs": 3}


def alone(seed: int, **options):
    return train(X, Y, seed=seed, **{**OPTIONS, **options})


def fixed(outputs, **options):
    """A net that gives these outputs, whatever it is asked."""
    outputs = np.array(outputs, np.float64)
    weights = np.zeros((2, len(outputs)))
    return Network.from_weights([weights], [outputs], ["identity"], **options)


def test_the_mean_of_the_outputs_decides():
    names = {"classes": ["x", "y", "z"]}
    nets = [fixed([0.9, 0, 0], **names), fixed([0, 0.5, 0], **names), fixed([0, 0.5, 0], **names)]
    vote = Ensemble(nets)
    assert np.allclose(vote.predict_proba(np.ones((2, 2))), [[0.3, 1 / 3, 0]] * 2, atol=1e-15)
    assert vote.predict(np.ones((2, 2))).tolist() == ["y", "y"]
    assert vote.score(np.ones((4, 2)), ["y", "x", "y", "z"]) == 0.5


def test_of_equal_means_the_first_class_is_taken():
    names = {"classes": ["x", "y", "z"]}
    one, other = fixed([0, 0.25, 0.75], **names), fixed([0, 0.75, 0.25], **names)
    for nets in ([one, other], [other, one]):
        assert Ensemble(nets).predict([[1, 1]]).tolist() == ["y"]


def test_numbers():
    vote = Ensemble([fixed([1.0, -2.0]), fixed([2.0, 4.0])])
    assert vote.predict([[1, 1]]).tolist() == [[1.5, 1.0]]
    # the first column is constant and met: 1; the second has 1 - rest / spread = 1 - 1 / 0.5
    assert vote.score([[1, 1], [0, 1]], [[1.5, 1.0], [1.5, 2.0]]) == 0
    assert Ensemble([fixed([1.0]), fixed([2.0])]).predict([[1, 1]]).tolist() == [1.5]


def test_several_labels():
    nets = [train(X, X[:, :2] > 0, hidden=(), loss="cross-entropy", epochs=0) for _ in range(2)]
    for net, z in zip(nets, [[0, 2], [0, -1]], strict=True):
        net.weights[0][:], net.biases[0][:] = 0, z
    assert Ensemble(nets).predict(X[:1]).tolist() == [[0, 1]], "0.5 is not more than 0.5"
    assert nets[1].predict(X[:1]).tolist() == [[0, 0]]


def test_nets_of_seeds_vote_as_written_out():
    nets = [*train_seeds(X, Y, 3, **OPTIONS), alone(3, dtype="float64", loss="cross-entropy")]
    vote = Ensemble(nets)
    mean = np.mean([net.predict_proba(X).astype("f8") for net in nets], axis=0)
    for form in (X, X.tolist(), scipy.sparse.csr_array(X), data.Samples(X, np.dtype("f4"))):
        assert np.allclose(vote.predict_proba(form), mean, rtol=0, atol=1e-15)
    assert vote.predict_proba(X).dtype == np.float64
    assert vote.predict(X).tolist() == mean.argmax(axis=1).tolist()
    assert vote.score(X, Y) == (mean.argmax(axis=1) == Y).mean()
    assert Ensemble(nets[:1]).predict(X).tolist() == nets[0].predict(X).tolist()


MISFITS = {
    "inputs": (lambda: train(X[:, :4], Y, epochs=0), r"nets\[1\]: inputs 4, wanted 5, as nets"),
    "classes": (lambda: train(X, Y + 1, epochs=0), r"classes \[1, 2, 3\], wanted \[0, 1, 2\], as"),
    "names": (lambda: train(X, Y.astype(str), epochs=0), r"classes \['0', '1', '2'\], wanted \[0"),
    "outputs": (lambda: train(X, Y % 2, epochs=0), r"outputs 2, wanted 3"),
    "numbers": (lambda: train(X, X[:, :3], epochs=0), r"classes numbers, wanted \[0, 1, 2\]"),
    "several": (
        lambda: train(X, X[:, :3] > 0, loss="cross-entropy", epochs=0), "classes several labels",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MISFITS)
def test_nets_that_do_not_fit_each_other(kind):
    make, said = MISFITS[kind]
    with pytest.raises(ValueError, match=said):
        Ensemble([alone(0), make()])


def test_no_nets_and_bad_samples():
    with pytest.raises(ValueError, match="nets: none came, wanted one or more"):
        Ensemble([])
    for nets, came in (([1, 2], "int"), (None, "NoneType"), ("a.npz", "str")):
        with pytest.raises(TypeError, match=f"nets: {came}, wanted a sequence of Networks"):
            Ensemble(nets)
    assert Ensemble(alone(0)).nets[0].digest() == alone(0).digest()
    with pytest.raises(ValueError, match="X: 4 features, but the net takes 5"):
        Ensemble([alone(0)]).predict(X[:, :4])
    assert fastnet.Ensemble is Ensemble and fastnet.train_seeds is train_seeds


# The face of a network ------------------------------------------------------------------------

FRAME = people(200)
SMALL = {"hidden": (4,), "epochs": 2}


def other_rows() -> Ensemble:
    """Nets that have encodings and units of their own."""
    return train_seeds(FRAME, numbers(FRAME), 3, validation_fraction=0.5, verbose=False, **SMALL)


def of_table(y, **options):
    return train_seeds(FRAME, y, 3, encode="table", **SMALL, **options)


KINDS = {
    "labels": lambda: (train_seeds(X, Y * 5 - 1, 3, **OPTIONS), X),
    "words": lambda: (train_seeds(X, Y.astype(str), 3, loss="cross-entropy", **OPTIONS), X),
    "great labels": lambda: (train_seeds(X, [2**70 * int(k) for k in Y], 2, **OPTIONS), X),
    "numbers": lambda: (train_seeds(X, X[:, 0], 3, **OPTIONS), X),
    "a column": lambda: (train_seeds(X, X[:, :1], 3, **OPTIONS), X),
    "several numbers": lambda: (train_seeds(X, X[:, :2], 3, **OPTIONS), X),
    "several labels": lambda: (train_seeds(X, X > 0, 3, loss="cross-entropy", **OPTIONS), X),
    "two dtypes": lambda: (Ensemble([alone(0), alone(1, dtype="float64"), alone(2)]), X),
    "own functions": lambda: (Ensemble([alone(0, activation=SWISH), alone(1)]), X),
    "one": lambda: (Ensemble([alone(3)]), X),
    "a table": lambda: (of_table(classes(FRAME)), FRAME),
    "numbers of a table": lambda: (of_table(numbers(FRAME)), FRAME),
    "other rows": lambda: (other_rows(), FRAME),
    "a table by place": lambda: (
        train_seeds(FRAME.to_numpy(object), classes(FRAME), 2, encode="table", **SMALL),
        FRAME.to_numpy(object),
    ),
    "running": lambda: (
        Ensemble([train_stream([(FRAME[k:], classes(FRAME)[k:])], hidden=(), encode="table")
                  for k in (0, 100)]), FRAME,
    ),
}  # fmt: skip


@pytest.fixture(params=KINDS)
def kind(request):
    """An ensemble, and rows that it answers."""
    return KINDS[request.param]()


def listed(inputs):
    return rows(inputs) if hasattr(inputs, "columns") else list(inputs)


def test_one_row_is_answered_as_in_a_batch(kind):
    vote, inputs = kind
    answers = vote.predict(inputs)
    for row, wanted in zip(listed(inputs)[:40], answers, strict=False):
        answer = vote.predict_one(row)
        own = plain(wanted)  # a label or number of Python's
        assert type(answer) is type(own) and np.array_equal(answer, own)
    alone = [net.predict_proba(inputs).astype(float) for net in vote]
    assert np.allclose(vote.predict_proba(inputs), np.mean(alone, axis=0), rtol=1e-15, atol=1e-15)


def same_answers(one: Ensemble, other: Ensemble, inputs) -> bool:
    bits = [vote.predict_proba(inputs).tobytes() for vote in (one, other)]
    labels = [None if vote.classes is None else vote.classes.tolist() for vote in (one, other)]
    return bits[0] == bits[1] and labels[0] == labels[1] and one.digest() == other.digest()


def sharing(vote: Ensemble) -> list[int]:
    """Which nets have one encoding."""
    return [[net.encoding for net in vote].index(net.encoding) for net in vote]


@pytest.mark.parametrize(
    "clone",
    [Ensemble.copy, copy.copy, copy.deepcopy, lambda vote: pickle.loads(pickle.dumps(vote))],
    ids=["copy", "copy.copy", "deepcopy", "pickle"],
)
def test_copies_are_equal_and_share_no_weights(kind, clone):
    vote, inputs = kind
    twin = clone(vote)
    assert isinstance(twin, Ensemble) and same_answers(vote, twin, inputs)
    assert sharing(twin) == sharing(vote)
    twin[0].weights[0][:] = 0
    assert vote[0].weights[0].any() and twin.digest() != vote.digest()


def test_the_properties_of_all():
    vote, _ = KINDS["a table"]()
    first = vote[0]
    for name in ("task", "n_features", "feature_names", "sizes"):
        assert getattr(vote, name) == getattr(first, name), name
    assert vote.classes is first.classes and vote.encoding is first.encoding is vote[2].encoding
    assert repr(vote) == f"Ensemble(3 nets: {first!r})"
    plain = Ensemble([alone(0), alone(1, hidden=(3, 2))])
    assert (plain.sizes, plain.encoding, plain.feature_names) == (None, None, None)
    assert repr(plain) == f"Ensemble(2 nets: {plain[0]!r}, {plain[1]!r})"
    own = other_rows()
    assert own.encoding is None and own.feature_names == tuple(NAMES) and own.task == "regression"


def test_it_is_a_sequence_of_its_nets():
    nets = [alone(seed) for seed in range(3)]
    vote = Ensemble(nets)
    assert len(vote) == 3 and [*vote] == nets and vote[-1] is nets[2] and nets[1] in vote
    assert isinstance(vote[1:], Ensemble) and vote[1:].nets == tuple(nets[1:])
    assert [*reversed(vote)] == nets[::-1]
    with pytest.raises(IndexError):
        vote[3]
    with pytest.raises(ValueError, match="nets: none came"):
        vote[3:]
    assert Ensemble(vote).nets == vote.nets
    assert Ensemble([vote, nets[0]]).nets == (*nets, nets[0]), "of an ensemble, its nets"


def test_the_digest_covers_each_net_in_its_order():
    nets = [alone(seed) for seed in range(2)]
    digest = Ensemble(nets).digest()
    assert digest == Ensemble([net.copy() for net in nets]).digest() and len(digest) == 64
    assert len({digest, Ensemble(nets[::-1]).digest(), Ensemble(nets[:1]).digest()}) == 3


def test_equal_encodings_become_one_which_encodes_once(monkeypatch):
    nets = [train(FRAME, classes(FRAME), seed=k, encode="table", **SMALL) for k in range(3)]
    assert nets[0].encoding is not nets[1].encoding
    vote, made = Ensemble(nets), []
    assert len({id(net.encoding) for net in vote}) == 1
    for name in ("samples", "row"):
        real = getattr(Encoding, name)
        monkeypatch.setattr(
            Encoding, name, lambda self, *more, real=real: made.append(1) or real(self, *more)
        )
    for act in (vote.predict, vote.predict_proba, lambda x: vote.score(x, classes(FRAME))):
        act(FRAME)
        assert made == [1], "rows"
        made.clear()
    vote.predict_one(rows(FRAME)[0])
    assert made == [1]
    samples = nets[0].samples(FRAME)  # encoded already
    made.clear()
    assert np.array_equal(vote.predict_proba(samples), vote.predict_proba(FRAME)) and made == [1]


def test_running_encodings_stay_apart():
    stream = [(FRAME, classes(FRAME))]
    nets = [train_stream(stream, hidden=(), encode="table", seed=seed) for seed in (0, 1)]
    vote = Ensemble(nets)
    assert nets[0].encoding == nets[1].encoding and nets[0].encoding is not nets[1].encoding
    nets[0].learn_one({**rows(FRAME)[0], "job": "a new one"}, "yes")
    assert vote[0].sizes[0] == vote[1].sizes[0] + 1 and vote.sizes is None
    assert vote.predict(FRAME).shape == (200,)


def test_nets_find_columns_by_name_in_orders_of_their_own():
    y, others = classes(FRAME), FRAME[NAMES[::-1]]
    nets = [train(frame, y, encode="table", **SMALL) for frame in (FRAME, others)]
    vote = Ensemble(nets)
    mean = np.mean([net.predict_proba(FRAME).astype(float) for net in nets], axis=0)
    assert vote.feature_names is None
    assert np.allclose(vote.predict_proba(others), mean, rtol=0, atol=1e-15)
    for row, wanted in zip(rows(FRAME)[:20], vote.predict(FRAME), strict=False):
        assert vote.predict_one(row) == wanted
    series = FRAME.iloc[3]
    assert vote.predict_one(series) == vote.predict(FRAME[3:4])[0]
    for act in (
        lambda: vote.predict(FRAME.to_numpy(object)),
        lambda: vote.predict_one(FRAME.to_numpy(object)[0]),
        lambda: vote.predict_one(list(rows(FRAME)[0].values())),
    ):
        with pytest.raises(ValueError, match="no names, wanted names: the networks know their"):
            act()


@pytest.mark.parametrize("answer", [
    Ensemble.predict, Ensemble.predict_proba, lambda vote, x: vote.predict_one(x[0]),
    lambda vote, x: vote.score(x, [0.0] * len(x)),
], ids=["predict", "predict_proba", "predict_one", "score"])  # fmt: skip
def test_a_warning_of_several_encodings_comes_once(answer):
    vote = other_rows()
    strange = [{**row, "job": "astronaut"} for row in rows(FRAME)[:5]]
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        answer(vote, strange)
        answer(vote, strange)
    assert len(given) == 1 and "astronaut" in str(given[0].message)
    assert given[0].filename == __file__


def test_many_nets_take_no_more_memory_than_two(monkeypatch):
    """The outputs of all nets are never there together, nor their encoded rows."""
    monkeypatch.setattr(answers, "KEPT", 1 << 62)  # compiled code that is loaded takes memory, too
    large = people(20_000)
    several = train_seeds(FRAME, numbers(FRAME), 8, validation_fraction=0.5, verbose=False, **SMALL)
    wide = Ensemble([Network.initialise((2, 500), ["sigmoid"], seed=k) for k in range(8)])
    for vote, inputs in ((several, large), (wide, np.ones((4000, 2)))):
        peaks = []
        for some in (vote[:1], vote[:2], vote):
            some.predict_proba(inputs[:50])
            tracemalloc.start()
            some.predict_proba(inputs)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[2] < 1.1 * peaks[1] < 3 * peaks[0]


def test_units_of_their_own_do_not_matter():
    vote = other_rows()
    y = numbers(FRAME)
    assert len({net.outputs.units.centre[0] for net in vote}) > 1
    mean = (vote[0].predict(FRAME) + vote[1].predict(FRAME) + vote[2].predict(FRAME)) / 3
    assert np.array_equal(vote.predict(FRAME), mean) and vote.predict(FRAME).dtype == np.float64
    rest, spread = ((y - mean) ** 2).sum(), ((y - y.mean()) ** 2).sum()
    assert vote.score(FRAME, y) == pytest.approx(1 - rest / spread, abs=1e-4)
