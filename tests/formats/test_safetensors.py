"""safetensors: what its own library reads, files of others, and damaged and hostile ones."""

import itertools
import json
import random
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import load, train
from fastnet.formats import export, to_safetensors
from fastnet.formats.layers import Meaning
from tests.helpers import needed, python, samples
from tests.model.helpers import small

safetensors, numpy_files = needed("safetensors"), needed("safetensors.numpy")
load_file, save_file = numpy_files.load_file, numpy_files.save_file

X, Y = samples(20, 5), np.arange(20) % 3
RNG = np.random.default_rng(0)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "m.safetensors"


# The real consumer ----------------------------------------------------------------------------


def test_its_library_reads_the_arrays_and_the_configuration(path):
    net = train(X, Y.astype(str), hidden=(4,), epochs=2)
    export(net, "safetensors", path)
    arrays = load_file(path)
    assert {*arrays} == {"weights_0", "weights_1", "biases_0", "biases_1"}
    for k, (weights, biases) in enumerate(zip(net.weights, net.biases, strict=True)):
        assert arrays[f"weights_{k}"].dtype == arrays[f"biases_{k}"].dtype == np.float32
        assert np.array_equal(arrays[f"weights_{k}"], weights)
        assert np.array_equal(arrays[f"biases_{k}"], biases)
    with safetensors.safe_open(path, "numpy") as file:
        about = json.loads(file.metadata()["fastnet"])
    assert about["format"] == "fastnet model" and about["activations"] == [*net.activations]
    assert about["classes"] == ["0", "1", "2"] and about["history"] == net.history
    assert path.read_bytes() == to_safetensors(net)


def test_int8_and_float16_have_their_dtypes(path):
    for to, wanted in (("int8", "I8"), ("float16", "F16")):
        export(small(), "safetensors", path, weights=to)
        with safetensors.safe_open(path, "numpy") as file:
            assert file.get_slice("weights_0").get_dtype() == wanted
            assert file.get_slice("biases_0").get_dtype() == "F32"
            assert ("scales_1" in file.keys()) == (to == "int8")  # noqa: SIM118


def test_an_ensemble(path):
    vote = fastnet.train_seeds(X, Y, 2, hidden=(3,), epochs=1)
    export(vote, "safetensors", path)
    arrays = load_file(path)
    assert np.array_equal(arrays["net_1_weights_0"], vote[1].weights[0])
    assert load(path).digest() == vote.digest()


def test_without_the_package_the_error_names_the_extra(tmp_path):
    small().save(tmp_path / "net.npz")
    export(small(), "safetensors", tmp_path / "net.safetensors")
    code = """
        import sys
        sys.modules["safetensors"] = None
        import fastnet
        net = fastnet.load(sys.argv[1] + "/net.npz")
        for act in (
            lambda: fastnet.formats.export(net, "safetensors", sys.argv[1] + "/new"),
            lambda: fastnet.formats.to_safetensors(net),
            lambda: fastnet.load(sys.argv[1] + "/net.safetensors"),
        ):
            try:
                act()
            except ImportError as error:
                print(error)
    """
    said = python("import textwrap\n" + "exec(textwrap.dedent(''' " + code + "'''))", str(tmp_path))
    line = "safetensors needs the package safetensors: pip install 'fastnet-sgd[safetensors]'\n"
    assert said.stdout == 3 * line
    assert {each.name for each in tmp_path.iterdir()} == {"net.npz", "net.safetensors"}


# Files of others ------------------------------------------------------------------------------


def state(prefix: str = "", dtype: str = "f4", sizes: Any = (5, 4, 3)) -> dict[str, Any]:
    """A state dict of Linear layers, weights (n_out, n_in), and what it computes by hand."""
    found = {}
    for k, (n, m) in enumerate(itertools.pairwise(sizes)):
        found[f"{prefix}{2 * k}.weight"] = RNG.normal(size=(m, n)).astype(dtype)
        found[f"{prefix}{2 * k}.bias"] = RNG.normal(size=m).astype(dtype)
    return found


def by_hand(arrays: dict[str, Any], rows: Any) -> Any:
    """The outputs of Linear layers with relu between them."""
    weights = [a.astype("f8") for name, a in arrays.items() if name.endswith("weight")]
    biases = [a.astype("f8") for name, a in arrays.items() if name.endswith("bias")]
    for k, (w, b) in enumerate(zip(weights, biases, strict=True)):
        rows = (np.maximum(rows, 0) if k else rows) @ w.T + b
    return rows


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("prefix", ["", "layers.", "model.net."])
def test_a_state_dict(path, dtype, prefix):
    arrays = state(prefix, dtype)
    save_file(arrays, path)
    net = load(path, "relu")
    assert net.sizes == (5, 4, 3) and net.activations == ("relu", "identity")
    assert net.task == "regression" and net.dtype == ("float64" if dtype == "f8" else "float32")
    assert np.allclose(net.predict(X), by_hand(arrays, X), atol=1e-5)
    assert net.origin == {"format": "safetensors", "pixels": None}


def test_many_layers_are_in_the_order_of_their_numbers(path):
    arrays = state(sizes=(5, *(4,) * 12, 4))
    save_file(arrays, path)
    assert np.allclose(load(path, "relu").predict(X), by_hand(arrays, X), atol=1e-5)


def test_tensors_that_layers_share_are_written_once(path):
    """As PyTorch's save_model does it: the metadata name the others."""
    arrays = state(sizes=(5, 4, 4, 4, 3))
    shared = {f"4.{leaf}": f"2.{leaf}" for leaf in ("weight", "bias")}
    for name, of in shared.items():
        arrays[name] = arrays[of]
    once = {name: array for name, array in arrays.items() if name not in shared}
    save_file(once, path, {"format": "pt", **shared})
    assert np.allclose(load(path, "relu").predict(X), by_hand(arrays, X), atol=1e-5)
    many = {f"{k}.weight": "0.weight" for k in range(1, 500)}
    save_file({"0.weight": np.ones((40, 40), "f4")}, path, many)
    with pytest.raises(ValueError, match=r"its tensors are shared, more than 4 times the file's"):
        load(path, "relu")


def test_keys_that_do_not_tell_the_order_are_an_error(path):
    """The file sorts its arrays by name."""
    arrays = state(sizes=(5, 5, 5))
    names = {"0": "encoder", "2": "decoder"}
    save_file({f"{names[key[0]]}{key[1:]}": array for key, array in arrays.items()}, path)
    with pytest.raises(ValueError, match=r"'decoder' and 'encoder' fit in several orders, wanted"):
        load(path, "relu")


def test_what_the_caller_says(path):
    arrays = state()
    save_file(arrays, path)
    net = load(path, "relu", classes=["a", "b", "c"], pixels=True)
    z = by_hand(arrays, X)
    assert net.task == "classification" and net.activations[-1] == "softmax"
    answers = np.array(["a", "b", "c"])[z.argmax(axis=1)]
    assert net.predict(X / 255).tolist() == answers.tolist()
    before = net.digest()
    assert net.partial_fit(X, answers).digest() != before
    with pytest.raises(ValueError, match=r"m\.safetensors: activation: none came"):
        load(path)
    with pytest.raises(ValueError, match=r"m\.safetensors: classes: 2 labels, wanted 3"):
        load(path, "relu", classes=[0, 1])


def test_a_meaning_in_the_header_is_known(path):
    meaning = Meaning("classification", "cross-entropy", ["x", "y", "z"], None, False)
    save_file(state(), path, metadata={"fastnet": meaning.to_json()})
    net = load(path, ["relu", "softmax"])
    assert net.classes.tolist() == ["x", "y", "z"] and net.loss == "cross-entropy"
    save_file(state(), path, metadata={"fastnet": '{"task": "x"}'})
    with pytest.raises(ValueError, match=r"m\.safetensors: its meaning, wanted task"):
        load(path, "relu")


def test_bfloat16(path):
    """Which NumPy lacks: the upper half of float32."""
    arrays = state()
    rough = {name: (a.view("u4") >> 16 << 16).view("f4") for name, a in arrays.items()}
    parts = {name: (a.view("u4") >> 16).astype("<u2").tobytes() for name, a in rough.items()}
    header, begin = {}, 0
    for name, data in parts.items():
        shape = [*arrays[name].shape]
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, begin + len(data)]}
        begin += len(data)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts.values()))
    assert np.allclose(load(path, "relu").predict(X), by_hand(rough, X), atol=1e-5)


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"1.weight": np.zeros((4, 4, 3, 3), "f4")}, "1.weight: .*a convolution"),
        ({"1.running_mean": np.zeros(4, "f4")}, "1.running_mean: .*a batch normalisation"),
        ({"lstm.weight_ih_l0": np.zeros((4, 4), "f4")}, "a recurrent layer"),
        ({"0.weight": np.zeros((4, 5), "i4")}, "0.weight: dtype int32"),
        ({"0.weight": np.zeros((4, 5), "u1")}, "0.weight: dtype uint8"),
        ({"0.weight": np.full((4, 5), np.nan, "f4")}, "NaN or infinite"),
        ({"0.bias": np.zeros(5, "f4")}, "0.bias: shape"),
        ({"0.scale": np.zeros(5, "f4")}, "0.scale: .*neither a weight nor a bias"),
        ({"9.weight": np.zeros((2, 7), "f4")}, "9.weight: 7 inputs, wanted 3"),
    ],
)
def test_what_is_no_dense_net_is_refused_by_name(path, more, match):
    save_file({**state(), **more}, path)
    with pytest.raises(ValueError, match=rf"m\.safetensors: .*{match}"):
        load(path, "relu")


def test_a_file_without_arrays(path):
    save_file({}, path)
    with pytest.raises(ValueError, match=r"m\.safetensors: "):
        load(path, "relu")


# Hostile files --------------------------------------------------------------------------------


def refused(path: Path, data: bytes, match: str | None = None) -> None:
    path.write_bytes(data)
    tracemalloc.start()
    with pytest.raises(ValueError, match=match) as caught:
        load(path, "relu")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and message.isprintable()
    assert len(message) < len(str(path)) + 300
    assert peak < 20 * len(data) + (1 << 20)


def packed(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(shape: Any, stop: int, dtype: str = "F32", start: int = 0) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


@pytest.mark.parametrize(
    "data",
    [
        packed(b"{"), packed(b"{" + b"[" * 100_000), packed(b'{"a":' * 100_000),
        struct.pack("<Q", 1 << 31) + b"{}", struct.pack("<Q", 99_000_000) + b"{}",
        packed({"0.weight": tensor([1 << 40, 1 << 40], 0)}),
        packed({"0.weight": tensor([1 << 30, 2], 8)}, bytes(8)),
        packed({"0.weight": tensor([2, 2], 16)}, bytes(8)),
        packed({"0.weight": tensor([2, 2], 16), "0.bias": tensor([2, 2], 16)}, bytes(16)),
        packed({"0.weight": tensor([2, 2], 24, start=8)}, bytes(24)),
        packed({"0.weight": tensor([2, -2], 16)}, bytes(16)),
        packed({"0.weight": tensor([2, 2.5], 16)}, bytes(16)),
        packed({"0.weight": tensor([0, 1 << 62], 0)}),
        packed({"0.weight": tensor([], 4)}, bytes(4)),
        packed({"0.weight": tensor([2, 2], 16, "F99")}, bytes(16)),
        packed({"0.weight": tensor([2, 2], 4, "F8_E4M3")}, bytes(4)),
        packed({"0.weight": 5}), packed({"__metadata__": 5}), packed({"__metadata__": {"a": 5}}),
        packed({"__metadata__": {"fastnet": "{"}, "0.weight": tensor([2, 2], 16)}, bytes(16)),
        packed({"__metadata__": {"fastnet": "[" * 50_000}}),
        packed({"__metadata__": {"fastnet": "5"}, "0.weight": tensor([2, 2], 16)}, bytes(16)),
        packed({"__metadata__": {"fastnet": '{"format": "fastnet model"}'}}),
    ],
)  # fmt: skip
def test_headers_that_are_none(path, data):
    refused(path, data)


def test_what_the_configuration_may_not_say(path):
    """It is checked as that of an .npz."""
    export(small(), "safetensors", path)
    arrays = load_file(path)
    with safetensors.safe_open(path, "numpy") as file:
        about = json.loads(file.metadata()["fastnet"])
    for change, match in (
        ({"format_version": 99}, "version 99"),
        ({"activations": ["sigmoid"]}, "it holds"),
        ({"loss": "hinge"}, "loss: 'hinge'"),
        ({"label_type": "O"}, "label_type: 'O'"),
        ({"classes": [0, 1]}, "classes: shape"),
        ({"needs": ["votes"]}, "it needs 'votes', wanted a newer version"),
        ({"history": [[[[[[[[]]]]]]]]}, "history"),
    ):
        save_file(arrays, path, metadata={"fastnet": json.dumps({**about, **change})})
        refused(path, path.read_bytes(), rf"not an intact fastnet model \(.*{match}")
    for changed, match in (
        ({**arrays, "more": arrays["biases_0"]}, "it holds"),
        ({name: arrays[name] for name in arrays if name != "biases_1"}, "it holds"),
        ({**arrays, "weights_0": arrays["weights_0"].T.copy()}, "layer 0: shapes"),
        ({**arrays, "weights_0": arrays["weights_0"].astype("f2")}, "layer 0: float16"),
        ({**arrays, "biases_0": arrays["biases_0"] * np.nan}, "biases_0: NaN or infinite"),
    ):
        save_file(changed, path, metadata={"fastnet": json.dumps(about)})
        refused(path, path.read_bytes(), rf"not an intact fastnet model \(.*{match}")


def test_bits_and_cuts(path):
    chance, whole = random.Random(4), to_safetensors(small())
    path.write_bytes(whole)
    assert load(path).digest() == small().digest()
    for length in range(9, len(whole), 41):
        refused(path, whole[:length])
    for _ in range(300):
        changed = bytearray(whole)
        for _ in range(chance.choice([1, 1, 3, 20])):
            changed[chance.randrange(8, len(whole))] = chance.randrange(256)
        path.write_bytes(changed)
        try:
            load(path, "relu").predict(X)
        except ValueError as error:
            assert str(error).startswith(f"{path}: ") and str(error).isprintable(), error


# PyTorch itself -------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_what_pytorch_writes(path, dtype):
    torch: Any = needed("torch")
    from safetensors.torch import save_model

    torch.manual_seed(0)
    layers = [torch.nn.Linear(5, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3)]
    model = torch.nn.Sequential(*layers).to(getattr(torch, dtype))
    save_model(model, path)
    net = load(path, "tanh", classes=["a", "b", "c"])
    wide = model.to(torch.float64)  # half precision computes roughly
    with torch.no_grad():
        wanted = torch.softmax(wide(torch.tensor(X)), 1).numpy()
    assert np.abs(net.predict_proba(X) - wanted).max() < 1e-6
    assert net.predict(X).tolist() == np.array(["a", "b", "c"])[wanted.argmax(axis=1)].tolist()
