"""Files of anybody's: bounded memory, one class of error, whatever their JSON and arrays say."""

import copy
import hashlib
import json
import random
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import fastnet
from fastnet import load, train
from fastnet.cli import main
from fastnet.model import archive
from tests.helpers import COMPILED, samples
from tests.people import classes, numbers, people

X, Y = samples(40, 6), np.arange(40) % 3
OPTIONS: dict[str, Any] = {"hidden": (4,), "epochs": 2, "average": 0.5, "patience": None}


def parts(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    with np.load(path, allow_pickle=False) as npz:
        arrays = {name: npz[name] for name in npz.files if name != "sha256"}
    return json.loads(arrays.pop("about").tobytes()), arrays


def signed(path: Path, about: Any, arrays: dict[str, np.ndarray], save: Any = np.savez) -> None:
    """A file with the checksum that belongs to it, which anyone can write."""
    text = about if isinstance(about, bytes) else json.dumps(about).encode()
    arrays = {**arrays, "about": np.frombuffer(text, np.uint8)}
    with open(path, "wb") as file:
        save(file, **arrays, sha256=np.frombuffer(archive._sha256(arrays), np.uint8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Model files of every kind, a checkpoint, and the data."""
    folder = tmp_path_factory.mktemp("archive")
    np.savez(folder / "data.npz", X=X, y=Y, X_test=X, y_test=Y)
    net = train(X, Y, **OPTIONS, validation_data=(X, Y))
    net.run["source"] = str(folder / "data.npz")
    net.save(folder / "net.npz")
    train(X, X[:, 0], hidden=(), epochs=1, class_weight=None).save(folder / "numbers.npz")
    fastnet.train_stream(zip(X, Y.tolist(), strict=True)).save(folder / "stream.npz")
    frame = people(60)
    train(frame, numbers(frame), hidden=(), epochs=1, encode="table").save(folder / "table.npz")
    running = fastnet.train_stream([(frame, classes(frame))], hidden=(), encode="table")
    running.save(folder / "running.npz")

    def stop(done: int, total: int) -> None:
        if done > 40:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        learn(folder / "run.npz", on_progress=stop)
    return folder


def learn(path: Path, **more: Any) -> fastnet.Network:
    rest = {"validation_fraction": 0.2, "every": "1 samples", "verbose": False}
    options = {**OPTIONS, "average": 0.0, "patience": 5, **rest, **more}
    return train(X, Y, **options, l2=0.1, checkpoint=path, resume=True)


# Bounded memory --------------------------------------------------------------------------------


def peak(path: Path) -> int:
    """Bytes that it takes at most to refuse a file."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="not an intact fastnet model") as error:
            load(path)
        assert str(path) in str(error.value) and len(str(error.value)) < len(str(path)) + 300
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


BOMB = np.zeros(1 << 24, np.float32)


@pytest.mark.parametrize("name", ["weights_0", "biases_1", "classes", "about", "more", "sha256"])
def test_a_compressed_bomb(folder, tmp_path, name):
    about, arrays = parts(folder / "net.npz")
    text = b"[" * BOMB.nbytes if name == "about" else json.dumps(about).encode()
    bomb = BOMB.reshape(1 << 12, -1) if name == "weights_0" else BOMB
    arrays = {**arrays, "about": np.frombuffer(text, np.uint8)}
    if name != "about":
        arrays[name] = bomb
    np.savez_compressed(tmp_path / "bomb.npz", **arrays)
    assert (tmp_path / "bomb.npz").stat().st_size < BOMB.nbytes / 100
    assert peak(tmp_path / "bomb.npz") < 1 << 20


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
def test_any_compression(folder, tmp_path, method):
    with (
        zipfile.ZipFile(folder / "net.npz") as old,
        zipfile.ZipFile(tmp_path / "m.npz", "w", method) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("more.npy", bytes(1 << 24))
    assert peak(tmp_path / "m.npz") < 1 << 20


def test_headers_that_promise_what_is_not_there(folder, tmp_path):
    whole = (folder / "net.npz").read_bytes()
    path = tmp_path / "m.npz"
    for old, new in (
        (b"(6, 4), }      ", b"(600000, 400), }"[:15]), (b"(6, 4), }     ", b"(99999, 4), } "),
        (b"(4, 3)", b"(43,) "), (b"'<f4'", b"'<f8'"), (b"False", b"True "), (b"'<f4'", b"'|O' "),
    ):  # fmt: skip
        assert whole.count(old) > 0 and len(old) == len(new), old
        path.write_bytes(whole.replace(old, new))
        assert peak(path) < 1 << 20


def test_arrays_that_do_not_fit_each_other_take_no_memory(folder, tmp_path):
    """Two small arrays may speak of a layer that is too large."""
    about, arrays = parts(folder / "net.npz")
    path = tmp_path / "m.npz"
    wide = {"weights_0": np.zeros((1, 20_000), "f4"), "weights_1": np.zeros((1, 20_000), "f4")}
    biases = {"biases_0": np.zeros(20_000, "f4"), "biases_1": np.zeros(20_000, "f4")}
    signed(path, about, {**arrays, **wide, **biases})
    assert peak(path) < 2 << 20
    for change in (
        {"weights_0": arrays["weights_0"][None]}, {"weights_0": arrays["weights_0"].T},
        {"biases_0": arrays["biases_0"][:, None]}, {"biases_0": arrays["biases_0"].astype("f8")},
        {"weights_1": arrays["weights_1"].astype("U9")}, {"biases_1": np.zeros(0, "f4")},
        {"weights_0": arrays["weights_0"].astype("c8")}, {"classes": np.array(["a", "a", "b"])},
        {"weights_0": np.asfortranarray(arrays["weights_0"]), "biases_1": np.zeros((), "f4")},
        {"checkpoint_params": np.zeros(9)}, {"weights_2": np.zeros((3, 2), "f4")},
    ):  # fmt: skip
        signed(path, about, {**arrays, **change})
        assert peak(path) < 2 << 20


def test_a_large_net_is_read_in_the_memory_of_two(tmp_path):
    """The arrays of the file, and the network's; the checksum and the zip file take no more."""
    net = fastnet.Network.initialise((4096, 1024), ["sigmoid"])
    size = net.parameters.vector.nbytes
    tracemalloc.start()
    net.save(tmp_path / "m.npz")
    saving = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    digest = load(tmp_path / "m.npz").digest
    loading = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert digest() == net.digest()
    assert saving < 1.7 * size and loading < 2.7 * size


# Any JSON, with the right checksum -------------------------------------------------------------

ODD = [
    None, True, -1, 0, 2, 10**30, -(10**30), 0.5, float("nan"), float("inf"), "", "x", "\x1b[2J",
    "\ud800", "tanh", [], {}, [[]], [None], {"a": 1}, ["x", "y"], "y" * 5000,
]  # fmt: skip


def paths(value: Any) -> Iterator[tuple[Any, ...]]:
    """The ways to all values within each other; of a list's items to the first and the last."""
    items = value.items() if isinstance(value, dict) else []
    if isinstance(value, list):
        items = {0: value[0], len(value) - 1: value[-1]}.items() if value else []
    for key, inner in items:
        yield (key,)
        yield from ((key, *path) for path in paths(inner))


def changes(about: dict[str, Any], chance: random.Random, many: int) -> Iterator[dict[str, Any]]:
    """What a file's JSON might be: each value in turn not there, or something else, so often."""
    for path in paths(about):
        for odd in [..., *chance.sample(ODD, many)]:
            changed = copy.deepcopy(about)
            holder = changed
            for key in path[:-1]:
                holder = holder[key]
            if odd is ...:
                del holder[path[-1]]
            else:
                holder[path[-1]] = odd
            yield changed


def in_one_line(*arguments: Any) -> bool:
    """Whether a command works; else it must say why in one line, without a traceback."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code in (0, 1, 2), (arguments, result.output)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "\x1b" not in result.output and "Traceback" not in result.output
    if result.exit_code:
        assert len(result.stderr.splitlines()) == 1 and result.stderr.startswith("Error: ")
    return result.exit_code == 0


MANY = pytest.mark.parametrize("many", [2, pytest.param(5, marks=pytest.mark.heavy)])


@MANY
@pytest.mark.parametrize("name", ["net", "numbers", "stream", "table", "running"])
def test_any_json_of_a_model(folder, tmp_path, name, many):
    chance, path = random.Random(name), tmp_path / "m.npz"
    about, arrays = parts(folder / f"{name}.npz")
    signed(path, about, arrays)
    assert load(path).digest() == load(folder / f"{name}.npz").digest()
    refused = 0
    for changed in changes(about, chance, many):
        signed(path, changed, arrays)
        try:
            net = load(path)
        except ValueError as error:
            message = str(error)
            assert message.startswith(f"{path}: ") and message.isprintable()
            assert len(message) < len(str(path)) + 300
            refused += 1
            if chance.random() < 0.1:
                assert not in_one_line("info", path)
            continue
        assert in_one_line("info", path), changed
        assert in_one_line("info", path, "--json")
        in_one_line("info", path, "--toml")
        if chance.random() < 0.2:
            net.save(path)
            assert load(path).digest() == net.digest()
        if net.encoding is not None:
            net.predict(people(5).to_numpy(object)[:, : net.n_features])
    assert refused > 15 * many


@MANY
def test_any_json_of_a_model_that_is_repeated_or_judged(folder, tmp_path, many):
    chance, path, repeated = random.Random(1), tmp_path / "m.npz", 0
    about, arrays = parts(folder / "net.npz")
    for changed in changes({"run": about["run"]}, chance, many):
        if chance.random() < (0.7 if COMPILED else 0.97):
            continue
        signed(path, {**about, **changed}, arrays)
        repeated += in_one_line("train", "--repeat", path, "--data", folder / "data.npz")
        in_one_line("evaluate", path, "--data", folder / "data.npz")
    assert repeated


def test_a_model_says_not_what_is_written(folder, tmp_path):
    about, arrays = parts(folder / "net.npz")
    for name in ("out", "history", "checkpoint", "config", "json", "repeat", "resume", "every"):
        wanted = tmp_path / "written.csv"
        about["run"]["options"] = {"epochs": 1, name: str(wanted)}
        signed(tmp_path / "m.npz", about, arrays)
        assert not in_one_line("train", "--repeat", tmp_path / "m.npz")
        assert not wanted.exists()


@MANY
def test_any_json_of_a_checkpoint(folder, tmp_path, many):
    chance, path = random.Random(0), tmp_path / "run.npz"
    about, arrays = parts(folder / "run.npz")
    signed(path, about, arrays)
    wanted = learn(path).digest()
    assert wanted == learn(tmp_path / "new.npz").digest()
    resumed = refused = 0
    for changed in changes(about, chance, many):
        if chance.random() < (0.5 if COMPILED else 0.95):
            continue
        signed(path, changed, arrays)
        try:
            resumed += learn(path).is_finite()
        except ValueError as error:
            assert str(path) in str(error) and str(error).isprintable(), str(error)
            refused += 1
            if chance.random() < 0.1:
                data = "--data", folder / "data.npz"
                in_one_line("train", *data, "--checkpoint", path, "--resume")
    assert resumed > 2 * many or not COMPILED
    assert refused > 2 * many


def test_the_history_of_a_checkpoint(folder, tmp_path):
    path = tmp_path / "run.npz"
    about, arrays = parts(folder / "run.npz")
    for record in ({}, {"a": 1}, {"samples": None}, {"samples": "9"}):
        signed(path, {**about, "history": [record, *about["history"][1:]]}, arrays)
        with pytest.raises(ValueError, match=r"run\.npz: .*history\[0\] samples: "):
            learn(path)


def test_the_fall_of_a_checkpoint(tmp_path):
    path = tmp_path / "run.npz"

    def stop(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(path, every="1 epoch", on_progress=stop)
    about, arrays = parts(path)
    assert about["checkpoint"]["stopping"]["fall"] == [32, 64], "the run is in the fall"
    for name, other in [
        ("fall", [32, 65]), ("fall", [64, 32]), ("fall", [32, 32]), ("fall", [0, 63]),
        ("fall", [32]), ("fall", None), ("best_at", None), ("stalled", None), ("stalled", 1),
    ]:  # fmt: skip
        changed = copy.deepcopy(about)
        changed["checkpoint"]["stopping"][name] = other
        signed(path, changed, arrays)
        with pytest.raises(ValueError, match=rf"run\.npz: .*{name}"):
            learn(path)


@pytest.mark.parametrize("name", ["params", "best"])
def test_arrays_of_a_checkpoint(folder, tmp_path, name):
    path = tmp_path / "run.npz"
    about, arrays = parts(folder / "run.npz")
    array = arrays[f"checkpoint_{name}"] if name == "params" else arrays["checkpoint_params"]
    for other in (array[1:], array[None], array * np.nan, array.astype("U9"), None, array[:0]):
        changed = {**arrays, f"checkpoint_{name}": other}
        if other is None:
            if name == "best":
                continue
            del changed[f"checkpoint_{name}"]
        signed(path, about, changed)
        with pytest.raises(ValueError, match=r"run\.npz: not an intact fastnet model \("):
            learn(path)
    signed(path, about, {**arrays, "checkpoint_average": array.astype("f8")})
    with pytest.raises(ValueError, match=r"averaged: \[0, "):
        learn(path)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"[]", b"null", b"1" * 5000, b"\xff", b"[" * 100_000, b'{"format": ' * 50_000,
        b'{"format": "fastnet model", "format_version": 2, "history": ' + b"[" * 500 + b"]" * 500
        + b"}",
    ],
)  # fmt: skip
def test_what_is_no_json_of_ours(folder, tmp_path, text):
    _, arrays = parts(folder / "net.npz")
    signed(tmp_path / "m.npz", text, arrays)
    assert peak(tmp_path / "m.npz") < 20 << 20
    assert not in_one_line("info", tmp_path / "m.npz")


def test_bits_and_cuts(folder, tmp_path):
    chance, path = random.Random(2), tmp_path / "m.npz"
    for name in ("net.npz", "run.npz"):
        whole = (folder / name).read_bytes()
        for _ in range(400):
            changed = bytearray(whole)
            for _ in range(chance.choice([1, 1, 3, 20])):
                changed[chance.randrange(len(whole))] = chance.randrange(256)
            path.write_bytes(changed[: chance.choice([len(whole), chance.randrange(len(whole))])])
            try:
                assert load(path).digest() == load(folder / name).digest()
            except ValueError as error:
                assert str(error).startswith(f"{path}: ") and str(error).isprintable()


def test_two_members_of_one_name(folder, tmp_path):
    path = tmp_path / "m.npz"
    path.write_bytes((folder / "net.npz").read_bytes())
    with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("biases_0.npy", b"")
    assert peak(path) < 1 << 20


# What save refuses -----------------------------------------------------------------------------


def spoilt(net: fastnet.Network) -> Iterator[str]:
    """Spoil a net in many ways; gives what is said of each."""
    for weights, value in ((net.weights[0], np.nan), (net.biases[-1], np.inf)):
        before = weights.flat[0]
        weights.flat[0] = value
        yield r"(weights\[0\]|biases\[1\]): NaN or infinite, wanted finite numbers"
        weights.flat[0] = before
    for name, value, message in (
        ("seed", "seven", "seed: 'seven', wanted a whole number"),
        ("stopped", 3, "stopped: 3, wanted"),
        ("version", None, "fastnet: None, wanted a line of text"),
        ("run", {"options": {}}, "run on_epoch: missing"),
        ("history", [{"loss": "low"}], r"history\[0\] loss: 'low', wanted a number"),
        ("history", ["an epoch"], r"history\[0\]: 'an epoch', wanted an object"),
        ("classes", np.arange(4), r"classes: shape \(4,\), wanted \(3,\)"),
        ("classes", np.array(["a", "a", "b"]), "classes: one of them comes twice"),
        ("classes", np.arange(3) / 2, "classes: dtype float64"),
    ):
        before = getattr(net, name)
        try:
            setattr(net, name, value)
        except (TypeError, ValueError):
            continue  # it is refused as soon as it is set
        yield message
        setattr(net, name, before)


def test_what_load_refuses_is_not_saved(folder, tmp_path):
    path = tmp_path / "m.npz"
    net = load(folder / "net.npz")
    net.save(path)
    whole = path.read_bytes()
    for message in spoilt(net):
        with pytest.raises((TypeError, ValueError), match=message):
            net.save(path)
        with pytest.raises((TypeError, ValueError)):
            net.save(tmp_path / "new.npz")
        assert path.read_bytes() == whole
    assert [each.name for each in tmp_path.iterdir()] == ["m.npz"]
    net.save(path)
    assert path.read_bytes() == whole


def test_what_a_callback_notes_is_saved_and_told(folder, tmp_path):
    """Records of one's own, with less or more than fastnet's."""
    net = load(folder / "net.npz")
    net.history += [{"note": "a pause"}, {"epoch": 2, "deep": {"a": [[1, "\x1b"]]}, "loss": None}]
    net.save(tmp_path / "m.npz")
    assert load(tmp_path / "m.npz").history == net.history
    assert in_one_line("info", tmp_path / "m.npz")
    assert in_one_line("info", tmp_path / "m.npz", "--json")


@pytest.mark.parametrize("path", [2, 5.0, None, True, ["m.npz"]])
def test_a_path_is_a_path(folder, path):
    with pytest.raises(TypeError, match=r"^path: .*, wanted a path"):
        load(path)
    with pytest.raises(TypeError, match=r"^path: .*, wanted a path"):
        load(folder / "net.npz").save(path)


def test_what_was_written_in_other_bytes_orders_is_read(folder, tmp_path):
    about, arrays = parts(folder / "net.npz")
    others = {name: array.astype(array.dtype.newbyteorder(">")) for name, array in arrays.items()}
    signed(tmp_path / "m.npz", about, others)
    assert load(tmp_path / "m.npz").digest() == load(folder / "net.npz").digest()



def test_the_checksum_is_of_the_values_alone(folder):
    """Wherever they lie, and in whatever pieces."""
    _, arrays = parts(folder / "net.npz")
    arrays["more"] = np.arange(3 << 20, dtype=np.float32).reshape(3, -1)
    strided = {name: np.repeat(array, 2, axis=-1)[..., ::2] for name, array in arrays.items()}
    whole = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        whole.update(f"{name} {array.dtype.str} {array.shape}\n".encode() + array.tobytes())
    assert archive._sha256(strided) == archive._sha256(arrays) == whole.digest()
