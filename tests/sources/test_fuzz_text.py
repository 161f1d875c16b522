"""Damaged texts: each is read, or refused in one line; nothing else comes out, and soon."""

import io
import random
import time
import warnings

import hypothesis
import pytest
from hypothesis import strategies as st

import fastnet
from fastnet.sources import text
from fastnet.sources.reading import Reading

CSV = 'id,name,wage,when,y\n1,"Smith, J",12.5,2024-01-02,a\n2,"O""Neil",,2024-03-04,b\n' * 4
SEMICOLONS = CSV.replace(",", ";").replace("12.5", "12,5")
JSON = '{"a": 1, "b": "x\\u00e9", "y": true}\n{"b": null, "a": 2.5, "y": false}\n' * 4
LIBSVM = "1 1:0.5 3:2 # x\n-1 qid:3 2:1e-3\n" * 6
SEEDS = {
    "t.csv": CSV.encode(), "e.csv": SEMICOLONS.encode("cp1252"), "u.csv": CSV.encode("utf-16"),
    "t.jsonl": JSON.encode(), "t.json": b"[" + JSON.strip().replace("\n", ",").encode() + b"]",
    "t.svm": LIBSVM.encode(), "t.data": CSV.replace(",", "  ").encode(), "t": CSV.encode(),
}  # fmt: skip
PIECES = [b'"', b",", b";", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"{", b"]", b":", b"#"]
PIECES += [b"1e999", b"nan", b'""', b"\\u0000", b"sep=,\n", b"\t", b" ", b"9" * 400, b"\xc3"]


def mutated(data, chance):
    """Change some places of bytes: cut, repeat, put in, replace."""
    for _ in range(chance.randint(1, 6)):
        a, b = sorted(chance.randint(0, len(data)) for _ in range(2))
        piece = chance.choice([*PIECES, data[a : a + 20], bytes([chance.randint(0, 255)])])
        data = chance.choice([data[:a] + data[b:], data[:a] + piece + data[a:],
                              data[:a] + piece + data[a + len(piece) :]])  # fmt: skip
    return data


def outcome(path, **options):
    """Read a file; return what is wrong with it, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fastnet.LearningWarning)
            fastnet.datasets.read(path, **options)
    except (ValueError, OSError) as error:
        said = str(error)
        assert said.startswith(str(path)) and "\n" not in said and said.isprintable()
        assert len(said) < len(str(path)) + 400
        return said
    return None


def fuzz(tmp_path, name, seconds, seed):
    chance, path, start = random.Random(seed), tmp_path / name, time.monotonic()
    found = set()
    while time.monotonic() < start + seconds:
        path.write_bytes(mutated(SEEDS[name], chance))
        begun = time.monotonic()
        found.add(outcome(path, **chance.choice([{}, {"labels": False}, {"classes": []}])))
        assert time.monotonic() < begun + 5, path.read_bytes()
    return found


@pytest.mark.parametrize("name", SEEDS)
def test_damaged_files_for_half_a_second(tmp_path, name):
    assert len(fuzz(tmp_path, name, 0.5, 0)) > 3


@pytest.mark.heavy
@pytest.mark.parametrize("name", SEEDS)
def test_damaged_files_for_long(tmp_path, name):
    assert len(fuzz(tmp_path, name, 4, 1)) > 10


@hypothesis.settings(max_examples=300, deadline=None, database=None, derandomize=True)
@hypothesis.given(
    data=st.one_of(
        st.binary(max_size=80), st.text('a1.,;\t\n"#{}[]: ', max_size=60).map(str.encode)
    ),
    size=st.sampled_from([1, 5, 1000]),
)
def test_any_bytes_in_a_pipe(data, size):
    class Pipe(io.BytesIO):
        def read1(self, _=-1):
            return self.read(size)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fastnet.LearningWarning)
            rows = sum(map(len, text.stream_chunks(Pipe(data), Reading())))
        assert rows > 0
    except ValueError as error:
        assert str(error) and "\n" not in str(error)
