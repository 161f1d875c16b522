"""Code that is a public name, such as `fastnet.train`, becomes a link to the API."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.nodes import make_refnode

# A net is called `net` on all pages.
SHORT = {"net": "fastnet.Network", "Network": "fastnet.Network", "Ensemble": "fastnet.Ensemble"}
NAME = re.compile(r"(?:fastnet|FastNet\w+|net|Network|Ensemble)(?:\.\w+)*(?=\(.*\)$|$)", re.DOTALL)


def link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link the code of a page."""
    documented = app.env.domains.python_domain.objects
    for literal in [*doctree.findall(nodes.literal)]:
        found = NAME.match(literal.astext())
        parents = (nodes.reference, nodes.title)
        if found is None or any(isinstance(p, parents) for p in ancestors(literal)):
            continue
        name = full(found[0])
        while "." in name and name not in documented:  # such as an attribute, whose class is
            name = name.rpartition(".")[0]
        if name in documented:
            entry = documented[name]
            literal.replace_self(
                make_refnode(
                    app.builder, docname, entry.docname, entry.node_id, literal.deepcopy(), name
                )
            )


def full(name: str) -> str:
    """Return the name as the API lists it."""
    first, dot, rest = name.partition(".")
    if first.startswith("FastNet"):
        first = f"fastnet.sklearn.{first}"
    return f"{SHORT.get(first, first)}{dot}{rest}"


def ancestors(node: nodes.Node) -> list[nodes.Node]:
    """Return the nodes that a node is in."""
    return [] if node.parent is None else [node.parent, *ancestors(node.parent)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it with Sphinx."""
    app.connect("doctree-resolved", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
