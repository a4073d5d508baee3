"""What groups and scopes have in common: a task opens them one in the other, and closes them like
brackets (T1)."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_uint64
from math import inf
from typing import Any, ClassVar, NamedTuple
from weakref import ref

from ._abi import constants as c
from ._abi.library import lib
from ._abi.types import Result
from ._errors import (
    Cancelled,
    OrderError,
    Origin,
    Reason,
    ScopeCancelled,
    TaskCancelled,
    check,
    code_of,
    exception_of,
    leaves,
    reason_from,
    without_cancelled,
)
from ._kernel import Host, current_host, grace_of, local, nanoseconds, reason_of
from ._result import TaskError, errors_of, group_of
from ._task import Answer, TaskHandle, cancel_node

NEW, OPEN, CLOSING, SKIPPED, LEFT, CLOSED = range(6)


class Extra(NamedTuple):
    """What few blocks are given."""

    grace: float | None
    report: bool
    name: str | None
    until_stopping: bool

    def options(self, deadline: int) -> dict[str, Any]:
        """The fields of the options in C."""
        return {
            "name": None if self.name is None else self.name.encode(errors="replace"),
            "deadline_ns": deadline,
            "report": self.report,
            "grace_ns": grace_of(self.grace),
            "until_stopping": self.until_stopping,
        }


NO_EXTRA = Extra(None, False, None, False)


class Block:
    """A group or a scope."""

    __slots__ = (
        "__weakref__",
        "_body",
        "_cancel_called",
        "_cancelled_caught",
        "_deadline",
        "_delay",
        "_errors",
        "_extra",
        "_has_cleanups",
        "_host",
        "_id",
        "_key",
        "_outer",
        "_raised",
        "_reason",
        "_refused",
        "_shield",
        "_state",
        "_task",
        "_to_cancel",
        "_when",
    )

    _kind: ClassVar[str]
    _host: Host
    _id: int
    _cancelled_caught: bool
    _reason: Reason | None
    _errors: Sequence[TaskError]
    _key: int
    _outer: Block | None
    _task: TaskHandle[Any]
    _when: int  # its deadline on the engine's clock, 0 for none
    _to_cancel: tuple[str | None, int, Origin] | None

    def __init__(self, deadline: float, delay: float | None, shield: bool, extra: Extra) -> None:
        if deadline != deadline or delay != delay:
            raise ValueError("a deadline is a number of seconds, not NaN; math.inf is for none")
        self._deadline = deadline
        self._delay = delay
        self._shield = shield
        self._extra = extra
        self._state = NEW
        self._cancel_called = False
        self._to_cancel = None
        self._has_cleanups = False
        self._refused: BaseException | None = None
        self._body: BaseException | None = None  # what it has raised, while it is being closed

    def __repr__(self) -> str:
        state = ("unopened", "open", "closing", "left open", "left open", "closed")[self._state]
        return f"<{type(self).__name__} {self._called} {state}>"

    @property
    def _called(self) -> str:
        return repr(self._extra.name) if self._extra.name else "without a name"

    # What it is asked

    @property
    def id(self) -> int:
        """The engine's handle, for ordinary calls, which find done what was asked before them; 0
        before it is open."""
        if self._state is NEW:
            return 0
        if local.host is self._host:
            self._host.flush()
            if not self._id and self._state in (OPEN, CLOSING):
                self._id = self._host.node(self._key)
        return self._id

    @property
    def cancel_called(self) -> bool:
        """Whether it was itself cancelled, by a call or its deadline (C8)."""
        if self._cancel_called:
            return True
        if self._state is NEW:
            host = local.host
            if host and self._delay is None and self._deadline_ns(host) <= host.now():
                self._cancel_called = True  # for good: it is opened with this (C6b)
                self._delay = -inf
        elif self._state in (OPEN, CLOSING, SKIPPED):
            self._cancel_called = self._ask(lib.roost_cancel_called) == 1
        return self._cancel_called

    @property
    def cancelled_caught(self) -> bool:
        """Whether its cancellation has cut work short, and is absorbed here (C8)."""
        if self._state in (OPEN, CLOSING, SKIPPED):
            return self._ask(lib.roost_cancelled_caught) == 1
        return self._state is CLOSED and self._cancelled_caught

    @property
    def reason(self) -> Reason | None:
        """Why it is, or was, cancelled, also by what is around it; None if it is not (C9)."""
        if self._state in (OPEN, CLOSING, SKIPPED):
            self._host.check_thread()
            return reason_of(self.id)
        return self._reason if self._state is CLOSED else None

    @property
    def deadline(self) -> float:
        """When it is cancelled by itself; math.inf for never. It can be moved at any time (D1)."""
        if self._delay is not None:
            return current_host().now() / 1e9 + self._delay
        return self._deadline

    @deadline.setter
    def deadline(self, value: float) -> None:
        when = nanoseconds(value)
        if self._state in (OPEN, CLOSING, SKIPPED):
            self._host.check_thread()
            check(lib.roost_set_deadline(self.id, when))
            self._when = 0 if when == c.ROOST_FOREVER else when
            # The one before may have passed, which stays (D1).
            self._cancel_called = lib.roost_cancel_called(self.id) == 1
        elif self._state is NEW and self._cancel_called and self._to_cancel is None:
            return
        self._deadline = float(value)
        self._delay = None

    @property
    def shield(self) -> bool:
        """Whether it does not see the cancellation of what is around it (C10)."""
        return self._shield

    @shield.setter
    def shield(self, value: bool) -> None:
        if self._state in (OPEN, CLOSING, SKIPPED):
            self._host.check_thread()
            check(lib.roost_set_shield(self.id, bool(value)))
        self._shield = bool(value)

    def cancel(
        self, reason: str | None = None, *, code: int = 0, origin: Origin = Origin.EXPLICIT
    ) -> Answer:
        """Cancels all in it (C1). From any thread: "asked" is answered then. One that is not open
        yet is cancelled at its opening; where it has ended, nothing happens (C6b)."""
        if self._state is NEW:
            if self._cancel_called:
                return "already"
            self._to_cancel = (reason, code, origin)
            self._cancel_called = True
            return "ok"
        if self._state in (LEFT, CLOSED):
            return "ended"
        if local.host is not self._host:
            posted = self._host.post(lambda: self.cancel(reason, code=code, origin=origin))
            return "asked" if posted >= 0 else "ended"
        answer = cancel_node(self._host, self, reason, code, origin)
        self._cancel_called = True
        return answer

    def _ask(self, question: Any) -> int:
        self._host.check_thread()
        return check(question(self.id))

    def _deadline_ns(self, host: Host) -> int:
        if self._delay is not None:
            if self._delay == inf:
                return c.ROOST_FOREVER
            return host.now() + nanoseconds(self._delay) if self._delay > 0 else 1
        return nanoseconds(self._deadline)

    # Opening and closing

    def _open(self) -> tuple[Host, int]:
        """Becomes the innermost of the task that runs: the deadline, 0 for none."""
        host = local.host or current_host()
        task = host.current
        if task is None:
            raise OrderError(f"no task runs here, which could open a {self._kind}")
        if self._state is not NEW:
            raise OrderError(
                f"{self._kind} {self._called} was opened before; make a new one for each `with`"
            )
        if self._delay is not None:
            when = self._deadline_ns(host)
            self._deadline = inf if when >= c.ROOST_FOREVER else when / 1e9
            self._delay = None
        elif self._deadline == inf:
            when = 0
        else:
            when = nanoseconds(self._deadline)
        self._when = when = 0 if when >= c.ROOST_FOREVER else when
        self._host = host
        self._task = task
        self._outer = task._block
        self._key = host.key(self)
        self._id = 0
        self._state = OPEN
        task._block = self
        return host, when

    def _opened(self) -> None:
        """What it was told before its opening."""
        if self._to_cancel is not None:
            (reason, code, origin), self._to_cancel = self._to_cancel, None
            cancel_node(self._host, self, reason, code, origin)

    def _open_with(self, host: Host, call: Any, options: Any) -> None:
        """Opens it by an ordinary call."""
        out = c_uint64()
        host.flush()
        rc = call(self._task.id, options, out)
        if rc >= 0:
            rc = lib.roost_host_bind(host.runtime, self._key, out.value)
        if rc < 0:
            self._task._block = self._outer
            self._state = CLOSED
            self._closed_plainly()
            check(rc)
        self._id = out.value

    def _check_closing(self) -> bool:
        """Whether there is something to close: not where its task has ended, or has left what is
        around it (B1a). Raises where it is none of the calling task's to close."""
        if self._state in (LEFT, SKIPPED):
            return False
        if self._state is not OPEN:
            raise OrderError(f"{self._kind} {self._called} is not open; enter it by `with`")
        host = local.host
        if host is not self._host or host.current is not self._task:
            raise OrderError(
                f"{self._kind} {self._called} was opened by task {self._task.name!r}, and is left "
                "by other code; leave it where it was entered, and let no generator yield in it"
            )
        return True

    def _skip_inner(self) -> OrderError | None:
        """Leaves what is open in it, which it should not be now: cancelled at once, and no longer
        the task's current node (B1a). What is to be said of that, None where it is in order."""
        task = self._task
        inner, skipped = task._block, []
        while inner is not None and inner is not self:
            skipped.append(inner)
            inner = inner._outer
        if not skipped:
            return None
        host = self._host
        nodes = [block.id for block in skipped]
        check(lib.roost_host_abandon(nodes[-1]))
        for block in skipped:
            block._state = SKIPPED
            block._cancel_called = True
            host.give_back(block._key)
        task._block = self
        names = ", ".join(f"{block._kind} {block._called}" for block in skipped)
        return OrderError(
            f"{self._kind} {self._called} is left while {names} is open in it; leave blocks in the "
            "reverse order of entering, each in the task and the function that entered it"
        )

    def _leave(self, host: Host) -> None:
        """Its task ends with it open (G7)."""
        self._state = LEFT
        host.give_back(self._key)

    def _refuse(self, error: BaseException) -> None:
        """There was no memory to open it: raised at its end (B4)."""
        self._refused = error

    def _closed_plainly(self) -> None:
        self._host.give_back(self._key)
        self._cancelled_caught = False
        self._reason = None
        self._errors = ()

    def _take(self, result: Result, body: BaseException | None) -> int:
        """Takes over what the engine tells of its closing; how many errors are only counted."""
        self._cancel_called = bool(result.cancel_called)
        self._cancelled_caught = bool(result.cancelled_caught)
        self._reason = reason_from(result.reason.contents) if result.reason else None
        self._errors = list(errors_of(self._host, result, result.node, body))
        return result.error_count - len(self._errors)

    def _conclude(
        self,
        code: int,
        result: Result | None,
        exc: BaseException | None,
        rest: BaseException | None,
    ) -> bool:
        """What its closing means for whoever closes it."""
        self._closed_plainly()
        beyond = 0 if result is None else self._take(result, rest)
        return self._go_on(code, beyond, exc, rest)

    def _go_on(
        self, code: int, beyond: int, exc: BaseException | None, rest: BaseException | None
    ) -> bool:
        """True where a body's exception is absorbed, false where it goes on; or raises what takes
        its place."""
        if code >= 0:
            for leaf in leaves(exc) if exc else ():
                leaf._absorbed = True  # type: ignore[attr-defined]
            return True
        if code == c.ROOST_ECANCELED:
            if exc is not None and rest is None:
                return False
            raise Cancelled(self._reason or Reason())  # what else was raised, a filter has dropped
        found = [error.exception for error in self._errors if error.exception is not None]
        if found:
            return self._raise_found(found, beyond, exc, rest)
        raise self._made(code) from exc

    def _raise_found(
        self,
        found: list[BaseException],
        beyond: int,
        exc: BaseException | None,
        rest: BaseException | None,
    ) -> bool:
        raise NotImplementedError

    def _raise_group(
        self, found: list[BaseException], beyond: int, exc: BaseException | None
    ) -> None:
        """Raises the errors; they are kept here by name alone, since what was raised has this
        block in its frames."""
        more = f", and {beyond} more" if beyond > 0 else ""
        raised = group_of(f"errors of {self._kind} {self._called}{more}", found)
        self._raised = ref(raised)
        self._errors = [TaskError(error.name, None, error.failed) for error in self._errors]
        try:
            raise raised
        finally:
            if raised.__context__ is exc:
                raised.__context__ = None  # it is one of them
            del raised, found, exc

    def _made(self, code: int) -> BaseException:
        """The exception of a closing that has failed without an error of anybody."""
        if code == c.ROOST_ETIMEDOUT:
            return TimeoutError(f"the deadline of {self._kind} {self._called} has passed")
        if code == c.ROOST_EWASCANCELLED:
            return ScopeCancelled(
                f"{self._kind} {self._called} was cancelled: {self._reason}", reason=self._reason
            )
        if code == c.ROOST_ETASKCANCELLED:
            return TaskCancelled(f"all tasks of {self._kind} {self._called} were cancelled")
        return exception_of(code)


def reason_in(exc: BaseException | None) -> Reason | None:
    """Why a body was cancelled, where that is what it has raised."""
    if exc is not None:
        for leaf in leaves(exc):
            if isinstance(leaf, Cancelled):
                return leaf.reason
    return None


def brought(exc: BaseException | None) -> tuple[int, BaseException | None]:
    """The outcome of a body for the engine, and what it has raised besides Cancelled (G3)."""
    if exc is None:
        return 0, None
    rest = without_cancelled(exc)
    return (c.ROOST_ECANCELED if rest is None else code_of(rest)), rest
