"""Programs in C that answer plain rows: pixels or numbers."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnet.formats import to_c
from fastnet.formats.c.answers import centred
from fastnet.formats.layers import exported, input_of
from fastnet.model.ensemble import nets_of

STRICT = ("-Wall", "-Wextra", "-Werror", "-pedantic", "-Wconversion", "-Wshadow")
GCC = ("gcc", "-std=c99", "-O1")

MAIN = """\
#include <stdio.h>
#include <string.h>
INCLUDES
static void put(double number) { fwrite(&number, sizeof number, 1, stdout); }

int main(int count, char **arguments)
{
    if (count != 2) return 1;
    CASES
    return 1;
}
"""
CASE = """\
    if (!strcmp(arguments[1], "NAME")) {
        static TYPE x[NAME_n_inputs];
        while (fread(x, sizeof x, 1, stdin) == 1) {
            float outputs[NAME_n_outputs];
            double answers[NAME_n_outputs];
            size_t j;
            ANSWER
            for (j = 0; j < NAME_n_outputs; j++) put(OUTPUTS[j]);
            for (j = 0; j < NAME_n_outputs; j++) put(answers[j]);
            (void)outputs;
        }
        return 0;
    }
"""
ANSWERS = {  # each output, and the answer in as many numbers
    "classification": "NAME_probabilities(x, outputs); j = (size_t)NAME_predict(x);"
    "for (int k = 0; k < NAME_n_outputs; k++) answers[k] = (double)j;",
    "several": "uint8_t present[NAME_n_outputs];"
    "NAME_probabilities(x, outputs); NAME_predict(x, present);"
    "for (j = 0; j < NAME_n_outputs; j++) answers[j] = (double)present[j];",
    "whether": "NAME_probabilities(x, outputs); answers[0] = (double)NAME_predict(x);",
    "numbers": "NAME_predict(x, answers);",
    "number": "answers[0] = NAME_predict(x);",
}


def compiler(name: str) -> None:
    """Skip a test without this compiler; with CI=true it must be there."""
    if not shutil.which(name) and not os.environ.get("CI"):
        pytest.skip(f"no {name}")


def answer_of(net: Any) -> str:
    one = nets_of(net)[0].sizes[-1] == 1
    return {
        "classification": "classification",
        "multilabel": "whether" if one else "several",
        "regression": "number" if one else "numbers",
    }[net.task]


def built(
    folder: Path,
    nets: Mapping[str, Any],
    command: Sequence[str] = GCC,
    weights: str = "float32",
    input: str | None = None,
) -> Path:
    """A program for several nets by name, compiled without a warning."""
    compiler(command[0])
    includes, cases = [], []
    for name, net in nets.items():
        (folder / f"{name}.h").write_text(to_c(net, name, input, weights))
        includes += [f'#include "{name}.h"'] * 2
        pixels = (input or input_of(nets_of(net)[0])) == "uint8"
        case = CASE.replace("ANSWER", ANSWERS[answer_of(net)])
        case = case.replace("OUTPUTS", "answers" if net.task == "regression" else "(double)outputs")
        cases.append(case.replace("TYPE", "uint8_t" if pixels else "float").replace("NAME", name))
    made, main = folder / "main", folder / ("main.cpp" if "++" in command[0] else "main.c")
    text = MAIN.replace("INCLUDES", "\n".join(includes)).replace("CASES", "".join(cases))
    main.write_text(text)
    full = [*command, *STRICT, str(main), "-o", str(made)]
    done = subprocess.run(full, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(full)}\n{done.stderr[:4000]}"
    return made


def answers(
    made: Path, name: str, net: Any, rows: NDArray[Any], run: Sequence[str] = ()
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The outputs (n, outputs) that a program computes, and its answers as `predict` gives them."""
    given = np.ascontiguousarray(rows, np.uint8 if rows.dtype == np.uint8 else np.float32)
    full = [*run, str(made), name]
    done = subprocess.run(full, input=given.tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[:4000]
    n = nets_of(net)[0].sizes[-1]
    both = np.frombuffer(done.stdout).reshape(len(rows), 2, n)
    found = both[:, 1]
    if net.classes is not None:
        return both[:, 0], net.classes[found[:, 0].astype(int)]
    return both[:, 0], found[:, 0] if nets_of(net)[0].outputs.flat else found


SLOPES = {"sigmoid": 0.25, "scaled-tanh": 1.15}  # the largest of each; 1 for others


def bound(net: Any, rows: NDArray[Any], input: str | None = None) -> NDArray[Any]:
    """How far two float32 computations of the outputs (n, outputs) may be apart.

    A sum of n products is off by at most n + 1 roundings of the sum of their sizes, in whatever
    order; what was off before is weighed too, and an activation passes it on by its slope, and adds
    8 roundings. Of softmax the sizes of all slopes of an output add up to 1/2 at most.
    """
    half, (made, _) = np.finfo(np.float32).eps / 2, centred(exported(net, "C", input))
    widest: Any = 0.0
    for layers in made.nets:
        a = rows.astype(np.float64)
        off = 2 * half * np.abs(a)  # v / 255, and weights / 255
        for weights, biases, activation in layers:
            sizes = np.abs(a) @ np.abs(weights) + np.abs(biases)
            off = off @ np.abs(weights) + (len(weights) + 3) * half * sizes
            if activation == "softmax":
                off = np.broadcast_to(off.max(axis=1, keepdims=True), off.shape)
            a = forward(activation, a @ weights + biases)
            off = SLOPES.get(activation, 1.0) * off + 16 * half * np.abs(a)
        widest = np.maximum(widest, off + (len(made.nets) > 1) * 4 * half * np.abs(a))
    return np.asarray(2 * widest)


def forward(activation: str, z: NDArray[Any]) -> NDArray[Any]:
    """An activation in float64."""
    if activation == "softmax":
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))
    named: dict[str, Any] = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "scaled-tanh": lambda z: 1.7159 * np.tanh(2 * z / 3),
        "relu": lambda z: np.maximum(z, 0),
        "leaky-relu": lambda z: np.where(z < 0, 0.01 * z, z),
        "identity": lambda z: z,
    }
    return np.asarray(named[activation](z))
