"""Files of several nets in the terminal: they are written together, and read like one net."""

import json
import os
import re

import numpy as np
import pytest

import fastnet
from tests.cli.helpers import OPTIONS, READS_TOML, events, fails, ok, train
from tests.cli.people import ABOUT, FRAME, SHORT, text_of

ROWS = FRAME.drop(columns=["id", "income"])
TOGETHER = ("--keep", "together", "--out")


@pytest.fixture(scope="module")
def three(folder):
    """The file of three nets that have learned the flowers."""
    path = folder / "three.npz"
    train("data.npz", folder, *OPTIONS, "--epochs", 2, "--seeds", 3, *TOGETHER, path)
    return path


@pytest.fixture(scope="module")
def of_table(tables):
    """The file of two nets that have learned people.csv, each without a tenth of its own."""
    path = tables / "two.npz"
    train("people.csv", tables, *ABOUT, *SHORT, "--seeds", 2, *TOGETHER, path)
    return path


class TestTraining:
    def test_one_file_has_the_nets_of_the_seeds(self, folder, flowers, tmp_path):
        out = tmp_path / "nets.npz"
        options = ["--epochs", 2, "--seeds", 3, "--seed", 4]
        text = train("data.npz", folder, *options, *TOGETHER, out, "--history", tmp_path / "h.csv")
        assert {path.name for path in tmp_path.iterdir()} == {
            "nets.npz", "h-4.csv", "h-5.csv", "h-6.csv",
        }  # fmt: skip
        nets = fastnet.load(out)
        assert [net.seed for net in nets] == [4, 5, 6]
        for net in nets:
            wanted = fastnet.train(*flowers[0], epochs=2, seed=net.seed)
            assert net.digest() == wanted.digest()
            assert net.run["source"] == str(folder / "data.npz")
        together = 100 * nets.score(*flowers[1])
        assert text.endswith(
            f"  all together, by the mean of their outputs: {together:.2f}%\nsaved {out}\n"
        )
        told = events(train("data.npz", folder, *options, *TOGETHER, out, "--json"))
        assert told[-1]["model"] == [str(out)]
        assert [event["model"] for event in told if event["event"] == "net"] == [None] * 3

    def test_without_a_file_nothing_is_saved(self, folder, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        text = train("data.npz", folder, "--epochs", 1, "--seeds", 2, "--keep", "together")
        assert text.endswith("the nets are not saved: --out MODEL would keep them\n")
        assert not os.listdir(tmp_path)
        assert "--keep: given without --seeds" in fails(2, "train", *TOGETHER, "m.npz")

    @pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
    def test_what_was_ready_is_kept_in_the_file(self, folder, tmp_path, monkeypatch):
        from fastnet.cli.seeds import Several

        add = Several.add

        def full(several, net):
            add(several, net)
            if len(several.nets) == 2:
                raise OSError("the disk is full")

        monkeypatch.setattr(Several, "add", full)
        out = tmp_path / "nets.npz"
        options = ["--epochs", 1, "--seeds", 4, "--threads", 1, *TOGETHER, out]
        said = fails(1, "train", "--data", folder / "data.npz", *options)
        wanted = r"Error: the disk is full; saved .*nets.npz with [234] nets\n"
        assert re.fullmatch(wanted, said), said
        assert len(fastnet.load(out)) >= 2


class TestPredict:
    def test_labels_and_outputs(self, folder, three):
        nets, X = fastnet.load(three), np.load(folder / "X.npy")
        assert ok("predict", three, folder / "X.npy").split() == list(map(str, nets.predict(X)))
        text = ok("predict", three, folder / "X.csv", "--probabilities")
        assert np.array_equal(np.loadtxt(text.splitlines(), delimiter=","), nets.predict_proba(X))
        out = folder / "answers.npy"
        ok("predict", three, folder / "X.npz", "--out", out)
        assert np.load(out).tolist() == nets.predict(X).tolist()

    def test_a_table_by_name_and_in_a_pipe(self, tables, of_table):
        answers = fastnet.load(of_table).predict(ROWS).tolist()
        assert ok("predict", of_table, tables / "people.csv").splitlines() == ["income", *answers]
        text = text_of(ROWS[ROWS.columns[::-1]])
        assert ok("predict", of_table, "-", stdin=text).splitlines() == ["income", *answers]
        lines = ROWS.to_json(orient="records", lines=True)
        told = events(ok("predict", of_table, "-", "--json", "--keep", "city", stdin=lines))
        assert [row["income"] for row in told] == answers
        assert [row["city"] for row in told] == ROWS["city"].tolist()

    def test_files_of_one_net_and_of_several_vote_together(self, folder, three):
        paths = [folder / "model.npz", three]
        vote = fastnet.Ensemble([*map(fastnet.load, paths)])
        X = np.load(folder / "X.npy")
        text = ok("predict", *paths, folder / "X.npy", "--probabilities")
        assert len(vote) == 4
        assert np.array_equal(np.loadtxt(text.splitlines(), delimiter=","), vote.predict_proba(X))

    def test_nets_that_do_not_fit(self, folder, three, of_table):
        said = fails(1, "predict", three, of_table, folder / "X.csv")
        assert f"{of_table} does not fit {three}: nets[1]: inputs 3, wanted 4" in said

    def test_answers_are_not_written_over_the_file(self, folder, three):
        copy = folder / "copy.csv"
        copy.write_bytes(three.read_bytes())
        said = fails(2, "predict", copy, folder / "X.npy", "--out", copy)
        assert f"--out: {copy}, the file of " in said


class TestEvaluate:
    def test_figures(self, folder, three, flowers):
        nets = fastnet.load(three)
        for more in ([], [folder / "data.npz"]):
            [event] = events(ok("evaluate", three, *more, "--json"))
            assert event["score"] == nets.score(*flowers[1])
            assert (event["model"], event["samples"], event["part"]) == (str(three), 30, "test")
        assert ok("evaluate", three).startswith("correctly recognized: ")

    def test_of_a_table_each_net_held_out_other_rows(self, tables, of_table):
        [event] = events(ok("evaluate", of_table, "--json"))
        assert (event["samples"], event["part"]) == (len(FRAME), "training")
        assert event["score"] == fastnet.load(of_table).score(ROWS, FRAME["income"])

    def test_data_that_are_not_known(self, flowers, tmp_path):
        fastnet.train_seeds(*flowers[0], 2, epochs=1).save(tmp_path / "m")
        said = fails(2, "evaluate", tmp_path / "m")
        assert "m does not say which data it learned, wanted --data" in said

    def test_a_regression(self, folder):
        out = folder / "numbers.npz"
        train("values.npz", folder, "--hidden", 3, "--epochs", 1, "--seeds", 2, *TOGETHER, out)
        nets = fastnet.load(out)
        with np.load(folder / "values.npz") as data:
            X, y = data["X_test"], data["y_test"]
        [event] = events(ok("evaluate", out, "--json"))
        assert event["rmse"] == pytest.approx(np.sqrt(((nets.predict(X) - y) ** 2).mean()))
        assert event["score"] == nets.score(X, y)


class TestInfo:
    def test_text(self, three):
        text = ok("info", three)
        assert text.startswith(f"{three}\n  nets         3 that answer together, by the mean of")
        assert "  seeds        3, 4, 5\n" in text and "  options of the first net\n" in text
        for net in fastnet.load(three):
            last = net.history[-1]
            figures = rf"{100 * last['accuracy']:.2f}% +{100 * last['val_accuracy']:.2f}%"
            assert re.search(rf"^    {net.seed}, 2 rounds +{figures} +", text, re.M)
        assert max(map(len, text.replace(str(three.parent), "").splitlines())) <= 80

    def test_json(self, three, of_table):
        [event] = events(ok("info", three, "--json"))
        nets = fastnet.load(three)
        assert event["event"] == "info" and event["sizes"] == [4, 8, 3]
        assert [net["seed"] for net in event["nets"]] == [3, 4, 5]
        for told, net in zip(event["nets"], nets, strict=True):
            assert told["run"] == net.run and told["history"] == net.history
        [event] = events(ok("info", of_table, "--json"))
        first, second = fastnet.load(of_table)
        assert event["encoding"] == json.loads(json.dumps(first.encoding.to_dict()))
        assert event["nets"][1]["encoding"] == json.loads(json.dumps(second.encoding.to_dict()))

    def test_encodings(self, tables, of_table, tmp_path):
        assert "inputs, of the first net\n" in ok("info", of_table)
        shared = tmp_path / "shared.npz"
        fastnet.train_seeds(ROWS, FRAME["income"], 2, epochs=1, encode="table").save(shared)
        text = ok("info", shared)
        assert re.search(r"^  encoding     3 columns, \d+ inputs$", text, re.M)
        [event] = events(ok("info", shared, "--json"))
        assert event["encoding"] and not any("encoding" in net for net in event["nets"])

    def test_nets_without_records(self, tmp_path):
        nets = [fastnet.Network.initialise((3, 2), ["sigmoid"], seed=k) for k in (5, 9)]
        fastnet.Ensemble(nets).save(tmp_path / "m")
        text = ok("info", tmp_path / "m")
        assert "  seeds        5, 9\n" in text
        assert len(re.findall(r"^    [59] +not trained$", text, re.M)) == 2
        said = fails(1, "info", tmp_path / "m", "--toml")
        assert "it has no record of its run, so it cannot be repeated" in said

    @READS_TOML
    def test_options_for_another_run(self, three, folder, tmp_path):
        config, out = tmp_path / "c.toml", tmp_path / "again.npz"
        config.write_text(ok("info", three, "--toml"))
        ok("train", "--config", config, "--out", out)
        assert fastnet.load(out).digest() == fastnet.load(three).digest()
        nets = fastnet.load(three)
        nets[::2].save(tmp_path / "m")
        said = fails(1, "info", tmp_path / "m", "--toml")
        assert "m: seeds 3, 5, wanted one after the other" in said
        fastnet.Ensemble([nets[0], fastnet.load(folder / "model.npz")]).save(tmp_path / "m")
        said = fails(1, "info", tmp_path / "m", "--toml")
        assert "its nets were trained with other options, wanted those of one run" in said


class TestOneNet:
    @pytest.mark.parametrize("command", [["train"], ["train", "-"]])
    def test_to_continue_from(self, three, command):
        said = fails(2, *command, "--init", three, stdin="1,2,3,4,0\n")
        assert f"--init: {three} has 3 nets that answer together, wanted one net" in said

    def test_to_repeat(self, three):
        said = fails(2, "train", "--repeat", three)
        assert f"--repeat: {three} has 3 nets that answer together, wanted one net" in said

    def test_to_learn_or_to_resume(self, three):
        assert f"{three}: a model, wanted data" in fails(2, "train", three)
        said = fails(1, "train", "--checkpoint", three, "--resume", "--epochs", 1)
        assert f"{three} holds a network, wanted a run's file" in said
