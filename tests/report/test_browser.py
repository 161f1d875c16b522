"""Pages in a real browser: they ask no network, fit the window, and bar nobody."""

from itertools import pairwise

import pytest

import fastnet
from fastnet import report
from tests.browser import barriers, chromium, overflow
from tests.report.conftest import given

pytestmark = [pytest.mark.compiled, pytest.mark.heavy]
WIDTHS = (360, 800, 1600)
HEADINGS = "Array.from(document.querySelectorAll('h1,h2,h3,h4')).map(h => +h.tagName[1])"


@pytest.fixture(scope="module")
def pages(net, digits, tables, tmp_path_factory):
    """Paths of pages: of images, of a table, of numbers, of several nets, from elsewhere."""
    folder = tmp_path_factory.mktemp("pages")
    X, y, owner = tables["owner"]
    X_income, y_income, income = tables["income"]
    seeds = fastnet.train_seeds(*digits[0], 2, hidden=(4,), epochs=2, validation_data=digits[1])
    evil = given(["<script>", "\u202e" + "w" * 99])
    evil.origin = {"format": "ONNX"}
    made = {
        "images": ({"digits.npz": net}, *digits[1]),
        "table": (owner, X[800:], y[800:]),
        "numbers": (income, X_income[800:], y_income[800:]),
        "several": ({"two.npz": seeds, "digits.npz": net}, *digits[1]),
        "elsewhere": ({"a/very/long/path/" + "x" * 200 + ".onnx": evil},),
    }
    for name, arguments in made.items():
        report.write(folder / f"{name}.html", *arguments, learned=digits[0])
    return folder


@pytest.mark.parametrize("name", ["images", "table", "numbers", "several", "elsewhere"])
def test_pages_in_chromium(name, pages):
    with chromium() as browser:
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                page = browser.new_page(
                    viewport={"width": width, "height": 800}, color_scheme=scheme
                )
                asked, told = [], []
                page.on("request", lambda request, asked=asked: asked.append(request.url))
                page.on("console", lambda message, told=told: told.append(message.text))
                page.on("pageerror", lambda error, told=told: told.append(str(error)))
                page.goto((pages / f"{name}.html").as_uri())
                for each in page.locator("summary").all():
                    each.click()
                where = f"{name}, {scheme}, {width}"
                assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
                assert told == [], where
                assert overflow(page) <= 0, where
                assert page.locator("img:not([alt]), img[alt='']").count() == 0
                levels = page.evaluate(HEADINGS)
                assert levels[0] == levels.count(1) == 1
                assert all(b <= a + 1 for a, b in pairwise(levels)), where
                if width != 800:
                    assert barriers(page) == "", where
                loaded = "Array.from(document.images).every(i => i.complete && i.naturalWidth > 0)"
                assert page.evaluate(loaded), where
                page.close()


def test_a_reader_s_scheme_and_window_choose_the_picture(pages):
    with chromium() as browser:
        chosen = set()
        for scheme in ("light", "dark"):
            for width in (360, 1600):
                page = browser.new_page(
                    viewport={"width": width, "height": 800}, color_scheme=scheme
                )
                page.goto((pages / "images.html").as_uri())
                chosen.add(page.evaluate("document.images[0].currentSrc"))
                page.close()
        assert len(chosen) == 4


def test_a_printed_page_has_all_of_it(pages):
    with chromium() as browser:
        page = browser.new_page(color_scheme="dark")
        page.goto((pages / "images.html").as_uri())
        printed = page.pdf(format="A4")
        assert printed.startswith(b"%PDF")
        page.emulate_media(media="print", color_scheme="light")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(255, 255, 255)"
        assert not page.locator("nav").is_visible()
