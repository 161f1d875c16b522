"""What comes from elsewhere is one line that a terminal can show."""

import pytest

from fastnet.diagnostics import printable, reason


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("größe 12 µm", "größe 12 µm"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\tb\r\n", r"a\tb\r\n"),
        ("\x9b31m\x7f\x00", r"\x9b31m\x7f\x00"),
        ("\ud800\u202e", r"\ud800\u202e"),
        ("", ""),
    ],
)
def test_printable(text, wanted):
    assert printable(text) == wanted
    assert wanted.isprintable()


def test_reason():
    assert reason(ValueError("this\nand that")) == "this"
    assert reason(ValueError()) == reason(ValueError("")) == "ValueError"
    assert reason(ValueError("\nthat")) == "ValueError"
    for character in ("x", "\x1b", "\U000e0001"):
        assert len(reason(ValueError(character * 10**6))) == 200
