"""The function `train`: it prepares a run, which then learns."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike, DTypeLike

from ..data.samples import Samples
from ..images.elastic import Elastic
from ..kernels.entries import FORMS
from ..model import compiling
from ..model.activations import Activation
from ..model.interrupt import leaving
from ..model.network import Network
from ..model.start import Start
from ..options import EncodeName, L2ScheduleName, Options, PresetName
from ..reference import LossName
from ..schedules import Schedule, ScheduleName
from .bars import figures, showing
from .prepare import prepare


def train(
    X: ArrayLike | Samples,
    y: ArrayLike,
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
    schedule: ScheduleName | Schedule | None = None,
    warm_up: float = 0.0,
    epochs: int | None = None,
    l2: float | None = None,
    l2_schedule: L2ScheduleName | None = None,
    average: float | None = None,
    sample_weight: ArrayLike | None = None,
    class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
    validation_data: tuple[ArrayLike | Samples, ArrayLike] | None = None,
    validation_fraction: float | None = None,
    patience: int | None = None,
    target_accuracy: float | None = None,
    max_seconds: float | None = None,
    augment: Elastic | Mapping[str, Any] | str | None = None,
    shuffle: bool = True,
    checkpoint: str | os.PathLike[str] | None = None,
    every: str = "60 seconds",
    resume: bool = False,
    threads: int | Literal["auto"] = 1,
    on_epoch: Callable[[Network, dict[str, Any]], object] | None = None,
    on_progress: Callable[[int, int], object] | None = None,
) -> Network:
    """Train a dense network, one sample at a time, and update the weights after each.

    Parameters
    ----------
    X : array_like, frame, dicts, Table or scipy.sparse array, shape (n, features)
        Bytes (uint8) stand for v / 255, other numbers for themselves. Zeros cost no time. The
        columns of a table, such as a frame, have names. They are encoded: see `encode`. X may also
        be a `fastnet.data.Samples`, which several nets can share; the net takes its encoding over.
    y : array_like
        Class labels (n,): integers or strings, also of pandas or Arrow. No label may be missing.
        Labels (n, 1) count as (n,), with a warning. Or numbers, (n,) or (n, outputs): with
        quadratic loss a regression; with cross-entropy the presence of several labels at once,
        0 to 1. The answers of `predict` have the shape of y. If X is encoded, the numbers of a
        regression are scaled for the net; its answers and losses are in the units of y.
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
        All labels, an output for each, in this order. There may be labels that y does not contain.
        The default is the labels in y, sorted.
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
        loss and dtype: give none of these, or equal values. Do not give start.
    seed : int
        Seed of the first weights and of the order of the samples. The same data, options and
        version give the same weights, bit for bit, on every CPU.
    learning_rate : float, optional
        Step size, which a schedule lowers from sample to sample. A step follows the gradient of the
        loss as it is written above, without a factor 1/2: halve a rate that comes from a book or a
        program with (a - y)**2 / 2. The default depends on the activation of the first layer: 0.2
        for sigmoid, 0.02 for tanh, relu, leaky-relu and softmax, else 0.01. It is a tenth of that
        if y holds numbers. With quadratic loss and unbounded outputs it is at most c / (units of
        the last hidden layer), where c depends on that layer's activation: 2 for sigmoid, 1 for
        tanh, 0.5 for scaled-tanh, else 0.4. Larger steps diverge there. Tables have rates of their
        own for the activations that are their defaults: 0.02 with relu for classes, 0.01 with tanh
        for numbers.
    verbose : bool, optional
        Print a line for each epoch, on stderr. False also silences the line about compiling, and
        the bar.
    schedule : str or callable, optional
        How the rate changes from sample to sample. It is "constant", "linear", "exponential", "1/t"
        or "plateau", or a function. learning_rate is multiplied by a factor that depends on the
        progress p in [0, 1), samples learned / samples of the whole run: 1 ("constant"), 1 - p
        ("linear"), 0.01**p ("exponential") or 1 / (1 + 99 * p) ("1/t"). A function gets an array of
        p, float64, and returns an array of factors of the same shape. The factor of "plateau",
        which goes with `patience`, is 1 until the validation loss falls no further, and then falls
        to nearly 0 linearly. See `fastnet.schedules` for sources. With the others the rate has not
        fallen fully if a run ends before its last epoch. Default: linear; with patience: plateau.
    warm_up : float
        Share of the run over which the rate rises. It rises linearly, from nearly 0 to what the
        schedule says. With the schedule "plateau" it is a share of the most epochs.
    epochs : int, optional
        Passes over the samples. With `patience` they are the most. Default: by the kind of data:
        20; tables: 30,000 / n, 20 to 100 (of numbers: 100,000 / n, 20 to 100); with patience: 1000.
    l2 : float, optional
        Strength of the L2 regularisation. Each step also subtracts learning_rate * l2 * w from
        every weight w, not from the biases. So learning minimises the loss + l2 / 2 * the sum of
        all w**2. The losses in the history do not include that sum. Default: by the kind of data:
        0; tables: 10 / (n + 200) (of numbers: 15 / (n + 200)).
    l2_schedule : str, optional
        How l2 changes from epoch to epoch. It is "constant" or "loss". With "loss" it is 0 in the
        first five epochs. Then it is multiplied by the square root of the loss of the last epoch
        over that of the first one, at most 1, so that there is little of it where there is little
        noise. If l2 is given, it is constant by default. Default: by the kind of data: constant;
        tables: constant (of numbers: loss).
    average : float, optional
        Last share of the run over which the weights are averaged. The returned network has the mean
        of about 100 snapshots, about equally far apart. Its `last` is the network with the final
        weights, which the history describes. A run that ends before that share, or reaches
        target_accuracy, returns the final weights. With patience the default is 0. Default: by the
        kind of data: 0; tables: 0.5; with patience: 0.
    sample_weight : array_like, shape (n,), optional
        How often each sample counts. A whole weight is as many equal samples, bit for bit: one of
        weight 2 is learned twice, at two places of the order. One of weight 2.25 is learned a third
        time, at 0.25 of the rate. One of weight 0 is never learned, as if it were not in the data.
        Each time counts as a sample, in the progress and in the loss and accuracy of the history.
        Encodings count a row by its weight, rounded, and once at least.
    class_weight : "balanced" or dict, optional
        Weights by label. They multiply sample_weight. Labels that a dict does not name have weight
        1. "balanced" is n / (classes * samples of the class), counting samples by their weight.
        They say how the net learns, so they do not count in encodings.
    validation_data : (X, y), optional
        Samples that are judged after each epoch and never learned. Labels that are not among the
        classes count as wrong, have no loss, and give a `LearningWarning`.
    validation_fraction : float, optional
        Share of the samples to hold out, and to judge after each epoch. They are used instead of
        validation_data. The seed decides which they are; the others are learned as if these were
        not in the data.
    patience : int, optional
        Stop after so many epochs without a smaller validation loss. Without validation data, a
        tenth of the samples is held out. If no other schedule is given, the schedule is "plateau":
        before the run stops, it goes back to the weights with the smallest loss, and the rate falls
        to 0 over as many epochs as led to them, or as are left. The returned network has the last
        weights, even if the validation loss was smaller within the fall. Patience then counts
        epochs of 1,000 samples at the least. With another schedule, or if the run is ended before,
        the network has the weights with the smallest validation loss, unless it reached
        target_accuracy.
    target_accuracy : float, optional
        Stop after the epoch that reaches this accuracy. It is the accuracy on the validation data
        or, without any, on the samples just before they are learned.
    max_seconds : float, optional
        Stop after so many seconds of learning. It is accurate to about a tenth of a second. An
        epoch that is cut short gets a record of the samples learned.
    augment : Elastic, dict or str, optional
        Deformation of the images, drawn anew for each epoch. It is a `fastnet.Elastic`, a dict of
        its parameters, or text: "elastic", "affine" (no elastic moves), "alpha=30,sigma=5" or
        "affine,shift=2". X holds images of one colour, uint8, with the ground 0: (n, rows, columns)
        or, of squares or with a shape in `augment`, (n, pixels). The seed, the epoch and the place
        of the sample decide its deformation, whatever the order and the number of threads: see
        `Elastic.deform`. Images that judge are not deformed. The next images are made while others
        are learned, on the cores that learning leaves free.
    shuffle : bool
        Draw a new order of the samples for each epoch. False keeps the order given.
    checkpoint : str or path, optional
        File that keeps the run from its start to its end. It is written again and again, and on
        Ctrl-C. `fastnet.load` reads the network so far from it. Without `resume`, an existing file
        is an error: it would be overwritten.
    every : str
        How often to write the checkpoint: every N epochs, samples or seconds. It is a number and a
        unit, such as "2 epochs".
    resume : bool
        Continue from the checkpoint, to the same bits; start if there is no file. All options that
        can change a bit, the data, and the version of fastnet must be the same. A run that had
        ended is returned as it ended.
    threads : int or str
        Threads that share the work on each sample. There are never more than the cores that this
        process may use, and only one if that is faster. "auto" means all cores. The bits are the
        same with any number. Several threads pay off from about 100 units on images with one hidden
        layer, and from a few hundred with more.
    on_epoch : callable, optional
        Function that is called as on_epoch(network, record) after each epoch. If it returns True,
        the run stops.
    on_progress : callable, optional
        Function that is called as on_progress(done, total) several times a second. Both are numbers
        of samples. With the schedule "plateau", total is the most until the rate falls.

    Returns
    -------
    Network
        Its `history` has a dict for each epoch: "epoch", "samples" (learned), "seconds" (in the
        compiled pass, and waiting for deformed images), "samples_per_second", "learning_rate" (of
        the first sample), "loss" and "accuracy". For the last two, each sample is judged just
        before it is learned; accuracy is None for a regression. If X is encoded, the loss of
        several targets counts each in units of its own spread. Validation data add "val_loss" and
        "val_accuracy", after the epoch.
        `stopped` says what ended the run: "epochs", "patience", "target", "max_seconds" or
        "on_epoch". `run` has the options, a fingerprint of the data and the versions: see
        `Network`.

    Raises
    ------
    TypeError, ValueError
        An argument does not fit, or the checkpoint is of another run. Nothing is learned yet.
    OSError
        The checkpoint cannot be written; the one before it is as it was.
    ValueError
        A schedule returns values that are not finite numbers >= 0.
    Diverged
        The cost or a weight is no longer finite; `.network` has the last finite weights.
    KeyboardInterrupt
        Ctrl-C. Every error after the start, also from a schedule or a callback, has the weights so
        far as `.network`. Its history ends with a record of the part of an epoch, if there is one.
        `.network` is None while the data are read.

    Warns
    -----
    LearningWarning
        Each comes once. At the start: inputs or targets are far from unit scale, the rate is far
        too large, or labels look like numbers. Later: all units of a hidden layer are dead or
        saturated, or the answers are no better than a constant answer. At the end: patience ended
        the run while the rate had hardly fallen.
    """
    options = Options.among(locals())
    with leaving(network=None):
        run = prepare(X, y, options)
        words, knows_total = lambda: figures(run.net.history), lambda: run.stop.knows_total
        with showing(verbose, on_progress, words, knows_total) as moved:
            run.options = run.options.replaced(on_progress=moved)
            return run.learn()


def warmup(dtype: DTypeLike = "float32") -> tuple[float, bool]:
    """Compile all kernels for a dtype, or load them from the cache.

    `train` and its like compile only those that they need.

    Returns
    -------
    (float, bool)
        Seconds, and True if the kernels had to be compiled.
    """
    wanted = Options.rows()["dtype"].values.checked("dtype", dtype)
    return compiling.ready(FORMS, wanted, deforming=True)
