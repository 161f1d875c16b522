"""The forms of single words."""

import math

import numpy as np
import pytest

from fastnet.tables import forms

OF = {
    forms.GONE: ["", "NA", "?", "nan", "None", "#N/A"],
    forms.NUMBER: ["0", "-1", "+1.5", ".5", "5.", "1e5", "-2.5E-3", "00.5", "inf", "-Infinity"],
    forms.PRICED: ["$5", "1,234", "$1,234.56", "-$3", "90%", "12.5 %", "€ 7", "7 €", "1,234,567"],
    forms.FLAG: ["true", "False", "TRUE"],
    forms.TIME: [
        "2024-02-29", "2024-12-31 23:59", "2024-12-31T23:59:58.25", "2024-12-31T23:59Z",
        "2024-12-31 23:59+01:00", "2024-12-31T23:59-0130",
    ],
    forms.CLOCK: ["0:00", "23:59", "12:30:15", "12:30:15.5"],
    forms.DAY: ["31/12/2024", "12/31/2024", "1.2.2024", "05-06-2024 12:30"],
    forms.CODE: ["007", "00", "-01"],
    forms.LIKE: ["<5", ">10", "1_000", "1,23", "(500)", "1 000", "~3", "1.234.567", "\uff11"],
    forms.WORD: [
        "yes", "no", "3+", "a", "x1", "2024-02-30", "24:00", "12:60", "2024-13-01", "31/31/2024",
        "5-10", "male", "infinite", "1.2.3.4-x", "0x10",
    ],
}  # fmt: skip


@pytest.mark.parametrize("form", OF)
def test_words_have_forms(form: int) -> None:
    for word in OF[form]:
        assert forms.forms_of([word]).tolist() == [form], word
        mixed = forms.forms_of(["1", word, "NA"])
        assert mixed.tolist() == [forms.NUMBER, form, forms.GONE], word


def test_words_are_judged_together_as_one_by_one() -> None:
    words = [word for listed in OF.values() for word in listed]
    alone = [int(forms.forms_of([word])[0]) for word in words]
    assert forms.forms_of(words).tolist() == alone
    numbers = OF[forms.NUMBER]
    assert forms.forms_of(numbers).tolist() == [forms.NUMBER] * len(numbers)
    assert forms.forms_of([]).tolist() == []


def test_a_line_feed_in_a_word_does_not_make_it_two_numbers() -> None:
    assert forms.forms_of(["1\n2", "3"]).tolist() == [forms.LIKE, forms.NUMBER]
    assert forms.forms_of(["1\n2"]).tolist() == [forms.LIKE]


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("-1.5e3", -1500.0), ("007", 7.0), ("$1,234.56", 1234.56), ("-$3", -3.0), ("90%", 90.0),
        ("inf", math.inf), ("0.1", 0.1), ("123456789012345678901", 123456789012345678901.0),
    ],
)  # fmt: skip
def test_numbers_are_read(word: str, number: float) -> None:
    assert forms.numbers_of([word], "number").tolist() == [number]


def test_what_is_no_number_is_nan() -> None:
    for word in ("x", "1,23", "", "NA", "true", "12:30", "1_0"):
        assert math.isnan(forms.numbers_of([word], "number")[0]), word


def test_a_decimal_comma() -> None:
    words = ["3,5", "1.234,5", "7", "1.234"]
    assert forms.forms_of(words, ",").tolist() == [1, forms.PRICED, 1, forms.PRICED]
    assert forms.numbers_of(words, "number", decimal=",").tolist() == [3.5, 1234.5, 7.0, 1234.0]
    assert forms.forms_of(["31.12.2024"], ",").tolist() == [forms.DAY]
    assert forms.numbers_of(["31.12.2024"], "time", "day first", ",").tolist() == [1735603200.0]


def test_flags() -> None:
    numbers = forms.numbers_of(["True", "false", "1", "0", "0.0", "NA"], "flag")
    np.testing.assert_array_equal(numbers, [1, 0, 1, 0, 0, np.nan])
    assert np.isnan(forms.numbers_of(["2", "yes"], "flag")).all()


@pytest.mark.parametrize(
    ("word", "order", "seconds"),
    [
        ("1970-01-02", "", 86400.0),
        ("1969-12-31 23:59:59", "", -1.0),
        ("2024-12-31T23:59:58.25", "", 1735689598.25),
        ("2024-12-31T00:59+01:00", "", 1735603140.0),
        ("2024-12-30T22:29:00-0130", "", 1735603140.0),
        ("2024-12-30 23:59Z", "", 1735603140.0),
        ("31/12/2024", "day first", 1735603200.0),
        ("12/31/2024", "month first", 1735603200.0),
        ("31.12.2024 00:01", "day first", 1735603260.0),
        ("12:30", "clock", 45000.0),
        ("0:00:01.000001", "clock", 1.000001),
    ],
)
def test_times_are_seconds(word: str, order: str, seconds: float) -> None:
    assert forms.numbers_of([word], "time", order).tolist() == [seconds]
    both = forms.numbers_of([word, "x", ""], "time", order).tolist()
    assert both[0] == seconds and np.isnan(both[1:]).all()


def test_times_of_another_order_are_not_read() -> None:
    for word, order in (("12:30", ""), ("2024-12-31", "clock"), ("12/31/2024", "day first")):
        assert np.isnan(forms.numbers_of([word], "time", order)).all()


def test_times_read_together_are_as_one_by_one() -> None:
    words = ["2024-02-29", "1850-01-01 01:02", "2024-12-31T23:59:58.123456", "9999-12-31"]
    together = forms.numbers_of(words, "time")
    assert together.tolist() == [forms.numbers_of([w, "x"], "time")[0] for w in words]


def test_days_above_twelve_prove_the_order() -> None:
    assert forms.day_order(["31/12/2024", "1/2/2024"]) == {"day first"}
    assert forms.day_order(["12/31/2024"]) == {"month first"}
    assert forms.day_order(["1/2/2024"]) == set()
    assert forms.day_order(["31/12/2024", "12/31/2024"]) == {"day first", "month first"}
