"""The answers to rows of tables: by name, in any order, in pipes and in other processes."""

import csv
import io

import numpy as np
import pytest

import fastnet
from tests.cli.helpers import events, fails, ok, warned
from tests.cli.people import ABOUT, FRAME, QUIET, SHORT, text_of


class TestPredict:
    ROWS = FRAME.drop(columns=["id", "income"])

    def test_what_is_missing_and_what_is_more(self, tables, people_net):
        text = text_of(self.ROWS.drop(columns="city"))
        said = fails(1, "predict", tables / "m", "-", stdin=text)
        assert "standard input: " in said and "'city'" in said
        more = self.ROWS.assign(shoes=1, hats=2)
        (tables / "more.csv").write_text(text_of(more))
        result = warned("'shoes'", "predict", tables / "m", tables / "more.csv")
        assert result.stdout.splitlines() == ["income", *people_net.predict(self.ROWS)]
        assert ok("predict", tables / "m", tables / "people.csv") == result.stdout

    @QUIET
    def test_rows_without_names_go_by_place(self, tables, people_net):
        text = text_of(self.ROWS, header=False)
        told = ok("predict", tables / "m", "-", stdin=text).splitlines()
        assert told == people_net.predict(self.ROWS).tolist(), "and no heading"
        assert "keep: 'id', but the rows have no names" in fails(
            1, "predict", tables / "m", "-", "--keep", "id", stdin=text
        )

    @QUIET
    def test_columns_are_kept_as_they_stand(self, tables):
        text = 'id,age,note,city,"job, or none"\n007,041,"a, b",Rome,clerk\n1e3,,NA,Oslo,\n'
        keep = ["--keep", "id,note,age"]
        told = ok("predict", tables / "m", "-", *keep, "--keep", "city", stdin=text)
        rows = [*csv.reader(io.StringIO(told))]
        assert [row[:4] for row in rows] == [
            ["id", "note", "age", "city"], ["007", "a, b", "041", "Rome"],
            ["1e3", "NA", "", "Oslo"],
        ]  # fmt: skip
        said = fails(1, "predict", tables / "m", "-", "--keep", "ID", stdin=text)
        assert "keep: no column 'ID', wanted one of id, age, note" in said

    def test_json_lines(self, tables, people_net):
        text = self.ROWS.to_json(orient="records", lines=True)
        told = events(ok("predict", tables / "m", "-", "--json", "--keep", "city", stdin=text))
        answers = people_net.predict(self.ROWS)
        wanted = zip(FRAME["city"], answers, strict=True)
        assert told == [{"city": city, "income": answer} for city, answer in wanted]
        told = events(ok("predict", tables / "m", "-", "--json", "--probabilities", stdin=text))
        outputs = np.array([[row["<=50K"], row[">50K"]] for row in told], np.float32)
        assert np.array_equal(outputs, people_net.predict_proba(self.ROWS))

    def test_files_of_answers(self, tables, people_net, tmp_path):
        args = ["predict", tables / "m", tables / "people.csv"]
        ok(*args, "--keep", "id", "--out", tmp_path / "a.csv")
        assert (tmp_path / "a.csv").read_text() == ok(*args, "--keep", "id")
        ok(*args, "--out", tmp_path / "a.npy")
        assert np.load(tmp_path / "a.npy").tolist() == people_net.predict(self.ROWS).tolist()
        said = fails(2, *args, "--keep", "id", "--out", tmp_path / "a.npy")
        assert "--keep: not for a .npy file" in said
        ok(*args, "--out", tmp_path / "a.jsonl")
        assert (tmp_path / "a.jsonl").read_text() == ok(*args, "--json")

    def test_answers_are_not_written_over_rows_or_a_model(self, tables):
        (tables / "m.csv").write_bytes((tables / "m").read_bytes())
        for out in ("people.csv", "m.csv"):
            args = ["predict", tables / "m.csv", tables / "people.csv", "--out", tables / out]
            assert f"--out: {tables / out}, the file of " in fails(2, *args)

    def test_several_vote(self, tables):
        args = ["train", tables / "people.csv", *ABOUT, *SHORT]
        ok(*args, "--seeds", 2, "--out", tables / "s")
        paths = [tables / "s-0", tables / "s-1"]
        nets = fastnet.Ensemble([fastnet.load(path) for path in paths])
        told = ok("predict", *paths, tables / "people.csv").splitlines()
        assert told[1:] == nets.predict(self.ROWS).tolist()

    def test_rows_of_another_table(self, tables):
        said = fails(1, "predict", tables / "m", tables / "wages.csv")
        assert "wages.csv: " in said and "'job, or none'" in said


class TestNames:
    """Errors and warnings name the file and its columns, never X and y."""

    ROWS = FRAME.drop(columns="id")

    def write(self, tmp_path, frame, name="t.csv"):
        (tmp_path / name).write_text(text_of(frame))
        return tmp_path / name

    def train(self, *args):
        return ["train", *args, "--target", "income", *SHORT]

    def test_of_what_is_learned(self, tmp_path):
        path = self.write(tmp_path, self.ROWS.assign(id=range(300)))
        said = warned("'id'", *self.train(path)).stderr
        assert said.startswith(f"fastnet: warning: {path}: column 'id': a number for each row")
        path = self.write(tmp_path, self.ROWS.assign(income="rich"))
        assert f"Error: {path}: target 'income': only one class, 'rich'" in fails(
            1, *self.train(path)
        )

    @pytest.mark.parametrize("options", [[], ["--validation-fraction", 0.2], ["--seeds", 2]])
    def test_of_the_test_part(self, tmp_path, options):
        path = self.write(tmp_path, self.ROWS)
        new = self.write(tmp_path, self.ROWS.assign(city="Bonn"), "new.csv")
        said = warned("'Bonn'", *self.train(path), "--test", new, *options).stderr
        assert said.startswith(f"fastnet: warning: {new}: 300 rare or unknown words")
        new = self.write(tmp_path, self.ROWS.drop(columns="city"), "new.csv")
        said = fails(1, *self.train(path), "--test", new, *options)
        assert f"Error: {new}: no column 'city'" in said

    def test_of_rows_to_judge_and_to_answer(self, tables):
        new = self.write(tables, self.ROWS.assign(city="Bonn"))
        for command in ("evaluate", "predict"):
            said = warned("'Bonn'", command, tables / "m", new).stderr
            assert said.startswith(f"fastnet: warning: {new}: 300 rare or unknown words")

    @QUIET
    def test_answers_beside_what_is_known(self, tables, people_net):
        rows = csv.reader(ok("predict", tables / "m", tables / "people.csv", "--keep", "income")
                          .splitlines())  # fmt: skip
        (head, *rows) = rows
        assert head == ["income", "predicted income"]
        answers = people_net.predict(FRAME.drop(columns="id")).tolist()
        assert rows == [[*row] for row in zip(FRAME["income"], answers, strict=True)]


class TestPlaces:
    """Rows without names go by their places; a file to answer may have the target too."""

    ROWS = "".join(f"{k % 7 / 7},{'ab'[k % 2]},{k % 2}\n" for k in range(60))
    NUMBERS = "".join(f"{k % 2},{k % 7 / 7},{k % 2 + 0.25}\n" for k in range(60))

    @pytest.mark.parametrize(
        ("text", "options", "gone"),
        [
            (ROWS, [], 2),
            (NUMBERS, ["--target", "first"], 0),
            (NUMBERS, ["--target", "column 1"], 0),
        ],
    )
    def test_the_target_is_left_aside(self, tmp_path, text, options, gone):
        path, model = tmp_path / "t.csv", tmp_path / "m"
        path.write_text(text)
        ok("train", path, *options, "--epochs", 20, "--hidden", 4, "--out", model)
        rows = [line.split(",") for line in text.splitlines()]
        inputs = "".join(",".join(r[:gone] + r[gone + 1 :]) + "\n" for r in rows)
        wanted = ok("predict", model, "-", stdin=inputs)
        said = f"t.csv: 3 columns, wanted 2: 'column {gone + 1}' counts as the target"
        assert warned(said, "predict", model, path).stdout == wanted
        judged = ok("evaluate", model, path)
        assert judged == ok("evaluate", model)
        said = fails(1, "predict", model, "-", stdin=text.replace("\n", ",1\n"))
        assert "4 columns" in said or "4 features" in said

    def test_a_plain_net_of_named_columns(self, tmp_path):
        frame = FRAME[["age", "city", "income"]].fillna(0).assign(age=lambda f: f["age"] / 80)
        path, model = tmp_path / "t.csv", tmp_path / "m"
        path.write_text(text_of(frame))
        args = ["--target", "income", "--drop", "city", "--encode", "none", *SHORT]
        ok("train", path, *args, "--out", model)
        wanted = ok("predict", model, "-", stdin=text_of(frame[["age"]]))
        assert warned("'income' counts as", "predict", model, path).stdout == wanted
        path.write_text(text_of(frame.drop(columns="city")))
        assert "300 training rows" not in ok("evaluate", model, path)

    def test_a_test_file_need_not_have_what_is_dropped(self, tmp_path):
        (tmp_path / "t.csv").write_text(text_of(FRAME))
        (tmp_path / "new.csv").write_text(text_of(FRAME.drop(columns="id")))
        ok("train", tmp_path / "t.csv", *ABOUT, *SHORT, "--test", tmp_path / "new.csv")


def test_a_number_means_in_a_pipe_what_it_means_in_the_file(tmp_path):
    """1,234 alone does not tell whether its comma stands before decimals: the net knows."""
    rows = [f"{k % 17 / 7:.{3 + k % 2}f};{'ab'[k % 2]};{k % 2}" for k in range(80)]
    path, model = tmp_path / "t.csv", tmp_path / "m"
    path.write_text("\n".join(["x;w;y", *rows, "1.234;a;0\n"]).replace(".", ","))
    ok("train", path, "--epochs", 20, "--hidden", 4, "--out", model)
    assert fastnet.load(model).run["reading"] == {"decimal_found": ","}
    told = ok("predict", model, path, "--probabilities").splitlines()
    for text in ("x;w\n1,234;a\n", "x,w\n1.234,a\n"):
        assert ok("predict", model, "-", "--probabilities", stdin=text).splitlines()[1] == told[-1]
    more = ok("train", path, "--init", model, "--epochs", 1)
    assert "81 training rows" in more
    ok("train", "--repeat", model)
