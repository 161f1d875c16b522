"""Tables in scikit-learn: the encoding as steps that need no fastnet."""

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import skops.io

import fastnet
from fastnet.formats import to_sklearn
from fastnet.formats.sklearn.columns import columns_of
from fastnet.tables import Encoding
from fastnet.tables.columns import LeftOut, NumberColumn, WordColumn
from fastnet.tables.frames import table_of

CLOSE = 1e-6  # float32 of inputs up to 3
GONE = ["NA", "n/a", "?", "", "None", "nan", "NULL", "#N/A", "NaN", "#Div/0!"]
WORDS = ["word", "hole", "code"]


def table(n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "far": rng.normal(1e6, 10, n),
            "gaps": np.where(rng.random(n) < 0.2, np.nan, rng.integers(0, 50, n)),
            "flag": rng.random(n) < 0.5,
            "maybe": rng.choice(np.array([True, False, None], object), n),
            "word": rng.choice(["a", "b", "3+"], n),
            "hole": rng.choice(np.array(["u", "v", "w", None, *GONE], object), n),
            "code": rng.choice(["007", "010", "123"], n),
            "same": 1,
        }
    )


def inputs(encoding: Encoding, X: Any) -> np.ndarray:
    rows = encoding.samples(X, np.dtype("float64")).rows
    return rows.toarray() if hasattr(rows, "tocsr") else rows


def outputs(encoding: Encoding, X: Any) -> np.ndarray:
    """The inputs as the steps of scikit-learn make them."""
    columns = columns_of(encoding)
    made = columns.step.transform(X)
    made = made.toarray() if hasattr(made, "tocsr") else made
    return made @ columns.leave(np.eye(encoding.width))


def frames() -> Iterator[tuple[str, pd.DataFrame]]:
    frame = table()
    yield "as learned", frame
    yield "reversed", frame[frame.columns[::-1]]
    yield "with more", frame.assign(more=1)
    holes = frame.hole.where(frame.hole.isin(["u", "v"]), None)
    yield "categories", frame.assign(hole=holes).astype(dict.fromkeys(WORDS, "category"))
    yield "codes that are numbers", frame.assign(code=frame.code.astype(int))
    yield "nullable", frame.astype({"gaps": "Int64", "maybe": "boolean"})
    yield "float32", frame.astype({"far": "float32", "gaps": "float32"})
    rare = frame.assign(word="new", hole="new", gaps=1e300, far=-1e300, flag=1)
    yield "unseen", rare
    yield "gone", frame.assign(word=None, far=np.nan, flag=None, maybe=None, hole=None)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("kind, frame", [*frames()])
def test_steps_make_the_same_inputs(kind: str, frame: pd.DataFrame, sparse: bool) -> None:
    learned = table()
    if sparse:
        many = [f"w{k % 40}" for k in range(len(learned))]
        learned, frame = learned.assign(many=many), frame.assign(many=many)
    encoding = Encoding.fit(table_of(learned))
    assert encoding.is_sparse == sparse
    imputer = columns_of(encoding).step.named_transformers_["numbers"][-1]
    assert len(vars(imputer)["_fit_X"]) == 2  # each gap is compared with them
    with np.errstate(all="ignore"), pytest.MonkeyPatch.context() as patch:
        patch.setattr("fastnet.tables.encoding.warn", lambda message: None)
        wanted = inputs(encoding, frame)
    np.testing.assert_allclose(outputs(encoding, frame), wanted, rtol=0, atol=1e-14)


def test_polars_frames_and_arrays() -> None:
    frame = table()
    encoding = Encoding.fit(table_of(frame))
    wanted = inputs(encoding, frame)
    of_polars = pl.DataFrame({name: frame[name].tolist() for name in frame}, strict=False)
    np.testing.assert_allclose(outputs(encoding, of_polars), wanted, rtol=0, atol=1e-14)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        made = outputs(encoding, frame.to_numpy(object))
    np.testing.assert_allclose(made, wanted, rtol=0, atol=1e-14)
    by_place = Encoding.fit(table_of(frame.to_numpy(object)))
    np.testing.assert_allclose(
        outputs(by_place, frame.to_numpy(object)), inputs(by_place, frame.to_numpy(object)),
        rtol=0, atol=1e-14,
    )  # fmt: skip


def test_columns_without_words_or_numbers() -> None:
    frame = table()
    for name in ("far", "gaps", "flag", "word", "hole", "code"):
        encoding = Encoding.fit(table_of(frame[[name]]))
        wanted = inputs(encoding, frame[[name]])
        np.testing.assert_allclose(outputs(encoding, frame[[name]]), wanted, rtol=0, atol=1e-14)
    encoding = Encoding([WordColumn("hole", {}, 0)])  # all words were rare
    frame = pd.DataFrame({"hole": ["x", None, "NA", "y"]})
    np.testing.assert_array_equal(outputs(encoding, frame)[:, 0], [0, 1, 1, 0])


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_nets_of_tables(kind: str, several: bool) -> None:
    X = table(300)
    number = X.far - 1e6 + 5 * (X.word == "a")
    y = number if kind == "numbers" else np.where(number > 2, "yes", "no")
    train = fastnet.train_seeds if several else fastnet.train
    net = train(X, y, *[2] * several, epochs=3, verbose=False)
    model = pickle.loads(pickle.dumps(to_sklearn(net)))
    if several:
        model = skops.io.loads(skops.io.dumps(model))  # of types that skops trusts
    rows = X[X.columns[::-1]].assign(more="x")
    if kind == "numbers":
        error = np.abs(model.predict(rows) - net.predict(X)).max()
        assert error <= CLOSE * y.std()
    else:
        np.testing.assert_array_equal(model.predict(rows), net.predict(X))
        np.testing.assert_allclose(
            model.predict_proba(rows), net.predict_proba(X), rtol=0, atol=CLOSE
        )
    with pytest.raises(ValueError, match="columns are missing"):
        model.predict(X.drop(columns="word"))
    with pytest.raises(ValueError, match="input: 'uint8', but the net takes a table"):
        to_sklearn(net, input="uint8")


def test_streams_are_frozen() -> None:
    frame = table()
    rows = frame[["far", "gaps", "word"]].to_dict("records")
    labels = (frame.word == "a").tolist()
    net = fastnet.train_stream(zip(rows, labels, strict=True), hidden=(4,), classes=[False, True])
    model = to_sklearn(net)
    np.testing.assert_array_equal(model.predict(frame), net.predict(rows))
    np.testing.assert_allclose(model.predict_proba(frame), net.predict_proba(rows), atol=CLOSE)


def test_values_of_one_number_are_always_zero() -> None:
    """As in a stream, before a column has two numbers."""
    columns = [
        NumberColumn("a", "number", "", 5.0, 0.0, 0, None),
        NumberColumn("b", "number", "", 1.0, 2.0, 2, 1),
        NumberColumn("c", "flag", "", 0.0, 0.0, None, 3),
        LeftOut("d", "ID"),
    ]
    encoding = Encoding(columns)
    frame = pd.DataFrame({"a": [5, 7, 9], "b": [1, np.nan, 4], "c": [True, None, False]})
    wanted = inputs(encoding, frame)
    np.testing.assert_allclose(outputs(encoding, frame), wanted, rtol=0, atol=1e-14)
    assert not wanted[:, 0].any() and wanted[1].tolist() == [0, 1, 0, 1]
    named = columns_of(encoding)
    weights = np.arange(1.0, 9).reshape(4, 2)
    np.testing.assert_array_equal(named.enter(named.leave(weights), 4)[1:], weights[1:])


def test_what_steps_cannot_say_is_refused_by_name() -> None:
    frame = table().assign(since=pd.Timestamp("2020-01-01") + pd.to_timedelta(range(120), "D"))
    with pytest.raises(ValueError, match="column 'since': times, for which scikit-learn"):
        columns_of(Encoding.fit(table_of(frame)))
    alike = pd.DataFrame({"k": pd.Categorical(["1", "01"] * 20)})
    with pytest.raises(ValueError, match="column 'k': words of one number"):
        columns_of(Encoding.fit(table_of(alike)))
