"""Optuna's studies, which hold the trials of a sweep: how they are opened, and what they know."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..diagnostics import reason
from ..files import alive
from ..training.record import differences

NEEDS = "fastnet.sweep needs Optuna: pip install 'fastnet-sgd[sweep]'"
TASK, RESULT, PROCESS = "fastnet", "result", "process"  # attributes of a study, and of its trials
PATIENCE = 20  # seconds in which a database must answer
GRACE = 10  # seconds, after which a lock on a journal is one that a killed process has left
UNNAMED = 60  # seconds, in which a trial tells which process has begun it


def optuna_() -> Any:
    """Return Optuna, which says nothing by itself.

    Raises
    ------
    ImportError
        It is missing; the error names the extra.
    """
    try:
        import optuna
    except ImportError:
        raise ImportError(NEEDS) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def opened(storage: Any, name: str, direction: str, task: dict[str, Any]) -> Any:
    """Return the study of this name, which is made if it is not there.

    Parameters
    ----------
    storage : str, path or None
        Where it is: see `fastnet.sweep`.
    name : str
        The name of the study.
    direction : str
        "maximize" or "minimize".
    task : dict
        What the study must be of; it is kept in a new one.

    Raises
    ------
    OSError
        The storage does not answer.
    ValueError
        It is none, or the study is of another task.
    """
    with telling(storage):
        study = optuna_().create_study(
            storage=_storage(storage), study_name=name, direction=direction, load_if_exists=True
        )
        known = study.user_attrs.get(TASK)
        if known is None:
            if study.get_trials(deepcopy=False) or study.direction.name.lower() != direction:
                raise ValueError(f"study: {name!r} is none of fastnet's, wanted another name")
            study.set_user_attr(TASK, task)
        elif other := differences(known, task):
            raise ValueError(f"study: {name!r} is of another sweep: {'; '.join(other)}")
    return study


def _storage(storage: Any) -> Any:
    """Return Optuna's storage."""
    storages = optuna_().storages
    if storage is None:
        return storages.InMemoryStorage()
    if "://" in str(storage):
        scheme = re.split(r"\W", storage)[0]
        word = "timeout" if scheme == "sqlite" else "connect_timeout"
        known = scheme in ("sqlite", "postgresql", "mysql")
        arguments = {"connect_args": {word: PATIENCE}} if known else {}
        return storages.RDBStorage(storage, engine_kwargs=arguments)
    path = os.fspath(storage)
    lock = storages.journal.JournalFileOpenLock(path, grace_period=GRACE)
    journal = storages.journal.JournalFileBackend(path, lock_obj=lock)
    try:
        with contextlib.ExitStack() as held:
            lock.acquire()
            held.callback(lock.release)
            _mend(path)
        return storages.JournalStorage(journal)
    except (ValueError, LookupError, TypeError, AssertionError):
        raise ValueError(f"storage: {path} is no journal of Optuna") from None


def _mend(path: str) -> None:
    """Cut off the last line of a journal if a power cut has cut it; refuse a file that is none."""
    whole = Path(path).read_bytes()
    if whole and not re.match(rb'\{[^\n]*"op_code"[^\n]*\n', whole):
        raise ValueError
    if not whole.endswith(b"\n"):
        os.truncate(path, whole.rfind(b"\n") + 1)


@contextlib.contextmanager
def telling(storage: Any) -> Iterator[None]:
    """Turn an error of a storage into one line, which names the storage without its password."""
    try:
        yield
    except Exception as error:
        name = re.sub(r"(://[^/@]*:)[^/@]*@", r"\1***@", str(storage))
        of = type(error).__module__.partition(".")[0]
        if of == "sqlalchemy" or type(error).__name__ == "StorageInternalError":
            cause: Any = error.__cause__ or error
            said = reason(getattr(cause, "orig", None) or cause)
            raise OSError(f"storage: {name}: {said}") from error
        if isinstance(error, ImportError) and storage is not None and str(error) != NEEDS:
            raise ImportError(f"storage: {name}: {reason(error)}") from None
        raise


def counts(trial: Any) -> bool:
    """Tell whether a trial is one of those that a sweep wants.

    A trial that failed without a result is one that a killed process has left.
    """
    state = trial.state.name
    return state in ("RUNNING", "COMPLETE", "PRUNED") or (state == "FAIL" and has_result(trial))


def has_result(trial: Any) -> bool:
    """Tell whether a trial has ended by itself."""
    return RESULT in trial.user_attrs


def again(study: Any, trial: Any, names: Any) -> None:
    """Give up a trial that nobody runs any more, and let its settings be tried again."""
    states = optuna_().trial.TrialState
    with contextlib.suppress(RuntimeError, ValueError):  # another process was faster
        study.tell(trial.number, state=states.FAIL)
        if trial.params.keys() == {*names}:
            study.enqueue_trial(trial.params)


def revive(study: Any, names: Any) -> None:
    """Give up the trials that dead processes of this host have left running: see `again`."""
    states = optuna_().trial.TrialState
    for trial in study.get_trials(deepcopy=False, states=(states.RUNNING,)):
        process, began = trial.user_attrs.get(PROCESS), trial.datetime_start
        old = began is not None and time.time() - began.timestamp() > UNNAMED
        if is_dead(process) if process else old:
            again(study, trial, names)


def process() -> str:
    """Return what tells this process from all others: its host, number and beginning."""
    return f"{platform.node()} {os.getpid()} {_beginning(os.getpid())}"


def is_dead(name: str) -> bool:
    """Tell whether a process of this host, as `process` has named it, is gone."""
    host, number, beginning = name.rsplit(" ", 2)
    return host == platform.node() and _beginning(int(number)) != beginning


def _beginning(number: int) -> str:
    """Return when a process began, in the system's words; "gone" if there is none."""
    try:
        state, *rest = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        return "gone" if state in "ZX" else rest[18]
    except OSError:  # it is gone, or this system has no such files
        return "running" if alive(number) else "gone"
