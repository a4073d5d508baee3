"""What to_thread and from_thread share: the call of a function on a thread of the pool, and what
such a thread has run on the runtime's.

The call is a blocking task (S6) in a group of its own, which the caller opens where it is and
closes at once: so the caller waits for the function, and a cancellation of the caller reaches it.
What the function has run on the runtime's thread are further tasks of that group.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from functools import partial
from typing import Any, Protocol

from ._abi.constants import ROOST_ECANCELED, ROOST_ECLOSED, ROOST_ESTALE
from ._abi.declare import Pointer
from ._abi.library import lib
from ._abi.types import BlockingOptions, DropFn, WorkFn
from ._convert import callable_name
from ._errors import Cancelled, ClosedResourceError, OrderError, check
from ._kernel import Host, current_host, local
from ._limiters import CapacityLimiter
from ._task import TaskHandle


class Group(Protocol):
    """What tasks are spawned into."""

    @property
    def id(self) -> int: ...

    def start_soon(
        self, func: Callable[..., Any], /, *args: Any, name: str | None = None
    ) -> TaskHandle[Any]: ...


class Call:
    """A function that a thread of the pool calls. Its fields are written by that thread while the
    function runs, else by the runtime's."""

    def __init__(self, func: Callable[..., Any], args: tuple[Any, ...], abandon: bool) -> None:
        self.func, self.args, self.abandon = func, args, abandon
        self.context = copy_context()
        self.host = current_host()
        self.group: Group
        self.limiter: CapacityLimiter
        self.task = 0  # the blocking task's handle
        self.value: Any = None
        self.error: BaseException | None = None
        self.has_returned = False
        self.is_left = False
        self.is_over = False
        self.is_released = False

    def begin(self, group: Group, name: str) -> None:
        """Gives it to the pool."""
        self.group = group
        data = id(self)
        _calls[data] = self
        options = BlockingOptions(
            work=_work, data=data, drop=_drop, abandon=int(self.abandon), name=name.encode()
        )
        check(lib.roost_spawn_blocking(group.id, options, None))

    def work(self, task: int) -> int:
        """Calls the function: what the pool's thread does."""
        self.task = task
        here.call = self
        try:
            self.value = self.context.run(self.func, *self.args)
        except BaseException as error:
            if isinstance(error, Cancelled) and lib.roost_cancelled(task) == 1:
                return ROOST_ECANCELED  # S6: it was asked, and says so
            self.error = own(error)
        finally:
            here.call = None
            self.has_returned = True
        return 0

    def leave(self) -> None:
        """The caller goes on. The thread of a function that was abandoned is free later (S6a)."""
        self.is_left = True
        if self.has_returned or self.is_over:
            self.release()

    def end(self) -> None:
        """The function has returned, or never was called."""
        self.is_over = True
        if self.is_left and local.host is self.host:
            self.release()

    def release(self) -> None:
        if not self.is_released:
            self.is_released = True
            self.limiter.release_on_behalf_of(self)


def own(error: BaseException) -> BaseException:
    """An exception without the first frame of its traceback, which is of this file (B3)."""
    trace = error.__traceback__
    return error.with_traceback(trace and trace.tb_next)


class Token:
    """A run, as other threads name it. From `current_token`; it may be kept for ever."""

    __slots__ = ("_host",)

    def __init__(self, host: Host) -> None:
        self._host = host


class _Here(threading.local):
    call: Call | None = None


here = _Here()  # the call that this thread works for
_calls: dict[int, Call] = {}  # those of which the engine has not let go


@WorkFn
def _work(task: int, data: int, result: Pointer[Any]) -> int:
    return _calls[data].work(task)


@DropFn
def _drop(data: int) -> None:
    _calls.pop(data).end()


class Answer:
    """What a thread waits for: the outcome of a coroutine on the runtime's."""

    __slots__ = ("error", "lock", "value")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lock.acquire()
        self.value: Any = None
        self.error: BaseException | None = None

    def wait(self) -> Any:
        """Holds this thread until it is there: the value, or raises the exception."""
        self.lock.acquire()
        error, self.error = self.error, None
        if error is None:
            return self.value
        try:
            raise error
        finally:
            del error


class Promise:
    """Gives an answer once. When the coroutine that has it goes without having given any, it was
    never run: that is the answer."""

    __slots__ = ("answer",)

    def __init__(self, answer: Answer) -> None:
        self.answer: Answer | None = answer

    def give(self, value: Any, error: BaseException | None = None) -> None:
        answer, self.answer = self.answer, None
        if answer is not None:
            answer.value, answer.error = value, error
            answer.lock.release()

    def __del__(self) -> None:
        self.give(None, OrderError("the run has ended, and nothing more is run in it"))


async def serve(
    promise: Promise, func: Callable[..., Awaitable[Any]], args: tuple[Any, ...]
) -> None:
    """The task that does what a thread has asked for: whatever comes of it is that thread's."""
    try:
        value = await func(*args)
    except GeneratorExit:
        raise
    except BaseException as error:
        promise.give(None, own(error))
    else:
        promise.give(value)


def have_served(
    host: Host,
    group: Callable[[], Group],
    func: Callable[..., Awaitable[Any]],
    args: tuple[Any, ...],
) -> Any:
    """Has a coroutine run as a task of a group, from any other thread, and waits for its outcome.
    `group` is called on the runtime's thread."""
    if local.host is not None:
        raise OrderError("this thread runs tasks itself, and cannot wait for one; await it instead")
    answer, context = Answer(), copy_context()

    def begin(promise: Promise) -> None:
        try:
            context.run(group().start_soon, serve, promise, func, args, name=callable_name(func))
        except ClosedResourceError:
            return  # the run is ending: nobody has the promise any more, which says so
        except BaseException as error:
            promise.give(None, error)

    rc = host.post(partial(begin, Promise(answer)))
    if rc < 0 and rc not in (ROOST_ECLOSED, ROOST_ESTALE):
        check(rc)
    return answer.wait()
