"""C text: names, numbers, labels and comments."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastnet import Network
from fastnet.formats import export, to_c
from fastnet.formats.c.text import comment, labels, name_of, number, whole

from .plain import GCC, STRICT, compiler

ODD = [
    'a"b', "a\\b", "*/ int x; /*", "??/", "???)", "line\nbreak", "tab\there", "\\", "zero\0byte",
    "grün 日本 🙂", "\x7f\x85", "%s%n", "1", "NAME", "COUNT", "NAME_predict", "", "a" * 4000,
    "\\u0041", "\ud800",
]  # fmt: skip


def net_of(classes: Any) -> Network:
    return Network.initialise((2, len(classes)), ("sigmoid",), classes=classes)


def printed(folder: Path, header: str, code: str, *command: str) -> bytes:
    """What code that includes a header prints."""
    compiler("gcc")
    (folder / "net.h").write_text(header)
    (folder / "main.c").write_text(
        f'#include <stdio.h>\n#include "net.h"\nint main(void) {{ {code} return 0; }}\n'
    )
    full = [*(command or GCC), *STRICT, "-trigraphs", "main.c", "-o", "main"]
    done = subprocess.run(full, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return subprocess.run([str(folder / "main")], capture_output=True, check=True).stdout


def test_labels_with_any_characters(tmp_path: Path) -> None:
    header = to_c(net_of(ODD), "net")
    assert header.isascii() and header.isprintable() is False  # it has lines
    code = "for (int k = 0; k < net_n_outputs; k++) printf(\"%s|\", net_labels[k]);"
    found = printed(tmp_path, header, code)
    wanted = [label.partition("\0")[0] for label in ODD]
    assert found == "".join(f"{label}|" for label in wanted).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("classes", "of"),
    [
        ([False, True], "int8_t"),
        ([-128, 127], "int8_t"),
        ([0, 255], "int16_t"),
        ([-(2**31), 2**31 - 1], "int32_t"),
        ([-(2**63), 2**63 - 1], "int64_t"),
        ([0, 2**64 - 1], "uint64_t"),
        ([10**30, -5], "char *const"),
    ],
)
def test_whole_numbers_have_the_smallest_type(classes: list[Any], of: str, tmp_path: Path) -> None:
    text = labels("net_labels", classes)
    assert text.startswith(f"static const {of} net_labels[2]")
    form = "%s" if "char" in of else "%llu" if of[0] == "u" else "%lld"
    cast = {"%s": "", "%llu": "(unsigned long long)", "%lld": "(long long)"}[form]
    code = f'printf("{form} {form}", {cast}net_labels[0], {cast}net_labels[1]);'
    found = printed(tmp_path, f"#include <stdint.h>\n{text}\n", code)
    assert found.decode().split() == [str(int(label)) for label in classes]


def test_labels_that_are_bytes(tmp_path: Path) -> None:
    """C has them as they are, in no coding."""
    labels = np.array([b"cat", b"\xff?\n"])
    code = 'printf("%s|%s", net_labels[0], net_labels[1]);'
    assert printed(tmp_path, to_c(net_of(labels), "net"), code) == b"cat|\xff?\n"


def test_numbers_are_read_back_bit_for_bit() -> None:
    bits = np.random.default_rng(0).integers(0, 2**32, 20_000, dtype=np.uint32)
    numbers = bits.view(np.float32)
    for value in [*numbers[np.isfinite(numbers)], np.float32(1), np.float32(-0.0)]:
        text = number(value)
        assert text.endswith("f") and ("." in text or "e" in text)
        assert np.float32(text[:-1]).tobytes() == value.tobytes()
    assert [whole(k, "") for k in (-1, 0, 5)] == ["-1", "0", "5"]


def test_comments_stay_comments() -> None:
    for text in ODD:
        for tail in ("", "\\", "*", "/", "?", "\\ "):
            made = comment([f"{text}{tail}", "/"])
            inner = made[2:-2]
            assert made.isascii() and max(map(len, made.splitlines())) <= 100
            assert not any(bad in inner for bad in ("*/", "/*", "??", "\\\n"))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("digits.h", "digits"),
        ("/tmp/my net-2.h", "my_net_2"),
        ("7.h", "net_7"),
        ("größe.h", "grosse"),
        ("__x__.h", "x"),
        ("日本.h", "u65e5_u672c"),
        ("a" * 90 + ".h", "a" * 40),
        ("a" * 39 + "_b.h", "a" * 39),
    ],
)
def test_the_name_of_a_file(path: str, name: str) -> None:
    assert name_of(path) == name
    assert name_of(path.encode()) == name


@pytest.mark.parametrize(
    "name", ["", "1a", "a b", "a-b", "_a", "a__b", "a_", "ä", "a\n", "a" * 41, 5]
)
def test_names_that_c_does_not_have(name: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"name: .*, wanted a letter, then .* at most 40"):
        to_c(net_of(["a", "b"]), name)
    with pytest.raises(ValueError, match="name: "):
        export(net_of(["a", "b"]), "c", tmp_path / "net.h", name=name)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["int", "NAME", "COUNT", "ROW", "x", "PARAMETER", "TYPE", "a1_B2"])
def test_names_that_are_words_elsewhere(name: str, tmp_path: Path) -> None:
    code = f"float x[2] = {{0}}; printf(\"%d\", {name}_predict(x));"
    assert printed(tmp_path, to_c(net_of(["a", "b"]), name), code) in (b"0", b"1")
