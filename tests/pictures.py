"""Whether a picture that code draws is the one that docs/pictures/ keeps."""

from pathlib import Path

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"


def assert_kept(made: Path, name: str) -> None:
    """Compare pixels: other versions of Matplotlib and other fonts may move letters a little."""
    from matplotlib import image

    pixels, kept = image.imread(made), image.imread(PICTURES / name)
    assert pixels.shape == kept.shape, name
    assert abs(pixels - kept).mean() < 0.003, name
