"""The root group of a run."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import copy_context
from ctypes import c_uint64
from typing import TYPE_CHECKING, Any, TypeVar

from ._abi import constants as c
from ._abi.library import lib
from ._abi.types import TaskOptions
from ._calling import call
from ._convert import callable_name
from ._errors import OrderError, Status, check
from ._kernel import BEGIN, ENDED
from ._task import TELL, TaskHandle

if TYPE_CHECKING:
    from ._program import Program

T = TypeVar("T")


class Root:
    """The root group, for tasks of Roost's own."""

    _block = None

    def __init__(self, host: Program, ident: int) -> None:
        self._host: Program | None = host
        self.id = ident

    def start_soon(
        self,
        func: Callable[..., Coroutine[Any, Any, T]],
        *args: Any,
        name: object = None,
        daemon: bool = False,
        shield: bool = False,
    ) -> TaskHandle[T]:
        """Starts a task in the root group; from a posted function, or between two turns, too."""
        host = self._host
        if host is None:
            raise OrderError("the run is over", code=c.ROOST_ECLOSED)
        host.check_thread()
        text = callable_name(func) if name is None else str(name)
        task: TaskHandle[T] = TaskHandle(self, call(func, args), copy_context(), text, TELL)
        task._key = host.key(task)
        options = TaskOptions(
            start=BEGIN,
            data=task._key,
            drop=ENDED,
            name=text.encode(errors="replace"),
            daemon=daemon,
            shield=shield,
        )
        out = c_uint64()
        host.flush()
        rc = lib.roost_spawn(self.id, options, out)
        if rc < 0:
            task._coro.close()
            task._coro = task._context = None
            task._status, task._result = Status.CANCELLED, None
            check(rc)
        check(lib.roost_host_bind(host.runtime, task._key, out.value))
        check(lib.roost_release(out.value))
        task._id = out.value
        return task

    def _refuse(self, error: BaseException) -> None:
        raise error
