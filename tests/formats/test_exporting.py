"""The door for models that leave: what `export` is given, and files that are whole or not there."""

import os
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import formats
from fastnet.formats import export
from fastnet.formats.exporting import FORMATS
from fastnet.formats.layers import exported
from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from tests.formats.helpers import EACH
from tests.functions import SWISH
from tests.helpers import NOT_ROOT, samples
from tests.model.helpers import small

X = samples(60, 4)
LABELS = np.arange(60) % 3
WHOLE = {"fastnet", "json", "safetensors"}  # formats that hold all of a model


def net(**options: Any) -> fastnet.Network:
    """A net that every format can say."""
    options = {"hidden": (5,), "activation": "relu", "loss": "cross-entropy"} | options
    return fastnet.train(X, LABELS, epochs=1, **options)


@EACH
def test_a_report_says_where_and_how_large(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"net{FORMATS[name].suffix}"
    report = export(net(), name, path)
    assert report["format"] == name and report["path"] == str(path)
    assert report["bytes"] == path.stat().st_size > 100
    assert [*tmp_path.iterdir()] == [path]


@EACH
def test_the_bytes_are_the_same_again(tmp_path: Path, name: str) -> None:
    if name == "sklearn":
        pytest.skip("skops names the parts of a file by their addresses in memory")
    one, written = net(), []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / f"net{FORMATS[name].suffix}"
        export(one, name, path)
        written.append(path.read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (5, "model: int, wanted a Network or an Ensemble"),
        (None, "model: NoneType, wanted a Network"),
        ("net.npz", "model: str, wanted a Network"),
        ([small()], "model: list, wanted a Network"),
        (FastNetClassifier(), "model: FastNetClassifier, which is not fitted, wanted a Network"),
    ],
)
@EACH
def test_what_is_no_model(tmp_path: Path, name: str, model: Any, said: str) -> None:
    with pytest.raises(TypeError, match=f"^{said}"):
        export(model, name, tmp_path / "m")
    with pytest.raises(TypeError, match=f"^{said}"):
        exported(model, name)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("wrong", ["onxx", "", None, 5, "C"])
def test_no_such_format(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"^format: .*, wanted one of .*\bc\b"):
        export(net(), wrong, tmp_path / "m")


@pytest.mark.parametrize("wrong", [None, 5, "", True, b"m.h"])
@EACH
def test_no_path(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^path: .*, wanted a path"):
        export(net(), name, wrong)


@EACH
def test_wrong_options(tmp_path: Path, name: str) -> None:
    with pytest.raises(TypeError, match=f"^colour: no option of the format '{name}', wanted "):
        export(net(), name, tmp_path / "m", colour="red")
    wrong: dict[str, Any] = {"input": "uint16", "weights": "int3", "name": "2 b", "data": 5}
    for option in FORMATS[name].options:
        if option in wrong:
            given = {option: wrong[option]}
            if option == "data":
                given["weights"] = "int8"
            with pytest.raises((ValueError, TypeError), match=rf"^{option}: "):
                export(net(), name, tmp_path / "m", **given)
    assert not [*tmp_path.iterdir()]


def spoiled() -> fastnet.Network:
    one = net()
    one.weights[0][0, 0] = 1
    one.parameters.vector[0] = np.nan
    return one


@EACH
def test_what_no_format_can_say(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"^(model|weights\[0\]): NaN or infinite"):
        export(spoiled(), name, tmp_path / "m")
    if "input" in FORMATS[name].options:
        table = net(encode="table")
        with pytest.raises(ValueError, match=r"^input: .uint8., but the net takes a table"):
            export(table, name, tmp_path / "m", input="uint8")
    assert not [*tmp_path.iterdir()]


@EACH
def test_own_functions_are_refused_by_name_or_kept_by_name(tmp_path: Path, name: str) -> None:
    own = net(activation=SWISH)
    try:
        export(own, name, tmp_path / "m")
    except ValueError as error:
        assert "swish" in str(error) and "\n" not in str(error) and name not in WHOLE
        assert not [*tmp_path.iterdir()]
    else:
        again = fastnet.load(tmp_path / "m", activation=SWISH)
        assert again.digest() == own.digest() and name in WHOLE


# Files ----------------------------------------------------------------------------------------


@EACH
def test_a_folder_or_a_missing_folder(tmp_path: Path, name: str) -> None:
    for path in (tmp_path, tmp_path / "no" / "m"):
        with pytest.raises(OSError, match="tmp"):
            export(net(), name, path)
    assert not [*tmp_path.iterdir()]


@NOT_ROOT
@EACH
def test_no_permission(tmp_path: Path, name: str) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        export(net(), name, tmp_path / "m")


@EACH
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, name: str) -> None:
    """The limit on the size of files stands for a disk without room."""
    path = tmp_path / "m"
    path.write_text("old")
    one = net()
    export(one, name, tmp_path / "first")  # what the library itself writes, such as caches
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, limits[1]))
    try:
        with pytest.raises(OSError, match=r"too large"):
            export(one, name, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["first", "m"]


# Models of all origins ------------------------------------------------------------------------


def same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()


@EACH
def test_estimators_leave_as_their_nets(tmp_path: Path, name: str) -> None:
    frame = X.astype(np.float32)
    classifier = FastNetClassifier(max_iter=2, encode="none").fit(frame, LABELS)
    regressor = FastNetRegressor(max_iter=2, n_nets=2, encode="none").fit(frame, X[:, 0])
    for estimator in (classifier, regressor):
        for k, model in enumerate((estimator, estimator.model_)):
            try:
                export(model, name, tmp_path / f"m{k}")
            except ValueError as error:  # an ensemble
                assert k == 0 and name == "torch" and estimator is regressor
                assert "\n" not in str(error)
                break
        else:
            assert (tmp_path / "m0").stat().st_size == (tmp_path / "m1").stat().st_size


@EACH
def test_objects_of_estimators(name: str) -> None:
    if name == "fastnet":
        return
    made = getattr(formats, f"to_{name}")
    estimator = FastNetClassifier(max_iter=2, encode="none").fit(X.astype(np.float32), LABELS)
    assert type(made(estimator)) is type(made(estimator.model_))
    with pytest.raises(TypeError, match=r"^model: FastNetClassifier, which is not fitted"):
        made(FastNetClassifier())


LABELS_OF: dict[str, Any] = {
    "truth values": LABELS == 0,
    "bytes": LABELS.astype(np.uint8),
    "negative": LABELS - 5,
    "great": np.array([2**70, -3, 5], object)[LABELS],
    "words": np.array(["a b", 'quo"te\\', "über\u2028\n"])[LABELS],
    "one of many": np.array([f"{k:03}" for k in range(30)])[np.arange(60) // 2],
}


@pytest.mark.parametrize("labels", LABELS_OF)
@EACH
def test_labels_of_all_types_leave_or_are_refused(tmp_path: Path, name: str, labels: str) -> None:
    y = LABELS_OF[labels]
    model = fastnet.train(X, y, hidden=(4,), activation="relu", loss="cross-entropy", epochs=1)
    try:
        export(model, name, tmp_path / "m")
    except (ValueError, TypeError) as error:
        assert "\n" not in str(error) and "class" in str(error) and labels == "great"
        return
    from fastnet.formats.loading import is_model

    if is_model(tmp_path / "m"):
        again = fastnet.load(tmp_path / "m")
        assert again.classes.tolist() == model.classes.tolist()
        assert again.predict(X).tolist() == model.predict(X).tolist()


@EACH
def test_a_running_encoding_is_frozen(tmp_path: Path, name: str) -> None:
    rows = [{"a": float(a), "b": float(b)} for a, b in X[:, :2]]
    stream = fastnet.train_stream(zip(rows, LABELS.tolist(), strict=True), hidden=(4,))
    assert stream.encoding.running
    digest = stream.digest()
    try:
        export(stream, name, tmp_path / "m")
    except ValueError as error:
        assert "\n" not in str(error) and name == "torch"
    assert stream.digest() == digest and stream.encoding.running


@EACH
def test_a_net_after_single_steps(tmp_path: Path, name: str) -> None:
    one = net()
    one.partial_fit(X, LABELS)
    one.learn_one(X[0], 1)
    export(one, name, tmp_path / "m")


@EACH
@pytest.mark.parametrize("weights", [None, "int8"])
def test_tiny_weights_leave_where_numpy_raises_errors(
    tmp_path: Path, name: str, weights: str | None
) -> None:
    if weights is not None and "weights" not in FORMATS[name].options:
        return
    one, path = net(), tmp_path / f"net{FORMATS[name].suffix}"
    one.weights[0][:] = 1e-42  # below the smallest normal float32
    with np.errstate(all="raise"):
        export(one, name, path, **({} if weights is None else {"weights": weights}))
        again = one if name == "c" else fastnet.load(path)
    assert (again.predict(X) == one.predict(X)).all()
