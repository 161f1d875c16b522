"""Small files: weights as float16 or int8, what is said of the loss, and what is refused."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, Network, load, train
from tests.functions import SWISH
from tests.helpers import ROOT, needed, samples
from tests.model.helpers import small
from tests.model.test_archive import MANY, changes, in_one_line, parts, peak, signed
from tests.model.test_ensemble import KINDS, sharing
from tests.people import numbers, people

X, Y = samples(40, 5), np.arange(40) % 3
FRAME = people(60)
TO = pytest.mark.parametrize("to", ["float16", "int8"])
NETS: dict[str, Any] = {
    "plain": (lambda: train(X, Y, hidden=(4, 3), epochs=2), X),
    "float64": (lambda: train(X, Y, hidden=(4,), epochs=1, dtype="float64"), X),
    "great labels": (lambda: train(X, Y.astype(object) + 2**70, epochs=1), X),
    "table": (lambda: train(FRAME, numbers(FRAME), hidden=(3,), epochs=1, encode="table"), FRAME),
    "dead": (lambda: Network((5, 3), ["softmax"], "cross-entropy", classes=[0, 1, 2]), X),
}


@pytest.fixture(scope="module")
def mnist_net() -> tuple[Network, Any, Any]:
    (X, y), (X_test, y_test) = fastnet.datasets.load("digits")
    return train(X, y, hidden=(64, 32), epochs=1), X_test, y_test


# What comes back ------------------------------------------------------------------------------


@TO
@pytest.mark.parametrize("kind", NETS)
def test_the_loaded_net_is_the_rounded_one(kind, to, tmp_path, capsys):
    make, inputs = NETS[kind]
    net, path = make(), tmp_path / "net.npz"
    before = net.digest()
    net.save(path, weights=to)
    again, rounded = load(path), net.rounded(to)
    assert net.digest() == before and net.rounding is None
    assert again.digest() == rounded.digest() and again.dtype == net.dtype
    assert again.rounding == rounded.rounding and again.history == net.history
    assert again.predict_proba(inputs).tobytes() == rounded.predict_proba(inputs).tobytes()
    for old, new in zip(net.biases, again.biases, strict=True):
        assert np.array_equal(old, new)
    change = max(np.abs(a - b).max() for a, b in zip(net.weights, again.weights, strict=True))
    assert again.rounding == {"weights": to, "largest_change": change}
    assert f"weights as {to}: the largest change is {change:.3g}\n" in capsys.readouterr().err
    again.save(path, weights=to)
    twice = load(path)
    assert twice.digest() == again.digest() and twice.rounding["largest_change"] == 0
    again.save(path)
    assert load(path).digest() == again.digest() and load(path).rounding is None


@TO
@pytest.mark.parametrize("kind", KINDS)
def test_ensembles(kind, to, tmp_path, capsys):
    vote, inputs = KINDS[kind]()
    vote.save(tmp_path / "vote.npz", weights=to)
    again = load(tmp_path / "vote.npz", activation=SWISH if kind == "own functions" else None)
    rounded = vote.rounded(to)
    assert isinstance(again, Ensemble) and again.digest() == rounded.digest() != vote.digest()
    assert again.predict_proba(inputs).tobytes() == rounded.predict_proba(inputs).tobytes()
    assert sharing(again) == sharing(vote)
    assert again.rounding == rounded.rounding == again[0].rounding
    assert vote.rounding is None and Ensemble([vote[0], rounded[0]]).rounding is None
    assert capsys.readouterr().err.count("largest change") == 1


@TO
def test_a_net_that_came_back_learns_on(to, tmp_path):
    net = small()
    net.save(tmp_path / "net.npz", weights=to)
    again, rounded = load(tmp_path / "net.npz"), net.rounded(to)
    for each in (again, rounded):
        each.partial_fit(X, Y)
    assert again.digest() == rounded.digest()


def test_sizes(mnist_net, tmp_path):
    """Of 784-64-32-10: the weights alone are 210,688, 105,344 and 52,672 bytes."""
    net, _, _ = mnist_net
    sizes = {}
    for to in (None, "float16", "int8"):
        net.save(tmp_path / "net.npz", weights=to)
        sizes[to] = (tmp_path / "net.npz").stat().st_size
    few = sum(w.size for w in net.weights)
    assert few < sizes["int8"] < few + 6500
    assert 2 * few < sizes["float16"] < 2 * few + 6000
    assert 4 * few < sizes[None] < 4 * few + 6000


# The loss -------------------------------------------------------------------------------------


@TO
def test_the_loss_is_measured_and_said(mnist_net, to, tmp_path, capsys):
    net, X_test, y_test = mnist_net
    net.save(tmp_path / "net.npz", weights=to, data=(X_test, y_test))
    record = load(tmp_path / "net.npz").rounding
    before, after = net.score(X_test, y_test), net.rounded(to).score(X_test, y_test)
    assert record["score"] == {"samples": len(y_test), "before": before, "after": after}
    assert after > before - 0.01 and len(y_test) == 2000
    line, change = capsys.readouterr().err, record["largest_change"]
    assert line == (
        f"fastnet: weights as {to}: the largest change is {change:.3g}; score {before:.4f} before, "
        f"{after:.4f} after, on 2,000 samples\n"
    )


def test_the_loss_of_an_ensemble_is_that_of_its_answers(tmp_path):
    vote = fastnet.train_seeds(X, Y, 3, hidden=(4,), epochs=1)
    vote.save(tmp_path / "vote.npz", weights="int8", data=(X, Y))
    again = load(tmp_path / "vote.npz")
    score = again.rounding["score"]
    assert score["before"] == vote.score(X, Y) and score["after"] == again.score(X, Y)
    assert [net.rounding for net in again] == [again.rounding] * 3


def test_a_regression_tells_r_squared(tmp_path, capsys):
    net = NETS["table"][0]()
    net.save(tmp_path / "net.npz", weights="int8", data=(FRAME, numbers(FRAME)))
    score = load(tmp_path / "net.npz").rounding["score"]
    assert score["before"] == net.score(FRAME, numbers(FRAME))


def test_wrong_data_and_wrong_types(tmp_path):
    net, path = small(), tmp_path / "net.npz"
    for weights, data, match in (
        ("int4", None, "weights: 'int4', wanted one of float16, int8"),
        (8, None, "weights: 8, wanted one of"),
        (None, (X, Y), "data: wanted weights, too"),
        ("int8", X, r"data: an array of shape \(40, 5\), wanted \(X, y\)"),
        ("int8", 5, r"data: 5, wanted \(X, y\)"),
        ("int8", (X, 5), r"data: .*, wanted \(X, y\)"),
        ("int8", (X[:0], Y[:0]), "data: no samples"),
        ("int8", (X[:, :2], Y), "X: "),
    ):
        with pytest.raises((TypeError, ValueError), match=match):
            net.save(path, weights=weights, data=data)
    with pytest.raises(ValueError, match="weights: 'bfloat16', wanted one of float16, int8"):
        net.rounded("bfloat16")
    assert not path.exists()


def test_weights_beyond_float16(tmp_path, capsys):
    net, path = small(), tmp_path / "net.npz"
    net.weights[1][0, 0] = -1e5
    with pytest.raises(ValueError, match="weights: 100000 is beyond float16's 65504, wanted"):
        net.save(path, weights="float16")
    assert not path.exists() and not capsys.readouterr().err
    net.save(path, weights="int8")
    assert load(path).weights[1][0, 0] == pytest.approx(-1e5, rel=1e-4)
    for spoilt in (np.nan, np.inf):
        net.weights[1][0, 0] = spoilt
        for to in ("float16", "int8"):
            with pytest.raises(ValueError, match="weights: NaN or infinite, wanted finite"):
                net.save(path, weights=to)


def test_estimators(tmp_path, capsys):
    """Whose labels are not the net's."""
    sklearn = needed("fastnet.sklearn")
    words = np.array(["a", "b", "c"], object)[Y]
    for estimator, y in (
        (sklearn.FastNetClassifier(max_iter=3), words),
        (sklearn.FastNetClassifier(max_iter=3, n_nets=2), words),
        (sklearn.FastNetRegressor(max_iter=3), X[:, 0]),
    ):
        estimator.fit(X, y)
        estimator.save(tmp_path / "e.npz", weights="int8", data=(X, y))
        again = type(estimator).load(tmp_path / "e.npz")
        assert again.model_.digest() == estimator.model_.rounded("int8").digest()
        score = again.model_.rounding["score"]
        assert score["before"] == estimator.score(X, y) and score["after"] == again.score(X, y)
    assert capsys.readouterr().err.count("weights as int8") == 3


# Files ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("rounded")
    small().save(folder / "int8.npz", weights="int8", data=(X, Y))
    small().save(folder / "float16.npz", weights="float16")
    fastnet.train_seeds(X, Y, 2, hidden=(4,), epochs=1).save(folder / "both.npz", weights="int8")
    return folder


def test_a_file_of_version_5_is_read(tmp_path, capsys):
    """Written by fastnet 0.2.0: a float64 net with words as labels."""
    path = ROOT / "tests" / "files" / "version_5.npz"
    net = load(path)
    assert net.digest() == "34ecd754f803fc434324121372574673dac4f5c9da74517c01b63c0c1cbfb20f"
    assert net.rounding == {"weights": "int8", "largest_change": 0.003768835465285947}
    assert net.dtype == "float64" and net.classes.tolist() == ["a", "b", "é"]
    about, arrays = parts(path)
    assert (about["format_version"], about["needs"]) == (5, ["rounding"])
    assert [arrays[f"weights_{k}"].dtype.name for k in range(2)] == ["int8", "int8"]
    net.save(tmp_path / "net.npz", weights="int8")
    assert load(tmp_path / "net.npz").digest() == net.digest()


def test_only_files_of_few_bits_have_version_5(folder, tmp_path):
    assert parts(folder / "float16.npz")[0]["format_version"] == 5
    about = parts(folder / "both.npz")[0]
    assert (about["format_version"], about["needs"]) == (5, ["ensemble"])
    assert [net["needs"] for net in about["ensemble"]["nets"]] == [["rounding"]] * 2
    load(folder / "int8.npz").save(tmp_path / "net.npz")
    assert parts(tmp_path / "net.npz")[0]["format_version"] == 2


def test_info_shows_it(folder, tmp_path):
    from click.testing import CliRunner

    from fastnet.cli import main

    text = CliRunner().invoke(main, ["info", str(folder / "int8.npz")]).output
    assert "  rounded      weights as int8: the largest change is" in text
    assert "after, on 40 samples" in " ".join(text.split())
    said = json.loads(CliRunner().invoke(main, ["info", str(folder / "both.npz"), "--json"]).output)
    assert said["rounding"]["weights"] == "int8" == said["nets"][1]["rounding"]["weights"]


def refused(path: Path, match: str) -> None:
    with pytest.raises(ValueError, match=match) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and message.isprintable()
    assert len(message) < len(str(path)) + 300


def test_what_does_not_fit_is_refused(folder, tmp_path):
    path = tmp_path / "net.npz"
    about, arrays = parts(folder / "int8.npz")
    scales = arrays["scales_0"]
    for change, match in (
        ({"scales_0": scales * 0}, "scales_0: 0.0, wanted numbers > 0"),
        ({"scales_0": -scales}, "scales_0: -.*, wanted numbers > 0"),
        ({"scales_0": scales * np.nan}, "scales_0: NaN or infinite"),
        ({"scales_1": np.full(3, np.inf, "f4")}, "scales_1: NaN or infinite"),
        ({"scales_1": np.full(3, 3e38, "f4")}, r"weights\[1\]: NaN or infinite"),
        ({"scales_0": scales[1:]}, r"scales_0: float32 \(3,\), wanted float32 \(4,\)"),
        ({"scales_0": scales[:, None]}, r"scales_0: float32 \(4, 1\), wanted float32 \(4,\)"),
        ({"scales_0": scales[:1]}, r"scales_0: float32 \(1,\)"),
        ({"scales_0": scales.astype("f8")}, "scales_0: float64"),
        ({"scales_0": scales.astype("U9")}, "scales_0: "),
        ({"scales_0": np.ones(4, np.int64)}, "scales_0: int64"),
        ({"weights_0": arrays["weights_0"].astype("f4")}, "layer 0: float32 and float32, wanted"),
        ({"weights_0": arrays["weights_0"].astype("u1")}, "layer 0: uint8 and float32"),
        ({"weights_0": arrays["weights_0"].astype("f2")}, "layer 0: float16 and float32"),
        ({"weights_0": arrays["weights_0"][:, 1:]}, "layer 0: shapes"),
        ({"biases_0": arrays["biases_0"].astype("i1")}, "dtype: 'int8'|layer"),
        ({"scales_2": scales}, "it holds"),
    ):
        signed(path, about, {**arrays, **change})
        refused(path, match)
    for name in ("scales_0", "scales_1"):
        signed(path, about, {other: arrays[other] for other in arrays if other != name})
        refused(path, "it holds")
    about, arrays = parts(folder / "float16.npz")
    signed(path, about, {**arrays, "weights_0": arrays["weights_0"] * np.float16("inf")})
    refused(path, "weights_0: NaN or infinite")
    wide = {name: array.astype("f4") for name, array in arrays.items() if "weights" in name}
    signed(path, about, {**arrays, **wide})
    refused(path, "layer 0: float32 and float32, wanted float16 and float32")


def test_other_orders_of_bytes(folder, tmp_path):
    for name in ("int8", "float16"):
        about, arrays = parts(folder / f"{name}.npz")
        turned = {key: array.astype(array.dtype.newbyteorder(">")) for key, array in arrays.items()}
        signed(tmp_path / "net.npz", about, turned)
        assert load(tmp_path / "net.npz").digest() == load(folder / f"{name}.npz").digest()


def test_a_layer_that_is_too_large_takes_no_memory(folder, tmp_path):
    about, arrays = parts(folder / "int8.npz")
    wide = {"weights_0": np.zeros((1, 20_000), "i1"), "weights_1": np.zeros((1, 20_000), "i1")}
    rest = {f"{kind}_{k}": np.ones(20_000, "f4") for kind in ("biases", "scales") for k in (0, 1)}
    signed(tmp_path / "net.npz", about, {**arrays, **wide, **rest})
    assert peak(tmp_path / "net.npz") < 2 << 20


def test_what_a_file_may_not_say(folder, tmp_path):
    path = tmp_path / "net.npz"
    about, arrays = parts(folder / "int8.npz")
    for change, match in (
        ({"format_version": 4}, r"needs: \['rounding'\], wanted .*, in version 5"),
        ({"needs": []}, r"needs: \[\], wanted \['rounding'\]"),
        ({"rounding": None}, "it holds|needs"),
        ({"rounding": {"weights": "int4", "largest_change": 0.0}}, "weights: 'int4', wanted one"),
        ({"rounding": {"weights": "int8"}}, "largest_change: missing"),
        ({"rounding": {"weights": "int8", "largest_change": float("nan")}}, "a finite number"),
        ({"rounding": {**about["rounding"], "score": 0.9}}, "score: 0.9, wanted an object"),
        ({"rounding": {**about["rounding"], "score": {"samples": 3}}}, "before: missing"),
        ({"rounding": {**about["rounding"], "weights": "float16"}}, "it holds"),
    ):
        signed(path, {**copy.deepcopy(about), **change}, arrays)
        refused(path, match)
    about, arrays = parts(folder / "both.npz")
    about["rounding"] = {"weights": "int8", "largest_change": 0.0}
    signed(path, about, arrays)
    refused(path, "rounding: .*, wanted none")


@MANY
@pytest.mark.parametrize("name", ["int8", "both"])
def test_any_json(folder, tmp_path, name, many):
    chance, path, count = random.Random(name), tmp_path / "m.npz", 0
    about, arrays = parts(folder / f"{name}.npz")
    if name == "int8":
        about = {k: about[k] for k in about if k not in ("history", "run")}
        about["history"] = []
    for changed in changes(about, chance, many):
        if name == "both" and chance.random() < 0.8:
            continue
        signed(path, changed, arrays)
        try:
            load(path)
        except ValueError as error:
            assert str(error).startswith(f"{path}: ") and str(error).isprintable()
            count += 1
            continue
        assert in_one_line("info", path), changed
        assert in_one_line("info", path, "--json"), changed
    assert count > 5 * many
