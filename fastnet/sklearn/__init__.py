"""fastnet's nets as estimators of scikit-learn.

It needs scikit-learn: `pip install 'fastnet-sgd[sklearn]'`.
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
