"""What README.md and docs/ show runs: their Python blocks and commands, each page in a folder."""

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import fastnet
from bench import readme
from fastnet.datasets import named
from tests.helpers import needed
from tests.pictures import assert_kept

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PAGES = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in readme.pages()}

PEERS = {"docs/coming/river.md": "river", "docs/coming/vowpal-wabbit.md": "vowpalwabbit"}

pytestmark = pytest.mark.compiled


class Block(NamedTuple):
    page: str
    line: int  # in the page, of the block's first line of code
    language: str
    code: str
    quoted: str | None = None  # the file that its lines come from

    @property
    def steps(self) -> list[str]:
        """What of it is run: all of Python; of a terminal, the commands of fastnet and make."""
        if self.quoted:
            return []
        if self.language == "python":
            return [self.code]
        if self.language not in {"console", "sh", "shell", "bash"}:
            return []
        lines = re.sub(r"\\\n\s*", "", self.code).splitlines()
        lines = [re.sub(r"^\$ +", "", line) for line in lines]
        return [line for line in lines if re.match(r"(fastnet|make)( |$)", line)]

    @property
    def heavy(self) -> bool:
        """Whether its page tells a long story, or it runs commands, PyTorch, a cluster or a report.

        The commands of the README and of the first steps are light, but for those that draw.
        """
        first = self.page in ("README.md", "docs/first-steps.md")
        first &= not re.search(r"^\$ fastnet (plot|report)", self.code, re.MULTILINE)
        stories = "tutorial/", "coming/", "terminal", "images", "long-runs", "when-not", "executors"
        story = self.page.startswith(tuple(f"docs/{name}" for name in stories))
        slow = re.search(r"torch\.|report\.write|LocalCluster", self.code)
        return not first and (story or self.language != "python" or bool(slow))


def blocks(page: str) -> list[Block]:
    fence = r"(?:^<!-- ([\w/]+\.py) -->\n+)?^```(\w+)\n(.*?)^```$"
    return [
        Block(page, PAGES[page].count("\n", 0, m.start(3)) + 1, m[2], m[3], m[1])
        for m in re.finditer(fence, PAGES[page], re.MULTILINE | re.DOTALL)
    ]


ALL = [block for page in PAGES for block in blocks(page)]
BLOCKS = [block for block in ALL if block.steps]
QUOTES = [block for block in ALL if block.quoted]


class Place(NamedTuple):
    """Where the blocks of one page run, in their order."""

    folder: Path
    namespace: dict[str, Any]
    ran: set[Block]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Place]:
    return {
        page: Place(tmp_path_factory.mktemp("page"), {"__name__": "__main__"}, set())
        for page in PAGES
    }


def absent_data(code: str) -> list[str]:
    """The data sets in this code that would have to be downloaded."""
    names = re.findall(r"(?<![\w-])(?:fashion-)?mnist\b", code)
    return [name for name in names if named.find(name) is None]


def run_python(block: Block, namespace: dict[str, Any]) -> None:
    if ">>>" not in block.code:
        # Empty lines before the code make a traceback name the page's own line.
        exec(compile("\n" * (block.line - 1) + block.code, block.page, "exec"), namespace)
        return
    test = doctest.DocTestParser().get_doctest(
        block.code, namespace, block.page, block.page, block.line - 1
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


def run(block: Block, place: Place) -> list[str]:
    """Run the steps whose data are here; return the names of the data that are not."""
    place.ran.add(block)
    for step in block.steps:
        if absent_data(step):
            continue
        if block.language == "python":
            run_python(block, place.namespace)
        else:
            run_shell(step, place.folder)
    return [name for step in block.steps for name in absent_data(step)]


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b, marks=[pytest.mark.xdist_group(b.page), *[pytest.mark.heavy] * b.heavy])
        for b in BLOCKS
    ],
    ids=[f"{block.page}, line {block.line}, {block.language}" for block in BLOCKS],
)
def test_block_runs(
    block: Block, places: dict[str, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    if block.page in PEERS:
        needed(PEERS[block.page])
    folder, _, ran = places[block.page]
    (folder / "docs").mkdir(exist_ok=True)
    for data in ("iris.csv", "people.csv", "note.jpg"):
        shutil.copy(ROOT / "docs" / data, folder / "docs")
    monkeypatch.chdir(folder)
    if block.heavy:  # those before it may be deselected
        for before in BLOCKS[: BLOCKS.index(block)]:
            first = before.language == "python" or not before.heavy
            if before.page == block.page and first and before not in ran:
                run(before, places[block.page])
    absent = run(block, places[block.page])
    for name in re.findall(r'savefig\("(\w+\.png)"', block.code if not absent else ""):
        if block.page.startswith("docs/tutorial/"):  # which shows this picture
            assert_kept(folder / name, f"tutorial-{name}")
    if absent:
        pytest.skip(f"FASTNET_DATA does not have {', '.join(absent)}, and tests download nothing")


@pytest.mark.parametrize("block", QUOTES, ids=[f"{b.page}, line {b.line}" for b in QUOTES])
def test_quoted_lines_stand_in_their_file(block: Block) -> None:
    """They do so literally, but for the space that all of them begin with."""
    text = "\n" + (ROOT / block.quoted).read_text(encoding="utf-8")
    assert any("\n" + textwrap.indent(block.code, " " * n) in text for n in range(0, 24, 4))


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    for link in re.findall(r"\]\((?!https?://)([^)]+)\)", PAGES[page]):
        path, _, heading = link.partition("#")
        target = (folder / path).resolve() if path else ROOT / page
        assert target.exists(), link
        if heading:
            assert heading in anchors(target.read_text(encoding="utf-8")), link


def anchors(text: str) -> set[str]:
    """What links call the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_the_readme_is_short_and_shows_how_to_begin() -> None:
    assert PAGES["README.md"].count("\n") <= 180
    steps = [step for block in blocks("README.md") for step in block.steps]
    assert "make train" in steps
    assert any("import fastnet" in step for step in steps)
    targets = re.findall(r"`make ([a-z-]+)", PAGES["README.md"])
    assert {"test", "lint", "bench"} <= {*targets}
    assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in targets)


def test_the_index_names_every_page_and_every_public_name() -> None:
    """Pages in folders of docs/ are named by the index of their folder."""
    for index in (page for page in PAGES if page.endswith("index.md")):
        folder = Path(index).parent
        toctrees = re.findall(r"(?ms)^```\{toctree\}\n(.*?)^```$", PAGES[index])
        lines = [line for toctree in toctrees for line in toctree.splitlines()]
        # "Changelog <...>" is a file elsewhere, which the site has as a page
        listed = {f"{line}.md" for line in lines if line and line[0] != ":" and line[-1] != ">"}
        pages = {str(Path(page).relative_to(folder)) for page in PAGES if within(page, folder)}
        assert listed == pages - {"index.md"}, index
        assert pages - {"index.md"} <= set(re.findall(r"\]\(([\w/-]+\.md)\)", PAGES[index])), index
    names = re.findall(r"^\| `fastnet\.(\w+)` \|", PAGES["docs/index.md"], re.MULTILINE)
    assert sorted(names) == sorted(fastnet.__all__)
    api = re.findall(r"^   fastnet\.(\w+)$", PAGES["docs/api.md"], re.MULTILINE)
    assert sorted(api) == sorted(fastnet.__all__)


def within(page: str, folder: Path) -> bool:
    """Whether a page is in a folder, or is the index of a folder in it."""
    place = Path(page).parent
    return place == folder or (Path(page).name == "index.md" and place.parent == folder)
