"""`fastnet plot`: files, data, options that fit, and errors in one line."""

import re

import pytest
from matplotlib import image

import fastnet
from fastnet.cli.plot import PICTURES
from tests.cli.helpers import events, fails, ok
from tests.helpers import ROOT, python

pytestmark = pytest.mark.compiled
PEOPLE = str(ROOT / "docs" / "people.csv")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Paths of a net of digits, of two of its seeds, of a table with classes and of numbers."""
    folder = tmp_path_factory.mktemp("models")
    (X, y), _ = fastnet.datasets.load("digits")
    digits, two = str(folder / "digits.npz"), str(folder / "two.npz")
    ok("train", "--hidden", 8, "--epochs", 1, "--out", digits)
    fastnet.train_seeds(X[:500], y[:500], 2, hidden=(8,), epochs=2).save(two)
    paths = {"digits": digits, "two": two}
    for target in ("owner", "income"):
        paths[target] = str(folder / f"{target}.npz")
        ok("train", PEOPLE, "--target", target, "--drop", "name", "--hidden", 8, "--epochs", 3,
           "--out", paths[target])  # fmt: skip
    return paths


MODELS = {"residuals": "income", "importance": "income", "roc": "owner"}
MODELS["precision_recall"] = "owner"
MORE = {"deformed": ["--augment", "elastic"]}  # which no model has learned
LOWER = ("weights", "mistakes", "deformed")  # by what they show


@pytest.mark.parametrize("name", PICTURES)
def test_each_picture_is_written(name, models, tmp_path):
    out = tmp_path / "picture.png"
    said = ok("plot", name, models[MODELS.get(name, "digits")], *MORE.get(name, []), "--out", out)
    assert said.endswith(f"{name}: {out}\n")
    assert image.imread(out).shape == (880, 1280, 4) or name in LOWER


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_files_are_the_same_each_time(models, tmp_path, ending):
    files = [tmp_path / f"{k}.{ending}" for k in range(2)]
    for file in files:
        ok("plot", "learning_curves", models["digits"], "--out", file, "--theme", "dark")
    assert files[0].read_bytes() == files[1].read_bytes()


def test_it_says_the_point_and_the_data(models, tmp_path):
    out = str(tmp_path / "c.png")
    (event,) = events(ok("plot", "confusion_matrix", models["digits"], "--out", out, "--json"))
    assert event.pop("title").endswith(")")
    assert event == {
        "event": "picture", "picture": "confusion_matrix", "out": out, "model": models["digits"],
        "data": "digits", "part": "test", "samples": 2000, "noun": "images",
    }  # fmt: skip
    said = ok("plot", "mistakes", models["owner"], PEOPLE, "--out", out)
    assert f"({PEOPLE}, 100 rows)" in said  # those that the run held out


def test_size_and_theme(models, tmp_path):
    out = tmp_path / "c.png"
    ok("plot", "residuals", models["income"], "--out", out, "--size", "3.3,2.5", "--theme", "dark")
    pixels = image.imread(out)
    assert pixels.shape[:2] == (500, 660)
    assert pixels[0, 0, :3].max() < 0.15


def test_several_models(models, tmp_path):
    out = tmp_path / "c.svg"
    said = ok("plot", "learning_curves", models["digits"], models["two"], "--out", out)
    assert re.match("(digits|two) ends best", said)
    assert "of 2,000 right" in ok(
        "plot", "confusion_matrix", models["digits"], models["two"], "digits", "--out", out
    )
    told = fails(2, "plot", "weights", models["digits"], models["two"], "--out", out)
    assert "2 MODELs, but weights shows one" in told


def test_options_go_to_the_picture(models, tmp_path):
    out = tmp_path / "c.png"
    assert "class 7" in ok("plot", "roc", models["digits"], "--positive", 7, "--out", out)
    assert "of no are" in ok("plot", "roc", models["owner"], "--positive", "no", "--out", out)
    told = fails(1, "plot", "roc", models["digits"], "--positive", "seven", "--out", out)
    assert "label 'seven' is none of the net's classes" in told
    told = fails(1, "plot", "weights", models["digits"], "--shape", "3,3", "--out", out)
    assert "9 pixels, but the net takes 784" in told
    ok("plot", "learning_curves", models["digits"], "--of", "loss", "--out", out)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["pie", "digits"], "'pie' is not one of 'learning_curves'"),
        (["roc", "digits"], "10 classes, but roc wants two"),
        (["residuals", "digits"], "a net with classes, but residuals wants a regression"),
        (["confusion_matrix", "income"], "a regression, but confusion_matrix wants"),
        (["weights", "owner"], "columns of a table, but weights wants images; importance fits"),
        (["weights", "two"], "2 nets, but weights wants one of them"),
        (["importance", "digits"], "784 columns without names"),
        (["activity", "digits", "--of", "loss"], "--of: not for activity, only for"),
        (["weights", "digits", "digits:"], "weights shows no data, but digits came"),
        (["weights", "digits", "--target", "a"], "--target: weights reads no data"),
        (["roc", "owner", "--size", "big"], "'big', wanted a width and a height in inches"),
        (["roc", "owner", "--size", "0,3"], "'0,3', wanted a width and a height"),
    ],
)
def test_errors(models, tmp_path, words, told):
    words = [word.strip(":") if ":" in word else models.get(word, word) for word in words]
    result = fails(1, "plot", *words, "--out", tmp_path / "c.png") if not usage(told) else fails(
        2, "plot", *words, "--out", tmp_path / "c.png"
    )  # fmt: skip
    assert told in result
    assert not (tmp_path / "c.png").exists()


def usage(told):
    """Tell whether an error is one of usage."""
    return re.match("'|--|weights shows", told) is not None


def test_bad_files(models, tmp_path):
    told = fails(2, "plot", "weights", models["digits"], "--out", tmp_path / "c.gif")
    assert "does not end in .png or .svg or .pdf" in told
    link = tmp_path / "same.png"
    link.symlink_to(models["digits"])
    told = fails(2, "plot", "weights", models["digits"], "--out", link)
    assert "MODEL" in told
    assert fastnet.load(models["digits"]).sizes == (784, 8, 10)


def test_without_matplotlib_the_extra_is_named(models, tmp_path):
    code = """
import sys
sys.modules["matplotlib"] = None
from fastnet.__main__ import main
sys.argv = ["fastnet", "plot", "weights", sys.argv[1], "--out", sys.argv[2]]
try:
    main()
except SystemExit as end:
    print(end.code)
"""
    done = python(code, models["digits"], str(tmp_path / "c.png"))
    assert done.stdout.strip() == "1"
    assert done.stderr.strip() == (
        "Error: fastnet.plot needs matplotlib: pip install 'fastnet-sgd[plot]'"
    )


def test_deformed_images_of_a_model_that_has_learned_them(tmp_path):
    net, out = str(tmp_path / "net.npz"), str(tmp_path / "d.png")
    ok("train", "--hidden", 4, "--epochs", 1, "--augment", "affine,shift=2", "--out", net)
    said = ok("plot", "deformed", net, "--out", out)
    assert said.startswith("Each epoch learns other images (digits, 2,000 images)\n")
    ok("plot", "deformed", net, "--augment", "elastic", "--seed", 3, "--out", out)
    told = fails(2, "plot", "weights", net, "--augment", "elastic", "--out", out)
    assert "--augment: not for weights, only for deformed" in told
