"""Names in C for the columns and the categories of a table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Words of C and C++, and macros of their headers, of Windows, Qt and gcc, in small letters. Macros
# of microcontrollers, such as ADC and PI, have capital letters.
WORDS = (
    "alignas alignof and and_eq asm atomic auto bitand bitor bool break case catch cdecl char "
    "char16_t char32_t char8_t class co_await co_return co_yield compl complex concept const "
    "const_cast consteval constexpr constinit continue decltype default defined delete do double "
    "dynamic_cast else emit enum errno explicit export extern false far float for foreach fortran "
    "friend goto huge hyper i386 if imaginary inline int int16_t int32_t int64_t int8_t interface "
    "linux long mips mutable namespace near new noexcept noreturn not not_eq nullptr operator or "
    "or_eq pascal private protected public register reinterpret_cast requires restrict return row "
    "short signals signed sizeof slots small static static_assert static_cast stderr stdin "
    "stdout struct switch template this thread_local throw true try typedef typeid typename "
    "typeof typeof_unqual uint16_t uint32_t uint64_t uint8_t union unix unsigned using virtual "
    "void volatile wchar_t while xor xor_eq"
)
TAKEN = frozenset(WORDS.split())
PLAIN = re.compile(r"[A-Za-z0-9]")
LATIN = str.maketrans({  # letters that are none with an accent
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
})  # fmt: skip
LONGEST = 40


def identifier(text: str) -> str:
    """Return a text as letters, digits and underscores of ASCII; it may begin with a digit.

    Accents go. Another letter, and each character of a text without letters, is its number.
    """
    parts = []
    for char in unicodedata.normalize("NFKD", text.translate(LATIN)):
        if PLAIN.fullmatch(char):
            parts.append(char)
        elif char.isalnum():
            parts.append(f"_u{ord(char):04x}_")
        elif not unicodedata.combining(char):
            parts.append("_")
    found = re.sub("__+", "_", "".join(parts)).strip("_")
    found = found or "_".join(f"u{ord(char):04x}" for char in text) or "empty"
    return found[:LONGEST].rstrip("_")


def fields(texts: Iterable[str]) -> list[str]:
    """Return the name of a field of a struct for each text: small letters, no word of C."""
    names = []
    for text in texts:
        name = identifier(text).lower()
        names.append(f"x{name}" if name[0].isdigit() else name)
    return distinct(names, TAKEN)


def distinct(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return names, of which those that are taken or come again end in a number."""
    used, found = {*taken}, []
    counts: dict[str, int] = {}
    for name in names:
        own = name
        while own in used:
            counts[name] = counts.get(name, 1) + 1
            own = f"{name}_{counts[name]}"
        used.add(own)
        found.append(own)
    return found
