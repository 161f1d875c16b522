"""Take the pictures of docs/report.md from real pages: `python -m tools.make_report_picture`.

It needs what tests/browser.py needs: Chromium and Playwright.
"""

import io
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

import fastnet
from tests.browser import chromium

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SCREENS = (("light", 820), ("dark", 400))  # a scheme of colours, and a width
HEIGHT, GAP = 1100, 24
MOMENT = 7  # of the replay: after the second epoch


def main() -> None:
    """Write the pictures."""
    (X, y), test = fastnet.datasets.load("digits")
    net = fastnet.train(X, y, hidden=(30,), epochs=5, validation_data=test)
    net.run["source"] = "digits"  # as the terminal notes
    sheet = Image.new("RGB", (sum(width for _, width in SCREENS) + GAP, HEIGHT), "#8a949e")
    left = 0
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder) / "digits.html"
        fastnet.report.write(path, {"digits.npz": net}, *test, learned=(X, y), data="digits")
        for scheme, width in SCREENS:
            page = browser.new_page(
                viewport={"width": width, "height": HEIGHT}, color_scheme=scheme
            )
            page.goto(path.as_uri())
            sheet.paste(Image.open(io.BytesIO(page.screenshot())), (left, 0))
            left += width + GAP
        replay(browser, path).quantize(64).save(PICTURES / "replay.png", optimize=True)
    sheet.quantize(128).save(PICTURES / "report.png", optimize=True)


def replay(browser: Any, path: Path) -> Image.Image:
    """Return a picture of the replay at a moment."""
    page = browser.new_page(viewport={"width": 1240, "height": 1000})
    page.goto(path.as_uri())
    stage = page.locator(".replay-stage")
    stage.locator("input").press("Home")
    for _ in range(MOMENT):
        stage.get_by_role("button", name="Step on").click()
    stage.evaluate("stage => { stage.focus(); scrollTo(0, 0); }")
    page.set_viewport_size({"width": 1240, "height": 4000})  # so that nothing scrolls
    page.wait_for_timeout(1000)
    return Image.open(io.BytesIO(stage.screenshot()))


if __name__ == "__main__":
    main()
