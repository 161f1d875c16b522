"""Estimators on a real cluster of Dask: the bits of one process, and errors as they are there."""

import os
import warnings
from collections.abc import Iterator
from typing import Any

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score

import fastnet
from fastnet.cores import LIMITS
from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from tests.functions import SOFTSIGN
from tests.helpers import needed
from tests.sklearn.helpers import BOTH, FRAME, answers, digests, target
from tests.sklearn.test_processes import cores_of

pytestmark = [pytest.mark.heavy, pytest.mark.compiled]
distributed = needed("distributed")

X, Y = load_iris(return_X_y=True)
EACH = pytest.mark.parametrize("kind", BOTH)
IMAGES = np.random.default_rng(0).integers(0, 256, (90, 64), np.uint8)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of two workers, which are processes."""
    with (
        pytest.MonkeyPatch.context() as patch,
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        for name in LIMITS:  # Dask sets one of them here, too
            patch.delenv(name, raising=False)
        yield client


@EACH
def test_a_search_finds_the_same(kind: Any, client: Any):
    grid = {"hidden_layer_sizes": [(4,), (16,)], "n_nets": [1, 2], "dtype": ["float32", "float64"]}
    model = kind(max_iter=10, random_state=0, threads="auto")
    one, two = (GridSearchCV(model, grid, cv=3) for _ in range(2))
    one.fit(FRAME, target(kind))
    with joblib.parallel_backend("dask"):
        two.fit(FRAME, target(kind))
    names = [f"split{k}_test_score" for k in range(3)]
    assert all(np.array_equal(one.cv_results_[n], two.cv_results_[n]) for n in names)
    there = client.submit(one.best_estimator_.fit, FRAME, target(kind)).result()
    assert digests(there) == digests(two.best_estimator_) == digests(one.best_estimator_)
    far = client.submit(answers, client.scatter(there), client.scatter(FRAME)).result()
    assert np.array_equal(far, answers(one.best_estimator_))


FALLING: Any = lambda progress: 1 - progress  # noqa: E731
ROWS = {
    "arrays": (X, {}),
    "sparse": (sparse.csr_array(np.tile(X * (X > 2) / 8, 80)), {}),
    "pixels": (np.tile(IMAGES, (2, 1))[:150], {"encode": "none"}),
    "deformed": (np.tile(IMAGES, (2, 1))[:150], {"augment": "elastic", "threads": "auto"}),
    "early stopping": (X, {"early_stopping": True}),
    "own functions": (X, {"activation": SOFTSIGN, "schedule": FALLING}),
}


@pytest.mark.parametrize("rows", ROWS)
def test_folds_have_the_same_answers(rows: str, client: Any):
    data, options = ROWS[rows]
    model = FastNetClassifier(max_iter=8, random_state=0, **options)
    one = cross_val_predict(model, data, Y, cv=3, method="predict_proba")
    with joblib.parallel_backend("dask", scatter=[data]):
        two = cross_val_predict(model, data, Y, cv=3, method="predict_proba")
    assert np.array_equal(one, two) and len(np.unique(one)) > 10


def test_a_bag_has_the_same_members(client: Any):
    bag = BaggingClassifier(FastNetClassifier(max_iter=3), 5, random_state=0)
    one = clone(bag).fit(X, Y)
    with joblib.parallel_backend("dask"):
        two = clone(bag).fit(X, Y)
    assert [*map(digests, one.estimators_)] == [*map(digests, two.estimators_)]


def on(model: Any, part: int, way: str) -> Any:
    """Learn one of three parts of the people."""
    rows, y = FRAME[part::3], target(type(model))[part::3]
    more = {"classes": ["no", "yes"]} if isinstance(model, FastNetClassifier) else {}
    return model.fit(rows, y) if way == "warm start" else model.partial_fit(rows, y, **more)


@EACH
@pytest.mark.parametrize("way", ["warm start", "parts"])
def test_estimators_go_on_in_other_workers(kind: Any, way: str, client: Any):
    model = kind(max_iter=3, random_state=0, warm_start=True, n_nets=2)
    here, there = clone(model), clone(model)
    for part, worker in enumerate([*client.scheduler_info()["workers"]] * 2):
        if part < 3:
            here = on(here, part, way)
            there = client.submit(on, there, part, way, workers=[worker]).result()
    assert digests(there) == digests(here) and there.t_ == here.t_


def test_errors_come_as_they_are(client: Any):
    with joblib.parallel_backend("dask"):
        with pytest.raises(ValueError, match=r"^alpha: -1, wanted a number >= 0$"):
            cross_val_score(FastNetClassifier(alpha=-1), X, Y, cv=3, error_score="raise")
        wild = FastNetRegressor(learning_rate_init=1e4, random_state=0)
        with (
            warnings.catch_warnings(),
            pytest.raises(fastnet.Diverged, match="try a smaller learning_rate_init") as caught,
        ):
            warnings.simplefilter("ignore", fastnet.LearningWarning)  # of the rate, before the run
            cross_val_score(wild, X, X[:, 0], cv=3, error_score="raise")
    assert np.isfinite(caught.value.network.weights[0]).all()


def warned(model: Any, action: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter(action, fastnet.LearningWarning)
        model.fit(X, Y)
    return [str(warning.message) for warning in said]


def test_a_fit_warns_where_it_is(client: Any):
    model = FastNetClassifier(alpha=1.0, random_state=0)
    (line,) = client.submit(warned, model, "always").result()
    assert [line] == warned(model, "always") and line.startswith("nothing was learned: ")
    with pytest.raises(fastnet.LearningWarning, match=r"^nothing was learned: "):
        client.submit(warned, model, "error").result()
    with (
        joblib.parallel_backend("dask"),
        warnings.catch_warnings(),
        pytest.raises(fastnet.LearningWarning, match=r"^nothing was learned: "),
    ):
        warnings.simplefilter("error")  # which scikit-learn hands on to its workers
        cross_val_score(model, X, Y, cv=3, error_score="raise")


def test_each_task_has_one_core(client: Any):
    asked = [client.submit(cores_of, kind, "auto") for kind in BOTH]
    assert client.gather(asked) == [{1}, {1}]
    with joblib.parallel_backend("dask"):
        there = joblib.Parallel()(joblib.delayed(cores_of)(kind, "auto") for kind in BOTH)
    assert there == [{1}, {1}]


def test_threads_of_a_worker_have_one_core_each(monkeypatch: pytest.MonkeyPatch):
    """A cluster within this process sets no limit in the environment."""
    for name in LIMITS:
        monkeypatch.delenv(name, raising=False)
    with (
        distributed.LocalCluster(
            1, processes=False, threads_per_worker=2, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        for name in LIMITS:
            assert name not in os.environ
        asked = [client.submit(cores_of, FastNetClassifier, threads) for threads in ("auto", 1)]
        with joblib.parallel_backend("dask"):
            there = joblib.Parallel()([joblib.delayed(cores_of)(kind, "auto") for kind in BOTH])
        assert there == client.gather(asked) == [{1}, {1}]
