"""`fastnet read`: pictures, folders and patterns, what is said and written, errors in one line."""

import io
import json

import numpy as np
import pytest
from click.testing import CliRunner

import fastnet
from fastnet.cli import main
from tests.cli.helpers import fails, ok, run
from tests.handwriting.helpers import file_of, row
from tests.helpers import needed, python

Image = needed("PIL.Image")
pytestmark = pytest.mark.compiled


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder with a row, two rows, an empty page, and files that are no pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    Image.fromarray(row("3141")).save(folder / "a.png")
    Image.fromarray(np.vstack([row("271"), row("414")])).save(folder / "b.JPG", quality=95)
    Image.fromarray(np.full((50, 90), 255, np.uint8)).save(folder / "c.png")
    (folder / "notes.txt").write_text("no picture")
    (folder / "empty").mkdir()
    return folder


def test_it_prints_digits_confidence_and_what_it_cannot_read(pictures):
    said = ok("read", pictures / "a.png").splitlines()
    assert said[0] == f"{pictures / 'a.png'}: 3141"
    assert said[1].split() == [*"3141"]
    assert all(cell.endswith("%") for cell in said[2].split()) and len(said) == 3
    assert ok("read", pictures / "b.JPG").splitlines()[0].endswith(": 271 414")
    assert ok("read", pictures / "c.png").splitlines() == [
        f"{pictures / 'c.png'}: nothing read",
        "  no marks found",
    ]


def test_json_is_one_list(pictures):
    read = json.loads(ok("read", "--json", pictures / "a.png", pictures / "c.png"))
    reading = fastnet.handwriting.read(pictures / "a.png")
    assert read[0] == {
        "file": str(pictures / "a.png"),
        "digits": "3141",
        "confidence": reading.confidence,
        "boxes": [list(box) for box in reading.boxes],
        "lines": ["3141"],
        "notes": [],
        "unread": [],
    }
    assert read[1]["digits"] == "" and read[1]["notes"] == ["no marks found"]


def test_a_folder_and_a_pattern_stand_for_their_pictures(pictures):
    names = [str(pictures / name) for name in ("a.png", "b.JPG", "c.png")]
    for given in (pictures, pictures / "[abc].*"):
        assert [one["file"] for one in json.loads(ok("read", "--json", given))] == names
    for given in (pictures / "empty", pictures / "*.gif"):
        assert "no pictures there, wanted some" in fails(2, "read", given)


def test_standard_input(pictures):
    data = (pictures / "a.png").read_bytes()
    result = CliRunner().invoke(main, ["read", "-"], input=io.BytesIO(data))
    assert result.stdout.startswith("standard input: 3141\n")
    assert "standard input: empty, wanted a picture" in run("read", "-", stdin="").stderr


def test_what_is_no_picture_is_told_and_the_others_are_read(pictures):
    result = run("read", pictures / "notes.txt", pictures / "no.png", pictures / "a.png")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{pictures / 'a.png'}: 3141\n")
    assert result.stderr.splitlines() == [
        f"Error: {pictures / 'notes.txt'}: no picture, wanted a picture such as PNG or JPEG",
        f"Error: {pictures / 'no.png'}: No such file or directory",
    ]
    result = run("read", "--json", pictures / "notes.txt")
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])


def test_it_shows_what_it_has_read(pictures, tmp_path):
    ok("read", pictures / "a.png", "--show", tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as shown:
        assert shown.width >= 224
    ok("read", pictures, "--show", tmp_path / "all.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "all-1.png", "all-2.png", "all-3.png", "out.png",
    ]  # fmt: skip
    assert "--show" in fails(2, "read", pictures / "a.png", "--show", pictures / "a.png")
    assert "does not end in .png" in fails(2, "read", pictures / "a.png", "--show", "out.jpg")


def test_other_models_read_or_are_refused(pictures, tmp_path):
    (X, y), _ = fastnet.datasets.load("digits")
    fastnet.train(X[:3000], y[:3000], hidden=(30,), epochs=3).save(tmp_path / "own.npz")
    assert ": 3141\n" in ok("read", pictures / "a.png", "--model", tmp_path / "own.npz")
    fastnet.train(X[:90, 300:309], y[:90], hidden=(4,), epochs=1).save(tmp_path / "narrow.npz")
    narrow = tmp_path / "narrow.npz"
    told = fails(1, "read", pictures / "a.png", "--model", narrow)
    assert told == f"Error: {narrow}: it takes 9 inputs, wanted 784: 28x28 pixels\n"


def test_without_pillow_the_error_names_the_extra(pictures):
    code = "import sys; sys.modules['PIL'] = None; from fastnet.__main__ import main\n"
    code += f"sys.argv = ['fastnet', 'read', {str(pictures / 'a.png')!r}]\n"
    code += "try: main()\nexcept SystemExit as end: print(end.code)"
    done = python(code)
    assert done.stdout == "1\n"
    assert "pip install 'fastnet-sgd[handwriting]'" in done.stderr


def test_a_gif_says_that_only_its_first_picture_is_read(tmp_path):
    first, second = (Image.fromarray(row(text)) for text in ("3141", "2718"))
    data = file_of(first, "gif", save_all=True, append_images=[second])
    (tmp_path / "a.gif").write_bytes(data)
    said = ok("read", tmp_path / "a.gif")
    assert ": 3141\n" in said and said.endswith("  only the first picture of several\n")
