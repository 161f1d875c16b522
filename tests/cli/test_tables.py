"""Tables in the terminal: what is trained, judged and said; names and words go along."""

import io
import re
import subprocess

import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet.training.order import held_out
from tests.cli.helpers import READS_TOML, events, fails, ok, start, warned
from tests.cli.people import ABOUT, FRAME, OF_PYTHON, QUIET, RNG, SHORT, WAGES, N, text_of


def same(one, other) -> bool:
    """Tell whether two nets answer with the same bits; a stream of frames names no target."""
    columns = [net.encoding.to_dict()["columns"] for net in (one, other)]
    return one.parameters.digest() == other.parameters.digest() and columns[0] == columns[1]


class TestAcrossProcesses:
    def test_a_pipe_in_another_order_is_answered_as_python_does(self, tmp_path, people_net):
        """The whole way: a CSV, one process that trains, another that answers rows in a pipe."""
        (tmp_path / "people.csv").write_text(text_of(FRAME), newline="")
        args = ["train", tmp_path / "people.csv", *ABOUT, *SHORT, "--out", tmp_path / "m"]
        process = start(*args)
        _, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        new = FRAME.iloc[::-1][["city", "income", "job, or none", "id", "age"]]
        for options in ([], ["--probabilities"]):
            command = ["predict", tmp_path / "m", "-", "--keep", "id", *options]
            process = start(*command, stdin=subprocess.PIPE)
            out, err = process.communicate(text_of(new))
            assert (process.returncode, err) == (0, "")
            told = pd.read_csv(io.StringIO(out))
            assert told["id"].tolist() == new["id"].tolist()
            rows = new.drop(columns=["id", "income"])
            if options:
                assert told.columns.tolist() == ["id", "<=50K", ">50K"]
                outputs = told.iloc[:, 1:].to_numpy(np.float32)
                assert np.array_equal(outputs, people_net.predict_proba(rows))
            else:
                assert told.columns.tolist() == ["id", "income"]
                assert told["income"].tolist() == people_net.predict(rows).tolist()
        assert fastnet.load(tmp_path / "m").digest() == people_net.digest()

    def test_a_live_pipe_is_answered_at_once(self, tables, people_net):
        process = start("predict", tables / "m", "-", stdin=subprocess.PIPE, bufsize=1)
        process.stdin.write('city,age,"job, or none"\nRome,70,nurse\n')
        process.stdin.flush()
        assert process.stdout.readline() == "income\n"
        first = pd.DataFrame({"city": ["Rome"], "age": [70.0], "job, or none": ["nurse"]})
        assert process.stdout.readline().strip() == people_net.predict(first)[0]
        process.stdin.write("Oslo,,clerk\n")
        process.stdin.flush()
        assert process.stdout.readline().strip() in ("<=50K", ">50K")
        assert process.communicate() == ("", "")

    def test_a_reader_that_goes_is_no_error(self, tables):
        (tables / "many.csv").write_text(text_of(pd.concat([FRAME.drop(columns="id")] * 200)))
        with (tables / "many.csv").open() as file:
            process = start("predict", tables / "m", "-", stdin=file)
            process.stdout.close()
            with process.stderr:
                assert process.stderr.read() == ""
            assert process.wait(timeout=60) == 1


class TestTrain:
    def test_what_is_learned_is_said(self, tables, people_net, tmp_path):
        text = ok("train", tables / "people.csv", *ABOUT, *SHORT, "--out", tmp_path / "m")
        lines = text.splitlines()
        assert lines[:6] == [
            f"{tables / 'people.csv'}:",
            "  300 training rows, no test rows, 3 columns, 10 inputs, 2 classes",
            "  target: income, 2 classes: <=50K, >50K",
            "  columns: 1 of numbers, 2 of words",
            "  left out: id (dropped)",
            "net 10-4-2: relu, softmax, cross-entropy loss, float32, 54 parameters, seed 0",
        ]
        assert "held out: 30 of the training rows" in text
        assert "correctly recognized rows after 3 rounds: " in text and "(held out)" in text
        assert max(map(len, lines[1:-1])) <= 80
        assert fastnet.load(tmp_path / "m").digest() == people_net.digest()
        first, *_ = events(ok("train", tables / "people.csv", *ABOUT, *SHORT, "--json"))
        assert first["columns"] == {"number": 1, "word": 2} and first["target"] == "income"
        assert first["left_out"] == {"id": "dropped"} and first["held_out"] == 30
        assert (first["training"], first["sizes"]) == (300, [10, 4, 2])

    @pytest.mark.parametrize("data", [["--data", "people.csv"], ["people.csv"]])
    def test_an_id_is_left_out(self, tables, data):
        """The words of a column that differ in nearly all rows teach nothing."""
        args = [*data[:-1], tables / data[-1], "--label", "income", *SHORT]
        told = warned("column 'id'.*left out", "train", *args).stdout
        assert "  left out: id (ID)\n" in told

    def test_a_regression_is_in_the_units_of_the_table(self, tables, tmp_path):
        out = tmp_path / "m"
        text = ok("train", tables / "wages.csv", *SHORT, "--out", out)
        assert "  target: wage, numbers\n" in text
        frame = fastnet.train(WAGES.drop(columns="wage"), WAGES["wage"], **OF_PYTHON)
        net = fastnet.load(out)
        assert net.digest() == frame.digest()
        assert f"{net.history[-1]['loss']:.4g}" in text and net.history[-1]["loss"] > 100
        told = ok("predict", out, tables / "wages.csv").splitlines()
        assert told[0] == "wage"
        assert [*map(float, told[1:])] == frame.predict(WAGES.drop(columns="wage")).tolist()
        [event] = events(ok("evaluate", out, "--json"))
        assert event["rmse"] > 10 and event["samples"] == 30
        median, spread = net.outputs.units.centre[0], net.outputs.units.scale[0]
        assert f"median {median:.4g}, spread {spread:.4g} of the target" in ok("info", out)

    def test_a_test_file(self, tables, tmp_path):
        (tmp_path / "a.csv").write_text(text_of(FRAME[:200]))
        (tmp_path / "b.csv").write_text(text_of(FRAME[200:].iloc[:, ::-1]))
        out, args = tmp_path / "m", [*ABOUT, *SHORT, "--test", tmp_path / "b.csv"]
        text = ok("train", tmp_path / "a.csv", *args, "--out", out)
        assert "200 training rows, 100 test rows" in text and "held out:" not in text
        X, y = FRAME.drop(columns=["id", "income"]), FRAME["income"]
        net = fastnet.train(X[:200], y[:200], hidden=(4,), epochs=3)
        assert fastnet.load(out).digest() == net.digest()
        [event] = events(ok("evaluate", out, "--json"))
        assert (event["part"], event["score"]) == ("test", net.score(X[200:], y[200:]))
        assert "the bits are the same" in ok("train", "--repeat", out)

    def test_labels_of_a_test_file_have_the_type_of_those_to_learn(self, tmp_path):
        (tmp_path / "a.csv").write_text("a,y\n" + "".join(f"{k},{k % 3}\n" for k in range(60)))
        (tmp_path / "b.csv").write_text("a,y\n" + "".join(f"{k}.5,{k % 3}.0\n" for k in range(9)))
        args = ["train", tmp_path / "a.csv", "--test", tmp_path / "b.csv", *SHORT]
        assert events(ok(*args, "--json"))[0]["test"] == 9

    def test_weights(self, tmp_path):
        weights = RNG.integers(0, 3, N)
        (tmp_path / "w.csv").write_text(text_of(FRAME.assign(w=weights)))
        out = tmp_path / "m"
        text = ok("train", tmp_path / "w.csv", *ABOUT, "--weight", "w", *SHORT, "--out", out)
        assert "  weight of each row: w\n" in text
        X = FRAME.drop(columns=["id", "income"])
        net = fastnet.train(X, FRAME["income"], sample_weight=weights, **OF_PYTHON)
        assert fastnet.load(out).digest() == net.digest()
        assert "the bits are the same" in ok("train", "--repeat", out)
        [event] = events(ok("evaluate", out, "--json"))
        assert event["part"] == "held-out" and event["score"] == net.history[-1]["val_accuracy"]
        assert len(ok("predict", out, tmp_path / "w.csv").split()) == N + 1

    @pytest.mark.parametrize(
        ("text", "options"),
        [
            (text_of(FRAME, sep=";"), []),
            (text_of(FRAME, sep="\t"), ["--delimiter", "tab"]),
            ("\ufeff" + text_of(FRAME), []),
            (FRAME.to_json(orient="records", lines=True), []),
        ],
    )
    def test_forms_of_text(self, tmp_path, people_net, text, options):
        (tmp_path / "t.txt").write_text(text, encoding="utf-8")
        ok("train", tmp_path / "t.txt", *ABOUT, *SHORT, *options, "--out", tmp_path / "m")
        assert fastnet.load(tmp_path / "m").digest() == people_net.digest()
        told = ok("predict", tmp_path / "m", tmp_path / "t.txt").splitlines()[1:]
        assert told == people_net.predict(FRAME.drop(columns=["id", "income"])).tolist()

    def test_names_with_commas_stand_in_quotes(self, tables):
        args = ["train", tables / "people.csv", "--target", "income", *SHORT, "--json"]
        for drop in (
            ["--drop", 'id,"job, or none"'],
            ["--drop", '"job, or none"', "--drop", "id"],
        ):
            assert events(ok(*args, *drop))[0]["left_out"].keys() == {"id", "job, or none"}

    def test_words_for_missing_values(self, tmp_path):
        text = text_of(FRAME).replace("Oslo", "unknown")
        (tmp_path / "t.csv").write_text(text)
        out = tmp_path / "m"
        args = [*ABOUT, *SHORT, "--missing", "unknown,none given", "--out", out]
        ok("train", tmp_path / "t.csv", *args)
        frame = FRAME.drop(columns=["id", "income"]).replace({"city": {"Oslo": None}})
        net = fastnet.train(frame, FRAME["income"], **OF_PYTHON)
        assert fastnet.load(out).digest() == net.digest()
        assert ok("predict", out, "-", stdin=text).splitlines()[1:] == net.predict(frame).tolist()
        assert "the bits are the same" in ok("train", "--repeat", out)

    @READS_TOML
    def test_a_run_is_repeated_and_resumed(self, tables, tmp_path):
        data, net = tables / "people.csv", fastnet.load(tables / "m")
        assert net.run["reading"] == {"target": "income", "drop": ["id"]}
        assert "the bits are the same" in ok("train", "--repeat", tables / "m")
        (tmp_path / "run.toml").write_text(ok("info", tables / "m", "--toml"))
        ok("train", "--config", tmp_path / "run.toml", "--out", tmp_path / "again")
        run = ["train", data, *ABOUT, *SHORT, "--checkpoint", tmp_path / "run"]
        ok(*run), ok(*run, "--resume", "--out", tmp_path / "n")
        for name in ("again", "run", "n"):
            assert fastnet.load(tmp_path / name).digest() == net.digest()
        seeds = ["--seeds", 2, "--keep", "best", "--out", tmp_path / "best"]
        ok("train", data, *ABOUT, *SHORT, *seeds)
        best = fastnet.load(tmp_path / "best")
        [event] = events(ok("evaluate", tmp_path / "best", "--json"))
        assert event["score"] == best.history[-1]["val_accuracy"]
        assert "the bits are the same" in ok("train", "--repeat", tmp_path / "best")

    @QUIET
    def test_a_net_goes_on_with_a_file(self, tables, tmp_path):
        ok("train", tables / "people.csv", "--init", tables / "m", "--out", tmp_path / "m")
        net = fastnet.load(tables / "m")
        X = FRAME.drop(columns=["income"])  # the id is left aside
        more = fastnet.train(X, FRAME["income"], init=net, validation_fraction=0.1)
        assert fastnet.load(tmp_path / "m").digest() == more.digest()


class TestCache:
    """Rows that are encoded into a folder, for a table that is larger than memory."""

    def test_they_are_learned_and_found_again(self, tables, tmp_path):
        args = ["train", tables / "people.csv", *ABOUT, *SHORT, "--cache", tmp_path / "rows"]
        text = ok(*args, "--out", tmp_path / "m")
        encode = fastnet.datasets.encode
        options = {"target": "income", "drop": ["id"], "test": 0.1}
        (X, y), (X_test, y_test) = encode(tables / "people.csv", tmp_path / "rows", **options)
        net = fastnet.train(X, y, hidden=(4,), epochs=3, validation_data=(X_test, y_test))
        assert fastnet.load(tmp_path / "m").digest() == net.digest()
        assert f"{len(y)} training rows, {len(y_test)} test rows" in text
        again = ["train", "--repeat", tmp_path / "m"]
        assert "the bits are the same" in ok(*again, "--cache", tmp_path / "rows")
        assert "wanted --cache" in fails(2, *again)
        assert "wanted --data" in fails(2, "evaluate", tmp_path / "m")
        assert "wanted --repeat and --cache" in fails(1, "info", tmp_path / "m", "--toml")
        told = ok("predict", tmp_path / "m", tables / "people.csv").splitlines()
        assert told[1:] == net.predict(FRAME.drop(columns=["id", "income"])).tolist()

    def test_rows_are_held_out_as_for_other_tables(self, tables, tmp_path):
        args = ["train", tables / "wages.csv", *SHORT, "--cache", tmp_path / "rows", "--json"]
        first, *_, last = events(ok(*args, "--validation-fraction", 0.2, "--patience", 2))
        assert (first["test"], first["held_out"], last["part"]) == (0, 60, "held out")
        (tmp_path / "t.csv").write_text(text_of(WAGES[:50]))
        first, *_, last = events(ok(*args, "--test", tmp_path / "t.csv"))
        assert (first["test"], first["training"], last["part"]) == (50, 300, "test")
        seeds = events(ok(*args, "--seeds", 2))
        assert seeds[0]["test"] > 0 and seeds[-1]["part"] == "test"

    def test_what_it_is_not_for(self, tables, tmp_path):
        cache = ["--cache", tmp_path / "rows"]
        for option in (["--weight", "age"], ["--init", tables / "m"], ["--encode", "none"]):
            said = fails(2, "train", tables / "people.csv", *ABOUT, *cache, *option)
            assert f"{option[0]}" in said and ": not with --cache" in said
        assert "--cache: digits is no table" in fails(2, "train", "digits", *cache)
        assert "--cache: not for a stream" in fails(2, "train", "-", *cache)
        assert not (tmp_path / "rows").exists()


class TestStream:
    @pytest.mark.parametrize("form", ["csv", "jsonl"])
    def test_names_make_a_table(self, tmp_path, form):
        text = text_of(FRAME) if form == "csv" else FRAME.to_json(orient="records", lines=True)
        args = ["train", "-", *ABOUT, "--hidden", 4, "--seed", 2, "--out", tmp_path / "m"]
        told = ok(*args, stdin=text)
        X, y = FRAME.drop(columns=["id", "income"]), FRAME["income"]
        net = fastnet.train_stream([(X, y)], hidden=(4,), seed=2, preset="table")
        assert same(fastnet.load(tmp_path / "m"), net)
        assert "  target: income, 2 classes: <=50K, >50K\n" in told
        assert f"standard input: {'CSV' if form == 'csv' else 'JSON lines'}, 3 columns, " in told
        rows = ok("predict", tmp_path / "m", "-", stdin=text_of(X)).splitlines()
        assert rows == ["income", *net.predict(X)]

    def test_a_stream_goes_on_in_the_same_file(self, tmp_path):
        X, out = FRAME.drop(columns="id"), tmp_path / "m"
        ok("train", "-", "--target", "income", "--hidden", 4, "--out", out, stdin=text_of(X[:200]))
        rest = text_of(X[200:].iloc[:, ::-1])  # in another order
        ok("train", "-", "--init", out, "--out", out, stdin=rest)
        parts = [(rows.drop(columns="income"), rows["income"]) for rows in (X[:200], X[200:])]
        net = fastnet.train_stream(parts[:1], hidden=(4,))
        net = fastnet.train_stream(parts[1:], init=net)
        assert same(fastnet.load(out), net) and fastnet.load(out).encoding.target == "income"

    def test_a_bad_line_loses_nothing(self, tmp_path):
        text, out = text_of(FRAME.drop(columns="id")), tmp_path / "m"
        said = fails(1, "train", "-", "--target", "income", "--out", out, stdin=text + "1,2\n")
        came = "line 302: 2 fields, wanted 4 (line 1 has 4)"
        assert said == f"Error: standard input: {came}; saved {out}: 300 rows\n"

    def test_names_in_what_is_said(self, tmp_path):
        """Of rows that come one by one: no x."""
        text, out = text_of(FRAME.drop(columns="id")), tmp_path / "m"
        ok("train", "-", "--target", "income", "--out", out, stdin=text)
        start = ("train", "-", "--init", out)
        said = fails(1, *start, stdin=text + "old,<=50K,clerk,Rome\n")
        assert said.startswith("Error: standard input: line 302: column 'age': 'old' in line 302")
        bad = "age,income,city\n30,<=50K,Rome\n"
        assert "standard input: line 2: no column 'job, or none'" in fails(1, *start, stdin=bad)
        said = fails(1, "train", "-", "--target", "income", "--drop", "ages", stdin=text)
        assert "standard input: no column 'ages', wanted one of age, income" in said

    def test_semicolons_between_numbers(self, tmp_path):
        rows = "".join(f"{k / 7:.3f};{k / 9:.2f};{k % 2}\n" for k in range(100))
        for text in (rows, rows.replace(".", ",")):
            ok("train", "-", "--out", tmp_path / "m", stdin=text)
            X = [[float(f"{k / 7:.3f}"), float(f"{k / 9:.2f}")] for k in range(100)]
            net = fastnet.train_stream([(np.array(X), np.arange(100) % 2)])
            assert fastnet.load(tmp_path / "m").digest() == net.digest()


class TestEvaluate:
    def test_models_and_data_stand_in_any_order(self, tables, people_net):
        X, y = FRAME.drop(columns=["id", "income"]), FRAME["income"]
        other = tables / "other.csv"
        other.write_text(text_of(FRAME[100:].iloc[:, ::-1]))
        for args in ([tables / "m", other], [other, tables / "m"], [tables / "m", "--data", other]):
            [event] = events(ok("evaluate", *args, "--json"))
            assert event["score"] == people_net.score(X[100:], y[100:]) and event["samples"] == 200
            assert [row["label"] for row in event["classes"]] == ["<=50K", ">50K"]
        [piped] = events(ok("evaluate", tables / "m", "-", "--json", stdin=other.read_text()))
        assert piped == {**event, "data": "-"}
        said = fails(2, "evaluate", tables / "m", other, "--data", other)
        assert "--data: given, but so is " in said
        said = fails(2, "evaluate", tables / "m", other, tables / "people.csv")
        assert "are no models, wanted one file with data" in said

    def test_the_rows_that_were_held_out(self, tables, people_net):
        [event] = events(ok("evaluate", tables / "m", "--json"))
        assert (event["samples"], event["part"]) == (30, "held-out")
        X, y = FRAME.drop(columns=["id", "income"]), FRAME["income"].to_numpy()
        held = held_out(y, 0.1, 0)
        assert event["score"] == people_net.score(X.loc[held], y[held])

    def test_a_label_that_is_new_counts_as_wrong(self, tables, tmp_path):
        new = FRAME[:10].assign(income="much")
        (tmp_path / "new.csv").write_text(text_of(new))
        told = warned("none of the network's", "evaluate", tables / "m", tmp_path / "new.csv")
        (row,) = re.findall(r"^much +(.*)", told.stdout, re.M)
        assert row.split()[:4] == ["10", "0.00%", "-", "0.00%"]


class TestInfo:
    def test_the_encoding(self, tables):
        text = ok("info", tables / "m")
        assert "  target       income, 2 classes: <=50K, >50K\n" in text
        assert "  encoding     3 columns, 10 inputs\n" in text
        columns = [line[4:] for line in text.splitlines() if line.startswith("    ")]
        columns = [line for line in columns if line[0] != " "]
        assert columns[0].startswith("age               number        2  centre ")
        assert columns[0].endswith("; gaps")
        assert columns[1].startswith("'job, or none'    word          5  'chef, head', clerk, ")
        assert columns[2].startswith("city              word          ")
        assert max(map(len, text.replace(str(tables), "").splitlines())) <= 80

    def test_json(self, tables):
        [event] = events(ok("info", tables / "m", "--json"))
        assert event["encoding"] == fastnet.load(tables / "m").encoding.to_dict()
        assert event["units"] is None


BAD = {
    "empty.csv": ("", "no rows"),
    "names.csv": ("a,b,y\n", "no rows"),
    "ragged.csv": ("a,y\n1,x\n2\n3,x\n", "line 3: 1 field, wanted 2"),
    "twice.csv": ("a,a,y\n1,2,x\n", "two columns 'a'"),
    "target.csv": ("a,y\n" + "1,\n" * 30, "'y'"),
    "one.csv": ("a,y\n" + "".join(f"{k},x\n" for k in range(30)), "one class"),
    "infinite.csv": ("a,y\n" + "".join(f"{k},{k % 2}\n" for k in range(30)) + "inf,1\n", "line 32"),
    "words.csv": (
        "a,y\n" + "".join(f"{k},{k % 2}\n" for k in range(30)) + "x,1\n", "'x' in line 32"
    ),
}  # fmt: skip


@QUIET
@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_that_names_the_file(tmp_path, name):
    text, said = BAD[name]
    (tmp_path / name).write_text(text)
    told = fails(1, "train", tmp_path / name)
    assert said in told and name in told


def test_sparse_text(tmp_path):
    """Its last features need not occur in each file."""
    rows = [f"{'+1' if k % 2 else '-1'} {1 + k % 2}:1 {3 + k % 9}:0.5\n" for k in range(60)]
    (tmp_path / "a.svm").write_text("".join(rows))
    (tmp_path / "b.svm").write_text("".join(row for row in rows if " 11:" not in row))
    out, args = tmp_path / "m", ["--test", tmp_path / "b.svm", *SHORT]
    ok("train", tmp_path / "a.svm", *args, "--out", out)
    net = fastnet.load(out)
    (X, y), _ = fastnet.datasets.read(tmp_path / "b.svm", features=11)
    for given in ([], [tmp_path / "b.svm"]):
        assert events(ok("evaluate", out, *given, "--json"))[0]["score"] == net.score(X, y)
    assert [*map(int, ok("predict", out, tmp_path / "b.svm").split())] == net.predict(X).tolist()


def test_a_model_is_no_data(tables):
    assert "m: a model, wanted data" in fails(2, "train", tables / "m")


def test_nothing_in_a_pipe(tables):
    said = fails(1, "predict", tables / "m", "-", stdin="\n")
    assert said.startswith("Error: standard input: no rows")


def test_names_of_columns_that_are_not_there(tables):
    data = tables / "people.csv"
    for args in (["--target", "incom"], ["--drop", "incom"], ["--weight", "incom"]):
        said = fails(1, "train", data, *args)
        assert "people.csv: no column 'incom', wanted one of " in said
        assert "did you mean 'income'?" in said
