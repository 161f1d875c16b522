"""Values as JSON, which never holds a NaN, and as TOML."""

import json
import math

import numpy as np
import pytest

from fastnet.cli.text import as_toml, plain


def test_toml_is_what_tomllib_reads():
    tomllib = pytest.importorskip("tomllib")  # of Python 3.11 and later
    options = {
        "data": 'né "\\日本\U0001f600\t\n',
        "rate": 1e-300,
        "n": 2**40,
        "b": False,
        "h": [3, 2],
    }
    assert tomllib.loads(as_toml(options | {"none": []})) == options | {"none": []}


def test_plain_values():
    value = {
        "a": np.float32(0.5),
        "b": np.array([1, 2]),
        "c": np.array(["x"]),
        "d": math.nan,
        "e": [np.inf, -math.inf, 1.0],
        "f": (np.bool_(True), np.int64(3), None),
        "g": np.array([b"x"]),
    }
    assert plain(value) == {
        "a": 0.5,
        "b": [1, 2],
        "c": ["x"],
        "d": None,
        "e": [None, None, 1.0],
        "f": [True, 3, None],
        "g": ["b'x'"],
    }
    json.dumps(plain(value), allow_nan=False)
