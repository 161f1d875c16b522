"""The entries: one for each form and dtype, compiled when it is first needed."""

import numpy as np
import pytest

from fastnet.kernels.codes import (
    BLOCKS,
    COLUMN,
    LAYER,
    MANY,
    MEMBER,
    NARROW,
    PLACE,
    ROW,
    SINGLY,
    STRIP,
    TASK,
    TWO_GROUPS,
)
from fastnet.kernels.entries import FORMS, entry_of
from tests.kernels.helpers import output, python, run
from tests.kernels.test_epoch import make, some


def test_every_method_has_a_form() -> None:
    assert sorted(FORMS) == [SINGLY, BLOCKS, NARROW, TWO_GROUPS, MANY]
    assert len({entry_of(form, np.dtype("f4")) for form in FORMS.values()}) == len(FORMS)


@pytest.mark.parametrize("record", [TASK, LAYER, STRIP, MEMBER, PLACE, COLUMN, ROW])
def test_a_field_hides_behind_no_attribute(record: np.dtype) -> None:
    """Without the JIT a kernel reads it as an attribute of np.record, which has others."""
    assert not {name for name in record.names or () if hasattr(np.record, name)}


def test_a_label_and_a_rate_go_to_the_first_sample() -> None:
    nets = [make((30, 4, 5)) for _ in range(2)]
    images, labels = some(nets[0], 1)
    run(nets[0], images, labels, rates=0.25)
    nets[1].classes = range(5)
    single = nets[1].passes.single()
    single.learn(images[0], int(labels[0]), 0.25)
    assert nets[0].digest() == nets[1].digest()


ROWS_ONLY = """
import numpy as np
from fastnet.kernels.blocks import end_block, project
from fastnet.kernels.entries import ENTRIES
from fastnet.model.network import Network

Network.initialise((3, 2), ["sigmoid"]).learn_one(np.ones(3), [0, 1])
entries = [entry.__name__ for entry in ENTRIES if entry.signatures]
print(len(project.signatures), len(end_block.signatures), entries)
"""


@pytest.mark.compiled
@pytest.mark.heavy
def test_blocks_are_compiled_only_for_nets_that_learn_by_them(tmp_path) -> None:
    quick = {"NUMBA_OPT": "0", "NUMBA_BOUNDSCHECK": "0", "NUMBA_CACHE_DIR": str(tmp_path)}
    assert output(python("-c", ROWS_ONLY, **quick))[0].split() == ["0", "0", "['narrow_float32']"]
