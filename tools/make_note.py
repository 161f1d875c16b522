"""Make the note that docs/handwriting.md reads, docs/note.jpg: `python -m tools.make_note`.

Digits of the bundled test images stand on squared paper, as a telephone would see them.
"""

from pathlib import Path

import numpy as np
from PIL import Image

import fastnet
from bench.pages import Kind, page

PICTURE = Path(__file__).parents[1] / "docs" / "note.jpg"
DIGITS = "314159265358"
KIND = Kind(
    rows=2, size=(64, 64), shade=0.5, noise=0.03, slant=5, lines="squared", blur=0.012, quality=80
)
SEED = 1


def main() -> None:
    """Write the picture."""
    _, (X, y) = fastnet.datasets.load("digits")
    rng = np.random.default_rng(SEED)
    chosen = [X[rng.choice(np.flatnonzero(y == int(digit)))] for digit in DIGITS]
    grey = page(np.reshape(chosen, (-1, 28, 28)), KIND, rng)
    Image.fromarray(grey).save(PICTURE, quality=85, optimize=True)


if __name__ == "__main__":
    main()
