"""Help, the version, and the options of the library in the terminal."""

import os
import re
import subprocess
import sys

import click
import pytest

import fastnet
from fastnet.cli import main
from fastnet.cli.config import defaults_of
from fastnet.cli.options import OWN_WORDS, of_row
from fastnet.cli.types import DATASETS
from fastnet.options import Options, StreamOptions
from fastnet.rows import Row, Values
from fastnet.training.defaults import default_of
from tests.cli.helpers import fails, ok, run
from tests.helpers import ROOT

COMMANDS = sorted(main.commands)
TRAIN = main.commands["train"]
ROWS = StreamOptions.rows() | Options.rows()
IN_TERMINAL = [name for name, row in ROWS.items() if row.terminal]


class TestHelp:
    @pytest.mark.parametrize("name", COMMANDS)
    @pytest.mark.parametrize("flag", ["-h", "--help"])
    def test_every_command_has_it_within_80_columns(self, name, flag):
        text = ok(name, flag)
        assert f"main {name}" in text
        assert max(map(len, text.splitlines())) <= 80

    def test_all_commands_are_there_and_described_in_full(self):
        assert ok() == ok("-h") == ok("--help")
        own = "completion evaluate export fetch info plot predict read report sweep train warmup"
        assert own.split() == COMMANDS
        assert all(re.search(rf"^  {name} +\S", ok(), re.MULTILINE) for name in COMMANDS)
        assert "..." not in ok().partition("Commands:")[2]

    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_option_shows_its_default(self, name):
        context = click.Context(main.commands[name], parent=click.Context(main))
        context.show_default = True
        for option in main.commands[name].params:
            if isinstance(option, click.Option) and not option.required:
                assert "[default: " in option.get_help_record(context)[1], option.name

    def test_data_sets_are_those_of_the_library(self):
        assert fastnet.datasets.NAMES == DATASETS

    def test_version(self):
        assert ok("--version") == f"fastnet {fastnet.__version__}\n"

    def test_it_loads_neither_numpy_nor_numba(self):
        code = "import sys, fastnet.cli as c; c.main(['train', '-h'], standalone_mode=False)"
        code += "; print('loaded', {'numpy', 'numba'} & sys.modules.keys())"
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
        assert "--hidden" in done.stdout
        assert done.stdout.endswith("loaded set()\n"), done.stderr


class TestRows:
    """The options that the library declares are those of `fastnet train`."""

    def test_an_option_is_in_the_terminal_if_its_row_says_so(self):
        given = {param.name for param in TRAIN.params}
        assert {name for name in ROWS if name in given} == {*IN_TERMINAL, "init"}  # a path there
        assert {"verbose", "validation_data", "on_epoch"}.isdisjoint(given)

    @pytest.mark.parametrize("name", IN_TERMINAL)
    def test_its_default_and_its_words_are_those_of_the_row(self, name):
        row, context = ROWS[name], TRAIN.make_context("train", [])
        assert context.params[name] == row.usual
        (option,) = (param for param in TRAIN.params if param.name == name)
        assert option.help.startswith(row.help)
        if row.rule and "show_default" not in OWN_WORDS.get(name, {}):
            assert option.show_default == default_of(row)

    def test_the_terminal_has_words_only_for_options_that_there_are(self):
        assert OWN_WORDS.keys() <= {*IN_TERMINAL}

    @pytest.mark.parametrize(
        ("values", "default", "typed", "read", "toml", "wrong"),
        [
            (Values("whole", "int", limits=(1, 9)), 3, "7", 7, 7, "0"),
            (Values("number", "float", limits=(0, 1)), 0.5, "0.25", 0.25, 1, "1.5"),
            (Values("choice", "str", literal=("red", "blue")), "red", "blue", "blue", "blue", "x"),
            (Values("sizes", "sequence"), (4, 2), "none", (), [], "0"),
            (Values("labels", "array_like"), None, "a,b", ["a", "b"], ["a", "b"], "a,a"),
            (Values("threads", "int or str"), 1, "auto", "auto", "auto", "none"),
            (Values("text", "str"), "soon", "later", "later", "later", None),
            (Values("path", "str"), None, "new.npz", "new.npz", "new.npz", "/no/such/folder/x"),
        ],
    )
    def test_a_new_row_is_an_option_and_a_key_of_toml(
        self, values, default, typed, read, toml, wrong
    ):
        row = Row("new_thing", "Any", default, values, "Do a new thing. Or not.", usual=default)
        command = of_row(row)(click.Command("a"))
        assert command.make_context("a", []).params == {"new_thing": default}
        assert command.make_context("a", ["--new-thing", typed]).params == {"new_thing": read}
        assert "Do a new thing." in command.get_help(click.Context(command))
        assert defaults_of(command, {"new-thing": toml}) == {"new_thing": toml}
        if wrong is not None:
            with pytest.raises(click.BadParameter):
                command.make_context("a", ["--new-thing", wrong])
            with pytest.raises(ValueError, match="new_thing: "):
                defaults_of(command, {"new_thing": wrong})

    @pytest.mark.parametrize("usual", [False, True])
    def test_a_new_flag(self, usual):
        row = Row("do_it", "bool", usual, Values("flag", "bool"), "Do it.", usual=usual)
        command = of_row(row)(click.Command("a"))
        assert command.make_context("a", []).params == {"do_it": usual}
        assert command.make_context("a", ["--do-it"]).params == {"do_it": True}
        if usual:
            assert command.make_context("a", ["--no-do-it"]).params == {"do_it": False}
        assert defaults_of(command, {"do-it": not usual}) == {"do_it": not usual}

    @pytest.mark.parametrize("name", IN_TERMINAL)
    def test_a_stream_has_those_that_its_rows_have(self, name):
        value = {
            **{"labels": "a,b", "sizes": "3", "threads": "auto", "path": "new.npz"},
            **{"whole": "3", "number": "0.5", "text": "2 epochs", "augment": "affine"},
        }
        form = ROWS[name].values.form
        typed = ROWS[name].values.names[0] if form == "choice" else value.get(form)
        flag = "--" + name.replace("_", "-")
        line = f"1,2,{'a' if name == 'classes' else 0}\n1,1,{'b' if name == 'classes' else 1}\n"
        result = run("train", "-", flag, *([] if form == "flag" else [typed]), stdin=line)
        assert (result.exit_code == 0) == (name in StreamOptions.rows()), result.output
        if name not in StreamOptions.rows():
            assert f"{flag}: not for a stream" in result.stderr
        elif name not in Options.rows():
            assert f"{flag}: for a stream (fastnet train -) only" in fails(2, "train", flag)
