"""Help, defaults, and the version."""

import inspect
import os
import re
import subprocess
import sys

import click
import pytest

import fastnet
from fastnet import schedules
from fastnet.cli import main
from fastnet.cli.options import DATASETS, SCHEDULES
from fastnet.options import Options
from tests.cli.helpers import ok
from tests.helpers import ROOT

COMMANDS = sorted(main.commands)


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
            assert context.params[name] == Options.rows()[name].usual, name

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
