"""Tables as ONNX: raw columns in, and each is encoded as the net encodes it."""

import datetime
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, Network, formats
from fastnet.data.fields import MISSING_WORDS, spellings
from fastnet.formats.onnx.nodes import Graph
from fastnet.formats.onnx.tables import POINTED, encoded, names_of
from fastnet.tables import Encoding
from fastnet.tables.columns import LeftOut, NumberColumn, WordColumn
from tests.formats.onnx.runtime import columns, onnx, run
from tests.helpers import needed

EPOCH = datetime.datetime(1970, 1, 1)


def made(n: int, seed: int = 0) -> tuple[list[dict[str, Any]], np.ndarray, np.ndarray]:
    """Rows with columns of every kind, words for classes, and numbers."""
    rng = np.random.default_rng(seed)
    job, code = rng.choice(["cook", "Cook", "clerk", "caf\u00e9"], n), rng.integers(0, 4, n)
    year, gap = rng.integers(1900, 2025, n), rng.random((n, 4)) < 0.2
    days = rng.integers(-9000, 20000, n)
    rows: list[dict[str, Any]] = [
        {
            "year": int(year[k]),
            "income": None if gap[k, 0] else float(np.exp(rng.normal(10, 2))),
            "job": None if gap[k, 1] else str(job[k]),
            "code": f"k{code[k]}" if code[k] == 3 else str(code[k]),
            "label": bool(rng.random() < 0.5),
            "since": None if gap[k, 2] else EPOCH + datetime.timedelta(int(days[k]), 45296.25),
            "same": 1,
        }
        for k in range(n)
    ]
    good = np.where((year > 1960) ^ (job == "cook"), "yes", "no")
    return rows, good, 1e6 * year + days


def raw(rows: list[dict[str, Any]], encoding: Encoding) -> dict[str, np.ndarray]:
    """The inputs of a graph: times as seconds since 1970."""
    seconds = [
        row | {"since": row["since"] and (row["since"] - EPOCH).total_seconds()} for row in rows
    ]
    return columns(seconds, encoding)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_table_of_every_kind(dtype: str) -> None:
    rows, good, number = made(400)
    new = made(300, seed=1)[0]
    new[0] |= {"job": "painter", "code": "17", "income": 1e300, "year": -(10**9)}
    for y in (good, number.astype(float)):
        net = fastnet.train(rows[:300], y[:300], hidden=(8,), epochs=2, dtype=dtype, verbose=False)
        kinds = {column.name: column.kind for column in net.encoding.columns}
        assert {*kinds.values()} == {"number", "word", "flag", "time", "left out"}
        model = formats.to_onnx(net)
        assert "same" not in [each.name for each in model.graph.input]
        found = run(model, raw(new, net.encoding))
        with pytest.warns(fastnet.LearningWarning, match="painter"):
            wanted = net.predict_proba(new)
        scale = 1.0 if net.outputs.units is None else net.outputs.units.scale
        # the name of a column is not free for an output
        regression = net.task == "regression"
        assert [*found] == (["variable"] if regression else ["label1", "probabilities"])
        numbers = [*found.values()][-1]
        assert numbers.dtype == wanted.dtype
        assert (np.abs(numbers - wanted) <= 1e-6 * scale).all()
        if len(found) == 2:
            assert found["label1"].tolist() == net.predict(new).tolist()


def encodes(encoding: Encoding, rows: list[dict[str, Any]], dtype: str = "float32") -> np.ndarray:
    """The encoded rows of a graph, which have the bits of the net's."""
    graph = Graph(onnx, names_of(encoding))
    name, order = encoded(graph, encoding, np.dtype(dtype))
    graph.output(name, dtype, [encoding.width], "")
    found = run(graph.model("encoding"), columns(rows, encoding))[name]
    back = np.empty_like(found)
    back[:, order] = found
    samples = encoding.samples(rows, np.dtype(dtype)).rows
    wanted = samples.toarray() if hasattr(samples, "toarray") else samples
    assert np.array_equal(back, wanted)
    return back


NUMBERS = [0.0, -1.0, 1e308, -1e308, 5e-324, 3.25, 1e9, None]


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "centre, scale, value, gap",
    [(0.1, 0.3, 0, 1), (0.1, 0.3, 0, None), (1e9, 1e-3, 1, 0), (0.0, 5e-324, 0, 1),
     (-1e308, 1e308, 0, 1), (3.25, 0.0, 0, 1), (3.25, 0.0, None, 0)],
)  # fmt: skip
def test_numbers_have_the_bits_of_the_encoding(
    centre: float, scale: float, value: Any, gap: Any, dtype: str
) -> None:
    column = NumberColumn("x", "number", "", centre, scale, value, gap)
    encodes(Encoding([column]), [{"x": x} for x in NUMBERS], dtype)


GAPS = ["", "na", "NA", "Na", "nAn", "NULL", "#N/A N/A", "#Div/0!", "?", "-", "1.#QNAN", "None"]
WORDS = ["1", "1.0", "1.", "+1.0", "1e0", "10E-1", "01", "-1", "-1.0", "2", "2.0", "2.50", "2.5",
         ".5", "0.5", "0.50", "5e-1", "1_0", "1e", ".", "e", "1.0.0", "\u0661.0", "b", "B",
         "\u00df", "SS", "inf", "1e999", "1e-999", "00.5"]  # fmt: skip


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")
@pytest.mark.parametrize("gap", [True, False])
@pytest.mark.parametrize(
    "categories",
    [["b", "x"], ["1", "2", "b"], ["1.0", "1", "1.00"], ["01", "2.5", ".5"],
     ["\u00df", "007", "+1"], ["-1", "1e3"], []],
)  # fmt: skip
def test_words_are_the_categories_of_the_encoding(categories: list[str], gap: bool) -> None:
    """Words by themselves: those that a table of one column would take for numbers, too."""
    if not categories and not gap:
        return
    places = [*range(len(categories))][::-1]
    index = dict(zip(categories, places, strict=True))
    column = WordColumn("x", index, len(places) if gap else None)
    other = NumberColumn("y", "number", "", 0.0, 1.0, len(column.inputs), None)
    for word in [*WORDS, *GAPS]:
        encodes(Encoding([column, other]), [{"x": word, "y": 1.0}])


def test_words_that_mean_a_gap_are_categories_where_the_net_has_them_so() -> None:
    pandas = needed("pandas")
    frame = pandas.DataFrame({"x": pandas.Categorical(["NA", "a", None] * 20), "y": range(60)})
    net = fastnet.train(frame, ["p", "q", "r"] * 20, hidden=(), epochs=1, verbose=False)
    assert net.encoding.columns[0].index == {"NA": 0, "a": 1}
    rows = {"x": np.array([["NA"], ["a"], [""], ["na"]], object), "y": np.zeros((4, 1))}
    found = run(formats.to_onnx(net), rows)["probabilities"]
    asked = pandas.DataFrame({"x": pandas.Categorical(["NA", "a", None, None]), "y": [0] * 4})
    np.testing.assert_allclose(found, net.predict_proba(asked), atol=1e-6)


def test_all_spellings_of_gaps_are_there() -> None:
    assert {word.casefold() for word in spellings()} == MISSING_WORDS
    assert {"NaN", "nAn", "N/A", "#DIV/0!", "#div/0!", ""} <= {*spellings()}
    # no other character becomes one of these letters
    letters = {*"".join(MISSING_WORDS)} - {*"-+.#/!? <>0123456789"}
    others = [chr(k) for k in range(128, 0x110000) if chr(k).casefold() in letters]
    assert others == []


def test_the_pattern_of_numbers_is_that_of_the_encoding() -> None:
    import re

    from fastnet.data.fields import is_pointed

    for word in [*WORDS, *GAPS, "1e99", "+.5e-9", "e5", "1e+", "5"]:
        short = "999" not in word  # larger exponents than float64 has are left aside
        assert bool(re.fullmatch(POINTED, word, re.ASCII)) == (is_pointed(word) and short), word


def test_arrays_by_place_are_one_input() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4)) * [1, 1e4, 0, 1]
    X[rng.random((200, 4)) < 0.1] = np.nan
    X[:, 2] = 7
    y = (X[:, 0] > 0).astype(int)
    net = fastnet.train(X, y, preset="table", epochs=2, verbose=False)
    assert any(isinstance(column, LeftOut) for column in net.encoding.columns)
    found = run(formats.to_onnx(net), X)
    np.testing.assert_allclose(found["probabilities"], net.predict_proba(X), atol=1e-6)
    assert found["label"].tolist() == net.predict(X).tolist()


def test_a_stream_and_an_ensemble() -> None:
    rows, good, _ = made(400)
    net = fastnet.train_stream(zip(rows, good, strict=True), hidden=(8,))
    assert net.encoding.running
    inputs = raw(rows, net.encoding)
    found = run(formats.to_onnx(net), inputs)
    np.testing.assert_allclose(found["probabilities"], net.predict_proba(rows), atol=1e-6)
    nets = fastnet.train_seeds(rows, good, 2, hidden=(4,), epochs=1)
    assert isinstance(nets, Ensemble)
    found = run(formats.to_onnx(nets), raw(rows, nets.encoding))
    np.testing.assert_allclose(found["probabilities"], nets.predict_proba(rows), atol=1e-6)
    assert found["label1"].tolist() == nets.predict(rows).tolist()


@pytest.mark.parametrize(
    "column, match",
    [
        (NumberColumn("", "number", "", 0.0, 1.0, 0, None), "a column with the name ''"),
        (NumberColumn("\ud800", "number", "", 0.0, 1.0, 0, None), "encoding: '.ud800', which ONNX"),
        (WordColumn("x", {"\ud800": 0}, None), "column 'x': '.ud800', which ONNX cannot hold"),
    ],
)
def test_names_and_words_that_onnx_has_not_are_refused(column: Any, match: str) -> None:
    net = Network.initialise((1, 2), ("softmax",), "cross-entropy", classes=["a", "b"])
    net.encoding = Encoding([column])
    with pytest.raises(ValueError, match=match):
        formats.to_onnx(net)


def test_inputs_say_what_they_take_and_opsets_are_as_low_as_they_can_be() -> None:
    rows, good, _ = made(300)
    net = fastnet.train(rows, good, hidden=(4,), epochs=1, verbose=False)
    model = formats.to_onnx(net)
    about = {each.name: each.doc_string for each in model.graph.input}
    assert about["since"] == "seconds since 1970 in UTC; NaN is missing"
    assert about["job"] == "a word, without blanks around it; '' is missing"
    of = {each.domain: each.version for each in model.opset_import}
    assert (model.ir_version, of) == (9, {"": 20, "ai.onnx.ml": 2})  # codes such as "1" are words
    few = [{key: row[key] for key in ("year", "job")} for row in rows]
    model = formats.to_onnx(fastnet.train(few, good, hidden=(4,), epochs=1, verbose=False))
    of = {each.domain: each.version for each in model.opset_import}
    assert (model.ir_version, of) == (7, {"": 13, "ai.onnx.ml": 2})
