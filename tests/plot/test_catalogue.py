"""The catalogue has all pictures, and so have the package and the page."""

import importlib
import inspect
import pkgutil

import pytest

import fastnet
from fastnet import plot
from fastnet.plot.catalogue import PICTURES
from tests.helpers import ROOT


def test_the_package_and_the_page_have_all_pictures():
    assert sorted(plot.__all__) == sorted(PICTURES)
    assert {*PICTURES} <= {*dir(plot)}
    page = (ROOT / "docs" / "pictures.md").read_text(encoding="utf-8")
    assert all(f"`{name}(" in page for name in PICTURES)
    with pytest.raises(AttributeError, match="no attribute 'pie'"):
        plot.pie  # noqa: B018
    assert fastnet.plot is plot


def test_no_module_has_the_name_of_a_picture():
    """Importing such a module would set its name in the package: not the picture, the module."""
    modules = {module.name for module in pkgutil.iter_modules(plot.__path__)}
    assert modules.isdisjoint(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_functions_have_one_form(name):
    """NAME(net, X, y, ax=None, *, ...), less what it does not need; theme and size come last."""
    row, function = PICTURES[name], getattr(plot, name)
    parameters = inspect.signature(function).parameters
    kinds = [p.kind for p in parameters.values()]
    placed = [n for n, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert placed[1:] == [*row.data, "ax"]
    assert kinds == sorted(kinds)
    assert [*parameters][-2:] == ["theme", "size"]
    assert {*row.options} <= {*parameters}
    assert function.__module__ == f"fastnet.plot.{row.module}"
    assert importlib.import_module(function.__module__)
