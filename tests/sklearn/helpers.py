"""What the tests of the estimators share."""

from typing import Any

import numpy as np

from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from tests import people

BOTH = [FastNetClassifier, FastNetRegressor]
FRAME = people.people(120)


def target(kind: type, X: Any = FRAME) -> Any:
    """Targets for an estimator of this class: words, or numbers far from unit scale."""
    if kind is FastNetClassifier:
        return people.classes(X)
    return 1e6 + 1000 * X.age.to_numpy(float) + 20_000 * (X.job == "job a").to_numpy()


def answers(estimator: Any, X: Any = FRAME) -> Any:
    """All that an estimator answers, as numbers."""
    return getattr(estimator, "predict_proba", estimator.predict)(X)


def digests(estimator: Any) -> list[str]:
    return [net.digest() for net in estimator.model_.nets]


def places(n: int, seed: int = 0) -> Any:
    """An order of n rows."""
    return np.random.default_rng(seed).permutation(n)
