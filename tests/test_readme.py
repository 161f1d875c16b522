"""What README.md shows runs: its Python blocks and its commands, in order, in one empty folder."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fastnet.datasets import named

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

# All blocks share one folder and one namespace, so they are run in order, by one process.
pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("readme")]


class Block(NamedTuple):
    line: int  # in README.md, of the block's first line of code
    language: str
    code: str


def blocks() -> list[Block]:
    fences = re.finditer(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [Block(README.count("\n", 0, m.start(2)) + 1, m[1], m[2]) for m in fences]


def commands(block: Block) -> list[str]:
    """The block's `fastnet` and `make` commands, without a prompt, continued lines joined."""
    lines = re.sub(r"\\\n\s*", "", block.code).splitlines()
    lines = [re.sub(r"^\$ +", "", line) for line in lines]
    return [line for line in lines if re.match(r"(fastnet|make)( |$)", line)]


PYTHON = [block for block in blocks() if block.language == "python"]
SHELL = [block for block in blocks() if block.language in {"console", "sh", "shell", "bash"}]
SHOWN = sorted(PYTHON + [block for block in SHELL if commands(block)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


@pytest.fixture(scope="module")
def namespace() -> dict[str, Any]:
    return {"__name__": "__main__"}


def absent_data(code: str) -> list[str]:
    """The data sets in this code that would have to be downloaded."""
    names = re.findall(r"(?<![\w-])(?:fashion-)?mnist\b", code)
    return [name for name in names if named._find(name) is None]


def run_python(block: Block, namespace: dict[str, Any]) -> None:
    if ">>>" not in block.code:
        # Empty lines before the code make a traceback name README.md's own line.
        exec(compile("\n" * (block.line - 1) + block.code, "README.md", "exec"), namespace)
        return
    test = doctest.DocTestParser().get_doctest(
        block.code, namespace, "README.md", "README.md", block.line - 1
    )
    test.globs = namespace
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    said: list[str] = []
    failed, _ = runner.run(test, out=said.append, clear_globs=False)
    assert failed == 0, "".join(said)


def run_shell(command: str, folder: Path) -> None:
    words = shlex.split(command, comments=True)
    if words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word]
        assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in targets), command
        if targets != ["train"]:
            return
        options = next((word[5:] for word in words if word.startswith("ARGS=")), "")
        command = f"fastnet train {options}"
    script = f'set -euo pipefail; fastnet() {{ "$PYTHON" -m fastnet "$@"; }}\n{command}'
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def heavy(block: Block) -> bool:
    """Whether it learns the whole of MNIST, and that many times."""
    return block.code.count("--data mnist") > 2


@pytest.mark.parametrize(
    "block",
    [pytest.param(b, marks=[pytest.mark.heavy] * heavy(b)) for b in SHOWN],
    ids=[f"line {block.line}, {block.language}" for block in SHOWN],
)
def test_block_runs(
    block: Block, folder: Path, namespace: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    steps = [block.code] if block.language == "python" else commands(block)
    absent = [name for step in steps for name in absent_data(step)]
    for step in steps:
        if absent_data(step):
            continue
        if block.language == "python":
            run_python(block, namespace)
        else:
            run_shell(step, folder)
    if absent:
        pytest.skip(f"FASTNET_DATA does not have {', '.join(absent)}, and tests download nothing")


def test_readme_shows_python_and_commands() -> None:
    shown = [command for block in SHELL for command in commands(block)]
    assert PYTHON
    assert "make train" in " ".join(shown)
    assert "make test" in " ".join(shown)


def test_readme_names_only_files_that_exist() -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
