"""What groups and scopes have in common for those who hold one: they are cancelled, have deadlines
and shields, and say what became of them (C8)."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ._abi import constants as c
from ._abi.library import lib
from ._cancel import Answer, cancel_node, cancel_options
from ._convert import grace_of, nanoseconds
from ._errors import (
    Origin,
    Reason,
    check,
)
from ._kernel import Host, current_host, local, reason_of
from ._result import TaskError
from ._task import TaskHandle

if TYPE_CHECKING:
    from ._block import Block

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


def extra_of(grace: float | None, report: bool, name: str | None, until_stopping: bool) -> Extra:
    """Checked, since an opening must not fail halfway."""
    grace_of(grace)
    if name is not None and not isinstance(name, str):
        raise TypeError(f"a name is a str, or None, not {name!r}")
    return Extra(grace, bool(report), name, bool(until_stopping))


class Node:
    """A group or a scope: what it is asked and told."""

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
        when, value = nanoseconds(value), float(value)
        if self._state in (OPEN, CLOSING, SKIPPED):
            self._host.check_thread()
            check(lib.roost_set_deadline(self.id, when))
            self._when = 0 if when == c.ROOST_FOREVER else when
            # The one before may have passed, which stays (D1).
            self._cancel_called = lib.roost_cancel_called(self.id) == 1
        elif self._state is NEW and self._cancel_called and self._to_cancel is None:
            return
        self._deadline = value
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
        """Cancels all in it (C1): what waits there raises Cancelled in a later turn. One that is
        not open yet is cancelled at its opening. `reason`, of which 63 bytes are kept, and `code`
        are for whoever asks why; `origin` is EXPLICIT, SIGNAL or HOST, else ValueError.

        "ok"; "already": it was cancelled before, and the first reason stands; "ended": it has
        ended, and nothing happens (C6b); "asked", from another thread: the run's will do it."""
        if self._state is NEW:
            cancel_options(reason, code, origin)  # refuses now what it would at the opening
            if self._cancel_called:
                return "already"
            self._to_cancel = (reason, code, origin)
            self._cancel_called = True
            return "ok"
        if self._state in (LEFT, CLOSED):
            return "ended"
        if local.host is not self._host and not self._id:
            posted = self._host.post(lambda: self.cancel(reason, code=code, origin=origin))
            return "asked" if posted >= 0 else "ended"
        answer = cancel_node(self._host, self, reason, code, origin)
        if answer != "ended":
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
