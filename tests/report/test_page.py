"""The page as a file: one piece, no network, escaped, the same bytes each time."""

import re

import numpy as np
import pytest

import fastnet
from fastnet import report
from tests.helpers import python
from tests.report.conftest import section, texts

pytestmark = pytest.mark.compiled
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202eevil",
    "a\x00\n{{ 7 * 7 }}",
    "\u05e9\u05dc\u05d5\u05dd",
]


def test_a_page_without_data_says_what_it_cannot_show(small):
    page = report.html({"models/small.npz": small})
    assert texts(page, "h1") == ["A net of 3-2 that tells a and b apart."]
    assert "No samples came with the net" in section(page, "how-well")
    assert "no history of its learning" in section(page, "learning")
    assert "has no record of how it learned" in section(page, "repeat")
    assert small.digest() in section(page, "record")
    assert "small.npz" in page
    assert "<img" not in page


def test_a_page_is_one_file_that_asks_for_nothing(small):
    page = report.html(small)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "script-src 'none'" in policy[1]
    assert not re.search(r"""(src|href|srcset)=["'](?!data:|#)|url\(|@import|https?://""", page)
    assert page == report.html(small)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_elsewhere_is_only_text(text):
    net = fastnet.Network.from_weights([np.eye(2)], [np.zeros(2)], "sigmoid", classes=[text, "b"])
    net.origin = {"format": text}
    page = report.html({text: net}, data=text, why=text)
    assert not re.search(r"<script|<img|\u202e|\x00|\b49\b", page)
    assert page.count("<h1") == 1
    shown = fastnet.diagnostics.printable(text)[:12]
    assert shown in "".join(texts(page, "dd"))


def test_write_leaves_the_old_file_after_an_error(small, tmp_path):
    path = tmp_path / "page.html"
    report.write(path, small)
    before = path.read_bytes()
    assert before.decode() == report.html(small)
    with pytest.raises(ValueError, match="5 features, but the net takes 3"):
        report.write(path, small, np.zeros((2, 5)), [0, 1])
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(
    ("net", "told"), [(3, "net: int, wanted a Network"), ({}, "net: none came")]
)
def test_errors(net, told):
    with pytest.raises((TypeError, ValueError), match=told):
        report.html(net)


def test_a_net_that_has_diverged(small):
    small.parameters.weights[0][0, 0] = np.nan
    page = report.html(small, np.zeros((2, 3)), ["a", "b"])
    assert "The net has diverged" in section(page, "how-well")


@pytest.mark.heavy
@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_the_extra_is_named_if_it_is_missing(package):
    code = f"""
import sys
sys.modules["{package}"] = None
import fastnet
try:
    fastnet.report.html
except ImportError as error:
    print(error)
"""
    wanted = f"fastnet.report needs {package}: pip install 'fastnet-sgd[report]'"
    assert python(code).stdout.strip() == wanted


@pytest.mark.heavy
def test_full_pages_are_the_same_bytes_each_time(net, digits):
    pages = [report.html(net, *digits[1], learned=digits[0]) for _ in range(2)]
    assert pages[0] == pages[1]
    assert "Replay" in pages[0]
