"""The net that comes with the package."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..formats.loading import load

if TYPE_CHECKING:
    from ..model.network import Network

FILE = Path(__file__).with_name("digits-net.npz")


def pretrained() -> "Network":
    """Return the net that comes with the package and recognises handwritten digits.

    Each call loads it anew, in some milliseconds, so it may go on learning.

    Returns
    -------
    Network
        It takes images of 28x28 pixels (784 of uint8: 0 is paper, 255 full ink) such as `as_mnist`
        makes, and its classes are 0 to 9.
    """
    from ..model.network import Network

    net = load(FILE)
    assert isinstance(net, Network)
    return net
