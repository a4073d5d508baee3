"""What a function that `roost.to_thread.run_sync` has called on another thread can do there: have
something run on the thread of its run, and ask whether it was cancelled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from ._abi.library import lib
from ._errors import Cancelled, OrderError
from ._kernel import current_host
from ._threads import Call, Group, Token, have_served, here

__all__ = ["Token", "check_cancelled", "current_token", "run", "run_sync"]

T = TypeVar("T")


def run(func: Callable[..., Awaitable[T]], *args: Any, token: Token | None = None) -> T:
    """Has `await func(*args)` run as a task of the run, and waits for it: what it returns, or
    raises what it has raised. The task is the caller's of `run_sync`, with whom it is cancelled.

    With `token`, any thread may call it: it is a task of the run that `current_token` was called
    in, and is cancelled when that ends.

    OrderError: this is no thread of `run_sync` and no token is given; or a thread of a run; or
    the run has ended.

    On the virtual clock time stands still while a function of `run_sync` is under way: it must not
    wait so for a time to come (D4).
    """
    if token is not None:
        host = token._host
        answer: T = have_served(host, lambda: host.root, func, args)
    else:
        call = _call("run")
        answer = have_served(call.host, lambda: _group(call), func, args)
    return answer


def run_sync(func: Callable[..., T], *args: Any, token: Token | None = None) -> T:
    """Has `func(*args)` called on the thread of the run, by a task, and waits for it. Else as
    `run`; it is called also where the caller of `run_sync` was cancelled."""

    async def call() -> T:
        return func(*args)

    return run(call, token=token)


def check_cancelled() -> None:
    """Raises Cancelled where the call of this thread was cancelled: let it through (S6). The caller
    learns the reason, this thread does not. Cheap enough for an inner loop.

    OrderError: this is no thread of `run_sync`.
    """
    if lib.roost_cancelled(_call("check_cancelled").task) == 1:
        raise Cancelled


def current_token() -> Token:
    """Names the run of this thread, for threads that were not made by it."""
    return Token(current_host())


def _call(name: str) -> Call:
    """The call that this thread works for."""
    if here.call is None:
        raise OrderError(
            f"from_thread.{name} was called in a thread that roost.to_thread.run_sync has not "
            "given the function to; pass token=..., what roost.from_thread.current_token() was in "
            "the run, or call it in a function that to_thread.run_sync calls"
        )
    return here.call


def _group(call: Call) -> Group:
    """Where the tasks of a call go. Only one that was abandoned may be without its group."""
    if call.abandon and lib.roost_cancelled(call.group.id) != 0:
        raise Cancelled
    return call.group
