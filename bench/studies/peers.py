"""Other libraries' models, prepared as a careful person would."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def prepared(estimator: Any) -> Any:
    """Return a pipeline: gaps filled and marked, numbers standardised, words one-hot."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=3, max_categories=1000,
        sparse_output=False,
    )  # fmt: skip
    words = make_pipeline(SimpleImputer(strategy="constant", fill_value="gap"), one_hot)
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (words, make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, estimator)


def scaled(estimator: Any) -> Any:
    """Return a model whose targets are standardised."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    return TransformedTargetRegressor(estimator, transformer=StandardScaler())


def model(wing: str, name: str, **options: Any) -> Any:
    """Return a model of a module of scikit-learn."""
    return getattr(import_module(f"sklearn.{wing}"), name)(**options)


def boosting(outputs: int) -> Any:
    """Return HistGradientBoostingRegressor, one for each output."""
    from sklearn.multioutput import MultiOutputRegressor

    one = model("ensemble", "HistGradientBoostingRegressor", random_state=0)
    return prepared(MultiOutputRegressor(one) if outputs > 1 else one)


REGRESSORS: dict[str, Callable[[int], Any]] = {  # of so many outputs
    "MLPRegressor": lambda _: prepared(
        scaled(model("neural_network", "MLPRegressor", random_state=0))
    ),
    "Ridge": lambda _: prepared(scaled(model("linear_model", "Ridge"))),
    "RandomForestRegressor": lambda _: prepared(
        model("ensemble", "RandomForestRegressor", random_state=0)
    ),
    "HistGradientBoostingRegressor": boosting,
}


def classifier(wing: str, name: str, **options: Any) -> Callable[[], Any]:
    """Return a function that makes a classifier of scikit-learn."""
    return lambda: prepared(model(wing, name, **options))


def real_mlp() -> Any:
    """Return RealMLP-TD-S of pytabkit, which prepares columns itself, but knows no gaps."""
    from pytabkit import RealMLP_TD_S_Classifier
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    gaps = SimpleImputer(strategy="median", add_indicator=True)
    columns = make_column_transformer(
        (gaps, make_column_selector(dtype_include="number")),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    return make_pipeline(
        columns, RealMLP_TD_S_Classifier(random_state=0, device="cpu", n_threads=1)
    )


CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "MLPClassifier": classifier("neural_network", "MLPClassifier", random_state=0),
    "LogisticRegression": classifier("linear_model", "LogisticRegression", max_iter=1000),
    "RandomForestClassifier": classifier("ensemble", "RandomForestClassifier", random_state=0),
    "HistGradientBoostingClassifier": classifier(
        "ensemble", "HistGradientBoostingClassifier", random_state=0
    ),
    "RealMLP-TD-S": real_mlp,  # slow, and the last
}
