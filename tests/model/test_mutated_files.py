"""Models and checkpoints with parts of other values, shapes and types."""

import pytest

from tests.helpers import python

FILES = """
import copy
import sys
import traceback
from pathlib import Path

import numpy as np

from fastnet import load, train, train_seeds
from fastnet.model import archive

rng, folder = np.random.default_rng(int(sys.argv[1])), Path(sys.argv[3])
X, y = rng.random((30, 5)).astype("f4"), np.arange(30) % 3
if sys.argv[4] == "table":
    X, y = X.astype(object), rng.random(30)
    X[::7, 0] = None
    X[:, 1] = ["ab"[k % 2] for k in range(30)]
options = {"hidden": (20, 4), "epochs": 4, "every": "7 samples", "average": 0.5}
options["encode"] = sys.argv[4]
options["sample_weight"] = np.ones(30)
made, used, refused = [], 0, 0


def keep(net, record):
    made.append(archive.read(folder / "run"))


train(X, y, on_epoch=keep, checkpoint=folder / "run", **options)
made.append(archive.read(folder / "run"))
together = sys.argv[5] == "together"
if together:
    nets = train_seeds(X, y, 3, hidden=(20, 4), epochs=1, encode=sys.argv[4])
    nets.save(folder / "nets")
    made = [archive.read(folder / "nets")]


def mutated(array):
    kind = rng.integers(0, 6)
    if kind == 0:
        return array[: rng.integers(0, len(array))]
    if kind == 1:
        return np.concatenate([array, array])
    if kind == 2:
        return array[..., : rng.integers(0, array.shape[-1])]
    if kind == 3:
        return array.T.copy()
    if kind == 4:
        return array.astype(rng.choice(["i8", "f8", "u1", "S3"]))
    return array.reshape(-1)


def mutate(part):
    # another value for one of the parts, however deep
    while True:
        keys = sorted(part) if isinstance(part, dict) else range(len(part))
        place = keys[rng.integers(0, len(keys))]
        if not isinstance(part[place], dict | list) or not part[place]:
            break
        part = part[place]
    part[place] = [-1, 0, 2**31, 2**62, -(2**62), 1e300, 0.5, None, "x", []][rng.integers(0, 10)]


for _ in range(int(sys.argv[2])):
    about, arrays = copy.deepcopy(made[rng.integers(0, len(made))])
    del about["format"], about["format_version"], arrays["about"]
    if rng.random() < 0.5:
        name = sorted(arrays)[rng.integers(0, len(arrays))]
        arrays[name] = mutated(arrays[name])
    else:
        mutate(about["checkpoint"] if rng.random() < 0.7 and not together else about)
    try:
        archive.write(folder / "other", about, arrays)
        net = load(folder / "other")
        net.predict(X[:, : net.n_features])
        for one in net if together else [net]:
            one.copy().partial_fit(X, y)
        if together:
            net.predict_one(X[0, : net.n_features])
            used += 1
            continue
        calls = iter(range(50))  # a run may have forgotten how far it is
        train(X, y, resume=True, on_progress=lambda *_: next(calls),
              checkpoint=folder / "other", **options)
        used += 1
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1].filename
        assert not where.endswith(("workspace.py", "single.py")), "a kernel raised it"
        refused += 1
print(used, refused)
"""


@pytest.mark.compiled
@pytest.mark.parametrize("encode", ["none", "table"])
@pytest.mark.parametrize("nets", ["alone", "together"])
@pytest.mark.parametrize("checked", ["0", pytest.param("1", marks=pytest.mark.heavy)])
def test_mutated_files_lead_no_kernel_out_of_bounds(checked, encode, nets, tmp_path):
    """Models and checkpoints whose checksums are right, in a process of its own."""
    args = "5", "150", str(tmp_path), encode, nets
    said = python(FILES, *args, NUMBA_BOUNDSCHECK=checked).stdout
    used, refused = map(int, said.split())
    assert used > 5 and refused > 50
