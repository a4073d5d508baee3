"""What lets so many go on at a time: Semaphore, and CapacityLimiter, which knows who they are.

As of a Lock: first come, first served, and a wait that was cancelled first takes nothing (C4).
"""

from __future__ import annotations

import math
from types import TracebackType

from ._abi.constants import ROOST_ASK_PERMIT, ROOST_EAGAIN, ROOST_EORDER
from ._abi.library import lib
from ._ask import ask
from ._errors import OrderError, WouldBlock, check
from ._kernel import Host, current_host, running_task
from ._primitive import Primitive, opened
from ._sleep import checkpoint_if_cancelled
from ._statistics import CapacityLimiterStatistics, SemaphoreStatistics

NO_BOUND = 2**64 - 1  # of permits, and of the room of a channel


class Semaphore(Primitive):
    """A number that is never below 0: who would take it there waits until somebody adds to it.

    `initial_value` is what it begins with, in each run. With `max_value` it cannot be added to
    beyond that. With `fast_acquire`, one that is above 0 is taken from without letting the others
    run first. Anybody may release it, whoever has acquired it.
    """

    __slots__ = ("_fast", "_initial", "_max", "_permits")

    def __init__(
        self, initial_value: int, *, max_value: int | None = None, fast_acquire: bool = False
    ) -> None:
        super().__init__()
        if not isinstance(initial_value, int):
            raise TypeError(f"initial_value must be an int, not {initial_value!r}")
        if initial_value < 0:
            raise ValueError("initial_value must be >= 0")
        if initial_value > NO_BOUND:
            raise ValueError("initial_value must be < 2**64")
        if max_value is not None:
            if not isinstance(max_value, int):
                raise TypeError(f"max_value must be an int or None, not {max_value!r}")
            if max_value < initial_value:
                raise ValueError("max_value must be >= initial_value")
        self._initial = initial_value
        self._max = max_value
        self._fast = fast_acquire
        self._permits = initial_value

    def _open(self, host: Host) -> int:
        self._permits = self._initial
        return opened(lib.roost_limiter_open, host.runtime, self._initial)

    async def acquire(self) -> None:
        """Takes one, and waits as long as there is none."""
        semaphore = self._in(current_host())
        if self._fast:
            await checkpoint_if_cancelled()
            if self._take():
                return
        await ask(ROOST_ASK_PERMIT, semaphore)

    def acquire_nowait(self) -> None:
        """Takes one, whether the task is cancelled or not. WouldBlock: there is none."""
        if not self._take():
            raise WouldBlock("the semaphore is at 0; wait for it with acquire")

    def _take(self) -> bool:
        rc = lib.roost_limiter_try_acquire(self._now())
        if rc != ROOST_EAGAIN:
            check(rc)
        return rc != ROOST_EAGAIN

    def release(self) -> None:
        """Adds one, which the first who waits takes. ValueError: it is at max_value."""
        semaphore = self._now()
        if self._max is not None and self.value == self._max:
            raise ValueError("the semaphore is at its max_value; release only what was acquired")
        rc = lib.roost_limiter_release(semaphore)
        if rc == ROOST_EORDER:  # all its permits are there: this is one more
            self._permits += 1
            rc = lib.roost_limiter_resize(semaphore, self._permits)
        check(rc)

    @property
    def value(self) -> int:
        """How many can be taken without waiting."""
        if not self._used():
            return self._initial
        usage = self._usage()
        return usage.capacity - usage.count

    @property
    def max_value(self) -> int | None:
        """What it cannot be added to beyond."""
        return self._max

    def statistics(self) -> SemaphoreStatistics:
        """How many wait."""
        return SemaphoreStatistics(self._usage().waiting)

    async def __aenter__(self) -> Semaphore:
        await self.acquire()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.release()


class CapacityLimiter(Primitive):
    """Lends tokens, so that at most `total_tokens` borrowers go on at a time. A borrower is the
    task that acquires, or any hashable object on whose behalf that is done; each has at most one
    token.
    """

    __slots__ = ("_asking", "_borrowers", "_total")

    def __init__(self, total_tokens: float) -> None:
        super().__init__()
        self._borrowers: dict[object, None] = {}
        self._asking: set[object] = set()
        self.total_tokens = total_tokens

    def _open(self, host: Host) -> int:
        self._borrowers.clear()
        self._asking.clear()
        return opened(lib.roost_limiter_open, host.runtime, _permits(self._total))

    @property
    def total_tokens(self) -> float:
        """How many tokens there are; math.inf for no bound. More of them go at once to those who
        wait; where there are fewer than are borrowed nobody loses one, and none is lent until
        enough came back."""
        return self._total

    @total_tokens.setter
    def total_tokens(self, value: float) -> None:
        if not isinstance(value, int) and value != math.inf:
            raise TypeError(f"total_tokens must be an int or math.inf, not {value!r}")
        if value < 0:
            raise ValueError("total_tokens must be >= 0")
        if self._used():
            check(lib.roost_limiter_resize(self._id, _permits(value)))
        self._total = value

    @property
    def borrowed_tokens(self) -> int:
        """How many tokens are borrowed."""
        return self._usage().count

    @property
    def available_tokens(self) -> float:
        """How many can be borrowed without waiting; below 0 where more are borrowed than there
        are."""
        return self._total - self.borrowed_tokens

    def acquire_nowait(self) -> None:
        """Borrows a token for this task, as acquire_on_behalf_of_nowait."""
        self.acquire_on_behalf_of_nowait(running_task())

    def acquire_on_behalf_of_nowait(self, borrower: object) -> None:
        """Borrows a token for a borrower, whether this task is cancelled or not.

        WouldBlock: none is left. OrderError: the borrower has one.
        """
        limiter = self._now()
        self._refuse(borrower)
        rc = lib.roost_limiter_try_acquire(limiter)
        if rc == ROOST_EAGAIN:
            raise WouldBlock("no token is left; wait for one with acquire")
        check(rc)
        self._borrowers[borrower] = None

    async def acquire(self) -> None:
        """Borrows a token for this task, as acquire_on_behalf_of."""
        await self.acquire_on_behalf_of(running_task())

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        """Borrows a token for a borrower, and waits as long as none is left.

        OrderError: the borrower has one, or waits for one.
        """
        limiter = self._in(current_host())
        self._refuse(borrower)
        self._asking.add(borrower)
        try:
            await ask(ROOST_ASK_PERMIT, limiter)
        except BaseException:
            self._asking.discard(borrower)
            del borrower  # a task would have what is raised here, if it fails by that
            raise
        self._asking.discard(borrower)
        self._borrowers[borrower] = None

    def _refuse(self, borrower: object) -> None:
        if borrower in self._borrowers or borrower in self._asking:
            raise OrderError(
                f"{borrower!r} has a token of this limiter, or waits for one; release it first, or "
                "acquire on behalf of another object"
            )

    def release(self) -> None:
        """Gives this task's token back, as release_on_behalf_of."""
        self.release_on_behalf_of(running_task())

    def release_on_behalf_of(self, borrower: object) -> None:
        """Gives a borrower's token back, to the first who waits. OrderError: it has none."""
        limiter = self._now()
        if borrower not in self._borrowers:
            raise OrderError(f"{borrower!r} has no token of this limiter; acquire one first")
        check(lib.roost_limiter_release(limiter))
        del self._borrowers[borrower]

    def statistics(self) -> CapacityLimiterStatistics:
        """How many tokens are borrowed and by whom, and how many wait for one. A borrower is named
        from when it has gone on with its token."""
        usage = self._usage()
        borrowers = tuple(self._borrowers) if self._used() else ()
        return CapacityLimiterStatistics(usage.count, self._total, borrowers, usage.waiting)

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.release()


def _permits(tokens: float) -> int:
    return NO_BOUND if tokens == math.inf else min(int(tokens), NO_BOUND)
