"""Warnings of data that a net will hardly learn as meant; each is a `LearningWarning`.

Nothing here is needed to learn, and nothing decides a bit. It looks once at a bounded sample of the
data. `fastnet.training.watch` looks at the history and the activations.
"""

from __future__ import annotations

import functools
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ..data.samples import Samples
from ..data.targets import Targets
from ..diagnostics import warn
from ..kernels.activations import ACTIVATIONS
from ..typing import Array
from .pixels import is_told

# These thresholds, and those in `fastnet.training.baseline` and `watch`, come from 53 real tables,
# raw and standardised, and the digits, each at several scales and with several activations. Data
# and runs that learn well stay clear of them.
SPREAD = 7.0  # the largest spread of z in a bounded first layer at Glorot's start; 1.4 if scaled
STEP = 20.0  # the largest rate * largest eigenvalue of E[x x'], in an unbounded first layer
UNIT = 2.0  # inputs with a root mean square up to this are fine: then the rate is too large
VARIANCE = 1e-4  # inputs with less variance, all columns together, are too alike
PIXELS = 16  # uint8 inputs up to this are probably not pixels of 0 to 255
MEAN, SPREADS = 30.0, (0.01, 15.0)  # the largest mean, and the spreads, of a regression's targets
CLASSES, PER_CLASS = 100, 5  # more classes, with fewer samples each, are probably not classes
FEW_CLASSES = 20  # nor are more than these, if most samples have a class of their own
ABSURD = 1000.0  # times the default rate: too large for any data
LIGHT = 200  # pixels: if half of the corners of images are lighter, their ground is not 0

ROWS, NUMBERS, LEAST = 128, 1 << 15, 16  # the most rows and numbers to look at; the fewest rows
NAMED = 3  # columns that a message names

BOUNDED = [name for name, row in ACTIVATIONS.items() if row.bounded]


def as_numbers(inputs: Array) -> Array:
    """Return inputs as numbers for the net, float64."""
    numbers = np.ascontiguousarray(inputs, np.float64)
    return numbers / 255 if inputs.dtype == np.uint8 else numbers


class Scale:
    """The scale of the inputs in some rows (n, features), as numbers for the net."""

    @np.errstate(all="ignore")
    def __init__(self, rows: Any):
        self.given, self.n = rows, rows.shape[0]
        self.most = rows.max() if rows.dtype == np.uint8 else None  # of pixels
        sparse = hasattr(rows, "toarray")
        numbers = as_numbers(rows.data) if sparse else self.rows.reshape(-1)
        self.length = float(np.einsum("i,i->", numbers, numbers)) / self.n  # the mean of |x|**2

    @functools.cached_property
    def rows(self) -> Array:
        """The rows, or a part of them if they are sparse, as a float64 array."""
        rows = self.given
        if hasattr(rows, "toarray"):
            most = max(LEAST, 8 * NUMBERS // rows.shape[1])
            rows = rows[:: -(-self.n // most)].toarray()
        return as_numbers(rows)

    @property
    def squares(self) -> Array:
        """The mean square of each column."""
        return np.square(self.rows).mean(axis=0)

    @functools.cached_property
    def means(self) -> Array:
        """The mean of each column."""
        rows = self.given
        if hasattr(rows, "toarray"):
            return np.bincount(rows.indices, as_numbers(rows.data), rows.shape[1]) / self.n
        return self.rows.sum(axis=0) / self.n

    def variance(self) -> float:
        """Return the variance of all columns together, or a lower bound that is large enough."""
        if not hasattr(self.given, "toarray"):
            apart = self.rows[0] - self.rows[-1]
            least = float(np.einsum("i,i->", apart, apart)) / (2 * self.n)
            if least >= VARIANCE:
                return least
        return self.length - float(np.square(self.means).sum())

    def largest_eigenvalue(self) -> float:
        """Estimate the largest eigenvalue of E[x x'] by some power iterations."""
        v = self.means + self.squares
        for _ in range(5):
            v = (self.rows @ (v / np.linalg.norm(v))) @ self.rows / len(self.rows)
        return float(np.linalg.norm(v))


def sample(rows: Any, most: int = ROWS) -> Any:
    """Return some rows, evenly spaced. Sparse rows are more, since they have fewer numbers."""
    n, features = rows.shape
    sparse = hasattr(rows, "nnz")
    step = rows.nnz // NUMBERS if sparse else max(-(-n // most), n * features // NUMBERS)
    return rows[:: max(1, min(step, n // LEAST))]


SCALES: WeakKeyDictionary[Samples, Scale] = WeakKeyDictionary()


def scale_of(samples: Samples) -> Scale:
    """Return the `Scale` of some of the samples, which is computed once."""
    scale = SCALES.get(samples)
    if scale is None:
        scale = SCALES[samples] = Scale(sample(samples.rows))
    return scale


# Data -----------------------------------------------------------------------------------------


def look_at_inputs(net: Any, rate: float, samples: Samples) -> bool:
    """Warn of inputs or a rate that keep a net from learning; tell whether there was a warning."""
    if is_told(net.parameters, samples):
        return True
    scale = scale_of(samples)
    if scale.most is not None and scale.most <= PIXELS and scale.n >= LEAST:
        top = int(samples.rows.max())
        if 0 < top <= PIXELS:
            warn(
                f"X: uint8 is taken as pixels, v / 255, but these are at most {top}; "
                "give X.astype(float) if they are not pixels, or scale them to 0 ... 255"
            )
            return True
    usual = net.checked_rate(None)
    message = _far_off(net, rate, scale, samples) or _too_near(scale, samples)
    if message is None and rate > ABSURD * usual:
        message = f"learning_rate: {rate:g} is far too large for any inputs; try about {usual:g}"
    if message:
        warn(message)
    return message is not None


def look_at_ground(samples: Samples, shape: tuple[int, int]) -> None:
    """Warn of images of this shape, to be deformed, whose ground is light."""
    rows, columns = shape
    images = sample(samples.rows)
    corners = images[:, [0, columns - 1, (rows - 1) * columns, rows * columns - 1]]
    light = int(np.median(corners))
    if light >= LIGHT and len(images) >= LEAST:
        warn(
            f"X: most corners of the images are light, {light} of 255, but augment fills up with "
            "0: give 255 - X, so that the ground is 0"
        )


def largest_and_smallest(rows: Any) -> tuple[Array, Array]:
    """Return the largest and the smallest number in each column, over all rows."""
    if not hasattr(rows, "tocsr"):
        return rows.max(axis=0).astype(np.float64), rows.min(axis=0).astype(np.float64)
    some = np.bincount(rows.indices, minlength=rows.shape[1]) < rows.shape[0]  # that are zero
    most, least = np.where(some, 0, -np.inf), np.where(some, 0, np.inf)
    np.maximum.at(most, rows.indices, rows.data)
    np.minimum.at(least, rows.indices, rows.data)
    return most, least


@np.errstate(all="ignore")
def _far_off(net: Any, rate: float, scale: Scale, samples: Samples) -> str | None:
    """Return a message if inputs are too large for the first layer."""
    first, (n_in, n_out) = net.activations[0], net.sizes[:2]
    length = scale.length
    if first in BOUNDED:
        if length * 2 / (n_in + n_out) <= SPREAD**2:
            return None
        own = np.square(net.weights[0], dtype=np.float64).mean(axis=1)
        if scale.squares @ own <= SPREAD**2:
            return None  # the weights were made for such inputs
        effect = f"they saturate {first} units"
    else:
        if rate * length <= STEP or rate * scale.largest_eigenvalue() <= STEP:
            return None
        effect = f"a step at learning rate {rate:g} goes much too far"
        if length <= UNIT**2 * n_in or samples.encoding is not None:
            better = min(net.checked_rate(None), STEP / 10 / scale.largest_eigenvalue())
            return (
                f"learning_rate: {rate:g} is too large for these inputs and {_name(first)} units; "
                f"try about {better:.1g}"
            )
    most, least = largest_and_smallest(samples.rows)
    tops = np.maximum(most, -least)
    top = tops.max()
    if n_in >= 16 and least.min() >= 0 and (tops > top / 3).mean() > 0.25:
        whole = (scale.rows == np.rint(scale.rows)).all()
        pixels = whole and 127 < top <= 255
        by = "255, or give uint8 (for text: the option pixels)" if pixels else f"{_number(top)}"
        return f"X: values up to {_number(top)}, wanted about 1: {effect}; divide by {by}"
    worst = np.argsort(-tops, kind="stable")[:NAMED]
    far = tops > min(max(10, top / 100), top / 2)
    worst = worst[far[worst]]
    columns = samples.columns
    names = ", ".join(str(j if columns is None else columns[j]) for j in worst)
    which = "column" if len(worst) == 1 else "columns"
    more = " and others" if far.sum() > len(worst) else ""
    advice = "standardise the columns: (X - X.mean(0)) / X.std(0)"
    if (most == least)[worst].any():
        advice = "leave constant columns out, and standardise the others"
    return (
        f"X: values up to {_number(top)} ({which} {names}{more}), wanted about 1: {effect}; "
        f"{advice}"
    )


@np.errstate(all="ignore")
def _too_near(scale: Scale, samples: Samples) -> str | None:
    """Return a message if inputs hardly differ from each other."""
    if scale.n < LEAST or scale.variance() >= VARIANCE:
        return None
    most, least = largest_and_smallest(samples.rows)  # the rows between may be others
    spread = (most - least).max() / (255 if samples.rows.dtype == np.uint8 else 1)
    if spread == 0:
        return f"X: all of {samples.n} samples looked at are equal: there is nothing to learn"
    if spread > 2 * np.ptp(scale.rows, axis=0).max():
        return None
    return (
        f"X: the values of each column lie within {spread:.1g}, too near to tell samples apart; "
        "standardise the columns: (X - X.mean(0)) / X.std(0)"
    )


def look_at_targets(net: Any, targets: Targets) -> bool:
    """Warn of targets that keep a net from learning; tell whether there was a warning."""
    message = None
    if targets.classes is not None:
        message = of_classes(targets.classes, len(targets.labels))
    elif net.task == "regression" and any(a != "identity" for a in net.activations[:-1]):
        numbers = targets.numbers.reshape(-1, targets.outputs)
        message = _of_numbers(sample(numbers).astype(np.float64), net.dtype)
        if message is not None and net.outputs.units is not None:  # they are scaled already
            k = int(np.abs(numbers).max(axis=0).argmax())
            least, most = net.outputs.restored(np.array([numbers.min(axis=0), numbers.max(axis=0)]))
            message = (
                f"y: from {_number(least[k])} to {_number(most[k])}, but most lie close together: "
                "the net hardly tells these apart; check the values that are far off"
            )
        flat = message is None and len(numbers) >= LEAST and numbers[0, 0] == numbers[-1, 0]
        if flat and (numbers == numbers[0]).all():
            number = net.outputs.restored(numbers[:1])[0, 0]
            message = f"y: all numbers are {number:g} in {net.dtype}: nothing to learn"
    if message:
        warn(message)
    return message is not None


def look_at_first(net: Any, rate: float, samples: Samples, targets: Targets) -> None:
    """Warn of the first data of a net that learns part by part."""
    look_at_inputs(net, rate, samples)
    if net.task != "classification" and not net.history and samples.n >= LEAST:
        look_at_targets(net, targets)


@np.errstate(all="ignore")
def _of_numbers(y: Array, dtype: np.dtype) -> str | None:
    """Return a message if the targets (n, outputs) of a regression are far from unit scale."""
    means = y.sum(axis=0) / len(y)
    squares = np.einsum("ij,ij->j", y, y) / len(y)
    spreads = np.sqrt(np.maximum(0, squares - means**2))
    varied = spreads > 1e-6 * np.abs(means)  # less is rounding
    low, high = SPREADS
    bad = (np.abs(means) > MEAN) | (spreads > high) | (varied & (spreads < low))
    if len(y) < 2 or not bad.any():
        return None
    advice = "scale y: (y - y.mean(0)) / y.std(0)"
    top = np.abs(y).max()
    if top < np.finfo(dtype).tiny:
        return f"y: values within {top:.1g}, too small for {dtype} to hold them exactly; {advice}"
    k = int(bad.argmax())
    which = "" if y.shape[1] == 1 else f"output {k}: "
    return (
        f"y: {which}mean {_number(means[k])}, standard deviation {_number(spreads[k])}, "
        f"wanted about 0 and 1; {advice}"
    )


def of_classes(classes: Array, n: int) -> str | None:
    """Return a message if labels look like numbers, or like names of single samples."""
    count = len(classes)
    many = count > CLASSES and n < PER_CLASS * count
    if not many and (count <= FEW_CLASSES or 2 * count <= n):
        return None
    advice = "each makes an output of its own"
    if classes.dtype.kind in "iu":
        advice = "for a regression give floats: y.astype(float), or 12.0 for 12 in a file"
    return f"y: {count:,} classes among {n:,} samples; {advice}"


def look_at_classes(classes: Array, n: int) -> None:
    """Warn if these labels, among n, are probably not classes."""
    message = of_classes(classes, n)
    if message:
        warn(message)


def _name(activation: Any) -> str:
    return activation if isinstance(activation, str) else "your own"


def _number(x: float) -> str:
    """Return a number as text, with three digits or as a whole number."""
    return f"{x:,.0f}" if 100 <= abs(x) < 1e7 else f"{x:.3g}"
