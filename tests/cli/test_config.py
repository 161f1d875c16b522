"""Options in a TOML file."""

import json
import re
import sys

import numpy as np
import pytest

import fastnet
from fastnet.cli import main
from tests.cli.helpers import READS_TOML, fails, ok, run


@READS_TOML
class TestConfig:
    @pytest.fixture
    def write(self, folder, tmp_path):
        """Write a config, by the data of the folder, and return its path."""

        def write(text):
            path = tmp_path / "run.toml"
            path.write_text(f"data = {json.dumps(str(folder / 'data.npz'))}\n{text}")
            return path

        return write

    def options(self, *args):
        return main.commands["train"].make_context("train", [str(arg) for arg in args]).params

    def test_every_option_of_the_command_line_may_stand_in_it(self, write, tmp_path):
        values = {
            **{"hidden": [8, 4], "activation": "tanh", "start": "he", "loss": "cross-entropy"},
            **{"learning-rate": 1e-05, "schedule": "1/t", "warm_up": 1, "epochs": 3},
            **{"validation-fraction": 0.25, "patience": 2, "target_accuracy": 0.5},
            **{"max_seconds": 10, "seed": 7, "dtype": "float64", "shuffle": False},
            **{"threads": "auto", "out": str(tmp_path / "m"), "json": True},
            **{"history": str(tmp_path / "h.csv"), "seeds": 3, "keep": "best"},
            **{"format": "csv", "target": "first", "classes": [1, 2], "new_labels": True},
            **{"drop": ["id", "a, b"], "missing": ["?"], "weight": "w", "header": False},
            **{"delimiter": ";", "decimal": ",", "test": str(tmp_path / "data.npz")},
            **{"pixels": True, "l2": 0.5, "average": 1, "every": "2 epochs", "resume": True},
            **{"checkpoint": str(tmp_path / "run.npz"), "init": str(tmp_path / "data.npz")},
            **{"encode": "table", "preset": "table", "cache": str(tmp_path / "rows")},
            **{"l2_schedule": "loss", "augment": "affine"},
        }
        (tmp_path / "data.npz").touch()
        text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
        came = self.options("--config", write(text))
        values |= {"hidden": (8, 4), "json_": values.pop("json")}
        values |= {"drop": ("id", "a, b"), "missing": ("?",)}
        values["augment"] = fastnet.Elastic.of("affine").to_dict()
        for name, value in values.items():
            assert came.pop(name.replace("-", "_")) == value, name
        assert came.pop("data").endswith("data.npz")
        assert came == {"repeat": None, "source": None}

    def test_an_option_with_two_names_has_both(self, write):
        path = write('label = "first"')
        assert self.options("--config", path)["target"] == "first"
        assert self.options("--config", path, "--target", "a")["target"] == "a"
        said = fails(2, "train", "--config", write('label = "first"\ntarget = "a"'))
        assert "target: it comes twice" in said

    def test_the_command_line_wins(self, write):
        path = write('epochs = 3\nhidden = "9"\nshuffle = false')
        came = self.options("--epochs", 2, "--config", path)
        assert (came["epochs"], came["hidden"], came["shuffle"]) == (2, (9,), False)
        came = self.options("--config", path, "--shuffle", "--hidden", "none")
        assert (came["epochs"], came["hidden"], came["shuffle"]) == (3, (), True)
        assert self.options("--config", write("hidden = []"))["hidden"] == ()

    def test_a_stream_may_have_one(self, write):
        path = write("").parent / "stream.toml"
        path.write_text('hidden = [3]\nclasses = "0,1"\nseed = 3')
        told = ok("train", "-", "--config", path, stdin="1,2,0\n2,1,1\n")
        assert "net 2-3-2: " in told and "seed 3" in told
        said = fails(2, "train", "-", "--config", write("epochs = 1"))
        assert "--data: not for a stream" in said

    def test_a_net_of_a_config_is_that_of_the_options(self, folder, write, tmp_path):
        path = write('hidden = [8]\nlearning-rate = 0.2\nactivation = "tanh"\nseed = 3')
        ok("train", "--config", path, "--epochs", 3, "--out", tmp_path / "m")
        wanted, net = fastnet.load(folder / "model.npz"), fastnet.load(tmp_path / "m")
        assert net.digest() == wanted.digest() and net.run == wanted.run

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("learning-rat = 0.1", "no option 'learning-rat'; did you mean 'learning_rate'?"),
            ("epoch = 3", "no option 'epoch'; did you mean 'epochs'?"),
            ("zzzzzzzz = 3", r"no option 'zzzzzzzz' \("),
            ("[training]\nepochs = 3", r"\[training\], wanted lines"),
            ('config = "run.toml"', "no option 'config'"),
            ('epochs = "3"', "epochs: '3', wanted a whole number"),
            ("epochs = true", "epochs: True, wanted a whole number"),
            ("epochs = 2.5", "epochs: 2.5, wanted a whole number"),
            ("epochs = -1", "epochs: -1 is not in the range"),
            ('warm_up = "long"', "warm_up: 'long', wanted a number"),
            ("shuffle = 0", "shuffle: 0, wanted true or false"),
            ("hidden = 8", "hidden: 8, wanted a list of sizes"),
            ("hidden = [8, 2.5]", r"hidden: \[8, 2.5\], wanted sizes"),
            ("hidden = [true]", r"hidden: \[True\], wanted sizes"),
            ("activation = 1", "activation: 1, wanted text"),
            ('activation = "rleu"', "activation: 'rleu' is not one of"),
            ('data-set = "digits"', "no option 'data-set'; did you mean 'data'"),
            ('out = "no/such/folder/m"', "out: .* there is no folder"),
            ("warm-up = 0.1\nwarm_up = 0.2", "warm_up: it comes twice, with - and with _"),
            ("epochs = ", r"run.toml: Invalid value \("),
            ("epochs = 1\nepochs = 2", r"run.toml: Cannot overwrite a value \("),
            ("epochs = " + "[" * 3000 + "]" * 3000, "run.toml: maximum recursion depth exceeded"),
            ("hidden = " + "[" * 90 + "1" + "]" * 90, r"hidden: \[\[.*, wanted sizes"),
            (f"learning-rate = {10**400}", "learning-rate: int too large .*, wanted a number"),
            (f"max_seconds = -{10**400}", "max_seconds: int too large .*, wanted a number"),
            (f"seed = {'9' * 5000}", r"run.toml: Exceeds the limit"),
            (f"seed = -{10**400}", "seed: -1000.* is not in the range x>=0"),
            ("seed = 1e400", "seed: inf, wanted a whole number"),
        ],
    )
    def test_what_is_wrong_is_named_with_the_file(self, write, text, said):
        path = write(text)
        message = fails(2, "train", "--config", path)
        assert f"'--config': {path}: " in message and re.search(said, message), message

    def test_a_seed_may_have_128_bits(self, folder, tmp_path):
        seed, out = 10**38 + 7, tmp_path / "m"
        common = ["--data", folder / "data.npz", "--epochs", 1, "--out", out]
        (tmp_path / "run.toml").write_text(f"seed = {seed}")
        for options in (["--config", tmp_path / "run.toml"], ["--seed", seed]):
            ok("train", *common, *options)
            net = fastnet.load(out)
            with np.load(folder / "data.npz") as data:
                again = fastnet.train(data["X"], data["y"], epochs=1, seed=seed)
            assert (net.seed, net.digest()) == (seed, again.digest())
            assert "the bits are the same" in ok("train", "--repeat", out)
            assert "1" + "0" * 30 in ok("info", out)
        whole = out.read_bytes()
        (tmp_path / "run.toml").write_text(f"seed = {10**400}")
        for options in (["--config", tmp_path / "run.toml"], ["--seed", 10**400]):
            result = run("train", *common, *options)
            assert result.exit_code == 1 and "Traceback" not in result.output
            assert "seed: a whole number of 1329 bits, wanted a whole number" in result.stderr
        assert out.read_bytes() == whole

    def test_files_that_are_no_text(self, tmp_path):
        (tmp_path / "run.toml").write_bytes(b"\xff\xfe")
        assert "run.toml: " in fails(2, "train", "--config", tmp_path / "run.toml")
        assert "'none.toml'" in fails(2, "train", "--config", "none.toml")

    def test_a_model_s_options_as_a_config(self, folder, tmp_path):
        text = ok("info", folder / "model.npz", "--toml")
        assert text.startswith(f"data = {json.dumps(str(folder / 'data.npz'))}\nhidden = [8]\n")
        (tmp_path / "run.toml").write_text(text)
        ok("train", "--config", tmp_path / "run.toml", "--out", tmp_path / "m")
        wanted, net = fastnet.load(folder / "model.npz"), fastnet.load(tmp_path / "m")
        assert net.digest() == wanted.digest() and net.run == wanted.run


def test_a_python_that_reads_no_toml(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tomllib", None)
    (tmp_path / "c").write_text("epochs = 1")
    said = fails(2, "train", "--config", tmp_path / "c")
    assert "'--config': this Python reads no TOML, wanted 3.11 or later" in said
