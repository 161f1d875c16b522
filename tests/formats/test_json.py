"""JSON: what a document says, exact decimals, documents of others, and hostile ones."""

import copy
import datetime
import json
import random
import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Network, load, train
from fastnet.formats import to_json
from fastnet.formats.loading import is_model
from tests.helpers import samples
from tests.model.helpers import B, W, small
from tests.model.test_archive import MANY, changes, in_one_line
from tests.people import classes, people

X, Y = samples(20, 5), np.arange(20) % 3
FRAME = people(60)


def document(model: Any, **options: Any) -> dict[str, Any]:
    """The document as any other program reads it."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    found: dict[str, Any] = json.loads(to_json(model, **options), parse_constant=refuse)
    return found


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "m.json"


# What it says ---------------------------------------------------------------------------------


def test_the_fields_of_a_net():
    net = Network.from_weights(W, B, "relu", classes=["a", "b"])
    found = document(net)
    assert found == {
        "format": "fastnet model", "format_version": 2, "fastnet": fastnet.__version__,
        "activations": ["relu", "sigmoid"], "loss": "quadratic", "seed": None, "history": [],
        "stopped": None, "run": None, "column": None, "great_classes": False,
        "classes": ["a", "b"], "label_type": "<U1", "dtype": "float64",
        "weights": [w.tolist() for w in W], "biases": [b.tolist() for b in B],
    }  # fmt: skip
    assert next(iter(found)) == "format"
    assert len(to_json(net).splitlines()) == len(found) + 2


def test_the_answers_can_be_computed_from_the_document_alone():
    net = train(X, Y, hidden=(6, 4), activation="tanh", loss="cross-entropy", epochs=3)
    found, outputs = document(net), X.astype("f4")
    for weights, biases, activation in zip(
        found["weights"], found["biases"], found["activations"], strict=True
    ):
        z = outputs @ np.array(weights) + np.array(biases)
        outputs = np.tanh(z) if activation == "tanh" else np.exp(z)
    assert activation == "softmax"
    outputs /= outputs.sum(axis=1, keepdims=True)
    assert np.allclose(outputs, net.predict_proba(X), atol=1e-6)
    assert found["classes"] == [0, 1, 2]


ACTIVATIONS: dict[str, Any] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "identity": lambda z: z,
    "scaled-tanh": lambda z: 1.7159 * np.tanh(2 * z / 3), "relu": lambda z: np.maximum(z, 0),
    "leaky-relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
}  # fmt: skip


def encoded(encoding: dict[str, Any], rows: list[dict[str, Any]]) -> np.ndarray:
    """The inputs, as docs/json.md says it."""
    columns = encoding["columns"]
    places = [c.get(k) for c in columns for k in ("value", "gap")] + [
        place for c in columns for place in c.get("places", [])
    ]
    inputs = np.zeros((len(rows), 1 + max(k for k in places if k is not None)))
    for row, given in zip(inputs, rows, strict=True):
        for column in columns:
            x = given[column["name"]]
            if x is None and column.get("gap") is not None:
                row[column["gap"]] = 1
            elif column["kind"] == "word" and x in column["words"]:
                row[column["places"][column["words"].index(x)]] = 1
            elif column.get("value") is not None and x is not None and column["scale"]:
                if column["kind"] == "time":
                    x = (x - datetime.datetime(1970, 1, 1)).total_seconds()
                z = max(min((x - column["centre"]) / column["scale"], 1e9), -1e9)
                row[column["value"]] = z / np.sqrt(1 + (z / 3) ** 2)
    return inputs


def answers(net: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """The outputs of a net of a document."""
    x = x / 255 if x.dtype == np.uint8 else x
    for k, activation in enumerate(net["activations"]):
        weights = np.array(net["weights"][k])
        if "rounding" in net and net["rounding"]["weights"] == "float16":
            weights = weights.astype(np.float16).astype(float)
        weights = weights * np.array(net["scales"][k]) if "scales" in net else weights
        x = ACTIVATIONS[activation](x @ weights + np.array(net["biases"][k]))
    units = net.get("units")
    return x if units is None else x * np.array(units["scale"]) + np.array(units["centre"])


@pytest.mark.parametrize("weights", [None, "float16", "int8"])
@pytest.mark.parametrize("activation", ["sigmoid", "scaled-tanh", "relu", "leaky-relu"])
def test_a_reader_made_from_the_docs_answers_as_the_net(activation, weights):
    pixels = np.random.default_rng(0).integers(0, 256, (90, 6)).astype(np.uint8)
    for y in (np.arange(90) % 3, np.arange(90) / 30 - 1.5, np.eye(3, dtype=int)[np.arange(90) % 3]):
        net = train(pixels, y, hidden=(5,), activation=activation, epochs=1, verbose=False)
        kept, about = net.rounded(weights) if weights else net, document(net, weights=weights)
        several = "multilabel" if about["loss"] == "cross-entropy" else "regression"
        assert net.task == ("classification" if "classes" in about else several)
        found = answers(about, pixels)
        # float32 in the net, of some tens of products
        np.testing.assert_allclose(found, kept.predict_proba(pixels), rtol=1e-5, atol=2e-6)


def test_a_reader_made_from_the_docs_encodes_tables():
    rng = np.random.default_rng(0)
    rows = [
        {
            "age": None if k % 7 == 0 else float(rng.normal(40, 20)), "owner": k % 5 < 2,
            "town": ("a", "b", None)[k % 3], "same": 1,
            "since": datetime.datetime(2000 + k % 20, 1, 1 + k % 28),
        }
        for k in range(200)
    ]  # fmt: skip
    for y in (np.arange(200) * 1e3 + 5e6, [("x", "y", "z")[k % 3] for k in range(200)]):
        net = train(rows[:150], y[:150], hidden=(5,), epochs=2, verbose=False)
        asked = [*rows, {**rows[1], "town": "new", "age": 1e300}]
        found = document(net)
        kinds = {column["kind"] for column in found["encoding"]["columns"]}
        assert kinds == {"number", "word", "flag", "time", "left out"}
        with pytest.warns(fastnet.LearningWarning, match="new"):
            wanted = net.predict_proba(asked)
        own = answers(found, encoded(found["encoding"], asked))
        scale = found["units"]["scale"] if "units" in found else 1.0
        assert (np.abs(own - wanted) <= 2e-6 * np.array(scale)).all()


def test_int8_has_whole_numbers_and_scales():
    found = document(small(), weights="int8")
    assert found["format_version"] == 5 and found["needs"] == ["rounding"]
    rounded = small().rounded("int8").weights
    for values, scales, wanted in zip(found["weights"], found["scales"], rounded, strict=True):
        assert np.array_equal(np.array(values) * np.array(scales, "f4"), wanted)
    assert {type(v) for v in found["weights"][0][0]} == {int}


def test_the_fields_of_an_ensemble():
    vote = fastnet.train_seeds(FRAME, classes(FRAME), 2, hidden=(3,), epochs=1, encode="table")
    found = document(vote)
    assert found["format_version"] == 4 and found["needs"] == ["ensemble"]
    nets = found["ensemble"]["nets"]
    assert [net["encoding"] for net in nets] == [0, 0] and len(found["ensemble"]["encodings"]) == 1
    assert np.array_equal(np.array(nets[1]["weights"][0], "f4"), vote[1].weights[0])


# Exact decimals -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_decimals_are_short_and_bring_back_the_bits(dtype, path):
    chance = np.random.default_rng(0)
    bits = chance.integers(0, 1 << np.finfo(dtype).bits, 3000, np.uint64)
    numbers = bits.astype("u4" if dtype == "float32" else "u8").view(dtype)
    numbers = numbers[np.isfinite(numbers)]
    info = np.finfo(dtype)
    odd = [0.1, -0.0, info.max, info.min, info.tiny, info.smallest_subnormal, 1 / 3, 16777217]
    # the shortest decimal of this one, read as float64 and rounded to float32, is its neighbour
    odd.append(np.nextafter(np.float32(7.038531e-26), np.float32(0)))
    numbers = np.concatenate([numbers, np.array(odd, dtype)])[None]
    net = Network.from_weights([numbers], [numbers[0]], ["identity"], dtype=dtype)
    path.write_text(to_json(net))
    again = load(path)
    assert again.weights[0].tobytes() == net.weights[0].tobytes()
    assert again.biases[0].tobytes() == net.biases[0].tobytes()
    assert '"weights": [[[' in path.read_text() and ", 0.1, -0.0, " in path.read_text()
    found = document(net)["biases"][0][:-1]
    digits = [len(Decimal(repr(v)).normalize().as_tuple().digits) for v in found]
    assert max(digits) == (9 if dtype == "float32" else 17)


def test_decimals_of_float16(path):
    """All of them."""
    halves = np.arange(1 << 16, dtype="u2").view("f2")
    halves = halves[np.isfinite(halves)].astype("f4").reshape(-1, 64)
    biases = np.zeros(64, "f4")
    net = Network.from_weights([halves], [biases], ["identity"])
    path.write_text(to_json(net, weights="float16"))
    assert load(path).weights[0].tobytes() == halves.tobytes()


# Documents of others --------------------------------------------------------------------------


def test_what_another_program_writes(path):
    """No history, whole numbers as weights, other orders and blanks, a byte order mark."""
    about = {
        "weights": [[[1, 2.5], [0, -1]]], "dtype": "float32", "biases": [[0, 0.5]], "history": [],
        "activations": ["softmax"], "loss": "cross-entropy", "fastnet": "by hand",
        "classes": ["no", "yes"], "label_type": "<U",
        "format_version": 2, "format": "fastnet model", "mine": {"any": "thing"},
    }  # fmt: skip
    for text in (json.dumps(about), "\ufeff" + json.dumps(about, indent=4), json.dumps(about)):
        path.write_text(text, encoding="utf-8")
        net = load(path)
        assert net.sizes == (2, 2) and net.predict([[1, 0], [-1, 0]]).tolist() == ["yes", "no"]
        assert is_model(path)


def test_what_is_needed_is_said_with_its_version(path):
    """Units, say: a reader that does not know them would give other numbers."""
    about = {
        "format": "fastnet model", "fastnet": "by hand", "activations": ["identity"], "history": [],
        "loss": "quadratic", "dtype": "float64", "weights": [[[1], [3]]], "biases": [[0.5]],
        "units": {"centre": [100], "scale": [10]},
    }  # fmt: skip
    path.write_text(json.dumps({**about, "format_version": 3, "needs": ["units"]}))
    assert load(path).predict([[1.0, 2.0]]) == [175]
    for version, needs in ((2, ["units"]), (3, []), (3, ["units", "encoding"])):
        path.write_text(json.dumps({**about, "format_version": version, "needs": needs}))
        with pytest.raises(ValueError, match=r"needs: .*, wanted \['units'\], in version 3"):
            load(path)


def test_other_json_is_none_of_ours(path):
    for text in ("{}", '{"format": "another"}', "[1]", '[{"format": "fastnet model"}]', ""):
        path.write_text(text)
        assert not is_model(path)
        with pytest.raises(ValueError, match=r"m\.json: "):
            load(path)


# Hostile documents ----------------------------------------------------------------------------


def refused(path: Path, text: str, match: str | None = None) -> None:
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    tracemalloc.start()
    with pytest.raises(ValueError, match=match) as caught:
        load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    message = str(caught.value)
    assert message.startswith(f"{path}: not an intact fastnet model (") and message.isprintable()
    assert len(message) < len(str(path)) + 300
    assert peak < 80 * len(text) + (1 << 20)


BEGIN = '{"format": "fastnet model", '


@pytest.mark.parametrize(
    "text",
    [
        "", '"x', '"a": ' + "[" * 200_000, '"a": ' + '{"a": ' * 200_000,
        '"history": ' + "[" * 100 + "]" * 100 + "}", '"seed": ' + "1" * 10_000 + "}",
        '"seed": NaN}', '"seed": -Infinity}', '"seed": 1e999}', '"format": "fastnet model"}',
        '"a": 1, "a": 2}', '"a": {"b": 1, "b": 1}}', '"format_version": 2}', '"a": "\ud800"}',
        '"format_version": 99}', '"format_version": 2} {}', '"ensemble": 5}', "}" * 1000,
        '"a": "' + "x" * 100_000, '"format_version": {"number": "NaN"}}',
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_what_is_no_document(path, text):
    refused(path, BEGIN + text)


def test_arrays_that_are_none(path):
    good = document(small())
    for name, value in (
        ("weights", None), ("weights", []), ("weights", [[], []]), ("weights", 5),
        ("weights", [[[1.0]], [[1.0]]]), ("weights", good["weights"][:1]),
        ("weights", [[[1.0, 2.0], [1.0]], [[1.0], [2.0]]]), ("weights", [[[[1.0]]], [[1.0]]]),
        ("weights", [[["1.0"]], [["1.0"]]]), ("weights", [[[True]], [[True]]]),
        ("weights", [[[None]], [[None]]]), ("weights", [[[10**400]], [[1]]]),
        ("weights", {"0": [[1.0]]}), ("weights", [{"0": 1.0}, {"0": 1.0}]),
        ("weights", [[[]] * 5, [[]] * 4]), ("weights", good["weights"] * 2),
        ("biases", [good["biases"][0], [1e39, 0, 0]]), ("biases", [good["biases"][0], "abc"]),
        ("biases", [good["biases"][0], [0, 0]]), ("biases", good["weights"]), ("biases", ...),
        ("biases", [good["biases"][0], [{"number": "NaN"}, 0, 0]]),
        ("dtype", "float16"), ("dtype", 5), ("dtype", ...), ("dtype", ["float32"]),
        ("classes", [0, 1]), ("classes", [0, 1, 1]), ("classes", [0, 1, 2.5]), ("classes", "012"),
        ("classes", [0, 1, "2"]), ("classes", [0, 1, True]), ("classes", [0, 1, 2**63]),
        ("classes", {"0": 1}), ("classes", [0, 1, None]), ("classes", [[0], [1], [2]]),
        ("label_type", ...), ("label_type", "O"), ("label_type", "<U99999999"), ("label_type", 5),
        ("label_type", "<f8"), ("label_type", "<U1"), ("label_type", "<i8,<i8"),
        ("label_type", "|i1" * 10_000),
        ("great_classes", True), ("scales", 5), ("activations", ["sigmoid"] * 3),
        ("rounding", {"weights": "int8", "largest_change": 0}), ("checkpoint", {}),
    ):  # fmt: skip
        changed = {**good, name: value}
        if value is ...:
            del changed[name]
        if (name, value) in (("scales", 5), ("great_classes", True)):  # as in an .npz
            path.write_text(json.dumps(changed))
            assert load(path).digest() == small().digest()
            continue
        refused(path, json.dumps(changed))


def test_int8_that_is_none(path):
    good = document(small(), weights="int8")
    for name, value in (
        ("weights", [[[128] * 4] * 5, good["weights"][1]]),
        ("weights", [[[1.0] * 4] * 5, good["weights"][1]]),
        ("scales", ...), ("scales", [[0.0] * 4, good["scales"][1]]), ("scales", [[1.0], [1.0]]),
        ("scales", [[-1.0] * 4, good["scales"][1]]), ("scales", good["scales"][:1]),
        ("scales", [[3e38] * 4, good["scales"][1]]), ("scales", [["1"] * 4, good["scales"][1]]),
    ):  # fmt: skip
        changed = {**good, name: value}
        if value is ...:
            del changed[name]
        refused(path, json.dumps(changed))


def test_long_labels_take_no_memory(path):
    """An array of words has room for the longest in each place."""
    about = {**document(small()), "label_type": "<U", "classes": ["x" * 40_000, *range(5000)]}
    about["classes"] = [str(label) for label in about["classes"]]
    refused(path, json.dumps(about), "classes: 5001 labels of 160000 bytes each")


@MANY
@pytest.mark.parametrize("kind", ["net", "int8", "table", "both"])
def test_any_document(path, kind, many):
    chance, count, loaded = random.Random(kind), 0, 0
    options = {"weights": "int8"} if kind == "int8" else {}
    model: Any = small()
    if kind == "both":
        model = fastnet.train_seeds(X, Y, 2, hidden=(3,), epochs=1)
    elif kind == "table":
        model = train(FRAME, classes(FRAME), hidden=(3,), epochs=1, encode="table")
    about = document(model, **options)
    for changed in changes(about, chance, many):
        if chance.random() < 0.5:
            continue
        path.write_text(json.dumps(changed))
        try:
            again = load(path)
        except ValueError as error:
            assert str(error).startswith(f"{path}: ") and str(error).isprintable()
            assert len(str(error)) < len(str(path)) + 300
            count += 1
            continue
        loaded += 1
        if chance.random() < 0.2:
            assert in_one_line("info", path), changed
            path.write_text(to_json(again))
            assert load(path).digest() == again.digest()
    assert count > 5 * many and loaded > 5 * many


def test_cuts(path):
    whole = to_json(copy.deepcopy(small()))
    for length in range(40, len(whole) - 3, 97):
        refused(path, whole[:length])
