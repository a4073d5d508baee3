"""Structured concurrency on a libuv loop: task groups, cancel scopes and cleanups.

    import roost

    async def main():
        async with roost.create_task_group() as group:
            group.start_soon(work, 1)
            group.start_soon(work, 2)

    roost.run(main)

Names, arguments and defaults are AnyIO's where AnyIO has the thing.
"""

from . import _abi as _abi  # first: it refuses a subinterpreter, before ctypes is imported
from . import from_thread, to_thread
from ._ask import checkpoint
from ._child import Process, open_process
from ._cleanup import Cleanup, defer
from ._errors import (
    BrokenResourceError,
    BusyResourceError,
    Cancelled,
    CleanupCut,
    ClosedResourceError,
    Deadlock,
    EndOfStream,
    NotCancelled,
    NotStarted,
    NoWinner,
    OrderError,
    Origin,
    Outcome,
    OwnerEnded,
    Reason,
    RoostError,
    ScopeCancelled,
    Status,
    Stopping,
    TaskCancelled,
    TaskFailed,
    TaskNotFinished,
    Unclosed,
    WouldBlock,
)
from ._group import TaskGroup, create_task_group
from ._limiters import CapacityLimiter, Semaphore
from ._outside import notify_closing, open_signal_receiver, wait_readable, wait_writable
from ._pipes import ReceivePipe, SendPipe
from ._policy import Decision
from ._process import run_process
from ._result import TaskError
from ._run import run
from ._running import TaskInfo, get_current_task, get_running_tasks
from ._scope import CancelScope
from ._see import Counters, Report, Suspect, counters, dump, trace
from ._sleep import (
    cancel_shielded_checkpoint,
    checkpoint_if_cancelled,
    current_time,
    sleep,
    sleep_forever,
    sleep_until,
)
from ._starting import TASK_STATUS_IGNORED, TaskStatus
from ._statistics import (
    CapacityLimiterStatistics,
    ConditionStatistics,
    EventStatistics,
    LockStatistics,
    MemoryObjectStreamStatistics,
    SemaphoreStatistics,
)
from ._streams import (
    MemoryObjectReceiveStream,
    MemoryObjectSendStream,
    create_memory_object_stream,
)
from ._sync import Condition, Event, Lock
from ._task import TaskHandle, current_task
from ._timeouts import (
    current_effective_deadline,
    fail_after,
    fail_at,
    move_on_after,
    move_on_at,
)


def get_cancelled_exc_class() -> type[Cancelled]:
    """The class of the exception that ends waits in what is cancelled: Cancelled."""
    return Cancelled


__all__ = [
    "TASK_STATUS_IGNORED",
    "BrokenResourceError",
    "BusyResourceError",
    "CancelScope",
    "Cancelled",
    "CapacityLimiter",
    "CapacityLimiterStatistics",
    "Cleanup",
    "CleanupCut",
    "ClosedResourceError",
    "Condition",
    "ConditionStatistics",
    "Counters",
    "Deadlock",
    "Decision",
    "EndOfStream",
    "Event",
    "EventStatistics",
    "Lock",
    "LockStatistics",
    "MemoryObjectReceiveStream",
    "MemoryObjectSendStream",
    "MemoryObjectStreamStatistics",
    "NoWinner",
    "NotCancelled",
    "NotStarted",
    "OrderError",
    "Origin",
    "Outcome",
    "OwnerEnded",
    "Process",
    "Reason",
    "ReceivePipe",
    "Report",
    "RoostError",
    "ScopeCancelled",
    "Semaphore",
    "SemaphoreStatistics",
    "SendPipe",
    "Status",
    "Stopping",
    "Suspect",
    "TaskCancelled",
    "TaskError",
    "TaskFailed",
    "TaskGroup",
    "TaskHandle",
    "TaskInfo",
    "TaskNotFinished",
    "TaskStatus",
    "Unclosed",
    "WouldBlock",
    "cancel_shielded_checkpoint",
    "checkpoint",
    "checkpoint_if_cancelled",
    "counters",
    "create_memory_object_stream",
    "create_task_group",
    "current_effective_deadline",
    "current_task",
    "current_time",
    "defer",
    "dump",
    "fail_after",
    "fail_at",
    "from_thread",
    "get_cancelled_exc_class",
    "get_current_task",
    "get_running_tasks",
    "move_on_after",
    "move_on_at",
    "notify_closing",
    "open_process",
    "open_signal_receiver",
    "run",
    "run_process",
    "sleep",
    "sleep_forever",
    "sleep_until",
    "to_thread",
    "trace",
    "wait_readable",
    "wait_writable",
]
