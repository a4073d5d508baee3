"""`run`: a program's way into Roost."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from ctypes import c_uint64
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ._abi import callables
from ._abi import constants as c
from ._abi.library import lib
from ._abi.types import CancelOptions, Result, RuntimeOptions, TaskOptions
from ._asyncgens import AsyncGenerators
from ._driver import Driver
from ._errors import (
    FATAL,
    BaseExceptionGroup,
    Deadlock,
    OrderError,
    Origin,
    Reason,
    Status,
    TaskCancelled,
    check,
    exception_of,
    leaves,
)
from ._interrupt import Interrupts
from ._kernel import BEGIN, ENDED, callable_name, grace_of, local
from ._result import errors_of, group_of
from ._task import TELL, TaskHandle, call

if TYPE_CHECKING:
    from ._see import Report

sniffio: Any = None
with suppress(ImportError):
    sniffio = import_module("sniffio")

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


class Program(Driver):
    """The host of one `run`, from its main task to the end of its runtime."""

    def __init__(self, runtime: int, *, virtual: bool) -> None:
        super().__init__(runtime, virtual=virtual)
        self.root = Root(self, lib.roost_root(runtime))
        self.slots[0] = self.root
        self.main: TaskHandle[Any] | None = None
        self.generators = AsyncGenerators(self)
        self.raised: list[BaseException] = []  # by signal handlers
        self.is_closing = False
        self.is_closed = False
        self.is_deadlocked = False
        self.was_interrupted = False  # by Ctrl-C
        self.is_interrupted = False  # and everything is cancelled

    def run(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> BaseException | None:
        """Runs the main task, and all that comes of it: what is to be raised."""
        local.host = self
        try:
            check(lib.roost_host_open(self.runtime, None))
            with Interrupts(self), self.generators, _named():
                try:
                    self.main = self.root.start_soon(fn, *args)
                except BaseException:
                    self.close()
                    self.drive()
                    raise
                self.drive()
        finally:
            local.host = None
        return self.exception()

    def drive(self) -> None:
        """Turns until the runtime is closed."""
        while not self.is_closed:
            try:
                if self.was_interrupted:
                    self.look()
                number, told = self.turn()
            except BaseException as error:  # a signal handler's
                number, told = self.told()
                self.stop(error)
            if number <= 0:
                self.meet(number)
            while True:
                try:
                    self.resume(told)
                    break
                except BaseException as error:
                    self.stop(error)

    def meet(self, code: int) -> None:
        """A turn has told nothing."""
        if self.is_closed and code != c.ROOST_EDEADLK:
            return  # the outcome of the root, of which `_closed` has told more
        if code not in (0, c.ROOST_EDEADLK) or self.is_deadlocked:
            check(code)
            raise exception_of(code)
        self.is_deadlocked = True  # D4
        if not self.is_closed:
            self.close()

    def look(self) -> None:
        """Sees to what a signal has asked for."""
        if self.was_interrupted and not self.is_interrupted:
            self.is_interrupted = True
            self.interrupt()

    def stop(self, error: BaseException) -> None:
        """Something was raised that is no task's: all is cancelled, and run raises it."""
        if len(self.raised) > 100:
            raise error
        self.raised.append(error)
        self.interrupt()

    def interrupt(self) -> None:
        """Cancels all, as the host language's own cancellation (C9)."""
        self.flush()
        lib.roost_cancel(self.root.id, CancelOptions(origin=Origin.HOST.number))

    def has_ended(self, task: TaskHandle[Any]) -> None:
        if task is self.main:
            self.generators.close()
            self.close()

    def close(self) -> None:
        """Closes the runtime (S8a); turns bring it to its end."""
        if not self.is_closing:
            self.is_closing = True
            self.flush()
            check(lib.roost_close(self.runtime, 0, *callables.close(self._closed)))

    def _closed(self, result: Result) -> None:
        self.is_closed = True
        main = self.main._result if self.main is not None else None
        for error in errors_of(self, result, self.root.id, None):
            if error.exception is not None and error.exception is not main:
                self.others.append(error.exception)

    def forget(self) -> None:
        """The runtime has gone: what was never begun is closed."""
        self.root._host = None
        for named in self.slots:
            if isinstance(named, TaskHandle) and named._coro is not None:
                named._coro.close()
                named._coro = named._context = None
                named._status, named._result = Status.CANCELLED, None
        self.main = None
        self.raised.clear()
        self.others.clear()
        self.slots.clear()
        self.errors.clear()
        self.posted.clear()

    def errors_in_order(self) -> list[BaseException]:
        """What the run has to raise: the main task's error first."""
        main = self.main
        assert main is not None
        errors = [*self.others]
        brought = getattr(main, "_brought", main._status)
        if brought is Status.FAILED:
            errors.insert(0, main._result)
        if self.is_deadlocked:
            errors.append(
                Deadlock("nothing is left that could happen: all that runs waits for ever")
            )
        elif brought is Status.CANCELLED and not self.raised and not self.was_interrupted:
            reason: Reason | None = main._result
            errors.insert(0, TaskCancelled(f"the main task was cancelled: {reason}", reason=reason))
        return errors

    def exception(self) -> BaseException | None:
        """What the run raises (G3b); what ends the program as itself (G3a, C9a)."""
        errors = self.errors_in_order()
        fatal: BaseException | None
        fatal = next((e for error in errors for e in leaves(error) if isinstance(e, FATAL)), None)
        if self.raised:
            fatal, *more = self.raised
            errors = more + errors
        elif fatal is None and self.was_interrupted:
            fatal = KeyboardInterrupt()
        if fatal is not None:
            others = [rest for error in errors if (rest := _without(fatal, error))]
            if others:
                fatal.__context__ = others[0] if len(others) == 1 else group_of(SEVERAL, others)
            return fatal
        if len(errors) > 1:
            return group_of(SEVERAL, errors)
        return errors[0] if errors else None


@contextmanager
def _named() -> Iterator[None]:
    """Tells sniffio which library runs."""
    if sniffio is None:
        yield
        return
    before, sniffio.thread_local.name = sniffio.thread_local.name, "roost"
    try:
        yield
    finally:
        sniffio.thread_local.name = before


def _reporting(report: Any, stall: float | None, step: float | None) -> dict[str, Any]:
    if report is None and stall is None and step is None:
        return {}
    from ._see import reporting

    fields: dict[str, Any] = reporting(report, stall, step)
    return fields


def _in_child() -> None:
    """After fork nothing of the parent's run is the child's (S8b)."""
    if local.host is not None:
        local.host.thread = 0
        local.host = None


os.register_at_fork(after_in_child=_in_child)


SEVERAL = "several errors of one run"


def _without(known: BaseException, error: BaseException) -> BaseException | None:
    """An error without one of its leaves."""
    if isinstance(error, BaseExceptionGroup):
        rest: BaseException | None = error.split(lambda leaf: leaf is known)[1]
        return rest
    return None if error is known else error


def run(
    fn: Callable[..., Coroutine[Any, Any, T]],
    *args: Any,
    clock: Literal["real", "virtual"] = "real",
    seed: int | None = None,
    grace: float | None = None,
    name: str | None = None,
    report: Callable[[Report], object] | None = None,
    stall: float | None = None,
    step: float | None = None,
) -> T:
    """Runs an `async def` function with its arguments to its end: answers what it returns, or
    raises what it raises (G3b). All that it has started has ended then.

    clock: "virtual" for tests: time stands still while anything can run, then jumps (D4)
    seed: shuffles what is ready at the same time; the same number, the same order (S4)
    grace: how long, in seconds, shields hold off a cancellation of all; None: without end (C11)
    name: of the root group, in dumps
    report: called with a Report of what hinders the program; None: written to standard error (O3)
    stall: a cancelled node that has not ended after so many seconds is reported
    step: a step of a task that has held the loop for so many seconds is reported

    Ctrl-C cancels everything, with the origin host, and is raised as KeyboardInterrupt when all has
    ended (C9a); pressed again, it is raised where the program is.
    """
    if local.host is not None:
        raise OrderError(
            "roost.run goes on in this thread; await the function, or start it in a group"
        )

    def tell(it: Report) -> None:
        assert report is not None
        report(it)
        program.flush()  # it is called while the loop turns, which may wait next

    clocks = {"real": c.ROOST_CLOCK_REAL, "virtual": c.ROOST_CLOCK_VIRTUAL}
    if clock not in clocks:
        raise ValueError(f"a clock is 'real' or 'virtual', not {clock!r}")
    options = RuntimeOptions(
        clock=clocks[clock],
        seed=0 if seed is None else seed % 2**64 or 2**64 - 1,
        grace_ns=grace_of(grace),
        name=None if name is None else name.encode(errors="replace"),
        **_reporting(None if report is None else tell, stall, step),
    )
    out = c_uint64()
    check(lib.roost_runtime_open(options, out))
    program = Program(out.value, virtual=clock == "virtual")
    try:
        error = program.run(fn, args)
        if error is not None:
            raise error
        assert program.main is not None
        value: T = program.main._result
        return value
    finally:
        error = None
        program.forget()
