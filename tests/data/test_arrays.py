"""Arrays of what users hold: masked ones, those of one dimension, and kinds of values."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from fastnet import train, train_stream
from fastnet.data import labels
from tests.data.words import NAN, WORDS, X, learned
from tests.helpers import samples

# Masked arrays --------------------------------------------------------------------------------


def test_masked_values_are_refused_with_their_number():
    masked = np.ma.array(X, mask=np.zeros(X.shape, bool))
    net = train(masked, WORDS, hidden=(3,), epochs=1)
    assert net.digest() == learned(X, WORDS)[0], "none is masked"
    masked[[2, 2, 7], [0, 1, 1]] = np.ma.masked
    said = "3 masked values in rows 2, 7, wanted none"
    for name, enter in {
        "X": lambda: train(masked, WORDS),
        "X ": lambda: net.predict(masked),
        "X  ": lambda: net.score(masked, WORDS),
        "X   ": lambda: net.partial_fit(masked, WORDS),
        "X    ": lambda: train(list(masked), WORDS),
        "validation_data X": lambda: train(X, WORDS, validation_data=(masked, WORDS)),
        "y": lambda: train(X, masked),
        "y ": lambda: train(X, list(masked)),
    }.items():
        with pytest.raises(ValueError, match=f"^{name.strip()}: {said}"):
            enter()
    for examples, place in (([(masked, WORDS)], 1), (zip(masked, WORDS, strict=True), 3)):
        with pytest.raises(ValueError, match=f"^example {place}: X: [32] masked values in rows"):
            train_stream(examples, hidden=(3,))
    unmasked = [(np.ma.array(x), label) for x, label in zip(X, WORDS, strict=True)]
    plain = train_stream(zip(X, WORDS, strict=True), hidden=(3,))
    assert train_stream(unmasked, hidden=(3,)).digest() == plain.digest()
    for one in (net.predict_one, lambda x: net.learn_one(x, "no")):
        with pytest.raises(ValueError, match=r"^x: 2 masked values in rows 0, 1, wanted none"):
            one(masked[2])
        one(masked[3])
    with pytest.raises(ValueError, match=r"^sample_weight: 1 masked value in row 3, wanted none"):
        train(X, WORDS, sample_weight=np.ma.array(np.ones(12), mask=np.arange(12) == 3))
    with pytest.raises(ValueError, match=r"^y: 1 masked value in row 3, wanted none"):
        train(X, np.ma.array(X[:, 0], mask=np.arange(12) == 3))


# Dimensions and kinds -------------------------------------------------------------------------


def test_a_hint_for_inputs_of_one_dimension():
    one = "one sample: X[None, :]"
    column = "one feature: X[:, None]"
    three, single = (train(samples(4, n), [0, 1] * 2, epochs=0) for n in (3, 1))
    for act, said in [
        (lambda: train(np.ones(4), [0, 1, 0, 1]), f" ({one}; {column})"),
        (lambda: three.predict(np.ones(3)), f" ({one})"),
        (lambda: single.predict(np.ones(3)), f" ({column})"),
        (lambda: single.predict(np.ones(1)), f" ({one}; {column})"),
        (lambda: three.predict(np.ones(5)), ""),
    ]:
        with pytest.raises(ValueError, match=r"^X: shape") as caught:
            act()
        assert str(caught.value).partition(" wanted ")[2] == f"(samples, features){said}"


def test_kinds_are_told_by_types():
    for values, kind in [
        ([1, True, np.uint8(1), np.bool_(1)], "whole numbers"),
        (["a", np.str_("a")], "words"),
        ([b"a", np.bytes_(b"a")], "bytes"),
        ([0.5, np.float16(1), np.longdouble(1), Decimal(1), Fraction(1)], "numbers"),
        ([1j, None, [], np.datetime64("2020"), pd.NA], ""),
    ]:
        for value in values:
            assert labels.type_name(type(value)) == kind
    for value in (None, NAN, pd.NA, pd.NaT, np.ma.masked, np.datetime64("NaT"), np.float32("nan")):
        assert labels.is_missing(value)
    for value in ("", "nan", 0, 0.0, False, np.inf, [], pd.Timestamp("2020")):
        assert not labels.is_missing(value)
