"""Data in text files, for `train` and `evaluate`; where its labels are, and what they are."""

import json

import numpy as np
import pytest

import fastnet
from tests.cli.helpers import events, fails, ok

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
        ("named.csv", ["--label", "sort"]),
        ("lines.jsonl", []),
    ],
)
def test_a_text_is_learned_and_judged_as_its_arrays_are(texts, flowers, tmp_path, name, options):
    (X, y), _ = flowers
    labels = np.array(["iris", "rose", "tulip"])[y]
    out = tmp_path / "net.npz"
    told = ok("train", "--data", texts / name, *options, *OPTIONS, "--out", out)
    net = fastnet.load(out)
    assert "60 training samples, no test samples, 4 inputs, 3 classes" in told
    assert net.digest() == fastnet.train(X, labels, hidden=(4,), epochs=2).digest()
    (said,) = events(ok("evaluate", out, *options, "--json"))
    assert (said["data"], said["score"]) == (str(texts / name), net.score(X, labels))
    again = ok("train", "--repeat", out, *options)
    assert "the bits are the same" in again


def test_numbers_are_learned_if_the_classes_are_none(texts, flowers, tmp_path):
    (X, _), _ = flowers
    out = tmp_path / "net.npz"
    command = ["train", "--data", texts / "numbers.csv", *OPTIONS, "--classes", "none"]
    assert "R^2 after 2 rounds" in ok(*command, "--out", out)
    net = fastnet.load(out)
    assert net.digest() == fastnet.train(X[:, :3], X[:, 3], hidden=(4,), epochs=2).digest()
    (said,) = events(ok("evaluate", out, "--json"))
    assert said["score"] == pytest.approx(net.score(X[:, :3], X[:, 3]), rel=1e-12)
    assert said["rmse"] > 0


def test_pixels_are_scaled_as_images_are(texts, tmp_path):
    out = tmp_path / "net.npz"
    told = ok("train", "--data", texts / "pixels.csv", "--pixels", *OPTIONS, "--out", out)
    assert "30 training images" in told
    X = np.array([[8 * i, 255 - i] for i in range(30)], np.uint8)
    wanted = fastnet.train(X, np.arange(30) % 2, hidden=(4,), epochs=2)
    assert fastnet.load(out).digest() == wanted.digest()
    assert "of 30 training images" in ok("evaluate", out, "--pixels")


def test_what_a_text_lacks_is_said(texts, tmp_path):
    said = fails(1, "train", "--data", texts / "first.csv")
    assert "line 1, column 1: 'tulip', wanted a finite number" in said
    said = fails(1, "train", "--data", texts / "named.csv", "--label", "kind")
    assert "named.csv: " in said and "kind" in said
