"""What is raised: the exceptions, and what a status code becomes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import ClassVar

from ._abi import constants as c
from ._abi.library import lib
from ._reason import STATUS_OF, Origin, Outcome, Reason, Status, reason_from

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup
else:
    from builtins import BaseExceptionGroup, ExceptionGroup

__all__ = [
    "STATUS_OF",
    "BaseExceptionGroup",
    "ExceptionGroup",
    "Origin",
    "Outcome",
    "Reason",
    "Status",
    "reason_from",
]

UV_EOF = -4095
HANG = "nothing is left that could happen: all that runs waits for ever"


class Cancelled(BaseException):
    """Ends a wait in what is cancelled, again and again until control has left it (C3). Let it
    through: the scope or group that was cancelled absorbs it where its block ends (C7)."""

    _absorbed: ClassVar[bool] = False

    @property
    def reason(self) -> Reason:
        """Why: of the outermost cancelled node that is visible, the one that will absorb (C9)."""
        return self.args[0] if self.args else Reason()


class RoostError(Exception):
    """What goes wrong in Roost itself. `code` is the status code of roost.h."""

    code: int = c.ROOST_EIO

    def __init__(self, message: str = "", *, code: int | None = None) -> None:
        super().__init__(message) if message else super().__init__()
        if code is not None:
            self.code = code


class ClosedResourceError(RoostError):
    """It was closed, or is being closed."""

    code = c.ROOST_ECLOSED


class BrokenResourceError(RoostError):
    """The other end is gone."""

    code = -32  # EPIPE


class EndOfStream(RoostError):  # noqa: N818 (AnyIO's name)
    """The other end was closed, and nothing is left to receive."""

    code = UV_EOF


class WouldBlock(RoostError):  # noqa: N818 (AnyIO's name)
    """It would have to wait, which a `_nowait` function does not."""

    code = c.ROOST_EAGAIN


class BusyResourceError(RoostError):
    """Another task uses it in the same way."""

    code = c.ROOST_EBUSY


class OwnerEnded(RoostError):  # noqa: N818
    """The owner of the lock has ended without releasing it (S3b)."""

    code = c.ROOST_EOWNERDEAD


class OrderError(RoostError, RuntimeError):
    """Called at a time, or in a place, where this cannot be done (B1)."""

    code = c.ROOST_EORDER


class TaskNotFinished(RoostError):  # noqa: N818 (AnyIO's name)
    """The task has no outcome yet."""

    code = c.ROOST_EORDER


class TaskFailed(RoostError):  # noqa: N818 (AnyIO's name)
    """The task has no value, since it failed; `__cause__` is its exception."""


class _WithReason(RoostError):  # noqa: N818
    reason: Reason
    """Why it was cancelled."""

    def __init__(self, message: str = "", *, reason: Reason | None = None) -> None:
        super().__init__(message)
        self.reason = reason or Reason()


class TaskCancelled(TaskFailed, _WithReason):
    """The awaited task was cancelled; `reason` says why (L5a)."""

    code = c.ROOST_ETASKCANCELLED


class ScopeCancelled(_WithReason):
    """A scope or group that was opened with `report=True` was cancelled, and has absorbed that;
    `reason` says why (C7a)."""

    code = c.ROOST_EWASCANCELLED


class NotCancelled(RoostError):  # noqa: N818
    """A body ended with Cancelled although nothing had cancelled it (C13a)."""

    code = c.ROOST_ENOTCANCELLED


class Unclosed(RoostError):  # noqa: N818
    """A task ended with groups or scopes open (G7)."""

    code = c.ROOST_EUNCLOSED


class CleanupCut(RoostError):  # noqa: N818
    """A cleanup was cut short by a cancellation (K3)."""

    code = c.ROOST_ECUT


class Stopping(RoostError):  # noqa: N818
    """A shutdown is under way, and no new work is wanted (C12)."""

    code = c.ROOST_ESTOPPING


class NoWinner(RoostError):  # noqa: N818
    """A race had no task that could have won it (G2b)."""

    code = c.ROOST_ENOWINNER


class NotStarted(RoostError):  # noqa: N818
    """A task ended without having reported that it is started (L4)."""

    code = c.ROOST_ENOTSTARTED


class Deadlock(RoostError):  # noqa: N818
    """It would wait for itself; or nothing is left that could happen (D4)."""

    code = c.ROOST_EDEADLK


_CLASSES: dict[int, type[RoostError]] = {
    kind.code: kind
    for kind in (
        ClosedResourceError,
        WouldBlock,
        BusyResourceError,
        OwnerEnded,
        OrderError,
        TaskCancelled,
        ScopeCancelled,
        NotCancelled,
        Unclosed,
        CleanupCut,
        Stopping,
        NoWinner,
        NotStarted,
        Deadlock,
    )
}
_MISUSE = {
    c.ROOST_EALREADY,
    c.ROOST_ETHREAD,
    c.ROOST_ECHILD,
    c.ROOST_ENOTASK,
    c.ROOST_ESTALE,
}


def exception_of(code: int, message: str = "") -> BaseException:
    """What a negative status code is in Python."""
    said = message or lib.roost_strerror(code).decode()
    if kind := _CLASSES.get(code):
        return kind(said)
    if code in _MISUSE:
        return OrderError(said, code=code)
    if code == c.ROOST_ETIMEDOUT:
        return TimeoutError(said)
    if code == c.ROOST_ENOMEM:
        return MemoryError(said)
    if code == c.ROOST_EINVAL:
        return ValueError(said)
    if code == c.ROOST_ECANCELED:
        return Cancelled()
    if code <= UV_EOF or code >= 0:
        return RoostError(said, code=code)
    return OSError(-code, message or os.strerror(-code) if code > -1000 else said)


def check(rc: int) -> int:
    """The answer of a call; one that failed raises the exception of its code, with the sentence
    that says what to do (B2)."""
    if rc >= 0:
        return rc
    raise exception_of(rc, lib.roost_last_error().decode())


FATAL = (KeyboardInterrupt, SystemExit)


def is_fatal(error: BaseException) -> bool:
    """Whether it is one, or holds one, that ends the program (G3a)."""
    return any(isinstance(leaf, FATAL) for leaf in leaves(error))


def code_of(error: BaseException) -> int:
    """The status code with which a body ends that has raised this."""
    if isinstance(error, Cancelled):
        return c.ROOST_ECANCELED
    if is_fatal(error):
        return c.ROOST_EFATAL
    code: object = None
    try:
        if isinstance(error, RoostError):
            code = error.code
        elif isinstance(error, TimeoutError):
            code = c.ROOST_ETIMEDOUT
        elif isinstance(error, MemoryError):
            code = c.ROOST_ENOMEM
        elif isinstance(error, OSError) and isinstance(error.errno, int):
            code = -error.errno
    except Exception:  # by a class whose attributes are properties of its own
        return c.ROOST_EIO
    if isinstance(code, int) and -(2**31) <= code < 0 and code != c.ROOST_ECANCELED:
        return code
    return c.ROOST_EIO


def without_cancelled(error: BaseException) -> BaseException | None:
    """What a body has raised without what says that it was cancelled; None if nothing is left
    (G3)."""
    if isinstance(error, Cancelled):
        return None
    if isinstance(error, BaseExceptionGroup) and any(
        isinstance(leaf, Cancelled) for leaf in leaves(error)
    ):
        try:
            rest: BaseException | None = error.split(Cancelled)[1]
        except Exception:  # by a class that cannot be split, or one that is nested too deep
            return error
        return rest
    return error


def brought(error: BaseException | None) -> tuple[int, BaseException | None]:
    """The outcome of a body for the engine, and what it has raised besides Cancelled (G3)."""
    if error is None:
        return 0, None
    rest = without_cancelled(error)
    return (c.ROOST_ECANCELED if rest is None else code_of(rest)), rest


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions of a group, and of those in it; of any other just itself."""
    members = [error]
    while members:
        error = members.pop()
        if isinstance(error, BaseExceptionGroup):
            members.extend(reversed(error.exceptions))
        else:
            yield error


def own_frames(error: BaseException, *files: str) -> None:
    """Lets a traceback begin in the program's own function (B3)."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename in files:
        trace = trace.tb_next
    BaseException.with_traceback(error, trace)  # of a class that lets no attribute be set too
