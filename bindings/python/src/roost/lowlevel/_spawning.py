"""The functions of tasks, as the engine is given them."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import c_uint64, c_void_p
from typing import TYPE_CHECKING, Any

from .._abi.callables import blocking_options, hold, task_options
from .._abi.constants import ROOST_PENDING
from .._abi.declare import Pointer
from .._abi.library import lib
from .._abi.types import Reason as RawReason
from .._abi.types import TaskOptions
from .._errors import Cancelled, check, code_of, reason_from
from ._calls import (
    PENDING,
    called,
    function,
    grace_ns,
    moment_ns,
    name_of,
    opened,
    over,
    own,
    text,
    timeout_ns,
)
from ._ended import Ended
from ._task import Kept, Task, of_task
from ._waits import Call

if TYPE_CHECKING:
    from ._runtime import Runtime


def task_fields(
    fn: Callable[..., object],
    timeout: float | None,
    deadline: float | None,
    move_on: bool,
    shield: bool,
    grace: float | None,
    until_stopping: bool,
    daemon: bool,
    name: str | None,
) -> dict[str, Any]:
    """The options that tasks of every kind have."""
    return {
        "name": name_of(fn) if name is None else text("a name", name),
        "timeout_ns": timeout_ns(timeout),
        "deadline_ns": 0 if deadline is None else moment_ns(deadline),
        "move_on": bool(move_on),
        "shield": bool(shield),
        "grace_ns": grace_ns(grace),
        "until_stopping": bool(until_stopping),
        "daemon": bool(daemon),
    }


class Spawned:
    """The first step of a task, and its `on_cancel`."""

    __slots__ = ("args", "fn", "kept", "on_cancel", "runtime")

    def __init__(
        self,
        runtime: Runtime,
        call: str,
        fn: Callable[..., object],
        args: tuple[object, ...],
        on_cancel: Callable[..., object] | None = None,
    ) -> None:
        function(call, fn)
        if on_cancel is not None:
            function(call, on_cancel)
        self.runtime = runtime
        self.fn = fn
        self.args = args
        self.on_cancel = on_cancel

    def spawn(self, group: int, fields: dict[str, Any]) -> Task:
        kept = Kept(fields["name"])
        task = opened(lib.roost_spawn, group, self.options(kept, fields))
        return keep(self.runtime, task, kept)

    def start(self, group: int, within: int, call: StartCall, fields: dict[str, Any]) -> Task:
        call.kept = Kept(fields["name"])
        out = c_uint64()
        options = self.options(call.kept, fields)
        check(lib.roost_start(group, within, options, *call.begin(), out, None))
        return keep(self.runtime, out.value, call.kept)

    def options(self, kept: Kept, fields: dict[str, Any]) -> TaskOptions:
        self.kept = kept
        options = task_options(self, self.cancel if self.on_cancel else None, **fields)
        options.drop = over
        return options

    def over(self) -> None:
        """The task has ended, and its cleanups have run."""
        self.kept.take()
        del self.kept  # for this is in the frames of the exception's traceback

    def __call__(self, id: int) -> int:  # noqa: A002
        try:
            value = called(self.fn, Task(self.runtime, id), *self.args)
            if value is PENDING:
                return ROOST_PENDING
            self.runtime._ends(id)
            if value is None:
                return 0
            lib.roost_finish(id, 0, *hold(value))  # drops it where finish() came before (S2a)
        except BaseException as error:
            self.runtime._failed(id, own(error))
        return ROOST_PENDING

    def cancel(self, id: int, why: RawReason) -> int:  # noqa: A002
        assert self.on_cancel is not None
        try:
            task = Task(self.runtime, id)
            answer = called(self.on_cancel, task, reason_from(why), *self.args)
            if answer is PENDING:
                return ROOST_PENDING
            self.runtime._ends(id)
            return 0
        except BaseException as error:
            self.runtime._failed(id, own(error))
        return ROOST_PENDING


class Work:
    """What a blocking task does, on a thread of the pool."""

    __slots__ = ("args", "fn", "kept", "runtime")

    def __init__(
        self, runtime: Runtime, fn: Callable[..., object], args: tuple[object, ...]
    ) -> None:
        function("spawn_blocking()", fn)
        self.runtime = runtime
        self.fn = fn
        self.args = args

    def spawn(self, group: int, abandon: bool, fields: dict[str, Any]) -> Task:
        kept = Kept(fields["name"])
        self.kept = kept
        options = blocking_options(self, abandon=bool(abandon), **fields)
        options.drop = over
        task = opened(lib.roost_spawn_blocking, group, options)
        return keep(self.runtime, task, kept)

    @property
    def run(self) -> Work:
        return self

    def over(self) -> None:
        """The task has ended, its function has returned, and its cleanups have run."""
        self.kept.take()
        del self.kept  # for this is in the frames of the exception's traceback

    def __call__(self, id: int, result: Pointer[c_void_p]) -> int:  # noqa: A002
        try:
            value = called(self.fn, Task(self.runtime, id), *self.args)
            if value is not None:
                result[0] = c_void_p(hold(value)[0])
            return 0
        except BaseException as error:
            result[0] = c_void_p(hold(own(error))[0])
            if not isinstance(error, Cancelled):
                self.kept.exception = error
            return code_of(error)


class StartCall(Call):
    """The function that is told of a task's report."""

    __slots__ = ("kept",)

    kept: Kept

    def value(self, rc: int) -> Any:
        return self.kept.start_value

    def ended(self, rc: int) -> Ended:
        told = super().ended(rc)
        if rc >= 0:
            return told
        return Ended(exception=of_task(told.exception, self.kept.take()))


def keep(runtime: Runtime, task: int, kept: Kept) -> Task:
    """The object that keeps the outcome of a task that was spawned."""
    kept.handle = task
    runtime._kept[task] = kept
    return Task(runtime, task, kept)
