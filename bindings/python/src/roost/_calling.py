"""The functions that are to be tasks, and their coroutines."""

from __future__ import annotations

from collections.abc import Coroutine
from inspect import CO_ITERABLE_COROUTINE, iscoroutine
from types import CoroutineType, GeneratorType
from typing import Any

from ._convert import callable_name


def coroutine_of(fn: Any, coro: Any) -> Any:
    """What a function has answered, where that is a coroutine; raises where it is not."""
    is_ours = isinstance(coro, GeneratorType) and coro.gi_code.co_flags & CO_ITERABLE_COROUTINE
    if is_ours or isinstance(coro, Coroutine):
        return coro
    raise TypeError(
        f"{callable_name(fn)}() has answered {coro!r:.100}, which is no coroutine; give an "
        "`async def` function"
    )


def check_function(fn: Any) -> None:
    """Raises where it is no function, and says what is wanted."""
    if iscoroutine(fn):
        fn.close()  # nobody can await it now
        raise TypeError(
            f"a function is wanted, and its arguments after it, not the coroutine that it "
            f"answers: start_soon({fn.__qualname__}, ...), or create_task for a coroutine"
        ) from None
    if not callable(fn):
        raise TypeError(f"an `async def` function is wanted, not {fn!r:.100}") from None


def call(fn: Any, args: tuple[Any, ...], options: dict[str, Any] | None = None) -> Any:
    """The coroutine of a function that is to be a task."""
    check_function(fn)
    coro = fn(*args, **options) if options else fn(*args)
    return coro if type(coro) is CoroutineType else coroutine_of(fn, coro)
