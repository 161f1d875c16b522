"""`make docs` builds a site without a warning, whose pages people can read, offline."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser import barriers, chromium, overflow
from tests.docs import links

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

pytestmark = [pytest.mark.heavy, pytest.mark.compiled]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site by the command of `make docs`."""
    folder = tmp_path_factory.mktemp("site")
    command = re.search(r"(?m)^docs:.*\n\t@\$\(python\) (-m sphinx .*) docs build/docs", MAKEFILE)
    assert command is not None
    made = subprocess.run(
        [sys.executable, *command[1].split(), "-d", folder / "doctrees", "docs", folder / "html"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0 and "WARNING" not in made.stderr, made.stderr
    return folder / "html"


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """Return a page of a browser, which must say nothing and ask for files of the site only."""
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(f"{page.url}: {said.text}"))
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on(
        "request",
        lambda asked: asked.url.startswith(("file:", "data:"))
        or faults.append(f"{page.url} asks for {asked.url}"),
    )
    yield page
    context.close()
    assert not faults, "\n".join(faults)


def test_all_links_within_the_site_lead_somewhere(site: Path) -> None:
    assert links.dead(site) == []


def test_links_out_of_the_site_are_safe_and_nothing_is_loaded_by_them(site: Path) -> None:
    """There may be no network here: `make docs ARGS="-b linkcheck"` asks whether they answer."""
    out = links.outer(site)
    assert any("scikit-learn.org" in link for link in out)
    bad = [
        f"{file}: {link}"
        for link, file in out.items()
        if not re.match(r"https://[\w-]+(\.[\w-]+)+(/|$)", link)
    ]
    assert not bad, bad
    loads = {load for page in links.read(site).values() for load in page.loads}
    assert {load for load in loads if not links.inner(load)} == set()


# The frame is the same around all pages, and so are the colours of a kind of page: one of each.
KINDS = (
    "index.html",
    "choosing.html",
    "tutorial/one-neuron.html",
    "generated/gallery/digits.html",
    "generated/api/fastnet.train.html",
    "generated/files/fastnet/reference.py.html",
)


def pages_of(site: Path) -> dict[str, Path]:
    """Return the pages by their names: of those that are code alone, the one with the longest."""
    pages = {file.relative_to(site).as_posix(): file for file in sorted(site.rglob("*.html"))}
    code = [name for name in pages if re.match(r"_modules/|generated/files/.*\.\w+\.html", name)]
    return {name: pages[name] for name in pages if name not in code or name == max(code, key=len)}


def test_every_page_fits_a_phone_and_a_screen_reader(site: Path, page: "Page") -> None:
    article = {"include": [["article"]], "exclude": [[".highlight"]]}
    faults = []
    for name, file in pages_of(site).items():
        page.set_viewport_size({"width": 390, "height": 900})
        page.goto(file.as_uri())
        for width in (390, 1320):  # the latter is where a third column begins
            page.set_viewport_size({"width": width, "height": 900})
            too_wide = overflow(page, ".content")  # which the theme lets scroll on a phone
            faults += [f"{name}: {too_wide} px too wide for {width} px"] * (too_wide > 0)
        if not name.startswith("generated/files/"):  # tables like those of other pages
            found = barriers(page, "wcag2a", parts=article)
            faults += [f"{name}: {found}"] * bool(found)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_each_kind_of_page_can_be_read(
    site: Path, page: "Page", theme: Literal["light", "dark"]
) -> None:
    faults = []
    for name in KINDS:
        page.emulate_media(color_scheme=theme)
        page.goto((site / name).as_uri())
        found = barriers(page, "wcag2a", "wcag2aa")
        faults += [f"{name}: {found}"] * bool(found)
    assert not faults, "\n".join(faults)


def test_the_search_finds_a_function_without_a_server(site: Path, page: "Page") -> None:
    page.goto(f"{(site / 'index.html').as_uri()}")
    page.get_by_label("Search").first.fill("train_stream")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results a[href*='fastnet.train_stream.html']")


def test_the_button_copies_what_is_typed_without_prompts(site: Path, page: "Page") -> None:
    page.goto((site / "index.html").as_uri())
    page.hover("div.highlight-console")
    page.click("div.highlight-console button.copybtn")
    assert page.evaluate("navigator.clipboard.readText()") == "fastnet train"
