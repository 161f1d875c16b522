"""The parts of data: which rows learn, which judge, and that nothing of the judges is learned."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse

import fastnet
from fastnet import train
from fastnet.data.samples import Samples
from fastnet.options import Options
from fastnet.training.parts import folds_of, parts_of
from fastnet.training.prepare import prepare
from tests.helpers import samples
from tests.people import classes, numbers, people

X, Y = samples(60, 5), np.arange(60) % 3
FRAME = people(120)
OPTIONS = {"hidden": (6,), "epochs": 3}


def parts(X, y, *, fraction=None, folds=None, seed=0, **options):
    return parts_of(X, y, Options.of(options), fraction, folds, seed)


def learned(part, **options):
    given = {**OPTIONS, **options, "sample_weight": part.weights, "validation_data": part.judges}
    return prepare(part.X, part.y, Options.of(given)).learn()


def held(part):
    return np.flatnonzero(part.weights == 0)


@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array, np.ndarray.tolist])
@pytest.mark.parametrize("more", [{}, {"folds": 4}])
def test_a_net_of_a_part_has_the_bits_of_one_that_never_sees_the_judges(form, more):
    for part in parts(form(X), Y, **more):
        judges, rest = held(part), np.flatnonzero(part.weights)
        alone = train(X[rest], Y[rest], **OPTIONS)
        assert learned(part).digest() == alone.digest()
        assert part.judged(alone, "score") == alone.score(X[judges], Y[judges])


@pytest.mark.parametrize("targets", [classes, numbers])
def test_the_encoding_of_a_table_does_not_see_the_judges(targets):
    y = targets(FRAME)
    for part in parts(FRAME, y, folds=3, encode="table", preset="table"):
        judges, rest = held(part), np.flatnonzero(part.weights)
        alone = train(FRAME.iloc[rest], y[rest], **OPTIONS, encode="table", preset="table")
        net = learned(part, preset="table")
        assert net.digest() == alone.digest()
        assert net.encoding.digest() == alone.encoding.digest()
        assert part.judged(net, "score") == alone.score(FRAME.iloc[judges], y[judges])


def test_images_lie_in_memory_once():
    (images, digits), _ = fastnet.datasets.load("digits")
    found = parts(images[:500], digits[:500], folds=5)
    assert len({id(part.X) for part in found}) == 1
    assert found[0].X.rows.base is images or np.shares_memory(found[0].X.rows, images)
    assert sum(part.judges[0].n for part in found) == 500


def test_the_loss_is_that_of_the_history():
    for y in (Y, Y[:, None] == np.arange(3), Y * 0.5):
        [part] = parts(X, y, fraction=0.2)
        net = learned(part, average=0.0)
        assert part.judged(net, "loss") == net.history[-1]["val_loss"]


def test_each_row_judges_once_and_classes_are_spread_evenly():
    y = np.repeat([0, 1, 2], [40, 13, 7])
    found = folds_of(60, 4, 3, y)
    assert sorted(np.concatenate(found)) == [*range(60)]
    counts = np.array([np.bincount(y[places], minlength=3) for places in found])
    assert (np.ptp(counts, axis=0) <= 1).all() and {*map(len, found)} == {15}
    assert all((np.diff(places) > 0).all() for places in found)
    others = folds_of(60, 4, 4, y)
    assert any((a != b).any() for a, b in zip(found, others, strict=True))


def test_a_class_of_one_row_is_known_where_that_row_judges():
    y = np.where(np.arange(60) == 17, "rare", np.where(Y > 0, "a", "b"))
    for part in parts(X, y, folds=3):
        net = learned(part)
        assert net.classes.tolist() == ["a", "b", "rare"]
        assert 0 <= part.judged(net, "score") <= 1


@pytest.mark.parametrize("more", [{"folds": 3}, {"fraction": 0.3}])
def test_rows_of_weight_0_neither_learn_nor_judge(more):
    weights = np.where(np.arange(60) < 20, 0.0, 1 + np.arange(60) % 2)
    for part in parts(X, Y, sample_weight=weights, **more):
        rows = part.judges[0].rows
        assert not any((X[k] == row).all() for row in rows for k in range(20))
        judging = (part.weights == 0) & (weights > 0)
        assert np.array_equal(rows, X[judging])
        assert np.array_equal(part.weights[~judging], weights[~judging])


def test_given_validation_data_judge_and_all_rows_learn():
    [part] = parts(X, Y, validation_data=(X[:9].tolist(), Y[:9]))
    assert part.weights is None and part.judges[0].n == 9
    assert learned(part).digest() == train(X, Y, **OPTIONS).digest()
    [part] = parts(FRAME, classes(FRAME), validation_data=(FRAME[:9], classes(FRAME)[:9]))
    assert part.judges[0].encoding is part.X.encoding


def test_a_net_to_continue_with_has_its_own_encoding_and_classes():
    init = train(FRAME, classes(FRAME), **OPTIONS)
    only = FRAME[classes(FRAME) == "yes"]
    [part] = parts(only, np.full(len(only), "yes"), init=init)
    assert part.X.encoding.digest() == init.encoding.digest()


def test_the_fingerprint_names_what_differs():
    one = parts(X, Y)[0].fingerprint()
    others = {
        "X": parts(X + 1, Y),
        "y": parts(X, (Y + 1) % 3),
        "weights": parts(X, Y, sample_weight=np.full(60, 2.0)),
        "validation X": parts(X, Y, seed=1),
        "validation y": parts(X, Y, validation_data=(X[:9], Y[:9])),
    }
    assert parts(X.copy(), Y.copy())[0].fingerprint() == one
    for name, [part] in others.items():
        assert part.fingerprint().get(name) != one.get(name), name


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"folds": 61}, "folds: 61 of 60 samples, wanted at most one for each"),
        ({"folds": 1}, "folds: 1, wanted a whole number >= 2"),
        ({"fraction": 0.001}, "validation_fraction: 0.001 of 60 samples are 0, wanted at least"),
        ({"fraction": 1.0}, "validation_fraction: 1.0 of 60 samples are 60, wanted at least one"),
    ],
)
def test_too_few_rows_are_refused(more, line):
    with pytest.raises(ValueError) as caught:
        parts(X, Y, **more)
    assert line in str(caught.value)


def test_samples_may_be_given():
    given = Samples(X, np.dtype("float32"))
    assert [part.X is given for part in parts(given, Y, folds=2)] == [True, True]
    whole = [*folds_of(60, 2, 0, np.zeros(0, int))]
    assert all(not {*a} & {*b} for a, b in pairwise(whole))
