"""`--scheduler`: the workers of a Dask cluster."""

import asyncio
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
        asyncio.run(reach(address))  # a client that has reached none would not end for 20 s
        client = Client(address, timeout=SECONDS, set_as_default=False)
    except Exception as error:
        wanted = "wanted that of a Dask scheduler, such as tcp://host:8786"
        raise OSError(f"--scheduler: {address}: {said(error)}, {wanted}") from None
    with client:
        yield client


async def reach(address: str) -> None:
    """Raise an error if no Dask scheduler answers in time."""
    from distributed import Security
    from distributed.comm import connect

    options = Security().get_connection_args("client")
    comm = await asyncio.wait_for(connect(address, timeout=SECONDS, **options), SECONDS + 1)
    await comm.close()
