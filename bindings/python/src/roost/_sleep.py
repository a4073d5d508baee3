"""Sleeping, and the clock. Times are seconds; absolute ones are those of `current_time()`."""

from __future__ import annotations

import types
from collections.abc import Generator
from math import inf
from typing import Any

from ._abi import constants as c
from ._abi.library import lib
from ._ask import ASK, Told, ask
from ._ask import checkpoint as checkpoint
from ._convert import nanoseconds
from ._errors import exception_of
from ._kernel import current_host
from ._scope import CancelScope

_SLEEP = c.ROOST_ASK_SLEEP
_FOREVER = (ASK, _SLEEP, 0, c.ROOST_FOREVER)


def current_time() -> float:
    """The time of the run's clock: time.monotonic()'s, or the virtual clock's (D4)."""
    return current_host().now() / 1e9


async def sleep(delay: float) -> None:
    """Sleeps for so long. A time of 0 or less lets the others run, and is a checkpoint (S1a)."""
    if delay > 0:
        if delay == inf:
            await ask(_SLEEP, 0, c.ROOST_FOREVER)
        else:
            await ask(_SLEEP, 0, current_host().now() + nanoseconds(delay))
    elif delay != delay:
        raise ValueError("a time is a number of seconds, not NaN")
    else:
        await checkpoint()


async def sleep_until(deadline: float) -> None:
    """Sleeps until a time, math.inf for ever; one that has passed is a checkpoint."""
    await ask(_SLEEP, 0, nanoseconds(deadline))


async def sleep_forever() -> None:
    """Sleeps until it is cancelled."""
    await _forever()


@types.coroutine
def _forever() -> Generator[Any, Any, None]:
    """`ask` without arguments, as many tasks sleep so, and each argument is kept as long."""
    try:
        yield _FOREVER
    except Told as told:
        code = told.code
    raise exception_of(code)


async def checkpoint_if_cancelled() -> None:
    """Raises Cancelled where the task is cancelled; lets no others run otherwise."""
    host = current_host()
    task = host.current
    if task is not None:
        node = task._block.id if task._block is not None else task.id
        host.flush()
        if lib.roost_cancelled(node) == 1:
            await checkpoint()


async def cancel_shielded_checkpoint() -> None:
    """Lets the others run, also where the task is cancelled."""
    with CancelScope(shield=True):
        await checkpoint()
