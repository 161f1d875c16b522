"""`Elastic`: how images are deformed while a net learns them."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..checks import came, flag, in_order, number, sizes, whole
from ..checks import seed as checked_seed
from ..kernels.deform import Moves
from ..spelling import option_meant
from ..typing import Array
from .deformation import Deformer, keys_of, pixels, size_of

NAMES: dict[str, dict[str, Any]] = {"elastic": {}, "affine": {"alpha": 0.0}}
FLAGS = {"yes": True, "true": True, "no": False, "false": False}
LIMITS = {  # of the numbers, both included
    "alpha": (0.0, 1e6), "sigma": (0.0, 1000.0), "rotation": (0.0, 180.0), "scaling": (0.0, 0.99),
    "shear": (0.0, 10.0), "shift": (0.0, 1000.0),
}  # fmt: skip
PIECE = 1 << 22  # pixels between two moments at which Ctrl-C stops `deform`
FAINT = 8.0  # greys: reading between pixels smears ink, and what is not 0 costs a net time


@dataclass(frozen=True)
class Elastic:
    """Deformations of grey images, drawn anew for each image and epoch.

    Each pixel is read from another place: the image is turned, scaled, sheared and shifted as a
    whole, and then moved by a smooth field of random moves. What is read beyond the image is 0.
    A pixel of at most 8 of 255 becomes 0, unless nothing moves but a flip: reading between pixels
    smears ink, and a net learns faster where pixels are 0. All numbers are drawn evenly from
    between their limits.

    Parameters
    ----------
    alpha : float
        Strength of the moves in pixels, before they are smoothed: each is drawn from (-1, 1), for
        each pixel, right and down, then smoothed, then multiplied by alpha. 0 leaves them out.
    sigma : float
        Standard deviation of the Gaussian that smooths them, in pixels. Small ones make a tremor,
        large ones a shift of the whole.
    rotation : float
        The most degrees by which the image is turned, to either side.
    scaling : float
        The largest change of the width and of the height, each on its own. 0.1 reads from 0.9 to
        1.1 times the distance to the middle.
    shear : float
        The most columns by which a row is moved for each row from the middle: a slant.
    shift : float
        The most pixels by which the image is moved, to each side, up and down.
    flip : bool
        Whether every other image, by chance, is mirrored, left for right.
    shape : (int, int), optional
        Rows and columns of the images. By default those of X (n, rows, columns); flat images are
        squares.

    Raises
    ------
    TypeError, ValueError
        A value is no number, or beyond its limits.

    Notes
    -----
    The deformation is that of Simard, Steinkraus and Platt, "Best practices for convolutional
    neural networks applied to visual document analysis", ICDAR 2003.

    Examples
    --------
    >>> import fastnet
    >>> (X, y), _ = fastnet.datasets.load("digits")
    >>> fastnet.Elastic(rotation=10).deform(X[:100], seed=1).shape
    (100, 784)
    """

    alpha: float = 36.0
    sigma: float = 4.5
    rotation: float = 12.0
    scaling: float = 0.14
    shear: float = 0.1
    shift: float = 0.0
    flip: bool = False
    shape: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for name, limits in LIMITS.items():
            value = number(f"augment {name}", getattr(self, name), *limits)
            object.__setattr__(self, name, float(value))
        object.__setattr__(self, "flip", flag("augment flip", self.flip))
        if self.shape is not None:
            shape = tuple(self.shape) if in_order(self.shape) else ()
            if len(shape) != 2:
                wanted = "wanted (rows, columns): one number for each pixel"
                raise ValueError(f"augment shape: {came(self.shape)}, {wanted}")
            object.__setattr__(self, "shape", sizes("augment shape", shape))

    @classmethod
    def of(cls, value: Any) -> Elastic:
        """Return an `Elastic` from what stands for one.

        Parameters
        ----------
        value : Elastic, dict or str
            A dict has parameters by name. Text has them as in the terminal: "elastic", "affine"
            (alpha=0), "alpha=30,sigma=5", "affine,shift=2", "elastic,flip" or "shape=20x30".

        Raises
        ------
        TypeError, ValueError
            It stands for none.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            value = parsed(value)
        if not isinstance(value, Mapping):
            cure = {True: ": 'elastic' deforms", False: ": None leaves images as they are"}
            more = cure[bool(value)] if isinstance(value, bool | np.bool_) else ""
            raise TypeError(f"augment: {came(value)}, wanted an Elastic, a dict or a name{more}")
        names = [field.name for field in dataclasses.fields(cls)]
        for name in value:
            if name not in names:
                meant = option_meant(str(name), names)
                raise TypeError(f"augment: {came(name)} is none of {', '.join(names)}{meant}")
        return cls(**value)

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters in JSON types: `Elastic.of` takes them back."""
        shape = None if self.shape is None else list(self.shape)
        return {**dataclasses.asdict(self), "shape": shape}

    def to_text(self) -> str:
        """Return the parameters as the terminal takes them, such as "affine,shift=2"."""
        given = {name: value for name, value in vars(self).items() if value != DEFAULTS[name]}
        words = [name for name, own in NAMES.items() if own and own.items() <= given.items()]
        for name in words:
            given = {key: value for key, value in given.items() if key not in NAMES[name]}
        return ",".join([*words, *(_said(*each) for each in given.items())]) or "elastic"

    def fitting(self, shape: tuple[int, ...], name: str = "X") -> Elastic:
        """Return an `Elastic` that has the rows and columns of images.

        Parameters
        ----------
        shape : tuple of int
            The shape of an array of images: (n, pixels) or (n, rows, columns).
        name : str
            The name of the array in errors.

        Raises
        ------
        ValueError
            They are of another shape, or of several colours; or the shape is not known.
        """
        size = size_of(shape, name)
        if size is None:
            size = self.shape_of(shape[1])
        elif self.shape not in (None, size):
            raise ValueError(f"augment shape: {self.shape}, but {name} has images of {size}")
        return dataclasses.replace(self, shape=size)

    def shape_of(self, features: int) -> tuple[int, int]:
        """Return the rows and columns of images with so many pixels.

        Raises
        ------
        ValueError
            They are not of this shape or, if none is given, not square.
        """
        side = math.isqrt(features)
        rows, columns = self.shape or (side, side)
        if rows * columns == features:
            return rows, columns
        if self.shape is None:
            came = f"images of {features:,} pixels are no squares"
            raise ValueError(f"augment: {came}, wanted (n, rows, columns), or shape in augment")
        has = f"shape {self.shape} has {rows * columns:,} pixels"
        raise ValueError(f"augment: {has}, but the images have {features:,}")

    def deform(self, X: Any, *, seed: int = 0, epoch: int = 1) -> Array:
        """Deform images, as `fastnet.train` does with this seed in this epoch.

        Parameters
        ----------
        X : array_like, shape (n, pixels) or (n, rows, columns), uint8
            Images of one colour; 0 is the ground. One image (rows, columns) is X[None].
        seed : int
            The seed of the run. A seed and an epoch give the same bytes on every CPU.
        epoch : int
            The number of the epoch, from 1 on.

        Returns
        -------
        numpy.ndarray
            The deformed images, uint8, in the shape of X.

        Raises
        ------
        TypeError, ValueError
            X holds no such images.

        Notes
        -----
        An image's place in X decides its deformation, besides the seed and the epoch. `train` has
        the places of the samples that it learns, whatever their order in an epoch: a sample that is
        held out or has the weight 0 has no place, and one of weight 2 has two, as if it came twice
        in X. So `train` learns deform(X, seed=seed, epoch=1) in the first epoch; with held-out
        samples, deform(X[learned], ...); with whole weights, deform(np.repeat(X, weights, 0), ...).
        A run that continues from `init` counts its epochs from 1 again.
        """
        X, key = pixels(X), (checked_seed("seed", seed), whole("epoch", epoch, 1))
        own, order = self.fitting(X.shape), np.arange(len(X))
        images = X.reshape(len(X), -1)
        out = np.empty(images.shape, np.uint8)
        into, keys = own.deformer(images.shape[1]).into, keys_of(*key, order)
        step = max(1, PIECE // images.shape[1])
        for part in (slice(k, k + step) for k in range(0, len(X), step)):
            into(out[part], images, order[part], keys[part])
        return out.reshape(X.shape)

    def deformer(self, features: int) -> Deformer:
        """Return what deforms images with so many pixels so."""
        angle = math.radians(self.rotation)
        moves = Moves(
            self.alpha, angle, self.scaling, self.shear, self.shift, self.flip,
            faint=FAINT * any((self.alpha, angle, self.scaling, self.shear, self.shift)),
        )  # fmt: skip
        return Deformer(self.shape_of(features), self.sigma, moves)


DEFAULTS = {field.name: field.default for field in dataclasses.fields(Elastic)}


def parsed(text: str) -> dict[str, Any]:
    """Return the parameters that a text has, such as "affine,shift=2"."""
    named, given = "", dict[str, Any]()
    for part in text.split(","):
        name, is_value, value = (each.strip() for each in part.partition("="))
        if name in given:
            raise ValueError(f"augment {name}: it comes twice in {text!r}")
        if is_value:
            given[name] = _value(name, value)
        elif name in NAMES:
            if named:
                raise ValueError(f"augment: {named!r} and {name!r}, wanted one of them")
            named = name
        elif name == "flip":
            given[name] = True
        else:
            meant = option_meant(name, [*NAMES, "flip"])
            raise ValueError(f"augment: {name!r}, wanted elastic, affine or NAME=NUMBER{meant}")
    return NAMES.get(named, {}) | given


def _value(name: str, text: str) -> Any:
    """Return the value of a parameter that a text has."""
    if name == "shape":
        if not re.fullmatch(r"\d+x\d+", text):
            raise ValueError(f"augment shape: {text!r}, wanted ROWSxCOLUMNS such as 20x30")
        return tuple(map(int, text.split("x")))
    if name == "flip" and text in FLAGS:
        return FLAGS[text]
    try:
        return float(text) if name in LIMITS else text
    except ValueError:
        raise ValueError(f"augment {name}: {text!r}, wanted a number") from None


def _said(name: str, value: Any) -> str:
    """Return a parameter as a text has it."""
    if name == "shape":
        return f"shape={'x'.join(map(str, value))}"
    return name if value is True else f"{name}={repr(value).removesuffix('.0')}"
