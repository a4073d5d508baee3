"""What tasks wait for beside each other: events, limiters, locks, conditions; and channels.

They are no nodes: they belong to a runtime, and go when their object does, as soon as nobody waits
for them any more, or when they are destroyed, or with the runtime (S3a). Whoever waits is served in
the order of coming; what a wait has got before a cancellation came is kept, and told (C4). Each
wait is begun in a node, as those of `Parent` are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .._abi.constants import ROOST_EAGAIN
from .._abi.library import lib
from .._errors import check
from ._calls import opened
from ._waits import Call, Told, Wait, begun, waits_for

if TYPE_CHECKING:
    from ._parents import Parent
    from ._runtime import Runtime

UNBOUND = 2**64 - 1


class Primitive:
    """What all of them have: a handle, and an end."""

    __slots__ = ("_id",)

    def __init__(self, id: int) -> None:  # noqa: A002
        self._id = id

    @property
    def id(self) -> int:
        """The engine's handle, for the functions of the C interface."""
        return self._id

    def __del__(self, release: Callable[[int], int] = lib.roost_release_id) -> None:
        if getattr(self, "_id", 0):
            release(self._id)  # any thread, and once nobody waits (C14c)


class Event(Primitive):
    """Something that has not happened yet."""

    __slots__ = ()

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(opened(lib.roost_event_open, runtime.id))

    def set(self) -> None:
        """It has happened, for ever: all who wait go on."""
        check(lib.roost_event_set(self._id))

    @property
    def is_set(self) -> bool:
        """Whether it has happened."""
        return check(lib.roost_event_is_set(self._id)) == 1

    def wait(self, within: Parent, fn: Told, *args: object) -> Wait:
        """Waits, as a wait of the node `within`, until it has happened."""
        return _wait(self, "wait()", lib.roost_event_wait, within, fn, args)

    def destroy(self) -> None:
        """Destroys the event: all waits for it end with `ClosedResourceError`."""
        check(lib.roost_event_destroy(self._id))


class Limiter(Primitive):
    """Lets at most so many go on at a time: a semaphore. With 0 permits all wait."""

    __slots__ = ()

    def __init__(self, runtime: Runtime, permits: int) -> None:
        number = whole("permits", permits)
        super().__init__(opened(lib.roost_limiter_open, runtime.id, number))

    def resize(self, permits: int) -> None:
        """Changes the number of permits. Nobody loses one; where more are taken than there are now,
        no more are given until enough came back."""
        check(lib.roost_limiter_resize(self._id, whole("permits", permits)))

    def acquire(self, within: Parent, fn: Told, *args: object) -> Wait:
        """Waits for a permit, to be given back by `release`."""
        return _wait(self, "acquire()", lib.roost_limiter_acquire, within, fn, args)

    def try_acquire(self) -> bool:
        """Takes a permit, if there is one for which nobody waits: whether it did."""
        return tried(lib.roost_limiter_try_acquire(self._id))

    def release(self) -> None:
        """Gives a permit back; the first who waits gets it. Raises `OrderError` when none is
        taken. Permits have no owner."""
        check(lib.roost_limiter_release(self._id))

    def destroy(self) -> None:
        """Destroys the limiter: all waits for it end with `ClosedResourceError`."""
        check(lib.roost_limiter_destroy(self._id))


class Lock(Primitive):
    """A lock, owned by one node at a time: that in which it was waited for. When that ends without
    having released it, all who wait, and all who come, are told `OwnerEnded` (S3b)."""

    __slots__ = ()

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(opened(lib.roost_lock_open, runtime.id))

    def acquire(self, within: Parent, fn: Told, *args: object) -> Wait:
        """Waits for the lock; then the node `within` owns it. Raises `Deadlock` when it does
        already."""
        return _wait(self, "acquire()", lib.roost_lock_acquire, within, fn, args)

    def try_acquire(self, owner: Parent) -> bool:
        """Takes the lock for a node, if nobody owns it: whether it did."""
        waits_for(owner, "try_acquire()")
        return tried(lib.roost_lock_try_acquire(self._id, owner.id))

    def release(self, owner: Parent) -> None:
        """Releases the lock, which that node owns, else `OrderError`; the first who waits owns it
        then."""
        waits_for(owner, "release()")
        check(lib.roost_lock_release(self._id, owner.id))

    def destroy(self) -> None:
        """Destroys the lock: all waits for it, and at its conditions, end with
        `ClosedResourceError`."""
        check(lib.roost_lock_destroy(self._id))


class Condition(Primitive):
    """A place to wait, without its lock, for a change of what the lock protects."""

    __slots__ = ("_lock",)

    def __init__(self, lock: Lock) -> None:
        if not isinstance(lock, Lock):
            raise TypeError(f"a condition belongs to a Lock, not to {lock!r}")
        super().__init__(opened(lib.roost_condition_open, lock.id))
        self._lock = lock

    @property
    def lock(self) -> Lock:
        """The lock of the condition."""
        return self._lock

    def wait(self, within: Parent, fn: Told, *args: object) -> Wait:
        """Releases the lock, which the node `within` owns, else `OrderError`; waits to be notified;
        and waits for the lock again, which no cancellation cuts short: however the wait ends,
        `within` owns the lock then (S3b), unless the error is `ClosedResourceError` or
        `OwnerEnded`."""
        return _wait(self, "wait()", lib.roost_condition_wait, within, fn, args)

    def notify(self, count: int = 1) -> None:
        """Wakes so many of those who wait, the first come first."""
        check(lib.roost_condition_notify(self._id, whole("a count", count)))

    def notify_all(self) -> None:
        """Wakes all who wait."""
        check(lib.roost_condition_notify(self._id, UNBOUND))

    def destroy(self) -> None:
        """Destroys the condition: who waits gets the lock again, and is told
        `ClosedResourceError`."""
        check(lib.roost_condition_destroy(self._id))


def _wait(
    subject: Primitive,
    name: str,
    begin: Callable[..., int],
    within: Parent,
    fn: Told,
    args: tuple[object, ...],
) -> Wait:
    waits_for(within, name)
    return Wait(begun(Call(within, name, fn, args), begin, subject.id, within.id))


def tried(rc: int) -> bool:
    return rc != ROOST_EAGAIN and check(rc) == 0


def whole(what: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} is a whole number, not {value!r}")
    if not 0 <= value < UNBOUND:
        raise ValueError(f"{what} is {value}, and has to be 0 or more")
    return value
