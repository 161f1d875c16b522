"""Files of ONNX that nobody should trust: one line says what is wrong, and no memory is eaten."""

import random
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, formats
from fastnet.formats.onnx.operators import OPERATORS
from tests.formats.onnx.runtime import onnx
from tests.formats.onnx.test_export import net_of
from tests.formats.onnx.test_load import FILES
from tests.formats.onnx.test_tables import made

TensorProto, helper, numpy_helper = onnx.TensorProto, onnx.helper, onnx.numpy_helper


def written(model: Any, tmp_path: Path) -> Path:
    path = tmp_path / "hostile.onnx"
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    return path


def refused(model: Any, tmp_path: Path, match: str = "") -> None:
    """The file is refused in one line that names it, within some times its size."""
    path = written(model, tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=f"hostile.onnx: {match}") as caught:
            fastnet.load(path)
        assert "\n" not in str(caught.value)
        assert tracemalloc.get_traced_memory()[1] < 3e7 + 200 * path.stat().st_size
    finally:
        tracemalloc.stop()


def small() -> Any:
    return formats.to_onnx(net_of("tanh", "softmax", "cross-entropy", classes=["a", "b", "c"]))


def test_no_other_file_is_opened(tmp_path: Path) -> None:
    model = small()
    tensor = model.graph.initializer[0]
    (tmp_path / "weights.bin").write_bytes(tensor.raw_data)
    kept = tensor.raw_data
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "weights.bin"
    refused(model, tmp_path, "tensor 'weights_0' is in another file, which is never opened, wanted")
    read = onnx.load(tmp_path / "hostile.onnx")  # where a person has trusted it
    assert read.graph.initializer[0].raw_data == kept
    assert fastnet.load(read).sizes == (6, 5, 4, 3)


@pytest.mark.parametrize("dims", [[6, 2**40], [2**62, 2**62], [-1, 5], [0, 2**50], [6], [30, 1, 1]])
def test_dims_that_are_not_those_of_the_values(dims: list[int], tmp_path: Path) -> None:
    model = small()
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend(dims)
    refused(model, tmp_path)
    model.graph.initializer[0].raw_data = b""
    refused(model, tmp_path)


def chain(nodes: list[Any], *arrays: tuple[str, np.ndarray], width: int) -> Any:
    constants = [numpy_helper.from_array(array, name) for name, array in arrays]
    rows = helper.make_tensor_value_info("X", TensorProto.FLOAT, ["N", width])
    output = helper.make_empty_tensor_value_info(nodes[-1].output[0])
    return helper.make_model(helper.make_graph(nodes, "g", [rows], [output], constants))


def test_weights_cannot_be_used_until_memory_ends(tmp_path: Path) -> None:
    square = "W", np.zeros((500, 500), np.float32)
    links = [
        helper.make_node("Gemm", [f"v{k}" if k else "X", "W"], [f"v{k + 1}"]) for k in range(5000)
    ]
    refused(chain(links, square, width=500), tmp_path, "Gemm in node .v.*its nodes make more")
    links = [helper.make_node("Gemm", ["X", "W"], ["v"])]
    links += [helper.make_node("Mul", ["v", "two"], [f"w{k}"]) for k in range(3000)]
    links += [helper.make_node("Gemm", [f"w{k}", "W"], [f"x{k}"]) for k in range(3000)]
    two = "two", np.float32(2)
    refused(chain(links, square, two, width=500), tmp_path, ".*its nodes make more numbers")


def test_nets_of_a_mean_cannot_be_made_until_memory_ends(tmp_path: Path) -> None:
    """Each of them is a net with weights of its own, though a graph says it in some bytes."""
    gemm = helper.make_node("Gemm", ["X", "W"], ["a0"])
    square = "W", np.ones((300, 300), np.float32)
    many = [gemm, helper.make_node("Mean", ["a0"] * 30_000, ["y"])]
    refused(chain(many, square, width=300), tmp_path, "its nodes make more numbers")
    twice = [helper.make_node("Add", [f"a{k}"] * 2, [f"a{k + 1}"]) for k in range(40)]
    one, all_of = ("W", np.ones((1, 1), np.float32)), ("n", np.float32(2**15))
    refused(chain([gemm, *twice], one, width=1), tmp_path, ".*its nodes make more numbers")
    halved = [gemm, *twice[:15], helper.make_node("Div", ["a15", "n"], ["y"])]
    refused(chain(halved, one, all_of, width=1), tmp_path, "its nodes make more numbers")


def test_a_long_chain_ends_soon(tmp_path: Path) -> None:
    links = [
        helper.make_node("Gemm", [f"v{k}" if k else "X", "W"], [f"v{k + 1}"]) for k in range(20_000)
    ]
    refused(chain(links, ("W", np.ones((1, 1), np.float32)), width=1), tmp_path)


def test_graphs_within_graphs_are_not_followed(tmp_path: Path) -> None:
    model = small()
    node = model.graph.node[0]
    node.attribute.add(name="body", type=onnx.AttributeProto.GRAPH).g.CopyFrom(small().graph)
    refused(model, tmp_path, "Cast in node 'rows': the attribute 'body' is a graph")
    model = small()
    model.graph.sparse_initializer.add()
    refused(model, tmp_path, "sparse tensors, wanted dense ones")
    refused(onnx.ModelProto(ir_version=8, producer_name="x"), tmp_path, "0 inputs")


def test_weights_that_are_not_finite(tmp_path: Path) -> None:
    model = small()
    tensor = model.graph.initializer[0]
    tensor.raw_data = np.full(30, np.nan, np.float32).tobytes()
    refused(model, tmp_path)


def sources() -> list[bytes]:
    rows, good, _ = made(150)
    net = net_of("tanh", "softmax", "cross-entropy")
    table = fastnet.train(rows, good, hidden=(3,), epochs=1, verbose=False)
    own = [formats.to_onnx(each) for each in (net, Ensemble([net, net.copy()]), table)]
    return [*(model.SerializeToString() for model in own), *(path.read_bytes() for path in FILES)]


def loads_or_says_why(model: Any, tmp_path: Path) -> bool:
    path = written(model, tmp_path)
    try:
        fastnet.load(path)
    except ValueError as error:
        assert str(path) in str(error) and "\n" not in str(error)
        return False
    return True


def check_changed_bytes(times: int, tmp_path: Path) -> None:
    rng, whole = random.Random(0), sources()
    for k in range(times):
        data = bytearray(whole[k % len(whole)])
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data))
            how = rng.randrange(4)
            if how == 0:
                data[at] = rng.randrange(256)
            elif how == 1:
                data[at] ^= 1 << rng.randrange(8)
            elif how == 2:
                data[at:at] = data[at : at + rng.randint(1, 30)]
            else:
                del data[at : at + rng.randint(1, 9)]
        if rng.randrange(10) == 0:
            data = data[: rng.randint(3, len(data))]
        loads_or_says_why(bytes(data), tmp_path)


def change(model: Any, rng: random.Random) -> None:
    """Change one thing in a model that stays a message of protobuf."""
    graph, how = model.graph, rng.randrange(9)
    node, tensor = rng.choice(graph.node), rng.choice(graph.initializer)
    names = [name for each in graph.node for name in (*each.input, *each.output)]
    if how == 0:
        node.op_type = rng.choice([*OPERATORS, "Constant", "Conv", "LabelEncoder"])
    elif how == 1:
        node.input[rng.randrange(len(node.input))] = rng.choice(names)
    elif how == 2:
        node.output[0] = rng.choice(names)
    elif how == 3 and len(graph.node) > 1:
        graph.node.remove(node)
    elif how == 4 and len(tensor.dims):
        tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice([0, 1, -1, 3, 5, 2**62, 10**12])
    elif how == 5:
        tensor.data_type = rng.randrange(24)
    elif how == 6 and len(node.attribute):
        each = rng.choice(node.attribute)
        each.i, each.f, each.type = rng.randint(-3, 3), rng.gauss(0, 1), rng.randrange(15)
    elif how == 7 and len(model.metadata_props):
        each = rng.choice(model.metadata_props)
        at = rng.randrange(len(each.value))
        new = rng.choice(["", "null", "[]", "1e999", "{}", "-1", '"x"', "NaN"])
        each.value = each.value[:at] + new + each.value[at + rng.randrange(4) :]
    else:
        kind = graph.input[0].type.tensor_type
        kind.elem_type = rng.randrange(20)
        if len(kind.shape.dim):
            rng.choice(kind.shape.dim).dim_value = rng.choice([0, 1, 7, -5, 2**62])


def check_changed_models(times: int, tmp_path: Path) -> None:
    rng, whole = random.Random(0), [onnx.load_from_string(each) for each in sources()]
    loaded = 0
    for k in range(times):
        model = onnx.ModelProto()
        model.CopyFrom(whole[k % len(whole)])
        for _ in range(rng.randint(1, 3)):
            change(model, rng)
        loaded += loads_or_says_why(model, tmp_path)
    assert 0 < loaded < times


def test_changed_bytes(tmp_path: Path) -> None:
    check_changed_bytes(400, tmp_path)


def test_changed_models(tmp_path: Path) -> None:
    check_changed_models(400, tmp_path)


@pytest.mark.heavy
def test_many_changed_files(tmp_path: Path) -> None:
    check_changed_bytes(8_000, tmp_path)
    check_changed_models(8_000, tmp_path)
