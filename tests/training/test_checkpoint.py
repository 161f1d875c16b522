"""A run that is killed, at whatever moment, goes on to the same bits."""

import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import load, train
from fastnet.kernels.jit import code_digest
from fastnet.model import archive
from fastnet.model import chunks as chunks_module
from fastnet.model.passes import Passes
from fastnet.training.checkpoint import Checkpoint
from tests.helpers import COMPILED, samples
from tests.people import classes, people
from tests.training.checkpoints import WAYS, Killed, N, after, learn, outcome

pytestmark = pytest.mark.usefixtures("many_chunks")


@pytest.mark.parametrize("every", ["1 epoch", "16 samples", "70 samples", "0.000001 seconds"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # patience
def test_a_resumed_run_comes_to_the_same_bits(way, every, tmp_path):
    wanted = outcome(learn(**WAYS[way]))
    where = {"checkpoint": tmp_path / "run.npz", "every": every, **WAYS[way]}
    kills = 0
    for chunks in (2, 0, 3, 1, 4, 1, 1000):
        try:
            net = learn(**where, resume=True, on_progress=after(chunks))
            break
        except Killed:
            kills += 1
            assert load(tmp_path / "run.npz").is_finite()
    assert kills > 2 or not COMPILED
    assert outcome(net) == wanted
    assert outcome(learn(**where, resume=True, on_progress=after(0))) == wanted, "it has ended"


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # there is little to learn
def test_a_plateau_is_resumed_before_and_in_its_fall(tmp_path):
    wanted = outcome(learn(**WAYS["a plateau"]))
    rates = [record["learning_rate"] for record in wanted[3]]
    fall = next(k for k, rate in enumerate(rates) if rate < rates[0]) - 1
    assert 0 < fall < len(rates) - 2
    where = {"every": "1 epoch", **WAYS["a plateau"]}
    for epoch in (fall - 1, fall, fall + 1, len(rates) - 1):  # the last one that is learned

        def kill(net, record, epoch=epoch):
            if record["epoch"] == epoch:
                raise Killed

        path = tmp_path / f"{epoch}.npz"
        with pytest.raises(Killed):
            learn(checkpoint=path, on_epoch=kill, **where)
        assert len(load(path).history) == epoch
        assert outcome(learn(checkpoint=path, resume=True, **where)) == wanted


def test_ctrl_c_writes_the_checkpoint(tmp_path):
    path, wanted = tmp_path / "run.npz", outcome(learn())

    def on_progress(done: int, total: int) -> None:
        if done > N + 40:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as error:
        learn(checkpoint=path, every="1000 seconds", on_progress=on_progress)
    assert load(path).digest() == error.value.network.digest()  # type: ignore[attr-defined]
    learned = []
    net = learn(checkpoint=path, resume=True, on_progress=lambda done, total: learned.append(done))
    assert learned[0] > N + 40
    assert outcome(net) == wanted


OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"epochs": 4}, "epochs was 3 and is 4"),
    ({"learning_rate": 0.2}, "learning_rate was 0.1 and is 0.2"),
    ({"seed": 1}, "seed was 0 and is 1"),
    ({"hidden": (5,), "features": 20}, "features was 20 and is 200|hidden was"),
    ({"features": 21}, "the data's features was 20 and is 21"),
    ({"l2": 0.1}, "l2 was 0.0 and is 0.1"),
]


@pytest.mark.parametrize(("options", "message"), OTHERS, ids=[str(o) for o, _ in OTHERS])
def test_a_checkpoint_of_another_run_is_refused(options, message, tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(Killed):
        learn(checkpoint=path, on_progress=after(1))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"run.npz holds another run: ({message})"):
        learn(checkpoint=path, resume=True, **options)
    assert path.read_bytes() == before


def test_other_data_are_refused(tmp_path):
    X, y = samples(N, 20), np.arange(N) % 3
    train(X, y, epochs=1, checkpoint=tmp_path / "run.npz")
    with pytest.raises(ValueError, match="another run: the data's X has other values"):
        train(X * 2, y, epochs=1, checkpoint=tmp_path / "run.npz", resume=True)


def test_another_table_is_refused(tmp_path):
    frame, checkpoint = people(N), {"checkpoint": tmp_path / "run.npz", "encode": "table"}
    train(frame, classes(frame), epochs=1, **checkpoint)
    again = load(tmp_path / "run.npz")
    assert again.encoding is not None and again.feature_names == tuple(frame)
    other = frame.assign(job=frame.job.str.upper())  # the same inputs, from other words
    with pytest.raises(ValueError, match="another run: the data's encoding has other values"):
        train(other, classes(frame), epochs=1, **checkpoint, resume=True)
    with pytest.raises(ValueError, match=r"another run: the data's (X|features)"):
        train(frame[["age", "job"]], classes(frame), epochs=1, **checkpoint, resume=True)


def test_files_that_are_no_checkpoints_are_refused_and_kept(tmp_path):
    path = tmp_path / "run.npz"
    learn(epochs=0).save(path)
    with pytest.raises(ValueError, match=r"checkpoint: .*run.npz holds a network, wanted a run"):
        learn(checkpoint=path, resume=True)
    path.write_bytes(b"my thesis")
    with pytest.raises(ValueError, match=r"run.npz: not an intact fastnet model"):
        learn(checkpoint=path, resume=True)
    assert path.read_bytes() == b"my thesis"


def test_no_file_is_written_over_without_resume(tmp_path):
    path = tmp_path / "run.npz"
    for kill in (after(1), None):  # a run that has not ended, and one that has
        with contextlib.suppress(Killed):
            learn(checkpoint=path, resume=True, on_progress=kill)
        before = path.read_bytes()
        for options in ({}, {"l2": 6.0}, {"seed": 1}):
            with pytest.raises((FileExistsError, ValueError), match=r"is there already|l2: 6"):
                learn(checkpoint=path, **options)
        assert path.read_bytes() == before


def test_a_run_that_cannot_begin_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="l2: 6 at a learning rate"):
        learn(checkpoint=tmp_path / "run.npz", l2=6.0)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("way", ["l2, averaged", "early stopping", "plain"])
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # patience
def test_the_file_of_an_ended_run_is_the_network_returned(way, tmp_path):
    path = tmp_path / "run.npz"
    net = learn(checkpoint=path, **WAYS[way])
    assert load(path).digest() == net.digest()
    assert load(path).history == net.history
    before = os.stat(path)
    os.chmod(path, 0o400)
    assert outcome(learn(checkpoint=path, resume=True, **WAYS[way])) == outcome(net)
    assert os.stat(path).st_ino == before.st_ino, "nothing was learned, nothing is written"


@pytest.mark.parametrize("where", ["in validation", "in on_epoch", "in a write"])
def test_ctrl_c_anywhere_is_resumed(where, tmp_path, monkeypatch):
    path, way = tmp_path / "run.npz", {"validation_fraction": 0.2, "average": 0.7, "l2": 0.5}
    wanted, calls, pressed = outcome(learn(**way)), [0], []

    def press(*arguments: Any) -> None:
        calls[0] += 1
        if calls[0] == 2:
            pressed.append(signal.raise_signal(signal.SIGINT))

    def pressing(function: Any) -> Any:
        return lambda *arguments: (press(), function(*arguments))[1]

    options: dict[str, Any] = {"checkpoint": path, "every": "1 epoch", **way}
    with monkeypatch.context() as patch:
        if where == "in validation":
            patch.setattr(Passes, "evaluate", pressing(Passes.evaluate))
        elif where == "in a write":
            patch.setattr(archive, "_sha256", pressing(archive._sha256))
        else:
            options["on_epoch"] = press
        with pytest.raises(KeyboardInterrupt) as error:
            learn(**options)
    assert pressed == [None] or where != "in a write"
    assert load(path).digest() == error.value.network.digest()  # type: ignore[attr-defined]
    options.pop("on_epoch", None)
    resumed = learn(resume=True, **options)
    assert outcome(resumed)[0] == wanted[0] and outcome(resumed)[3] == wanted[3]


def test_a_record_that_json_has_not_is_named(tmp_path):
    def on_epoch(net, record):
        record["confusion"] = np.eye(2) if record["epoch"] == 0 else {1, 2}

    with pytest.raises(TypeError, match="history: a set in a record, wanted what JSON has"):
        learn(checkpoint=tmp_path / "run.npz", every="1 epoch", on_epoch=on_epoch)
    assert load(tmp_path / "run.npz").history[0]["confusion"] == [[1.0, 0.0], [0.0, 1.0]]


def test_a_relative_path_stays_where_it_was(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    learn(checkpoint="run.npz", on_epoch=lambda net, record: os.chdir(tmp_path / "elsewhere"))
    assert load(tmp_path / "run.npz").stopped == "epochs"


@pytest.mark.parametrize(
    "every",
    ["", "often", "5", "5 minutes", "0 epochs", "-1 samples", 3, "1e3 s", "0.5 epochs", "9" * 400],
)
def test_every_is_a_number_and_a_unit(every, tmp_path):
    with pytest.raises(
        ValueError, match=r"every: .*, wanted a number of epochs, samples or seconds"
    ):
        learn(checkpoint=tmp_path / "run.npz", every=every)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("path", [5, b"run.npz", ""])
def test_a_checkpoint_is_a_path(path):
    with pytest.raises(TypeError, match=r"checkpoint: .*, wanted a path"):
        learn(checkpoint=path)


def test_resume_wants_a_checkpoint():
    with pytest.raises(ValueError, match="resume: True, but there is no checkpoint"):
        learn(resume=True)


def test_a_checkpoint_is_written_as_often_as_it_says(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks_module, "SEEN", 1e9)
    for every, times in (("1 epoch", 5), ("2 epochs", 3), ("80 samples", 2 + 3 * N // 80)):
        marked: list[int] = []
        mark = Checkpoint.mark

        def counted(self, epochs, samples, marked=marked, mark=mark):
            marked.append(samples)
            mark(self, epochs, samples)

        with monkeypatch.context() as patch:
            patch.setattr(Checkpoint, "mark", counted)
            learn(checkpoint=tmp_path / f"{every}.npz", every=every)
        assert abs(len(marked) - times) <= 1
        assert marked[0] == 0
        assert marked[-1] == 3 * N


def changed(path: Path, change: Any) -> None:
    """Change what a checkpoint's JSON says, with the checksum that belongs to it."""
    about, arrays = archive.read(path)
    arrays.pop("about")
    change(about)
    archive.write(path, about, arrays)


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ({"kernels": "0123456789abcdef"}, f"of kernels 0123456789abcdef, this is {code_digest()}"),
        ({"kernels": None}, f"of kernels not recorded, this is {code_digest()}"),
        ({"fastnet": "0.1.0"}, f"of fastnet 0.1.0, this is {fastnet.__version__}"),
        ({"fastnet": "0.1.0", "kernels": None}, "of fastnet 0.1.0, "),
    ],
)
def test_a_checkpoint_of_other_arithmetic_is_refused(versions, message, tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(Killed):
        learn(checkpoint=path, on_progress=after(3))

    def change(about: dict[str, Any]) -> None:
        about["run"]["versions"] |= versions
        for name in [name for name, version in versions.items() if version is None]:
            del about["run"]["versions"][name]

    changed(path, change)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"run.npz holds another run: {message}"):
        learn(checkpoint=path, resume=True)
    assert path.read_bytes() == before


def test_other_versions_of_python_are_no_other_run(tmp_path):
    path, wanted = tmp_path / "run.npz", outcome(learn())
    with pytest.raises(Killed):
        learn(checkpoint=path, on_progress=after(3))
    changed(path, lambda about: about["run"]["versions"].update(python="3.99.0", numpy="9.0"))
    assert outcome(learn(checkpoint=path, resume=True)) == wanted
