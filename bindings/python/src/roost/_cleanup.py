"""Cleanups: functions that are called when something has ended, however that is (K1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from ctypes import c_uint64
from inspect import iscoroutinefunction
from types import CoroutineType
from typing import Any

from ._abi import callables
from ._abi import constants as c
from ._abi.library import lib
from ._abi.types import CleanupOptions
from ._abi.types import Outcome as OutcomeStruct
from ._calling import coroutine_of
from ._cancel import Answer
from ._convert import callable_name
from ._errors import (
    STATUS_OF,
    OrderError,
    Origin,
    Outcome,
    Status,
    brought,
    check,
    own_frames,
)
from ._kernel import CLEAN, Host, local, reason_of, running_task, wrong_thread
from ._node import CLOSED
from ._task import TELL, TaskHandle


class Cleanup(TaskHandle[None]):
    """A registered cleanup, and the task as which it runs (K2). Before it has begun there is
    nothing of it to wait for or to cancel, OrderError; `undefer` takes it back then."""

    __slots__ = ("_args", "_fn", "_handle", "_told_of", "_wants_outcome")

    def __init__(self, host: Host, of: Any, fn: Any, args: tuple[Any, ...], told: bool) -> None:
        super().__init__(host.root, None, copy_context(), f"cleanup of {_name(of)}", 0)
        self._fn, self._args, self._wants_outcome = fn, args, told
        self._told_of = of
        self._handle = 0  # of what is registered, until it begins
        self._result = None

    def undefer(self) -> bool:
        """Takes it back: it will not be called. False: it has begun, or was taken back (K3)."""
        host = self._group._host
        if host is None or not self._handle:
            return False
        host.check_thread()
        host.flush()
        rc = lib.roost_undefer(self._handle)
        self._handle = 0
        if rc < 0:
            return check(rc) >= 0 if rc != c.ROOST_ESTALE else False
        self._status = Status.COMPLETED
        self._forget()
        if self._key:
            host.give_back(self._key)
        return True

    def cancel(
        self, reason: str | None = None, *, code: int = 0, origin: Origin = Origin.EXPLICIT
    ) -> Answer:
        """Cuts it short (K2b). OrderError: it has not begun."""
        self._check_begun()
        return super().cancel(reason, code=code, origin=origin)

    async def cancel_and_wait(
        self, reason: str | None = None, *, code: int = 0, origin: Origin = Origin.EXPLICIT
    ) -> None:
        """Cuts it short, and waits until it has ended (K2b). OrderError: it has not begun."""
        self._check_begun()
        await super().cancel_and_wait(reason, code=code, origin=origin)

    async def wait(self) -> None:
        """Waits until it has ended. OrderError: it has not begun."""
        self._check_begun()
        await super().wait()

    def _check_begun(self) -> None:
        if self._handle:
            raise OrderError(f"{self._name} has not begun; take it back by undefer()")

    def _begun(self, ident: int) -> Callable[[Status], Any]:
        """Its first step, to be given how what it cleans up after has ended."""
        self._id = ident
        self._handle = 0
        return self._first

    def _first(self, state: Status) -> Any:
        """Calls the function; of a coroutine the first step."""
        of = self._told_of
        arguments = (
            (self._outcome_of(of, state), *self._args) if self._wants_outcome else self._args
        )
        fn = self._fn
        self._forget()
        try:
            try:
                coro = fn(*arguments)
            except StopIteration as error:  # which would say that it has returned
                raise RuntimeError("a cleanup raised StopIteration") from error
            if type(coro) is not CoroutineType:
                if not isinstance(coro, Awaitable):
                    raise StopIteration  # it has done what it does
                coro = coroutine_of(fn, coro)
            self._coro = coro
            return self._coro.send(None)
        finally:
            del arguments, of, fn, self  # which what was raised would hold
            coro = None

    def _run_now(self, ident: int, why: OutcomeStruct) -> int:
        """Runs at the end of a scope that does not wait."""
        self._id, self._handle = ident, 0
        fn, host, of = self._fn, self._group._host, self._told_of
        arguments = self._args
        if self._wants_outcome:
            arguments = (self._outcome_of(of, STATUS_OF[why.state]), *arguments)
        self._forget()
        try:
            answer = self._context.run(fn, *arguments)
            if isinstance(answer, Awaitable):
                if type(answer) is CoroutineType:
                    answer.close()
                raise OrderError(
                    f"{callable_name(fn)} has answered {answer!r:.100} in a scope that does not "
                    "wait; enter the scope by `async with` (K2a)"
                )
        except BaseException as error:
            own_frames(error, __file__)
            self._status, self._result = Status.FAILED, error
            code, rest = brought(error)
            if rest is not None:  # else the engine says that it was cut (K3)
                callables.fail(ident, rest)
            return code
        else:
            self._status = Status.COMPLETED
            return 0
        finally:
            self._context = None
            if host is not None:
                host.flush()
            del self, of, arguments  # which what was raised would hold
            rest = None

    def _forget(self) -> None:
        self._fn = self._told_of = None
        self._args = ()

    @staticmethod
    def _outcome_of(of: Any, state: Status) -> Outcome:
        if isinstance(of, TaskHandle):
            brought = getattr(of, "_result", None)  # none of one that has not begun
            if state is Status.COMPLETED:
                return Outcome(state, value=brought)
            if state is Status.FAILED:
                return Outcome(state, exception=brought)
            return Outcome(state, reason=reason_of(of.id) or brought)
        reason = getattr(of, "_reason", None)
        if state is Status.CANCELLED:
            reason = reason_of(of.id) or reason
        return Outcome(state, exception=of._body, reason=reason)


def _name(of: Any) -> str:
    return str(of.name if isinstance(of, TaskHandle) else of._extra.name or f"a {of._kind}")


def defer_in(of: Any, fn: Any, args: tuple[Any, ...], *, told: bool, waits: bool) -> Cleanup:
    """Registers a cleanup of a task or block; one that does not wait where `waits` is false."""
    if not callable(fn):
        raise TypeError(f"a function is wanted, and its arguments after it, not {fn!r:.100}")
    if not waits and iscoroutinefunction(fn):
        raise OrderError(
            f"{callable_name(fn)} waits, and `with` cannot; enter the scope by `async with` (K2a)"
        )
    host: Host | None = (
        of._group._host if isinstance(of, TaskHandle) else getattr(of, "_host", None)
    )
    ident = of.id if host is not None and local.host is host else 0
    if not ident:
        if host is not None and local.host is not host and not _is_over(of):
            raise wrong_thread()
        raise _not_open(of)
    assert host is not None
    cleanup = Cleanup(host, of, fn, args, told)
    options = CleanupOptions(name=cleanup._name.encode(errors="replace"))
    if waits:
        cleanup._key = host.key(cleanup)
        options.fn, options.data = CLEAN, cleanup._key
    else:
        take = [cleanup].pop  # so that no frame has it, which has what was raised
        options = callables.cleanup_options(
            lambda ident, why: take()._run_now(ident, why), name=options.name
        )
    out = c_uint64()
    host.flush()
    rc = lib.roost_defer_with(ident, options, out)
    if rc < 0:
        if cleanup._key:
            host.give_back(cleanup._key)
        if rc == c.ROOST_ESTALE:
            raise _not_open(of)
        check(rc)
    cleanup._handle = out.value
    if isinstance(of, TaskHandle):
        of._mode |= TELL
    else:
        of._has_cleanups = True
    return cleanup


def _is_over(of: Any) -> bool:
    if isinstance(of, TaskHandle):
        return of._status is not Status.PENDING
    return bool(of._state == CLOSED)


def _not_open(of: Any) -> OrderError:
    return OrderError(f"{of!r} is not open, and takes no cleanups", code=c.ROOST_ESTALE)


def defer(fn: Any, *args: Any, told: bool = False) -> Cleanup:
    """Has a function, which may be `async`, called when the running task has ended, however that
    is, the last registered first (K1). With `told` it gets the Outcome of the task before its
    arguments. `undefer()` of what is answered takes it back."""
    return defer_in(running_task(), fn, args, told=told, waits=True)
