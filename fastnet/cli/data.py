"""The data of a command, and the part of them that judges nets."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from .types import DATASETS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.data.samples import Samples
    from fastnet.tables.readers import Part

FOR_TEXT = ("label", "pixels")  # options of reading a text


@dataclass
class DataSet:
    """The samples that a net learns, and the samples that judge it."""

    name: str  # or a path
    samples: "Samples"
    y: "NDArray[Any]"
    judged_on: "tuple[NDArray[Any], NDArray[Any]]"
    part: str  # the part in judged_on: "test", "training" or "held out"
    reading: dict[str, Any]  # options of reading a text that differ from the defaults

    @classmethod
    def read(cls, name: str, dtype: str, **text: Any) -> "DataSet":
        """Read a data set by its name or path; `text` has options, as in `read`."""
        import numpy as np

        from fastnet.data.reading import Reading
        from fastnet.data.samples import Samples

        (X, y), (X_test, y_test) = read(name, **text)
        usual = {**vars(Reading()), "label": Reading.target}
        reading = {option: value for option, value in text.items() if value != usual[option]}
        if X is None or y is None:
            raise ValueError(f"data: {name} has no training part, wanted X and y")
        samples = Samples(X, np.dtype(dtype))  # checked and hashed once for all calls
        if X_test is None or y_test is None:
            return cls(name, samples, y, (X, y), "training", reading)
        return cls(name, samples, y, (X_test, y_test), "test", reading)

    @property
    def noun(self) -> str:
        """The word for the samples, "images" or "rows"."""
        return noun_of(self.samples.rows)

    def test_part(self) -> "tuple[Samples, NDArray[Any]] | None":
        """Return the test part, checked, or None if there is none."""
        from fastnet.data.samples import Samples

        if self.part != "test":
            return None
        (X, y), samples = self.judged_on, self.samples
        return Samples(X, samples.dtype, samples.features, "validation_data X"), y

    def held_out(self, held: "NDArray[Any]") -> "tuple[NDArray[Any], NDArray[Any]]":
        """Return the training samples that a run holds out."""
        return self.samples.rows[held], self.y[held]

    def judge_by_held_out(self, held: "NDArray[Any]") -> None:
        """Judge by the samples that a run holds out, if there are any and there is no test part."""
        if len(held) and self.part == "training":
            self.judged_on, self.part = self.held_out(held), "held out"


def read(name: str, **text: Any) -> tuple["Part", "Part"]:
    """Read the training and the test part of a data set by its name or path.

    `text` has options for a .csv or .jsonl file: see `fastnet.datasets.read`.
    """
    from fastnet import datasets

    return datasets.load(name) if name in DATASETS else datasets.read(name, **text)


def is_text(name: str) -> bool:
    """Tell whether a data set is a .csv or .jsonl file."""
    from fastnet.tables.readers import reader_of

    return name not in DATASETS and reader_of(name).is_text


def refuse_text_options(ctx: click.Context, data: str) -> None:
    """Refuse options of reading a text if the data are not a text."""
    for name in FOR_TEXT:
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT and not is_text(data):
            message = f"--{name}: for a stream, a .csv or a .jsonl file only"
            raise click.UsageError(message, ctx)


def noun_of(X: "NDArray[Any]") -> str:
    """Return the word for the rows of X, "images" or "rows"."""
    return "images" if X.dtype == "uint8" else "samples"
