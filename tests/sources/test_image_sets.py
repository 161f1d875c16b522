"""Image sets under the names that MNIST, EMNIST, KMNIST and QMNIST have."""

import gzip
import struct

import numpy as np
import pytest

from fastnet.datasets import read
from tests.datasets.helpers import idx_bytes

RNG = np.random.default_rng(0)
X, X_TEST = (RNG.integers(0, 256, (n, 4, 4), np.uint8) for n in (7, 3))
Y, Y_TEST = (RNG.integers(1, 27, n).astype("u1") for n in (7, 3))


def write(folder, prefix, ending=".gz", test="test"):
    """The four files of a set."""
    for part, images, labels in (("train", X, Y), (test, X_TEST, Y_TEST)):
        for name, array in (("images-idx3-ubyte", images), ("labels-idx1-ubyte", labels)):
            data = idx_bytes(array)
            data = gzip.compress(data) if ending else data
            (folder / f"{prefix}{part}-{name}{ending}").write_bytes(data)


def check(parts):
    (X_, y), (X_test, y_test) = parts
    assert X_.dtype == np.uint8 and np.array_equal(X_, X.reshape(7, 16))
    assert y.dtype == y_test.dtype == np.int64
    assert y.tolist() == Y.tolist() and y_test.tolist() == Y_TEST.tolist()
    assert np.array_equal(X_test, X_TEST.reshape(3, 16))


@pytest.mark.parametrize("prefix", ["", "emnist-letters-", "qmnist-", "kmnist-"])
@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("test", ["t10k", "test"])
def test_a_folder_of_one_set(tmp_path, prefix, ending, test):
    write(tmp_path, prefix, ending, test)
    check(read(tmp_path))


def test_of_several_sets_the_name_is_wanted(tmp_path):
    write(tmp_path, "emnist-letters-")
    write(tmp_path, "emnist-balanced-", "")
    said = r"2 data sets \(emnist-balanced, emnist-letters\), wanted the name of one: .*/emnist-bal"
    with pytest.raises(ValueError, match=said):
        read(tmp_path)
    check(read(tmp_path / "emnist-letters"))
    check(read(str(tmp_path / "emnist-balanced")))
    with pytest.raises(FileNotFoundError, match="emnist-digits"):
        read(tmp_path / "emnist-digits")
    write(tmp_path, "", test="t10k")
    check(read(tmp_path))  # MNIST's own names


def test_the_labels_of_qmnist_are_rows_of_whole_numbers(tmp_path):
    write(tmp_path, "qmnist-")
    for part, labels in (("train", Y), ("test", Y_TEST)):
        rows = np.zeros((len(labels), 8), ">i4")
        rows[:, 0], rows[:, 1:] = labels, 1 << 20
        data = b"\0\0\x0c\2" + struct.pack(">2I", *rows.shape) + rows.tobytes()
        (tmp_path / f"qmnist-{part}-labels-idx1-ubyte.gz").unlink()
        (tmp_path / f"qmnist-{part}-labels-idx2-int").write_bytes(data)
    check(read(tmp_path))
    (tmp_path / "qmnist-train-labels-idx2-int").write_bytes(data[:-1])
    with pytest.raises(ValueError, match=r"idx2-int: 95 bytes of data came, 96 were wanted for 3"):
        read(tmp_path)


def test_kmnist_in_npz(tmp_path):
    for part, images, labels in (("train", X, Y), ("test", X_TEST, Y_TEST)):
        np.savez_compressed(tmp_path / f"kmnist-{part}-imgs.npz", images)
        np.savez_compressed(tmp_path / f"kmnist-{part}-labels.npz", labels)
    check(read(tmp_path))
    (tmp_path / "kmnist-test-labels.npz").unlink()
    with pytest.raises(ValueError, match=r"kmnist-test-imgs.npz is there, but kmnist-test-labels"):
        read(tmp_path)
    (tmp_path / "kmnist-test-imgs.npz").unlink()
    assert read(tmp_path)[1] == (None, None)
    for bad in ({"a": Y, "b": Y}, {"a": X}, {"a": Y / 2}):
        np.savez(tmp_path / "kmnist-train-labels.npz", **bad)
        with pytest.raises(ValueError, match=r"kmnist-train-labels.npz: not readable .* wanted"):
            read(tmp_path)


def test_labels_alone_name_the_images(tmp_path):
    write(tmp_path, "emnist-letters-")
    (tmp_path / "emnist-letters-train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(ValueError, match="but emnist-letters-train-images-idx3-ubyte is missing"):
        read(tmp_path)
