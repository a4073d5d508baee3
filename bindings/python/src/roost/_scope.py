"""Cancel scopes: a stretch of a task that can be cancelled, or timed out, on its own."""

from __future__ import annotations

from ctypes import c_uint64
from math import inf
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ._abi import constants as c
from ._abi.library import lib
from ._abi.types import Result, ScopeOptions
from ._block import CLOSED, CLOSING, NO_EXTRA, OPEN, Block, Extra, brought
from ._errors import check
from ._kernel import ask_closing, current_host, local, running_task

if TYPE_CHECKING:
    from ._cleanup import Cleanup

Self = TypeVar("Self", bound="CancelScope")

_SCOPE = c.ROOST_ASK_SCOPE | c.ROOST_ASK_MOVE_ON << 32
_SHIELD = c.ROOST_ASK_SHIELD << 32
_CLOSE = c.ROOST_ASK_CLOSE


class CancelScope(Block):
    """A stretch of a task that can be cancelled or timed out on its own.

    `with` it, or `async with` it where it is to have cleanups that wait (K2a). It absorbs its own
    cancellation, its deadline's too; look at `cancelled_caught` afterwards (C7). It is entered
    once.

    deadline: on `roost.current_time()`, in seconds
    shield: what is around it does not cancel it (C10)
    grace: how long, in seconds, shields in it hold off a cancellation; None: as around it (C11)
    report: its end raises ScopeCancelled where it has absorbed its cancellation (C7a)
    name: for dumps, reasons and errors
    until_stopping: its own waits raise Stopping once a shutdown is under way (C12)
    """

    __slots__ = ("_is_async",)

    _kind = "scope"
    _fails = False

    def __init__(
        self,
        *,
        deadline: float = inf,
        shield: bool = False,
        grace: float | None = None,
        report: bool = False,
        name: str | None = None,
        until_stopping: bool = False,
    ) -> None:
        extra = NO_EXTRA
        if grace is not None or report or name is not None or until_stopping:
            extra = Extra(grace, report, name, until_stopping)
        Block.__init__(self, deadline, None, shield, extra)

    def defer(self, fn: Any, *args: Any, told: bool = False) -> Cleanup:
        """Has a function called when the scope has ended, however that is, the last registered
        first (K1); under `with` one that does not wait (K2a). With `told` it gets the Outcome
        before its arguments. `undefer()` of what is answered takes it back."""
        from ._cleanup import defer_in

        return defer_in(self, fn, args, told=told, waits=self._is_async)

    def __enter__(self: Self) -> Self:
        host, deadline = self._open()
        self._is_async = False
        if self._extra is NO_EXTRA:
            what = _SCOPE | _SHIELD if self._shield else _SCOPE
            if self._fails:
                what ^= c.ROOST_ASK_MOVE_ON << 32
            asks = host.asks
            asks += (what, self._key, self._task._key, deadline)
            if len(asks) > 4000:
                host.flush()
        else:
            options = ScopeOptions(
                move_on=not self._fails, shield=self._shield, **self._extra.options(deadline)
            )
            self._open_with(host, lib.roost_scope_open, options)
        if self._to_cancel is not None:
            self._opened()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool:
        if exc is None and self._state is OPEN and self._is_plain():
            host, task = self._host, self._task
            asks = host.asks
            asks += (_CLOSE, task._key, self._key, 0)
            task._block = self._outer
            self._state = CLOSED
            self._closed_plainly()
            return False
        return self._close(exc)

    def _is_plain(self) -> bool:
        """Whether its closing has nothing to tell: it is in order, and nothing has cancelled it."""
        host, task = self._host, self._task
        if local.host is not host or host.current is not task or task._block is not self:
            return False
        if self._cancel_called or self._has_cleanups or self._refused is not None:
            return False
        return not self._when or host.now() < self._when

    def _close(self, exc: BaseException | None) -> bool:
        if not self._check_closing():
            return False
        host, task = self._host, self._task
        if task._block is not self or self._refused:
            return self._close_early(exc)
        node = self.id
        host.flush()
        rc, rest = brought(exc)
        result = Result()
        self._body = rest
        code = lib.roost_host_scope_close(node, rc, result)
        self._body = None
        if result.node != node:
            check(code)
        task._block = self._outer
        self._state = CLOSED
        return self._conclude(code, result, exc, rest)

    async def __aenter__(self: Self) -> Self:
        self.__enter__()
        self._is_async = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool:
        if not self._has_cleanups:
            return self.__exit__(kind, exc, trace)
        if not self._check_closing():
            return False
        task = self._task
        if task._block is not self:
            return self._close_early(exc)
        rc, rest = brought(exc)
        task._block = self._outer
        self._state = CLOSING
        self._body = rest
        try:
            code, address = await ask_closing(rc, self._key, c.ROOST_ASK_TELL)
        finally:
            self._body = None
            self._state = CLOSED
        return self._conclude(code, Result.from_address(address) if address else None, exc, rest)

    def _close_early(self, exc: BaseException | None) -> bool:
        """Closes it while there are others open in it (B1a), or where it has no node (B4)."""
        said = self._refused or self._skip_inner()
        self._task._block = self._outer
        self._state = CLOSED
        if not self._refused:
            # What the body has raised is the context of what is raised here, and no error of it.
            self._host.asks += (_CLOSE, self._task._key, self._key, 0)
        self._closed_plainly()
        if said is None:
            return False
        try:
            raise said
        finally:
            del said, exc

    def _raise_found(
        self,
        found: list[BaseException],
        beyond: int,
        exc: BaseException | None,
        rest: BaseException | None,
    ) -> bool:
        if len(found) == 1 and found[0] is rest:
            if rest is exc:
                return False
            found.clear()
            raise rest
        self._raise_group(found, beyond, exc)
        return False


class Failing(Protocol):
    """What `fail_after` and `fail_at` answer: for type checkers, a scope after whose block nothing
    goes on that has not run to its end."""

    def __enter__(self) -> CancelScope: ...

    def __exit__(self, *of: Any) -> bool | None: ...

    async def __aenter__(self) -> CancelScope: ...

    async def __aexit__(self, *of: Any) -> bool | None: ...


class _FailScope(CancelScope):
    """One whose passed deadline raises TimeoutError (D2)."""

    __slots__ = ("_says",)

    _fails = True
    _says: str | None

    def _made(self, code: int) -> BaseException:
        if code == c.ROOST_ETIMEDOUT and self._says is not None:
            return TimeoutError(self._says)
        return super()._made(code)


def move_on_after(
    delay: float | None,
    shield: bool = False,
    *,
    grace: float | None = None,
    report: bool = False,
    name: str | None = None,
) -> CancelScope:
    """A scope that is cancelled so many seconds after it was entered, and absorbs that; None is
    for no deadline. A time below 0 has passed at once (D1)."""
    scope = CancelScope(shield=shield, grace=grace, report=report, name=name)
    scope._delay = _delay(delay)
    return scope


def move_on_at(
    deadline: float | None,
    shield: bool = False,
    *,
    grace: float | None = None,
    report: bool = False,
    name: str | None = None,
) -> CancelScope:
    """As `move_on_after`, at a time on `roost.current_time()`."""
    deadline = inf if deadline is None else deadline
    return CancelScope(deadline=deadline, shield=shield, grace=grace, report=report, name=name)


def fail_after(
    delay: float | None,
    shield: bool = False,
    reason: str | None = None,
    *,
    grace: float | None = None,
    report: bool = False,
    name: str | None = None,
) -> Failing:
    """A scope that is cancelled so many seconds after it was entered, and raises TimeoutError
    where that has cut work short (D2); `reason` is what the error says."""
    scope = _FailScope(shield=shield, grace=grace, report=report, name=name)
    scope._says = reason
    scope._delay = _delay(delay)
    return scope


def fail_at(
    deadline: float | None,
    shield: bool = False,
    reason: str | None = None,
    *,
    grace: float | None = None,
    report: bool = False,
    name: str | None = None,
) -> Failing:
    """As `fail_after`, at a time on `roost.current_time()`."""
    deadline = inf if deadline is None else deadline
    scope = _FailScope(deadline=deadline, shield=shield, grace=grace, report=report, name=name)
    scope._says = reason
    return scope


def current_effective_deadline() -> float:
    """When the nearest deadline would reach what runs, shields counted; -math.inf where it is
    cancelled, math.inf for never (D3)."""
    host = current_host()
    task = running_task()
    out = c_uint64()
    node = task._block.id if task._block is not None else task.id
    host.flush()
    check(lib.roost_effective_deadline(node, out))
    if out.value == 0:
        return -inf
    return inf if out.value >= c.ROOST_FOREVER else out.value / 1e9


def _delay(delay: float | None) -> float | None:
    if delay is not None and delay != delay:
        raise ValueError("a time is a number of seconds, not NaN; None is for no deadline")
    return inf if delay is None else delay
