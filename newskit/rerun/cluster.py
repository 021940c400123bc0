"""A Dask cluster: one that somebody runs, or one of this machine's own processes for as long as it is needed."""

from __future__ import annotations

import contextlib
import gc
import logging
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from newskit.tagging.encoder import MissingExtraError
from newskit.tagging.threads import cores
from newskit.version import __version__

if TYPE_CHECKING:
    from distributed import Client

SCHEDULER = "NEWSKIT_SCHEDULER"
"""The environment variable with the address of the scheduler that notebooks send their articles to."""

_MEMORY = {"MALLOC_ARENA_MAX": 1, "MALLOC_MMAP_THRESHOLD_": 1 << 25, "MALLOC_TRIM_THRESHOLD_": 1 << 28}
"""What Dask's workers find in their environment, so that glibc keeps the memory of one step for the next; else each array
is asked from the system anew, and reading takes half as long again.
"""

_WAIT = 15  # seconds for a scheduler to answer, and for a first worker


@cache
def connect(address: str) -> Client:
    """A client of the scheduler at an address, one per process.

    Raises
    ------
    ConnectionError
        If nobody answers, no worker is there, or one of them has no newskit or another version.
    """
    distributed, client, said = _distributed(), None, ""
    try:
        client = distributed.Client(address, timeout=_WAIT, set_as_default=False)
    except (OSError, ValueError) as error:
        said = str(error)
    if client is None:
        gc.collect()  # a client that is half made is given up here; later it could be while another starts, and both would wait
        raise ConnectionError(f"No Dask scheduler answers at {address!r} ({said}). Start one with: dask scheduler")
    try:
        client.wait_for_workers(1, timeout=_WAIT)
    except TimeoutError as error:
        client.close()
        raise ConnectionError(f"The scheduler at {address!r} has no worker. Start some with: dask worker {address}") from error
    for worker, found in client.run(_version, on_error="return").items():
        if found != __version__:
            client.close()
            has = f"newskit {found}" if isinstance(found, str) else f"no newskit ({found})"
            raise ConnectionError(f"The worker {worker} has {has}, and this is newskit {__version__}. Install the same there.")
    return client


def _version() -> str:
    import newskit

    return newskit.__version__


@contextlib.contextmanager
def local_cluster(workers: int | None = None) -> Iterator[str]:
    """A scheduler and workers (left out: one per core) on this machine, which only it can reach; yields the address."""
    distributed = _distributed()
    import dask

    options = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1", "silence_logs": logging.CRITICAL}
    memory = {f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in _MEMORY.items()}
    with dask.config.set(memory), distributed.LocalCluster(n_workers=workers or cores(), **options) as cluster:
        yield str(cluster.scheduler_address)


def _distributed() -> ModuleType:
    try:
        import distributed
    except ImportError as error:
        raise MissingExtraError(
            'A cluster needs Dask, which is not installed here. Install it with:\n\n    python -m pip install "newskit[scale]"\n'
        ) from error
    return distributed
