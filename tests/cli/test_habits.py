"""What all commands share: completion by shells, --quiet, and what an unknown name may mean."""

import os
import pty
import shutil
import subprocess
import sys
import time
import warnings

import click
import numpy as np
import pytest

import fastnet
from fastnet import diagnostics
from fastnet.cli import main
from fastnet.cli.text import row_lines, width
from tests.cli.helpers import OPTIONS, events, fails, longest, ok, start, train, warned
from tests.helpers import ROOT

COMMANDS = sorted(main.commands)


class TestUnknown:
    @pytest.mark.parametrize(
        ("args", "said"),
        [
            (["train", "--lr", "1"], "there is no option --lr; did you mean --learning-rate?"),
            (["train", "--epoch=1"], "there is no option --epoch; did you mean --epochs?"),
            (["train", "--batch-size", 8], "there is no option --batch-size; fastnet learns one"),
            (["train", "--no-shufle"], "--no-shufle; did you mean --no-shuffle?"),
            (["evaluate", "--jsn"], "there is no option --jsn; did you mean --json?"),
            (["predict", "--proba"], "--proba; did you mean --probabilities?"),
            (["--verison"], "there is no option --verison; did you mean --version?"),
            (["trian"], "there is no command 'trian'; did you mean 'train'? (see fastnet --help)"),
            (["fit"], "there is no command 'fit'; did you mean 'train'?"),
            (["qqq"], "there is no command 'qqq' (see"),
            (["train", "--schedule", "liner"], "'plateau'; did you mean 'linear'?"),
            (["plot", "weigths", "a"], "did you mean 'weights'?"),
            (["export", "onx", "a"], "did you mean 'onnx'?"),
            (["train", "--schedule", "qqq"], "'exponential', '1/t', 'plateau' (see"),
        ],
    )
    def test_the_nearest_is_named(self, args, said):
        assert said in fails(2, *args).replace("main --help", "fastnet --help")

    def test_in_a_file_of_options_too(self, tmp_path):
        pytest.importorskip("tomllib")
        (tmp_path / "run.toml").write_text("lr = 0.1\n")
        said = fails(2, "train", "--config", tmp_path / "run.toml")
        assert "there is no option 'lr'; did you mean 'learning_rate'?" in said


class TestQuiet:
    def test_a_run_leaves_its_result(self, folder):
        said = train("data.npz", folder, *OPTIONS, "--epochs", 2, "--quiet")
        assert said.startswith("correctly recognized samples after 2 rounds: ")
        assert len(said.splitlines()) == 3
        (event,) = events(train("data.npz", folder, *OPTIONS, "--epochs", 2, "-q", "--json"))
        assert event["event"] == "end"

    def test_so_do_several_and_a_stream_and_a_repeated_run(self, folder, rows):
        said = train("data.npz", folder, *OPTIONS, "--epochs", 1, "--seeds", 2, "-q")
        assert said.startswith("correctly recognized samples, 2 nets")
        said = ok("-q", "train", "-", "--hidden", 4, stdin="".join(rows[0]))
        assert said.startswith("correctly recognized rows: ")
        said = ok("train", "--repeat", folder / "model.npz", "--quiet")
        assert "the bits are the same" in said and "round #" not in said

    def test_warnings_are_not_printed_but_may_still_be_errors(self, tmp_path):
        X = np.random.default_rng(0).random((300, 4)) * 1e4
        np.savez(tmp_path / "far.npz", X=X, y=np.arange(300) % 2)
        args = ["train", tmp_path / "far.npz", "--epochs", 1, "--hidden", 4]
        warned("values up to", *args)
        with warnings.catch_warnings():
            warnings.simplefilter("always", fastnet.LearningWarning)
            assert ok(*args, "-q")
        refusing = {"PYTHONWARNINGS": "error::UserWarning"}
        with start(*args, "-q", env=refusing) as process:
            assert process.communicate()[1].startswith("Error: ") and process.returncode == 1

    def test_errors_stay_and_the_next_command_is_loud(self, folder):
        assert "there is no" in fails(2, "train", "nowhere.csv", "-q")
        assert ok("warmup", "-q") == ""
        assert "loaded the compiled kernels" in ok("warmup")
        for args in (["-q", "warmup", "--lr"], ["warmup", "-q", "--lr"], ["-q", "--lr"]):
            fails(2, *args)
            assert diagnostics.quiet.get() is False

    @pytest.mark.parametrize("name", COMMANDS)
    def test_all_commands_have_it(self, name):
        flags = [flag for param in main.commands[name].params for flag in param.opts]
        assert {"--quiet", "-q"} <= {*flags}


class TestWidth:
    @pytest.mark.parametrize(
        ("columns", "found"), [("", 80), ("200", 80), ("40", 40), ("3", 20), ("0", 80), ("x", 80)]
    )
    def test_of_text(self, columns, found, monkeypatch):
        monkeypatch.setenv("COLUMNS", columns)
        monkeypatch.setattr(sys, "stdout", None)  # no terminal
        assert width() == found

    def test_of_a_real_terminal(self):
        code = "from fastnet.cli.text import width; print(width())"
        for columns, found in [(40, b"40"), (132, b"80")]:
            ours, theirs = pty.openpty()
            os.set_blocking(ours, True)
            import fcntl
            import struct
            import termios

            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
            env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": ""}
            subprocess.run([sys.executable, "-c", code], stdout=theirs, env=env, check=True)
            assert os.read(ours, 100).strip() == found
            os.close(ours)
            os.close(theirs)

    def test_more_cells_than_fit_go_on_below(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "20")
        assert row_lines("a", "1", "2", "3") == [f"{'a'}", f"{1:>10}{2:>10}", f"{3:>10}"]

    @pytest.mark.parametrize("args", [["train", "--epochs", 1], ["info"]])
    def test_a_command_in_a_narrow_terminal(self, args, folder, monkeypatch):
        monkeypatch.setenv("COLUMNS", "40")
        monkeypatch.chdir(folder)
        said = ok(*args, "data.npz" if args[0] == "train" else "model.npz")
        assert longest(said.splitlines()) <= 40


class TestCompletion:
    def completed(self, *words):
        """What a shell is told to complete the last word with, and how."""
        env = {"_MAIN_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(["main", *words])}
        env["COMP_CWORD"] = str(len(words))
        from click.testing import CliRunner

        said = CliRunner().invoke(main, env=env, prog_name="main").output
        return [tuple(line.split(",")) for line in filter(None, said.splitlines())]

    def test_commands_options_and_choices(self):
        assert self.completed("tr") == [("plain", "train")]
        assert self.completed("export", "on") == [("plain", "onnx")]
        assert self.completed("train", "--learn") == [("plain", "--learning-rate")]
        assert self.completed("train", "--activation", "si") == [("plain", "sigmoid")]
        assert self.completed("completion", "f") == [("plain", "fish")]

    def test_data_by_name_and_files(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for name in ("digits-2.npz", "people.csv", ".digits"):
            (tmp_path / name).touch()
        assert self.completed("train", "mn") == [("plain", "mnist")]
        assert self.completed("evaluate", "di") == [("plain", "digits"), ("plain", "digits-2.npz")]
        assert self.completed("fetch", "p") == []
        for words in (["train", "p"], ["train", "--data", "p"], ["info", "p"], ["predict", "p"]):
            assert self.completed(*words) == [("file", "p")]  # the shell finds files itself

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_the_lines_for_a_shell_are_valid(self, shell):
        said = ok("completion", shell)
        assert "_FASTNET_COMPLETE" in said
        if shutil.which(shell):
            assert subprocess.run([shell, "-n"], input=said, text=True).returncode == 0

    @pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
    def test_a_real_bash_completes(self, tmp_path):
        program = tmp_path / "fastnet"
        program.write_text(f"#!{sys.executable}\nfrom fastnet.cli import main\nmain()\n")
        program.chmod(0o755)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
        env["PATH"] = f"{tmp_path}{os.pathsep}{env['PATH']}"
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            ["bash", "--norc", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, env=env,
            cwd=tmp_path, start_new_session=True,
        ) as bash:  # fmt: skip
            os.close(theirs)
            os.set_blocking(ours, False)
            try:
                os.write(ours, b'eval "$(fastnet completion bash)"; echo rea""dy\n')
                assert "ready" in until(ours, "ready")
                for typed, wanted in [("fastnet tra\t", "train "), ("mni\t", "mnist ")]:
                    os.write(ours, typed.encode())
                    assert wanted in until(ours, wanted)
            finally:
                bash.kill()
                os.close(ours)


def until(terminal, wanted):
    """What comes from a terminal until something wanted has come, or 30 s have gone."""
    said, end = "", time.monotonic() + 30
    while wanted not in said and time.monotonic() < end:
        try:
            said += os.read(terminal, 10_000).decode()
        except BlockingIOError:
            time.sleep(0.01)
    return said


def test_the_version_has_a_short_flag():
    assert ok("-V") == f"fastnet {fastnet.__version__}\n"
    assert isinstance(main, click.Group)
