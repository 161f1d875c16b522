"""The regressor: a number, or several, for each row."""

from __future__ import annotations

from typing import Any

from sklearn.base import MultiOutputMixin, RegressorMixin

from ..typing import Array
from .base import FastNet
from .fitting import fit, outputs, partial_fit
from .targets import numbers_of


class FastNetRegressor(MultiOutputMixin, RegressorMixin, FastNet):
    """Predict numbers of rows by small dense nets, trained one sample at a time.

    It is good without any parameter and any preparation of X and y.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, optional
        Sizes of the hidden layers; () makes none. This and the next parameters go by the rule for
        tables if they are not given: see docs/defaults.md. `model_.run["options"]` has the values.
    activation : str, pair of functions, or sequence of these, optional
        Activation of the hidden layers: "relu", "tanh", "logistic" (or "sigmoid"), "scaled-tanh",
        "leaky-relu" or "identity", or your own: see `fastnet.train`. A sequence has one for each
        layer, the outputs' last.
    alpha : float, optional
        Strength of the L2 regularisation: each step also takes learning rate * alpha * w from every
        weight w. MLPRegressor's alpha is that of a batch, divided by the number of its samples. An
        alpha that is given stays; the one by rule falls with the loss: see docs/training.md.
    learning_rate_init : float, optional
        Learning rate of the first steps.
    schedule : str or callable, optional
        How the rate changes from step to step: "linear" (to 0), "constant", "exponential", "1/t" or
        "plateau", or a function: see `fastnet.train`.
    average : float, optional
        Last share of the run over which the weights are averaged.
    max_iter : int, optional
        Epochs: passes over the rows.
    n_nets : int
        Number of nets that are trained from different seeds and answer together.
    shuffle : bool
        Draw a new order of the rows for each epoch.
    random_state : int, RandomState or None
        Where the seed of the first weights and of the orders comes from. With an int, the same rows
        give the same answers, bit for bit, on every CPU and in whatever order they come.
    warm_start : bool
        Let `fit` continue from the nets that are there. Parameters of a net must be as they were.
    early_stopping : bool
        Hold out `validation_fraction` of the rows, and stop by the loss on them.
    validation_fraction : float
        The share of the rows to hold out.
    n_iter_no_change : int
        Epochs without a smaller loss on the rows held out before the run ends.
    dtype : str
        Precision of the weights and of all arithmetic, "float32" or "float64".
    encode : str, optional
        "table": X is encoded as a table, whatever holds it. Numbers are scaled by their median and
        quartiles, each word gets an input, and gaps are marked. "none": X holds numbers, which stay
        as they are. By default sparse rows of more than 256 columns stay as they are, and all else
        is encoded.
    augment : fastnet.Elastic, dict or str, optional
        Deformation of images, drawn anew for each epoch: see `fastnet.train`. X then holds pixels,
        uint8, and stays as it is. `partial_fit` deforms nothing.
    threads : int or "auto"
        Threads that share the work: on a net, or on several, one each.
    verbose : bool or int
        Print a line for each epoch, on stderr.

    Attributes
    ----------
    model_ : fastnet.Network or fastnet.Ensemble
        What is trained. Attributes of a net are those of the first of several.
    n_features_in_ : int
        The number of columns of X.
    feature_names_in_ : ndarray of str
        Their names, if X is a frame with names.
    coefs_, intercepts_ : sequence of ndarray
        The weights (n_in, n_out) and the biases (n_out,) of each layer: views.
    loss_curve_, loss_, best_loss_ : list of float, float, float or None
        The loss of each epoch, of the last, and the smallest; None with early stopping. A sample is
        judged just before it is learned.
    validation_scores_, best_validation_score_ : list of float, float; or None
        The R squared of each epoch on the rows held out, and the largest; None without
        early stopping.
    n_iter_, t_ : int
        The number of epochs of the last fit, and of samples that were learned in all.
    n_layers_, n_outputs_, out_activation_ : int, int, str
        The number of layers with the inputs, of outputs, and the activation of these.

    Notes
    -----
    X may be an array, sparse rows, a frame of pandas, Polars or PyArrow, or a list of dicts; with
    words, dates, truth values and gaps. A row of weight 2 is learned as if it were there twice.
    Weights whose mean is below 1 or above 100 are divided by it first. Equal targets, and columns
    of which each has one value only, are answered constantly, with a `fastnet.LearningWarning`. A
    run that has learned nothing gives one too, if some column alone tells y in part. A pickle holds
    the whole estimator; `save` and `load` do without pickle, and so does skops, to which the types
    of fastnet must be named as trusted.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.model_selection import cross_val_score
    >>> from fastnet.sklearn import FastNetRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> bool(cross_val_score(FastNetRegressor(random_state=0), X, y).mean() > 0.4)
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = None,
        *,
        activation: Any = None,
        alpha: float | None = None,
        learning_rate_init: float | None = None,
        schedule: Any = None,
        average: float | None = None,
        max_iter: int | None = None,
        n_nets: int = 1,
        shuffle: bool = True,
        random_state: Any = None,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        dtype: str = "float32",
        encode: str | None = None,
        augment: Any = None,
        threads: Any = 1,
        verbose: bool = False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.alpha = alpha
        self.learning_rate_init = learning_rate_init
        self.schedule = schedule
        self.average = average
        self.max_iter = max_iter
        self.n_nets = n_nets
        self.shuffle = shuffle
        self.random_state = random_state
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.dtype = dtype
        self.encode = encode
        self.augment = augment
        self.threads = threads
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> FastNetRegressor:
        """Learn rows and their numbers; what was learned before is forgotten, unless warm_start.

        Parameters
        ----------
        X : array_like, sparse or frame, shape (n, columns)
        y : array_like, shape (n,) or (n, outputs)
            Real numbers, of any scale.
        sample_weight : array_like, shape (n,), optional
            How often each row counts.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            An argument does not fit; the message names it.
        fastnet.Diverged
            The loss or a weight is no longer finite.
        """
        return fit(self, X, y, sample_weight, numbers_of)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> FastNetRegressor:
        """Learn some rows and their numbers, once each, at a constant rate.

        The scales of a table's columns and its words are learned along: see docs/streams.md. The
        first call decides the scale of y. After `fit` all this stays.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.

        Returns
        -------
        self
        """
        return partial_fit(self, X, y, sample_weight, numbers_of)

    def predict(self, X: Any) -> Array:
        """Return the number (n,) of each row, or its numbers (n, outputs), float64."""
        numbers = outputs(self, X)
        return numbers[:, 0] if numbers.shape[1] == 1 else numbers
