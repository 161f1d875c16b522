"""What tests read from a picture."""

import re

import pytest


def title(ax):
    """The title, in one line."""
    return " ".join(ax.get_title(loc="left").split())


def below(ax):
    """What stands below: the label of the axis, and the note."""
    return " ".join(ax.get_xlabel().split())


def texts(ax):
    """All words within the axes, in their order."""
    return [text.get_text() for text in ax.texts]


def refused(told, draw, *args, error=ValueError, **options):
    """A picture that is refused in one line."""
    with pytest.raises(error) as caught:
        draw(*args, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert re.search(told, message), message
