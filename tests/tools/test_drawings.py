"""The pictures of docs/ are those of the scripts."""

from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import image

from tools.drawings.__main__ import PICTURES, main


@pytest.mark.compiled
@pytest.mark.heavy
def test_the_scripts_make_the_pictures(tmp_path: Path) -> None:
    main(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted(path.name for path in PICTURES.iterdir())
    for made, kept in ((tmp_path / name, PICTURES / name) for name in names):
        if made.suffix == ".svg":
            text = kept.read_text(encoding="utf-8")
            same = f"Matplotlib v{mpl.__version__}," in text  # another version draws other bytes
            assert not same or made.read_text(encoding="utf-8") == text, made.name
        else:
            pixels, wanted = image.imread(made), image.imread(kept)
            assert pixels.shape == wanted.shape
            assert abs(pixels - wanted).mean() < 0.02  # other versions and fonts move text
