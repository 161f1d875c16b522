"""What a person means who writes a name that is not there."""

import pytest

from fastnet.cli import main
from fastnet.options import Options, StreamOptions
from fastnet.spelling import ELSEWHERE, meant, option_meant

NAMES = ["learning_rate", "epochs", "validation_fraction", "l2", "loss"]


def test_similar_names():
    assert meant("limt", ["limit", "size"]) == "; did you mean 'limit'?"
    assert meant("quite another", ["limit"]) == ""


@pytest.mark.parametrize(
    ("name", "known"),
    [("lr", "learning_rate"), ("LR", "learning_rate"), ("--max-iter", "epochs"), ("val", NAMES[2]),
     ("weight-decay", "l2"), ("epoch", "epochs"), ("zzz", None)],
)  # fmt: skip
def test_an_option_by_its_name_elsewhere_its_beginning_or_a_similar_name(name, known):
    assert option_meant(name, NAMES) == (f"; did you mean {known!r}?" if known else "")


def test_flags_need_no_quotes_and_some_things_are_not_there():
    assert option_meant("--lr", ["--learning-rate"]) == "; did you mean --learning-rate?"
    assert option_meant("--lr", ["--loss"]) == ""  # of a command without a rate
    assert option_meant("batch_size", NAMES) == "; fastnet learns one sample at a time"


def test_what_is_meant_is_there_and_what_is_there_is_not_meant_otherwise():
    params = [param for command in main.commands.values() for param in command.params]
    flags = {flag.lstrip("-").replace("-", "_") for param in params for flag in param.opts}
    options = {*Options.rows(), *StreamOptions.rows()}
    names = {*options, *flags, *main.commands}
    assert {known for known in ELSEWHERE.values() if " " not in known} <= names
    assert not ELSEWHERE.keys() & options
