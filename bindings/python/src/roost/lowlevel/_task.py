"""Tasks: a first step, what may end it later, and what it has ended with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._abi.callables import hold
from .._abi.constants import ROOST_ALIVE
from .._abi.library import lib
from .._abi.types import Outcome as RawOutcome
from .._errors import Cancelled, Outcome, Reason, Status, TaskCancelled, check
from ._calls import NO_DROP
from ._ended import Ended, outcome_from
from ._parents import Parent
from ._waits import Call, Told

if TYPE_CHECKING:
    from ._runtime import Runtime


class Kept:
    """What is kept of a task, until it has ended and the object that `spawn` answered is gone (L5).

    The runtime finds it by the task's handle, and refers to it weakly; so what callbacks are given,
    which the frames in the traceback of a task's exception hold, keeps no exception alive."""

    __slots__ = ("__weakref__", "exception", "handle", "name", "outcome", "start_value")

    def __init__(self, name: bytes | None) -> None:
        self.handle = 0
        self.name = (name or b"")[:63].decode(errors="ignore")  # as the engine cuts it (T4)
        self.outcome: Outcome | None = None
        self.exception: BaseException | None = None
        self.start_value: Any = None

    def take(self) -> Outcome | None:
        """Takes over what the engine has kept, when the task has ended."""
        if self.outcome is None and self.handle:
            out = RawOutcome()
            if lib.roost_outcome_of(self.handle, out) == 0 and out.state != ROOST_ALIVE:
                self.outcome = outcome_from(out, self.exception)
        return self.outcome

    def __del__(self, release: Callable[[int], int] = lib.roost_release_id) -> None:
        if self.handle:
            release(self.handle)  # any thread (C14c)


class Task(Parent):
    """A task, or the task of a cleanup.

    The object that `spawn` answers keeps the task's outcome as long as it is there, also after the
    group has closed (L5)."""

    __slots__ = ("_own",)

    def __init__(self, runtime: Runtime, id: int, own: Kept | None = None) -> None:  # noqa: A002
        super().__init__(runtime, id, id)
        self._own = own

    @property
    def name(self) -> str:
        """The task's name, "" for none (T4)."""
        kept = self._kept()
        return kept.name if kept else super().name

    # Ending it.

    def finish(self, value: object = None) -> None:
        """Ends the task, or a cleanup that has returned `PENDING`, with success (S2a); from any
        callback, also inside its first step or its `on_cancel`, whose answer then counts for
        nothing. After a cancellation the value stands (C4). Raises RoostError when its body has
        ended before, or its first step has not begun."""
        self._runtime._ends(self._id)
        given = (None, NO_DROP) if value is None else hold(value)
        check(lib.roost_finish(self._id, 0, *given))

    def fail(self, exception: BaseException) -> None:
        """The same with an exception, as if a callback of the task had raised it: it is an error of
        its group (B3); `Cancelled` ends it as cancelled (C13a)."""
        if not isinstance(exception, BaseException):
            raise TypeError(f"a task fails with an exception, not with {exception!r}")
        check(self._runtime._end(self._id, exception))

    def started(self, value: object = None) -> None:
        """Reports that the task is ready for others (L4): who started it by `Group.start` is told
        the value, and the task moves into the group. Raises `Cancelled` when nobody waits any more,
        and RoostError the second time. In a task that was spawned it does nothing else."""
        check(lib.roost_started(self._id, 0))
        if kept := self._kept():
            kept.start_value = value

    # What it has ended with.

    @property
    def outcome(self) -> Outcome:
        """How the task has ended, and with what; its `state` is `Status.PENDING` before that."""
        if (kept := self._kept()) and (outcome := kept.take()):
            return outcome
        out = RawOutcome()
        check(lib.roost_outcome_of(self._id, out))
        return outcome_from(out)

    @property
    def status(self) -> Status:
        """How the task has ended; `Status.PENDING` before that."""
        return self.outcome.state

    @property
    def value(self) -> Any:
        """What the task returned, or was finished with; None when it has not completed."""
        return self.outcome.value

    @property
    def exception(self) -> BaseException | None:
        """What the task has raised, or was failed with; None when it has not failed."""
        return self.outcome.exception

    @property
    def start_value(self) -> Any:
        """What the task has reported by `started`, else None."""
        kept = self._kept()
        return kept.start_value if kept else None

    # Of this package.

    def _kept(self) -> Kept | None:
        return self._own or self._runtime._kept.get(self._id)

    def _end_call(self, within: Parent, call: str, fn: Told, args: tuple[object, ...]) -> Call:
        return TaskEndCall(self, within, call, fn, args)


def of_task(told: BaseException | None, outcome: Outcome | None) -> BaseException | None:
    """What a wait for a task is told: the exception of a failed task itself, and the reason of one
    that was cancelled (L5a)."""
    if outcome is None or isinstance(told, Cancelled):  # which speaks of who waits
        return told
    if isinstance(told, TaskCancelled):
        said = f"the awaited task was cancelled: {outcome.reason}"
        return TaskCancelled(said, reason=outcome.reason or Reason())
    return outcome.exception or told


class TaskEndCall(Call):
    """The function of a wait for the end of a task."""

    __slots__ = ("task",)

    def __init__(
        self, task: Task, within: Parent, call: str, fn: Told, args: tuple[object, ...]
    ) -> None:
        super().__init__(within, call, fn, args)
        self.task = task

    def ended(self, rc: int) -> Ended:
        told = super().ended(rc)
        if rc >= 0:
            return Ended(self.task.value)
        return Ended(exception=of_task(told.exception, self.task.outcome))
