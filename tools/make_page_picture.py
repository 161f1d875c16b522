"""Take the picture of the page to draw on: `python -m tools.make_page_picture`.

It needs what tests/browser.py needs: Chromium and Playwright.
"""

import io
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from fastnet.formats import export
from fastnet.handwriting import pretrained
from tests.browser import chromium
from tests.formats.page.strokes import drawn_by_mouse

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "page.png"
SCREENS = (("light", 980, 3), ("dark", 400, 7))  # a scheme of colours, a width, and a digit
HEIGHT, GAP = 1130, 24


def main() -> None:
    """Write the picture."""
    sheet = Image.new("RGB", (sum(width for _, width, _ in SCREENS) + GAP, HEIGHT), "#8a949e")
    left = 0
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder) / "digits.html"
        export(pretrained(), "page", path)
        for scheme, width, digit in SCREENS:
            sheet.paste(drawn(browser, path, scheme, width, digit), (left, 0))
            left += width + GAP
    sheet.quantize(128).save(PICTURE, optimize=True)


def drawn(browser: Any, path: Path, scheme: str, width: int, digit: int) -> Image.Image:
    """Return a screen on which a digit is drawn."""
    phone = {"has_touch": True, "is_mobile": True} if width < 500 else {}
    page = browser.new_page(
        viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, **phone
    )
    page.goto(path.as_uri())
    drawn_by_mouse(page, digit)
    return Image.open(io.BytesIO(page.screenshot()))


if __name__ == "__main__":
    main()
