"""Files that try to run code, to take more memory or time than they have bytes, or other files."""

import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HUGE = 1 << 40


class Canary:
    """One that makes a folder when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def zipped(members: dict[str, bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def overlapping(data: bytes) -> bytes:
    """A zip file in whose directory each member is the first, many times."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first = archive.infolist()[0]
    start = struct.unpack("<I", data[-6:-2])[0]
    name = first.filename.encode()
    entry = data[start : start + 46 + len(name)]
    entry = entry[:30] + bytes(4) + entry[34:]  # without what else there may be
    times = 20_000
    end = struct.pack(
        "<4s4H2IH", b"PK\5\6", 0, 0, times % 65536, times % 65536, times * len(entry), start, 0
    )
    return data[:start] + entry * times + end


def npy(shape: str, dtype: str = "<f8") -> bytes:
    """A .npy file that claims this shape, with next to nothing in it."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(8)


def own(name: str, member: bytes, packing: int = zipfile.ZIP_STORED) -> bytes:
    return zipped({"weights_0.npy": npy("(1,)"), name: member}, packing)


def safetensors(header: Any, data: bytes = b"", size: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data


def tensor(shape: list[int], stop: int, dtype: str = "F32", start: int = 0) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


def torch_file(pickled: bytes, packing: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    return zipped({"m/data.pkl": pickled, "m/version": b"3\n", **members}, packing)


PAIRS = b"q\x00h\x00\x86" * 60  # a pickle's last value, in a tuple of two, of two of these ...
TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n"
STORAGE = b"(X\x07\0\0\0storagectorch\nFloatStorage\n"


def pairs() -> dict[str, bytes]:
    """Pickles with tuples that have 2**60 items together, wherever a value may be."""
    tuples, named = b")" + PAIRS, b"X\x08\0\0\x000.weight"
    weight = TENSOR + b"(" + STORAGE + b"X\1\0\0\x000NK\4tQK\0K\2K\2\x86K\2K\1\x86\x89NtR"
    about = b"}X\x09\0\0\0_metadata}X\0\0\0\0}X\x0b\0\0\0activations" + tuples + b"sss"
    return {
        "all": tuples,
        "lists": b"]" + PAIRS,
        "key": b"}" + tuples + b"Ns",
        "value": b"}" + named + tuples + b"s",
        "kind": TENSOR + b"(" + tuples + b"tR",
        "storage": STORAGE + tuples + b"NK\1tQ",
        "numbers": STORAGE + b"X\1\0\0\x000N" + tuples + b"tQ",
        "state": b"ccollections\nOrderedDict\n)R" + named + weight + b"s" + about + b"b",
    }


def shared_skops() -> bytes:
    """A file of skops in which each list holds the one before twice, by its number."""

    def node(number: int, content: list[Any]) -> dict[str, Any]:
        kind = {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode"}
        return {**kind, "__id__": number, "content": content}

    made = node(1, [])
    for k in range(1, 60):
        made = node(k + 1, [made, node(k, [])])
    made |= {"protocol": 2, "_skops_version": "0.11"}
    return zipped({"schema.json": json.dumps(made).encode()})


def everywhere(folder: Path) -> dict[str, Callable[[], bytes]]:
    """Return the files, by name, that need no library to be made."""
    canary = pickle.dumps(Canary(folder / "canary"), 2)
    zeros = bytes(150 << 20)
    deep = b'{"format": "fastnet model", "a": ' + b"[" * 200_000
    return {
        "huge.npz": lambda: own("about.npy", npy(f"({HUGE}, 8)")),
        "negative.npz": lambda: own("about.npy", npy("(-1, 8)")),
        "objects.npz": lambda: own("about.npy", npy("(1,)", "|O") + canary),
        "bomb.npz": lambda: own("about.npy", npy("(10, 8)") + zeros, zipfile.ZIP_DEFLATED),
        "overlapping.npz": lambda: overlapping(zipped({"weights_0.npy": bytes(1 << 20)})),
        "nothing.json": lambda: b'{"format": "fastnet model"}',
        "deep.json": lambda: deep,
        "closed.json": lambda: deep + b"]" * 200_000 + b"}",
        "digits.json": lambda: b'{"format": "fastnet model", "n": ' + b"9" * 100_000 + b"}",
        "nan.json": lambda: b'{"format": "fastnet model", "loss": NaN, "weights": [[Infinity]]}',
        "long.safetensors": lambda: safetensors({}, size=HUGE),
        "longest.safetensors": lambda: safetensors({}, size=(1 << 64) - 1),
        "deep.safetensors": lambda: safetensors(b'{"a":' + b"[" * 100_000),
        "beyond.safetensors": lambda: safetensors({"0.weight": tensor([HUGE, 4], 16 * HUGE)}),
        "shared.safetensors": lambda: safetensors(
            {f"{k}.weight": tensor([2, 2], 16) for k in range(1000)}, bytes(16)
        ),
        "wrapped.safetensors": lambda: safetensors(
            {"0.weight": tensor([1 << 32, 1 << 32], 16)}, bytes(16)
        ),
        "empty.safetensors": lambda: safetensors({"0.weight": tensor([0, HUGE], 0)}),
        "pickle.pt": lambda: torch_file(canary),
        "pickled.pt": lambda: canary,
        "old.pt": lambda: pickle.dumps(0x1950A86A20F9469CFC6C, 2) + canary,
        "bomb.pt": lambda: torch_file(canary, zipfile.ZIP_DEFLATED, **{"m/data/0": zeros}),
        "long.pt": lambda: torch_file(b"\x80\x02X" + struct.pack("<I", (1 << 32) - 1) + b"a"),
        **{
            f"{name}_pairs.pt": lambda made=made: torch_file(
                b"\x80\x02" + made + b".", **{"m/data/0": bytes(16)}
            )
            for name, made in pairs().items()
        },
        "shared.skops": shared_skops,
        "memo.pt": lambda: torch_file(b"\x80\x02(l" + b"(l" * 100_000 + b"e" * 100_000 + b"."),
        "schema.skops": lambda: zipped({"schema.json": b"{}"}),
        "code.skops": lambda: zipped(
            {
                "schema.json": json.dumps(
                    {
                        **{"__class__": "mkdir", "__module__": "os", "__id__": 1},
                        **{"__loader__": "FunctionNode", "protocol": 2, "_skops_version": "0.11"},
                        "content": {"function": "mkdir", "module_path": "os"},
                    }
                ).encode()
            }
        ),
        "deep.skops": lambda: zipped({"schema.json": b'{"content": ' + b"[" * 100_000}),
        "bomb.skops": lambda: zipped({"schema.json": b"{}", "1.npy": zeros}, zipfile.ZIP_DEFLATED),
        "random.onnx": lambda: b"\x08\x08" + np.random.default_rng(0).bytes(1000),
    }


def of_onnx() -> dict[str, Callable[[], bytes]]:
    """Return files of ONNX."""
    from onnx import ModelProto, TensorProto, helper

    def model(nodes: list[Any], tensors: list[Any], opset: int = 17) -> bytes:
        info = helper.make_tensor_value_info
        ins = [info("X", TensorProto.FLOAT, [None, 4])]
        outs = [info("Y", TensorProto.FLOAT, [None, 3])]
        graph = helper.make_graph(nodes, "g", ins, outs, tensors)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        return bytes(made.SerializeToString())

    def named(name: str, dims: list[int], **fields: Any) -> Any:
        made = TensorProto(name=name, dims=dims, data_type=TensorProto.FLOAT)
        for field, value in fields.items():
            setattr(made, field, value)
        return made

    def external(location: str) -> bytes:
        one = named("W", [4, 3], data_location=TensorProto.EXTERNAL)
        for key, value in (("location", location), ("offset", "0"), ("length", "48")):
            entry = one.external_data.add()
            entry.key, entry.value = key, value
        return model([helper.make_node("MatMul", ["X", "W"], ["Y"])], [one])

    dense = helper.make_node("MatMul", ["X", "W"], ["Y"])
    filled = [
        helper.make_node("ConstantOfShape", ["S"], ["W"]),
        dense,
    ]
    shape = TensorProto(name="S", dims=[2], data_type=TensorProto.INT64)
    shape.int64_data.extend([4, HUGE])
    weights = named("W", [4, 3], raw_data=np.ones((4, 3), "f4").tobytes())
    chain = [helper.make_node("Relu", ["X"], ["h0"])]
    chain += [helper.make_node("Relu", [f"h{k}"], [f"h{k + 1}"]) for k in range(20_000)]
    circle = [
        helper.make_node("Add", ["X", "b"], ["a"]), helper.make_node("Add", ["a", "X"], ["b"]),
        helper.make_node("MatMul", ["b", "W"], ["Y"]),
    ]  # fmt: skip
    means = {
        times: [
            helper.make_node("MatMul", ["X", "W"], ["h"]),
            helper.make_node("Mean", ["h"] * times, ["Y"]),
        ]
        for times in (20_000, 900)
    }
    wide = named("W", [4, 3000], raw_data=bytes(48_000))

    def with_function() -> bytes:
        """Return a graph whose Relu is none."""
        node, opset = helper.make_node, helper.make_opsetid("", 17)
        nodes = [node("MatMul", ["X", "W"], ["h"]), node("Relu", ["h"], ["Y"])]
        made = ModelProto.FromString(model(nodes, [weights]))
        inside = [node("Neg", ["x"], ["y"])]
        made.functions.append(helper.make_function("", "Relu", ["x"], ["y"], inside, [opset]))
        return bytes(made.SerializeToString())

    return {
        "nets.onnx": lambda: model(means[20_000], [weights]),
        "copies.onnx": lambda: model(means[900], [wide]),
        "function.onnx": with_function,
        "huge.onnx": lambda: model([dense], [named("W", [HUGE, HUGE])]),
        "negative.onnx": lambda: model([dense], [named("W", [-4, 3])]),
        "empty.onnx": lambda: model([dense], [named("W", [HUGE, 0])]),
        "short.onnx": lambda: model([dense], [named("W", [4, 3], raw_data=b"abc")]),
        "absolute.onnx": lambda: external("/etc/passwd"),
        "above.onnx": lambda: external("../../../etc/passwd"),
        "device.onnx": lambda: external("/dev/zero"),
        "filled.onnx": lambda: model(filled, [shape]),
        "long.onnx": lambda: model(chain, [weights]),
        "circle.onnx": lambda: model(circle, [weights]),
        "none.onnx": lambda: model([], []),
        "conv.onnx": lambda: model([helper.make_node("Conv", ["X", "W"], ["Y"])], [weights]),
    }


def of_torch() -> dict[str, Callable[[], bytes]]:
    """Return files of PyTorch."""
    import torch

    def saved(made: Any, **options: Any) -> bytes:
        file = io.BytesIO()
        torch.save(made, file, **options)
        return file.getvalue()

    wide = {"0.weight": torch.ones(1).expand(1 << 15, 1 << 15)}
    many = {f"{k}.weight": torch.ones(1).expand(999, 999) for k in range(99)}
    return {
        "wide.pt": lambda: saved(wide),
        "many.pt": lambda: saved(many),
        "whole.pt": lambda: saved(torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.GELU())),
        "conv.pt": lambda: saved({"0.weight": torch.ones(2, 3, 4, 4)}),
        "sparse.pt": lambda: saved({"0.weight": torch.eye(4).to_sparse()}),
    }


def write(folder: Path, made: dict[str, Callable[[], bytes]]) -> None:
    for name, data in made.items():
        (folder / name).write_bytes(data())
