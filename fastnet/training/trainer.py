"""train(): one epoch after the other, in chunks; when to look, and what to report."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ..checks import flag, function, number, one_of, scalar, sizes, whole
from ..checks import threads as thread_count
from ..data.arrays import answers
from ..data.samples import Samples, as_samples
from ..data.targets import Targets, as_targets, check_range, checked_classes
from ..model import compiling
from ..model.activations import Activation, is_pair, names_of
from ..model.interrupt import hold_ctrl_c
from ..model.network import Network
from ..model.outputs import LOSSES, layer_activations
from ..model.parameters import checked_dtype
from ..model.start import Start
from ..rng import seed_of
from ..schedules import Schedule, named
from ..typing import Array
from . import record as provenance
from .checkpoint import Checkpoint
from .order import Order, sample_weights
from .rates import Rates
from .run import Run
from .stopping import Stopping
from .watch import Watch

MOST_EPOCHS = 1 << 31  # a run's samples are to be counted in 64 bits
# Of a new net, where the signatures have None: a net that is gone on from has its own.
DEFAULTS = {"hidden": (64, 32), "activation": "sigmoid", "loss": "quadratic", "dtype": "float32"}


def train(
    X: ArrayLike | Samples,
    y: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    hidden: Sequence[int] | None = None,
    activation: Activation | Sequence[Activation] | None = None,
    loss: str | None = None,
    learning_rate: float | None = None,
    schedule: str | Schedule = "linear",
    warm_up: float = 0.0,
    epochs: int = 20,
    l2: float = 0.0,
    average: float = 0.0,
    sample_weight: ArrayLike | None = None,
    class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
    validation_data: tuple[ArrayLike | Samples, ArrayLike] | None = None,
    validation_fraction: float | None = None,
    patience: int | None = None,
    target_accuracy: float | None = None,
    max_seconds: float | None = None,
    shuffle: bool = True,
    seed: int = 0,
    dtype: DTypeLike | None = None,
    start: Start | None = None,
    init: Network | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    every: str = "60 seconds",
    resume: bool = False,
    threads: int | Literal["auto"] = 1,
    verbose: bool | None = None,
    on_epoch: Callable[[Network, dict[str, Any]], object] | None = None,
    on_progress: Callable[[int, int], object] | None = None,
) -> Network:
    """Train a dense network, one sample at a time, the weights updated after each.

    Parameters
    ----------
    X : array_like, frame or scipy.sparse array, shape (n, features)
        uint8 is taken as v / 255, other numbers as they are. Zeros cost nothing. A frame's columns
        hold numbers or truth values; those of uint8 are numbers too, taken as they are. Or a
        `fastnet.data.Samples`, which several nets may share.
    y : array_like
        Class labels (n,): integers or strings, also as pandas or Arrow hold them; none of them may
        be missing. Labels (n, 1) are taken as (n,), with a warning. Or numbers, (n,) or
        (n, outputs): a regression with quadratic loss, the presence of several labels at once, 0
        to 1, with cross-entropy. What `predict` gives has the shape of y.
    classes : array_like, optional
        The labels, one an output in this order, also such as y does not have. By default those in
        y, sorted.
    hidden : sequence of int, optional
        Units of the hidden layers, (64, 32) by default; () for none.
    activation : str, pair of functions, or sequence of these, optional
        "sigmoid" (the default), "tanh", "scaled-tanh", "relu", "leaky-relu" or "identity", of the
        hidden layers. Or your own: two functions of one number that `numba.njit` has compiled,
        (f, f_prime), which are called in float64; f_prime is checked against the slope of f. The
        output layer is then softmax (cross-entropy), sigmoid (quadratic loss, or several labels) or
        identity (regression). Or one of these for each layer, the output layer's last.
    loss : str, optional
        "quadratic" (the default), the sum of (a - y)**2 over the outputs, or "cross-entropy".
    learning_rate : float, optional
        Of the first sample. A step goes down the slope of the loss as it is written above, which
        has no factor 1/2: halve a rate that comes from a book or a program with (a - y)**2 / 2.
        The default goes by the activation of the first layer: 0.2 for sigmoid, 0.02 for tanh, relu,
        leaky-relu and softmax, else 0.01; a tenth of it where y holds numbers. With quadratic loss
        and identity or relu outputs it is no more than c / (units of the last hidden layer), c by
        that layer's activation: 2 for sigmoid, 1 for tanh, 0.5 for scaled-tanh, else 0.4. Larger
        steps diverge there.
    schedule : str or callable
        How the rate changes from sample to sample, by the progress p in [0, 1): samples learned /
        samples of the whole run. learning_rate is multiplied by 1 ("constant"), 1 - p ("linear"),
        0.01**p ("exponential") or 1 / (1 + 99 * p) ("1/t"); or by what a function gives for an
        array of p, float64: an array of the same shape. See `fastnet.schedules` for sources. A run
        that ends before its last epoch ends at a rate that has not fallen all the way: give it no
        more epochs than it needs, or take "constant".
    warm_up : float
        Over this share of the run the rate rises linearly, from nearly 0 to what the schedule says.
    epochs : int
        Passes over the samples.
    l2 : float
        At each step every weight w, not the biases, is made smaller by learning_rate * l2 * w too:
        the cost to be made small is the loss + l2 / 2 * the sum of all w**2. The losses of the
        history are without it.
    average : float
        Over this share of the run, its last, the mean of the weights is taken (of about 100 nets,
        about equally far apart), and returned; the network's `last` is then one with the last
        weights, to which the history belongs. A run that ends before, or reaches target_accuracy,
        returns the last weights.
    sample_weight : array_like, shape (n,), optional
        A sample of weight 2 is learned twice in a row; of 2.25 once more, at 0.25 of the rate; of 0
        never, as if it were not there. Each time counts as a sample: in the progress, and in the
        loss and accuracy of the history.
    class_weight : "balanced" or dict, optional
        Weights by label, 1 for those that a dict does not name; sample_weight is multiplied by
        them. "balanced" is n / (classes * samples of the class), weighted samples.
    validation_data : (X, y), optional
        Looked at after each epoch. Labels that are none of the classes count as wrong, in no loss,
        and are a `LearningWarning`.
    validation_fraction : float, optional
        Hold out this share of the samples (X, y) instead: drawn by the seed, never learned. All
        others are learned as if these were not there.
    patience : int, optional
        Stop after so many epochs without a smaller validation loss. However the run then ends, the
        network has the weights of the smallest; those that reached target_accuracy are kept.
    target_accuracy : float, optional
        Stop after the epoch that reaches it: on the validation data; without any, on the samples
        before they are learned.
    max_seconds : float, optional
        Stop after so many seconds of learning, to a tenth or so. The epoch that is cut short gets a
        record of the samples learned.
    shuffle : bool
        Draw a new order for each epoch; False keeps the order given.
    seed : int
        Of the start and of the orders. Same data, seed and version: same weights, bit for bit, on
        every CPU.
    dtype : str, optional
        "float32" (the default) or "float64": of the weights and all arithmetic.
    start : str, (low, high) or sequence of array_like, optional
        The first weights: "glorot", "he", "normal", "normal/n", uniform between two numbers, or
        arrays: see `Network.initialise`. By default "he" into relu and leaky relu layers, else
        "glorot". Biases start at 0.
    init : Network, optional
        Go on from a copy of this network; classes, hidden, activation, loss, dtype and start are
        its own, and what is given of them must be equal.
    checkpoint : str or path, optional
        A file in which the run is kept from its start to its end, written anew again and again,
        and on Ctrl-C. `fastnet.load` reads the network so far from it. Without `resume`, a file
        that is there is an error: it would be written over.
    every : str
        How often the checkpoint is written: a number of epochs, samples or seconds, such as
        "2 epochs".
    resume : bool
        Go on where the checkpoint is, to the very same bits as if the run had never been broken
        off; where there is no file, begin. All arguments that can change a bit, the data, and the
        version of fastnet must be the same. A run that had ended is returned as it ended.
    threads : int or "auto"
        How many threads share the work on each sample, at most: never more than the cores that this
        process may use, and one where that is faster. "auto": all cores. The bits are the same with
        any number. More than one pay from a few hundred units in a hidden layer on.
    verbose : bool, optional
        True: a line for each epoch, on stderr. False: not even the line that says that kernels are
        being compiled.
    on_epoch : callable, optional
        Called as on_epoch(network, record) after each epoch; if it returns True the run stops.
    on_progress : callable, optional
        Called as on_progress(done, total), numbers of samples, several times a second.

    Returns
    -------
    Network
        Its `history` has a dict for each epoch: "epoch", "samples" (learned), "seconds" (in the
        compiled pass), "samples_per_second", "learning_rate" (of its first sample), "loss" and
        "accuracy" (of each sample before it was learned; accuracy is None for a regression), and
        with validation data "val_loss" and "val_accuracy" (after the epoch). Its `stopped` says
        what ended the run: "epochs", "patience", "target", "max_seconds" or "on_epoch". Its `run`
        has the options, a fingerprint of the data and the versions: see `Network`.

    Raises
    ------
    TypeError, ValueError
        An argument that does not fit, before anything is learned. A checkpoint of another run.
    OSError
        The checkpoint cannot be written; the one before it is as it was.
    ValueError
        A schedule that gives something else than finite numbers >= 0.
    Diverged
        Cost or weights are no longer finite; `.network` has the last finite weights.
    KeyboardInterrupt
        Ctrl-C. Its `.network` has the weights so far, as that of any error after the start has: of
        a schedule, of a callback.

    Warns
    -----
    LearningWarning
        At the start, of inputs or targets far from unit scale, of a rate far too large, and of
        labels that look like numbers. Later, where nothing was learned: all units of a hidden layer
        are dead or saturated, or the answers are no better than one that is always the same. At the
        end, where patience ended the run while the rate had hardly fallen. Once each.
    """
    hidden, activation, loss, dtype = form(init, hidden, activation, loss, dtype)
    shuffle, resume = flag("shuffle", shuffle), flag("resume", resume)
    verbose = None if verbose is None else flag("verbose", verbose)
    on_epoch, on_progress = function("on_epoch", on_epoch), function("on_progress", on_progress)
    epochs, seed = whole("epochs", epochs, 0, MOST_EPOCHS), seed_of(seed)
    warm_up, average = number("warm_up", warm_up, 0, 1), number("average", average, 0, 1)
    l2, threads = number("l2", l2, 0), thread_count(threads)
    learning_rate, validation_fraction = scalar(learning_rate), scalar(validation_fraction)
    patience, max_seconds = scalar(patience), scalar(max_seconds)
    target_accuracy, schedule = scalar(target_accuracy), scalar(schedule)
    start, class_weight = scalar(start), scalar(class_weight)
    if validation_data is not None:
        validation_data = _two(validation_data)
    y = answers(y)
    given = dict(locals())  # every option by its name
    if resume and checkpoint is None:
        raise ValueError("resume: True, but there is no checkpoint, wanted its path")
    saved = None if checkpoint is None else Checkpoint(checkpoint, every)
    samples, targets, net = _prepare(
        X, y, classes, hidden, activation, loss, seed, dtype, start, init
    )
    rate, schedule = net.checked_rate(learning_rate), named(schedule)
    weights = sample_weights(sample_weight, class_weight, targets, samples.n)
    order = Order(samples.n, weights, shuffle, seed, validation_fraction, targets.labels)
    validation = None
    if validation_data is not None:
        if validation_fraction is not None:
            raise ValueError("validation_fraction: given, but so is validation_data, wanted one")
        validation = _validation(validation_data, net)
        given["validation_data"] = validation[0], validation_data[1]
    elif validation_fraction is not None:
        validation = samples, targets, order.held
    stop = Stopping(net, validation is not None, patience, target_accuracy, max_seconds)
    if average and patience is not None:
        raise ValueError(f"average: {average!r}, but patience wants the best weights, wanted one")
    rates = Rates(rate, schedule, warm_up, epochs * order.steps, net.dtype, l2)
    rates.check()
    net.run = provenance.run_of(given, net, rate, samples, y)
    net.stopped = net.last = None
    watch = Watch(
        net, rate, samples, targets, weights=weights, epochs=epochs, schedule=given["schedule"],
        known=init is not None or classes is not None,
    )  # fmt: skip
    token = compiling.quiet.set(verbose is False)
    try:
        run = Run(
            net, samples, targets, order, rates, stop, l2=l2, average=average,
            checkpoint=saved, threads=threads, on_progress=on_progress,
        )  # fmt: skip
        run.begin(resume)
        try:
            with hold_ctrl_c():
                _epochs(run, epochs, validation, verbose, on_epoch, watch)
        except KeyboardInterrupt:
            run.save()
            raise
        finally:
            run.take_in()  # after the last checkpoint: the run goes on with the weights as they are
        run.finish()
        watch.end()
    except BaseException as error:
        error.network = net  # type: ignore[attr-defined]
        raise
    finally:
        compiling.quiet.reset(token)
    return net


def _epochs(
    run: Run,
    epochs: int,
    validation: tuple[Samples, Targets, Array] | None,
    verbose: bool | None,
    on_epoch: Callable[[Network, dict[str, Any]], object] | None,
    watch: Watch,
) -> None:
    """Learn until all epochs are learned, or something else ends the run."""
    net = run.net
    alone = validation is None and on_epoch is None and not verbose
    while net.stopped is None and run.epochs < epochs:
        watch.look()
        if alone and run.short_epochs(epochs - run.epochs):
            continue
        record = run.epoch()
        if validation is not None:
            record["val_loss"], record["val_accuracy"] = net.passes.evaluate(*validation)
        reason = run.close(record)
        if verbose:
            print(_line(record), file=sys.stderr, flush=True)
        answer = None if on_epoch is None else on_epoch(net, record)
        if isinstance(answer, bool | np.bool_) and answer:  # a mere count goes on, as None does
            reason = reason or "on_epoch"
        net.stopped = reason
        run.look()
    net.stopped = net.stopped or "epochs"


def warmup(dtype: DTypeLike = "float32") -> tuple[float, bool]:
    """Compile the kernels for a dtype, or load them from the cache.

    Returns
    -------
    (float, bool)
        Seconds, and whether they had to be compiled.
    """
    began, compiled = time.perf_counter(), compiling.seconds()
    train(np.eye(2), [0, 1], hidden=(), epochs=1, dtype=dtype)
    return time.perf_counter() - began, compiling.seconds() > compiled


def form(
    init: Network | None, hidden: Any, activation: Any, loss: Any, dtype: Any
) -> tuple[tuple[int, ...], Any, str, Any]:
    """Hidden layers, activation, loss and dtype: those of init, or those given, or the defaults.

    Raises
    ------
    TypeError, ValueError
        What is given does not fit, or is another than init's.
    """
    if init is not None and not isinstance(init, Network):
        raise TypeError(f"init: {type(init).__name__}, wanted a Network")
    given = {"hidden": hidden, "activation": scalar(activation), "loss": loss, "dtype": dtype}
    own: dict[str, Any] = DEFAULTS
    if init is not None:
        own = {"hidden": init.sizes[1:-1], "activation": init.activations}
        own |= {"loss": init.loss, "dtype": init.dtype}
    taken = {name: own[name] if value is None else value for name, value in given.items()}
    taken["hidden"] = sizes("hidden", taken["hidden"])
    taken["loss"] = one_of("loss", taken["loss"], LOSSES)
    taken["dtype"] = checked_dtype(taken["dtype"])
    if init is not None:
        for name in ("hidden", "loss", "dtype"):
            if taken[name] != own[name]:
                raise ValueError(f"{name}: {taken[name]!r}, but init has {own[name]!r}")
        _check_activation(taken["activation"], init)
        taken["activation"] = init.activations
    return taken["hidden"], taken["activation"], taken["loss"], taken["dtype"]


def _check_activation(activation: Any, init: Network) -> None:
    """Refuse activations that are not those of init; of functions the names count, as in files."""
    depth, labels = len(init.activations), init.classes is not None
    given = layer_activations(activation, depth, init.loss, labels)
    if isinstance(activation, str) or is_pair(activation):  # of the hidden layers
        given = (*given[:-1], init.activations[-1])
    came, own = (["/".join(names_of(a)) for a in layers] for layers in (given, init.activations))
    if came != own:
        raise ValueError(f"activation: {', '.join(came)}, but init has {', '.join(own)}")


def _prepare(
    X: ArrayLike | Samples,
    y: Array,
    classes: ArrayLike | None,
    hidden: tuple[int, ...],
    activation: Activation | Sequence[Activation],
    loss: str,
    seed: int,
    dtype: Any,
    start: Start | None,
    init: Network | None,
) -> tuple[Samples, Targets, Network]:
    """Checked samples and targets, and the network to train."""
    known = None if classes is None else checked_classes(classes)
    if init is not None:
        if start is not None:
            raise ValueError("start: given, but init has weights")
        if known is not None and (init.classes is None or known.tolist() != init.classes.tolist()):
            own = None if init.classes is None else init.classes.tolist()
            raise ValueError(f"classes: {known.tolist()!r}, but init has {own!r}")
        samples = as_samples(X, init.dtype, init.sizes[0])
        return samples, init.outputs.targets(y, samples.n), init.copy()
    if known is not None and len(known) < 2:
        raise ValueError(f"classes: {known.tolist()!r}, wanted two or more")
    samples = as_samples(X, dtype)
    targets = as_targets(y, samples.n, dtype, known)
    if known is not None and targets.classes is None:
        raise TypeError(f"y: dtype {y.dtype}, shape {y.shape}, wanted labels, as classes are given")
    layers = [samples.features, *hidden, targets.outputs]
    names = layer_activations(activation, len(layers) - 1, loss, targets.classes is not None)
    net = Network.initialise(layers, names, loss, dtype, seed, targets.classes, start)
    cure = []
    if targets.outputs == 1 and (targets.numbers == np.rint(targets.numbers)).all():
        cure = ["class labels are integers or words: y.astype(int)"]
    check_range(targets.numbers, names[-1], targets.outputs, "y", *cure)
    if targets.outputs == 1 and targets.classes is None:
        net.outputs.column = targets.column
    return samples, targets, net


def _two(data: Any) -> tuple[Any, Any]:
    try:
        X, y = data
    except (TypeError, ValueError):
        raise TypeError(f"validation_data: {type(data).__name__}, wanted (X, y)") from None
    return X, answers(y, "validation_data y")


def _validation(
    data: tuple[ArrayLike | Samples, ArrayLike], net: Network
) -> tuple[Samples, Targets, Array]:
    """Checked samples and targets, and the places of the samples."""
    X, y = data
    samples = as_samples(X, net.dtype, net.sizes[0], "validation_data X")
    targets = net.outputs.targets(y, samples.n, "validation_data y", least=1)
    return samples, targets, np.arange(samples.n)


def _line(record: dict[str, Any]) -> str:
    line = f"epoch {record['epoch']}: loss {record['loss']:.4f}"
    if record["accuracy"] is not None:
        line += f", accuracy {record['accuracy']:.2%}"
    if "val_loss" in record:
        line += f"; validation loss {record['val_loss']:.4f}"
        if record["val_accuracy"] is not None:
            line += f", accuracy {record['val_accuracy']:.2%}"
    return f"{line}; {record['seconds']:.2f} s"
