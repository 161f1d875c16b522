"""Arduino sketches without the board: compiled with Arduino's own core, and run on a simulated AVR.

This needs Debian's packages gcc-avr, avr-libc, arduino-core-avr, libsimavr-dev and libelf-dev.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

ARDUINO = Path("/usr/share/arduino/hardware/arduino/avr")
FLAGS = (
    "-Os -w -ffunction-sections -fdata-sections -DF_CPU=16000000L -DARDUINO=10819 -DDECIMAL_DIG=17 "
    "-DARDUINO_ARCH_AVR -DARDUINO_AVR_UNO "
    f"-I{ARDUINO}/cores/arduino -I{ARDUINO}/variants/standard"
)
CPP = ("-std=gnu++11", "-fno-exceptions", "-fno-threadsafe-statics")
HERE = Path(__file__).parent


class Answered(NamedTuple):
    """What a sketch has answered, and what it has used.

    Attributes
    ----------
    lines : list of str
        The answers.
    cycles : int
        From the last byte of a row to its answer.
    flash, ram : int
        Bytes. The RAM is that of variables and of the stack.
    """

    lines: list[str]
    cycles: int
    flash: int
    ram: int


def is_here() -> bool:
    """Tell whether the tools are installed."""
    programs = all(map(shutil.which, ("avr-gcc", "avr-g++", "avr-size", "gcc")))
    return programs and ARDUINO.exists() and Path("/usr/include/simavr").exists()


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run a command; what it says on standard error becomes the error."""
    done = subprocess.run([*map(str, command)], capture_output=True, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise OSError(f"{Path(command[0]).name}: {done.stderr.decode()[:2000]}")
    return done  # type: ignore[no-any-return]


def built(sketch: Path, folder: Path, mcu: str = "atmega328p", include: str = ".") -> Path:
    """Return the program of a sketch, made in a folder; headers lie beside it, or in `include`."""
    flags = [f"-mmcu={mcu}", *FLAGS.split(), f"-I{include}"]
    core = folder / "core"
    core.mkdir(exist_ok=True)
    for source in sorted((ARDUINO / "cores/arduino").glob("*.c*")):
        compiler = ("avr-g++", *CPP) if source.suffix == ".cpp" else ("avr-gcc",)
        made = core / f"{source.name}.o"
        if not made.exists():
            run(*compiler, *flags, "-c", source, "-o", made)
    main, program = folder / "sketch.o", folder / "program.elf"
    run("avr-g++", *flags, *CPP, "-x", "c++", "-include", "Arduino.h", "-c", sketch, "-o", main)
    run("avr-gcc", flags[0], "-Os", "-Wl,--gc-sections", main, *core.glob("*.o"), "-o", program)
    return program


def answers(program: Path, rows: bytes, count: int, mcu: str = "atmega328p") -> Answered:
    """Return what a program answers to so many rows, which come over the serial line."""
    simulator = program.parent / "avr"
    if not simulator.exists():
        run("gcc", "-O2", HERE / "avr.c", "-o", simulator, "-lsimavr", "-lelf")
    bytes = len(rows) // count
    done = run(simulator, program, mcu, str(bytes), str(count), input=rows, timeout=600)
    cycles, stack = map(int, done.stderr.split()[-2:])
    flash, ram = size(program)
    lines = [line for line in done.stdout.decode().splitlines() if not line.startswith("Loaded")]
    return Answered(lines, cycles, flash, ram + stack)


def size(program: Path) -> tuple[int, int]:
    """Return the bytes of flash that a program needs, and those of its variables in RAM."""
    text, data, bss, *_ = run("avr-size", program).stdout.splitlines()[1].split()
    return int(text) + int(data), int(data) + int(bss)
