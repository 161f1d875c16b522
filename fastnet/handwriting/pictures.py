"""Pictures in: files, what Pillow has opened, and arrays, as grey of bounded size."""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO, TextIOBase
from typing import Any

import numpy as np

from .. import checks
from ..diagnostics import reason
from ..formats.extras import package
from ..typing import Array
from .paper import FAINT

MOST = 128  # million pixels of a picture
LESS = {"WEBP": 32, "AVIF": 32, "JPEG2000": 32}  # of these, whose decoders take more memory
ENOUGH = 4_000_000  # pixels: a larger picture is shrunk
STRIP = 1_000_000  # pixels of a large picture that are in memory as numbers at a time
Weights = tuple[float, float, float]  # of red, green and blue
GREY, RED, GREEN, BLUE = (0.299, 0.587, 0.114), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
# Formats of pictures as pixels. Others of Pillow's are not for pictures of paper, or run programs.
FORMATS = (
    "PNG", "JPEG", "MPO", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "JPEG2000", "PPM",
)  # fmt: skip
STARTS = {b"%PDF": "a PDF", b"<svg": "an SVG", b"ftyphei": "HEIC", b"ftypmif": "HEIC"}
ORIENTATION = 0x0112  # of Exif
TURNS: dict[int, Callable[[Array], Array]] = {
    2: np.fliplr,
    3: lambda grey: np.rot90(grey, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda grey: np.rot90(grey, -1),
    7: lambda grey: np.rot90(grey, 2).T,
    8: np.rot90,
}


@dataclass
class Picture:
    """A picture in grey.

    Attributes
    ----------
    grey : array of float32, shape (h, w)
        From 0, black, to 255.
    factor : int
        How many pixels of the picture as given, in a row, became one.
    size : (width, height)
        Of the picture as given, as a person sees it: turned as Exif says.
    notes : list of str
        What there is to say of it.
    weighted : function or None
        Makes a `grey` by other weights of red, green and blue, if the picture has colours.
    faint : float
        Ink is at least so much darker than the paper, as a share of it.
    """

    grey: Array
    factor: int
    size: tuple[int, int]
    notes: list[str] = field(default_factory=list)
    weighted: Callable[[Weights], Array] | None = None
    faint: float = FAINT


def taken(image: Any) -> Picture:
    """Return a picture in grey.

    Parameters
    ----------
    image : path, bytes, binary file, PIL.Image or array
        See `fastnet.handwriting.read`.

    Raises
    ------
    TypeError, ValueError, OSError
        It is no picture, is broken, or has too many pixels.
    ImportError
        A file needs Pillow, which is missing.
    """
    if is_opened(image):
        with in_one_line("image", b""):
            return of_image(image)
    if hasattr(image, "__array__") or isinstance(image, np.ndarray):
        return of_array(np.asarray(image))
    if isinstance(image, bytes | bytearray | memoryview):
        return of_file(BytesIO(image), "image")
    if isinstance(image, str | os.PathLike):
        path = os.fsdecode(image)
        if "://" in path:
            raise ValueError(f"{path}: an address, wanted a file")
        if os.path.isdir(path):
            raise ValueError(f"{path}: a folder, wanted a picture")
        with open(path, "rb") as file:
            return of_file(file, path)
    if isinstance(image, TextIOBase):
        raise TypeError("image: a file opened as text, wanted one opened as binary: 'rb'")
    if callable(getattr(image, "read", None)):
        return of_file(image, "image")
    wanted = "a path, bytes, a file, a picture of Pillow or an array"
    raise TypeError(f"image: {checks.came(image)}, wanted {wanted}")


def is_opened(image: Any) -> bool:
    """Tell whether Pillow has opened a picture."""
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(image, pillow.Image)


def factor_of(width: int, height: int, name: str = "image", most: int = MOST) -> int:
    """Return how many pixels become one; refuse what has too many, or none."""
    if not width * height:
        raise ValueError(f"{name}: {width} x {height} pixels, wanted some")
    if width * height > most * 1_000_000:
        many = f"{width} x {height} pixels, {width * height // 1_000_000} million"
        raise ValueError(f"{name}: {many}, wanted at most {most} million")
    return math.ceil(math.sqrt(width * height / ENOUGH))


# Arrays ------------------------------------------------------------------------------------------


def of_array(pixels: Array) -> Picture:
    """Return an array of pixels in grey."""
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (1, 2, 3, 4)):
        wanted = "(rows, columns), or (rows, columns, 1 to 4)"
        raise ValueError(f"image: shape {pixels.shape}, wanted {wanted}")
    height, width = pixels.shape[:2]
    factor, top = factor_of(width, height), top_of(pixels)

    def weighted(weights: Weights) -> Array:
        return shrunk(lambda above, below: pixels[above:below], width, height, factor, top, weights)

    coloured = pixels.shape[2:] > (2,)
    return Picture(weighted(GREY), factor, (width, height), [], weighted if coloured else None)


def top_of(pixels: Array, name: str = "image") -> int:
    """Return the number that stands for white: 1, 255 or 65535."""
    if pixels.dtype.kind not in "buif":
        raise TypeError(f"{name}: an array of {pixels.dtype}, wanted numbers")
    least, most = (float(of(pixels)) if pixels.size else 0.0 for of in (np.min, np.max))
    if not (least >= 0 and most <= 65535):
        raise ValueError(f"{name}: values from {least:g} to {most:g}, wanted 0 to 1, 255 or 65535")
    return 1 if most <= 1 else 255 if most <= 255 else 65535


def shrunk(
    rows: Callable[[int, int], Array],
    width: int,
    height: int,
    factor: int,
    top: int,
    weights: Weights,
) -> Array:
    """Return a picture in grey, of which `factor` squared pixels become one.

    `rows` returns the pixels of some rows, so that those of a large picture are numbers only strip
    by strip.
    """
    step = factor * max(1, STRIP // (width * factor))
    strips = [
        in_grey(rows(y, min(y + step, height)), factor, top, weights)
        for y in range(0, height, step)
    ]
    grey, solid = (np.concatenate(parts) for parts in zip(*strips, strict=True))
    return on_paper(grey, solid)


def in_grey(pixels: Array, factor: int, top: int, weights: Weights) -> tuple[Array, Array]:
    """Return means of grey, times how solid they are, and how solid they are, from 0 to 1."""
    pixels = pixels.reshape(*pixels.shape[:2], -1).astype(np.float32) / top
    channels = pixels.shape[2]
    each = np.array(weights if channels > 2 else [1], np.float32)
    grey = sum(weight * pixels[:, :, k] for k, weight in enumerate(each))
    if channels in (1, 3):
        return 255 * means(np.asarray(grey), factor), np.ones_like(means(pixels[:, :, 0], factor))
    return 255 * means(grey * pixels[:, :, -1], factor), means(pixels[:, :, -1], factor)


def means(values: Array, factor: int) -> Array:
    """Return means of squares of pixels; those at the right and lower edge are narrower."""
    for _ in range(2):
        starts = np.arange(0, len(values), factor)
        sums = np.add.reduceat(values, starts, axis=0) if factor > 1 else values
        values = (sums / np.diff(np.append(starts, len(values)))[:, None].astype(np.float32)).T
    return values


def on_paper(grey: Array, solid: Array) -> Array:
    """Return what lies on paper: what is transparent is paper.

    Where most of a picture is transparent, the rest is ink, and the paper is black or white,
    whichever is further from it. Else the paper is what most of the picture is.
    """
    if solid.min() == 1:
        return grey
    if solid.mean() < 0.5:
        ink = float(grey.sum()) / max(float(solid.sum()), 1e-9)
        paper = 255.0 if ink < 127.5 else 0.0
    else:
        paper = float(np.median(grey[solid == solid.max()]))
    return grey + paper * (1 - solid)


# Pillow ------------------------------------------------------------------------------------------


def of_file(file: Any, name: str) -> Picture:
    """Return the picture in an open file."""
    pillow = package("PIL.Image", "handwriting", "reading pictures from files")
    pillow.init()
    if not (hasattr(file, "seekable") and file.seekable()):  # as a pipe
        file = BytesIO(file.read())
    begins = file.read(512)
    file.seek(0)
    formats = [one for one in FORMATS if one in pillow.OPEN]
    with in_one_line(name, begins), pillow.open(file, formats=formats) as image:
        return of_image(image, name, fresh=True)


@contextmanager
def in_one_line(name: str, begins: bytes) -> Iterator[None]:
    """Raise a ValueError of one line for whatever Pillow says of a broken file."""
    pillow = sys.modules["PIL.Image"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damage that does not matter; sizes are checked
            yield
    except pillow.UnidentifiedImageError:
        what = next((words for start, words in STARTS.items() if start in begins), "no picture")
        came = what if begins else "empty"
        raise ValueError(f"{name}: {came}, wanted a picture such as PNG or JPEG") from None
    except pillow.DecompressionBombError:
        raise ValueError(f"{name}: too large, wanted at most {MOST} million pixels") from None
    except Exception as error:
        if str(error).startswith(f"{name}: "):
            raise
        raise ValueError(f"{name}: a broken picture: {reason(error)}") from None


def of_image(image: Any, name: str = "image", fresh: bool = False) -> Picture:
    """Return a picture that Pillow has opened; of a fresh JPEG, only as many pixels as needed."""
    size: tuple[int, int] = image.size
    factor = factor_of(*size, name, LESS.get(image.format, MOST))
    if fresh:
        image.draft(None, [max(side // factor, 1) for side in size])
    image.load()  # before Exif is asked: Pillow hides damage then, and has turned a TIFF by now
    turn = orientation(image)
    done = round(size[0] / image.width)
    width, height = image.size
    factor = factor_of(width, height, name)
    notes = ["only the first picture of several"] if several(image) else []
    top = 255
    if image.mode[0] in "IF":
        top = top_of(np.array(image.getextrema(), np.float64), name)

    def rows(above: int, below: int) -> Array:
        return np.asarray(plain(image.crop((0, above, width, below))))

    def weighted(weights: Weights) -> Array:
        grey = shrunk(rows, width, height, factor, top, weights)
        return TURNS[turn](grey) if turn in TURNS else grey

    seen = (size[1], size[0]) if turn >= 5 else size
    coloured = rows(0, 1).shape[2:] > (2,)
    return Picture(weighted(GREY), factor * done, seen, notes, weighted if coloured else None)


def several(image: Any) -> bool:
    """Tell whether a file has further pictures, apart from those that cameras add."""
    return image.format != "MPO" and bool(getattr(image, "is_animated", False))


def plain(image: Any) -> Any:
    """Return a picture whose pixels are grey or RGB, and how solid they are."""
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBa"):
        return image.convert("RGBA")
    if image.mode[0] in "IF" or image.mode in ("L", "RGB", "RGBA"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def orientation(image: Any) -> int:
    """Return how a camera was held, as Exif says; 1 is upright."""
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # what is damaged there does not matter
        return 1
    return value if isinstance(value, int) and value in TURNS else 1
