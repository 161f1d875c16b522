"""`fastnet report`: files, data, and errors in one line."""

import numpy as np
import pytest

import fastnet
from tests.cli.helpers import events, fails, ok, warned
from tests.helpers import ROOT, needed

pytestmark = pytest.mark.compiled
PEOPLE = str(ROOT / "docs" / "people.csv")
PEOPLE_CSV = (ROOT / "docs" / "people.csv").read_bytes()


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Paths of nets of digits and of a table, and of one that says nothing of its data."""
    folder = tmp_path_factory.mktemp("models")
    paths = {name: str(folder / f"{name}.npz") for name in ("digits", "owner", "plain")}
    ok("train", "--hidden", 8, "--epochs", 1, "--out", paths["digits"])
    ok("train", PEOPLE, "--target", "owner", "--drop", "name", "--hidden", 8, "--epochs", 2,
       "--out", paths["owner"])  # fmt: skip
    weights = [np.eye(3, 2)]
    fastnet.Network.from_weights(weights, [np.zeros(2)], classes=["a", "b"]).save(paths["plain"])
    return paths


def test_without_data(models, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (event,) = events(ok("report", models["plain"], "--json"))
    page = (tmp_path / "plain.html").read_text()
    assert event == {
        "event": "report", "model": models["plain"], "out": "plain.html", "data": None,
        "bytes": len(page.encode()), "part": None,
        "headline": "A net of 3-2 that tells a and b apart.",
        "why": f"This page cannot say how well the net does: {models['plain']} does not say which "
        "data it learned.",
    }  # fmt: skip
    assert "does not say which data it learned" in page
    assert "report: plain.html" in ok("report", models["plain"], "--quiet")


def test_errors(models, tmp_path):
    link = tmp_path / "same.html"
    link.symlink_to(models["plain"])
    assert "MODEL" in fails(2, "report", models["plain"], "--out", link)
    assert fastnet.load(models["plain"]).sizes == (3, 2)
    told = fails(2, "report", models["plain"], "--out", tmp_path / "page.pdf")
    assert "does not end in .html or .htm" in told
    data = tmp_path / "data.html"
    data.write_bytes(PEOPLE_CSV)
    told = fails(2, "report", models["owner"], data, "--out", data)
    assert "the file of DATA" in told
    assert data.read_bytes() == PEOPLE_CSV
    told = fails(1, "report", models["digits"], models["plain"], "--out", tmp_path / "p.html")
    assert "does not fit" in told
    words = ("report", models["owner"], PEOPLE, "--target", "ownr", "--out", tmp_path / "p.html")
    told = fails(1, *words)
    assert "'ownr'" in told
    assert not (tmp_path / "p.html").exists()


@pytest.mark.heavy
def test_pages_of_what_was_learned(models, tmp_path):
    out = tmp_path / "page.html"
    (event,) = events(ok("report", models["digits"], "--out", out, "--json"))
    score = fastnet.load(models["digits"]).score(*fastnet.datasets.load("digits")[1])
    assert event["headline"] == (
        "A net of 784-8-10 that reads handwritten digits, learned from 10,000 images of digits: "
        f"right on {score:.1%} of 2,000 images that it has not learned."
    )
    assert "Replay of the learning" in out.read_text()
    assert "replay" not in ok("report", models["digits"], "--out", out, "--no-replay")
    said = " ".join(ok("report", models["owner"], "--out", out).split())
    assert "learned from 900 of 1,000 rows of people.csv" in said
    assert "of 100 rows that it has not learned" in said
    assert "line " in out.read_text()


@pytest.mark.heavy
def test_several_models_and_models_of_other_libraries(models, tmp_path):
    out = tmp_path / "page.html"
    ok("train", "--hidden", 4, "--epochs", 1, "--out", tmp_path / "b.npz")
    said = ok("report", models["digits"], tmp_path / "b.npz", "--out", out)
    assert said.startswith("Two nets of different sizes that read handwritten digits together")
    assert "Each model, and all together" in out.read_text()
    needed("onnx")
    ok("export", "onnx", models["digits"], "--out", tmp_path / "net.onnx")
    said = ok("report", tmp_path / "net.onnx", "digits", "--out", out)
    said = " ".join(said.split())
    assert said.startswith("A net of 784-8-10 from ONNX that tells 10 classes apart: right on ")
    assert "of 2,000 images of digits. report:" in said  # which it may have learned
    assert "Replay" not in out.read_text()


@pytest.mark.heavy
def test_a_warning_names_the_file(models, tmp_path):
    words = PEOPLE_CSV.decode().replace("Cranham", "Elsewhere")
    (tmp_path / "others.csv").write_text(words)
    out = tmp_path / "page.html"
    warned("others.csv: .* unknown words", "report", models["owner"], tmp_path / "others.csv",
           "--out", out)  # fmt: skip


@pytest.mark.heavy
def test_data_without_labels(models, tmp_path):
    (X, _), _ = fastnet.datasets.load("digits")
    np.savez(tmp_path / "x.npz", X=X[:50])
    out = tmp_path / "page.html"
    (event,) = events(ok("report", models["digits"], tmp_path / "x.npz", "--out", out, "--json"))
    assert event["why"].startswith("The samples have no labels: ")
    assert "What it answers to 50 images" in out.read_text()
