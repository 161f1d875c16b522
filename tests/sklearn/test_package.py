"""The package as a whole: its import, its examples, and its share of a machine."""

import doctest
import importlib

import joblib
import numpy as np
import pytest

from fastnet.sklearn import FastNetClassifier
from fastnet.training.teams import cores
from tests.helpers import python


def test_fastnet_does_not_import_scikit_learn():
    code = "import sys, fastnet\nfastnet.train([[0.0], [1.0]], [0, 1], epochs=1)\n"
    assert python(code + "print('sklearn' in sys.modules)").stdout == "False\n"


def test_without_scikit_learn_the_error_names_the_extra():
    code = (
        "import sys\nsys.modules['sklearn'] = None\n"
        "try:\n    import fastnet.sklearn\nexcept ImportError as error:\n    print(error)"
    )
    said = python(code).stdout
    assert said == "fastnet.sklearn needs scikit-learn: pip install 'fastnet-sgd[sklearn]'\n"


@pytest.mark.parametrize("name", ["classifier", "regressor"])
def test_examples_in_docstrings_run(name: str):
    module = importlib.import_module(f"fastnet.sklearn.{name}")
    failed, tried = doctest.testmod(module)
    assert tried > 0 == failed


@pytest.mark.heavy
def test_a_worker_has_its_share_of_the_cores():
    """joblib and Dask tell their workers by variables that OpenMP and Numba obey, too."""
    workers = joblib.Parallel(n_jobs=2)(joblib.delayed(cores)() for _ in range(2))
    assert workers == [max(1, joblib.cpu_count() // 2)] * 2


def fit(threads: int | str) -> str:
    X = np.random.default_rng(0).normal(size=(50, 3))
    estimator = FastNetClassifier(n_nets=2, max_iter=2, random_state=0, threads=threads)
    return estimator.fit(X, X[:, 0] > 0).model_.digest()


def test_workers_give_the_same_bits():
    came = joblib.Parallel(n_jobs=2)(joblib.delayed(fit)(n) for n in (1, 2, "auto"))
    assert {*came} == {fit(1)}
