"""train_stream(): predict, then learn, example by example, from a stream of any length."""

from __future__ import annotations

import contextlib
import numbers
import reprlib
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ..checks import in_order, scalar
from ..data.arrays import answers, matrix, nan_as_word, without_column
from ..data.samples import Samples
from ..data.sparse import sparse_rows
from ..data.targets import Targets, checked_classes
from ..model import signs
from ..model.activations import Activation
from ..model.interrupt import hold_ctrl_c, later_ctrl_c
from ..model.network import Diverged, Network, layer_activations
from ..model.start import Start
from ..options import StreamOptions
from ..reference import LossName
from ..typing import Array
from .prepare import new_net, with_own
from .run import SEEN, record_of
from .trainer import warmup
from .watch import StreamWatch

HEAD = 1000  # examples whose labels are the classes, where nothing else says them
FIRST = 100  # examples of the first record
LOOK = 1000  # examples between two looks at the weights
GATHERED = 256, 1 << 20  # examples, bytes: learned by one call, which takes longer than they do
NUMBERS = "numbers"  # what a regression learns; kinds of labels are one letter
SCALARS = (int, float, str, np.generic)
WAIT = 0.01  # seconds until what is gathered is learned with the next example


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
        labels among the first 1,000 examples, sorted: no example is learned before these are there,
        or the end is. They are of the kind of most; one of another kind, or a missing one, is an
        error.
    hidden : sequence of int, optional
        Sizes of the hidden layers. The default is (64, 32); () makes none.
    activation : str, pair of functions, or sequence of these, optional
        Activation of the hidden layers. It is "sigmoid", "tanh", "scaled-tanh", "relu",
        "leaky-relu" or "identity"; the default is "sigmoid". Or it is your own: two functions of
        one number that `numba.njit` has compiled, (f, f_prime). They are called in float64, and
        f_prime is checked against the slope of f. The output layer is then softmax (cross-entropy),
        sigmoid (quadratic loss, or several labels) or identity (regression). A sequence gives one
        of these to each layer, the output layer's last.
    loss : str, optional
        Loss that learning makes small. It is "quadratic" or "cross-entropy"; the default is
        "quadratic". The quadratic loss is the sum of (a - y)**2 over the outputs.
    dtype : str, optional
        Precision of the weights and of all arithmetic. It is "float32" or "float64"; the default is
        "float32".
    start : str, (low, high) or sequence of array_like, optional
        How the first weights are drawn. It is "glorot", "he", "normal" or "normal/n": within the
        bounds of Glorot or of He, N(0, 1), or N(0, 1/n). (low, high) draws them between two
        numbers. Or they are given, an array for each layer: see `Network.initialise`. The default
        is "he" into relu and leaky-relu layers, else "glorot". Biases start at 0.
    init : Network, optional
        Network to go on from; a copy of it learns. It has its own classes, hidden, activation,
        loss, dtype and start: classes and start may not be given, and what is given of the others
        must be equal.
    seed : int
        Seed of the first weights, and of those of outputs that are added.
    learning_rate : float, optional
        Step size, of all examples. The default is half of that of `fastnet.train`, where it falls.
    new_labels : bool
        Let a label that is none of the classes add an output, the last one. The weights of all
        others stay; its own are drawn, its bias is 0. Otherwise such a label is an error.
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
    names = ("hidden", "activation", "loss", "dtype", "start", "seed")
    run = _Run(
        net, {name: getattr(options, name) for name in names}, known, options.new_labels,
        options.learning_rate, options.on_record, options.on_progress,
    )  # fmt: skip
    try:
        with hold_ctrl_c():
            for example in examples:
                run.take(example)
            return run.finish()
    except BaseException as error:
        error.network = run.break_off()  # type: ignore[attr-defined]
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


class _Run:
    """A run over a stream: how far it is, and what has come but is not learned yet."""

    def __init__(
        self,
        net: Network | None,
        options: dict[str, Any],
        classes: Array | None,
        new_labels: bool,
        learning_rate: float | None,
        on_record: Callable[[Network, dict[str, Any]], object] | None,
        on_progress: Callable[[Network, dict[str, Any]], object] | None,
    ):
        self.options, self.classes, self.new_labels = options, classes, new_labels
        self.learning_rate = learning_rate
        self.on_record, self.on_progress = on_record, on_progress
        self.rows, self.answers = np.empty((0, 0)), list[Any]()  # gathered
        self.room = self.features = 0  # the shape of rows
        self.held: list[tuple[Array, Any]] = []  # while there is no network
        self.n = self.since = self.hits = 0  # learned; since the last record; these right
        self.cost = 0.0  # of those since the last record
        self.next_record = self.next_look = 0
        self.began = self.flushed = self.shown = time.perf_counter()
        self.net: Any = None
        self.watch: Any = None
        if net is not None:
            self.begin_with(net)

    # What comes -----------------------------------------------------------------------------

    def take(self, example: Any) -> None:
        """Gather an example, or learn what is gathered."""
        try:
            x, y = example
            held = hasattr(x, "tocsr") or isinstance(x, np.ma.MaskedArray)
            if not held and type(x) is not np.ndarray:
                x = _by_place(x)
            several = len(x.shape) == 2
            if several:
                y = _answers(y)
            fits = x.shape[0] == len(y) if several else len(x.shape) == 1 and x.shape[0] > 0
        except (TypeError, ValueError):
            fits = False
        if not fits:
            self.flush()
            raise self.named(
                ValueError(
                    f"{_came(example)}, wanted (x, y), x of shape (features,), "
                    "or rows (n, features) and as many labels"
                )
            )
        if held:
            self.flush()
            x = self.plain(x)
        if several:
            self.flush()
            self.batch(x, y)
            return
        if x.dtype != self.rows.dtype or x.size != self.features:
            self.flush()
            most, size = GATHERED
            self.room, self.features = max(1, min(most, size // max(1, x.nbytes))), x.size
            self.rows = np.empty((self.room, self.features), x.dtype)
        self.rows[len(self.answers)] = x
        self.answers.append(y if isinstance(y, SCALARS) else self.answer(y))
        if len(self.answers) == self.room or time.perf_counter() - self.flushed > WAIT:
            self.flush()

    def plain(self, X: Any) -> Any:
        """Sparse rows, checked; a masked array that has no masked value."""
        try:
            return sparse_rows(X, "X") if hasattr(X, "tocsr") else matrix(X, "X")[0]
        except (ValueError, TypeError) as error:
            raise self.named(error) from None

    def answer(self, y: Any) -> Any:
        """What one example stands for, where it is no plain number or word; never a view."""
        answer = _answer(y)
        numbers = self.net is not None and self.net.classes is None
        if numbers or np.shape(answer) != (1,) or answer.dtype.hasobject:
            return answer
        begun = self.n > 0 or len(self.held) > 0 or len(self.answers) > 0
        return without_column(answer[None], told=begun)[0]  # a row of labels in a column

    def flush(self) -> None:
        """Learn what is gathered."""
        rows, answers = self.rows[: len(self.answers)], self.answers
        self.answers = []
        if answers:
            self.batch(rows, answers)
        self.flushed = time.perf_counter()

    def batch(self, X: Array, y: Any) -> None:
        """Learn examples, or hold them until there is a network."""
        labels = self.net is None or self.net.classes is not None
        if labels and isinstance(y, np.ndarray):
            y = without_column(y, told=self.n > 0 or len(self.held) > 0)
        if self.net is not None:
            self.learn(X, y)
        elif X.shape[0]:
            if not self.held and not _kind(y[0]):
                raise self.named(ValueError(_unfit(y[0])))
            self.held.append((X.copy(), y.copy()))  # what comes may be written over
            known = self.classes is not None or _kind(self.held[0][1][0]) == NUMBERS
            if known or sum(rows.shape[0] for rows, _ in self.held) >= HEAD:
                self.begin()

    def begin(self) -> None:
        """Make the network, and learn what was held."""
        labels = [label for _, y in self.held for label in _listed(y)][:HEAD]
        classes, answer = self.classes, labels[0]
        if classes is None and _kind(answer) != NUMBERS:  # else the first says it, whatever follows
            kind = Counter(filter(None, map(_kind, labels))).most_common(1)[0][0]
            same = [label for label in labels if _kind(label) == kind]
            classes, answer = None if kind == NUMBERS else self.classes_of(same), same[0]
            if classes is not None:
                signs.look_at_classes(classes, len(labels))
        outputs = max(1, np.size(answer)) if classes is None else len(classes)
        sizes = [self.held[0][0].shape[1], *self.options["hidden"], outputs]
        names = layer_activations(
            self.options["activation"], len(sizes) - 1, self.options["loss"], classes is not None
        )
        rest = {name: self.options[name] for name in ("loss", "dtype", "seed", "start")}
        net = Network.initialise(sizes, names, classes=classes, **rest)
        if classes is None:
            net._column = np.ndim(answer) > 0
        self.begin_with(net)
        held, self.held = self.held, []
        for X, y in held:
            self.learn(X, y)

    def classes_of(self, labels: list[Any]) -> Array:
        """The classes among the first labels, sorted."""
        classes = np.unique(answers(labels))
        if len(classes) < 2 and not self.new_labels:
            raise ValueError(
                f"examples: only one class, {labels[0]!r}, among the first {len(labels):,}, "
                "wanted two or more, or classes that say them"
            )
        return classes

    def begin_with(self, net: Network) -> None:
        """Learn with this network from now on."""
        if self.new_labels and net.classes is None:
            raise ValueError("new_labels: True, but the network's targets are numbers, not labels")
        self.net, self.rate = net, net.checked_rate(self.learning_rate, falls=False)
        self.watch = StreamWatch(net, self.rate)
        self.look()

    # Learning -------------------------------------------------------------------------------

    def learn(self, X: Any, y: Any) -> None:
        """Learn examples, up to one that does not fit."""
        net = self.net
        try:
            samples = Samples(X, net.dtype, net.sizes[0])
            targets = self.targets(y, samples.n)
        except (ValueError, TypeError, KeyError, OverflowError):
            rows = X.toarray() if hasattr(X, "tocsr") else X
            for x, answer in zip(rows, y, strict=True):
                self.learn_one(x, answer)
        else:
            self.watch.take(net, samples, targets)
            start = 0
            while start < samples.n:
                stop = min(samples.n, start + min(self.next_look - self.n, samples.chunk))
                order = np.arange(start, stop)
                rates = np.full(len(order), self.rate, net.dtype)
                workspace = net._single().workspace
                with later_ctrl_c():  # until what was learned is counted
                    judged = net._run(workspace, samples, order, targets, rates, self.cost)
                    self.count(*judged)
                    self.watch.count(targets, start, stop)
                self.check(judged[2] == len(order))
                start = stop
        now = time.perf_counter()
        if self.on_progress is not None and self.since and now - self.shown >= SEEN:
            self.shown = now
            self.on_progress(self.net, self.record())

    def targets(self, y: Any, n: int) -> Targets:
        """What n examples stand for."""
        net, places = self.net, self.net._single().places
        if net.classes is None:
            return net.targets(y, n)
        if any(map(self.is_other, {*map(type, y)} if isinstance(y, list) else {y.dtype.type})):
            raise TypeError  # which learn_one explains
        labels = np.array([places[label] for label in _listed(y)], np.int32)
        return Targets(labels, np.zeros(0, net.dtype), len(places), net.classes)

    def is_other(self, kind: type) -> bool:
        """Whether such labels are truth values and the classes are not, or the other way round."""
        return issubclass(kind, bool | np.bool_) != (self.net.classes.dtype.kind == "b")

    def learn_one(self, x: Array, y: Any) -> None:
        """Learn one example, which may not fit or have a new label."""
        try:
            single, x = self.net._single(), _by_place(x)
            for column, value in enumerate(x if x.dtype.hasobject else []):
                if not isinstance(value, numbers.Number):
                    raise TypeError(f"x: {value!r} in column {column}, wanted real numbers")
            if not _kind(y) or (self.net.classes is not None and self.is_other(type(y))):
                raise ValueError(_unfit(y))
            if self.new_labels and isinstance(y, Hashable) and y not in single.places:
                single.take(x)  # one that does not fit adds no output
                self.net = self.net._with_class(y, self.options["seed"])
                self.safe = self.net._params.copy()
                single = self.net._single()
            cost, hits, learned = single.learn(x, y, self.rate)
        except (ValueError, TypeError) as error:
            raise self.named(error) from None
        except OverflowError:
            raise self.named(ValueError(_unfit(y))) from None
        one = Targets(single.label.copy(), single.target.copy(), self.net.sizes[-1], None)
        self.watch.count(one, 0, 1)
        self.count(self.cost + cost, hits, learned)
        self.check(learned == 1)

    def count(self, cost: float, hits: int, learned: int) -> None:
        """Take down what was learned; `cost` has that of the examples before."""
        self.cost, self.hits = cost, self.hits + hits
        self.n, self.since = self.n + learned, self.since + learned

    def check(self, finite: bool) -> None:
        """Raise if a cost was not finite; look closer now and then."""
        if not finite:
            self.diverge()
        if self.n == self.next_look:
            self.look()

    def look(self) -> None:
        """Look at the weights, and write a record if it is time."""
        if not self.net.is_finite():
            self.diverge()
        self.safe = self.net._params.copy()
        if self.since and self.n == self.next_record:
            self.report()
        self.next_record = _following(self.n)
        self.next_look = min(self.next_record, (self.n // LOOK + 1) * LOOK)

    def diverge(self) -> None:
        """Raise; the weights are those before the example, or of the last look at finite ones."""
        if not self.net.is_finite():
            self.net._params[:] = self.safe
        self.watch.look(self.net)
        raise self.named(Diverged.at(self.rate, self.net))

    def named(self, error: Exception) -> Exception:
        """The error with the number of the example that it is about."""
        number = self.n + sum(X.shape[0] for X, _ in self.held) + 1
        text = f"example {number}: {error}"
        new = Diverged(text, self.net) if isinstance(error, Diverged) else type(error)(text)
        new.example = number  # type: ignore[attr-defined]
        return new

    # What was seen --------------------------------------------------------------------------

    def record(self) -> dict[str, Any]:
        """What was seen since the last record."""
        rate, seconds = float(self.net.dtype.type(self.rate)), time.perf_counter() - self.began
        return record_of(self.net, rate, self.since, seconds, self.cost, self.hits)

    def report(self) -> None:
        """Write a record, and begin the next."""
        record = self.record()
        self.net.history.append(record)
        self.since, self.cost, self.hits, self.began = 0, 0.0, 0, time.perf_counter()
        self.watch.record(self.net, record)
        if self.on_record is not None:
            self.on_record(self.net, record)

    def finish(self) -> Network:
        """Learn what is left."""
        self.flush()
        if self.held:
            self.begin()
        if self.net is None:
            raise ValueError("examples: none came, wanted one at least")
        self.look()
        if self.since:
            self.report()
        self.net.stopped = "end"
        self.watch.end(self.net)
        return self.net

    def break_off(self) -> Network | None:
        """Learn what came before an error of something else."""
        with contextlib.suppress(Exception):
            self.flush()
            if self.held:
                self.begin()
        if self.since:
            self.net.history.append(self.record())
        return self.net


def _following(n: int) -> int:
    """After how many examples the record after that of n comes."""
    step = max(FIRST, 10 ** (len(str(n)) - 1))
    return (n // step + 1) * step


def _came(example: Any) -> str:
    """What came in the place of an example."""
    try:
        x, y = example
        shape = x.shape if hasattr(x, "shape") else np.shape(x)
        labels = f" and {len(y)} labels" if len(shape) == 2 and np.ndim(y) == 1 else ""
        return f"x: shape {shape}{labels}"
    except (TypeError, ValueError):
        return type(example).__name__


def _by_place(x: Any) -> Array:
    """An array, whatever the index of a frame or series; of objects, if some are no numbers."""
    with contextlib.suppress(TypeError, ValueError):
        return matrix(x, "x")[0]
    return np.asarray(x)


def _row(array: Array) -> Array:
    """A row of objects of one kind as an array of these; another as it is."""
    if array.dtype.hasobject and array.ndim:
        with contextlib.suppress(ValueError, TypeError):
            return answers(array)
    return array


def _answers(y: Any) -> Array | list[Any]:
    """What several examples stand for: an array, or a list of what is no plain number or word."""
    if isinstance(y, str | bytes | Set | Mapping):
        raise TypeError  # nothing in a row
    y = _without_mask(y)
    rows = len(getattr(y, "shape", ())) == 2
    if rows:
        with contextlib.suppress(ValueError, TypeError):
            return answers(y)
    if rows or isinstance(getattr(y, "dtype", None), np.dtype):
        array = np.asarray(y)
        if array.dtype.kind == "U" and (nan := nan_as_word(array)).any():
            array = array.astype(object)
            array[nan] = None
        if rows:  # some do not fit
            return list(array[:, 0]) if array.shape[1] == 1 else [*map(_row, array)]
        return list(array) if array.dtype.hasobject else array
    for method in ("to_pylist", "tolist"):  # Arrow's; pandas'
        if hasattr(y, method):
            return list(getattr(y, method)())
    listed = list(y)
    if listed and isinstance(listed[0], list | tuple):
        with contextlib.suppress(ValueError, TypeError):  # which the examples are looked at for
            return answers(listed)
    return listed


def _answer(y: Any) -> Any:
    """What one example stands for, where it is no plain number or word; never a view."""
    if hasattr(y, "as_py"):  # Arrow's
        return y.as_py()
    return np.array(_row(np.asarray(_without_mask(y))))[()]


def _without_mask(y: Any) -> Any:
    """A masked array as a plain one, None where it is masked; all else as it is."""
    if np.ma.is_masked(y):
        return np.where(np.ma.getmaskarray(y), None, y.data)
    return y


def _listed(y: Any) -> list[Any]:
    return y.tolist() if isinstance(y, np.ndarray) else list(y)


def _kind(y: Any) -> str:
    """Of what kind an answer is: of labels a letter, or NUMBERS; "" if it is missing or neither."""
    if isinstance(y, int) and not isinstance(y, bool):
        return "i"  # of any size
    array = np.asarray(y)
    kind = {"u": "i"}.get(array.dtype.kind, array.dtype.kind)
    if array.ndim == 0 and kind in "biUS":
        return kind
    number = kind in "bif" or (kind == "O" and hasattr(y, "__float__") and not isinstance(y, int))
    return NUMBERS if number and not _missing(y) else ""


def _missing(y: Any) -> bool:
    """Whether this is None, NaN, NaT or NA: what does not equal itself."""
    try:
        return y is None or bool(y != y)
    except (TypeError, ValueError):
        return np.ndim(y) == 0


def _unfit(y: Any) -> str:
    """What is wrong with an answer that is neither a label nor numbers."""
    if _missing(y):
        return f"y: label {y} is a missing value, wanted a label or numbers"
    return f"y: label {reprlib.repr(y)}, wanted one of the same kind as the others, or numbers"
