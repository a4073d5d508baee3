"""What a task that is started reports by (L4)."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar, overload
from weakref import ref

from ._abi import constants as c
from ._abi.library import lib
from ._errors import OrderError, check
from ._kernel import current_host
from ._task import TaskHandle

T_contra = TypeVar("T_contra", contravariant=True)


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


class Reporting:
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
