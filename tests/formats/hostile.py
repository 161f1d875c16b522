"""Damaged and hostile files, loaded in a process of bounded memory: see test_hostile.py.

    python -m tests.formats.hostile BOMBS MODELS SEED TIMES

prints why each file in the folder BOMBS is refused. Then it loads TIMES mutations of each file in
the folder MODELS, and prints how many of them were loaded and how many refused.
"""

import contextlib
import io
import json
import resource
import signal
import struct
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import fastnet

ROOM = 1 << 27  # bytes of memory beyond what the libraries have
SECONDS = 10  # of computing, for one file
ODD = [-1, 0, 1, 255, 1 << 31, 1 << 62, (1 << 63) - 1, 1e300, -0.5, None, True, "x", [], {}]


class Mutator:
    """Mutations of the bytes of a file, by one generator of random numbers."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        self.all: list[Callable[[bytes], bytes]] = [
            self.cut, self.flipped, self.flipped, self.number, self.inserted, self.without,
            self.twice, self.swapped,
        ]  # fmt: skip

    def of(self, data: bytes) -> bytes:
        """Return a mutation of a file, by what it is."""
        if data[:2] == b"PK" and self.rng.random() < 0.8:
            return self.zipped(data)
        if data[:1] == b"{" and self.rng.random() < 0.8:
            return self.json(data)
        if data[8:9] == b"{" and self.rng.random() < 0.8:  # safetensors
            size = struct.unpack("<Q", data[:8])[0]
            header = self.json(data[8 : 8 + size])
            return struct.pack("<Q", len(header)) + header + data[8 + size :]
        return self.bytes(data)

    def bytes(self, data: bytes) -> bytes:
        """Return a mutation of any bytes."""
        return self.all[self.rng.integers(len(self.all))](data) if data else b"x"

    def span(self, data: bytes) -> tuple[int, int]:
        """Return the bounds of a random piece, most often near the beginning, where headers are."""
        most = len(data) if self.rng.random() < 0.5 else min(len(data), 400)
        start, stop = sorted(self.rng.integers(0, most + 1, 2).tolist())
        return start, min(stop, start + 100)

    def cut(self, data: bytes) -> bytes:
        return data[: self.rng.integers(0, len(data))]

    def flipped(self, data: bytes) -> bytes:
        changed = bytearray(data)
        start = self.span(data)[0]
        for _ in range(self.rng.integers(1, 4)):
            changed[min(start, len(data) - 1)] = self.rng.integers(0, 256)
            start += int(self.rng.integers(1, 8))
        return bytes(changed)

    def number(self, data: bytes) -> bytes:
        start = self.span(data)[0]
        form = "<I" if self.rng.random() < 0.5 else "<Q"
        number = [0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x10000000][self.rng.integers(0, 5)]
        piece = struct.pack(form, number)
        return data[:start] + piece + data[start + len(piece) :]

    def inserted(self, data: bytes) -> bytes:
        start = self.span(data)[0]
        return data[:start] + self.rng.bytes(self.rng.integers(1, 20)) + data[start:]

    def without(self, data: bytes) -> bytes:
        start, stop = self.span(data)
        return data[:start] + data[stop:]

    def twice(self, data: bytes) -> bytes:
        start, stop = self.span(data)
        return data[:stop] + data[start:]

    def swapped(self, data: bytes) -> bytes:
        (a, b), (c, d) = sorted([self.span(data), self.span(data)])
        return data if b > c else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]

    def json(self, data: bytes) -> bytes:
        """Return JSON with another value, key or item somewhere."""
        try:
            whole = json.loads(data)
        except ValueError:
            return self.bytes(data)
        part, before = whole, None
        while isinstance(part, dict | list) and part:
            keys = [*part] if isinstance(part, dict) else [*range(len(part))]
            before, place = part, keys[self.rng.integers(0, len(keys))]
            part = part[place]
            if self.rng.random() < 0.1:
                break
        if before is None:
            return self.bytes(data)
        kind = self.rng.random()
        if kind < 0.15:
            del before[place]
        elif kind < 0.25 and isinstance(before, dict):
            before["odd"] = before.pop(place)
        elif kind < 0.35 and isinstance(before, list):
            before.append(part)
        elif kind < 0.5 and isinstance(part, str):
            before[place] = self.bytes(part.encode()).decode("latin-1")
        else:
            before[place] = ODD[self.rng.integers(0, len(ODD))]
        return json.dumps(whole).encode()

    def zipped(self, data: bytes) -> bytes:
        """Return a zip file with another member somewhere, whose checksums are right."""
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(name, archive.read(name)) for name in archive.namelist()]
        k, j = self.rng.integers(0, len(members), 2)
        (name, content), kind = members[k], self.rng.random()
        packing = zipfile.ZIP_STORED
        if kind < 0.5:
            members[k] = (name, self.json(content) if content[:1] == b"{" else self.bytes(content))
        elif kind < 0.6:
            members[k], members[j] = (name, members[j][1]), (members[j][0], content)
        elif kind < 0.7:
            del members[k]
        elif kind < 0.8:
            other = self.bytes(name.encode()).decode("latin-1").replace("\0", "")
            members[k] = (other or "x", content)
        elif kind < 0.9:
            members.append((name, self.bytes(content)))
        else:
            packing = zipfile.ZIP_DEFLATED
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", packing) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # names that come twice
            for each in members:
                archive.writestr(*each)
        return file.getvalue()


def bounded() -> None:
    """Bound the memory of this process from now on."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + ROOM, size + ROOM))


def refused(path: Path, **given: Any) -> str:
    """Load a file and use the model, or return why it is refused, if that is as it should be."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # then this process ends
    try:
        model = fastnet.load(path, **given)
    except (ValueError, OSError) as error:
        line = str(error)
        assert "\n" not in line and len(line) < 1000 and str(path) in line, repr(line)
        return line
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if model.n_features < 1000:
        # what a table in it does not take, or a unit of its is saturated by
        with contextlib.suppress(ValueError, fastnet.LearningWarning):
            model.predict(np.zeros((2, model.n_features)))
    return ""


def main(bombs: str, models: str, seed: str, times: str) -> None:
    """Load the files of both folders."""
    files = sorted(Path(models).iterdir())
    given = {path: {"activation": "relu"} if "state" in path.name else {} for path in files}
    for path in files:  # so that all libraries are there
        assert not refused(path, **given[path]), path
    bounded()
    for path in sorted(Path(bombs).iterdir()):
        weights_alone = path.suffix in (".pt", ".safetensors") and path.stem != "state_pairs"
        said = refused(path, **({"activation": "relu"} if weights_alone else {}))
        print(f"{path.name}: {said or 'loaded'}", flush=True)
    for path in files:
        mutator, data, loaded = Mutator(int(seed)), path.read_bytes(), 0
        for k in range(int(times)):
            other = Path(models).parent / f"other{path.suffix}"
            other.write_bytes(mutator.of(data))
            try:
                loaded += not refused(other, **given[path])
            except BaseException:
                print(f"mutation {k} of {path.name}, seed {seed}", file=sys.stderr)
                raise
        print(path.name, loaded, int(times) - loaded)


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(*sys.argv[1:])
