"""The script of the page without a browser: centring and the forward pass, by Node.js."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet.formats import to_page
from fastnet.formats.page.text import text_of
from fastnet.handwriting import as_mnist, pretrained
from fastnet.kernels.activations import HIDDEN
from fastnet.model.outputs import LOSSES
from tests.formats.c.plain import compiler

from .pages import Array, parts, random_net

TOLERANCE = 1e-4  # what the page promises, where outputs are near 1
READ = 'const fs = require("fs"), read = (name) => new Uint8Array(fs.readFileSync(name));\n'
CENTRE = """
const ink = read("ink"), sizes = new Int32Array(read("sizes").buffer), images = [];
for (let k = 0, at = 0; k < sizes.length; k += 2) {
  const [height, width] = sizes.subarray(k, k + 2);
  images.push(asMnist(ink.subarray(at, at + height * width), width, height));
  at += height * width;
}
fs.writeFileSync("images", Buffer.concat(images));
"""
ANSWER = """
const data = JSON.parse(fs.readFileSync("data")), images = read("images"), outputs = [];
const nets = data.nets.map((stored) => layersOf(stored, data.weights));
for (let k = 0; k < images.length; k += 784)
  outputs.push(...answersOf(nets, images.subarray(k, k + 784), data.whole).outputs);
fs.writeFileSync("outputs", new Float64Array(outputs));
"""


def ran(folder: Path, code: str, **files: bytes) -> None:
    """Run code after the scripts that need no browser."""
    compiler("node")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    whole = READ + text_of("centring.js") + text_of("net.js") + code
    done = subprocess.run(["node", "-"], input=whole.encode(), cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def centred(folder: Path, inks: list[Array]) -> Array:
    """The images (n, 28, 28) that the script makes of inks."""
    sizes = np.array([ink.shape for ink in inks], np.int32)
    ran(folder, CENTRE, ink=b"".join(map(np.ndarray.tobytes, inks)), sizes=sizes.tobytes())
    return np.fromfile(folder / "images", np.uint8).reshape(-1, 28, 28)


def answered(folder: Path, model: Any, images: Array, **given: Any) -> Array:
    """The outputs (n, outputs) of a page's net for images (n, 784)."""
    data = parts(to_page(model, **given))["data"]
    ran(folder, ANSWER, data=data.encode(), images=images.tobytes())
    return np.fromfile(folder / "outputs").reshape(len(images), -1)


def marks() -> list[Array]:
    """Inks of many shapes: noise, single pixels, lines, strokes of digits, on large paper too."""
    rng = np.random.default_rng(0)
    made = [np.zeros((28, 28), np.uint8)]
    small = ((1, 1), (1, 9), (9, 1), (20, 20), (7, 3), (13, 29), (42, 9))
    for shape in (*small, (280, 280), (3, 280)):
        for share in (0.02, 0.4, 1.0):
            noise = rng.integers(0, 256, shape, np.uint8)
            made.append(noise * (rng.random(shape) < share).astype(np.uint8))
    faint = np.zeros((280, 280), np.uint8)
    faint[3, 5] = faint[270, 200] = 1  # so little ink that nothing is left
    made += [faint, np.full((280, 280), 255, np.uint8)]
    (X, _), _ = fastnet.datasets.load("digits")
    for k in range(60):
        paper = np.zeros((280, 280), np.uint8)
        large = np.kron(X[k].reshape(28, 28), np.ones((1 + k % 10,) * 2, np.uint8))
        top, left = rng.integers(0, 281 - len(large), 2)
        paper[top : top + len(large), left : left + len(large)] = large
        made.append(paper)
    return made


def test_drawings_become_the_bytes_of_as_mnist(tmp_path: Path) -> None:
    inks = marks()
    images = centred(tmp_path, inks)
    assert len(images) == len(inks)
    for image, ink in zip(images, inks, strict=True):
        np.testing.assert_array_equal(image, as_mnist(ink), err_msg=str(ink.shape))


@pytest.mark.parametrize("activation", HIDDEN)
@pytest.mark.parametrize("output", [*HIDDEN, "softmax"])
def test_all_activations(tmp_path: Path, activation: str, output: str) -> None:
    images = fastnet.datasets.load("digits")[1][0][:40]
    net = random_net((20, 12), activation, output)
    outputs = answered(tmp_path, net, images, input="uint8")
    np.testing.assert_allclose(outputs, net.predict_proba(images), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("hidden", [(), (16,), (12, 11, 10)])
def test_trained_nets(tmp_path: Path, loss: Any, hidden: tuple[int, ...]) -> None:
    (X, y), (images, _) = fastnet.datasets.load("digits")
    net = fastnet.train(X[:2000], y[:2000], hidden=hidden, loss=loss, epochs=1)
    outputs = answered(tmp_path, net, images)
    np.testing.assert_allclose(outputs, net.predict_proba(images), rtol=0, atol=TOLERANCE)
    assert (net.classes[outputs.argmax(axis=1)] == net.predict(images)).all()


@pytest.mark.parametrize("weights", ["float32", "float16", "int8"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_all_weights(tmp_path: Path, weights: str, dtype: Any) -> None:
    images = fastnet.datasets.load("digits")[1][0][:40]
    net = random_net((30,), dtype=dtype)
    net.weights[1][:3] *= dtype(2e-5)  # some are below the normal numbers of float16
    wanted = net if weights == "float32" else net.rounded(weights)
    outputs = answered(tmp_path, net, images, input="uint8", weights=weights)
    np.testing.assert_allclose(outputs, wanted.predict_proba(images), rtol=0, atol=TOLERANCE)


def test_the_net_that_comes_with_fastnet(tmp_path: Path) -> None:
    images, y = fastnet.datasets.load("digits")[1]
    outputs = answered(tmp_path, pretrained(), images)
    np.testing.assert_allclose(
        outputs, pretrained().predict_proba(images), rtol=0, atol=TOLERANCE
    )
    assert (outputs.argmax(axis=1) == pretrained().predict(images)).all()
    assert (outputs.argmax(axis=1) == y).mean() > 0.95


def test_several_nets_answer_by_the_mean(tmp_path: Path) -> None:
    images = fastnet.datasets.load("digits")[1][0][:40]
    nets = fastnet.Ensemble([random_net((5,)), random_net((7, 6), "tanh", seed=1)])
    outputs = answered(tmp_path, nets, images, input="uint8")
    np.testing.assert_allclose(outputs, nets.predict_proba(images), rtol=0, atol=TOLERANCE)


def test_numbers_are_pixels_as_they_are(tmp_path: Path) -> None:
    images = fastnet.datasets.load("digits")[1][0][:40]
    net = random_net((20,), "tanh")
    net.weights[0][:] /= np.float32(255)
    outputs = answered(tmp_path, net, images, input="float")
    numbers = images.astype(np.float32)
    np.testing.assert_allclose(outputs, net.predict_proba(numbers), rtol=0, atol=TOLERANCE)


def test_large_numbers_stay_numbers(tmp_path: Path) -> None:
    """Sigmoids and softmax far beyond what exp has."""
    images = fastnet.datasets.load("digits")[1][0][:20]
    for activation, output in (("sigmoid", "softmax"), ("tanh", "sigmoid")):
        net = random_net((20,), activation, output)
        for weights in net.weights:
            weights *= np.float32(300)
        outputs = answered(tmp_path, net, images, input="uint8")
        assert np.isfinite(outputs).all() and (abs(outputs) <= 1).all()
        assert (outputs.argmax(axis=1) == net.predict(images)).all()
