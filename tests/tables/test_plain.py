"""Rows of plain numbers: the compiled call has the bits of the way of all other rows."""

import collections
import decimal
import pickle
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import fastnet
from fastnet.model.single import Single
from fastnet.tables import Encoding
from fastnet.tables.plain import Plain
from fastnet.tables.statistics import Statistics
from tests.helpers import COMPILED

F4, F8 = np.dtype("f4"), np.dtype("f8")
NAMES = ["a", "b", "c"]
HUGE = st.sampled_from([0.0, -0.0, 1e300, -1e300, 1.7e308, -1.7e308, 1e-310, 2.0**70, np.inf])
NUMBERS = st.just(5.0) | st.floats(-9, 9) | st.floats(allow_nan=False) | HUGE | st.just(np.nan)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=60)
FORMS: dict[str, Callable[[Any], Any]] = {
    "array": np.array, "list": list, "tuple": tuple,
    "dict": lambda x: dict(zip(NAMES, x, strict=True)),
    "reversed dict": lambda x: dict(zip(NAMES[::-1], x[::-1], strict=True)),
}  # fmt: skip


class Row(dict):  # type: ignore[type-arg]
    """A row that goes the way of all other rows: the compiled call reads dicts alone."""


def slow(x: Any) -> Row:
    return Row(zip(NAMES, map(float, x), strict=True))


def outcome(act: Any) -> Any:
    """What comes, or the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastnet.LearningWarning)
        try:
            made = act()
        except (TypeError, ValueError) as error:
            return type(error), str(error)
    return made.tobytes() if isinstance(made, np.ndarray) else made


def predicted(net: fastnet.Network, x: Any) -> Any:
    return outcome(lambda: net.predict_one(x))


def learned(net: fastnet.Network, x: Any, y: Any) -> Any:
    return outcome(lambda: net.learn_one(x, y, 0.01))


def assert_equal(outcomes: Iterable[Any]) -> None:
    one, other = outcomes
    assert one == other


def net_of(encoding: Encoding, numbers: bool = False, dtype: str = "float32") -> fastnet.Network:
    classes = ["no", "yes"]
    activations: Any = ["tanh", "identity" if numbers else "sigmoid"]
    net = fastnet.Network.initialise(
        [encoding.width, 4, 1 if numbers else 2], activations, "quadratic", dtype,
        classes=None if numbers else classes,
    )  # fmt: skip
    net.encoding = encoding
    return net


def begun(first: list[dict[str, Any]] | None = None) -> Encoding:
    encoding = Encoding(running=True)
    encoding.learn(first or [dict.fromkeys(NAMES, 1.0), dict.fromkeys(NAMES, 2.0)], F8)
    return encoding


def assert_equal_nets(one: fastnet.Network, other: fastnet.Network) -> None:
    assert one.digest() == other.digest()
    assert one.encoding == other.encoding and repr(one.encoding.columns) == repr(
        other.encoding.columns
    )


@pytest.mark.parametrize(("form", "dtype", "numbers"), [
    ("array", "float32", False), ("list", "float64", True), ("dict", "float32", True),
    ("tuple", "float32", False), ("reversed dict", "float64", False),
])  # fmt: skip
@given(rows=ROWS, asked=st.integers(0, 3))
@example(rows=[(k % 3, 5.0, 1e300 if k == 30 else k) for k in range(40)], asked=0)  # type: ignore
@example(rows=[(1.0, np.nan if k == 9 else k, 2.0) for k in range(30)], asked=1)  # type: ignore
@settings(deadline=None, max_examples=20 if COMPILED else 5)
def test_a_stream_has_the_bits_of_the_other_way(
    form: str, dtype: str, numbers: bool, rows: Any, asked: int
) -> None:
    nets = [net_of(begun(), numbers, dtype) for _ in range(2)]
    for k, row in enumerate(rows):
        both, y = (FORMS[form](row), slow(row)), float(k % 7) if numbers else ["no", "yes"][k % 2]
        if k % 4 >= asked:
            assert_equal(predicted(*one) for one in zip(nets, both, strict=True))
        assert_equal(learned(*one, y) for one in zip(nets, both, strict=True))
        if k % 10 == asked:  # the columns are looked at on the way
            assert_equal_nets(*nets)
    assert_equal_nets(*nets)
    for net in nets:
        net.encoding = net.encoding.frozen()
    for row in rows:
        both = FORMS[form](row), slow(row)
        assert_equal(predicted(*one) for one in zip(nets, both, strict=True))


VALUES = [
    3, True, 2**70, 10**400, np.float32(0.1), np.float64(0.1), np.float16(2), np.int64(2**60),
    np.int8(3), np.True_, None, "5", " 1e3 ", "x", decimal.Decimal("1.5"), 1j, [1], np.inf, -np.inf,
    np.array(2.5), pd.NA, pd.NaT, np.ma.masked,
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_any_value_has_the_outcome_of_the_other_way(value: Any) -> None:
    for gaps in (False, True):
        first: list[Any] = [
            dict.fromkeys(NAMES, 1.0),
            {"a": 1.0, "b": None if gaps else 2.0, "c": 3.0},
        ]
        one, other = net_of(begun(first)), net_of(begun(first))
        row = [4.0, value, 5.0]
        for x in (row, dict(zip(NAMES, row, strict=True))):
            for _ in range(2):
                both = (one, x), (other, Row(zip(NAMES, row, strict=True)))
                assert_equal(predicted(net, x) for net, x in both)
                assert_equal(learned(net, x, "no") for net, x in both)
        assert_equal_nets(one, other)


ARRAYS = [
    np.array([1, 2, 3], "?"), *(np.array([1, 2, 250]).astype(code) for code in "bBhHiIlLqQefdgFO"),
    np.array([1, 2, 2**63 + 3000], "u8"), np.array([2.5, 1, 4], ">f8"), np.arange(6.0)[::2],
    np.arange(3.0)[None], np.arange(3.0)[:, None], np.arange(4.0), np.zeros(0), np.array(["1"] * 3),
    np.array([1, 2, 3], "M8[s]"), np.ma.array([1.0, 2, 3], mask=[False, True, False]),
    np.arange(3.0).data,
]  # fmt: skip


@pytest.mark.parametrize("x", ARRAYS, ids=lambda x: f"{getattr(x, 'dtype', type(x))}, {x.shape}")
def test_any_array_has_the_outcome_of_the_other_way(x: Any, monkeypatch: Any) -> None:
    one, other = net_of(begun()), net_of(begun())
    got = predicted(one, x), learned(one, x, "no")
    monkeypatch.setattr(Single, "fills", lambda *_: False)
    assert got == (predicted(other, x), learned(other, x, "no"))
    assert_equal_nets(one, other)


def test_plain_rows_take_the_compiled_call(monkeypatch: pytest.MonkeyPatch) -> None:
    net = net_of(begun([{"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 2.0, "b": None, "c": 3.0}]))
    for name in ("row", "learn_row"):
        monkeypatch.setattr(Encoding, name, None)
    for row in ((1.0, 2, True), (1e300, np.nan, 0)):
        for make in FORMS.values():
            net.predict_one(make(row))
            net.learn_one(make(row), "yes")
    assert [column.seen for column in net.encoding.columns] == [12, 6, 12]


def test_a_named_tuple_and_a_series_go_by_name() -> None:
    one, other = net_of(begun()), net_of(begun())
    Turned: Any = collections.namedtuple("Turned", NAMES[::-1])
    for row in (Turned(3.0, 2.0, 1.0), pd.Series({"c": 3.0, "b": 2.0, "a": 1.0})):
        one.learn_one(row, "no")
        other.learn_one([1.0, 2.0, 3.0], "no")
    assert_equal_nets(one, other)


def test_an_unknown_label_changes_nothing() -> None:
    net = net_of(begun())
    before = net.digest()
    for x in ([1.0, 2.0, 3.0], dict.fromkeys(NAMES, 3.0)):
        with pytest.raises(ValueError, match="perhaps"):
            net.learn_one(x, "perhaps")
    assert net.digest() == before


def test_copies_and_files_have_what_was_learned(tmp_path: Any) -> None:
    net = net_of(begun())
    column = net.encoding.columns[0]
    for k in range(5):
        net.learn_one([k, 1.0, -k], "no")
    net.save(tmp_path / "net.npz")
    for other in (net.copy(), fastnet.load(tmp_path / "net.npz"), pickle.loads(pickle.dumps(net))):
        assert other.encoding.columns[0].seen == 7
        net.encoding.columns  # noqa: B018
        one = net.copy()
        for each in (one, other):
            each.learn_one([9.0, 9.0, 9.0], "yes")
        assert_equal_nets(one, other)
        assert column.seen == 7 == net.encoding.columns[0].seen


def test_batches_and_rows_in_turns() -> None:
    one, other = net_of(begun()), net_of(begun())
    rng = np.random.default_rng(3)
    for k in range(12):
        rows = rng.normal(size=(k % 3 + 1, 3))
        for net, make in ((one, list), (other, slow)):
            if k % 3 == 1:
                net.partial_fit(rows, ["no"] * len(rows), 0.1)
            else:
                for row in rows:
                    net.learn_one(make(row), "yes", 0.1)
    assert_equal_nets(one, other)


def test_an_ensemble_has_the_bits_of_the_other_way() -> None:
    encoding = begun().frozen()
    vote = fastnet.Ensemble([net_of(encoding, True, dtype) for dtype in ("float32", "float64") * 2])
    for net in vote.nets:
        net.parameters.draw(None, np.random.default_rng(len(net.dtype.name)))
    rows = np.random.default_rng(0).normal(size=(20, 3)).tolist()
    for row in [*rows, [np.inf, 1.0, 2.0], [np.nan, 1.0, 2.0]]:
        assert_equal(outcome(lambda x=x: vote.predict_one(x)) for x in (row, slow(row)))


def test_new_columns_and_words_end_the_compiled_call() -> None:
    one, other = net_of(begun()), net_of(begun())
    for more in ({}, {"d": 1.0}, {"d": None}, {"e": "word"}, {}):
        for net, make in ((one, dict), (other, Row)):
            row = make(zip(NAMES, (1.0, 2.0, 3.0), strict=True)) | more
            net.learn_one(row if net is one else Row(row), "no")
        assert_equal_nets(one, other)
    assert one.encoding.statistics is None


def test_one_column() -> None:
    encoding = Encoding(running=True)
    encoding.learn([{"a": 1.0}, {"a": 3.0}], F8)
    inputs = np.empty(1)
    plain = Plain(encoding.statistics, inputs)  # type: ignore[arg-type]
    assert plain.fills({"a": 4.0}, False)
    assert inputs.tobytes() == encoding.row(Row(a=4.0), F8).tobytes()
    assert not plain.fills({"b": 4.0}, True) and not plain.fills({}, True)


def test_only_columns_of_numbers_have_statistics() -> None:
    rows = [{"a": k, "b": f"w{k % 2}", "f": k % 2 == 0} for k in range(4)]
    for names, plain in (("a", True), ("b", False), ("f", False), ("ab", False)):
        encoding = Encoding(running=True)
        encoding.learn([{name: row[name] for name in names} for row in rows], F8)
        assert (encoding.statistics is not None) == plain
    assert Statistics.of([]) is None
