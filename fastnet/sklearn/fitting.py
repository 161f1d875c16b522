"""How an estimator learns: rows, targets and weights are checked, put in order, and learned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..diagnostics import warn
from ..model.ensemble import Ensemble, nets_of
from ..options import Options
from ..tables.canonical import canonical_order
from ..tables.fitting import NothingToLearn
from ..training.order import held_out
from ..training.prepare import prepare
from ..training.seeds import several
from ..typing import Array
from .constant import constant, is_constant
from .data import checked_rows, checked_targets, encoding_for, number_of
from .parameters import NET, RUN, STOP, check, options_of, seeds_of
from .streams import first_net, learn_part
from .targets import Targets
from .telling import quiet, told
from .weights import balanced, checked_weights, class_weights, of_stream
from .words import own_names
from .workers import sharing

TargetsOf = Callable[[Any, Array, bool, Any], Targets]  # estimator, y, known, classes


class Lesson(NamedTuple):
    """What an estimator learns: checked rows, targets and weights."""

    rows: Any
    targets: Targets
    weights: Array | None

    def at(self, places: Array) -> Lesson:
        """Return a lesson of the rows at some places."""
        weights = None if self.weights is None else self.weights[places]
        return Lesson(self.rows[places], self.targets.at(places), weights)

    def repeated(self) -> Lesson:
        """Return a lesson in which rows are repeated in place of whole weights.

        So each repeat is held out, or has the weight of its class, as if it had come as a row.
        """
        if self.weights is None or (self.weights != np.rint(self.weights)).any():
            return self
        places = np.repeat(np.arange(len(self.weights)), self.weights.astype(np.int64))
        return self.at(places)._replace(weights=None)


@sharing
def fit(estimator: Any, X: Any, y: Any, sample_weight: Any, targets_of: TargetsOf) -> Any:
    """Let an estimator learn rows, and return it."""
    known = estimator.warm_start and hasattr(estimator, "model_")
    lesson = checked(estimator, X, y, sample_weight, targets_of, known)
    try:
        model = None if lesson.targets.the_same else learned(estimator, lesson, known)
    except NothingToLearn:
        model = None
    if model is None:
        model = answering_alike(estimator, lesson)
    before = len(nets_of(estimator.model_)[0].history) if known else 0
    history = nets_of(model)[0].history
    estimator.model_, estimator.n_iter_ = model, max(0, len(history) - before)
    estimator.t_ = sum(record["samples"] for record in history)
    return estimator


@sharing
def partial_fit(
    estimator: Any, X: Any, y: Any, sample_weight: Any, targets_of: TargetsOf, classes: Any = None
) -> Any:
    """Let an estimator learn some rows once each, and return it."""
    known = hasattr(estimator, "model_")
    lesson = checked(estimator, X, y, sample_weight, targets_of, known, classes)
    targets = lesson.targets
    factors = of_stream(estimator.class_weight, targets)
    with own_names(), told(estimator):
        if targets.labels is not None and targets.the_same:
            model = answering_alike(estimator, lesson)
        else:
            again = known and not is_constant(nets_of(estimator.model_)[0])
            model = estimator.model_ if again else begun(estimator, lesson)
            rate = estimator.learning_rate_init
            for net in nets_of(model):
                learn_part(net, *lesson, factors, rate)
    estimator.model_ = model
    estimator.n_iter_ = known * getattr(estimator, "n_iter_", 0) + 1
    estimator.t_ = known * getattr(estimator, "t_", 0) + number_of(lesson.rows)
    return estimator


def checked(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    targets_of: TargetsOf,
    known: bool,
    classes: Any = None,
) -> Lesson:
    """Return what an estimator is to learn, checked, without rows of weight 0."""
    check(vars(estimator))
    rows = checked_rows(estimator, X, reset=not known)
    n = number_of(rows)
    y, weights = checked_targets(estimator, y, n), checked_weights(sample_weight, n)
    if weights is not None and not weights.all():
        places = np.flatnonzero(weights)
        rows, y, weights = rows[places], y[places], weights[places]
    return Lesson(rows, targets_of(estimator, y, known, classes), weights)


def answering_alike(estimator: Any, lesson: Lesson) -> Any:
    """Return a net that answers all rows with the mean of the targets, and warn of it."""
    answer = lesson.targets.mean(lesson.weights)
    if lesson.targets.the_same:
        seen = f"y: {lesson.targets.the_only}"
    else:
        seen = "X: no column has two values"
    warn(f"{seen}, so there is nothing to learn, and all rows are answered alike")
    return constant(estimator.n_features_in_, answer, lesson.targets.labels)


def learned(estimator: Any, lesson: Lesson, known: bool) -> Any:
    """Return the net, or the nets, that have learned a lesson, perhaps on from those before."""
    given = vars(estimator)
    lesson, inits = in_order(estimator, lesson), nets_before(estimator, known)
    class_weight, weights, targets = estimator.class_weight, lesson.weights, lesson.targets
    if class_weight is not None and targets.labels is None:
        lesson = lesson._replace(weights=balanced(class_weight, weights, targets))
        class_weight = None
    options = options_of(given, RUN | (STOP if estimator.early_stopping else {})) | {
        "preset": "table",
        "encode": encoding_for(lesson.rows),
        "sample_weight": lesson.weights,
        "class_weight": class_weights(class_weight, weights, targets),
        "verbose": True if estimator.verbose else None,
    }
    options |= options_of(given, NET)
    if inits[0] is None:
        options |= targets.options
    seeds, y = seeds_of(estimator.random_state, estimator.n_nets), targets.answers
    each = [{"seed": seed, "init": init} for seed, init in zip(seeds, inits, strict=True)]
    with own_names(), told(estimator):
        model = trained(lesson.rows, y, options, each, estimator.threads)
    if estimator.early_stopping and targets.task == "regression":
        held = lesson.at(held_out(y, estimator.validation_fraction, seeds[0], lesson.weights))
        estimator.validation_variance_ = held.targets.variance(nets_of(model)[0].outputs.units)
    return model


def in_order(estimator: Any, lesson: Lesson) -> Lesson:
    """Return a lesson in an order that its rows alone decide.

    So a fit depends neither on the order of rows nor on whether weights or repeats say how often
    they count.
    """
    lesson = lesson.at(canonical_order(lesson.rows, lesson.targets.values, lesson.weights))
    if estimator.early_stopping or estimator.class_weight is not None:
        lesson = lesson.repeated()
    return lesson


def nets_before(estimator: Any, known: bool) -> list[Any]:
    """Return the nets from which each net is to continue, or None for each."""
    n = estimator.n_nets
    if not known or is_constant(nets_of(estimator.model_)[0]):
        return [None] * n
    nets = [*nets_of(estimator.model_)]
    if len(nets) != n:
        raise ValueError(
            f"n_nets: {n}, but model_ has {len(nets)}, wanted as many to continue with"
        )
    encoding, own = estimator.encode, "none" if nets[0].encoding is None else "table"
    if encoding not in (None, own):
        raise ValueError(f"encode: {encoding!r}, but model_ has {own!r}")
    return nets


def trained(
    X: Any, y: Array, options: dict[str, Any], each: list[dict[str, Any]], threads: Any
) -> Any:
    """Return one net that is trained, or several that answer together."""
    if len(each) == 1:
        return prepare(X, y, Options.of({**options, **each[0], "threads": threads})).learn()
    of_all = Options.of(options)
    own = [of_all.replaced(**more) for more in each]
    return several(X, y, of_all, own, threads)


def begun(estimator: Any, lesson: Lesson) -> Any:
    """Return a new net, or several, for a stream that begins with a lesson."""
    options = options_of(vars(estimator), NET) | {
        "preset": "table",
        "encode": encoding_for(lesson.rows),
        **lesson.targets.options,
    }
    seeds = seeds_of(estimator.random_state, estimator.n_nets)
    return together([first_net(*lesson, {**options, "seed": seed}) for seed in seeds])


def together(nets: list[Any]) -> Any:
    """Return one net as it is, several as an ensemble."""
    return Ensemble(nets) if len(nets) > 1 else nets[0]


@sharing
def outputs(estimator: Any, X: Any) -> Array:
    """Return the outputs (n, outputs) of a fitted estimator for X, float64."""
    check_is_fitted(estimator)
    rows, first = checked_rows(estimator, X, reset=False), nets_of(estimator.model_)[0]
    if is_constant(first):
        rows = np.zeros((number_of(rows), first.sizes[0]))
    with quiet():
        return np.asarray(estimator.model_.predict_proba(rows), np.float64)
