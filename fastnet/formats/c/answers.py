"""The public functions of a C header: what a row is answered."""

from __future__ import annotations

import numpy as np

from ...typing import Array
from ..layers import Exported
from .front import Front
from .text import filled

PROBABILITIES = """\
/* outputs (COUNT) = WHAT. */
static inline void NAME_probabilities(PARAMETER, float *outputs)
{
INPUTS    NAME_outputs(ARGUMENT, outputs);
}"""

CLASS = """\
/* Return which class a row is, from 0 to LAST: its label is NAME_labels[...]. */
static inline int NAME_predict(PARAMETER)
{
    float outputs[COUNT];
    int j, best = 0;
    NAME_probabilities(ROW, outputs);
    for (j = 1; j < COUNT; j++)
        if (outputs[j] > outputs[best]) best = j;
    return best;
}"""

SEVERAL = """\
/* present (COUNT) = 1 for each label that a row has, else 0. */
static inline void NAME_predict(PARAMETER, uint8_t *present)
{
    float outputs[COUNT];
    int j;
    NAME_probabilities(ROW, outputs);
    for (j = 0; j < COUNT; j++) present[j] = outputs[j] > 0.5f;
}"""

WHETHER = """\
/* Return 1 if a row has the label, else 0. */
static inline int NAME_predict(PARAMETER)
{
    float output;
    NAME_probabilities(ROW, &output);
    return output > 0.5f;
}"""

NUMBERS = """\
/* answers (COUNT) = the answers for a row. */
static inline void NAME_predict(PARAMETER, double *answers)
{
    float outputs[COUNT];
INPUTS    NAME_outputs(ARGUMENT, outputs);
ADDED
}"""

NUMBER = """\
/* Return the answer for a row. */
static inline double NAME_predict(PARAMETER)
{
    float output;
INPUTS    NAME_outputs(ARGUMENT, &output);
    return ADDED;
}"""


def centred(model: Exported) -> tuple[Exported, Array]:
    """Return a model, and the numbers (outputs,) that are added to its outputs, in double.

    Numbers of a regression may be far from 0, as years are, and lie close together. float32 would
    round them too much, so their biases are added at the end.
    """
    lasts = [layers[-1] for layers in model.nets]
    if model.meaning.task != "regression" or {last.activation for last in lasts} != {"identity"}:
        return model, np.zeros(model.outputs)
    centre = lasts[0].biases
    nets = tuple(
        (*layers[:-1], last._replace(biases=last.biases - centre))
        for layers, last in zip(model.nets, lasts, strict=True)
    )
    return model._replace(nets=nets), centre


def functions(model: Exported, centre: Array, front: Front, name: str) -> list[str]:
    """Return the public functions: NAME_predict, and NAME_probabilities unless it is a regression.

    A function returns a single answer, and writes several to an array. `centre`: see `centred`.
    """
    n, task, added = model.outputs, model.meaning.task, ""
    if task == "regression":
        found = [NUMBER if n == 1 else NUMBERS]
        outputs = ["output"] if n == 1 else [f"outputs[{j}]" for j in range(n)]
        sums = [f"(double){each}" + _plus(c) for each, c in zip(outputs, centre, strict=True)]
        added = sums[0] if n == 1 else "\n".join(
            f"    answers[{j}] = {each};" for j, each in enumerate(sums)
        )
    elif task == "multilabel":
        found = [PROBABILITIES, WHETHER if n == 1 else SEVERAL]
    else:
        found = [PROBABILITIES, CLASS]
    words = {
        "NAME": name,
        "PARAMETER": front.parameter,
        "ROW": front.row,
        "INPUTS": f"    float inputs[{model.inputs}];\n    {front.encode}\n" * bool(front.encode),
        "ARGUMENT": "inputs" if front.encode else front.row,
        "WHAT": "the outputs, one for each " + ("label" if task == "multilabel" else "class"),
        "LAST": str(n - 1),
        "COUNT": str(n),
        "ADDED": added,
    }
    return [filled(code, words) for code in found]


def _plus(number: float) -> str:
    """Return the end of a sum in C."""
    return "" if number == 0 else f" {'-' if number < 0 else '+'} {abs(float(number))!r}"


def ram(model: Exported, front: Front) -> int:
    """Return the bytes of the arrays on the stack of these functions."""
    inputs = 4 * model.inputs if front.encode else 0
    return inputs + 4 * model.outputs


def example(model: Exported, front: Front, name: str) -> list[str]:
    """Return lines of C that call the functions."""
    n, task, given = model.outputs, model.meaning.task, front.given
    if task == "regression" and n == 1:
        return [front.example, f"double answer = {name}_predict({given});"]
    if task == "regression":
        return [front.example, f"double answers[{n}];", f"{name}_predict({given}, answers);"]
    if task == "multilabel" and n > 1:
        return [front.example, f"uint8_t present[{n}];", f"{name}_predict({given}, present);"]
    return [
        front.example,
        f"int {'yes' if task == 'multilabel' else 'k'} = {name}_predict({given});",
        f"float p[{n}]; {name}_probabilities({given}, p);",
    ]
