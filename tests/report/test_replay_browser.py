"""The replay in a real browser: what is drawn, what is said, how it moves, who can use it."""

import itertools
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import datasets, report
from fastnet.plot.style import THEMES
from fastnet.report.replay import LEVELS, coloured
from tests.browser import barriers, chromium, overflow

pytestmark = pytest.mark.heavy

EPOCHS = 4
OPTIONS: dict[str, Any] = {"hidden": (16,), "epochs": EPOCHS}


@pytest.fixture(scope="module")
def learned():
    """A net, a copy of it after each epoch, and its data."""
    (X, y), (X_test, y_test) = datasets.load("digits")
    own = [fastnet.train(X, y, **OPTIONS | {"epochs": 0})]
    net = fastnet.train(X, y, **OPTIONS, on_epoch=lambda net, _: own.append(net.copy()))
    return net, own, (X, y), (X_test, y_test)


@pytest.fixture(scope="module")
def path(learned, tmp_path_factory):
    net, _, data, tests = learned
    path = tmp_path_factory.mktemp("report") / "page.html"
    report.write(path, {"digits.npz": net}, *tests, learned=data)
    return path


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser, path):
    """Open the page; at the end no script may have failed, and nothing may have been loaded."""
    errors, pages = [], []

    def open_page(width=1280, height=800, before="", wait=".replay-live", script=True, **options):
        page = browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=script, **options
        ).new_page()
        pages.append(page)
        page.on("console", lambda message: errors.append(message.text) if
                "willReadFrequently" not in message.text else None)  # of `drawn`, below
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: errors.append(request.url[:60]) if not
                request.url.startswith(("data:", "file:")) else None)  # fmt: skip
        page.add_init_script(before)
        page.goto(path.as_uri())
        if script:
            page.wait_for_selector(wait)
        return page

    yield open_page
    for page in pages:
        page.context.close()
    assert errors == []


def said(page):
    return page.locator(".replay-moment").inner_text(), page.locator(".replay-errors").inner_text()


def at(page):
    return int(page.locator(".replay input").input_value())


def go(page, k):
    page.locator(".replay input").evaluate(
        "(slider, k) => { slider.value = k; slider.dispatchEvent(new Event('input')); }", k
    )
    page.wait_for_timeout(500)  # one moment becomes the next


def drawn(page, selector=".replay-units canvas"):
    """The colours of canvases (n, pixels, 3)."""
    values = page.locator(selector).evaluate_all(
        "all => all.map(c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data])"
    )
    return np.array(values, np.uint8).reshape(len(values), -1, 4)[..., :3]


def colours_of(net, scale, theme):
    """The colours of a net's weights."""
    shares = np.rint(np.clip(net.weights[0].T.astype(float) / scale, -1, 1) * LEVELS) / LEVELS
    return 255 * coloured(shares, theme)


@pytest.mark.parametrize("theme", THEMES)
def test_the_weights_of_the_moment_are_drawn(opened, learned, theme):
    net, own, _, (X, y) = learned
    page = opened(color_scheme=theme)
    scale = np.quantile(np.abs(net.weights[0]), 0.995)
    names = page.evaluate(
        "JSON.parse(document.querySelector('.replay-data').textContent).moments.map(m => m.name)"
    )
    wanted = ["before the first image"]
    wanted += [f"after epoch {k} of {EPOCHS}" for k in range(1, EPOCHS + 1)]
    for name, moment in zip(wanted, own, strict=True):
        go(page, names.index(name))
        wrong = int((moment.predict(X) != y).sum())
        assert said(page) == (name, f"{wrong:,} of 2,000 images wrong ({wrong / 2000:.1%})")
        assert np.abs(drawn(page) - colours_of(moment, scale, theme)).max() <= 1


def test_answers_and_pairs_are_those_of_the_moment(opened, learned):
    net, _, _, (X, y) = learned
    page = opened()
    go(page, int(page.locator(".replay input").get_attribute("max")))
    images = drawn(page, ".replay-tiles canvas")[..., 0]
    tiles = page.locator(".replay-tiles li")
    words = tiles.all_inner_texts()
    wrong = tiles.evaluate_all("all => all.map(tile => tile.classList.contains('wrong'))")
    assert 12 <= len(words) <= 24
    for image, text, is_wrong in zip(images, words, wrong, strict=True):
        output = net.predict_proba(image[None])[0]
        answer, sign, _, truth, sure = text.split()
        assert answer == str(output.argmax()) and sure == f"{round(100 * output.max())}%"
        assert is_wrong == (answer != truth) == (sign == "✗")
        assert (y[(image == X).all(axis=1)] == int(truth)).all()
    of, said_as, times = fastnet.metrics.confused(y, net.predict(X), np.arange(10), 4)
    pairs = page.locator(".replay-pairs li").all_inner_texts()
    assert pairs == [f"{n} {a} taken for {b}" for a, b, n in zip(of, said_as, times, strict=True)]


def test_slider_buttons_and_keys(opened):
    page = opened()
    assert said(page)[0] == f"after epoch {EPOCHS} of {EPOCHS}"  # until somebody moves it
    page.locator(".replay input").press("Home")
    assert at(page) == 0 and said(page)[0] == "before the first image"
    page.get_by_role("button", name="Step on").click()
    assert at(page) == 1 and said(page)[0] == "after 80 images"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert at(page) == 3
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Step back").click()
    assert at(page) == 1
    slider = page.get_by_role("slider", name="Moment of the learning")
    slider.press("End")
    assert said(page)[0] == f"after epoch {EPOCHS} of {EPOCHS}"
    assert slider.get_attribute("aria-valuetext").startswith(f"after epoch {EPOCHS} of {EPOCHS}: ")
    slider.press("ArrowRight")
    assert at(page) == int(slider.get_attribute("max"))
    slider.press("Home")
    assert at(page) == 0
    box, last = slider.bounding_box(), int(slider.get_attribute("max"))
    page.mouse.click(box["x"] + 13 + (box["width"] - 26) * 3 / last, box["y"] + box["height"] / 2)
    assert at(page) == 3
    page.locator(".replay h3").first.click()  # from anywhere within the replay
    page.keyboard.press("Home")
    assert at(page) == 0
    page.locator("h1").click()  # but not from elsewhere
    page.keyboard.press("End")
    assert at(page) == 0


def test_it_plays_to_the_end_and_stops(opened):
    page = opened()
    state, play = page.locator(".replay-state"), page.locator(".replay-play")
    page.clock.install()
    play.click()
    assert play.inner_text() == "Pause" and state.get_attribute("aria-live") == "off"
    page.clock.run_for(1000)
    assert at(page) == 1
    page.keyboard.press("Space")  # on the button
    assert play.inner_text() == "Play" and state.get_attribute("aria-live") == "polite"
    page.clock.run_for(5000)
    assert at(page) == 1
    page.locator(".replay input").press("Space")
    page.clock.run_for(60_000)
    last = int(page.locator(".replay input").get_attribute("max"))
    assert at(page) == last and play.inner_text() == "Play"
    play.click()  # from the start again
    assert at(page) == 0
    page.clock.run_for(1000)
    page.keyboard.press("ArrowRight")  # whoever steps has stopped it
    assert at(page) == 2 and play.inner_text() == "Play"


def test_one_moment_becomes_the_next_unless_less_motion_is_wanted(opened):
    for motion, between in (("no-preference", True), ("reduce", False)):
        page = opened(reduced_motion=motion)
        assert page.locator(".replay-play").inner_text() == "Play"  # nothing moves by itself
        go(page, 2)
        before = drawn(page)
        page.clock.install()
        page.clock.pause_at(page.evaluate("Date.now() + 1000"))
        page.keyboard.press("Tab")
        page.locator(".replay input").press("ArrowRight")
        page.clock.run_for(150)
        middle = drawn(page)
        page.clock.run_for(1000)
        after = drawn(page)
        assert not (after == before).all()
        assert (not (middle == after).all() and not (middle == before).all()) == between


def test_colours_follow_the_scheme(opened, learned):
    net = learned[0]
    page = opened(color_scheme="light")
    page.locator(".replay input").press("End")
    page.wait_for_timeout(500)
    scale = np.quantile(np.abs(net.weights[0]), 0.995)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)
    assert np.abs(drawn(page) - colours_of(net, scale, "dark")).max() <= 1


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [360, 800, 1600])
def test_nobody_is_kept_out(opened, width, theme):
    page = opened(width, color_scheme=theme)
    for k in (0, 4, int(page.locator(".replay input").get_attribute("max"))):
        go(page, k)
        assert overflow(page) <= 0
        assert barriers(page) == ""
    for button in page.locator(".replay button").all():
        box = button.bounding_box()
        assert box["width"] >= 44 and box["height"] >= 44
    ticks = [tick.bounding_box() for tick in page.locator(".replay-ticks span").all()]
    assert len(ticks) >= 2
    for one, other in itertools.pairwise(ticks):
        assert one["x"] + one["width"] < other["x"]


def test_without_scripts_there_are_stills_and_a_table(opened):
    page = opened(script=False)
    assert not page.locator(".replay-stage").is_visible()
    stills = page.locator(".replay-stills img")
    assert stills.count() == 2 and all(still.is_visible() for still in stills.all())
    assert stills.last.get_attribute("alt").endswith(f"after epoch {EPOCHS} of {EPOCHS}")
    page.locator(".replay summary").click()
    rows = page.locator(".replay tbody tr").all_inner_texts()
    assert rows[0].startswith("before the first image") and len(rows) == EPOCHS + 6
    assert overflow(page) <= 0


def test_without_what_unpacks_the_stills_remain(opened):
    page = opened(before="delete window.DecompressionStream", wait=".replay-stills img")
    assert page.locator(".replay-stills img").first.is_visible()
    assert not page.locator(".replay-stage").is_visible()


@pytest.mark.parametrize("options", [{"hidden": (512, 512), "epochs": 2}, {"hidden": (64,)}])
def test_the_page_stays_small(tmp_path, options):
    """Noise, which does not compress, in colour, and many epochs."""
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (300, 32 * 32 * 3), np.uint8), np.arange(300) % 10
    net = fastnet.train(X, y, **{"epochs": 100, "learning_rate": 0.05} | options)
    text = report.html(net, X, y, learned=(X, y), shape=(32, 32, 3))
    assert "replay-live" in text and len(text) < 2_000_000
