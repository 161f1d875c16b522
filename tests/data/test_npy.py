"""Arrays in NumPy's files: whole ones come as NumPy reads them, others take no memory."""

import io
import random
import tracemalloc
import zipfile

import numpy as np
import pytest

from fastnet.data.npy import Growing, Npz, header
from fastnet.datasets import read
from tests.sources.helpers import read_samples

ARRAYS = {
    "f8": np.linspace(0, 1, 12).reshape(3, 4),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big": np.arange(5, dtype=">i4"),
    "scalar": np.float32(3),
    "words": np.array(["a", "né", ""]),
    "empty": np.zeros((0, 7), np.uint8),
    "deep": np.zeros((1, 2, 1, 2), bool),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_as_numpy_reads_them(save, tmp_path):
    save(tmp_path / "a.npz", **ARRAYS)
    with open(tmp_path / "a.npz", "rb") as file:
        npz = Npz(file)
        assert npz.names == [*ARRAYS] and npz.packed is (save is np.savez_compressed)
        for name, array in ARRAYS.items():
            came = npz[name]
            assert (came.dtype, came.shape) == (array.dtype, array.shape)
            assert np.array_equal(came, array)


@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_headers(version):
    file = io.BytesIO()
    np.lib.format.write_array(file, ARRAYS["fortran"], version)
    size = file.tell()
    file.seek(0)
    assert header(file, size) == ((2, 3), True, np.dtype("f8"))
    assert np.frombuffer(file.read()).tolist() == [0, 3, 1, 4, 2, 5]
    for other in (size - 1, size + 1, size + 48, 0):
        file.seek(0)
        with pytest.raises(ValueError, match=r"bytes, wanted 48 for float64 \(2, 3\)"):
            header(file, other)


def lie(shape: str, method: int, data: bytes) -> bytes:
    """A .npz whose X says that it has this shape."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text = text.ljust(117) + b"\n"
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("X.npy", array)
        archive.writestr("notes.npy", bytes(1 << 26))  # which nobody asked for
    return file.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
@pytest.mark.parametrize(
    "shape", ["(1000000000, 1000)", "(33554432, 33554432)", "(-1, 5)", "(3,)", "(2, 3.0)", "5"]
)
def test_data_that_promise_more_than_there_is(tmp_path, shape, method):
    path = tmp_path / "d.npz"
    path.write_bytes(lie(shape, method, bytes(1000)))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"d\.npz: not readable as \.npz: ") as error:
        read_samples(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()
    assert str(error.value).isprintable()


def test_data_that_pack_well_are_read(tmp_path):
    """A thousand to one: what a table of few ones may be."""
    X, y = np.zeros((20_000, 1000), np.uint8), np.arange(20_000) % 2
    np.savez_compressed(tmp_path / "d.npz", X=X, y=y)
    assert (tmp_path / "d.npz").stat().st_size < X.nbytes / 100
    tracemalloc.start()
    (came, _), _ = read(tmp_path / "d.npz")
    assert tracemalloc.get_traced_memory()[1] < 1.2 * X.nbytes
    tracemalloc.stop()
    assert came.shape == X.shape and not came.any()


# Damaged .npy files ----------------------------------------------------------------------------


def npy(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


WHOLE = npy(np.array([[0.5, -1.0, 1e-300], [3.0, 1 / 3, 255.0]]))


@pytest.mark.parametrize(
    "contents",
    [
        b"", b"hello", b"\x93NUMPY", WHOLE[:40], WHOLE[:-1], WHOLE + b"\0",
        WHOLE.replace(b"(2, 3), }   ", b"(9, 9999), }"), WHOLE.replace(b"(2, 3)", b"(-2,3)"),
        WHOLE.replace(b"'<f8'", b"'<f)'"), WHOLE.replace(b"{'descr'", b"{'''scr'"),
        WHOLE.replace(b"False", b"((((("), WHOLE.replace(b"(2, 3)", b"(1e9,)"),
        WHOLE.replace(b"\x93NUMPY\x01", b"\x93NUMPY\x07"),
        npy(np.array([{}, []], object)),
        b"\x93NUMPY\x01\0" + (5000).to_bytes(2, "little") + b"(" * 5000,
        b"\x93NUMPY\x01\0" + (5000).to_bytes(2, "little") + b"-" * 5000,
        b"\x93NUMPY\x02\0" + (1 << 30).to_bytes(4, "little") + b"{'descr': '<f8'",
    ],
)  # fmt: skip
def test_a_npy_file_that_is_none(tmp_path, contents):
    path = tmp_path / "X.npy"
    path.write_bytes(contents)
    assert contents != WHOLE
    with pytest.raises(ValueError, match=r"X\.npy: not readable as \.npy: \S") as error:
        read_samples(path)
    assert str(error.value).startswith(f"{path}: ") and str(error.value).isprintable()


@pytest.mark.heavy
def test_mutated_npy_files_are_refused_or_are_arrays(tmp_path):
    chance, path, refused = random.Random(0), tmp_path / "X.npy", 0
    for _ in range(3000):
        changed = bytearray(WHOLE)
        for _ in range(chance.choice([1, 1, 2, 8])):
            changed[chance.randrange(128)] = chance.choice([chance.randrange(256), *b"(){}[]',:9"])
        path.write_bytes(changed)
        try:
            assert isinstance(read_samples(path), np.ndarray)
        except ValueError as error:
            assert str(error).startswith(f"{path}: ") and str(error).isprintable()
            refused += 1
    assert refused > 1500


def test_a_missing_npy_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"X\.npy"):
        read_samples(tmp_path / "X.npy")


@pytest.mark.parametrize(
    "rows",
    [np.arange(6.0), np.arange(12, dtype="i4").reshape(4, 3), np.array(["a", "é", "abc"]),
     np.zeros((0, 5), "f4"), np.arange(8, dtype="u1").reshape(2, 2, 2)],
)  # fmt: skip
def test_a_file_that_grows_is_numpys(tmp_path, rows):
    with open(tmp_path / "X.npy", "wb") as file:
        growing = Growing(file, rows.dtype, rows.shape[1:])
        for start in range(0, len(rows), 2):
            growing.add(rows[start : start + 2][:, ...])
        growing.finish()
    came = np.load(tmp_path / "X.npy", allow_pickle=False)
    assert came.dtype == rows.dtype and came.shape == rows.shape and (came == rows).all()
    size = (tmp_path / "X.npy").stat().st_size
    with open(tmp_path / "X.npy", "rb") as file:
        assert header(file, size)[0] == rows.shape and file.tell() % 64 == 0  # so maps are aligned
