"""C where it is used: the examples of the docs in a browser's engine and on an Arduino; tables."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet.formats import to_c
from fastnet.model.ensemble import nets_of
from tests.helpers import needed
from tools import avr

from .plain import bound, compiler
from .programs import answers, built, columns_of, order_of, program, text_of
from .test_compilers import COMMANDS, STOP
from .test_tables import check, made

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.filterwarnings("ignore::fastnet.LearningWarning"),  # of columns left out, of words
]
EXAMPLES = Path(__file__).parents[3] / "docs/examples"
WASM = ("clang", "--target=wasm32", "-O2", "-ffreestanding", "-nostdlib", "-Wl,--no-entry")
_, (X_TEST, _) = fastnet.datasets.load("digits")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["odd", "far", "stream", "several nets"])
def test_tables_by_all_compilers(name: str, command: str, tmp_path: Path) -> None:
    stop = (STOP,) if "sanitize" in str(COMMANDS[command]) else ()
    check(*made(name), tmp_path, (*COMMANDS[command], *stop))


def follow(example: Path) -> None:
    """Run the commands at the head of an example, in its folder."""
    for line in example.read_text().splitlines():
        program, *arguments = line.strip("/ ").split() or [""]
        if program == "fastnet":
            program, arguments = sys.executable, ["-m", "fastnet", *arguments]
        elif program != "clang" or arguments[0] == "and":
            continue
        subprocess.run([program, *arguments], cwd=example.parent, check=True, capture_output=True)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, fastnet.Network]:
    """The web example in a folder, its net made as its head says, and the net."""
    compiler("clang")
    compiler("wasm-ld")
    folder = tmp_path_factory.mktemp("web")
    shutil.copytree(EXAMPLES / "web", folder, dirs_exist_ok=True)
    follow(folder / "digits.c")
    return folder, fastnet.load(folder / "digits.npz")


# What a browser has, around worker.js, which it runs as it is.
NODE = """\
const fs = require("fs");
const images = fs.readFileSync("images");
let next = 0;
globalThis.fetch = async (name) =>
  new Response(fs.readFileSync(name), { headers: { "content-type": "application/wasm" } });
globalThis.postMessage = (answer) => { console.log([...answer].join(" ")); ask(); };
function ask() {
  if (next < images.length) onmessage({ data: images.subarray(next, next += 784) });
}
(0, eval)(fs.readFileSync("worker.js", "utf8"));
ask();
"""


def test_a_web_worker_reads_all_digits(web: tuple[Path, fastnet.Network]) -> None:
    folder, net = web
    compiler("node")
    (folder / "images").write_bytes(X_TEST.tobytes())
    done = subprocess.run(["node", "-e", NODE], cwd=folder, capture_output=True, check=True)
    outputs = np.loadtxt(done.stdout.decode().splitlines())
    assert (np.abs(outputs - net.predict_proba(X_TEST)) <= bound(net, X_TEST)).all()
    np.testing.assert_array_equal(net.classes[outputs.argmax(axis=1)], net.predict(X_TEST))


class Wasm:
    """A WebAssembly module in Wasmtime."""

    def __init__(self, path: Path):
        wasmtime: Any = needed("wasmtime")
        self.store = wasmtime.Store()
        module = wasmtime.Module.from_file(self.store.engine, str(path))
        assert not module.imports  # it needs nothing from outside
        self.exports = wasmtime.Instance(self.store, module, []).exports(self.store)

    def call(self, name: str) -> Any:
        return self.exports[name](self.store)

    def put(self, values: bytes, address: int) -> None:
        self.exports["memory"].write(self.store, values, address)

    def got(self, address: int, count: int) -> Any:
        memory = self.exports["memory"].read(self.store, address, address + 4 * count)
        return np.frombuffer(bytes(memory), np.float32)


def test_wasmtime_reads_all_digits(web: tuple[Path, fastnet.Network]) -> None:
    folder, net = web
    wasm = Wasm(folder / "digits.wasm")
    outputs = []
    for image in X_TEST:
        wasm.put(image.tobytes(), wasm.call("pixels"))
        wasm.call("run")
        outputs.append(wasm.got(wasm.call("probabilities"), 10))
    np.testing.assert_array_equal(net.classes[np.argmax(outputs, axis=1)], net.predict(X_TEST))


TABLE = """\
#include "net.h"
#define EXPORT(name) __attribute__((export_name(name)))
static struct net_row row;
static float inputs[net_n_inputs], outputs[net_n_outputs];
EXPORT("row") void *row_of(void) { return &row; }
EXPORT("inputs") float *inputs_of(void) { return inputs; }
EXPORT("outputs") float *outputs_of(void) { return outputs; }
EXPORT("run") void run(void) { net_encode(&row, inputs); net_probabilities(&row, outputs); }
"""


def packed(net: Any, rows: list[dict[str, Any]]) -> Any:
    """Rows as the struct has them: doubles, codes of words, truth values."""
    kinds = {"word": "u4", "flag": "i1"}
    fields = [(f"f{k}", kinds.get(c.kind, "f8")) for k, c in enumerate(columns_of(net))]
    table = np.zeros(len(rows), np.dtype(fields, align=True))
    for (name, _), column in zip(fields, columns_of(net), strict=True):
        texts = [text_of(row[column.name], column) for row in rows]
        if column.kind == "word":
            codes = dict.fromkeys(["", "?"], 0)
            codes |= {word: k for k, word in enumerate(column.index, 1)}
            texts = [codes.get(text, len(codes)) for text in texts]
        table[name] = texts
    return table


def test_wasmtime_answers_rows_of_a_table(tmp_path: Path) -> None:
    compiler("clang")
    net, rows = made("odd")
    (tmp_path / "net.h").write_text(to_c(net, "net"))
    (tmp_path / "main.c").write_text(TABLE)
    subprocess.run([*WASM, "main.c", "-o", "net.wasm"], cwd=tmp_path, check=True)
    wasm, found = Wasm(tmp_path / "net.wasm"), []
    for row in packed(net, rows):
        wasm.put(row.tobytes(), wasm.call("row"))
        wasm.call("run")
        found.append([wasm.got(wasm.call("inputs"), len(order_of(net))),
                      wasm.got(wasm.call("outputs"), 3)])  # fmt: skip
    inputs, outputs = (np.array(each) for each in zip(*found, strict=True))
    off = np.abs(outputs - net.predict_proba(pd.DataFrame(rows, dtype=object)))
    assert (off <= bound(net, inputs[:, np.argsort(order_of(net))])).all()


@pytest.fixture
def arduino(tmp_path: Path) -> Path:
    """A folder for a sketch."""
    if not avr.is_here() and not os.environ.get("CI"):
        pytest.skip("no gcc-avr, arduino-core-avr or libsimavr-dev")
    return tmp_path


def test_an_arduino_uno_reads_digits(arduino: Path) -> None:
    """The sketch of the docs, with Arduino's own core, on a simulated Uno."""
    sketch = Path(shutil.copy(EXAMPLES / "arduino/digits/digits.ino", arduino))
    follow(sketch)
    net = fastnet.load(arduino / "digits.npz")
    answered = avr.answers(avr.built(sketch, arduino), X_TEST[:50].tobytes(), 50)
    wrong = np.array(answered.lines, int) != net.predict(X_TEST[:50])
    assert wrong.sum() <= 1  # by int8 weights
    assert answered.flash < 32_256  # an Uno has so much beside its bootloader
    assert answered.ram < 2048


TABLES = """\
#include "net.h"
void setup() { Serial.begin(115200); }
void loop() {
  static struct { float numbers[3]; char job[25], town[25], owner[25]; } given;
  struct net_row row;
  if (Serial.readBytes((uint8_t *)&given, sizeof given) < sizeof given) return;
  row.age = given.numbers[0], row.hours = given.numbers[1], row.since = given.numbers[2];
  row.job = net_find_job(given.job);
  row.town = net_find_town(given.town);
  row.owner = net_find_owner(given.owner);
  Serial.println(net_predict(&row), 1);
}
"""


def test_an_arduino_mega_answers_rows_of_a_table(arduino: Path) -> None:
    """Its double has 32 bits, so dates are off by up to two minutes, and answers by little."""
    net, rows = made("people")
    (arduino / "net.h").write_text(to_c(net, "net"))
    (arduino / "net.ino").write_text(TABLES)
    given = b""
    for row in rows[:40]:
        texts = {c.name: text_of(row[c.name], c) for c in columns_of(net)}
        given += np.array([texts[n] for n in ("age", "hours", "since")], np.float32).tobytes()
        given += b"".join(texts[n].encode().ljust(25, b"\0") for n in ("job", "town", "owner"))
    mcu = "atmega2560"
    answered = avr.answers(avr.built(arduino / "net.ino", arduino, mcu), given, 40, mcu)
    own = built(arduino, program(net), to_c(net, "net"), ("gcc", "-std=c99"))
    wanted = net.predict(pd.DataFrame(rows[:40], dtype=object))
    inputs, _ = answers(own, net, rows[:40])
    first = np.abs(nets_of(net)[0].weights[0]).sum(axis=1).max()
    seconds = 128 / min(c.scale for c in net.encoding.columns if c.kind == "time")
    assert seconds * first < 1e-3 and len(inputs) == 40
    np.testing.assert_allclose(np.array(answered.lines, float), wanted, rtol=1e-3)
