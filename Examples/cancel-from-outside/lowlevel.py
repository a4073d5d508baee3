"""A group is cancelled by its handle, from wherever somebody has that: from a task of another
group, from a plain callback, and from another thread, whose call is carried out by the runtime's
own (C1, C5, C14). Each of the three also cancels a group that has ended, which is answered so, and
harms nobody (C6)."""

from __future__ import annotations

from callbacks import runtime, say, say_joined
from roost.lowlevel import PENDING, Ended, Group, Outcome, Task

# Groups with a task that wants to work for so long.


def work(task: Task, team: str, needs: float) -> object:
    task.defer(clean_up, team)
    task.after(needs, work_ended, task)
    return PENDING


def work_ended(ended: Ended, task: Task) -> None:
    task.finish(ended.get())


def clean_up(cleanup: Task, why: Outcome, team: str) -> None:
    say(f"{team}: its task cleans up, {why.state}")


def begin(name: str, needs: float) -> Group:
    group = runtime.open_group(name=name)
    group.spawn(work, name, needs)
    group.join(say_joined, name)
    return group


def cancel(group: Group, by: str) -> str:
    """Only handles are needed, and they may be used on any thread, at any time."""
    return f"{group.cancel(by)}; the one that has ended: {early.cancel(by)}"


# A task of another group.


def other(task: Task) -> object:
    task.after(1, other_waited, task)
    return PENDING


def other_waited(ended: Ended, task: Task) -> None:
    say(f"a task cancels first: {cancel(first, 'by a task')}")
    task.finish()


# A plain callback, which is no task's.


def plain_callback(ended: Ended) -> None:
    say(f"a callback cancels second: {cancel(second, 'by a callback')}")


# Another thread, of the pool here. It prints nothing: when it has its answers, the loop may have
# begun to carry out what it asked for, or not. A second later both are through.


def on_another_thread(task: Task) -> str:
    return cancel(third, "by another thread")


def start_the_thread(ended: Ended) -> None:
    thread = runtime.root.spawn_blocking(on_another_thread)
    runtime.after(1, a_second_later, thread)


def a_second_later(ended: Ended, thread: Task) -> None:
    say(f"another thread has cancelled third: {thread.value}")


with runtime:
    first, second, third = (begin(name, 10) for name in ("first", "second", "third"))
    early = begin("early", 0.5)
    with runtime.open_group(name="other") as group:
        group.spawn(other)
        runtime.after(2, plain_callback)
        runtime.after(3, start_the_thread)
