"""Models as C: what a header of fastnet costs, beside the code of emlearn and micromlgen.

The same nets, which have learned images. Code is compiled by gcc -Os for its size and its
instructions, and by gcc -O3 for its time; for a microcontroller it is linked with what it needs of
the C library. Where Arduino's core and simavr are installed, a sketch runs on a simulated Uno.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import fastnet
from fastnet.formats import to_c
from tools import avr

from .nets import Array, images
from .report import missing, short, table

PACKAGES_USED = ("gcc", "emlearn", "micromlgen")
NETS = ((784, 10), (784, 16, 16, 10), (784, 64, 32, 10))
TOOLS = {"instructions": "valgrind", "flash on a Cortex-M4": "arm-none-eabi-gcc"}
HIDDEN = {True: "with hidden layers", False: "without hidden layers"}
EXTERN = 'extern "C" '
UNO = "ms on an Arduino Uno"
NUMBERS = {
    "flash": "flash, bytes",
    "cortex": "on a Cortex-M4",
    "ram": "RAM, bytes",
    "row": "and a row",
    "instructions": "instructions",
}
HEAD = (*NUMBERS.values(), "µs", UNO, "% right")
FLASH, RAM = 32_256, 1_900  # of an Uno: beside the bootloader; beside the stack
HOST = ("-fno-asynchronous-unwind-tables", "-w")
CORTEX = (
    "arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16",
    "-Os", "-w", "-ffunction-sections", "-fdata-sections", "-nostartfiles", "-Wl,--gc-sections",
    "-Wl,-e,answer", "--specs=nosys.specs",
)  # fmt: skip
SOURCE = Path(__file__).parent / "peers/answer.c"
ROWS, COUNTED, ON_UNO = 2000, 20, 5
ABOUT = (
    "Flash is that of code and constants by `gcc -Os`; on a Cortex-M4 with what they need of the C "
    "library. RAM is that of variables and of the stack, beside the row. Instructions are those of "
    "`gcc -Os`, µs those of `gcc -O3`. The Uno is simulated; no: the code does not fit, or is none "
    "for it."
)
SKETCH = """\
CODE
void setup() { Serial.begin(115200); }
void loop() {
  static ROW x[WIDTH];
  if (Serial.readBytes((char *)x, sizeof x) == sizeof x) Serial.println((int)CALL);
}
"""


class Code(NamedTuple):
    """The code that a library writes for a net.

    Attributes
    ----------
    text : str
        C or C++, which may include `folder`.
    call : str
        An expression that answers x.
    row : str
        The type of x.
    folder : str
        Where its own headers lie.
    cpp : bool
    """

    text: str
    call: str
    row: str = "float"
    folder: str = "."
    cpp: bool = False


def measure(quick: bool) -> dict[str, Any]:
    """Measure each net as the C of each library."""
    data, (X, y), test = images()
    X, y = (X[:10_000], y[:10_000]) if quick else (X, y)
    X_test, y_test = (each[:ROWS] for each in test)
    gone = {what: f"no {tool}" for what, tool in TOOLS.items() if not shutil.which(tool)}
    if not avr.is_here():
        gone[UNO] = "no avr-gcc, arduino-core-avr or libsimavr-dev"
    nets = []
    with tempfile.TemporaryDirectory() as folder:
        for sizes in NETS:
            net = fastnet.train(
                X, y, hidden=sizes[1:-1], activation="relu", loss="cross-entropy", epochs=5
            )
            costs = {
                name: cost(code, X_test, y_test, Path(folder)) for name, code in codes(net, gone)
            }
            score = net.score(X_test, y_test)
            nets.append({"net": "-".join(map(str, sizes)), "score": score, "code": costs})
    return {"data": data, "nets": nets, "missing": gone}


def codes(net: fastnet.Network, gone: dict[str, str]) -> Iterator[tuple[str, Code]]:
    """Yield the code that each library writes for a net."""
    for weights in ("float32", "int8"):
        text = to_c(net, "net", "uint8", weights)
        yield f"fastnet, {weights}", Code(text, "net_predict(x)", "uint8_t")
    hidden = len(net.sizes) > 2
    peers = {"emlearn": (by_emlearn, hidden), "micromlgen": (by_micromlgen, not hidden)}
    for name, (of, able) in peers.items():
        if not able:
            gone[f"{name}, {'-'.join(map(str, net.sizes))}"] = f"it has no nets {HIDDEN[hidden]}"
            continue
        try:
            yield name, of(net)
        except ImportError as error:
            gone[name] = str(error)


def by_emlearn(net: fastnet.Network) -> Code:
    """Return emlearn's code, which it also writes for MLPClassifier."""
    import emlearn
    from emlearn.net import c_generate_net_loadable

    layers = [*net.weights], [*net.biases]
    text = c_generate_net_loadable([*net.activations], *layers, "net")
    folder = str(Path(emlearn.__file__).parent)
    return Code(f"#include <stdint.h>\n{text}", "net_predict(x, 784)", folder=folder)


def by_micromlgen(net: fastnet.Network) -> Code:
    """Return micromlgen's code of a logistic regression."""
    from micromlgen import port
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression()
    model.coef_, model.intercept_, model.classes_ = net.weights[0].T, net.biases[0], net.classes
    call = "Eloquent::ML::Port::LogisticRegression().predict(x)"
    return Code(f"#include <stdint.h>\n{port(model)}", call, cpp=True)


def cost(code: Code, X: Array, y: Array, folder: Path) -> dict[str, Any]:
    """Measure one piece of code. Its rows are pixels as they are, or floats from 0 to 1."""
    rows = X if code.row == "uint8_t" else (X / 255).astype(np.float32)
    main = folder / ("unit.cpp" if code.cpp else "unit.c")
    function = f"{EXTERN * code.cpp}int answer({code.row} *x) {{ return (int){code.call}; }}"
    main.write_text(f"{code.text}\n{function}\n")
    small = program(main, code, rows, "-Os")
    text, data, bss = sizes(main.with_suffix(".o"))
    labels = np.array(ran(small, "labels", rows).split(), int)
    found: dict[str, Any] = {
        "flash": text + data,
        "ram": data + bss + int(ran(small, "stack", rows)),
        "row": rows[0].nbytes,
        "right": float(np.mean(labels == y)),
        "us": float(ran(program(main, code, rows, "-O3"), "time", rows)) / 1000,
    }
    if shutil.which("valgrind"):
        found["instructions"] = instructions(small, rows[:COUNTED])
    if shutil.which(CORTEX[0]) and not code.cpp:  # whose C++ library is another package
        found["cortex"] = linked(main, code)
    if avr.is_here():
        found["uno"] = on_uno(code, rows[:ON_UNO], folder)
    return found


def program(main: Path, code: Code, rows: Array, level: str) -> Path:
    """Compile code, and link it with what measures it."""
    unit, made = main.with_suffix(".o"), main.with_name(f"program{level}")
    compiler, kind = "g++" if code.cpp else "gcc", f"-DROW={code.row}"
    run(compiler, level, *HOST, f"-I{code.folder}", "-c", main, "-o", unit)
    options = (kind, f"-DWIDTH={rows.shape[1]}", level, "-w")
    run("gcc", *options, SOURCE, unit, "-o", made, "-lm")
    return made


def sizes(made: Path) -> list[int]:
    """Return the bytes of text with constants, of data, and of variables that begin at 0."""
    return [int(size) for size in run("size", made).splitlines()[1].split()[:3]]


def linked(main: Path, code: Code) -> int:
    """Return the bytes of flash on a Cortex-M4, with what is needed of the C library."""
    made = main.with_name("cortex.elf")
    run(*CORTEX, f"-I{code.folder}", main, "-o", made, "-lm")
    return sum(sizes(made)[:2])


def instructions(made: Path, rows: Array) -> float:
    """Return the instructions of a row."""
    options = ("--tool=callgrind", "--toggle-collect=answer", "--callgrind-out-file=/dev/null")
    done = subprocess.run(
        ["valgrind", *options, made, "count"], input=rows.tobytes(), capture_output=True
    )
    line = next(line for line in done.stderr.decode().splitlines() if "Collected" in line)
    return int(line.split(":")[1]) / len(rows)


def on_uno(code: Code, rows: Array, folder: Path) -> float | None:
    """Return the milliseconds of a row on a simulated Arduino Uno; None if it does not fit."""
    sketch = folder / "sketch.ino"
    words = {"CODE": code.text, "ROW": code.row, "WIDTH": str(rows.shape[1]), "CALL": code.call}
    sketch.write_text(re.sub("|".join(words), lambda found: words[found[0]], SKETCH))
    try:
        made = avr.built(sketch, folder, include=code.folder)
    except OSError:  # an array is too large, or flash, or it is no code for it
        return None
    flash, ram = avr.size(made)
    if flash > FLASH or ram > RAM:
        return None
    return avr.answers(made, rows.tobytes(), len(rows)).cycles / 16_000


def ran(made: Path, what: str, rows: Array) -> str:
    """Return what the program prints."""
    done = subprocess.run([made, what], input=rows.tobytes(), capture_output=True, check=True)
    return done.stdout.decode()


def run(*command: str | Path) -> str:
    """Run a compiler or the like, and return what it prints."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{command[0]}: {done.stderr[:2000]}")
    return done.stdout


def tables(figures: dict[str, Any]) -> str:
    """Return a table for each net."""
    parts = []
    for net in figures["nets"]:
        rows = [[f"{net['net']} as C", *HEAD]]
        rows += [[name, *cells(found)] for name, found in net["code"].items()]
        parts.append(table(rows))
    right = ", ".join(f"{100 * net['score']:.1f}" for net in figures["nets"])
    about = f"In Python, the nets are {right}% right on these {ROWS:,} images of {figures['data']}."
    return "\n\n".join([*parts, f"{about} {ABOUT}", *missing(figures["missing"])])


def cells(found: dict[str, Any]) -> list[str]:
    """Return the cells of a row."""
    uno = "" if "uno" not in found else "no" if found["uno"] is None else short(found["uno"])
    cells = [f"{found[key]:,.0f}" if key in found else "" for key in NUMBERS]
    return [*cells, short(found["us"]), uno, f"{100 * found['right']:.1f}"]
