"""How Sphinx builds the site: `make docs`."""

import fastnet

project = "fastnet"
author = copyright = "the fastnet authors"
version = release = fastnet.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["examples"]
myst_heading_anchors = 4
html_theme = "pydata_sphinx_theme"
html_title = "fastnet"
