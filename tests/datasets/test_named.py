"""load: where each data set is found, in which order, and what it is."""

import hashlib
from importlib import resources

import numpy as np
import pytest

from fastnet.datasets import NAMES, FetchError, download, load
from fastnet.datasets.named import BUNDLED
from tests.datasets.helpers import small_set, source_of


def put(folder, files):
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def first_image(data):
    (X, _), _ = data
    return X[0].tobytes()


def first_image_of(files):
    return files["train-images-idx3-ubyte"][16 : 16 + 784]


class TestDigits:
    def test_shapes_types_and_values(self):
        (X, y), (X_test, y_test) = load("digits")
        assert X.shape == (10_000, 784) and X_test.shape == (2_000, 784)
        assert y.shape == (10_000,) and y_test.shape == (2_000,)
        assert X.dtype == X_test.dtype == np.uint8
        assert y.dtype == y_test.dtype == np.int64
        assert X.flags.c_contiguous and X_test.flags.c_contiguous
        assert (X.min(), X.max()) == (0, 255)
        assert np.bincount(y).tolist() == [941, 1132, 1032, 1022, 958, 925, 997, 1026, 978, 989]
        assert np.bincount(y_test).tolist() == [189, 222, 212, 242, 196, 186, 158, 215, 193, 187]

    def test_images_and_labels_belong_together(self):
        """The mean of each class's training images recognises most of the test images."""
        (X, y), (X_test, y_test) = load("digits")
        means = np.stack([X[y == digit].mean(axis=0) for digit in range(10)])
        distances = (means**2).sum(axis=1) - X_test @ (2 * means.T)
        assert (distances.argmin(axis=1) == y_test).mean() > 0.75

    def test_it_is_the_default_and_needs_no_folder(self, cache):
        assert first_image(load()) == first_image(load("digits"))
        assert not cache.exists()

    def test_size_and_attribution(self):
        assert BUNDLED.stat().st_size < 3 * 2**20
        text = (resources.files("fastnet.datasets") / "digits.txt").read_text(encoding="utf-8")
        for said in (text, load.__doc__):
            assert "Yann LeCun and Corinna Cortes" in said and "CC BY-SA 3.0" in said

    def test_they_are_every_sixth_and_every_fifth_of_mnist(self, mnist_folder, monkeypatch):
        monkeypatch.setenv("FASTNET_DATA", str(mnist_folder.parent))
        for digits, mnist, step in zip(load("digits"), load("mnist"), (6, 5), strict=True):
            for few, many in zip(digits, mnist, strict=True):
                np.testing.assert_array_equal(few, many[::step])


class TestPlaces:
    @pytest.fixture
    def sets(self):
        return [small_set(seed=seed) for seed in range(3)]

    def test_fastnet_data_comes_first_then_the_cache(self, tmp_path, cache, sets, monkeypatch):
        put(cache / "mnist", sets[0])
        assert first_image(load("mnist")) == first_image_of(sets[0])
        put(tmp_path / "data" / "mnist", sets[1])
        monkeypatch.setenv("FASTNET_DATA", str(tmp_path / "data"))
        assert first_image(load("mnist")) == first_image_of(sets[1])
        (tmp_path / "data" / "mnist" / "t10k-labels-idx1-ubyte").unlink()  # one file is missing
        assert first_image(load("mnist")) == first_image_of(sets[0])

    def test_debian_comes_last_and_for_fashion_only(
        self, tmp_path, cache, sets, mirror, monkeypatch
    ):
        monkeypatch.setattr("fastnet.datasets.named.DEBIAN", tmp_path / "debian")
        put(tmp_path / "debian" / "fashion-mnist", sets[0])
        put(tmp_path / "debian" / "mnist", sets[0])
        assert first_image(load("fashion-mnist")) == first_image_of(sets[0])
        monkeypatch.setitem(download.SOURCES, "mnist", source_of(sets[0], mirror.url))
        with pytest.raises(FetchError, match="404"):
            load("mnist")
        put(cache / "fashion-mnist", sets[1])
        assert first_image(load("fashion-mnist")) == first_image_of(sets[1])

    @pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
    def test_else_it_is_downloaded_and_that_is_said(
        self, name, cache, sets, mirror, monkeypatch, capfd
    ):
        mirror.offer(sets[0])
        monkeypatch.setitem(download.SOURCES, name, source_of(sets[0], mirror.url))
        (X, y), (X_test, y_test) = load(name)
        assert X.shape == (60, 784) and X_test.shape == (10, 784)
        assert y.dtype == y_test.dtype == np.int64
        assert capfd.readouterr() == ("", f"fastnet: downloading {name} to {cache / name}\n")
        assert first_image(load(name)) == first_image_of(sets[0])
        assert capfd.readouterr() == ("", "")
        assert len(mirror.asked) == 4


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("minst", "; did you mean 'mnist'?"),
        ("fashion_mnist", "; did you mean 'fashion-mnist'?"),
        ("Digits", "; did you mean 'digits'?"),
        ("xyz", ""),
        (3, ""),
        (None, ""),
    ],
)
def test_an_unknown_name(name, hint):
    with pytest.raises(ValueError) as caught:
        load(name)
    wanted = "digits, mnist, fashion-mnist"
    assert str(caught.value) == f"name: {name!r} is not a data set, wanted {wanted}{hint}"
    assert tuple(wanted.split(", ")) == NAMES


def test_the_real_mnist(mnist_folder, monkeypatch):
    monkeypatch.setenv("FASTNET_DATA", str(mnist_folder.parent))
    (X, y), (X_test, y_test) = load("mnist")
    assert X.shape == (60_000, 784) and X_test.shape == (10_000, 784)
    assert y.shape == (60_000,) and y_test.shape == (10_000,)
    sums = download.SOURCES["mnist"].files
    header = bytes.fromhex("00000803 0000ea60 0000001c 0000001c")
    assert hashlib.sha256(header + X.tobytes()).hexdigest() == sums["train-images-idx3-ubyte"][1]
