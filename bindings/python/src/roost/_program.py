"""What brings one run to its end, and what that raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

from ._abi import callables
from ._abi import constants as c
from ._abi.library import lib
from ._abi.reading import listed
from ._abi.types import CancelOptions, Result
from ._asyncgens import AsyncGenerators
from ._driver import Driver
from ._errors import (
    FATAL,
    HANG,
    BaseExceptionGroup,
    Deadlock,
    Origin,
    Reason,
    Status,
    TaskCancelled,
    check,
    exception_of,
    leaves,
)
from ._interrupt import Interrupts
from ._kernel import local
from ._result import errors_of, group_of
from ._root import Root
from ._task import TaskHandle

sniffio: Any = None
with suppress(ImportError):
    sniffio = import_module("sniffio")

SEVERAL = "several errors of one run"


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
        self.is_hurt = False  # a signal handler has raised in the driver
        self.has_own_deadlock = False  # one that the program has raised
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
                    self.finish()
                    raise
                self.finish()
        finally:
            self.end()
            local.host = None
        return self.exception()

    def end(self) -> None:
        """Closes the runtime where something was raised before all was in place for the driving, as
        by Ctrl-C."""
        while not self.is_closed:
            try:
                self.close()
            except BaseException as error:
                self.raised.append(error)
            self.finish()

    def finish(self) -> None:
        """Drives to the end, whatever a handler may raise while it is noted what one has raised."""
        while not self.is_closed:
            try:
                self.drive()
            except BaseException as error:
                self.raised.append(error)

    def drive(self) -> None:
        """Turns until the runtime is closed. What is raised here is a signal handler's, which may
        raise anywhere: all is cancelled then, and run raises it."""
        while not self.is_closed:
            try:
                if self.is_hurt:
                    self.mend(self.raised[-1])
                    self.is_hurt = False
                self.go_on()
            except BaseException as error:
                self.raised.append(error)
                self.is_hurt = True

    def go_on(self) -> None:
        """Resumes what is left, and turns, again and again."""
        while not self.is_closed:
            self.resume(self.left)
            if (self.raised or self.was_interrupted) and not self.is_interrupted:
                self.interrupt()
            number = self.turn()
            if number <= 0:
                self.meet(number)

    def meet(self, code: int) -> None:
        """A turn has told nothing."""
        if self.is_closed and (code != c.ROOST_EDEADLK or self.has_own_deadlock):
            return  # the outcome of the root, of which `_closed` has told more
        if code not in (0, c.ROOST_EDEADLK) or self.is_deadlocked or len(self.raised) > 100:
            self.is_closed = True  # as far as it can be: in the child of a fork not at all (S8b)
            raise exception_of(code)
        self.is_deadlocked = True  # D4
        if not self.is_closed:
            self.close()

    def interrupt(self) -> None:
        """Cancels all, as the host language's own cancellation (C9)."""
        self.flush()
        lib.roost_cancel(self.root.id, CancelOptions(origin=Origin.HOST.number))
        self.is_interrupted = True

    def has_ended(self, task: TaskHandle[Any]) -> None:
        if task is self.main:
            self.generators.close()
            self.close()

    def close(self) -> None:
        """Closes the runtime (S8a); turns bring it to its end."""
        if not self.is_closing:
            self.flush()
            check(lib.roost_close(self.runtime, 0, *callables.close(self._closed)))
            self.is_closing = True

    def _closed(self, result: Result) -> None:
        self.is_closed = True
        main = self.main
        known = main._result if main else None
        errors = errors_of(self, result, self.root.id, None)
        for raw, error in zip(listed(result.errors), errors, strict=True):
            if error.exception is None or error.exception is known:
                continue
            if main and raw.node == main._id and raw.code == c.ROOST_ENOTCANCELLED:
                continue  # main's handle says it
            self.others.append(error.exception)
        origin = result.reason.contents.origin if result.reason else 0
        self.has_own_deadlock = result.code == c.ROOST_EDEADLK and origin != c.ROOST_DEADLOCK

    def forget(self) -> None:
        """The runtime has gone: what was never begun is closed."""
        self.root._host = None
        for named in self.slots:
            if isinstance(named, TaskHandle) and named._coro is not None:
                if getattr(named._coro, "cr_frame", None) and not hasattr(named, "_id"):
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
            errors.append(Deadlock(HANG))
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


def _without(known: BaseException, error: BaseException) -> BaseException | None:
    """An error without one of its leaves."""
    if isinstance(error, BaseExceptionGroup):
        rest: BaseException | None = error.split(lambda leaf: leaf is known)[1]
        return rest
    return None if error is known else error


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
