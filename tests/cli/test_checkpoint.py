"""Runs that are killed or interrupted and go on; files that would lose one another."""

import os
import resource
import signal
import time

import pytest

import fastnet
from tests.cli.helpers import OPTIONS, fails, ok, run, start


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
        assert learned == 0 or f"\nresuming after {learned} round{plural}: {tmp_path}" in told
        assert f"round #{learned} of" in told and f"round #{learned - 1} of" not in told
        wanted, net = (fastnet.load(tmp_path / name) for name in ("wanted.npz", "net.npz"))
        assert net.digest() == wanted.digest() and len(net.history) == 40
        assert "recognized samples after 40 rounds" in ok(*command), "it has ended"

    def test_what_is_refused(self, folder, tmp_path):
        command = ["train", *OPTIONS, "--data", folder / "data.npz", "--epochs", 1]
        file = ["--checkpoint", tmp_path / "run.npz"]
        assert "every: '5 minutes', wanted" in fails(1, *command, *file, "--every", "5 minutes")
        both = "--checkpoint and --seeds: give one of them"
        assert both in fails(2, *command, *file, "--seeds", 2)
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

    @pytest.mark.compiled  # thousands of samples
    def test_ctrl_c_says_how_to_go_on(self, tmp_path):
        command = ["train", "--epochs", 1000, "--checkpoint", tmp_path / "run.npz"]
        process = start(*command)
        while "round #2 " not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        assert err == f"Error: interrupted; --resume continues from {command[-1]}\n"
        assert len(fastnet.load(tmp_path / "run.npz").history) >= 3

    def test_files_must_be_different_ones(self, folder, tmp_path):
        one, data = tmp_path / "one.csv", folder / "data.npz"
        command = ["train", *OPTIONS, "--data", data, "--epochs", 1]
        for options, message in (
            (["--out", one, "--checkpoint", one], "--out: {}, the file of --checkpoint"),
            (["--out", one, "--history", one], "--out: {}, the file of --history"),
            (["--history", one, "--checkpoint", one], "--history: {}, the file of --checkpoint"),
        ):
            assert f"{message.format(one)}, wanted another" in fails(2, *command, *options)
            assert not one.exists()
        before = data.read_bytes()
        link = tmp_path / "link.npz"
        link.symlink_to(data)
        assert "--out: " in (said := fails(2, *command, "--out", link))
        assert "the file of --data, wanted another" in said and data.read_bytes() == before
        model = folder / "model.npz"
        said = fails(2, "train", "--repeat", model, "--out", model)
        assert "the file of --repeat, wanted another" in said

    @pytest.mark.heavy
    @pytest.mark.compiled  # thousands of samples
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
            history = fastnet.load(tmp_path / "net.npz").history
            part = history[-1]["samples"] < history[0]["samples"]
            assert "Error: interrupted; saved " in err and ("a part of the next" in err) == part
            assert len(history) >= 2
            os.remove(tmp_path / "net.npz")

    @pytest.mark.compiled  # thousands of samples
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
        (record,) = fastnet.load(out).history
        assert 0 < record["samples"] < 10_000 and 0 <= record["accuracy"] <= 1
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
        assert "--every: given without --checkpoint" in fails(2, "train", "--every", "1 epoch")

    def test_a_checkpoint_can_be_repeated_and_says_its_data(self, folder, tmp_path):
        path, data = tmp_path / "run.npz", folder / "data.npz"
        ok("train", *OPTIONS, "--data", data, "--epochs", 3, "--checkpoint", path)
        told = " ".join(ok("info", path).split())
        assert "data.npz: 60 samples" in told and "on_epoch" not in told
        assert "the bits are the same" in ok("train", "--repeat", path)

    def test_a_mean_says_so(self, folder, tmp_path):
        told = ok("train", *OPTIONS, "--data", folder / "data.npz", "--epochs", 8, "--average", 0.5)
        assert "weights: the mean over the run's last part; the final ones: " in told
        assert "the mean of" not in ok(
            "train", *OPTIONS, "--data", folder / "data.npz", "--epochs", 2
        )
