"""IDX files and folders of them: what was written comes back, and nothing else passes."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from fastnet.sources.idx import read_idx
from fastnet.sources.readers import read
from tests.datasets.helpers import idx_bytes, small_set
from tests.sources.helpers import read_samples

ARRAYS = arrays(np.uint8, array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=6))
# the folder is the same in each example: the file in it is written anew
IN_ONE_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
SMALL = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def pack(data: bytes, packed: bool) -> bytes:
    return gzip.compress(data, mtime=0) if packed else data


def same(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b)


@IN_ONE_FOLDER
@given(array=ARRAYS, packed=st.booleans())
def test_round_trip(tmp_path, array, packed):
    path = tmp_path / "idx"
    path.write_bytes(pack(idx_bytes(array), packed))
    assert same(read_idx(path, array.ndim), array)


def is_memory_map(array):
    while array is not None:
        if isinstance(array, np.memmap):
            return True
        array = getattr(array, "base", None)
    return False


def test_a_raw_file_is_mapped_and_read_only(tmp_path):
    (tmp_path / "raw").write_bytes(idx_bytes(SMALL))
    (tmp_path / "packed").write_bytes(gzip.compress(idx_bytes(SMALL)))
    raw, packed = read_idx(tmp_path / "raw", 3), read_idx(str(tmp_path / "packed"), 3)
    assert is_memory_map(raw) and not is_memory_map(packed)
    assert type(raw) is np.ndarray
    with pytest.raises(ValueError, match="read-only"):
        raw[0] = 0


@pytest.mark.parametrize("packed", [False, True])
def test_each_file_cut_short_is_refused(tmp_path, packed):
    path = tmp_path / "idx"
    whole = pack(idx_bytes(SMALL), packed)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError) as caught:
            read_idx(path, 3)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("packed", [False, True])
def test_bytes_after_the_end_are_refused(tmp_path, packed):
    path = tmp_path / "idx"
    path.write_bytes(pack(idx_bytes(SMALL) + b"\0", packed))
    came = "more than 24" if packed else "25"
    with pytest.raises(ValueError, match=f"idx: {came} bytes of data came, 24 were wanted"):
        read_idx(path, 3)


@IN_ONE_FOLDER
@given(place=st.integers(0, 63), flip=st.integers(1, 255))
@example(place=3, flip=4)  # the gzip header says that a field follows
def test_a_damaged_gzip_file_is_refused_or_holds_the_same(tmp_path, place, flip):
    path = tmp_path / "idx"
    data = bytearray(pack(idx_bytes(SMALL), True))
    data[place % len(data)] ^= flip
    path.write_bytes(data)
    try:
        array = read_idx(path, 3)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")
    else:
        assert same(array, SMALL)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "begins with nothing; .* begins with 00 00 08 03"),
        (b"\x80\x04K\x01.", "begins with 80 04 4b 01"),
        (idx_bytes(SMALL[0]), "begins with 00 00 08 02"),
        (b"\0\0\x0d\3" + idx_bytes(SMALL)[4:], "begins with 00 00 0d 03"),
        (idx_bytes(SMALL)[:10], "10 bytes came, the header has 16"),
        (idx_bytes(SMALL)[:-1], "23 bytes of data came, 24 were wanted for 2 x 3 x 4"),
        (b"\0\0\x08\3" + b"\xff" * 12, "0 bytes of data came, 7922"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_came_and_what_was_wanted(tmp_path, data, message, packed):
    path = tmp_path / "idx"
    path.write_bytes(pack(data, packed))
    with pytest.raises(ValueError, match=message):
        read_idx(path, 3)


def test_a_header_that_lies_takes_no_memory(tmp_path):
    """A terabyte is claimed in a file of 100 kB: refused, not allocated."""
    path = tmp_path / "idx"
    header = b"\0\0\x08\3" + struct.pack(">3I", 1 << 20, 1 << 10, 1 << 10)
    path.write_bytes(gzip.compress(header + bytes(100_000)))
    with pytest.raises(ValueError, match=f"100000 bytes of data came, {1 << 40} were wanted"):
        read_idx(path, 3)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no-such-file"):
        read_idx(tmp_path / "no-such-file", 3)


def test_the_real_images(mnist_folder):
    images = read_idx(mnist_folder / "t10k-images-idx3-ubyte.gz", 3)
    labels = read_idx(mnist_folder / "t10k-labels-idx1-ubyte.gz", 1)
    assert images.shape == (10_000, 28, 28)
    assert labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_images_are_flattened(tmp_path, pack):
    (tmp_path / "images").write_bytes(pack(idx_bytes(SMALL)))
    got = read_samples(tmp_path / "images")
    assert got.dtype == np.uint8 and np.array_equal(got, SMALL.reshape(2, 12))


def test_no_images_and_no_pixels(tmp_path):
    for shape in ((0, 2, 3), (2, 0, 3)):
        (tmp_path / "images").write_bytes(idx_bytes(np.zeros(shape, np.uint8)))
        assert read_samples(tmp_path / "images").shape == (shape[0], shape[1] * shape[2])


def write_idx(folder, files, *, dotted=False, packed=False):
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        name = name.replace("-idx", ".idx") if dotted else name
        data = gzip.compress(data) if packed else data
        (folder / (name + ".gz" * packed)).write_bytes(data)
    return folder


class TestIdxFolder:
    @pytest.mark.parametrize("dotted", [False, True])
    @pytest.mark.parametrize("packed", [False, True])
    def test_the_usual_names(self, tmp_path, dotted, packed):
        files = small_set(n=6, n_test=2, side=4)
        (X, y), (X_test, y_test) = read(
            str(write_idx(tmp_path / "d", files, dotted=dotted, packed=packed))
        )
        assert X.shape == (6, 16) and X_test.shape == (2, 16)
        assert X.dtype == np.uint8 and y.dtype == y_test.dtype == np.int64
        assert X.tobytes() == files["train-images-idx3-ubyte"][16:]
        assert X_test.tobytes() == files["t10k-images-idx3-ubyte"][16:]
        assert y.tolist() == list(files["train-labels-idx1-ubyte"][8:])
        assert y_test.tolist() == list(files["t10k-labels-idx1-ubyte"][8:])

    def test_raw_files_are_not_copied(self, tmp_path):
        (X, _), _ = read(write_idx(tmp_path / "d", small_set(n=6, side=4)))
        assert not X.flags.writeable and not X.flags.owndata

    @pytest.mark.parametrize("part", ["train", "t10k"])
    def test_one_part_is_enough(self, tmp_path, part):
        files = {name: data for name, data in small_set().items() if name.startswith(part)}
        parts = read(write_idx(tmp_path / "d", files))
        here, missing = parts if part == "train" else parts[::-1]
        assert here[0] is not None and here[1] is not None
        assert missing == (None, None)

    def test_errors(self, tmp_path):
        folder = tmp_path / "d"
        folder.mkdir()
        with pytest.raises(ValueError, match="d: no IDX files in this folder; wanted train-images"):
            read(folder)
        (folder / "train-labels.idx1-ubyte").write_bytes(idx_bytes(np.zeros(4, np.uint8)))
        with pytest.raises(
            ValueError, match=r"labels-\S+ is there, but train-images-\S+ is missing"
        ):
            read(folder)
        write_idx(folder, {"train-images-idx3-ubyte": idx_bytes(np.zeros((5, 2, 2), np.uint8))})
        with pytest.raises(
            ValueError, match=r"labels-\S+ has 4 labels, train-images-\S+ has 5 rows"
        ):
            read(folder)
        (folder / "train-labels.idx1-ubyte").unlink()
        with pytest.raises(
            ValueError, match=r"images-\S+ is there, but train-labels-\S+ is missing"
        ):
            read(folder)
        (X, y), _ = read(folder, labels=False)
        assert X.shape == (5, 4) and y is None

    def test_parts_of_different_width(self, tmp_path):
        files = small_set(side=4)
        files["t10k-images-idx3-ubyte"] = idx_bytes(np.zeros((10, 4, 5), np.uint8))
        with pytest.raises(ValueError, match="test data has 20 features, the training data 16"):
            read(write_idx(tmp_path / "d", files))


def test_the_real_files(mnist_folder):
    (X, y), (X_test, y_test) = read(mnist_folder)
    assert X.shape == (60_000, 784) and X_test.shape == (10_000, 784)
    assert np.bincount(y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
