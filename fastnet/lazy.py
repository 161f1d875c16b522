"""Names of a package that are imported when they are first used."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazily(
    package: str, homes: Mapping[str, str] = {}, needs: tuple[str, ...] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package, for the names in its `__all__`.

    Parameters
    ----------
    package : str
        The package, which calls this while it is imported.
    homes : mapping of str to str
        The module of each name, from within the package. A name without one is a module itself.
    needs : tuple of str
        Packages that must be there, of the extra that is named as this package is.
    """
    module = sys.modules[package]

    def get(name: str) -> Any:
        if name not in module.__all__:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        for other in needs:
            try:
                importlib.import_module(other)
            except ImportError:
                cure = f"pip install 'fastnet-sgd[{package.rpartition('.')[2]}]'"
                raise ImportError(f"{package} needs {other}: {cure}") from None
        value: Any = importlib.import_module(f".{homes.get(name, name)}", package)
        if name in homes:
            value = getattr(value, name)
        setattr(module, name, value)
        return value

    def names() -> list[str]:
        return [*module.__all__, *(name for name in vars(module) if name.startswith("__"))]

    return get, names
