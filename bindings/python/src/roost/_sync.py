"""What tasks wait for to go on together or one at a time: Event, Lock, Condition.

Who waits is served in the order of coming. A wait that was cancelled before it got what it waits
for takes nothing: that goes to the next. One that got it first keeps it, and the next wait is
cancelled (C4). All may be made anywhere, also outside of a run; they are used in one run at a time,
on its thread.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from ._abi.constants import (
    ROOST_ASK_CONDITION,
    ROOST_ASK_EVENT,
    ROOST_ASK_LOCK,
    ROOST_EAGAIN,
)
from ._abi.library import lib
from ._ask import ask
from ._cleanup import Cleanup
from ._errors import OrderError, OwnerEnded, WouldBlock, check
from ._kernel import Host, current_host, running_task
from ._primitive import Primitive, opened
from ._sleep import checkpoint_if_cancelled
from ._statistics import ConditionStatistics, EventStatistics, LockStatistics
from ._task import TaskHandle

T = TypeVar("T")


class Event(Primitive):
    """Something that has not happened yet, and then has, for ever."""

    __slots__ = ("_is_set",)

    def __init__(self) -> None:
        super().__init__()
        self._is_set = False

    def _open(self, host: Host) -> int:
        event = opened(lib.roost_event_open, host.runtime)
        if self._is_set:
            check(lib.roost_event_set(event))
        return event

    def set(self) -> None:
        """It has happened: all who wait go on. Later calls do nothing. From another thread, call
        it by `roost.from_thread.run_sync`."""
        if not self._is_set:
            if self._used():
                check(lib.roost_event_set(self._id))
            self._is_set = True

    def is_set(self) -> bool:
        """Whether it has happened. Any thread."""
        return self._is_set

    async def wait(self) -> None:
        """Waits until it has happened; a checkpoint where it has."""
        await ask(ROOST_ASK_EVENT, self._in(current_host()))

    def statistics(self) -> EventStatistics:
        """How many wait."""
        return EventStatistics(self._usage().waiting)


class Lock(Primitive):
    """Owned by one task at a time.

    With `fast_acquire`, a lock that is free is taken without letting the others run first.

    A task that ends without having released it breaks it: whoever waits for it, or comes later,
    gets OwnerEnded, and another lock has to be made (S3b).
    """

    __slots__ = ("_fast", "_owner", "_tasks")

    def __init__(self, *, fast_acquire: bool = False) -> None:
        super().__init__()
        self._fast = fast_acquire
        self._owner: TaskHandle[Any] | None = None  # that has gone on since it was given the lock
        self._tasks: dict[int, TaskHandle[Any]] = {}  # those that own it or wait, by their handles

    def _open(self, host: Host) -> int:
        self._owner = None
        self._tasks.clear()
        return opened(lib.roost_lock_open, host.runtime)

    async def acquire(self) -> None:
        """Waits until the lock is this task's, from whatever scope of it.

        OrderError: the task owns it already. OwnerEnded: its last owner has not released it.
        """
        task, lock = running_task(), self._in(current_host())
        self._refuse(task)
        if self._fast:
            await checkpoint_if_cancelled()
            if self._take(task):
                return
        self._tasks[task.id] = task
        try:
            await ask(ROOST_ASK_LOCK, lock)
        except BaseException:
            self._tasks.pop(task.id, None)
            del task  # which would have what is raised here, if it fails by that
            raise
        self._owner = task

    def acquire_nowait(self) -> None:
        """Takes the lock if it is free, whether the task is cancelled or not.

        WouldBlock: another task owns it. OrderError: this task owns it already. OwnerEnded: its
        last owner has not released it.
        """
        task = running_task()
        self._in(current_host())
        self._refuse(task)
        if not self._take(task):
            raise WouldBlock("the lock is owned by another task; wait for it with acquire")

    def _refuse(self, task: TaskHandle[Any]) -> None:
        if self._owner is task:
            raise OrderError("this task owns the lock already; release it first")

    def _take(self, task: TaskHandle[Any]) -> bool:
        rc = lib.roost_lock_try_acquire(self._now(), task.id)
        if rc == ROOST_EAGAIN:
            return False
        check(rc)
        self._owner = self._tasks[task.id] = task
        return True

    def release(self) -> None:
        """Gives the lock to the first who waits. A cleanup may do so for the task that owns it, as
        in `roost.defer(lock.release)`. OrderError: this task does not own it."""
        task = running_task()
        if isinstance(task, Cleanup) and self._owner is not None:
            task = self._owner
        self._expect(task)
        check(lib.roost_lock_release(self._now(), task.id))
        self._owner = None
        del self._tasks[task.id]

    def _expect(self, task: TaskHandle[Any]) -> None:
        if self._owner is not task:
            raise OrderError("this task does not own the lock; acquire it first")

    def locked(self) -> bool:
        """Whether a task owns it."""
        return self._usage().owner != 0

    def statistics(self) -> LockStatistics:
        """Who owns it, and how many wait to."""
        usage = self._usage()
        owner = self._tasks.get(usage.owner)
        return LockStatistics(usage.owner != 0, owner, usage.waiting)

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if isinstance(exc_val, OwnerEnded) and self._owner is not running_task():
            return  # a wait at its condition came back without it
        self.release()


class Condition:
    """A place to wait for a change of what a lock protects: `async with condition:` owns the lock.

    Without `lock` it has one of its own. Several conditions may share one.
    """

    __slots__ = ("__weakref__", "_lock", "_place")

    def __init__(self, lock: Lock | None = None) -> None:
        if lock is not None and not isinstance(lock, Lock):
            raise TypeError(f"lock must be a roost.Lock or None, not {lock!r}")
        self._lock = lock or Lock()
        self._place = _Place(self._lock)

    async def acquire(self) -> None:
        """Waits until its lock is this task's."""
        await self._lock.acquire()

    def acquire_nowait(self) -> None:
        """Takes its lock if that is free; else WouldBlock."""
        self._lock.acquire_nowait()

    def release(self) -> None:
        """Releases its lock."""
        self._lock.release()

    def locked(self) -> bool:
        """Whether a task owns its lock."""
        return self._lock.locked()

    def notify(self, n: int = 1) -> None:
        """Has the first `n` who wait go on, each when it is its turn to own the lock.

        OrderError: this task does not own the lock.
        """
        if n < 0:
            raise ValueError("n must be >= 0; it is how many shall go on")
        self._lock._expect(running_task())
        check(lib.roost_condition_notify(self._place._now(), n))

    def notify_all(self) -> None:
        """Has all go on who wait. OrderError: this task does not own the lock."""
        self.notify(2**64 - 1)

    async def wait(self) -> None:
        """Releases the lock, waits to be notified, and waits for the lock again, which no
        cancellation cuts short: however it ends, the task owns the lock then (S3b). Only
        OwnerEnded comes without it: another owner has ended meanwhile.

        OrderError: this task does not own the lock.
        """
        task, lock = running_task(), self._lock
        lock._expect(task)
        place = self._place._in(current_host())
        lock._owner = None
        try:
            await ask(ROOST_ASK_CONDITION, place)
        except OwnerEnded:
            lock._tasks.pop(task.id, None)
            del task
            raise
        except BaseException:
            lock._owner = task
            del task  # as in acquire
            raise
        lock._owner = task

    async def wait_for(self, predicate: Callable[[], T]) -> T:
        """Waits until the predicate answers something true: that. It is asked with the lock owned,
        at once and whenever this task was notified."""
        while not (result := predicate()):
            await self.wait()
        return result

    def statistics(self) -> ConditionStatistics:
        """How many wait to be notified, and for the lock."""
        return ConditionStatistics(self._place._usage().waiting, self._lock.statistics())

    async def __aenter__(self) -> None:
        await self._lock.__aenter__()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self._lock.__aexit__(exc_type, exc_val, exc_tb)


class _Place(Primitive):
    """The engine's condition, of the engine's lock."""

    __slots__ = ("_lock",)

    def __init__(self, lock: Lock) -> None:
        super().__init__()
        self._lock = lock

    def _open(self, host: Host) -> int:
        return opened(lib.roost_condition_open, self._lock._in(host))
