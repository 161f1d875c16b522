"""The command line, by CliRunner and by real processes: what is said, exit codes, files."""

import contextlib
import fcntl
import inspect
import json
import os
import pty
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import click
import numpy as np
import pytest
from click.testing import CliRunner

import fastnet
from fastnet import schedules
from fastnet.cli import main
from fastnet.cli.errors import Ended, ended_by_signals
from fastnet.cli.options import DATASETS, SCHEDULES
from fastnet.datasets import download
from fastnet.kernels.jit import code_digest
from fastnet.progress import ERASE
from fastnet.trainer import DEFAULTS
from tests.datasets.helpers import Mirror, idx_bytes, small_set, source_of
from tests.helpers import NOT_ROOT

ROOT = Path(__file__).parents[1]
OLD = ROOT / "tests" / "files" / "version_1.npz"  # a model of a version without records
COMMANDS = sorted(main.commands)
OPTIONS = ["--hidden", "8", "--learning-rate", "0.2", "--activation", "tanh", "--seed", "3"]


READS_TOML = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python reads no TOML")


def run(*args, stdin=None):
    return CliRunner().invoke(main, [str(arg) for arg in args], input=stdin)


def ok(*args, stdin=None):
    """What a command that works prints."""
    result = run(*args, stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout


def fails(code, *args, stdin=None):
    """The one line that a command which fails leaves on stderr."""
    result = run(*args, stdin=stdin)
    assert result.exit_code == code, result.output
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("Error: ")
    return result.stderr


def warned(told, *args):
    """What a command that works leaves, with one warning on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", fastnet.LearningWarning)
        result = run(*args)
    assert result.exit_code == 0, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("fastnet: warning: ") and re.search(told, line)
    return result


def events(text):
    """The objects of JSON lines, in which no NaN is allowed."""

    def refuse(constant):
        raise AssertionError(f"{constant} in JSON")

    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


class Process(subprocess.Popen):
    """One whose first lines may be read alone; Popen would lose what came along with them."""

    def communicate(self, input=None, timeout=120):
        watch = threading.Timer(timeout, self.kill)
        watch.start()
        with ThreadPoolExecutor(1) as pool:
            err = pool.submit(rest_and_close, self.stderr)
            if self.stdin and not self.stdin.closed:
                with contextlib.suppress(BrokenPipeError):
                    self.stdin.write(input or "")
                    self.stdin.close()
            out = rest_and_close(self.stdout)
            self.wait()
            watch.cancel()
            return out, err.result()


def rest_and_close(pipe):
    if pipe is None or pipe.closed:
        return None
    with pipe:
        return pipe.read()


def start(*args, **kwargs):
    """A real process."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": ""}
    env |= kwargs.pop("env", {})
    command = [sys.executable, "-m", "fastnet", *map(str, args)]
    kwargs = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | kwargs
    return Process(command, env=env, **kwargs)


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """The kernels in the cache, so that no test meets the notice that they are compiled."""
    fastnet.warmup("float32")
    fastnet.warmup("float64")


@pytest.fixture(scope="module")
def flowers():
    """Samples of three kinds, four features each: (X, y), (X_test, y_test)."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 90)
    X = rng.normal(3 * np.eye(3, 4)[y], 1.0)
    return (X[:60], y[:60]), (X[60:], y[60:])


@pytest.fixture(scope="module")
def folder(tmp_path_factory, flowers):
    """Data files, and a model that was trained on them."""
    folder = tmp_path_factory.mktemp("cli")
    (X, y), (X_test, y_test) = flowers
    names = np.array(["iris", "rose", "tulip"])
    np.savez(folder / "data.npz", X=X, y=y, X_test=X_test, y_test=y_test)
    np.savez(folder / "named.npz", X=X, y=names[y], X_test=X_test, y_test=names[y_test])
    np.savez(folder / "no_test.npz", X=X, y=y)
    np.savez(folder / "only_test.npz", X_test=X, y_test=y)
    np.savez(folder / "values.npz", X=X, y=X[:, :2] / 2, X_test=X_test, y_test=X_test[:, :2] / 2)
    np.savez(folder / "several.npz", X=X, y=(X[:, :2] > 1) * 1.0)
    np.savez(folder / "wide.npz", X=np.ones((4, 5)), y=[0, 1, 2, 0])
    np.savez(folder / "X.npz", X=X_test)
    np.save(folder / "X.npy", X_test)
    np.savetxt(folder / "X.csv", X_test, delimiter=",", fmt="%.18e")
    train("data.npz", folder, *OPTIONS, "--epochs", 3, "--out", folder / "model.npz")
    return folder


def train(data, folder, *options):
    return ok("train", "--data", folder / data, *options)


@pytest.fixture(scope="module")
def pixels(tmp_path_factory):
    """A folder of IDX files and the model "model.npz" that learned them for one round."""
    folder = tmp_path_factory.mktemp("pixels")
    for name, data in small_set().items():
        (folder / name).write_bytes(data)
    ok("train", "--data", folder, "--hidden", 4, "--epochs", 1, "--out", folder / "model.npz")
    return folder


def rest_of(terminal):
    """What a process writes to a terminal until it ends."""
    written = ""
    while True:
        try:
            written += os.read(terminal, 100_000).decode()
        except OSError:  # the other end is closed
            os.close(terminal)
            return written


class TestHelp:
    @pytest.mark.parametrize("name", COMMANDS)
    @pytest.mark.parametrize("flag", ["-h", "--help"])
    def test_every_command_has_it_within_80_columns(self, name, flag):
        text = ok(name, flag)
        assert f"main {name}" in text
        assert max(map(len, text.splitlines())) <= 80

    def test_all_commands_are_there_and_described_in_full(self):
        assert ok() == ok("-h") == ok("--help")
        assert COMMANDS == ["evaluate", "fetch", "info", "predict", "train", "warmup"]
        assert all(re.search(rf"^  {name} +\S", ok(), re.MULTILINE) for name in COMMANDS)
        assert "..." not in ok().partition("Commands:")[2]

    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_option_shows_its_default(self, name):
        context = click.Context(main.commands[name], parent=click.Context(main))
        context.show_default = True
        for option in main.commands[name].params:
            if isinstance(option, click.Option) and not option.required:
                assert "[default: " in option.get_help_record(context)[1], option.name

    def test_defaults_are_those_of_the_library(self):
        context = main.commands["train"].make_context("train", [])
        library = inspect.signature(fastnet.train).parameters
        same = context.params.keys() & library.keys()
        assert same == {
            *("activation", "dtype", "epochs", "hidden", "learning_rate", "loss"),
            *("max_seconds", "patience", "schedule", "seed", "shuffle", "start"),
            *("target_accuracy", "threads", "validation_fraction", "warm_up"),
            *("average", "checkpoint", "classes", "every", "l2", "resume"),
        }
        for name in same:
            assert context.params[name] == DEFAULTS.get(name, library[name].default), name

    def test_data_sets_and_schedules_are_those_of_the_library(self):
        assert fastnet.datasets.NAMES == DATASETS
        assert tuple(schedules.SCHEDULES) == SCHEDULES

    def test_version(self):
        assert ok("--version") == f"fastnet {fastnet.__version__}\n"

    def test_it_loads_neither_numpy_nor_numba(self):
        code = "import sys, fastnet.cli as c; c.main(['train', '-h'], standalone_mode=False)"
        code += "; print('loaded', {'numpy', 'numba'} & sys.modules.keys())"
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
        assert "--hidden" in done.stdout
        assert done.stdout.endswith("loaded set()\n"), done.stderr


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
            (["--target-accuracy", 0.5], "target", "the accuracy aimed at is reached"),
            (["--patience", 1, "--learning-rate", 5], "patience", "the loss grew no smaller"),
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
        assert "m: the test part has judged it, which only --repeat does again" in said

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
        rounds = len(net.history)
        assert rounds > 0 and net.is_finite()
        assert f"epoch {rounds} " in said and "0.13" in said
        assert said.endswith(f"; saved {out}: {rounds} rounds and a part of the next\n")

    def diverge(self, folder, rate, out):
        options = ["--hidden", "none", "--learning-rate", rate, "--epochs", 20, "--out", out]
        options += ["--schedule", "constant"]
        result = run("train", "--data", folder / "values.npz", *options)
        assert result.exit_code == 1
        assert len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith("Error: diverged")
        return result.stderr


class TestCheckpoint:
    def test_a_killed_run_goes_on(self, folder, tmp_path):
        """The real thing: the process is killed, and the same command goes on to the same bits."""
        command = ["train", *OPTIONS, "--data", folder / "data.npz", "--epochs", 40, "--l2", 0.001]
        ok(*command, "--out", tmp_path / "wanted.npz")
        command += ["--checkpoint", tmp_path / "run.npz", "--every", "1 epoch", "--resume"]
        command += ["--out", tmp_path / "net.npz"]
        process = start(*command)
        lines = [process.stdout.readline() for _ in range(16)]
        process.kill()
        process.communicate()
        assert any("round #0" in line for line in lines) and not (tmp_path / "net.npz").exists()
        learned = len(fastnet.load(tmp_path / "run.npz").history)
        told = ok(*command)
        plural = "" if learned == 1 else "s"
        assert learned == 0 or f"\ngoing on after {learned} round{plural}: {tmp_path}" in told
        assert f"round #{learned} of" in told and f"round #{learned - 1} of" not in told
        wanted, net = (fastnet.load(tmp_path / name) for name in ("wanted.npz", "net.npz"))
        assert net.digest() == wanted.digest() and len(net.history) == 40
        assert "recognized samples after 40 rounds" in ok(*command), "it has ended"

    def test_what_is_refused(self, folder, tmp_path):
        command = ["train", *OPTIONS, "--data", folder / "data.npz", "--epochs", 1]
        file = ["--checkpoint", tmp_path / "run.npz"]
        assert "every: '5 minutes', wanted" in fails(1, *command, *file, "--every", "5 minutes")
        assert "--checkpoint: given, but so is --seeds" in fails(2, *command, *file, "--seeds", 2)
        assert "resume: True, but there is no checkpoint" in fails(1, *command, "--resume")
        ok(*command, *file)
        said = fails(1, *command, *file)
        assert f"{tmp_path / 'run.npz'} is there already: wanted resume" in said
        said = fails(1, *command, *file, "--resume", "--l2", 0.25)
        assert "run.npz holds another run: l2 was 0.0 and is 0.25" in said

    def test_a_disk_that_gets_full_loses_nothing(self, folder, tmp_path):
        command = [
            "train",
            "--hidden",
            64,
            "--data",
            folder / "data.npz",
            "--epochs",
            30,
            "--seed",
            1,
        ]
        command += ["--checkpoint", tmp_path / "run.npz", "--every", "1 epoch"]
        limits = resource.RLIMIT_FSIZE, (2000, 2000)
        process = start(*command, preexec_fn=lambda: resource.setrlimit(*limits))
        _, err = process.communicate()
        assert process.returncode == 1
        assert "run.npz: the checkpoint is not written: File too large" in err
        assert os.listdir(tmp_path) == []

    def test_ctrl_c_says_how_to_go_on(self, tmp_path):
        command = ["train", "--epochs", 1000, "--checkpoint", tmp_path / "run.npz"]
        process = start(*command)
        while "round #2 " not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        assert err == f"Error: interrupted; --resume goes on with {command[-1]}\n"
        assert len(fastnet.load(tmp_path / "run.npz").history) >= 3

    def test_files_must_be_different_ones(self, folder, tmp_path):
        one, data = tmp_path / "one.csv", folder / "data.npz"
        command = ["train", *OPTIONS, "--data", data, "--epochs", 1]
        for options, message in (
            (["--out", one, "--checkpoint", one], "--out: {}, but so is --checkpoint"),
            (["--out", one, "--history", one], "--out: {}, but so is --history"),
            (["--history", one, "--checkpoint", one], "--history: {}, but so is --checkpoint"),
        ):
            assert message.format(one) in fails(2, *command, *options)
            assert not one.exists()
        before = data.read_bytes()
        link = tmp_path / "link.npz"
        link.symlink_to(data)
        assert "--out: " in (said := fails(2, *command, "--out", link))
        assert "but so is --data; wanted another" in said and data.read_bytes() == before
        model = folder / "model.npz"
        said = fails(2, "train", "--repeat", model, "--out", model)
        assert "but so is --repeat; wanted another" in said

    def test_two_ctrl_c_lose_nothing(self, tmp_path):
        command = ["train", "--epochs", 500, "--hidden", 300, "--out", tmp_path / "net.npz"]
        for pause in (0.0, 0.002, 0.005, 0.02):
            process = start(*command)
            while "round #1 " not in process.stdout.readline():
                pass
            for _ in range(3):
                process.send_signal(signal.SIGINT)
                time.sleep(pause)
            _, err = process.communicate()
            assert "Error: interrupted; saved " in err and "a part of the next" in err
            assert len(fastnet.load(tmp_path / "net.npz").history) >= 2
            os.remove(tmp_path / "net.npz")

    def test_ctrl_c_in_the_first_round_keeps_what_was_learned(self, tmp_path, folder):
        out = tmp_path / "net.npz"
        command = ["train", "--epochs", 1, "--hidden", "1000,1000", "--out", out]
        process = start(*command)
        while "training        test" not in process.stdout.readline():
            pass
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        assert err == f"Error: interrupted; saved {out}: a part of the first round\n"
        untrained = fastnet.train(
            *fastnet.datasets.load("digits")[0], hidden=(1000, 1000), epochs=0
        )
        assert fastnet.load(out).digest() != untrained.digest()

    def test_a_refused_resume_tells_nothing_else(self, folder, tmp_path):
        command = ["train", *OPTIONS, "--data", folder / "data.npz", "--epochs", 1]
        command += ["--checkpoint", tmp_path / "run.npz"]
        ok(*command)
        for more in ([], ["--resume", "--l2", 0.25]):
            result = run(*command, *more)
            assert (result.exit_code, result.stdout) == (1, "")
        assert "--every: given, but not --checkpoint" in fails(2, "train", "--every", "1 epoch")

    def test_a_checkpoint_can_be_repeated_and_says_its_data(self, folder, tmp_path):
        path, data = tmp_path / "run.npz", folder / "data.npz"
        ok("train", *OPTIONS, "--data", data, "--epochs", 3, "--checkpoint", path)
        told = " ".join(ok("info", path).split())
        assert "data.npz: 60 samples" in told and "on_epoch" not in told
        assert "the bits are the same" in ok("train", "--repeat", path)

    def test_a_mean_says_so(self, folder, tmp_path):
        told = ok("train", *OPTIONS, "--data", folder / "data.npz", "--epochs", 8, "--average", 0.5)
        assert "weights: the mean of the last part of the run; the last ones: " in told
        assert "the mean of" not in ok(
            "train", *OPTIONS, "--data", folder / "data.npz", "--epochs", 2
        )


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
        assert "--keep: given, but not --seeds" in fails(2, "train", "--keep", "best")
        said = fails(2, "train", "--repeat", folder / "model.npz", "--seeds", 2)
        assert "--seeds: given, but --repeat takes" in said
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

    def test_a_disk_that_gets_full_says_what_is_kept(self, folder, tmp_path):
        """Of the nets of several seeds; the limit on the size of files stands for the disk."""
        command = ["train", "--data", folder / "data.npz", "--hidden", 64, "--epochs", 1]
        limits = resource.RLIMIT_FSIZE, (2000, 2000)
        process = start(
            *command, "--seeds", 2, "--out", tmp_path / "net.npz",
            preexec_fn=lambda: resource.setrlimit(*limits),
        )  # fmt: skip
        _, err = process.communicate()
        assert process.returncode == 1 and os.listdir(tmp_path) == []
        assert re.fullmatch(r"Error: .*net-[01].npz: File too large; .*\n", err), err

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
            **{"format": "csv", "label": "first", "classes": [1, 2], "new_labels": True},
            **{"pixels": True, "l2": 0.5, "average": 1, "every": "2 epochs", "resume": True},
            **{"checkpoint": str(tmp_path / "run.npz")},
        }
        text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
        came = self.options("--config", write(text))
        values |= {"hidden": (8, 4), "json_": values.pop("json")}
        for name, value in values.items():
            assert came.pop(name.replace("-", "_")) == value, name
        assert came.pop("data").endswith("data.npz")
        assert came == {"repeat": None, "source": None}

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
            ("[training]\nepochs = 3", r"\[training\] came; wanted lines"),
            ('config = "run.toml"', "no option 'config'"),
            ('epochs = "3"', "epochs: '3' came; wanted a whole number"),
            ("epochs = true", "epochs: True came; wanted a whole number"),
            ("epochs = 2.5", "epochs: 2.5 came; wanted a whole number"),
            ("epochs = -1", "epochs: -1 is not in the range"),
            ('warm_up = "long"', "warm_up: 'long' came; wanted a number"),
            ("shuffle = 0", "shuffle: 0 came; wanted true or false"),
            ("hidden = 8", "hidden: 8 came; wanted a list of sizes"),
            ("hidden = [8, 2.5]", r"hidden: \[8, 2.5\] came; wanted sizes"),
            ("hidden = [true]", r"hidden: \[True\] came; wanted sizes"),
            ("activation = 1", "activation: 1 came; wanted text"),
            ('activation = "rleu"', "activation: 'rleu' is not one of"),
            ('data-set = "digits"', "no option 'data-set'; did you mean 'data'"),
            ('out = "no/such/folder/m"', "out: .* there is no folder"),
            ("warm-up = 0.1\nwarm_up = 0.2", "warm_up: it comes twice, with - and with _"),
            ("epochs = ", r"run.toml: Invalid value \("),
            ("epochs = 1\nepochs = 2", r"run.toml: Cannot overwrite a value \("),
            ("epochs = " + "[" * 3000 + "]" * 3000, "run.toml: maximum recursion depth exceeded"),
            ("hidden = " + "[" * 90 + "1" + "]" * 90, r"hidden: \[\[.* came; wanted sizes"),
            (f"learning-rate = {10**400}", "learning-rate: int too large .*; wanted a number"),
            (f"max_seconds = -{10**400}", "max_seconds: int too large .*; wanted a number"),
            (f"seed = {'9' * 5000}", r"run.toml: Exceeds the limit"),
            (f"seed = -{10**400}", "seed: -1000.* is not in the range x>=0"),
            ("seed = 1e400", "seed: inf came; wanted a whole number"),
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
    assert "'--config': wanted Python 3.11 or later, which reads TOML" in said


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
        assert "may, too:\n  the data's y has other values\n" in result.stdout
        assert "\nthe bits differ, SHA-256\n" in result.stdout
        assert result.stderr == f"Error: {model}: its bits are others than those of this run\n"
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
        gone = f"{tmp_path / 'm'} learned '{tmp_path / 'd.npz'}', which is not there; wanted --data"
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
        "range": ({"start": (0, 1)}, r"start: \[0, 1\] came; wanted text"),
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
        assert "--epochs, --shuffle: given, but --repeat takes that from " in said

    @READS_TOML
    def test_a_config_beside_it(self, folder, tmp_path):
        (tmp_path / "c").write_text("epochs = 2")
        two = ["--config", tmp_path / "c", "--repeat", folder / "model.npz"]
        for options in (two, two[2:] + two[:2]):
            assert "--config and --repeat: both came" in fails(2, "train", *options)

    def test_what_is_no_model(self, folder):
        assert "data.npz" in fails(1, "train", "--repeat", folder / "data.npz")


USAGE = {
    "no such option": (["train", "--hidn", "3"], "--hidn"),
    "no such command": (["trian"], "trian"),
    "a bad size": (["train", "--hidden", "64,x"], r"--hidden.*'64,x'.*64,32"),
    "no size": (["train", "--hidden", "64,,32"], r"--hidden.*'64,,32'"),
    "a size of zero": (["train", "--hidden", "0"], r"--hidden.*'0'"),
    "no threads": (["train", "--threads", "0"], r"--threads.*'0' came; wanted a number"),
    "many threads": (["train", "--threads", "all"], r"--threads.*'all' came.*or auto"),
    "a negative size": (["train", "--hidden", "8,-1"], r"--hidden.*'8,-1'"),
    "an unknown activation": (["train", "--activation", "elu"], r"--activation.*'elu'.*relu"),
    "an unknown loss": (["train", "--loss", "hinge"], r"--loss.*'hinge'.*quadratic"),
    "a negative rate": (["train", "--learning-rate", "-1"], "--learning-rate.*-1"),
    "a rate that is no number": (["train", "--learning-rate", "x"], "--learning-rate.*'x'"),
    "negative epochs": (["train", "--epochs", "-1"], "--epochs.*-1"),
    "an unknown schedule": (["train", "--schedule", "cosine"], "--schedule.*'cosine'.*1/t"),
    "a long warm-up": (["train", "--warm-up", "1.5"], "--warm-up.*1.5"),
    "no patience": (["train", "--patience", "0"], "--patience.*0"),
    "nothing held out": (["train", "--validation-fraction", "0"], "--validation-fraction.*0"),
    "a target beyond all": (["train", "--target-accuracy", "95"], "--target-accuracy.*95"),
    "negative seconds": (["train", "--max-seconds", "-1"], "--max-seconds.*-1"),
    "a history like nothing": (["train", "--history", "h.txt"], r"--history.*\.csv or \.json"),
    "a broken seed": (["train", "--seed", "1.5"], "--seed.*1.5"),
    "an unknown dtype": (["train", "--dtype", "float16"], "--dtype.*'float16'.*float64"),
    "unknown data": (["train", "--data", "mnsit"], r"--data.*'mnsit'.*did you mean 'mnist'"),
    "data like nothing": (["evaluate", __file__, "--data", "zzz"], r"'zzz'.*wanted digits, mnist"),
    "no folder": (["train", "--out", "no/such/folder/m"], "--out.*no folder.*no/such/folder"),
    "a folder as a file": (["train", "--out", "."], "--out.*'.' is not a file"),
    "no model": (["info"], "MODEL"),
    "a model that is not there": (["evaluate", "no-such-model"], "MODEL.*no-such-model"),
    "no data": (["predict", __file__], "--data"),
    "an ending": (["predict", __file__, "--data", __file__, "--out", "x.xls"], r"\.csv or \.npy"),
    "a data set to fetch": (["fetch", "fashion"], "'fashion'.*did you mean 'fashion-mnist'"),
    "nothing to fetch": (["fetch"], "DATASET"),
    "too much": (["warmup", "now"], "now"),
    "classes": (["train", "-", "--classes", "a,b,a"], "--classes.*'a,b,a'.*each once"),
    "another source": (["train", "data.csv"], r"\[-\].*'data.csv'"),
}


@pytest.mark.parametrize(("args", "said"), USAGE.values(), ids=USAGE)
def test_wrong_usage_is_one_line_and_exit_code_2(args, said):
    assert re.search(said, fails(2, *args))


@NOT_ROOT
def test_a_folder_without_permission_is_noticed_before_the_work(tmp_path):
    tmp_path.chmod(0o500)
    assert "no permission" in fails(2, "train", "--out", tmp_path / "model")


@pytest.fixture(scope="module")
def rows():
    """A stream: 1,200 rows of CSV, and what they hold."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 1200)
    X = rng.normal(2 * np.eye(3)[y], 1.0).round(3)
    names = np.array(["iris", "rose", "tulip"])[y].tolist()
    lines = [",".join(map(str, row)) + f",{name}\n" for row, name in zip(X, names, strict=True)]
    return lines, X, names


@pytest.mark.compiled  # thousands of rows
class TestStream:
    NET = ("--hidden", 4, "--learning-rate", 0.3, "--seed", 2)

    def learned(self, rows, n=None, **options):
        """The judge: what fastnet.train_stream makes of the rows."""
        _, X, names = rows
        options = {"hidden": (4,), "learning_rate": 0.3, "seed": 2} | options
        return fastnet.train_stream(zip(X[:n], names[:n], strict=True), **options)

    def test_text(self, rows, tmp_path):
        text = ok("train", "-", *self.NET, "--out", tmp_path / "net", stdin="".join(rows[0]))
        net = self.learned(rows)
        assert fastnet.load(tmp_path / "net").digest() == net.digest()
        lines = text.splitlines()
        assert lines[1:3] == [
            "standard input: CSV, 3 inputs, 3 classes",
            "net 3-4-3: sigmoid, quadratic loss, float32, 31 parameters, seed 2",
        ]
        table = [line.split() for line in lines if re.match(r"[\d,]+ rows ", line)]
        ends = [*range(100, 1001, 100), 1200]
        assert [row[0] for row in table] == [f"{n:,}" for n in ends]
        right = n = 0
        for row, record in zip(table, net.history, strict=True):
            n += record["samples"]
            right += record["accuracy"] * record["samples"]
            assert row[2:4] == [f"{100 * right / n:.2f}%", f"{100 * record['accuracy']:.2f}%"]
            assert row[4] == f"{record['loss']:.4g}"
        assert f"recognized rows: {table[-1][2]} (1,200 rows, each before it was learned)" in text
        assert lines[-1] == f"saved {tmp_path / 'net'}"
        assert max(map(len, lines[:-1])) <= 80

    def test_json(self, rows, tmp_path):
        text = ok("train", "-", "--json", "--history", tmp_path / "h.csv", stdin="".join(rows[0]))
        told = events(text)
        kinds = ["warmup", "stream", *["record"] * 11, "stream_end"]
        assert [event["event"] for event in told] == kinds
        assert told[1]["classes"] == ["iris", "rose", "tulip"] and told[1]["format"] == "csv"
        records = told[2:-1]
        assert [event["rows"] for event in records] == [*range(100, 1001, 100), 1200]
        means = [event["accuracy"] * event["samples"] for event in records]
        assert told[-1]["mean_accuracy"] == pytest.approx(sum(means) / 1200)
        assert told[-1]["rows"] == 1200 and told[-1]["model"] is None
        assert len((tmp_path / "h.csv").read_text().splitlines()) == 12

    def test_whatever_is_wrong_with_a_line_nothing_is_lost(self, tmp_path):
        rows = "".join(f"{i % 7},{i % 3},{'ab'[i % 2]}\n" for i in range(1200))
        for bad in ('1,2,"' + "x" * 140_000 + '"\n', '"1,2",3,a\n', "1,2\r3,a\n"):
            out = tmp_path / "net.npz"
            said = fails(1, "train", "-", "--out", out, stdin=rows + bad)
            assert "line 1201: " in said and said.endswith(f"; saved {out}: 1,200 rows\n")
            assert sum(r["samples"] for r in fastnet.load(out).history) == 1200
            out.unlink()

    def test_json_lines_and_options_make_the_same_net(self, rows, tmp_path):
        _, X, names = rows
        pairs = list(zip(X.tolist(), names, strict=True))
        objects = "".join(json.dumps({"x": x, "y": y}) + "\n" for x, y in pairs)
        first = "kind,a,b,c\n" + "".join(f"{y},{','.join(map(str, x))}\n" for x, y in pairs)
        for stdin, options in [
            (objects, []),
            (first, ["--label", "kind"]),
            (first, ["--label", "first", "--format", "csv"]),
            (first, ["--label", "first", "--classes", "iris,rose,tulip"]),
        ]:
            ok("train", "-", *self.NET, *options, "--out", tmp_path / "net", stdin=stdin)
            assert fastnet.load(tmp_path / "net").digest() == self.learned(rows).digest()

    def test_pixels_are_scaled_as_images_are(self, tmp_path):
        X, y = np.random.default_rng(0).integers(0, 256, (50, 6), np.uint8), np.arange(50) % 2
        text = "".join(",".join(map(str, [*x, k])) + "\n" for x, k in zip(X, y, strict=True))
        ok("train", "-", "--pixels", "--out", tmp_path / "net", stdin=text)
        net = fastnet.train_stream([(X, y)])
        assert fastnet.load(tmp_path / "net").digest() == net.digest()

    def test_numbers(self):
        text = ok("train", "-", stdin="".join(f"{k / 50},{k / 100}\n" for k in range(150)))
        assert "1 input, 1 output" in text and "identity" in text and "mean loss: " in text
        assert "%" not in text

    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # targets
    def test_the_task_is_said(self, rows):
        for stdin, options, task in (
            ("".join(rows[0]), [], "classification, by iris rose tulip"),
            ("".join(f"{k},{k % 2}\n" for k in range(300)), [], "classification, by 0 1"),
            ("".join(f"{k},{k % 2}{'.0' if k == 7 else ''}\n" for k in range(300)), [],
             "classification, by 0 1"),
            ("".join(f"{k},{k % 2}\n" for k in range(300)), ["--classes", "none"], "regression"),
            ("".join(f"{k / 300},{k % 7}.5\n" for k in range(300)), [], "regression"),
            ("".join(f"[{k / 300}, {k % 7}]\n" for k in range(300)), ["--classes", "none"],
             "regression"),
            ("".join(f'{{"x": [{k / 300}], "y": [{k % 2}]}}\n' for k in range(300)),
             ["--classes", "none"], "regression"),
            ("".join(f'{{"x": [{k / 300}], "y": [0, 1]}}\n' for k in range(300)),
             ["--loss", "cross-entropy"], "several labels at once"),
        ):  # fmt: skip
            assert f"\ntask: {task}\n" in ok("train", "-", *options, stdin=stdin)
        [_, told, *_] = events(ok("train", "-", "--json", stdin="".join(rows[0])))
        assert told["regression"] is False and told["classes"] == ["iris", "rose", "tulip"]

    ODD: ClassVar = {
        "NA": (["10.5", "9.25"], "NA", "label 'NA' is a missing value"),
        "?": (["0", "1"], "?", "label '?' is a missing value"),
        "a number": (["0", "1"], "0.5", "label '0.5', but 299 of the first 300 are whole numbers"),
        "a word": (["1.5", "2"], "two", "label 'two', but 299 of the first 300 are numbers, taken"),
    }

    @pytest.mark.parametrize("kind", ODD)
    def test_one_odd_label_does_not_change_the_task(self, tmp_path, kind):
        labels, odd, said = self.ODD[kind]
        lines = [f"{k / 300},{labels[k % 2]}\n" for k in range(299)]
        lines.insert(100, f"0.5,{odd}\n")
        out = tmp_path / "m"
        message = fails(1, "train", "-", "--out", out, stdin="".join(lines))
        assert message.startswith(f"Error: line 101: {said}")
        assert message.endswith(f"; saved {out}: 100 rows\n")
        net = fastnet.load(out)
        assert net.classes is None if "." in labels[0] else net.classes.tolist() == [0, 1]
        words = ["--classes", ",".join(dict.fromkeys([*labels, odd]))]
        ok("train", "-", *words, "--out", out, stdin="".join(lines))
        assert fastnet.load(out).classes.tolist() == [*labels, odd]

    @pytest.mark.parametrize("label", [f"[1{'0' * 400}]", f"1{'0' * 400}", "[NaN]", "NaN", "{}"])
    @pytest.mark.parametrize("line", [1, 3])
    def test_json_labels_that_nothing_can_learn(self, label, line):
        rows = ['{"x": [1, 2], "y": [0.5]}\n', '{"x": [0, 1], "y": [0.25]}\n'] * 9
        rows[line - 1] = f'{{"x": [1, 2], "y": {label}}}\n'
        said = fails(1, "train", "-", stdin="".join(rows))
        assert said.startswith(f"Error: line {line}: ")

    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # targets
    @pytest.mark.parametrize("label", ["kind", "k i n d"])
    def test_a_row_without_its_label(self, tmp_path, label):
        rows = "".join(f"{k},{k % 3},{'ab'[k % 2]},1\n" for k in range(500))
        stdin = f"a,b,{label},c\n{rows}1\n1,2,a,3\n"
        out = tmp_path / "m"
        said = fails(1, "train", "-", "--label", label, "--out", out, stdin=stdin)
        assert said == f"Error: line 502: 0 features, wanted 3; saved {out}: 500 rows\n"

    def test_a_row_that_does_not_fit(self, rows, tmp_path):
        out = tmp_path / "net"
        stdin = "".join([*rows[0][:130], "\n", "1,2,rose\n", *rows[0][130:]])
        args = ["train", "-", *self.NET, "--out", out, "--history", tmp_path / "h.json"]
        said = fails(1, *args, stdin=stdin)
        kept = f"saved {out}: 130 rows"
        assert said == f"Error: line 132: 2 features, wanted 3; {kept}\n"
        assert fastnet.load(out).digest() == self.learned(rows, 130).digest()
        assert len(json.loads((tmp_path / "h.json").read_text())) == 2
        out.unlink()
        args += ["--classes", "iris,rose,tulip"]
        said = fails(1, *args, stdin=stdin.replace("1,2,rose", "1,2,3,lotus"))
        assert said.startswith("Error: line 132: y: label 'lotus' is none of the net's classes")
        assert fastnet.load(out).digest() == self.learned(rows, 130).digest()
        said = fails(1, "train", "-", stdin=stdin)
        assert said.endswith("wanted 3; nothing is saved\n")

    def test_new_labels(self, rows, tmp_path):
        options = ["--classes", "tulip,iris", "--new-labels", "--out", tmp_path / "net"]
        text = ok("train", "-", *self.NET, *options, stdin="".join(rows[0]))
        net = self.learned(rows, classes=["tulip", "iris"], new_labels=True)
        assert fastnet.load(tmp_path / "net").digest() == net.digest()
        assert net.classes.tolist() == ["tulip", "iris", "rose"]
        assert "3 classes" in text  # it comes before the first record
        later = rows[0][0].rpartition(",")[0] + ",lotus\n"
        text = ok("train", "-", *self.NET, *options, stdin="".join([*rows[0], later]))
        assert "\n  a new label, lotus: 4 classes\n1,201 rows " in text

    def test_nothing(self):
        assert fails(1, "train", "-", stdin="") == (
            "Error: examples: none came, wanted one at least; nothing is saved\n"
        )

    def test_options_that_are_for_something_else(self, rows):
        for args in [
            ("--epochs", 20), ("--data", "digits"), ("--schedule", "linear"), ("--patience", 1),
            ("--shuffle",), ("--threads", 1), ("--max-seconds", 1), ("--target-accuracy", 1),
            ("--warm-up", 0.1), ("--validation-fraction", 0.1),
        ]:  # fmt: skip
            said = fails(2, "train", "-", *args, stdin="".join(rows[0]))
            assert f"Error: {args[0]}: not for a stream" in said
        for args in [
            ("--format", "csv"), ("--label", "last"), ("--new-labels",), ("--pixels",),
        ]:  # fmt: skip
            assert f"{args[0]}: for a stream (fastnet train -) only" in fails(2, "train", *args)

    def test_defaults_are_those_of_the_library(self):
        context = main.commands["train"].make_context("train", ["-"])
        library = inspect.signature(fastnet.train_stream).parameters
        for name in ("activation", "classes", "dtype", "hidden", "learning_rate", "loss",
                     "new_labels", "seed", "start"):  # fmt: skip
            assert context.params[name] == DEFAULTS.get(name, library[name].default), name


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
            assert said in message and "; wanted --data (see main evaluate --help)" in message
        for model in ("gone", "python", "stream"):
            assert "30 test" in ok("evaluate", tmp_path / model, "--data", folder / "data.npz")

    def test_nets_of_different_data(self, folder, tmp_path):
        train("no_test.npz", folder, "--epochs", 1, "--out", tmp_path / "other")
        models = folder / "model.npz", tmp_path / "other"
        data = [folder / name for name in ("no_test.npz", "data.npz")]
        said = f"{models[1]} learned '{data[0]}', {models[0]} '{data[1]}'; wanted --data"
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
        assert (event["samples"], event["part"]) == (60, "training"), "it held out none of these"

    def test_figures(self, folder, flowers):
        net = fastnet.load(folder / "model.npz")
        text = ok("evaluate", folder / "model.npz", "--data", folder / "data.npz")
        X, y = flowers[1]
        assert text.startswith(f"correctly recognized: {100 * net.score(X, y):.2f}% of 30 test")
        rows = [line.split() for line in text.splitlines()[3:]]
        predicted = net.predict(X)
        for row, label in zip(rows, range(3), strict=True):
            share = (predicted[y == label] == label).mean()
            assert row[:3] == [str(label), str((y == label).sum()), f"{100 * share:.2f}%"]

    def test_json(self, folder, flowers):
        X, y = flowers[1]
        told = ok("evaluate", folder / "model.npz", "--data", folder / "data.npz", "--json")
        [event] = events(told)
        assert (event["samples"], event["part"]) == (30, "test")
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

    def test_without_a_test_part_the_training_part_is_taken(self, folder):
        text = ok("evaluate", folder / "model.npz", "--data", folder / "no_test.npz")
        assert "60 training samples" in text

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
    "empty.csv": (b"", "no numbers"),
    "words.csv": (b"1,2,3,4\n1,2,x,4\n", "'x'"),
    "ragged.csv": (b"1,2,3,4\n1,2,3\n", "columns"),
    "binary.csv": (b"\xff\xfe\x00\x81", "not readable as numbers"),
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
            assert f"missing.csv: not readable as numbers: line {row + 1}, column 1: " in said

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
        assert re.search(r"class_weight +1: 2, 2: 0.5\n.* start +0, 1\n", text, re.S)
        assert re.search(r"hidden +none\n.* on_epoch +builtins.print\n", text, re.S)
        assert "learned      60 samples" in text

    def test_a_model_without_a_run(self):
        assert "learned" not in ok("info", OLD) and "2 rounds" in ok("info", OLD)
        assert events(ok("info", OLD, "--json"))[0]["run"] is None

    def test_a_file_that_is_no_model(self):
        assert Path(__file__).name in fails(1, "info", __file__)


class TestFetch:
    @pytest.fixture
    def mirror(self, tmp_path, monkeypatch):
        """A real web server that has a small data set in the place of MNIST."""
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        mirror, files = Mirror(), small_set()
        monkeypatch.setitem(download.SOURCES, "mnist", source_of(files, mirror.url))
        mirror.offer(files)
        yield mirror
        mirror.close()

    def test_it_says_where_the_files_are(self, mirror, tmp_path):
        folder = tmp_path / "fastnet" / "mnist"
        assert ok("fetch", "mnist") == f"mnist is in {folder}\n"
        assert len(list(folder.iterdir())) == 4

    def test_it_fails_in_one_line(self, mirror, tmp_path):
        mirror.files.clear()
        said = fails(1, "fetch", "mnist")
        assert mirror.url in said and "404" in said
        assert list(tmp_path.rglob("*ubyte*")) == []

    def test_the_digits_need_none(self):
        assert "come with fastnet" in ok("fetch", "digits")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_warmup(dtype):
    assert re.fullmatch(r"(loaded|compiled) the .*kernels in .*\n", ok("warmup", "--dtype", dtype))


class TestWarnings:
    """A LearningWarning is one line on stderr, once; what is said on stdout stays what it is."""

    BYTES = "X: values up to 255, wanted about 1: they saturate sigmoid units; divide by 255, or "

    @pytest.fixture
    def unscaled(self, tmp_path):
        """Pixels as floats."""
        rng = np.random.default_rng(0)
        X = rng.integers(0, 256, (60, 20)).astype(float)
        path = tmp_path / "unscaled.npz"
        np.savez(path, X=X, y=X[:, 0] > 127)
        return path

    def said(self, *args, stdin=None):
        """What a command that works prints on stdout, and its warnings without their beginning."""
        process = start(*args, stdin=subprocess.PIPE)
        out, err = process.communicate(stdin, timeout=60)
        assert process.returncode == 0, err
        beginning = "fastnet: warning: "
        assert all(line.startswith(beginning) for line in err.splitlines()), err
        return out, [line.removeprefix(beginning) for line in err.splitlines()]

    @pytest.mark.parametrize("options", [[], ["--seeds", 2]])
    def test_unscaled_inputs(self, unscaled, options):
        out, (line,) = self.said("train", "--data", unscaled, "--epochs", 2, *options)
        assert line.startswith(self.BYTES) and "warning" not in out
        out, (again,) = self.said("train", "--data", unscaled, "--epochs", 2, "--json", *options)
        assert again == line and events(out)

    def test_a_stream(self):
        rng = np.random.default_rng(0)
        pixels = rng.integers(0, 256, (300, 20))
        prices = "".join(f"{k % 7},{k % 5},{200_000 + 7 * k}\n" for k in range(300))
        rows = "".join(",".join(map(str, [*x, int(x[0] > 127)])) + "\n" for x in pixels)
        out, (line,) = self.said("train", "-", "--json", stdin=rows)
        assert line.startswith(self.BYTES) and events(out)
        assert self.said("train", "-", "--pixels", stdin=rows)[1] == []
        out, (line,) = self.said("train", "-", stdin=prices)
        assert line.startswith("y: 300 classes among 300 samples; for a regression give floats")

    def test_patience(self):
        options = ["--validation-fraction", 0.2, "--patience", 1, "--learning-rate", 3]
        _, (line,) = self.said("train", *options)
        assert line.startswith("patience: ended the run after ")
        assert self.said("train", *options, "--schedule", "constant")[1] == []

    def test_nothing_is_said_of_the_digits(self):
        assert self.said("train", "--epochs", 2)[1] == []

    def test_as_errors(self, unscaled):
        """By the filter of these tests."""
        assert self.BYTES in fails(1, "train", "--data", unscaled)

    def test_a_bar_makes_way(self, unscaled):
        """A rate that ends learning after a while: what is said then has a line of its own."""
        reader, writer = pty.openpty()
        fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 400, 0, 0))
        options = ["--seeds", 1, "--learning-rate", 20, "--epochs", 60, "--hidden", "200,200"]
        process = start("train", *options, stdout=writer, stderr=writer)
        os.close(writer)
        written = rest_of(reader)
        assert process.wait(timeout=60) == 0
        lines = re.split(f"\r?\n|{re.escape(ERASE)}", written)
        (line,) = [line for line in lines if "fastnet: warning:" in line]
        assert line.startswith("fastnet: warning: seed 0: ")
        assert any("nets are ready [" in line for line in lines)


class TestProcesses:
    """What only a real process shows."""

    LONG = ("--epochs", 1_000_000, "--hidden", 3)

    def test_exit_codes(self, folder):
        for code, args in [(0, ["-h"]), (1, ["info", __file__]), (2, ["info"])]:
            process = start(*args)
            _, err = process.communicate(timeout=60)
            assert process.returncode == code
            assert len(err.splitlines()) == (code > 0)

    def test_pipes_get_plain_lines(self, folder):
        process = start("train", "--data", folder / "data.npz", "--epochs", 3)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0
        assert out.count("round #") == 3 and "\r" not in out and "\033" not in out + err

    def test_a_closed_pipe_is_no_error(self, folder):
        out = folder / "closed.npz"
        process = start("train", "--data", folder / "data.npz", *self.LONG, "--out", out)
        while not process.stdout.readline().startswith("round #1 "):
            pass
        process.stdout.close()
        assert process.stderr.read() == ""
        process.stderr.close()
        assert process.wait(timeout=60) == 1
        assert len(fastnet.load(out).history) > 1

    @pytest.mark.parametrize("saved", [True, False])
    def test_ctrl_c_keeps_what_was_learned(self, folder, saved):
        out = folder / "interrupted.npz"
        options = [*self.LONG, "--json", *(["--out", out] if saved else [])]
        process = start("train", "--data", folder / "data.npz", *options)
        while '"epoch": 2,' not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=60)
        assert process.returncode == 130
        events(rest)
        assert len(err.splitlines()) == 1 and err.startswith("Error: interrupted; ")
        if saved:
            rounds = len(fastnet.load(out).history)
            assert rounds >= 3
            assert f"saved {out}: {rounds} rounds and a part of the next" in err
        else:
            assert err == "Error: interrupted; nothing is saved\n"

    def test_ctrl_c_keeps_the_nets_that_are_ready(self, folder, tmp_path):
        """Seed 4 soon recognizes the one sample that it holds out, seed 5 never does."""
        options = [*self.LONG, "--seed", 4, "--seeds", 3, "--threads", 1, "--json"]
        options += ["--validation-fraction", 0.02, "--target-accuracy", 1]
        options += ["--out", tmp_path / "m.npz"]
        process = start("train", "--data", folder / "data.npz", *options)
        while '"event": "net"' not in process.stdout.readline():
            pass
        time.sleep(0.5)  # in which the next net learns some epochs
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=60)
        assert (process.returncode, rest) == (130, "")
        two = f"{tmp_path}/m-4.npz ... {tmp_path}/m-5.npz"
        assert err == f"Error: interrupted; saved {two}, 1 of them broken off\n"
        assert sorted(os.listdir(tmp_path)) == ["m-4.npz", "m-5.npz"]
        nets = [fastnet.load(tmp_path / f"m-{seed}.npz") for seed in (4, 5)]
        assert [(net.stopped, net.seed) for net in nets] == [("target", 4), (None, 5)]
        assert nets[1].history and nets[1].run["source"] == str(folder / "data.npz")

    def test_a_bar_on_a_terminal_that_leaves_nothing_behind(self, folder):
        reader, writer = pty.openpty()
        fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        args = ["train", "--data", folder / "no_test.npz", *self.LONG]
        process = start(*args, stdout=writer, stderr=writer)
        os.close(writer)
        written = ""
        while written.count("left") < 5:
            written += os.read(reader, 100_000).decode()
        process.send_signal(signal.SIGINT)
        written += rest_of(reader)
        assert process.wait(timeout=60) == 130
        lines = written.replace("\r\n", "\n").split("\n")
        bars = [bar for line in lines for bar in line.split(ERASE) if "left" in bar]
        assert len(bars) >= 5
        for bar in bars:
            assert re.fullmatch(r"round #\d+ of learning\.\.\. \[#*\.*\] +\d+% +[\d:]+ left", bar)
            assert len(bar) <= 78
        stays = [line.split(ERASE)[-1] for line in lines]
        assert max(map(len, stays[1:])) <= 80  # the first is the path of the data
        assert not any("left" in line for line in stays)
        assert stays[-2:] == ["Error: interrupted; nothing is saved", ""]

    def test_a_stream_is_learned_as_it_comes(self, rows, folder):
        """Ctrl-C, while nothing more comes, loses nothing."""
        out = folder / "stream.npz"
        options = ["--classes", "iris,rose,tulip", "--json", "--out", out]
        process = start("train", "-", *TestStream.NET, *options, stdin=subprocess.PIPE)
        process.stdin.write("".join(rows[0][:200]) + "1,2,")
        process.stdin.flush()
        while '"rows": 200' not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert err == f"Error: interrupted; saved {out}: 200 rows\n"
        assert "a stream, 2 records" in ok("info", out)  # though it was broken off
        judge = TestStream().learned(rows, 200, classes=["iris", "rose", "tulip"])
        assert fastnet.load(out).digest() == judge.digest()

    def test_a_stream_whose_reader_goes(self, rows, folder):
        out = folder / "gone.npz"
        process = start("train", "-", *TestStream.NET, "--out", out, stdin=subprocess.PIPE)
        process.stdin.write("".join(rows[0]))
        process.stdin.flush()
        while not process.stdout.readline().startswith("1,000 rows"):
            pass
        process.stdout.close()
        process.stdin.write("".join(rows[0] * 3))
        process.stdin.close()
        assert process.wait(timeout=60) == 1
        assert process.stderr.read() == ""
        process.stderr.close()
        assert sum(record["samples"] for record in fastnet.load(out).history) >= 1000

    def test_a_stream_on_a_terminal_has_a_line_that_stays_for_no_time(self, rows, folder):
        reader, writer = pty.openpty()
        fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        process = start("train", "-", stdin=subprocess.PIPE, stdout=writer, stderr=writer)
        os.close(writer)
        enough = threading.Event()

        def feed():
            while not enough.wait(0.02):
                process.stdin.write("".join(rows[0]))
            process.stdin.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        written = ""
        while written.count("rows/s") < 5:  # one is the table's
            written += os.read(reader, 100_000).decode()
        enough.set()
        written += rest_of(reader)
        feeder.join()
        assert process.wait(timeout=60) == 0
        lines = written.replace("\r\n", "\n").split("\n")
        passing = [part for line in lines for part in line.split(ERASE) if " rows, " in part]
        shown = r"[\d,]+ rows, [\d.]+% right, lately [\d.]+%, [\d,]+ rows/s"
        assert [part for part in passing if not re.fullmatch(shown, part)] == passing[-1:]
        assert passing[-1].endswith("each before it was learned)")
        assert max(map(len, passing)) <= 78
        assert max(len(line.split(ERASE)[-1]) for line in lines) <= 80

    # What ends a process: whatever it is, what was learned is kept --------------------------

    def command(self, kind, folder, rows):
        """A command that learns; what it reads; the files it is to write."""
        names = ["net.npz"]
        if kind == "stream":
            return ["train", "-", *TestStream.NET], "".join(rows[0]), names
        command = ["train", "--data", folder / "data.npz", "--epochs", 3]
        if kind == "seeds":
            return [*command, "--seeds", 2], None, ["net-0.npz", "net-1.npz"]
        return command, None, names

    @pytest.mark.parametrize(
        ("kind", "full"),
        [("stream", ["stdout"]), ("rounds", ["stdout"]), ("seeds", ["stdout"]),
         ("stream", ["stdout", "stderr"])],
    )  # fmt: skip
    def test_an_output_that_is_full(self, rows, folder, tmp_path, kind, full):
        command, stdin, names = self.command(kind, folder, rows)
        history = [] if kind == "seeds" else ["--history", tmp_path / "h.csv"]
        with open("/dev/full", "w") as device:
            process = start(
                *command, "--out", tmp_path / "net.npz", *history,
                stdin=subprocess.PIPE, **dict.fromkeys(full, device),
            )  # fmt: skip
            _, err = process.communicate(stdin, timeout=60)
        assert process.returncode == 1
        saved = f"saved {tmp_path / names[0]}"
        if "stderr" not in full:
            assert err.startswith(f"Error: standard output: No space left on device; {saved}")
        assert sorted(os.listdir(tmp_path)) == sorted([*names, *(["h.csv"] if history else [])])
        net = fastnet.load(tmp_path / names[0])
        assert net.stopped == ("end" if kind == "stream" else "epochs"), "it has learned all"

    @pytest.mark.parametrize(
        ("kind", "closed"),
        [("stream", [1]), ("stream", [2]), ("rounds", [1, 2]), ("seeds", [1, 2])],
    )
    def test_an_output_that_is_closed(self, rows, folder, tmp_path, kind, closed):
        command, stdin, names = self.command(kind, folder, rows)
        process = start(
            *command, "--out", tmp_path / "net.npz", stdin=subprocess.PIPE,
            preexec_fn=lambda: [os.close(number) for number in closed],
        )  # fmt: skip
        assert process.communicate(stdin, timeout=60)[1] == ""
        assert process.returncode == 0
        assert fastnet.load(tmp_path / names[0]).stopped in ("end", "epochs")

    @pytest.mark.parametrize("kind", ["stream", "rounds", "seeds"])
    def test_an_output_that_nobody_reads_from_the_start(self, rows, folder, tmp_path, kind):
        """Something is learned, and kept, before the run ends without a word."""
        command, stdin, _ = self.command(kind, folder, rows)
        reader, writer = os.pipe()
        os.close(reader)
        process = start(
            *command, "--out", tmp_path / "net.npz", stdin=subprocess.PIPE, stdout=writer
        )
        os.close(writer)
        assert process.communicate(stdin, timeout=60)[1] == ""
        assert process.returncode == 1
        assert any(len(fastnet.load(path).history) for path in tmp_path.iterdir())

    @pytest.mark.parametrize("command", [
        ["info", "model.npz"], ["evaluate", "model.npz"],
        ["predict", "model.npz", "--data", "data.npz"],
    ])  # fmt: skip
    def test_other_commands_say_that_the_output_is_full(self, folder, command):
        command = [folder / word if ".npz" in word else word for word in command]
        with open("/dev/full", "w") as device:
            process = start(*command, stdout=device)
            _, err = process.communicate(timeout=60)
        said = "Error: standard output: No space left on device\n"
        assert (process.returncode, err) == (1, said)

    def test_a_full_disk_keeps_what_fits(self, rows, tmp_path):
        """The history is smaller than the net; the limit on the size of files is the disk's."""
        out, history = tmp_path / "net.npz", tmp_path / "h.csv"
        limits = resource.RLIMIT_FSIZE, (2000, 2000)
        for bad, what in (("", ""), ("1,2\n", "line 1201: 1 feature, wanted 3; ")):
            process = start(
                "train", "-", "--hidden", 64, "--out", out, "--history", history,
                stdin=subprocess.PIPE, preexec_fn=lambda: resource.setrlimit(*limits),
            )  # fmt: skip
            _, err = process.communicate("".join([*rows[0], bad]), timeout=60)
            assert process.returncode == 1 and os.listdir(tmp_path) == ["h.csv"]
            assert err == f"Error: {what}{out}: File too large; nothing is saved\n"
            history.unlink()

    @pytest.mark.parametrize(
        ("kind", "name", "ignored"),
        [("stream", "SIGTERM", False), ("stream", "SIGHUP", True), ("rounds", "SIGTERM", True),
         ("seeds", "SIGTERM", False)],
    )  # fmt: skip
    def test_other_signals_keep_what_was_learned(
        self, rows, folder, tmp_path, kind, name, ignored
    ):
        """Those that end a process; also where Ctrl-C is ignored, as in a script's `command &`."""
        number, out = signal.Signals[name], tmp_path / "net.npz"
        command = ["train", "--data", folder / "data.npz", *self.LONG]
        wait, names = "round #2", ["net.npz"]
        if kind == "stream":
            command, wait = ["train", "-", *TestStream.NET], "1,000 rows"
        if kind == "seeds":  # one has learned all, at its first look at the clock
            command += ["--seeds", 2, "--threads", 1, "--max-seconds", 0.3]
            wait, names = "seed 0", ["net-0.npz", "net-1.npz"]
        ignore = signal.SIG_IGN if ignored else signal.default_int_handler
        process = start(
            *command, "--out", out, stdin=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, ignore),
        )  # fmt: skip
        if kind == "stream":
            process.stdin.write("".join(rows[0]))
            process.stdin.flush()
        while wait not in process.stdout.readline():
            pass
        if ignored:
            process.send_signal(signal.SIGINT)  # which changes nothing
        time.sleep(0.1)
        process.send_signal(number)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 128 + number
        assert err.startswith(f"Error: ended by {name}; saved {tmp_path}") and err.count("\n") == 1
        assert sorted(os.listdir(tmp_path)) == names
        nets = [fastnet.load(tmp_path / name) for name in names]
        assert nets[-1].stopped is None and nets[-1].history

    def test_ctrl_c_before_there_is_anything_to_keep(self, folder, tmp_path):
        """While a stream waits for a row, while a file is opened, while a mirror answers."""
        process = start("train", "-", "--out", tmp_path / "net.npz", stdin=subprocess.PIPE)
        assert "the compiled kernels" in process.stdout.readline()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (130, "Error: interrupted; nothing is saved\n")
        os.mkfifo(tmp_path / "X.csv")
        process = start("predict", folder / "model.npz", "--data", tmp_path / "X.csv")
        with open(tmp_path / "X.csv", "w"):  # once it is read
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (130, "Error: interrupted\n")
        with socket.create_server(("127.0.0.1", 0)) as server:
            proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
            env = {"https_proxy": proxy, "http_proxy": proxy, "no_proxy": ""}
            process = start("fetch", "mnist", env={**env, "XDG_CACHE_HOME": str(tmp_path)})
            connection, _ = server.accept()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
            connection.close()
        assert (process.returncode, err) == (130, "Error: interrupted\n")

    @pytest.mark.parametrize("pause", [0.1, 0.3, 0.6])
    def test_ctrl_c_at_any_time_has_one_exit_code(self, folder, pause):
        process = start("evaluate", folder / "model.npz", "--json")
        time.sleep(pause)  # in imports, mostly
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode in (0, 130, -signal.SIGINT)  # the last: before fastnet is there
        if process.returncode == 130:
            assert err in ("", "Error: interrupted\n")


def test_a_signal_that_something_swallows_is_not_the_last():
    seen = []
    with ended_by_signals():
        for name in ("SIGINT", "SIGTERM", "SIGINT"):
            try:
                signal.raise_signal(signal.Signals[name])
            except Ended as error:
                seen.append((name, error.args[0]))
                signal.raise_signal(signal.SIGINT)  # not while the first is handled
                with contextlib.suppress(ValueError):
                    raise ValueError from None
                signal.raise_signal(signal.SIGTERM)
    assert [name for name, _ in seen] == ["SIGINT", "SIGTERM", "SIGINT"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_signals_that_somebody_else_handles_are_left_alone():
    usual = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        with ended_by_signals():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, usual)
