"""Why something is cancelled, and how things end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from ._abi import constants as c

if TYPE_CHECKING:
    from ._abi.types import Reason as ReasonStruct


class Origin(Enum):
    """Where a cancellation came from (C9)."""

    EXPLICIT = "explicit"  #: a call of `cancel`
    DEADLINE = "deadline"  #: its deadline has passed (D1)
    FAILED_SIBLING = "failed sibling"  #: a task of the group has failed (G2)
    LEFT_OPEN = "left open"  #: its task has ended with it open (G7), or has left it out (B1a)
    SIGNAL = "signal"  #: as a program says that cancels on account of one
    SHUTDOWN = "shutdown"  #: the patience of a shutdown is over (C12)
    HOST = "host"  #: Python's own, as Ctrl-C (C9a)
    DEADLOCK = "deadlock"  #: nothing was left that could happen (D4)
    RACE_WON = "race won"  #: another task has won the race (G2b)
    PARENT_JOIN = "parent's join"  #: of a daemon: the other tasks of its group have ended (L3)

    def __str__(self) -> str:
        return self.value

    @property
    def number(self) -> int:
        """The number by which the engine knows it."""
        return _ORIGINS.index(self) + 1


_ORIGINS = list(Origin)


@dataclass(frozen=True)
class Reason:
    """Why something is cancelled (C9)."""

    origin: Origin = Origin.EXPLICIT
    """Where the cancellation came from."""
    code: int = 0
    """The number given to `cancel`; what a failed sibling, or a winner, brought."""
    message: str = ""
    """As given to `cancel`, at most 63 bytes of UTF-8; "" for none."""
    name: str = ""
    """The name of the node where it began, "" for none."""
    id: int = 0
    """The handle of that node."""

    def __str__(self) -> str:
        at = f" at {self.name}" if self.name else ""
        return f"{self.origin}{at}{': ' if self.message else ''}{self.message}"


def reason_from(struct: ReasonStruct) -> Reason:
    """A reason, copied out of the engine's memory."""
    return Reason(
        _ORIGINS[struct.origin - 1],
        struct.code,
        struct.message.decode(errors="replace"),
        struct.name.decode(errors="replace"),
        struct.node,
    )


class Status(Enum):
    """How far something is, or how it ended (G5)."""

    PENDING = "pending"  #: it has not ended
    CANCELLING = "cancelling"  #: it is cancelled, and has not ended
    COMPLETED = "completed"  #: it has returned
    FAILED = "failed"  #: it has raised, or a cleanup of it has
    CANCELLED = "cancelled"  #: its cancellation has ended it
    FINISHED = COMPLETED  #: AnyIO's name

    def __str__(self) -> str:
        return self.value


STATUS_OF = {
    c.ROOST_COMPLETED: Status.COMPLETED,
    c.ROOST_FAILED: Status.FAILED,
    c.ROOST_CANCELLED: Status.CANCELLED,
}


@dataclass(frozen=True)
class Outcome:
    """How something ended, as a cleanup is told why it runs (K1)."""

    state: Status
    """Completed, failed or cancelled."""
    value: Any = None
    """What a task has returned."""
    exception: BaseException | None = None
    """What the body has raised."""
    reason: Reason | None = None
    """Why it was cancelled."""
