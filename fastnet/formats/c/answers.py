"""The public functions of a C header: what a row is answered."""

from __future__ import annotations

from ..layers import Exported
from .front import Front

OUTPUTS = """\
/* ABOUT */
static inline void NAME_FUNCTION(PARAMETER, float *outputs)
{
INPUTS    NAME_outputs(ARGUMENT, outputs);
}"""

CLASS = """\
/* Return which class a row is, from 0 to LAST. Its label is NAME_labels[...]. */
static inline int NAME_predict(PARAMETER)
{
    float outputs[COUNT];
    int j, best = 0;
    NAME_probabilities(NAMED, outputs);
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
    NAME_probabilities(NAMED, outputs);
    for (j = 0; j < COUNT; j++) present[j] = outputs[j] > 0.5f;
}"""

WHETHER = """\
/* Return 1 if a row has the label, else 0. */
static inline int NAME_predict(PARAMETER)
{
    float output;
    NAME_probabilities(NAMED, &output);
    return output > 0.5f;
}"""

NUMBER = """\
/* Return the answer for a row. */
static inline float NAME_predict(PARAMETER)
{
    float output;
INPUTS    NAME_outputs(ARGUMENT, &output);
    return output;
}"""


def functions(model: Exported, front: Front) -> list[str]:
    """Return the public functions: NAME_predict, and NAME_probabilities unless it is a regression.

    A regression of one output returns it. Several outputs are written to an array.
    """
    n, task = model.outputs, model.meaning.task
    if task == "regression":
        found = [NUMBER] if n == 1 else [_outputs("predict", f"outputs ({n}) = the answers.")]
    elif task == "multilabel":
        about = f"outputs ({n}) = the probability of each label."
        found = [_outputs("probabilities", about), WHETHER if n == 1 else SEVERAL]
    else:
        found = [_outputs("probabilities", f"outputs ({n}) = the outputs, one a class."), CLASS]
    return [_filled(code, model, front) for code in found]


def _outputs(name: str, about: str) -> str:
    return OUTPUTS.replace("FUNCTION", name).replace("ABOUT", about)


def _filled(code: str, model: Exported, front: Front) -> str:
    """Return a function for rows of the front."""
    inputs = f"    float inputs[{model.inputs}];\n    {front.encode}\n" if front.encode else ""
    named = front.parameter.rpartition(" ")[2].strip("*")
    for word, text in {
        "PARAMETER": front.parameter,
        "INPUTS": inputs,
        "ARGUMENT": front.argument,
        "NAMED": named,
        "LAST": str(model.outputs - 1),
        "COUNT": str(model.outputs),
    }.items():
        code = code.replace(word, text)
    return code


def ram(model: Exported, front: Front) -> int:
    """Return the bytes of the arrays on the stack of these functions."""
    inputs = 4 * model.inputs if front.encode else 0
    return inputs + 4 * model.outputs
