"""`fastnet export`, and models of other libraries in the other commands."""

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fastnet
from fastnet.formats.exporting import FORMATS
from fastnet.formats.loading import is_model
from tests.cli.helpers import events, fails, ok, run, start
from tests.formats.helpers import EACH
from tests.functions import SWISH
from tests.helpers import NOT_ROOT, needed


@pytest.fixture
def here(tmp_path, folder, pixels, tables, monkeypatch):
    """A working directory with models of arrays, of pixels and of a table."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(folder / "model.npz", "flowers.npz")
    shutil.copy(pixels / "model.npz", "pixels.npz")
    shutil.copy(tables / "m", "people.npz")
    return tmp_path


def written(name, model, *options):
    """The file that a format writes of a model, and what is said."""
    out = f"out{FORMATS[name].suffix}"
    return out, ok("export", name, model, "--out", out, *options)


@EACH
def test_what_it_says(here, name):
    out, said = written(name, "flowers.npz")
    first, *rest = said.splitlines()
    assert first == f"wrote {out}, {os.path.getsize(out):,} bytes"
    assert rest[0].startswith("  rows     4 numbers each") and rest[1].startswith("  answers  ")
    assert max(map(len, said.splitlines())) <= 80
    assert written(name, "flowers.npz")[1] == said  # it may write over its file


@EACH
def test_what_it_says_as_json(here, name):
    out, said = written(name, "flowers.npz", "--json")
    (event,) = events(said)
    assert event["event"] == "export" and event["format"] == name and event["path"] == out
    assert event["bytes"] == os.path.getsize(out) and event["model"] == "flowers.npz"
    assert event["features"] == 4 and event["classes"] == [0, 1, 2]
    assert event["input"] == ("float" if "input" in FORMATS[name].options else None)


@EACH
def test_pixels_are_found_out(here, name):
    said = written(name, "pixels.npz")[1]
    wanted = "784 pixels each, uint8 from 0 to 255"
    if "input" not in FORMATS[name].options:
        wanted = "784 numbers each, as fastnet takes them"
    assert f"  rows     {wanted}\n" in said
    if "input" in FORMATS[name].options:
        assert "784 numbers each" in written(name, "pixels.npz", "--input", "float")[1]
        assert re.search("input: 'uint8', but the net takes a table", fails(
            1, "export", name, "people.npz", "--out", "x", "--input", "uint8"
        ))  # fmt: skip


@EACH
def test_the_default_of_out_writes_over_nothing(here, name):
    suffix = FORMATS[name].suffix
    model = "flowers.npz" if suffix != ".npz" else "m.model"
    os.rename("flowers.npz", model)
    (here / "nets").mkdir()
    os.rename(model, here / "nets" / model)
    out = f"{model.partition('.')[0]}{suffix}"
    assert f"wrote {out}, " in ok("export", name, f"nets/{model}")
    before = Path(out).read_bytes()
    assert f"{out} is there already, wanted --out FILE" in fails(2, "export", name, f"nets/{model}")
    assert Path(out).read_bytes() == before


@EACH
def test_tables(here, name):
    result = run("export", name, "people.npz", "--out", "out")
    if result.exit_code:
        assert len(result.stderr.splitlines()) == 1 and not os.path.exists("out")
        return
    assert re.search(r"\n  rows     \d+ columns: ", result.stdout)
    assert max(map(len, result.stdout.splitlines())) <= 80


@EACH
def test_several_models_become_one(here, name):
    ok("train", "--data", "digits", "--epochs", 0, "--hidden", 3, "--out", "a.npz")
    ok("train", "--data", "digits", "--epochs", 0, "--hidden", 4, "--seed", 5, "--out", "b.npz")
    result = run("export", name, "a.npz", "b.npz", "--out", "both", "--json")
    if result.exit_code:
        assert re.search(r"\bensemble|nets\b", result.stderr) and not os.path.exists("both")
        return
    assert events(result.stdout)[0]["model"] == ["a.npz", "b.npz"]
    if is_model("both"):
        (X, _), _ = fastnet.datasets.load("digits")
        nets = fastnet.Ensemble([fastnet.load("a.npz"), fastnet.load("b.npz")])
        again = fastnet.load("both")
        np.testing.assert_allclose(
            again.predict_proba(X[:9]), nets.predict_proba(X[:9]), rtol=0, atol=1e-6
        )
    assert "does not fit a.npz" in fails(1, "export", name, "a.npz", "flowers.npz", "--out", "x")


# Weights in few bits --------------------------------------------------------------------------

FEW = [name for name, row in FORMATS.items() if "weights" in row.options and name != "page"]


@pytest.mark.parametrize("name", FEW)
def test_weights_in_few_bits(here, folder, name):
    whole = events(written(name, "flowers.npz", "--json")[1])[0]["bytes"]
    same = events(written(name, "flowers.npz", "--weights", "float32", "--json")[1])[0]
    assert same["bytes"] == whole
    _, said = written(name, "flowers.npz", "--weights", "int8")
    assert "\n  score    not measured: --data DATA does that" in said
    data = folder / "data.npz"
    said = written(name, "flowers.npz", "--weights", "int8", "--data", data)[1]
    score = " ".join(said.partition("\n  score")[2].split())
    assert re.match(r"\d+\.\d\d% recognized becomes \d+\.\d\d% of 30 test samples of ", score)
    said = written(name, "flowers.npz", "--weights", "int8", "--data", data, "--json")[1]
    (event,) = events(said)
    assert event["weights"] == "int8" and event["part"] == "test"
    _, (X_test, y_test) = fastnet.datasets.read(data)
    before = fastnet.load("flowers.npz").score(X_test, y_test)
    assert event["score"]["samples"] == 30
    assert event["score"]["before"] == pytest.approx(before)
    assert 0 <= event["score"]["after"] <= 1 and event["bytes"] != whole


@pytest.mark.parametrize("name", FEW)
def test_the_loss_of_a_table(here, tables, name):
    result = run(
        "export", name, "people.npz", "--out", "out", "--weights", "int8",
        "--data", tables / "people.csv", "--json",
    )  # fmt: skip
    if result.exit_code:
        assert len(result.stderr.splitlines()) == 1
        return
    (event,) = events(result.stdout)
    assert event["score"]["after"] == pytest.approx(event["score"]["before"], abs=0.1)


# What is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "Missing argument 'FORMAT'"),
        (["c"], "Missing argument 'MODEL...'"),
        (["onxx", "flowers.npz"], "'onxx' is not"),
        (["c", "no-such.npz"], "no-such.npz' does not exist"),
        (["c", "."], r"'\.' is a directory"),
        (["c", "flowers.npz", "--out", "."], "--out.*'.' is not a file"),
        (["c", "flowers.npz", "--out", "no/x.h"], "--out.*no folder"),
        (["c", "flowers.npz", "--out", "-"], "--out.*'-', wanted the name of a file"),
        (["c", "flowers.npz", "--out", ""], "--out.*'', wanted the name of a file"),
        (["c", "flowers.npz", "--out", "flowers.npz"], "--out: flowers.npz, the file of MODEL"),
        (["c", "flowers.npz", "--out", "x", "--input", "uint16"], "--input.*'uint16'"),
        (["c", "flowers.npz", "--out", "x", "--weights", "int4"], "--weights.*'int4'"),
        (["c", "flowers.npz", "--out", "x", "--data", "pixels.npz"], "--data: .*--weights"),
        (["c", "flowers.npz", "--out", "x", "--target", "y"], "--target: given without --data"),
        (["c", "flowers.npz", "--out", "x", "--pixels"], "--pixels: given without --data"),
    ],
)
def test_wrong_usage(here, args, said):
    before = sorted(os.listdir())
    assert re.search(said, fails(2, "export", *args))
    assert sorted(os.listdir()) == before


@EACH
def test_options_that_a_format_lacks(here, name):
    values = {"input": "float", "weights": "int8", "dtype": "float32", "name": "n"}
    for option, value in values.items():
        if option not in FORMATS[name].options:
            said = fails(2, "export", name, "flowers.npz", "--out", "x", f"--{option}", value)
            assert re.search(f"--{option}: not for {name}, only for ", said)
            assert not os.path.exists("x")


def test_the_dtype_of_onnx(here):
    onnx = needed("onnx")
    for given, there in (["--dtype", "float32"], False), (["--dtype", "float64"], True), ([], True):
        casts = [node for node in onnx.load(written("onnx", "pixels.npz", *given)[0]).graph.node
                 if node.op_type == "Cast"]  # fmt: skip
        to = {node.attribute[0].i for node in casts}
        assert (onnx.TensorProto.DOUBLE in to) == there


@EACH
def test_what_is_no_model(here, folder, name):
    Path("empty").write_text("")
    Path("m.pkl").write_bytes(b"\x80\x04N.")
    about = "a pickle, which would run code"
    wanted = {"empty": "not an intact", folder / "data.npz": "not an intact", "m.pkl": about}
    for path, said in wanted.items():
        assert said in fails(1, "export", name, path, "--out", "x")
    whole = Path("flowers.npz").read_bytes()
    Path("cut.npz").write_bytes(whole[: len(whole) // 2])
    assert "cut.npz: not an intact" in fails(1, "export", name, "cut.npz", "--out", "x")
    text = Path(written("json", "flowers.npz")[0]).read_text()
    Path("newer.json").write_text(text.replace('"format_version": 2', '"format_version": 9'))
    said = fails(1, "export", name, "newer.json", "--out", "x")
    assert re.search(r"newer\.json: .*version 9, wanted .* up to version \d", said)
    assert not os.path.exists("x")


@EACH
def test_own_functions(here, name):
    X = np.random.default_rng(0).normal(size=(20, 3))
    fastnet.train(X, np.arange(20) % 2, hidden=(3,), activation=SWISH, epochs=1).save("own.npz")
    said = fails(1, "export", name, "own.npz", "--out", "x")
    assert "own.npz: layer 0 has functions of your own" in said


@NOT_ROOT
@EACH
def test_no_permission(here, name):
    here.chmod(0o500)
    assert "no permission" in fails(2, "export", name, "flowers.npz", "--out", "x")


@pytest.mark.compiled
def test_a_full_disk(here):
    """In a process whose files cannot grow: one line, and the old file stays."""
    Path("old").write_text("old")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    process = start(
        "export", "c", "flowers.npz", "--out", "old", cwd=here, preexec_fn=limit,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    out, err = process.communicate()
    assert (process.returncode, out) == (1, "") and len(err.splitlines()) == 1, err
    assert "old: File too large" in err and Path("old").read_text() == "old"
    assert not [each for each in os.listdir() if each.endswith(".tmp")]


# Models that came in --------------------------------------------------------------------------

@EACH
def test_other_commands_take_them(here, folder, name):
    path = written(name, "flowers.npz")[0]
    if not is_model(path):
        pytest.skip("it does not come in")
    said = ok("info", path)
    assert "4-8-3" in said and max(map(len, said.splitlines())) <= 80
    event = events(ok("info", path, "--json"))[0]
    assert event["sizes"] == [4, 8, 3]
    own = ok("evaluate", "flowers.npz", folder / "data.npz")
    assert ok("evaluate", path, folder / "data.npz") == own
    rows = folder / "X.csv"
    assert ok("predict", path, rows) == ok("predict", "flowers.npz", rows)
    ok("predict", rows, "flowers.npz", path)  # mixed, in any order
    ok("train", folder / "data.npz", "--init", path, "--epochs", 1, "--out", "on.npz")
    assert fastnet.load("on.npz").run["options"]["epochs"] == 1
    assert "a model, wanted data (or --init)" in fails(2, "train", path)
    if event["run"]:
        assert "the bits are the same" in ok("train", "--repeat", path)
    else:
        assert "cannot be repeated" in fails(2, "train", "--repeat", path)
    ok("export", "c", path, "--out", "again.h")


def test_training_goes_on_with_columns_in_the_order_that_the_model_has_learned(here):
    """A model of scikit-learn knows the names of its columns, and takes them by place."""
    neural_network = needed("sklearn.neural_network")
    pandas = needed("pandas")
    frame = pandas.DataFrame(np.random.default_rng(0).random((60, 3)), columns=["a", "b", "c"])
    model = neural_network.MLPClassifier((4,), tol=1.0, random_state=0)
    labels = np.where(frame["a"] > 0.5, "yes", "no")
    fastnet.load(model.fit(frame, labels)).save("model.npz")
    frame["y"] = labels
    frame.to_csv("own.csv", index=False)
    frame[["b", "a", "c", "y"]].to_csv("other.csv", index=False)
    ok("train", "own.csv", "--init", "model.npz", "--epochs", 1)
    ok("train", "-", "--init", "model.npz", stdin=Path("own.csv").read_text())
    told = "column 0 is 'b', wanted 'a', as it learned"
    assert told in fails(1, "train", "other.csv", "--init", "model.npz", "--epochs", 1)
    assert told in fails(1, "train", "own.csv", "--init", "model.npz", "--test", "other.csv")
    assert told in fails(1, "train", "-", "--init", "model.npz",
                         stdin=Path("other.csv").read_text())  # fmt: skip


def test_help_has_all_formats():
    said = ok("export", "--help")
    for name, row in FORMATS.items():
        assert re.search(rf"\n +{name} +{re.escape(row.help)}\n", said)
    assert max(map(len, said.splitlines())) <= 80


# The package of each format that has one, and its extra.
PACKAGES = {"onnx": "onnx", "safetensors": "safetensors", "sklearn": "skops", "torch": "torch"}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_missing_extra_is_named(here, name, monkeypatch):
    """A package whose entry in sys.modules is None cannot be imported."""
    package = PACKAGES[name]
    if name != "torch":
        written(name, "flowers.npz")
    for module in [package, *sys.modules]:
        if module.partition(".")[0] == package:
            monkeypatch.setitem(sys.modules, module, None)
    wanted = rf"needs the package {package}: pip install 'fastnet-sgd\[{package}\]'"
    assert re.search(wanted, fails(1, "export", name, "flowers.npz", "--out", "x"))
    assert not os.path.exists("x")
    path = f"out{FORMATS[name].suffix}"
    if name != "torch":  # whose files are read without it
        assert re.search(wanted, fails(1, "info", path))
        assert re.search(wanted, fails(1, "evaluate", path, "digits"))


# The page -------------------------------------------------------------------------------------


def test_a_page_of_the_net_that_comes_with_fastnet(here):
    first, rows, answers, *rest = ok("export", "page").splitlines()
    size = os.path.getsize("digits.html")
    assert first == f"wrote digits.html, {size:,} bytes" and size < 1_500_000
    assert rows == "  rows     784 pixels each, uint8 from 0 to 255"
    assert answers == "  answers  one of 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert rest == ["  weights  int8, as they were"]  # it is rounded already
    assert "digits.html is there already, wanted --out FILE" in fails(2, "export", "page")
    (event,) = events(ok("export", "page", "--out", "a.html", "--json"))
    assert event["model"] is None and event["format"] == "page" and event["path"] == "a.html"
    assert Path("a.html").read_bytes() == Path("digits.html").read_bytes()


def test_only_the_page_has_a_net_of_its_own(here):
    for name in FORMATS:
        if name != "page":
            assert "Missing argument 'MODEL...'" in fails(2, "export", name)


def test_a_page_of_a_model(here):
    assert "wrote pixels.html, " in ok("export", "page", "pixels.npz")
    (event,) = events(ok("export", "page", "pixels.npz", "--out", "p", "--json"))
    assert event["weights"] == "float32" and event["input"] == "uint8"
    for weights in ("float32", "float16", "int8"):
        said = ok("export", "page", "pixels.npz", "--out", "p", "--weights", weights, "--json")
        assert events(said)[0]["weights"] == weights
    said = ok("export", "page", "pixels.npz", "--out", "p", "--weights", "int8", "--data", "digits")
    assert re.search(r"\n  score    \d+\.\d+% recognized becomes ", said)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("flowers.npz", "4 inputs, wanted images of 28x28 pixels"),
        ("people.npz", "it takes the columns of a table, wanted images of 28x28 pixels"),
    ],
)
def test_a_page_of_no_images(here, model, said):
    error = fails(1, "export", "page", model, "--out", "x")
    assert f"{model}: {said}" in error and len(error.splitlines()) == 1 and not os.path.exists("x")
