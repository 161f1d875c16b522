"""Put the tables of results/*.md into README.md and docs/*.md, each between its two markers.

A table stands between `<!-- bench/results/NAME.md -->` and `<!-- end -->`.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def pages() -> list[Path]:
    """The README, then the pages of docs/, without those that `make docs` writes."""
    pages = sorted((ROOT / "docs").rglob("*.md"))
    return [ROOT / "README.md", *(p for p in pages if ROOT / "docs" / "generated" not in p.parents)]


def filled(text: str) -> str:
    """Return the text with the current tables."""

    def table(found: re.Match[str]) -> str:
        shown = (ROOT / found[2]).read_text(encoding="utf-8").strip()
        return f"{found[1]}\n\n{shown}\n\n{found[3]}"

    pattern = r"(<!-- (bench/results/\w+\.md) -->).*?(<!-- end -->)"
    return re.sub(pattern, table, text, flags=re.DOTALL)


def write() -> None:
    """Bring the tables in all pages up to date."""
    for page in pages():
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
