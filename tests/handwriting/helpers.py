"""Pages of digits with known answers, as arrays and as files of pictures."""

from io import BytesIO

import numpy as np

import fastnet
from tests.helpers import needed

needed("PIL")
from bench import pages  # noqa: E402 - which needs Pillow


def digits():
    """The bundled test digits: images (n, 28, 28) and their labels."""
    _, (X, y) = fastnet.datasets.load("digits")
    return X.reshape(-1, 28, 28), y


def page(kind, seed):
    """A page of a kind, as an array, and the digits on it."""
    (X, y), rng = digits(), np.random.default_rng(seed)
    chosen = rng.choice(len(X), pages.EACH * kind.rows, replace=False)
    return pages.page(X[chosen], kind, rng), "".join(map(str, y[chosen]))


def row(labels, side=2, light=False):
    """Clean digits beside each other, dark on white, twice as large as MNIST's."""
    X, y = digits()
    images = [X[np.flatnonzero(y == int(label))[k]] for k, label in enumerate(labels)]
    ink = np.hstack(images).repeat(side, axis=0).repeat(side, axis=1)
    return ink if light else 255 - ink


def file_of(image, format, **options):
    """The bytes of a picture of Pillow in a format."""
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()
