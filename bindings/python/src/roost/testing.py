"""For tests of programs that use Roost: the virtual clock, and order among tasks.

On the virtual clock time stands still while any task can run, and then jumps to the next deadline:
a test that sleeps for a day takes no time, and a program in which nothing can ever happen any more
ends with Deadlock instead of hanging (D4). `roost.run(..., clock="virtual")` runs on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar, overload
from weakref import WeakKeyDictionary

from ._ask import checkpoint
from ._errors import OrderError
from ._kernel import Host, current_host
from ._run import run
from ._sync import Event

__all__ = ["Sequencer", "on_virtual_clock", "wait_all_tasks_blocked"]

P = ParamSpec("P")
T = TypeVar("T")


@overload
def on_virtual_clock(test: Callable[P, Coroutine[Any, Any, T]], /) -> Callable[P, T]: ...


@overload
def on_virtual_clock(
    *, seed: int | None = None
) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], Callable[P, T]]: ...


def on_virtual_clock(
    test: Callable[..., Coroutine[Any, Any, Any]] | None = None, /, *, seed: int | None = None
) -> Callable[..., Any]:
    """Makes an async test function one that any test runner can call, which runs it on the virtual
    clock: `@on_virtual_clock`. With `@on_virtual_clock(seed=3)`, which of the tasks that are ready
    runs first is shuffled, the same way for the same seed (S4)."""

    def decorate(body: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        @wraps(body)
        def call(*args: Any, **named: Any) -> Any:
            main = wraps(body)(partial(body, *args, **named))
            return run(main, clock="virtual", seed=seed)

        return call

    return decorate if test is None else decorate(test)


async def wait_all_tasks_blocked() -> None:
    """Waits until every other task of the run waits for something that no other is about to bring:
    until nothing more happens by itself. On the virtual clock no time passes meanwhile. A task that
    waits for a thread, a descriptor or a signal counts as blocked."""
    host = current_host()
    _watching[host] = _watching.get(host, 0) + 1
    try:
        quiet = 0
        while quiet < QUIET:
            await checkpoint()
            # Who watches is told to go on in each turn.
            quiet = quiet + 1 if host.told_count == _watching[host] else 0
    finally:
        _watching[host] -= 1


_watching: WeakKeyDictionary[Host, int] = WeakKeyDictionary()  # how many wait for all to be blocked

# So many turns in which nothing is told: more than the engine ever has to do between two things
# that it tells, as when a task ends, and then a group and what is around it.
QUIET = 10


class Sequencer:
    """Has blocks in several tasks run in a given order, from position 0 on:

        sequence = Sequencer()

        async def one():
            async with sequence(1): ...     # runs second

        async def other():
            async with sequence(0): ...     # runs first

    A block begins when that of the position before has ended, however it did. Each position is for
    one block, OrderError for a second. Where one that has to wait is cancelled, what comes after
    it could never begin: those blocks raise OrderError.
    """

    __slots__ = ("_begin", "_entered", "_is_broken")

    def __init__(self) -> None:
        self._begin: defaultdict[int, Event] = defaultdict(Event)
        self._entered: set[int] = set()
        self._is_broken = False

    @asynccontextmanager
    async def __call__(self, position: int) -> AsyncIterator[None]:
        """The block of a position, from 0 on."""
        if position < 0 or position in self._entered:
            raise OrderError(f"position {position} is taken, or below 0; use each once, from 0 on")
        self._entered.add(position)
        if position > 0:
            begin = self._begin[position]
            try:
                if not self._is_broken:
                    await begin.wait()
            except BaseException:
                self._break()
                raise
            if self._is_broken:
                raise OrderError(f"position {position} cannot come: one before it was cancelled")
        try:
            yield
        finally:
            self._begin[position + 1].set()

    def _break(self) -> None:
        self._is_broken = True
        for begin in self._begin.values():
            begin.set()
