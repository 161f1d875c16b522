"""A real headless Chromium for tests, and what it finds wrong with a page for a screen reader."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@contextmanager
def chromium() -> "Iterator[Browser]":
    """Start the Chromium of this machine; without one, skip, but fail in CI."""
    path = shutil.which("chromium")
    if path is None:
        assert not os.environ.get("CI"), "chromium is missing: make consumers"
        pytest.skip("chromium is missing: make consumers")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def barriers(page: "Page", *rules: str, parts: dict[str, list[list[str]]] | None = None) -> str:
    """Return what axe-core finds that keeps people from reading the page (WCAG 2), or "".

    Given rules, or tags of rules, it looks for breaches of these alone; given parts, selectors that
    it shall "include" or "exclude", there alone.
    """
    from axe_playwright_python.sync_playwright import Axe

    # axe would ask for the style sheets again, which a page on a disk may not.
    options: dict[str, object] = {"preload": False, "resultTypes": ["violations"]}
    options |= {"runOnly": [*rules]} if rules else {}
    found = Axe().run(page, context=parts, options=options)
    return found.generate_report() if found.violations_count else ""


def overflow(page: "Page", *parts: str) -> int:
    """Return by how many pixels the page, or one of these parts, is wider than it has room for."""
    excess = "boxes => Math.max(...boxes.map(box => box.scrollWidth - box.clientWidth))"
    return int(page.locator(", ".join(("html", *parts))).evaluate_all(excess))
