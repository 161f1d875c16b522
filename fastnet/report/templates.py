"""The templates of the page. All values are escaped, and control characters in them are shown."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Iterable
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from ..apart import apart, shortened
from ..diagnostics import printable


@functools.cache
def environment() -> jinja2.Environment:
    """Return the environment of the templates, which lie beside this module."""
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(text_of), autoescape=True, finalize=_shown,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _shown(value: Any) -> Any:
    """Return a value of a template as text in which control characters are visible."""
    return value if isinstance(value, Markup) else printable(str(value))


def part(name: str, *values: Any, **more: Any) -> Markup:
    """Return what a macro of parts.html makes of values."""
    made = getattr(environment().get_template("parts.html").module, name)(*values, **more)
    return Markup(made)


def shown(label: Any, most: int = 24) -> str:
    """Return a label as text of one line; of a long one the beginning and the end.

    It keeps all letters: a reader's browser has fonts that pictures have not.
    """
    return shortened(printable(str(label)) or '""', most)


def all_shown(labels: Iterable[Any], most: int = 24) -> list[str]:
    """Return labels as `shown` does; those that would look alike lose what they begin with."""
    return apart(labels, lambda text: shown(text, most))


def text_of(name: str) -> str | None:
    """Return a file beside this module; None if there is none."""
    file = resources.files(__package__) / name
    return file.read_text(encoding="utf-8") if file.is_file() else None


def digest_of(text: str) -> str:
    """Return the name by which a Content-Security-Policy allows a script or a style."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
