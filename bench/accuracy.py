"""How well nets recognise digits that they have not seen, and how long they learned for that.

Each recipe from five seeds: the share of the test images that is recognised, and the seconds in the
compiled pass. A recipe whose data is not found is left out, with the reason.
"""

from __future__ import annotations

from typing import Any

import fastnet

from .nets import load
from .report import missing, spread, table

RECIPES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("digits", {}),
    ("digits", {"loss": "cross-entropy"}),
    ("mnist", {}),
    (
        "mnist",
        {
            "hidden": (128,), "activation": "relu", "loss": "cross-entropy", "learning_rate": 0.03,
            "schedule": "linear", "epochs": 5,
        },
    ),
)  # fmt: skip


def measure(quick: bool) -> dict[str, Any]:
    """Train and test each recipe from five seeds, or one."""
    recipes, gone = [], {}
    for data, options in RECIPES:
        name = f"{data}: {', '.join(map(str, options.values())) or 'defaults'}"
        try:
            recipes.append({"recipe": name, **learn(data, options, 1 if quick else 5)})
        except FileNotFoundError as error:
            gone[name] = str(error)
    return {"recipes": recipes, "missing": gone}


def learn(data: str, options: dict[str, Any], seeds: int) -> dict[str, list[float]]:
    """Train and test from each seed."""
    (X, y), test = load(data)
    figures: dict[str, list[float]] = {"accuracy": [], "seconds": []}
    for seed in range(seeds):
        net = fastnet.train(X, y, seed=seed, **options)
        figures["accuracy"].append(net.score(*test))
        figures["seconds"].append(sum(record["seconds"] for record in net.history))
    return figures


def tables(figures: dict[str, Any]) -> str:
    """A row for each recipe."""
    rows = [["data and recipe", "% recognised", "seconds"]]
    for recipe in figures["recipes"]:
        percent = [100 * share for share in recipe["accuracy"]]
        rows.append([recipe["recipe"], spread(percent), spread(recipe["seconds"])])
    return "\n\n".join([table(rows), *missing(figures["missing"])])
