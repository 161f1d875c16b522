"""Text files are read as a stream is; a net remembers how, for `evaluate`, `predict`, --repeat."""

import json

import numpy as np
import pytest

import fastnet
from tests.cli.helpers import events, fails, ok

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).round(3)
KIND = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]
WHOLE = np.rint(2 * X[:, 1]).astype(int)
SHORT = ("--hidden", 4, "--epochs", 2)

pytestmark = pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")


def lines(rows) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path):
    pairs = list(zip(X.tolist(), KIND.tolist(), WHOLE.tolist(), strict=True))
    files = {
        "t.csv": lines([*x, kind] for x, kind, _ in pairs),
        "names.csv": "a,b,c,kind\n" + lines([*x, kind] for x, kind, _ in pairs),
        "first.csv": lines([kind, *x] for x, kind, _ in pairs),
        "second.csv": "a,kind,b,c\n" + lines([x[0], kind, *x[1:]] for x, kind, _ in pairs),
        "whole.csv": lines([*x, whole] for x, _, whole in pairs),
        "X.csv": lines(X.tolist()),
        "t.jsonl": "".join(json.dumps({"x": x, "y": kind}) + "\n" for x, kind, _ in pairs),
        "X.jsonl": "".join(json.dumps(x) + "\n" for x in X.tolist()),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    np.savez(tmp_path / "t.npz", X=X, y=KIND)
    return tmp_path


@pytest.mark.parametrize(
    "args",
    [
        ["t.csv", "--encode", "none"], ["first.csv", "--label", "first", "--encode", "none"],
        ["t.csv", "--classes", "no,yes", "--encode", "none"], ["t.jsonl"], ["t.npz"],
        ["names.csv", "--encode", "none"],
        ["second.csv", "--label", "kind", "--encode", "none"],
    ],
)  # fmt: skip
def test_train_reads_what_a_stream_does(folder, args):
    out = folder / "m"
    ok("train", *SHORT, "--out", out, "--data", folder / args[0], *args[1:])
    net, args = fastnet.load(out), args[: -2 if "--encode" in args else None]
    assert net.digest() == fastnet.train(X, KIND, hidden=(4,), epochs=2).digest()
    [event] = events(ok("evaluate", out, "--json"))
    assert event["score"] == net.score(X, KIND) and event["samples"] == 40
    label = args[1:] if "--label" in args else []
    assert event == events(ok("evaluate", out, "--data", folder / args[0], *label, "--json"))[0]
    if args[0] != "t.npz" and "--classes" not in args:
        text = (folder / args[0]).read_text()
        more = ["--encode", "none"] if args[0] in ("names.csv", "second.csv") else []
        ok("train", "-", *args[1:], *more, "--hidden", 4, "--out", folder / "s", stdin=text)
        stream = fastnet.train_stream(zip(X, KIND, strict=True), hidden=(4,))
        assert fastnet.load(folder / "s").digest() == stream.digest()


@pytest.mark.parametrize(
    "args", [["first.csv", "--label", "first"], ["t.csv"], ["whole.csv", "--classes", "none"]]
)
def test_a_run_is_repeated_with_what_its_text_was_read_by(folder, args):
    out = folder / "m"
    ok("train", *SHORT, "--out", out, "--data", folder / args[0], *args[1:])
    assert "the bits are the same" in ok("train", "--repeat", out)
    (folder / "run.toml").write_text(ok("info", out, "--toml"))
    ok("train", "--config", folder / "run.toml", "--out", folder / "again")
    assert fastnet.load(folder / "again").digest() == fastnet.load(out).digest()


def test_several_nets_and_a_checkpoint_remember_it_too(folder):
    args = ["--data", folder / "first.csv", "--label", "first", *SHORT]
    ok("train", *args, "--seeds", 2, "--out", folder / "s")
    for name in ("s-0", "s-1"):
        assert "the bits are the same" in ok("train", "--repeat", folder / name)
    ok("train", *args, "--checkpoint", folder / "run", "--every", "1 epoch", "--out", folder / "m")
    ok("train", *args, "--checkpoint", folder / "run", "--resume", "--out", folder / "n")
    nets = [fastnet.load(folder / name) for name in ("s-0", "m", "n", "run")]
    assert len({net.digest() for net in nets}) == 1
    assert all(net.run["reading"] == {"target": "first"} for net in nets)


def test_numbers_of_a_regression(folder):
    out, data = folder / "m", folder / "whole.csv"
    raw = ["--classes", "none", "--encode", "none"]
    ok("train", *SHORT, "--out", out, "--data", data, *raw)
    net = fastnet.load(out)
    assert net.digest() == fastnet.train(X, WHOLE / 1, hidden=(4,), epochs=2).digest()
    [event] = events(ok("evaluate", out, "--json"))
    assert event["score"] == net.score(X, WHOLE / 1) and event["classes"] is None
    ok("train", *SHORT, "--out", out, "--data", data)
    assert fastnet.load(out).classes.tolist() == [*map(int, np.unique(WHOLE))]


def test_pixels_go_with_the_net(folder):
    pixels = RNG.integers(0, 256, (30, 4))
    (folder / "p.csv").write_text(lines([*x, k % 2] for k, x in enumerate(pixels.tolist())))
    (folder / "P.csv").write_text(lines(pixels.tolist()))
    ok("train", *SHORT, "--pixels", "--data", folder / "p.csv", "--out", folder / "m")
    images, y = pixels.astype(np.uint8), np.arange(30) % 2
    net = fastnet.train(images, y, hidden=(4,), epochs=2)
    assert fastnet.load(folder / "m").digest() == net.digest()
    outputs = net.predict_proba(images)
    assert not np.array_equal(outputs, net.predict_proba(pixels / 1.0))
    for given in ([], ["--pixels"]):
        command = ["predict", folder / "m", "--data", folder / "P.csv", "--probabilities", *given]
        told = np.array([line.split(",") for line in ok(*command).splitlines()], np.float32)
        assert np.array_equal(told, outputs)
    # The first half alone, which is not what the net has learned.
    (folder / "h.csv").write_text(lines([*x, k % 2] for k, x in enumerate(pixels[:15].tolist())))
    for data, n in ([], 30), (["--data", folder / "h.csv"], 15):
        [event] = events(ok("evaluate", folder / "m", "--json", *data))
        judged = [event["score"], *[of["recognized"] for of in event["classes"]]]
        right = net.predict(images[:n]) == y[:n]
        assert judged == [right.mean(), *[right[y[:n] == k].sum() for k in (0, 1)]]
    np.save(folder / "scaled.npy", pixels / 255)
    told = ok("predict", folder / "m", "--data", folder / "scaled.npy", "--probabilities")
    assert np.allclose(np.array([line.split(",") for line in told.splitlines()], float), outputs)


@pytest.mark.parametrize(
    ("texts", "labels", "classes"),
    [
        (["yes", "NA", "no"], ["yes", "NA", "no"], ["NA", "no", "yes"]),
        (["0", "1", "odd"], ["0", "1", "odd"], ["0", "1", "odd"]),
        (["0", "1.0", "2."], [0, 1, 2], [2, 1, 0]),
        (["1", "2", "1"], [1, 2, 1], [0, 1, 2]),
    ],
)
def test_classes_say_what_labels_are(folder, texts, labels, classes):
    """Also where they are like missing values, or of another kind than most."""
    (folder / "c.csv").write_text(lines([*x, texts[k % 3]] for k, x in enumerate(X.tolist())))
    y, out, given = np.array(labels)[np.arange(40) % 3], folder / "m", ",".join(map(str, classes))
    raw = ["--encode", "none", "--classes", given]
    ok("train", *SHORT, "--data", folder / "c.csv", *raw, "--out", out)
    net = fastnet.train(X, y, classes=classes, hidden=(4,), epochs=2)
    assert fastnet.load(out).digest() == net.digest()
    assert fastnet.load(out).classes.tolist() == classes
    assert events(ok("evaluate", out, "--json"))[0]["score"] == net.score(X, y)
    assert "the bits are the same" in ok("train", "--repeat", out)


def test_what_is_given_is_said_once(folder):
    ok("train", *SHORT, "--data", folder / "whole.csv", "--classes", "none", "--out", folder / "m")
    told = ok("info", folder / "m")
    assert "\n    classes              none\n" in told
    assert "\n    not given            start, init, " in told


def test_numbers_that_are_none(folder):
    text, first = (folder / "t.csv").read_text(), KIND[0]
    said = fails(1, "train", "-", "--classes", "none", stdin=text)
    assert f"line 1: label '{first}', wanted a number or a row of them, as there" in said
    said = fails(1, "train", "--data", folder / "t.csv", "--classes", "none")
    assert "t.csv: " in said and f"'{first}' in line 1, wanted a number" in said


@pytest.mark.parametrize("name", ["X.csv", "X.jsonl"])
def test_predict_reads_both_forms(folder, name):
    ok("train", *SHORT, "--data", folder / "t.csv", "--out", folder / "m")
    told = ok("predict", folder / "m", "--data", folder / name).split()
    assert told == fastnet.load(folder / "m").predict(X).tolist()


def test_evaluate_takes_another_layout(folder):
    ok("train", *SHORT, "--data", folder / "t.csv", "--out", folder / "m")
    wanted = events(ok("evaluate", folder / "m", "--json"))[0]["score"]
    for args in (["first.csv", "--label", "first"], ["second.csv", "--label", "kind"]):
        data = ["--data", folder / args[0], *args[1:]]
        assert events(ok("evaluate", folder / "m", *data, "--json"))[0]["score"] == wanted
    (folder / "odd.csv").write_text("1,2,3,maybe\n")
    text = ok("evaluate", folder / "m", "--data", folder / "odd.csv")
    rows = [line.split()[:3] for line in text.splitlines()]
    assert ["maybe", "1", "0.00%"] in rows, "no label of its own"


def test_what_is_wrong_is_said_with_its_line(folder):
    rows = (folder / "t.csv").read_text().splitlines()
    a, _, rest = rows[20].split(",", 2)
    (folder / "bad.csv").write_text("\n".join([*rows[:20], f"{a},x,{rest}", *rows[21:]]))
    for command in (["train"], ["evaluate", folder / "m"]):
        ok("train", *SHORT, "--data", folder / "t.csv", "--out", folder / "m")
        said = fails(1, *command, "--data", folder / "bad.csv")
        assert "bad.csv: column 2: " in said or "bad.csv: column 'column 2': " in said
        assert "'x' in line 21" in said
    assert "no column 'k'" in fails(1, "train", "--data", folder / "t.csv", "--label", "k")
    for args in (["train"], ["train", "--data", folder / "t.npz"], ["evaluate", folder / "m"]):
        if args[0] == "evaluate":
            args = [*args, "--data", folder / "t.npz"]
        assert "--label: for a table only" in fails(2, *args, "--label", "first")
        assert "a stream, a .csv or a .jsonl file only" in fails(2, *args, "--pixels")


TRUTH = (X[:, 0] > 0).tolist()


@pytest.mark.parametrize(
    "labels", [TRUTH, [1.0 * k for k in TRUTH], [int(k) for k in TRUTH]],
    ids=["truth values", "1.0", "1"],
)  # fmt: skip
def test_true_is_1_in_a_file_and_in_a_stream(tmp_path, labels):
    """With classes, the labels of text are read as such."""
    pairs = zip(X.tolist(), labels, strict=True)
    text = "".join(json.dumps({"x": x, "y": label}) + "\n" for x, label in pairs)
    (tmp_path / "t.jsonl").write_text(text)
    wanted = np.array(TRUTH).astype(int)
    args = ["--hidden", 4, "--classes", "0,1", "--out", tmp_path / "m"]
    ok("train", *args, "--epochs", 2, "--data", tmp_path / "t.jsonl")
    net = fastnet.train(X, wanted, hidden=(4,), epochs=2)
    assert fastnet.load(tmp_path / "m").digest() == net.digest()
    [event] = events(ok("evaluate", tmp_path / "m", "--json"))
    assert event["score"] == net.score(X, wanted)
    ok("train", "-", *args, stdin=text)
    stream = fastnet.train_stream(zip(X, wanted, strict=True), hidden=(4,))
    assert fastnet.load(tmp_path / "m").digest() == stream.digest()
