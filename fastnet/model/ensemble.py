"""Several nets that answer together, by the mean of their outputs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from ..data.fingerprint import hashed
from ..data.labels import plain
from ..data.samples import Samples
from ..diagnostics import gathered, warn
from ..typing import Array
from .answering import Answering
from .encoded import row_in_order
from .form import part_of
from .network import Network
from .outputs import Outputs, Task
from .pixels import TOPIC
from .saving import save


class Ensemble(Answering):
    """Networks that answer together, by the mean of their outputs.

    The answer is the class with the largest mean, the first of equals. Of several labels at once,
    a label is present if its mean is > 0.5. Numbers are in the units of y, float64.

    `fastnet.train_seeds` and `fastnet.load` make ensembles, too. `len()`, an index and a loop give
    the networks; a slice gives an ensemble of some. Several threads may predict at once.

    Parameters
    ----------
    nets : sequence of Network
        Networks with the same number of inputs, and with the same classes or, without classes, the
        same task and number of outputs. They are not copied. Those whose encodings are equal share
        one of them. Of an ensemble among them, its networks are meant.

    Attributes
    ----------
    nets : tuple of Network
        The networks.
    classes : numpy.ndarray or None
        The labels of the outputs; None if the targets are numbers.
    task : str
        "classification", "multilabel" or "regression".
    sizes : tuple of int or None
        Inputs, hidden layers, outputs; None if they differ.
    encoding : fastnet.tables.Encoding or None
        The encoding that all networks share; None without one, or if they have several.
    n_features : int
        The number of columns of X, before they are encoded.
    feature_names : tuple of str or None
        Their names; None without names, or if they differ.
    outputs : Outputs
        The meaning of the outputs, as that of the first network.

    Raises
    ------
    TypeError, ValueError
        There is no network, or one does not fit the first.
    """

    classes: Array | None = part_of("outputs.classes")
    task: Task = part_of("outputs.task")

    def __init__(self, nets: Sequence[Network] | Ensemble):
        given = nets if isinstance(nets, Iterable) else [nets]
        self._nets = tuple(net for one in given for net in nets_of(one))
        for net in self._nets:
            if not isinstance(net, Network):
                raise TypeError(f"nets: {type(net).__name__}, wanted a sequence of Networks")
        if not self._nets:
            raise ValueError("nets: none came, wanted one or more")
        for k, net in enumerate(self._nets):
            wanted, came = _shared(self._nets[0]), _shared(net)
            for name in wanted:
                if came[name] != wanted[name]:
                    raise ValueError(
                        f"nets[{k}]: {name} {came[name]}, wanted {wanted[name]}, as nets[0]"
                    )
        _share_encodings(self._nets)

    @property
    def nets(self) -> tuple[Network, ...]:
        """The networks that answer together."""
        return self._nets

    @property
    def outputs(self) -> Outputs:  # type: ignore[override]
        """The meaning of the outputs, as that of the first network."""
        return self._nets[0].outputs

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """The sizes of the layers of each network; None if they differ."""
        return _common([net.sizes for net in self._nets])

    @property
    def encoding(self) -> Any:
        """The encoding that all networks share; None without one, or if they have several."""
        return self._nets[0].encoding if self._share_encoding else None

    @property
    def n_features(self) -> int:
        """The number of columns of X."""
        return self._nets[0].n_features

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """The names of the columns of X; None without names, or if they differ."""
        return _common([net.feature_names for net in self._nets])

    def __len__(self) -> int:
        return len(self._nets)

    def __iter__(self) -> Iterator[Network]:
        return iter(self._nets)

    @overload
    def __getitem__(self, k: int) -> Network: ...
    @overload
    def __getitem__(self, k: slice) -> Ensemble: ...
    def __getitem__(self, k: int | slice) -> Network | Ensemble:
        return Ensemble(self._nets[k]) if isinstance(k, slice) else self._nets[k]

    def __repr__(self) -> str:
        each = ", ".join(dict.fromkeys(map(repr, self._nets)))
        return f"Ensemble({len(self)} nets: {each})"

    def copy(self) -> Ensemble:
        """Return an ensemble of copies of the networks."""
        return Ensemble([net.copy() for net in self._nets])

    __copy__ = copy

    def digest(self) -> str:
        """Return the SHA-256 of the networks' digests, in their order."""
        return str(hashed(net.digest().encode() for net in self._nets).hexdigest())

    def predict_proba(self, X: ArrayLike | Samples) -> Array:
        """Return the means of the outputs (n, outputs) for X (n, features), float64."""
        said: dict[str, str] = {}
        with gathered(said, ""):
            total = _sum(self.outputs_of_each(X))
        warn_once(said)
        total /= len(self)
        return total

    def outputs_of_each(self, X: ArrayLike | Samples) -> Iterator[Array]:
        """Yield the outputs (n, outputs) of each network for X (n, features).

        There is one encoded matrix at a time, for the networks in a row that share its encoding.
        """
        if not self._share_encoding and not isinstance(X, Samples):
            X = self._table(X)
        before: Any = None
        samples: Any = None
        for net in self._nets:
            own = id(net.encoding), net.dtype
            if own != before:
                samples = None  # before the next one is made
                before, samples = own, net.samples(X)
            yield net.predict_proba(samples)

    @property
    def _share_encoding(self) -> bool:
        """True if all networks have one encoding, or none."""
        first = self._nets[0].encoding
        return all(net.encoding is first for net in self._nets)

    def _table(self, X: Any) -> Any:
        """Return X as a table, which several encodings then read.

        If some networks have no encoding, it is X as it came.
        """
        if any(net.encoding is None for net in self._nets):
            return X
        from ..tables.frames import table_of

        table = table_of(X)
        self._check_names("X", table.named)
        return table

    def _check_names(self, name: str, named: bool) -> None:
        """Refuse rows without names if the networks know columns in different orders."""
        if not named and len({net.feature_names for net in self._nets} - {None}) > 1:
            raise ValueError(
                f"{name}: no names, wanted names: the networks know their columns in other orders"
            )

    def predict_one(self, x: ArrayLike | Mapping[str, Any]) -> Any:
        """Return the answer for one sample x (features,): see `Network.predict_one`.

        With an encoding, x is a row of a table: a dict, a series, or values by their places.
        """
        if self._share_encoding and (self._nets[0].encoding is not None or self._know(x)):
            total = self._outputs_of_row(x)
        else:
            said: dict[str, str] = {}
            with gathered(said, ""):
                total = self._outputs_of_row(x)
            warn_once(said)
        if self.classes is not None:
            return self.outputs.answer(total)
        return plain(self.outputs.answers(total[None])[0])  # which are in the units of y

    def _know(self, x: Any) -> bool:
        """Tell whether a row gives no warning of pixels, so that there are none to join."""
        if type(x) is not np.ndarray:
            return not any(net.parameters.unsaid or net.parameters.learned for net in self._nets)
        return all(x.dtype in net.passes.single().doors for net in self._nets)

    def _outputs_of_row(self, x: Any) -> Array:
        """Return the means of the outputs (outputs,) for one sample: see `predict_proba`."""
        total, before = np.zeros(self.outputs.n), None
        row: Any = x
        for net in self._nets:
            encoding, single = net.encoding, net.passes.single()
            if encoding is None:
                row_in_order(x, net.origin)
                row, before = x, None
            elif encoding is not before or row.dtype != net.dtype:
                if before is not None and encoding is not before:
                    from ..tables.frames import record

                    self._check_names("x", record(x) is not None)
                row, before = single.row(encoding, x), encoding
            total += net.outputs.restored(single.outputs(row))
        total /= len(self)
        return total

    def rounded(self, weights: str) -> Ensemble:
        """Return an ensemble of the networks rounded to few bits: see `Network.rounded`."""
        return Ensemble([net.rounded(weights) for net in self._nets])

    @property
    def rounding(self) -> dict[str, Any] | None:
        """The record of the rounding, the same for all networks of a file; None without one."""
        each = [net.rounding for net in self._nets if net.rounding is not None]
        if len(each) < len(self):
            return None
        return max(each, key=lambda record: float(record["largest_change"]))

    def save(
        self,
        path: str | os.PathLike[str],
        weights: str | None = None,
        data: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> None:
        """Write all networks to one file, atomically: an .npz of plain arrays, nothing pickled.

        `fastnet.load` reads it. It has each encoding once. Of your own functions it holds only
        names. `weights` and `data` are those of `Network.save`.

        Raises
        ------
        TypeError, ValueError
            `fastnet.load` would refuse the file, as with NaN weights; nothing is written.
        OSError
            The file cannot be written; an old file is as it was.
        """
        save(path, self, weights, data)


def nets_of(model: Any) -> tuple[Network, ...]:
    """Return the networks that answer: those of an ensemble, or the one that this is."""
    nets: tuple[Network, ...] = getattr(model, "nets", (model,))
    return nets


def _shared(net: Network) -> dict[str, Any]:
    """Return the properties that networks of an ensemble must share."""
    answers: Any = {"regression": "numbers", "multilabel": "several labels"}.get(net.task)
    if net.classes is not None:
        answers = net.classes.tolist()
    return {"inputs": net.n_features, "outputs": net.sizes[-1], "classes": answers}


def _share_encodings(nets: Sequence[Network]) -> None:
    """Let networks whose encodings are equal, and no longer change, have one of them."""
    known: dict[Any, Any] = {}
    for net in nets if len({id(net.encoding) for net in nets}) > 1 else ():
        own = net.encoding
        if own is not None and not own.running:
            net.encoding = known.setdefault((own.digest(), own.target, own.names), own)


def _common(values: Sequence[Any]) -> Any:
    """Return the value that all have, or None."""
    return values[0] if all(value == values[0] for value in values) else None


def warn_once(said: dict[str, str]) -> None:
    """Give one warning for those of several encodings, which are much alike."""
    messages = list(said.values())
    if messages:
        message = messages[0] + "; other networks have the like to say" * (len(messages) > 1)
        warn(message, topic=TOPIC if TOPIC in said else None)


def _sum(outputs: Iterable[Array]) -> Array:
    """Return the sum of arrays of one shape, in their order, float64."""
    total: Any = None
    for each in outputs:
        if total is None:
            total = np.zeros(each.shape)
        total += each
        del each  # before the next one is made
    return np.asarray(total)
