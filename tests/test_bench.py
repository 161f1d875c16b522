"""The bench: what is timed computes the right thing, and what is shown is what was measured."""

import importlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from bench import __main__ as bench
from bench import (
    calls,
    defaults,
    estimators,
    export,
    goals,
    growth,
    made,
    quality,
    readme,
    report,
    samples,
    start,
    turns,
)
from bench.nets import ORIGINAL, Spec, off_reference
from bench.peers import PEERS
from bench.peers.base import Task
from bench.peers.process import Missing, Process
from fastnet import datasets

ROOT = Path(__file__).parents[1]
MEASURED = report.read()
STUDY = report.read(defaults.FIGURES)
SPEC = Spec((784, 16, 16, 10))


def task_of(spec: Spec) -> Task:
    (X, y), _ = datasets.load("digits")
    net = spec.start()
    return Task(net.weights, net.biases, spec.rate, X[:50], y[:50])


@pytest.fixture(scope="module")
def task() -> Task:
    return task_of(SPEC)


@pytest.mark.parametrize("page", readme.pages(), ids=lambda page: page.name)
def test_pages_have_the_tables_as_they_are(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert readme.filled(text) == text


def test_every_table_stands_on_some_page() -> None:
    texts = [page.read_text(encoding="utf-8") for page in readme.pages()]
    for name in [*MEASURED, "summary"]:
        assert any(f"<!-- bench/results/{name}.md -->" in text for text in texts), name


def test_a_page_is_filled_between_the_marks_alone() -> None:
    mark, end = "<!-- bench/results/start.md -->", "<!-- end -->"
    shown = (report.RESULTS / "start.md").read_text(encoding="utf-8").strip()
    text = f"Before.\n\n{mark}\nold\n{end}\n\nAfter, {end}"
    assert readme.filled(text) == f"Before.\n\n{mark}\n\n{shown}\n\n{end}\n\nAfter, {end}"


def test_the_summary_has_the_fastest_variant_of_each_library() -> None:
    figures = MEASURED["samples"]["figures"]
    shown = (report.RESULTS / "summary.md").read_text(encoding="utf-8")
    assert shown.startswith(samples.summary(figures))
    assert {name for names in samples.GROUPS.values() for name in names} == {*PEERS} - {"FANN"}
    for net in figures["nets"]:
        medians = {name: np.median(times) for name, times in net["us"].items()}
        for group, name in samples.groups(net).items():
            assert medians[name] == min(medians.get(one, np.inf) for one in samples.GROUPS[group])


def test_the_first_figures_of_the_readme_are_those_measured() -> None:
    us = MEASURED["samples"]["figures"]["nets"][0]["us"]
    seconds = {name: 60_000 * float(np.median(us[name])) / 1e6 for name in ("fastnet", "NumPy")}
    begin = (ROOT / "README.md").read_text(encoding="utf-8").partition("##")[0]
    begin = " ".join(begin.split())
    assert f"60,000 images takes {1000 * seconds['fastnet']:.0f} ms" in begin
    assert f"in NumPy takes {seconds['NumPy']:.1f} s" in begin


def test_every_part_was_measured() -> None:
    assert {*bench.PARTS, "checks"} == set(MEASURED)


@pytest.mark.parametrize("name", list(MEASURED))
def test_tables_show_the_figures(name: str) -> None:
    tables = importlib.import_module(f"bench.{name}").tables(MEASURED[name]["figures"])
    shown = (report.RESULTS / f"{name}.md").read_text(encoding="utf-8")
    assert shown.startswith(tables)
    assert ("A quick run." in shown) == MEASURED[name]["quick"]
    assert MEASURED[name]["machine"]["date"][:10] in shown


def test_recipes_are_those_that_were_measured_and_stand_in_the_docs() -> None:
    figures = MEASURED["quality"]["figures"]
    commands = [recipe.command for recipe in quality.RECIPES]
    assert [recipe["command"] for recipe in figures["recipes"]] == commands
    assert set(figures["tables"]) == set(quality.TABLES)
    text = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
    assert all(f"\n$ {command}\n" in text for command in commands)


@pytest.mark.compiled
def test_a_recipe_is_the_command_from_so_many_seeds() -> None:
    figures = quality.learn("fastnet train --hidden 8 --epochs 1", 2)
    (X, y), test = datasets.load("digits")
    nets = [fastnet.train(X, y, hidden=(8,), epochs=1, seed=seed) for seed in range(2)]
    assert figures["accuracy"] == [100 * net.score(*test) for net in nets]
    assert figures["sizes"] == [784, 8, 10] and len(figures["seconds"]) == 2


def test_folds_judge_each_sample_once_and_scale_by_the_others() -> None:
    X, places = np.random.default_rng(0).normal(3, 2, (53, 4)), np.arange(53)
    X[:, 3] = 1  # no spread
    judged = []
    for (X_k, learned), (X_judged, y_judged) in quality.folds(X, places, 1):
        assert sorted([*learned, *y_judged]) == list(range(53))
        mean, spread = X[learned].mean(axis=0), [*X[learned, :3].std(axis=0), 1]
        np.testing.assert_allclose(X_k, (X[learned] - mean) / spread, atol=1e-12)
        np.testing.assert_allclose(X_judged, (X[y_judged] - mean) / spread, atol=1e-12)
        judged += y_judged.tolist()
    assert sorted(judged) == list(range(53))
    (_, numbers), _ = next(quality.folds(X, places / 7, 1))  # a regression's targets are scaled too
    np.testing.assert_allclose([numbers.mean(), numbers.std()], [0, 1], atol=1e-12)


def test_the_default_schedule_is_that_of_the_study() -> None:
    assert {"mnist", "fashion-mnist", "digits", "wine", "diabetes"} <= set(STUDY["data"])
    shown = (report.RESULTS / "defaults.md").read_text(encoding="utf-8")
    assert shown.startswith(defaults.tables(STUDY))
    found = defaults.lost(STUDY)
    best = defaults.best_rates(found)
    losses: dict[str, dict[str, float]] = {}  # by kind of targets and schedule, of all nets
    for (kind, net, schedule), rate in best.items():
        of_kind = losses.setdefault(kind, dict.fromkeys(defaults.SCHEDULES, 0.0))
        of_kind[schedule] += np.mean(list(found[kind, net, schedule, rate].values()))
    assert set(losses) == {"classes", "values", "labels"}
    for of_kind in losses.values():
        assert min(of_kind, key=of_kind.__getitem__) == defaults.default_schedule()


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # rates of 1,000
def test_the_study_takes_one_constant_run_for_all_its_numbers_of_epochs() -> None:
    task = defaults.Task("two moons", "classes", "quadratic", "tanh", (1, 3), 1)
    data = defaults.data_set("two moons")
    options: dict[str, Any] = {"activation": "tanh", "learning_rate": 0.03, "seed": 2}
    for schedule in ("constant", "linear"):
        nets = [
            fastnet.train(data.X, data.y, epochs=n, schedule=schedule, **options)
            for n in task.epochs
        ]
        wanted = [net.score(data.X_valid, data.y_valid) for net in nets]
        assert list(defaults.scores(task, schedule, 0.03, 2).values()) == wanted
    task = defaults.Task("sine", "values", "quadratic", "relu", (1, 3), 1)
    assert set(defaults.scores(task, "constant", 1e3, 0).values()) == {-1.0}  # it diverged


def test_loss_of_skill_is_what_is_behind_the_best_of_the_same_net() -> None:
    nets = {
        "quadratic, relu": {
            "constant": {"5": {"0.1": [0.5, 0.6, 0.9], "1": [-1, -1, 0.9]}},
            "linear": {"5": {"0.1": [0.8], "1": [0.7]}},
        }
    }
    found = defaults.lost({"data": {"mine": {"kind": "classes", "nets": nets}}})
    losses = {point[2:]: round(of["mine", "5"], 9) for point, of in found.items()}
    assert losses == {
        ("constant", "0.1"): 20, ("constant", "1"): 100, ("linear", "0.1"): 0, ("linear", "1"): 10,
    }  # fmt: skip
    assert defaults.best_rates(found) == {
        ("classes", "quadratic, relu", "constant"): "0.1",
        ("classes", "quadratic, relu", "linear"): "0.1",
    }


def peers() -> Iterator[Any]:
    for name, entry in PEERS.items():
        if entry.module in ("own", "numpy_loop", "c") and name != "fastnet, all threads":
            compiled = [pytest.mark.compiled] if entry.module == "own" else []
            for spec in map(Spec, entry.only or [SPEC.sizes]):
                yield pytest.param(entry, spec, id=f"{name}, {spec.name}", marks=compiled)


@pytest.mark.parametrize(("entry", "spec"), list(peers()))
def test_a_peer_computes_what_the_reference_does(entry: Any, spec: Spec) -> None:
    if entry.module == "c" and not shutil.which("gcc"):
        pytest.skip("no gcc")
    module = importlib.import_module(f"bench.peers.{entry.module}")
    try:
        peer = getattr(module, entry.name)(task := task_of(spec))
    except ImportError as error:
        if entry.module != "c":
            raise
        pytest.skip(str(error))  # the processor has no AVX-512
    for _ in range(2):  # the second time from the start again
        assert peer.seconds(50) > 0
        assert off_reference(spec, task.X, task.y, *peer.parameters()) < 1
    assert (peer.predict(task.X) == spec.learn(task.X, task.y).predict(task.X)).all()


def test_a_peer_runs_in_a_process_of_its_own(task: Task) -> None:
    process = Process("numpy_loop", 1)
    try:
        process.call("loop", "make", "Loop", task)
        assert process.call("loop", "seconds", 10) > 0
        weights, biases = process.call("loop", "parameters")
        assert off_reference(SPEC, task.X[:10], task.y[:10], weights, biases) < 1
        with pytest.raises(Missing, match="AttributeError"):
            process.call("loop", "nothing")
    finally:
        process.close()


def test_a_peer_that_is_not_installed_is_missing_with_its_reason() -> None:
    with pytest.raises(Missing, match="ModuleNotFoundError: No module named"):
        Process("nowhere", 1)


def test_turns_run_forwards_and_backwards() -> None:
    ran: list[str] = []
    timers = {name: lambda name=name: float(ran.append(name) or len(ran)) for name in "abc"}
    times = turns.in_turns(timers, 2)
    assert "".join(ran) == "abccba"
    assert times == {"a": [1, 6], "b": [2, 5], "c": [3, 4]}
    assert turns.ratio(times["c"], times["b"]) == np.median([3 / 2, 4 / 5])


def test_a_part_replaces_its_own_figures_only(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    report.keep("one", {"times": [1.23456789, 2]}, path)
    report.keep("two", {"quick": True}, path)
    report.keep("one", {"times": [3.0]}, path)
    assert report.read(path) == {"one": {"times": [3.0]}, "two": {"quick": True}}
    assert report.read(tmp_path / "none") == {}
    assert report.rounded({"a": (1.23456789, 7)}) == {"a": [1.2346, 7]}


def test_made_tables_have_what_the_page_says() -> None:
    frame, y = made.mixed(5000)
    assert frame.shape == (5000, 10) and len(np.unique(y)) == 3
    assert [name for name in frame if frame[name].isna().any()] == ["age"]
    words = [name for name in frame if name.startswith("word")]
    for name, k in zip(words, made.CATEGORIES, strict=True):
        assert k / 2 < frame[name].nunique() <= k
    assert made.mixed(5000)[0].equals(frame)


def test_made_texts_are_the_rows_in_their_file(tmp_path: Path) -> None:
    X, y = made.texts(60, classes=3)
    assert X.shape == (60, made.VOCABULARY) and {*y.tolist()} == {0, 1, 2}
    np.testing.assert_allclose((X.multiply(X)).sum(axis=1), 1)
    made.write_libsvm(tmp_path / "texts.libsvm", X, y)
    (rows, labels), _ = datasets.read(tmp_path / "texts.libsvm", features=made.VOCABULARY)
    assert (labels == y).all() and (rows.indices == X.indices).all()
    np.testing.assert_allclose(rows.data, X.data, rtol=1e-3)  # four digits
    assert rows.indptr.dtype == rows.indices.dtype == np.int32  # as scikit-learn wants


def test_estimators_are_judged_by_the_rows_of_other_folds() -> None:
    from sklearn.linear_model import LogisticRegression

    X, y = estimators_data()
    judged = estimators.Judged("made", X, y)
    found = estimators.folded(LogisticRegression, judged, 2)
    assert {name: len(values) for name, values in found.items()} == dict.fromkeys(found, 2)
    assert min(found["score"]) > 80 and max(found["loss"]) < 0.5 and min(found["seconds"]) > 0
    by_chance = np.random.default_rng(1).permutation(y)
    chance = estimators.folded(LogisticRegression, judged._replace(y=by_chance), 2)
    assert max(chance["score"]) < 65  # rows that were learned would do better
    numbers = judged._replace(y=X["a"].to_numpy() * 2.0)
    assert estimators.folded(estimators.of_numbers()["Ridge"], numbers, 1)["loss"] == []


def estimators_data() -> tuple[Any, Any]:
    import pandas as pd

    X = pd.DataFrame(np.random.default_rng(0).normal(size=(150, 20)))
    X.columns = ["a", *map(str, range(19))]
    return X, np.where(X["a"] > 0, "above", "below")


def test_estimators_are_ranked_on_each_table() -> None:
    figures = {
        "one": {"first": [90.0, 92], "second": [90.0, 92], "third": [80.0, 80]},
        "two": {"first": [50.0, 50], "second": [60.0, 60], "third": [70.0, 70]},
    }
    of_tables = {
        table: {
            name: {"score": s, "loss": [0.1, 0.3], "seconds": [0.5, 1.5]} for name, s in of.items()
        }
        for table, of in figures.items()
    }
    of_tables["two"]["third"]["seconds"] = [4.0, 4.0]
    head, first, second, third = estimators.compared(of_tables, ("score", "loss"))
    assert head[0] == "2 tables, as they come" and len(head) == len(first) == 7
    assert first[1:3] == ["70.5", "2.25"] and second[1:3] == ["75.5", "1.75"]
    assert third[1:5] == ["75.0", "2.00", "0.200", "2.00"]
    assert first[5:] == ["1", "1x"] and third[5:] == ["2", "2x"]


def test_tables_of_a_folder_join_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "\n".join(f"{k},w{k % 3},{k % 2}" for k in range(30))
    (tmp_path / "own.csv").write_text(f"a,b,target\n{rows}\n,,1\n")
    before = [judged.name for judged in estimators.bundled()]
    monkeypatch.setenv("FASTNET_TABLES", str(tmp_path))
    found = {judged.name: judged for judged in estimators.bundled()}
    assert {*found} == {*before, "own"}
    assert found["own"].X.isna().sum().tolist() == [1, 1] and found["own"].y.sum() == 16
    assert found["people: owner"].y.dtype.kind == "O" and found["people: income"].y.dtype == float


def test_the_goals_are_read_from_what_was_measured() -> None:
    shown = (report.RESULTS / "goals.md").read_text(encoding="utf-8")
    assert shown.strip() == goals.text(MEASURED)
    assert "bench/results/goals.md" in (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
    most = goals.Goal("a time", lambda parts: parts["own"]["ratio"], 1.5)
    assert most.reached(1.5) and not most.reached(1.6)
    assert most._replace(least=True).reached(1.6)
    assert {row[-1] for row in goals.rows({"samples": {"nets": []}})} == {"not measured"}


def test_the_goals_name_what_the_parts_measure() -> None:
    """A wrong name would look like what was not measured."""
    timed = {f"{peer}, {call}": [1.0] for peer, names in calls.CALLS for call in names}
    parts = {
        "calls": {"single": [{"net": spec.name, "us": timed} for spec in ORIGINAL]},
        "samples": {"nets": [{"net": s.name, "us": {}, "ratios": {}} for s in ORIGINAL]},
        "start": {"seconds": {name: [1.0] for name in [*start.COMMANDS, start.COLD]}},
    }
    for name in PEERS:
        for one in parts["samples"]["nets"]:
            one["us"][name], one["ratios"][name] = [1.0], 1.0
    found = [row[2] for row in goals.rows(parts)]
    wanted = [goal for goal in goals.GOALS if any(word in goal.what for word in
              ("multiple of C", "30-10", "fastnet train", "compile", "_one", "_fit"))]  # fmt: skip
    assert found.count("1") == len(wanted) == 14


def test_a_weight_is_touched_if_its_input_is_not_zero() -> None:
    assert growth.touched(Spec((784, 64, 10)), 100) == 100 * 64 + 640
    assert growth.touched(Spec((2, 64, 32, 10)), 100) == 2 * 64 + 64 * 32 + 320
    costs = growth.of_weights({"us": {"a": [3.0], "b": [1.0]}, "weights": {"a": 1000, "b": 1000}})
    assert costs == {"a": 3000, "b": 1000} and growth.cliffs(costs) == ["3000*", "1000"]


@pytest.mark.compiled
def test_bare_calls_are_the_compiled_part_of_single_ones(task: Task) -> None:
    from bench.peers.own import Fastnet

    peer, other = Fastnet(task), Fastnet(task)
    peer.bare_learn(task.X[0], int(task.y[0]))
    other.learn_one(task.X[0], int(task.y[0]))
    for k in (3, 1, 2):
        peer.bare_predict(task.X[k])
        peer.bare_learn(task.X[k], int(task.y[k]))
        other.learn_one(task.X[k], int(task.y[k]))
    assert peer.net.digest() == other.net.digest()


@pytest.mark.heavy
def test_c_that_is_measured_answers_as_the_net(tmp_path: Path) -> None:
    if not shutil.which("gcc") and not os.environ.get("CI"):
        pytest.skip("no gcc")
    (X, y), (X_test, y_test) = datasets.load("digits")
    for hidden in (), (8,):
        gone: dict[str, str] = {}
        net = fastnet.train(X, y, hidden=hidden, activation="relu", loss="cross-entropy", epochs=2)
        codes = dict(export.codes(net, gone))
        assert {"fastnet, float32", "fastnet, int8"} <= codes.keys()
        for name, code in codes.items():
            found = export.cost(code, X_test[:500], y_test[:500], tmp_path)
            off = abs(found["right"] - net.score(X_test[:500], y_test[:500]))
            assert off <= (0.01 if "int8" in name else 0), name
            assert found["flash"] > 784 and found["us"] > 0 and found["row"] >= 784
