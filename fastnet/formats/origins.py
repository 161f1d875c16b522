"""Where models come in from, and how files of each kind begin."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

PIECE = 1 << 16
STATES = "torch.load"  # takes mappings: state dicts, of tensors or of NumPy's arrays
OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # of a pickle by PyTorch before 1.6
FIELDS = {bytes([8 * field + 2 * (field != 5)]) for field in (2, 3, 4, 5, 6, 7, 8, 14)}  # of ONNX


class Origin(NamedTuple):
    """Where models come in from.

    Attributes
    ----------
    begins : function of an open file
        Tells whether a file is of this kind, from its first bytes, intact or not.
    package : str or None
        The package of the objects that stand for such models.
    name : str
        What such files are, in errors and in `Network.origin`.

    Its module in `fastnet.formats` has `read(path, given)`, and `taken(object, given)` for objects.
    """

    begins: Callable[[BinaryIO], bool]
    package: str | None
    name: str


def _is_json(file: BinaryIO) -> bool:
    """Tell whether a file is an object of JSON that says so, in whatever order and layout."""
    piece = file.read(PIECE).removeprefix(b"\xef\xbb\xbf").lstrip()
    found = piece[:1] == b"{"
    while found and piece:
        if b'"fastnet model"' in piece and re.search(rb'"format"\s*:\s*"fastnet model"', piece):
            return True
        more = file.read(PIECE)
        piece = more and piece[-1000:] + more  # the words may stand in both
    return False


def _is_safetensors(file: BinaryIO) -> bool:
    """Tell whether a file begins with the length of a header, which the format bounds, and one."""
    head = file.read(9)
    return head[4:] == b"\0\0\0\0{"


def _is_onnx(file: BinaryIO) -> bool:
    """Tell whether a file begins with the version of ONNX's form, and another field of a model."""
    head = file.read(3)
    return len(head) == 3 and head[0] == 8 and 0 < head[1] < 128 and head[2:] in FIELDS


def _is_skops(file: BinaryIO) -> bool:
    """Tell whether a zip file begins with an array by its number, or has a schema, as skops'."""
    if re.fullmatch(r"\d{6,}\.npy|schema\.json", _first_member(file)):
        return True
    file.seek(0)
    try:
        return file.read(2) == b"PK" and "schema.json" in zipfile.ZipFile(file).namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _is_torch(file: BinaryIO) -> bool:
    """Tell whether PyTorch wrote a file: torch.save, now or before 1.6, torch.jit, torch.export."""
    if re.fullmatch(r"([^/]*/)?data\.pkl|[^/]+/data/(\d+|weights/.+)", _first_member(file)):
        return True
    file.seek(0)
    return file.read(len(OLD_TORCH)) == OLD_TORCH


def _first_member(file: BinaryIO) -> str:
    """Return the name of the first member of a zip file, intact or not; "" if it is none."""
    head = file.read(30)
    if head[:4] != b"PK\3\4" or len(head) < 30:
        return ""
    return file.read(int.from_bytes(head[26:28], "little")).decode("latin-1")


# By the module of `fastnet.formats` that reads them.
ORIGINS: dict[str, Origin] = {
    "json": Origin(_is_json, None, "JSON"),
    "safetensors": Origin(_is_safetensors, None, "safetensors"),
    "onnx.load": Origin(_is_onnx, "onnx", "ONNX"),
    "sklearn.load": Origin(_is_skops, "sklearn", "skops"),
    STATES: Origin(_is_torch, "torch", "PyTorch"),
}
