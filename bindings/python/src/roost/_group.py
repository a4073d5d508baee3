"""Task groups."""

from __future__ import annotations

from ctypes import addressof
from math import inf
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._abi import constants as c
from ._abi.callables import hold, join
from ._abi.library import lib
from ._abi.types import GroupOptions, Result
from ._ask import ask_closing, ask_code, checkpoint
from ._block import reason_in
from ._cancel import Answer
from ._convert import nanoseconds
from ._errors import brought, check
from ._group_scope import GroupScope
from ._node import CLOSED, CLOSING, NO_EXTRA, SKIPPED, extra_of
from ._policy import POLICIES, Filter, Filtering, Policy, filter_in_c
from ._result import TaskError
from ._scope import CancelScope
from ._spawning import Spawner
from ._task import RACE, TELL, TaskHandle

if TYPE_CHECKING:
    from ._cleanup import Cleanup


class TaskGroup(Spawner):
    """Tasks that end before it does: `async with` waits for all of them (G1).

    Made by `create_task_group`. Its errors come out of the block as an ExceptionGroup.
    """

    __slots__ = ("_filtering", "_group_options", "_options", "_policy", "_winner")

    _kind = "group"

    def __init__(
        self,
        *,
        policy: Policy | Filter = "fail_fast",
        limit: int | None = None,
        deadline: float = inf,
        shield: bool = False,
        grace: float | None = None,
        report: bool = False,
        max_errors: int | None = None,
        name: str | None = None,
        until_stopping: bool = False,
    ) -> None:
        extra = NO_EXTRA
        if grace is not None or report or name is not None or until_stopping:
            extra = extra_of(grace, report, name, until_stopping)
        super().__init__(deadline, None, shield, extra)
        known = policy if isinstance(policy, str) else None
        number = 0 if callable(policy) else POLICIES.get(known)
        if number is None:
            raise ValueError(
                f"a policy is 'fail_fast', 'supervise', 'race' or a function, not {policy!r}"
            )
        for what, bound in (("limit", limit), ("max_errors", max_errors)):
            if bound is not None and (not isinstance(bound, int) or bound < 1):
                raise ValueError(f"{what} is a number of at least 1, or None, not {bound!r}")
        most = c.ROOST_FOREVER  # more than the engine can count: as good as without end
        self._options = (number, min(limit or 0, most), min(max_errors or 0, most))
        self._mode = (TELL if limit else 0) | (RACE if number == c.ROOST_RACE else 0)
        self._group_options: GroupOptions | None = None
        self._winner: TaskHandle[Any] | None = None
        self._policy = policy
        self._filtering: Filtering | None = None

    # What it is told and asked

    @property
    def cancel_scope(self) -> CancelScope:
        """The group as a scope, which cannot be entered (C6b)."""
        return GroupScope(self)

    @property
    def errors(self) -> list[TaskError]:
        """After its end: what it has listed, in the order in which it happened (G3); also where
        that was not raised, as the errors of those who lost a race (G2b). The exceptions of what
        was raised are here as long as that is kept."""
        errors = self._errors if self._state is CLOSED else []
        raised = getattr(self, "_raised", None)
        if raised is None or (group := raised()) is None:
            return list(errors)
        exceptions = iter(group.exceptions)
        return [
            TaskError(error.name, next(exceptions, None)) if error.failed else error
            for error in errors
        ]

    @property
    def winner(self) -> TaskHandle[Any] | None:
        """After its end: the task that has won the race; None where none has (G2b)."""
        return self._winner

    def shutdown(self, patience: float) -> Answer:
        """Ends it in two steps (C12): waits of what has `until_stopping` raise Stopping,
        and what has not ended after so many seconds is cancelled. Another call can only bring that
        forward: "ok" where it has, or is the first, else "already". OrderError: it is not open."""
        self._check_open()
        for_ns = c.ROOST_NOW if patience <= 0 else nanoseconds(patience)
        rc = check(lib.roost_shutdown(self.id, for_ns))
        return "already" if rc == c.ROOST_ALREADY else "ok"

    def defer(self, fn: Any, *args: Any, told: bool = False) -> Cleanup:
        """Has a function called when all tasks of the group have ended, however that is, the last
        registered first (K1); it may be `async`. With `told` it gets the Outcome before its
        arguments. `undefer()` of what is answered takes it back."""
        from ._cleanup import defer_in

        return defer_in(self, fn, args, told=told, waits=True)

    # The block

    async def __aenter__(self) -> TaskGroup:
        host, deadline = self._open()
        options = self._in_c(deadline)
        self._group_options = options  # as long as the engine may read it
        address = 0 if options is None else addressof(options)
        host.asks += (c.ROOST_ASK_GROUP, self._key, self._task._key, address)
        if self._to_cancel is not None:
            self._opened()
        return self

    def _in_c(self, deadline: int) -> GroupOptions | None:
        number, limit, max_errors = self._options
        plain = (
            self._extra is NO_EXTRA
            and not self._shield
            and not callable(self._policy)
            and not deadline
        )
        if plain and number == c.ROOST_FAIL_FAST and not limit and not max_errors:
            return None
        options = GroupOptions(
            move_on=True,
            policy=number,
            limit=limit,
            max_errors=max_errors,
            shield=bool(self._shield),
            **self._extra.options(deadline),
        )
        if callable(self._policy):
            self._filtering = Filtering(self._host, self._policy)
            options.filter = filter_in_c
            options.filter_data, options.filter_drop = hold(self._filtering)
        return options

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool:
        if not self._check_closing():
            return await self._join_late(exc) if self._state is SKIPPED else False
        task = self._task
        said = None if task._block is self else self._skip_inner()
        if said is not None:
            said.__context__ = exc
            exc = said
        rc, rest = brought(exc)
        task._block = self._outer
        if self._refused:
            return self._never_opened()
        self._state = CLOSING
        self._body = rest
        self._reason = reason_in(exc)
        if self._filtering is not None:
            self._filtering.body = rest
        try:
            code, address = await ask_closing(rc, self._key)
            self._state = CLOSED
            if not address and not code and exc is None:
                self._closed_plainly()
                return False
            result = Result.from_address(address) if address else None
            if result is not None and self._mode & RACE:
                self._winner = self._host.errors.get(result.winner_result or 0)
                if self._winner is not None:
                    self._winner._group = self._host.root  # or each would keep the other
            return self._conclude(code, result, exc, rest)
        finally:
            self._body = self._filtering = None
            del rest, said, exc, task

    async def _join_late(self, exc: BaseException | None) -> bool:
        """Its block is left after what was around it: it is cancelled, and is waited for (B1a)."""
        rc, self._body = brought(exc)
        host, told = self._host, []

        def joined(node: int, result: Result) -> None:
            told.append((result.code, self._take(result, self._body)))

        host.flush()
        self._closed_plainly()
        joins = lib.roost_join(self._id, rc, *join(joined)) >= 0
        with CancelScope(shield=True):
            await ask_code(c.ROOST_ASK_END, self._id)
            while joins and not told:
                await checkpoint()
        self._state = CLOSED
        rest, self._body = self._body, None
        if not told:
            return False
        return self._go_on(*told[0], exc, rest)

    def _take(self, result: Result, body: BaseException | None) -> int:
        beyond = super()._take(result, body)
        if self._filtering is not None and self._filtering.raised:
            name = self._extra.name or ""
            raised = [TaskError(name, error) for error in self._filtering.raised]
            self._errors = [*self._errors, *raised]
        return beyond

    def _closed_plainly(self) -> None:
        if self._state is not SKIPPED:  # which has given its key back
            self._host.give_back(self._key)
        self._task = self._outer = None  # type: ignore[assignment]  # which hold what is raised
        self._group_options = None
        self._cancelled_caught = False
        self._reason = None
        self._errors = ()

    def _never_opened(self) -> bool:
        self._state = CLOSED
        self._closed_plainly()
        raise self._refused or MemoryError()

    def _raise_found(
        self,
        found: list[BaseException],
        beyond: int,
        exc: BaseException | None,
        rest: BaseException | None,
    ) -> bool:
        self._raise_group(found, beyond, exc)
        return False


def create_task_group(
    *,
    policy: Policy | Filter = "fail_fast",
    limit: int | None = None,
    deadline: float = inf,
    shield: bool = False,
    grace: float | None = None,
    report: bool = False,
    max_errors: int | None = None,
    name: str | None = None,
    until_stopping: bool = False,
) -> TaskGroup:
    """A group, to be opened by `async with`.

    policy: "fail_fast": the first error cancels the rest; "supervise": errors are collected;
        "race": the first success cancels the rest; or a function that is given each error and the
        name of its task, and answers "cancel", "record" or "drop" (G2)
    limit: so many tasks run at a time, the others wait in order (L2)
    deadline: when it is cancelled, on `roost.current_time()`, which it absorbs
    shield: what is around it does not cancel it (C10)
    grace: how long, in seconds, shields in it hold off a cancellation; None: as around it (C11)
    report: its end raises ScopeCancelled where it has absorbed its cancellation (C7a)
    max_errors: so many errors are listed, the others counted; None: 1,000 (G3)
    name: for dumps, reasons and errors
    until_stopping: waits of its body raise Stopping once a shutdown is under way (C12)
    """
    return TaskGroup(
        policy=policy,
        limit=limit,
        deadline=deadline,
        shield=shield,
        grace=grace,
        report=report,
        max_errors=max_errors,
        name=name,
        until_stopping=until_stopping,
    )
