"""What `evaluate --json` measures, against scikit-learn and against what the nets say."""

import numpy as np
import pytest
from sklearn import metrics as sk

import fastnet
from fastnet.report import judges, measures
from tests.cli.helpers import events, fails, ok, run, warned
from tests.cli.people import FRAME, text_of

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 3, 200)
X = RNG.normal(2 * np.eye(3, 4)[Y], 1.0).round(3)
TWO = np.array(["猫", "dog"])[(Y > 0) * 1]
SEVERAL = (X[:, :3] > 0.5) * 1
NUMBERS = np.c_[X[:, 0] * 100, X[:, 1]]
NETS = {
    "softmax": (Y, {"loss": "cross-entropy"}),
    "sigmoid": (Y, {}),
    "relu": (Y, {"hidden": (5,), "activation": ("sigmoid", "relu"), "learning_rate": 0.02}),
    "two": (TWO, {"loss": "cross-entropy"}),
    "two-sigmoid": (TWO, {}),
    "several": (SEVERAL, {"loss": "cross-entropy"}),
    "numbers": (NUMBERS, {"preset": "table"}),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Nets, and what they learned."""
    folder = tmp_path_factory.mktemp("measures")
    for name, (y, options) in NETS.items():
        np.savez(folder / f"{name}-data.npz", X=X, y=y)
        for seed in (0, 1):
            net = fastnet.train(X, y, **{"epochs": 3, "hidden": (5,), "seed": seed, **options})
            net.save(folder / f"{name}-{seed}.npz")
    return folder


def judged(folder, name, *models, data=None):
    models = models or (f"{name}-0.npz",)
    paths = [folder / model for model in models]
    [event] = events(ok("evaluate", *paths, folder / (data or f"{name}-data.npz"), "--json"))
    return event, fastnet.Ensemble([fastnet.load(path) for path in paths])


@pytest.mark.parametrize("name", ["softmax", "sigmoid", "relu", "two", "two-sigmoid"])
def test_classes(files, name):
    event, nets = judged(files, name)
    y, p = NETS[name][0], nets[0].predict_proba(X)
    said, labels = nets.predict(X), nets.classes.tolist()
    assert event["score"] == sk.accuracy_score(y, said)
    assert event["confusion"] == sk.confusion_matrix(y, said, labels=labels).tolist()
    wanted = sk.precision_recall_fscore_support(y, said, labels=labels, zero_division=np.nan)
    for of, *figures in zip(event["classes"], *wanted, strict=True):
        own = [of[field] for field in ("precision", "recall", "f1", "samples")]
        assert own == pytest.approx([None if f != f else f for f in figures])
    for field, score in zip(
        ("macro_precision", "macro_recall", "macro_f1"),
        (sk.precision_score, sk.recall_score, sk.f1_score),
        strict=True,
    ):
        theirs = score(y, said, average="macro", labels=np.unique([y, said]), zero_division=0)
        assert event[field] == pytest.approx(theirs)
    if name in ("softmax", "two"):
        own = p[np.arange(200), [labels.index(label) for label in y]]
        assert event["log_loss"] == pytest.approx(-np.log(own.astype(float)).mean(), rel=1e-9)
        of_run = fastnet.train(
            X, y, init=nets[0], validation_data=(X, y), epochs=1, learning_rate=1e-30
        )
        assert event["log_loss"] == pytest.approx(of_run.history[-1]["val_loss"], rel=1e-5)
    else:
        assert event["log_loss"] is None and name.split("-")[-1] in event["left_out"]["log_loss"]
    if name == "relu":
        assert event["calibration_error"] is event["calibration"] is None
        assert event["left_out"]["calibration_error"] == "relu outputs are no probabilities"
    else:
        bins = event["calibration"]
        assert sum(bins["samples"]) == 200 and len(bins["edges"]) == 16
        error = sum(
            n / 200 * abs(p.max(axis=1)[inside].mean() - (said == y)[inside].mean())
            for n, low, high in zip(bins["samples"], bins["edges"], bins["edges"][1:], strict=False)
            if (inside := (p.max(axis=1) > low) & (p.max(axis=1) <= high)).any()
        )
        assert event["calibration_error"] == pytest.approx(error, rel=1e-5)
    if "two" in name:
        score = p[:, 1] if name == "two" else p[:, 1].astype(float) - p[:, 0]
        assert event["auc"] == pytest.approx(sk.roc_auc_score(y == nets.classes[1], score))
    else:
        assert event["auc"] is None


def test_the_usual_mistakes(files):
    event, nets = judged(files, "sigmoid")
    matrix = np.array(event["confusion"])
    np.fill_diagonal(matrix, 0)
    for of, row in zip(event["classes"], matrix, strict=True):
        assert (of["times"], of["answered"]) == (row.max(), (nets.predict(X) == of["label"]).sum())
        assert of["taken_for"] == (nets.classes[row.argmax()] if row.any() else None)
    times = [pair["times"] for pair in event["confused"]]
    assert times == sorted(matrix[matrix > 0].tolist(), reverse=True)
    assert event["confused_pairs"] == len(times)


def test_several_labels(files):
    event, nets = judged(files, "several")
    p, said = nets[0].predict_proba(X), nets.predict(X)
    assert event["score"] == sk.accuracy_score(SEVERAL, said) and event["classes"] is None
    assert event["macro_f1"] == pytest.approx(sk.f1_score(SEVERAL, said, average="macro"))
    for k, of in enumerate(event["labels"]):
        y, own = SEVERAL[:, k], p[:, k].astype(float)
        assert (of["label"], of["samples"]) == (k, y.sum())
        assert of["recognized"] == (y * said[:, k]).sum()
        assert of["auc"] == pytest.approx(sk.roc_auc_score(y, own))
        assert of["average_precision"] == pytest.approx(sk.average_precision_score(y, own))
        assert of["log_loss"] == pytest.approx(sk.log_loss(y, own), rel=1e-6)
        assert of["f1"] == pytest.approx(sk.f1_score(y, said[:, k]))
    for name in ("log_loss", "auc", "calibration_error"):
        assert event[name] == pytest.approx(np.mean([of[name] for of in event["labels"]]))


def test_numbers(files):
    event, nets = judged(files, "numbers")
    said = nets.predict(X)
    assert event["score"] == nets[0].score(X, NUMBERS)
    for k, of in enumerate(event["outputs"]):
        y, own = NUMBERS[:, k], said[:, k]
        wanted = [sk.r2_score(y, own), sk.root_mean_squared_error(y, own), np.abs(y - own).mean()]
        found = [of[field] for field in ("r_squared", "rmse", "mae", "spread")]
        assert found == pytest.approx([*wanted, y.std()])
    assert event["rmse"] == pytest.approx(np.sqrt(np.mean((said - NUMBERS) ** 2)))
    assert event["mae"] == pytest.approx(np.abs(said - NUMBERS).mean())


@pytest.mark.parametrize("name", ["softmax", "several", "numbers"])
def test_each_of_several_models_and_their_vote(files, name):
    both = [f"{name}-{seed}.npz" for seed in (0, 1)]
    fastnet.Ensemble([fastnet.load(files / path) for path in both]).save(files / "both.npz")
    event, nets = judged(files, name, both[0], "both.npz")
    assert event["model"] == [own["model"] for own in event["models"]]
    y, alone = NETS[name][0], ("models", "task", "event", "model", "data", "part", "samples")
    for path, own in zip((both[0], "both.npz"), event["models"], strict=True):
        [wanted] = events(ok("evaluate", files / path, files / f"{name}-data.npz", "--json"))
        assert {k: v for k, v in own.items() if k != "model"} == {
            k: v for k, v in wanted.items() if k not in alone
        }
        assert own["score"] == fastnet.load(files / path).score(X, y)
    assert event["score"] == nets.score(X, y) and len(nets) == 3
    assert "models" not in judged(files, name, "both.npz")[0]
    text = ok("evaluate", files / both[0], files / "both.npz", files / f"{name}-data.npz")
    heads = [line.split()[0] for line in text.split("\n\n")[1].splitlines()]
    assert heads == ["model", both[0], "both.npz", "together"]


def test_nets_some_of_whose_outputs_are_no_probabilities(files):
    event, _ = judged(files, "softmax", "softmax-0.npz", "sigmoid-0.npz", "sigmoid-1.npz")
    assert [own["log_loss"] is None for own in event["models"]] == [False, True, True]
    assert event["left_out"] == {"log_loss": "sigmoid outputs do not add up to 1"}
    event, _ = judged(files, "softmax", "softmax-0.npz", "relu-0.npz")
    assert set(event["left_out"].values()) == {"relu outputs are no probabilities"}
    assert len(event["left_out"]) == 2 and event["score"] > 0


@pytest.mark.parametrize("name", ["softmax", "sigmoid"])
def test_outputs_that_are_too_many_are_held_in_parts(files, name, monkeypatch):
    paths = [f"{name}-{seed}.npz" for seed in (0, 1)]
    wanted = judged(files, name, *paths)[0]
    monkeypatch.setattr(measures, "ROOM", 3 * 7)
    assert judged(files, name, *paths)[0] == wanted


def test_labels_that_the_net_does_not_know(files):
    y = np.where(np.arange(200) < 50, "new", TWO)
    np.savez(files / "new.npz", X=X, y=y)
    said = warned("50 of 200 labels", "evaluate", files / "two-0.npz", files / "new.npz", "--json")
    [event] = events(said.stdout)
    answers = fastnet.load(files / "two-0.npz").predict(X)
    labels = [of["label"] for of in event["classes"]]
    assert labels == ["dog", "猫", "new"] and event["score"] == (y == answers).mean()
    assert event["confusion"] == sk.confusion_matrix(y, answers, labels=labels).tolist()
    f1 = sk.f1_score(y, answers, average="macro", labels=labels, zero_division=0)
    assert event["macro_f1"] == pytest.approx(f1)
    np.savez(files / "known.npz", X=X[50:], y=TWO[50:])
    known, _ = judged(files, "two", data="known.npz")
    assert (event["log_loss"], event["auc"]) == (known["log_loss"], known["auc"])
    np.savez(files / "all-new.npz", X=X, y=np.full(200, "new"))
    said = warned("200 of 200", "evaluate", files / "two-0.npz", files / "all-new.npz", "--json")
    [event] = events(said.stdout)
    assert event["score"] == 0 and event["log_loss"] is event["auc"] is None
    assert event["left_out"]["log_loss"] == "no label of the data is a class of the net"


def test_one_class_alone_has_no_auc(files):
    np.savez(files / "cats.npz", X=X[TWO == "猫"], y=TWO[TWO == "猫"])
    event, _ = judged(files, "two", data="cats.npz")
    assert event["auc"] is None and event["left_out"] == {"auc": "the samples are all of one class"}
    assert "no AUC: the samples are all of one class" in ok(
        "evaluate", files / "two-0.npz", files / "cats.npz"
    )


def test_many_classes_have_no_matrix(files, tmp_path):
    k = judges.LARGEST + 1
    y = np.arange(k)
    net = fastnet.Network((3, k), ["softmax"], "cross-entropy", "float32", y)
    net.save(tmp_path / "many")
    np.savez(tmp_path / "many.npz", X=RNG.normal(size=(k, 3)), y=y)
    [event] = events(ok("evaluate", tmp_path / "many", tmp_path / "many.npz", "--json"))
    assert event["confusion"] is None and len(event["classes"]) == k
    assert len(event["confused"]) == judges.PAIRS < event["confused_pairs"]
    assert "the 10 most confused of" in ok("evaluate", tmp_path / "many", tmp_path / "many.npz")


@pytest.mark.filterwarnings("always::fastnet.LearningWarning")
@pytest.mark.parametrize("n", [1, 2])
def test_each_warning_is_given_once(n, tables, tmp_path):
    new = FRAME[:10].assign(income="much", surplus=1)
    (tmp_path / "new.csv").write_text(text_of(new), newline="")
    result = run("evaluate", *[tables / "m"] * n, tmp_path / "new.csv")
    assert result.exit_code == 0
    said = result.stderr.splitlines()
    assert ["surplus" in line for line in said] == [True, False], said
    assert "10 of 10 labels are none of the network's classes (much)" in said[1]


@pytest.mark.parametrize(("loss", "y"), [("softmax", [0, 1]), ("sigmoid", np.eye(2))])
def test_outputs_that_are_not_finite(loss, y, tmp_path):
    classes = [0, 1] if loss == "softmax" else None
    net = fastnet.Network((2, 2), [loss], "cross-entropy", "float32", classes)
    net.weights[0][:] = 3e38 * np.array([[1, -1], [-1, 1]])
    net.save(tmp_path / "huge")
    np.savez(tmp_path / "huge.npz", X=np.full((2, 2), 3e38), y=y)
    [event] = events(ok("evaluate", tmp_path / "huge", tmp_path / "huge.npz", "--json"))
    assert np.isnan(net.predict_proba(np.full((2, 2), 3e38))).any()
    for name in ("log_loss", "auc", "calibration_error"):
        assert event[name] is None
    text = " ".join(ok("evaluate", tmp_path / "huge", tmp_path / "huge.npz").split())
    assert "the outputs for 2 samples are not finite" in text


def test_data_without_labels(files):
    np.savez(files / "X.npz", X=X)
    assert "y is missing" in fails(1, "evaluate", files / "two-0.npz", files / "X.npz")
