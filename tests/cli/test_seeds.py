"""Several seeds at once: their nets, the report, and the best alone."""

import os
import re
import resource

import numpy as np
import pytest

import fastnet
from tests.cli.helpers import OPTIONS, READS_TOML, events, fails, ok, start, train


class TestSeeds:
    def test_nets_are_those_of_the_seeds_alone(self, folder, tmp_path):
        out = tmp_path / "model.npz"
        text = train("data.npz", folder, "--seeds", 3, "--seed", 4, "--epochs", 2, "--out", out)
        files = [tmp_path / f"model-{seed}.npz" for seed in (4, 5, 6)]
        assert sorted(tmp_path.iterdir()) == files
        scores = []
        test = fastnet.datasets.read(folder / "data.npz")[1]
        for seed, file in zip((4, 5, 6), files, strict=True):
            alone = tmp_path / "alone"
            train("data.npz", folder, "--seed", seed, "--epochs", 2, "--out", alone)
            net, wanted = fastnet.load(file), fastnet.load(alone)
            assert (net.digest(), net.run) == (wanted.digest(), wanted.run)
            scores.append(net.score(*test))
            row = rf"^seed {seed} +{100 * scores[-1]:.2f}% +2 +\d\.\d+$"
            assert re.search(row, text, re.M), row
            assert "the bits are the same" in ok("train", "--repeat", file)
        mean, deviation = np.mean(scores), np.std(scores, ddof=1)
        together = fastnet.Ensemble([fastnet.load(file) for file in files]).score(*test)
        best = 4 + int(np.argmax(scores))
        assert text.endswith(
            "\ncorrectly recognized samples, 3 nets (test)\n"
            f"  mean {100 * mean:.2f}%, standard deviation {100 * deviation:.2f}%\n"
            f"  best {100 * max(scores):.2f}%, of seed {best}\n"
            f"  all together, by the mean of their outputs: {100 * together:.2f}%\n"
            f"saved {files[0]} ... {files[-1]}\n"
        )
        assert "seeds 4 to 6" in " ".join(text.split())
        assert (
            max(map(len, text.replace(str(folder), "").replace(str(tmp_path), "").splitlines()))
            <= 80
        )

    def test_the_best_alone(self, folder, tmp_path):
        out, history = tmp_path / "model", tmp_path / "h.csv"
        options = ["--seeds", 4, "--epochs", 1, "--keep", "best", "--threads", 3]
        options += ["--out", out, "--history", history]
        text = train("data.npz", folder, *options)
        assert {path.name for path in tmp_path.iterdir()} == {
            "model",
            *(f"h-{k}.csv" for k in range(4)),
        }
        assert text.endswith(f"saved {out}\n")
        best, data = fastnet.load(out), fastnet.datasets.read(folder / "data.npz")
        score = best.history[-1]["val_accuracy"]
        assert f"  best {100 * score:.2f}%, of seed {best.seed}\n" in text
        assert f"the best on the test samples: {100 * best.score(*data[1]):.2f}%\n" in text
        assert "4 nets (held out)\n" in text
        assert "each net holds out 6 of the training samples, for --keep best to judge by\n" in text
        nets = [
            fastnet.train(*data[0], epochs=1, validation_fraction=0.1, seed=seed)
            for seed in range(4)
        ]
        assert best.digest() == max(nets, key=lambda net: net.history[-1]["val_accuracy"]).digest()
        assert "the bits are the same" in ok("train", "--repeat", out)

    def test_json_and_what_is_held_out(self, folder, flowers):
        options = ["--seeds", 2, "--epochs", 2, "--validation-fraction", 0.25, "--json"]
        told = events(train("data.npz", folder, *options))
        start, warm, *nets, last = told
        assert (start["event"], start["seeds"], warm["event"]) == ("start", [0, 1], "warmup")
        for event in nets:
            net = fastnet.train(*flowers[0], epochs=2, validation_fraction=0.25, seed=event["seed"])
            assert event["score"] == net.history[-1]["val_accuracy"]
            assert (event["event"], event["part"], event["rounds"]) == ("net", "held out", 2)
        scores = [event["score"] for event in nets]
        assert last["mean"] == pytest.approx(np.mean(scores)) and last["best"] == max(scores)
        assert last["model"] == []
        assert last["together"] is None, "each net has learned what others held out"

    @pytest.mark.parametrize("data", ["no_test.npz", "values.npz", "several.npz"])
    def test_other_data(self, folder, data):
        loss = ["--loss", "cross-entropy"] if data == "several.npz" else []
        text = train(data, folder, "--seeds", 2, "--epochs", 1, *loss)
        part = "test" if data == "values.npz" else "training"
        assert f", 2 nets ({part})\n" in text and "nan" not in text
        assert text.endswith("the nets are not saved: --out MODEL would keep them\n")
        [*_, one] = events(train(data, folder, "--seeds", 1, "--epochs", 1, *loss, "--json"))
        assert one["deviation"] is None and one["mean"] == one["best"] == one["together"]

    @READS_TOML
    def test_a_config_may_ask_for_them(self, folder, tmp_path):
        (tmp_path / "c").write_text("seeds = 2\nepochs = 1")
        assert "2 nets (test)" in train("data.npz", folder, "--config", tmp_path / "c")

    def test_wrong_usage(self, folder, tmp_path):
        assert "--seeds" in fails(2, "train", "--seeds", 0)
        assert "--keep: given without --seeds" in fails(2, "train", "--keep", "best")
        said = fails(2, "train", "--repeat", folder / "model.npz", "--seeds", 2)
        assert "--seeds: given, but --repeat has" in said
        (tmp_path / "m-1").mkdir()
        said = fails(
            2, "train", "--data", folder / "data.npz", "--seeds", 2, "--out", tmp_path / "m"
        )
        assert "m-1' is not a file" in said and not (tmp_path / "m-0").exists()

    @pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
    def test_one_that_diverges(self, folder, tmp_path):
        options = [
            "--hidden",
            "none",
            "--learning-rate",
            "1e30",
            "--seeds",
            2,
            "--out",
            tmp_path / "m",
        ]
        said = fails(1, "train", "--data", folder / "values.npz", *options)
        assert re.match(r"Error: seed [01]: diverged in epoch 0 .*; nothing is saved$", said)

    @pytest.mark.parametrize(
        "keep, said",
        [
            ("all", r"net-[01].npz: File too large; .*"),
            ("together", "net.npz: File too large; nothing is saved"),
        ],
    )
    def test_a_disk_that_gets_full_says_what_is_kept(self, folder, tmp_path, keep, said):
        """Of the nets of several seeds; the limit on the size of files stands for the disk."""
        command = ["train", "--data", folder / "data.npz", "--hidden", 64, "--epochs", 1]
        limits = resource.RLIMIT_FSIZE, (2000, 2000)
        process = start(
            *command, "--seeds", 2, "--keep", keep, "--out", tmp_path / "net.npz",
            preexec_fn=lambda: resource.setrlimit(*limits),
        )  # fmt: skip
        _, err = process.communicate()
        assert process.returncode == 1 and os.listdir(tmp_path) == []
        assert re.fullmatch(rf"Error: .*{said}\n", err), err

    def test_the_best_is_there_at_once(self, folder, tmp_path, monkeypatch):
        """And not only in the end."""
        out = tmp_path / "best.npz"
        seen = []

        def scored(net, X, y):
            seen.append(fastnet.load(out).seed if out.exists() else None)
            return {0: 0.5, 1: 0.75, 2: 0.75}[net.seed]

        monkeypatch.setattr(fastnet.Network, "score", scored)
        command = ["train", *OPTIONS[:-2], "--data", folder / "data.npz", "--epochs", 1]
        ok(*command, "--seeds", 3, "--threads", 1, "--keep", "best", "--out", out)
        assert seen[:3] == [None, 0, 1] and fastnet.load(out).seed == 1
