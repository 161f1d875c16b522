"""Several nets that answer together, by the mean of their outputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..data.samples import Samples
from ..typing import Array
from .answering import Answering
from .network import Network
from .outputs import Outputs


class Ensemble(Answering):
    """Networks that answer together, by the mean of their outputs.

    The answer is the class with the largest mean, the first of equals. Of several labels at once,
    a label is present if its mean is > 0.5.

    Parameters
    ----------
    nets : sequence of Network
        Networks with the same number of inputs, and with the same classes or, without classes, the
        same task and number of outputs.

    Raises
    ------
    ValueError
        There is no network, or one does not fit the first.
    """

    def __init__(self, nets: Sequence[Network]):
        self.nets = list(nets) if isinstance(nets, Iterable) else [nets]
        for net in self.nets:
            if not isinstance(net, Network):
                raise TypeError(f"nets: {type(net).__name__}, wanted a sequence of Networks")
        if not self.nets:
            raise ValueError("nets: none came, wanted one or more")
        for k, net in enumerate(self.nets):
            wanted, came = _shared(self.nets[0]), _shared(net)
            for name in wanted:
                if came[name] != wanted[name]:
                    raise ValueError(
                        f"nets[{k}]: {name} {came[name]}, wanted {wanted[name]}, as nets[0]"
                    )

    @property
    def outputs(self) -> Outputs:  # type: ignore[override]
        """The meaning of the outputs, which is the same in each network."""
        return self.nets[0].outputs

    def predict_proba(self, X: ArrayLike | Samples) -> Array:
        """Return the means of the outputs (n, outputs) for X (n, features), float64."""
        seen: dict[Any, Samples] = {}  # by dtype and encoding, so that nets share them
        total: Any = 0.0
        for net in self.nets:
            key = net.dtype, net.encoding and net.encoding.digest()
            if key not in seen:
                seen[key] = net.samples(X)
            total = total + net.predict_proba(seen[key]).astype(np.float64)
        return np.asarray(total / len(self.nets))


def _shared(net: Network) -> dict[str, Any]:
    """Return the properties that networks of an ensemble must share."""
    answers: Any = {"regression": "numbers", "multilabel": "several labels"}.get(net.task)
    if net.classes is not None:
        answers = net.classes.tolist()
    return {"inputs": net.n_features, "outputs": net.sizes[-1], "classes": answers}
