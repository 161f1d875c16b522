"""Every option of `fastnet.train` and `fastnet.train_stream`, declared once.

A field of a class below is the row of an option. To add one, write its row, run
`python -m tools.make_options`, and use it where it works: the checks, the record of a run, the
options of `fastnet train` and its TOML files, signatures, docstrings and docs/options.md come from
the row. To import this imports neither NumPy nor Numba.

`Options.rows()` and `StreamOptions.rows()` give the rows by name, as `fastnet.rows.Row`:

- `name`, `annotation`, `default`: as the signature has them. `usual`: the value where none is
  given, such as (64, 32) where the signature has None, or None; then `rule` says what None means.
- `doc`, and `help`, its first sentence. What stands in braces in `doc`, such as {names}, is what
  the tables of the package hold: tools/make_options.py says it. `metavar`. `terminal`: whether
  `fastnet train` has the option.
- `net`: it is of the net itself. `bits`: it can change the weights; else a run does not record it.
- `values`: `form` ("whole", "number", "flag", "choice", "sizes", "labels", "threads", "text",
  "path"), `limits` (smallest, largest), `names` (of "choice", read when they are asked for), `said`
  (what is wanted, in words), `checked(name, value)`.
- `row.checked(value)`: the value, converted, or an error.

A stream has an option if it is in `StreamOptions.rows()`. `Options.of({"epochs": 5})` makes checked
options, and says "did you mean" of a name that there is not; `Options.among(locals())` makes them
of a function's arguments; `options.replaced(seed=3)` makes a copy with changes. Options that do not
go together, such as `resume` without `checkpoint`, are refused too.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from .rows import Declared, Values, documented, option

if TYPE_CHECKING:
    from .schedules import Schedule, ScheduleName

DTypeName = Literal["float32", "float64"]
StartName = Literal["glorot", "he", "normal", "normal/n"]
EPOCHS = 1 << 31  # the most: a run's samples are to be counted in 64 bits

# Values of several options; those of one stand in its row.
SHARE = Values("number", "float", "a number in [0, 1]", "number", (0, 1), metavar="SHARE")
AT_LEAST_0 = Values("number", "float", "a number >= 0", "number", (0,))
AT_LEAST_1 = Values("whole", "int", "a whole number >= 1", "whole", (1,), metavar="N")
WHOLE = Values("whole", "int", "a whole number >= 0", "whole", (0,), metavar="N")
FLAG = Values("flag", "bool", "True or False", "flag")
FUNCTION = Values("", "callable", "a function", "function")
ON_RECORD = "Callable[[Network, dict[str, Any]], object] | None"

# fmt: off


@dataclass(frozen=True, kw_only=True, eq=False)
class NetOptions(Declared):
    """The options that all functions share."""

    classes: Any = option(
        None, Values("labels", "array_like", "labels, each once", metavar="A,B,...|none"),
        annotation="ArrayLike | None", rule="the labels in y, sorted", net=True, doc="""
        All labels, an output for each, in this order. Labels that y does not have may be among
        them. By default they are the labels in y, sorted.""")
    hidden: Any = option(
        None, Values("sizes", "sequence of int", "a sequence of sizes such as (64, 32)", "sizes",
                     metavar="SIZES"),
        annotation="Sequence[int] | None", usual=(64, 32), net=True, doc="""
        Sizes of the hidden layers. The default is {default}; () makes none.""")
    activation: Any = option(
        None, Values("choice", "str, pair of functions, or sequence of these", "(f, f_prime)",
                     literal="reference.ActivationName", without="softmax"),
        annotation="Activation | Sequence[Activation] | None", usual="sigmoid", net=True, doc="""
        Activation of the hidden layers. It is {names}; the default is {default}. Or it is your own:
        two functions of one number that `numba.njit` has compiled, (f, f_prime). They are called in
        float64, and f_prime is checked against the slope of f. The output layer is then softmax
        (cross-entropy), sigmoid (quadratic loss, or several labels) or identity (regression). A
        sequence gives one of these to each layer, the output layer's last.""")
    loss: Any = option(
        None, Values("choice", "str", check="one_of", literal="reference.LossName"),
        annotation="LossName | None", usual="quadratic", net=True, doc="""
        Loss that learning makes small. It is {names}; the default is {default}. The quadratic loss
        is the sum of (a - y)**2 over the outputs.""")
    dtype: Any = option(
        None, Values("choice", "str", check="dtype", literal=get_args(DTypeName)),
        annotation="DTypeLike | None", usual="float32", net=True, doc="""
        Precision of the weights and of all arithmetic. It is {names}; the default is {default}.""")
    start: Any = option(
        None, Values("choice", "str, (low, high) or sequence of array_like",
                     "(low, high), or each layer's weights", literal=get_args(StartName)),
        annotation="Start | None", rule="he or glorot, by activation", net=True, doc="""
        How the first weights are drawn. It is {names}: within the bounds of Glorot or of He,
        N(0, 1), or N(0, 1/n). (low, high) draws them between two numbers. Or they are given, an
        array for each layer: see `Network.initialise`. The default is {starts}. Biases start at
        0.""")
    init: Any = option(
        None, Values("", "Network", "a Network"),
        annotation="Network | None", rule="a new net", doc="""
        Network to go on from; a copy of it learns. It has its own classes, hidden, activation,
        loss, dtype and start: start may not be given, and what is given of the others must be
        equal.""")
    seed: int = option(
        0, replace(WHOLE, check="seed"), doc="""
        Seed of the first weights and of the order of the samples. The same data, options and
        version give the same weights, bit for bit, on every CPU.""")
    learning_rate: float | None = option(
        None, AT_LEAST_0, metavar="RATE",
        rule="by activation: 0.2 for sigmoid, less for others; a tenth where targets are numbers, "
        "less with a wide last layer; half of all that on a stream", doc="""
        Step size, which a schedule lowers from sample to sample. A step goes down the slope of the
        loss as it is written above, without a factor 1/2: halve a rate that comes from a book or a
        program with (a - y)**2 / 2. The default goes by the activation of the first layer:
        {rates}. It is a tenth of that where y holds numbers. With quadratic loss and outputs
        without bounds it is no more than c / (units of the last hidden layer), c by that layer's
        activation: {steady}. Larger steps diverge there.""")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.init is None:  # a net that is given has its own
            for name, value in self.usual().items():
                if getattr(self, name) is None:
                    object.__setattr__(self, name, value)


@dataclass(frozen=True, kw_only=True, eq=False)
class Options(NetOptions):
    """The options of `fastnet.train`, checked."""

    schedule: ScheduleName | Schedule = option(
        "linear", Values("choice", "str or callable", "a function of progress",
                         "one_of_or_function", literal="schedules.ScheduleName"), doc="""
        How the rate changes from sample to sample. It is {names}, or a function. learning_rate is
        multiplied by a factor that goes by the progress p in [0, 1), samples learned / samples of
        the whole run: {factors}. A function is given an array of p, float64, and returns an array
        of factors of the same shape. See `fastnet.schedules` for sources. A run that ends before
        its last epoch ends at a rate that has not fallen all the way: give it no more epochs than
        it needs, or use "constant".""")
    warm_up: float = option(
        0.0, SHARE, doc="""
        Share of the run over which the rate rises. It rises linearly, from nearly 0 to what the
        schedule says.""")
    epochs: int = option(
        20, replace(WHOLE, limits=(0, EPOCHS)), doc="""
        Passes over the samples.""")
    l2: float = option(
        0.0, AT_LEAST_0, metavar="L2", doc="""
        Strength of the L2 regularisation. Each step also takes learning_rate * l2 * w from every
        weight w, not from the biases: learning makes the loss + l2 / 2 * the sum of all w**2 small.
        The losses of the history are without that sum.""")
    average: float = option(
        0.0, SHARE, doc="""
        Last share of the run over which the weights are averaged. The network that is returned has
        the mean of about 100 snapshots, about equally far apart. Its `last` is the network with the
        final weights, which the history describes. A run that ends before that share, or reaches
        target_accuracy, returns the final weights.""")
    sample_weight: Any = option(
        None, Values("", "array_like, shape (n,)", "(n,) real numbers"),
        annotation="ArrayLike | None", rule="1 for each sample", doc="""
        How often each sample counts. A sample of weight 2 is learned twice in a row, one of weight
        2.25 a third time at 0.25 of the rate, and one of weight 0 never, as if it were not in the
        data. Each time counts as a sample, in the progress and in the loss and accuracy of the
        history.""")
    class_weight: Any = option(
        None, Values("", '"balanced" or dict', "'balanced' or {label: weight}"),
        annotation='Literal["balanced"] | Mapping[Any, float] | None',
        rule="1 for each label", doc="""
        Weights by label. sample_weight is multiplied by them. Labels that a dict does not name have
        weight 1; "balanced" is n / (classes * samples of the class), weighted samples.""")
    validation_data: Any = option(
        None, Values("", "(X, y)", "(X, y)"),
        annotation="tuple[ArrayLike | Samples, ArrayLike] | None", rule="none", doc="""
        Samples that are judged after each epoch and never learned. Labels that are none of the
        classes count as wrong, have no loss, and give a `LearningWarning`.""")
    validation_fraction: float | None = option(
        None, SHARE, rule="none", doc="""
        Share of the samples to hold out, and to judge after each epoch. They stand in the place of
        validation_data. The seed draws them; all others are learned as if these were not in the
        data.""")
    patience: int | None = option(
        None, AT_LEAST_1, rule="all epochs", doc="""
        Stop after so many epochs without a smaller validation loss. The network that is returned
        has the weights with the smallest validation loss, however the run ended, unless it reached
        target_accuracy.""")
    target_accuracy: float | None = option(
        None, SHARE, rule="all epochs", doc="""
        Stop after the epoch that reaches this accuracy. It is the accuracy on the validation data;
        without any, that on the samples before they are learned.""")
    max_seconds: float | None = option(
        None, AT_LEAST_0, metavar="S", rule="all epochs", doc="""
        Stop after so many seconds of learning. It is exact to a tenth or so. The epoch that is cut
        short gets a record of the samples learned.""")
    shuffle: bool = option(
        True, FLAG, doc="""
        Draw a new order of the samples for each epoch. False keeps the order given.""")
    checkpoint: str | os.PathLike[str] | None = option(
        None, Values("path", "str or path", "a path", "path", metavar="FILE"),
        rule="none", bits=False, doc="""
        File that keeps the run from its start to its end. It is written again and again, and on
        Ctrl-C. `fastnet.load` reads the network so far from it. Without `resume`, a file that is
        there is an error: it would be written over.""")
    every: str = option(
        "60 seconds",
        Values("text", "str", "a number of epochs, samples or seconds, such as '60 seconds'",
               "every", metavar="N UNIT"), bits=False, doc="""
        How often to write the checkpoint: every N epochs, samples or seconds. It is a number and a
        unit, such as "2 epochs".""")
    resume: bool = option(
        False, FLAG, bits=False, doc="""
        Go on where the checkpoint is, to the same bits; begin if there is no file. All options that
        can change a bit, the data, and the version of fastnet must be the same. A run that had
        ended is returned as it ended.""")
    threads: int | Literal["auto"] = option(
        1, Values("threads", "int or str", "a whole number >= 1, or 'auto'", "threads",
                  metavar="N|auto"), bits=False, doc="""
        Threads that share the work on each sample. There are never more than the cores that this
        process may use, and there is one where that is faster. "auto" stands for all cores. The
        bits are the same with any number. Several threads pay off from a few hundred units in a
        hidden layer on.""")
    verbose: bool | None = option(
        None, FLAG, rule="only a line on compiling", bits=False, terminal=False, doc="""
        Print a line for each epoch, on stderr. False leaves out the line too that says that kernels
        are being compiled.""")
    on_epoch: Callable[..., object] | None = option(
        None, FUNCTION, annotation=ON_RECORD, rule="none", doc="""
        Function that is called as on_epoch(network, record) after each epoch. If it returns True,
        the run stops.""")
    on_progress: Callable[[int, int], object] | None = option(
        None, FUNCTION, rule="none", bits=False, doc="""
        Function that is called as on_progress(done, total) several times a second. Both are numbers
        of samples.""")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.resume and self.checkpoint is None:
            raise ValueError("resume: True, but there is no checkpoint, wanted its path")
        if self.validation_data is not None and self.validation_fraction is not None:
            raise ValueError("validation_fraction: given, but so is validation_data, wanted one")
        if self.average and self.patience is not None:
            came = f"average: {self.average!r}, but patience wants the best weights"
            raise ValueError(f"{came}, wanted one")


OF_ALL = NetOptions.rows()


@dataclass(frozen=True, kw_only=True, eq=False)
class StreamOptions(NetOptions):
    """The options of `fastnet.train_stream`, checked."""

    classes: Any = documented(OF_ALL["classes"], """
        All labels, an output for each, in this order. Without them, and without init, they are the
        labels among the first 1,000 examples, sorted: no example is learned before these are there,
        or the end is. They are of the kind of most; one of another kind, or a missing one, is an
        error.""")
    new_labels: bool = option(
        False, FLAG, doc="""
        Let a label that is none of the classes add an output, the last one. The weights of all
        others stay; its own are drawn, its bias is 0. Otherwise such a label is an error.""")
    init: Any = documented(OF_ALL["init"], """
        Network to go on from; a copy of it learns. It has its own classes, hidden, activation,
        loss, dtype and start: classes and start may not be given, and what is given of the others
        must be equal.""")
    seed: int = documented(OF_ALL["seed"], """
        Seed of the first weights, and of those of outputs that are added.""")
    learning_rate: float | None = documented(OF_ALL["learning_rate"], """
        Step size, of all examples. The default is half of that of `fastnet.train`, where it
        falls.""")
    on_record: Callable[..., object] | None = option(
        None, FUNCTION, annotation=ON_RECORD, rule="none", doc="""
        Function that is called as on_record(network, record) after each record, see below.""")
    on_progress: Callable[..., object] | None = option(
        None, FUNCTION, annotation=ON_RECORD, rule="none", bits=False, doc="""
        Function that is called as on_progress(network, record) several times a second. It is called
        while examples come; the record has what the next one has so far.""")
