"""A group as a scope: `group.cancel_scope`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from ._cancel import Answer
from ._errors import OrderError, Origin, Reason
from ._scope import CancelScope

if TYPE_CHECKING:
    from ._cleanup import Cleanup
    from ._group import TaskGroup


class GroupScope(CancelScope):
    """What a group shares with a scope. It cannot be entered (C6b)."""

    __slots__ = ("_group",)

    def __init__(self, group: TaskGroup) -> None:
        self._group = group

    def __repr__(self) -> str:
        return f"<the scope of {self._group!r}>"

    @property
    def id(self) -> int:
        return self._group.id

    @property
    def cancel_called(self) -> bool:
        return self._group.cancel_called

    @property
    def cancelled_caught(self) -> bool:
        return self._group.cancelled_caught

    @property
    def reason(self) -> Reason | None:
        return self._group.reason

    @property
    def deadline(self) -> float:
        return self._group.deadline

    @deadline.setter
    def deadline(self, value: float) -> None:
        self._group.deadline = value

    @property
    def shield(self) -> bool:
        return self._group.shield

    @shield.setter
    def shield(self, value: bool) -> None:
        self._group.shield = value

    def cancel(
        self, reason: str | None = None, *, code: int = 0, origin: Origin = Origin.EXPLICIT
    ) -> Answer:
        return self._group.cancel(reason, code=code, origin=origin)

    def defer(self, fn: Any, *args: Any, told: bool = False) -> Cleanup:
        return self._group.defer(fn, *args, told=told)

    def __enter__(self) -> NoReturn:
        raise OrderError("a group's cancel_scope cannot be entered; enter the group")

    async def __aenter__(self) -> NoReturn:
        self.__enter__()
