"""The JSON of a model's file: its form, its version, and the arrays that belong to it.

It comes from an untrusted file, and all other code relies on its form.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .rounding import TYPES

FORMAT = "fastnet model"
FORMAT_VERSION = 5  # version 1 had no run
PLAIN_VERSION = 2  # of files that need nothing that a reader of version 2 would ignore
# The first version of each need.
SINCE = {"encoding": 3, "units": 3, "ensemble": 4, "rounding": 5}
DEPTH = 32  # the deepest nesting of lists and objects


def as_json(about: dict[str, Any]) -> str:
    """Return `about` with its format and version, as JSON.

    Raises
    ------
    TypeError, ValueError
        It is none that `check` accepts.
    """
    whole = {"format": FORMAT, "format_version": version_of(about), **about}
    text = json.dumps(whole, default=_plain)
    check(json.loads(text))
    return text


def arrays_of(net: dict[str, Any]) -> list[str]:
    """Return the names of a network's arrays. Without labels there are no "classes"."""
    layers, kinds = range(len(net["activations"])), ["weights", "biases"]
    if (net.get("rounding") or {}).get("weights") == "int8":
        kinds.append("scales")
    return [*(f"{name}_{k}" for name in kinds for k in layers), "classes"]


def nets_in(about: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the JSON of a file says of each of its networks, by the prefix of their arrays.

    The prefix is "" if the file is that of one network, else "net_0_", "net_1_" ...
    """
    if "ensemble" not in about:
        return {"": about}
    return {f"net_{k}_": net for k, net in enumerate(about["ensemble"]["nets"])}


def version_of(about: dict[str, Any]) -> int:
    """Return the lowest version of the format that can say what a file needs."""
    each = [about, *nets_in(about).values()]
    needs = [SINCE[name] for net in each for name in SINCE if net.get(name) is not None]
    return max([PLAIN_VERSION, *needs])


def _plain(value: Any) -> Any:
    """Convert NumPy's numbers and arrays for JSON."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"history: a {type(value).__name__} in a record, wanted what JSON has")


# The forms ------------------------------------------------------------------------------------

class _Form(NamedTuple):
    """A check of a value, and its words for an error."""

    accepts: Callable[[Any], bool]
    wanted: str


ANY = _Form(lambda value: True, "")
NOTHING = (_Form(lambda value: False, "none"),)
OBJECT = _Form(lambda value: type(value) is dict, "an object")
LINE = _Form(lambda value: type(value) is str and value.isprintable(), "a line of text")
FLAG = _Form(lambda value: type(value) is bool, "true or false")
TEXT = _Form(lambda value: type(value) is str, "text")
COUNT = _Form(lambda value: type(value) is int and 0 <= value < 1 << 63, "a whole number >= 0")
SEED = _Form(lambda value: type(value) is int and value >= 0, "a whole number >= 0")
NUMBER = _Form(  # NaN and infinity too, since a loss may be that
    lambda value: type(value) is float or (type(value) is int and abs(value) < 1 << 63), "a number"
)
FINITE = _Form(lambda value: NUMBER.accepts(value) and math.isfinite(value), "a finite number")
FACTOR = _Form(lambda value: NUMBER.accepts(value) and 0 < value <= 1, "a number in (0, 1]")
POSITIVE = _Form(lambda value: FINITE.accepts(value) and value > 0, "a number > 0")
STORED = _Form(
    lambda value: type(value) is str and value in TYPES, f"one of {', '.join(TYPES)}"
)
PAIR = _Form(
    lambda value: (
        LINE.accepts(value)
        or (type(value) is list and len(value) == 2 and all(map(LINE.accepts, value)))
    ),
    "a name or two",
)

# An object is a dict of forms by name. A form in a tuple may be missing or null. A form in a list
# is that of each item.
RECORD = {
    **dict.fromkeys(["epoch", "samples"], (COUNT,)),
    **dict.fromkeys(["seconds", "samples_per_second"], (FINITE,)),
    **dict.fromkeys(["learning_rate", "loss", "accuracy", "val_loss", "val_accuracy"], (NUMBER,)),
}
RUN = {
    "options": OBJECT,
    "on_epoch": ANY,
    "data": {"samples": COUNT, "features": COUNT, "dtype": LINE, "X": LINE, "y": LINE},
    "versions": OBJECT,
    "source": (TEXT,),
    "reading": (
        {
            **dict.fromkeys(["target", "weight", "delimiter", "test"], (TEXT,)),
            **dict.fromkeys(["decimal", "decimal_found"], (TEXT,)),
            **dict.fromkeys(["drop", "missing"], ([TEXT],)),
            **dict.fromkeys(["pixels", "header", "cached"], (FLAG,)),
            "classes": ([ANY],),
        },
    ),
}
ABOUT = {
    "fastnet": LINE,
    "activations": [PAIR],
    "loss": LINE,
    **dict.fromkeys(["column", "great_classes"], (FLAG,)),
    "seed": (SEED,),
    "history": [RECORD],
    "stopped": (LINE,),
    "usual_rate": (POSITIVE,),
    "run": (RUN,),
    "origin": ({"format": (LINE,), "pixels": (FLAG,), "columns": ([TEXT],)},),
    # A reader that does not know one of its needs refuses a file.
    "needs": ([LINE],),
    "encoding": (OBJECT,),  # which checks itself
    "units": ({"centre": [FINITE], "scale": [POSITIVE]},),
    "rounding": (
        {
            **{"weights": STORED, "largest_change": FINITE},
            "score": ({"samples": COUNT, "before": FINITE, "after": FINITE},),
        },
    ),
}
ENSEMBLE = {
    "fastnet": LINE,
    "needs": [LINE],
    "ensemble": {
        "nets": [{**ABOUT, "encoding": (COUNT,), "ensemble": NOTHING}],  # its place in encodings
        "encodings": [OBJECT],
    },
    **dict.fromkeys(["encoding", "units", "rounding", "checkpoint"], NOTHING),
}
CHECKPOINT = {
    "epochs": COUNT,
    "samples": COUNT,
    "epoch": {
        **dict.fromkeys(["learned", "hits"], COUNT),
        **dict.fromkeys(["cost", "seconds", "learning_rate"], FINITE),
    },
    "scale": FACTOR,
    "stopping": {
        **{"seconds": NUMBER, "least": NUMBER, "waited": COUNT},
        **{"best_at": (COUNT,), "stalled": (FLAG,), "fall": ([COUNT],)},  # of a plateau
    },
    "averaged": [COUNT],
}
RESUMABLE = {
    **ABOUT,
    "run": RUN,
    "history": [{**RECORD, "samples": COUNT}],
    "checkpoint": CHECKPOINT,
    "rounding": NOTHING,
}


def check(about: Any) -> None:
    """Raise ValueError if `about` does not have the form of a network or a run."""
    if type(about) is not dict or not _is_flat(about, DEPTH):
        raise ValueError(f"its JSON is no object, or more than {DEPTH} deep")
    came, version = about.get("format"), about.get("format_version")
    if came != FORMAT or version not in range(1, FORMAT_VERSION + 1):
        raise ValueError(
            f"format {came!r} version {version}, wanted {FORMAT!r} up to version {FORMAT_VERSION}"
        )
    form = RESUMABLE if "checkpoint" in about else ABOUT
    wrong = _wrong(about, ENSEMBLE if "ensemble" in about else form)
    if wrong is not None:
        raise ValueError(wrong.lstrip())
    _check_needs(about, version)
    for net in nets_in(about).values() if "ensemble" in about else ():
        _check_needs(net, version)


def _check_needs(about: dict[str, Any], version: Any) -> None:
    """Refuse a file that needs what this version lacks, or does not say all that it needs."""
    needs = about.get("needs") or []
    for name in needs:
        if name not in SINCE:
            raise ValueError(f"it needs {name!r}, wanted a newer version of fastnet")
    came = [name for name in SINCE if about.get(name) is not None]
    least = version_of(about)
    if sorted(came) != sorted(needs) or (needs and version < least):
        raise ValueError(f"needs: {needs}, wanted {came}, in version {least}")


def _is_flat(value: Any, depth: int) -> bool:
    """Tell whether lists and objects are nested no deeper than this."""
    if type(value) not in (dict, list):
        return True
    items = value.values() if type(value) is dict else value
    return depth > 0 and all(_is_flat(item, depth - 1) for item in items)


def _wrong(value: Any, form: Any) -> str | None:
    """Return the place and the fault of the first value that does not have its form, or None."""
    if isinstance(form, _Form):
        return None if form.accepts(value) else f": {value!r}, wanted {form.wanted}"
    if isinstance(form, tuple):
        return None if value is None else _wrong(value, form[0])
    if type(value) is not type(form):
        wanted = "an object" if isinstance(form, dict) else "a list"
        return f": {value!r}, wanted {wanted}"
    if isinstance(form, list):
        for k, item in enumerate(value):
            if (wrong := _wrong(item, form[0])) is not None:
                return f"[{k}]{wrong}"
        return None
    for key, inner in form.items():
        wrong = _wrong(value.get(key), inner)
        if key not in value and type(inner) is not tuple:
            wrong = ": missing"
        if wrong is not None:
            return f" {key}{wrong}"
    return None
