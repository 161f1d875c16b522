"""train_stream(): predict, then learn, example by example, from a stream of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ..checks import flag, function
from ..data.targets import checked_classes
from ..model.activations import Activation
from ..model.interrupt import hold_ctrl_c
from ..model.network import Network
from ..model.start import Start
from ..rng import seed_of
from ..typing import Array
from .gatherer import Gatherer
from .learner import Learner
from .trainer import form, train, warmup


def train_stream(
    examples: Iterable[tuple[ArrayLike, Any]],
    *,
    classes: ArrayLike | None = None,
    new_labels: bool = False,
    hidden: Sequence[int] | None = None,
    activation: Activation | Sequence[Activation] | None = None,
    loss: str | None = None,
    learning_rate: float | None = None,
    seed: int = 0,
    dtype: DTypeLike | None = None,
    start: Start | None = None,
    init: Network | None = None,
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
        The labels, one an output. Without them, and without init, they are the labels among the
        first 1,000 examples, sorted: no example is learned before these are there, or the end is.
        They are of the kind of most: one of another kind, or a missing one, is an error.
    new_labels : bool
        A label that is none of the classes adds an output, the last one. The weights of all others
        stay; its own are drawn, its bias is 0. Otherwise such a label is an error.
    hidden, activation, loss, dtype, start
        As in `fastnet.train`.
    learning_rate : float, optional
        Of all examples. The default is half of that of `fastnet.train`, where it falls.
    seed : int
        Of the first weights, and those of outputs that are added.
    init : Network, optional
        Go on from a copy of this network; classes, hidden, activation, loss, dtype and start are
        its own, and what is given of them (but of classes and start, nothing) must be equal.
    on_record : callable, optional
        Called as on_record(network, record) after each record, see below.
    on_progress : callable, optional
        Called as on_progress(network, record), with what the next record has so far, several times
        a second while examples come.

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
    new_labels = flag("new_labels", new_labels)
    on_record, on_progress = function("on_record", on_record), function("on_progress", on_progress)
    hidden, activation, loss, dtype = form(init, hidden, activation, loss, dtype)
    options: dict[str, Any] = {"hidden": hidden, "activation": activation, "loss": loss}
    options |= {"dtype": dtype, "start": start, "seed": seed_of(seed)}
    options = {name: list(v) if isinstance(v, Iterator) else v for name, v in options.items()}
    net = _checked(init, learning_rate, options)
    known = None if classes is None else _checked_classes(classes, net, new_labels)
    warmup(dtype)  # while nothing waits for it
    learner = Learner(net, options, known, new_labels, learning_rate, on_record, on_progress)
    stream = Gatherer(learner)
    try:
        with hold_ctrl_c():
            for example in examples:
                stream.add(example)
            return stream.finish()
    except BaseException as error:
        error.network = stream.break_off()  # type: ignore[attr-defined]
        raise


def _checked(
    init: Network | None, learning_rate: float | None, options: dict[str, Any]
) -> Network | None:
    """A copy of init, if there is one; what does not fit is an error, as of `train`."""
    if init is None:
        named = options["start"] if isinstance(options["start"], str) else None
        trial = options | {"start": named, "learning_rate": learning_rate, "epochs": 0}
        train(np.zeros((2, 1)), [0, 1], **trial)
        return None
    x = np.zeros((1, init.sizes[0]))
    y = init.predict_proba(x) if init.classes is None else init.classes[:1]
    net = train(x, y, init=init, epochs=0, learning_rate=learning_rate, **options)
    net.stopped = net.run = None
    return net


def _checked_classes(classes: ArrayLike, net: Network | None, new_labels: bool) -> Array:
    if net is not None:
        raise ValueError("classes: given, but init has its own")
    array = checked_classes(classes)
    if len(array) < 2 and not new_labels:
        raise ValueError(f"classes: {array.tolist()!r}, wanted two or more, or new_labels")
    return array
