"""`--scheduler`: the workers of a Dask cluster."""

import contextlib
from collections.abc import Iterator
from typing import Any

from .errors import said

SECONDS = 10  # in which a scheduler must answer


@contextlib.contextmanager
def workers_at(address: str | None) -> Iterator[Any]:
    """Yield a client of the Dask scheduler at an address, or None without one."""
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise ImportError("--scheduler needs Dask: pip install 'fastnet-sgd[dask]'") from None
    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)
    except Exception as error:
        wanted = "wanted that of a Dask scheduler, such as tcp://host:8786"
        raise OSError(f"--scheduler: {address}: {said(error)}, {wanted}") from None
    with client:
        yield client
