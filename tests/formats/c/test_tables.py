"""Nets of tables in C: the encoding, and the answers."""

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet.formats.c import twin
from fastnet.formats.c.header import header
from fastnet.model.ensemble import nets_of

from .plain import GCC, bound, compiler
from .programs import answers, built, order_of, program

# of columns that are left out, and of words that are no categories
pytestmark = pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")
RNG = np.random.default_rng(5)


def some(n: int, *values: Any) -> list[Any]:
    """Values in any order."""
    return [values[k] for k in RNG.integers(0, len(values), n)]


def people() -> tuple[pd.DataFrame, Any]:
    """Numbers, words, gaps and dates, of which the name is an ID."""
    frame = pd.read_csv(Path(__file__).parents[3] / "docs/people.csv").head(300)
    return frame.drop(columns="income"), frame["income"].astype(float).to_numpy()


def odd(n: int = 300) -> tuple[pd.DataFrame, Any]:
    """Names and words that C has for itself, that are alike, that are in no ASCII."""
    frame = pd.DataFrame({
        "int": RNG.normal(size=n), "INT": RNG.normal(size=n), "row": RNG.normal(size=n),
        "NAME": some(n, "NAME", "name", "FIELD", "CODES", "missing", "MISSING", "other", None),
        "Größe / cm": some(n, "groß", "gross", "größer", "", "?"),
        "*/ \\": some(n, 'a"b', "a\\b", "??=", "*/", "/*", "a b", "a-b", "日本", "\\"),
        "of": some(n, "50", "<50", ">50", "50+"),
        "a": some(n, "b_c", "d"), "a_b": some(n, "c", "d"),
        "rare": [f"r{k % 100}" if k < 200 else None for k in range(n)],
        "flag": np.array(some(n, True, False, None), object), "sure": some(n, True, False),
        "constant": 5.0, "gaps": np.array(some(n, 7.0, np.nan)), "id": [f"x{k}" for k in range(n)],
        "at": pd.to_datetime(some(n, "1969-12-31 23:59:59.5", None, "2024-02-29 00:00:00.000001")),
        "clock": some(n, "23:59", "00:00:01", "12:30"),
    })  # fmt: skip
    return frame, np.array(some(n, "yes", "no", "perhaps"))


def many_words(n: int = 900) -> tuple[pd.DataFrame, Any]:
    """A column of hundreds of words; the first rows of X have some that are too rare."""
    words = np.array([f"word {k}" for k in range(n // 3)])
    frame = pd.DataFrame({"word": np.concatenate([words, words, words]), "x": RNG.normal(size=n)})
    frame.loc[:5, "word"] = "rare"
    return frame, RNG.normal(size=n)


def far(n: int = 200) -> tuple[pd.DataFrame, Any]:
    """Numbers near the ends of float64, and all but constant ones."""
    frame = pd.DataFrame({
        "huge": RNG.normal(size=n) * 1e300, "tiny": RNG.normal(size=n) * 1e-300,
        "offset": 1e15 + RNG.integers(0, 9, n), "most": np.where(RNG.random(n) < 0.9, 0, 1e12),
    })  # fmt: skip
    frame.loc[:2, "tiny"] = [1.7e308, -1.7e308, np.nan]
    return frame, RNG.normal(size=n) * 100 + 1.7e9  # which float32 would round to 128


def streamed() -> tuple[Any, list[dict[str, Any]]]:
    """A net whose encoding has learned along: its inputs came one by one."""
    rows = [
        {"x": None if k % 7 == 0 else k % 10, "w": f"w{k * k % 11}" if k % 5 else None,
         **({"late": str(k % 3)} if k > 30 else {}), "never": None}
        for k in range(200)
    ]  # fmt: skip
    net = fastnet.train_stream(
        ((row, k % 2) for k, row in enumerate(rows)), classes=[0, 1], hidden=(9,), seed=1
    )
    return net, [{"late": None, **row} for row in rows]


def made(name: str) -> tuple[Any, list[dict[str, Any]]]:
    """A net, and rows for it."""
    quiet = {"epochs": 5, "verbose": False, "seed": 1}
    if name == "stream":
        return streamed()
    if name == "by place":
        X = RNG.normal(size=(100, 4)) * [1, 100, 0, 0.1]
        X[::9, 1] = np.nan
        net = fastnet.train(X, X[:, 0] > 0, encode="table", **quiet)
        return net, pd.DataFrame(X, columns=[*"0123"]).to_dict("records")
    X, y = {"people": people, "odd": odd, "many words": many_words, "far": far}.get(name, odd)()
    if name == "several labels":
        y = np.stack([y == "yes", y != "no"], axis=1).astype(int)
    if name == "one label":
        y, quiet = (y == "yes").astype(float)[:, None], quiet | {"loss": "cross-entropy"}
    if name == "several numbers":
        y = np.stack([RNG.normal(size=len(y)), 1e4 * RNG.normal(size=len(y))], axis=1)
    if name == "float64":
        quiet |= {"dtype": "float64"}
    if name == "several nets":
        net = fastnet.train_seeds(X, y, 3, epochs=5, verbose=False)
    else:
        net = fastnet.train(X, y, **quiet)
    return net, X.astype(object).where(X.notna(), None).to_dict("records")


NETS = (
    "people", "odd", "many words", "far", "stream", "by place", "several labels", "one label",
    "several numbers", "several nets", "float64",
)  # fmt: skip


def check(net: Any, rows: list[dict[str, Any]], folder: Path, command: Any) -> None:
    """Compile a net and compare what it answers to rows."""
    own = built(folder, program(net), header(net, "net", None, "float32").text, command)
    inputs, outputs = answers(own, net, rows)
    frame = pd.DataFrame(rows, dtype=object)
    wanted = nets_of(net)[0].samples(frame).rows
    wanted = wanted.toarray() if hasattr(wanted, "toarray") else wanted
    wanted = wanted.astype(np.float32)[:, order_of(net)]
    # the root is right to one rounding of double, so an input to one of float
    np.testing.assert_array_max_ulp(inputs.astype(np.float32), wanted, 1)
    wanted = net.predict_proba(frame).reshape(outputs.shape)
    assert (np.abs(outputs - wanted) <= bound(net, inputs[:, np.argsort(order_of(net))])).all()
    if net.task == "classification":
        assert (outputs.argmax(axis=1) == wanted.argmax(axis=1)).all()


@pytest.mark.parametrize("name", NETS)
def test_rows_are_answered_as_the_net_answers_them(name: str, tmp_path: Path) -> None:
    net, rows = made(name)
    words = {column.name for column in net.encoding.columns if column.kind == "word"}
    for word in ("unheard of", "", "N/A", "#Div/0!", " nil\t", "?", "nile", "n", "1", " \n", "a b"):
        rows.append({each: word if each in words else x for each, x in rows[0].items()})
    for row in rows[:20]:  # with blanks around
        rows.append({each: f"\t {x}\r\n" if x and each in words else x for each, x in row.items()})
    check(net, rows, tmp_path, GCC)


def test_it_is_cpp_too(tmp_path: Path) -> None:
    check(*made("odd"), tmp_path, ("g++", "-std=c++11", "-O1"))


def test_int8_weights_answer_as_their_twin(tmp_path: Path) -> None:
    net, rows = made("people")
    made_header = header(net, "net", None, "int8")
    own = built(tmp_path, program(net), made_header.text, (*GCC, "-ffp-contract=off"))
    inputs, outputs = answers(own, net, rows)
    wanted = twin.outputs(made_header.model, inputs[:, np.argsort(order_of(net))])
    np.testing.assert_array_equal(outputs, wanted)


def test_numbers_without_names_are_an_array(tmp_path: Path) -> None:
    net, _ = made("by place")
    text = header(net, "net", None, "float32").text
    assert " * A row is 4 numbers; NAN of <math.h> is a missing one." in text
    assert " *     double x[4];\n *     int k = net_predict(x);\n" in text
    assert "struct" not in text and "x[2]" not in text  # which is constant
    assert "enum { net_n_inputs = 4, net_n_outputs = 2 };" in text  # though the net has five
    flags = RNG.random((100, 3)) < 0.5
    net = fastnet.train(flags, flags[:, 0] ^ flags[:, 1], encode="table", verbose=False)
    check(net, pd.DataFrame(flags, columns=[*"012"]).to_dict("records"), tmp_path, GCC)
    X = np.array([[k % 9, f"2020-01-{k % 28 + 1:02}", "abc"[k % 3]] for k in range(90)], object)
    for second, declared in ((1, 'double x1; /* "1", seconds'), (2, "enum net_x1 x1;")):
        net = fastnet.train(X[:, [0, second]], [*"pqr"] * 30, encode="table", verbose=False)
        assert declared in header(net, "net", None, "float32").text


def test_a_table_has_no_array_of_pixels() -> None:
    net, _ = made("people")
    with pytest.raises(ValueError, match=r"input: 'uint8', but the net takes a table"):
        header(net, "net", "uint8", "float32")


def test_the_comments_say_what_a_row_is() -> None:
    net, _ = made("odd")
    text = header(net, "net", None, "float32").text
    assert " * A row is a struct net_row, the columns of the table. Set all its fields." in text
    assert " * Categories are found by their texts: net_find_name(text), net_find_grosse_cm" in text
    assert " * Columns that are not needed: constant, id." in text
    for line in (
        r'enum net_grosse_cm grosse_cm; /* "Gr\303\266\303\237e / cm" */',
        r'NET_GROSSE_CM_GROSS_2, /* "gro\303\237" */',
        'double int_3; /* "INT" */',
        'signed char flag; /* "flag", 1 is true, 0 is false, -1 is missing */',
        'double at; /* "at", seconds since 1970, in UTC */',
        'double clock; /* "clock", seconds since midnight */',
        "are right to two minutes",
    ):
        assert line in text, line


def test_much_text_is_found_too(tmp_path: Path) -> None:
    """AVR, which has no such tables, has no such function."""
    words = [f"{'long ' * 20}{k % 400}" for k in range(1200)]
    columns = {"w": words, "x": RNG.normal(size=1200)}
    net = fastnet.train(columns, np.arange(1200.0), verbose=False, epochs=1)
    text = header(net, "net", None, "float32").text
    assert "#ifndef __AVR__\n/* Return the category" in text
    rows = [{"w": word, "x": 0.0} for word in [*words[:400], "long "]]
    check(net, rows, tmp_path, GCC)


@pytest.mark.parametrize("command", ["gcc", "clang"])
def test_fast_math_without_nan_is_refused(command: str, tmp_path: Path) -> None:
    """Else a missing number would be answered as any number is."""
    compiler(command)
    net, rows = made("people")
    with pytest.raises(AssertionError, match="net: -ffast-math does not know NAN"):
        check(net, rows, tmp_path, (command, "-Ofast"))
    check(net, rows, tmp_path, (command, "-O2", "-ffast-math", "-fno-finite-math-only"))


def test_the_docs_show_c_that_compiles(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/c.md").read_text()
    (code,) = re.findall(r"```c\n(struct income_row.*?)```", page, re.DOTALL)
    net, _ = made("people")
    (tmp_path / "income.h").write_text(header(net, "income", None, "float32").text)
    head = "#include <math.h>\n#include <stdio.h>\n#include \"income.h\"\n"
    main = f'{head}int main(void)\n{{\n{code}printf("%.9g", answer);\nreturn 0;\n}}\n'
    done = subprocess.run([built(tmp_path, main, "", GCC)], capture_output=True, check=True)
    row = {"age": 26, "job": "cook", "town": "Brook", "hours": None, "owner": "no",
           "since": "2019-06-11"}  # fmt: skip
    np.testing.assert_allclose(float(done.stdout), net.predict_one(row), rtol=1e-5)
