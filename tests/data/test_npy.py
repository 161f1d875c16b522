"""Arrays in NumPy's files: whole ones come as NumPy reads them, others take no memory."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fastnet.data.features import read_features
from fastnet.data.npy import Npz, blaming, header
from fastnet.datasets import read

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
        read_features(path)
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


def test_the_file_is_to_blame():
    with pytest.raises(ValueError, match=r"^a: bad \(one\)$"), blaming(Path("a"), "bad ({})"):
        raise RuntimeError("one\ntwo")
    with pytest.raises(ValueError, match=r"^a: MemoryError$"), blaming(b"a", "{}"):
        raise MemoryError
    with pytest.raises(ValueError, match=r"^a: \\x1b\[2Jx{190}\.\.\.$"), blaming("a", "{}"):
        raise OSError("\x1b[2J" + "x" * 1000)
    with pytest.raises(KeyboardInterrupt), blaming("a", "{}"):
        raise KeyboardInterrupt
