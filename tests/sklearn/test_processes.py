"""Estimators in threads, processes and clusters: the same bits, and no more threads than cores."""

import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score

from fastnet.cores import LIMITS
from fastnet.sklearn import FastNetClassifier
from fastnet.training import teams
from tests.helpers import python
from tests.sklearn.helpers import BOTH, FRAME, answers, digests, target

pytestmark = pytest.mark.compiled  # many epochs

X, Y = load_iris(return_X_y=True)
EACH = pytest.mark.parametrize(
    "kind", [BOTH[0], *(pytest.param(kind, marks=pytest.mark.heavy) for kind in BOTH[1:])]
)


def learned(estimator: Any) -> list[str]:
    """The digests of what an estimator learns of people."""
    return digests(clone(estimator).fit(FRAME, target(type(estimator))))


@EACH
def test_threads_that_fit_at_the_same_time_do_not_meet(kind: Any):
    several = [kind(random_state=k, n_nets=1 + k % 2, max_iter=20) for k in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert [*pool.map(learned, several)] == [*map(learned, several)]


def test_threads_that_answer_at_the_same_time_do_not_meet():
    model = FastNetClassifier(n_nets=2, max_iter=5, random_state=0).fit(
        FRAME, target(FastNetClassifier)
    )
    parts = [FRAME[k::5] for k in range(5)] * 4
    with ThreadPoolExecutor(5) as pool:
        there = [*pool.map(model.predict_proba, parts)]
    assert all(map(np.array_equal, there, map(model.predict_proba, parts)))


@EACH
def test_a_worker_learns_the_same_bits(kind: Any):
    several = [kind(random_state=3, max_iter=5), kind(random_state=3, max_iter=5, n_nets=3)]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert [*pool.map(learned, several)] == [*map(learned, several)]


@EACH
def test_a_fitted_estimator_answers_in_a_worker(kind: Any, tmp_path: Any):
    model = kind(random_state=0, max_iter=5, n_nets=2).fit(FRAME, target(kind))
    wanted = answers(model)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert np.array_equal(pool.submit(answers, model).result(), wanted)
    joblib.dump(model, tmp_path / "model.joblib")
    for mode in (None, "r"):
        read = joblib.load(tmp_path / "model.joblib", mmap_mode=mode)
        assert np.array_equal(answers(read), wanted)
        assert digests(pickle.loads(pickle.dumps(read))) == digests(model)


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_a_search_finds_the_same_with_every_backend_of_joblib(backend: str):
    grid = {"hidden_layer_sizes": [(4,), (16,)], "n_nets": [1, 2]}
    search = GridSearchCV(FastNetClassifier(max_iter=10, random_state=0), grid, cv=3)
    alone = clone(search).fit(X, Y)
    with joblib.parallel_backend(backend, n_jobs=2):
        there = clone(search).set_params(n_jobs=2).fit(X, Y)
    names = [f"split{k}_test_score" for k in range(3)]
    assert all(np.array_equal(alone.cv_results_[n], there.cv_results_[n]) for n in names)
    assert digests(there.best_estimator_) == digests(alone.best_estimator_)


def test_without_a_seed_nets_of_workers_differ():
    bag = BaggingClassifier(
        FastNetClassifier(max_iter=1), 4, bootstrap=False, n_jobs=2, random_state=0
    ).fit(X, Y)
    assert len({digests(member)[0] for member in bag.estimators_}) == 4


def threads_of(estimator: Any) -> int:
    """The threads that "auto" means in this process."""
    return teams.cores()


@pytest.mark.heavy
def test_workers_share_the_cores():
    """joblib tells its workers how many threads they may use; "auto" keeps to it."""
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        there = joblib.Parallel()(joblib.delayed(threads_of)(None) for _ in range(4))
    assert there == [1] * 4
    code = """
import threading, joblib, numpy as np
from sklearn.datasets import load_iris
from fastnet.cores import LIMITS
from fastnet.sklearn import FastNetClassifier

X, y = load_iris(return_X_y=True)
X, y = np.tile(X, (40, 1)), np.tile(y, 40)
most = 0

def look(stop):
    global most
    while not stop.wait(0.0005):
        most = max(most, sum(t.name.startswith("fastnet") for t in threading.enumerate()))

def most_threads(n):
    stop = threading.Event()
    watch = threading.Thread(target=look, args=(stop,))
    watch.start()
    FastNetClassifier(n_nets=4, threads="auto", max_iter=10, random_state=0).fit(X, y)
    stop.set(), watch.join()
    return most

with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
    print(*joblib.Parallel()(joblib.delayed(most_threads)(n) for n in range(2)))
"""
    assert python(code, OMP_NUM_THREADS="").stdout.split() == ["1", "1"]


def cores_of(kind: Any, threads: Any) -> set[int]:
    """The cores that a fit of iris uses at most, as its schedule sees them."""
    seen = set()

    def schedule(progress: Any) -> Any:
        seen.add(teams.cores())
        return np.ones_like(progress)

    kind(schedule=schedule, threads=threads, max_iter=2).fit(X, Y)
    return seen


@EACH
@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
def test_workers_without_a_limit_have_one_core_each(
    kind: Any, backend: str, monkeypatch: pytest.MonkeyPatch
):
    for name in LIMITS:
        monkeypatch.delenv(name, raising=False)
    asked = [joblib.delayed(cores_of)(kind, threads) for threads in ("auto", 1, 2)]
    with joblib.parallel_config(backend, n_jobs=2):
        assert joblib.Parallel()(asked) == [{1}, {1}, {min(2, teams.cores())}]
    for n_jobs in (None, 1):
        with joblib.parallel_config(backend, n_jobs=n_jobs):
            assert joblib.Parallel()(asked) == [{teams.cores()}] * 3, "there is no other worker"


@pytest.mark.parametrize("threads", ["many", 0, None, 1.5])
def test_a_worker_refuses_bad_threads_as_ever(threads: Any):
    fits = [joblib.delayed(cores_of)(FastNetClassifier, threads)] * 2
    with pytest.raises((TypeError, ValueError), match=r"^threads: "):
        joblib.Parallel(2, "threading")(fits)


def test_scores_do_not_depend_on_the_number_of_jobs():
    model = FastNetClassifier(max_iter=10, n_nets=2, random_state=0)
    one, two = (cross_val_score(model, X, Y, cv=4, n_jobs=n).tolist() for n in (1, 2))
    assert one == two and min(one) > 0.6
