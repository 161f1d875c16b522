"""A run of a model once more, to the same bits."""

import re
from typing import ClassVar

import numpy as np
import pytest

import fastnet
from fastnet.kernels.jit import code_digest
from tests.cli.helpers import OLD, READS_TOML, events, fails, ok, run, train


class TestRepeat:
    def test_the_bits_are_the_same(self, folder, tmp_path):
        model, out = folder / "model.npz", tmp_path / "again"
        text = ok("train", "--repeat", model, "--threads", 2, "--out", out)
        assert text.startswith(f"repeating the run of {model}\n\n{folder / 'data.npz'}:\n")
        digest = fastnet.load(model).digest()
        assert text.endswith(f"saved {out}\nthe bits are the same, SHA-256\n  {digest}\n")
        assert fastnet.load(out).run == fastnet.load(model).run
        first, *_, last = events(ok("train", "--repeat", out, "--json"))
        assert first == {"event": "repeat", "model": str(out), "differences": []}
        assert last == {
            **{"event": "repeated", "model": str(out), "digest": digest, "wanted": digest},
        }

    @pytest.mark.parametrize(
        "options",
        [
            ["--validation-fraction", 0.2, "--patience", 1, "--learning-rate", 3],
            ["--target-accuracy", 0.5, "--no-shuffle", "--dtype", "float64"],
            ["--hidden", "none", "--schedule", "1/t", "--warm-up", 0.5, "--start", "normal"],
            ["--epochs", 0],
        ],
    )
    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # patience
    def test_runs_of_every_kind(self, folder, tmp_path, options):
        out = tmp_path / "m"
        train("data.npz", folder, "--epochs", 30, *options, "--out", out)
        assert "the bits are the same" in ok("train", "--repeat", out)

    def test_other_data_and_versions(self, folder, tmp_path):
        """What differs is said before the run; whether the bits do, after it."""
        model = folder / "model.npz"
        result = run("train", "--repeat", model, "--data", folder / "no_test.npz")
        assert result.exit_code == 0  # what is only looked at changes no bit
        assert re.search(
            r"differs.*\n  validation_data was \['sha256:[0-9a-f]{8}\.\.\.',", result.stdout
        )
        with np.load(folder / "data.npz") as data:
            arrays = dict(data)
        arrays["y"] = arrays["y"][::-1]
        np.savez(tmp_path / "other.npz", **arrays)
        result = run("train", "--repeat", model, "--data", tmp_path / "other.npz")
        assert result.exit_code == 1
        assert "may differ too:\n  the data's y has other values\n" in result.stdout
        assert "\nthe bits differ, SHA-256\n" in result.stdout
        assert result.stderr == f"Error: {model}: the weights of this run differ\n"
        assert max(map(len, result.stdout.replace(str(tmp_path), "").splitlines())) <= 80
        net = fastnet.load(model)
        net.run["versions"] |= {"numpy": "0.9", "kernels": "0" * 16}
        net.save(tmp_path / "m")
        first, *_, last = events(ok("train", "--repeat", tmp_path / "m", "--json"))
        assert first["differences"] == [
            f"the version of numpy was 0.9 and is {np.__version__}",
            f"the version of kernels was {'0' * 16} and is {code_digest()}",
        ]
        assert last["digest"] == last["wanted"] == net.digest()

    def test_data_that_are_gone(self, folder, tmp_path):
        (tmp_path / "d.npz").write_bytes((folder / "data.npz").read_bytes())
        ok("train", "--data", tmp_path / "d.npz", "--epochs", 1, "--out", tmp_path / "m")
        (tmp_path / "d.npz").unlink()
        said = fails(2, "train", "--repeat", tmp_path / "m")
        gone = f"{tmp_path / 'm'} learned '{tmp_path / 'd.npz'}', which is not there, wanted --data"
        assert f"'--data': {gone}" in said
        text = ok("train", "--repeat", tmp_path / "m", "--data", folder / "data.npz")
        assert "differs" not in text and "the bits are the same" in text

    def test_a_net_that_has_learned_more_since(self, folder, flowers, tmp_path):
        net = fastnet.load(folder / "model.npz")
        net.partial_fit(*flowers[0]).save(tmp_path / "m")
        *_, last = events(run("train", "--repeat", tmp_path / "m", "--json").stdout)
        assert last["wanted"] == net.digest() != last["digest"]

    def test_a_net_of_the_library(self, folder, flowers, tmp_path):
        options = {"hidden": (3,), "epochs": 2, "on_epoch": print, "class_weight": None}
        fastnet.train(*flowers[0], **options).save(tmp_path / "m")
        assert "does not say which data" in fails(2, "train", "--repeat", tmp_path / "m")
        text = ok("train", "--repeat", tmp_path / "m", "--data", folder / "data.npz")
        assert "on_epoch was builtins.print and is not given" in text and "bits are the s" in text

    REFUSED: ClassVar = {
        "time": ({"max_seconds": 0}, "ended when the time was up, so it cannot be repeated"),
        "callback": ({"on_epoch": lambda net, record: True}, "ended by a callback, so it cannot"),
        "weights": ({"class_weight": {1: 2.0}}, "class_weight: {'1': 2.0}, for which the comm"),
        "schedule": ({"schedule": np.ones_like}, "schedule: 'numpy.ones_like sha256:"),
        "range": ({"start": (0, 1)}, r"start: \[0, 1\], wanted text"),
        "layers": ({"activation": ["tanh", "sigmoid"]}, r"activation: \['tanh', .* wanted text"),
    }

    @pytest.mark.parametrize("kind", REFUSED)
    def test_what_no_options_can_say(self, flowers, tmp_path, kind):
        options, said = self.REFUSED[kind]
        options = {"hidden": (3,), "epochs": 2, **options}
        fastnet.train(*flowers[0], **options).save(tmp_path / "m")
        message = fails(2, "train", "--repeat", tmp_path / "m")
        assert f"'--repeat': {tmp_path / 'm'}: " in message and re.search(said, message)
        if kind in ("time", "callback", "weights"):
            assert re.search(said, fails(1, "info", tmp_path / "m", "--toml"))

    def test_going_on_from_a_net_cannot_be_repeated(self, flowers, tmp_path):
        net = fastnet.train(*flowers[0], epochs=1)
        fastnet.train(*flowers[0], init=net, epochs=1).save(tmp_path / "m")
        assert "init: 'sha256:" in fails(2, "train", "--repeat", tmp_path / "m")

    def test_models_without_a_run(self, tmp_path):
        assert "no record of its run" in fails(2, "train", "--repeat", OLD)
        fastnet.Network.initialise((4, 3), ["sigmoid"]).save(tmp_path / "m")
        assert "no record of its run" in fails(2, "train", "--repeat", tmp_path / "m")
        assert "no record of its run" in fails(1, "info", OLD, "--toml")

    def test_options_beside_it(self, folder):
        said = fails(2, "train", "--epochs", 3, "--repeat", folder / "model.npz", "--no-shuffle")
        assert "--repeat: not for a stream" in fails(
            2, "train", "-", "--repeat", folder / "model.npz"
        )
        assert "--epochs, --shuffle: given, but --repeat has the options of " in said
        for option in ("--label", "first"), ("--pixels",):  # its data is no text
            said = fails(2, "train", "--repeat", folder / "model.npz", *option)
            assert f"{option[0]}: given, but --repeat has the options of " in said

    @READS_TOML
    def test_a_config_beside_it(self, folder, tmp_path):
        (tmp_path / "c").write_text("epochs = 2")
        two = ["--config", tmp_path / "c", "--repeat", folder / "model.npz"]
        for options in (two, two[2:] + two[:2]):
            assert "--config and --repeat: give one of them" in fails(2, "train", *options)

    def test_what_is_no_model(self, folder):
        assert "data.npz" in fails(1, "train", "--repeat", folder / "data.npz")
