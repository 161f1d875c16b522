"""The answers of a network, or of several together, computed from their outputs."""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..data.samples import Samples
from ..typing import Array
from . import shown
from .outputs import Outputs


class Answering:
    """Base of classes that answer: labels or numbers from outputs, and their score."""

    outputs: Outputs

    def _repr_html_(self) -> str:
        """Return a short description for a notebook."""
        return shown.of_ensemble(self) if hasattr(self, "nets") else shown.of_net(self)

    def predict_proba(self, X: ArrayLike | Samples) -> Array:
        """Return the outputs (n, outputs) for the samples X (n, features)."""
        raise NotImplementedError

    def predict(self, X: ArrayLike) -> Array:
        """Return the answer for each sample: its label, several labels, or numbers.

        Parameters
        ----------
        X : array_like, frame, dicts, Table or scipy.sparse array, shape (n, features)
            As in `fastnet.train`. With an encoding, the columns of a table are found by their
            names, in any order; those of an array by their places.

        Returns
        -------
        numpy.ndarray
            Labels (n,). With several labels at once, their presence (n, outputs), 0 or 1. For a
            regression, numbers (n, outputs). With one output, presence and numbers are (n,) or
            (n, 1), like the targets that were learned.
        """
        return self.outputs.answers(self.predict_proba(X))

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """Return the share of right answers to X, or R squared for a regression.

        With several labels at once, all labels of a sample must be right. Labels that are not among
        the classes count as wrong, and give a `LearningWarning`.
        """
        return self.outputs.score(self.predict(X), y)
