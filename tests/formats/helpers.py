"""What several tests of formats use."""


import pytest

from fastnet.formats.exporting import FORMATS

# Each format that has nets of all kinds; the page, which wants images, has tests of its own.
# PyTorch takes long to import, and `make test` has it not.
EACH = pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.heavy] if n == "torch" else [])
     for n in FORMATS if n != "page"],
)
