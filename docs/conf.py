"""How Sphinx builds the site: `make docs`."""

import inspect
import re
import sys
from pathlib import Path

from numpydoc.docscrape_sphinx import SphinxDocString
from sphinx.application import Sphinx

import fastnet

sys.path.append(str(Path(__file__).parent / "_extensions"))

project = "fastnet"
author = copyright = "the fastnet authors"
version = release = fastnet.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "names",
    "repository",
]
exclude_patterns = ["examples", "gallery", "generated/gallery/index.rst"]
templates_path = ["_templates"]
nitpicky = True
suppress_warnings = ["sphinx_gallery.space_in_filename"]  # the repository may lie anywhere

# Pages
myst_heading_anchors = 4
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# The API: what docs/api.md lists, from docstrings, whose code stands in single backquotes.
default_role = "literal"
autodoc_typehints = "none"  # the docstrings say them in words
autodoc_member_order = "groupwise"
autosummary_ignore_module_all = False
numpydoc_class_members_toctree = False
numpydoc_show_class_members = False
# All checks of docstrings but these: short docstrings need no sections, nor a section all names, a
# type or a second line; parameters may stand by what they do; the reference has formulas.
numpydoc_validation_checks = {
    "all",
    "ES01", "EX01", "SA01", "RT01", "YD01",
    "PR01", "PR03", "PR04", "PR07", "PR08", "RT03",
    "SS02", "SS05",
}  # fmt: skip
# An attribute is what its class's docstring says. numpydoc would take a property's own docstring,
# such as that of `attrgetter`. Should it rename this method, a nitpicky warning ends the build.
SphinxDocString._process_param = lambda self, name, text, *_: (f"**{name}**", text)
maximum_signature_line_length = 80
toc_object_entries_show_parents = "hide"
add_module_names = False
viewcode_line_numbers = True

# Looks. Nothing is loaded from elsewhere: the site works from a disk, without a network.
html_theme = "furo"
html_title = "fastnet"
html_static_path = ["_static"]
html_css_files = ["fastnet.css"]
html_js_files = ["fastnet.js"]
html_favicon = "_static/fastnet.svg"
html_logo = "_static/fastnet.svg"
html_show_search_summary = False  # it reads pages by requests, which a browser denies on a disk
html_copy_source = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_theme_options = {"navigation_with_keys": True}

# The gallery: scripts in docs/gallery, which docs/gallery.md lists. Git ignores their pages.
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "generated/gallery",
    "filename_pattern": r"\.py$",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "image_srcset": ["2x"],
    "thumbnail_size": (640, 448),
    # What a story shows, it draws or prints; no times, so that two builds of one version are equal.
    "capture_repr": (),
    "min_reported_time": 1e9,
    "write_computation_times": False,
    "show_signature": False,
    "remove_config_comments": True,
}


def left_out(
    app: Sphinx, what: str, name: str, member: object, skipped: bool, options: object
) -> bool | None:
    """Leave out attributes, which their class's docstring tells of, and what others document."""
    ours = str(getattr(member, "__module__", None)).startswith("fastnet")
    told = inspect.isroutine(member) or inspect.isclass(member)
    return None if what != "class" or (ours and told) else True


def link_pages(
    app: Sphinx, what: str, name: str, member: object, options: object, lines: list[str]
) -> None:
    """Link the pages that a docstring names as files, such as docs/defaults.md."""
    lines[:] = [re.sub(r"\bdocs/([\w/-]+)\.md", r":doc:`/\1`", line) for line in lines]


def name_roles(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Say in HTML what screen readers ask for: levels of captions, lists of a signature's lines."""
    for part in ("furo_navigation_tree", "body"):
        html = context.get(part) or ""
        html = html.replace('role="heading">', 'role="heading" aria-level="2">')
        context[part] = re.sub(r"<dl>\n(<dd>.*?)</dl>", signature_list, html, flags=re.DOTALL)


def signature_list(found: re.Match[str]) -> str:
    """Return the lines of a signature as a list; Sphinx has them as definitions of nothing."""
    return f'<dl role="list">{found[1]}</dl>'.replace("<dd>", '<dd role="listitem">')


def setup(app: Sphinx) -> None:
    """Connect it with Sphinx."""
    app.connect("autodoc-skip-member", left_out)
    app.connect("autodoc-process-docstring", link_pages)
    app.connect("html-page-context", name_roles, priority=900)
