"""What is done with models: evaluate, predict, info."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import fastnet
from tests.cli.helpers import OLD, events, fails, ok, train
from tests.datasets.helpers import idx_bytes


class TestEvaluate:
    def test_the_data_are_those_that_the_net_has_learned(self, folder, flowers, tmp_path):
        text = ok("evaluate", folder / "model.npz")
        assert text == ok("evaluate", folder / "model.npz", "--data", folder / "data.npz")
        assert f"test samples of {folder / 'data.npz'}\n" in text
        other = tmp_path / "other"
        train("data.npz", folder, "--epochs", 1, "--validation-fraction", 0.2, "--out", other)
        assert "of 30 test samples" in ok("evaluate", folder / "model.npz", other)
        digits = tmp_path / "digits"
        ok("train", "--hidden", "none", "--epochs", 0, "--out", digits)
        assert "% of 2,000 test images of digits\n" in ok("evaluate", digits)

    def test_data_that_nobody_names(self, folder, flowers, tmp_path):
        (tmp_path / "d.npz").write_bytes((folder / "data.npz").read_bytes())
        ok("train", "--data", tmp_path / "d.npz", "--epochs", 1, "--out", tmp_path / "gone")
        (tmp_path / "d.npz").unlink()
        fastnet.train(*flowers[0], epochs=1).save(tmp_path / "python")
        stdin = "1,2,3,4,0\n2,1,3,4,1\n1,1,1,1,2\n"
        ok("train", "-", "--out", tmp_path / "stream", stdin=stdin)
        for models, said in (
            (["gone"], f"gone learned '{tmp_path / 'd.npz'}', which is not there"),
            (["python"], "python does not say which data it learned"),
            (["stream"], "stream does not say which data it learned"),
            (["gone", "stream"], "gone learned '"),
            (["stream", "gone"], "stream does not say which"),
        ):
            message = fails(2, "evaluate", *(tmp_path / model for model in models))
            assert said in message and ", wanted --data (see main evaluate --help)" in message
        for model in ("gone", "python", "stream"):
            assert "30 test" in ok("evaluate", tmp_path / model, "--data", folder / "data.npz")

    def test_nets_of_different_data(self, folder, tmp_path):
        train("no_test.npz", folder, "--epochs", 1, "--out", tmp_path / "other")
        models = folder / "model.npz", tmp_path / "other"
        data = [folder / name for name in ("no_test.npz", "data.npz")]
        said = f"{models[1]} learned '{data[0]}', {models[0]} '{data[1]}', wanted --data"
        assert said in fails(2, "evaluate", *models)

    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # patience
    def test_without_a_test_part_what_was_held_out_is_taken(self, folder, tmp_path):
        out = tmp_path / "m"
        told = events(train("no_test.npz", folder, "--patience", 1, "--out", out, "--json"))
        assert told[-1]["part"] == told[2]["part"] == "held out"
        net = fastnet.load(out)
        best = min(net.history, key=lambda record: record["val_loss"])
        assert told[-1]["score"] == best["val_accuracy"]
        for more in ([], ["--data", folder / "no_test.npz"]):
            [event] = events(ok("evaluate", out, *more, "--json"))
            assert (event["samples"], event["part"]) == (6, "held-out")
            assert event["score"] == told[-1]["score"]
        with np.load(folder / "no_test.npz") as data:
            np.savez(tmp_path / "others.npz", X=-data["X"], y=data["y"])
        [event] = events(ok("evaluate", out, "--data", tmp_path / "others.npz", "--json"))
        assert (event["samples"], event["part"]) == (60, "all"), "it held out none of these"

    def test_figures(self, folder, flowers):
        net = fastnet.load(folder / "model.npz")
        text = ok("evaluate", folder / "model.npz", "--data", folder / "data.npz")
        X, y = flowers[1]
        assert text.startswith(f"correctly recognized: {100 * net.score(X, y):.2f}% of 30 test")
        rows = [line.split() for line in text.split("\n\n")[1].splitlines()[1:]]
        predicted = net.predict(X)
        for row, label in zip(rows, range(3), strict=True):
            share = (predicted[y == label] == label).mean()
            assert row[:3] == [str(label), str((y == label).sum()), f"{100 * share:.2f}%"]

    def test_json(self, folder, flowers):
        X, y = flowers[1]
        told = ok("evaluate", folder / "model.npz", "--data", folder / "data.npz", "--json")
        [event] = events(told)
        assert (event["samples"], event["part"]) == (30, "test")
        assert list(event)[:6] == ["event", "model", "data", "part", "samples", "score"]
        assert event["score"] == sum(row["recognized"] for row in event["classes"]) / 30
        assert event["score"] == fastnet.load(folder / "model.npz").score(X, y)

    def test_several_vote(self, folder, flowers, tmp_path):
        paths = [folder / "model.npz", tmp_path / "other"]
        train("data.npz", folder, "--epochs", 2, "--out", paths[1])
        vote = fastnet.Ensemble([fastnet.load(path) for path in paths])
        [event] = events(ok("evaluate", *paths, "--data", folder / "data.npz", "--json"))
        assert event["score"] == vote.score(*flowers[1])
        assert event["model"] == [str(path) for path in paths]
        train("named.npz", folder, "--epochs", 0, "--out", paths[1])
        said = fails(1, "evaluate", *paths, "--data", folder / "data.npz")
        assert (
            f"{paths[1]} does not fit {paths[0]}: nets[1]: classes ['iris', 'rose', 'tulip'], "
            in said
        )

    def test_without_a_test_part_all_samples_are_taken(self, folder, tmp_path):
        text = ok("evaluate", folder / "model.npz", "--data", folder / "no_test.npz")
        assert "60 samples" in text  # of other data than it learned
        train("no_test.npz", folder, "--epochs", 1, "--out", tmp_path / "m")
        assert "60 training samples" in ok("evaluate", tmp_path / "m")

    def test_regression(self, folder):
        out = folder / "regression.npz"
        train("values.npz", folder, "--hidden", 3, "--epochs", 1, "--out", out)
        net = fastnet.load(out)
        [event] = events(ok("evaluate", out, "--data", folder / "values.npz", "--json"))
        with np.load(folder / "values.npz") as data:
            X, y = data["X_test"], data["y_test"]
        assert event["rmse"] == pytest.approx(np.sqrt(((net.predict(X) - y) ** 2).mean()))
        assert event["score"] == net.score(X, y)
        assert "root mean square error" in ok("evaluate", out, "--data", folder / "values.npz")

    def test_data_that_does_not_fit_the_net(self, folder):
        said = fails(1, "evaluate", folder / "model.npz", "--data", folder / "wide.npz")
        assert "5 features" in said and "4" in said
        assert "784" in fails(1, "evaluate", folder / "model.npz", "--data", "digits")

    def test_a_file_that_is_no_model(self, folder):
        for name in ("data.npz", "X.csv"):
            assert name in fails(1, "evaluate", folder / name)


BAD_SAMPLES = {
    "empty.csv": (b"", "no rows"),
    "words.csv": (b"1,2,3,4\n1,2,x,4\n", "'x'"),
    "ragged.csv": (b"1,2,3,4\n1,2,3\n", "line 2: 3 fields, wanted 4"),
    "binary.csv": (b"\x7fELF\x00\x81", "not text, but a byte of value 0 in line 1"),
    "nan.csv": (b"1,2,nan,4\n", "nan"),
    "narrow.csv": (b"1,2,3\n", "3 features"),
    "text.npy": (b"hello", "text.npy"),
    "empty.npy": (b"", "empty.npy"),
    "text.npz": (b"hello", "text.npz"),
    "text": (b"hello", "IDX"),
    "labels-idx1-ubyte": (idx_bytes(np.zeros(3, np.uint8)), "3 axes"),
}


class TestPredict:
    @pytest.mark.parametrize("name", ["X.npz", "X.npy", "X.csv", "only_test.npz", "header.csv"])
    def test_labels_one_a_line(self, folder, name):
        values = (folder / "X.csv").read_text()
        (folder / "header.csv").write_text("length,width,colour,smell\n" + values)
        text = ok("predict", folder / "model.npz", "--data", folder / name)
        with np.load(folder / "only_test.npz") as data:
            X = data["X_test"] if name == "only_test.npz" else np.load(folder / "X.npy")
        assert text.split() == [str(k) for k in fastnet.load(folder / "model.npz").predict(X)]

    @pytest.mark.parametrize("ending", ["npy", "npz"])
    def test_images_are_rows(self, folder, ending):
        images, path = np.load(folder / "X.npy").reshape(-1, 2, 2), folder / f"images.{ending}"
        np.save(path, images) if ending == "npy" else np.savez(path, X=images)
        wanted = ok("predict", folder / "model.npz", folder / "X.npy")
        assert ok("predict", folder / "model.npz", path) == wanted

    @pytest.mark.parametrize("before", ["\ufeff", "\ufeffa,b,c,d\r\n", "# a note\n", ",b,c,d\n"])
    def test_a_line_for_each_sample(self, folder, before):
        wanted = ok("predict", folder / "model.npz", "--data", folder / "X.csv")
        text = before + (folder / "X.csv").read_text()
        (folder / "marked.csv").write_text(text, encoding="utf-8", newline="")
        assert ok("predict", folder / "model.npz", "--data", folder / "marked.csv") == wanted

    @pytest.mark.parametrize("mark", ["", "?", "NA", "nan"])
    def test_a_missing_value_is_no_name(self, folder, mark):
        rows = (folder / "X.csv").read_text().splitlines()
        for row in (0, 5):
            changed = [*rows]
            changed[row] = mark + changed[row][changed[row].index(",") :]
            (folder / "missing.csv").write_text("\n".join(changed))
            said = fails(1, "predict", folder / "model.npz", "--data", folder / "missing.csv")
            assert f"missing.csv: line {row + 1}: a missing value in column 1, wanted" in said

    def test_probabilities(self, folder):
        text = ok("predict", folder / "model.npz", "--data", folder / "X.npy", "--probabilities")
        rows = [[float(value) for value in line.split(",")] for line in text.splitlines()]
        net = fastnet.load(folder / "model.npz")
        assert np.array_equal(np.float32(rows), net.predict_proba(np.load(folder / "X.npy")))

    def test_several_vote(self, folder, tmp_path):
        paths = [folder / "model.npz", tmp_path / "1", tmp_path / "2"]
        for path in paths[1:]:
            train("data.npz", folder, "--epochs", 1, "--seed", path.name, "--out", path)
        vote = fastnet.Ensemble([fastnet.load(path) for path in paths])
        X = np.load(folder / "X.npy")
        text = ok("predict", *paths, "--data", folder / "X.npy")
        assert text.split() == [str(label) for label in vote.predict(X)]
        text = ok("predict", *paths, "--data", folder / "X.npy", "--probabilities")
        assert np.array_equal(np.loadtxt(text.splitlines(), delimiter=","), vote.predict_proba(X))

    @pytest.mark.parametrize("options", [[], ["--probabilities"]])
    def test_files(self, folder, options):
        args = ["predict", folder / "model.npz", "--data", folder / "X.npy", *options]
        for ending in ("csv", "npy"):
            assert ok(*args, "--out", folder / f"out.{ending}") == ""
        assert (folder / "out.csv").read_text() == ok(*args)
        text = np.loadtxt(folder / "out.csv", delimiter=",")
        assert np.array_equal(np.load(folder / "out.npy"), np.float32(text))

    def test_named_classes(self, folder):
        train("named.npz", folder, "--epochs", 1, "--out", folder / "named_model.npz")
        args = ["predict", folder / "named_model.npz", "--data", folder / "X.npy"]
        assert set(ok(*args).split()) <= {"iris", "rose", "tulip"}
        ok(*args, "--out", folder / "names.npy")
        assert np.load(folder / "names.npy", allow_pickle=False).tolist() == ok(*args).split()

    def test_images(self, pixels):
        net = fastnet.load(pixels / "model.npz")
        _, (X, _) = fastnet.datasets.read(pixels)
        np.savetxt(pixels / "X.csv", X, delimiter=",", fmt="%d")
        labels = [str(label) for label in net.predict(X)]
        model = pixels / "model.npz"
        assert ok("predict", model, "--data", pixels / "t10k-images-idx3-ubyte").split() == labels
        assert ok("predict", model, "--data", pixels / "X.csv", "--pixels").split() == labels

    def test_pixels_are_for_text_only(self, pixels):
        for name in ("t10k-images-idx3-ubyte", "X.npy"):
            np.save(pixels / "X.npy", np.zeros((2, 4), np.uint8))
            said = fails(2, "predict", pixels / "model.npz", pixels / name, "--pixels")
            assert "--pixels: for a stream, a .csv or a .jsonl file only" in said

    def test_a_named_pipe_is_read_once(self, folder, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        text = (folder / "X.csv").read_text()
        with ThreadPoolExecutor(1) as pool:
            for args in ([tmp_path / "pipe"], ["--data", tmp_path / "pipe"]):
                pool.submit((tmp_path / "pipe").write_text, text)
                wanted = ok("predict", folder / "model.npz", folder / "X.csv")
                assert ok("predict", folder / "model.npz", *args) == wanted

    @pytest.mark.parametrize("name", BAD_SAMPLES)
    def test_bad_data(self, folder, name):
        contents, said = BAD_SAMPLES[name]
        (folder / name).write_bytes(contents)
        assert said in fails(1, "predict", folder / "model.npz", "--data", folder / name)

    def test_data_that_do_not_fit_name_their_file(self, folder):
        model = folder / "model.npz"
        data = {"complex": np.eye(4) + 1j, "wide": np.eye(7), "none": np.eye(4)[:0]}
        for name, X in data.items():
            np.savez(folder / f"{name}.npz", X=X, y=np.arange(len(X)))
            for command in ("predict", "evaluate"):
                said = fails(1, command, model, "--data", folder / f"{name}.npz")
                assert said.startswith(f"Error: {folder / name}.npz: X: ")

    def test_objects_are_not_unpickled(self, folder):
        np.save(folder / "objects.npy", np.array([print, None], object), allow_pickle=True)
        model = folder / "model.npz"
        assert "objects.npy" in fails(1, "predict", model, "--data", folder / "objects.npy")

    def test_pixels_that_are_none(self, folder):
        args = ["predict", folder / "model.npz", "--data", folder / "X.csv", "--pixels"]
        assert "0 to 255" in fails(1, *args)


class TestInfo:
    def test_text(self, folder):
        text = ok("info", folder / "model.npz")
        assert text.startswith(f"{folder / 'model.npz'}\n")
        for said in ("4-8-3", "tanh", "quadratic", "float32", "67", "0 1 2", "3 rounds"):
            assert said in text

    def test_json(self, folder):
        [event] = events(ok("info", folder / "model.npz", "--json"))
        net = fastnet.load(folder / "model.npz")
        assert event["event"] == "info"
        assert event["sizes"] == [4, 8, 3] and event["parameters"] == 67
        assert event["classes"] == [0, 1, 2] and event["seed"] == 3
        assert event["history"] == net.history
        assert event["run"] == net.run and net.run["source"] == str(folder / "data.npz")

    def test_the_run(self, folder, flowers, tmp_path):
        text = ok("info", folder / "model.npz")
        run = fastnet.load(folder / "model.npz").run
        learned = " ".join(text.split("learned", 1)[1].split())  # a long path breaks the lines
        assert learned.startswith(
            f"{folder / 'data.npz'}: 60 samples, 4 features, float64 X sha256:"
        )
        assert f"X {run['data']['X'][:23]}..., y {run['data']['y'][:23]}...\n" in text
        for version in run["versions"].values():
            assert version in text
        for name, value in run["options"].items():
            assert re.search(rf"\b{name}\b", text) and (value is not None or "not given" in text)
        assert re.search(r"^    hidden +8\n    activation +tanh\n", text, re.M)
        assert max(map(len, text.replace(str(folder), "").splitlines())) <= 80
        options = {"class_weight": {1: 2, 2: 0.5}, "start": (0, 1), "hidden": (), "epochs": 1}
        fastnet.train(*flowers[0], **options, on_epoch=print).save(tmp_path / "m")
        text = ok("info", tmp_path / "m")
        assert re.search(r"^    class_weight +1: 2, 2: 0.5\n", text, re.M)
        assert re.search(r"^    start +0, 1\n", text, re.M)
        assert re.search(r"hidden +none\n.* on_epoch +builtins.print\n", text, re.S)
        assert "learned      60 samples" in text

    def test_a_model_without_a_run(self):
        assert "learned" not in ok("info", OLD) and "2 rounds" in ok("info", OLD)
        assert events(ok("info", OLD, "--json"))[0]["run"] is None

    def test_a_file_that_is_no_model(self):
        assert Path(__file__).name in fails(1, "info", __file__)
