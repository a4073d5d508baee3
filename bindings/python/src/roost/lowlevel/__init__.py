"""Groups, cancellation and cleanups from plain functions: no `async` anywhere.

A first program: three tasks that want to sleep for ten seconds, in a group that has a tenth of one.

    from roost.lowlevel import PENDING, Ended, Outcome, Runtime, Task

    def sleeper(task: Task) -> object:
        task.defer(clean_up)
        task.after(10, slept, task)
        return PENDING                      # task.finish() will end it

    def slept(ended: Ended, task: Task) -> None:
        task.finish(ended.get())            # raises Cancelled, and so ends the task as cancelled

    def clean_up(cleanup: Task, why: Outcome) -> None:
        print(why.state, "cleaned up", sep=", ")

    with Runtime() as runtime:
        with runtime.open_group(timeout=0.1, move_on=True) as group:
            for _ in range(3):
                group.spawn(sleeper)
        print(group.cancelled_caught)

Everything is a *node* of one tree: a `Task`, a `Group` of tasks, or a `Scope`, a stretch of waits
that is cancelled or timed out on its own. Every node can be cancelled from any thread, takes
cleanups (`defer`) and waits (`after`, `park`, `on_signal`, ...), and has groups and scopes opened
in it. What is waited for beside that, `Event`, `Limiter`, `Lock`, `Condition`, `Channel`, is no
node.

Callbacks are plain functions, called by the loop. Each is given with its arguments, as in
`task.after(10, slept, task)`, and gets before them what there is to tell:

    a task's first step      spawn(fn, *args)           fn(task, *args)
    its cancellation         spawn(.., on_cancel=fn)    fn(task, reason, *args)
    a cleanup                defer(fn, *args)           fn(task, outcome, *args)
    the end of a wait        after(1, fn, *args), ..    fn(ended, *args)
    the end of a group       join(fn, *args)            fn(result, *args)
    a post                   post(fn, *args)            fn(*args)

What a first step returns is the task's value, unless it is `PENDING`: then `task.finish(value)` or
`task.fail(exception)` ends it, from any callback. What it raises is the task's error, with its
traceback, and so is what a cleanup, an `on_cancel`, and the callbacks of the waits of the task
raise; to raise `Cancelled` is to end as cancelled (B3, C13a). What is raised where there is no such
task, or no more, comes out of `Runtime.run` in an ExceptionGroup, or, on a borrowed loop, goes to
`sys.unraisablehook`.

A group whose tasks failed answers them as one ExceptionGroup, in the order in which they happened:
raised by its `with` block, or the `exception` of the `Result` that `join` tells.

`with` on a group or scope closes it: when the waits that were begun in it, and then its tasks, have
ended. Outside of the loop the end of the block turns it until then, and raises what went wrong. In
a callback, and on a borrowed loop, nothing can wait: the block ends at once, the group ends later,
and its errors are errors of the node in which it was opened.

Times are seconds, as int or float; `math.inf` is no end; moments are those of `runtime.now`.
All is for the thread that opened the runtime, but what says "any thread". Every wrong call raises
an exception that says what to do, and changes nothing. The rules cited by number stand in
Docs/semantics.md, and what is behind each call in Include/roost.h.
"""

from __future__ import annotations

from .._errors import (
    BaseExceptionGroup,
    BusyResourceError,
    Cancelled,
    CleanupCut,
    ClosedResourceError,
    Deadlock,
    ExceptionGroup,
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
    Unclosed,
    WouldBlock,
)
from .._see import Counters, Report, Suspect
from ._blocks import Block, Scope
from ._calls import PENDING
from ._channels import Channel
from ._cleanups import Cleanup
from ._ended import Ended, Failure, Result
from ._group import Group
from ._node import Node
from ._parents import Parent
from ._runtime import Runtime
from ._sync import Condition, Event, Limiter, Lock
from ._task import Task
from ._waits import Parked, Wait

__all__ = [
    "PENDING",
    "BaseExceptionGroup",
    "Block",
    "BusyResourceError",
    "Cancelled",
    "Channel",
    "Cleanup",
    "CleanupCut",
    "ClosedResourceError",
    "Condition",
    "Counters",
    "Deadlock",
    "Ended",
    "Event",
    "ExceptionGroup",
    "Failure",
    "Group",
    "Limiter",
    "Lock",
    "NoWinner",
    "Node",
    "NotCancelled",
    "NotStarted",
    "OrderError",
    "Origin",
    "Outcome",
    "OwnerEnded",
    "Parent",
    "Parked",
    "Reason",
    "Report",
    "Result",
    "RoostError",
    "Runtime",
    "Scope",
    "ScopeCancelled",
    "Status",
    "Stopping",
    "Suspect",
    "Task",
    "TaskCancelled",
    "Unclosed",
    "Wait",
    "WouldBlock",
]
