"""Optuna's studies, which hold the trials of a sweep: how they are opened, and what they know."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import checks
from ..diagnostics import reason
from ..formats.extras import package
from ..rng import stream
from ..training.record import differences

TASK = "fastnet"  # attribute of a study
RESULT, DIED = "result", "died"  # attributes of trials
PATIENCE = 20  # seconds in which a database must answer
GRACE = 10  # seconds, after which a lock on a journal is one that a killed process has left
# Lines of Optuna. The last may not be whole, after a power cut or on a full disk.
JOURNAL = re.compile(rb'(\{"op_code".*\}\n)*([{\0].*)?')
SQLITE = b"SQLite format 3"
TIMEOUTS = {"sqlite": "timeout", "postgresql": "connect_timeout", "mysql": "connect_timeout"}


def the_optuna() -> Any:
    """Return Optuna, which says nothing by itself.

    Raises
    ------
    ImportError
        It is missing; the error names the extra.
    """
    optuna = package("optuna", "sweep", "fastnet.sweep")
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
    study = the_optuna().create_study(
        storage=_storage(storage), study_name=name, direction=direction, load_if_exists=True
    )
    begun = study.get_trials(deepcopy=False)  # before the task, which stands there before them
    known = study.user_attrs.get(TASK)
    if known is None:
        if begun or study.direction.name.lower() != direction:
            raise ValueError(f"study: {name!r} is none of fastnet's, wanted another name")
        study.set_user_attr(TASK, task)
    refuse_other(study, task)
    return study


def refuse_other(study: Any, task: dict[str, Any]) -> None:
    """Refuse a study of another task. Two processes that begin one at a time may each name theirs.

    Raises
    ------
    ValueError
        The line names what differs.
    """
    if other := differences(study.user_attrs[TASK], task):
        raise ValueError(f"study: {study.study_name!r} is of another sweep: {'; '.join(other)}")


def _storage(storage: Any) -> Any:
    """Return Optuna's storage."""
    storages = the_optuna().storages
    if storage is None:
        return storages.InMemoryStorage()
    if "://" in str(storage):
        word = TIMEOUTS.get(re.split(r"\W", storage)[0])
        arguments = {} if word is None else {"connect_args": {word: PATIENCE}}
        for left in reversed(range(PATIENCE)):
            try:
                return storages.RDBStorage(storage, engine_kwargs=arguments)
            except ImportError as error:  # of the driver of this database
                raise ImportError(f"storage: {_public(storage)}: {reason(error)}") from error
            except Exception as error:  # another process may make its tables right now
                if left == 0 or not re.search("already exists|UNIQUE|duplicate key", str(error)):
                    raise
                time.sleep(1)
    path = Path(checks.path("storage", storage))
    if path.exists() and not JOURNAL.fullmatch(path.read_bytes()):
        hint = f", wanted sqlite:///{path}" if path.read_bytes().startswith(SQLITE) else ""
        raise ValueError(f"storage: {path} is no journal of Optuna{hint}")
    lock = storages.journal.JournalFileOpenLock(os.fspath(path), grace_period=GRACE)
    journal = storages.journal.JournalFileBackend(os.fspath(path), lock_obj=lock)
    lock.acquire()
    try:
        with path.open("rb+") as file:  # Optuna would write on behind a line that was cut
            file.truncate(file.read().rfind(b"\n") + 1)
    finally:
        lock.release()
    return storages.JournalStorage(journal)


@contextlib.contextmanager
def telling(storage: Any) -> Iterator[None]:
    """Turn an error of a storage into one line, which names the storage without its password."""
    try:
        yield
    except Exception as error:
        cause = error.__cause__ or error
        if "sqlalchemy" not in {type(each).__module__.partition(".")[0] for each in (error, cause)}:
            raise
        said = reason(getattr(cause, "orig", None) or cause)
        raise OSError(f"storage: {_public(storage)}: {said}") from error


def _public(storage: Any) -> str:
    """Return the address of a storage without its password."""
    return re.sub(r"(://[^/@]*:)[^/@]*@", r"\1***@", str(storage))


def counts(trial: Any) -> bool:
    """Tell whether a trial is one of those that a sweep wants.

    Those that Optuna calls failed were given up, as their process was killed.
    """
    return trial.state.name in ("RUNNING", "COMPLETE", "PRUNED")


def tell(study: Any, trial: Any, state: str, value: float | None = None) -> Any:
    """Tell Optuna how a trial has ended; return what it knows of it then.

    Raises
    ------
    optuna.exceptions.UpdateFinishedTrialError
        Another process has ended it.
    """
    optuna = the_optuna()
    try:
        return study.tell(trial.number, value, optuna.trial.TrialState[state])
    except ValueError as error:
        raise optuna.exceptions.UpdateFinishedTrialError(reason(error)) from error


def begun(study: Any, attributes: dict[str, Any], params: dict[str, Any]) -> Any:
    """Begin a trial, whose other parameters are drawn later.

    It has its attributes from the beginning, so no kill leaves it without an owner. `study.ask`
    cannot do so, and gives a trial that waits in SQLite to two processes.
    """
    trial = the_optuna().trial
    new = trial.create_trial(
        state=trial.TrialState.RUNNING, user_attrs=attributes,
        system_attrs={"fixed_params": params},
    )  # fmt: skip
    storage, in_study = _inside(study)
    return trial.Trial(study, storage.create_new_trial(in_study, new))


def give_up(study: Any, trial: Any, reason: str = "", died: int = 0) -> None:
    """Give up a trial that nobody runs any more: its settings are tried again.

    Parameters
    ----------
    study, trial
        The study, and a trial of it.
    reason : str
        Why they are not tried again: so the trial has failed.
    died : int
        How many trials were at work in its process when that died; 0 if it did not.
    """
    storage, in_study = _inside(study)
    with contextlib.suppress(RuntimeError, ValueError):  # another process was faster
        number = storage.get_trial_id_from_study_id_trial_number(in_study, trial.number)
        if died:
            storage.set_trial_user_attr(number, DIED, died)
        if reason:
            storage.set_trial_user_attr(number, RESULT, failed(reason))
        tell(study, trial, "PRUNED" if reason else "FAIL")


def failed(reason: str) -> dict[str, Any]:
    """Return the result of a trial of which there is nothing but the reason why it failed."""
    return {"values": [], "seconds": 0.0, "epochs": 0, "reason": reason, "warnings": {}}


def _inside(study: Any) -> tuple[Any, int]:
    """Return the storage of a study, which has no public name, and the study's number there."""
    storage = vars(study)["_storage"]
    return storage, storage.get_study_id_from_name(study.study_name)


def sampler_of(name: str, seed: int, number: int) -> Any:
    """Return the sampler of a trial, which draws the same whatever process asks, and when."""
    samplers, draw = the_optuna().samplers, int(stream(seed, "sweep", number + 1).integers(1 << 32))
    if name == "tpe":
        return samplers.TPESampler(seed=draw, constant_liar=True)
    return samplers.RandomSampler(seed=draw)
