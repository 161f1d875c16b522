"""The people of the examples are those of the script, and have what the pages say they have."""

import csv
from pathlib import Path

from tools.make_people import make_people

PEOPLE = Path(__file__).parents[2] / "docs" / "people.csv"


def test_the_file_is_what_the_script_makes() -> None:
    assert make_people() == PEOPLE.read_bytes()


def test_it_has_gaps_and_words_with_commas_and_quotes() -> None:
    with PEOPLE.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1000
    assert len({row["name"] for row in rows}) == 1000
    for name in ("age", "job", "hours"):
        assert 20 < sum(row[name] == "" for row in rows) < 120
    jobs = {row["job"] for row in rows}
    assert {"engineer, civil", 'driver, "long haul"'} < jobs
    assert all(row["income"].isdecimal() for row in rows)
