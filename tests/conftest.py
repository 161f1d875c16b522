"""What all tests share."""

import os
import signal
from pathlib import Path

import hypothesis
import pytest

# No deadline: the first example may compile. Derandomised: the same tests on every run.
hypothesis.settings.register_profile("fastnet", deadline=None, derandomize=True)
hypothesis.settings.load_profile("fastnet")

# A shell's background jobs ignore Ctrl-C, and so would the processes that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests marked `compiled` where the kernels run as plain Python."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") == "0":
        return
    compiled = [item for item in items if item.get_closest_marker("compiled")]
    config.hook.pytest_deselected(items=compiled)
    items[:] = [item for item in items if item not in compiled]


@pytest.fixture
def mnist_folder() -> Path:
    """Folder of the complete MNIST's IDX files."""
    folder = os.environ.get("FASTNET_DATA")
    if not folder:
        pytest.skip("FASTNET_DATA does not name a folder that holds mnist/*.gz")
    return Path(folder) / "mnist"
