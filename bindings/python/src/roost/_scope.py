"""Cancel scopes: a stretch of a task that can be cancelled, or timed out, on its own."""

from __future__ import annotations

from math import inf
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from ._abi import constants as c
from ._abi.library import lib
from ._abi.types import Result, ScopeOptions
from ._ask import ask_closing
from ._block import Block, reason_in
from ._errors import brought, check
from ._kernel import local
from ._node import CLOSED, CLOSING, NO_EXTRA, OPEN, extra_of

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
            extra = extra_of(grace, report, name, until_stopping)
        Block.__init__(self, deadline, None, shield, extra)

    def defer(self, fn: Any, *args: Any, told: bool = False) -> Cleanup:
        """Has a function called when the scope has ended, however that is, the last registered
        first (K1); under `with` one that does not wait (K2a). With `told` it gets the Outcome
        before its arguments. `undefer()` of what is answered takes it back."""
        from ._cleanup import defer_in

        return defer_in(self, fn, args, told=told, waits=getattr(self, "_is_async", True))

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
                move_on=not self._fails, shield=bool(self._shield), **self._extra.options(deadline)
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
        host = self._host
        if self._task._block is not self or self._refused:
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
        self._task._block = self._outer
        self._state = CLOSED
        try:
            return self._conclude(code, result, exc, rest)
        finally:
            del exc, rest

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
        if self._task._block is not self:
            return self._close_early(exc)
        rc, rest = brought(exc)
        self._task._block = self._outer
        self._state = CLOSING
        self._body = rest
        self._reason = reason_in(exc)
        try:
            code, address = await ask_closing(rc, self._key, c.ROOST_ASK_TELL)
            self._state = CLOSED
            result = Result.from_address(address) if address else None
            return self._conclude(code, result, exc, rest)
        finally:
            self._body = None
            self._state = CLOSED
            del exc, rest

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
            self._errors = ()
            if rest is exc:
                return False
            try:
                raise rest
            finally:
                del found, exc, rest
        self._raise_group(found, beyond, exc)
        return False
