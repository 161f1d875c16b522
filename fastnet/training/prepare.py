"""Preparation of a run: samples, targets, network, validation data and record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from ..data.arrays import answers
from ..data.samples import Samples, as_samples
from ..data.targets import Targets, as_targets, checked_classes
from ..data.weights import checked_weights
from ..diagnostics import gathered
from ..images.deformation import WANTED, pixels
from ..images.elastic import Elastic
from ..model.activations import check_range, is_pair, names_of
from ..model.form import layer_activations
from ..model.network import Network
from ..model.outputs import WIDE, task_of
from ..model.pixels import note
from ..model.signs import look_at_ground
from ..options import NetOptions, Options
from ..schedules import named
from ..typing import Array
from .checkpoint import Checkpoint
from .defaults import SHRINKING, is_of_table, rate_by, rule_for, with_rule
from .encoding import encoded, frozen, limited, table_of, with_target, with_units, with_weights
from .feed import Feed
from .order import Order, sample_weights
from .rates import Rates
from .record import Record
from .run import Judges, Run
from .stopping import stopping
from .watch import Watch

NO_TABLE = f"X: columns of a table, but {WANTED}: an array, as X.to_numpy('uint8')"

T = TypeVar("T", bound=NetOptions)


def prepare(
    X: ArrayLike | Samples, y: ArrayLike, options: Options, noted: Mapping[str, Any] | None = None
) -> Run:
    """Check the data and the options that depend on them; make the network and its run.

    Nothing is learned yet. `noted` is what the record of the run has besides.

    Raises
    ------
    TypeError, ValueError
        As in `fastnet.train`, before anything is learned.
    """
    X = with_target(X, y, options)
    y, options = answers(y), with_weights(X, with_own(options))
    if options.validation_data is not None:
        options = options.replaced(validation_data=pair_of(options.validation_data))
    options = with_elastic(X, options)
    checkpoint = None
    if options.checkpoint is not None:
        checkpoint = Checkpoint(options.checkpoint, options.every)
    begin = _anew if options.init is None else _continued
    l2_is_given = options.l2 is not None
    samples, targets, order, net, options = begin(X, y, options)
    if options.augment is not None:
        options = options.replaced(augment=deforming(options.augment, samples))
    note(net, samples)
    all_targets = targets
    if options.init is None:  # else the units come from other targets
        targets = limited(net, targets, order.places)
    rate = net.checked_rate(options.learning_rate)
    judges = None
    if options.validation_data is not None:
        judges, options = _validation(options, net)
    elif options.validation_fraction is not None:
        judges = samples, all_targets, order.held
    total = options.epochs * order.steps
    schedule = named(options.schedule)
    rates = Rates(rate, schedule, options.warm_up, total, net.dtype, options.l2)
    stop = stopping(net, judges is not None, options, rates, order.steps)
    if l2_is_given:
        rates.check()
    else:
        rates.limit_l2(SHRINKING)
    options = options.replaced(learning_rate=rate, l2=rates.l2)
    record = Record(options, net, rate, samples, y, noted or {})
    watch = Watch(
        net, rate, samples, targets, weights=order.learned, options=options,
        known=options.init is not None or options.classes is not None,
    )  # fmt: skip
    feed = None
    if options.augment is not None:
        look_at_ground(samples, options.augment.shape)
        feed = Feed(options.augment, samples, options.seed)
    return Run(
        net, samples, targets, order, rates, stop, judges, watch, record, checkpoint, options, feed
    )


def with_own(options: T) -> T:
    """Return options in which those of the net are the values of `init`, if it is given.

    Raises
    ------
    TypeError, ValueError
        `init` is not a Network, or an option differs from its value there.
    """
    init = options.init
    if init is None:
        return options
    if not isinstance(init, Network):
        raise TypeError(f"init: {type(init).__name__}, wanted a Network")
    own = {"hidden": init.sizes[1:-1], "loss": init.loss, "dtype": init.dtype}
    for name, value in own.items():
        given = getattr(options, name)
        if given is not None and given != value:
            raise ValueError(f"{name}: {given!r}, but init has {value!r}")
    if options.activation is not None:
        _check_activation(options.activation, init)
    if options.start is not None:
        raise ValueError("start: given, but init has weights")
    return options.replaced(activation=init.activations, **own)


def _check_activation(activation: Any, init: Network) -> None:
    """Refuse activations that differ from those of init. Functions are compared by names."""
    depth, labels = len(init.activations), init.classes is not None
    given = layer_activations(activation, depth, init.loss, labels)
    if isinstance(activation, str) or is_pair(activation):  # one for all hidden layers
        given = (*given[:-1], init.activations[-1])
    came, own = (["/".join(names_of(a)) for a in layers] for layers in (given, init.activations))
    if came != own:
        raise ValueError(f"activation: {', '.join(came)}, but init has {', '.join(own)}")


def new_net(
    options: NetOptions,
    rule: dict[str, Any],
    features: int,
    outputs: int,
    classes: Array | None,
) -> Network:
    """Make the network of these options, and of a rule for those that are not given."""
    options = with_rule(options, rule)
    sizes = [features, *options.hidden, outputs]
    labels = classes is not None
    names = layer_activations(options.activation, len(sizes) - 1, options.loss, labels)
    net = Network.initialise(
        sizes, names, options.loss, options.dtype, options.seed, classes, options.start
    )
    net.outputs.usual_rate = rate_by(rule, net)
    return net


class Begun(NamedTuple):
    """The checked data of a run, its order, and the network to train."""

    samples: Samples
    targets: Targets
    order: Order
    net: Network
    options: Options  # with the defaults


def _continued(X: ArrayLike | Samples, y: Array, options: Options) -> Begun:
    """Begin a run with a copy of `init`. Its encoding and its units stay as they are."""
    init, known = options.init, options.classes
    known = None if known is None else checked_classes(known)
    if known is not None and (init.classes is None or known.tolist() != init.classes.tolist()):
        own = None if init.classes is None else init.classes.tolist()
        raise ValueError(f"classes: {known.tolist()!r}, but init has {own!r}")
    net = frozen(init.copy(), X, options)
    samples = net.samples(X)
    targets = net.outputs.targets(y, samples.n)
    order = ordered(targets, samples.n, options)
    table = is_of_table(options, net.encoding is not None)
    rule = rule_for(table, net.task, order.steps)
    net.outputs.usual_rate = rate_by(rule, net)
    return Begun(samples, targets, order, net, with_rule(options, rule))


def _anew(X: ArrayLike | Samples, y: Array, options: Options) -> Begun:
    """Begin a run with a new network. A table is encoded by the rows that are learned."""
    known = None if options.classes is None else checked_classes(options.classes)
    if known is not None and len(known) < 2:
        raise ValueError(f"classes: {known.tolist()!r}, wanted two or more")
    table = table_of(X, options)
    samples = as_samples(X, options.dtype) if table is None else None
    n = len(table) if samples is None else samples.n  # type: ignore[arg-type]
    tabular = samples is None or samples.encoding is not None
    scaled = tabular or options.preset == "table"  # the numbers in y
    targets = as_targets(y, n, WIDE if scaled else options.dtype, known)
    if known is not None and targets.classes is None:
        raise TypeError(f"y: dtype {y.dtype}, shape {y.shape}, wanted labels, as classes are given")
    order = ordered(targets, n, options)
    if samples is None:
        samples = encoded(table, order, options)  # type: ignore[arg-type]
    task = task_of(options.loss, y, targets.classes is not None)
    rule = rule_for(is_of_table(options, tabular), task, order.steps)
    options = with_rule(options, rule)
    net = new_net(options, rule, samples.features, targets.outputs, targets.classes)
    net.encoding = samples.encoding
    cure = []
    if targets.outputs == 1 and (targets.numbers == np.rint(targets.numbers)).all():
        cure = ["class labels are integers or words: y.astype(int)"]
    check_range(targets.numbers, net.activations[-1], targets.outputs, "y", *cure)
    if targets.outputs == 1 and targets.classes is None:
        net.outputs.column = targets.column
    if scaled:
        targets = with_units(net, targets, order.counted)
    return Begun(samples, targets, order, net, options)


def ordered(targets: Targets, n: int, options: Options) -> Order:
    """Return the order of the samples, which knows their weights and those that are held out."""
    given, fraction = options.sample_weight, options.validation_fraction
    counts = None if given is None else checked_weights(given, n)
    weights = sample_weights(counts, options.class_weight, targets)
    return Order(n, weights, options.shuffle, options.seed, fraction, targets.labels, counts=counts)


def shared(X: ArrayLike | Samples, y: Array, options: Options) -> Any:
    """Return what runs from several seeds share: the samples, or a table that each encodes."""
    if options.init is not None:
        net = frozen(options.init.copy(), X, options)
        samples = net.samples(X)
        options.init.parameters.take_said(net.parameters)  # each run would warn of pixels
        return samples
    table = table_of(X, options)
    if table is None:
        return as_samples(X, options.dtype)
    if options.validation_fraction is not None:
        return table  # each learns other rows
    known = None if options.classes is None else checked_classes(options.classes)
    with gathered({}, ""):  # each run warns of its weights
        order = ordered(as_targets(y, len(table), WIDE, known), len(table), options)
    return encoded(table, order, options)


def with_elastic(X: ArrayLike | Samples, options: Options) -> Options:
    """Return options with an `Elastic` if they deform images; refuse a table early."""
    if options.augment is None:
        return options
    elastic = Elastic.of(options.augment)
    if options.init is None and table_of(X, options) is not None:
        raise TypeError(NO_TABLE)
    return options.replaced(augment=elastic)


def deforming(elastic: Elastic, samples: Samples) -> Elastic:
    """Return an `Elastic` with the shape of these samples; refuse samples that are no images."""
    if samples.encoding is not None:
        raise TypeError(NO_TABLE)
    pixels(samples.rows)
    return elastic.fitting(samples.shape)


def pair_of(data: Any) -> tuple[Any, Any]:
    """Return X and y of validation_data."""
    try:
        X, y = data
    except (TypeError, ValueError):
        raise TypeError(f"validation_data: {type(data).__name__}, wanted (X, y)") from None
    return X, answers(y, "validation_data y")


def _validation(options: Options, net: Network) -> tuple[Judges, Options]:
    """Return the checked validation data, and options in the form of the record."""
    X, y = options.validation_data
    samples = net.samples(X, "validation_data X")
    targets = net.outputs.targets(y, samples.n, "validation_data y", least=1)
    judges = samples, targets, np.arange(samples.n)
    return judges, options.replaced(validation_data=(samples, y))
