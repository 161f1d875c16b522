"""Samples without labels: every format gives the same numbers, nothing else is taken for them."""

import gzip

import numpy as np
import pytest

from fastnet.datasets.features import read_features
from tests.datasets.helpers import idx_bytes

X = np.array([[0.5, -1.0, 1e-300], [3.0, 1 / 3, 255.0]])
PIXELS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) * 10


def written(path, header=""):
    if path.suffix == ".npz":
        np.savez(path, X=X)
    elif path.suffix == ".npy":
        np.save(path, X)
    else:
        path.write_text(header + "".join(",".join(map(repr, row)) + "\n" for row in X.tolist()))
    return path


@pytest.mark.parametrize("ending", ["npz", "npy", "csv"])
def test_numbers_come_back_exactly(tmp_path, ending):
    got = read_features(written(tmp_path / f"X.{ending}"))
    assert got.dtype == np.float64 and np.array_equal(got, X)


def test_a_line_of_names_is_passed_over(tmp_path):
    assert np.array_equal(read_features(written(tmp_path / "X.csv", "a,b,c\n")), X)


@pytest.mark.parametrize("line", ["1,2,3\n", "1,2,3"])
def test_one_line_is_one_sample(tmp_path, line):
    (tmp_path / "X.csv").write_text(line)
    assert read_features(tmp_path / "X.csv").tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_images_are_flattened(tmp_path, pack):
    (tmp_path / "images").write_bytes(pack(idx_bytes(PIXELS)))
    got = read_features(tmp_path / "images")
    assert got.dtype == np.uint8 and np.array_equal(got, PIXELS.reshape(2, 12))


def test_pixels_in_a_csv_are_those_of_the_images(tmp_path):
    np.savetxt(tmp_path / "X.csv", PIXELS.reshape(2, 12), delimiter=",", fmt="%d")
    got = read_features(tmp_path / "X.csv", pixels=True)
    assert got.dtype == np.uint8 and np.array_equal(got, PIXELS.reshape(2, 12))


@pytest.mark.parametrize("value", ["256", "-1", "0.5", "nan", "inf"])
def test_what_is_no_pixel(tmp_path, value):
    (tmp_path / "X.csv").write_text(f"1,2,{value}\n")
    with pytest.raises(ValueError, match=r"X\.csv: pixels are whole numbers from 0 to 255"):
        read_features(tmp_path / "X.csv", pixels=True)
