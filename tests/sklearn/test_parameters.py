"""The parameters of the estimators: their names, their rule, and their errors."""

import inspect
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier, MLPRegressor

import fastnet
from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from tests.functions import SWISH
from tests.sklearn.helpers import BOTH, FRAME, digests, target

EACH = pytest.mark.parametrize("kind", BOTH)
GONE = {"solver", "batch_size", "power_t", "momentum", "nesterovs_momentum", "learning_rate", "tol"}
GONE |= {"beta_1", "beta_2", "epsilon", "max_fun"}
OWN = {"schedule", "average", "n_nets", "dtype", "encode", "augment", "threads"}


def names(kind: Any) -> set[str]:
    return set(inspect.signature(kind).parameters)


def test_names_are_those_of_mlp_where_the_meaning_is_the_same():
    wanted = names(MLPClassifier) - GONE | OWN | {"class_weight"}
    assert names(FastNetClassifier) - {"loss"} == wanted - {"loss"}
    assert names(FastNetRegressor) == names(MLPRegressor) - GONE - {"loss"} | OWN
    assert names(FastNetClassifier) - names(FastNetRegressor) == {"loss", "class_weight"}


@EACH
def test_all_parameters_but_the_sizes_go_by_name(kind: Any):
    kinds = [p.kind for p in inspect.signature(kind).parameters.values()]
    assert set(kinds[1:]) == {inspect.Parameter.KEYWORD_ONLY}
    assert kind((5,)).hidden_layer_sizes == (5,)


@EACH
def test_without_parameters_it_is_train_by_the_rule_for_tables(kind: Any):
    y = target(kind)
    estimator = kind(random_state=0).fit(FRAME, y)
    own = fastnet.train(FRAME, y, preset="table")
    recorded = [net.run["options"] for net in (estimator.model_, own)]
    for name in (
        "hidden",
        "activation",
        "loss",
        "learning_rate",
        "schedule",
        "epochs",
        "l2",
        "l2_schedule",
        "average",
    ):
        assert recorded[0][name] == recorded[1][name], name


GIVEN: dict[str, tuple[Any, str, Any]] = {
    "hidden_layer_sizes": (7, "hidden", [7]),
    "activation": ("logistic", "activation", "sigmoid"),
    "alpha": (0.25, "l2", 0.25),
    "learning_rate_init": (0.0625, "learning_rate", 0.0625),
    "schedule": ("constant", "schedule", "constant"),
    "average": (0.125, "average", 0.125),
    "max_iter": (3, "epochs", 3),
    "shuffle": (False, "shuffle", False),
    "dtype": ("float64", "dtype", "float64"),
}


@EACH
@pytest.mark.parametrize("name", GIVEN)
def test_a_parameter_that_is_given_is_an_option(kind: Any, name: str):
    value, option, wanted = GIVEN[name]
    estimator = kind(**{name: value}).fit(FRAME, target(kind))
    assert estimator.model_.run["options"][option] == wanted


def test_layers_may_have_activations_of_their_own():
    names = ["logistic", "tanh", "softmax"]
    estimator = FastNetClassifier((5, 4), activation=names, max_iter=1).fit(FRAME, target(BOTH[0]))
    assert estimator.model_.activations == ("sigmoid", "tanh", "softmax")


@EACH
@pytest.mark.parametrize("sizes", [(), [4], (5, 3), np.array([6, 2]), 8, np.int64(9)], ids=repr)
def test_sizes_may_be_any_sequence_or_one_number(kind: Any, sizes: Any):
    estimator = kind(sizes, max_iter=1).fit(FRAME, target(kind))
    assert estimator.model_.sizes[1:-1] == tuple(np.ravel(sizes).astype(int))
    assert estimator.n_layers_ == np.size(sizes) + 2
    clone(estimator)


@EACH
def test_functions_of_one_s_own_are_activations(kind: Any):
    y = target(kind)
    estimator = clone(kind([8], activation=SWISH, alpha=0, random_state=0)).fit(FRAME, y)
    assert estimator.model_.activations[0] == SWISH
    assert estimator.score(FRAME, y) > 0.6


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "sizes": ({"hidden_layer_sizes": (0,)}, "hidden_layer_sizes: 0, wanted a whole number >= 1"),
    "a word": ({"hidden_layer_sizes": "64"}, "hidden_layer_sizes: '64', wanted"),
    "activation": ({"activation": "softplus"}, "activation: 'softplus', wanted one of sigmoid"),
    "alpha": ({"alpha": -1}, "alpha: -1, wanted a number >= 0"),
    "rate": ({"learning_rate_init": "adaptive"}, "learning_rate_init: 'adaptive', wanted a number"),
    "huge rate": ({"learning_rate_init": 1e40}, r"learning_rate_init: 1e\+40, wanted"),
    "schedule": ({"schedule": "invscaling"}, "schedule: 'invscaling', wanted one of"),
    "average": ({"average": 2}, "average: 2, wanted a number"),
    "epochs": ({"max_iter": 2.5}, "max_iter: 2.5, wanted a whole number >= 0"),
    "nets": ({"n_nets": 0}, "n_nets: 0, wanted a whole number >= 1"),
    "shuffle": ({"shuffle": "yes"}, "shuffle: 'yes', wanted True or False"),
    "seed": ({"random_state": "x"}, "random_state: 'x', wanted None, an int or a RandomState"),
    "warm start": ({"warm_start": 2}, "warm_start: 2, wanted True or False"),
    "stopping": ({"early_stopping": "auto"}, "early_stopping: 'auto', wanted True or False"),
    "share": ({"validation_fraction": 1.5}, "validation_fraction: 1.5, wanted a number in"),
    "patience": ({"n_iter_no_change": 0}, "n_iter_no_change: 0, wanted a whole number >= 1"),
    "dtype": ({"dtype": "int32"}, "dtype: 'int32', wanted"),
    "encode": ({"encode": "standard"}, "encode: 'standard', wanted one of table, none"),
    "threads": ({"threads": -1}, "threads: -1, wanted"),
    "verbose": ({"verbose": "no"}, "verbose: 'no', wanted True or False"),
}


@EACH
@pytest.mark.parametrize("case", BAD)
def test_a_bad_parameter_is_one_line_that_names_it(kind: Any, case: str):
    given, message = BAD[case]
    for learn in ("fit", "partial_fit"):
        more = {"classes": ["no", "yes"]} if (kind, learn) == (BOTH[0], "partial_fit") else {}
        with pytest.raises((TypeError, ValueError), match=f"^{message}") as raised:
            getattr(kind(**given), learn)(FRAME, target(kind), **more)
        assert "\n" not in str(raised.value)


def test_a_parameter_of_mlp_that_is_gone_is_an_error():
    for name in GONE:
        with pytest.raises(TypeError, match=name):
            FastNetClassifier(**{name: 1})


@EACH
def test_threads_change_no_bit(kind: Any):
    y = target(kind)
    for more in ({}, {"n_nets": 3}):
        fits = [
            kind(random_state=0, max_iter=2, threads=n, **more).fit(FRAME, y)
            for n in (1, 2, "auto")
        ]
        assert len({tuple(digests(each)) for each in fits}) == 1
