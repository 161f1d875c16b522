"""A section of the page."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

NOTHING = Markup()


@dataclass(frozen=True)
class Section:
    """A section of the page: a heading, and what stands below it.

    Attributes
    ----------
    id : str
        Its name in links: small letters and hyphens.
    title : str
        Its heading, as plain text; the page makes it an h2. Headings inside begin at h3.
    html : Markup
        What stands below the heading. Text that came from elsewhere is escaped in it.
    note : str
        A sentence below the heading, as plain text: what is seen here, or what cannot be, and why.
    files : tuple of str
        The styles (.css) and scripts (.js) of this wing that it needs.
    """

    id: str
    title: str
    html: Markup = NOTHING
    note: str = ""
    files: tuple[str, ...] = ()
