"""How many threads numpy's linear algebra uses."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Linear algebra on one thread inside a `with`: where products are small, more threads only wait for each other."""
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller() -> Any:
    """What sets the threads; it looks for the libraries once."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
