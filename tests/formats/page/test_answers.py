"""What the page answers in a real browser: test images, strokes of the mouse, all it shows."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet.handwriting import as_mnist, pretrained

from .conftest import Open
from .pages import Array
from .strokes import BYTES, PAPER, STROKES, drawn_by_mouse, ink_of, numbers

pytestmark = [pytest.mark.heavy, pytest.mark.compiled]

OUTPUTS = "<f4"  # of a page, in Float32Array
TOLERANCE = 1e-4
# These scripts are given numbers as text, and return the bytes of numbers as text.
# Draws images, each enlarged a whole number of times at some place, and returns what it answers.
DRAW = f"""([images, places]) => {{ {BYTES}
  const bytes = from(images);
  return places.map(([times, left, top], n) => {{
    const side = 28 * times, image = new ImageData(side, side);
    for (let k = 0; k < side * side; k++) {{
      const row = Math.floor(k / side / times), column = Math.floor((k % side) / times);
      image.data[4 * k + 3] = bytes[784 * n + 28 * row + column];
    }}
    paper.clearRect(0, 0, PAPER, PAPER);
    paper.putImageData(image, left, top);
    const outputs = changed();
    return [to(asMnist(inkOf(), PAPER, PAPER)), to(outputs)];
  }});
}}"""
# Draws an image over all of the paper, smoothly, and returns the ink too.
SMOOTH = f"""(image) => {{ {BYTES}
  const bytes = from(image), pixels = new ImageData(28, 28);
  for (let k = 0; k < 784; k++) pixels.data[4 * k + 3] = bytes[k];
  const small = new OffscreenCanvas(28, 28);
  small.getContext("2d").putImageData(pixels, 0, 0);
  paper.clearRect(0, 0, PAPER, PAPER);
  paper.drawImage(small, 0, 0, PAPER, PAPER);
  const outputs = changed();
  return [to(inkOf()), to(asMnist(inkOf(), PAPER, PAPER)), to(outputs)];
}}"""


def text_of(images: Array) -> str:
    return base64.b64encode(images.tobytes()).decode()


def check_test_images(page: Any, images: Array) -> None:
    """Images that are drawn on the page are centred, and answered, as in Python."""
    net, rng = pretrained(), np.random.default_rng(0)
    for first in range(0, len(images), 500):
        some = images[first : first + 500]
        places = []
        for k in range(len(some)):
            times = 10 if k % 2 else int(rng.integers(1, 10))
            places.append([times, *rng.integers(0, PAPER - 28 * times + 1, 2).tolist()])
        found = page.evaluate(DRAW, [text_of(some), places])
        inks = np.zeros((len(some), PAPER, PAPER), np.uint8)
        for ink, image, (times, left, top) in zip(inks, some, places, strict=True):
            large = np.kron(image.reshape(28, 28), np.ones((times, times), np.uint8))
            ink[top : top + 28 * times, left : left + 28 * times] = large
        wanted = np.array([as_mnist(ink).reshape(-1) for ink in inks])
        np.testing.assert_array_equal([numbers(image) for image, _ in found], wanted)
        outputs = np.array([numbers(each, OUTPUTS) for _, each in found])
        np.testing.assert_allclose(outputs, net.predict_proba(wanted), rtol=0, atol=TOLERANCE)
        assert (net.classes[outputs.argmax(axis=1)] == net.predict(wanted)).all()


def test_test_images_are_answered_as_in_python(opened: Open) -> None:
    check_test_images(opened(), fastnet.datasets.load("digits")[1][0])


def test_all_of_mnist_is_answered_as_in_python(opened: Open, mnist_folder: Path) -> None:
    check_test_images(opened(), fastnet.datasets.read(mnist_folder)[1][0])


def test_smooth_images_too(opened: Open) -> None:
    page, net = opened(), pretrained()
    for image in fastnet.datasets.load("digits")[1][0][:60]:
        ink, found, outputs = page.evaluate(SMOOTH, text_of(image))
        paper = numbers(ink).reshape(PAPER, PAPER)
        wanted = as_mnist(paper).reshape(1, -1)
        np.testing.assert_array_equal(numbers(found), wanted[0])
        np.testing.assert_allclose(
            numbers(outputs, OUTPUTS), net.predict_proba(wanted)[0], rtol=0, atol=TOLERANCE
        )
        assert len(np.unique(paper)) > 200  # greys, not only ink and paper


@pytest.mark.parametrize("digit", STROKES)
def test_strokes_of_the_mouse_are_read(opened: Open, digit: int) -> None:
    page = opened()
    drawn_by_mouse(page, digit)
    assert page.locator(".big b").inner_text() == str(digit)
    image = as_mnist(ink_of(page)).reshape(1, -1)
    [outputs] = pretrained().predict_proba(image)
    assert outputs.argmax() == digit
    shown = page.locator(".outputs .number").all_inner_texts()
    assert shown == [figure(output) for output in outputs]
    assert page.locator(".outputs .first .label").inner_text() == str(digit)


def figure(output: float) -> str:
    """An output as the page shows it."""
    if output > 0.9995:
        return ">99.9%"
    return "0%" if output < 0.0005 else f"{100 * float(output):.1f}%"


def test_what_the_net_sees_is_shown(opened: Open) -> None:
    page = opened()
    drawn_by_mouse(page, 3)
    canvas = """c => [...c.getContext("2d").getImageData(0, 0, 28, 28).data].filter(
        (_, k) => k % 4 === 3)"""
    seen = page.locator(".seen canvas").evaluate(canvas)
    np.testing.assert_array_equal(np.reshape(seen, (28, 28)), as_mnist(ink_of(page)))


def colours(page: Any, selector: str) -> Array:
    """The colours of canvases (n, pixels, 3)."""
    code = "all => all.map(c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data])"
    values = page.locator(selector).evaluate_all(code)
    return np.array(values, float).reshape(len(values), -1, 4)[..., :3]


def test_hidden_activations_and_weights_are_shown(opened: Open) -> None:
    page, net = opened(), pretrained()
    drawn_by_mouse(page, 5)
    x = as_mnist(ink_of(page)).reshape(-1) / 255.0
    a = np.maximum(x @ net.weights[0] + net.biases[0], 0)
    first, *others = page.locator(".layers p").all_inner_texts()
    units = net.sizes[1]
    assert len(others) == len(net.sizes) - 3
    assert first == f"Hidden layer 1: {units} relu units, {int((a > 1e-5).sum())} above 0"
    [cells] = colours(page, ".layers canvas >> nth=0")[:, :units]
    above = np.array([0xD5, 0x5E, 0x00])  # see page.css, on a white ground
    shares = np.round(127 * a / a.max())[:, None] / 127
    assert np.abs(cells - (255 + shares * (above - 255))).max() <= 3  # a share may round up
    best = np.argsort(-np.abs(a - np.maximum(net.biases[0], 0)), kind="stable")[:24]
    shown = [float(text) for text in page.locator(".tiles span").all_inner_texts()]
    np.testing.assert_allclose(shown, sorted(a[best], reverse=True), atol=0.0051)
    tile = colours(page, ".tiles canvas")[0]
    weights = net.weights[0][:, best[a[best].argmax()]]
    assert (tile[weights > 1e-2][:, 2] < 255).all() and (tile[weights < -1e-2][:, 0] < 255).all()


def test_the_same_strokes_give_the_same_bytes_on_all_screens(opened: Open) -> None:
    inks = []
    for factor in (1, 2, 2.625):
        page = opened(width=800, device_scale_factor=factor)
        drawn_by_mouse(page, 8)
        inks.append(ink_of(page))
    assert inks[0].any()
    np.testing.assert_array_equal(inks[0], inks[1])
    np.testing.assert_array_equal(inks[0], inks[2])


def test_of_many_classes_the_best_are_listed(opened: Open) -> None:
    page = opened("many")
    drawn_by_mouse(page, 2)
    labels = page.locator(".outputs .label").all_inner_texts()
    assert len({*labels}) == 8 and labels[0] == page.locator(".big b").inner_text()
    assert page.locator(".rest").inner_text() == "The best 8 of 47 classes."
    assert len(page.locator(".layers p").all()) == 3


def test_outputs_that_are_no_probabilities_are_numbers(opened: Open) -> None:
    page = opened("flat")
    drawn_by_mouse(page, 2)
    outputs = page.evaluate("[...changed()]")
    shown = page.locator(".outputs .number").all_inner_texts()
    assert [float(text) for text in shown] == [round(v, 2) for v in outputs]
    assert page.locator(".tiles span").all_inner_texts() == [*"0123456789"]


def test_labels_stand_as_text(opened: Open) -> None:
    page = opened("words")
    drawn_by_mouse(page, 2)
    labels = page.locator(".outputs .label").all_inner_texts()
    assert labels[1:3] == ["<b>&amp;</script>", "猫"]
    assert page.locator(".big b").inner_text() in labels
