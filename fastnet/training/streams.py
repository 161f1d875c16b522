"""The function train_stream(), which learns from a stream of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ..checks import in_order, scalar
from ..data.targets import checked_classes
from ..diagnostics import without_words
from ..model import compiling
from ..model.activations import Activation
from ..model.history import measures
from ..model.interrupt import hold_ctrl_c, leaving
from ..model.network import Network
from ..model.start import Start
from ..options import EncodeName, PresetName, StreamOptions
from ..reference import LossName
from ..typing import Array
from .bars import showing_stream
from .defaults import rule_for_stream
from .encoding import check_encode
from .gatherer import Gatherer
from .learner import Learner
from .prepare import new_net, with_own


def train_stream(
    examples: Iterable[tuple[ArrayLike, Any]],
    *,
    encode: EncodeName | None = None,
    preset: PresetName | None = None,
    classes: ArrayLike | None = None,
    hidden: Sequence[int] | None = None,
    activation: Activation | Sequence[Activation] | None = None,
    loss: LossName | None = None,
    dtype: DTypeLike | None = None,
    start: Start | None = None,
    init: Network | None = None,
    seed: int = 0,
    learning_rate: float | None = None,
    verbose: bool | None = None,
    new_labels: bool = False,
    on_record: Callable[[Network, dict[str, Any]], object] | None = None,
    on_progress: Callable[[Network, dict[str, Any]], object] | None = None,
) -> Network:
    """Predict, then learn, example by example, in the order given and in constant memory.

    It gives the same weights, bit for bit, as a call of `Network.learn_one` for each example. It is
    faster: examples that come fast are gathered, a few hundred at most, and learned together.

    Parameters
    ----------
    examples : iterable of (x, y)
        x (features,) is a row such as those of X in `fastnet.train`. y is a class label, an integer
        or string, or the target numbers: a float, or (outputs,). An item may also be several
        examples: X (n, features), a frame or sparse array too, and their n labels or rows of
        numbers, such as the chunks of `pandas.read_csv(chunksize=)`. Rows of X and y are matched by
        position, whatever their index. Examples with names (dicts, series, frames and other tables)
        are encoded; the first example decides. See the notes.
    encode : str, optional
        Encoding of the columns of X. It is "table" or "none". With "table" numbers are scaled, each
        word gets an input, gaps are marked, and the targets of a regression are scaled. The rows
        that are learned decide how, and `net.encoding` remembers it. With "none" X holds numbers,
        which stay as they are. By default tables whose columns have names, such as frames and
        dicts, are encoded, and a line on stderr says so; arrays are not. Given alone it asks for no
        other defaults: see `preset`.
    preset : str, optional
        Kind of data that decides what is not given. It is "table", which stands for encode="table"
        and for the defaults for tables. Without it the data decide: tables whose columns have
        names, and encoded samples, have these defaults too, unless `encode` is given.
    classes : array_like, optional
        All labels, an output for each, in this order. Without them, and without init, they are the
        labels among the first 1,000 examples, sorted. Learning waits for these, or for the end of
        the stream. Most of the labels decide between words, whole numbers (truth values too) and
        numbers; a label of another type, or a missing one, is an error.
    hidden : sequence of int, optional
        Sizes of the hidden layers. () makes none. Default: by the kind of data: 64,32; tables:
        64,64 (of numbers: 64,32); streams of tables: 64 (of numbers: 64,32).
    activation : str, pair of functions, or sequence of these, optional
        Activation of the hidden layers. It is "sigmoid", "tanh", "scaled-tanh", "relu",
        "leaky-relu" or "identity". Or it is your own: two functions of one number, compiled by
        `numba.njit`, (f, f_prime). They are called in float64, and f_prime is checked against the
        slope of f. The output layer is then softmax (cross-entropy), sigmoid (quadratic loss, or
        several labels) or identity (regression). A sequence gives each layer its own, the output
        layer's last. Default: by the kind of data: sigmoid; tables: relu (of numbers: tanh).
    loss : str, optional
        Loss that learning minimises. It is "quadratic" or "cross-entropy". The quadratic loss is
        the sum of (a - y)**2 over the outputs. Default: by the kind of data: quadratic; tables:
        cross-entropy (of numbers: quadratic).
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
        falls during a run. Streams of tables have rates of their own: 0.02 with relu for classes,
        0.005 with tanh for numbers. With init the rate is the usual one of that net, as of
        `Network.learn_one`.
    verbose : bool, optional
        Print a line for each record, on stderr. False also silences the line about compiling, that
        about the columns of a table, and the bar.
    new_labels : bool
        Let a label that is not among the classes add an output, the last one. The weights of the
        other outputs stay; the new ones are drawn, and the new bias is 0. Otherwise such a label is
        an error.
    on_record : callable, optional
        Function that is called as on_record(network, record) after each record. The history has the
        same records.
    on_progress : callable, optional
        Function that is called as on_progress(network, record) several times a second. It is called
        while examples come; the record has what the next one has so far.

    Returns
    -------
    Network
        Its `history` has a record after 100, 200, ... 900, 1,000, 2,000, ... 9,000, 10,000, 20,000,
        ... examples, and at the end. A record describes the examples since the one before it:
        "epoch" (the number of the record), "samples", "seconds" (with the time of waiting),
        "samples_per_second", "learning_rate", and the means "loss" and "accuracy". Each example is
        judged just before it is learned; accuracy is None for a regression. `stopped` is "end".

    Raises
    ------
    TypeError, ValueError
        An argument does not fit; no example was asked for yet. Or an example does not fit: the
        error names it, and `.example` is its number, from 1. It has changed nothing, and all
        examples before it are learned.
    Diverged
        The cost or a weight is no longer finite.
    KeyboardInterrupt
        Ctrl-C. Every error after the start, also from the iterator or a callback, has the weights
        so far as `.network`. It is None before the first example.

    Warns
    -----
    LearningWarning
        The first examples are probably not as meant, or nothing was learned: see `fastnet.train`.

    Notes
    -----
    A running encoding learns along: each row joins the statistics, and is then scaled by them and
    learned. Learning waits for the first 1,000 examples, which decide what the columns hold. A new
    category, gap or column of dicts gets an input; the other weights stay. The targets of a
    regression are scaled by the median and the deviation of the first 1,000, for good. An encoding
    of `init` goes on running, or stays frozen.
    """
    if not isinstance(examples, Iterable):
        raise TypeError(f"examples: {type(examples).__name__}, wanted an iterable of (x, y)")
    options = with_own(StreamOptions.among(locals()))
    net = _checked(options)
    known = None if options.classes is None else _checked_classes(options)
    learner = Learner(net, options, known)
    with (
        leaving(network=None),
        without_words(options.verbose is False),
        showing_stream(options.verbose, options.on_progress, lambda: _state(learner)) as moved,
    ):
        ready(options)
        learner.options = options.replaced(on_progress=moved)
        return _learned(examples, Gatherer(learner))


def _learned(examples: Iterable[tuple[ArrayLike, Any]], stream: Gatherer) -> Network:
    """Learn all examples, and return the network."""
    try:
        with hold_ctrl_c():
            for example in examples:
                stream.add(example)
            return stream.finish()
    except BaseException as error:
        error.network = stream.break_off()  # type: ignore[attr-defined]
        raise


def _state(learner: Learner) -> tuple[int, str]:
    """Return how many examples are learned, and the loss and accuracy of the last ones."""
    if learner.net is None or not (learner.since or learner.net.history):
        return learner.n, ""
    return learner.n, measures(learner.record() if learner.since else learner.net.history[-1])


def _checked(options: StreamOptions) -> Network | None:
    """Return a copy of init, if it is given; raise the errors of `train` for bad options."""
    if options.init is None:
        an_example(options)
        return None
    net: Network = options.init.copy()
    check_encode(options, net)
    net.checked_rate(options.learning_rate)
    net.stopped = net.last = net.run = None
    return net


def ready(options: StreamOptions) -> tuple[float, bool]:
    """Compile or load the kernels of a stream, before an example waits: see `compiling.ready`."""
    net = options.init or an_example(options)
    return compiling.ready([net.passes.by_rows], net.dtype)


def an_example(options: StreamOptions) -> Network:
    """Return a net of these options; raise the error of those that fit no kind of data."""
    start = options.start
    if in_order(start) and not all(map(np.isscalar, map(scalar, start))):
        options = options.replaced(start=None)  # given weights are checked with the first example
    errors = []
    for table in [True] if options.preset else [False] if options.encode else [False, True]:
        try:
            rule = rule_for_stream(table, "classification")
            net = new_net(options, rule, 1, 2, np.arange(2))
            net.checked_rate(options.learning_rate)
            return net
        except (TypeError, ValueError) as error:
            errors.append(error)
    raise errors[0]


def _checked_classes(options: StreamOptions) -> Array:
    if options.init is not None:
        raise ValueError("classes: given, but init has its own")
    array = checked_classes(options.classes)
    if len(array) < 2 and not options.new_labels:
        raise ValueError(f"classes: {array.tolist()!r}, wanted two or more, or new_labels")
    return array
