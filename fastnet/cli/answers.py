"""The answers of nets as lines of CSV or JSON, chunk by chunk."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .arguments import called, names_of
from .errors import naming, say
from .reading import for_net, without_target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.model.ensemble import Ensemble
    from fastnet.model.network import Network
    from fastnet.tables.table import Table

UNNAMED = "prediction"  # the name of answers whose target has none


class Answers:
    """Answers to chunks of rows, one a row in their order.

    Parameters
    ----------
    net, first
        The net that answers, perhaps an ensemble, and one of its nets.
    outputs
        True for the outputs in place of labels: probabilities.
    keep
        The names of columns whose text comes before the answers.
    json_
        True for JSON lines, False for CSV.
    """

    def __init__(
        self,
        net: "Network | Ensemble",
        first: "Network",
        outputs: bool,
        keep: tuple[str, ...],
        json_: bool,
    ) -> None:
        self.net, self.first, self.outputs, self.keep, self.json_ = net, first, outputs, keep, json_

    def write(self, chunks: Iterable[Any], data: str, out: str | None) -> None:
        """Write the answers to a file, or each chunk of them at once to standard output."""
        from fastnet.files import atomic_write

        results = self._answered(chunks, data)
        if out is None:
            for text in self._texts(results):
                say(text, nl=False)
        elif out.endswith(".npy"):
            import numpy as np

            result = np.concatenate([result for _, result in results])
            atomic_write(out, lambda file: np.save(file, result, allow_pickle=False))
        else:
            atomic_write(
                out, lambda file: file.writelines(t.encode() for t in self._texts(results))
            )

    def _answered(self, chunks: Iterable[Any], data: str) -> Iterator[tuple[Any, "NDArray[Any]"]]:
        """Yield each chunk of rows with its answers. Errors name the data."""
        none, is_table = True, self.first.encoding is not None
        answer = self.net.predict_proba if self.outputs else self.net.predict
        for X in chunks:
            none = False
            with naming(names_of(data, None, is_table)):
                rows = for_net(without_target(X, self.first, data), self.first, data)
                result = answer(rows)
            yield X, result
        if none:
            raise ValueError(f"{called(data)}: X: no rows, wanted at least one")

    def _texts(self, results: Iterable[tuple[Any, "NDArray[Any]"]]) -> Iterator[str]:
        """Yield the lines of each chunk, the first with a line of names if its rows have names."""
        for k, (X, result) in enumerate(results):
            answers = result.reshape(len(result), -1)
            names = self._all_names(answers.shape[1])
            kept = [texts_of(X, name) for name in self.keep]
            if self.json_:
                values = zip(*kept, *map(plain_values, answers.T), strict=True)
                rows = (dict(zip(names, row, strict=True)) for row in values)
                yield "".join(f"{json.dumps(row)}\n" for row in rows)
                continue
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            if k == 0 and getattr(X, "named", False) and (self.first.encoding or self.keep):
                writer.writerow(names)
            writer.writerows(zip(*kept, *answers.astype(str).T.tolist(), strict=True))
            yield text.getvalue()

    def _names(self, width: int) -> list[str]:
        """Return the names of the answers' columns."""
        if self.outputs and self.first.classes is not None:
            return list(map(str, self.first.classes.tolist()))
        target = getattr(self.first.encoding, "target", None) or UNNAMED
        return [target] if width == 1 else [f"{target} {k}" for k in range(width)]

    def _all_names(self, width: int) -> list[str]:
        """Return the names of all columns, each once."""
        own = [f"predicted {n}" if n in self.keep else n for n in self._names(width)]
        return [*self.keep, *own]


def plain_values(values: "NDArray[Any]") -> list[Any]:
    """Return values for JSON: floats with no more digits than their dtype has."""
    if values.dtype.kind == "f":
        return [float(text) for text in values.astype(str)]
    return list(values.tolist())


def texts_of(table: "Table", name: str) -> list[str]:
    """Return the values of a column as text, as they stand in a file of text."""
    if not getattr(table, "named", False):
        raise ValueError(f"keep: {name!r}, but the rows have no names")
    if name not in table.names:
        raise ValueError(f"keep: no column {name!r}, wanted one of {', '.join(table.names)}")
    column = table[name]
    if hasattr(column, "words"):
        words = [*column.words, ""]  # code -1 is a missing value
        return [words[code] for code in column.codes.tolist()]
    return [number_text(value) for value in column.values.tolist()]


def number_text(value: float) -> str:
    """Return a number of a typed column as text; a missing one is empty."""
    if value != value:
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
