"""Take the picture of docs/report.md from a real page: `python -m tools.make_report_picture`.

It needs what tests/browser.py needs: Chromium and Playwright.
"""

import io
import tempfile
from pathlib import Path

from PIL import Image

import fastnet
from tests.browser import chromium

OUT = Path(__file__).parents[1] / "docs" / "pictures" / "report.png"
SCREENS = (("light", 820), ("dark", 400))  # a scheme of colours, and a width
HEIGHT, GAP = 1100, 24


def main() -> None:
    """Write the picture."""
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
    sheet.quantize(128).save(OUT, optimize=True)


if __name__ == "__main__":
    main()
