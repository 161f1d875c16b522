"""The studies of regressions and of streams: rules are judged fairly, and are the defaults."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.studies import flows, peers, regression, regression_tables, streams
from bench.studies.compare import left_out, ranks
from fastnet.training.defaults import rule_for, rule_for_stream


@pytest.fixture
def table() -> regression_tables.Regression:
    """A table of 80 rows with gaps and words; its target depends on both columns."""
    rng = np.random.default_rng(0)
    x, words = rng.normal(size=80), np.array(["low", "high"])[rng.integers(0, 2, 80)]
    y = 100 * x + 50 * (words == "high") + rng.normal(size=80)
    return regression_tables.Regression("made", pd.DataFrame({"x": x, "word": words}), y)


@pytest.mark.parametrize("n", [50, 700, 4500, 500_000])
def test_the_rule_that_the_study_chose_is_the_default(n: int) -> None:
    options = regression.ONE.options(n)
    for name, value in rule_for(True, "regression", n).items():
        assert name in ("schedule", "preset") or options[name] == value, name


def test_the_rules_of_streams_that_the_study_chose_are_the_defaults() -> None:
    for task, name in (("classes", "classification"), ("numbers", "regression")):
        chosen = next(iter(streams.RULES[task].values()))
        assert chosen.items() <= rule_for_stream(True, name).items()


def test_each_row_is_judged_once_and_never_learned(table: regression_tables.Regression) -> None:
    folds = [regression.Fold(table, place) for place in range(regression.FOLDS)]
    assert np.array_equal(np.sort(np.concatenate([f.truth for f in folds])), np.sort(table.y))
    assert all(not {*fold.truth} & {*fold.y} for fold in folds)
    fold = folds[0]
    assert fold.score(fold.truth) == 1 and fold.score(fold.truth + 1e9) == -1
    for rule in (regression.ONE, regression.FIVE._replace(nets=2, sees="drawn rows")):
        assert fold.score(fold.answers(rule)) > 0.8
    assert fold.score(fold.of_peer(peers.REGRESSORS["Ridge"])) > 0.8


def test_files_of_a_folder_are_regressions_or_streams_of_classes(tmp_path: Path) -> None:
    few = pd.DataFrame({"a": np.arange(60.0), "target": np.arange(60) % 3})
    few.to_csv(tmp_path / "few.csv", index=False)
    few.assign(target=np.arange(60) * 0.5).to_csv(tmp_path / "many.csv", index=False)
    assert [table.name for table in regression_tables.of_folder(tmp_path)] == ["many"]
    given, mixed = [flow for flow in flows.of_classes(tmp_path) if flow.name.startswith("few")]
    assert given.y.tolist() == [str(k % 3) for k in range(60)]
    assert sorted(zip(mixed.X.a, mixed.y, strict=True)) == [*zip(given.X.a, given.y, strict=True)]


def test_a_stream_is_judged_before_it_is_learned(table: regression_tables.Regression) -> None:
    flow = flows.Flow("made", pd.concat([table.X] * 5), np.tile(table.y, 5))
    labels = flow._replace(y=np.where(flow.y > 0, "above", "below"))
    for one, task in ((flow, "numbers"), (labels, "classes")):
        rule = next(iter(streams.RULES[task].values()))
        assert 0.5 < streams.of_net(one, rule, task) < 1 > streams.of_peer(one, task) > 0.5


def test_ranks_and_the_choice_with_a_table_left_out() -> None:
    matrix = np.array([[3.0, 2, 9], [1, 2, 5]])
    assert ranks(matrix).tolist() == [(1 + 1.5 + 1) / 3, (2 + 1.5 + 2) / 3]
    assert "4.67, by a (3 times)" in left_out(matrix, ["a", "b"])
