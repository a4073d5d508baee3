"""A thousand tasks of 100 ms, of which at most ten run at a time, cancelled half-way. The queued
ones never start, and whatever was handed to any of them is given back (L2, K5)."""

from __future__ import annotations

from callbacks import runtime, say, say_result
from roost.lowlevel import PENDING, Ended, Group, Result, Task

TASKS, LIMIT = 1000, 10
running = most = completed = cancelled = given_back = 0


class Handed:
    """What a task is handed: nobody else has it, so it goes when the task does."""

    def __del__(self) -> None:
        global given_back
        given_back += 1


def work(task: Task, handed: Handed) -> object:
    global running, most
    running += 1
    most = max(most, running)
    task.after(0.1, work_ended, task)
    return PENDING


def work_ended(ended: Ended, task: Task) -> None:
    global running, completed, cancelled
    running -= 1
    if ended.cancelled:
        cancelled += 1
    else:
        completed += 1
    task.finish(ended.get())


def half_way(ended: Ended, group: Group) -> None:
    say(f"half-way: {completed} have completed, {running} are running")
    group.cancel()


def joined(result: Result) -> None:
    say_result("group", result)
    say(f"completed: {completed}")
    say(f"cancelled while running: {cancelled}")
    say(f"never started: {TASKS - completed - cancelled}")
    say(f"at most running: {most}")


with runtime:
    group = runtime.open_group(name="group", limit=LIMIT)
    for _ in range(TASKS):
        group.spawn(work, Handed())
    runtime.after(5.05, half_way, group)
    group.join(joined)
    runtime.run()
    say(f"given back: {given_back}")
