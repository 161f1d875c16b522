"""Estimators that learn deformed images."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from fastnet import Elastic
from fastnet.sklearn import FastNetClassifier
from tests.helpers import needed
from tests.sklearn.helpers import BOTH, digests

EACH = pytest.mark.parametrize("kind", BOTH)
ELASTIC = Elastic(alpha=4, sigma=1, shift=1)
SMALL: dict[str, Any] = {"max_iter": 2, "random_state": 0}
N = 60


def images(kind: Any) -> Any:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (N, 36)) * (rng.random((N, 36)) > 0.5)
    y = np.arange(N) % 3
    return X.astype(np.uint8), y if kind is FastNetClassifier else y / 2


@EACH
def test_every_form_of_it_deforms_alike_and_plain_it_is_another_net(kind: Any):
    X, y = images(kind)
    fitted = [
        kind((5,), augment=form, **SMALL).fit(X, y)
        for form in (ELASTIC, ELASTIC.to_dict(), "alpha=4,sigma=1,shift=1")
    ]
    assert digests(fitted[0]) == digests(fitted[1]) == digests(fitted[2])
    assert digests(kind((5,), encode="none", **SMALL).fit(X, y)) != digests(fitted[0])
    net = fitted[0].model_
    assert net.encoding is None  # X stays as it is
    assert net.run["options"]["augment"] == {**ELASTIC.to_dict(), "shape": [6, 6]}
    assert fitted[0].predict(X).shape == (N,)
    order = np.random.default_rng(1).permutation(N)
    assert digests(clone(fitted[0]).fit(X[order], y[order])) == digests(fitted[0])


@EACH
def test_several_nets_and_rows_held_out(kind: Any):
    X, y = images(kind)
    more = {"n_nets": 2, "early_stopping": True, "threads": 2}
    one, other = (kind((5,), augment=ELASTIC, **more, **SMALL).fit(X, y) for _ in range(2))
    assert digests(one) == digests(other)
    assert len(one.model_) == 2


@EACH
def test_the_parameter_is_cloned_and_saved_in_each_of_its_forms(kind: Any, tmp_path: Any):
    X, y = images(kind)
    for form in (ELASTIC, {"shift": 1}, "affine,shift=2", None):
        estimator = clone(kind((5,), augment=form, **SMALL)).fit(X, y)
        assert estimator.get_params()["augment"] == form
        estimator.save(tmp_path / "e.npz")
        again = kind.load(tmp_path / "e.npz")
        assert again.get_params() == estimator.get_params()
        assert digests(clone(again).fit(X, y)) == digests(estimator)


def test_a_frame_of_pixels_is_an_array():
    pd = needed("pandas")
    X, y = images(FastNetClassifier)
    estimator = FastNetClassifier((5,), augment=ELASTIC, **SMALL)
    wanted = digests(clone(estimator).fit(X, y))
    frame = pd.DataFrame(X).rename(columns=str)
    assert digests(clone(estimator).fit(frame, y)) == wanted
    with pytest.raises(TypeError, match=r"^X: dtype int64, but .*: X.astype\('uint8'\)"):
        clone(estimator).fit(frame.astype(int), y)
    assert digests(clone(estimator).fit(frame.astype(int).astype("uint8"), y)) == wanted


BAD = {
    "a table": ({"encode": "table", "augment": "elastic"}, "encode: 'table', but augment wants"),
    "a name": ({"augment": "elastik"}, "augment: 'elastik', wanted elastic, affine"),
    "a value": ({"augment": {"sigma": -1}}, "augment sigma: -1, wanted a number"),
    "a shape": ({"augment": "shape=5x5"}, r"augment: shape \(5, 5\) has 25 pixels, but"),
}


@EACH
@pytest.mark.parametrize("case", BAD)
def test_a_bad_one_is_one_line(kind: Any, case: str):
    given, message = BAD[case]
    with pytest.raises((TypeError, ValueError), match=f"^{message}") as caught:
        kind(**given, **SMALL).fit(*images(kind))
    assert "\n" not in str(caught.value)


def test_partial_fit_deforms_nothing():
    X, y = images(FastNetClassifier)
    plain, other = (
        FastNetClassifier((5,), encode="none", augment=form, **SMALL) for form in (None, ELASTIC)
    )
    for estimator in (plain, other):
        estimator.partial_fit(X, y, classes=[0, 1, 2])
    assert digests(plain) == digests(other)
