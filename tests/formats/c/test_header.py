"""What a header says and costs, and what C cannot say."""

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, Network
from fastnet.formats import export, to_c
from fastnet.formats.c.weights import FINEST, whole
from fastnet.formats.layers import Layer
from fastnet.kernels.activations import HIDDEN
from tests.helpers import needed

from .plain import compiler

DIGITS = ((784, 16, 16, 10), ("sigmoid",) * 3)
USE = """\
#include "net.h"
int predict(const TYPE *x) { return net_predict(x); }
void probabilities(const TYPE *x, float *outputs) { net_probabilities(x, outputs); }
"""
FLAGS = ("-std=c99", "-c", "main.c", "-o", "main.o")


def net(*form: Any, **options: Any) -> Network:
    return Network.initialise(*form, classes=range(form[0][-1]), **options)


NETS = {
    "plain": net(*DIGITS),
    "deep": net((20, 30, 4, 12, 9, 3), ("tanh", "relu", "leaky-relu", "scaled-tanh", "sigmoid")),
    "no_hidden": net((50, 7), ("softmax",), "cross-entropy"),
    "together": Ensemble([net((9, n, 3), ("tanh", "sigmoid")) for n in (2, 8)]),
}


def compiled(folder: Path, text: str, type: str, *command: str) -> Path:
    """An object of functions that use all of a header's."""
    (folder / "net.h").write_text(text)
    (folder / "main.c").write_text(USE.replace("TYPE", type))
    subprocess.run([*command, *FLAGS], cwd=folder, check=True)
    return folder / "main.o"


def of_a_table() -> Network:
    """A net whose rows are structs."""
    columns = {"x": np.arange(90.0), "word": [*"abc"] * 30}
    return fastnet.train(columns, [*"abc"] * 30, hidden=(8,), epochs=1, verbose=False)


@pytest.mark.parametrize("weights", ["float32", "int8"])
@pytest.mark.parametrize("name", [*NETS, "table"])
def test_what_a_header_costs(name: str, weights: str, tmp_path: Path) -> None:
    """Its tables are as large as the compiler makes them, and the stack holds its arrays."""
    compiler("gcc")
    one, of = (NETS[name], "float") if name in NETS else (of_a_table(), "struct net_row")
    report = export(one, "c", tmp_path / "net.h", weights=weights)
    text = (tmp_path / "net.h").read_text()
    assert f"{report['flash']} bytes of tables" in text and f"RAM: {report['ram']} " in text
    made = compiled(tmp_path, text, of, "gcc", "-O0", "-fstack-usage")
    symbols = subprocess.run(["nm", "-S", made], capture_output=True, text=True, check=True).stdout
    tables = re.findall(r"^\w+ (\w+) r net_(?!labels|gaps)", symbols, re.MULTILINE)
    assert sum(int(size, 16) for size in tables) == report["flash"]
    frames = dict(re.findall(r":(\w+)\t(\d+)\t", made.with_suffix(".su").read_text()))
    nets = [int(size) for own, size in frames.items() if re.match(r"net_outputs\d", own)]
    mean = max(nets, default=0) + int(frames["net_outputs"])
    used = mean + int(frames["net_predict"]) + int(frames["net_probabilities"])
    assert report["ram"] <= used <= report["ram"] + 300  # arguments, registers, alignment


@pytest.mark.heavy
@pytest.mark.parametrize("weights", ["float32", "int8"])
def test_the_estimate_of_the_code(weights: str, tmp_path: Path) -> None:
    compiler("arm-none-eabi-gcc")
    for hidden in HIDDEN:
        for input, of in (("uint8", "uint8_t"), ("float", "float")):
            one = net((50, 20, 15, 5), (hidden, hidden, "softmax"), "cross-entropy")
            path = tmp_path / "net.h"
            report = export(one, "c", path, weights=weights, input=input)
            command = ("arm-none-eabi-gcc", "-Os", "-mcpu=cortex-m3", "-mthumb")
            made = compiled(tmp_path, path.read_text(), of, *command)
            sizes = subprocess.run(["size", "-A", made], capture_output=True, text=True).stdout
            code = int(re.search(r"^\.text +(\d+)", sizes, re.MULTILINE)[1])
            assert 0.75 < code / report["code"] < 1.33


def test_what_the_first_comment_says() -> None:
    text = to_c(NETS["plain"], "digits")
    head = text[: text.index("*/")]
    for said in (
        fastnet.__version__, "784-16-16-10", "sigmoid, sigmoid, sigmoid", NETS["plain"].digest(),
        "A row is 784 finite numbers", "int k = digits_predict(x);", "0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
    ):  # fmt: skip
        assert said in head, said
    assert "784 pixels from 0 to 255" in to_c(NETS["plain"], input="uint8")
    assert "Several nets (2)" in to_c(NETS["together"])


def test_an_estimator_leaves_as_its_net() -> None:
    sklearn = needed("fastnet.sklearn")
    rows = np.arange(40, dtype=np.float32).reshape(20, 2) / 40
    fitted = sklearn.FastNetClassifier(hidden_layer_sizes=(3,)).fit(rows, [0, 1] * 10)
    assert to_c(fitted) == to_c(fitted.model_)


def test_the_same_model_gives_the_same_file() -> None:
    assert to_c(NETS["deep"], weights="int8") == to_c(NETS["deep"].copy(), weights="int8")


def test_what_c_cannot_say(tmp_path: Path) -> None:
    lost = net((2, 3, 2), ("tanh", "sigmoid"))
    lost.parameters.vector[:] = np.nan
    wide = Network.from_weights([[[1e300]]], [[0.0]], "identity", dtype="float64")
    cases = [
        ({"model": lost}, "model: NaN or infinite weights"),
        ({"model": wide}, r"model: a weight of 1e\+300, wanted numbers that float32 holds"),
        ({"weights": "float16"}, "weights: 'float16', wanted one of float32, int8"),
        ({"weights": None}, "weights: None, wanted one of float32, int8"),
        ({"input": "int8"}, "input: 'int8', wanted 'uint8' or 'float'"),
        ({"data": (np.zeros((2, 784)), [0, 1])}, "data: wanted weights, too"),
    ]
    for options, message in cases:
        model = options.pop("model", NETS["plain"])
        with pytest.raises(ValueError, match=message) as caught:
            export(model, "c", tmp_path / "net.h", **options)
        assert "\n" not in str(caught.value)
    with pytest.raises(TypeError, match="data: X of float64, wanted uint8 pixels"):
        export(
            NETS["plain"], "c", tmp_path / "net.h",
            input="uint8", weights="int8", data=(np.zeros((2, 784)), [0, 1]),
        )  # fmt: skip
    with pytest.raises(ValueError, match="model: a label or category of 5000 bytes, wanted 4095"):
        to_c(Network.initialise((2, 2), ("sigmoid",), classes=["a", "b" * 5000]))
    assert not [*tmp_path.iterdir()]


def test_sums_of_many_inputs_fit_into_int32() -> None:
    """With the finest steps if they can, with coarser ones, or not at all."""

    def level(n: int) -> int:
        return whole(Layer(np.ones((n, 1)), np.zeros(1), "tanh")).level

    assert level(100) == level((2**31 - 1) // (127 * FINEST)) == FINEST
    assert 255 <= level(66_000) < 300
    for n in (600, 10_000, 66_000):
        assert level(n) * 127 * n < 2**31
    with pytest.raises(ValueError, match=r"weights: 'int8' with 70,000 inputs .* wanted 'float32'"):
        level(70_000)
