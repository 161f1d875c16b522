"""The page as a file: what is in it, how large it is, what is refused."""

import base64
import hashlib
import re
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet.formats import export, to_page
from fastnet.formats.page import LARGEST
from fastnet.handwriting import pretrained
from fastnet.model.ensemble import nets_of
from tests.functions import SWISH
from tests.helpers import samples

from .pages import data_of, parts, random_net, weights_of

U8 = {"input": "uint8"}


def test_it_is_one_file_whose_policy_allows_its_script_and_style_alone() -> None:
    text = to_page(random_net(), **U8)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for name in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(parts(text)[name].encode()).digest()).decode()
        assert rules[f"{name}-src"] == f"'sha256-{digest}'"
    assert len(rules) == 5
    assert not re.search(r"\b(src|href|action)=|https?:|//\w+\.|\bstyle=|\bon\w+=\"", text)
    assert "{{" not in text.replace(parts(text)["script"], "")


def test_the_same_bytes_again(tmp_path: Any) -> None:
    report = export(pretrained(), "page", tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == to_page(pretrained())
    assert report["format"] == "page"
    assert report["bytes"] == (tmp_path / "a.html").stat().st_size <= LARGEST


@pytest.mark.parametrize("weights", ["float32", "float16", "int8"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_weights_come_back(weights: str, dtype: Any) -> None:
    net = random_net((9, 7), dtype=dtype)
    data = data_of(to_page(net, "uint8", weights))
    assert data["weights"] == weights and data["whole"] == 255
    wanted = net if weights == "float32" else net.rounded(weights)
    for stored, layer, biases in zip(data["nets"][0], wanted.weights, net.biases, strict=True):
        np.testing.assert_array_equal(weights_of(data, stored), layer.astype(np.float32))
        own = np.frombuffer(base64.b64decode(stored["biases"]), "<f4")
        np.testing.assert_array_equal(own, biases.astype(np.float32))


def test_the_default_loses_nothing_where_there_is_room(tmp_path: Any) -> None:
    net = random_net((100,))
    for kind in ("int8", "float16"):
        report = export(net.rounded(kind), "page", tmp_path / "p", **U8)
        assert report["weights"] == kind and report["largest_change"] == 0
    report = export(net, "page", tmp_path / "p", **U8)
    assert report["weights"] == "float32" and "largest_change" not in report


@pytest.mark.parametrize(
    ("hidden", "kind"), [(340, "float32"), (360, "float16"), (650, "float16"), (720, "int8")]
)
def test_the_default_goes_by_the_size(tmp_path: Any, hidden: int, kind: str) -> None:
    net = random_net((hidden,))
    report = export(net, "page", tmp_path / "p", **U8)
    assert report["weights"] == kind and report["bytes"] <= LARGEST
    assert (report.get("largest_change", 0) > 0) == (kind != "float32")


def test_what_is_too_large_must_be_asked_for(tmp_path: Any) -> None:
    net = random_net((1500,))
    with pytest.raises(ValueError, match=r"^model: its page has 1\.63 MB with int8 weights"):
        export(net, "page", tmp_path / "p", **U8)
    assert not [*tmp_path.iterdir()]
    assert export(net, "page", tmp_path / "p", weights="int8", **U8)["bytes"] > LARGEST


def test_what_the_rounding_loses(tmp_path: Any) -> None:
    net, (X, y) = pretrained(), fastnet.datasets.load("digits")[1]
    report = export(net, "page", tmp_path / "p", weights="int8", data=(X, y))
    assert report["score"]["samples"] == len(y) and report["score"]["before"] > 0.9
    with pytest.raises(ValueError, match=r"^data: wanted weights, too"):
        export(net, "page", tmp_path / "p", data=(X, y))


def test_labels_are_text_and_never_markup() -> None:
    labels = ["</script><b>", "<!--", "a & b", 'quo"te\\', "\u2028\n", "{{css}}", "猫"]
    labels += ["x" * 99, ""]
    text = to_page(random_net(classes=labels), **U8)
    data = data_of(text)
    assert data["labels"][:4] == labels[:4] and data["labels"][5:7] == labels[5:7]
    assert "\n" not in data["labels"][4] and len(data["labels"][7]) == 24 and data["labels"][8]
    assert "<" not in parts(text)["data"] and text.count("</script>") == 2
    assert "<title>Draw a picture</title>" in text


@pytest.mark.parametrize(
    ("classes", "shown"),
    [
        (range(10), [*"0123456789"]),
        ([False, True], ["False", "True"]),
        (np.array([b"a", b"b"]), ["b'a'", "b'b'"]),
        ([-5, 2**40], ["-5", str(2**40)]),
        ([f"{'long ' * 9}{k}" for k in range(3)], None),
    ],
)
def test_labels_of_all_types(classes: Any, shown: Any) -> None:
    labels = data_of(to_page(random_net(classes=classes), **U8))["labels"]
    assert len({*labels}) == len(classes)
    assert shown is None or labels == shown


def test_digits_are_asked_for_as_digits() -> None:
    assert "<h1>Draw a digit</h1>" in to_page(pretrained())
    assert "<h1>Draw a digit</h1>" in to_page(random_net(classes=["7", "8"]), **U8)


def test_several_nets_are_all_there() -> None:
    nets = fastnet.Ensemble([random_net((5,)), random_net((7, 6), "tanh", seed=1)])
    text = to_page(nets, **U8)
    data = data_of(text)
    assert [[layer["activation"] for layer in net] for net in data["nets"]] == [
        [*net.activations] for net in nets_of(nets)
    ]
    assert "the first of 2 nets" in text


# What is refused ------------------------------------------------------------------------------

LABELS = np.arange(60) % 3


@pytest.mark.parametrize(
    ("net", "said"),
    [
        (
            lambda: fastnet.train(samples(60, 4), LABELS, epochs=1),
            "model: 4 inputs, wanted images of 28x28 pixels",
        ),
        (
            lambda: fastnet.train(samples(60, 784), LABELS, epochs=1, encode="table"),
            "model: it takes the columns of a table",
        ),
        (
            lambda: fastnet.train(samples(60, 784), samples(60, 1)[:, 0], epochs=1),
            "model: its task is regression",
        ),
        (
            lambda: fastnet.train(samples(60, 784), np.eye(3)[LABELS], loss="cross-entropy"),
            "model: its task is multilabel",
        ),
        (
            lambda: fastnet.train(samples(60, 784), LABELS, epochs=1, activation=SWISH),
            "activation: swish/swish_prime, a function of your own, which a page cannot hold",
        ),
        (random_net, "input: the net has not learned uint8 pixels, wanted 'uint8' if it"),
    ],
)
def test_what_a_page_cannot_show(tmp_path: Any, net: Any, said: str) -> None:
    model = net()
    given = U8 if "activation" in said else {}
    for make in (lambda: to_page(model, **given), lambda: export(model, "page", tmp_path / "p",
                                                                 **given)):  # fmt: skip
        with pytest.raises(ValueError, match=f"^{re.escape(said)}") as caught:
            make()
        assert "\n" not in str(caught.value)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weights": "int4"}, "weights: 'int4', wanted one of"),
        ({"input": "uint16"}, "input: 'uint16', wanted"),
        ({"dtype": "float32"}, "dtype: no option of the format 'page'"),
    ],
)
def test_wrong_options(tmp_path: Any, given: Any, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=f"^{said}"):
        export(pretrained(), "page", tmp_path / "p", **given)
    assert not [*tmp_path.iterdir()]


def test_what_is_no_model_and_what_is_no_number() -> None:
    with pytest.raises(TypeError, match=r"^model: int, wanted a Network or an Ensemble"):
        to_page(5)  # type: ignore[arg-type]
    spoiled = random_net()
    spoiled.parameters.vector[3] = np.nan
    with pytest.raises(ValueError, match=r"^model: NaN or infinite weights"):
        to_page(spoiled, **U8)
