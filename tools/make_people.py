"""Make docs/people.csv up: `python -m tools.make_people FILE`.

The people in it do not exist. It has what tables have that people keep: words with commas and
quotes, gaps, a date, a column that tells the rows apart, and a target that depends on most of the
others. It is the same bytes on each run.
"""

import csv
import io
import random
import sys

from fastnet.files import atomic_write

ROWS = 1000
JOBS = {  # an income at the age of 20, and how much it rises a year
    "cook": (23_000, 250),
    "cook, pastry": (24_000, 300),
    "nurse": (30_000, 400),
    "nurse, head": (36_000, 500),
    "teacher": (33_000, 600),
    "driver": (26_000, 150),
    'driver, "long haul"': (31_000, 200),
    "engineer": (45_000, 900),
    "engineer, civil": (42_000, 800),
    'singer, "on call"': (18_000, 700),
}
TOWNS = {"Aldfield": 1.0, "Brook": 0.9, "Cranham": 1.1, "Dunmore": 1.25, "Eastwick": 0.8}
VILLAGES = ["Farley", "Gorse"]  # rare ones
FIRST = ["Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gwen", "Hugo", "Ida", "Jon"]
LAST = ["Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine", "Rowan"]
HEAD = ["name", "age", "job", "town", "hours", "owner", "since", "income"]


def person(rng: random.Random, number: int) -> list[object]:
    """Return a row."""
    age = 20 + int(45 * rng.random())
    job = rng.choices(list(JOBS), [8, 5, 9, 2, 9, 8, 5, 8, 5, 1])[0]
    town = rng.choice(VILLAGES) if rng.random() < 0.02 else rng.choice(list(TOWNS))
    hours = 40 if rng.random() < 0.6 else 10 + int(35 * rng.random())
    year = 2024 - int((age - 19) * rng.random())
    since = f"{year}-{1 + int(12 * rng.random()):02}-{1 + int(28 * rng.random()):02}"
    first, rise = JOBS[job]
    income = (first + rise * (age - 20) + 300 * (2024 - year)) * TOWNS.get(town, 1.0) * hours / 40
    income *= 0.9 + 0.2 * rng.random()
    owner = "yes" if income * (0.7 + 0.6 * rng.random()) > 36_000 else "no"
    name = f"{rng.choice(LAST)}, {rng.choice(FIRST)} {number}"
    gap = rng.random()
    age_said = "" if gap < 0.08 else age
    job_said = "" if 0.08 <= gap < 0.12 else job
    hours_said = "" if rng.random() < 0.05 else hours
    return [name, age_said, job_said, town, hours_said, owner, since, round(income, -2)]


def make_people() -> bytes:
    """Return the file."""
    rng, text = random.Random(1), io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for number in range(1, ROWS + 1):
        *cells, income = person(rng, number)
        writer.writerow([*cells, f"{income:.0f}"])
    return text.getvalue().encode()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tools.make_people FILE")
    atomic_write(sys.argv[1], lambda file: file.write(make_people()))
