"""Real clusters of Dask on this machine, for tests."""

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.helpers import needed


@contextlib.contextmanager
def cluster_of(workers: int) -> Iterator[Any]:
    """A client of workers on this machine. Dask starts another one for each that is killed."""
    dask, distributed = needed("dask"), needed("distributed")
    with contextlib.ExitStack() as stack:
        # by default Dask gives up a worker that needs 15 s to start again
        stack.enter_context(dask.config.set({"distributed.deploy.lost-worker-timeout": "1 h"}))
        cluster = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        )
        stack.callback(closed, cluster)
        yield stack.enter_context(distributed.Client(cluster))


def closed(cluster: Any) -> None:
    with contextlib.suppress(KeyError):  # Dask's own, of the name of a worker that was killed
        cluster.close()
