"""The bundled digits are what the script cuts out of MNIST, and the script is repeatable."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fastnet.datasets import download, read
from fastnet.datasets.named import BUNDLED
from tests.datasets.helpers import small_set
from tools.make_digits import make_digits


def put(folder, files):
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def sums(path):
    """SHA-256 of each array in a .npz file (the packed bytes depend on the zlib)."""
    with zipfile.ZipFile(path) as archive:
        return [(n, hashlib.sha256(archive.read(n)).hexdigest()) for n in archive.namelist()]


def test_the_same_bytes_on_each_run(tmp_path, files):
    folder = put(tmp_path / "mnist", files)
    make_digits(folder, tmp_path / "1.npz")
    make_digits(folder, tmp_path / "2.npz")
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "1.npz") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    (X, y), (X_test, y_test) = read(tmp_path / "1.npz")
    assert X.shape == (10, 784) and X_test.shape == (2, 784)
    assert X[1].tobytes() == files["train-images-idx3-ubyte"][16 + 6 * 784 :][:784]
    assert X_test[1].tobytes() == files["t10k-images-idx3-ubyte"][16 + 5 * 784 :][:784]
    assert y.tolist() == list(files["train-labels-idx1-ubyte"][8::6])
    assert y_test.tolist() == list(files["t10k-labels-idx1-ubyte"][8::5])


def test_other_files_are_refused(tmp_path, files):
    folder = put(tmp_path / "mnist", files)
    name = "t10k-labels-idx1-ubyte"
    (folder / name).write_bytes(small_set(seed=1)[name])
    wanted = download.SOURCES["mnist"].files[name][1]
    with pytest.raises(ValueError, match=f"{name}: its SHA-256 is .* that of MNIST is {wanted}"):
        make_digits(folder, tmp_path / "d.npz")
    (folder / name).unlink()
    with pytest.raises(ValueError, match=f"folder: .* does not hold {name}"):
        make_digits(folder, tmp_path / "d.npz")
    assert not (tmp_path / "d.npz").exists()


@pytest.mark.heavy
def test_the_bundled_digits_are_what_it_cuts(tmp_path, mnist_folder):
    make_digits(mnist_folder, tmp_path / "digits.npz")
    assert sums(tmp_path / "digits.npz") == sums(BUNDLED)


def test_the_command_says_how_it_is_used():
    done = subprocess.run(
        [sys.executable, "-m", "tools.make_digits"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "usage: python -m tools.make_digits FOLDER\n"
