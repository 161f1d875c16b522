"""Rows as the caller of a C header gives them."""

from __future__ import annotations

from typing import NamedTuple

from ..layers import Exported


class Front(NamedTuple):
    """How the rows of a caller become the inputs of a net, in final C text.

    Attributes
    ----------
    type : str
        The C type of the net's inputs: "float" or "uint8_t".
    parameter : str
        The parameter of the public functions, as "const float *x" or "const digits_row *row".
    row : str
        Its name, "x" or "row".
    given : str
        The argument of a caller whose row has this name.
    example : str
        A line of C that declares a row.
    length : int
        The length of a row that is an array; of others the number of the net's inputs.
    about : tuple of str
        Lines of the header's first comment, which say what a row is.
    code : str
        Types, tables and functions that stand before the net.
    encode : str
        A statement that computes `float inputs[n]` from the row; "" if a row is the inputs.
    """

    type: str
    parameter: str
    row: str
    given: str
    example: str
    length: int
    about: tuple[str, ...] = ()
    code: str = ""
    encode: str = ""


def plain(model: Exported) -> Front:
    """Return the front of a net whose rows are arrays: pixels or numbers."""
    n = model.inputs
    if model.meaning.pixels:
        about = (f"A row is {n} pixels from 0 to 255.",)
        return Front("uint8_t", "const uint8_t *x", "x", "x", f"uint8_t x[{n}];", n, about)
    about = (f"A row is {n} finite numbers.",)
    return Front("float", "const float *x", "x", "x", f"float x[{n}];", n, about)
