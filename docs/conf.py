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
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["examples", "gallery/pages/index.rst"]
myst_heading_anchors = 4
html_theme = "pydata_sphinx_theme"
html_title = "fastnet"

# The gallery: scripts in docs/gallery, whose pages Git ignores. docs/gallery/index.md lists them.
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "gallery/pages",
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
