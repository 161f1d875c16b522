"""The data of a command, and the part of them that judges nets."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .arguments import names_of
from .errors import naming
from .reading import numbers_of, read, recorded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.model.ensemble import Ensemble
    from fastnet.model.network import Network


@dataclass
class DataSet:
    """The samples that a net learns, and the samples that judge it."""

    name: str  # or a path
    X: Any  # a table, or `Samples`, which are checked and hashed once for all calls
    y: "NDArray[Any]"
    judged_on: "tuple[Any, NDArray[Any]]"
    part: str  # the part in judged_on: "test", "training" or "held out"
    reading: dict[str, Any]  # options of reading files that differ from the defaults

    @classmethod
    def read(
        cls,
        name: str,
        dtype: str,
        plain: bool,
        test: str | None = None,
        init: Any = None,
        **options: Any,
    ) -> "DataSet":
        """Read a data set by its name or path, and a test part that stands in a file of its own.

        A table becomes an array of numbers if it is to be `plain`; `init` is the net that is to go
        on with them. `options` has the options of `fastnet.datasets.read`.
        """
        import numpy as np

        from fastnet.data.samples import Samples, flat
        from fastnet.files import blaming
        from fastnet.tables.table import Table

        form = {**options, "arrays": plain}  # what has columns is a table, also without names
        (images, y), (X_test, y_test) = read(name, **form, flatten=False)
        X, X_test = (rows if rows is None else flat(rows) for rows in (images, X_test))
        if X is None or y is None:
            raise ValueError(f"data: {name} has no training part, wanted X and y")
        if test is not None:
            if X_test is not None:
                raise ValueError(f"test: {test}, but {name} has a test part, wanted one of them")
            X_test, y_test = test_part(test, form, X, y)
        if plain and isinstance(X, Table):
            with blaming(name, "{}"):
                X = numbers_of(X, init)
            with blaming(test or name, "{}"):
                X_test = None if X_test is None else numbers_of(X_test, init)
        if not isinstance(X, Table):
            X = Samples(images if len(images.shape) > 2 else X, np.dtype(dtype))
        judged_on, part = ((X if isinstance(X, Table) else X.rows), y), "training"
        if X_test is not None and y_test is not None:
            judged_on, part = (X_test, y_test), "test"
        reading = recorded({**options, "test": test})
        if isinstance(X, Table) and any(getattr(c, "decimal", "") == "," for c in X.columns):
            reading["decimal_found"] = ","
        return cls(name, X, y, judged_on, part, reading)

    @classmethod
    def encoded(
        cls, name: str, dtype: str, folder: str, share: float, test: str | None, **options: Any
    ) -> "DataSet":
        """Encode a table into memory maps in a folder, or find it there.

        A share of the rows is held out for a test, unless a file has the test part.
        """
        from fastnet import datasets

        del options["weight"]
        first, second = datasets.encode(
            name, folder, test=0.0 if test else share, dtype=dtype, **options
        )
        (X, y), (X_test, y_test) = first, second
        assert y is not None  # it has a target
        if test is not None:
            X_test, y_test = test_part(test, options, X, y)
        judged_on, part = (X, y), "training"
        if y_test is not None:
            judged_on, part = (X_test, y_test), "test"
        reading = recorded({**options, "test": test}) | {"cached": True}
        return cls(name, X, y, judged_on, part, reading)

    @property
    def names(self) -> dict[str, str]:
        """What errors and warnings call these samples, their targets, and those to test on."""
        about = getattr(self.X, "encoding", None) or self.X
        target, test = getattr(about, "target", None), self.reading.get("test") or self.name
        return {
            **names_of(self.name, target, self.is_table),
            **names_of(test, target, self.is_table, "validation_data "),
        }

    def score(self, net: "Network | Ensemble") -> float:
        """Return the score of a net on the samples that judge it."""
        names, about = self.names, "validation_data " if self.part == "test" else ""
        with naming({own: names[about + own] for own in ("X", "y")}):
            return net.score(*self.judged_on)

    def check(self, net: "Network") -> None:
        """Check the test part as `score` does, and score nothing."""
        with naming({own: self.names["validation_data " + own] for own in ("X", "y")}):
            samples = net.samples(self.judged_on[0])
            net.outputs.targets(self.judged_on[1], samples.n, least=0)

    @property
    def is_table(self) -> bool:
        """Tell whether the samples are the rows of a table, perhaps encoded."""
        return getattr(self.X, "encoding", None) is not None or not hasattr(self.X, "rows")

    def part_of(self, places: Any) -> Any:
        """Return the samples at these places: an array, sparse rows, a table or encoded samples."""
        if not hasattr(self.X, "rows"):
            return self.X[places]
        rows = self.X.rows[places]
        if self.X.encoding is None:
            return rows
        part = type(self.X)(rows, self.X.dtype, self.X.features)
        part.encoding = self.X.encoding
        return part

    @property
    def n(self) -> int:
        """The number of samples to learn, with those that are held out."""
        return int(self.X.n) if hasattr(self.X, "n") else len(self.X)

    @property
    def weights(self) -> "NDArray[Any] | None":
        """The weights of the samples to learn, from a column of a table."""
        return getattr(self.X, "weights", None)

    @property
    def noun(self) -> str:
        """The word for the samples: "images", "samples", or "rows" of a table."""
        return "rows" if self.is_table else noun_of(self.X.rows)

    def validation_data(self) -> "tuple[Any, NDArray[Any]] | None":
        """Return the test part, checked, or None if there is none."""
        from fastnet.data.samples import Samples

        if self.part != "test":
            return None
        X, y = self.judged_on
        if isinstance(self.X, Samples) and self.X.encoding is None:
            X = Samples(X, self.X.dtype, self.X.features, "validation_data X")
        return X, y

    def held_out(self, held: "NDArray[Any]") -> "tuple[Any, NDArray[Any]]":
        """Return the training samples that a run holds out."""
        return self.part_of(held), self.y[held]

    def judge_by_held_out(self, held: "NDArray[Any]") -> None:
        """Judge by the samples that a run holds out, if there are any and there is no test part."""
        if len(held) and self.part == "training":
            self.judged_on, self.part = self.held_out(held), "held out"


def test_part(
    path: str, options: dict[str, Any], X: Any, y: "NDArray[Any]"
) -> "tuple[Any, NDArray[Any]]":
    """Return the samples and targets in a file to test on; X and y are those to learn."""
    import numpy as np

    options = {**options, "others": True, "features": X.shape[1] if hasattr(X, "shape") else None}
    if options.get("classes") is None:  # targets are of one type in both files
        options["classes"] = [] if y.dtype.kind == "f" else np.unique(y).tolist()
    first, second = read(path, **options)
    X, y_test = first if second[0] is None else second
    if X is None or y_test is None:
        raise ValueError(f"test: {path} has no targets, wanted X and y")
    return X, y_test


def noun_of(X: Any) -> str:
    """Return the word for the rows of X: "images", "samples", or "rows" of a table."""
    if not hasattr(X, "dtype"):
        return "rows"
    return "images" if X.dtype == "uint8" else "samples"
