"""One page about a net: what it is, what it learned from, how well it does, how to repeat it.

The page is a single file of HTML that needs no server and no network. It needs Jinja2 and
Matplotlib: `pip install 'fastnet-sgd[report]'`.
"""

from typing import TYPE_CHECKING

from ..lazy import lazily

__all__ = ["html", "write"]

if TYPE_CHECKING:
    from .page import html, write

_HOMES = {"html": "page", "write": "page"}
__getattr__, __dir__ = lazily(__name__, _HOMES, needs=("jinja2", "matplotlib"))
