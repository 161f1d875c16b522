"""The procedure of a row: choose by validation, learn, and only then score the test images.

Of the training images the last sixth validates, 10,000 of MNIST's 60,000, and the others are
learned. `choose` and `learn` get the training images alone. `row` asks for the test images after
that, and nothing is decided by what they say.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import fastnet

from .. import report
from .progress import spoken
from .recipe import Recipe
from .sitting import Labelled, Sitting, Trained, alone, work

QUICK = 6_000  # images that a short look learns
Part = Callable[[], Labelled]


class Data(NamedTuple):
    """The images, each part as a function that reads it."""

    training: Part
    test: Part


class Choice(NamedTuple):
    """What the validation images chose."""

    options: dict[str, Any]  # the candidate
    errors: list[list[float]]  # of each candidate, one for each seed, in percent
    place: int
    nets: list[list[Trained]]  # of the chosen candidate, for each seed
    wall: float  # seconds of all runs of the choice


def named(name: str) -> Data:
    """Return the data of this name."""
    return Data(lambda: fastnet.datasets.load(name)[0], lambda: fastnet.datasets.load(name)[1])


def quick(name: str) -> Data:
    """Return few of the training images, and others of them in the place of the test images."""

    def some(first: int, last: int) -> Part:
        def part() -> Labelled:
            X, y = fastnet.datasets.load(name)[0]
            return X[first:last], y[first:last]

        return part

    return Data(some(0, QUICK), some(QUICK, QUICK + QUICK // 6))


def parted(training: Labelled) -> tuple[Labelled, Labelled]:
    """Return the images that are learned, and the last sixth, which validates."""
    X, y = training
    count = len(y) - len(y) // 6
    return (X[:count], y[:count]), (X[count:], y[count:])


def error(nets: Sequence[Trained], judges: Labelled) -> float:
    """Return the percentage of wrong answers of a net, or of the mean of a committee's outputs."""
    together = fastnet.Ensemble([trained.net for trained in nets])
    return 100 * (1 - together.score(*judges))


def choose(recipe: Recipe, training: Labelled, sitting: Sitting) -> Choice:
    """Return the candidate with the least mean error on the validation images."""
    learn, judges = parted(training)
    nets, errors = [], []
    for candidate in recipe.candidates:
        each = [recipe.each(candidate, seed) for seed in recipe.choosing]
        nets.append([[sitting.net("part", o, learn, judges) for o in some] for some in each])
        errors.append([error(together, judges) for together in nets[-1]])
        found = f"validation error {spread(errors[-1])}%"
        sitting.progress.say(f"{candidate or 'the options'}: {found}")
    place = min(range(len(errors)), key=lambda k: statistics.fmean(errors[k]))
    wall = sum(one.figures["wall"] for some in nets for together in some for one in together)
    return Choice(recipe.candidates[place], errors, place, nets[place], wall)


def learn(
    recipe: Recipe, choice: Choice, training: Labelled, sitting: Sitting
) -> list[list[Trained]]:
    """Return the nets of each seed: from all training images, or those of the choice."""
    part, judges = parted(training)
    found = []
    for seed in range(recipe.seeds):
        each = recipe.each(choice.options, seed)
        if recipe.retrain:
            found.append([sitting.net("all", options, training, None) for options in each])
        else:
            found.append([sitting.net("part", options, part, judges) for options in each])
    return found


def total(recipe: Recipe, training: Labelled) -> float:
    """Return about how much work a row is, before anything is chosen."""
    part, _ = parted(training)
    choices = sum(of_candidate(recipe, candidate, part) for candidate in recipe.candidates)
    rows = training if recipe.retrain else part
    later = statistics.fmean(of_candidate(recipe, each, rows) for each in recipe.candidates)
    seeds = recipe.seeds if recipe.retrain else recipe.seeds - len(recipe.choosing)
    return choices * len(recipe.choosing) + later * seeds


def of_candidate(recipe: Recipe, candidate: dict[str, Any], rows: Labelled) -> float:
    """Return how much work the nets of a candidate are, from one seed."""
    return sum(work(options, rows) for options in recipe.each(candidate, 0))


def row(recipe: Recipe, folder: Path, data: Data | None = None) -> dict[str, Any]:
    """Train a row in its folder, going on where it was stopped, and return its figures."""
    data = data or named(recipe.data)
    with alone(folder / recipe.name / "lock"):
        training = data.training()
        sitting = Sitting(folder / recipe.name, recipe.data, total(recipe, training))
        sitting.progress.say(f"{recipe.name}: {recipe.title}")
        choice = choose(recipe, training, sitting)
        rows = training if recipe.retrain else parted(training)[0]
        sitting.progress.rest(of_candidate(recipe, choice.options, rows) * recipe.seeds)
        nets = learn(recipe, choice, training, sitting)
        figures = of_row(recipe, choice, nets)
        test = data.test()  # nothing is decided any more
        figures["test"] = [error(together, test) for together in nets]
        figures["test_of_part"] = [error(together, test) for together in choice.nets]
        wall = statistics.fmean(figures["wall"])
        found = f"test error {spread(figures['test'])}%, {spoken(wall)} of learning"
        sitting.progress.say(f"{recipe.name}: {found}")
        return figures


def of_row(recipe: Recipe, choice: Choice, nets: list[list[Trained]]) -> dict[str, Any]:
    """Return the figures of a row, as far as they need no test images."""
    each = recipe.each(choice.options, 0)
    return {
        "title": recipe.title,
        "paper": recipe.paper,
        "published": recipe.published,
        "cost": recipe.cost,
        "aim": recipe.aim,
        "data": recipe.data,
        "hidden": recipe.widths,
        "chosen": choice.options,
        "candidates": [
            {"options": candidate, "validation": errors}
            for candidate, errors in zip(recipe.candidates, choice.errors, strict=True)
        ],
        "validation": choice.errors[choice.place],
        "retrained": recipe.retrain,
        "epochs": [options["epochs"] for options in each],
        "threads": each[0].get("threads", 1),
        "seeds": recipe.seeds,
        "wall": [sum(trained.figures["wall"] for trained in together) for together in nets],
        "cpu": [sum(trained.figures["cpu"] for trained in together) for together in nets],
        "others": [of_others(together) for together in nets],
        "choice_wall": choice.wall,
        "digests": [[trained.figures["digest"] for trained in together] for together in nets],
        "curve": choice.nets[0][0].figures["curve"],
        "machine": report.machine(),
    }


def of_others(together: Sequence[Trained]) -> float | None:
    """Return the seconds that other work took while nets learned; None if they are not known."""
    each = [trained.figures.get("others") for trained in together]
    known = [seconds for seconds in each if seconds is not None]
    return sum(known) if len(known) == len(each) else None


def spread(errors: Sequence[float]) -> str:
    """Return the mean of some errors in percent, and their range."""
    mean = f"{statistics.fmean(errors):.2f}"
    return f"{mean} ({min(errors):.2f}-{max(errors):.2f})" if len(errors) > 1 else mean
