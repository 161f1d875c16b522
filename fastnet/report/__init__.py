"""One page about a net: what it is, what it learned from, how well it does, how to repeat it.

The page is a single file of HTML that needs no server and no network. It needs Jinja2 and
Matplotlib: `pip install 'fastnet-sgd[report]'`.
"""

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["html", "write"]

if TYPE_CHECKING:
    from .page import html, write


def __getattr__(name: str) -> Any:
    """Import the page, and what it needs, at its first use."""
    if name not in __all__:
        raise AttributeError(f"module 'fastnet.report' has no attribute {name!r}")
    for package in ("jinja2", "matplotlib"):
        try:
            importlib.import_module(package)
        except ImportError:
            needs = f"fastnet.report needs {package}: pip install 'fastnet-sgd[report]'"
            raise ImportError(needs) from None
    value = globals()[name] = getattr(importlib.import_module("fastnet.report.page"), name)
    return value


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__"))]
