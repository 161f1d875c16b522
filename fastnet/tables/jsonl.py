"""Tables in JSON: a flat object on each line, or one list of flat objects."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..data.fields import shown
from ..data.lines import LONGEST
from ..data.reading import Path, Reading
from .source import text_blocks
from .table import Table
from .text import regrouped, said_of, unpacked
from .words import joined, words_of

MORE = 1 << 17  # rows of a table, if there is one list


def is_flat(head: bytes) -> bool:
    """Tell whether a text begins with a flat object, or a list of objects; not {"x": [...]}."""
    head = head.removeprefix(MARK).lstrip()
    ...
