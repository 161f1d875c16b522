"""Put the tables of results/*.md into README.md, each between its two markers.

A table stands between `<!-- bench/results/NAME.md -->` and `<!-- end -->`.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def filled(text: str) -> str:
    """The text with each table as it is now."""

    def table(found: re.Match[str]) -> str:
        return f"{found[1]}\n\n{(ROOT / found[2]).read_text().strip()}\n\n{found[3]}"

    pattern = r"(<!-- (bench/results/\w+\.md) -->).*?(<!-- end -->)"
    return re.sub(pattern, table, text, flags=re.DOTALL)


def write() -> None:
    """Bring README.md up to date."""
    readme = ROOT / "README.md"
    readme.write_text(filled(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
