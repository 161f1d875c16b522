"""How well nets recognise digits that they have not seen, and how long they learned for that.

    python bench/accuracy.py [--quick]

Each recipe from five seeds: the share of the test images that is recognised, and the seconds in the
compiled pass, medians and ranges. A recipe whose data is not found is left out, with the reason.

Writes results/accuracy.json and results/accuracy.md.
"""

from __future__ import annotations

import argparse
from typing import Any

import report
from nets import load

import fastnet

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


def learn(data: str, options: dict[str, Any], seeds: int) -> dict[str, Any]:
    """Train and test from each seed."""
    (X, y), test = load(data)
    figures: dict[str, Any] = {"data": data, "options": options, "accuracy": [], "seconds": []}
    for seed in range(seeds):
        net = fastnet.train(X, y, seed=seed, **options)
        figures["accuracy"].append(net.score(*test))
        figures["seconds"].append(sum(record["seconds"] for record in net.history))
    return figures


def main() -> None:
    """Learn, test, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="one seed instead of five (or QUICK=1)"
    )
    seeds = 1 if report.quick(parser.parse_args().quick) else 5
    about = report.machine()
    figures, rows = [], [["data and recipe", "% recognised", "seconds"]]
    for data, options in RECIPES:
        recipe = f"{data}: {', '.join(map(str, options.values())) or 'defaults'}"
        try:
            figures.append(learn(data, options, seeds))
        except FileNotFoundError as error:
            print(f"left out: {recipe} ({error})")
            continue
        percent = [100 * share for share in figures[-1]["accuracy"]]
        rows.append([recipe, report.spread(percent), report.spread(figures[-1]["seconds"])])
    text = report.table(rows)
    print(text)
    report.write("accuracy", about, {"recipes": figures}, text)


if __name__ == "__main__":
    main()
