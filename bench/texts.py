"""Texts as sparse rows: fastnet beside scikit-learn, from the same CSR, in as many epochs.

All are judged by rows that none has learned. A time per epoch is that of the whole call. The rates
are the best of three of each library; MLPClassifier has its default, which was.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastnet

from . import made
from .mixed import timed
from .turns import in_turns

ROWS, JUDGED, EPOCHS = 20_000, 5_000, 5
CLASSES = (made.CLASSES, 2)


def own(rate: float, **options: Any) -> Callable[[Any, Any], Any]:
    """Return what trains a net."""
    return lambda X, y: fastnet.train(
        X, y, loss="cross-entropy", learning_rate=rate, epochs=EPOCHS, verbose=False, **options
    )


def learners() -> dict[str, Callable[[Any, Any], Any]]:
    """Return what learns, by name."""
    from sklearn.linear_model import SGDClassifier
    from sklearn.neural_network import MLPClassifier

    sgd = {"loss": "log_loss", "alpha": 1e-5, "max_iter": EPOCHS, "tol": None, "random_state": 0}
    mlp = {"activation": "tanh", "max_iter": EPOCHS, "random_state": 0}
    return {
        "fastnet, no hidden layer": own(1.0, hidden=()),
        "SGDClassifier, log loss": lambda X, y: SGDClassifier(**sgd).fit(X, y),
        "fastnet, 64 tanh": own(0.1, hidden=(64,), activation="tanh"),
        "MLPClassifier, 64 tanh": lambda X, y: MLPClassifier((64,), **mlp).fit(X, y),
    }


def measure(quick: bool) -> list[dict[str, Any]]:
    """Return the seconds of reading texts, and the seconds and the accuracy of learning them."""
    from sklearn.datasets import load_svmlight_file

    found = []
    for classes in CLASSES[: 1 if quick else 2]:
        X, y = made.texts(ROWS + JUDGED, classes=classes)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "texts.libsvm")
            made.write_libsvm(path, X[:ROWS], y[:ROWS])
            reads = in_turns(
                {
                    "fastnet": lambda p=path: timed(lambda: fastnet.datasets.read(p)),
                    "scikit-learn": lambda p=path: timed(lambda: load_svmlight_file(str(p))),
                },
                1 if quick else 3,
            )
            (rows, labels), _ = fastnet.datasets.read(path)
        judged = X[ROWS:], y[ROWS:]
        learned = {name: fitted(fit, rows, labels, judged) for name, fit in learners().items()}
        about = {"classes": classes, "features": X.shape[1], "words": X.nnz / X.shape[0]}
        found.append({**about, "read": reads, "learned": learned})
    return found


def fitted(fit: Callable[[Any, Any], Any], X: Any, y: Any, judged: Any) -> dict[str, float]:
    """Return the seconds per epoch, and the share of the judged rows that is right, in percent."""
    model: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on runs that have not converged
        seconds = timed(lambda: model.append(fit(X, y)))
    return {"seconds": seconds / EPOCHS, "right": 100 * model[0].score(*judged)}
