"""A task writes two halves that belong together. It does so in a shielded scope: the group is
cancelled between the two, yet the section ends whole. The shield only puts the cancellation off:
the first wait behind it is cancelled (C10)."""

from __future__ import annotations

from callbacks import runtime, say, say_joined, say_result, wait_is
from roost.lowlevel import PENDING, Ended, Group, Result, Scope, Task

# The task. Its shield is on the scope: a wait that names the scope is not reached by the
# cancellation of the group, one that names the task is.


def work(task: Task) -> object:
    commit = task.open_scope(name="commit", shield=True)
    say("commit: begins")
    commit.after(1, first_half_written, task, commit)
    return PENDING


def first_half_written(ended: Ended, task: Task, commit: Scope) -> None:
    say("commit: the first half is written")
    commit.after(1, second_half_written, task, commit)


def second_half_written(ended: Ended, task: Task, commit: Scope) -> None:
    say("commit: the second half is written")
    commit.join(committed, task)


def committed(result: Result, task: Task) -> None:
    say_result("commit", result)
    task.after(1, waited, task)


def waited(ended: Ended, task: Task) -> None:
    say(f"task: the wait behind it is {wait_is(ended)}")
    task.finish(ended.get())


# The group.


def cancel_now(ended: Ended, group: Group) -> None:
    say("cancelling the group")
    group.cancel()


with runtime:
    group = runtime.open_group(name="group")
    group.spawn(work)
    runtime.after(1.5, cancel_now, group)
    group.join(say_joined)
