"""Calls of functions that hold their thread, on libuv's pool of threads: `run_sync`.

The pool has UV_THREADPOOL_SIZE threads, 4 where that is not set: an environment variable that libuv
reads when it first needs the pool, and at most 1,024. All that uses libuv's pool shares it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from ._convert import callable_name
from ._errors import Reason, TaskCancelled
from ._group import create_task_group
from ._kernel import Host, current_host
from ._limiters import CapacityLimiter
from ._threads import Call

__all__ = ["current_default_thread_limiter", "run_sync"]

T = TypeVar("T")

_limiters: WeakKeyDictionary[Host, CapacityLimiter] = WeakKeyDictionary()


async def run_sync(
    func: Callable[..., T],
    *args: Any,
    abandon_on_cancel: bool = False,
    limiter: CapacityLimiter | None = None,
) -> T:
    """Calls `func(*args)` on a thread of the pool, in a copy of the context, and waits for it: what
    it returns, or raises what it has raised.

    A task that is cancelled before a thread has begun the function never has it called. Afterwards
    the function is only asked: `roost.from_thread.check_cancelled` raises in it, and what it then
    returns stands; if it lets that exception through it has been cancelled (S6). With
    `abandon_on_cancel` the task goes on at once when it is cancelled, and the function runs on; its
    outcome is given up, and `roost.run` returns only when it has returned (S6a).

    `limiter` bounds how many calls are under way; without one it is the run's own,
    `current_default_thread_limiter`. A call that was abandoned keeps its token until it returns.

    On the virtual clock time stands still while a function is under way (D4).
    """
    if not callable(func):
        raise TypeError(f"run_sync takes a function and its arguments, not {func!r}")
    if limiter is not None and not isinstance(limiter, CapacityLimiter):
        raise TypeError(f"limiter must be a roost.CapacityLimiter or None, not {limiter!r}")
    call = Call(func, args, abandon_on_cancel)
    call.limiter = current_default_thread_limiter() if limiter is None else limiter
    await call.limiter.acquire_on_behalf_of(call)
    try:
        async with create_task_group(name="to_thread") as group:
            call.begin(group, callable_name(func))
    finally:
        call.leave()
    error, call.error = call.error, None
    if error is not None:
        try:
            raise error
        finally:
            del error, call
    if not call.has_returned:
        raise TaskCancelled("the call was cancelled, and its caller was not", reason=Reason())
    value: T = call.value
    return value


def current_default_thread_limiter() -> CapacityLimiter:
    """The limiter of the calls of this run that are given no other. It begins with as many tokens
    as the pool has threads; `total_tokens` can be changed, but more than there are threads wait for
    one just so."""
    host = current_host()
    if host not in _limiters:
        _limiters[host] = CapacityLimiter(pool_size(os.environ.get("UV_THREADPOOL_SIZE")))
    return _limiters[host]


def pool_size(said: str | None) -> int:
    """The number of threads that libuv makes of UV_THREADPOOL_SIZE."""
    if said is None:
        return 4
    try:
        return min(max(int(said), 1), 1024)
    except ValueError:
        return 1
