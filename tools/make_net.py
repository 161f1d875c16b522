"""Make the net that comes with the package: `python -m tools.make_net [--folder FOLDER]`.

It is the net of the recipe bench/records/package.toml, learned from all training images of MNIST,
with weights of int8. The folder is that of `make records`: a net that is finished there is taken as
it is, else this trains it, for some minutes, to the same bits on every machine.
"""

import argparse
from pathlib import Path

import fastnet
from bench.records.procedure import named, parted
from bench.records.recipe import recipes
from bench.records.sitting import Sitting
from fastnet.formats import export
from fastnet.handwriting.net import FILE

NAME = "package"


def main() -> None:
    """Write the net, and say what rounding its weights costs."""
    parser = argparse.ArgumentParser(prog="python -m tools.make_net", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/records"), help="of the nets")
    recipe = recipes()[NAME]
    sitting = Sitting(parser.parse_args().folder / NAME, recipe.data)
    training = named(recipe.data).training()
    (options,) = recipe.each({}, 0)
    learned, judges = parted(training)
    of_part = sitting.net("part", options, learned, judges).net
    net = sitting.net("all", options, training, None).net
    for to in ("float16", "int8"):
        before, after = (100 * (1 - one.score(*judges)) for one in (of_part, of_part.rounded(to)))
        print(f"validation error {before:.2f}%, with weights of {to} {after:.2f}%")
    print(export(net, "fastnet", FILE, weights="int8"))
    print(f"digest {fastnet.load(FILE).digest()}")


if __name__ == "__main__":
    main()
