"""The gallery's scripts run as they are, draw, and say nothing that is not so."""

import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from tests.pictures import assert_kept
from tools.drawings import ink

GALLERY = Path(__file__).parents[2] / "docs" / "gallery"
SCRIPTS = sorted(GALLERY.glob("*.py"))

pytestmark = [pytest.mark.compiled, pytest.mark.heavy]

# What the texts say, with expressions in the names of the script.
SAYS = {
    "digits": [
        "28 by 28 pixels",
        "one hidden layer of {net.sizes[1]} units",
        "at a lead of 1 the wrong digit has {np.exp(1):.1f} times",
        "at a lead of 2 it has {np.exp(2):.1f} times",
    ],
    "drift": [
        "{len(images):,} handwritten digits",
        "the net reads {share(0, 3000, 4000):.0%} of the images",
        "reads {share(1, 8000, 8100):.0%} of the next 100 images. The other one reads"
        " {share(0, 8000, 8100):.0%}",
        "with {share(0, 11000, 12000):.0%} of the last 1,000 images against"
        " {share(1, 11000, 12000):.0%}",
    ],
    "luck": [
        "is better by {100 * (high.mean() - low.mean()):.1f} points",
        "differ by {100 * low.std(ddof=1):.1f} points",
        "differ by {100 * high.std(ddof=1):.1f} points",
        "would have won in {100 * wrong:.0f} of 100 cases",
    ],
    "parcels": ["Here are {n:,} parcels", "The net learns the first {old.stop:,} parcels"],
    "spirals": [
        "Two spirals of {np.sum(y == 0)} points",
        "two hidden layers of {net.sizes[1]} units each",
        "After {max(maps)} epochs, which are {max(maps) * len(X):,} small steps",
    ],
    "thousand": [
        "{accuracy.size:,} pairs",
        "{len(sizes)} sizes, from {sizes[0]} to {sizes[-1]}",
        "{len(rates)} rates, from {rates[0]:g} to {rates[-1]:g}",
        "At a rate of {rates[middle]:.2f}",
    ],
}

# What they say in words.
SO = {
    "digits": [
        "0.93 < accuracy < 0.95",
        "(X.reshape(-1, 28, 28)[:, [0, -1]] > 0).mean() < 0.01",
        "len(surest) == 5 and (lead[np.argsort(-lead)[:4]] > 0).all()",
    ],
    "drift": [
        "abs(share(0, 4000, 4100) - 1 / 3) < 0.02",  # a third
        "abs(share(1, 4000, 8000) - 1 / 5) < 0.02",  # one in five
        "share(0, 4100, 4200) < 0.5 < share(0, 4200, 4300)",  # more than half after 200
        "abs(share(0, 6000, 7000) - share(0, 3000, 4000)) < 0.01",  # as good as before
        "share(0, 8100, 8200) > share(0, 4100, 4200)",  # sooner this time
    ],
    "luck": [
        "len(low) == len(high) == 100",
        "abs(chances[0] - 2 / 3) < 0.01",  # one seed: two times in three
        "abs(chances[list(counts).index(8)] - 0.9) < 0.01",  # eight: nine times in ten
    ],
    "parcels": [
        "always < accuracy <= best < accuracy + 0.01",  # nobody can do much better
        "error < 0.04",  # less than four points
        "np.mean(late[parcels['kg'].isna()] == 'late')"
        " > np.mean(late[parcels['kg'].notna()] == 'late') + 0.1",
    ],
    "spirals": [
        "0.5 < neuron.score(X_test, y_test) < 0.65 and scores[5] < 0.65",
        "scores[100] > 0.99",
    ],
    "thousand": [
        "worst < 0.03",  # within three points, from 6 units on
        "np.median(accuracy[:, rates > 3]) < 0.2",  # the cliff
        "accuracy[:3].max() < 0.65 < accuracy[3].max()",  # three units are too few
    ],
}


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.stem for script in SCRIPTS])
def test_script_runs_in_an_empty_folder_and_its_text_is_true(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plt.switch_backend("Agg")
    plt.close("all")
    copy = Path(shutil.copy(script, tmp_path))
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    names = runpy.run_path(str(copy), run_name="__main__")
    figures = [plt.figure(number) for number in plt.get_fignums()]
    assert figures
    assert all(any(ax.has_data() for ax in figure.axes) for figure in figures)
    assert not any(folder.iterdir())
    check(script, names)
    ink.save(figures[-1], tmp_path / "last.png")
    assert_kept(tmp_path / "last.png", f"gallery-{script.stem}.png")
    plt.close("all")


def check(script: Path, names: dict[str, Any]) -> None:
    """Compare what a text says with what the script has computed."""
    text = prose(script)
    for claim in SAYS[script.stem]:
        said = eval(f"f{claim!r}", {"np": np, **names})
        assert said in text, said
    for claim in SO[script.stem]:
        assert eval(claim, {"np": np, **names}), claim


def prose(script: Path) -> str:
    """The text of a script, in one line."""
    code = script.read_text(encoding="utf-8")
    title = code.split('"""')[1]
    return " ".join((title + " ".join(re.findall(r"^# ?(.*)", code, re.MULTILINE))).split())


def test_the_page_shows_every_story() -> None:
    page = (GALLERY.parent / "gallery.md").read_text(encoding="utf-8")
    assert {script.stem for script in SCRIPTS} == SAYS.keys() == SO.keys()
    for script in SCRIPTS:
        title = script.read_text(encoding="utf-8").splitlines()[1]
        assert f"## {title}\n" in page
        assert f"](pictures/gallery-{script.stem}.png)](gallery/{script.name})" in page
        assert f"\ngenerated/gallery/{script.stem}\n" in page
