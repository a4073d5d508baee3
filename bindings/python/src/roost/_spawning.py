"""How tasks are started in a group."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from ctypes import c_uint64
from inspect import CORO_CREATED, getcoroutinestate
from threading import get_ident
from types import CoroutineType
from typing import Any, TypeVar

from ._abi import constants as c
from ._abi.library import lib
from ._abi.types import TaskOptions
from ._ask import wait_code
from ._block import Block
from ._calling import call, check_function, coroutine_of
from ._convert import callable_name
from ._errors import NotStarted, OrderError, Status, check, exception_of
from ._kernel import BEGIN, ENDED, NO_DROP, WAKE, local, wrong_thread
from ._node import CLOSING, NEW, OPEN
from ._starting import Reporting
from ._task import DAEMON, PENDING, TELL, TaskHandle

T = TypeVar("T")

_blank = object.__new__
_SPAWN = c.ROOST_ASK_SPAWN
_DAEMON = c.ROOST_ASK_DAEMON << 32


class Spawner(Block):
    """What a group is for its tasks."""

    __slots__ = ("_mode",)

    _mode: int  # what is special about all its tasks

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
        if type(coro) is CoroutineType and getcoroutinestate(coro) != CORO_CREATED:
            raise OrderError(
                f"coroutine {coro.__qualname__!r} has begun already; give one that nobody awaits"
            )
        if context is None:
            context = copy_context()
        elif not isinstance(context, Context):
            raise TypeError(f"a context is a contextvars.Context, or None, not {context!r:.100}")
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
        task._coro = call(func, args, {"task_status": Reporting(task)})
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
        task._take_over(code)
        if code == c.ROOST_ENOTSTARTED:
            raise NotStarted(f"task {text!r} has ended without having called task_status.started()")
        is_cancelled = code == c.ROOST_ETASKCANCELLED
        if is_cancelled or task._brought is Status.FAILED:
            task._outcome()  # raises TaskCancelled
            try:
                raise task._result
            finally:
                del task, self
        raise exception_of(code, f"a cleanup of task {text!r} has failed")

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
