"""fastnet's nets as estimators of scikit-learn.

It needs scikit-learn: `pip install 'fastnet-sgd[sklearn]'`.

`classifier` and `regressor` are thin. What they do is in `fitting`: `data`, `targets` and `weights`
check what comes, `parameters` are the options of `fastnet.train`, `streams` is for `partial_fit`,
`constant` for data with nothing to learn, `words` and `telling` say errors and warnings, `workers`
is for estimators that are fitted side by side, and `files` saves estimators.
"""

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError:
    raise ImportError(
        "fastnet.sklearn needs scikit-learn: pip install 'fastnet-sgd[sklearn]'"
    ) from None

from .classifier import FastNetClassifier
from .regressor import FastNetRegressor

__all__ = ["FastNetClassifier", "FastNetRegressor"]
