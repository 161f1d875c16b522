"""Labels, answers and scores, plain and awkward."""

import numpy as np

RNG = np.random.default_rng(0)


def guesses(labels, n=300, seed=0):
    """Labels and answers, half of which are right."""
    rng = np.random.default_rng(seed)
    labels = np.array(labels)
    y = labels[rng.integers(0, len(labels), n)]
    return y, np.where(rng.random(n) < 0.5, y, labels[rng.integers(0, len(labels), n)])


LABELS = {
    "numbers": guesses([*range(7)]),
    "two classes": guesses([3, -1]),
    "words": guesses(["ham", "spam", "eggs and ham"]),
    "wide characters": guesses(["猫", "犬", "é"]),
    "bytes": guesses([b"a", b"bc"]),
    "truth values": guesses([True, False]),
    "beyond 64 bits": guesses(np.array([2**70, 2**64, 5], object)),
    "beyond 63 bits": guesses(np.array([2**64 - 1, 2**63, 5], np.uint64)),
    "one class": guesses(["only"], 5),
    "one sample": guesses([0, 1, 2], 1),
    "a class that is never answered": (np.array([0, 1, 2, 2]), np.array([0, 1, 1, 1])),
    "a class that never occurs": (np.array([0, 1, 1, 1]), np.array([0, 1, 2, 2])),
    "all wrong": (np.array([0, 1, 2]), np.array([1, 2, 0])),
    "many samples": guesses([*range(30)], 70_000),
    "many classes": guesses([*range(1000)], 5000),
}

SCORES = {
    "without ties": (RNG.random(200) < 0.4, RNG.normal(size=200)),
    "with ties": (RNG.random(500) < 0.3, RNG.integers(0, 5, 500) / 5),
    "float32": (RNG.random(300) < 0.5, RNG.random(300).astype(np.float32).round(2)),
    "all equal": (np.array([1, 0, 1]), np.zeros(3)),
    "perfect": (np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4])),
    "the wrong way round": (np.array([1, 0]), np.array([0.0, 1.0])),
    "huge": (np.array([0, 1, 1, 0]), np.array([1e300, -1e300, 1e-300, 0])),
}
