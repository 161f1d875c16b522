"""The outputs of a net: its task, targets, answers, score and loss.

To add a loss, write its row of LOSSES here, its branch in `fastnet.kernels.losses.judge`, and its
twin in `fastnet.reference`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..data.labels import plain
from ..data.samples import check_finite
from ..data.targets import Targets, as_targets, checked_classes, indices_of, numbers_came
from ..kernels.activations import HIDDEN
from ..kernels.losses import QUADRATIC, SIGMOID_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY
from ..typing import Array
from .activations import Activation, check_range, row_of
from .units import Units

Task = Literal["classification", "multilabel", "regression"]
WIDE = np.dtype("float64")


class Loss(NamedTuple):
    """A loss, and the output layers that it goes with.

    Attributes
    ----------
    codes : dict
        The code of the loss in the kernels, by the activation of the output layer; None stands for
        functions of the user's own.
    of_labels, of_numbers : str
        The default activation of the output layer, for class labels and for numbers.
    task : str
        The task of a net whose targets are numbers.
    """

    codes: Mapping[str | None, int]
    of_labels: str
    of_numbers: str
    task: Task


LOSSES = {
    "quadratic": Loss(
        dict.fromkeys([*HIDDEN, None], QUADRATIC), "sigmoid", "identity", "regression"
    ),
    "cross-entropy": Loss(
        {"softmax": SOFTMAX_CROSS_ENTROPY, "sigmoid": SIGMOID_CROSS_ENTROPY},
        "softmax", "sigmoid", "multilabel",
    ),
}  # fmt: skip


def _variance(means: Array, squares: Array) -> Array:
    spread = squares - means**2
    return spread[spread > 1e-12 * means**2]  # less is rounding


def _entropy(means: Array, squares: Array) -> Array:
    return -means * np.log(means, where=means > 0, out=np.zeros_like(means))


# The loss of the best constant answer, in parts, by the code of the loss. Each is a function of the
# means of the targets of each output, and of the means of their squares.
CONSTANT: dict[int, Callable[[Array, Array], Array]] = {
    QUADRATIC: _variance,
    SOFTMAX_CROSS_ENTROPY: _entropy,
    SIGMOID_CROSS_ENTROPY: lambda means, squares: (
        _entropy(means, squares) + _entropy(1 - means, squares)
    ),
}


class Outputs:
    """The outputs of a net and their meaning.

    Parameters
    ----------
    n : int
        The number of outputs.
    activation : str or pair of functions
        The activation of the output layer.
    loss : str
        A name in `LOSSES`.
    dtype : numpy.dtype
        The dtype of the net.
    classes : array_like, optional
        The labels of the outputs; without them the targets are numbers.

    Attributes
    ----------
    task : str
        The task of the net: "classification" (one label a sample), "multilabel" (the presence of
        several labels) or "regression" (numbers, which are never right or wrong).
    classes : numpy.ndarray or None
        A read-only copy of the labels.
    indices : dict
        The index of the output of each label; empty without labels.
    column : bool or None
        True if the answers of one output are (n, 1), as its targets were. None if that is unknown:
        then answers are (n, 1) for "multilabel" only.
    units : Units or None
        The units of the targets of a regression, which the net learns scaled.
    code : int
        The code of the loss in the kernels.
    usual_rate : float or None
        The default learning rate of samples that come one by one, if it does not go by the
        activation: see `fastnet.model.rate`.
    """

    units: Units | None = None
    usual_rate: float | None = None

    def __init__(
        self,
        n: int,
        activation: Activation,
        loss: str,
        dtype: np.dtype,
        classes: ArrayLike | None = None,
    ):
        self.n, self.activation, self.loss, self.dtype = n, activation, loss, dtype
        self.code = LOSSES[loss].codes[activation if isinstance(activation, str) else None]
        self.column: bool | None = None
        self.classes = None if classes is None else _checked_classes(classes, n)
        self.indices = {} if self.classes is None else indices_of(self.classes)
        self.task: Task = LOSSES[loss].task if self.classes is None else "classification"

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Copy the state from pickle, since its arrays may be maps of a file, or writeable."""
        self.__dict__.update(state)
        if self.classes is not None:
            self.classes = _checked_classes(self.classes, self.n)

    def __deepcopy__(self, memo: Any) -> Outputs:
        """Return a copy with classes of its own. It shares functions of the user's."""
        return self.with_classes(self.classes)

    def with_classes(self, classes: ArrayLike | None) -> Outputs:
        """Return the same outputs, with these labels or with none."""
        other = Outputs(self.n, self.activation, self.loss, self.dtype, classes)
        other.column, other.usual_rate = self.column, self.usual_rate
        other.units = self.units if other.may_have_units else None
        return other

    @property
    def may_have_units(self) -> bool:
        """True if targets may be any numbers, so that they can be scaled."""
        return self.task == "regression" and self.activation == "identity"

    @property
    def of_loss(self) -> float:
        """The factor from the net's loss to that in the user's units: see `Units`."""
        return 1.0 if self.units is None else self.units.of_loss

    @property
    def squared(self) -> bool:
        """True if the cost grows with the squares of the errors."""
        return self.code == QUADRATIC

    @property
    def are_probabilities(self) -> bool:
        """True if each output lies between 0 and 1, and can be the probability of a label."""
        row = row_of(self.activation)
        return self.task != "regression" and row.low >= 0 and row.high <= 1

    @property
    def add_up(self) -> bool:
        """True if the outputs are probabilities of classes that exclude each other."""
        return self.are_probabilities and self.activation == "softmax"

    @property
    def flat(self) -> bool:
        """True if an answer is one number, not an array."""
        column = self.task == "multilabel" if self.column is None else self.column
        return self.n == 1 and not column

    def targets(self, y: ArrayLike, n: int, name: str = "y", least: int | None = None) -> Targets:
        """Check the targets of n samples: see `fastnet.data.targets.as_targets`.

        Numbers are scaled by the `units`.
        """
        known, dtype = self.classes is not None, self.dtype if self.units is None else WIDE
        targets = as_targets(y, n, dtype, self.classes, name, known, least)
        if self.classes is not None and not len(targets.labels):
            raise numbers_came(y, self.indices, name)
        if targets.outputs != self.n:
            raise ValueError(f"{name}: {targets.outputs} outputs, but the network has {self.n}")
        check_range(targets.numbers, self.activation, targets.outputs, name)
        return targets if self.units is None else self.scaled(targets, name)

    def scaled(self, targets: Targets, name: str = "y") -> Targets:
        """Return targets of float64 numbers in the net's units and dtype."""
        assert self.units is not None
        rows = self.units.scaled(targets.numbers.reshape(-1, self.n))
        check_finite(rows, self.dtype, f"{name}, scaled as in training")
        return targets._replace(numbers=rows.astype(self.dtype).reshape(-1))

    def restored(self, outputs: Array) -> Array:
        """Return outputs (..., n) of the net in the user's units: float64 if there are any."""
        return outputs if self.units is None else self.units.restored(outputs)

    def answers(self, outputs: Array) -> Array:
        """Return the answers for outputs (n, outputs), in the user's units."""
        if self.classes is not None:
            return self.classes[outputs.argmax(axis=1)]
        if self.task == "multilabel":
            outputs = (outputs > 0.5).astype(np.int64)
        return outputs[:, 0] if self.flat else outputs

    def answer(self, outputs: Array) -> Any:
        """Return the answer for the net's outputs (outputs,) of one sample.

        A label or a number is Python's own; several numbers are copied.
        """
        if self.classes is not None:
            return plain(self.classes[outputs.argmax()])
        if self.task == "multilabel":
            outputs = (outputs > 0.5).astype(np.int64)
        elif self.units is not None:
            outputs = self.units.restored(outputs)
        return outputs[0].item() if self.flat else outputs.copy()

    def score(self, answers: Array, y: ArrayLike) -> float:
        """Return the score of these answers, in the user's units: see `Network.score`."""
        targets = self.targets(y, len(answers), least=0)
        if self.classes is not None:
            right = answers == self.classes[targets.labels]
            return float((right & (targets.labels >= 0)).mean())
        wanted = targets.numbers.reshape(len(answers), -1).astype(np.float64)
        answers = answers.reshape(wanted.shape)
        if self.task == "multilabel":
            return float((answers == (wanted > 0.5)).all(axis=1).mean())
        if self.units is not None:
            answers = self.units.scaled(answers)
        rest = ((wanted - answers) ** 2).sum(axis=0)
        spread = ((wanted - wanted.mean(axis=0)) ** 2).sum(axis=0)
        rounding = len(wanted) * (8 * np.finfo(self.dtype).eps * np.abs(wanted).max(axis=0)) ** 2
        varied = spread > rounding  # constant targets have no R squared
        r2 = 1 - rest / np.where(varied, spread, 1)
        return float(np.mean(np.where(varied, r2, rest <= rounding)))

    @np.errstate(all="ignore")
    def constant_loss(self, means: Array, squares: Array) -> float:
        """Return the loss of the best constant answer, in the user's units.

        `means` are the means of each output's targets, and `squares` the means of their squares.
        """
        return float(CONSTANT[self.code](means, squares).sum()) * self.of_loss

    def accuracy(self, hits: int, n: int) -> float | None:
        """Return the share of right answers; None for a regression."""
        return None if self.task == "regression" else hits / n


def task_of(loss: str | None, y: Array, labels: bool) -> Task:
    """Return the task of a new net, whose targets y are labels or numbers.

    Without a loss, several columns of zeros and ones that are whole numbers or truth values say
    which labels a sample has.
    """
    if labels:
        return "classification"
    if loss is not None:
        return LOSSES[loss].task
    several = y.ndim == 2 and y.shape[1] > 1 and y.dtype.kind in "biu"
    return "multilabel" if several and y.min() >= 0 and y.max() <= 1 else "regression"


def _checked_classes(classes: ArrayLike, outputs: int) -> Array:
    """Return a read-only copy of the classes, one for each output."""
    array = checked_classes(classes)
    if array.shape != (outputs,):
        raise ValueError(f"classes: shape {array.shape}, wanted ({outputs},), one an output")
    array.flags.writeable = False
    return array
