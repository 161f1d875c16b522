"""What fastnet says of data and runs that are probably not what was meant."""

from __future__ import annotations

import os
import sys
import warnings

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class LearningWarning(UserWarning):
    """A net learns or answers, but probably not as it was meant to.

    The message says what was seen, and what to do. `warnings.simplefilter("error",
    fastnet.LearningWarning)` turns it into an error, "ignore" silences it.
    """


def warn(message: str) -> None:
    """Give a `LearningWarning` at the line that called fastnet."""
    depth = 2  # the line that called this function
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, LearningWarning, stacklevel=depth)
