"""C by several compilers, for several machines, with sanitizers: the same labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Network
from fastnet.formats.c import twin
from fastnet.formats.layers import exported

from .plain import answers, bound, built, compiler

pytestmark = [pytest.mark.heavy, pytest.mark.compiled]
C99 = "-std=c99"
COMMANDS = {
    "gcc": ("gcc", C99, "-O2"),
    "gcc, all that this CPU has": ("gcc", "-std=gnu17", "-O3", "-march=native"),
    "gcc, 32 bits": ("gcc", C99, "-Os", "-m32", "-msse2", "-mfpmath=sse"),
    "gcc, x87": ("gcc", C99, "-O2", "-m32", "-mfpmath=387"),
    "g++": ("g++", "-std=c++98", "-Wno-long-long", "-O2", "-fno-exceptions"),
    "clang": ("clang", C99, "-Oz"),
    "clang++": ("clang++", "-std=c++20", "-O2"),
    "gcc, sanitizers": ("gcc", C99, "-O1", "-fsanitize=address,undefined"),
    "clang, sanitizers": ("clang", C99, "-O1", "-fsanitize=undefined,integer,float-divide-by-zero"),
    "clang, memory": ("clang", C99, "-O1", "-fsanitize=memory"),
}
STOP = "-fno-sanitize-recover=all"
(X, Y), (X_TEST, Y_TEST) = fastnet.datasets.load("digits")
LEARNED: dict[str, dict[str, Any]] = {
    "plain": {"hidden": (16, 16)},
    "relu": {"hidden": (64, 32), "activation": "relu", "loss": "cross-entropy"},
    "tanh": {"hidden": (32,), "activation": "tanh", "loss": "cross-entropy"},
    "wide": {"hidden": (64, 32)},
    "leaky": {"hidden": (20, 20), "activation": ("leaky-relu", "scaled-tanh", "sigmoid")},
}


@pytest.fixture(scope="module")
def nets() -> dict[str, Network]:
    return {name: fastnet.train(X, Y, epochs=3, **options) for name, options in LEARNED.items()}


@pytest.mark.parametrize("weights", ["float32", "int8"])
@pytest.mark.parametrize("name", COMMANDS)
def test_compilers_and_machines(
    name: str, weights: str, nets: dict[str, Network], tmp_path: Path
) -> None:
    command = COMMANDS[name] + ((STOP,) if "sanitize" in str(COMMANDS[name]) else ())
    made = built(tmp_path, nets, command, weights)
    for own, net in nets.items():
        outputs, labels = answers(made, own, net, X_TEST)
        if weights == "float32":
            np.testing.assert_array_equal(labels, net.predict(X_TEST))
            assert (np.abs(outputs - net.predict_proba(X_TEST)) <= bound(net, X_TEST)).all()
        else:  # a rounding may fall on the other side where sums have other bits
            twins = twin.outputs(exported(net, "C"), X_TEST)
            np.testing.assert_array_equal(labels, net.classes[twins.argmax(axis=1)])
            np.testing.assert_allclose(outputs, twins, atol=2e-4)


@pytest.mark.parametrize("weights", ["float32", "int8"])
def test_all_of_mnist(weights: str, mnist_folder: Path, tmp_path: Path) -> None:
    (X, y), (X_test, y_test) = fastnet.datasets.load("mnist")
    nets = {name: fastnet.train(X, y, epochs=2, **options) for name, options in LEARNED.items()}
    made = built(tmp_path, nets, ("gcc", C99, "-O2", "-ffp-contract=off"), weights)
    for name, net in nets.items():
        for rows in (X, X_test):
            outputs, labels = answers(made, name, net, rows)
            if weights == "float32":
                np.testing.assert_array_equal(labels, net.predict(rows), name)
            else:
                np.testing.assert_array_equal(outputs, twin.outputs(exported(net, "C"), rows))
        if weights == "int8":
            assert np.mean(labels == y_test) > net.score(X_test, y_test) - 0.005


def test_code_for_avr_keeps_its_tables_in_flash(nets: dict[str, Network], tmp_path: Path) -> None:
    import subprocess

    from fastnet.formats import to_c

    compiler("avr-gcc")
    (tmp_path / "plain.h").write_text(to_c(nets["plain"], "plain", weights="int8"))
    (tmp_path / "main.c").write_text(
        '#include "plain.h"\nint main(void) { static uint8_t x[784]; return plain_predict(x); }\n'
    )
    flags = ["-mmcu=atmega2560", C99, "-Os", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["avr-gcc", *flags, "main.c", "-o", "main"], check=True, cwd=tmp_path)
    (tmp_path / "wide.h").write_text(to_c(nets["wide"], "wide"))
    (tmp_path / "wide.c").write_text('#include "plain.h"\n#include "wide.h"\n')
    refused = subprocess.run(
        ["avr-gcc", *flags, "-c", "wide.c"], capture_output=True, text=True, cwd=tmp_path
    )
    assert '#error "wide: 210600 bytes of tables, but PROGMEM has 60000' in refused.stderr
    sizes = subprocess.run(["avr-size", "-A", "main"], capture_output=True, text=True, cwd=tmp_path)
    found = {line.split()[0]: int(line.split()[1]) for line in sizes.stdout.splitlines()[2:-2]}
    assert found[".text"] > 13_000 and found[".bss"] == 784 and found.get(".data", 0) < 16
