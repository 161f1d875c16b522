"""Reads PyTorch's files (torch.save) as plain data and NumPy arrays. It needs no PyTorch.

Such a file is a zip file of one pickle and of the numbers of each storage. A pickle is a program
for a stack machine, and may call any function. This machine calls none: of tensors and dicts it
knows what they mean, and any other object is `Unknown`. So no code of the file runs, and each step
takes a bounded piece of memory.
"""

from __future__ import annotations

import os
import pickletools
import re
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from ... import checks
from ...typing import Array
from ..state import TIES

# By PyTorch's names of storages. NumPy has no bfloat16: it is the upper half of a float32.
DTYPES = {
    "DoubleStorage": "f8", "FloatStorage": "f4", "HalfStorage": "f2", "BFloat16Storage": "u2",
    "LongStorage": "i8", "IntStorage": "i4", "ShortStorage": "i2", "CharStorage": "i1",
    "ByteStorage": "u1", "BoolStorage": "?",
}  # fmt: skip
ORDERS = {b"little": "<", b"big": ">"}
PROTOCOL = 2
PROGRAM = "^[^/]*/(code/|archive_format$)"
WANTED = "wanted a state dict: torch.save(module.state_dict(), path)"


class Unknown(NamedTuple):
    """An object that is neither a tensor nor plain data; it is not made."""

    name: str

    def __repr__(self) -> str:
        return self.name


class Dict(dict[Any, Any]):
    """A dict, and what a state dict has besides."""

    _metadata: Any = None


class Storage(NamedTuple):
    """The numbers of one or several tensors."""

    data: Array
    bfloat16: bool


def contents(file: BinaryIO) -> Any:
    """Return what torch.save wrote: dicts, lists, numbers and texts, and tensors as arrays.

    Raises
    ------
    Exception
        The file is damaged, or would need more memory than its size is worth.
    """
    archive = zipfile.ZipFile(file)
    members = {member.filename: member for member in archive.infolist()}
    if len(members) < len(archive.infolist()):
        raise ValueError("two members of the same name")
    if any(re.search(PROGRAM, name) for name in members):
        raise ValueError(f"a program of torch.jit or torch.export, {WANTED}")
    packed = any(member.compress_type != zipfile.ZIP_STORED for member in members.values())
    size = os.fstat(file.fileno()).st_size
    if packed or sum(member.file_size for member in members.values()) > size:
        raise ValueError("its members are compressed or overlap, wanted them as they were saved")
    names = [name for name in members if name.rpartition("/")[2] == "data.pkl"]
    if len(names) != 1:
        raise ValueError(f"{len(names)} members data.pkl, wanted one")
    return _Machine(archive, names[0][: -len("data.pkl")], size * TIES).run(names[0])


class _Machine:
    """The stack machine of pickles, for what torch.save writes of dicts and tensors."""

    def __init__(self, archive: zipfile.ZipFile, folder: str, most: int):
        self.archive, self.folder, self.left = archive, folder, most
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.storages: dict[tuple[str, str], Storage] = {}
        order = b"little"
        if f"{folder}byteorder" in archive.namelist():
            order = archive.read(f"{folder}byteorder")
        self.order = ORDERS[order]

    def run(self, member: str) -> Any:
        """Return the value of a pickle."""
        for opcode, argument, _ in pickletools.genops(self.archive.read(member)):
            if opcode.name == "STOP":
                break
            if opcode.name in STEPS:
                STEPS[opcode.name](self, argument)
            elif opcode.name in VALUES:
                self.stack.append(VALUES[opcode.name](argument))
            else:
                raise ValueError(f"its pickle has {opcode.name}, which torch.save does not write")
        return self.stack.pop()

    def begin(self, protocol: int) -> None:
        """Refuse protocols of pickle other than that of torch.save, unless it is told another."""
        if protocol != PROTOCOL:
            raise ValueError(f"pickle protocol {protocol}, wanted {PROTOCOL}, torch.save's default")

    def items(self) -> list[Any]:
        """Take off all values after the last mark."""
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def few(self, n: int) -> None:
        """Make a tuple of the last n values."""
        if len(self.stack) < n:
            raise ValueError("its stack is empty")
        self.stack[-n:] = [tuple(self.stack[-n:])]

    def put(self, place: int) -> None:
        """Remember the last value."""
        self.memo[place] = self.stack[-1]

    def set_items(self, items: list[Any]) -> None:
        """Put keys and values into the dict below them."""
        into = self.stack[-1]
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, str | int | float | None):
                key = Unknown(f"a {type(key).__name__}")  # its hash may take for ever
            if not isinstance(into, Unknown):
                into[key] = value

    def append(self, items: list[Any]) -> None:
        """Put values into the list below them."""
        into = self.stack[-1]
        if not isinstance(into, Unknown):
            into.extend(items)

    def reduce(self) -> None:
        """Replace a function and its arguments by what it would return, if that is known."""
        arguments = self.stack.pop()
        name = getattr(self.stack.pop(), "name", "")
        value: Any = Unknown(name)
        if name == "collections.OrderedDict" and not arguments:
            value = Dict()
        elif name == "torch._utils._rebuild_tensor_v2":
            kind, marks = arguments[0], arguments[6:]
            known = isinstance(kind, Storage)
            other = Unknown(f"a tensor of {checks.came(kind)}")
            value = self.tensor(*arguments[:4]) if known else other
            if marks:
                value = Unknown("a tensor that is to be negated")
        elif name == "torch._utils._rebuild_parameter":
            value = arguments[0]
        self.stack.append(value)

    def build(self) -> None:
        """Give the object below a state what is known of it."""
        state, into = self.stack.pop(), self.stack[-1]
        if isinstance(into, Dict) and isinstance(state, dict):
            into._metadata = state.get("_metadata")

    def new(self) -> None:
        """Replace a class and its arguments by an object that is not made."""
        self.stack.pop()
        self.stack.append(Unknown(getattr(self.stack.pop(), "name", "")))

    def storage(self) -> None:
        """Replace the name of a storage by its numbers."""
        kind, of, key, _, numbers = self.stack.pop()
        name = getattr(of, "name", "").removeprefix("torch.")
        if kind != "storage" or name not in DTYPES:
            self.stack.append(Unknown(getattr(of, "name", "")))
            return
        if type(key) is not str or type(numbers) is not int:  # the words, or the hash, of others
            raise ValueError("a storage of a damaged name")  # may take for ever
        if (key, name) not in self.storages:
            data = np.frombuffer(
                self.archive.read(f"{self.folder}data/{key}"), self.order + DTYPES[name]
            )
            self.storages[key, name] = Storage(data, name == "BFloat16Storage")
        found = self.storages[key, name]
        if len(found.data) != numbers:
            raise ValueError(f"storage {key} has {len(found.data)} numbers, wanted {numbers}")
        self.stack.append(found)

    def tensor(self, storage: Storage, start: Any, shape: Any, strides: Any) -> Array:
        """Return the numbers of a tensor: a view of its storage, if that is of NumPy's dtypes."""
        data = storage.data
        counts = (start, *shape, *strides)
        if len(shape) != len(strides) or any(type(n) is not int or n < 0 for n in counts):
            raise ValueError("a tensor of a damaged shape")
        steps = [(n - 1) * step for n, step in zip(shape, strides, strict=True)]
        most = len(data)
        for n in shape:
            most //= max(n, 1)
        if 0 not in shape and (not most or start + sum(steps) >= len(data)):
            raise ValueError(f"a tensor {shape} of {len(data)} numbers")
        if 0 in shape:
            return np.zeros(shape, data.dtype)
        bytes_of = [step * data.itemsize for step in strides]
        view = np.ndarray(shape, data.dtype, data.data, start * data.itemsize, bytes_of)
        self.left -= view.nbytes
        if self.left < 0:
            raise ValueError(f"its tensors share storages, more than {TIES} times the file's size")
        return (view.astype(np.uint32) << 16).view(np.float32) if storage.bfloat16 else view


Step = Callable[[_Machine, Any], Any]
STEPS: dict[str, Step] = {
    "PROTO": lambda m, a: m.begin(a),
    "MARK": lambda m, a: m.marks.append(len(m.stack)),
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "BINGET": lambda m, a: m.stack.append(m.memo[a]),
    "LONG_BINGET": lambda m, a: m.stack.append(m.memo[a]),
    "TUPLE": lambda m, a: m.stack.append(tuple(m.items())),
    "TUPLE1": lambda m, a: m.few(1),
    "TUPLE2": lambda m, a: m.few(2),
    "TUPLE3": lambda m, a: m.few(3),
    "APPEND": lambda m, a: m.append([m.stack.pop()]),
    "APPENDS": lambda m, a: m.append(m.items()),
    "SETITEM": lambda m, a: m.set_items([m.stack.pop(-2), m.stack.pop()]),
    "SETITEMS": lambda m, a: m.set_items(m.items()),
    "REDUCE": lambda m, a: m.reduce(),
    "NEWOBJ": lambda m, a: m.new(),
    "BUILD": lambda m, a: m.build(),
    "BINPERSID": lambda m, a: m.storage(),
}
PLAIN = ("BINUNICODE", "SHORT_BINSTRING", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT")
VALUES: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(PLAIN, lambda a: a),
    "NONE": lambda a: None,
    "NEWTRUE": lambda a: True,
    "NEWFALSE": lambda a: False,
    "EMPTY_TUPLE": lambda a: (),
    "EMPTY_LIST": lambda a: [],
    "EMPTY_SET": lambda a: Unknown("set"),
    "EMPTY_DICT": lambda a: Dict(),
    "GLOBAL": lambda a: Unknown(a.replace(" ", ".")),
}
