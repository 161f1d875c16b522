"""The pictures: what each shows, and the nets that it fits. This module is quick to import.

To add a picture, write its row here and its function in the module that the row names.
"""

from __future__ import annotations

from typing import NamedTuple

CLASSES = ("classification",)
ANY = ("classification", "multilabel", "regression")

class Row(NamedTuple):
    """A row of the catalogue.

    Attributes
    ----------
    module : str
        The module of the function, within `fastnet.plot`.
    help : str
        What the picture shows, in a few words.
    tasks : tuple of str
        The tasks of the nets that it fits.
    data : str
        The data that it needs: "Xy", "X", or "" for none.
    options : tuple of str
        The options of its own that the terminal has, too.
    models : bool
        Whether it shows models, as all pictures of `fastnet plot` do.
    """

    module: str
    help: str
    tasks: tuple[str, ...] = ANY
    data: str = "Xy"
    options: tuple[str, ...] = ()
    models: bool = True


PICTURES = {
    "learning_curves": Row(
        "curves", "loss or accuracy, epoch by epoch, of one or several MODELs", data="",
        options=("of",),
    ),
    "confusion_matrix": Row(
        "confusion", "which classes are taken for which", CLASSES, options=("seed",)
    ),
    "mistakes": Row(
        "wrong", "wrong answers, the surest first", CLASSES, options=("shape", "seed")
    ),
    "calibration": Row(
        "probabilities", "how often it is right, by how sure it is", CLASSES, options=("seed",)
    ),
    "roc": Row(
        "probabilities", "true against false positives of one class", CLASSES,
        options=("positive", "seed"),
    ),
    "precision_recall": Row(
        "probabilities", "precision against recall of one class", CLASSES,
        options=("positive", "seed"),
    ),
    "importance": Row("columns", "what the score loses without a column", options=("seed",)),
    "residuals": Row(
        "numbers", "errors of a regression", ("regression",), options=("output", "seed")
    ),
    "weights": Row("layers", "first layer as images", data="", options=("shape",)),
    "deformed": Row(
        "deformations", "images as they are, and as some epochs learn them", data="X",
        options=("augment", "seed"),
    ),
    "activity": Row(
        "layers", "hidden units that are dead or saturated", data="X", options=("seed",)
    ),
    "sweep": Row("trials", "the trials of a sweep, by each option", data="", models=False),
}  # fmt: skip
