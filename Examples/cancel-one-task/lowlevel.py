"""A task is started, cancelled after 2 s, and waited for. That ends this one task: its outcome is
cancelled, the group is unharmed, and its neighbour runs on (C13)."""

from __future__ import annotations

from callbacks import runtime, say, say_joined, wait_is
from roost.lowlevel import PENDING, Ended, Task, TaskCancelled


def worker(task: Task, name: str, needs: int) -> object:
    say(f"{name}: waiting for {needs} s")
    task.after(needs, worker_waited, task, name)
    return PENDING


def worker_waited(ended: Ended, task: Task, name: str) -> None:
    say(f"{name}: the wait is {wait_is(ended)}")
    task.finish(ended.get())


# The one that cancels: it waits 2 s, cancels, and waits for the task to have ended.


def two_seconds_later(ended: Ended, task: Task) -> None:
    say(f"cancelling the task: {task.cancel()}")
    task.on_end(runtime.root, task_ended)


def task_ended(ended: Ended) -> None:
    try:
        ended.get()
    except TaskCancelled:  # which speaks of that task, not of who waits (L5a)
        say("awaiting the task: that task was cancelled")


with runtime:
    group = runtime.open_group(name="group")
    task = group.spawn(worker, "task", 60)
    group.spawn(worker, "neighbour", 5)
    runtime.after(2, two_seconds_later, task)
    group.join(say_joined)
