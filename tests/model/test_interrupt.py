"""Ctrl-C waits where it is asked to, comes then, and finds the usual handler where it was."""

import signal
import threading
from collections.abc import Iterator

import pytest

from fastnet.model import interrupt
from fastnet.model.interrupt import hold_ctrl_c, later_ctrl_c


@pytest.fixture(autouse=True)
def handler_is_left_as_it_was() -> Iterator[None]:
    usual = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is usual


def press() -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("held", [False, True])
def test_it_waits(held):
    done = []

    def work():
        with later_ctrl_c():
            press()
            with later_ctrl_c():
                press()
            done.append("whole")

    with pytest.raises(KeyboardInterrupt):
        if held:
            with hold_ctrl_c():
                work()
                done.append("not reached")
        else:
            work()
    assert done == ["whole"]


def test_within_a_run_it_comes_at_once_where_nothing_waits():
    with pytest.raises(KeyboardInterrupt), hold_ctrl_c():
        press()
    with pytest.raises(KeyboardInterrupt), hold_ctrl_c(), hold_ctrl_c():
        with later_ctrl_c():
            pass
        press()


def test_the_usual_handler_has_it_and_the_run_goes_on():
    came: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        with hold_ctrl_c():
            press()
            with later_ctrl_c():
                press()
                assert len(came) == 1
            assert len(came) == 2
            press()
        press()
        assert len(came) == 4
    finally:
        signal.signal(signal.SIGINT, usual)


def test_a_handler_that_is_put_there_meanwhile_stays():
    usual = signal.getsignal(signal.SIGINT)
    came: list[int] = []

    def other(number: int, frame: object) -> None:
        came.append(number)

    with hold_ctrl_c():
        signal.signal(signal.SIGINT, other)
    assert signal.getsignal(signal.SIGINT) is other
    press()
    signal.signal(signal.SIGINT, usual)
    assert came == [signal.SIGINT]
    with pytest.raises(KeyboardInterrupt), later_ctrl_c():
        press()


def test_what_is_ignored_stays_ignored():
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with hold_ctrl_c():
            press()
            with later_ctrl_c():
                press()
    finally:
        signal.signal(signal.SIGINT, usual)


def test_other_threads_leave_it_alone():
    usual, seen = signal.getsignal(signal.SIGINT), []

    def run() -> None:
        with hold_ctrl_c(), later_ctrl_c():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [usual]


def test_what_breaks_the_giving_back_off_lets_the_next_one_come(monkeypatch):
    def broken_off():
        raise KeyboardInterrupt  # of the usual handler, which has just been given its place

    give_back = interrupt._handler.stand_back
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt), later_ctrl_c():
        patch.setattr(interrupt._handler, "stand_back", lambda: (give_back(), broken_off()))
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), later_ctrl_c():
            press()
