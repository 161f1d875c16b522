"""The text of a file or a pipe: unpacked, in UTF-8, its lines ended alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..diagnostics import warn

MARK = b"\xef\xbb\xbf"  # Excel's mark of UTF-8
LONGEST = 1 << 22  # the most bytes of a line: about 200,000 numbers of full length
SIZE = 1 << 23  # bytes that are read at a time from a file
UNDEFINED = {*b"\x81\x8d\x8f\x90\x9d"}  # bytes that no text in Windows-1252 has
WIDE = ("utf-16-le", "utf-16-be")

UTF16 = "UTF-16: iconv -f UTF-16 -t UTF-8 FILE (in Excel: CSV UTF-8)"
OTHERS = {  # the first bytes of other formats, and the command that makes text of them
    b"\x1f\x8b": "gzip: zcat FILE unpacks it",
    b"BZh": "bzip2: bzcat FILE unpacks it",
    b"\xfd7zXZ": "xz: xzcat FILE unpacks it",
    b"(\xb5/\xfd": "zstd: zstdcat FILE unpacks it",
    b"PK\x03\x04": "zip: unzip -p FILE unpacks it; an .npz is read as a file, not as a stream",
    b"PAR1": "Parquet, wanted CSV or JSON lines",
    b"\x93NUMPY": "a NumPy array, wanted CSV or JSON lines",
    b"\xff\xfe": UTF16,
    b"\xfe\xff": UTF16,
}


def text_blocks(file: Any, live: bool = False, name: str = "the text") -> Iterator[bytes]:
    r"""Yield the text of a file of bytes in UTF-8, with \n behind each line but perhaps the last.

    Text in UTF-16 with its mark is read, and text in Windows-1252, with a warning.

    Parameters
    ----------
    file
        An open file of bytes. If it is `live`, it has `read1`, and what has arrived does not wait
        for more.
    name
        What a warning calls the text.

    Raises
    ------
    ValueError
        It is no text. The error names the line.
    """
    decode, rest, lines = _Decoder(name), b"", 1
    while True:
        block = file.read1(1 << 16) if live else file.read(SIZE)
        text = decode(block, lines)
        if b"\0" in text:
            line = lines + text[: text.index(b"\0")].count(b"\n")
            raise ValueError(f"not text, but a byte of value 0 in line {line}, wanted CSV or JSON")
        text, rest = rest + text, b""
        if b"\r" in text:
            if block and text.endswith(b"\r"):
                text, rest = text[:-1], b"\r"
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines += text.count(b"\n")
        if text:
            yield text
        if not block:
            return


class _Decoder:
    """Blocks of bytes become UTF-8. The first bytes that are not ASCII decide the encoding."""

    def __init__(self, name: str) -> None:
        self.name, self.encoding, self.rest, self.begun = name, "ascii", b"", False

    def __call__(self, block: bytes, line: int) -> bytes:
        """Return the text in the next block; b"" is the last. `line` is that of its beginning."""
        final, block = not block, self.rest + block
        if not self.begun and (len(block) > 3 or final):
            block, self.begun = self._begin(block), True
        elif not self.begun:
            self.rest = block
            return b""
        self.rest = b""
        if self.encoding == "ascii":
            if block.isascii():
                return block
            self.encoding = _encoding(block, final, self.name)
        text = self._decoded(block, final, line)
        if self.encoding == "utf-8" and text.isascii() and self.rest:
            self.encoding = "ascii"  # the first character beyond it is still to come
        return text

    def _begin(self, block: bytes) -> bytes:
        """Return the first block without its mark, if it begins a text."""
        for mark, encoding in zip((b"\xff\xfe", b"\xfe\xff"), WIDE, strict=True):
            if block.startswith(mark):
                self.encoding = encoding
                return block[2:]
        for magic, what in OTHERS.items():
            if block.startswith(magic) and what != UTF16:
                raise ValueError(f"not text, but {what}")
        if b"\0" in block:
            line = 1 + block[: block.index(b"\0")].count(b"\n")
            raise ValueError(f"not text, but a byte of value 0 in line {line}, wanted CSV or JSON")
        return block.removeprefix(MARK)

    def _decoded(self, block: bytes, final: bool, line: int) -> bytes:
        """Decode a block; the beginning of a character at its end is kept for the next."""
        if self.encoding in WIDE and len(block) % 2 and not final:
            block, self.rest = block[:-1], block[-1:]
        try:
            return block.decode(self.encoding).encode()
        except UnicodeDecodeError as error:
            if not final and error.reason == "unexpected end of data":
                self.rest = block[error.start :] + self.rest
                return block[: error.start].decode(self.encoding).encode()
            line += block[: error.start].decode(self.encoding).count("\n")
            wanted = "UTF-16" if self.encoding in WIDE else "UTF-8"
            raise ValueError(
                f"line {line}: not text, wanted {wanted} (in Excel: CSV UTF-8)"
            ) from None


def _encoding(block: bytes, final: bool, name: str) -> str:
    """Return the encoding that the first characters of a block beyond ASCII have."""
    try:
        block.decode()
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data" and not final
        if not cut and block[: error.start].isascii() and UNDEFINED.isdisjoint(block):
            warn(f"{name}: not UTF-8, so it is read as Windows-1252 (in Excel: CSV UTF-8)")
            return "cp1252"
    return "utf-8"
