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

    EXPLICIT = "explicit"
    DEADLINE = "deadline"
    FAILED_SIBLING = "failed sibling"
    LEFT_OPEN = "left open"
    SIGNAL = "signal"
    SHUTDOWN = "shutdown"
    HOST = "host"
    DEADLOCK = "deadlock"
    RACE_WON = "race won"
    PARENT_JOIN = "parent's join"

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

    PENDING = "pending"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    FINISHED = COMPLETED  # AnyIO's name

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
