"""The tasks of a run, as AnyIO tells of them: `get_current_task`, `get_running_tasks`."""

from __future__ import annotations

from typing import Any

from ._abi.library import lib
from ._kernel import current_host, running_task
from ._task import TaskHandle


class TaskInfo:
    """What is known of a task. Two are equal when they are of the same task."""

    __slots__ = ("_task", "coro", "id", "name", "parent_id")

    id: int
    """The engine's handle, which dumps, traces and reports show too, and no other task ever has."""
    parent_id: int | None
    """That of the task in which its group was opened; None for a task of the root."""
    name: str | None
    """Its name: as given, else the function's."""
    coro: Any
    """Its coroutine."""

    def __init__(self, task: TaskHandle[Any]) -> None:
        opener: TaskHandle[Any] | None = getattr(task._group, "_task", None)
        self.id = task.id
        self.parent_id = opener.id if opener else None
        self.name = task.name
        self.coro = task.coro
        self._task = task

    def __repr__(self) -> str:
        return f"TaskInfo(id={self.id:#x}, name={self.name!r})"

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, TaskInfo) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def has_pending_cancellation(self) -> bool:
        """Whether what the task has open innermost is cancelled, itself or by what is around it
        (C2), so that its next wait will be. False when it has ended. On another thread than the
        run's: RuntimeError."""
        current_host().flush()
        block = self._task._block
        return lib.roost_cancelled(block.id if block else self.id) == 1


def get_current_task() -> TaskInfo:
    """The task that runs. Outside of `roost.run`, and on another thread than its: RuntimeError."""
    return TaskInfo(running_task())


def get_running_tasks() -> list[TaskInfo]:
    """The tasks of the run that have begun, or will, and have not ended. Linear in their number.
    Else as `get_current_task`. What is none of Python's, as a function on a thread, is shown by
    `roost.dump` alone."""
    named = current_host().slots
    return [TaskInfo(task) for task in named if isinstance(task, TaskHandle)]
