"""Scopes with deadlines."""

from __future__ import annotations

from ctypes import c_uint64
from math import inf
from typing import Any, Protocol

from ._abi import constants as c
from ._abi.library import lib
from ._errors import check
from ._kernel import current_host, running_task
from ._scope import CancelScope


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
