"""The table of records: the recipes, the order of the procedure, sittings, and the table."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from bench import charts, report
from bench.records import __main__ as records
from bench.records import procedure, progress, recipe, results, sitting
from bench.records.procedure import Data
from tests.helpers import ROOT, needed

pytest.importorskip("tomllib", reason="Python 3.11 reads TOML")
pytestmark = pytest.mark.compiled  # many epochs of the bundled digits
TINY = recipe.Recipe(
    name="tiny",
    title="Nobody 2026: 8",
    data="digits",
    published=50.0,
    options={"hidden": [8], "activation": "relu", "loss": "cross-entropy", "average": 0.5},
    candidates=[{"epochs": 1}, {"epochs": 3}],
    seeds=2,
    choice_seeds=1,
)


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The figures of a tiny row that is trained in one go."""
    return procedure.row(TINY, tmp_path_factory.mktemp("whole"))


def test_all_recipes_are_read_and_say_where_their_figures_come_from() -> None:
    found = recipe.recipes()
    assert len(found) >= 4 and all(name == one.name for name, one in found.items())
    for one in found.values():
        assert one.widths in one.title
        if one.published is not None:
            assert one.method and re.search(r"\b(19|20)\d\d\b", one.paper), one.name
    order = [one.published for one in found.values() if one.name.startswith("lecun")]
    assert order == [4.7, 4.5, 3.05, 2.95]


@pytest.mark.parametrize("name", recipe.recipes())
def test_a_recipe_trains(name: str) -> None:
    """Its options are those of `train`: a net of each kind learns some images."""
    (X, y), _ = fastnet.datasets.load("digits")
    one = recipe.recipes()[name]
    for options in one.each(one.candidates[-1], 0)[:1]:
        short = options | {"epochs": 1, "hidden": [4] * len(options["hidden"])}
        net = fastnet.train(X[:300], y[:300], verbose=False, **short)
        assert net.sizes[1:-1] == tuple(short["hidden"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": "nothing"}, "tiny: data: 'nothing', wanted mnist"),
        ({"options": {"hidden": [8], "epoch": 3}}, "tiny: .*epoch"),
        ({"options": {"hidden": [8], "learning_rate": -1}}, "tiny: learning_rate: -1"),
        ({"options": {"epochs": 3}}, "wanted hidden and epochs"),
        ({"options": {"hidden": [8], "max-seconds": 3}}, "max_seconds: a recipe has no such"),
        ({"options": {"hidden": [8], "epochs": 1, "seed": 5}}, "tiny: seed: a recipe has no such"),
        ({"nets": [{"seed": 5}]}, "tiny: seed: a recipe has no such"),
        ({"seeds": 0}, "seeds"),
        ({"choice_seeds": 3}, "3 of 2 seeds choose"),
    ],
)
def test_a_wrong_recipe_is_refused_before_it_runs(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        changed(**change)


def changed(**values: Any) -> recipe.Recipe:
    return recipe.Recipe(**{**vars(TINY), **values})


def test_an_unknown_line_of_a_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    options = "[options]\nhidden = [3]\nepochs = 1\n"
    path.write_text(f'title = "a"\ndata = "digits"\nspeed = 3\n{options}')
    with pytest.raises(ValueError, match=r"one\.toml: there is no speed in a recipe"):
        recipe.read(path)
    path.write_text(path.read_text().replace("speed = 3\n", ""))
    assert recipe.read(path).each({}, 2) == [{"hidden": [3], "epochs": 1, "seed": 2}]


def test_the_nets_of_committees_have_seeds_of_their_own() -> None:
    one = changed(nets=[{}, {"hidden": [4, 2]}, {}], seeds=2)
    seeds = [options["seed"] for seed in range(2) for options in one.each({}, seed)]
    assert seeds == [*range(6)]
    assert one.widths == "8, 4-2, 8" and changed(nets=[{}, {}]).widths == "2 x 8"


def test_validation_chooses_the_last_sixth_judges_and_all_is_learned(
    figures: dict[str, Any], tmp_path: Path
) -> None:
    (X, y), test = fastnet.datasets.load("digits")
    learn, judges = procedure.parted((X, y))
    assert len(judges[1]) == 1666 and (np.concatenate([learn[0], judges[0]]) == X).all()
    options = TINY.options | {"verbose": False}
    nets = [fastnet.train(*learn, epochs=n, **options) for n in (1, 3)]
    errors = [[100 * (1 - net.score(*judges))] for net in nets]
    assert [one["validation"] for one in figures["candidates"]] == errors
    assert errors[0] > errors[1] and figures["chosen"] == {"epochs": 3}
    final = [fastnet.train(X, y, epochs=3, seed=seed, **options) for seed in range(2)]
    assert figures["digests"] == [[net.digest()] for net in final]
    assert figures["test"] == [100 * (1 - net.score(*test)) for net in final]
    assert figures["test_of_part"] == [100 * (1 - nets[1].score(*test))]
    part = procedure.row(changed(retrain=False, seeds=1), tmp_path)
    assert part["digests"] == [[nets[1].digest()]]


def test_a_committee_answers_by_the_mean_of_its_outputs(tmp_path: Path) -> None:
    two = changed(nets=[{}, {"hidden": [4]}], seeds=1, candidates=[{"epochs": 1}])
    figures = procedure.row(two, tmp_path)
    (X, y), (X_test, y_test) = fastnet.datasets.load("digits")
    nets = [fastnet.train(X, y, verbose=False, **options) for options in two.each({"epochs": 1}, 0)]
    mean = sum(net.predict_proba(X_test).astype(float) for net in nets)
    assert figures["test"] == [100 * (1 - (mean.argmax(axis=1) == y_test).mean())]
    assert figures["digests"] == [[net.digest() for net in nets]]


def test_the_test_images_are_read_when_nothing_is_left_to_decide(
    figures: dict[str, Any], tmp_path: Path
) -> None:
    """They come after the last net is finished, once, and other ones change only the error."""
    (X, y), (X_test, y_test) = fastnet.datasets.load("digits")
    finished = []

    def test() -> Any:
        finished.append(len([*tmp_path.glob("tiny/*.json")]))
        return X_test, (y_test + 1) % 10

    again = procedure.row(TINY, tmp_path, Data(lambda: (X, y), test))
    assert finished == [4]  # a net of each candidate, and of each seed
    different = {name for name in figures if again[name] != figures[name]}
    assert different <= {"test", "test_of_part", "wall", "cpu", "others", "choice_wall", "machine"}
    assert min(again["test"]) > 90 > 20 > max(figures["test"])


@pytest.mark.skipif(os.name != "posix", reason="the timer is of POSIX")
def test_a_row_goes_on_after_ctrl_c_and_finished_nets_are_read(tmp_path: Path) -> None:
    """Ctrl-C comes at any moment, later each time, so that the row comes to its end."""
    one = changed(candidates=[{"epochs": 20}, {"epochs": 60}])
    whole = procedure.row(one, tmp_path / "whole")
    before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    stops, folder = 0, tmp_path / "stopped"
    try:
        while True:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.02 * (stops + 1))
                again = procedure.row(one, folder)
                break
            except KeyboardInterrupt:
                stops += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert stops >= 2
    for name in "digests", "candidates", "curve", "test", "test_of_part":
        assert again[name] == whole[name]
    files = {path.suffix for path in (folder / "tiny").iterdir()}
    assert files == {".npz", ".json", ".txt", ""}  # "" is the lock
    assert not [*folder.glob("tiny/*.run.npz")]
    assert procedure.row(one, folder)["wall"] == again["wall"]  # nothing is learned again


def test_a_row_takes_the_finished_nets_of_others(tmp_path: Path) -> None:
    one = changed(candidates=[{"epochs": 1}], retrain=False, seeds=1)
    alone = procedure.row(one, tmp_path)
    two = procedure.row(changed(**{**vars(one), "name": "two", "nets": [{}, {}]}), tmp_path)
    assert two["digests"][0][0] == alone["digests"][0][0]
    assert len([*tmp_path.glob("tiny/*.npz")]) == len([*tmp_path.glob("two/*.npz")]) == 1


def test_a_net_whose_file_was_changed_is_trained_again(tmp_path: Path) -> None:
    one = changed(candidates=[{"epochs": 1}], retrain=False, seeds=1)
    whole = procedure.row(one, tmp_path)
    (file,) = tmp_path.glob("tiny/*.npz")
    fastnet.train(*fastnet.datasets.load()[0], hidden=(8,), epochs=1, verbose=False).save(file)
    assert procedure.row(one, tmp_path)["digests"] == whole["digests"]


def test_the_name_of_a_net_tells_what_decides_its_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other bits of deformed images train anew only what learns deformed images."""
    one = sitting.Sitting(tmp_path, "digits")
    options = {"hidden": [8], "epochs": 1, "seed": 0}
    plain, deformed = {**options, "threads": 1}, {**options, "augment": "elastic"}

    def names() -> list[str]:
        return [one.name("all", 60, some) for some in (plain, deformed)]

    before = names()
    assert one.name("all", 60, {**plain, "threads": 2}) == before[0] != before[1]
    monkeypatch.setitem(sitting.GOLDEN, sitting.OF_DEFORMED, {"digest": "other"})
    changed = names()
    assert changed[0] == before[0] and changed[1] != before[1]
    monkeypatch.setitem(sitting.GOLDEN, sitting.OF_ALL, {"digest": "other"})
    assert not {*names()} & {*before, *changed}


LONG = """
import sys
from pathlib import Path
from bench.records import procedure, recipe, sitting
sitting.EVERY = "1 epoch"
procedure.row(recipe.read(Path(sys.argv[1])), Path(sys.argv[2]))
"""
LONG_RECIPE = """
title = "Nobody 2026: 64"
data = "digits"
retrain = false
[options]
hidden = [64]
epochs = 150
average = 0.5
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
@pytest.mark.heavy
def test_a_row_that_is_killed_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    path = tmp_path / "long.toml"
    path.write_text(LONG_RECIPE)
    command = [sys.executable, "-c", LONG, str(path), str(tmp_path / "killed")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 100

    def learned() -> int:
        return sum(len(fastnet.load(p).history) for p in tmp_path.glob("killed/long/*.run.npz"))

    while not learned() and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    with pytest.raises(sitting.Busy, match="long: another process works on this row"):
        procedure.row(recipe.read(path), tmp_path / "killed")
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert 0 < learned() < 150
    killed, whole = (procedure.row(recipe.read(path), tmp_path / n) for n in ("killed", "whole"))
    assert killed["digests"] == whole["digests"] and killed["curve"] == whole["curve"]


def test_curves_have_few_points_and_the_last_epoch() -> None:
    (X, y), _ = fastnet.datasets.load("digits")
    net = fastnet.train(X[:50], y[:50], hidden=(), epochs=500, verbose=False)
    curve = sitting.curve(net)
    assert curve["epoch"][:3] == [1, 2, 3] and curve["epoch"][-1] == 500
    assert len(curve["epoch"]) == len(curve["training"]) <= sitting.POINTS + 1
    assert curve["training"][-1] == 100 * (1 - net.history[-1]["accuracy"])
    assert "validation" not in curve


def test_durations_in_words() -> None:
    times = 0.123, 9.96, 42, 89.7, 90, 330, 3120, 7500
    words = [*map(progress.spoken, times)]
    assert words == ["0.1 s", "10.0 s", "42 s", "90 s", "1.5 min", "5.5 min", "52 min", "2 h 5 min"]


OTHER = """
import time
while time.process_time() < 1:
    pass
"""


def test_the_work_of_other_processes_is_counted(tmp_path: Path) -> None:
    """Over several sittings; where one does not know it, the whole is not known."""
    if progress.worked() is None:
        pytest.skip("the system does not tell how long its cores have worked")
    for sitting_ in 1, 2:
        with progress.Clock(tmp_path / "net.time"):
            subprocess.run([sys.executable, "-c", OTHER], check=True)
        kept = json.loads((tmp_path / "net.time").read_text())
        assert kept["others"] >= 0.9 * sitting_
    for before in {"wall": 5.0, "cpu": 4.0}, {"wall": 5.0, "cpu": 4.0, "others": None}:
        progress.save(tmp_path / "old.time", before)  # as it was, and from a system without it
        seconds = progress.Clock(tmp_path / "old.time").seconds()
        assert seconds["others"] is None and seconds["wall"] > 5 and seconds["cpu"] > 4


def test_own_work_is_no_work_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "worked", time.process_time)  # a machine without others
    clock = progress.Clock(tmp_path / "net.time")
    sum(range(10**7))
    assert clock.seconds()["others"] < 0.01 < clock.seconds()["cpu"]


def test_counters_that_are_missing_or_zero_say_nothing(tmp_path: Path) -> None:
    assert progress.worked(tmp_path / "none") is None
    (tmp_path / "stat").write_text("cpu 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0\nintr 0\n")
    assert progress.worked(tmp_path / "stat") is None


def test_the_log_says_how_much_time_is_left(tmp_path: Path) -> None:
    one = progress.Progress(tmp_path / "log.txt", total=100.0)
    one.skip(50)
    one.begin()
    told = one.moved("net", 20.0)
    one.said = -progress.SECONDS
    told(0, 10)
    one.at, one.shown, one.said = one.at - 4, 0, one.said - progress.SECONDS
    told(4, 10)  # 8 of 20 in 4 s; 42 of 100 are left
    (line,) = (tmp_path / "log.txt").read_text().splitlines()
    assert line.endswith("net: 40%, the row has 21 s left")


@pytest.mark.parametrize("retrain", [True, False])
def test_at_its_end_nothing_is_left_of_a_row(
    retrain: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[sitting.Sitting] = []

    class Seen(sitting.Sitting):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append(self)

    monkeypatch.setattr(procedure, "Sitting", Seen)
    one = changed(retrain=retrain, candidates=[{"epochs": 2}, {"epochs": 1}])
    procedure.row(one, tmp_path)  # the first is chosen, which takes longer
    assert made[0].progress.done == pytest.approx(made[0].progress.total)


def test_a_finished_row_is_put_beside_the_others(figures: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "records.json"
    for name, some in ("one", {"test": [1.0]}), ("tiny", figures), ("one", {"test": [2.0]}):
        results.keep(name, some, path)
    kept = json.loads(path.read_text())
    assert kept["one"] == {"test": [2.0]} and kept["tiny"] == report.rounded(figures)
    head, _, row = results.table_of({"tiny": kept["tiny"]}).splitlines()
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[:2] == ["Nobody 2026: 8", "50%"] and cells[5] == "3" and cells[8] == "2"
    assert cells[3] == f"{procedure.spread(figures['test'])}%" and len(cells) == head.count("|") - 1
    part = figures | {"retrained": False, "test": [1.0, 3.0], "test_of_part": [9.0]}
    assert results.cells(part)[2:4] == ["2.00 (1.00-3.00)%", ""]  # of all seeds
    assert report.caption(figures["machine"]) in results.text({"tiny": figures})
    for wall, star in (1.2, ""), (1.4, "*"):
        timed = figures | {"wall": [wall * 60] * 2, "cpu": [60.0] * 2, "others": [None] * 2}
        cores = f"{1 / wall:.1f}"
        assert results.cells(timed)[6:8] == [f"{progress.spoken(wall * 60)}{star}", cores]
        assert ("Other work" in results.text({"tiny": timed})) == bool(star)
        assert results.is_busy(kept_before(timed)) == bool(star)
    of_two = figures | {"wall": [60.0, 60.0], "cpu": [90.0, 90.0], "machine": {"cores": 2}}
    assert not results.is_busy(of_two | {"others": [9.0, 9.0]})
    assert results.is_busy(of_two | {"others": [9.0, 15.0]})  # its own threads keep 1.5 cores busy
    assert not results.is_busy(of_two | {"others": [9.0, None]})


def kept_before(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures of a row that was measured before others' work was counted."""
    return {name: value for name, value in figures.items() if name != "others"}


KEEPING = """
import sys
from pathlib import Path
from bench.records import results
for k in range(40):
    results.keep(f"{sys.argv[1]} {k}", {"test": [k]}, Path(sys.argv[2]))
"""


def test_rows_that_two_processes_keep_at_once_are_all_kept(tmp_path: Path) -> None:
    """Whatever the folders of their nets are."""
    pytest.importorskip("fcntl", reason="Windows has no such locks")
    path = tmp_path / "records.json"
    both = [
        subprocess.Popen([sys.executable, "-c", KEEPING, name, str(path)], cwd=ROOT)
        for name in "ab"
    ]
    assert [one.wait(100) for one in both] == [0, 0]
    assert {*json.loads(path.read_text())} == {f"{name} {k}" for name in "ab" for k in range(40)}


def test_the_curves_are_drawn(figures: dict[str, Any], tmp_path: Path) -> None:
    needed("matplotlib")
    charts.draw(results.chart, {"tiny": figures}, tmp_path / "one.png")
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")


def test_the_table_is_what_was_measured() -> None:
    rows = results.ordered(report.read(results.FIGURES))
    assert [*rows] == [name for name in recipe.recipes() if name in rows]
    shown = (report.RESULTS / "records.md").read_text(encoding="utf-8")
    assert shown.strip() == results.text(rows)


def test_the_command_lists_the_rows_and_refuses_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["records", "--list"])
    records.main()
    assert capsys.readouterr().out.count("\n") == len(recipe.recipes())
    monkeypatch.setattr(sys, "argv", ["records", "nothing"])
    with pytest.raises(SystemExit):
        records.main()
    assert "nothing: there is no such row, wanted some of package" in capsys.readouterr().err


def test_without_data_the_command_ends_in_one_line(tmp_path: Path) -> None:
    nowhere = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9") | {"no_proxy": ""}
    empty = dict.fromkeys(("FASTNET_DATA", "XDG_CACHE_HOME", "HOME"), str(tmp_path))
    command = [sys.executable, "-m", "bench.records", "lecun-300", "lecun-1000", "--quick"]
    ended = subprocess.run(
        [*command, "--folder", str(tmp_path / "nets")], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | nowhere | empty,
    )  # fmt: skip
    *_, last = ended.stderr.splitlines()
    assert ended.returncode == 1 and ended.stdout == "" and "Traceback" not in ended.stderr
    assert last.startswith("Error: the download failed") and str(tmp_path) in last
    assert ended.stderr.count("Error: ") == 1  # the next row has the same data


def test_a_short_look_sees_no_test_images() -> None:
    (X, y), _ = fastnet.datasets.load("digits")
    data = procedure.quick("digits")
    assert (data.training()[0] == X[:6000]).all() and (data.test()[1] == y[6000:7000]).all()
    short = changed(nets=[{}, {"epochs": 9}, {}], seeds=2).quick()
    options = TINY.options | {"epochs": 2}
    assert short.each(short.candidates[0], 0) == [options | {"seed": k} for k in range(2)]
