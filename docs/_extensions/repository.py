"""Links to files that are not pages: each text file that a page links to becomes a page itself.

Pages link to the changelog, to tables of the bench and to sources by relative paths, as a code
host wants it. The site has no such places. So what is linked is written as a page below `FILES`:
Markdown as it is, sources as code. The links are rewritten as Sphinx reads the pages. All other
files, such as tables of data, are downloads.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FILES = "generated/files"  # below docs/
API = "generated/api"  # where autosummary writes the pages of what docs/api.md lists
GALLERY = "generated/gallery"  # where sphinx-gallery writes the pages of the scripts in gallery/

CODE = {
    ".py": "python", ".c": "c", ".h": "c", ".ino": "c", ".sh": "bash", ".js": "javascript",
    ".html": "html", ".toml": "toml", ".cfg": "ini",
}  # fmt: skip
# A fence, code within a line, or the target of a link or picture, which alone has a group.
PIECE = re.compile(r"^(`{3,}|~{3,}).*?^\1|(?P<ticks>`+).+?(?P=ticks)|\]\((?P<target>[^)\s]+)",
                   re.MULTILINE | re.DOTALL)  # fmt: skip


def relinked(text: str, folder: Path) -> str:
    """Return the text of a page in this folder with links by places in the site."""

    def place(found: re.Match[str]) -> str:
        path, hash_, heading = (found["target"] or "").partition("#")
        file = (folder / path).resolve()
        if not path or not file.is_file() or ROOT not in file.parents:
            return found[0]
        return f"]({address(file)}{hash_}{heading}"

    return PIECE.sub(place, text)


def address(file: Path) -> str:
    """Return what a link calls a file of the repository: a path from docs/, or its page's."""
    if file.parent == DOCS / "gallery" and file.suffix == ".py":
        return f"/{GALLERY}/{file.stem}.rst"
    if DOCS in file.parents and file.suffix == ".md" and DOCS / "examples" not in file.parents:
        return f"/{file.relative_to(DOCS)}"
    if file.suffix == ".md":
        return f"/{FILES}/{file.relative_to(ROOT)}"
    if file.suffix in CODE:
        return f"/{FILES}/{file.relative_to(ROOT)}.md"
    return f"/../{file.relative_to(ROOT)}"


def write_pages(app: Sphinx) -> None:
    """Write the pages of all files that are linked from docs/, or from such a file in turn."""
    waiting = [page for page in DOCS.rglob("*.md") if DOCS / "generated" not in page.parents]
    seen = set(waiting)
    while waiting:
        page = waiting.pop()
        text = page.read_text(encoding="utf-8")
        for found in PIECE.finditer(text):
            file = (page.parent / (found["target"] or "").partition("#")[0]).resolve()
            if file not in seen and file.is_file() and address(file).startswith(f"/{FILES}/"):
                seen.add(file)
                write_page(file)
                if file.suffix == ".md":
                    waiting.append(file)
    keep((DOCS / address(file)[1:] for file in seen), FILES)


def write_page(file: Path) -> None:
    """Write the page of a file, unless it stands there as it is."""
    name = file.relative_to(ROOT)
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".md":
        text = relinked(text, file.parent)
        text = text if text.startswith("# ") else f"# {name}\n\n{text}"
    else:
        text = f"# {name}\n\n````{{code-block}} {CODE[file.suffix]}\n:linenos:\n\n{text}\n````\n"
    page = DOCS / address(file)[1:]
    text = f"---\norphan: true\n---\n\n{text}"
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")


def keep(pages: Iterable[Path], folder: str) -> None:
    """Remove all other pages below a folder of docs/: what was linked or listed last time."""
    for page in {p for p in (DOCS / folder).rglob("*.*") if p.is_file()}.difference(pages):
        page.unlink()


def relink(app: Sphinx, docname: str, source: list[str]) -> None:
    """Rewrite the links of a page of docs/; those below `FILES` are written so."""
    if not docname.startswith("generated/"):
        source[0] = relinked(source[0], (DOCS / docname).parent)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it with Sphinx."""
    listed = (DOCS / "api.md").read_text(encoding="utf-8").split()
    keep((DOCS / API / f"{name}.rst" for name in listed), API)
    app.connect("builder-inited", write_pages, priority=100)
    app.connect("source-read", relink)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
