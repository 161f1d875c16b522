"""The pictures of docs/ are those of the script, as far as versions of fonts allow."""

from pathlib import Path

import pytest
from matplotlib import image

from tools.make_pictures import main

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


@pytest.mark.compiled
@pytest.mark.heavy
def test_the_script_makes_the_pictures(tmp_path: Path) -> None:
    main(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted(path.name for path in PICTURES.iterdir())
    for name in names:
        made, kept = image.imread(tmp_path / name), image.imread(PICTURES / name)
        assert made.shape == kept.shape
        assert abs(made - kept).mean() < 0.02  # other versions of Matplotlib and fonts move text
