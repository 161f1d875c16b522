"""Data in text files, for `train` and `evaluate`; where its labels are, and what they are."""

import json

import numpy as np
import pytest

import fastnet
from tests.cli.helpers import READS_TOML, events, fails, ok

OPTIONS = ["--hidden", 4, "--epochs", 2]


@pytest.fixture(scope="module")
def texts(tmp_path_factory, flowers):
    """Files of flowers: labels last, first, by name, in JSON lines; numbers; pixels."""
    folder = tmp_path_factory.mktemp("texts")
    (X, y), _ = flowers
    names = np.array(["iris", "rose", "tulip"])[y]
    rows = [[repr(float(v)) for v in row] for row in X]
    lines = {
        "last.csv": [",".join([*row, name]) for row, name in zip(rows, names, strict=True)],
        "first.csv": [",".join([name, *row]) for row, name in zip(rows, names, strict=True)],
        "numbers.csv": [",".join(row) for row in rows],
        "pixels.csv": [f"{8 * i},{255 - i},{i % 2}" for i in range(30)],
        "lines.jsonl": [
            json.dumps({"x": row.tolist(), "y": str(name)})
            for row, name in zip(X, names, strict=True)
        ],
    }
    lines["named.csv"] = ["sort,a,b,c,d", *lines["first.csv"]]
    for name, text in lines.items():
        (folder / name).write_text("\n".join(text) + "\n")
    return folder


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("last.csv", []),
        ("first.csv", ["--label", "first"]),
        ("first.csv", ["--target", "first"]),
        ("lines.jsonl", []),
    ],
)
def test_a_text_is_learned_and_judged_as_its_arrays_are(texts, flowers, tmp_path, name, options):
    (X, y), _ = flowers
    labels = np.array(["iris", "rose", "tulip"])[y]
    out = tmp_path / "net.npz"
    told = ok("train", texts / name, *options, *OPTIONS, "--encode", "none", "--out", out)
    net = fastnet.load(out)
    assert "60 training samples, no test samples, 4 inputs, 3 classes" in told
    assert net.digest() == fastnet.train(X, labels, hidden=(4,), epochs=2).digest()
    for given in ([], options, ["--data", texts / name, *options], [texts / name, *options]):
        (said,) = events(ok("evaluate", out, *given, "--json"))
        assert (said["data"], said["score"]) == (str(texts / name), net.score(X, labels))
    assert "the bits are the same" in ok("train", "--repeat", out)
    assert "the bits are the same" in ok("train", "--repeat", out, *options)
    for _, label in [options] if options else []:
        assert f"    target               {label}\n" in ok("info", out)


def test_a_file_of_numbers_without_names_is_a_table(texts, tmp_path):
    out = tmp_path / "net.npz"
    told = ok("train", texts / "last.csv", *OPTIONS, "--out", out)
    assert "60 training rows, no test rows, 4 columns, 4 inputs, 3 classes" in told
    assert "held out: 6 of the training rows" in told
    (X, y), _ = fastnet.datasets.read(texts / "last.csv")
    options = {"hidden": (4,), "epochs": 2, "validation_fraction": 0.1}
    net = fastnet.train(X, y, preset="table", **options)
    assert fastnet.load(out).digest() == net.digest() != fastnet.train(X, y, **options).digest()
    (tmp_path / "new.csv").write_text("".join(f"{','.join(map(str, x))}\n" for x in X.tolist()))
    assert ok("predict", out, tmp_path / "new.csv").split() == net.predict(X).tolist()
    assert "the bits are the same" in ok("train", "--repeat", out)
    assert "6 held-out rows" in ok("evaluate", out)


@READS_TOML
@pytest.mark.parametrize("options", [["--label", "first"], ["--label", "first", "--seeds", 2]])
def test_how_a_text_is_read_is_recorded(texts, tmp_path, options):
    command = ["train", "--data", texts / "first.csv", *OPTIONS]
    ok(*command, *options, "--out", tmp_path / "net.npz")
    out = tmp_path / ("net-1.npz" if "--seeds" in options else "net.npz")
    (tmp_path / "run.toml").write_text(ok("info", out, "--toml"))
    assert 'target = "first"' in (tmp_path / "run.toml").read_text()
    ok("train", "--config", tmp_path / "run.toml", "--out", tmp_path / "again.npz")
    assert fastnet.load(tmp_path / "again.npz").digest() == fastnet.load(out).digest()


def test_numbers_are_learned_if_the_classes_are_none(texts, flowers, tmp_path):
    (X, _), _ = flowers
    out = tmp_path / "net.npz"
    command = ["train", "--data", texts / "numbers.csv", *OPTIONS, "--classes", "none"]
    command += ["--encode", "none"]
    assert "R^2 after 2 rounds" in ok(*command, "--out", out)
    net = fastnet.load(out)
    assert net.digest() == fastnet.train(X[:, :3], X[:, 3], hidden=(4,), epochs=2).digest()
    (said,) = events(ok("evaluate", out, "--json"))
    assert said["score"] == pytest.approx(net.score(X[:, :3], X[:, 3]), rel=1e-12)
    assert said["rmse"] > 0
    assert "the bits are the same" in ok("train", "--repeat", out)


def test_pixels_are_scaled_as_images_are(texts, tmp_path):
    out = tmp_path / "net.npz"
    told = ok("train", "--data", texts / "pixels.csv", "--pixels", *OPTIONS, "--out", out)
    assert "30 training images" in told
    X = np.array([[8 * i, 255 - i] for i in range(30)], np.uint8)
    wanted = fastnet.train(X, np.arange(30) % 2, hidden=(4,), epochs=2)
    assert fastnet.load(out).digest() == wanted.digest()
    assert "of 30 training images" in ok("evaluate", out)
    assert "the bits are the same" in ok("train", "--repeat", out)


def test_what_a_text_lacks_is_said(texts, tmp_path):
    said = fails(1, "train", "--data", texts / "named.csv", "--label", "sord")
    assert "named.csv: no column 'sord', wanted one of sort, a, b, c, d; did you mean 'sort" in said


def test_whole_numbers_may_be_no_classes(texts, tmp_path):
    out = tmp_path / "net.npz"
    command = ["train", "--data", texts / "pixels.csv", "--pixels", *OPTIONS, "--out", out]
    ok(*command, "--classes", "none")
    assert fastnet.load(out).task == "regression"
    assert "the bits are the same" in ok("train", "--repeat", out)
    assert "root mean square error" in ok("evaluate", out)
    ok(*command)
    assert fastnet.load(out).task == "classification"
