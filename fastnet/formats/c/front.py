"""Rows as the caller of a C header gives them."""

from __future__ import annotations

from typing import NamedTuple

from ..layers import Exported


class Front(NamedTuple):
    """How the rows of a caller become the inputs of a net.

    Attributes
    ----------
    type : str
        The C type of the net's inputs: "float" or "uint8_t".
    parameter : str
        The parameter of the public functions, as "const float *x".
    argument : str
        What they give to `NAME_outputs`, an array of the inputs: "x", or "inputs" if they are
        encoded.
    code : str
        Types, tables and functions that stand before. NAME stands for the header's name.
    encode : str
        A statement that computes `float inputs[n]` from the parameter; "" if that is not needed.
    about : tuple of str
        Lines of the header's first comment, which say what a row is.
    row : str
        How a caller makes a row, in the example: a line of C.
    flash : int
        Bytes of the tables in `code`.
    """

    type: str
    parameter: str
    argument: str
    code: str = ""
    encode: str = ""
    about: tuple[str, ...] = ()
    row: str = ""
    flash: int = 0


def plain(model: Exported) -> Front:
    """Return the front of a net whose rows are arrays: pixels or numbers."""
    n = model.inputs
    if model.meaning.pixels:
        about = (f"x: {n} pixels, uint8_t from 0 to 255, as they are",)
        return Front("uint8_t", "const uint8_t *x", "x", about=about, row=f"uint8_t x[{n}];")
    about = (f"x: {n} numbers, finite, as the net has learned them",)
    return Front("float", "const float *x", "x", about=about, row=f"float x[{n}];")
