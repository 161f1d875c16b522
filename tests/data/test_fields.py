"""Fields of text: what is a name and what is none."""

import pytest

from fastnet.data.fields import is_heading, split


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("a,b", True), ("a", True), (",a,b", True), ("Inc. (%),n/a rate", True), ("a b,c;d", True),
        ("1st,2nd", True), ("0x0,0x1", True), ("min,50%,max", True), ("5%,50%", False),
        ("1'000,1 0", False), ("($5)", False), ("1e", True),
        ("", False), (",", False), (",,", False), ("a,", False), ("a,,b", False),
        ("a,1", False), ("a,?", False), ("nan,a", False), ("NA", False), ("inf", False),
        ("-1e5", False), ("0.5 1", False), ("0.5;1", False), ("1\t2", False), (",1", False),
    ],
)  # fmt: skip
def test_headings(line, names):
    assert is_heading(split(line)) is names
