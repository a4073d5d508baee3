"""How waits, groups and scopes have ended, as their callbacks are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .._abi.callables import held
from .._abi.constants import ROOST_ECANCELED, ROOST_EIO, ROOST_EUNCLOSED, ROOST_EWASCANCELLED
from .._abi.reading import listed
from .._abi.types import Error
from .._abi.types import Outcome as RawOutcome
from .._abi.types import Result as RawResult
from .._errors import (
    STATUS_OF,
    BaseExceptionGroup,
    Cancelled,
    Outcome,
    Reason,
    RoostError,
    ScopeCancelled,
    Status,
    exception_of,
    reason_from,
)
from ._calls import called


@dataclass(frozen=True)
class Ended:
    """How a wait has ended."""

    value: Any = None
    """What was waited for: the value of a task, an item, the number of a signal, ...; else None."""
    exception: BaseException | None = None
    """Why it was not got: `Cancelled` when the node of the wait was cancelled first. Else None; and
    when the function that was told this has raised it."""

    @property
    def cancelled(self) -> bool:
        """Whether the node of the wait was cancelled first (C3)."""
        return isinstance(self.exception, Cancelled)

    def get(self) -> Any:
        """The value, or raises the exception."""
        if self.exception is not None:
            raise self.exception
        return self.value


class Failure(NamedTuple):
    """An error in a group or scope: of a task, a cleanup, a body, or a group joined inside (G3)."""

    name: str
    """The task's name; "cleanup of <name>" for a cleanup's, "" for none."""
    exception: BaseException
    """What was raised; of a group that was joined inside, its ExceptionGroup."""


@dataclass(frozen=True)
class Result:
    """How a group or scope has ended (G5)."""

    exception: BaseException | None
    """What goes on to whoever closed it. None: all is well, a cancellation of its own included. An
    ExceptionGroup: something failed. TimeoutError: its own deadline cut it short. `Cancelled`: a
    cancellation from further out, which goes on. `ScopeCancelled`: it was opened to report its own
    (C7a). `NoWinner`: a race without one.
    After the function that was told this has raised it, None."""
    cancel_called: bool
    """Somebody, or its deadline, cancelled this node itself (C8)."""
    cancelled_caught: bool
    """And that cut work short, and was absorbed here (C8)."""
    reason: Reason | None
    """Of the cancellation that applied to it, else None."""
    errors: tuple[Failure, ...] = ()
    """What has failed, in the order in which it happened; those of a race's losers too."""
    error_count: int = 0
    """All that has failed; what is beyond `max_errors` is only counted."""
    winner: str | None = None
    """The name of the task that won the race (G2b), else None."""
    value: Any = None
    """What the winner of the race returned, else None."""

    def get(self) -> Any:
        """The value, or raises the exception."""
        if self.exception is not None:
            raise self.exception
        return self.value

    def told(self) -> Result:
        """The same without its exceptions, which would keep the frames of their tracebacks."""
        return replace(self, exception=None, errors=())


def failure_of(code: int) -> BaseException:
    """The exception of a code, where what was raised is not at hand."""
    if code == ROOST_EIO:  # which is that of every exception that has no better one
        return RoostError("it has failed; its group is told what was raised", code=code)
    return exception_of(code)


def outcome_from(raw: RawOutcome, exception: BaseException | None = None) -> Outcome:
    """An outcome, copied out of the engine's memory. `exception`: what a task has raised."""
    state = STATUS_OF.get(raw.state, Status.PENDING)
    if state is not Status.FAILED:
        exception = None
    elif exception is None:
        exception = failure_of(raw.code)
    reason = reason_from(raw.reason.contents) if raw.reason else None
    return Outcome(state, held(raw.result), exception, reason)


def tell(fn: Callable[..., object], told: Ended | Result, args: tuple[object, ...]) -> None:
    """Calls a function with what it is told, and leaves no circle of references behind: that of an
    exception, its traceback, the function's frame, and what was told in it."""
    exception = told.exception
    trace = exception.__traceback__ if exception else None
    try:
        called(fn, told, *args)
    except BaseException as error:
        if error is exception:
            object.__setattr__(told, "exception", None)
            trace = error.__traceback__
        raise
    finally:
        if exception:
            exception.__traceback__ = trace
        del exception, trace


def listed_exception(error: Error, body: BaseException | None = None) -> BaseException:
    """The exception of an error in the engine's list: that which was raised, or one that says the
    same. `body` is that of the node whose list it is."""
    raised = held(error.object)
    if isinstance(raised, BaseException):
        return raised
    if body is not None:
        return body
    name = error.name.decode(errors="replace")
    message = error.message.decode(errors="replace") if error.message else ""
    said = exception_of(error.code, message)
    if not error.children:
        return said
    nested = group_of(name, [listed_exception(child) for child in listed(error.children)])
    if error.code != ROOST_EUNCLOSED:
        return nested
    said.__cause__ = nested
    return said


def group_of(name: str, exceptions: list[BaseException]) -> BaseException:
    """The errors of a group as one exception (G3)."""
    errors = "1 error" if len(exceptions) == 1 else f"{len(exceptions)} errors"
    grouped: BaseException = BaseExceptionGroup(f"{errors} in {name or 'a group'}", exceptions)
    return grouped


def result_from(raw: RawResult, name: str, body: BaseException | None) -> Result:
    """A result, copied out of the engine's memory. `body`: what was given as the body's error."""
    errors = []
    codes = set()
    for error in listed(raw.errors):
        if error.code < 0:  # a race lists later successes too (G2b)
            raised = listed_exception(error, body if error.node == raw.node else None)
            errors.append(Failure(error.name.decode(errors="replace"), raised))
            codes.add(error.code)
    reason = reason_from(raw.reason.contents) if raw.reason else None
    return Result(
        exception=_goes_on(raw.code, name, reason, errors if raw.code in codes else []),
        cancel_called=raw.cancel_called == 1,
        cancelled_caught=raw.cancelled_caught == 1,
        reason=reason,
        errors=tuple(errors),
        error_count=raw.error_count,
        winner=raw.winner_name.decode(errors="replace") if raw.winner_name is not None else None,
        value=held(raw.winner_result),
    )


def _goes_on(
    code: int, name: str, reason: Reason | None, errors: list[Failure]
) -> BaseException | None:
    """The exception of what a closing answers (G5)."""
    if code >= 0:
        return None
    if errors:
        return group_of(name, [error.exception for error in errors])
    if code == ROOST_ECANCELED:
        return Cancelled(reason or Reason())
    if code == ROOST_EWASCANCELLED:
        return ScopeCancelled(f"it was cancelled: {reason}", reason=reason)
    return exception_of(code)
