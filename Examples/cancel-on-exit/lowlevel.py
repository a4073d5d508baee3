"""A helper that serves the body of a group: leaving the body cancels it. There are two ways. Close
with cancel: the body cancels its group when it leaves. Or the helper is a daemon: the body just
leaves, and the group, which waits for all other tasks, cancels its daemons (L3). A body that fails
needs neither, its error cancels the group (G4)."""

from __future__ import annotations

from collections.abc import Callable

from callbacks import runtime, say, say_joined, start_the_watch
from roost.lowlevel import PENDING, Ended, Group, Reason, Task

# The helper, which by itself would go on for ever.


def helper(task: Task) -> object:
    say("helper: on duty")
    task.after(0.4, lambda ended: helper(task))
    return PENDING


def helper_cancelled(task: Task, why: Reason) -> None:
    say(f"helper: cancelled, {why.origin}")


# The body. Both ways wait for the helper to have ended before the group is closed.


def close_with_cancel(ended: Ended, group: Group) -> None:
    say("body: done, leaving with a cancel")
    group.cancel()
    group.join(say_joined)


def just_close(ended: Ended, group: Group) -> None:
    say("body: done, leaving")
    group.join(say_joined)


def body(leave: Callable[[Ended, Group], None], daemon: bool) -> None:
    start_the_watch()
    group = runtime.open_group(name="group")
    group.spawn(helper, on_cancel=helper_cancelled, daemon=daemon)
    group.after(1, leave, group)
    runtime.run()


with runtime:
    body(close_with_cancel, daemon=False)
    body(just_close, daemon=True)
