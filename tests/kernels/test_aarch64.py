"""The golden runs on 64-bit Arm, which an emulator executes: `make aarch64` sets both up."""

import json
import os

import pytest

from tests.helpers import ROOT
from tests.kernels.helpers import output, python
from tests.kernels.test_epoch import GOLDEN

PYTHON = os.environ.get("FASTNET_AARCH64")

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.compiled,
    pytest.mark.skipif(PYTHON is None, reason="FASTNET_AARCH64 is not set: see make aarch64"),
]


@pytest.mark.parametrize("dtype", GOLDEN)
def test_golden_runs(dtype: str, tmp_path) -> None:
    cache = {"NUMBA_CACHE_DIR": str(tmp_path)}
    process = python("-m", "tests.kernels.golden", dtype, program=str(ROOT / str(PYTHON)), **cache)
    assert json.loads(output(process)[0]) == {dtype: GOLDEN[dtype]}
