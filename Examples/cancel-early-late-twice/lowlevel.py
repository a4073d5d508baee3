"""A group is cancelled before it has a task, a second time, and after its end; and one is cancelled
that has a task in its queue. None of it harms (C5, C6)."""

from __future__ import annotations

from callbacks import runtime, say, say_joined, wait_is, yes_or_no
from roost.lowlevel import PENDING, Ended, Group, Result, Task

# A task that says what happens to it, and waits for 10 s.


def speaker(task: Task, name: str, started: list[str]) -> object:
    say(f"{name}: starts")
    started.append(name)
    task.after(10, waited, task, name)
    return PENDING


def waited(ended: Ended, task: Task, name: str) -> None:
    say(f"{name}: its wait is {wait_is(ended)}")
    task.finish(ended.get())


# A task that is spawned into a cancelled group takes its first step, so that it can release what
# it was handed; its first wait is cancelled (C6a). The first reason stands (C5).


def early_twice_and_late() -> None:
    group = runtime.open_group(name="group")
    say(f"cancel early: {group.cancel('the first')}")
    say(f"cancel twice: {group.cancel('the second')}")
    group.spawn(speaker, "task", [])
    group.join(say_joined)
    runtime.run()
    say(f"cancel late: {group.cancel('the third')}")


# A task that still waits for its turn never starts (L2). It ends as cancelled like the others.


def cancel_now(ended: Ended, group: Group) -> None:
    say("one task runs, one is queued: cancelling the group")
    group.cancel()


def say_outcomes(result: Result, tasks: dict[str, Task], started: list[str]) -> None:
    for name, task in tasks.items():
        say(f"{name}: {task.status}, started: {yes_or_no(name in started)}")
    say_joined(result)


def while_queued() -> None:
    started: list[str] = []
    group = runtime.open_group(name="group", limit=1)
    tasks = {name: group.spawn(speaker, name, started) for name in ("task 1", "task 2")}
    runtime.after(1, cancel_now, group)
    group.join(say_outcomes, tasks, started)
    runtime.run()


with runtime:
    early_twice_and_late()
    while_queued()
