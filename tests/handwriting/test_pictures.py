"""Pictures of every kind that people have: read alike, or refused in one line."""

import struct
import warnings
import zlib
from io import BytesIO, StringIO

import numpy as np
import pytest

from fastnet.handwriting import pictures
from fastnet.handwriting.pictures import taken
from tests.handwriting.helpers import file_of
from tests.helpers import needed

Image = needed("PIL.Image")
GREY = np.add.outer(np.arange(40), 2 * np.arange(60)).astype(np.uint8)  # 0 to 157
GREY[10:20, 5:15] = 255  # in the upper left
L = Image.fromarray(GREY)
RGB = L.convert("RGB")


@pytest.fixture(autouse=True)
def loud():
    """Pillow's warnings are errors here, unless they are kept from people."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


FILES = {
    "png": (file_of(L, "png"), 0),
    "png of 16 bits": (file_of(Image.fromarray(GREY.astype(np.uint16) * 257), "png"), 0),
    "tiff of 32 bits": (file_of(Image.fromarray(GREY.astype(np.int32) * 257), "tiff"), 0),
    "tiff of floats": (file_of(Image.fromarray(GREY / np.float32(255)), "tiff"), 0),
    "palette": (file_of(L.convert("P"), "png"), 0),
    "gif": (file_of(L, "gif"), 0),
    "bmp": (file_of(RGB, "bmp"), 0.5),
    "webp": (file_of(RGB, "webp", lossless=True), 0.5),
    "jpeg": (file_of(RGB, "jpeg", quality=95), 25),
    "cmyk": (file_of(RGB.convert("CMYK"), "jpeg", quality=95), 25),
}


@pytest.mark.parametrize("name", FILES)
def test_files_have_the_same_grey(name):
    data, off = FILES[name]
    picture = taken(data)
    assert picture.size == (60, 40)
    assert picture.factor == 1
    assert picture.notes == []
    assert np.abs(picture.grey - GREY).max() <= off + 1e-3


@pytest.mark.parametrize("format", ["png", "tiff"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photograph_stands_as_the_camera_was_held(turn, format):
    """Exif says by which turn the pixels become upright; Pillow's own is the judge."""
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = turn
    data = file_of(RGB, format, exif=exif)
    loaded = Image.open(BytesIO(data))
    loaded.load()  # which turns a TIFF
    upright = np.asarray(ImageOps.exif_transpose(loaded).convert("L"))
    for given in (data, Image.open(BytesIO(data)), loaded):
        picture = taken(given)
        assert picture.size == upright.shape[::-1]
        np.testing.assert_allclose(picture.grey, upright, atol=0.5)


def test_a_damaged_png_is_refused():
    """Its checksums tell; what was decoded before the damage is not read."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 90), np.uint8))
    data, rng = file_of(noise, "png"), np.random.default_rng(1)
    for place in rng.integers(50, len(data) - 20, 30):
        damaged = bytearray(data)
        damaged[place] ^= 255
        for given in (bytes(damaged), Image.open(BytesIO(bytes(damaged)))):
            with pytest.raises(ValueError, match=r"^image: a broken picture: "):
                taken(given)


def test_an_unusual_range_is_not_called_broken(tmp_path):
    path = tmp_path / "depths.tif"
    Image.fromarray(np.full((9, 9), -5, np.float32)).save(path)
    with pytest.raises(ValueError) as caught:
        taken(path)
    assert str(caught.value) == f"{path}: values from -5 to -5, wanted 0 to 1, 255 or 65535"


def test_a_transparent_corner_is_paper():
    corner = np.dstack([GREY] * 3 + [np.full_like(GREY, 255)])
    corner[:9, :9, 3] = 0
    assert taken(corner).grey[4, 4] == np.median(GREY[corner[:, :, 3] > 0])


def test_ink_on_nothing_lies_on_what_is_further_from_it():
    for value, paper in ((0, 255), (255, 0)):
        ink = np.zeros((30, 30, 4), np.uint8)
        ink[10:20, 14:17] = (value, value, value, 255)
        grey = taken(ink).grey
        assert grey[0, 0] == paper and grey[15, 15] == value


ARRAYS = {
    "uint8": GREY,
    "floats to 1": GREY / 255,
    "floats to 255": GREY.astype(float),
    "uint16": GREY.astype(np.uint16) * 257,
    "int64": GREY.astype(int),
    "one channel": GREY[:, :, None],
    "three": np.dstack([GREY] * 3),
    "solid": np.dstack([GREY] * 3 + [np.full_like(GREY, 255)]),
    "Fortran": np.asfortranarray(GREY),
    "reversed": GREY[:, ::-1][:, ::-1],
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_have_the_same_grey(name):
    np.testing.assert_allclose(taken(ARRAYS[name]).grey, GREY, atol=1e-3)


def test_truth_is_white():
    assert set(np.unique(taken(GREY > 100).grey)) == {0, 255}


def test_large_pictures_shrink_by_means_also_strip_by_strip(monkeypatch):
    monkeypatch.setattr(pictures, "ENOUGH", 600)
    whole = taken(GREY)
    assert whole.factor == 2 and whole.grey.shape == (20, 30) and whole.size == (60, 40)
    monkeypatch.setattr(pictures, "STRIP", 200)
    means = GREY.reshape(20, 2, 30, 2).mean(axis=(1, 3))
    for image in (GREY, L, file_of(L, "png"), file_of(L.convert("P"), "png")):
        np.testing.assert_allclose(taken(image).grey, means, atol=1e-3)
    odd = taken(GREY[:39, :59])
    assert odd.grey.shape == (20, 30)
    np.testing.assert_allclose(odd.grey[-1, -1], GREY[38, 58], atol=1e-3)


def test_a_large_jpeg_is_decoded_small():
    large = RGB.resize((6000, 4000))
    picture = taken(file_of(large, "jpeg"))
    assert picture.size == (6000, 4000)
    assert picture.grey.shape == (4000 // picture.factor, 6000 // picture.factor)
    assert picture.grey.size <= pictures.ENOUGH


def test_the_first_picture_of_several_is_taken_and_that_is_said():
    for format in ("gif", "tiff"):
        data = file_of(L, format, save_all=True, append_images=[L.rotate(180)])
        picture = taken(data)
        assert picture.notes == ["only the first picture of several"]
        np.testing.assert_allclose(picture.grey, GREY, atol=1e-3)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width, height):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(bytes(9999))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


PNG, JPEG = FILES["png"][0], FILES["jpeg"][0]
BAD = {
    "empty": (b"", "image: empty, wanted a picture such as PNG or JPEG"),
    "a text": (b"hello\n" * 9, "image: no picture, wanted"),
    "a PDF": (b"%PDF-1.7\n" + bytes(99), "image: a PDF, wanted"),
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(99), "image: HEIC, wanted"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "image: no picture"),
    "half a PNG": (PNG[: len(PNG) // 2], "image: a broken picture: "),
    "half a JPEG": (JPEG[: len(JPEG) // 2], "image: a broken picture: "),
    "a bomb": (bomb(50_000, 50_000), "wanted at most 128 million"),
    "a large one": (bomb(15_000, 9_000), "135 million, wanted at most 128 million"),
    "no pixels": (np.zeros((0, 5)), "image: 5 x 0 pixels, wanted some"),
    "a row": (np.zeros(784), r"image: shape \(784,\), wanted"),
    "NaN": (np.full((5, 5), np.nan), "image: values from nan to nan, wanted 0 to 1"),
    "below 0": (-np.ones((5, 5)), "image: values from -1 to -1, wanted"),
    "words": (np.array([["a"]]), "image: an array of <U1, wanted numbers"),
    "nothing": (None, "image: None, wanted a path"),
    "an address": ("https://a.b/c.png", "https://a.b/c.png: an address, wanted a file"),
    "a file of text": (StringIO("hello"), "image: a file opened as text, wanted one"),
    "a folder": (".", "a folder, wanted a picture"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_refused_in_one_line(name):
    image, told = BAD[name]
    with pytest.raises((ValueError, TypeError), match=told) as caught:
        taken(image)
    assert "\n" not in str(caught.value)


class Pipe:
    """A file that can only be read."""

    def __init__(self, data):
        self.file = BytesIO(data)

    def read(self, n=-1):
        return self.file.read(n)


def test_a_file_that_can_only_be_read_is_a_picture_or_refused():
    np.testing.assert_allclose(taken(Pipe(PNG)).grey, GREY, atol=1e-3)
    with pytest.raises(ValueError, match="image: a PDF, wanted"):
        taken(Pipe(BAD["a PDF"][0]))


def test_a_file_that_is_not_there():
    with pytest.raises(FileNotFoundError):
        taken("nothing.png")


def test_damaged_files_are_read_or_refused_in_one_line():
    rng = np.random.default_rng(0)
    for data, _ in FILES.values():
        for _ in range(15):
            damaged = bytearray(data)
            for place in rng.integers(0, len(data), 8):
                damaged[place] = rng.integers(256)
            try:
                assert taken(bytes(damaged)).grey.ndim == 2
            except ValueError as error:
                assert str(error).startswith("image: ") and "\n" not in str(error)
