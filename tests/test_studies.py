"""The studies: rules are judged fairly, and the defaults are those that they chose."""

import re
from pathlib import Path

import numpy as np
import pytest

from bench.columns import Table
from bench.studies import classes
from bench.studies.rules import FOLDS, Fold, Rule
from fastnet.training.defaults import rule_for

ROOT = Path(__file__).parents[1]


@pytest.fixture
def table() -> Table:
    """A table of 60 rows with gaps and words, three classes, one of them rare."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [28, 26, 6])
    x = y + rng.normal(0, 0.1, len(y))
    x[::10] = np.nan
    words = np.array(["low", "middle", "high"])[y]
    return Table("three", True, [x, words], y, y)


@pytest.mark.parametrize("n", [50, 700, 500_000])
def test_the_rule_that_the_study_chose_is_the_default(n: int) -> None:
    options = Rule().options(n)
    for name, value in rule_for(True, "classification", n).items():
        assert name in ("learning_rate", "preset") or options[name] == value, name


def test_the_page_of_defaults_has_the_table_of_the_options() -> None:
    pages = [(ROOT / "docs" / f"{name}.md").read_text() for name in ("defaults", "options")]
    tables = [re.search(r"^\| Option \| arrays.*?\n\n", page, re.M | re.S) for page in pages]
    assert tables[0] and tables[1] and tables[0][0] == tables[1][0]


def test_folds_judge_each_row_once_and_have_all_classes(table: Table) -> None:
    folds = [Fold(table, place) for place in range(FOLDS)]
    assert sum(len(fold.truth) for fold in folds) == len(table.y)
    for fold in folds:
        assert fold.n + len(fold.truth) == len(table.y)
        assert set(fold.truth) == set(fold.y) == {0, 1, 2}


@pytest.mark.parametrize("sees", ["all rows", "drawn rows", "nine tenths"])
@pytest.mark.parametrize("answer", ["mean", "geometric mean", "votes"])
def test_several_nets_answer_together(table: Table, sees: str, answer: str) -> None:
    fold = Fold(table, 0)
    rule = Rule(nets=2, sees=sees, answer=answer, l2=1, l2_ratio=4)
    right, balanced, loss, seconds = fold.scores(rule)
    assert right > 0.8 and balanced > 0.6 and loss >= 0 and seconds > 0
    for net in range(20):
        weights = fold.seen(rule, net)
        assert (weights is None) == (sees == "all rows")
        assert weights is None or set(fold.y[weights > 0]) == {0, 1, 2}


def test_a_study_goes_on_where_it_stopped(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classes, "FIGURES", tmp_path / "classes.json")
    rules = {classes.key(rule): rule for rule in (Rule(), Rule(hidden=(4,)))}
    figures = classes.Figures()
    figures.judge([table, table._replace(name="again")], 1, rules)
    kept = classes.Figures()
    monkeypatch.setattr(Fold, "scores", lambda *_: pytest.fail("judged twice"))
    kept.judge([table, table._replace(name="again")], 1, rules)
    assert kept.scores == figures.scores
    names, found = kept.matrix([*rules])
    assert names == ["again", "three"] and found.shape == (2, 2, 4)
    assert (found[:, 0, :3] == found[:, 1, :3]).all()  # the same rows and seeds
    assert "2 tables" in classes.text(kept)
