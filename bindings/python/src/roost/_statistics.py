"""What `statistics()` of the things that tasks wait for answers.

A task that has got what it waited for, and has not gone on yet, does not count as waiting: the lock
is its own already, the token borrowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ._task import TaskHandle


@dataclass(frozen=True)
class EventStatistics:
    """Of an Event."""

    tasks_waiting: int  #: how many wait for it


@dataclass(frozen=True)
class LockStatistics:
    """Of a Lock."""

    locked: bool  #: whether a task owns it
    owner: TaskHandle[Any] | None  #: the task that owns it
    tasks_waiting: int  #: how many wait to own it


@dataclass(frozen=True)
class ConditionStatistics:
    """Of a Condition."""

    tasks_waiting: int  #: how many wait to be notified
    lock_statistics: LockStatistics  #: of its lock, for which those notified wait


@dataclass(frozen=True)
class SemaphoreStatistics:
    """Of a Semaphore."""

    tasks_waiting: int  #: how many wait to go on


@dataclass(frozen=True)
class CapacityLimiterStatistics:
    """Of a CapacityLimiter."""

    borrowed_tokens: int  #: how many tokens are borrowed
    total_tokens: float  #: how many there are; math.inf for no bound
    borrowers: tuple[object, ...]  #: who has one, in the order in which they got it
    tasks_waiting: int  #: how many wait for one


class MemoryObjectStreamStatistics(NamedTuple):
    """Of a memory object stream; the same at both ends."""

    current_buffer_used: int  #: how many items are in it
    max_buffer_size: float  #: how many have room in it; math.inf for no bound
    open_send_streams: int  #: how many clones of the sending end are open
    open_receive_streams: int  #: how many clones of the receiving end are open
    tasks_waiting_send: int  #: how many wait for room, or for a receiver
    tasks_waiting_receive: int  #: how many wait for an item
