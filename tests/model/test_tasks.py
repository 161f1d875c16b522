"""The tables of a pass: what is written there, and what is refused: the kernels do not look."""

import gc
import weakref

import numpy as np
import pytest

from fastnet.kernels.codes import ARRAYS, OF_PASS, TASK
from fastnet.model.tasks import Tasks, address
from fastnet.model.workspace import no_decay
from tests.kernels.helpers import run
from tests.kernels.test_epoch import make, some

REAL = np.dtype(np.float32)


def places(tasks: Tasks, name: str) -> list[tuple[int, int]]:
    """The address and the length of an array in each table."""
    return [tuple(map(int, table[name])) for table in tasks.tables]  # type: ignore[misc]


def test_an_address_is_that_of_the_first_element() -> None:
    array = np.zeros(9)
    locked = array[3:]
    locked.flags.writeable = False
    for one in (array, array[2:], locked):
        assert address(one) == one.ctypes.data


def test_all_members_have_what_is_set_and_one_what_it_is_given() -> None:
    tasks, order, own = Tasks(3, REAL), np.arange(5), np.zeros(7, REAL)
    tasks.set(order=order, loss=2)
    tasks.give(1, own=own)
    assert places(tasks, "order") == [(order.ctypes.data, 5)] * 3
    assert places(tasks, "own") == [(0, 0), (own.ctypes.data, 7), (0, 0)]
    tables = tasks.tables
    assert tables["loss"].tolist() == [2] * 3
    assert np.diff(tasks.addresses).tolist() == [TASK.itemsize] * 2
    tasks.set(order=order[1:])
    assert places(tasks, "order") == [(order.ctypes.data + 8, 4)] * 3


def arrays_of_a_pass(**given: np.ndarray) -> list[np.ndarray]:
    """The arrays of a pass: empty ones, but for those given."""
    return [given.get(name, np.zeros(0, of or REAL)) for name, of in OF_PASS.items()]


def test_a_pass_sets_its_arrays_and_numbers_for_all_members() -> None:
    tasks, own = Tasks(2, REAL), np.zeros(7, REAL)
    tasks.give(1, own=own)
    arrays = arrays_of_a_pass(order=np.arange(5), decay=np.ones(2), params=np.ones(3, REAL))
    for stored, loss, cost in ((2, 1, 1.5), (0, 2, -3.0)):
        tasks.begin(arrays, stored, loss, cost)
        for name, array in zip(OF_PASS, arrays, strict=True):
            n = len(array)
            assert places(tasks, name) == [(array.ctypes.data if n else 0, n)] * 2
        for table in tasks.tables:
            assert [table[name] for name in ("stored", "loss", "cost")] == [stored, loss, cost]
        assert places(tasks, "own") == [(0, 0), (own.ctypes.data, 7)]
        arrays[6] = arrays[6][2:]


def test_an_array_at_the_place_of_one_that_is_gone_is_another() -> None:
    tasks = Tasks(1, REAL)
    for n in range(1, 50):
        order = np.arange(n)
        tasks.begin(arrays_of_a_pass(order=order), 0, 0, 0.0)
        assert places(tasks, "order") == [(order.ctypes.data, n)]
        del order


def test_a_pass_that_is_refused_leaves_no_false_place() -> None:
    tasks, order = Tasks(1, REAL), np.arange(5)
    tasks.begin(arrays_of_a_pass(order=order), 0, 0, 0.0)
    with pytest.raises(TypeError, match=r"^order: dtype"):
        tasks.begin(arrays_of_a_pass(order=np.arange(3, dtype=np.int32)), 0, 0, 0.0)
    tasks.begin(arrays_of_a_pass(order=order), 0, 0, 0.0)
    assert places(tasks, "order") == [(order.ctypes.data, 5)]


def test_a_table_keeps_no_data_alive() -> None:
    net = make((30, 4, 5))
    images, labels = some(net, 3)
    run(net, images, labels)
    gone = weakref.ref(images)
    del images
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_other_dtypes_or_with_gaps_are_refused(name: str) -> None:
    dtype = np.dtype(ARRAYS[name] or REAL)
    tasks, array = Tasks(2, REAL), np.zeros(8, dtype)
    tasks.set(**{name: array})
    for other in (array[::2], np.zeros(8, np.int16)):
        with pytest.raises(TypeError, match=f"^{name}: .*, wanted"):
            tasks.set(**{name: other})
        with pytest.raises(TypeError, match=f"^{name}: "):
            tasks.give(1, **{name: other})
    assert places(tasks, name) == [(array.ctypes.data, 8)] * 2


def test_a_pass_is_refused_whose_arrays_do_not_fit() -> None:
    net = make((30, 4, 5))
    images, labels = some(net, 3)
    before = net.parameters.copy()
    for order, decay in ((np.arange(3, dtype=np.int32), None), (None, no_decay().astype("f4"))):
        with pytest.raises(TypeError, match=r"dtype .*, wanted"):
            run(net, images, labels, order=order, decay=decay)
    assert (net.parameters.vector == before).all()
