"""Rows from standard input."""

import json
import re
from typing import ClassVar

import numpy as np
import pytest

import fastnet
from fastnet.cli import main
from fastnet.options import StreamOptions
from fastnet.sources.line_forms import FORMS
from tests.cli.helpers import OLD, STREAM, events, fails, learned, ok


@pytest.mark.compiled  # thousands of rows
class TestStream:
    def test_text(self, rows, tmp_path):
        text = ok("train", "-", *STREAM, "--out", tmp_path / "net", stdin="".join(rows[0]))
        net = learned(rows)
        assert fastnet.load(tmp_path / "net").digest() == net.digest()
        lines = text.splitlines()
        assert lines[1:3] == [
            "standard input: CSV, 3 inputs, 3 classes",
            "net 3-4-3: sigmoid, quadratic loss, float32, 31 parameters, seed 2",
        ]
        table = [line.split() for line in lines if re.match(r"[\d,]+ rows ", line)]
        ends = [*range(100, 1001, 100), 1200]
        assert [row[0] for row in table] == [f"{n:,}" for n in ends]
        right = n = 0
        for row, record in zip(table, net.history, strict=True):
            n += record["samples"]
            right += record["accuracy"] * record["samples"]
            assert row[2:4] == [f"{100 * right / n:.2f}%", f"{100 * record['accuracy']:.2f}%"]
            assert row[4] == f"{record['loss']:.4g}"
        assert f"recognized rows: {table[-1][2]} (1,200 rows, each before it was learned)" in text
        assert lines[-1] == f"saved {tmp_path / 'net'}"
        assert max(map(len, lines[:-1])) <= 80

    def test_json(self, rows, tmp_path):
        text = ok("train", "-", "--json", "--history", tmp_path / "h.csv", stdin="".join(rows[0]))
        told = events(text)
        kinds = ["warmup", "stream", *["record"] * 11, "stream_end"]
        assert [event["event"] for event in told] == kinds
        assert told[1]["classes"] == ["iris", "rose", "tulip"] and told[1]["format"] == "csv"
        records = told[2:-1]
        assert [event["rows"] for event in records] == [*range(100, 1001, 100), 1200]
        means = [event["accuracy"] * event["samples"] for event in records]
        assert told[-1]["mean_accuracy"] == pytest.approx(sum(means) / 1200)
        assert told[-1]["rows"] == 1200 and told[-1]["model"] is None
        assert len((tmp_path / "h.csv").read_text().splitlines()) == 12

    def test_whatever_is_wrong_with_a_line_nothing_is_lost(self, tmp_path):
        rows = "".join(f"{i % 7},{i % 3},{'ab'[i % 2]}\n" for i in range(1200))
        for bad, where in (
            ('1,2,"' + "x" * 140_000 + '"\n', "line 1201: field"),
            ('"1,2",3,a\n', "line 1201, column 1: '1,2', "), ("1,2\r3,a\n", "line 1201: Found"),
        ):  # fmt: skip
            out = tmp_path / "net.npz"
            said = fails(1, "train", "-", "--out", out, stdin=rows + bad)
            assert said.startswith(f"Error: standard input: {where}")
            assert said.endswith(f"; saved {out}: 1,200 rows\n")
            assert sum(r["samples"] for r in fastnet.load(out).history) == 1200
            out.unlink()

    def test_json_lines_and_options_make_the_same_net(self, rows, tmp_path):
        _, X, names = rows
        pairs = list(zip(X.tolist(), names, strict=True))
        objects = "".join(json.dumps({"x": x, "y": y}) + "\n" for x, y in pairs)
        first = "kind,a,b,c\n" + "".join(f"{y},{','.join(map(str, x))}\n" for x, y in pairs)
        for stdin, options in [
            (objects, []),
            (first, ["--label", "kind", "--encode", "none"]),
            (first, ["--label", "first", "--format", "csv", "--encode", "none"]),
            (first.partition("\n")[2], ["--label", "first", "--classes", "iris,rose,tulip"]),
        ]:
            ok("train", "-", *STREAM, *options, "--out", tmp_path / "net", stdin=stdin)
            assert fastnet.load(tmp_path / "net").digest() == learned(rows).digest()

    def test_pixels_are_scaled_as_images_are(self, tmp_path):
        X, y = np.random.default_rng(0).integers(0, 256, (50, 6), np.uint8), np.arange(50) % 2
        text = "".join(",".join(map(str, [*x, k])) + "\n" for x, k in zip(X, y, strict=True))
        ok("train", "-", "--pixels", "--out", tmp_path / "net", stdin=text)
        net = fastnet.train_stream([(X, y)])
        assert fastnet.load(tmp_path / "net").digest() == net.digest()
        assert "pixels               true" in ok("info", tmp_path / "net")
        rows = "".join(",".join(map(str, x)) + "\n" for x in X)
        for _ in range(2):  # the net remembers it, also when it goes on
            told = ok("predict", tmp_path / "net", "-", "--probabilities", stdin=rows)
            outputs = np.loadtxt(told.splitlines(), np.float32, delimiter=",")
            assert np.array_equal(outputs, net.predict_proba(X))
            ok("train", "-", "--init", tmp_path / "net", "--out", tmp_path / "net", stdin=text)
            net = fastnet.train_stream([(X, y)], init=net)
        assert "a stream, " in ok("info", tmp_path / "net")

    def test_numbers(self):
        text = ok("train", "-", stdin="".join(f"{k / 50},{k / 100}\n" for k in range(150)))
        assert "1 input, 1 output" in text and "identity" in text and "mean loss: " in text
        assert "%" not in text

    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # targets
    def test_the_task_is_said(self, rows):
        for stdin, options, task in (
            ("".join(rows[0]), [], "classification, by iris rose tulip"),
            ("".join(f"{k},{k % 2}\n" for k in range(300)), [], "classification, by 0 1"),
            ("".join(f"{k},{k % 2}{'.0' if k == 7 else ''}\n" for k in range(300)), [],
             "classification, by 0 1"),
            ("".join(f"{k},{k % 2}\n" for k in range(300)), ["--classes", "none"], "regression"),
            ("".join(f"{k / 300},{k % 7}.5\n" for k in range(300)), [], "regression"),
            ("".join(f"[{k / 300}, {k % 7}]\n" for k in range(300)), ["--classes", "none"],
             "regression"),
            ("".join(f'{{"x": [{k / 300}], "y": [{k % 2}]}}\n' for k in range(300)),
             ["--classes", "none"], "regression"),
            ("".join(f'{{"x": [{k / 300}], "y": [0, 1]}}\n' for k in range(300)),
             ["--loss", "cross-entropy"], "several labels at once"),
        ):  # fmt: skip
            assert f"\ntask: {task}\n" in ok("train", "-", *options, stdin=stdin)
        [_, told, *_] = events(ok("train", "-", "--json", stdin="".join(rows[0])))
        assert told["regression"] is False and told["classes"] == ["iris", "rose", "tulip"]

    ODD: ClassVar = {
        "NA": (["10.5", "9.25"], "NA", "label 'NA' is a missing value"),
        "?": (["0", "1"], "?", "label '?' is a missing value"),
        "a number": (["0", "1"], "0.5", "label '0.5', but 299 of the first 300 are whole numbers"),
        "a word": (["1.5", "2"], "two", "label 'two', but 299 of the first 300 are numbers, taken"),
    }

    @pytest.mark.parametrize("kind", ODD)
    def test_one_odd_label_does_not_change_the_task(self, tmp_path, kind):
        labels, odd, said = self.ODD[kind]
        lines = [f"{k / 300},{labels[k % 2]}\n" for k in range(299)]
        lines.insert(100, f"0.5,{odd}\n")
        out = tmp_path / "m"
        message = fails(1, "train", "-", "--out", out, stdin="".join(lines))
        assert message.startswith(f"Error: standard input: line 101: {said}")
        assert message.endswith(f"; saved {out}: 100 rows\n")
        net = fastnet.load(out)
        assert net.classes is None if "." in labels[0] else net.classes.tolist() == [0, 1]
        words = ["--classes", ",".join(dict.fromkeys([*labels, odd]))]
        ok("train", "-", *words, "--out", out, stdin="".join(lines))
        assert fastnet.load(out).classes.tolist() == [*labels, odd]

    @pytest.mark.parametrize("label", [f"[1{'0' * 400}]", f"1{'0' * 400}", "[NaN]", "NaN", "{}"])
    @pytest.mark.parametrize("line", [1, 3])
    def test_json_labels_that_nothing_can_learn(self, label, line):
        rows = ['{"x": [1, 2], "y": [0.5]}\n', '{"x": [0, 1], "y": [0.25]}\n'] * 9
        rows[line - 1] = f'{{"x": [1, 2], "y": {label}}}\n'
        said = fails(1, "train", "-", stdin="".join(rows))
        assert said.startswith(f"Error: standard input: line {line}: ")

    @pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # targets
    @pytest.mark.parametrize("label", ["kind", "k i n d"])
    def test_a_row_without_its_label(self, tmp_path, label):
        rows = "".join(f"{k},{k % 3},{'ab'[k % 2]},1\n" for k in range(500))
        stdin = f"a,b,{label},c\n{rows}1\n1,2,a,3\n"
        out = tmp_path / "m"
        said = fails(1, "train", "-", "--label", label, "--out", out, stdin=stdin)
        came = "line 502: 1 field, wanted 4 (line 1 has 4)"
        assert said == f"Error: standard input: {came}; saved {out}: 500 rows\n"

    def test_a_row_that_does_not_fit(self, rows, tmp_path):
        out = tmp_path / "net"
        stdin = "".join([*rows[0][:130], "\n", "1,2,rose\n", *rows[0][130:]])
        args = ["train", "-", *STREAM, "--out", out, "--history", tmp_path / "h.json"]
        said = fails(1, *args, stdin=stdin)
        kept = f"saved {out}: 130 rows"
        assert said == f"Error: standard input: line 132: 2 features, wanted 3; {kept}\n"
        assert fastnet.load(out).digest() == learned(rows, 130).digest()
        assert len(json.loads((tmp_path / "h.json").read_text())) == 2
        out.unlink()
        args += ["--classes", "iris,rose,tulip"]
        said = fails(1, *args, stdin=stdin.replace("1,2,rose", "1,2,3,lotus"))
        wanted = "line 132: y: label 'lotus' is none of the net's classes"
        assert said.startswith(f"Error: standard input: {wanted}")
        assert fastnet.load(out).digest() == learned(rows, 130).digest()
        said = fails(1, "train", "-", stdin=stdin)
        assert said.endswith("wanted 3; nothing is saved\n")

    def test_new_labels(self, rows, tmp_path):
        options = ["--classes", "tulip,iris", "--new-labels", "--out", tmp_path / "net"]
        text = ok("train", "-", *STREAM, *options, stdin="".join(rows[0]))
        net = learned(rows, classes=["tulip", "iris"], new_labels=True)
        assert fastnet.load(tmp_path / "net").digest() == net.digest()
        assert net.classes.tolist() == ["tulip", "iris", "rose"]
        assert "3 classes" in text  # it comes before the first record
        later = rows[0][0].rpartition(",")[0] + ",lotus\n"
        text = ok("train", "-", *STREAM, *options, stdin="".join([*rows[0], later]))
        assert "\n  a new label, lotus: 4 classes\n1,201 rows " in text

    def test_nothing(self):
        assert fails(1, "train", "-", stdin="") == (
            "Error: standard input: rows: none came, wanted one at least; nothing is saved\n"
        )

    def test_options_that_are_for_something_else(self, rows):
        for args in [
            ("--epochs", 20), ("--data", "digits"), ("--schedule", "linear"), ("--patience", 1),
            ("--shuffle",), ("--threads", 1), ("--max-seconds", 1), ("--target-accuracy", 1),
            ("--warm-up", 0.1), ("--validation-fraction", 0.1),
        ]:  # fmt: skip
            said = fails(2, "train", "-", *args, stdin="".join(rows[0]))
            assert f"Error: {args[0]}: not for a stream" in said
        for args in [("--format", "csv"), ("--new-labels",)]:
            assert f"{args[0]}: for a stream (fastnet train -) only" in fails(2, "train", *args)
        text = "a stream, a .csv or a .jsonl file"
        for args, of in [
            (("--label", "last"), "a table"), (("--target", "a"), "a table"), (("--pixels",), text),
            (("--delimiter", ";"), text), (("--no-header",), text),
        ]:  # fmt: skip
            for command in (["train"], ["evaluate", OLD, "--data", "digits"]):
                assert f": for {of} only" in fails(2, *command, *args)

    def test_forms_are_those_that_lines_have(self):
        [option] = [param for param in main.commands["train"].params if param.name == "format"]
        assert list(option.type.choices) == list(FORMS)

    def test_defaults_are_those_of_the_library(self):
        params = main.commands["train"].make_context("train", ["-"]).params
        rows = {name: row for name, row in StreamOptions.rows().items() if row.terminal}
        assert {"classes", "hidden", "new_labels", "seed"} <= rows.keys()
        assert {name: params[name] for name in rows} == {n: row.usual for n, row in rows.items()}
