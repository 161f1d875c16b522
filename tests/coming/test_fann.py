"""FANN beside fastnet: the factors of docs/coming/fann.md, held by FANN itself."""

import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fastnet

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/coming/fann.md").read_text(encoding="utf-8")
LINEAR, SIGMOID, SYMMETRIC = 0, 3, 5
SIZES = 3, 4, 2

pytestmark = [pytest.mark.heavy, pytest.mark.compiled]
Array = NDArray[Any]


@pytest.fixture(scope="module", autouse=True)
def found() -> None:
    """Skip without gcc and FANN, but fail in CI."""
    if not (shutil.which("gcc") and Path("/usr/include/doublefann.h").exists()):
        assert not os.environ.get("CI"), "gcc or FANN is missing: make consumers"
        pytest.skip("no gcc, or no libfann-dev")


def compiled(source: Path, library: str = "doublefann") -> Path:
    """Return the program of this source, in its folder."""
    program = source.with_suffix("")
    command = ["gcc", "-Wall", "-O1", str(source), "-o", str(program), f"-l{library}", "-lm"]
    subprocess.run(command, check=True)
    return program


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("fann") / "fann.c"
    shutil.copy(Path(__file__).with_name("fann.c"), source)
    return compiled(source)


class Learned:
    """What FANN has after its samples: weights and biases, its MSE, an answer, a file."""

    def __init__(self, program: Path, start: list[Array], X: Array, y: Array, **given: Any):
        self.file = program.with_name("learned.net")
        weights = np.concatenate([layer.T.ravel() for layer in start])
        samples = np.hstack([X, y]).ravel()
        units = given["hidden"], given["steepness"], given["output"], given["steepness"]
        numbers = [*SIZES, *units, given["rate"], *weights, len(X), *samples]
        done = subprocess.run(
            [program, self.file],
            input=" ".join(repr(float(number)) for number in numbers),
            capture_output=True,
            text=True,
            check=True,
        )
        values = [np.array(line.split(), float) for line in done.stdout.splitlines()]
        flat, self.mse, self.answer = values[0], float(values[1][0]), values[2]
        cut = SIZES[1] * (SIZES[0] + 1)
        self.layers = [flat[:cut].reshape(SIZES[1], -1).T, flat[cut:].reshape(SIZES[2], -1).T]


def start(largest: float) -> list[Array]:
    """Return weights with the biases as a last row, layer by layer."""
    rng = np.random.default_rng(0)
    return [rng.uniform(-largest, largest, (n + 1, m)) for n, m in pairwise(SIZES)]


def samples(n: int = 400) -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    X = rng.uniform(-1, 1, (n, SIZES[0]))
    return X, np.stack([X[:, 0] * X[:, 1], X[:, 2]], axis=1) * 0.4 + 0.5


def twin(layers: list[Array], activations: list[str]) -> fastnet.Network:
    weights, biases = [layer[:-1] for layer in layers], [layer[-1] for layer in layers]
    net = fastnet.Network.from_weights(weights, biases, activations)
    net.classes = None  # the targets are numbers
    return net


def distance(net: fastnet.Network, learned: Learned) -> float:
    """Return the largest difference between two weights or biases."""
    pairs = zip(net.weights, net.biases, learned.layers, strict=True)
    return max(float(abs(np.vstack([w, b]) - layer).max()) for w, b, layer in pairs)


@pytest.mark.parametrize(
    ("hidden", "output", "steepness", "names", "share"),
    [
        (SIGMOID, SIGMOID, 0.5, ["sigmoid", "sigmoid"], 2),
        (SYMMETRIC, LINEAR, 1, ["tanh", "identity"], 2),
        (SYMMETRIC, SYMMETRIC, 1, ["tanh", "tanh"], 4),
    ],
)
def test_the_factors_make_the_same_weights(
    program: Path, hidden: int, output: int, steepness: float, names: list[str], share: int
):
    (X, y), first, rate = samples(), start(0.5), 0.125
    learned = Learned(
        program, first, X, y, hidden=hidden, output=output, steepness=steepness, rate=rate
    )
    net = twin(first, names)
    loss = 0.0
    for x, target in zip(X, y, strict=True):
        loss += float(((net.predict_proba(x[None])[0] - target) ** 2).sum())
        net.learn_one(x, target, learning_rate=rate / share)
    assert distance(net, learned) < 1e-13
    assert distance(twin(first, names), learned) > 0.05
    np.testing.assert_allclose(net.predict_proba(X[-1:])[0], learned.answer, atol=1e-13)
    # The mean over outputs; FANN quarters the squares of symmetric outputs.
    assert loss / len(X) / SIZES[-1] == pytest.approx(learned.mse * (share / 2) ** 2, rel=1e-6)


def test_saturated_neurons_learn_by_another_slope(program: Path):
    (X, y), first = samples(), start(8)
    given: Any = {"hidden": SIGMOID, "output": SIGMOID, "steepness": 0.5, "rate": 0.125}
    net = twin(first, ["sigmoid", "sigmoid"])
    net.partial_fit(X, y, learning_rate=0.0625)
    assert distance(net, Learned(program, first, X, y, **given)) > 1e-3


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_program_and_the_page_net_print_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (source,) = blocks("c")
    (tmp_path / "xor.c").write_text(source)
    monkeypatch.chdir(tmp_path)
    said = subprocess.run([compiled(tmp_path / "xor.c")], capture_output=True, check=True).stdout
    theirs = np.array(said.split(), float)
    same, reader = blocks("python")[:2]
    space: dict[str, Any] = {}
    exec(same, space)
    ours = np.array(capsys.readouterr().out.split(), float)
    assert len(ours) == 13
    np.testing.assert_allclose(ours, theirs, atol=1e-11)
    exec(reader, space)
    single = tmp_path / "single.c"
    single.write_text(source.replace("doublefann", "floatfann").replace("double ", "float "))
    said = subprocess.run([compiled(single, "floatfann")], capture_output=True, check=True).stdout
    np.testing.assert_allclose(np.array(said.split(), float), theirs, atol=1e-6)
    came = space["read_fann"]("xor.net")
    np.testing.assert_allclose(
        came.predict(space["X"]), space["net"].predict(space["X"]), atol=1e-6
    )


@pytest.mark.parametrize("steepness", [0.5, 0.3, 1])
@pytest.mark.parametrize("output", [SIGMOID, SYMMETRIC, LINEAR])
@pytest.mark.parametrize("hidden", [SIGMOID, SYMMETRIC])
def test_the_page_reads_the_files_of_fann(
    program: Path, hidden: int, output: int, steepness: float
):
    X, y = samples(5)
    given: Any = {"hidden": hidden, "output": output, "steepness": steepness, "rate": 0.1}
    learned = Learned(program, start(2), X, y, **given)
    space: dict[str, Any] = {"np": np, "fastnet": fastnet}
    exec(blocks("python")[1], space)
    net = space["read_fann"](learned.file)
    np.testing.assert_allclose(net.predict_proba(X[-1:])[0], learned.answer, atol=1e-13)
