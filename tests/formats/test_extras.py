"""Packages of extras: found, missing, or broken."""

from pathlib import Path

import pytest

from fastnet.formats.extras import package


@pytest.fixture
def libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_a_package_that_is_there(libraries: Path) -> None:
    (libraries / "lib_of_one.py").write_text("ANSWER = 42")
    assert package("lib_of_one", "one", "ONE").ANSWER == 42


@pytest.mark.parametrize("inside", [None, "import no_such_library_of_two"])
def test_a_package_that_is_missing(libraries: Path, inside: str | None) -> None:
    if inside is not None:  # what it needs itself comes with it
        (libraries / "lib_of_two.py").write_text(inside)
    said = r"^TWO needs the package lib_of_two: pip install 'fastnet-sgd\[two\]'$"
    with pytest.raises(ImportError, match=said):
        package("lib_of_two", "two", "TWO")


def test_a_package_that_is_broken(libraries: Path) -> None:
    (libraries / "lib_of_three.py").write_text("raise ImportError('libthree.so:\\nno such file')")
    with pytest.raises(ImportError, match=r"^THREE needs .*_three, which is broken: libthree"):
        package("lib_of_three", "three", "THREE")
