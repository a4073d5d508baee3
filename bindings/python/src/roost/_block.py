"""Groups and scopes as blocks: a task opens them one in the other, and closes them like brackets
(T1)."""

from __future__ import annotations

from ctypes import c_uint64
from math import inf
from typing import Any
from weakref import ref

from ._abi import constants as c
from ._abi.library import lib
from ._abi.types import Result
from ._cancel import cancel_node
from ._convert import nanoseconds
from ._errors import (
    Cancelled,
    OrderError,
    Reason,
    ScopeCancelled,
    TaskCancelled,
    check,
    exception_of,
    leaves,
    reason_from,
)
from ._kernel import Host, current_host, local
from ._node import CLOSED, LEFT, NEW, OPEN, SKIPPED, Node
from ._result import TaskError, errors_of, group_of, listing


class Block(Node):
    """A group or a scope, as a task opens and closes it."""

    __slots__ = ()

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
            block._task = block._outer = None  # type: ignore[assignment]
            host.give_back(block._key)
        task._block = self
        names = listing([f"{block._kind} {block._called}" for block in skipped])
        return OrderError(
            f"{self._kind} {self._called} is left while {names} is open in it; leave blocks in the "
            "reverse order of entering, each in the task and the function that entered it"
        )

    def _leave(self, host: Host) -> None:
        """Its task ends with it open (G7)."""
        self._state = LEFT
        self._task = self._outer = None  # type: ignore[assignment]
        host.give_back(self._key)

    def _refuse(self, error: BaseException) -> None:
        """There was no memory to open it: raised at its end (B4)."""
        self._refused = error

    def _closed_plainly(self) -> None:
        self._host.give_back(self._key)
        self._task = self._outer = None  # type: ignore[assignment]  # which hold what is raised
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
        try:
            return self._go_on(code, beyond, exc, rest)
        finally:
            del exc, rest

    def _go_on(
        self, code: int, beyond: int, exc: BaseException | None, rest: BaseException | None
    ) -> bool:
        """True where a body's exception is absorbed, false where it goes on; or raises what takes
        its place."""
        if code >= 0:
            for leaf in leaves(exc) if exc is not None else ():
                if isinstance(leaf, Cancelled):
                    leaf._absorbed = True  # type: ignore[misc]
            return True
        if code == c.ROOST_ECANCELED:
            if exc is not None and rest is None:
                return False
            raise Cancelled(self._reason or Reason())  # what else was raised, a filter has dropped
        found = [error.exception for error in self._errors if error.exception is not None]
        if found:
            try:
                return self._raise_found(found, beyond, exc, rest)
            finally:
                del found, exc, rest
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
            found.clear()  # which the callers have, and what was raised has them
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
