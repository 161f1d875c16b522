"""Files of estimators: without pickle, by pickle, joblib and skops; the answers stay the same."""

import io
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.base import clone

import fastnet
from fastnet.model import archive
from fastnet.model.ensemble import nets_of
from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from tests.functions import SWISH
from tests.helpers import python
from tests.sklearn.helpers import BOTH, FRAME, answers, digests, target

pytestmark = pytest.mark.filterwarnings("ignore:y. all rows:fastnet.LearningWarning")

X = np.random.default_rng(0).normal(size=(60, 3))
CODES = (X[:, 0] > 0).astype(int)
EACH = pytest.mark.parametrize("kind", BOTH)

FITTED: dict[str, Callable[[], Any]] = {
    "words": lambda: FastNetClassifier(random_state=0, max_iter=2).fit(FRAME, target(BOTH[0])),
    "numbers": lambda: FastNetRegressor(random_state=0, max_iter=2).fit(FRAME, target(BOTH[1])),
    "nets": lambda: FastNetClassifier(
        [8], class_weight={0: 1.5, 1: 2}, n_nets=3, max_iter=np.int64(2), random_state=0
    ).fit(X, CODES),
    "floats": lambda: FastNetClassifier((), max_iter=2).fit(X, CODES - 0.0),
    "truth values": lambda: FastNetClassifier(max_iter=2, activation="logistic").fit(X, CODES > 0),
    "huge": lambda: FastNetClassifier(max_iter=2).fit(X, [2**70 + int(c) for c in CODES]),
    "several labels": lambda: FastNetClassifier(max_iter=2).fit(X, np.c_[CODES, 1 - CODES]),
    "several numbers": lambda: FastNetRegressor(max_iter=2, encode="none").fit(X, X[:, :2]),
    "stopped early": lambda: FastNetRegressor(early_stopping=True, max_iter=9).fit(X, X[:, 0]),
    "one class": lambda: FastNetClassifier().fit(FRAME, ["only"] * len(FRAME)),
    "one number": lambda: FastNetRegressor().fit(FRAME, [0.1] * len(FRAME)),
    "a stream": lambda: FastNetClassifier().partial_fit(FRAME, target(BOTH[0]), ["no", "yes"]),
    "several streams": lambda: FastNetRegressor(n_nets=2).partial_fit(FRAME, target(BOTH[1])),
}  # fmt: skip
CASES = pytest.mark.parametrize("case", FITTED)
PUBLIC = ["n_iter_", "t_", "loss_curve_", "validation_scores_", "best_loss_", "n_outputs_"]
PUBLIC += ["n_features_in_"]


def rows(estimator: Any) -> Any:
    return FRAME if hasattr(estimator, "feature_names_in_") else X


def check_the_same(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    assert one.get_params() == other.get_params()
    assert [*map(repr, one.get_params().values())] == [*map(repr, other.get_params().values())]
    assert digests(one) == digests(other)
    assert (answers(one, rows(one)) == answers(other, rows(one))).all()
    assert (one.predict(rows(one)) == other.predict(rows(one))).all()
    assert [getattr(one, name) for name in PUBLIC] == [getattr(other, name) for name in PUBLIC]
    for name in ("classes_", "feature_names_in_"):
        assert hasattr(one, name) == hasattr(other, name)
        if hasattr(one, name):
            assert getattr(one, name).tolist() == getattr(other, name).tolist()
            assert getattr(one, name).dtype == getattr(other, name).dtype


@CASES
def test_a_file_holds_the_estimator(case: str, tmp_path: Path):
    estimator, path = FITTED[case](), tmp_path / "estimator.npz"
    if not isinstance(estimator.max_iter, int | None):
        estimator.max_iter = int(estimator.max_iter)  # which a file cannot tell from NumPy's
    estimator.save(path)
    check_the_same(type(estimator).load(path), estimator)


@CASES
def test_fastnet_reads_the_nets_of_such_a_file(case: str, tmp_path: Path):
    estimator, path = FITTED[case](), tmp_path / "estimator.npz"
    estimator.save(path)
    model = fastnet.load(path)
    assert [net.digest() for net in nets_of(model)] == digests(estimator)


@CASES
@pytest.mark.parametrize("by", ["pickle", "joblib", "skops"])
def test_pickle_joblib_and_skops_hold_it_too(case: str, by: str):
    estimator, file = FITTED[case](), io.BytesIO()
    if by == "pickle":
        came = pickle.loads(pickle.dumps(estimator))
    elif by == "joblib":
        joblib.dump(estimator, file)
        file.seek(0)
        came = joblib.load(file)
    else:
        data = skops.io.dumps(estimator)
        unknown = skops.io.get_untrusted_types(data=data)
        assert {name.partition(".")[0] for name in unknown} <= {"fastnet", "numpy"}
        came = skops.io.loads(data, trusted=unknown)
    check_the_same(came, estimator)


def test_a_file_is_read_elsewhere(tmp_path: Path):
    estimator = FITTED["words"]()
    estimator.save(tmp_path / "e.npz")
    FRAME.to_json(tmp_path / "rows.json", orient="records")
    code = (
        "import json, sys\nfrom fastnet.sklearn import FastNetClassifier\n"
        "rows = json.load(open(sys.argv[2]))\n"
        "print(json.dumps(FastNetClassifier.load(sys.argv[1]).predict(rows).tolist()))"
    )
    came = python(code, str(tmp_path / "e.npz"), str(tmp_path / "rows.json")).stdout
    assert json.loads(came) == estimator.predict(FRAME).tolist()


def test_what_a_file_cannot_hold_is_refused(tmp_path: Path):
    path = tmp_path / "estimator.npz"
    for given, message in {
        "random_state": (np.random.RandomState(0), "^random_state: numpy's RandomState"),
        "activation": (SWISH, "^activation: .*, which a file cannot hold"),
        "schedule": (lambda progress: 1 - progress, "^schedule: .*function, which a file cannot"),
    }.items():
        estimator = FastNetClassifier(max_iter=1).set_params(**{given: message[0]}).fit(X, CODES)
        with pytest.raises((TypeError, ValueError), match=message[1]):
            estimator.save(path)
        assert not path.exists()


def test_a_file_of_something_else_is_refused(tmp_path: Path):
    path = tmp_path / "file.npz"
    FITTED["numbers"]().save(path)
    with pytest.raises(ValueError, match=r"a FastNetRegressor, wanted a FastNetClassifier"):
        FastNetClassifier.load(path)
    fastnet.train(X, CODES, epochs=1).save(path)
    with pytest.raises(ValueError, match=r"a net, wanted a FastNetClassifier"):
        FastNetClassifier.load(path)
    path.write_bytes(b"no file")
    with pytest.raises(ValueError, match="not an intact fastnet model"):
        FastNetClassifier.load(path)
    with pytest.raises(OSError, match="missing"):
        FastNetClassifier.load(tmp_path / "missing.npz")


CHANGES: dict[str, Callable[[Any], Any]] = {
    "no parameters": lambda about: about.pop("parameters"),
    "other parameters": lambda about: about["parameters"].update(solver="adam"),
    "a missing parameter": lambda about: about["parameters"].pop("alpha"),
    "parameters in a list": lambda about: about.update(parameters=[1]),
    "another attribute": lambda about: about["fitted"].update(predict=1),
    "a method": lambda about: about["fitted"].update(__class__=1),
    "another number of columns": lambda about: about["fitted"].update(n_features_in_=4),
    "no classes": lambda about: about["fitted"].pop("classes_"),
    "fewer classes": lambda about: about["fitted"]["classes_"]["array"].pop(),
    "classes of objects": lambda about: about["fitted"]["classes_"].update(array=[{}, []]),
    "a dtype of objects": lambda about: about["fitted"]["classes_"].update(dtype="V8"),
    "a dtype that is none": lambda about: about["fitted"]["classes_"].update(dtype="int, int"),
    "words for a number": lambda about: about["fitted"].update(t_="1"),
    "no number": lambda about: about["fitted"].pop("t_"),
    "an unknown form": lambda about: about["parameters"].update(alpha={"set": []}),
    "two forms": lambda about: about["parameters"].update(alpha={"tuple": 3}),
    "not an object": lambda about: about.clear(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_is_refused(change: str, tmp_path: Path):
    path = tmp_path / "file.npz"
    FastNetClassifier(max_iter=1).fit(X, CODES).save(path)
    about, arrays = archive.read(path)
    CHANGES[change](about["estimator"])
    archive.write(path, about, {name: a for name, a in arrays.items() if name != "about"})
    with pytest.raises(ValueError, match=r"file\.npz"):
        FastNetClassifier.load(path)


@EACH
def test_a_clone_knows_nothing(kind: Any):
    estimator = kind(7, random_state=3, max_iter=1).fit(FRAME, target(kind))
    twin = clone(estimator)
    assert not hasattr(twin, "model_")
    assert digests(twin.fit(FRAME, target(kind))) == digests(estimator)
