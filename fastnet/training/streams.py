"""train_stream(): predict, then learn, example by example, from a stream of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ..checks import in_order, scalar
from ..data.targets import checked_classes
from ..model.activations import Activation
from ..model.interrupt import hold_ctrl_c
from ..model.network import Network
from ..model.start import Start
from ..options import StreamOptions
from ..reference import LossName
from ..typing import Array
from .gatherer import Gatherer
from .learner import Learner
from .prepare import new_net, with_own
from .trainer import warmup


def train_stream(
    examples: Iterable[tuple[ArrayLike, Any]],
    *,
    classes: ArrayLike | None = None,
    hidden: Sequence[int] | None = None,
    activation: Activation | Sequence[Activation] | None = None,
    loss: LossName | None = None,
    dtype: DTypeLike | None = None,
    start: Start | None = None,
    init: Network | None = None,
    seed: int = 0,
    learning_rate: float | None = None,
    new_labels: bool = False,
    on_record: Callable[[Network, dict[str, Any]], object] | None = None,
    on_progress: Callable[[Network, dict[str, Any]], object] | None = None,
) -> Network:
    """Predict, then learn, example by example, in the order given and in constant memory.

    As many calls of `Network.learn_one`, bit for bit; only faster, since examples that come fast
    are gathered, some hundred at most.

    Parameters
    ----------
    examples : iterable of (x, y)
        x (features,) is as a row of X in `fastnet.train`; y is a class label, an integer or string,
        or the numbers x stands for: a float, or (outputs,). Or several examples at a time:
        X (n, features), a frame or sparse array too, and their n labels or rows of numbers, such as
        the chunks of `pandas.read_csv(chunksize=)`; they belong together by their places, whatever
        their index.
    classes : array_like, optional
        All labels, an output for each, in this order. Without them, and without init, they are the
        labels among the first 1,000 examples, sorted. Learning waits for these, or for the end of
        the stream. Most of the labels decide between words, whole numbers and numbers; a label of
        another type, or a missing one, is an error.
    hidden : sequence of int, optional
        Sizes of the hidden layers. The default is (64, 32); () makes none.
    activation : str, pair of functions, or sequence of these, optional
        Activation of the hidden layers. It is "sigmoid", "tanh", "scaled-tanh", "relu",
        "leaky-relu" or "identity"; the default is "sigmoid". Or it is your own: two functions of
        one number, compiled by `numba.njit`, (f, f_prime). They are called in float64, and f_prime
        is checked against the slope of f. The output layer is then softmax (cross-entropy), sigmoid
        (quadratic loss, or several labels) or identity (regression). A sequence gives each layer
        its own, the output layer's last.
    loss : str, optional
        Loss that learning minimises. It is "quadratic" or "cross-entropy"; the default is
        "quadratic". The quadratic loss is the sum of (a - y)**2 over the outputs.
    dtype : str, optional
        Precision of the weights and of all arithmetic. It is "float32" or "float64"; the default is
        "float32".
    start : str, (low, high) or sequence of array_like, optional
        How the first weights are drawn. It is "glorot", "he", "normal" or "normal/n": within the
        bounds of Glorot or of He, from N(0, 1), or from N(0, 1/n). (low, high) draws them between
        two numbers. Or give the weights, an array for each layer: see `Network.initialise`. The
        default is "he" into relu and leaky-relu layers, else "glorot". Biases start at 0.
    init : Network, optional
        Network to continue from; a copy of it learns. It has its own classes, hidden, activation,
        loss and dtype: give none of the last four, or equal values. Do not give classes and start.
    seed : int
        Seed of the first weights, and of the weights of outputs that are added.
    learning_rate : float, optional
        Step size, of all examples. The default is half of the default of `fastnet.train`, which
        falls during a run.
    new_labels : bool
        Let a label that is not among the classes add an output, the last one. The weights of the
        other outputs stay; the new ones are drawn, and the new bias is 0. Otherwise such a label is
        an error.
    on_record : callable, optional
        Function that is called as on_record(network, record) after each record, see below.
    on_progress : callable, optional
        Function that is called as on_progress(network, record) several times a second. It is called
        while examples come; the record has what the next one has so far.

    Returns
    -------
    Network
        Its `history` has a record after 100, 200, ... 900, 1,000, 2,000, ... 9,000, 10,000, 20,000,
        ... examples, and at the end. Each is about the examples since the one before it: "epoch"
        (its number), "samples", "seconds" (by the clock: waiting counts), "samples_per_second",
        "learning_rate", and "loss" and "accuracy": the means, each example judged just before it
        was learned; accuracy is None for a regression. Its `stopped` is "end".

    Raises
    ------
    TypeError, ValueError
        An argument that does not fit, before the first example is asked for. Or an example: the
        error names it, and its `example` is its number, from 1. All before it are learned, it has
        changed nothing.
    Diverged
        The cost or a weight is no longer finite.
    KeyboardInterrupt
        Ctrl-C. Its `network` has the weights so far, as that of any error after the start has, of
        the iterator or a callback too; None if the first example did not come or fit.

    Warns
    -----
    LearningWarning
        Of the first examples, and where nothing was learned: as `fastnet.train`.
    """
    if not isinstance(examples, Iterable):
        raise TypeError(f"examples: {type(examples).__name__}, wanted an iterable of (x, y)")
    options = with_own(StreamOptions.among(locals()))
    net = _checked(options)
    known = None if options.classes is None else _checked_classes(options)
    warmup(options.dtype)  # while nothing waits for it
    stream = Gatherer(Learner(net, options, known))
    try:
        with hold_ctrl_c():
            for example in examples:
                stream.add(example)
            return stream.finish()
    except BaseException as error:
        error.network = stream.break_off()  # type: ignore[attr-defined]
        raise


def _checked(options: StreamOptions) -> Network | None:
    """Return a copy of init, if there is one; raise, as `train` does, what does not fit."""
    if options.init is None:
        start = options.start
        if in_order(start) and not all(map(np.isscalar, map(scalar, start))):
            start = None  # weights fit the net of the first example alone
        trial = new_net(options.replaced(start=start), 1, 2, np.arange(2))
        trial.checked_rate(options.learning_rate)
        return None
    net: Network = options.init.copy()
    net.checked_rate(options.learning_rate)
    net.stopped = net.last = net.run = None
    return net


def _checked_classes(options: StreamOptions) -> Array:
    if options.init is not None:
        raise ValueError("classes: given, but init has its own")
    array = checked_classes(options.classes)
    if len(array) < 2 and not options.new_labels:
        raise ValueError(f"classes: {array.tolist()!r}, wanted two or more, or new_labels")
    return array
