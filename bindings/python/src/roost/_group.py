"""Task groups."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from ctypes import addressof, c_uint64
from math import inf
from threading import get_ident
from types import CoroutineType, TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, overload
from weakref import ref

from ._abi import constants as c
from ._abi.callables import held, hold, join
from ._abi.declare import Pointer
from ._abi.library import lib
from ._abi.types import Error, FilterFn, GroupOptions, Result, TaskOptions
from ._block import CLOSED, CLOSING, NEW, NO_EXTRA, OPEN, SKIPPED, Block, Extra, brought
from ._errors import NotStarted, OrderError, Status, check, exception_of, own_frames
from ._group_scope import GroupScope
from ._kernel import (
    BEGIN,
    ENDED,
    NO_DROP,
    WAKE,
    ask_closing,
    ask_code,
    callable_name,
    checkpoint,
    current_host,
    local,
    nanoseconds,
    wait_code,
    wrong_thread,
)
from ._result import TaskError, exception_in
from ._scope import CancelScope
from ._task import (
    DAEMON,
    PENDING,
    RACE,
    TELL,
    Answer,
    TaskHandle,
    call,
    check_function,
    coroutine_of,
)

if TYPE_CHECKING:
    from ._cleanup import Cleanup

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

Decision = Literal["cancel", "record", "drop"]
Filter = Callable[[BaseException, str], Decision]
Policy = Literal["fail_fast", "supervise", "race"]

_POLICIES = {
    "fail_fast": c.ROOST_FAIL_FAST,
    "supervise": c.ROOST_SUPERVISE,
    "race": c.ROOST_RACE,
}
_DECISIONS = {
    "cancel": c.ROOST_CANCEL_REST,
    "record": c.ROOST_RECORD_ERROR,
    "drop": c.ROOST_DROP_ERROR,
}
_blank = object.__new__
_SPAWN = c.ROOST_ASK_SPAWN
_DAEMON = c.ROOST_ASK_DAEMON << 32


class TaskStatus(Protocol[T_contra]):
    """What `start` gives to the function that it starts, as `task_status`."""

    @overload
    def started(self: TaskStatus[None]) -> None: ...

    @overload
    def started(self, value: T_contra) -> None: ...

    def started(self, value: T_contra | None = None) -> None:
        """Reports that the task is started, with a value for whoever waits for that (L4)."""


class _Ignored:
    def started(self, value: object = None) -> None:
        """Nobody waits for it."""


TASK_STATUS_IGNORED: TaskStatus[Any] = _Ignored()


class _Reporting:
    __slots__ = ("_handle",)

    def __init__(self, handle: TaskHandle[Any]) -> None:
        self._handle = ref(handle)  # so that the frames of an error of the task do not lead to it

    def started(self, value: object = None) -> None:
        handle = self._handle()
        host = current_host()
        host.flush()
        rc = c.ROOST_EALREADY if handle is None else lib.roost_started(handle.id, 0)
        if handle is None or rc in (c.ROOST_EALREADY, c.ROOST_ESTALE):
            name = "that is gone" if handle is None else repr(handle.name)
            raise OrderError(f"task {name} has called started() before, or has ended")
        if rc != c.ROOST_ECANCELED:  # who has started it does not wait any more
            check(rc)
        handle._start_value = value


class TaskGroup(Block):
    """Tasks that end before it does: `async with` waits for all of them (G1).

    Made by `create_task_group`. Its errors come out of the block as an ExceptionGroup.
    """

    __slots__ = ("_filter", "_filter_error", "_group_options", "_mode", "_options", "_winner")

    _kind = "group"

    def __init__(
        self,
        *,
        policy: Policy | Filter = "fail_fast",
        limit: int | None = None,
        deadline: float = inf,
        shield: bool = False,
        grace: float | None = None,
        report: bool = False,
        max_errors: int | None = None,
        name: str | None = None,
        until_stopping: bool = False,
    ) -> None:
        extra = NO_EXTRA
        if grace is not None or report or name is not None or until_stopping:
            extra = Extra(grace, report, name, until_stopping)
        super().__init__(deadline, None, shield, extra)
        self._filter: Filter | None = None
        if callable(policy):
            self._filter, number = policy, 0
        elif policy in _POLICIES:
            number = _POLICIES[policy]
        else:
            raise ValueError(
                f"a policy is 'fail_fast', 'supervise', 'race' or a function, not {policy!r}"
            )
        for what, bound in (("limit", limit), ("max_errors", max_errors)):
            if bound is not None and (not isinstance(bound, int) or bound < 1):
                raise ValueError(f"{what} is a number of at least 1, or None, not {bound!r}")
        self._options = (number, limit or 0, max_errors or 0)
        self._mode = (TELL if limit else 0) | (RACE if number == c.ROOST_RACE else 0)
        self._group_options: GroupOptions | None = None
        self._winner: TaskHandle[Any] | None = None
        self._filter_error: BaseException | None = None

    # Tasks

    def start_soon(
        self,
        func: Callable[..., Coroutine[Any, Any, T]],
        *args: Any,
        name: object = None,
        daemon: bool = False,
        until_stopping: bool = False,
    ) -> TaskHandle[T]:
        """Starts a task, in which the function runs. It takes its first step when this one waits.

        daemon: it does not keep the group open: it is cancelled when the others have ended (L3)
        until_stopping: its waits raise Stopping once a shutdown is under way (C12)
        """
        batched = not until_stopping
        if self._state is not OPEN:
            self._check_open()
            batched = batched and self._is_held_open()
        host = self._host
        if host.thread != get_ident():
            raise wrong_thread()
        try:
            coro = func(*args)
        except TypeError:
            check_function(func)
            raise
        if type(coro) is not CoroutineType:
            coro = coroutine_of(func, coro)
        if name is None:
            try:
                module, text, address, _ = host.names[func.__qualname__]
                if module != func.__module__:
                    module, text, address, _ = host.name_of(func)
            except (AttributeError, KeyError):
                module, text, address, _ = host.name_of(func)
        else:
            text = str(name)
            address = host.text(text)
        # As TaskHandle's __init__, the call of which would be a twentieth of it all.
        task: TaskHandle[T] = _blank(TaskHandle)
        task._group = self
        task._coro = coro
        task._context = copy_context()
        task._name = text
        task._mode = self._mode
        task._block = None
        task._status = PENDING
        if not batched:
            return self._spawn_now(task, daemon, until_stopping)
        free, slots, asks = host.free, host.slots, host.asks
        if free:
            task._key = key = free.pop()
            slots[key] = task
        else:
            task._key = key = len(slots)
            slots.append(task)
        if daemon:
            task._mode |= DAEMON
            asks += (_SPAWN | _DAEMON, key, self._key, address)
        else:
            asks += (_SPAWN, key, self._key, address)
        return task

    def create_task(
        self,
        coro: Coroutine[Any, Any, T],
        *,
        context: Context | None = None,
        name: object = None,
        daemon: bool = False,
        until_stopping: bool = False,
    ) -> TaskHandle[T]:
        """Starts a task, in which the coroutine runs; in `context`, or a copy of the current."""
        self._check_open()
        coroutine_of(type(coro), coro)
        text = str(name) if name is not None else getattr(coro, "__qualname__", repr(coro))
        context = copy_context() if context is None else context
        task: TaskHandle[T] = TaskHandle(self, coro, context, text, self._mode)
        return self._spawn_now(task, daemon, until_stopping)

    async def start(
        self,
        func: Callable[..., Coroutine[Any, Any, Any]],
        *args: Any,
        name: object = None,
        return_handle: bool = False,
        daemon: bool = False,
        until_stopping: bool = False,
    ) -> Any:
        """Starts a task, and waits until it has called `started` of the `task_status` that it is
        given: answers the value that it gave to that, or its handle (L4). Until then the task
        belongs to the caller: what cancels that cancels it, and its errors are raised here."""
        self._check_open()
        host = self._host
        text = callable_name(func) if name is None else str(name)
        task: TaskHandle[Any] = TaskHandle(self, None, copy_context(), text, self._mode | TELL)
        task._coro = call(func, args, {"task_status": _Reporting(task)})
        task._key = host.key(task)
        options = self._task_options(task, daemon, until_stopping)
        options.drop = ENDED
        out = c_uint64()

        def begin(starter: int, key: int) -> int:
            rc = lib.roost_start(self.id, starter, options, WAKE, key, NO_DROP, out, None)
            return self._bind(task, rc, out.value)

        try:
            code = await wait_code(begin)
        except BaseException:
            if not out.value:
                self._give_up(task)
            raise
        finally:
            begin = None  # type: ignore[assignment]
        if code >= 0:
            return task if return_handle else task.start_value
        if not out.value:
            self._give_up(task)
            raise self._closed_error(code)
        task._has_ended(code)
        if task._outcome() is Status.FAILED:
            try:
                raise task._result
            finally:
                del task, self
        raise NotStarted(f"task {text!r} has ended without having called task_status.started()")

    def _check_open(self) -> None:
        if self._state in (OPEN, CLOSING):
            if local.host is not self._host:
                raise wrong_thread()
            return
        raise self._closed_error(c.ROOST_ECLOSED)

    def _is_held_open(self) -> bool:
        """Whether an ordinary task of the group runs, which it waits for (G6)."""
        current = self._host.current
        return current is not None and current._group is self and not current._mode & DAEMON

    def _closed_error(self, code: int) -> BaseException:
        if code not in (c.ROOST_ECLOSED, c.ROOST_ESTALE):
            return exception_of(code, lib.roost_last_error().decode())
        if self._state is NEW:
            said = "is not open; enter it by `async with`"
        else:
            said = "takes no more tasks: it has ended, or all but daemons and cleanups has"
        return OrderError(f"group {self._called} {said}", code=c.ROOST_ECLOSED)

    def _spawn_now(self, task: TaskHandle[T], daemon: bool, until_stopping: bool) -> TaskHandle[T]:
        """Spawns a task by an ordinary call, which knows whether the group takes it (G6)."""
        host = self._host
        task._key = host.key(task)
        task._mode |= TELL
        options = self._task_options(task, daemon, until_stopping)
        options.drop = ENDED
        out = c_uint64()
        host.flush()
        rc = self._bind(task, lib.roost_spawn(self.id, options, out), out.value)
        if rc < 0:
            self._give_up(task)
            raise self._closed_error(rc)
        return task

    def _task_options(
        self, task: TaskHandle[Any], daemon: bool, until_stopping: bool
    ) -> TaskOptions:
        if daemon:
            task._mode |= DAEMON
        return TaskOptions(
            start=BEGIN,
            data=task._key,
            name=task._name.encode(errors="replace"),
            daemon=daemon,
            until_stopping=until_stopping,
        )

    def _bind(self, task: TaskHandle[Any], rc: int, ident: int) -> int:
        """What was spawned gets its key, and keeps no outcome in the engine (L5)."""
        if rc >= 0:
            check(lib.roost_host_bind(self._host.runtime, task._key, ident))
            check(lib.roost_release(ident))
            task._id = ident
        return rc

    def _give_up(self, task: TaskHandle[Any]) -> None:
        """It could not be spawned; its key comes back when the engine tells that it is over."""
        task._coro.close()
        task._coro = task._context = None
        task._status, task._result = Status.CANCELLED, None

    # What it is told and asked

    @property
    def cancel_scope(self) -> CancelScope:
        """The group as a scope, which cannot be entered (C6b)."""
        return GroupScope(self)

    @property
    def errors(self) -> list[TaskError]:
        """After its end: what it has listed, in the order in which it happened (G3); also where
        that was not raised, as the errors of those who lost a race (G2b). The exceptions of what
        was raised are here as long as that is kept."""
        errors = self._errors if self._state is CLOSED else []
        raised = getattr(self, "_raised", None)
        if raised is None or (group := raised()) is None:
            return list(errors)
        return [
            TaskError(error.name, exception)
            for error, exception in zip(errors, group.exceptions, strict=False)
        ]

    @property
    def winner(self) -> TaskHandle[Any] | None:
        """After its end: the task that has won the race; None where none has (G2b)."""
        return self._winner

    def shutdown(self, patience: float) -> Answer:
        """Ends it in two steps (C12): its tasks are told that it is stopping, and what has not
        ended after so many seconds is cancelled."""
        self._check_open()
        for_ns = c.ROOST_NOW if patience <= 0 else nanoseconds(patience)
        rc = check(lib.roost_shutdown(self.id, for_ns))
        return "already" if rc == c.ROOST_ALREADY else "ok"

    def defer(self, fn: Any, *args: Any, told: bool = False) -> Cleanup:
        """Has a function called when all tasks of the group have ended, however that is, the last
        registered first (K1); it may be `async`. With `told` it gets the Outcome before its
        arguments. `undefer()` of what is answered takes it back."""
        from ._cleanup import defer_in

        return defer_in(self, fn, args, told=told, waits=True)

    # The block

    async def __aenter__(self) -> TaskGroup:
        host, deadline = self._open()
        options = self._in_c(deadline)
        self._group_options = options  # as long as the engine may read it
        address = 0 if options is None else addressof(options)
        host.asks += (c.ROOST_ASK_GROUP, self._key, self._task._key, address)
        if self._to_cancel is not None:
            self._opened()
        return self

    def _in_c(self, deadline: int) -> GroupOptions | None:
        number, limit, max_errors = self._options
        plain = self._extra is NO_EXTRA and not self._shield and not self._filter and not deadline
        if plain and number == c.ROOST_FAIL_FAST and not limit and not max_errors:
            return None
        options = GroupOptions(
            move_on=True,
            policy=number,
            limit=limit,
            max_errors=max_errors,
            shield=self._shield,
            **self._extra.options(deadline),
        )
        if self._filter:
            options.filter = _filter
            options.filter_data, options.filter_drop = hold(self)
        return options

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool:
        if not self._check_closing():
            return await self._join_late(exc) if self._state is SKIPPED else False
        task = self._task
        said = None if task._block is self else self._skip_inner()
        if said is not None:
            said.__context__ = exc
            exc = said
        rc, rest = brought(exc)
        task._block = self._outer
        if self._refused:
            return self._never_opened()
        self._state = CLOSING
        self._body = rest
        try:
            code, address = await ask_closing(rc, self._key)
            self._state = CLOSED
            if not address and not code and exc is None:
                self._closed_plainly()
                return False
            result = Result.from_address(address) if address else None
            if result is not None and self._mode & RACE:
                self._winner = self._host.errors.get(result.winner_result or 0)
            return self._conclude(code, result, exc, rest)
        finally:
            self._body = None
            del rest, said, exc

    async def _join_late(self, exc: BaseException | None) -> bool:
        """Its block is left after what was around it: it is cancelled, and is waited for (B1a)."""
        rc, self._body = brought(exc)
        host, told = self._host, []

        def joined(node: int, result: Result) -> None:
            told.append((result.code, self._take(result, self._body)))

        host.flush()
        self._closed_plainly()
        joins = lib.roost_join(self._id, rc, *join(joined)) >= 0
        with CancelScope(shield=True):
            await ask_code(c.ROOST_ASK_END, self._id)
            while joins and not told:
                await checkpoint()
        self._state = CLOSED
        rest, self._body = self._body, None
        if not told:
            return False
        return self._go_on(*told[0], exc, rest)

    def _take(self, result: Result, body: BaseException | None) -> int:
        beyond = super()._take(result, body)
        if self._filter_error is not None:
            error = TaskError(self._extra.name or "", self._filter_error)
            self._errors = [*self._errors, error]
            self._filter_error = None
        return beyond

    def _closed_plainly(self) -> None:
        if self._state is not SKIPPED:  # which has given its key back
            self._host.give_back(self._key)
        self._group_options = None
        self._cancelled_caught = False
        self._reason = None
        self._errors = ()

    def _never_opened(self) -> bool:
        self._state = CLOSED
        self._closed_plainly()
        raise self._refused or MemoryError()

    def _raise_found(
        self,
        found: list[BaseException],
        beyond: int,
        exc: BaseException | None,
        rest: BaseException | None,
    ) -> bool:
        self._raise_group(found, beyond, exc)
        return False

    def _decide(self, group: int, error: Error) -> int:
        """What the filter says of an error (G2). One that raises is an error itself."""
        host = self._host
        own = error.node == group and self._body is not None
        exception = self._body if own else exception_in(host, error)
        try:
            assert self._filter
            decision = self._filter(exception, error.name.decode(errors="replace"))  # type: ignore
            number = _DECISIONS.get(decision)
            if number is None:
                raise ValueError(f"a filter answers 'cancel', 'record' or 'drop', not {decision!r}")
        except BaseException as raised:
            own_frames(raised, __file__)
            self._filter_error = raised
            number = c.ROOST_CANCEL_REST
        host.flush()
        return number


@FilterFn
def _filter(group: int, error: Pointer[Error], data: int) -> int:
    it: TaskGroup = held(data)
    return it._decide(group, error.contents)


def create_task_group(
    *,
    policy: Policy | Filter = "fail_fast",
    limit: int | None = None,
    deadline: float = inf,
    shield: bool = False,
    grace: float | None = None,
    report: bool = False,
    max_errors: int | None = None,
    name: str | None = None,
    until_stopping: bool = False,
) -> TaskGroup:
    """A group, to be opened by `async with`.

    policy: "fail_fast": the first error cancels the rest; "supervise": errors are collected;
        "race": the first success cancels the rest; or a function that is given each error and the
        name of its task, and answers "cancel", "record" or "drop" (G2)
    limit: so many tasks run at a time, the others wait in order (L2)
    deadline: when it is cancelled, on `roost.current_time()`, which it absorbs
    shield: what is around it does not cancel it (C10)
    grace: how long, in seconds, shields in it hold off a cancellation; None: as around it (C11)
    report: its end raises ScopeCancelled where it has absorbed its cancellation (C7a)
    max_errors: so many errors are listed, the others counted; None: 1,000 (G3)
    name: for dumps, reasons and errors
    until_stopping: waits of its body raise Stopping once a shutdown is under way (C12)
    """
    return TaskGroup(
        policy=policy,
        limit=limit,
        deadline=deadline,
        shield=shield,
        grace=grace,
        report=report,
        max_errors=max_errors,
        name=name,
        until_stopping=until_stopping,
    )
