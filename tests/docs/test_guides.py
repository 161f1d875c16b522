"""What the guides conclude from the tables of the bench is what the bench has measured."""

import statistics
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bench import report

DOCS = Path(__file__).parents[2] / "docs"
MEASURED = report.read()
CHOOSING = MEASURED["choosing"]["figures"]
BATCHES = MEASURED["batches"]["figures"]["nets"]


def right(table: str, row: str) -> float:
    """Return the mean score of a row of docs/choosing.md, in %."""
    return statistics.mean(CHOOSING["images"][table][row]["score"])


def units(hidden: str) -> float:
    return right("hidden layers", hidden)


def rate(row: str) -> float:
    return right("learning rate", row)


def learned(count: str) -> float:
    return right("images learned", count)


def losses() -> list[float]:
    """Return by how much cross-entropy is better, by activation."""
    table = CHOOSING["images"]["activation, loss"]
    names = dict.fromkeys(row.partition(",")[0] for row in table)
    return [of(name) - right("activation, loss", f"{name}, quadratic") for name in names]


def of(activation: str) -> float:
    return right("activation, loss", f"{activation}, cross-entropy")


def seconds(hidden: str) -> float:
    return statistics.median(CHOOSING["images"]["hidden layers"][hidden]["seconds"])


def score(data: str, model: str) -> float:
    return statistics.mean(CHOOSING["tables"][data]["models"][model]["score"])


def pass_over_mnist(way: str, *hidden: int) -> float:
    """Return the time of a sample in docs/when-not.md."""
    found = [net for net in BATCHES if (net["data"], tuple(net["hidden"])) == ("mnist", hidden)]
    return statistics.median(found[0]["us"][way])


def recipe(*words: str) -> float:
    """Return the median of the recipe with these words in its command."""
    for found in MEASURED["quality"]["figures"]["recipes"]:
        if all(word in found["command"] for word in words):
            return statistics.median(found["accuracy"])
    raise AssertionError(words)


OWN, BY_64, BY_512 = (
    partial(pass_over_mnist, way) for way in ("fastnet", "PyTorch, by 64", "PyTorch, by 512")
)
constant = [right("one pass, constant rate", row) for row in ("0.003", "0.01", "0.03", "0.06")]

# What the pages say, with expressions in the names above.
SAYS = {
    "choosing": [
        "from 16 to 32 units {units('32') - units('16'):.1f} points",
        "from 64 to 128 {units('128') - units('64'):.1f}",
        "from 512 to 1024 {units('1024') - units('512'):.1f}",
        "{units('none'):.1f}%, where 16 units have {units('16'):.1f}%",
        "Cross-entropy has {min(losses()):.1f} to {max(losses()):.1f} points more",
        "{of('relu') - of('sigmoid'):.1f} to {of('relu') - of('tanh'):.1f} points ahead of sigmoid",
        "0.01 to 0.06 are within {rate('0.03') - rate('0.06'):.1f} points",
        "(0.1: {rate('0.03') - rate('0.1'):.1f} points)",
        "(0.01: {rate('0.03') - rate('0.01'):.1f})",
        "falls to 0 has {right('epochs', '1'):.1f}%,"
        " a constant one at its best {max(constant):.1f}%",
        "From 5 to 10 gains {right('epochs', '10') - right('epochs', '5'):.1f} points",
        "500 images give {learned('500'):.1f}%, 5,000 give {learned('5,000'):.1f}%,"
        " and 50,000 give {learned('50,000'):.1f}%",
        "20,000 images the net gains {learned('20,000') - learned('10,000'):.1f} points",
    ],
    "images": [
        "| MNIST, 60,000 | 128 relu | {recipe('mnist', '128', 'relu'):.1f}% |",
        "| MNIST | 256 relu | {recipe('data mnist', '256', 'relu'):.1f}% |",
        "| 256 relu | {recipe('fashion-mnist', '256'):.1f}% |",
    ],
    "when-not": [
        "fastnet has {recipe('mnist', '128', 'relu'):.1f}% in a fraction",
        "but only [{recipe('data mnist', '256', 'relu'):.1f}%]",
    ],
}

# What they say in words. Bounds on times are wide: they hold on a busy machine, too.
SO = [
    "units('128-64') < units('128') + 0.1 and seconds('128-64') > seconds('128')",
    "4 < seconds('1024') / seconds('128') < 16",  # eight times the units
    "seconds('16') > seconds('128') / 6",
    "abs(of('relu') - of('leaky-relu')) < 0.1",
    "right('epochs', '20') < right('epochs', '10') + 0.1",
    "max(constant) == right('one pass, constant rate', '0.01')",
    "right('one pass, constant rate', '0.1') < 85 < 95 < rate('0.1')",
    "2.4 < (100 - learned('500')) / (100 - learned('5,000')) < 3.1",
    "2.4 < (100 - learned('5,000')) / (100 - learned('50,000')) < 3.1",
    "learned('20,000') - learned('10,000') > 2 * (units('128') - units('64'))",
    "score('digits', 'hidden none') < score('digits', 'hidden 32') - 1",
    "score('digits', 'hidden 8') < score('digits', 'hidden 32') - 1",
    *(
        f"score('{name}', 'hidden none') > score('{name}', '{model}') - 0.6"
        for name in ("breast_cancer", "wine", "diabetes")
        for model in ("the defaults", "hidden 256-256", "logistic or ridge regression")
    ),
    "BY_64(128) > 2 * OWN(128)",
    "OWN(2048, 2048) < BY_64(2048, 2048) < 2 * OWN(2048, 2048)",
    "0.7 < BY_512(2048, 2048) / OWN(2048, 2048) < 1.4",
    "OWN(1024, 1024) > 14 * OWN(256, 256)",  # has seven times the weights
]


@pytest.mark.parametrize("page", SAYS)
def test_the_guides_say_what_was_measured(page: str) -> None:
    text = " ".join((DOCS / f"{page}.md").read_text(encoding="utf-8").split())
    for claim in SAYS[page]:
        said: Any = eval(f"f{claim!r}")
        assert said in text, said


@pytest.mark.parametrize("claim", SO)
def test_the_guides_conclude_what_follows(claim: str) -> None:
    assert eval(claim), claim
