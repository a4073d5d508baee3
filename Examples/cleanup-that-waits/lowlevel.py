"""Cleanups that need time, as logging out of a server does. They run in a shield: the cancellation
that made them run does not reach their own waits (K2). The group bounds that by a grace of 1 s. The
cleanup that needs 200 ms finishes; the one that needs 5 s is cut short when the grace is over, and
the group lists it as an error (C11, K3)."""

from __future__ import annotations

import math

from callbacks import runtime, say, say_result
from roost.lowlevel import PENDING, Ended, Group, Outcome, Result, Task

# What a session has to do when it ends. A cleanup is a task of its own: its waits name that one,
# and it ends by its own finish. If it ends as cancelled, something is left undone, and that is an
# error.


def log_out(cleanup: Task, why: Outcome, name: str, needs: int) -> object:
    say(f"{name}: cleaning up, needs {needs} ms")
    cleanup.after(needs / 1000, logout_waited, cleanup, name)
    return PENDING


def logout_waited(ended: Ended, cleanup: Task, name: str) -> None:
    say(f"{name}: its cleanup is {'cut short' if ended.cancelled else 'done'}")
    cleanup.finish(ended.get())


# The sessions, which wait until they are cancelled.


def session(task: Task, name: str, logout_needs: int) -> object:
    task.defer(log_out, name, logout_needs)
    task.after(math.inf, session_waited)
    return PENDING


def session_waited(ended: Ended) -> None:
    ended.get()


# The group.


def cancel_now(ended: Ended, group: Group) -> None:
    say("cancelling the group")
    group.cancel()


def joined(result: Result) -> None:
    say_result("group", result)
    for name, error in result.errors:
        say(f"error: {name}: {error}")


with runtime:
    group = runtime.open_group(name="group", grace=1)
    for name, logout_needs in ("quick", 200), ("slow", 5000):
        group.spawn(session, name, logout_needs, name=name)
    runtime.after(1, cancel_now, group)
    group.join(joined)
