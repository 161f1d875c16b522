"""A run on the terminal: what is reported, judged, held out, and saved; labels."""

import json
import re

import numpy as np
import pytest

import fastnet
from tests.cli.helpers import OPTIONS, events, fails, ok, run, train, warned


class TestTrain:
    def test_it_reports_what_the_original_reported(self, folder, flowers):
        text = train("data.npz", folder, *OPTIONS, "--epochs", 3)
        (X, y), test = flowers
        options = {"hidden": (8,), "learning_rate": 0.2, "activation": "tanh", "seed": 3}
        net = fastnet.train(X, y, epochs=0, **options)
        output = net.predict_proba(X[:1])[0]
        assert " ".join(f"{value:.3f}" for value in output) in text
        assert (
            f"classification: {output.argmax()}, confidence: {output.max():.3f}, "
            f"real label: {y[0]}\n"
        ) in text
        assert (
            f"correctly recognized samples after initialization: {100 * net.score(*test):.2f}%"
        ) in text
        net = fastnet.train(X, y, epochs=3, validation_data=test, **options)
        rounds = [line.split() for line in text.splitlines() if line.startswith("round #")]
        assert len(rounds) == 3
        for i, (row, record) in enumerate(zip(rounds, net.history, strict=True)):
            assert row[:4] == ["round", f"#{i}", "of", "learning..."]
            assert row[4] == f"{100 * record['accuracy']:.2f}%"
            assert row[5] == f"{100 * record['val_accuracy']:.2f}%"
        assert re.search(r"^(loaded the compiled kernels|compiled the kernels) in ", text, re.M)
        after = f"{100 * net.score(*test):.2f}% (test)\n"
        assert f"correctly recognized samples after 3 rounds: {after}" in text
        assert text.endswith("the net is not saved: --out MODEL would keep it\n")
        assert max(map(len, text.replace(str(folder), "").splitlines())) <= 80
        assert "\r" not in text and "\033" not in text

    def test_the_net_is_the_library_s_bit_for_bit(self, folder, flowers):
        (X, y), test = flowers
        options = {"hidden": (8,), "learning_rate": 0.2, "activation": "tanh", "seed": 3}
        net = fastnet.train(X, y, epochs=3, validation_data=test, **options)
        saved = fastnet.load(folder / "model.npz")
        for one, other in zip(net.weights + net.biases, saved.weights + saved.biases, strict=True):
            assert one.tobytes() == other.tobytes()
        assert len(saved.history) == 3
        assert saved.run == {**net.run, "source": str(folder / "data.npz")}

    def test_the_digits_are_the_default(self):
        text = ok("train", "--hidden", "none", "--epochs", 0)
        assert text.startswith("digits: 10,000 training images, 2,000 test images, 784 inputs")
        assert "net 784-10: sigmoid, quadratic loss, float32, 7,850 parameters, seed 0" in text
        assert re.search(r"real label: 5\n.* after initialization: +\d+\.\d\d% \(test\)", text)
        assert "round #" not in text

    def test_no_test_part(self, folder):
        text = train("no_test.npz", folder, "--hidden", 3, "--epochs", 1)
        assert "60 training samples, no test samples" in text
        assert re.search(r"after initialization: \d+\.\d\d% \(training\)", text)
        assert re.search(r"^round #0 of learning\.\.\. +\d+\.\d\d% +- ", text, re.M)

    def test_no_training_part(self, folder):
        assert "no training part" in fails(1, "train", "--data", folder / "only_test.npz")

    def test_regression_reports_losses(self, folder):
        text = train("values.npz", folder, "--hidden", 3, "--epochs", 2)
        assert "real value" in text
        assert "R^2 after initialization: " in text
        rounds = re.findall(r"^round #\d of learning\.\.\.(.*)", text, re.M)
        assert len(rounds) == 2
        assert not any("%" in row for row in rounds)
        assert all(len(row.split()) == 3 for row in rounds)

    def test_several_labels_at_once(self, folder):
        out = folder / "several_model.npz"
        text = train("several.npz", folder, "--loss", "cross-entropy", "--epochs", 1, "--out", out)
        assert re.search(r"^real value\n  [01].000 [01].000\n.*initialization: .*%", text, re.M)
        assert re.search(r"^round #0 of learning\.\.\. +\d+\.\d\d% +- ", text, re.M)
        score = fastnet.load(out).score(*fastnet.datasets.read(folder / "several.npz")[0])
        assert ok("evaluate", out, "--data", folder / "several.npz").startswith(
            f"correctly recognized: {100 * score:.2f}% of 60 training samples"
        )

    def test_classes_may_have_names(self, folder):
        text = train("named.npz", folder, "--epochs", 1)
        name = "(iris|rose|tulip)"
        assert re.search(rf"classification: {name}, .*, real label: {name}\n", text)

    @pytest.mark.parametrize("hidden", ["none", "", " none "])
    def test_no_hidden_layer(self, folder, hidden):
        assert "net 4-3:" in train("data.npz", folder, "--hidden", hidden, "--epochs", 0)

    @pytest.mark.parametrize("hidden", ["5,7,6", " 5, 7 ,6"])
    def test_many_hidden_layers(self, folder, hidden):
        assert "net 4-5-7-6-3:" in train("data.npz", folder, "--hidden", hidden, "--epochs", 1)

    @pytest.mark.parametrize("threads", ["2", "auto"])
    def test_threads_learn_the_same_bits(self, folder, threads):
        options = ("--hidden", "80,70", "--epochs", 2, "--json")
        wanted = events(train("data.npz", folder, *options))
        told = events(train("data.npz", folder, *options, "--threads", threads))
        assert [event.get("loss") for event in told] == [event.get("loss") for event in wanted]

    def test_json(self, folder):
        out = folder / "json.npz"
        options = [*OPTIONS, "--epochs", 2, "--no-shuffle", "--out", out, "--json"]
        first, warm, initial, *epochs, last = events(train("data.npz", folder, *options))
        assert first["event"] == "start"
        assert first["sizes"] == [4, 8, 3] and first["classes"] == [0, 1, 2]
        assert (first["training"], first["test"]) == (60, 30)
        assert first["shuffle"] is False and first["seed"] == 3
        assert first["data"] == str(folder / "data.npz")
        assert warm["event"] == "warmup" and isinstance(warm["compiled"], bool)
        assert initial["event"] == "initial" and len(initial["output"]) == 3
        assert initial["label"] == int(np.argmax(initial["output"]))
        assert [record.pop("event") for record in epochs] == ["epoch"] * 2
        assert epochs == fastnet.load(out).history
        assert last["event"] == "end" and last["rounds"] == 2 and last["model"] == str(out)
        assert last["score"] == epochs[-1]["val_accuracy"]

    @pytest.mark.parametrize("data", ["no_test.npz", "values.npz", "named.npz"])
    def test_json_of_other_data(self, folder, data):
        told = events(train(data, folder, "--hidden", 3, "--epochs", 1, "--json"))
        assert [event["event"] for event in told] == ["start", "warmup", "initial", "epoch", "end"]

    def test_all_options_reach_the_net(self, folder):
        options = ["--loss", "cross-entropy", "--activation", "relu", "--dtype", "float64"]
        options += ["--schedule", "linear", "--learning-rate", "0.125", "--seed", 7]
        train("data.npz", folder, *options, "--epochs", 2, "--out", folder / "other.npz")
        net = fastnet.load(folder / "other.npz")
        assert net.sizes == (4, 64, 32, 3)
        assert net.activations[0] == "relu"
        assert (net.loss, np.dtype(net.dtype), net.seed) == ("cross-entropy", np.float64, 7)
        assert net.history[0]["learning_rate"] == 0.125 > net.history[1]["learning_rate"] > 0

    def test_schedules_warm_up_and_what_is_held_out_reach_the_net(self, folder, flowers):
        options = ["--schedule", "1/t", "--warm-up", 0.25, "--validation-fraction", 0.2]
        text = train("data.npz", folder, *OPTIONS, *options, "--epochs", 2, "--out", folder / "w")
        net = fastnet.train(
            *flowers[0],
            **{"hidden": (8,), "learning_rate": 0.2, "activation": "tanh", "seed": 3, "epochs": 2},
            schedule="1/t",
            warm_up=0.25,
            validation_fraction=0.2,
        )
        assert fastnet.load(folder / "w").digest() == net.digest()
        assert "held out: never learned\n" in text and "(test)\n" in text  # that part is left alone
        assert f"{100 * net.history[1]['val_accuracy']:.2f}%" in text
        assert max(map(len, text.replace(str(folder), "").splitlines())) <= 80

    @pytest.mark.parametrize(
        ("options", "stopped", "said"),
        [
            (["--target-accuracy", 0.5], "target", "the target accuracy is reached"),
            (["--patience", 1, "--learning-rate", 5], "patience", "the validation loss fell"),
            (["--epochs", 1], "epochs", None),
        ],
    )
    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # patience
    def test_a_run_that_ends_early_says_why(self, folder, options, stopped, said):
        options = ["--epochs", 200, *options]
        text = train("data.npz", folder, *options)
        *_, last = events(train("data.npz", folder, *options, "--json"))
        assert last["stopped"] == stopped and last["rounds"] < 200
        assert (f"stopped early: {said}" in text) if said else ("stopped" not in text)
        held_out = "held out: 6 of the training samples, for --" in text
        assert held_out == (stopped != "epochs")
        assert last["samples"] == (54 if held_out else 60) * last["rounds"]

    def test_a_run_in_no_time(self, folder):
        text = train("data.npz", folder, "--epochs", 10**6, "--max-seconds", 0)
        assert "after 1 round:" in text and "stopped early: the time is up" in text

    def test_a_regression_has_no_accuracy_to_aim_at(self, folder):
        said = fails(1, "train", "--data", folder / "values.npz", "--target-accuracy", 0.5)
        assert "target_accuracy: 0.5, but a regression has none" in said

    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # patience
    @pytest.mark.parametrize("data", ["data.npz", "no_test.npz"])
    @pytest.mark.parametrize(
        ("option", "value"), [("--patience", 2), ("--target-accuracy", 0.9), ("--patience", 1)]
    )
    def test_what_judges_is_held_out_and_the_test_part_is_the_result(
        self, folder, flowers, tmp_path, data, option, value
    ):
        options = [*OPTIONS, "--epochs", 40, option, value]
        text = train(data, folder, *options, "--out", tmp_path / "m")
        judge = {option[2:].replace("-", "_"): value, "validation_fraction": 0.1, "epochs": 40}
        net = fastnet.train(
            *flowers[0], hidden=(8,), learning_rate=0.2, activation="tanh", seed=3, **judge
        )
        saved = fastnet.load(tmp_path / "m")
        assert saved.digest() == net.digest() and saved.stopped == net.stopped
        assert saved.run == {**net.run, "source": str(folder / data)}
        assert f"held out: 6 of the training samples, for {option} to judge by\n" in text
        assert "training    held out        loss" in text and "held out: never learned" in text
        if data == "data.npz":
            score = f"{100 * net.score(*flowers[1]):.2f}% (test)\n"
            assert text.count("(test)") == 2  # before, and after
        else:
            score = "% (held out)\n"
        assert re.search(rf"after {len(net.history)} rounds?: .*{re.escape(score)}", text)
        text = text.replace(str(folder), "").replace(str(tmp_path), "")
        assert max(map(len, text.splitlines())) <= 80
        assert "the bits are the same" in ok("train", "--repeat", tmp_path / "m")

    def test_what_is_held_out_may_be_said(self, folder, flowers, tmp_path):
        options = ["--patience", 1, "--target-accuracy", 1, "--validation-fraction", 0.25]
        text = train("data.npz", folder, *options, "--epochs", 3, "--out", tmp_path / "m")
        both = "for --patience and --target-accuracy to judge by"
        assert f"held out: 15 of the training samples, {both} loaded" in " ".join(text.split())
        judge = {"patience": 1, "target_accuracy": 1.0, "validation_fraction": 0.25}
        net = fastnet.train(*flowers[0], epochs=3, **judge)
        assert fastnet.load(tmp_path / "m").digest() == net.digest()
        text = train("data.npz", folder, "--epochs", 1, "--validation-fraction", 0.25)
        assert "held out: 15 of the training samples\n" in text

    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # patience
    @pytest.mark.parametrize("judge", [{"patience": 1}, {"target_accuracy": 0.9}], ids=str)
    def test_a_run_that_the_test_part_has_judged_is_repeated_so(
        self, folder, flowers, tmp_path, judge
    ):
        """As versions before 0.2 did."""
        (X, y), test = flowers
        net = fastnet.train(X, y, hidden=(8,), epochs=30, validation_data=test, **judge)
        net.run["source"] = str(folder / "data.npz")
        net.save(tmp_path / "m")
        text = ok("train", "--repeat", tmp_path / "m")
        assert "the bits are the same" in text and "differs" not in text
        said = fails(1, "info", tmp_path / "m", "--toml")
        assert "m: the test part judged it, which only --repeat can do again" in said

    @pytest.mark.parametrize("name", ["h.csv", "h.json"])
    def test_a_history_is_written(self, folder, tmp_path, name):
        train(
            "data.npz", folder, "--epochs", 3, "--history", tmp_path / name, "--out", tmp_path / "m"
        )
        history = fastnet.load(tmp_path / "m").history
        (history.to_csv if name == "h.csv" else history.to_json)(tmp_path / "wanted")
        assert (tmp_path / name).read_bytes() == (tmp_path / "wanted").read_bytes()

    @pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
    def test_a_run_that_diverges_writes_its_history(self, folder, tmp_path):
        options = ["--hidden", "none", "--learning-rate", 0.13, "--history", tmp_path / "h.json"]
        fails(1, "train", "--data", folder / "values.npz", *options)
        assert len(json.loads((tmp_path / "h.json").read_text())) > 0

    @pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # NumPy's, without JIT
    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
    def test_a_run_that_diverges_at_once(self, folder):
        out = folder / "diverged.npz"
        said = self.diverge(folder, "1e30", out)
        assert "epoch 0 " in said and "1e+30" in said
        assert said.endswith("; nothing is saved\n") and not out.exists()

    @pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
    def test_a_run_that_diverges_later_keeps_the_last_finite_weights(self, folder):
        out = folder / "diverged.npz"
        said = self.diverge(folder, "0.13", out)
        net = fastnet.load(out)
        part = net.history[-1]["samples"] < net.history[0]["samples"]
        rounds = len(net.history) - part
        assert rounds > 0 and net.is_finite()
        assert f"epoch {rounds} " in said and "0.13" in said
        assert said.endswith(f"; saved {out}: {rounds} rounds{' and a part of the next' * part}\n")

    def diverge(self, folder, rate, out):
        options = ["--hidden", "none", "--learning-rate", rate, "--epochs", 20, "--out", out]
        options += ["--schedule", "constant"]
        result = run("train", "--data", folder / "values.npz", *options)
        assert result.exit_code == 1
        assert len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith("Error: diverged")
        return result.stderr


class TestClasses:
    """Labels that only one part has; labels in a column."""

    def test_classes_keep_their_order_and_are_repeated(self, folder, tmp_path):
        out = tmp_path / "net.npz"
        classes = ["rose", "lily", "tulip", "iris"]
        options = ["--classes", ",".join(classes), "--epochs", 1, "--out", out]
        train("named.npz", folder, *OPTIONS, *options)
        net = fastnet.load(out)
        assert net.classes.tolist() == classes and net.sizes[-1] == 4
        assert net.run["options"]["classes"] == classes
        assert "the bits are the same" in ok("train", "--repeat", out)
        config = ok("info", out, "--toml")
        assert 'classes = ["rose", "lily", "tulip", "iris"]' in config
        train("data.npz", folder, *OPTIONS, "--classes", "2,1,0", "--epochs", 0, "--out", out)
        assert fastnet.load(out).classes.tolist() == [2, 1, 0]
        said = fails(1, "train", "--data", folder / "named.npz", "--classes", "rose,tulip")
        assert "y: label 'iris' in rows " in said
        assert "is none of the net's classes (rose, tulip)" in said

    def test_labels_that_only_the_test_part_has(self, folder, flowers, tmp_path):
        (X, y), (X_test, y_test) = flowers
        few = y < 2
        data, out = tmp_path / "few.npz", tmp_path / "net.npz"
        np.savez(data, X=X[few], y=y[few], X_test=X_test, y_test=y_test)
        told = f"{(y_test == 2).sum()} of 30 labels are none of the network's classes .2.: they"
        options = ["--data", data, *OPTIONS, "--epochs", 2]
        for several in (["--seeds", 2], ["--out", out]):
            warned(told, "train", *options, *several)  # once a command
        net = fastnet.load(out)
        result = warned(told, "evaluate", out, "--data", data, "--json")
        [event] = events(result.stdout)
        assert event["score"] == np.mean(net.predict(X_test) == y_test)
        known = {row["label"]: row for row in event["classes"]}
        assert known[2]["recognized"] == 0 and known[2]["samples"] == (y_test == 2).sum()
        result = warned(told, "evaluate", out, out, "--data", data)
        assert "correctly recognized" in result.stdout

    def test_labels_in_a_column(self, folder, flowers, tmp_path):
        (X, y), (X_test, y_test) = flowers
        data, out = tmp_path / "column.npz", tmp_path / "net.npz"
        np.savez(data, X=X, y=y[:, None], X_test=X_test, y_test=y_test[:, None])
        told = r"y: labels in a column, \(n, 1\)"
        warned(told, "train", "--data", data, *OPTIONS, "--epochs", 3, "--out", out)
        assert fastnet.load(out).digest() == fastnet.load(folder / "model.npz").digest()
        [event] = events(warned(told, "evaluate", out, "--data", data, "--json").stdout)
        assert event["score"] == fastnet.load(out).score(X_test, y_test)
        assert ok("predict", out, "--data", data).split() == [
            str(label) for label in fastnet.load(out).predict(X)
        ]
