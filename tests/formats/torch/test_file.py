"""PyTorch's files, read without PyTorch: what they hold, and damaged and hostile ones.

The files in tests/files are by PyTorch 2.13: a Sequential of Linear(4, 3), ReLU and Linear(3, 2),
as a state dict, in a checkpoint beside its optimiser, as a whole, and in the form before 1.6. That
of torch_fastnet.pt is by fastnet.
"""

import os
import pickle
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet.formats.torch.file import Unknown, contents
from tests.helpers import python

FILES = Path(__file__).parents[2] / "files"
ROWS = np.random.default_rng(0).normal(size=(20, 4))
ONES = np.ones(1000, "<f4").tobytes()


def read(path: Path) -> Any:
    with open(path, "rb") as file:
        return contents(file)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


# Pickles, written opcode by opcode -----------------------------------------------------------


def text(value: str) -> bytes:
    return b"X" + len(value).to_bytes(4, "little") + value.encode()


def number(value: int) -> bytes:
    return b"\x8a\x10" + value.to_bytes(16, "little", signed=True)


def row(*values: bytes) -> bytes:
    return b"(" + b"".join(values) + b"t"


def storage(numbers: int, key: str = "0", kind: str = "FloatStorage") -> bytes:
    words = text("storage"), b"ctorch\n" + kind.encode() + b"\n", text(key), text("cpu")
    return row(*words, number(numbers)) + b"Q"


def tensor(
    shape: tuple[int, ...], strides: tuple[int, ...], start: int = 0, of: bytes = storage(1000)
) -> bytes:
    sizes = (row(*map(number, part)) for part in (shape, strides))
    return b"ctorch._utils\n_rebuild_tensor_v2\n" + row(of, number(start), *sizes, b"\x89}") + b"R"


def state(path: Path, *values: bytes, data: bytes = ONES) -> Path:
    items = b"".join(text(f"{k}.weight") + value for k, value in enumerate(values))
    return pack(path, {"m/data.pkl": b"\x80\x02}(" + items + b"u.", "m/data/0": data})


# What is read --------------------------------------------------------------------------------


def test_state_dicts_and_checkpoints_come_in_without_pytorch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; import fastnet; "
        "print(fastnet.load(sys.argv[1], activation='relu').digest())"
    )
    names = "torch_state.pt", "torch_checkpoint.pt"  # of the same weights
    assert len({python(code, str(FILES / name)).stdout for name in names}) == 1
    net = fastnet.load(FILES / "torch_state.pt", activation="relu", classes=["a", "b"])
    found = read(FILES / "torch_state.pt")
    hidden = np.maximum(ROWS @ found["0.weight"].T + found["0.bias"], 0)
    z = hidden @ found["2.weight"].T + found["2.bias"]
    assert net.predict(ROWS).tolist() == [["a", "b"][k] for k in z.argmax(axis=1)]


def test_a_file_of_fastnet_says_activations_and_labels() -> None:
    net = fastnet.load(FILES / "torch_fastnet.pt")
    assert net.activations == ("relu", "softmax")
    assert net.task == "classification"
    came = net.predict(ROWS)
    assert {*came.tolist()} == {"no", "yes"}
    assert ((came == "yes") == (ROWS[:, 0] > 0)).mean() > 0.8
    other = fastnet.load(FILES / "torch_fastnet.pt", activation="tanh", classes=[3, 4])
    assert other.activations == ("tanh", "softmax")
    assert {*other.predict(ROWS).tolist()} <= {3, 4}


def test_all_that_a_checkpoint_holds_is_read() -> None:
    found = read(FILES / "torch_checkpoint.pt")
    assert (found["epoch"], found["loss"]) == (3, 0.5)
    assert found["half"].tolist() == [1, 1]  # of bfloat16
    assert found["empty"].shape == (0,)
    assert found["optimizer_state_dict"]["param_groups"][0]["betas"] == (0.9, 0.999)
    assert found["optimizer_state_dict"]["state"][0]["exp_avg"].shape == (3, 4)


def test_a_file_by_hand_is_read(tmp_path: Path) -> None:
    numbers = np.arange(12, dtype="<f4")
    path = state(tmp_path / "m.pt", tensor((2, 3), (1, 4), 1, storage(12)), data=numbers.tobytes())
    np.testing.assert_array_equal(read(path)["0.weight"], [[1, 5, 9], [2, 6, 10]])
    big = {**members(path), "m/byteorder": b"big", "m/data/0": numbers.astype(">f4").tobytes()}
    np.testing.assert_array_equal(read(pack(path, big))["0.weight"], [[1, 5, 9], [2, 6, 10]])
    assert fastnet.load(path).dtype == np.float32
    assert fastnet.load(path).sizes == (3, 2)


@pytest.mark.parametrize(
    "name, words",
    [
        ("torch_module.pt", "a torch.nn.modules.container.Sequential, which would run code, want"),
        ("torch_legacy.pt", "one of PyTorch before 1.6, wanted it saved anew"),
    ],
)
def test_other_forms_are_refused_in_one_line(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: .*{words}") as raised:
        fastnet.load(FILES / name, activation="relu")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "name, words",
    [
        ("m/data/0 m/data.pkl m/code/__torch__.py", "a program of torch.jit or torch.export, want"),
        ("m/data.pkl m/code/__torch__.py", "a program of torch.jit or torch.export, wanted"),
        ("m/data/weights/weight_0 m/archive_format", "a program of torch.jit or torch.export"),
        ("m/data.pkl", "pickle protocol 4, wanted 2, torch.save's default"),
    ],
)
def test_other_files_of_pytorch_are_refused_by_name(tmp_path: Path, name: str, words: str) -> None:
    path = pack(tmp_path / "m.pt", {member: b"\x80\x04}." for member in name.split()})
    with pytest.raises(ValueError, match=f"m.pt: not an intact PyTorch file .{words}"):
        fastnet.load(path, activation="relu")


def test_a_tensor_that_is_to_be_negated_is_refused(tmp_path: Path) -> None:
    """PyTorch notes it beside the numbers, as of (1j * z).conj().imag."""
    marked = tensor((2, 2), (2, 1)).replace(b"\x89}t", b"\x89}}t")
    with pytest.raises(ValueError, match=r"0.weight: a tensor that is to be negated, want"):
        fastnet.load(state(tmp_path / "m.pt", marked))


def test_layers_that_are_none_are_refused_by_name(tmp_path: Path) -> None:
    items = text("lstm.weight_ih_l0") + tensor((8, 5), (5, 1))
    data = {"m/data.pkl": b"\x80\x02}(" + items + b"u.", "m/data/0": ONES}
    with pytest.raises(ValueError, match=r"m.pt: lstm.weight_ih_l0: .*a recurrent layer, wanted"):
        fastnet.load(pack(tmp_path / "m.pt", data), activation="relu")


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = FILES / "torch_state.pt"
    with pytest.raises(ValueError, match=r"torch_state.pt: activation: none came"):
        fastnet.load(path)
    with pytest.raises(ValueError, match=r"torch_state.pt: classes: 3 labels, wanted 2"):
        fastnet.load(path, activation="relu", classes=[1, 2, 3])
    conv = state(tmp_path / "conv.pt", tensor((2, 1, 3, 3), (9, 9, 3, 1)))
    with pytest.raises(ValueError, match=r"conv.pt: 0.weight: .*a convolution"):
        fastnet.load(conv)
    numbers = pack(tmp_path / "list.pt", {"m/data.pkl": b"\x80\x02](K\x01K\x02e."})
    with pytest.raises(ValueError, match=r"list.pt: no state dict, but \[1, 2\]"):
        fastnet.load(numbers)


# Hostile files -------------------------------------------------------------------------------


def test_no_code_is_run(tmp_path: Path) -> None:
    sign = tmp_path / "sign"

    class Call:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(sign),)

    for name, value in ("all", Call()), ("part", {"0.weight": 1, "x": Call()}):
        data = pickle.dumps(value, 2)
        path = pack(tmp_path / f"{name}.pt", {"m/data.pkl": data})
        with pytest.raises((ValueError, TypeError)):
            fastnet.load(path)
        found = read(path)
        assert isinstance(found if name == "all" else found["x"], Unknown)
        assert not sign.exists()
        pickle.loads(data)  # the same pickle does run code
        sign.rmdir()


@pytest.mark.parametrize(
    "value, words",
    [
        (tensor((1 << 20, 1 << 20), (0, 0)), r"a tensor \(1048576, 1048576\) of 1000 numbers"),
        (tensor((2000,), (0,)), r"a tensor \(2000,\) of 1000 numbers"),
        (tensor((10, 100), (100, 1), 1), r"a tensor \(10, 100\) of 1000 numbers"),
        (tensor((2, 2), (1 << 62, 1)), "of 1000 numbers"),
        (tensor((2, 2), (-1, 1)), "a tensor of a damaged shape"),
        (tensor((2, -2), (1, 1)), "a tensor of a damaged shape"),
        (tensor((2, 2), (1,)), "a tensor of a damaged shape"),
        (tensor((2, 2), (2, 1), -1), "a tensor of a damaged shape"),
        (tensor((1 << 70,), (1,)), "of 1000 numbers"),
        (tensor((2, 2), (2, 1), 0, storage(1 << 40)), "storage 0 has 1000 numbers, wanted 109951"),
        (tensor((2, 2), (2, 1), 0, storage(999)), "storage 0 has 1000 numbers, wanted 999"),
        (tensor((2, 2), (2, 1), 0, storage(500, kind="LongStorage")), "0.weight: dtype int64"),
        (tensor((2, 2), (2, 1), 0, storage(4, "9")), "data/9"),
        (tensor((2, 2), (2, 1), 0, storage(4, "../../data/0")), "data/../../data/0"),
        (tensor((2, 2), (2, 1), 0, storage(9, kind="QInt8Storage")), "0.weight: a tensor of torch"),
        (number(3), "0.weight: 3, wanted a tensor"),
        (b"h\x07", "7"),
        (b"R", ""),
        (b"\x85" * 3, ""),
        (b"u", ""),
        (b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", ""),
        (b"iposix\nsystem\n", "its pickle has INST, which torch.save does not write"),
        (b"\x82\x01", "its pickle has EXT1"),
        (b"P0\n", "its pickle has PERSID"),
    ],
)
def test_hostile_tensors_and_pickles_are_refused(tmp_path: Path, value: bytes, words: str) -> None:
    path = state(tmp_path / "m.pt", value)
    tracemalloc.start()
    with pytest.raises(ValueError, match=f"m.pt: .*{words}") as raised:
        fastnet.load(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "\n" not in str(raised.value)
    assert peak < 20 * path.stat().st_size + (1 << 20)


def test_keys_whose_hash_takes_for_ever_are_none(tmp_path: Path) -> None:
    bomb = b"K\x01" + b"q\x01h\x01\x86" * 64  # each a pair of the one before
    data = b"\x80\x02}(" + bomb + b"K\x01" + text("0.weight") + tensor((2, 2), (2, 1)) + b"u."
    path = pack(tmp_path / "m.pt", {"m/data.pkl": data, "m/data/0": ONES})
    with pytest.raises(ValueError, match=r"m.pt: a tuple: 1, wanted a tensor"):
        fastnet.load(path)


@pytest.mark.heavy
def test_archives_that_unpack_to_more_than_they_are_are_refused(tmp_path: Path) -> None:
    files = members(FILES / "torch_state.pt")
    path = pack(tmp_path / "packed.pt", files, zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match=r"packed.pt: not an intact PyTorch file .*compressed or"):
        fastnet.load(path)
    many = state(tmp_path / "many.pt", *[tensor((10, 10), (10, 1))] * 1000)
    assert len(fastnet.load(many, activation=["relu"] * 999).weights) == 1000
    whole = tensor((1000,), (1,))
    many = state(tmp_path / "many.pt", *[whole] * 1000)
    with pytest.raises(ValueError, match=r"many.pt: .*share storages, more than 4 times"):
        fastnet.load(many, activation="relu")
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "w") as archive:
        for _ in range(2):
            archive.writestr("m/data.pkl", files["torch_state/data.pkl"])
    with pytest.raises(ValueError, match=r"packed.pt: .*two members of the same name"):
        fastnet.load(path)
    pack(path, {"m/data.pkl": b"\x80\x02}.", "n/data.pkl": b"\x80\x02}."})
    with pytest.raises(ValueError, match=r"packed.pt: .*2 members data.pkl, wanted one"):
        fastnet.load(path)


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """The bytes of a file after a few random changes."""
    changed = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        place = int(rng.integers(len(changed)))
        if rng.random() < 0.7:
            changed[place] = int(rng.integers(256))
        elif rng.random() < 0.5:
            del changed[place : place + int(rng.integers(1, 40))]
        else:
            changed[place:place] = changed[: int(rng.integers(40))]
    return bytes(changed)


@pytest.mark.parametrize("times", [300, pytest.param(2_000, marks=pytest.mark.heavy)])
@pytest.mark.parametrize("name", ["state", "checkpoint", "module", "fastnet"])
def test_mutated_files_give_one_error_or_a_net(name: str, times: int, tmp_path: Path) -> None:
    """Changes inside the pickle are checked by no sum, if they are packed anew."""
    rng, file = np.random.default_rng(times), FILES / f"torch_{name}.pt"
    whole, files = file.read_bytes(), members(file)
    inner = next(member for member in files if member.endswith("data.pkl"))
    path, read_so = tmp_path / "m.pt", 0
    for k in range(times):
        if k % 3:
            pack(path, {**files, inner: mutated(files[inner], rng)})
        else:
            path.write_bytes(mutated(whole, rng))
        try:
            fastnet.load(path, activation="relu")
            read_so += 1
        except ValueError as error:
            assert str(error).startswith(str(path))
            assert "\n" not in str(error)
    assert read_so or name == "module"
