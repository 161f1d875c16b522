"""Every option of `fastnet.train` and `fastnet.train_stream`, declared once.

A field of a class below is the row of an option. To add an option, write its row, use it where it
has its effect, and run `python -m tools.make_options`. From the row come the checks, the record of
a run, the options of `fastnet train` and its TOML files, the signatures, the docstrings and
docs/options.md. This module imports neither NumPy nor Numba.

`Options.rows()` and `StreamOptions.rows()` return the rows by name: see `fastnet.rows.Row`. Every
option in `StreamOptions.rows()` is an option of streams.

- `Options.of({"epochs": 5})` makes checked options. For an unknown name the error suggests one.
- `Options.among(locals())` makes them from the arguments of a function.
- `options.replaced(seed=3)` makes a copy with changes.

Options that contradict each other, such as `resume` without `checkpoint`, are errors too.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from .rows import Declared, Values, documented, option

DTypeName = Literal["float32", "float64"]
StartName = Literal["glorot", "he", "normal", "normal/n"]
EncodeName = Literal["table", "none"]
PresetName = Literal["table"]
L2ScheduleName = Literal["constant", "loss"]
HELD_OUT = 0.1  # share of the samples that judge, if something needs them and none are given
EPOCHS = 1 << 31  # the largest number, so that 64 bits can count the samples of a run

# Values that several options have. Other values stand in the rows.
SHARE = Values("number", "float", "a number in [0, 1]", "number", (0, 1), metavar="SHARE")
AT_LEAST_0 = Values("number", "float", "a number >= 0", "number", (0,))
AT_LEAST_1 = Values("whole", "int", "a whole number >= 1", "whole", (1,), metavar="N")
WHOLE = Values("whole", "int", "a whole number >= 0", "whole", (0,), metavar="N")
FLAG = Values("flag", "bool", "True or False", "flag")
FUNCTION = Values("", "callable", "a function", "function")
BY_RULE = "by the kind of data"  # see fastnet/training/defaults.py
ON_RECORD = "Callable[[Network, dict[str, Any]], object] | None"

# fmt: off


@dataclass(frozen=True, kw_only=True, eq=False)
class NetOptions(Declared):
    """The options that `fastnet.train` and `fastnet.train_stream` share."""

    encode: EncodeName | None = option(
        None, Values("choice", "str", check="one_of", literal=get_args(EncodeName)),
        annotation="EncodeName | None", rule="table if the columns have names, else none", doc="""
        Encoding of the columns of X. It is {names}. With "table" numbers are scaled, each word gets
        an input, gaps are marked, and the targets of a regression are scaled. The rows that are
        learned decide how, and `net.encoding` remembers it. With "none" X holds numbers, which stay
        as they are. By default tables whose columns have names, such as frames and dicts, are
        encoded, and a line on stderr says so; arrays are not. Given alone it asks for no other
        defaults: see `preset`.""")
    preset: PresetName | None = option(
        None, Values("choice", "str", check="one_of", literal=get_args(PresetName)),
        annotation="PresetName | None", rule="by the data", doc="""
        Kind of data that decides what is not given. It is {names}, which stands for
        encode="table" and for the defaults for tables. Without it the data decide: tables whose
        columns have names, and encoded samples, have these defaults too, unless `encode` is
        given.""")
    classes: Any = option(
        None, Values("labels", "array_like", "labels, each once", metavar="A,B,...|none"),
        annotation="ArrayLike | None", rule="the labels in y, sorted", net=True, doc="""
        All labels, an output for each, in this order. There may be labels that y does not contain.
        The default is the labels in y, sorted.""")
    hidden: Any = option(
        None, Values("sizes", "sequence of int", "a sequence of sizes such as (64, 32)", "sizes",
                     metavar="SIZES"),
        annotation="Sequence[int] | None", rule=BY_RULE, net=True, doc="""
        Sizes of the hidden layers. () makes none.""")
    activation: Any = option(
        None, Values("choice", "str, pair of functions, or sequence of these", "(f, f_prime)",
                     literal="reference.ActivationName", without="softmax"),
        annotation="Activation | Sequence[Activation] | None", rule=BY_RULE, net=True, doc="""
        Activation of the hidden layers. It is {names}. Or it is your own: two functions of one
        number, compiled by `numba.njit`, (f, f_prime). They are called in float64, and f_prime is
        checked against the slope of f. The output layer is then softmax (cross-entropy), sigmoid
        (quadratic loss, or several labels) or identity (regression). A sequence gives each layer
        its own, the output layer's last.""")
    loss: Any = option(
        None, Values("choice", "str", check="one_of", literal="reference.LossName"),
        annotation="LossName | None", rule=BY_RULE, net=True, doc="""
        Loss that learning minimises. It is {names}. The quadratic loss is the sum of (a - y)**2
        over the outputs.""")
    dtype: Any = option(
        None, Values("choice", "str", check="dtype", literal=get_args(DTypeName)),
        annotation="DTypeLike | None", usual="float32", net=True, doc="""
        Precision of the weights and of all arithmetic. It is {names}; the default is {default}.""")
    start: Any = option(
        None, Values("choice", "str, (low, high) or sequence of array_like",
                     "(low, high), or each layer's weights", literal=get_args(StartName)),
        annotation="Start | None", rule="he or glorot, by activation", net=True, doc="""
        How the first weights are drawn. It is {names}: within the bounds of Glorot or of He, from
        N(0, 1), or from N(0, 1/n). (low, high) draws them between two numbers. Or give the weights,
        an array for each layer: see `Network.initialise`. The default is {starts}. Biases start at
        0.""")
    init: Any = option(
        None, Values("", "Network", "a Network"),
        annotation="Network | None", rule="a new net", doc="""
        Network to continue from; a copy of it learns. It has its own classes, hidden, activation,
        loss and dtype: give none of these, or equal values. Do not give start.""")
    seed: int = option(
        0, replace(WHOLE, check="seed"), doc="""
        Seed of the first weights and of the order of the samples. The same data, options and
        version give the same weights, bit for bit, on every CPU.""")
    learning_rate: float | None = option(
        None, AT_LEAST_0, metavar="RATE",
        rule="by activation: 0.2 for sigmoid, less for others; a tenth if targets are numbers, "
        "less with a wide last layer; half of all that on a stream", doc="""
        Step size, which a schedule lowers from sample to sample. A step follows the gradient of the
        loss as it is written above, without a factor 1/2: halve a rate that comes from a book or a
        program with (a - y)**2 / 2. The default depends on the activation of the first layer:
        {rates}. It is a tenth of that if y holds numbers. With quadratic loss and unbounded outputs
        it is at most c / (units of the last hidden layer), where c depends on that layer's
        activation: {steady}. Larger steps diverge there. Tables have rates of their own for the
        activations that are their defaults: {table_rates}.""")
    verbose: bool | None = option(
        None, FLAG, rule="a progress bar in a notebook, else only a line on compiling", bits=False,
        terminal=False, doc="""
        Print a line for each epoch, on stderr. False also silences the line about compiling, and
        the bar.""")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.init is None:  # otherwise the net has its own
            for name, value in self.usual().items():
                if getattr(self, name) is None:
                    object.__setattr__(self, name, value)

    @property
    def encoding(self) -> str | None:
        """The encoding that is asked for by `encode` or else by `preset`."""
        return self.encode or self.preset



@dataclass(frozen=True, kw_only=True, eq=False)
class Options(NetOptions):
    """The options of `fastnet.train`, checked."""

    schedule: Any = option(
        None, Values("choice", "str or callable", "a function of progress",
                         "one_of_or_function", literal="schedules.ScheduleName"),
        annotation="ScheduleName | Schedule | None", rule=BY_RULE, doc="""
        How the rate changes from sample to sample. It is {names}, or a function. learning_rate is
        multiplied by a factor that depends on the progress p in [0, 1), samples learned / samples
        of the whole run: {factors}. A function gets an array of p, float64, and returns an array of
        factors of the same shape. The factor of "plateau", which goes with `patience`, is 1 until
        the validation loss falls no further, and then falls to nearly 0 linearly. See
        `fastnet.schedules` for sources. With the others the rate has not fallen fully if a run ends
        before its last epoch.""")
    warm_up: float = option(
        0.0, SHARE, doc="""
        Share of the run over which the rate rises. It rises linearly, from nearly 0 to what the
        schedule says. With the schedule "plateau" it is a share of the most epochs.""")
    epochs: Any = option(
        None, replace(WHOLE, limits=(0, EPOCHS)), annotation="int | None", rule=BY_RULE, doc="""
        Passes over the samples. With `patience` they are the most.""")
    l2: Any = option(
        None, AT_LEAST_0, annotation="float | None", metavar="L2", rule=BY_RULE, doc="""
        Strength of the L2 regularisation. Each step also subtracts learning_rate * l2 * w from
        every weight w, not from the biases. So learning minimises the loss + l2 / 2 * the sum of
        all w**2. The losses in the history do not include that sum.""")
    l2_schedule: L2ScheduleName | None = option(
        None, Values("choice", "str", check="one_of", literal=get_args(L2ScheduleName)),
        annotation="L2ScheduleName | None", rule=BY_RULE, doc="""
        How l2 changes from epoch to epoch. It is {names}. With "loss" it is 0 in the first five
        epochs. Then it is multiplied by the square root of the loss of the last epoch over that of
        the first one, at most 1, so that there is little of it where there is little noise. If l2
        is given, it is constant by default.""")
    average: Any = option(
        None, SHARE, annotation="float | None", rule=BY_RULE, doc="""
        Last share of the run over which the weights are averaged. The returned network has the mean
        of about 100 snapshots, about equally far apart. Its `last` is the network with the final
        weights, which the history describes. A run that ends before that share, or reaches
        target_accuracy, returns the final weights. With patience the default is 0.""")
    sample_weight: Any = option(
        None, Values("", "array_like, shape (n,)", "(n,) real numbers"),
        annotation="ArrayLike | None", rule="1 for each sample", doc="""
        How often each sample counts. A whole weight is as many equal samples, bit for bit: one of
        weight 2 is learned twice, at two places of the order. One of weight 2.25 is learned a third
        time, at 0.25 of the rate. One of weight 0 is never learned, as if it were not in the data.
        Each time counts as a sample, in the progress and in the loss and accuracy of the history.
        Encodings count a row by its weight, rounded, and once at least.""")
    class_weight: Any = option(
        None, Values("", '"balanced" or dict', "'balanced' or {label: weight}"),
        annotation='Literal["balanced"] | Mapping[Any, float] | None',
        rule="1 for each label", doc="""
        Weights by label. They multiply sample_weight. Labels that a dict does not name have weight
        1. "balanced" is n / (classes * samples of the class), counting samples by their weight.
        They say how the net learns, so they do not count in encodings.""")
    validation_data: Any = option(
        None, Values("", "(X, y)", "(X, y)"),
        annotation="tuple[ArrayLike | Samples, ArrayLike] | None", rule="none", doc="""
        Samples that are judged after each epoch and never learned. Labels that are not among the
        classes count as wrong, have no loss, and give a `LearningWarning`.""")
    validation_fraction: float | None = option(
        None, SHARE, rule=f"{HELD_OUT} with patience, else none", doc="""
        Share of the samples to hold out, and to judge after each epoch. They are used
        instead of validation_data. The seed decides which they are; the others are learned as if
        these were not in the data.""")
    patience: int | None = option(
        None, AT_LEAST_1, rule="all epochs", doc="""
        Stop after so many epochs without a smaller validation loss. Without validation data, a
        tenth of the samples is held out. If no other schedule is given, the schedule is "plateau":
        before the run stops, it goes back to the weights with the smallest loss, and the rate falls
        to 0 over as many epochs as led to them, or as are left. The returned network has the last
        weights, even if the validation loss was smaller within the fall. Patience then counts
        epochs of 1,000 samples at the least. With another schedule, or if the run is ended before,
        the network has the weights with the smallest validation loss, unless it reached
        target_accuracy.""")
    target_accuracy: float | None = option(
        None, SHARE, rule="all epochs", doc="""
        Stop after the epoch that reaches this accuracy. It is the accuracy on the validation data
        or, without any, on the samples just before they are learned.""")
    max_seconds: float | None = option(
        None, AT_LEAST_0, metavar="S", rule="all epochs", doc="""
        Stop after so many seconds of learning. It is accurate to about a tenth of a second. An
        epoch that is cut short gets a record of the samples learned.""")
    augment: Any = option(
        None, Values("augment", "Elastic, dict or str", "an Elastic, a dict or a name",
                     metavar="NAME|KEY=N,..."),
        annotation="Elastic | Mapping[str, Any] | str | None", rule="images as they are", doc="""
        Deformation of the images, drawn anew for each epoch. It is a `fastnet.Elastic`, a dict of
        its parameters, or text: "elastic", "affine" (no elastic moves), "alpha=30,sigma=5" or
        "affine,shift=2". X holds images of one colour, uint8, with the ground 0: (n, rows, columns)
        or, of squares or with a shape in `augment`, (n, pixels). The seed, the epoch and the place
        of the sample decide its deformation, whatever the order and the number of threads: see
        `Elastic.deform`. Images that judge are not deformed. The next images are made while others
        are learned, on the cores that learning leaves free.""")
    shuffle: bool = option(
        True, FLAG, doc="""
        Draw a new order of the samples for each epoch. False keeps the order given.""")
    checkpoint: str | os.PathLike[str] | None = option(
        None, Values("path", "str or path", "a path", "path", metavar="FILE"),
        rule="none", bits=False, doc="""
        File that keeps the run from its start to its end. It is written again and again, and on
        Ctrl-C. `fastnet.load` reads the network so far from it. Without `resume`, an existing file
        is an error: it would be overwritten.""")
    every: str = option(
        "60 seconds",
        Values("text", "str", "a number of epochs, samples or seconds, such as '60 seconds'",
               "every", metavar="N UNIT"), bits=False, doc="""
        How often to write the checkpoint: every N epochs, samples or seconds. It is a number and a
        unit, such as "2 epochs".""")
    resume: bool = option(
        False, FLAG, bits=False, doc="""
        Continue from the checkpoint, to the same bits; start if there is no file. All options that
        can change a bit, the data, and the version of fastnet must be the same. A run that had
        ended is returned as it ended.""")
    threads: int | Literal["auto"] = option(
        1, Values("threads", "int or str", "a whole number >= 1, or 'auto'", "threads",
                  metavar="N|auto"), bits=False, doc="""
        Threads that share the work on each sample. There are never more than the cores that this
        process may use, and only one if that is faster. "auto" means all cores. The bits are the
        same with any number. Several threads pay off from about 100 units on images with one
        hidden layer, and from a few hundred with more.""")
    on_epoch: Callable[..., object] | None = option(
        None, FUNCTION, annotation=ON_RECORD, rule="none", doc="""
        Function that is called as on_epoch(network, record) after each epoch. If it returns True,
        the run stops.""")
    on_progress: Callable[[int, int], object] | None = option(
        None, FUNCTION, rule="none", bits=False, doc="""
        Function that is called as on_progress(done, total) several times a second. Both are numbers
        of samples. With the schedule "plateau", total is the most until the rate falls.""")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.resume and self.checkpoint is None:
            raise ValueError("resume: True, but there is no checkpoint, wanted its path")
        if self.validation_data is not None and self.validation_fraction is not None:
            raise ValueError("validation_fraction: given, but so is validation_data, wanted one")
        if self.schedule == "plateau" and self.patience is None:
            raise ValueError("schedule: 'plateau', but there is no patience, wanted it too")
        unjudged = self.validation_data is None and self.validation_fraction is None
        if self.patience is not None and unjudged:
            object.__setattr__(self, "validation_fraction", HELD_OUT)
        if self.average and self.patience is not None:
            came = f"average: {self.average!r}, but patience is given too"
            raise ValueError(f"{came}, wanted one: the mean weights or the best")


OF_ALL = NetOptions.rows()


@dataclass(frozen=True, kw_only=True, eq=False)
class StreamOptions(NetOptions):
    """The options of `fastnet.train_stream`, checked."""

    classes: Any = documented(OF_ALL["classes"], """
        All labels, an output for each, in this order. Without them, and without init, they are the
        labels among the first 1,000 examples, sorted. Learning waits for these, or for the end of
        the stream. Most of the labels decide between words, whole numbers (truth values too) and
        numbers; a label of another type, or a missing one, is an error.""",
        rule="the labels among the first 1,000 examples, sorted")
    new_labels: bool = option(
        False, FLAG, doc="""
        Let a label that is not among the classes add an output, the last one. The weights of the
        other outputs stay; the new ones are drawn, and the new bias is 0. Otherwise such a label is
        an error.""")
    init: Any = documented(OF_ALL["init"], """
        Network to continue from; a copy of it learns. It has its own classes, hidden, activation,
        loss and dtype: give none of the last four, or equal values. Do not give classes and
        start.""")
    seed: int = documented(OF_ALL["seed"], """
        Seed of the first weights, and of the weights of outputs that are added.""")
    learning_rate: float | None = documented(OF_ALL["learning_rate"], """
        Step size, of all examples. The default is half of the default of `fastnet.train`, which
        falls during a run. Streams of tables have rates of their own: {stream_rates}. With init
        the rate is the usual one of that net, as of `Network.learn_one`.""")
    verbose: bool | None = documented(OF_ALL["verbose"], """
        Print a line for each record, on stderr. False also silences the line about compiling, that
        about the columns of a table, and the bar.""")
    on_record: Callable[..., object] | None = option(
        None, FUNCTION, annotation=ON_RECORD, rule="none", doc="""
        Function that is called as on_record(network, record) after each record. The history
        has the same records.""")
    on_progress: Callable[..., object] | None = option(
        None, FUNCTION, annotation=ON_RECORD, rule="none", bits=False, doc="""
        Function that is called as on_progress(network, record) several times a second. It is called
        while examples come; the record has what the next one has so far.""")
