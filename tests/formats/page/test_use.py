"""Who can use the page, and how: mouse, pen, finger, keys, screen readers, small screens."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.browser import barriers, overflow

from .conftest import Open
from .strokes import STROKES, drawn_by_mouse, ink_of

pytestmark = [pytest.mark.heavy, pytest.mark.compiled]

NAMES = ["digits", "words", "many", "flat", "several"]


def places(page: Any, digit: int) -> list[list[tuple[float, float]]]:
    """The strokes of a digit in pixels of the window."""
    box = page.locator("#drawing").bounding_box()
    return [
        [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        for stroke in STROKES[digit]
    ]


def answer(page: Any) -> str:
    return str(page.locator(".big b").inner_text())


# Fingers and pens -----------------------------------------------------------------------------


@pytest.mark.parametrize("digit", [2, 4])
def test_a_finger_draws_and_does_not_scroll(opened: Open, digit: int) -> None:
    page = opened(width=360, height=640, has_touch=True, is_mobile=True)
    hand = page.context.new_cdp_session(page)
    for stroke in places(page, digit):
        for kind, at in [("touchStart", stroke[0]), *[("touchMove", at) for at in stroke[1:]]]:
            points = [{"x": at[0], "y": at[1]}]
            hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert answer(page) == str(digit)
    assert page.evaluate("scrollY") == 0
    assert not page.locator(".keys").is_visible()


def test_a_second_finger_and_other_buttons_draw_nothing(opened: Open) -> None:
    page = opened(has_touch=True)
    hand = page.context.new_cdp_session(page)
    [stroke] = places(page, 1)
    points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(stroke[:2])]
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    before = ink_of(page)
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
    np.testing.assert_array_equal(ink_of(page), before)
    hand.send("Input.dispatchTouchEvent", {"type": "touchCancel", "touchPoints": []})
    page.locator("#clear").click()
    page.mouse.move(*stroke[0])
    for button in ("right", "middle"):
        page.mouse.down(button=button)
        page.mouse.move(*stroke[1])
        page.mouse.up(button=button)
    assert not ink_of(page).any()


def test_a_pen_draws(opened: Open) -> None:
    page = opened()
    page.evaluate("""() => {
        window.kinds = [];
        drawing.addEventListener("pointerdown", (event) => kinds.push(event.pointerType));
    }""")
    hand = page.context.new_cdp_session(page)
    for stroke in places(page, 7):
        ends = [("mousePressed", stroke[0]), *[("mouseMoved", at) for at in stroke[1:]],
                ("mouseReleased", stroke[-1])]  # fmt: skip
        for kind, (x, y) in ends:
            hand.send("Input.dispatchMouseEvent", {
                "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1,
                "pointerType": "pen", "force": 0.5,
            })  # fmt: skip
    assert answer(page) == "7" and page.evaluate("kinds") == ["pen"]


def test_a_stroke_may_leave_the_paper(opened: Open) -> None:
    page = opened()
    box = page.locator("#drawing").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 200, box["y"] + 20)
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.up()
    ink = ink_of(page)
    page.mouse.move(box["x"] + 20, box["y"] + 200)  # no button is held
    np.testing.assert_array_equal(ink_of(page), ink)
    assert ink[:40, -1].any()


# Undo and clear -------------------------------------------------------------------------------


def test_undo_and_clear(opened: Open) -> None:
    page = opened()
    inks = [ink_of(page)]
    for digit in (1, 4):
        drawn_by_mouse(page, digit)
        inks.append(ink_of(page))
    page.locator("#clear").click()
    assert not ink_of(page).any() and answer(page) == "?"
    assert page.locator(".here").is_visible()
    page.locator("#clear").click()  # twice is once
    page.locator("#undo").click()
    np.testing.assert_array_equal(ink_of(page), inks[2])
    page.keyboard.press("Control+z")
    page.keyboard.press("Backspace")  # a 4 has two strokes
    np.testing.assert_array_equal(ink_of(page), inks[1])
    page.keyboard.press("Delete")
    assert not ink_of(page).any()
    page.keyboard.press("Meta+z")
    np.testing.assert_array_equal(ink_of(page), inks[1])
    for _ in range(3):
        page.locator("#undo").click()
    assert not ink_of(page).any()
    drawn_by_mouse(page, 1)
    np.testing.assert_array_equal(ink_of(page), inks[1])


def test_a_click_is_a_dot(opened: Open) -> None:
    page = opened()
    page.locator("#drawing").click(position={"x": 50, "y": 60})
    assert (ink_of(page) == 255).sum() > 180  # of a disc of 18 pixels: 254, less its rim


# Keys alone -----------------------------------------------------------------------------------


def press(page: Any, *keys: tuple[str, int]) -> None:
    for key, times in keys:
        for _ in range(times):
            page.keyboard.press(key)


def test_keys_alone_draw(opened: Open) -> None:
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "drawing"
    assert page.locator(".pen").is_visible()
    press(page, ("ArrowUp", 9), ("ArrowLeft", 6))
    assert not ink_of(page).any()
    press(page, (" ", 1))
    assert page.locator("#status").inner_text() == "Pen down"
    press(page, ("ArrowRight", 11))
    for _ in range(9):  # two keys at once draw a slanted line
        page.keyboard.down("ArrowDown")
        page.keyboard.down("ArrowLeft")
        page.keyboard.up("ArrowLeft")
        page.keyboard.up("ArrowDown")
    press(page, (" ", 1))
    assert page.locator("#status").inner_text() == "Pen up"
    assert answer(page) == "7"
    ink = ink_of(page)
    press(page, ("ArrowLeft", 3))
    np.testing.assert_array_equal(ink_of(page), ink)
    page.wait_for_timeout(800)
    assert page.locator("#status").inner_text().startswith("Answer: 7, ")
    press(page, ("Backspace", 1))
    assert not ink_of(page).any()


def test_the_space_bar_may_be_held(opened: Open) -> None:
    page = opened()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp", delay=5)
    press(page, ("Shift+ArrowUp", 4))  # a quarter of a step each
    page.keyboard.down(" ")
    press(page, ("ArrowDown", 15))
    page.keyboard.up(" ")
    ink = ink_of(page)
    assert answer(page) == "1"
    press(page, ("ArrowRight", 5))
    np.testing.assert_array_equal(ink_of(page), ink)


def test_buttons_by_keys(opened: Open) -> None:
    page = opened()
    drawn_by_mouse(page, 1)
    page.locator("#drawing").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "clear"
    page.keyboard.press("Enter")
    assert not ink_of(page).any() and page.evaluate("document.activeElement.id") == "clear"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press(" ")  # undo
    assert ink_of(page).any()
    page.locator("#drawing").focus()
    page.keyboard.press(" ")
    page.keyboard.press("Tab")  # whoever leaves has lifted the pen
    assert not page.locator(".pen").is_visible()
    assert page.evaluate("isDrawing()") is False


# Screen readers, small screens, the dark ------------------------------------------------------


def test_a_screen_reader_is_told_the_answer_when_the_stroke_has_ended(opened: Open) -> None:
    page = opened()
    status = page.get_by_role("status")
    page.clock.install()
    [stroke] = places(page, 1)
    page.mouse.move(*stroke[0])
    page.mouse.down()
    page.mouse.move(*stroke[-1])
    page.clock.run_for(2000)
    assert status.inner_text() == ""
    page.mouse.up()
    page.clock.run_for(2000)
    assert status.inner_text().startswith("Answer: 1, ") and ". Next: " in status.inner_text()
    page.keyboard.press("Delete")
    page.clock.run_for(2000)
    assert status.inner_text() == "The paper is empty."
    assert page.get_by_role("application", name="Drawing").count() == 1
    assert "arrows move the pen" in page.locator("#keys").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_kept_out(opened: Open, name: str, width: int, scheme: str) -> None:
    page = opened(name, width, color_scheme=scheme)
    for digit in (None, 3):
        if digit is not None:
            drawn_by_mouse(page, digit)
        assert barriers(page) == ""
        assert overflow(page) <= 0
    for button in page.locator("button").all():
        box = button.bounding_box()
        assert box["width"] >= 44 and box["height"] >= 44
    box = page.locator("#drawing").bounding_box()
    assert box["width"] == box["height"] >= 280
    if width == 360:  # the answer is near the paper
        assert page.locator(".big").bounding_box()["y"] < 560


def test_colours_follow_the_scheme(opened: Open) -> None:
    page = opened(color_scheme="light")
    drawn_by_mouse(page, 3)
    ink = ink_of(page)
    tiles = "[...document.querySelectorAll('.tiles canvas')].map(c => c.toDataURL())"
    light = page.evaluate(tiles)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"first => ({tiles})[0] !== first", arg=light[0])
    dark = page.evaluate(tiles)
    assert all(one != other for one, other in zip(light, dark, strict=True))
    np.testing.assert_array_equal(ink_of(page), ink)


def test_nothing_moves_by_itself(opened: Open) -> None:
    page = opened(reduced_motion="reduce")
    drawn_by_mouse(page, 3)
    assert page.evaluate("document.getAnimations().length") == 0


def test_without_scripts_it_says_so(opened: Open) -> None:
    page = opened(java_script_enabled=False)
    assert "needs JavaScript" in page.locator("noscript").inner_text()


def test_its_policy_forbids_the_network_and_other_scripts(browser: Any, folder: Path) -> None:
    page, told = browser.new_page(), []
    page.on("console", lambda message: told.append(message.text))
    page.goto((folder / "digits.html").as_uri())
    asked = page.evaluate("fetch('https://example.org/').then(() => 'loaded', () => 'refused')")
    assert asked == "refused"
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
    }""")
    assert page.evaluate("window.ran") is None
    assert len(told) >= 2 and all("Content Security Policy" in text or "Fetch API" in text
                                  for text in told)  # fmt: skip
    page.close()
