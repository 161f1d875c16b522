"""Rows of a table in C: a struct with a field for each column, and the code that encodes it.

The encoding is that of `fastnet.tables`, in double. The inputs of the net are brought into the
order of the columns, the gap of a column of words before its categories: so the code of a category
tells its input, and there is no table of places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ...data.fields import MISSING_WORDS
from ...kernels.codes import CLIP, LIMIT
from ...tables.columns import NumberColumn, WordColumn
from ...tables.scaling import scaled_one
from ..layers import Exported
from .front import Front
from .names import distinct, fields, identifier
from .text import array, filled, number, remark, string

GAPS = sorted(MISSING_WORDS)
LONGEST = max(map(len, GAPS)) + 1

SCALED = f"""\
/* Return (x - centre) / scale, smoothly clipped to {LIMIT:g}; 0 for a gap. */
static inline float NAME_scaled(double x, double centre, double scale)
{{
    double z = (x - centre) / scale, square, root, last;
    int k;
    if (x != x) return 0.0f;
    z = z > {CLIP!r} ? {CLIP!r} : z < -{CLIP!r} ? -{CLIP!r} : z;
    square = 1.0 + z / {LIMIT!r} * (z / {LIMIT!r});
    root = 0.5 + 0.5 * square; /* from here, Newton's steps fall to the root */
    for (last = square, k = 0; root < last && k < 50; k++) {{
        last = root;
        root = 0.5 * (root + square / root);
    }}
    return (float)(z / last);
}}"""

CATEGORY = """\
/* Set the input of a category; codes before the first and after the last have none. */
static inline void NAME_category(unsigned code, unsigned first, unsigned last, float *inputs)
{
    if (code >= first && code <= last) inputs[code - first] = 1.0f;
}"""

CODE = f"""\
/* Tell whether a character is a blank. */
static inline int NAME_blank(int c)
{{
    return (c >= 9 && c <= 13) || (c >= 28 && c <= 32);
}}

/* Return the place of a text of so many characters among n words of so many bytes each, from 1;
   n + 1 if it is no such word. If `small`, capital letters are as small ones. */
static inline unsigned NAME_place(const char *text, size_t length, const char *words, size_t bytes,
                                  unsigned n, int small)
{{
    unsigned place;
    for (place = 1; place <= n; place++, words += bytes) {{
        const int8_t *word = (const int8_t *)words;
        size_t k;
        for (k = 0; k < length; k++) {{
            int c = (int8_t)text[k];
            if (small && c >= 'A' && c <= 'Z') c += 'a' - 'A';
            if (c != FASTNET_INT8(word + k)) break;
        }}
        if (k == length && !FASTNET_INT8(word + k)) return place;
    }}
    return place;
}}

/* Texts that stand for a missing value, in small letters. */
{array(f"static const char NAME_gaps[{len(GAPS)}][{LONGEST}] FASTNET_FLASH", map(string, GAPS))}

/* Return the code of a text: its place among the words; 0 if it is NULL or stands for a gap. */
static inline unsigned NAME_code(const char *text, const char *words, size_t bytes, unsigned n)
{{
    const unsigned gaps = {len(GAPS)};
    size_t length = 0;
    unsigned code;
    if (!text) return 0;
    while (NAME_blank(*text)) text++;
    while (text[length]) length++;
    while (length > 0 && NAME_blank(text[length - 1])) length--;
    code = NAME_place(text, length, words, bytes, n, 0);
    if (code > n && NAME_place(text, length, NAME_gaps[0], {LONGEST}, gaps, 1) <= gaps) return 0;
    return code;
}}"""

WORDS = """\
enum NAME_FIELD {
CODES
};"""

FIND = """\
/* Return the category of a text in UTF-8. Blanks around it do not count. */
static inline enum NAME_FIELD NAME_find_FIELD(const char *text)
{
    static const char words[][BYTES] FASTNET_FLASH = {
TEXTS
    };
    return (enum NAME_FIELD)NAME_code(text, words[0], BYTES, COUNT);
}"""

FINITE = """\
#if (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || defined(_M_FP_FAST)
#error "NAME: -ffast-math does not know NAN, a missing number: add -fno-finite-math-only"
#endif"""

ROW = """\
/* A row: the columns of the table. A missing number is NAN, see <math.h>.
   MISSING and OTHER are no categories; OTHER is a word that the net has not learned.AVR */
struct NAME_row {
FIELDS
};"""
AVR = "\n   Where double has 32 bits, as on AVR, times since 1970 are right to two minutes."

ENCODE = """\
static inline void NAME_encode(ROW, float *inputs)
{
BODY
}"""

TIMES = {"clock": "seconds since midnight"}  # by the order; others:
SINCE = "seconds since 1970, in UTC"
FLAG = "1 is true, 0 is false, -1 is missing"
MISSING, OTHER = "MISSING", "OTHER"
MOST_ON_AVR = 32_767  # bytes of a table


class Part(NamedTuple):
    """What a column is in C.

    Attributes
    ----------
    places : list of int
        The inputs of the net that it sets, in the order in which the code has them.
    field : str
        Its line in the struct, if a row is one.
    body : list of str
        The statements that set the inputs, of which the first two are `{0}` and `{1}`.
    before, after : tuple of str
        Definitions before and after the struct; equal ones are needed once.
    finds : str
        The call of the function that finds a category by its text; "" of other columns.
    """

    places: list[int]
    field: str
    body: list[str]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    finds: str = ""


def of_table(model: Exported, name: str) -> tuple[Exported, Front]:
    """Return a net that takes rows of a table, its inputs in the order of the code, and its front.

    A row is a struct; or an array, if columns have no names and all are numbers. Its code has the
    header's name already, since a column may be called NAME.
    """
    columns = model.encoding.columns
    numbers = all(column.kind in ("number", "flag") for column in columns if column.inputs)
    rows = _arrays if numbers and not model.encoding.named else _structs
    found, front = rows(name, columns)
    order = [place for part in found for place in part.places]
    nets = tuple(
        (first._replace(weights=first.weights[order]), *others) for first, *others in model.nets
    )
    encode = filled(ENCODE, {"NAME": name, "ROW": front.parameter, "BODY": _body(found)})
    code = [
        *(code for part in found for code in part.before),
        *([front.code] if front.code else []),
        *(code for part in found for code in part.after),
        encode,
    ]
    return model._replace(nets=nets), front._replace(
        code="\n\n".join(dict.fromkeys(code)), encode=f"{name}_encode({front.row}, inputs);"
    )


def _structs(name: str, columns: Sequence[Any]) -> tuple[list[Part], Front]:
    """Return the parts of rows that are structs, and their front with the struct."""
    used = [column for column in columns if column.inputs]
    found = parts(name, used)
    times = any(column.kind == "time" and column.order != "clock" for column in used)
    fields = "\n".join(part.field for part in found)
    struct = filled(ROW, {"NAME": name, "AVR": AVR if times else "", "FIELDS": fields})
    about = [f"A row is a struct {name}_row, the columns of the table. Set all its fields."]
    finds = [part.finds for part in found if part.finds]
    about += [f"Categories are found by their texts: {', '.join(finds)}."] if finds else []
    left = [column.name for column in columns if not column.inputs]
    about += [f"Columns that are not needed: {', '.join(left)}."] if left else []
    return found, Front(
        type="float",
        parameter=f"const struct {name}_row *row",
        row="row",
        given="&row",
        example=f"struct {name}_row row;",
        length=sum(len(part.places) for part in found),
        about=tuple(about),
        code=struct,
    )


def _arrays(name: str, columns: Sequence[Any]) -> tuple[list[Part], Front]:
    """Return the parts of rows that are arrays, and their front."""
    found = [
        _number(name, replace(column, kind="number"), f"x[{k}]")
        for k, column in enumerate(columns)
        if column.inputs
    ]
    n = len(columns)
    about = (f"A row is {n} numbers; NAN of <math.h> is a missing one.",)
    return found, Front("float", "const double *x", "x", "x", f"double x[{n}];", n, about)


def parts(name: str, columns: Sequence[Any]) -> list[Part]:
    """Return what the columns are in C."""
    names = fields(column.name for column in columns)
    kinds = [f"{name}_{field}".upper() for field in names]
    used = {f"{kind}_{other}" for kind in kinds for other in (MISSING, OTHER)}
    found = []
    for column, field, kind in zip(columns, names, kinds, strict=True):
        if isinstance(column, WordColumn):
            codes = distinct((f"{kind}_{identifier(word).upper()}" for word in column.index), used)
            used.update(codes)
            found.append(_words(name, column, field, [f"{kind}_{MISSING}", *codes], kind))
        else:
            declared = _field("signed char" if column.kind == "flag" else "double", field, column)
            found.append(_number(name, column, f"row->{field}", declared))
    return found


def _number(name: str, column: NumberColumn, x: str, field: str = "") -> Part:
    """Return a column of numbers, of times or of truth values, whose value is x in C."""
    gap = f"{x} != {x}"
    before = tuple(filled(code, {"NAME": name}) for code in (FINITE, SCALED))
    value = f"{name}_scaled({x}, {column.centre!r}, {column.scale!r})"
    if column.kind == "flag":
        false, true = (number(scaled_one(v, column.centre, column.scale)) for v in (0.0, 1.0))
        gap, before = f"{x} < 0", ()
        value = f"{x} < 0 ? 0.0f : {x} ? {true} : {false}"
    value = value if column.scale else "0.0f"
    both = (column.value, value), (column.gap, f"{gap} ? 1.0f : 0.0f")
    there = [(place, value) for place, value in both if place is not None]
    body = [f"inputs[{{{k}}}] = {value};" for k, (_, value) in enumerate(there)]
    return Part([place for place, _ in there], field, body, before)


def _words(name: str, column: WordColumn, field: str, codes: list[str], kind: str) -> Part:
    """Return a column of words, whose codes are MISSING and the categories."""
    words = [*column.index]
    remarks = ["", *(f" /* {remark(string(word))} */" for word in words)]
    lines = [f"    {code},{about}" for code, about in zip(codes, remarks, strict=True)]
    lines += [f"    {kind}_{OTHER}"]
    places = [*([] if column.gap is None else [column.gap]), *column.index.values()]
    first, last = int(column.gap is None), len(words)
    body = f"{name}_category(row->{field}, {first}, {last}, inputs + {{0}});"
    before = (
        filled(CATEGORY, {"NAME": name}),
        filled(WORDS, {"NAME": name, "FIELD": field, "CODES": "\n".join(lines)}),
    )
    declared = _field(f"enum {name}_{field}", field, column)
    call = f"{name}_find_{field}(text)"
    return Part(places, declared, [body], before, _find(name, field, words), call)


def _find(name: str, field: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return the function that finds a category by its text; AVR has none for too much text."""
    size = max((len(word.encode("utf-8", "surrogatepass")) + 1 for word in words), default=1)
    texts = ",\n".join(f"        {string(word)}" for word in words or [""])
    of = {
        "NAME": name,
        "FIELD": field,
        "COUNT": str(len(words)),
        "BYTES": str(size),
        "TEXTS": texts,
    }
    find = FIND if size * len(words) <= MOST_ON_AVR else f"#ifndef __AVR__\n{FIND}\n#endif"
    return filled(CODE, of), filled(find, of)


def _field(of: str, field: str, column: Any) -> str:
    """Return the line of a struct."""
    about = [remark(string(column.name))]
    if column.kind == "flag":
        about.append(FLAG)
    if column.kind == "time":
        about.append(TIMES.get(column.order, SINCE))
    return f"    {of} {field}; /* {', '.join(about)} */"


def _body(found: Sequence[Part]) -> str:
    """Return the statements that set the inputs, one column after the other."""
    lines, first = [], 0
    for part in found:
        lines += [line.format(first, first + 1) for line in part.body]
        first += len(part.places)
    words = any("_category(" in line for line in lines)
    zeros = ["size_t i;", f"for (i = 0; i < {first}; i++) inputs[i] = 0.0f;"] if words else []
    return "\n".join(f"    {line}" for line in (*zeros, *lines))

