"""What is saved of work, and what is said of it when it is broken off."""

import json

import click
import numpy as np
import pytest

import fastnet
from fastnet.cli.errors import Failure
from fastnet.cli.saving import Files, keeping


@pytest.fixture(scope="module")
def net():
    return fastnet.train(np.eye(4), [0, 1, 0, 1], hidden=(), epochs=2)


def test_a_net_and_its_history_are_saved(net, tmp_path):
    out, history = tmp_path / "net.npz", tmp_path / "h.json"
    files = Files(str(out), str(history))
    assert files.kept() == "nothing is saved"
    files.save(net)
    files.check()
    assert files.kept(": 2 rounds") == f"saved {out}: 2 rounds"
    assert fastnet.load(out).digest() == net.digest()
    assert json.loads(history.read_text()) == net.history


def test_one_file_that_cannot_be_written_does_not_keep_the_other(net, tmp_path):
    out, history = str(tmp_path / "net.npz"), str(tmp_path / "no" / "h.csv")
    files = Files(out, history)
    files.save(net)
    kept = f"{history}: No such file or directory; saved {out}"
    assert files.kept() == kept
    with pytest.raises(Failure, match="No such file"):
        files.check()
    files = Files(history, out)
    files.save(net)
    assert files.kept() == f"{history}: No such file or directory; nothing is saved"


def test_an_empty_history_is_written_at_the_end_alone(tmp_path):
    untrained = fastnet.train(np.eye(2), [0, 1], hidden=(), epochs=0)
    files = Files(None, str(tmp_path / "h.json"))
    files.save(untrained, partly=True)
    assert not (tmp_path / "h.json").exists()
    files.save(untrained)
    assert json.loads((tmp_path / "h.json").read_text()) == []


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (ValueError("rows: none"), "rows: none", 1),
        (KeyboardInterrupt(), "interrupted", 130),
        (ZeroDivisionError("a bug"), "ZeroDivisionError: a bug", 1),
    ],
)
def test_whatever_breaks_the_work_off_it_is_kept(error, said, code):
    kept = []

    def keep(error):
        kept.append(error)
        return "saved it"

    with pytest.raises(click.ClickException) as caught, keeping(keep):
        raise error
    assert kept == [error]
    assert (caught.value.message, caught.value.exit_code) == (f"{said}; saved it", code)
    in_other_words = keeping(keep, lambda error: "in other words")
    with pytest.raises(click.ClickException, match="in other words; saved it"), in_other_words:
        raise error
