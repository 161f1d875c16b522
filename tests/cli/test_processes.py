"""What only a real process shows: exit codes, pipes, terminals, full disks, signals."""

import fcntl
import os
import pty
import re
import resource
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import pytest

import fastnet
from fastnet.cli.progress import ERASE
from tests.cli.helpers import STREAM, events, learned, ok, rest_of, start


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
            history = fastnet.load(out).history
            part = history[-1]["samples"] < history[0]["samples"]
            rounds = len(history) - part
            assert rounds >= 3
            assert f"saved {out}: {rounds} rounds{' and a part of the next' * part}\n" in err
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

    def test_the_nets_of_several_seeds_that_are_ready_are_kept_together(self, folder, tmp_path):
        out = tmp_path / "m.npz"
        options = [*self.LONG, "--seed", 4, "--seeds", 3, "--threads", 1, "--json"]
        options += ["--validation-fraction", 0.02, "--target-accuracy", 1, "--keep", "together"]
        process = start("train", "--data", folder / "data.npz", *options, "--out", out)
        while '"event": "net"' not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert err == f"Error: interrupted; saved {out} with 1 net\n"
        assert os.listdir(tmp_path) == ["m.npz"]
        assert [(net.seed, net.stopped) for net in fastnet.load(out)] == [(4, "target")]

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

    def test_a_run_of_unknown_length_shows_no_time_left(self, folder):
        reader, writer = pty.openpty()
        args = ["train", "--data", folder / "no_test.npz", *self.LONG, "--patience", 10**6]
        process = start(*args, stdout=writer, stderr=writer)
        os.close(writer)
        written = ""
        while written.count(f"{ERASE}round #") < 5:
            written += os.read(reader, 100_000).decode()
        process.send_signal(signal.SIGINT)
        written += rest_of(reader)
        assert process.wait(timeout=60) == 130
        assert not re.search(r"\d left", written)

    def test_a_stream_is_learned_as_it_comes(self, rows, folder):
        """Ctrl-C, while nothing more comes, loses nothing."""
        out = folder / "stream.npz"
        options = ["--classes", "iris,rose,tulip", "--json", "--out", out]
        process = start("train", "-", *STREAM, *options, stdin=subprocess.PIPE)
        process.stdin.write("".join(rows[0][:200]) + "1,2,")
        process.stdin.flush()
        while '"rows": 200' not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert err == f"Error: interrupted; saved {out}: 200 rows\n"
        assert "a stream, 2 records" in ok("info", out)  # though it was broken off
        judge = learned(rows, 200, classes=["iris", "rose", "tulip"])
        assert fastnet.load(out).digest() == judge.digest()

    def test_a_stream_whose_reader_goes(self, rows, folder):
        out = folder / "gone.npz"
        process = start("train", "-", *STREAM, "--out", out, stdin=subprocess.PIPE)
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
            return ["train", "-", *STREAM], "".join(rows[0]), names
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
        ragged = "standard input: line 1201: 1 feature, wanted 3; "
        for bad, what in (("", ""), ("1,2\n", ragged)):
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
    def test_other_signals_keep_what_was_learned(self, rows, folder, tmp_path, kind, name, ignored):
        """Those that end a process; also where Ctrl-C is ignored, as in a script's `command &`."""
        number, out = signal.Signals[name], tmp_path / "net.npz"
        command = ["train", "--data", folder / "data.npz", *self.LONG]
        wait, names = "round #2", ["net.npz"]
        if kind == "stream":
            command, wait = ["train", "-", *STREAM], "1,000 rows"
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
        if "fastnet" not in err and "KeyboardInterrupt" in err:
            return  # Python itself was still on its way, which has codes of its own
        assert process.returncode in (0, 130, -signal.SIGINT)  # the last: before fastnet is there
        if process.returncode == 130:
            assert err in ("", "Error: interrupted\n")
