"""Tasks: what `start_soon` answers, and which one runs."""

from __future__ import annotations

from collections.abc import Generator
from contextvars import Context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._abi import constants as c
from ._abi.library import lib
from ._ask import ask_code, wait_code
from ._cancel import Answer, cancel_node, cancel_options
from ._convert import callable_name as callable_name
from ._errors import (
    Deadlock,
    NotCancelled,
    OrderError,
    Origin,
    Reason,
    TaskCancelled,
    TaskFailed,
    TaskNotFinished,
    code_of,
    exception_of,
)
from ._errors import Status as State
from ._kernel import NO_DROP, WAKE, Host, already_there, current_host, local, running_task

if TYPE_CHECKING:
    from ._block import Block
    from ._cleanup import Cleanup
    from ._root import Root
    from ._spawning import Spawner

T = TypeVar("T", covariant=True)


# What is special about a task.
PENDING = State.PENDING
TELL = 1  # the engine tells its end
DAEMON = 2
RACE = 4


class TaskHandle(Generic[T]):
    """A task. Awaiting it answers what its function returns, or raises what that has raised."""

    __slots__ = (
        "__weakref__",
        "_block",
        "_brought",
        "_context",
        "_coro",
        "_group",
        "_id",
        "_key",
        "_mode",
        "_name",
        "_result",
        "_start_value",
        "_status",
    )

    Status = State

    _block: Block | None  # the innermost that it has open
    _brought: State  # what its body has brought, where its end is told later
    _context: Any
    _coro: Any
    _id: int
    _result: Any  # what it has returned or raised, or the reason of its cancellation
    _start_value: Any

    def __init__(
        self,
        group: Spawner | Root,
        coro: Any,
        context: Context | None,
        name: str,
        mode: int,
    ) -> None:
        self._group = group
        self._coro = coro
        self._context = context
        self._name = name
        self._mode = mode
        self._block = None
        self._status = PENDING
        self._key = 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name!r} {self._status}>"

    @property
    def name(self) -> str:
        """Its name: as given, else the function's, with its module."""
        return self._name

    @property
    def id(self) -> int:
        """The engine's handle, for ordinary calls, which find done what was asked before them; 0
        before it is known there."""
        host = self._group._host
        if host is None or local.host is not host:
            return getattr(self, "_id", 0)
        host.flush()
        try:
            return self._id
        except AttributeError:
            if self._status is not State.PENDING:
                return 0
            ident = host.node(self._key)
            if ident:
                self._id = ident
            return ident

    @property
    def coro(self) -> Any:
        """The coroutine; None once it has ended."""
        return self._coro

    @property
    def status(self) -> State:
        """PENDING, or CANCELLING where it is cancelled and has not ended; or how it has ended: a
        task whose cleanup has failed has FAILED (K3a)."""
        pending = self._status is State.PENDING
        if pending and (ident := self.id) and lib.roost_cancelled(ident) == 1:
            return State.CANCELLING
        return self._status

    @property
    def return_value(self) -> T:
        """What its function has returned. Raises TaskNotFinished, TaskCancelled, or TaskFailed
        from the exception that it has raised."""
        status = self._outcome()
        if status is State.FAILED:
            raise TaskFailed(f"task {self._name!r} has failed") from self._result
        result: T = self._result
        return result

    @property
    def exception(self) -> BaseException | None:
        """What its function has raised, None if it has returned. Raises TaskNotFinished or
        TaskCancelled."""
        return self._result if self._outcome() is State.FAILED else None

    @property
    def start_value(self) -> Any:
        """What it has given to `task_status.started`."""
        try:
            return self._start_value
        except AttributeError:
            raise OrderError(f"task {self._name!r} has not called task_status.started()") from None

    def cancel(
        self, reason: str | None = None, *, code: int = 0, origin: Origin = Origin.EXPLICIT
    ) -> Answer:
        """Cancels this task alone (C13): its next wait raises Cancelled, and the group goes on.
        Arguments and answers are those of `CancelScope.cancel`. From any thread."""
        if self._status is not State.PENDING:
            return "ended"
        return cancel_node(self._group._host, self, reason, code, origin)

    async def cancel_and_wait(
        self, reason: str | None = None, *, code: int = 0, origin: Origin = Origin.EXPLICIT
    ) -> None:
        """Cancels this task, and waits until it has ended (C12b). The wait can be cancelled; the
        cancellation of the task stays."""
        host = current_host()
        self._check_host(host)
        if self._status is not State.PENDING:
            return await already_there()
        options = cancel_options(reason, code, origin)
        ident = self.id
        told = await wait_code(
            lambda task, key: lib.roost_cancel_and_wait(
                ident, task, options, WAKE, key, NO_DROP, None
            )
        )
        if host.current is self or not await self._has_ended(told):
            raise Deadlock(f"task {self._name!r} cannot wait for its own end")
        return None

    async def wait(self) -> None:
        """Waits until it has ended, however that is, its cleanups included."""
        self._check_host(current_host())
        if self._status is not State.PENDING:
            return await already_there()
        if not await self._has_ended(await ask_code(c.ROOST_ASK_END, self.id)):
            raise Deadlock(f"task {running_task()._name!r} cannot wait for what it is part of")
        return None

    def defer(self, fn: Any, *args: Any, told: bool = False) -> Cleanup:
        """Has a function, which may be `async`, called when the task has ended (see `defer`)."""
        from ._cleanup import defer_in

        return defer_in(self, fn, args, told=told, waits=True)

    def __await__(self) -> Generator[Any, Any, T]:
        yield from self.wait().__await__()
        if self._outcome() is State.FAILED:
            try:
                raise self._result
            finally:
                del self  # which is in the traceback
        result: T = self._result
        return result

    def _check_host(self, host: Host) -> None:
        """Refuses to wait in one run for a task of another."""
        if self._status is State.PENDING and self._group._host is not host:
            raise OrderError(
                f"task {self._name!r} belongs to another run; wait for it there, by "
                "roost.from_thread"
            )

    async def _has_ended(self, code: int) -> bool:
        """What a wait for the end was told, which it takes over; false where it could not wait."""
        if code == c.ROOST_ESTALE:  # it had ended before the wait was begun
            await already_there()
        if code == c.ROOST_ESTOPPING and not self._brings(code):
            raise exception_of(code)
        if self._status is State.PENDING:
            if code == c.ROOST_EDEADLK and lib.roost_cancelled(self.id) >= 0:
                return False
            self._take_over(code)
        return True

    def _brings(self, code: int) -> bool:
        """Whether a code that a wait for it may have of its own is the task's."""
        return (
            self._coro is None
            and isinstance(self._result, Exception)
            and (code_of(self._result) == code)
        )

    def _take_over(self, code: int) -> None:
        """Its outcome, as the engine has told it."""
        self._judge(code)
        self._status = self._brought

    def _judge(self, code: int) -> None:
        """What the engine says of what the body has brought."""
        if self._coro is not None:  # it has never begun
            self._coro.close()
            self._coro = self._context = self._result = None
            self._brought = State.CANCELLED
        elif code == c.ROOST_ENOTCANCELLED and self._brought is State.CANCELLED:
            self._result = NotCancelled(f"task {self._name!r} has raised Cancelled uncancelled")
            self._brought = State.FAILED

    def _outcome(self) -> State:
        if self._status is State.PENDING:
            raise TaskNotFinished(f"task {self._name!r} has not ended; await it first")
        status = getattr(self, "_brought", self._status)
        if status is State.CANCELLED:
            reason: Reason | None = self._result
            raise TaskCancelled(
                f"task {self._name!r} was cancelled{f': {reason}' if reason else ''}",
                reason=reason,
            )
        return status


def current_task() -> TaskHandle[Any]:
    """The handle of the task whose step runs."""
    return running_task()
