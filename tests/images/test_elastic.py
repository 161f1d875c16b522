"""`Elastic`: its values, its forms, and the arrays that it deforms."""

import copy
import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastnet
from fastnet import Elastic
from fastnet.images import elastic as of_elastic
from fastnet.images.elastic import LIMITS

STILL = Elastic(alpha=0, rotation=0, scaling=0, shear=0)
SMALL = Elastic(alpha=4, sigma=1.5)


def images(n, *shape, seed=0):
    """Random images (n, ...) of uint8, some pixels of which are 0."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, *shape), np.uint8) * (rng.random((n, *shape)) > 0.5)


# Values and forms ------------------------------------------------------------------------------

BAD = {
    "negative": ({"sigma": -1}, "augment sigma: -1, wanted a number in [0, 1000]"),
    "nan": ({"alpha": math.nan}, "augment alpha: nan, wanted a number in [0, 1e+06]"),
    "infinite": ({"shift": math.inf}, "augment shift: inf, wanted a number in [0, 1000]"),
    "text": ({"rotation": "9"}, "augment rotation: '9', wanted a number in [0, 180]"),
    "truth": ({"shear": True}, "augment shear: True, wanted a number in [0, 10]"),
    "scaling": ({"scaling": 1}, "augment scaling: 1, wanted a number in [0, 0.99]"),
    "flip": ({"flip": 1}, "augment flip: 1, wanted True or False"),
    "one side": ({"shape": (28,)}, "augment shape: (28,), wanted (rows, columns)"),
    "a number": ({"shape": 28}, "augment shape: 28, wanted (rows, columns)"),
    "no rows": ({"shape": (0, 28)}, "augment shape: 0, wanted a whole number >= 1"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_value_is_one_line_that_names_it(case):
    values, message = BAD[case]
    for made in (lambda: Elastic(**values), lambda: Elastic.of(values)):
        with pytest.raises((TypeError, ValueError)) as raised:
            made()
        assert str(raised.value).startswith(message)
        assert "\n" not in str(raised.value)


TEXTS = {
    "elastic": Elastic(),
    "affine": Elastic(alpha=0),
    "alpha=30,sigma=5": Elastic(alpha=30, sigma=5),
    " affine , shift = 2 ": Elastic(alpha=0, shift=2),
    "shift=2,affine": Elastic(alpha=0, shift=2),
    "elastic,flip": Elastic(flip=True),
    "flip=no,shape=20x30": Elastic(shape=(20, 30)),
    "affine,alpha=3": Elastic(alpha=3),
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stands_for_parameters(text):
    assert Elastic.of(text) == TEXTS[text]


WRONG = {
    "": "augment: '', wanted elastic, affine or NAME=NUMBER",
    "elastik": "augment: 'elastik', wanted elastic, affine or NAME=NUMBER; did you mean 'elastic'?",
    "sigm=3": "augment: 'sigm' is none of alpha, sigma, rotation, scaling, shear, shift, flip, "
    "shape; did you mean 'sigma'?",
    "sigma=x": "augment sigma: 'x', wanted a number",
    "sigma=": "augment sigma: '', wanted a number",
    "sigma=nan": "augment sigma: nan, wanted a number in [0, 1000]",
    "sigma=1,sigma=2": "augment sigma: it comes twice in 'sigma=1,sigma=2'",
    "affine,shift=2,elastic": "augment: 'affine' and 'elastic', wanted one of them",
    "shape=28": "augment shape: '28', wanted ROWSxCOLUMNS such as 20x30",
    "shape=28x": "augment shape: '28x', wanted ROWSxCOLUMNS such as 20x30",
    "shape=axb": "augment shape: 'axb', wanted ROWSxCOLUMNS such as 20x30",
    "flip=maybe": "augment flip: 'maybe', wanted True or False",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_text_is_one_line(text):
    with pytest.raises((TypeError, ValueError)) as raised:
        Elastic.of(text)
    assert str(raised.value).startswith(WRONG[text])
    assert "\n" not in str(raised.value)


def test_what_is_neither_text_nor_parameters_is_an_error():
    wanted = "wanted an Elastic, a dict or a name"
    cases = {True: ": 'elastic' deforms", False: ": None leaves images as they are", 3: ""}
    for value, cure in cases.items():
        with pytest.raises(TypeError) as raised:
            Elastic.of(value)
        assert str(raised.value) == f"augment: {value!r}, {wanted}{cure}"
    with pytest.raises(TypeError, match=r"^augment: 3 is none of alpha"):
        Elastic.of({3: 4})


numbers = {name: st.floats(low, high) for name, (low, high) in LIMITS.items()}
shapes = st.none() | st.tuples(st.integers(1, 99), st.integers(1, 99))
elastics = st.builds(Elastic, **numbers, flip=st.booleans(), shape=shapes)


@settings(deadline=None)
@given(elastics)
def test_every_form_gives_the_same_elastic_back(elastic):
    through_json = json.loads(json.dumps(elastic.to_dict()))
    text = elastic.to_text()
    for form in (elastic, elastic.to_dict(), through_json, text):
        assert Elastic.of(form) == elastic
    twins = [copy.copy(elastic), copy.deepcopy(elastic), pickle.loads(pickle.dumps(elastic))]
    assert {elastic, *twins, eval(repr(elastic))} == {elastic}
    assert " " not in text


def test_a_text_says_only_what_is_not_so_by_itself():
    texts = ["elastic", "affine", "alpha=30,sigma=5", "affine,shift=0.5,flip,shape=20x30"]
    assert [Elastic.of(text).to_text() for text in texts] == texts
    assert Elastic.of({}) == Elastic()


def test_numbers_of_numpy_are_numbers():
    elastic = Elastic(alpha=np.float32(3), sigma=np.int64(2), flip=np.True_, shape=np.array([2, 3]))
    assert elastic == Elastic(3.0, 2.0, flip=True, shape=(2, 3))
    assert json.dumps(elastic.to_dict())


# Arrays ----------------------------------------------------------------------------------------


def test_nothing_moves_without_moves():
    for shape in ((7, 7), (3, 9), (1, 5), (20, 30)):
        X = images(5, *shape)
        np.testing.assert_array_equal(STILL.deform(X), X)


def test_the_shape_is_that_of_the_array_or_a_square():
    X = images(6, 4, 9)
    deformed = SMALL.deform(X, seed=3)
    assert deformed.shape == X.shape
    assert deformed.dtype == np.uint8
    flat = Elastic(4, 1.5, shape=(4, 9)).deform(X.reshape(6, 36), seed=3)
    np.testing.assert_array_equal(flat.reshape(X.shape), deformed)
    square = SMALL.deform(X.reshape(6, 36), seed=3)  # 6 x 6
    np.testing.assert_array_equal(square, SMALL.deform(X.reshape(6, 6, 6), seed=3).reshape(6, 36))
    assert (square != deformed.reshape(6, 36)).any()
    for axis in (1, 3):  # one colour
        one = SMALL.deform(np.expand_dims(X, axis), seed=3)
        np.testing.assert_array_equal(one.squeeze(axis), deformed)


def test_seeds_epochs_and_places_decide_the_bytes():
    X = np.repeat(images(1, 8, 8), 4, axis=0)
    found = [SMALL.deform(X, seed=s, epoch=e) for s in (0, 1) for e in (1, 2)]
    assert len({image.tobytes() for each in found for image in each}) == 16
    np.testing.assert_array_equal(SMALL.deform(X, seed=1, epoch=2), found[3])
    np.testing.assert_array_equal(SMALL.deform(X[:2], seed=1, epoch=2), found[3][:2])


def test_the_array_is_left_as_it_is_and_may_lie_anyhow(tmp_path):
    X = images(6, 8, 8)
    before, wanted = X.copy(), SMALL.deform(X)
    np.save(tmp_path / "X.npy", X)
    frozen = X.copy()
    frozen.flags.writeable = False
    forms = [
        frozen, np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2], np.pad(X, 1)[1:-1, 1:-1, 1:-1],
        np.load(tmp_path / "X.npy", mmap_mode="r"), X[::-1].copy()[::-1],
    ]  # fmt: skip
    for form in forms:
        np.testing.assert_array_equal(SMALL.deform(form), wanted)
    np.testing.assert_array_equal(X, before)
    assert SMALL.deform(X) is not X


def test_a_flip_mirrors_about_half_of_the_images():
    X = np.repeat(images(1, 5, 7), 40, axis=0)
    found = Elastic(alpha=0, rotation=0, scaling=0, shear=0, flip=True).deform(X)
    mirrored = (found == X[:, :, ::-1]).all(axis=(1, 2))
    assert (mirrored | (found == X).all(axis=(1, 2))).all()
    assert 8 <= mirrored.sum() <= 32  # fair coins leave these bounds once in 10,000


WANTED = "augment wants images of uint8, 0 to 255"
REFUSED = {
    "whole numbers": (np.full((2, 64), 200), f"X: dtype int64, but {WANTED}: X.astype('uint8')"),
    "0 to 1": (np.full((2, 64), 0.5), f"X: dtype float64, but {WANTED}: (X * 255).round()"),
    "0 to 255": (np.full((2, 64), 9.0), f"X: dtype float64, but {WANTED}: X.astype('uint8')"),
    "below 0": (np.full((2, 64), -1.0), f"X: dtype float64, but {WANTED}, these are from -1 to -1"),
    "NaN": (np.full((2, 64), np.nan), f"X: dtype float64, but {WANTED}, these are from nan"),
    "truth": (np.ones((2, 64), bool), f"X: dtype bool, but {WANTED}: X.astype('uint8') * 255"),
    "words": (np.full((2, 64), "a"), f"X: dtype <U1, but {WANTED}"),
    "a number": (200, f"X: dtype int64, but {WANTED}: X.astype('uint8')"),
    "nothing": (None, f"X: dtype object, but {WANTED}"),
    "one row": (np.zeros(64, np.uint8), f"X: shape (64,), but {WANTED}: (n, pixels)"),
    "none": (np.zeros((0, 64), np.uint8), f"X: shape (0, 64), but {WANTED}: (n, pixels)"),
    "no square": (
        np.zeros((2, 60), np.uint8),
        "augment: images of 60 pixels are no squares, wanted (n, rows, columns), or shape",
    ),
    "colours": (
        np.zeros((2, 8, 8, 3), np.uint8),
        "X: shape (2, 8, 8, 3), but augment wants images of one colour: X.mean(axis=3)",
    ),
    "colours first": (
        np.zeros((2, 3, 8, 8), np.uint8),
        "X: shape (2, 3, 8, 8), but augment wants images of one colour: X.mean(axis=1)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_image_is_refused_with_a_cure(case):
    X, message = REFUSED[case]
    with pytest.raises((TypeError, ValueError)) as raised:
        Elastic().deform(X)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_a_cure_cures():
    X = images(3, 8, 8)
    for other in (X / 255, X.astype(float), X.astype(int), X > 0):
        with pytest.raises(TypeError) as raised:
            Elastic().deform(other)
        cured = eval(str(raised.value).rpartition(": ")[2], {"X": other})
        assert cured.dtype == np.uint8
        np.testing.assert_array_equal(cured, np.where(X > 0, 255, 0) if other.dtype == bool else X)


def test_a_shape_that_does_not_fit_is_an_error():
    elastic = Elastic(shape=(4, 9))
    with pytest.raises(ValueError, match=r"^augment: shape \(4, 9\) has 36 pixels, but the images"):
        elastic.deform(images(2, 64))
    with pytest.raises(ValueError, match=r"^augment shape: \(4, 9\), but X has images of \(9, 4\)"):
        elastic.deform(images(2, 9, 4))


def test_seed_and_epoch_are_checked():
    for more in ({"seed": -1}, {"seed": 1.5}, {"epoch": 0}, {"epoch": True}):
        with pytest.raises(ValueError, match=rf"^{next(iter(more))}: .*, wanted a whole number"):
            SMALL.deform(images(2, 8, 8), **more)
    assert SMALL.deform(images(2, 8, 8), seed=2**128 - 1, epoch=2**40).shape == (2, 8, 8)


def test_images_are_deformed_piece_by_piece(monkeypatch):
    X = images(7, 8, 8)
    forms = [X, np.asfortranarray(X)]
    wanted = SMALL.deform(X)
    for pixels in (1, 3 * 64):
        monkeypatch.setattr(of_elastic, "PIECE", pixels)
        for form in forms:
            np.testing.assert_array_equal(SMALL.deform(form), wanted)


def test_large_images_and_large_fields():
    X = images(2, 30, 200)
    for elastic in (Elastic(sigma=40), Elastic(shift=300), Elastic(alpha=1e6, sigma=0)):
        assert elastic.deform(X).shape == X.shape
    assert not Elastic(alpha=0, shift=0, rotation=0).deform(X * 0).any()
    assert fastnet.Elastic is Elastic
