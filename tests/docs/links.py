"""The links of a built site: where they are, and whether they lead somewhere."""

import functools
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

SOURCES = {"img": "src", "script": "src", "link": "href", "source": "srcset", "iframe": "src"}


class Page(NamedTuple):
    """A page of HTML: its anchors, where its links go, and what it loads by itself."""

    anchors: set[str]
    links: list[str]
    loads: list[str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page(set(), [], [])

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attributes}
        self.page.anchors.update(value for name, value in about.items() if name in ("id", "name"))
        if tag == "a" and "href" in about:
            self.page.links.append(about["href"])
        if SOURCES.get(tag) in about:
            self.page.loads.append(about[SOURCES[tag]])


@functools.cache
def read(folder: Path) -> dict[Path, Page]:
    """Return all pages in a folder, by their files."""
    pages = {}
    for file in sorted(folder.rglob("*.html")):
        reader = _Reader()
        reader.feed(file.read_text(encoding="utf-8"))
        pages[file] = reader.page
    return pages


def inner(link: str) -> bool:
    """Whether a link leads to the same site."""
    return not urlsplit(link).scheme and not link.startswith("//")


def dead(folder: Path) -> list[str]:
    """Return all links within a site that lead nowhere: to no file, or no anchor."""
    pages = read(folder.resolve())
    found = []
    for file, page in pages.items():
        for link in filter(inner, page.links + page.loads):
            path, anchor = unquote(urlsplit(link).path), unquote(urlsplit(link).fragment)
            target = (file.parent / path).resolve() if path else file
            lost = anchor and target in pages and anchor not in pages[target].anchors
            if lost or not target.is_file():
                found.append(f"{file.relative_to(folder.resolve())}: {link}")
    return found


def outer(folder: Path) -> dict[str, str]:
    """Return all links out of a site, each with a page that has it."""
    pages = read(folder)
    return {
        link: file.name
        for file, page in pages.items()
        for link in page.links + page.loads
        if not inner(link)
    }
